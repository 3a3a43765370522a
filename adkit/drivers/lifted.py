"""Jacobians through lifted arrays: sparse plus a product of two narrow matrices.

Let the function compute lifted arrays c from its argument x and from each other, and its
result y from x and c. The Jacobian of (c, y) by (c, x) has the blocks E; then

    dy/dx = E_yx + E_yc (I - E_cc)^-1 E_cx

(Griewank and Walther 2008, section 10.1, of the extended Jacobian). It is sparse where the
Jacobian is dense because of c, and is computed from few directions, guarded, and with its
constant entries kept, as any other sparse Jacobian.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from adkit.common.containers import flatten
from adkit.common.directions import check_fits, total_size
from adkit.common.flat import FlatFunction
from adkit.drivers.candidates import fewest
from adkit.drivers.compressed import Compressed, Evaluation
from adkit.drivers.extended import Extended, Lifts, Survey
from adkit.drivers.keys import check_plain
from adkit.drivers.low_rank import SparsePlusLowRank
from adkit.drivers.narrow import candidates, worth_lifting
from adkit.sparse.pattern import Pattern

__all__ = ["Lifted", "LiftedEvaluation"]

Array = NDArray[Any]


class LiftedEvaluation(NamedTuple):
    """The value of a function and its Jacobian."""

    value: Any
    matrix: SparsePlusLowRank


class Lifted(Lifts):
    """How the Jacobian of a function is computed through its lifted arrays."""

    def __init__(self, engine: Compressed) -> None:
        super().__init__(engine)
        self._blocks: Blocks | None = None  # of the last evaluation

    def evaluate(self, flat: FlatFunction) -> LiftedEvaluation:
        """Return the value and the Jacobian; `flat` gets the auxiliary data."""
        whole, survey = self.extended(flat)
        lifted = survey.lifted
        found = self.engine.evaluate(whole, whole)
        survey.check(flat, found.values)
        if lifted and not np.isfinite(found.entries).all():
            # Products of factors would spread what is not finite.
            whole, lifted = Extended(flat, frozenset()).flat(flat, []), []
            found = self.engine.evaluate(whole, whole)
        whole.settle()
        flat.aux = whole.aux
        value = whole.outputs.unflatten(found.values)[1]
        return LiftedEvaluation(value, self._blocks_of(found, lifted).eliminated(found.entries))

    def _blocks_of(self, found: Evaluation, lifted: Sequence[Any]) -> Blocks:
        k, blocks = sum(int(np.size(c)) for c in lifted), self._blocks
        if blocks is None or blocks.whole is not found.pattern or blocks.k != k:
            blocks = self._blocks = Blocks(found.pattern, k)
        return blocks

    def extended(self, flat: FlatFunction) -> tuple[FlatFunction, Survey]:
        """Return a function with its lifted arrays among arguments and results, and its run."""
        check_plain(flat, holomorphic=self.engine.holomorphic)
        function, survey = self.surveyed(flat)
        return function.flat(flat, survey.lifted), survey

    def chosen(self, flat: FlatFunction) -> frozenset[int] | None:
        """Return what is lifted: what the function marks, else what saves directions."""
        if Extended(flat, None).with_numbers(flat).lifted:
            return None
        survey = Extended(flat, frozenset()).with_numbers(flat, follows=True)
        rows = total_size(flatten(survey.result)[0])
        holomorphic = self.engine.holomorphic
        found = candidates(survey.seen, rows, total_size(flat.leaves), holomorphic=holomorphic)
        if not found:
            return frozenset()
        function = Extended(flat, frozenset(one.number for one in found))
        lifted = function.with_numbers(flat).lifted
        whole = function.flat(flat, lifted)
        pattern = self.engine.found(whole, whole).pattern
        worth = worth_lifting(pattern, [int(np.size(c)) for c in lifted], self._directions)
        return frozenset(one.number for one, kept in zip(found, worth, strict=True) if kept)

    def _directions(self, pattern: Pattern) -> int:
        return fewest(self.engine.options(pattern, ((), ()))).directions


class Blocks:
    """Where the blocks of extended Jacobians of one pattern are.

    Parameters
    ----------
    pattern : Pattern
        Its first rows and columns are those of the lifted arrays.
    k : int
        How many these are.
    """

    def __init__(self, pattern: Pattern, k: int) -> None:
        self.whole, self.k = pattern, k
        rows, columns = pattern.rows, pattern.columns
        low, left = rows < k, columns < k
        self._own = ~low & ~left
        self._sparse = pattern.submatrix(*(np.arange(k, size) for size in pattern.shape))
        self._left, self._right = np.flatnonzero(~low & left), np.flatnonzero(low & ~left)
        self._inner = np.flatnonzero(low & left)  # row by row

    def eliminated(self, entries: Array) -> SparsePlusLowRank:
        """Return the Jacobian of which the extended one has these entries."""
        m, n = self._sparse.shape
        check_fits(m + n, self.k)
        rows, columns = self.whole.rows, self.whole.columns
        left, right = (np.zeros((size, self.k), entries.dtype) for size in (m, n))
        left[rows[self._left] - self.k, columns[self._left]] = entries[self._left]
        right[columns[self._right] - self.k, rows[self._right]] = entries[self._right]
        # (I - E_cc)^-1, forwards: lifted arrays depend on earlier ones only
        for entry in self._inner:
            right[:, rows[entry]] += entries[entry] * right[:, columns[entry]]
        return SparsePlusLowRank(self._sparse, entries[self._own], left, right)
