"""Running sums and products, differences, and integrals of samples."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from adkit.common.ops.casting import cast
from adkit.common.ops.differences import difference
from adkit.common.ops.recurrences import pull_running, push_running
from adkit.common.registry import dispatches, elementary
from adkit.common.shapes import Shape, dtype_of, from_end, leading
from adkit.common.verbs import composite, general, linear

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


def _running(t: Any, axis: Any, ndim: int) -> Any:
    """Return `t` with the axis of its value along which products run as the last."""
    flattened = axis is None or ndim == 0
    return _flattened(t, ndim) if flattened else np.moveaxis(t, from_end(axis, ndim), -1)


def _cumprod_push(
    t: Any, ans: Any, x: Any, axis: Any = None, dtype: Any = None, out: Any = None
) -> Any:
    ndim = x.ndim
    x, t = (_running(z, axis, ndim) for z in (cast(x, ans.dtype), t))
    if axis is None or ndim == 0:
        return push_running(t, ans, x)
    end = from_end(axis, ndim)
    return np.moveaxis(push_running(t, np.moveaxis(ans, end, -1), x), -1, end)


def _cumprod_pull(
    ct: Any, ans: Any, x: Any, axis: Any = None, dtype: Any = None, out: Any = None
) -> Any:
    factors = _running(cast(x, ans.dtype), axis, x.ndim)
    if axis is None or x.ndim == 0:
        return np.reshape(pull_running(ct, ans, factors), leading(ct, 1) + x.shape)
    end = from_end(axis, x.ndim)
    ct, ans = np.moveaxis(ct, end, -1), np.moveaxis(ans, end, -1)
    return np.moveaxis(pull_running(ct, ans, factors), -1, end)


linear(np.cumsum, _cumsum_pull, _cumsum_push)
general(np.cumprod, push=_cumprod_push, pull=_cumprod_pull)

# ---------------------------------------------------------------- differences and integrals


def _part(axis: int, ndim: int, part: slice | int) -> tuple[slice | int, ...]:
    """Return an index that takes part of one axis."""
    index: list[slice | int] = [slice(None)] * ndim
    index[axis] = part
    return tuple(index)


def _diff(a: Any, n: int = 1, axis: int = -1, prepend: Any = None, append: Any = None) -> Any:
    a = a if dispatches(a) else np.asanyarray(a)
    if n == 0:
        return a
    if n < 0 or a.ndim == 0:
        raise ValueError(f"diff needs an array of one axis or more and n >= 0, not {n}")
    parts = [_edge(part, a.shape, axis) for part in (prepend, append) if part is not None]
    if parts:
        a = np.concatenate(
            (*parts[: prepend is not None], a, *parts[prepend is not None :]), axis=axis
        )
    for _ in range(n):
        a = difference(a, from_end(axis, a.ndim))
    return a


def _edge(part: Any, shape: Shape, axis: int) -> Any:
    """Return what is to be joined to an array along an axis; a number is repeated."""
    part = part if dispatches(part) else np.asanyarray(part)
    if part.ndim:
        return part
    thin = list(shape)
    thin[axis] = 1
    return np.broadcast_to(part, tuple(thin))


def _spaced(y: Any, dx: Any, axis: int) -> Any:
    return np.trapezoid(y, dx=dx, axis=axis)


def _spaced_body(y: Any, dx: Any, axis: int) -> Any:
    """Add all elements but the ends; pairs where a derivative in `dx` has more digits than `y`."""
    if dispatches(dx) and dtype_of(dx) != dtype_of(y):
        return _by_pairs(y, dx, axis)
    first, last = (y[_part(axis, y.ndim, i)] for i in (0, -1))
    inner = np.sum(y[_part(axis, y.ndim, slice(1, -1))], axis=axis)
    return dx * (inner + (first + last) / 2.0)


def _by_pairs(y: Any, dx: Any, axis: int) -> Any:
    pairs = y[_part(axis, y.ndim, slice(1, None))] + y[_part(axis, y.ndim, slice(None, -1))]
    return np.sum(dx * pairs / 2.0, axis=axis)


spaced = elementary(_spaced)
composite(spaced, _spaced_body, operands=2)


def _trapezoid(y: Any, x: Any = None, dx: Any = 1.0, axis: int = -1) -> Any:
    y = y if dispatches(y) else np.asanyarray(y)
    if x is not None:
        x = x if dispatches(x) else np.asanyarray(x)
        dx = np.diff(x, axis=axis if x.ndim > 1 else -1)
        if x.ndim == 1:
            dx = np.reshape(dx, tuple(dx.size if i == axis % y.ndim else 1 for i in range(y.ndim)))
    elif np.ndim(dx) == 0 and y.shape[axis] > 1:
        return spaced(y, dx, axis) if dispatches(dx) else _spaced_body(y, dx, axis)
    return _by_pairs(y, dx, axis)


composite(np.diff, _diff, exact=True)
composite(np.trapezoid, _trapezoid, operands=3)
