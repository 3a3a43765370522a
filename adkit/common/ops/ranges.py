"""Evenly spaced numbers between traced ends."""

from __future__ import annotations

from typing import Any

import numpy as np

from adkit.common.ops.arrangement import as_arrays, joined
from adkit.common.registry import elementary
from adkit.common.shapes import align, dtype_of, from_end, unbroadcast
from adkit.common.verbs import composite, linear


def _fractions(num: int, endpoint: bool, start: Any, stop: Any) -> tuple[Any, Any, Any]:
    """Return the way from one end to the other, in parts of it, and both ends as arrays."""
    start, stop = as_arrays(start, stop)
    ndim = max(start.ndim, stop.ndim)
    real = np.finfo(np.result_type(dtype_of(start), dtype_of(stop), 1.0)).dtype
    parts = np.arange(num, dtype=real) / real.type(max(num - endpoint, 1))
    return parts.reshape((-1,) + (1,) * ndim), start, stop


def _spaced(start: Any, stop: Any, num: int, endpoint: bool, dtype: Any, axis: int) -> Any:
    return np.linspace(start, stop, num, endpoint, False, dtype, axis)


def _spaced_push(
    ts: Any, start: Any, stop: Any, num: int, endpoint: bool, dtype: Any, axis: int
) -> Any:
    ndim = max(np.ndim(start), np.ndim(stop))
    first, last = (align(t, np.ndim(x), ndim) for t, x in zip(ts, (start, stop), strict=True))
    return spaced(first, last, num, endpoint, dtype, from_end(axis, ndim + 1))


def _spaced_pull(
    ct: Any, start: Any, stop: Any, num: int, endpoint: bool, dtype: Any, axis: int
) -> Any:
    ndim = max(start.ndim, stop.ndim)
    last = np.moveaxis(ct, from_end(axis, ndim + 1), -1)
    real = np.finfo(dtype_of(ct)).dtype
    parts = np.arange(num, dtype=real) / real.type(max(num - endpoint, 1))
    return [
        unbroadcast(last @ shares, x.shape, ndim)
        for x, shares in ((start, 1 - parts), (stop, parts))
    ]


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
    start, stop = (joined(x) if type(x) in (list, tuple) else x for x in (start, stop))
    samples = spaced(start, stop, num, bool(endpoint), dtype, axis)
    count = num - bool(endpoint)
    return (samples, (stop - start) / count if count > 0 else np.nan) if retstep else samples


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


spaced = elementary(_spaced)
linear(spaced, _spaced_pull, _spaced_push, operands=2)
logspace = elementary(_logspace)
composite(logspace, _powers, operands=3)
composite(np.linspace, _linspace, operands=2, exact=True)
composite(np.geomspace, _geomspace, operands=2)
composite(
    np.logspace,
    lambda start, stop, num=50, endpoint=True, base=10.0, dtype=None, axis=0: logspace(
        start, stop, base, num, endpoint, dtype, axis
    ),
    operands=0,
)
