"""Which directions can be left out, since every entry can be read from another one."""

from __future__ import annotations

from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from adkit.common.errors import PatternError
from adkit.sparse.segments import Bools, Ints

#: Undecided directions up to which all subsets are looked at.
_EXACT = 10


def needed(first: Ints, second: Ints, costs: NDArray[np.float64]) -> Bools:
    """Return which directions to keep, so that each entry can be read from one of its two.

    Parameters
    ----------
    first, second : array of int
        For each entry the directions in which it is alone, -1 for none.
    costs : array of float
        Of each direction.

    Returns
    -------
    array of bool
        Of least cost where few directions are in doubt, of low cost otherwise.

    Raises
    ------
    PatternError
        If an entry is alone in no direction.
    """
    lost = np.flatnonzero((first < 0) & (second < 0))
    if len(lost):
        raise PatternError(
            "ADK714",
            f"{len(lost)} of {len(first)} entries stand alone in no direction",
            instead="colour the same pattern, or recover by substitution",
        )
    keep = np.zeros(len(costs), dtype=np.bool_)
    only = (first < 0) | (second < 0) | (first == second)
    keep[np.maximum(first, second)[only]] = True
    left = ~(only | keep[first] | keep[second])
    keys = np.unique(first[left] * len(costs) + second[left])
    pairs = np.stack(np.divmod(keys, max(len(costs), 1)), axis=1)
    open_ones = np.unique(pairs)
    if len(open_ones) <= _EXACT:
        chosen = _cheapest(pairs, open_ones, costs)
    else:
        chosen = _greedy(pairs, costs)
    keep[chosen] = True
    return keep


def kept(colours: Ints, keep: Bools) -> Ints:
    """Return the colours to keep, and -1 instead of the others."""
    return np.where(np.append(keep, False)[colours], colours, -1)


def _cheapest(pairs: Ints, open_ones: Ints, costs: NDArray[np.float64]) -> Ints:
    """Return the cheapest set that meets every pair, by looking at all sets."""
    best = open_ones
    for size in range(len(open_ones)):
        for some in combinations(open_ones.tolist(), size):
            chosen = np.array(some, dtype=np.intp)
            if costs[chosen].sum() < costs[best].sum() and np.isin(pairs, chosen).any(axis=1).all():
                best = chosen
    return best


def _greedy(pairs: Ints, costs: NDArray[np.float64]) -> Ints:
    """Take the direction that serves the most pairs for its cost, until all are served."""
    chosen = []
    while len(pairs):
        served = np.bincount(pairs.ravel(), minlength=len(costs))
        chosen.append(int(np.argmax(served / costs)))
        pairs = pairs[(pairs != chosen[-1]).all(axis=1)]
    return np.array(chosen, dtype=np.intp)
