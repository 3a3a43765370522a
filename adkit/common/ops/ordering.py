"""Sorted arrays: the derivative is that of the permutation that sorted."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_index

from adkit.common.domains import REAL
from adkit.common.ops.arrangement import memory_order
from adkit.common.registry import SEQUENCE, elementary
from adkit.common.shapes import from_end
from adkit.common.verbs import composite, constant, general, linear

_KINKS = "the permutation that sorted; elements that are equal keep their order"
#: From so many numbers on, integers are sorted sooner than a permutation; among more than so
#: many, too many are alike in the bits that a place leaves over.
_LEAST, _MOST = 5_000, 150_000
#: Of fewer numbers, the permutation that needs no look at elements that are equal is the quickest.
_FEW = 2_000


def _has_ties(ordered: Any, axis: int) -> Any:
    """Return whether of elements sorted along an axis, a negative one, some are equal or nan."""
    behind = (slice(None),) * (-1 - axis)
    after, before = ordered[(..., slice(1, None), *behind)], ordered[(..., slice(-1), *behind)]
    distinct = (after != before).all()
    return not distinct or np.isnan(ordered[(..., slice(-1, None), *behind)]).any()


def _packed_order(x: Any) -> Any:
    """Return the permutation that sorts along the last axis, None if that is not found so.

    Integers of the leading bits of numbers, in their order, and of places are sorted twice as
    fast as a permutation is, and elements that are equal keep their order. It is not found
    where numbers have the same leading bits and are not equal, nor where one is nan.
    """
    with np.errstate(invalid="ignore"):  # a nan may be a signal
        keys = np.add(x, 0.0, dtype=np.float64).view(np.int64)  # the zero takes signs of zeros
    places = np.right_shift(keys, 63)
    places &= np.iinfo(np.int64).max
    keys ^= places
    count = x.shape[-1]
    mask = (1 << (count - 1).bit_length()) - 1
    keys &= ~mask
    keys |= np.arange(count)
    keys.sort(axis=-1)
    keys &= mask
    order = keys.astype(np.intp, copy=False)
    ordered = x.take(order) if x.ndim == 1 else np.take_along_axis(x, order, -1)
    return order if np.all(ordered[..., 1:] >= ordered[..., :-1]) else None


def _sorted_order(x: Any, axis: int) -> Any:
    """Return the permutation that sorts, in which elements that are equal keep their order.

    NumPy's quickest sort is as good where no elements are equal, nor nan.
    """
    if x.dtype.char in "efd" and x.size >= _LEAST and x.shape[axis] <= _MOST:
        order = _packed_order(np.moveaxis(x, axis, -1))
        if order is not None:
            return np.moveaxis(order, -1, axis)
    if x.size < _FEW:
        return np.argsort(x, axis=axis, kind="stable")
    order = np.argsort(x, axis=axis)
    ordered = x.take(order) if x.ndim == 1 else np.take_along_axis(x, order, axis)
    return np.argsort(x, axis=axis, kind="stable") if _has_ties(ordered, axis) else order


def _partition_order(x: Any, kth: Any, axis: int, kind: Any) -> Any:
    """Return where each element of a partitioned array stands in `x`."""
    partitioned = np.partition(x, kth, axis, kind)
    order = np.empty(np.shape(x), np.intp)
    np.put_along_axis(order, _sorted_order(partitioned, axis), _sorted_order(x, axis), axis)
    return order


has_ties = elementary(_has_ties)
sorted_order = elementary(_sorted_order)
partition_order = elementary(_partition_order)
constant(has_ties, sorted_order, partition_order)
constant(np.argpartition, kinks="jumps where elements are equal; 0 there")
constant(np.lexsort, operands=SEQUENCE, kinks="jumps where elements are equal; 0 there")


# ---------------------------------------------------------------- elements in another order


def _rearranged(x: Any, order: Any, axis: int) -> Any:
    """Return all elements along an axis, counted from the end, in an order."""
    if x.ndim == 1:
        return x.take(order)
    return np.take_along_axis(x, _behind(order, x), axis)


def _put_back(x: Any, order: Any, axis: int) -> Any:
    """Return what `rearranged` brings into the order of `x`."""
    result = np.empty(x.shape, x.dtype)
    if x.ndim == 1:
        result[order] = x
    else:
        np.put_along_axis(result, _behind(order, x), x, axis)
    return result


def _behind(order: Any, x: Any) -> Any:
    return np.reshape(order, (1,) * (x.ndim - order.ndim) + order.shape)


def _sorted(x: Any, order: Any, axis: int, kind: Any, stable: Any) -> Any:
    """Return what `rearranged` does, zeros of both signs and nans in NumPy's order."""
    return np.sort(x, axis, kind, stable=stable)


rearranged = elementary(_rearranged)
put_back = elementary(_put_back)
sorted_with_ties = elementary(_sorted)
linear(rearranged, lambda ct, x, order, axis: put_back(ct, order, axis))
linear(put_back, lambda ct, x, order, axis: rearranged(ct, order, axis))
general(
    sorted_with_ties,
    push=lambda t, x, order, axis, *kind: rearranged(t, order, axis),
    pull=lambda ct, x, order, axis, *kind: put_back(ct, order, axis),
    domain=REAL,
    kinks=_KINKS,
)


def _flattened(a: Any, axis: int | None) -> tuple[Any, int]:
    if axis is None:
        return np.ravel(a), -1
    return a, from_end(normalize_axis_index(axis, a.ndim), a.ndim)


def _sort(
    a: Any, axis: Any = -1, kind: Any = None, order: Any = None, *, stable: Any = None
) -> Any:
    if order is not None:
        np.sort(np.zeros(1), order=order)  # NumPy refuses it
    a, axis = _flattened(a, axis)
    axes = memory_order(a)
    if axes != tuple(range(a.ndim)):  # the result lies in memory as `a` does
        place = axes.index(axis + a.ndim)
        return np.transpose(_sort(a.transpose(axes), place, kind, stable=stable), np.argsort(axes))
    permutation = sorted_order(a, axis)
    result = rearranged(a, permutation, axis)
    tied = has_ties(result, axis)
    return sorted_with_ties(a, permutation, axis, kind, stable) if tied else result


def _sort_complex(a: Any) -> Any:
    dtype = a.dtype if a.dtype.kind == "c" else np.result_type(a.dtype, np.complex128)
    return np.sort(a).astype(dtype)


def _partition(
    a: Any, kth: Any, axis: Any = -1, kind: str = "introselect", order: Any = None
) -> Any:
    a, axis = _flattened(a, axis)
    return rearranged(a, partition_order(a, kth, axis, kind), axis)


composite(np.sort, _sort, exact=True, domain=REAL, kinks=_KINKS)
composite(np.partition, _partition, domain=REAL, kinks=_KINKS)
composite(np.sort_complex, _sort_complex, exact=True, kinks=_KINKS)
