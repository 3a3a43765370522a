"""Tracer: an array whose operations are carried by an engine.

It behaves as the array it stands for: operators, attributes, methods and
NumPy's functions, through NumPy's own protocols. It never turns into plain
numbers silently: what would lose the derivative raises `DetachError`.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from typing import Any, ClassVar

import numpy as np

from adkit.common import outputs, ufuncs
from adkit.common.array_methods import ArrayMethods
from adkit.common.dispatch import PLAIN, apply_function
from adkit.common.levels import Level
from adkit.common.ops.indexing import getitem
from adkit.common.registry import Operation, find
from adkit.common.remedies import refuse_series
from adkit.common.storage import reshape_in_place, write
from adkit.common.views import root_of
from adkit.common.writers import WRITERS, at


class Tracer(ArrayMethods):
    """Base of `Dual` and `Node`: a value at a level.

    An engine is a subclass with a method `propagate`, and `specialise` for
    elementwise operations, which are most of the calls.
    """

    # parent, step, version and views are set only of arrays that views or writes concern;
    # entry and tangent belong to engines, and stand here so that all have one layout: a
    # write may lift an array to the engine of what is written
    __slots__ = (
        *("__weakref__", "level", "value"),
        *("parent", "step", "version", "views", "writer"),
        *("alive", "entry", "tangent"),
    )

    is_tracer: ClassVar[bool] = True
    #: Specialised code of this engine, by the function that it replaces.
    calls: ClassVar[dict[Any, Callable[..., Any]]]

    level: Level
    value: Any
    entry: Any
    tangent: Any
    step: Any

    __array_priority__ = 1000.0

    def propagate(self, op: Operation, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """Apply an operation whose highest operand is at this level."""
        raise NotImplementedError

    @classmethod
    def specialise(cls, op: Operation) -> Callable[..., Any] | None:
        """Return code for the common calls of an operation, None if it has none."""
        raise NotImplementedError

    @classmethod
    def dependencies(cls, results: Sequence[Any], leaves: Sequence[Any]) -> list[list[bool]] | None:
        """Return of each result on which leaves it depends, None if the engine cannot tell."""
        return None

    # ------------------------------------------------------------ writes (see storage)

    def snapshot(self, value: Any) -> Any:
        """Return an ordinary traced array with this derivative and another value."""
        raise NotImplementedError

    def before_lift(self) -> None:
        """Refuse to belong to a higher level, where that would lose a derivative."""

    def own_derivative(self) -> None:
        """Give the derivative memory of its own, where it has memory."""

    def take_derivative(self, other: Any) -> None:
        """Take over the derivative of another array of this level, or of a constant."""
        raise NotImplementedError

    def take_from(self, parent: Any) -> None:
        """Take the derivative of this view from that of its parent."""
        self.take_derivative(self.step.of(parent.snapshot(parent.value)))

    def write_root(self, handle: Any, index: Any, part: Any) -> None:
        """Move the derivative to the next version: `part` was written at ``handle[index]``."""
        raise NotImplementedError

    def constant_like(self, value: Any) -> Any:
        """Return a value as a constant of this level, that can be written into."""
        raise NotImplementedError

    # ------------------------------------------------------------ NumPy's protocols

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **kwargs: Any) -> Any:
        if any(is_foreign(value) for value in inputs):
            return NotImplemented
        if method == "at":
            return at(ufunc, *inputs)
        if "out" in kwargs:
            return outputs.call_ufunc(ufunc, method, inputs, kwargs)
        if method != "__call__":
            return ufuncs.call_method(ufunc, method, inputs, kwargs)
        if kwargs:
            return ufuncs.call_with_options(ufunc, inputs, kwargs)
        return self._first_call(ufunc, inputs, kwargs)

    def _first_call(self, function: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """Call a function that this engine has not specialised, or cannot."""
        if function in WRITERS:
            return WRITERS[function](*args, **kwargs)
        op = find(function)
        if op is not None and kwargs:
            args, kwargs = op.bind(args, kwargs)
        if op is not None and args:
            call = self.calls.get(function) or self.specialise(op)
            if call is not None:
                self.calls[function] = call
                return call(*args, **kwargs)
        if op is None and isinstance(function, np.ufunc):
            ufuncs.refuse_unknown(function, args)
        return apply_function(function, args, kwargs)

    def __array_function__(
        self, function: Any, types: Any, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> Any:
        if (kwargs or len(args) > 2) and outputs.writes_out(function, args, kwargs):
            return outputs.call_function(function, args, kwargs)
        if function is np.prod:  # by which numpy.polynomial takes values from roots
            refuse_series(sys._getframe(1))
        call = self.calls.get(function)
        if call is not None and args:
            result = call(*args, **kwargs)
        else:
            result = self._first_call(function, args, kwargs)
        if result is NotImplemented and all(issubclass(t, (Tracer, np.ndarray)) for t in types):
            return apply_function(function, args, kwargs)  # of a library without this protocol
        return result

    # ------------------------------------------------------------ what an array has

    @property
    def base(self) -> Any:
        """The traced array in whose memory this view lies, None if it is no view."""
        root = root_of(self)
        return None if root is self else root

    @property
    def shape(self) -> tuple[int, ...]:
        """Lengths of the axes."""
        shape: tuple[int, ...] = self.value.shape
        return shape

    @shape.setter
    def shape(self, shape: Any) -> None:
        reshape_in_place(self, shape)

    @property
    def ndim(self) -> int:
        """Number of axes."""
        ndim: int = self.value.ndim
        return ndim

    @property
    def size(self) -> int:
        """Number of elements."""
        size: int = self.value.size
        return size

    @property
    def dtype(self) -> np.dtype[Any]:
        """Type of the elements."""
        dtype: np.dtype[Any] = self.value.dtype
        return dtype

    @property
    def strides(self) -> tuple[int, ...]:
        """Bytes to step along each axis."""
        strides: tuple[int, ...] = self.value.strides
        return strides

    @property
    def itemsize(self) -> int:
        """Bytes of one element."""
        return self.dtype.itemsize

    @property
    def nbytes(self) -> int:
        """Bytes of all elements."""
        return self.size * self.itemsize

    @property
    def T(self) -> Any:
        """The array with its axes reversed."""
        return np.transpose(self)

    @property
    def mT(self) -> Any:
        """The array with its last two axes swapped."""
        if self.ndim < 2:
            raise ValueError("matrix transpose with ndim < 2 is undefined")  # as NumPy says
        return np.swapaxes(self, -1, -2)

    @property
    def real(self) -> Any:
        """The real part."""
        return np.real(self)

    @real.setter
    def real(self, value: Any) -> None:
        np.real(self)[...] = value

    @property
    def imag(self) -> Any:
        """The imaginary part."""
        return np.imag(self)

    @imag.setter
    def imag(self, value: Any) -> None:
        if self.dtype.kind != "c":
            raise TypeError("array does not have imaginary part to set")  # as NumPy says
        np.imag(self)[...] = value

    def __len__(self) -> int:
        if not self.shape:
            raise TypeError("len() of unsized object")
        return self.shape[0]

    def __iter__(self) -> Iterator[Any]:
        if not self.shape:
            raise TypeError("iteration over a 0-d array")
        return (self[i] for i in range(self.shape[0]))

    def __contains__(self, element: Any) -> bool:
        return bool(np.any(np.equal(value_of(self), value_of(element))))

    def __getitem__(self, index: Any) -> Any:
        return getitem(self, index)

    def __bool__(self) -> bool:
        return bool(self.value)

    def __format__(self, spec: str) -> str:
        return format(self.value, spec)

    def __setitem__(self, index: Any, value: Any) -> None:
        write(self, index, value)


def is_foreign(value: Any) -> bool:
    """Return whether a value of another library wants to carry the operation itself."""
    kind = type(value)
    if kind in PLAIN or isinstance(value, (Tracer, np.generic)):
        return False
    carry = getattr(kind, "__array_ufunc__", kind)
    if isinstance(value, np.ndarray):
        return carry is not np.ndarray.__array_ufunc__
    if carry is not kind:
        return True  # it has the protocol; None says that operators are its own
    return hasattr(kind, "__array_priority__")  # as SciPy's sparse arrays


def value_of(x: Any) -> Any:
    """Return the plain numbers of a value, traced or not."""
    while isinstance(x, Tracer):
        x = x.value
    return x
