"""What sample calls are drawn with: shapes, numbers, memory layouts, axes and indices.

What a call looks like is a series of choices, whole numbers between two bounds, that
shrinks by making them smaller; the numbers in its arrays come from a generator whose
seed is one of the choices. Who makes the choices does not matter here: a generator,
Hypothesis, or a list of choices made before.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

__all__ = ["Draw", "flat", "hermitian", "laid_out"]

LENGTHS = (2, 3, 1, 4, 5, 0)
LAYOUTS = ("C", "F", "strided", "reversed", "read-only", "repeated")


class Draw:
    """One draw of a call.

    Parameters
    ----------
    choose : callable
        Makes a choice: ``choose(low, high)`` is an int between two bounds, both included.
    dtype : dtype
        What the operands of the call are made of.

    Attributes
    ----------
    dtype : np.dtype
    rng : np.random.Generator
        Where their numbers come from.
    """

    def __init__(self, choose: Callable[[int, int], int], dtype: Any) -> None:
        self._choose = choose
        self.dtype = np.dtype(dtype)
        self.rng = np.random.default_rng(self.integer(0, 2**16))

    # ------------------------------------------------------------ the call itself

    @staticmethod
    def call(*args: Any, **kwargs: Any) -> Any:
        """Return the arguments of a call."""
        return args, kwargs

    def choose(self, *options: Any) -> Any:
        """Return one of the options; shrinks to the first."""
        return options[self.integer(0, len(options) - 1)]

    def integer(self, low: Any, high: Any) -> Any:
        """Return an int between two bounds, both included."""
        return self._choose(low, high) if low < high else low

    def flag(self) -> Any:
        """Return True or False."""
        return bool(self._choose(0, 1))

    def some(self, **options: Any) -> Any:
        """Return keywords, each present or not; a list gives the choice of a value."""
        return {
            name: self.choose(*value) if isinstance(value, list) else value
            for name, value in options.items()
            if self.flag()
        }

    # ------------------------------------------------------------ shapes and axes

    def shape(self, low: Any = 0, high: Any = 3, shortest: Any = 0) -> Any:
        """Return a shape of `low` to `high` axes, each of length 5 or less."""
        lengths = [n for n in LENGTHS if n >= shortest]
        return tuple(self.choose(*lengths) for _ in range(self.integer(low, high)))

    def partner(self, shape: Any) -> Any:
        """Return a shape that broadcasts with a shape, never beyond it."""
        kind = self.choose("same", "scalar", "shorter", "ones")
        if kind == "same":
            return shape
        kept = 0 if kind == "scalar" else self.integer(0, len(shape))
        tail = shape[len(shape) - kept :]
        return tail if kind != "ones" else tuple(n if self.flag() else 1 for n in tail)

    def axis(self, x: Any) -> Any:
        """Return one axis of an array, counted from either end."""
        return self.integer(-x.ndim, x.ndim - 1)

    def reducible(self, shortest: Any = 0, **options: Any) -> Any:
        """Return an array and axes over which enough elements are reduced, at least one."""
        x = self.array(**options, shortest=shortest or self.choose(1, 0))
        axis = self.axes(x)
        axes = range(x.ndim) if axis is None else np.atleast_1d(axis).astype(int)
        if math.prod(x.shape[i] for i in axes) >= max(shortest, 1):
            return x, axis
        return self.array(**options, shortest=max(shortest, 1)), None

    def axes(self, x: Any) -> Any:
        """Return None, one axis or several different ones."""
        kind = self.choose("all", "one", "some") if x.ndim else "all"
        if kind == "all":
            return None
        return self.axis(x) if kind == "one" else self.several_axes(x.ndim)

    def several_axes(self, ndim: Any, count: Any = None) -> Any:
        """Return different axes in any order, counted from either end."""
        chosen = self.permutation(ndim)[: self.integer(0, ndim) if count is None else count]
        return tuple(axis - ndim if self.flag() else axis for axis in chosen)

    def permutation(self, count: Any) -> Any:
        """Return the numbers below `count` in any order."""
        rest = list(range(count))
        return tuple(rest.pop(self.integer(0, len(rest) - 1)) for _ in range(count))

    def reshaping(self, size: Any) -> Any:
        """Return a shape of `size` elements, perhaps with a -1."""
        if size == 0:
            return self.choose((0,), (0, 3), (2, 0))
        factors = [n for n in range(1, size + 1) if size % n == 0]
        first = self.choose(*factors)
        shape = self.choose((first, size // first), (size,), (1, size // first, first))
        hidden = self.integer(-1, len(shape) - 1)
        return tuple(-1 if i == hidden else n for i, n in enumerate(shape))

    # ------------------------------------------------------------ arrays

    def array(
        self,
        shape: Any = None,
        low: float = -2.0,
        high: Any = 2.0,
        *,
        ndim: Any = None,
        shortest: Any = 0,
        keep: Any = False,
    ) -> Any:
        """Return an array between two bounds, of any memory layout.

        Parameters
        ----------
        shape : tuple, optional
            By default one of `ndim` axes, an int or a pair of bounds.
        shortest : int
            Length of the shortest axis.
        keep : bool
            Whether its elements are to be kept different.
        """
        if shape is None:
            bounds: Any = (0, 3) if ndim is None else (ndim, ndim) if type(ndim) is int else ndim
            low_ndim, high_ndim = bounds
            shape = self.shape(low_ndim, high_ndim, shortest)
        return self.laid(self.numbers(shape, low, high), keep=keep)

    def numbers(self, shape: Any, low: Any = -2.0, high: Any = 2.0) -> Any:
        """Return a plain array; complex numbers have both parts between the bounds."""
        x = self.rng.uniform(low, high, shape)
        if self.dtype.kind == "c":
            x = x + 1j * self.rng.uniform(low, high, shape)
        return np.asarray(x, self.dtype)

    def laid(self, x: Any, *, keep: Any = False) -> Any:
        """Return an array in another memory layout, or a scalar for one of no axes.

        One layout repeats elements, unless they are to be kept.
        """
        if x.ndim == 0:
            return self.choose(x, x[()])
        return laid_out(x, self.choose(*LAYOUTS[: -1 if keep else None]))

    def distinct(
        self, shape: Any = None, low: float = -2.0, high: float | None = None, **bounds: Any
    ) -> Any:
        """Return an array whose elements are well apart, so that no order is in doubt.

        They lie above `low`, and without `high` as far up as it takes to be 1/2 apart.
        """
        x = self.array(shape, **bounds)
        high = max(low + 4.0, low + 0.6 * x.size) if high is None else high
        places = self.rng.permutation(x.size) + self.rng.uniform(0.2, 0.4, x.size)
        spread = low + (high - low) * places / max(x.size, 1)
        return self.laid(np.asarray(spread.reshape(x.shape), self.dtype), keep=True)

    def spoiled(self, x: Any, number: Any, axis: Any = None, share: Any = 0.3) -> Any:
        """Return an array with some elements replaced, at least one kept along each axis."""
        x = np.array(x)
        x[~self.mask(x.shape, axis, 1 - share)] = number
        return self.laid(x, keep=True)

    def mask(self, shape: Any, axis: Any = None, share: Any = 0.6) -> Any:
        """Return a bool array, true somewhere along the axes."""
        mask = np.asarray(self.rng.random(shape) < share)
        axes = range(mask.ndim) if axis is None else np.atleast_1d(axis).astype(int)
        first = [slice(None)] * mask.ndim
        for i in axes:
            first[i] = slice(2)
        mask[tuple(first)] = True
        return mask

    def integers(self, shape: Any, low: Any, high: Any) -> Any:
        """Return an array of ints, `high` excluded."""
        return self.rng.integers(low, high, shape)

    # ------------------------------------------------------------ matrices

    def matrix(self, rows: Any, columns: Any, stack: Any = (), spread: float = 4) -> Any:
        """Return a stack of matrices whose singular values lie around 1, by a factor apart."""
        count = min(rows, columns)
        left, right = self.orthonormal(stack, rows), self.orthonormal(stack, columns)
        values = self.rng.uniform(spread**-0.5, spread**0.5, (*stack, 1, count))
        x = (left[..., :count] * values) @ np.swapaxes(right[..., :count], -1, -2).conj()
        return self.laid(x.astype(self.dtype), keep=True)

    def positive_definite(self, n: Any, stack: Any = (), spread: float = 4) -> Any:
        """Return a stack of exactly Hermitian matrices with distinct positive eigenvalues.

        They lie around 1, by a factor apart.
        """
        q = self.orthonormal(stack, n)
        places = (np.arange(n) + self.rng.uniform(0.3, 0.7, (*stack, 1, n))) / max(n, 1)
        low, high = spread**-0.5, spread**0.5
        x = (q * (low + (high - low) * places)) @ np.swapaxes(q, -1, -2).conj()
        return self.laid(hermitian(x.astype(self.dtype)), keep=True)

    def stack(self) -> Any:
        """Return the leading shape of a stack of matrices."""
        return self.choose((), (2,), (3, 1), (0,))

    def orthonormal(self, stack: Any, n: Any) -> Any:
        """Return a stack of orthogonal or unitary matrices."""
        x = self.rng.standard_normal((*stack, n, n))
        if self.dtype.kind == "c":
            x = x + 1j * self.rng.standard_normal((*stack, n, n))
        return np.linalg.qr(x).Q

    # ------------------------------------------------------------ indices

    def index(self, shape: Any) -> Any:
        """Return an index of any kind into an array of a shape."""
        kind = self.choose("basic", "integers", "mask", "mixed", "whole mask")
        if kind == "whole mask":
            return self.rng.random(shape) < 0.5
        broadcast = self.shape(0, 2, shortest=1)
        parts: list[Any] = []
        count, last = self.integer(0, len(shape)), self.flag()
        for n in shape[len(shape) - count :] if last else shape[:count]:
            part = self.choose("slice", "integer", "none") if kind == "basic" or not n else kind
            if part == "mixed":
                part = self.choose("slice", "integers", "integer", "none")
            if part == "none":
                parts.append(None)
                part = "slice"
            if part == "mask" and any(isinstance(p, np.ndarray) for p in parts):
                part = self.choose("slice", "integer")
            parts.append(self._part(part, n, broadcast))
        if last:
            parts.insert(0, Ellipsis)
        elif self.flag():
            parts.append(Ellipsis)
        return parts[0] if len(parts) == 1 else tuple(parts)

    def _part(self, kind: Any, n: Any, broadcast: Any) -> Any:
        """Return what indexes one axis of length `n`."""
        if kind == "mask":
            return self.rng.random(n) < 0.5
        if kind == "integers":
            picked = self.rng.integers(-n, n, broadcast)
            return picked.tolist() if picked.ndim == 1 and self.flag() else picked
        if kind == "integer" and n:
            return self.choose(int, np.int64)(self.integer(-n, n - 1))
        start, stop = self.integer(-n - 1, n + 1), self.integer(-n - 1, n + 1)
        return slice(self.choose(None, start), self.choose(None, stop), self.choose(None, 2, -1))


def laid_out(x: Any, layout: Any) -> Any:
    """Return an array of the same elements in a memory layout.

    "repeated" is a view of stride zero, so its elements along one axis become equal.
    """
    if layout == "F":
        return np.asfortranarray(x)
    if layout == "strided":
        room = np.zeros((*x.shape[:-1], 2 * x.shape[-1]), x.dtype)
        room[..., ::2] = x
        return room[..., ::2]
    if layout == "reversed":
        return x[::-1].copy()[::-1]
    if layout == "repeated" and x.shape[0] > 1:
        return np.broadcast_to(x[:1], x.shape)
    x = x.copy()
    x.flags.writeable = layout != "read-only"
    return x


def hermitian(x: Any) -> Any:
    """Return the part of square matrices that equals its conjugate transpose, exactly."""
    return (x + np.swapaxes(x, -1, -2).conj()) / 2


def flat(results: Any) -> Any:
    """Return the arrays of a result in a list."""
    if isinstance(results, (tuple, list)):
        return [y for part in results for y in flat(part)]
    return [results]
