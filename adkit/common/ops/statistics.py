"""Variances, averages, and reductions that leave out nans."""

from __future__ import annotations

from typing import Any

import numpy as np

from adkit.common.domains import REAL
from adkit.common.ops.masking import kept
from adkit.common.ops.reductions import count, reduced_axes, spread
from adkit.common.registry import define, dispatches
from adkit.common.shapes import from_end
from adkit.common.signatures import Rule
from adkit.common.verbs import composite, general

# ---------------------------------------------------------------- variances


def _mean(a: Any, axis: Any, keepdims: bool, where: Any) -> Any:
    """Return the mean of selected elements; of none a number that is not NumPy's nan."""
    if where is True:
        return np.mean(a, axis=axis, keepdims=keepdims)
    total = np.sum(kept(a, where), axis=axis, keepdims=keepdims)
    return total / np.maximum(count(a, axis, keepdims, where), 1)


def _deviation(a: Any, axis: Any, dtype: Any, where: Any, mean: Any) -> Any:
    """Return distances from a mean, of which alone NumPy takes a dtype: of complex numbers too."""
    if mean is None:
        summed = a
        if dtype is not None:
            summed = (a if np.dtype(dtype).kind == "c" else np.real(a)).astype(dtype)
        mean = _mean(summed, axis, True, where)
    return a - mean


def _squares(deviation: Any, axis: Any, keepdims: bool, where: Any) -> Any:
    """Return the sum of squares of selected distances."""
    if where is not True:
        deviation = kept(deviation, where)
    if np.iscomplexobj(deviation):
        square = np.square(np.real(deviation)) + np.square(np.imag(deviation))
    else:
        square = np.square(deviation)
    return np.sum(square, axis=axis, keepdims=keepdims)


def _deviations(
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
) -> tuple[Any, Any, bool, Any]:
    """Return deviations from a mean, the number they count as, and the rest of the arguments."""
    number = count(a, axis, keepdims, where) - (ddof if correction is None else correction)
    return _deviation(a, axis, dtype, where, mean), number, keepdims, where


def _var(a: Any, axis: Any = None, *args: Any, **options: Any) -> Any:
    deviation, number, keepdims, where = _deviations(a, axis, *args, **options)
    total = _squares(deviation, axis, keepdims, where)
    return total / np.where(number > 0, number, 0).astype(total.dtype)


def _std(a: Any, *args: Any, **kwargs: Any) -> Any:
    variance = _var(a, *args, **kwargs)
    zero = variance == 0
    return np.where(zero, 0, np.sqrt(np.where(zero, 1, variance)))


def _slope(a: Any, axis: Any, *args: Any, **options: Any) -> tuple[Any, Any, bool, Any]:
    """Return the derivative of a variance by each element, as a deviation over a divisor.

    The change of the mean changes no variance, since deviations from it add up to 0.
    """
    deviation, number, keepdims, where = _deviations(a, axis, *args, **options)
    if np.iscomplexobj(deviation):
        deviation = np.conjugate(deviation)
    number = max(number, 0) if np.ndim(number) == 0 else np.maximum(number, 0)
    return deviation, number / 2, keepdims, where


def _var_push(t: Any, a: Any, axis: Any = None, *args: Any, **options: Any) -> Any:
    deviation, divisor, keepdims, where = _slope(a, axis, *args, **options)
    change = t * deviation
    change = change if where is True else kept(change, where)
    change = np.sum(change, axis=from_end(axis, a.ndim), keepdims=keepdims)
    return np.real(change) / divisor


def _var_pull(ct: Any, a: Any, axis: Any = None, *args: Any, **options: Any) -> Any:
    deviation, divisor, keepdims, where = _slope(a, axis, *args, **options)
    share = np.real(ct) / divisor  # with a dtype, the variance may be a complex number
    change = spread(share, a, axis, keepdims) * deviation
    return change if where is True else kept(change, where)


def _of_root(change: Any, ans: Any) -> Any:
    """Return the change of a square root by that under it, or its transpose; 0 where it is 0."""
    zero = ans == 0
    return np.where(zero, 0, change / np.where(zero, 1, 2 * ans))


general(np.var, push=_var_push, pull=_var_pull)
general(
    np.std,
    push=lambda t, ans, a, *args, **options: _of_root(_var_push(t, a, *args, **options), ans),
    pull=lambda ct, ans, a, *args, **options: _var_pull(_of_root(ct, ans), a, *args, **options),
    domain=REAL,
    kinks="std'(0) = 0, where all elements are equal",
)
define(np.var, _var)
define(np.std, _std)

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
        total = average.dtype.type(a.size / np.size(average))
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


composite(np.average, _average, exact=True)

# ---------------------------------------------------------------- without nans


def _without_nans(body: Rule) -> Rule:
    """Return a reduction of the elements that are not nan; the others get structural zeros."""

    def of_present(a: Any, axis: Any = None, *args: Any, where: Any = True, **kwargs: Any) -> Any:
        present = np.logical_not(np.isnan(a))
        return body(a, axis, *args, where=present if where is True else present & where, **kwargs)

    return of_present


def _sum_of_selected(a: Any, *args: Any, where: Any, **kwargs: Any) -> Any:
    return np.sum(kept(a, where), *args, **kwargs)


def _product_of_selected(a: Any, *args: Any, where: Any, **kwargs: Any) -> Any:
    return np.prod(kept(a, where) + np.logical_not(where), *args, **kwargs)


def _mean_of_selected(
    a: Any, axis: Any, dtype: Any = None, out: Any = None, keepdims: bool = False, *, where: Any
) -> Any:
    return _mean(a if dtype is None else a.astype(dtype), axis, keepdims, where)


def _of_some(body: Rule) -> Rule:
    """Return a reduction that is one of zeros where nothing was selected: NumPy's is nan."""

    def of_selected(a: Any, axis: Any, *args: Any, where: Any, **kwargs: Any) -> Any:
        some = where | ~np.any(where, axis=axis, keepdims=True)
        return body(kept(a, where), axis, *args, where=some, **kwargs)

    return of_selected


for _function, _body in (
    (np.nansum, _sum_of_selected),
    (np.nanprod, _product_of_selected),
    (np.nanmean, _mean_of_selected),
    (np.nanvar, _of_some(_var)),
    (np.nanstd, _of_some(_std)),
):
    composite(_function, _without_nans(_body))
