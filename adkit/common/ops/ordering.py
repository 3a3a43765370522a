"""Sorted arrays: the derivative is that of the permutation that sorted."""

from __future__ import annotations

from typing import Any

import numpy as np

from adkit.common.domains import REAL
from adkit.common.registry import SEQUENCE, elementary
from adkit.common.verbs import composite, constant

_KINKS = "the permutation that sorted; elements that are equal keep their order"


def _order(x: Any, ordered: Any, axis: int) -> Any:
    """Return along an axis where each element of `ordered` stands in `x`."""
    order = np.empty(np.shape(x), np.intp)
    ranks = np.argsort(ordered, axis, kind="stable")
    np.put_along_axis(order, ranks, np.argsort(x, axis, kind="stable"), axis)
    return order


def _sorted_order(x: Any, axis: int) -> Any:
    return np.argsort(x, axis, kind="stable")


def _partition_order(x: Any, kth: Any, axis: int, kind: Any) -> Any:
    return _order(x, np.partition(x, kth, axis, kind), axis)


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
