"""Medians, quantiles and percentiles: a mean of two order statistics.

Which elements these are is piecewise constant. NumPy's own function tells: applied to the
ranks 0, 1, 2, ... instead of the elements, it returns the rank of the quantile, a fraction
where it lies between two elements.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from adkit.common.domains import REAL
from adkit.common.ops.arrangement import as_arrays
from adkit.common.ops.ordering import sorted_order
from adkit.common.ops.reductions import kept_shape, reduced_axes
from adkit.common.ops.statistics import weights_like
from adkit.common.registry import dispatches, elementary
from adkit.common.shapes import Shape
from adkit.common.verbs import composite, constant, general

_KINKS = "elements that are equal keep an order; at an element the slope in q to its right"
#: Methods that interpolate, by the parameters alpha and beta of the rank
#: ``n q + alpha + q (1 - alpha - beta) - 1`` (Hyndman and Fan 1996); of the others the rank
#: is piecewise constant.
_INTERPOLATING = {
    "linear": (1.0, 1.0),
    "interpolated_inverted_cdf": (0.0, 1.0),
    "hazen": (0.5, 0.5),
    "weibull": (0.0, 0.0),
    "median_unbiased": (1 / 3, 1 / 3),
    "normal_unbiased": (3 / 8, 3 / 8),
}
_PERCENT = (np.percentile, np.nanpercentile)
_WITHOUT_NANS = (np.nanmedian, np.nanquantile, np.nanpercentile)

# ---------------------------------------------------------------- ranks


def _rank(q: Any, function: Callable[..., Any], count: int, method: str, dtype: Any) -> Any:
    """Return the rank of quantiles of as many numbers."""
    ranks = np.arange(count, dtype=dtype)
    return function(ranks) if q is None else function(ranks, q, method=method)


def _rank_push(t: Any, q: Any, function: Any, count: int, method: str, dtype: Any) -> Any:
    """Multiply by the slope of the rank, which is 0 where the rank is cut off at an end."""
    if method not in _INTERPOLATING:
        return t * 0
    alpha, beta = _INTERPOLATING[method]
    slope = (count + 1 - alpha - beta) / (100 if function in _PERCENT else 1)
    free = q * slope + alpha - 1
    return t * np.where((free >= 0) & (free <= count - 1), slope, 0)


def _weighted_rank(q: Any, weights: Any, function: Any, ranks: Any, method: str) -> Any:
    return function(ranks, q, axis=-1, method=method, weights=weights)


rank = elementary(_rank)
weighted_rank = elementary(_weighted_rank)
general(rank, _rank_push, kinks="at an element the slope to its right")
constant(weighted_rank, operands=2, kinks="jumps from element to element; 0 there")

# ---------------------------------------------------------------- order statistics


def _quantile(
    function: Callable[..., Any], a: Any, q: Any, axis: Any, keepdims: bool, method: str, w: Any
) -> Any:
    if q is None:
        return function(a, axis=axis, keepdims=keepdims)
    weighting = {} if w is None else {"weights": w}
    return function(a, q, axis=axis, keepdims=keepdims, method=method, **weighting)


def _definition(
    function: Callable[..., Any], a: Any, q: Any, axis: Any, keepdims: bool, method: str, w: Any
) -> Any:
    (a,) = as_arrays(a)
    axes = reduced_axes(a.ndim, axis)
    x = _rows(a, axes)
    if x.size == 0:
        return 0.0
    missing = np.isnan(x) & (function in _WITHOUT_NANS)
    counts = np.maximum(x.shape[-1] - np.count_nonzero(missing, axis=-1), 1)
    if w is None:
        order, place = _ranked(x, q, function, method, counts)
    else:
        w = _rows(np.broadcast_to(weights_like(a, axis, w), a.shape), axes)
        order, place = _ranked_by_weight(x, q, function, method, w)
    last = counts[..., None] - 1
    low = np.clip(np.floor(place), 0, np.maximum(last - 1, 0)).astype(np.intp)
    share = place - low.astype(place.dtype)
    shape = (*x.shape[:-1], low.shape[-1])
    below, above = (
        np.take_along_axis(x, np.take_along_axis(order, np.broadcast_to(k, shape), -1), -1)
        for k in (low, np.minimum(low + 1, last))
    )
    picked = np.moveaxis(_between(below, above, share), -1, 0)
    if function in _WITHOUT_NANS:
        picked = np.where(np.all(missing, axis=-1), 0, picked)
    rest = kept_shape(a.shape, axes) if keepdims else x.shape[:-1]
    several = np.ndim(q) > 1 and len(axes) > 1 and x.ndim > 1
    if several and w is None and function in _WITHOUT_NANS:
        placed = _misplaced(np.reshape(picked, np.shape(q) + x.shape[:-1]), np.ndim(q))
        gaps = [None if i in axes else slice(None) for i in range(-a.ndim, 0)]
        return placed[(..., *gaps)] if keepdims else placed
    return np.reshape(picked, np.shape(q) + rest if q is not None else rest)


def _misplaced(result: Any, count: int) -> Any:
    """Return a result with its first axes where NumPy's functions without nans put them.

    They count from the last axis on, beyond which there is none, where several are reduced.
    """
    wanted = range(count)
    last = np.moveaxis(result, wanted, range(-count, 0))
    return np.moveaxis(last, [-1 + i for i in wanted], wanted)


def _between(below: Any, above: Any, share: Any) -> Any:
    """Return what lies between two elements; one that has no share may be infinite."""
    if not dispatches(share):
        below = np.where(share == 1, 0, below)
        above = np.where(share == 0, 0, above)
    return (1 - share) * below + share * above


def _rows(a: Any, axes: Shape) -> Any:
    """Return an array with the axes that are reduced in one, the last."""
    kept = tuple(i for i in range(-a.ndim, 0) if i not in axes)
    length = math.prod(a.shape[i] for i in axes)  # an array of size 0 leaves -1 undecided
    return np.reshape(np.transpose(a, kept + axes), (*[a.shape[i] for i in kept], length))


def _ranked(x: Any, q: Any, function: Any, method: str, counts: Any) -> tuple[Any, Any]:
    """Return the order of rows, right near their quantiles, and the ranks of these.

    Rows of as many elements have the same ranks.
    """
    n, dtype = x.shape[-1], _dtype_of_ranks(x)
    lengths, which = np.unique(counts, return_inverse=True)
    ranks = np.stack([rank(q, function, int(m), method, dtype) for m in lengths])
    ranks = np.reshape(ranks, (len(lengths), -1))
    near = np.ravel(np.floor(ranks).astype(np.intp))
    near = np.unique(np.clip([near - 1, near, near + 1], 0, n - 1))
    order = np.argpartition(x, near, axis=-1) if near.size < 30 else sorted_order(x, -1)
    return order, ranks[np.reshape(which, counts.shape)]


def _ranked_by_weight(x: Any, q: Any, function: Any, method: str, w: Any) -> tuple[Any, Any]:
    """Return the order of rows, and the ranks of their quantiles."""
    order = sorted_order(x, -1)
    ranks = np.empty(x.shape, _dtype_of_ranks(x))
    np.put_along_axis(ranks, order, np.broadcast_to(np.arange(x.shape[-1]), x.shape), -1)
    if function in _WITHOUT_NANS:
        missing = np.isnan(x)
        ranks[missing & ~np.all(missing, axis=-1, keepdims=True)] = np.nan
    found = weighted_rank(q, w, function, ranks, method)
    return order, np.moveaxis(np.reshape(found, (-1, *x.shape[:-1])), 0, -1)


def _dtype_of_ranks(x: Any) -> Any:
    """Return the dtype of an array, unless it is float16, which holds few whole numbers."""
    return x.dtype if x.dtype.kind == "f" and x.dtype.itemsize > 2 else np.dtype(float)


quantile = elementary(_quantile)
composite(quantile, _definition, operands=slice(1, 3), domain=REAL, kinks=_KINKS)

# ---------------------------------------------------------------- NumPy's functions


def _median(function: Callable[..., Any]) -> None:
    def body(
        a: Any,
        axis: Any = None,
        out: Any = None,
        overwrite_input: bool = False,
        keepdims: bool = False,
    ) -> Any:
        return quantile(function, a, None, axis, bool(keepdims), "median", None)

    composite(function, body, operands=0, domain=REAL, kinks=_KINKS)


def _of_order(function: Callable[..., Any]) -> None:
    def body(
        a: Any,
        q: Any,
        axis: Any = None,
        out: Any = None,
        overwrite_input: bool = False,
        method: str = "linear",
        keepdims: bool = False,
        *,
        weights: Any = None,
        interpolation: Any = None,
    ) -> Any:
        method = interpolation or method
        return quantile(function, a, q, axis, bool(keepdims), method, weights)

    composite(function, body, operands=0, domain=REAL, kinks=_KINKS)


_median(np.median)
_median(np.nanmedian)
for _function in (np.quantile, np.percentile, np.nanquantile, np.nanpercentile):
    _of_order(_function)
