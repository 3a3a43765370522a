"""Jacobians through lifted arrays: sparse plus a product of two narrow matrices.

Let the function compute lifted arrays c from its argument x and from each other, and its
result y from x and c. The Jacobian of (c, y) by (c, x) has the blocks E; then

    dy/dx = E_yx + E_yc (I - E_cc)^-1 E_cx

(Griewank and Walther 2008, section 10.1, of the extended Jacobian). It is sparse where the
Jacobian is dense because of c, and is computed from few directions, guarded, and with its
constant entries kept, as any other sparse Jacobian.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from adkit.common.containers import flatten, map_leaves
from adkit.common.directions import check_fits, total_size
from adkit.common.flat import FlatFunction
from adkit.common.inputs import name_of
from adkit.common.lifting import Lifting, lifting, parted
from adkit.common.sweeps import count_primal
from adkit.common.tracer import Tracer
from adkit.drivers.candidates import fewest
from adkit.drivers.compressed import Compressed, Evaluation
from adkit.drivers.following import FollowingLevel, Seen
from adkit.drivers.keys import check_plain, static_key
from adkit.drivers.low_rank import SparsePlusLowRank
from adkit.drivers.narrow import candidates, worth_lifting
from adkit.sparse.pattern import Pattern

__all__ = ["Extended", "Lifted", "LiftedEvaluation"]

Array = NDArray[Any]


class LiftedEvaluation(NamedTuple):
    """The value of a function and its Jacobian."""

    value: Any
    matrix: SparsePlusLowRank


class Extended:
    """A function with its lifted arrays as first argument and as first result.

    Parameters
    ----------
    flat : FlatFunction
        The function.
    chosen : set of int or None
        Numbers of the operations whose results are lifted; None: what is marked.
    expands : bool
        As of `FollowingLevel`.
    """

    def __init__(
        self, flat: FlatFunction, chosen: frozenset[int] | None, *, expands: bool = False
    ) -> None:
        self.f, self.has_aux, self.argnums = flat.f, flat.has_aux, flat.argnums
        self.chosen, self.expands = chosen, expands
        self.__name__ = name_of(flat.f)

    def __call__(self, lifted: Sequence[Any], *args: Any, **kwargs: Any) -> Any:
        """Return what was lifted, and the result."""
        levels = [x.level.number for x in lifted if isinstance(x, Tracer)]
        run = Lifting(max(levels, default=-1), lifted)
        result, _ = self.run(run, args, kwargs)
        if len(run.found) != len(lifted):
            raise parted()
        found = tuple(run.found)
        if self.has_aux and isinstance(result, tuple) and len(result) == 2:
            return (found, result[0]), result[1]
        return result if self.has_aux or result is None else (found, result)

    def run(
        self, run: Lifting, args: Sequence[Any], kwargs: dict[str, Any], *, follows: bool = False
    ) -> tuple[Any, list[Seen]]:
        """Return what the function returns, and its operations if they were followed."""
        if not (self.chosen or follows):
            with lifting(run if self.chosen is None and run.others != () else None):
                return self.f(*args, **kwargs), []
        level = FollowingLevel(self.chosen or frozenset(), run, expands=self.expands)
        followed = [
            map_leaves(level.follow, a) if i in self.argnums else a for i, a in enumerate(args)
        ]
        try:
            with lifting(None):
                result = map_leaves(level.plain, self.f(*followed, **kwargs))
        finally:
            level.ended = True
        return result, level.seen

    def flat(self, flat: FlatFunction, lifted: Sequence[Any]) -> FlatFunction:
        """Return this as a function of the leaves of lifted arrays and arguments."""
        return FlatFunction(
            self,
            (tuple(lifted), *flat.args),
            (0, *(i + 1 for i in flat.argnums)),
            has_aux=flat.has_aux,
            kwargs=flat.kwargs,
        )

    def with_numbers(self, flat: FlatFunction, *, follows: bool = False) -> Survey:
        """Run the function with plain numbers, on copies, to see what is lifted."""
        run = Lifting(-1)
        probe = copy.copy(flat)
        probe.f = lambda *args, **kwargs: self.run(run, args, kwargs, follows=follows)
        result, seen = probe.call([_own(x) for x in flat.leaves])
        count_primal()
        result, aux = result if self.has_aux else (result, None)
        return Survey(run.found, seen, result, aux)


class Survey(NamedTuple):
    """What one run of a function lifted, which operations it had, and what it returned."""

    lifted: list[Any]
    seen: list[Seen]
    result: Any
    aux: Any


class Lifted:
    """How the Jacobian of a function is computed through its lifted arrays.

    Parameters
    ----------
    engine : Compressed
        What computes sparse Jacobians.

    Attributes
    ----------
    choices : dict
        By shapes and static arguments: the numbers of the operations whose results are
        lifted, None where the function marks what is.
    """

    def __init__(self, engine: Compressed) -> None:
        self.engine = engine
        self.choices: dict[Any, frozenset[int] | None] = {}
        self._blocks: Blocks | None = None  # of the last evaluation

    def evaluate(self, flat: FlatFunction) -> LiftedEvaluation:
        """Return the value and the Jacobian; `flat` gets the auxiliary data."""
        whole, lifted = self.extended(flat)
        found = self.engine.evaluate(whole, whole)
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

    def extended(self, flat: FlatFunction) -> tuple[FlatFunction, list[Any]]:
        """Return a function with its lifted arrays among arguments and results, and these."""
        check_plain(flat, holomorphic=self.engine.holomorphic)
        key = static_key(flat)
        if key not in self.choices:
            self.choices[key] = self._chosen(flat)
        function = Extended(flat, self.choices[key])
        lifted = [] if function.chosen == frozenset() else function.with_numbers(flat).lifted
        return function.flat(flat, lifted), lifted

    def _chosen(self, flat: FlatFunction) -> frozenset[int] | None:
        """Return what is lifted: what the function marks, else what saves directions."""
        if Extended(flat, None).with_numbers(flat).lifted:
            return None
        survey = Extended(flat, frozenset()).with_numbers(flat, follows=True)
        rows = total_size(flatten(survey.result)[0])
        found = candidates(survey.seen, rows, total_size(flat.leaves))
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


def _own(x: Any) -> Any:
    return x.copy(order="K") if isinstance(x, np.ndarray) else x


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
