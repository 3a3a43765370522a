"""Array helpers for lists of lists that are stored one after the other."""

from __future__ import annotations

import itertools
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

Ints: TypeAlias = NDArray[np.intp]
Bools: TypeAlias = NDArray[np.bool_]

#: Pairs that one step of a product or of a count expands to: bounds its memory.
BLOCK = 2**22

#: Keys row * n + column must stay below this.
_LARGEST_KEY = 2**62


def frozen(array: Any) -> Ints:
    """Return a read-only array of indices."""
    result = np.ascontiguousarray(array, dtype=np.intp)
    if result is array or result.base is not None:
        result = result.copy()
    result.setflags(write=False)
    return result


def starts_of(counts: Ints) -> Ints:
    """Return where lists of these lengths start, and the total length last."""
    starts = np.zeros(len(counts) + 1, dtype=np.intp)
    np.cumsum(counts, out=starts[1:])
    return starts


def ranges(starts: Ints, counts: Ints) -> Ints:
    """Return the concatenation of ``arange(start, start + count)``."""
    ends = np.cumsum(counts)
    total = int(ends[-1]) if len(ends) else 0
    return np.repeat(starts - (ends - counts), counts) + np.arange(total, dtype=np.intp)


def blocks(weights: Ints, most: int = BLOCK) -> list[tuple[int, int]]:
    """Cut a list into runs whose weights add up to about `most`, one element at least."""
    total = np.cumsum(weights)
    cuts = [0]
    while cuts[-1] < len(weights):
        done = total[cuts[-1] - 1] if cuts[-1] else 0
        cuts.append(max(cuts[-1] + 1, int(np.searchsorted(total, done + most, side="right"))))
    return list(itertools.pairwise(cuts))


def sorted_pairs(rows: Ints, columns: Ints, shape: tuple[int, int]) -> tuple[Ints, Ints]:
    """Return the different pairs, ordered by row and then by column."""
    if shape[0] * shape[1] < _LARGEST_KEY:
        keys = rows * shape[1] + columns
        if np.any(keys[1:] <= keys[:-1]):
            keys = np.sort(keys)
            keys = keys[np.concatenate(([True], keys[1:] != keys[:-1]))]
        if not len(keys):
            return keys, keys
        first, second = np.divmod(keys, shape[1])
        return first, second
    order = np.lexsort((columns, rows))
    rows, columns = rows[order], columns[order]
    new = np.ones(len(rows), dtype=np.bool_)
    new[1:] = (rows[1:] != rows[:-1]) | (columns[1:] != columns[:-1])
    return rows[new], columns[new]


def numbered(keys: Ints) -> Ints:
    """Return small numbers for keys, equal ones for equal ones; as they are if small enough."""
    if int(keys.max(initial=0)) <= 8 * len(keys) + 1024:
        return keys
    return np.unique(keys, return_inverse=True)[1].reshape(-1)


def components(count: int, left: Ints, right: Ints) -> Ints:
    """Label the connected components of a graph: each vertex with the least one it reaches.

    Each round hooks the larger root of every edge under the smaller one and halves
    the paths, so that the number of rounds grows with the logarithm of the size.
    """
    labels = np.arange(count, dtype=np.intp)
    while len(left):
        low, high = np.minimum(left, right), np.maximum(left, right)
        np.minimum.at(labels, high, low)
        while np.any((up := labels[labels]) != labels):
            labels = up
        left, right = labels[left], labels[right]
        apart = left != right
        left, right = left[apart], right[apart]
    return labels
