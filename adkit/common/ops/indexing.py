"""Reading elements, and its transpose: adding them where they were read.

Indices of every kind: integers, slices, ellipsis, newaxis, integer arrays,
boolean masks and their mixtures.
"""

from __future__ import annotations

import math
import operator
from typing import Any

import numpy as np

from adkit.common.registry import define, elementary
from adkit.common.shapes import Shape, dtype_of, is_passive
from adkit.common.verbs import linear

__all__ = ["add_at", "behind", "gather", "getitem", "is_adjacent", "is_basic", "scatter"]

#: Parts of an index that pick a regular view: nothing is read twice, and the
#: axes of the result keep their order.
_BASIC = frozenset([int, slice, type(None), type(Ellipsis), np.int64, np.int32])
_ALL = slice(None)


def _getitem(x: Any, index: Any) -> Any:
    """Return ``x[index]``."""
    return x[index]


def _scatter(ct: Any, index: Any, shape: Shape, lead: int) -> Any:
    """Add `ct` into zeros of `shape` at `index`, behind `lead` axes of directions."""
    directions = ct.shape[:lead]
    total = np.zeros(directions + shape, dtype_of(ct))
    if _reads_once(index, lead):
        total[behind(index, lead)] = ct
    elif lead:
        rows = np.arange(math.prod(directions)) * math.prod(shape)
        places = (rows[:, None] + _places(index, shape).reshape(-1)).reshape(-1)
        np.add.at(total.reshape(-1), places, ct.reshape(-1))
    else:
        add_at(total, index, ct)
    return total if total.ndim else total[()]


def add_at(total: Any, index: Any, ct: Any) -> None:
    """Add plain numbers to an array in C order, as often as an index names an element."""
    if _reads_once(index, 0):
        total[index] += ct
        return
    # In one dimension, of the total and of the index, NumPy adds some five times faster.
    if total.ndim != 1:
        index = _places(index, total.shape)
    if type(index) is np.ndarray:
        index, ct = index.reshape(-1), ct.reshape(-1)
    np.add.at(total.reshape(-1), index, ct)


getitem = elementary(_getitem)
scatter = elementary(_scatter)


def gather(t: Any, index: Any, lead: int) -> Any:
    """Return ``t[index]`` behind `lead` axes of directions."""
    if not lead:
        return t[index]
    if is_basic(index) or is_adjacent(index):
        return t[behind(index, lead)]
    # NumPy would put the axes of separated index arrays in front of the directions.
    directions, shape = t.shape[:lead], t.shape[lead:]
    places = _places(index, shape)
    return t.reshape((*directions, math.prod(shape)))[..., places]


def _getitem_pull(ct: Any, ans: Any, x: Any, index: Any) -> Any:
    add = _scatter if is_passive(ct) else scatter
    return add(ct, index, x.shape, ct.ndim - ans.ndim)


linear(getitem, _getitem_pull, lambda t, x, index: gather(t, index, t.ndim - x.ndim))
define(getitem, lambda x, index: operator.index(index))  # one that is traced refuses
linear(
    scatter,
    lambda ct, x, index, shape, lead: gather(ct, index, ct.ndim - len(shape)),
    lambda t, x, index, shape, lead: scatter(t, index, shape, lead + t.ndim - x.ndim),
)


def behind(index: Any, lead: int) -> Any:
    """Return an index that leaves `lead` leading axes alone."""
    if not lead:
        return index
    return (_ALL,) * lead + (index if type(index) is tuple else (index,))


def is_basic(index: Any) -> bool:
    """Return whether an index is made of integers, slices, ellipsis and newaxis."""
    kind = type(index)
    return kind in _BASIC or (kind is tuple and _BASIC.issuperset(map(type, index)))


def _reads_once(index: Any, lead: int) -> bool:
    """Return whether an index plainly reads no element twice: a basic one, or one mask.

    Behind directions no axes may move in front of them.
    """
    if is_basic(index):
        return True
    if type(index) is not tuple:
        return _is_mask(index)
    masks = [part for part in index if type(part) not in _BASIC]
    return len(masks) == 1 and _is_mask(masks[0]) and (not lead or is_adjacent(index))


def _is_mask(part: Any) -> bool:
    return type(part) is np.ndarray and part.dtype == bool


def is_adjacent(index: Any) -> bool:
    """Return whether index arrays and integers stand side by side: their axes stay there."""
    if type(index) is not tuple:
        return True
    places = [
        i
        for i, part in enumerate(index)
        if part is not None and part is not Ellipsis and type(part) is not slice
    ]
    return places[-1] - places[0] + 1 == len(places)


def _places(index: Any, shape: Shape) -> Any:
    """Return the positions, in the raveled array, of the elements that an index reads."""
    parts = index if type(index) is tuple else (index,)
    if 0 in shape or not all(map(_is_whole, parts)):
        return np.arange(math.prod(shape)).reshape(shape)[index]
    # A few rows of a large array: nothing here is as large as that.
    rest = shape[len(parts) :]
    first = np.ravel_multi_index(parts, shape[: len(parts)], mode="wrap")
    if not rest:
        return first
    each = np.arange(math.prod(rest)).reshape(rest)
    return np.multiply(first, each.size)[(..., *(None,) * len(rest))] + each


def _is_whole(part: Any) -> bool:
    """Return whether a part of an index is an integer or an array of them."""
    return type(part) is int or (type(part) is np.ndarray and part.dtype.kind in "iu")
