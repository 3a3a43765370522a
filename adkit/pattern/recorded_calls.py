"""What runs whose steps are noted execute in the common cases: code made from the declaration."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy import ndarray

from adkit.common.dispatch import PLAIN, apply
from adkit.common.errors import leaked
from adkit.common.operators import operate
from adkit.common.ops.indexing import getitem
from adkit.common.registry import SEQUENCE, Operation
from adkit.common.shapes import dtype_of
from adkit.common.specialise import (
    binary_head,
    define,
    keeps_dtype,
    namespace,
    square_source,
    value_source,
)
from adkit.common.views import Step as ViewStep
from adkit.common.views import attach_part, fixed, link, new_step, note, parent_of
from adkit.pattern.specialised import FLOAT, is_plain, strides_of

__all__ = ["Inexact", "Shaped", "exact", "shaped", "specialised"]

_NAMED = frozenset((int, float, complex, bool, str, bytes, type(None), type(Ellipsis), slice))


class Inexact(Exception):
    """Of an argument it cannot be told whether it is the same as another time."""


class Shaped(tuple[Any, ...]):
    """Shape, strides and dtype of an array whose numbers may be others another time."""

    __slots__ = ()


def shaped(x: Any) -> Shaped:
    """Return what is noted of an array whose numbers do not matter."""
    return Shaped((np.shape(x), strides_of(x), dtype_of(x)))


def exact(x: Any, *, arrays: bool = True) -> Any:
    """Return what is the same of arguments that are, bit for bit.

    Raises
    ------
    Inexact
        If nothing tells that; without `arrays` also of those.
    """
    kind = type(x)
    if kind is int:
        return x
    if kind in _NAMED:
        return kind.__name__, repr(x)
    if kind is tuple or kind is list:
        return (kind.__name__, *(exact(y, arrays=arrays) for y in x))
    if kind is dict:
        return ("dict", *((name, exact(y, arrays=arrays)) for name, y in x.items()))
    if isinstance(x, np.generic if not arrays else (np.ndarray, np.generic)):
        if x.dtype.kind in "OV":
            raise Inexact
        return "array", kind, x.shape, x.strides, x.dtype, x.tobytes()
    if isinstance(x, (np.dtype, np.ufunc)) or (kind is type and issubclass(x, np.generic)):
        return x
    raise Inexact


def specialised(op: Operation, recorded: type[Any]) -> Callable[..., Any] | None:
    """Return code for the common calls of an operation, None if it has none."""
    if op.verb == "elementwise" and len(op.partials) <= 2 and None not in op.partials:
        return _elementwise(op, recorded)
    if op.function is getitem:
        return _parts(op, recorded)
    if op.verb == "linear" and op.operands == 1 and not op.joint:
        return _linear(op, recorded)
    if op.verb == "linear" and op.operands == SEQUENCE and op.joint:
        return _joint(op, recorded)
    if op.verb == "composite" and op.operands == 1:
        return _composite(op, recorded)
    return None


def _elementwise(op: Operation, recorded: type[Any]) -> Callable[..., Any]:
    arity = len(op.partials)
    source = (_UNARY if arity == 1 else _BINARY).format(
        head=binary_head(op),
        value=value_source(op, *"xy"[:arity]),
        checked="True" if keeps_dtype(op) else "ans.dtype is FLOAT",
        square=square_source(op).replace("x.size", "a.size"),
    )
    names = namespace(
        op,
        Recorded=recorded,
        PLAIN=PLAIN,
        FLOAT=FLOAT,
        Shaped=Shaped,
        new=recorded.__new__,
        operate=operate,
        leaked=leaked,
        nothing={},
    )
    return define(f"recorded {op.name}", source, names)  # type: ignore[no-any-return]


def _linear(op: Operation, recorded: type[Any]) -> Callable[..., Any]:
    function, ints = op.function, frozenset([int])

    def call(a: Any, *args: Any, **kwargs: Any) -> Any:
        if type(a) is not recorded:
            return apply(op, (a, *args), kwargs)
        if not kwargs and (not args or ints.issuperset(map(type, args)) or is_plain(args)):
            key: Any = (op, a.entry, args)
        else:
            try:
                key = (op, a.entry, exact(args, arrays=False), exact(kwargs, arrays=False))
            except Inexact:
                return apply(op, (a, *args), kwargs)
            args, kwargs = fixed(args), fixed(kwargs)
        level, step = a.level, (op, (a,), (a, *args), kwargs)
        number = len(level.seen)
        if level.expected[number] == key:
            result = _expected(recorded, level, key, step)
            if number in level.links:  # whose arguments nobody changes
                result.parent, result.step = a, new_step(ViewStep, (function, args, kwargs))
                note(result, a)
                level.linked.add(number)
            return result
        if level.ended:
            raise leaked()
        x = a.value
        ans = function(x, *args, **kwargs)
        if getattr(ans, "dtype", None) is not FLOAT:
            return apply(op, (a, *args), kwargs)
        result = _made(recorded, ans, level, key, step)
        if ans is x or ans.base is not None:
            link(result, a, ViewStep(function, args, kwargs))
            if parent_of(result) is not None:
                level.linked.add(number)
        return result

    return call


def _parts(op: Operation, recorded: type[Any]) -> Callable[..., Any]:
    def call(a: Any, index: Any) -> Any:
        if type(a) is not recorded:
            return apply(op, (a, index), {})
        if type(index) is int or is_plain(index):
            key = (op, a.entry, (index,))
        elif type(index) is ndarray and index.dtype.kind in "biu":
            index = index.copy()
            key = (op, a.entry, exact(index))
        else:
            return apply(op, (a, index), {})
        level = a.level
        step: Any = (op, (a,), (a, index), {})
        number = len(level.seen)
        if level.expected[number] == key:
            result = _expected(recorded, level, key, step)
            if number in level.links:
                attach_part(result, a, index)
                level.linked.add(number)
            return result
        if level.ended:
            raise leaked()
        ans = a.value[index]
        if ans.dtype is not FLOAT:
            return apply(op, (a, index), {})
        result = _made(recorded, ans, level, key, step)
        if ans.base is not None and type(index) is not ndarray:
            attach_part(result, a, index)
            level.linked.add(number)
        return result

    return call


def _composite(op: Operation, recorded: type[Any]) -> Callable[..., Any]:
    """Return code that takes an operation for one step where its definition is linear."""
    function = op.function

    def call(a: Any, *args: Any, **kwargs: Any) -> Any:
        if type(a) is not recorded:
            return apply(op, (a, *args), kwargs)
        try:
            told = exact(args, arrays=False), exact(kwargs, arrays=False)
        except Inexact:
            return apply(op, (a, *args), kwargs)
        level, key = a.level, (op, a.entry, *told)
        args, kwargs = fixed(args), fixed(kwargs)
        step = (op, (a,), (a, *args), kwargs)
        if level.expected[len(level.seen)] == key:
            return _expected(recorded, level, key, step)
        if level.ended:
            raise leaked()
        if not level.is_linear(op, a.value, args, kwargs, told):
            return apply(op, (a, *args), kwargs)
        return _made(recorded, function(a.value, *args, **kwargs), level, key, step)

    return call


def _joint(op: Operation, recorded: type[Any]) -> Callable[..., Any]:
    function = op.function

    def call(arrays: Any, *args: Any, **kwargs: Any) -> Any:
        plain = is_plain(args) and all(map(is_plain, kwargs.values()))
        first = _first_of(arrays, recorded) if plain else None
        if first is None:
            return apply(op, (arrays, *args), kwargs)
        level = first.level
        operands = [x.entry if type(x) is recorded else shaped(x) for x in arrays]
        arrays = [x if type(x) is recorded else x.copy() for x in arrays]
        key = (op, *operands, args, tuple(kwargs.items()))
        step = (op, arrays, (arrays, *args), kwargs)
        if level.expected[len(level.seen)] == key:
            return _expected(recorded, level, key, step)
        if level.ended:
            raise leaked()
        ans = function([x.value if type(x) is recorded else x for x in arrays], *args, **kwargs)
        if ans.dtype is not FLOAT:
            return apply(op, (arrays, *args), kwargs)
        return _made(recorded, ans, level, key, step)

    return call


def _expected(recorded: type[Any], level: Any, key: Any, step: Any) -> Any:
    """Return the result of a step that was expected: its value is computed when it is asked for."""
    result = object.__new__(recorded)
    result.entry, result.level = len(level.seen), level
    level.seen.append(key)
    level.steps.append(step)
    level.made.append(result)
    level.operations += 1
    return result


def _made(recorded: type[Any], ans: Any, level: Any, key: Any, step: Any) -> Any:
    """Return the result of a step that was not."""
    result = object.__new__(recorded)
    result.tangent, result.level = ans, level
    result.entry = level.note(key, step, result)
    level.operations += 1
    return result


def _first_of(arrays: Any, recorded: type[Any]) -> Any:
    """Return the first traced one of arrays of one level; None if there are others."""
    if type(arrays) is not list and type(arrays) is not tuple:
        return None
    first = None
    for x in arrays:
        if type(x) is recorded:
            if first is None:
                first = x
            if x.level is not first.level or x.level.ended or not x.shape:
                return None
        elif type(x) is not np.ndarray:
            return None
    return first


_UNARY = """
def call(a):
    if type(a) is not Recorded:
        return operate(op, (a,))
    level = a.level
    seen = level.seen
    number = len(seen)
    key = (op, a.entry)
    result = new(Recorded)
    if level.expected[number] == key:
        seen.append(key)
        level.steps.append((op, (a,), (a,), nothing))
        level.made.append(result)
        result.entry = number
    else:
        if level.ended:
            raise leaked()
        x = a.value
        ans = {value}
        if not ({checked}):
            return operate(op, (a,))
        result.tangent = ans
        result.entry = level.note(key, (op, (a,), (a,), nothing), result)
    level.operations += 1
    result.level = level
    return result
"""

# A number is part of what is noted, a zero with its sign, a nan as such; of an array its shape is.
_BINARY = """
{head}
    if type(a) is Recorded:
        level = a.level
        if type(b) is Recorded:
{square}            if b.level is not level:
                return operate(op, (a, b))
            key = (op, a.entry, b.entry)
        elif type(b) is ndarray:
            b = b.copy()
            key = (op, a.entry, Shaped((b.shape, b.strides, b.dtype)))
        elif type(b) in PLAIN:
            key = (op, a.entry, (b, type(b)) if b and b == b else repr(b))
        else:
            return operate(op, (a, b))
    elif type(b) is Recorded:
        level = b.level
        if type(a) is ndarray:
            a = a.copy()
            key = (op, Shaped((a.shape, a.strides, a.dtype)), b.entry)
        elif type(a) in PLAIN:
            key = (op, (a, type(a)) if a and a == a else repr(a), b.entry)
        else:
            return operate(op, (a, b))
    else:
        return operate(op, (a, b))
    seen = level.seen
    number = len(seen)
    result = new(Recorded)
    if level.expected[number] == key:
        seen.append(key)
        level.steps.append((op, (a, b), (a, b), nothing))
        level.made.append(result)
        result.entry = number
    else:
        if level.ended:
            raise leaked()
        x = a.value if type(a) is Recorded else a
        y = b.value if type(b) is Recorded else b
        ans = {value}
        if type(ans) is complex or ans.dtype is not FLOAT:
            return operate(op, (a, b))
        result.tangent = ans
        result.entry = level.note(key, (op, (a, b), (a, b), nothing), result)
    level.operations += 1
    result.level = level
    return result
"""
