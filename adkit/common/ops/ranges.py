"""Evenly spaced numbers between traced ends."""

from __future__ import annotations

from typing import Any

import numpy as np

from adkit.common.ops.arrangement import as_arrays
from adkit.common.registry import elementary
from adkit.common.shapes import dtype_of
from adkit.common.verbs import composite


def _fractions(num: int, endpoint: bool, start: Any, stop: Any) -> tuple[Any, Any, Any]:
    """Return the way from one end to the other, in parts of it, and both ends as arrays."""
    start, stop = as_arrays(start, stop)
    ndim = max(start.ndim, stop.ndim)
    real = np.finfo(np.result_type(dtype_of(start), dtype_of(stop), 1.0)).dtype
    parts = np.arange(num, dtype=real) / real.type(max(num - endpoint, 1))
    return parts.reshape((-1,) + (1,) * ndim), start, stop


def _linspace(
    start: Any,
    stop: Any,
    num: int = 50,
    endpoint: bool = True,
    retstep: bool = False,
    dtype: Any = None,
    axis: int = 0,
    **kwargs: Any,
) -> Any:
    parts, start, stop = _fractions(num, bool(endpoint), start, stop)
    samples = np.moveaxis(_shares(1 - parts, start) + _shares(parts, stop), 0, axis)
    count = num - bool(endpoint)
    return (samples, (stop - start) / count if count > 0 else np.nan) if retstep else samples


def _shares(parts: Any, end: Any) -> Any:
    """Return parts of an end along a first axis; of arrays as an outer product."""
    if end.ndim == 0:
        return parts * end
    shares = np.outer(parts, end)
    return np.reshape(shares, (parts.size, *(1,) * (parts.ndim - 1 - end.ndim), *end.shape))


def _logspace(
    start: Any, stop: Any, base: Any, num: int, endpoint: bool, dtype: Any, axis: int
) -> Any:
    return np.logspace(start, stop, num, endpoint, base, dtype, axis)


def _powers(
    start: Any, stop: Any, base: Any, num: int, endpoint: bool, dtype: Any, axis: int
) -> Any:
    start, stop, base = as_arrays(start, stop, base)
    if base.ndim:
        ndim = max(start.ndim, stop.ndim, base.ndim)
        start, stop, base = (
            x.reshape((1,) * (ndim - x.ndim) + x.shape) for x in (start, stop, base)
        )
        base = np.expand_dims(base, axis)
    return np.power(base, np.linspace(start, stop, num, endpoint, axis=axis))


def _geomspace(
    start: Any,
    stop: Any,
    num: int = 50,
    endpoint: bool = True,
    dtype: Any = None,
    axis: int = 0,
) -> Any:
    parts, start, stop = _fractions(num, bool(endpoint), start, stop)
    return np.moveaxis(start * np.power(stop / start, parts), 0, axis)


logspace = elementary(_logspace)
composite(logspace, _powers, operands=3)
composite(np.linspace, _linspace, operands=2)
composite(np.geomspace, _geomspace, operands=2)
composite(
    np.logspace,
    lambda start, stop, num=50, endpoint=True, base=10.0, dtype=None, axis=0: logspace(
        start, stop, base, num, endpoint, dtype, axis
    ),
    operands=0,
)
