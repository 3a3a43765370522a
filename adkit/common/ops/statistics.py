"""Variances, averages, and reductions that leave out nans."""

from __future__ import annotations

from typing import Any

import numpy as np

from adkit.common.domains import REAL
from adkit.common.ops.reductions import count, reduced_axes
from adkit.common.registry import Rule, dispatches
from adkit.common.verbs import composite

# ---------------------------------------------------------------- variances


def _or_all(where: Any, a: Any, axis: Any) -> Any:
    """Return a mask that selects everything where it selected nothing, which has no mean."""
    if where is True:
        return True
    where = np.broadcast_to(where, a.shape)
    return where | ~np.any(where, axis=axis, keepdims=True)


def _var(
    a: Any,
    axis: Any = None,
    dtype: Any = None,
    out: Any = None,
    ddof: float = 0,
    keepdims: bool = False,
    *,
    where: Any = True,
    mean: Any = None,
    correction: float | None = None,
) -> Any:
    if dtype is not None:
        a = a.astype(dtype)
    if mean is None:
        mean = np.mean(a, axis=axis, keepdims=True, where=_or_all(where, a, axis))
    deviation = a - mean
    if np.iscomplexobj(deviation):
        square = np.square(np.real(deviation)) + np.square(np.imag(deviation))
    else:
        square = np.square(deviation)
    total = np.sum(square, axis=axis, dtype=dtype, keepdims=keepdims, where=where)
    number = count(a, axis, keepdims, where) - (ddof if correction is None else correction)
    return total / np.where(number > 0, number, 0).astype(total.dtype)


def _std(a: Any, *args: Any, **kwargs: Any) -> Any:
    variance = _var(a, *args, **kwargs)
    zero = variance == 0
    return np.where(zero, 0, np.sqrt(np.where(zero, 1, variance)))


composite(np.var, _var)
composite(np.std, _std, domain=REAL, kinks="std'(0) = 0, where all elements are equal")

# ---------------------------------------------------------------- weighted averages


def _average(
    a: Any,
    axis: Any = None,
    weights: Any = None,
    returned: bool = False,
    *,
    keepdims: bool = False,
) -> Any:
    a = a if dispatches(a) else np.asanyarray(a)
    if weights is None:
        average = np.mean(a, axis=axis, keepdims=keepdims)
        total = average.dtype.type(count(a, axis, keepdims, True))
    else:
        weights = weights_like(a, axis, weights)
        dtype = np.result_type(a.dtype, weights.dtype, *([] if a.dtype.kind in "fc" else [float]))
        total = np.sum(weights, axis=axis, dtype=dtype, keepdims=keepdims)
        if np.any(total == 0):
            raise ZeroDivisionError("Weights sum to zero, can't be normalized")
        weighted = np.multiply(a, weights, dtype=dtype)
        average = np.sum(weighted, axis=axis, keepdims=keepdims) / total
    if not returned:
        return average
    if np.shape(total) != average.shape:
        total = np.copy(np.broadcast_to(total, average.shape))
    return average, total


def weights_like(a: Any, axis: Any, weights: Any) -> Any:
    """Return weights that broadcast with `a`: of its shape, or of the shape of its axes."""
    weights = weights if dispatches(weights) else np.asanyarray(weights)
    if weights.shape == a.shape:
        return weights
    if axis is None:
        raise TypeError("Axis must be specified when shapes of a and weights differ.")
    axes = tuple(i + a.ndim for i in reduced_axes(a.ndim, axis))
    if weights.shape != tuple(a.shape[i] for i in axes):
        raise ValueError(
            "Shape of weights must be consistent with shape of a along specified axis."
        )
    weights = np.transpose(weights, np.argsort(axes))
    return np.reshape(weights, tuple(n if i in axes else 1 for i, n in enumerate(a.shape)))


composite(np.average, _average)

# ---------------------------------------------------------------- without nans


def _without_nans(function: Any) -> Rule:
    """Return a reduction of the elements that are not nan; the others get structural zeros."""

    def body(a: Any, axis: Any = None, *args: Any, where: Any = True, **kwargs: Any) -> Any:
        present = ~np.isnan(a)
        if where is not True:
            present = present & where
        where = _or_all(present, a, axis)
        return function(np.where(present, a, 0), axis, *args, where=where, **kwargs)

    return body


for _without, _with in (
    (np.nansum, np.sum),
    (np.nanprod, np.prod),
    (np.nanmean, np.mean),
    (np.nanvar, np.var),
    (np.nanstd, np.std),
):
    composite(_without, _without_nans(_with))
