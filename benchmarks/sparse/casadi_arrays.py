"""NumPy's functions for arrays of CasADi's scalars, as far as the problems need them.

An array is a column of expressions and a shape in C order. Whatever moves elements moves their
numbers by NumPy's own function, and takes the expressions of those numbers.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from typing import Any

import numpy as np


def casadi() -> Any:
    """Return the library."""
    return importlib.import_module("casadi")


class Symbols:
    """An array of expressions."""

    __array_ufunc__ = None

    def __init__(self, column: Any, shape: tuple[int, ...]) -> None:
        self.column, self.shape = column, tuple(shape)

    @property
    def size(self) -> int:
        """How many elements there are."""
        return int(np.prod(self.shape))

    @property
    def ndim(self) -> int:
        """How many axes there are."""
        return len(self.shape)

    @property
    def places(self) -> np.ndarray:
        """The number of each element in the column."""
        return np.arange(self.size).reshape(self.shape)

    @property
    def T(self) -> Symbols:
        """The transpose."""
        return self.taken(self.places.T)

    def taken(self, places: np.ndarray) -> Symbols:
        """Return the elements of some numbers."""
        places = np.asarray(places)
        return Symbols(self.column[places.ravel().tolist()], places.shape)

    def __len__(self) -> int:
        return self.shape[0]

    def __getitem__(self, key: Any) -> Symbols:
        return self.taken(self.places[key])

    def __iter__(self) -> Iterator[Symbols]:
        return (self[i] for i in range(len(self)))

    def reshape(self, *shape: Any) -> Symbols:
        """Return the elements in another shape."""
        return Symbols(self.column, self.places.reshape(*shape).shape)

    def ravel(self) -> Symbols:
        """Return the elements as a vector."""
        return Symbols(self.column, (self.size,))

    def sum(self, axis: int | None = None, keepdims: bool = False) -> Symbols:
        """Return the sum over all elements or over an axis."""
        if axis is None:
            return Symbols(casadi().sum1(self.column), ())
        first = np.moveaxis(self.places, axis, 0)
        matrix = casadi().reshape(self.taken(first).column, first[0].size, len(first))
        kept = np.sum(np.empty(self.shape), axis=axis, keepdims=keepdims).shape
        return Symbols(casadi().sum2(matrix), kept)

    def __neg__(self) -> Symbols:
        return Symbols(-self.column, self.shape)

    def __add__(self, other: Any) -> Symbols:
        return combined(lambda a, b: a + b, self, other)

    def __sub__(self, other: Any) -> Symbols:
        return combined(lambda a, b: a - b, self, other)

    def __rsub__(self, other: Any) -> Symbols:
        return combined(lambda a, b: b - a, self, other)

    def __mul__(self, other: Any) -> Symbols:
        return combined(lambda a, b: a * b, self, other)

    def __truediv__(self, other: Any) -> Symbols:
        return combined(lambda a, b: a / b, self, other)

    def __rtruediv__(self, other: Any) -> Symbols:
        return combined(lambda a, b: b / a, self, other)

    def __pow__(self, other: Any) -> Symbols:
        return combined(lambda a, b: a**b, self, other)

    __radd__, __rmul__ = __add__, __mul__

    def __rmatmul__(self, matrix: np.ndarray) -> Symbols:
        return Symbols(casadi().mtimes(casadi().DM(matrix), self.column), matrix.shape[:1])


def combined(operation: Any, a: Symbols, b: Any) -> Symbols:
    """Apply an operation of two scalars, element by element."""
    if not isinstance(b, Symbols):
        if np.ndim(b) == 0:
            return Symbols(operation(a.column, float(b)), a.shape)
        b = Symbols(casadi().DM(np.ravel(b)), np.shape(b))
    shape = np.broadcast_shapes(a.shape, b.shape)
    columns = [x.column if x.shape == shape else _spread(x, shape) for x in (a, b)]
    return Symbols(operation(*columns), shape)


def _spread(x: Symbols, shape: tuple[int, ...]) -> Any:
    return x.column if x.size == 1 else x.taken(np.broadcast_to(x.places, shape)).column


class Namespace:
    """What a function gets for NumPy; constants are NumPy's own."""

    pi = np.pi

    def __getattr__(self, name: str) -> Any:
        if name in ("exp", "sin", "cos", "sqrt", "tanh", "log"):
            function = getattr(casadi(), name)
            return lambda x: Symbols(function(x.column), x.shape)
        return getattr(np, name)

    def sum(self, x: Symbols, axis: int | None = None, keepdims: bool = False) -> Symbols:
        """Return sums."""
        return x.sum(axis, keepdims)

    def mean(self, x: Symbols) -> Symbols:
        """Return the mean of all elements."""
        return x.sum() / x.size

    def roll(self, x: Symbols, shift: int, axis: int | None = None) -> Symbols:
        """Return the elements moved round."""
        return x.taken(np.roll(x.places, shift, axis))

    def pad(self, x: Symbols, width: Any) -> Symbols:
        """Return the elements with zeros around them."""
        places = np.pad(x.places, width, constant_values=x.size)
        return Symbols(casadi().vertcat(x.column, 0), (x.size + 1,)).taken(places)

    def concatenate(self, parts: Any, axis: int = 0) -> Symbols:
        """Return arrays one after the other."""
        parts = [_symbols(x) for x in parts]
        whole = Symbols(casadi().vertcat(*(x.column for x in parts)), ())
        starts = np.cumsum([0, *(x.size for x in parts)])
        places = [x.places + start for x, start in zip(parts, starts, strict=False)]
        return whole.taken(np.concatenate(places, axis))

    def stack(self, parts: Any, axis: int = 0) -> Symbols:
        """Return arrays side by side along a new axis."""
        expanded = [x.reshape(np.expand_dims(x.places, axis).shape) for x in parts]
        return self.concatenate(expanded, axis)

    def append(self, x: Symbols, last: Any) -> Symbols:
        """Return a vector with further elements."""
        return self.concatenate([x.ravel(), _symbols(last).reshape(-1)])

    def cross(self, a: Symbols, b: Symbols) -> Symbols:
        """Return the products of rows of three."""
        a, b = a.T, b.T
        parts = [a[i - 2] * b[i - 1] - a[i - 1] * b[i - 2] for i in range(3)]
        return self.stack(parts, 1)


def _symbols(x: Any) -> Symbols:
    return x if isinstance(x, Symbols) else Symbols(casadi().DM(np.ravel(x)), np.shape(x))
