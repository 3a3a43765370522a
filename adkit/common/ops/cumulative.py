"""Running sums and products of the array API, and those that leave out nans."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from adkit.common.ops.masking import kept
from adkit.common.shapes import from_end
from adkit.common.verbs import composite


def _with_initial(function: Callable[..., Any], running: Any, initial: int) -> None:
    """Declare a running total that may start with the total of nothing."""

    def body(
        x: Any,
        /,
        *,
        axis: Any = None,
        dtype: Any = None,
        out: Any = None,
        include_initial: bool = False,
    ) -> Any:
        if axis is None and x.ndim > 1:
            raise ValueError(f"{function.__name__} of an array of {x.ndim} axes needs an axis")
        axis = 0 if axis is None or x.ndim == 0 else from_end(axis, x.ndim) + x.ndim
        total = running(x, axis=axis, dtype=dtype)
        if not include_initial:
            return total
        shape = tuple(1 if i == axis else n for i, n in enumerate(total.shape))
        return np.concatenate((np.full(shape, initial, total.dtype), total), axis=axis)

    composite(function, body, exact=True)


def _without_nans(function: Callable[..., Any], running: Any, neutral: int) -> None:
    """Declare a running total of the elements that are not nan."""

    def body(a: Any, axis: Any = None, dtype: Any = None, out: Any = None) -> Any:
        absent = np.isnan(a)
        present = kept(a, np.logical_not(absent))
        return running(present + absent if neutral else present, axis=axis, dtype=dtype)

    composite(function, body)


if hasattr(np, "cumulative_sum"):
    _with_initial(np.cumulative_sum, np.cumsum, 0)
    _with_initial(np.cumulative_prod, np.cumprod, 1)
_without_nans(np.nancumsum, np.cumsum, 0)
_without_nans(np.nancumprod, np.cumprod, 1)
