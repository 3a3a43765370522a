"""Recovery of unknowns that stand in sums, each in two of them at most.

The sums are the nodes of a graph and the unknowns its edges. Where one unknown is left
in a sum, it is known; it is subtracted from its other sum, and so on: forests are
solved from the leaves on. In a direct recovery all are known at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from adkit.common.errors import PatternError
from adkit.sparse.chains import Chains, chains
from adkit.sparse.segments import Ints, numbered

__all__ = ["Elimination", "eliminate"]

#: Fewer unknowns than this in a level are faster one by one.
_FEW = 24


@dataclass(frozen=True, eq=False)
class Elimination:
    """The order in which unknowns become known.

    Attributes
    ----------
    sources : array of int
        In which sum each unknown is found.
    levels : int
        The largest number of unknowns that become known one after the other; 1 if nothing is
        substituted.
    chains : sequence of Chains
        How unknowns follow each other, if some are substituted.
    growth : float
        The largest number of sums that an unknown is made of.
    level : array of int or None
        How many unknowns are known before each one on its longest chain, if some are
        substituted.
    """

    sources: Ints
    levels: int = 1
    chains: Sequence[Chains] = ()
    growth: float = 1.0
    level: Ints | None = None

    def solve(self, sums: NDArray[Any], sign: int = -1) -> NDArray[Any]:
        """Return the unknowns; with sign 1, add where substitution subtracts."""
        if not self.chains:
            return sums[self.sources]
        sums = np.append(sums, sums.dtype.type(0))
        found = np.empty(len(self.sources), dtype=sums.dtype)
        for chain in self.chains:
            chain.solve(sums, found, sign)
        return found


def eliminate(first: Ints, second: Ints) -> Elimination:
    """Find the order in which unknowns become known.

    Parameters
    ----------
    first, second : array of int
        The two sums in which each unknown stands; -1 for none.

    Raises
    ------
    PatternError
        If some unknowns stay unknown.
    """
    count = len(first)
    direct = _read_off(first, second)
    if direct is not None:
        return direct
    sums = numbered(np.concatenate((first, second)) + 1).reshape(2, -1)
    sums[0, first < 0] = sums[1, second < 0] = -1
    level, found = _levels(sums)
    lost = np.flatnonzero(level < 0)
    if len(lost):
        raise PatternError(
            "ADK714",
            f"{len(lost)} of {count} entries are not determined by these colours",
            instead="colour this pattern: best_columns, best_rows, peel, star_colouring, ...",
        )
    from_first = found == sums[0]
    sources = np.where(from_first, first, second)
    others = np.where(from_first, second, first)
    # A sum in which nothing is found later needs no subtraction.
    last_use = np.full(int(sums.max(initial=-1)) + 2, -1, dtype=np.intp)
    np.maximum.at(last_use, found, level)
    others[last_use[np.where(from_first, sums[1], sums[0])] <= level] = -1
    levels = int(level.max(initial=0)) + 1
    if levels == 1:
        return Elimination(sources)
    size = int(max(first.max(initial=-1), second.max(initial=-1))) + 1
    order = Elimination(sources, levels, chains(sources, others, level, size), level=level)
    return replace(order, growth=float(order.solve(np.ones(size), sign=1).max()))


def _read_off(first: Ints, second: Ints) -> Elimination | None:
    """Return the order of a recovery in which each unknown is alone in a sum, None of others."""
    count = len(first)
    size = max(int(first.max(initial=-1)), int(second.max(initial=-1))) + 1
    if size > 8 * count + 1024:
        return None
    # Place 0 is for those that stand in no sum.
    members = np.bincount(first + 1, minlength=size + 1)
    if int(second.max(initial=-1)) >= 0:
        members += np.bincount(second + 1, minlength=size + 1)
    alone = members == 1
    alone[0] = False
    sources = np.where(alone[first + 1], first, second)
    if not alone[sources + 1].all():
        return None
    return Elimination(sources)


def _levels(sums: Ints) -> tuple[Ints, Ints]:
    """Return the level of each unknown and the sum in which it is found; -1 if it is not."""
    size, count = int(sums.max(initial=-1)) + 1, sums.shape[1]
    there = sums >= 0
    unknowns = np.broadcast_to(np.arange(count, dtype=np.intp), sums.shape)[there]
    left = np.bincount(sums[there], minlength=size)
    # The unknowns that are left in a sum, added up: the unknown itself where one is left.
    total = np.zeros(size, dtype=np.intp)
    np.add.at(total, sums[there], unknowns)
    level, found = np.full((2, count), -1, dtype=np.intp)
    leaves = np.flatnonzero(left == 1)
    now = 0
    while len(leaves) >= _FEW or (len(leaves) and now == 0):
        known, first = np.unique(total[leaves], return_index=True)
        level[known], found[known] = now, leaves[first]
        both = sums[:, known]
        valid = both >= 0
        places = both[valid]
        np.subtract.at(left, places, 1)
        np.subtract.at(total, places, np.broadcast_to(known, both.shape)[valid])
        leaves = np.unique(places[left[places] == 1])
        now += 1
    if len(leaves):
        _levels_one_by_one(sums, left, total, leaves, now, level, found)
    return level, found


def _levels_one_by_one(
    sums: Ints, left: Ints, total: Ints, leaves: Ints, now: int, level: Ints, found: Ints
) -> None:
    """Go on where few unknowns become known at a time, as along a path."""
    number, added = left.tolist(), total.tolist()
    pairs = sums.T.tolist()
    known: list[int] = []
    places: list[int] = []
    levels: list[int] = []
    front = leaves.tolist()
    while front:
        following = []
        for place in front:
            if number[place] != 1:
                continue
            unknown = added[place]
            known.append(unknown)
            places.append(place)
            levels.append(now)
            for end in pairs[unknown]:
                if end >= 0:
                    number[end] -= 1
                    added[end] -= unknown
                    if number[end] == 1 and end != place:
                        following.append(end)
        front = following
        now += 1
    level[known], found[known] = levels, places
