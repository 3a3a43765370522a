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
from types import CellType, FrameType, FunctionType, MethodType, TracebackType
from typing import Any, ParamSpec, Self, TypeVar, cast, overload

import numpy as np

from adkit.common.bindings import Namespace, bindings
from adkit.common.buffers import Buffer
from adkit.common.containers import flatten
from adkit.common.creation import BufferScope
from adkit.common.errors import ArgumentError

__all__ = ["traced_buffers"]

P = ParamSpec("P")
R = TypeVar("R")
F = TypeVar("F", bound=Callable[..., Any])


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
            "ADK101",
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

    def __call__(self, func: F) -> F:
        """Return a function with this kind of scope around it."""
        return cast(F, traced_buffers(func))

    def __enter__(self) -> Self:
        namespaces: list[Namespace] = []
        functions = self._functions
        if functions is None:
            frame = sys._getframe(1)
            namespaces.append(frame.f_globals)
            functions = _local_functions(frame)
        else:
            namespaces += [f.__globals__ for f in functions if hasattr(f, "__globals__")]
        bindings.open(namespaces, _reachable(functions))
        return super().__enter__()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        super().__exit__(kind, error, traceback)
        bindings.close()


def _local_functions(frame: FrameType) -> list[Any]:
    """Return what can be called among the variables of a function that is running."""
    if not frame.f_code.co_flags & inspect.CO_OPTIMIZED:
        return []  # a module or a class body
    variables = frame.f_locals
    found = [value for value in variables.values() if callable(value)]
    if sys.version_info < (3, 13):
        variables.clear()  # a copy, which would keep its values as long as the frame lives
    return found


def _reachable(values: Iterable[Any]) -> Iterable[FunctionType]:
    """Return the Python functions among values, and those that they enclose."""
    found: dict[int, FunctionType] = {}
    waiting = list(values)
    while waiting:
        value = waiting.pop()
        if isinstance(value, FunctionType) and id(value) not in found:
            found[id(value)] = value
            waiting += [value.__dict__.get("__wrapped__"), *_contents(value.__closure__ or ())]
        elif isinstance(value, MethodType):
            waiting.append(value.__func__)
        elif isinstance(value, functools.partial):
            waiting.append(value.func)
        elif callable(value) and not isinstance(value, type):
            waiting.append(getattr(value, "__dict__", {}).get("__wrapped__"))
    return found.values()


def _contents(cells: Iterable[CellType]) -> Iterator[Any]:
    for cell in cells:
        try:
            yield cell.cell_contents
        except ValueError:  # a variable that has no value yet
            continue


# ---------------------------------------------------------------- functions in a scope


def _calling(f: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(f)
    def call(*args: Any, **kwargs: Any) -> Any:
        with Capture([f]):
            result = f(*args, **kwargs)
        return _returned(result)

    return call


def _awaiting(f: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(f)
    async def call(*args: Any, **kwargs: Any) -> Any:
        with Capture([f]):
            result = await f(*args, **kwargs)
        return _returned(result)

    return call


def _stepping(f: Callable[..., Any]) -> Callable[..., Any]:
    """Return a generator function whose steps run in a scope, but not its consumer."""

    @functools.wraps(f)
    def steps(*args: Any, **kwargs: Any) -> Generator[Any, Any, Any]:
        generator = f(*args, **kwargs)
        resume, given = generator.send, None
        while True:
            try:
                with Capture([f]):
                    item = resume(given)
            except StopIteration as stop:
                return _returned(stop.value)
            try:
                given = yield _returned(item)
                resume = generator.send
            except GeneratorExit:
                with Capture([f]):
                    generator.close()
                raise
            except BaseException as error:
                resume, given = generator.throw, error

    return steps


def _returned(result: Any) -> Any:
    """Return a result with plain arrays for buffers, outside of all scopes."""
    if BufferScope.current() is not None:
        return result
    leaves, structure = flatten(result)
    if not any(type(leaf) is Buffer for leaf in leaves):
        return result
    return structure.unflatten(
        [np.asarray(leaf) if type(leaf) is Buffer else leaf for leaf in leaves]
    )
