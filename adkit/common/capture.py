"""`traced_buffers`: creation functions give traced buffers inside a scope.

NumPy's own namespace is not touched, so what NumPy and compiled libraries do inside
stays as it is: code in C that asks NumPy for an array trusts that it gets one. What
changes, as long as any thread is inside a scope, is what names mean in Python modules:
where a module-level name (or a variable of an enclosing function, or an import inside a
function) would be NumPy or one of its creation functions, it is a stand-in. A stand-in
asks whether this thread or task is inside a scope; elsewhere it is NumPy's function.

Left alone are NumPy, adkit, the standard library, and packages with compiled modules of
their own, which hand arrays to them; but not the module of the function that is
decorated, or that enters the scope. Names are bound anew when the first scope opens,
and back when the last one closes, under a lock (`adkit.common.bindings`).
"""

from __future__ import annotations

import functools
import inspect
import sys
from collections.abc import Callable, Generator, Iterable, Iterator
from types import CellType, FunctionType, MethodType, TracebackType
from typing import Any, ParamSpec, Self, TypeVar, overload

from adkit.common.bindings import Namespace, bindings
from adkit.common.buffers import Buffer
from adkit.common.containers import flatten
from adkit.common.creation import BufferScope
from adkit.common.errors import ArgumentError

__all__ = ["traced_buffers"]

P = ParamSpec("P")
R = TypeVar("R")


@overload
def traced_buffers(f: Callable[P, R]) -> Callable[P, R]: ...
@overload
def traced_buffers() -> Capture: ...
def traced_buffers(f: Callable[..., Any] | None = None) -> Any:
    """Let traced values be written into arrays that `f` makes with ``np.zeros`` and its kin.

    As a decorator of a function, or as ``with traced_buffers():`` around calls. Inside,
    NumPy's creation functions, called by `f` or by its helpers, give buffers that
    become traced when a traced value is written into them; so code that fills
    ``np.zeros(n)`` needs no change, in either mode and at any order. ``np.array``,
    ``np.asarray``, ``np.full``, ``np.r_`` and ``np.c_`` carry traced values that they
    are given. A buffer that no traced value was written into behaves as a plain array
    (though ``isinstance(z, np.ndarray)`` is False), and results are plain arrays.

    Parameters
    ----------
    f : callable, optional
        A function, generator function or coroutine function.

    Returns
    -------
    callable or context manager
        `f` with a scope around it, or the scope if there is no `f`.

    Raises
    ------
    ArgumentError
        If `f` is not callable, or an asynchronous generator function.
    InPlaceError
        Inside, where a traced value is written into a buffer whose memory plain code
        holds at that time.

    Notes
    -----
    The scope covers the thread or task that entered it. Creation functions are those
    for ``zeros``, ``ones``, ``empty``, ``full`` and their ``_like``, ``eye``,
    ``identity``, ``tri``, ``diag``, ``diagflat``, ``arange``, ``linspace``,
    ``logspace``, ``geomspace``, ``array``, ``asarray`` and its kin, ``copy``,
    ``fromiter``, ``r_`` and ``c_``, reached as ``np.zeros`` or by a name imported from
    NumPy. Modules of packages with compiled code of their own are left alone, unless
    `f` is defined there; and a generator that is suspended inside ``with`` leaves the
    scope open for its consumer, where a decorated one does not.

    Examples
    --------
    >>> import numpy as np
    >>> from adkit import grad, traced_buffers
    >>> @traced_buffers
    ... def last_population(rate):
    ...     u = np.zeros(4)
    ...     u[0] = 0.5
    ...     for i in range(3):
    ...         u[i + 1] = rate * u[i] * (1 - u[i])
    ...     return u[-1]
    >>> float(grad(last_population)(2.0))
    0.25
    """
    if f is None:
        return Capture()
    if not callable(f) or inspect.isasyncgenfunction(f):
        raise ArgumentError(
            "traced_buffers needs a function, a generator function or a coroutine function, not "
            + ("an asynchronous generator" if callable(f) else type(f).__name__),
            instead="write @traced_buffers above a function, or with traced_buffers():",
        )
    if inspect.isgeneratorfunction(f):
        return _stepping(f)
    return _awaiting(f) if inspect.iscoroutinefunction(f) else _calling(f)


class Capture(BufferScope):
    """The scope of `traced_buffers`, for functions or for the code that enters it."""

    def __init__(self, functions: Iterable[Any] | None = None) -> None:
        super().__init__()
        self._functions = functions

    def __call__(self, f: Callable[P, R]) -> Callable[P, R]:
        """Return a function with this kind of scope around it."""
        return traced_buffers(f)

    def __enter__(self) -> Self:
        functions, namespaces = self._functions, []
        if functions is None:
            frame = sys._getframe(1)
            functions, namespaces = frame.f_locals.values(), [frame.f_globals]
        cells: list[CellType] = []
        for function in _reachable(functions):
            namespaces.append(function.__globals__)
            cells += function.__closure__ or ()
        bindings.open(namespaces, cells)
        return super().__enter__()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        super().__exit__(kind, error, traceback)
        bindings.close()


def _reachable(values: Iterable[Any]) -> list[FunctionType]:
    """Return the Python functions among values, and those that they enclose."""
    found: list[FunctionType] = []
    waiting = list(values)
    while waiting:
        value = waiting.pop()
        if isinstance(value, (MethodType, functools.partial)):
            waiting.append(value.__func__ if isinstance(value, MethodType) else value.func)
        elif isinstance(value, FunctionType) and not any(value is f for f in found):
            found.append(value)
            waiting += [value.__dict__.get("__wrapped__"), *_contents(value.__closure__ or ())]
        elif callable(value) and not isinstance(value, type):
            waiting.append(getattr(value, "__dict__", {}).get("__wrapped__"))
    return found


def _contents(cells: Iterable[CellType]) -> Iterator[Any]:
    for cell in cells:
        try:
            yield cell.cell_contents
        except ValueError:  # a variable that has no value yet
            continue
