"""The matrix of a linear map, found by applying it.

An entry is found by two directions, ones and numbers, whose quotient says which element
was read: one pair of directions if each result reads one element, or each element is read
by one result; else a pair for each of several classes of elements of which no result reads
two. A random direction checks what was found. An entry that is smaller than the rounding
errors of the others in its row may stay unseen.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from adkit.pattern.maps import Gather, Map, Matrix
from adkit.sparse.segments import starts_of

Array = NDArray[Any]
Shape = tuple[int, ...]
#: Applies a map to directions on a leading axis, both arrays flat: (k, n) to (k, m).
Apply = Callable[[Array], Array]

#: Elements that one application may carry, and all together.
_AT_ONCE = 2**21
_IN_ALL = 2**28
#: Numbers of classes that are tried, and whether they are random.
_ROUNDS = ((4, False), (16, False), (64, False), *4 * ((64, True),), *3 * ((256, True),))


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


class Entries(NamedTuple):
    """Nonzeros of a matrix."""

    rows: Array
    columns: Array
    weights: Array

    def of_rows(self, marked: Array) -> Entries:
        """Return those in marked rows."""
        kept = marked[self.rows]
        return Entries(*(side[kept] for side in self))


@dataclass(frozen=True)
class Grid:
    """Elements by their places on the axes that do not share directions.

    Attributes
    ----------
    count : int
        Number of places.
    places, firsts : array of int
        The place of each element, and the first element at each place.
    back : array of int
        Of each result how far behind the first element that is which it reads.
    """

    count: int
    places: Array
    firsts: Array
    back: Array


def find(action: Action, guess: Callable[[], Matrix | None] | None = None) -> Map | None:
    """Return the matrix of a linear map, None if finding it would take too long.

    Parameters
    ----------
    action : Action
    guess : callable, optional
        Returns what the matrix may be; asked if it is no selection.
    """
    n, m = action.size, action.result_size
    if not n or not m:
        return Gather(np.full(m, -1))
    found = selection(action.apply, n, action.eps)
    if found is not None:
        return Gather(*found)
    if action.transpose is not None:
        found = selection(action.transpose, m, action.eps)
        if found is not None:
            scattered = _scattered(*found, m)
            if _agreeing(scattered, action).all():
                return scattered
    guessed = None if guess is None else guess()
    if guessed is not None and _agreeing(guessed, action).all():
        return guessed
    return _probed(action)


def random(size: int, seed: int = 0) -> Array:
    """Return generic numbers: no two sums of some of them are equal."""
    return np.random.default_rng(seed).uniform(1, 2, size)


def from_entries(rows: Array, columns: Array, weights: Array, m: int) -> Matrix | None:
    """Return the matrix of these entries, None if two have one place."""
    found = _matrix([Entries(rows, columns, weights)], m)
    same_row = np.repeat(np.arange(m), np.diff(found.starts))
    twice = (np.diff(same_row) == 0) & (np.diff(found.columns) == 0)
    return None if twice.any() else found


def selection(apply: Apply, n: int, eps: float) -> tuple[Array, Array | None] | None:
    """Return index and weights of a map whose results are one element each, else None."""
    base = _base(eps)
    numbers = np.arange(1.0, n + 1)
    digits = [numbers] if n < base else [numbers % base, numbers // base]
    r = apply(np.stack([np.ones(n), *digits, random(n)]))
    index, weights, is_one = _decode(r[0], r[1:-1], base, n)
    if not is_one.all():
        return None
    expected = weights * np.concatenate((random(n), [0]))[index]
    if not _is_close(r[-1], expected, np.abs(expected), eps).all():
        return None
    return index, None if (weights[index >= 0] == 1).all() else weights


def _base(eps: float) -> float:
    """Return below which numbers are told apart after rounding."""
    return 2.0 ** int(-math.log2(eps) - 4)


class Decoded(NamedTuple):
    """Which element each result read, its weight, and whether that is sure to be all."""

    read: Array
    weights: Array
    is_one: Array


def _decode(ones: Array, digits: Array, base: float, n: int) -> Decoded:
    """Read off which element each result read: the quotient of its number and its weight."""
    read = ones != 0
    weights = np.where(read, ones, 1)
    with np.errstate(all="ignore"):
        ratios = (digits / weights).real
        whole = np.rint(ratios)
        numbers = whole[0] if len(whole) == 1 else whole[0] + base * whole[1]
        is_one = np.where(read, (numbers >= 1) & (numbers <= n), (digits == 0).all(axis=0))
    is_one &= np.isfinite(ones)
    read &= is_one
    index = np.where(read, numbers, 0).astype(np.intp) - 1
    return Decoded(index, np.where(read, ones, 0), is_one)


def _is_close(given: Array, expected: Array, scale: Array, eps: float) -> Array:
    with np.errstate(all="ignore"):
        close: Array = np.abs(given - expected) <= 64 * eps * scale
    return close


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
    grid = Grid(count, places, np.unique(places, return_index=True)[1], _back(action, along))
    found = _by_classes(action, grid)
    if found is not None:
        return found
    if count * (m + n) > _IN_ALL:
        return None
    return _by_units(action, grid)


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
                if _is_close(r[k], expected, np.abs(r[0]).max(initial=0), action.eps).all():
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


def _by_classes(action: Action, grid: Grid) -> Matrix | None:
    """Find rows that read at most one element of each of a few classes of places.

    Classes are strided at first, which suits bands and stencils, and then random. A random
    direction tells which rows are complete. The last ones are taken by the transpose.
    """
    m, base = action.result_size, _base(action.eps)
    missing = np.ones(m, np.bool_)
    entries: list[Entries] = []
    for turn, (classes, is_random) in enumerate(_ROUNDS):
        work = 2 * classes * (action.size + m)
        if 4 * classes > grid.count or grid.count >= base or work > _IN_ALL:
            break
        numbers = np.arange(grid.count)
        if is_random:
            numbers = np.random.default_rng(turn).permutation(grid.count)
        found, is_one = _decoded_classes(action, grid, numbers % classes, missing)
        complete = is_one & _agreeing(_matrix([found], m), action) if is_one.any() else is_one
        entries.append(found.of_rows(complete))
        missing &= ~complete
        if not missing.any():
            return _matrix(entries, m)
        if is_random and not complete.any():
            break
    last = np.flatnonzero(missing)
    if action.transpose is None or len(last) >= grid.count:
        return None
    entries.append(_rows_by_transpose(action, action.transpose, last))
    found_all = _matrix(entries, m)
    return found_all if _agreeing(found_all, action).all() else None


def _decoded_classes(
    action: Action, grid: Grid, labels: Array, missing: Array
) -> tuple[Entries, Array]:
    """Return one entry of each row and class of places, and in which missing rows that is all."""
    base = _base(action.eps)
    of = labels[grid.places]
    numbers = grid.places + 1.0
    sure = missing
    parts = []
    for c in range(int(labels.max()) + 1):
        mask = (of == c) * 1.0
        ones, sums = action.apply(np.stack([mask, mask * numbers]))
        index, weights, is_one = _decode(ones, sums[None], base, grid.count)
        sure = sure & is_one
        if not sure.any():
            break
        (row,) = np.nonzero(index >= 0)
        parts.append(Entries(row, grid.firsts[index[row]] + grid.back[row], weights[row]))
    return (_joined(parts) if parts else Entries(*3 * (np.zeros(0, np.intp),))), sure


def _rows_by_transpose(action: Action, transpose: Apply, rows: Array) -> Entries:
    step = max(1, _AT_ONCE // max(action.size, action.result_size))
    parts = []
    for start in range(0, len(rows), step):
        chunk = rows[start : start + step]
        units = np.zeros((len(chunk), action.result_size))
        units[np.arange(len(chunk)), chunk] = 1
        r = transpose(units)
        which, column = np.nonzero(r)
        parts.append(Entries(chunk[which], column, r[which, column]))
    return _joined(parts)


def _agreeing(matrix: Matrix, action: Action) -> Array:
    """Return in which rows a matrix does to a random direction what the map does."""
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


def _by_units(action: Action, grid: Grid) -> Matrix:
    """Apply the map to all unit directions."""
    step = max(1, _AT_ONCE // max(action.size, action.result_size))
    parts = []
    for start in range(0, grid.count, step):
        chunk = np.arange(start, min(start + step, grid.count))
        r = action.apply((grid.places == chunk[:, None]) * 1.0).T
        row, which = np.nonzero(r)
        columns = grid.firsts[chunk[which]] + grid.back[row]
        parts.append(Entries(row, columns, r[row, which]))
    return _matrix(parts, action.result_size)


def _joined(parts: Sequence[Entries]) -> Entries:
    return Entries(*(np.concatenate(side) for side in zip(*parts, strict=True)))


def _matrix(parts: Sequence[Entries], m: int) -> Matrix:
    """Return the matrix of some entries."""
    row, column, weights = _joined(parts)
    rises = (row[1:] > row[:-1]) | ((row[1:] == row[:-1]) & (column[1:] > column[:-1]))
    if not rises.all():
        order = np.lexsort((column, row))
        row, column, weights = row[order], column[order], weights[order]
    return Matrix(starts_of(np.bincount(row, minlength=m)), column, weights)
