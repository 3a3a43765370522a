"""Linear maps of the elements of one array to those of another.

A map is element by element (`Lanes`), a selection (`Gather`), compressed rows (`Matrix`)
or dense in groups (`Groups`). `adkit.pattern.probing` finds it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from adkit.pattern.rows import Rows
from adkit.sparse.segments import starts_of

Array = NDArray[Any]


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
