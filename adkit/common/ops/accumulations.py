"""Running sums and products, differences, and integrals of samples."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from adkit.common.ops.ufunc_methods import running
from adkit.common.registry import dispatches
from adkit.common.shapes import Shape, from_end, leading
from adkit.common.verbs import composite, linear

# ---------------------------------------------------------------- running sums and products


def _flattened(t: Any, ndim: int) -> Any:
    """Return `t` with the axes of its value in one."""
    lead = leading(t, ndim)
    return np.reshape(t, (*lead, math.prod(np.shape(t)[len(lead) :])))


def _cumsum_push(t: Any, x: Any, axis: Any = None, dtype: Any = None, out: Any = None) -> Any:
    if axis is None or x.ndim == 0:
        return np.cumsum(_flattened(t, x.ndim), axis=-1, dtype=dtype)
    return np.cumsum(t, axis=from_end(axis, x.ndim), dtype=dtype)


def _cumsum_pull(ct: Any, x: Any, axis: Any = None, dtype: Any = None, out: Any = None) -> Any:
    flattened = axis is None or x.ndim == 0
    end = -1 if flattened else from_end(axis, x.ndim)
    ct = np.flip(np.cumsum(np.flip(ct, end), axis=end), end)
    return np.reshape(ct, leading(ct, 1) + x.shape) if flattened else ct


def _cumprod(a: Any, axis: Any = None, dtype: Any = None, out: Any = None) -> Any:
    """Return products of products of neighbours: right at zeros, to any order."""
    if dtype is not None:
        a = a.astype(dtype)
    if axis is None or a.ndim == 0:
        a, axis = np.ravel(a), 0
    return running(np.multiply, a, axis)


linear(np.cumsum, _cumsum_pull, _cumsum_push)
composite(np.cumprod, _cumprod)

# ---------------------------------------------------------------- differences and integrals


def _part(axis: int, ndim: int, part: slice) -> tuple[slice, ...]:
    """Return an index that takes part of one axis."""
    index = [slice(None)] * ndim
    index[axis] = part
    return tuple(index)


def _diff(a: Any, n: int = 1, axis: int = -1, prepend: Any = None, append: Any = None) -> Any:
    a = a if dispatches(a) else np.asanyarray(a)
    if n == 0:
        return a
    parts = [_edge(part, a.shape, axis) for part in (prepend, append) if part is not None]
    if parts:
        a = np.concatenate(
            (*parts[: prepend is not None], a, *parts[prepend is not None :]), axis=axis
        )
    for _ in range(n):
        a = a[_part(axis, a.ndim, slice(1, None))] - a[_part(axis, a.ndim, slice(None, -1))]
    return a


def _edge(part: Any, shape: Shape, axis: int) -> Any:
    """Return what is to be joined to an array along an axis; a number is repeated."""
    part = part if dispatches(part) else np.asanyarray(part)
    if part.ndim:
        return part
    thin = list(shape)
    thin[axis] = 1
    return np.broadcast_to(part, tuple(thin))


def _trapezoid(y: Any, x: Any = None, dx: Any = 1.0, axis: int = -1) -> Any:
    y = y if dispatches(y) else np.asanyarray(y)
    if x is not None:
        x = x if dispatches(x) else np.asanyarray(x)
        dx = np.diff(x, axis=axis if x.ndim > 1 else -1)
        if x.ndim == 1:
            dx = np.reshape(dx, tuple(dx.size if i == axis % y.ndim else 1 for i in range(y.ndim)))
    pairs = y[_part(axis, y.ndim, slice(1, None))] + y[_part(axis, y.ndim, slice(None, -1))]
    return np.sum(dx * pairs / 2.0, axis=axis)


composite(np.diff, _diff)
composite(np.trapezoid, _trapezoid, operands=3)
