"""The same elements in another shape or order: linear, and an index never repeats a number.

Directions lead, so a shape is completed by `leading(t, ndim)` and an axis counts
from the end.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_tuple

from adkit.common.registry import linear
from adkit.common.shapes import Shape, align, expand, from_end, leading, unbroadcast

# ---------------------------------------------------------------- another shape


def _reshaped(t: Any, ndim: int, shape: Shape) -> Any:
    """Return `t` with its `ndim` trailing axes, those of its value, in another shape."""
    return t.reshape(leading(t, ndim) + shape)


def _push_shape(t: Any, ans: Any, x: Any, *args: Any, **kwargs: Any) -> Any:
    return _reshaped(t, np.ndim(x), np.shape(ans))


def _pull_shape(ct: Any, ans: Any, x: Any, *args: Any, **kwargs: Any) -> Any:
    return _reshaped(ct, ans.ndim, x.shape)


linear(np.expand_dims, _pull_shape, _push_shape)
linear(np.squeeze, _pull_shape, _push_shape)


def _reversed_axes(t: Any, ndim: int) -> Any:
    """Reverse the order of the `ndim` trailing axes."""
    return _permuted(t, tuple(range(-1, -ndim - 1, -1)))


def _reordered(t: Any, ndim: int, shape: Shape, axes: Shape, back: bool) -> Any:
    """Reshape the trailing axes as `_reshaped` does, in Fortran's order of elements."""
    flipped = _reversed_axes(t, ndim)
    return _reversed_axes(_reshaped(flipped, ndim, shape[::-1]), len(shape))


def _is_fortran(x: Any, order: str) -> bool:
    """Return whether ``order=`` means Fortran's order of the elements of `x`."""
    return order == "F" or (order == "A" and memory_axes(x, "A") != tuple(range(x.ndim)))
