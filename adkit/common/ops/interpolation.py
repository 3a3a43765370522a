"""Linear interpolation, and finite differences of samples."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_tuple

from adkit.common.ops.arrangement import as_arrays
from adkit.common.ops.differences import change, difference
from adkit.common.ops.masking import kept
from adkit.common.registry import dispatches, elementary
from adkit.common.verbs import composite

_KINKS = "at a point that is given the slope to its right, at the last one to its left"

# ---------------------------------------------------------------- interpolation


def _interp(x: Any, xp: Any, fp: Any, left: Any, right: Any, period: Any) -> Any:
    return np.interp(x, xp, fp, left, right, period)


def _interpolated(x: Any, xp: Any, fp: Any, left: Any, right: Any, period: Any) -> Any:
    x, xp, fp = as_arrays(x, xp, fp)
    if period is not None:
        x, xp, fp = _one_period(x, xp, fp, abs(period))
        left = right = None
    below, above = x < xp[0], x > xp[-1]
    inside = np.logical_not(below | above)
    if np.all(inside):
        return _inside(x, xp, fp)
    inner = kept(_inside(kept(x, inside), xp, fp), inside)
    left = fp[0] if left is None else left
    right = fp[-1] if right is None else right
    ends = (np.broadcast_to(left, below.shape), below), (np.broadcast_to(right, above.shape), above)
    return inner + kept(*ends[0]) + kept(*ends[1])


def _inside(x: Any, xp: Any, fp: Any) -> Any:
    """Return what lies on the lines between the points; those at the ends go on."""
    if xp.size == 1:
        return np.broadcast_to(fp[0], x.shape)
    k = np.clip(np.searchsorted(xp, x, side="right") - 1, 0, xp.size - 2)
    if xp.size > x.size:
        slopes = _rise(fp[k + 1] - fp[k], xp[k + 1] - xp[k])
    else:
        with np.errstate(invalid="ignore"):  # in intervals without a point
            slopes = _rise(fp[1:] - fp[:-1], xp[1:] - xp[:-1])[k]
    return fp[k] + (x - xp[k]) * slopes


def _rise(change: Any, gap: Any) -> Any:
    return change / np.where(gap == 0, 1, gap)


def _one_period(x: Any, xp: Any, fp: Any, period: Any) -> tuple[Any, Any, Any]:
    """Return everything moved into one period, with a neighbour at each end."""
    x, xp = x % period, xp % period
    order = np.argsort(xp)
    xp, fp = xp[order], fp[order]
    xp = np.concatenate((xp[-1:] - period, xp, xp[:1] + period))
    return x, xp, np.concatenate((fp[-1:], fp, fp[:1]))


interpolate = elementary(_interp)
composite(interpolate, _interpolated, operands=6, kinks=_KINKS)
composite(
    np.interp,
    lambda x, xp, fp, left=None, right=None, period=None: interpolate(
        x, xp, fp, left, right, period
    ),
    operands=0,
    kinks=_KINKS,
)

# ---------------------------------------------------------------- finite differences


def _gradient(f: Any, *varargs: Any, axis: Any = None, edge_order: int = 1) -> Any:
    (f,) = as_arrays(f)
    axes = normalize_axis_tuple(range(f.ndim) if axis is None else axis, f.ndim)
    spacings = as_arrays(*(varargs or (1.0,)))
    if len(spacings) < len(axes):
        spacings = spacings * len(axes)
    steps = [h if h.ndim == 0 else np.diff(h) for h in spacings]
    slopes = [
        _slope(f, h, i, edge_order) if h.ndim or edge_order > 1 else _even_slope(f, h, i)
        for i, h in zip(axes, steps, strict=True)
    ]
    return slopes[0] if len(slopes) == 1 else tuple(slopes)


def _even_slope(f: Any, step: Any, axis: int) -> Any:
    """Return the slope of samples at even distances."""
    slope = change(f, axis - f.ndim)
    return slope if not dispatches(step) and step == 1 else slope / step


def _slope(f: Any, steps: Any, axis: int, edge_order: int) -> Any:
    """Return the slope of the parabola through neighbours; at an end of the line or parabola."""

    def part(start: Any, stop: Any) -> Any:
        return f[(*(slice(None),) * axis, slice(start, stop))]

    def step(start: Any, stop: Any) -> Any:
        if steps.ndim == 0:
            return steps
        chosen = steps[start:stop]
        return chosen.reshape((-1,) + (1,) * (f.ndim - 1 - axis))

    inner = _at_middle(part(None, -2), part(1, -1), part(2, None), step(None, -1), step(1, None))
    if edge_order == 1:
        first = (part(1, 2) - part(0, 1)) / step(0, 1)
        last = (part(-1, None) - part(-2, -1)) / step(-1, None)
    else:
        first = _at_end(part(0, 1), part(1, 2), part(2, 3), step(0, 1), step(1, 2))
        last = -_at_end(part(-1, None), part(-2, -1), part(-3, -2), step(-1, None), step(-2, -1))
    return np.concatenate((first, inner, last), axis=axis)


def _at_middle(f0: Any, f1: Any, f2: Any, h: Any, k: Any) -> Any:
    """Return the slope, at its middle point, of the parabola through three points."""
    return (h * ((f2 - f1) / k) + k * ((f1 - f0) / h)) / (h + k)


def _at_end(f0: Any, f1: Any, f2: Any, h: Any, k: Any) -> Any:
    """Return the slope, at its first point, of the parabola through three points."""
    near, far = (f1 - f0) / h, (f2 - f1) / k
    return near + h / (h + k) * (near - far)


def _ediff1d(ary: Any, to_end: Any = None, to_begin: Any = None) -> Any:
    x = np.ravel(as_arrays(ary)[0])
    inner = difference(x, -1)
    if to_end is None and to_begin is None:
        return inner
    ends = [_fitting(end, x.dtype) for end in (to_begin, to_end) if end is not None]
    return np.concatenate((*ends[: to_begin is not None], inner, *ends[to_begin is not None :]))


def _fitting(end: Any, dtype: Any) -> Any:
    """Return what np.ediff1d joins to differences, of their dtype."""
    end = np.ravel(as_arrays(end)[0])
    if not np.can_cast(end.dtype, dtype, "same_kind"):
        raise TypeError(f"{end.dtype} cannot be joined to differences of {dtype} by ediff1d")
    return end.astype(dtype)


composite(np.gradient, _gradient, operands=slice(None))
composite(np.ediff1d, _ediff1d, operands=3, exact=True)
