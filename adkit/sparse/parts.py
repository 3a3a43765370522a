"""Parts of a pattern that need more numbers than some directions give: cores and blocks."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from adkit.sparse.pattern import Pattern
from adkit.sparse.segments import Ints, components

#: Entries that are looked at for one bound; then it is what is proved so far.
_EFFORT = 2**27

#: How often rows and columns are taken away at most; what is left is always a part. It ends
#: when less than one entry in so many goes, as at the ends of a band.
_ROUNDS = 40
_SLOW = 64


def least(
    possible: Callable[[int], bool], high: int, *, first: int, likely: Ints, low: int = -1
) -> int:
    """Return the least number not above `high` of which all smaller ones are impossible.

    `low` is impossible and `high` is taken for possible. `first` is looked at first, then
    those that are `likely` to part possible from impossible ones, and then the others.
    """
    middle = first
    while high - low > 1:
        if possible(middle):
            high = middle
        else:
            low = middle
        between = likely[np.searchsorted(likely, low + 1) : np.searchsorted(likely, high)]
        middle = int(between[len(between) // 2]) if len(between) else (low + high) // 2
    return high


class Parts:
    """Looks for parts of a pattern for which some directions give too few numbers."""

    def __init__(self, pattern: Pattern) -> None:
        self.pattern = pattern
        self.effort = _EFFORT
        self.height = int(np.count_nonzero(pattern.row_counts))
        self.width = int(np.count_nonzero(pattern.column_counts))

    def possible(self, p: int, q: int) -> bool:
        """Return whether no part was found for which p forward and q reverse are too few."""
        if p * self.height + q * self.width < self.pattern.nnz:
            return False
        rows, columns = self.pattern.rows, self.pattern.columns
        for _ in range(_ROUNDS):
            self.effort -= 4 * len(rows)
            if self.effort < 0:
                return True
            before = len(rows)
            kept = (np.bincount(rows)[rows] > p) & (np.bincount(columns)[columns] > q)
            rows, columns = rows[kept], columns[kept]
            if before - len(rows) <= before // _SLOW:
                break
        if not len(rows):
            return True
        of_rows, of_columns = np.bincount(rows), np.bincount(columns)
        if p * np.count_nonzero(of_rows) + q * np.count_nonzero(of_columns) < len(rows):
            return False
        return bool(np.all(_numbers(rows, columns, p, q) >= 0))


def _numbers(rows: Ints, columns: Ints, p: int, q: int) -> Ints:
    """Return for each connected part how many numbers there are beyond its entries."""
    m, n = int(rows.max()) + 1, int(columns.max()) + 1
    labels = components(m + n, rows, m + columns)
    used = np.bincount(rows, minlength=m) > 0, np.bincount(columns, minlength=n) > 0
    height = np.bincount(labels[:m][used[0]], minlength=m + n)
    width = np.bincount(labels[m:][used[1]], minlength=m + n)
    entries = np.bincount(labels[rows], minlength=m + n)
    p_there, q_there = np.minimum(p, width), np.minimum(q, height)
    known: Ints = p_there * height + q_there * width - p_there * q_there
    return known - entries


def lacking_part(pattern: Pattern, p: int) -> tuple[int, int, int] | None:
    """Return a part for which p products are too few: rows, numbers, unknowns."""
    n = pattern.shape[0]
    rows, columns = pattern.rows, pattern.columns
    for _ in range(_ROUNDS):
        before = len(rows)
        large = np.bincount(rows, minlength=n) > p
        kept = large[rows] & large[columns]
        rows, columns = rows[kept], columns[kept]
        if before - len(rows) <= before // _SLOW:
            break
    if not len(rows):
        return None
    labels = components(n, rows, columns)
    height = np.bincount(labels[np.bincount(rows, minlength=n) > 0], minlength=n)
    unknowns = np.bincount(labels[rows[rows >= columns]], minlength=n)
    products = np.minimum(p, height)
    numbers = products * height - products * (products - 1) // 2
    part = int(np.argmin(numbers - unknowns))
    if numbers[part] >= unknowns[part]:
        return None
    return int(height[part]), int(numbers[part]), int(unknowns[part])


def dense_block(pattern: Pattern, tries: int) -> Ints:
    """Return vertices that are all neighbours of each other and of themselves, greedily."""
    diagonal = np.zeros(pattern.shape[0], dtype=np.bool_)
    diagonal[pattern.rows[pattern.rows == pattern.columns]] = True
    graph = pattern.select(diagonal, diagonal)
    degrees = graph.row_counts
    best: Ints = np.zeros(0, dtype=np.intp)
    for start in np.argsort(-degrees, kind="stable")[:tries].tolist():
        left = graph.row(start)
        left = left[np.argsort(-degrees[left], kind="stable")]
        members = []
        if start in left:
            members, left = [start], left[left != start]
        while len(left) and len(members) + len(left) > len(best):
            members.append(int(left[0]))
            left = left[np.isin(left, graph.row(members[-1]), kind="table")]
            left = left[left != members[-1]]
        if len(members) > len(best):
            best = np.sort(np.array(members, dtype=np.intp))
    return best
