"""Differences of neighbours along an axis, which is counted from the end."""

from __future__ import annotations

from typing import Any

import numpy as np

from adkit.common.registry import elementary
from adkit.common.verbs import linear

__all__ = ["change", "difference"]


def _part(x: Any, axis: int, start: Any, stop: Any) -> Any:
    return x[(Ellipsis, slice(start, stop), *(slice(None),) * (-axis - 1))]


def _difference(x: Any, axis: int) -> Any:
    """Return each element less the one before it."""
    return _part(x, axis, 1, None) - _part(x, axis, None, -1)


def _spread(t: Any, axis: int, length: int) -> Any:
    """Transpose `_difference` along an axis of some length, in one pass."""
    shape = list(t.shape)
    shape[axis] = length
    if t.shape[axis] == 0:
        return np.zeros(shape, t.dtype)
    result = np.empty(shape, t.dtype)
    # Not by ``out=``: NumPy 2.4 then reads wrong elements where they lie 64 bytes apart.
    _part(result, axis, None, 1)[...] = -_part(t, axis, None, 1)
    before, behind = _part(t, axis, None, -1), _part(t, axis, 1, None)
    np.subtract(before, behind, _part(result, axis, 1, -1))
    _part(result, axis, -1, None)[...] = _part(t, axis, -1, None)
    return result


def _change(x: Any, axis: int) -> Any:
    """Return half the difference of both neighbours, at an end the difference to the only one."""
    return np.gradient(x, axis=axis)


def _change_pull(ct: Any, x: Any, axis: int) -> Any:
    first, last = _part(ct, axis, None, 1), _part(ct, axis, -1, None)
    ct = np.concatenate((first, _part(ct, axis, 1, -1) / 2, last), axis=axis)
    inner = _part(ct, axis, None, -2) - _part(ct, axis, 2, None)
    ends = -first - _part(ct, axis, 1, 2), _part(ct, axis, -2, -1) + last
    return np.concatenate((ends[0], inner, ends[1]), axis=axis)


difference = elementary(_difference)
spread = elementary(_spread)
change = elementary(_change)
linear(difference, lambda ct, x, axis: spread(ct, axis, x.shape[axis]))
linear(spread, lambda ct, x, axis, length: difference(ct, axis))
linear(change, _change_pull)
