"""Diagonals and triangles of matrices: read, and put into zeros."""

from __future__ import annotations

from typing import Any

import numpy as np

from adkit.common.ops.indexing import scatter
from adkit.common.shapes import Shape, align, expand, from_end, unbroadcast
from adkit.common.verbs import composite, linear


def _places(rows: int, columns: int, offset: int) -> slice:
    """Return where a diagonal of a matrix lies in the raveled matrix."""
    first = offset if offset >= 0 else -offset * columns
    length = min(rows, columns - offset) if offset >= 0 else min(rows + offset, columns)
    step = columns + 1
    return slice(first, first + max(0, length) * step, step)


def _embedded(v: Any, shape: Shape, offset: int, lead: int) -> Any:
    """Return zero matrices of `shape` with vectors on a diagonal, behind `lead` directions."""
    *batch, rows, columns = shape
    place = (Ellipsis, _places(rows, columns, offset))
    flat = scatter(v, place, (*batch, rows * columns), lead)
    return flat.reshape(v.shape[:lead] + shape)


def _diagonal_pull(ct: Any, x: Any, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Any:
    axes = from_end((axis1, axis2), x.ndim)
    matrix = tuple(x.shape[axis] for axis in axes)
    batch = tuple(n for axis, n in enumerate(x.shape, -x.ndim) if axis not in axes)
    matrices = _embedded(ct, batch + matrix, offset, ct.ndim - len(batch) - 1)
    return matrices if axes == (-2, -1) else np.moveaxis(matrices, (-2, -1), axes)


def _diagonal_push(t: Any, x: Any, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Any:
    return np.diagonal(t, offset, *from_end((axis1, axis2), x.ndim))


def _trace_pull(
    ct: Any, x: Any, offset: int = 0, axis1: int = 0, axis2: int = 1, *args: Any, **kwargs: Any
) -> Any:
    places = _places(x.shape[axis1], x.shape[axis2], offset)
    length = (places.stop - places.start) // places.step
    repeated = np.broadcast_to(ct[..., None], (*ct.shape, length))
    return _diagonal_pull(repeated, x, offset, axis1, axis2)


def _trace_push(
    t: Any, x: Any, offset: int = 0, axis1: int = 0, axis2: int = 1, *args: Any, **kwargs: Any
) -> Any:
    return np.trace(t, offset, *from_end((axis1, axis2), x.ndim))


def _diagonal_matrix(v: Any, k: int = 0) -> Any:
    n = v.size + abs(k)
    return _embedded(v if v.ndim == 1 else np.ravel(v), (n, n), k, 0)


linear(np.diagonal, _diagonal_pull, _diagonal_push)
linear(
    np.linalg.diagonal,
    lambda ct, x, offset=0: _diagonal_pull(ct, x, offset, -2, -1),
    lambda t, x, offset=0: np.diagonal(t, offset, -2, -1),
)
linear(np.trace, _trace_pull, _trace_push)
linear(
    np.linalg.trace,
    lambda ct, x, offset=0, dtype=None: _trace_pull(ct, x, offset, -2, -1),
    lambda t, x, offset=0, dtype=None: np.trace(t, offset, -2, -1),
)


def _diag(v: Any, k: int = 0) -> Any:
    if v.ndim not in (1, 2):
        raise ValueError(f"diag takes a vector or a matrix, not an array of {v.ndim} axes")
    return np.diagonal(v, k) if v.ndim == 2 else _diagonal_matrix(v, k)


composite(np.diagflat, _diagonal_matrix, exact=True)
composite(np.diag, _diag, exact=True)


def _triangle(function: Any) -> None:
    """Declare np.tril or np.triu; a vector is repeated as the rows of a matrix."""

    def push(t: Any, ans: Any, m: Any, k: int = 0) -> Any:
        return function(expand(align(t, m.ndim, ans.ndim), ans.shape), k)

    def pull(ct: Any, ans: Any, m: Any, k: int = 0) -> Any:
        return unbroadcast(function(ct, k), m.shape, ans.ndim)

    linear(function, pull, push)


_triangle(np.tril)
_triangle(np.triu)
