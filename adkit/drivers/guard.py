"""The guard: one random direction through the function and through the compressed result.

A wrong or missing entry changes the product with a random direction, so that the check
finds it with probability one. How far rounding alone may part both products is known
from the entries, and, where that does not explain a difference, from the function: its
pushforward is linear, and how far it fails to add up is its own rounding error.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from adkit.common.errors import TraceMismatchError
from adkit.common.flat import FlatFunction
from adkit.common.inputs import name_of
from adkit.sparse.pattern import Pattern
from adkit.sparse.segments import ranges

__all__ = ["PatternWarning", "check_repeatable", "deviating", "probe"]

Array = NDArray[Any]

#: Rounding errors that are allowed for, in units of the least difference from 1.
_SLACK = 64.0

#: Calls after which directions come again.
_WINDOWS = 997

#: Ways to part the direction in two, from which the function's rounding error is measured.
_SPLITS = 4


class PatternWarning(UserWarning):
    """What a sparse derivative was planned by has become wrong; the result is right.

    Examples
    --------
    >>> import warnings
    >>> from adkit import PatternWarning
    >>> warnings.simplefilter("ignore", PatternWarning)
    """


def probe(size: int, turn: int) -> Array:
    """Return a random direction without small elements; another one at each turn.

    Directions are windows of one random vector, which is drawn once for each size.
    """
    start = turn % _WINDOWS
    return _drawn(size)[start : start + size]


@functools.lru_cache(maxsize=4)
def _drawn(size: int) -> Array:
    rng = np.random.default_rng(size)
    sizes = rng.uniform(0.5, 1.5, size + _WINDOWS - 1).astype(np.float32)  # exact in that too
    drawn: Array = np.where(rng.integers(0, 2, len(sizes)), sizes, -sizes).astype(float)
    drawn.setflags(write=False)
    return drawn


def deviating(
    pattern: Pattern,
    values: Array,
    direction: Array,
    found: Array,
    again: Callable[[Array], Array],
    growth: float = 1.0,
    *,
    chained: bool = False,
) -> Array:
    """Return the rows in which a matrix is not the one that a function has.

    Parameters
    ----------
    pattern : Pattern
        Its transpose, if the direction is a cotangent.
    values : array
        The entries.
    direction, found : array
        The direction of the guard, and its product by the function.
    again : callable
        Returns the products with several directions, one in each row, by one sweep of the
        function; it is called only where the entries do not explain a difference.
    growth : float
        By how much the recovery multiplies rounding errors.
    chained : bool
        Whether entries were substituted into those of other rows.
    """
    with np.errstate(all="ignore"):
        expected = pattern.times(values, direction)
        unit = _SLACK * max(_eps(values.dtype), _eps(found.dtype)) * growth
        apart = np.abs(found - expected)
        # Rounding errors of the subnormal numbers are absolute.
        tiny = np.finfo(apart.dtype).tiny
        close = apart <= unit * np.abs(expected) + tiny  # not where one of both is nan
        if close.all():
            return np.zeros(0, dtype=np.intp)
        finite = np.isfinite(found)
        mixed = np.flatnonzero(finite != np.isfinite(expected))
        rows = np.flatnonzero(~close & finite & np.isfinite(expected))
        if len(rows):
            allowed = unit * _sizes(pattern, values, direction, rows, chained=chained) + tiny
            kept = apart[rows] > allowed
            rows, allowed = rows[kept], allowed[kept]
        if len(rows):
            allowed = allowed + _SLACK * growth * _rounding(direction, again)[rows]
            rows = rows[apart[rows] > allowed]
        return np.union1d(mixed, rows)


def _sizes(
    pattern: Pattern, values: Array, direction: Array, rows: Array, *, chained: bool
) -> Array:
    """Return the sums of the sizes of the terms of some rows, or the largest of all terms."""
    counts = pattern.starts[rows + 1] - pattern.starts[rows]
    places = ranges(pattern.starts[rows], counts)
    own = np.abs(values[places] * direction[pattern.columns[places]])
    sizes = np.bincount(np.repeat(np.arange(len(rows)), counts), own.astype(float), len(rows))
    if not chained:
        return sizes
    largest = np.max(np.abs(values * direction[pattern.columns]), initial=0.0)
    raised: Array = np.maximum(sizes, largest)
    return raised


def _rounding(direction: Array, again: Callable[[Array], Array]) -> Array:
    """Return how far the function's own products fail to add up, row by row.

    The direction is parted in two, and each part scaled, so that equal roundings do not
    cancel.
    """
    first = np.stack([_split(len(direction), turn) for turn in range(_SPLITS)])
    scales = 1 + np.random.default_rng(0).uniform(0, 1, (2, _SPLITS, 1))
    parts = scales * np.stack((first, direction - first))
    products = again(np.concatenate((direction[None], *parts)))
    summed = np.sum(products[1:].reshape(2, _SPLITS, -1) / scales, axis=0)
    worst: Array = np.max(np.abs(products[0] - summed), axis=0)
    return worst


def _split(size: int, turn: int) -> Array:
    part: Array = np.random.default_rng((size, turn)).uniform(-1.5, 1.5, size)
    return part


def check_repeatable(flat: FlatFunction) -> None:
    """Raise an error if two evaluations of a function differ.

    Raises
    ------
    TraceMismatchError
        It names the function.
    """
    first, second = flat(flat.leaves), flat(flat.leaves)
    if not _same(first, second):
        raise TraceMismatchError(
            "ADK532",
            f"{name_of(flat.f)} returns another value each time",
            instead="give it a random generator with a seed, made anew in each call",
        )


def _same(first: Sequence[Any], second: Sequence[Any]) -> bool:
    return len(first) == len(second) and all(
        np.shape(x) == np.shape(y) and np.asarray(x).tobytes() == np.asarray(y).tobytes()
        for x, y in zip(first, second, strict=True)
    )


def _eps(dtype: Any) -> float:
    return max(float(np.finfo(dtype).eps), float(np.finfo(float).eps))
