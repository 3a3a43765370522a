"""Buffers: plain arrays that become traced when a traced value is written into them.

Inside `adkit.traced_buffers` creation functions return a `Buffer` where NumPy returns a
new array of floats or complex numbers. It is a tracer at a level below all others:

- as long as nothing traced was written, operations run NumPy on its memory, so values
  and views are NumPy's own; results that are new arrays are buffers again, scalars are
  plain. To an operation on traced values it is a constant;
- the first traced value that is written lifts the buffer and its views to the level of
  that value (`adkit.common.storage`); from then on they are ordinary traced arrays.

A subclass of `ndarray` would be plainer, but could not be lifted: code in C would go on
reading its memory, and the derivative would be lost without a word. So the level is
decided late, by class: all tracers have one layout.

Where plain code asks for an array, it gets one in the same memory, so that it may write
there. As long as somebody holds such an array, it would go stale when the buffer is
lifted; so that is refused then.
"""

from __future__ import annotations

import operator
import weakref
from collections.abc import Callable, Iterator, Sequence
from threading import get_ident
from typing import Any

import numpy as np

from adkit.common.errors import InPlaceError
from adkit.common.levels import Level, is_traced
from adkit.common.linearisation import rebuild
from adkit.common.operators import BINARY, UNARY
from adkit.common.ops.indexing import getitem
from adkit.common.storage import always_stored, write
from adkit.common.tracer import Tracer, is_foreign
from adkit.common.views import Step, attach, is_made_from, root_of

_GROUND = Level(0)


class Buffer(Tracer):
    """An array of floats or complex numbers that a traced value may be written into.

    Parameters
    ----------
    value : ndarray
        Its memory, which nobody else holds.
    """

    __slots__ = ()

    #: Plain arrays in the memory of a root, in the slot that holds the entry of a Node.
    aliases = Tracer.entry

    def __init__(self, value: Any) -> None:
        self.value = value
        self.level = _GROUND
        self.version = 0
        self.writer = get_ident()

    def __repr__(self) -> str:
        return f"Buffer({self.value!r})"

    def __str__(self) -> str:
        return str(self.value)

    # ------------------------------------------------------------ hooks of storage

    def snapshot(self, value: Any) -> Any:
        """Return plain values: there is no derivative."""
        return value

    def take_derivative(self, other: Any) -> None:
        """Take nothing: there is no derivative."""

    def write_root(self, handle: Any, index: Any, part: Any) -> None:
        """Note nothing: there is no derivative."""

    def constant_like(self, value: Any) -> Buffer:
        """Return a new array as a buffer."""
        return Buffer(value)

    def before_lift(self) -> None:
        """Refuse to become traced as long as plain code holds the memory."""
        if any(alias() is not None for alias in getattr(self, "aliases", ())):
            raise InPlaceError(
                "ADK303",
                "a traced value is written into a buffer of which plain code holds a view; "
                "that would go stale",
                instead="give plain code a copy, z.copy()",
            )

    # ------------------------------------------------------------ NumPy's protocols

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **kwargs: Any) -> Any:
        carrier = carrier_among((*inputs, *(kwargs.get("out") or ())))
        if carrier is not None:
            return carrier.__array_ufunc__(ufunc, method, *inputs, **kwargs)
        if any(is_foreign(value) for value in inputs):
            return NotImplemented
        return compute(getattr(ufunc, method), inputs, kwargs)

    def __array_function__(
        self, function: Any, types: Any, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> Any:
        carrier = carrier_among((*args, *kwargs.values()))
        if carrier is not None:
            return carrier.__array_function__(function, types, args, kwargs)
        return compute(function, args, kwargs)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Any:
        if copy:
            return np.array(self.value, dtype)
        return np.asarray(self._alias(), dtype)

    def _alias(self) -> Any:
        """Return a plain array in this memory; the root knows whether anybody holds it."""
        # The base of an array made through a memoryview is that; views of the alias
        # have the alias for their base, and keep it alive.
        alias = np.asarray(memoryview(self.value))
        root = root_of(self)
        held = [ref for ref in getattr(root, "aliases", ()) if ref() is not None]
        root.aliases = [*held, weakref.ref(alias)]
        return alias

    def __getattr__(self, name: str) -> Any:
        """Return what else an array has."""
        if name.startswith("_") or not hasattr(np.ndarray, name):
            raise AttributeError(f"'Buffer' object has no attribute {name!r}")
        return getattr(self._alias(), name)

    # ------------------------------------------------------------ reading and writing

    def __getitem__(self, index: Any) -> Any:
        return compute(getitem, (self, index), {})

    def __setitem__(self, index: Any, value: Any) -> None:
        carrier = carrier_among((value,))
        if carrier is None:
            self.value[index] = _without_buffers(value, [], [])
        else:
            write(self, index, np.array(value, like=carrier) if type(value) is list else value)

    def __float__(self) -> Any:
        return float(self.value)

    def __int__(self) -> Any:
        return int(self.value)

    def __complex__(self) -> Any:
        return complex(self.value)

    def __index__(self) -> Any:
        return operator.index(self.value)

    def item(self, *index: Any) -> Any:
        """Return one element as a Python number."""
        return self.value.item(*index)

    def tolist(self) -> Any:
        """Return nested lists of Python numbers."""
        return self.value.tolist()

    def __reduce__(self) -> Any:
        return self.value.copy().__reduce__()


always_stored(Buffer)


# ---------------------------------------------------------------- computing


def carrier_among(values: Sequence[Any]) -> Any:
    """Return a traced value among values and nested lists of them, None if there is none.

    Buffers do not count: what nothing traced was written into carries no derivative.
    """
    for value in values:
        kind = type(value)
        if kind is list or kind is tuple:
            found = carrier_among(value)
            if found is not None:
                return found
        elif is_traced(value) and kind is not Buffer:
            return value
    return None


class _Call:
    """A call of a function on buffers: what it was given, and what NumPy was."""

    __slots__ = ("args", "arrays", "buffers", "function", "kwargs")

    def __init__(
        self, function: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> None:
        self.function = function
        self.args = args
        self.kwargs = kwargs
        self.buffers: list[Buffer] = []
        self.arrays: list[Any] = []

    def result(self) -> Any:
        """Run NumPy on the memory of the buffers."""
        plain = _without_buffers(self.args, self.buffers, self.arrays)
        named = {k: _without_buffers(x, self.buffers, self.arrays) for k, x in self.kwargs.items()}
        return self._wrapped(self.function(*plain, **named), ())

    def _wrapped(self, y: Any, path: tuple[int, ...]) -> Any:
        """Return a result, or part of one, as a buffer if it is a new array or a view of one."""
        if isinstance(y, (list, tuple)):
            return rebuild(y, [self._wrapped(part, (*path, i)) for i, part in enumerate(y)])
        if not is_plain_inexact(y) or any(np.may_share_memory(y, x) for x in self.arrays):
            return y
        for buffer in self.buffers:
            if y is buffer.value:
                return buffer
        made = Buffer(y)
        sharing = [b for b in self.buffers if np.may_share_memory(y, b.value)]
        for buffer in sharing:
            step = self._step(buffer, path)
            if len(sharing) == 1 or is_made_from(buffer, step):
                attach(made, buffer, step)
                made.version = root_of(buffer).version
                break
        return made

    def _step(self, buffer: Buffer, path: tuple[int, ...]) -> Step:
        """Return how a view of a buffer was made, without holding on to buffers."""
        if len(self.buffers) == 1 and self.args and self.args[0] is buffer and not path:
            return Step(self.function, self.args[1:], self.kwargs)
        args = _with(self.args, buffer, _PARENT)
        kwargs = _with(self.kwargs, buffer, _PARENT)
        return Step(_made_again, (self.function, args, kwargs, path), {})


def compute(function: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """Run a function on the memory of buffers; new arrays that it returns become buffers."""
    return _Call(function, args, kwargs).result()


def is_plain_inexact(y: Any) -> bool:
    """Return whether `y` is a plain array of floats or complex numbers."""
    return type(y) is np.ndarray and y.dtype.kind in "fc"


def _without_buffers(x: Any, buffers: list[Buffer], arrays: list[Any]) -> Any:
    """Return an argument with memory for buffers; note those, and the plain arrays."""
    kind = type(x)
    if kind is Buffer:
        buffers.append(x)
        return x.value
    if kind is list or kind is tuple:
        return kind(_without_buffers(part, buffers, arrays) for part in x)
    if kind is np.ndarray:
        arrays.append(x)
    return x


#: Stands for the buffer that a view was made of.
_PARENT = object()


def _made_again(
    x: Any,
    function: Callable[..., Any],
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
    path: tuple[int, ...],
) -> Any:
    """Return the part of a result that is a view, of `x` in the place of its parent."""
    result = function(*_with(args, _PARENT, x), **_with(kwargs, _PARENT, x))
    for i in path:
        result = result[i]
    return result


def _with(given: Any, old: Any, new: Any) -> Any:
    """Return arguments with another value in the place of one, and memory for buffers."""
    if given is old:
        return new
    if type(given) in (list, tuple):
        return type(given)(_with(part, old, new) for part in given)
    if type(given) is dict:
        return {name: _with(part, old, new) for name, part in given.items()}
    return given.value if type(given) is Buffer else given


# ---------------------------------------------------------------- Python's operators


def _operator(function: Callable[..., Any], *, reflected: bool = False) -> Callable[..., Any]:
    def operate(self: Buffer, *other: Any) -> Any:
        if any(is_foreign(x) or (is_traced(x) and type(x) is not Buffer) for x in other):
            return NotImplemented
        return compute(function, (*other, self) if reflected else (self, *other), {})

    return operate


def _operators() -> Iterator[tuple[str, Callable[..., Any]]]:
    for name in UNARY:
        yield f"__{name}__", _operator(getattr(operator, name))
    for name in (*BINARY, "matmul"):
        yield f"__{name}__", _operator(getattr(operator, name))
        yield f"__r{name}__", _operator(getattr(operator, name), reflected=True)


def _memory(name: str) -> property:
    """Return an attribute that gives the memory of a plain array away."""
    return property(lambda self: getattr(self._alias(), name))


for _name, _function in _operators():
    setattr(Buffer, _name, _function)
for _name in ("ctypes", "tobytes", "tofile", "view"):
    setattr(Buffer, _name, _memory(_name))
