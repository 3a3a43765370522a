"""Which results of a program's operations are narrow, so that lifting them pays.

Candidates are operations that make few numbers of many: sums, means, norms, products with few
rows. All small ones are lifted at once, since some help only together (the mean and the
variance of a layer norm), and those without which no more directions are needed are given up
again. What giving up an array does to the pattern is one step of elimination: everything that
reads it depends on all that it depends on (Griewank and Walther 2008, chapter 9).
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from adkit.drivers.following import Seen
from adkit.sparse.pattern import Pattern

__all__ = ["candidates", "worth_lifting"]

Array = NDArray[Any]

#: Arrays that are lifted at once.
_MOST = 10
#: A result is narrow if it has so many times fewer elements than argument and result.
_NARROW = 4
#: An operation contracts if it reads more than so many times as many elements.
_CONTRACTING = 2


def candidates(
    seen: Sequence[Seen], rows: int, columns: int, *, holomorphic: bool = False
) -> list[Seen]:
    """Return the operations whose results may be worth lifting, the smallest ones, in order.

    Parameters
    ----------
    seen : sequence of Seen
        The operations of a function.
    rows, columns : int
        Elements of its result and of its argument.
    holomorphic : bool
        Whether the function is; if not, complex results have no derivatives by themselves.
    """
    narrow = min(rows, columns) // _NARROW
    found = [
        one
        for one in seen
        if 0 < one.size <= narrow
        and one.read > _CONTRACTING * one.size
        and (holomorphic or not one.is_complex)
    ]
    smallest = sorted(found, key=lambda one: one.size)[:_MOST]
    return sorted(smallest, key=lambda one: one.number)


def worth_lifting(
    pattern: Pattern, sizes: Sequence[int], directions: Callable[[Pattern], int]
) -> list[bool]:
    """Return for each of the lifted arrays whether it saves directions.

    Parameters
    ----------
    pattern : Pattern
        Of the extended Jacobian: its first rows and columns are those of the lifted arrays.
    sizes : sequence of int
        Elements of these.
    directions : callable
        Returns how many directions a matrix of some pattern takes.
    """
    ends = np.cumsum([0, *sizes])
    groups = [np.arange(first, last) for first, last in itertools.pairwise(ends)]
    kept = [True] * len(groups)
    for i, group in enumerate(groups):
        if _adds_nothing(pattern, group):
            pattern, kept[i] = _without(pattern, group), False
    fewest = directions(pattern)
    for i in sorted(range(len(groups)), key=lambda i: -sizes[i]):
        if not kept[i] or _fills(pattern, groups[i]) > fewest:
            continue
        fewer = _without(pattern, groups[i])
        if (count := directions(fewer)) <= fewest:
            pattern, fewest, kept[i] = fewer, count, False
    left = [i for i in range(len(groups)) if kept[i]]
    if left and all(_fills(pattern, groups[i]) <= fewest for i in left):
        for i in left:
            pattern = _without(pattern, groups[i])
        if directions(pattern) <= fewest:
            return [False] * len(groups)
    return kept


def _adds_nothing(pattern: Pattern, group: Array) -> bool:
    """Return whether giving up an array leaves as many entries, or fewer."""
    rows, columns = pattern.row_counts[group], pattern.column_counts[group]
    return bool((rows <= 1).all() or (columns <= 1).all())


def _fills(pattern: Pattern, group: Array) -> int:
    """Return how many directions are needed at least without an array.

    Giving up an element gives a dense block of b rows and r columns, which takes as many
    directions as the smaller of both.
    """
    smaller = np.minimum(pattern.row_counts[group], pattern.column_counts[group])
    return int(np.max(smaller, initial=0))


def _without(pattern: Pattern, group: Array) -> Pattern:
    """Return the pattern after elimination of an array; its rows and columns are empty."""
    m, n = pattern.shape
    own = np.zeros(max(m, n), np.bool_)
    own[group] = True
    readers = pattern.select(rows=~own[:m]).submatrix(np.arange(m), group)
    read = pattern.select(columns=~own[:n]).submatrix(group, np.arange(n))
    return pattern.select(~own[:m], ~own[:n]) | (readers @ read)
