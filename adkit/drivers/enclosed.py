"""What a function uses besides its arguments, and how it runs again."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Iterator
from types import CellType, FunctionType, MethodType
from typing import Any

import numpy as np

from adkit.common.capture import traced_buffers
from adkit.common.creation import makes_buffers
from adkit.common.levels import is_traced

#: Containers with more elements are not searched: that could take longer than the function.
_FEW = 100
_NOTHING_INSIDE = (np.ndarray, np.generic, str, bytes, int, float, complex, type(None), type)


def enclosed(f: Callable[..., Any], leaves: Iterable[Any] = ()) -> list[Any]:
    """Return the traced values that a function is seen to use besides its arguments.

    They stand in its closure, its defaults, the instance of a method, attributes of an argument
    that is no array, and in the functions and small containers among these. Others are found
    when the function runs.
    """
    found = []
    seen: set[int] = set()
    waiting: list[Any] = [f]
    for x in leaves:
        if not (isinstance(x, _NOTHING_INSIDE) or is_traced(x)):
            waiting += getattr(x, "__dict__", {}).values()
    while waiting:
        x = waiting.pop()
        if isinstance(x, _NOTHING_INSIDE) or id(x) in seen:
            continue
        seen.add(id(x))
        if is_traced(x):
            found.append(x)
        elif isinstance(x, FunctionType):
            waiting += [*_contents(x.__closure__ or ()), *(x.__defaults__ or ())]
            waiting += (x.__kwdefaults__ or {}).values()
        elif isinstance(x, MethodType):
            waiting += [x.__func__, *getattr(x.__self__, "__dict__", {}).values()]
        elif isinstance(x, functools.partial):
            waiting += [x.func, *x.args, *x.keywords.values()]
        elif isinstance(x, (tuple, list, dict)):
            if len(x) <= _FEW:
                waiting += x.values() if isinstance(x, dict) else x
        elif callable(x):
            waiting += getattr(x, "__dict__", {}).values()
    return found


def frozen(f: Callable[..., Any]) -> Callable[..., Any]:
    """Return a function with the variables around it, and its scope of buffers, as they are now.

    A loop variable in a closure, say, has moved on when the function runs again, and the scope
    of `traced_buffers` around it has closed.
    """
    copy = _with_own_variables(f)
    return traced_buffers(copy) if makes_buffers() else copy


def _with_own_variables(f: Callable[..., Any]) -> Callable[..., Any]:
    if isinstance(f, functools.partial):
        return functools.partial(_with_own_variables(f.func), *f.args, **f.keywords)
    if type(f) is not FunctionType or not f.__closure__:
        return f
    cells = tuple(CellType(*_contents([cell])) for cell in f.__closure__)
    copy = FunctionType(f.__code__, f.__globals__, f.__name__, f.__defaults__, cells)
    copy.__kwdefaults__ = f.__kwdefaults__
    copy.__dict__.update(f.__dict__)
    copy.__qualname__ = f.__qualname__
    return copy


def _contents(cells: Iterable[CellType]) -> Iterator[Any]:
    for cell in cells:
        try:
            yield cell.cell_contents
        except ValueError:  # a variable that has no value yet
            continue
