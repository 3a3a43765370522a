"""Chains of unknowns of which each is subtracted from the sum that gives the next one.

Unknowns that become known one after the other are the running sum, with signs that alternate,
of the sums that give them. A tree of them is cut into chains: of those that are subtracted
from one sum, the one that is known last goes on, and the others end there.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from adkit.sparse.segments import Ints

__all__ = ["Chains", "chains"]

#: Chains of lengths up to a factor of two are solved together, so many groups for each round.
_GROUPS = 64


@dataclass(frozen=True, eq=False)
class Chains:
    """Chains that are solved together.

    Attributes
    ----------
    places : array of int, of shape (length, count)
        The sums in which the unknowns are found, one column for each chain. Shorter chains go
        on with a place behind all sums.
    unknowns, inside : array of int
        The unknowns, and where each stands in `places`.
    ends, sinks : array of int
        Where the last unknown stands of those chains that end in the sum of another one, and
        that sum.
    """

    places: Ints
    unknowns: Ints
    inside: Ints
    ends: Ints
    sinks: Ints

    def solve(self, sums: NDArray[Any], found: NDArray[Any], sign: int) -> None:
        """Find the unknowns, and subtract the last ones where the chains end.

        Parameters
        ----------
        sums : array
            With a zero behind them.
        found : array
            Gets the unknowns.
        sign : int
            1 to add where substitution subtracts.
        """
        values = sums[self.places]
        if len(values) < values.shape[1]:
            for k in range(1, len(values)):
                values[k] += sign * values[k - 1]
        else:
            if sign < 0:
                np.negative(values[1::2], out=values[1::2])
            np.cumsum(values, axis=0, out=values)
            if sign < 0:
                np.negative(values[1::2], out=values[1::2])
        flat = values.reshape(-1)
        found[self.unknowns] = flat[self.inside]
        np.add.at(sums, self.sinks, sign * flat[self.ends])


def chains(sources: Ints, others: Ints, level: Ints, size: int) -> list[Chains]:
    """Cut the order in which unknowns become known into chains, those that end in others first.

    Parameters
    ----------
    sources, others : array of int
        In which sum each unknown is found, and from which one it is subtracted, -1 for none.
    level : array of int
        Of each unknown: 0, or one more than the largest of those that are subtracted before.
    size : int
        How many sums there are.
    """
    count = len(sources)
    owner = np.full(size + 1, -1, dtype=np.intp)
    owner[sources] = np.arange(count)
    following = owner[others]
    order = np.argsort(level, kind="stable")
    order = order[following[order] >= 0]
    before = np.full(count, -1, dtype=np.intp)
    before[following[order]] = order  # the last one stays
    head = np.where(before < 0, np.arange(count), before)
    while np.any((up := head[head]) != head):
        head = up
    heads = np.flatnonzero(before < 0)
    number = np.searchsorted(heads, head)
    last = np.empty(len(heads), dtype=np.intp)
    by_level = np.argsort(level, kind="stable")
    last[number[by_level]] = by_level
    after = following[last]
    target = np.where(after >= 0, number[after], -1)
    lengths = np.bincount(number, minlength=len(heads))
    group = _rounds(target) * _GROUPS + np.ceil(np.log2(lengths)).astype(np.intp)
    return [
        _together(np.flatnonzero(group == key), sources, others, level, number, last, target, size)
        for key in np.unique(group).tolist()
    ]


def _rounds(target: Ints) -> Ints:
    """Return after how many others each chain can be solved, if each ends in its target."""
    rounds = np.zeros(len(target), dtype=np.intp)
    ending = np.flatnonzero(target >= 0)
    while True:
        later = rounds.copy()
        np.maximum.at(later, target[ending], rounds[ending] + 1)
        if np.array_equal(later, rounds):
            return rounds
        rounds = later


def _together(
    members: Ints,
    sources: Ints,
    others: Ints,
    level: Ints,
    number: Ints,
    last: Ints,
    target: Ints,
    size: int,
) -> Chains:
    column = np.full(len(last), -1, dtype=np.intp)
    column[members] = np.arange(len(members))
    unknowns = np.flatnonzero(column[number] >= 0)
    inside = level[unknowns] * len(members) + column[number[unknowns]]
    places = np.full((int(level[last[members]].max()) + 1, len(members)), size, dtype=np.intp)
    places.reshape(-1)[inside] = sources[unknowns]
    end = members[target[members] >= 0]
    ends = level[last[end]] * len(members) + column[end]
    return Chains(places, unknowns, inside, ends, others[last[end]])
