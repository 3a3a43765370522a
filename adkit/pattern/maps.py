"""Linear maps of the elements of one array to those of another, found by applying them.

A map is element by element (`Lanes`), a selection (`Gather`), compressed rows (`Matrix`)
or dense in groups (`Groups`). `find` tells which from the map's action alone: an entry is
found by two directions, ones and numbers, whose quotient says which element was read; a
random direction checks the whole.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from adkit.pattern.rows import Rows
from adkit.sparse.segments import starts_of

Array = NDArray[Any]
Shape = tuple[int, ...]
#: Applies a map to directions on a leading axis, both arrays flat: (k, n) to (k, m).
Apply = Callable[[Array], Array]

#: Elements that one application may carry, and all together.
_AT_ONCE = 2**21
_IN_ALL = 2**28


@dataclass(frozen=True)
class Lanes:
    """Each result is the element at its own place, times its weight."""

    weights: Array | None = None

    def of(self, rows: Rows) -> Rows:
        """Return the rows of the results."""
        return rows if self.weights is None else rows.scale(self.weights)

    def back(self, marked: Array, size: int) -> Array:
        """Return which of `size` elements reach marked results."""
        return marked


@dataclass(frozen=True)
class Gather:
    """Each result is one element, at `index`, times its weight; none at -1."""

    index: Array
    weights: Array | None = None

    def of(self, rows: Rows) -> Rows:
        """Return the rows of the results."""
        taken = rows.take(self.index)
        return taken if self.weights is None else taken.scale(self.weights)

    def restricted(self, first: int, size: int) -> Gather:
        """Return the map of `size` elements from `first` on, numbered anew."""
        index = self.index - first
        inside = (self.index >= 0) & (index >= 0) & (index < size)
        return Gather(np.where(inside, index, -1), self.weights)

    def back(self, marked: Array, size: int) -> Array:
        """Return which of `size` elements reach marked results."""
        reached = np.zeros(size, np.bool_)
        used = self.index[marked]
        reached[used[used >= 0]] = True
        return reached


@dataclass(frozen=True)
class Matrix:
    """Each result is a sum of elements, in compressed rows of increasing columns."""

    starts: Array
    columns: Array
    weights: Array | None = None

    def of(self, rows: Rows) -> Rows:
        """Return the rows of the results."""
        return rows.combined(self.starts, self.columns, self.weights)

    def restricted(self, first: int, size: int) -> Matrix:
        """Return the map of `size` elements from `first` on, numbered anew."""
        inside = (self.columns >= first) & (self.columns < first + size)
        before = np.concatenate(([0], np.cumsum(inside)))
        weights = None if self.weights is None else self.weights[inside]
        return Matrix(before[self.starts], self.columns[inside] - first, weights)

    def back(self, marked: Array, size: int) -> Array:
        """Return which of `size` elements reach marked results."""
        reached = np.zeros(size, np.bool_)
        reached[self.columns[np.repeat(marked, np.diff(self.starts))]] = True
        return reached


@dataclass(frozen=True)
class Groups:
    """Each result depends on all elements of its group.

    Attributes
    ----------
    elements, results : array of int
        The group of each.
    count : int
        Number of groups.
    """

    elements: Array
    results: Array
    count: int

    def of(self, rows: Rows) -> Rows:
        """Return the rows of the results."""
        columns = np.argsort(self.elements, kind="stable")
        starts = starts_of(np.bincount(self.elements, minlength=self.count))
        return rows.combined(starts, columns, None).take(self.results)

    def restricted(self, first: int, size: int) -> Groups:
        """Return the map of `size` elements from `first` on, numbered anew."""
        return Groups(self.elements[first : first + size], self.results, self.count)

    def back(self, marked: Array, size: int) -> Array:
        """Return which of `size` elements reach marked results."""
        groups = np.zeros(self.count, np.bool_)
        groups[self.results[marked]] = True
        reached: Array = groups[self.elements]
        return reached


Map: TypeAlias = Lanes | Gather | Matrix | Groups


@dataclass(frozen=True)
class Action:
    """A linear map by what it does.

    Attributes
    ----------
    apply : callable
    transpose : callable or None
    shape, result_shape : tuple of int
        Of several arrays, whose elements are numbered through, the number of all.
    eps : float
        Relative rounding error of what `apply` returns.
    """

    apply: Apply
    transpose: Apply | None
    shape: Shape
    result_shape: Shape
    eps: float

    @property
    def size(self) -> int:
        """Number of elements."""
        return math.prod(self.shape)

    @property
    def result_size(self) -> int:
        """Number of results."""
        return math.prod(self.result_shape)


def find(action: Action) -> Map | None:
    """Return the matrix of a linear map, None if finding it would take too long."""
    n, m = action.size, action.result_size
    if not n or not m:
        return Gather(np.full(m, -1))
    found = _selection(action.apply, n, action.eps)
    if found is not None:
        return Gather(*found)
    if action.transpose is not None:
        found = _selection(action.transpose, m, action.eps)
        if found is not None:
            scattered = _scattered(*found, m)
            if _agrees(scattered, action):
                return scattered
    return _probed(action)


def random(size: int, seed: int = 0) -> Array:
    """Return generic numbers: no two sums of some of them are equal."""
    return np.random.default_rng(seed).uniform(1, 2, size)


def _selection(apply: Apply, n: int, eps: float) -> tuple[Array, Array | None] | None:
    """Return index and weights of a map whose results are one element each, else None."""
    base = _base(eps)
    numbers = np.arange(1.0, n + 1)
    digits = [numbers] if n < base else [numbers % base, numbers // base]
    r = apply(np.stack([np.ones(n), *digits, random(n)]))
    decoded = _decode(r[0], r[1:-1], base, n)
    if decoded is None:
        return None
    index, weights = decoded
    expected = weights * np.concatenate((random(n), [0]))[index]
    if not _is_close(r[-1], expected, np.abs(expected), eps):
        return None
    return index, None if (weights[index >= 0] == 1).all() else weights


def _base(eps: float) -> float:
    """Return below which numbers are told apart after rounding."""
    return 2.0 ** int(-math.log2(eps) - 4)


def _decode(ones: Array, digits: Array, base: float, n: int) -> tuple[Array, Array] | None:
    """Return which element each result read, and its weight."""
    read = ones != 0
    if not np.isfinite(ones).all() or (digits[:, ~read] != 0).any():
        return None
    weights = np.where(read, ones, 1)
    ratios = (digits / weights).real
    if not np.isfinite(ratios).all():
        return None
    whole = np.rint(ratios)
    numbers = whole[0] if len(whole) == 1 else whole[0] + base * whole[1]
    if not ((numbers >= 0) & (numbers <= n)).all():
        return None
    index = numbers.astype(np.intp) - 1
    index[~read] = -1
    if (index[read] < 0).any():
        return None
    return index, np.where(read, ones, 0)


def _is_close(given: Array, expected: Array, scale: Array, eps: float) -> bool:
    return bool((np.abs(given - expected) <= 64 * eps * scale).all())


def _scattered(index: Array, weights: Array | None, m: int) -> Matrix:
    """Return the matrix whose transpose is a selection."""
    order = np.argsort(index, kind="stable")
    order = order[np.searchsorted(index[order], 0) :]
    starts = starts_of(np.bincount(index[order], minlength=m))
    return Matrix(starts, order, None if weights is None else weights[order])


# ---------------------------------------------------------------- few or all directions


def _probed(action: Action) -> Map | None:
    """Find the matrix by directions that are zero on most elements.

    Axes that the map works along element by element share directions. Of the others it is
    tried whether results read at most one element of each of a few classes.
    """
    n, m = action.size, action.result_size
    along = _batch_axes(action)
    kept = tuple(1 if i in along else k for i, k in enumerate(action.shape))
    count = math.prod(kept)
    places = np.broadcast_to(np.arange(count).reshape(kept), action.shape).reshape(-1)
    back = _back(action, along)
    for classes in (4, 16, 64, 256):
        if 4 * classes > count:
            break
        found = _by_classes(action, classes, places, back)
        if found is not None:
            return found
    if count * (m + n) > _IN_ALL:
        return None
    return _by_units(action, count, places, back)


def _batch_axes(action: Action) -> dict[int, int]:
    """Return axes of the operand along which the map works, with those of the result.

    Scaling the slices of the operand by generic factors scales those of the result.
    """
    shape, result_shape = action.shape, action.result_shape
    axes = [a for a, k in enumerate(shape) if k > 1 and k in result_shape]
    if not axes:
        return {}
    v = random(action.size).reshape(shape)
    factors = [random(shape[a], 1 + a) for a in axes]
    scaled = [
        v * f.reshape([-1 if i == a else 1 for i in range(len(shape))])
        for a, f in zip(axes, factors, strict=True)
    ]
    r = action.apply(np.stack([v, *scaled]).reshape(len(axes) + 1, -1))
    r = r.reshape(len(r), *result_shape)
    along: dict[int, int] = {}
    for k, (a, f) in enumerate(zip(axes, factors, strict=True), start=1):
        for b, length in enumerate(result_shape):
            if length == shape[a] and b not in along.values():
                expected = r[0] * f.reshape([-1 if i == b else 1 for i in range(r.ndim - 1)])
                if _is_close(r[k], expected, np.abs(r[0]).max(initial=0), action.eps):
                    along[a] = b
                    break
    return along


def _back(action: Action, along: dict[int, int]) -> Array:
    """Return of each result the offset of its slices, to which a place is added.

    A place numbers elements of the axes that are not shared; so does its first element.
    """
    offset = np.zeros(action.result_shape, np.intp)
    strides = np.cumprod((1, *action.shape[:0:-1]))[::-1]
    for a, b in along.items():
        steps = np.arange(action.shape[a]) * strides[a]
        offset += steps.reshape([-1 if i == b else 1 for i in range(offset.ndim)])
    return offset.reshape(-1)


def _firsts(places: Array) -> Array:
    """Return the first element at each place."""
    return np.unique(places, return_index=True)[1]


def _by_classes(action: Action, classes: int, places: Array, back: Array) -> Map | None:
    count = int(places.max()) + 1
    firsts = _firsts(places)
    base = _base(action.eps)
    if count >= base or 2 * classes * (action.size + action.result_size) > _IN_ALL:
        return None
    rows, columns, weights = [], [], []
    for c in range(classes):
        mask = (places % classes == c) * 1.0
        ones, numbers = action.apply(np.stack([mask, mask * (places + 1)]))
        decoded = _decode(ones, numbers[None], base, count)
        if decoded is None:
            return None
        index, weight = decoded
        (row,) = np.nonzero(index >= 0)
        rows.append(row)
        columns.append(firsts[index[row]] + back[row])
        weights.append(weight[row])
    found = _matrix(rows, columns, weights, action.result_size)
    return found if _agrees(found, action) else None


def _agrees(matrix: Matrix, action: Action) -> bool:
    """Return whether a matrix does to a random direction what the map does."""
    v = random(action.size, 2)
    weights = 1 if matrix.weights is None else matrix.weights
    terms = np.concatenate((weights * v[matrix.columns], [0]))
    expected = _sums(terms, matrix.starts)
    scale = _sums(np.abs(terms), matrix.starts)
    longest = math.log2(max(1, int(np.diff(matrix.starts).max(initial=1)))) + 1
    given = action.apply(v[None])[0]
    return _is_close(given, expected, longest * scale, action.eps)


def _sums(terms: Array, starts: Array) -> Array:
    """Return the sums of the terms of each row; one term more than there are stands last."""
    sums = np.add.reduceat(terms, starts[:-1])
    sums[np.diff(starts) == 0] = 0
    return sums


def _by_units(action: Action, count: int, places: Array, back: Array) -> Matrix:
    firsts = _firsts(places)
    step = max(1, _AT_ONCE // max(action.size, action.result_size))
    rows, columns, weights = [], [], []
    for start in range(0, count, step):
        chunk = np.arange(start, min(start + step, count))
        r = action.apply((places == chunk[:, None]) * 1.0).T
        row, which = np.nonzero(r)
        rows.append(row)
        columns.append(firsts[chunk[which]] + back[row])
        weights.append(r[row, which])
    return _matrix(rows, columns, weights, action.result_size)


def _matrix(
    rows: Sequence[Array], columns: Sequence[Array], weights: Sequence[Array], m: int
) -> Matrix:
    """Return the matrix of entries that are sorted in each of several parts."""
    if len(rows) == 1:
        return Matrix(starts_of(np.bincount(rows[0], minlength=m)), columns[0], weights[0])
    row, column = np.concatenate(rows), np.concatenate(columns)
    order = np.lexsort((column, row))
    starts = starts_of(np.bincount(row, minlength=m))
    return Matrix(starts, column[order], np.concatenate(weights)[order])
