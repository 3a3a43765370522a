"""Seeds of graded size, by which substitution along long chains forgets its rounding errors.

With a diagonal matrix D of powers of two, the entries of D A D are found instead of those of a
symmetric A: the seeds are multiplied by D, so are the products, and the entries are divided by
both of their scales, all without rounding. An error of one entry then counts in those that
follow on its chain by the quotient of their scales. If these grow along the chain by a factor
r from one entry to the next, errors add up to 1 / (1 - 1/r) of them at most, however long the
chain is; with seeds of ones they add up to its length. (To scale rows and columns is classical,
as in the balancing of Parlett and Reinsch 1969, Numerische Mathematik 13; the growth of errors
in substitution is that of Powell and Toint 1979, SIAM J. Numer. Anal. 16.)
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray

from adkit.sparse.compression import Compression, Partition
from adkit.sparse.pattern import Pattern
from adkit.sparse.segments import Ints

__all__ = ["graded"]

Reals = NDArray[np.float64]

#: By how much substitution may multiply errors with seeds of ones.
_STEEP = 64.0

#: Powers of two by which the scales of neighbours on a chain part, and those of all at most:
#: products of two scales stay far from the ends of the range of floats, even of single ones.
_STEP = 1 / 32
_SPAN = 160


class Graded(Partition):
    """A compression of a symmetric matrix, whose seeds are not of ones.

    Attributes
    ----------
    scales : array
        The element of a seed in each column.
    """

    is_graded = True

    def __init__(self, plan: Partition, scales: Reals, growth: float) -> None:
        self.__dict__.update(plan.__getstate__())
        self.scales, self.growth = scales, growth

    def forward_seeds(
        self, start: int = 0, stop: int | None = None, dtype: DTypeLike = float
    ) -> NDArray[Any]:
        seeds = super().forward_seeds(start, stop, dtype)
        np.multiply(seeds, self.scales, out=seeds, casting="same_kind")
        return seeds

    def compress(
        self, values: ArrayLike, pattern: Pattern | None = None
    ) -> tuple[NDArray[Any], NDArray[Any]]:
        pattern = self.pattern if pattern is None else pattern
        self.pattern.check_shape(pattern)
        given = pattern.check(values)
        return super().compress(given * self.scales[pattern.columns], pattern)

    def recover(
        self, forward: ArrayLike | None = None, reverse: ArrayLike | None = None
    ) -> NDArray[Any]:
        products = self._products(forward, self.forward, self.pattern.shape[0])
        found = super().recover(products * self.scales, reverse)
        both = self.scales[self.pattern.rows] * self.scales[self.pattern.columns]
        return (found / both).astype(products.dtype, copy=False)


def graded(plan: Compression) -> Compression:
    """Return a plan whose seeds are graded, if that lessens the growth of rounding errors.

    Parameters
    ----------
    plan : Compression
        What `by_symmetry` returned. Other products than those of its pattern must not be
        added to its products, as those of entries that are known: large elements of seeds
        would hide what small ones give.

    Examples
    --------
    >>> import numpy as np
    >>> from adkit.sparse import Pattern, acyclic_colouring, by_symmetry, graded
    >>> band = Pattern.from_dense(abs(np.arange(2000)[:, None] - np.arange(2000)) <= 1)
    >>> plan = by_symmetry(band, acyclic_colouring(band))
    >>> plan.directions, plan.growth, round(graded(plan).growth)
    (2, 1000.0, 43)
    """
    if not isinstance(plan, Partition) or plan.growth <= _STEEP:
        return plan
    scales = _scales(plan)
    growth = _growth(plan, scales)
    return Graded(plan, scales, growth) if growth < plan.growth else plan


def _unknowns(plan: Partition) -> tuple[Ints, Ints]:
    """Return rows and columns of the unknowns: the entries of the lower triangle."""
    rows, columns = plan.pattern.rows, plan.pattern.columns
    lower = rows >= columns
    return rows[lower], columns[lower]


def _scales(plan: Partition) -> Reals:
    """Return scales that grow along chains, and are 1 in the middle of their range."""
    elimination, (i, j) = plan.elimination, _unknowns(plan)
    assert elimination.level is not None
    depth = np.zeros(plan.pattern.shape[0], dtype=np.intp)
    for ends in (i, j):
        np.maximum.at(depth, ends, elimination.level)
    steps = min(_STEP, _SPAN / elimination.levels)
    powers = np.rint(steps * depth).astype(np.intp)
    scales: Reals = np.ldexp(1.0, powers - powers.max(initial=0) // 2)
    return scales


def _growth(plan: Partition, scales: Reals) -> float:
    """Return by how much rounding errors of products are multiplied with some scales.

    The error of a product is as large as its largest term, of entries of one size.
    """
    n, (i, j) = plan.pattern.shape[0], _unknowns(plan)
    errors = np.zeros((plan.forward, n))
    for row, column in ((i, j), (j, i)):
        colours = plan.columns[column]
        there = colours >= 0
        np.maximum.at(errors, (colours[there], row[there]), scales[column[there]])
    found = plan.elimination.solve((errors * scales).reshape(-1), sign=1)
    return float(np.max(found / (scales[i] * scales[j])))
