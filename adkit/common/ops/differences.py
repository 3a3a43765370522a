"""Differences of neighbours along an axis, which is counted from the end."""

from __future__ import annotations

from typing import Any

import numpy as np

from adkit.common.registry import elementary
from adkit.common.shapes import leading
from adkit.common.verbs import linear

__all__ = ["change", "difference"]


def _part(x: Any, axis: int, start: Any, stop: Any) -> Any:
    return x[(Ellipsis, slice(start, stop), *(slice(None),) * (-axis - 1))]


def _difference(x: Any, axis: int) -> Any:
    """Return each element less the one before it."""
    return _part(x, axis, 1, None) - _part(x, axis, None, -1)


def _difference_pull(ct: Any, ans: Any, x: Any, axis: int) -> Any:
    if ans.shape[axis] == 0:
        return np.zeros(leading(ct, ans.ndim) + x.shape, x.dtype)
    first, last = _part(ct, axis, None, 1), _part(ct, axis, -1, None)
    inner = _part(ct, axis, None, -1) - _part(ct, axis, 1, None)
    return np.concatenate((-first, inner, last), axis=axis)


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
change = elementary(_change)
linear(difference, _difference_pull)
linear(change, _change_pull)
