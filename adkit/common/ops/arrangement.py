"""The same elements in another shape or order of axes.

All linear; directions lead, so a shape is completed by ``leading(t, ndim)`` and
axes are counted from the end.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_tuple
from numpy.lib.stride_tricks import as_strided

from adkit.common.registry import linear
from adkit.common.shapes import Shape, align, expand, from_end, leading, unbroadcast

# ---------------------------------------------------------------- another shape


def _reshaped(t: Any, ndim: int, shape: Shape) -> Any:
    """Return `t` with its last `ndim` axes, those of its value, in another shape."""
    return t.reshape(leading(t, ndim) + shape)


def _permuted(t: Any, axes: Shape) -> Any:
    """Return `t` with its last axes permuted."""
    lead = np.ndim(t) - len(axes)
    return t.transpose((*range(lead), *[lead + axis for axis in axes]) if lead else axes)


def _inverse(axes: Shape) -> Shape:
    """Return the permutation that undoes another."""
    return tuple(sorted(range(len(axes)), key=axes.__getitem__))


def _reading_order(x: Any, order: str) -> Shape:
    """Return the axes of `x` as ``order=`` reads them, slowest first."""
    axes = tuple(range(x.ndim))
    order = order.upper()
    if order == "C" or x.ndim < 2:
        return axes
    if order == "K":
        return tuple(sorted(axes, key=lambda axis: -abs(x.strides[axis])))
    layout = as_strided(np.empty((), x.dtype), x.shape, x.strides)
    return axes[::-1] if order == "F" or layout.flags.fnc else axes


def _reshape_push(
    t: Any, ans: Any, x: Any, shape: Any = None, order: str = "C", **kwargs: Any
) -> Any:
    axes = _reading_order(x, order)
    if axes == tuple(range(x.ndim)):
        return _reshaped(t, x.ndim, ans.shape)
    read = _reshaped(_permuted(t, axes), x.ndim, ans.shape[::-1])
    return _permuted(read, tuple(range(ans.ndim))[::-1])


def _reshape_pull(
    ct: Any, ans: Any, x: Any, shape: Any = None, order: str = "C", **kwargs: Any
) -> Any:
    axes = _reading_order(x, order)
    if axes == tuple(range(x.ndim)):
        return _reshaped(ct, ans.ndim, x.shape)
    read = _permuted(ct, tuple(range(ans.ndim))[::-1])
    return _permuted(_reshaped(read, ans.ndim, x.shape[::-1]), _inverse(axes))


def _ravel_push(t: Any, x: Any, order: str = "C") -> Any:
    return _reshaped(_permuted(t, _reading_order(x, order)), x.ndim, (x.size,))


def _ravel_pull(ct: Any, x: Any, order: str = "C") -> Any:
    axes = _reading_order(x, order)
    return _permuted(_reshaped(ct, 1, tuple(x.shape[axis] for axis in axes)), _inverse(axes))


def _shape_push(t: Any, ans: Any, x: Any, *args: Any, **kwargs: Any) -> Any:
    return _reshaped(t, x.ndim, ans.shape)


def _shape_pull(ct: Any, ans: Any, x: Any, *args: Any, **kwargs: Any) -> Any:
    return _reshaped(ct, ans.ndim, x.shape)


def _same(t: Any, x: Any, *args: Any, **kwargs: Any) -> Any:
    return t


linear(np.reshape, _reshape_pull, _reshape_push)
linear(np.ravel, _ravel_pull, _ravel_push)
linear(np.expand_dims, _shape_pull, _shape_push)
linear(np.squeeze, _shape_pull, _shape_push)
linear(np.copy, _same, _same)


def _broadcast_push(t: Any, ans: Any, x: Any, *args: Any, **kwargs: Any) -> Any:
    return expand(align(t, x.ndim, ans.ndim), ans.shape)


linear(
    np.broadcast_to,
    lambda ct, ans, x, *args, **kwargs: unbroadcast(ct, x.shape, ans.ndim),
    _broadcast_push,
)

# ---------------------------------------------------------------- another order of axes


def _permutation(axes: Any, ndim: int) -> Shape:
    """Return the argument of np.transpose in full."""
    return tuple(range(ndim))[::-1] if axes is None else normalize_axis_tuple(axes, ndim)


def _axes(axis: Any, ndim: int) -> Shape:
    """Return one axis or several as a tuple, counted from the end."""
    return tuple(a - ndim for a in normalize_axis_tuple(axis, ndim))


linear(
    np.transpose,
    lambda ct, x, axes=None: _permuted(ct, _inverse(_permutation(axes, x.ndim))),
    lambda t, x, axes=None: _permuted(t, _permutation(axes, x.ndim)),
)


def _swapaxes(t: Any, x: Any, axis1: int, axis2: int) -> Any:
    return t.swapaxes(from_end(axis1, x.ndim), from_end(axis2, x.ndim))


linear(np.swapaxes, _swapaxes, _swapaxes)
linear(
    np.moveaxis,
    lambda ct, x, source, destination: np.moveaxis(
        ct, _axes(destination, x.ndim), _axes(source, x.ndim)
    ),
    lambda t, x, source, destination: np.moveaxis(
        t, _axes(source, x.ndim), _axes(destination, x.ndim)
    ),
)
