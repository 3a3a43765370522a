"""Sorted arrays: the derivative is that of the permutation that sorted."""

from __future__ import annotations

from typing import Any

import numpy as np

from adkit.common.domains import REAL
from adkit.common.registry import SEQUENCE, elementary
from adkit.common.verbs import composite, constant

_KINKS = "the permutation that sorted; elements that are equal keep their order"


def _sorted_order(x: Any, axis: int) -> Any:
    """Return the permutation that sorts, in which elements that are equal keep their order.

    NumPy's quickest sort is as good where no elements are equal, nor nan.
    """
    x = np.moveaxis(x, axis, -1)
    order = np.argsort(x, axis=-1)
    ordered = np.take_along_axis(x, order, -1)
    distinct = np.all(ordered[..., 1:] != ordered[..., :-1])
    if not distinct or np.any(np.isnan(ordered[..., -1:])):
        order = np.argsort(x, axis=-1, kind="stable")
    return np.moveaxis(order, -1, axis)


def _partition_order(x: Any, kth: Any, axis: int, kind: Any) -> Any:
    """Return where each element of a partitioned array stands in `x`."""
    partitioned = np.partition(x, kth, axis, kind)
    order = np.empty(np.shape(x), np.intp)
    np.put_along_axis(order, _sorted_order(partitioned, axis), _sorted_order(x, axis), axis)
    return order


sorted_order = elementary(_sorted_order)
partition_order = elementary(_partition_order)
constant(sorted_order, partition_order)
constant(np.argpartition, kinks="jumps where elements are equal; 0 there")
constant(np.lexsort, operands=SEQUENCE, kinks="jumps where elements are equal; 0 there")


def _flattened(a: Any, axis: int | None) -> tuple[Any, int]:
    return (np.ravel(a), -1) if axis is None else (a, axis)


def _sort(
    a: Any, axis: Any = -1, kind: Any = None, order: Any = None, *, stable: Any = None
) -> Any:
    a, axis = _flattened(a, axis)
    return np.take_along_axis(a, sorted_order(a, axis), axis)


def _partition(
    a: Any, kth: Any, axis: Any = -1, kind: str = "introselect", order: Any = None
) -> Any:
    a, axis = _flattened(a, axis)
    return np.take_along_axis(a, partition_order(a, kth, axis, kind), axis)


composite(np.sort, _sort, domain=REAL, kinks=_KINKS)
composite(np.partition, _partition, domain=REAL, kinks=_KINKS)
composite(np.sort_complex, lambda a: np.sort(a).astype(np.result_type(a.dtype, "F")), kinks=_KINKS)
