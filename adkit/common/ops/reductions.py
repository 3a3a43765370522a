"""Sums, means, products and extremes over axes.

Axes are counted from the end, so that leading directions stay.
"""

from __future__ import annotations

import functools
import math
from typing import Any

import numpy as np

from adkit.common.domains import REAL
from adkit.common.ops.masking import kept, placed
from adkit.common.ops.recurrences import others
from adkit.common.registry import define, selection
from adkit.common.rows import by_rows
from adkit.common.shapes import Shape, from_end, leading, shape_of, total
from adkit.common.verbs import composite, general, linear

_total: Any = np.add.reduce  # np.sum without its detour through Python


#: Up to this many numbers are written sooner than a view of one is made.
_FEW = 1024


def spread(ct: Any, x: Any, axis: Any, keepdims: bool) -> Any:
    """Repeat a cotangent of a reduction of `x` along the axes that were reduced."""
    if type(ct) is np.float64 and x.size <= _FEW:
        return np.full(x.shape, ct)
    ndim = x.ndim if keepdims else 0 if axis is None else x.ndim - len(reduced_axes(x.ndim, axis))
    shape = leading(ct, ndim) + x.shape
    ct = restored(ct, x, axis, keepdims)
    if type(ct) is np.ndarray and x.size <= _FEW:
        written = np.empty(shape, ct.dtype)
        written[...] = ct
        return written
    return np.broadcast_to(ct, shape)


def restored(ct: Any, x: Any, axis: Any, keepdims: bool) -> Any:
    """Return a cotangent, or the result, of a reduction so that it broadcasts with `x`."""
    if keepdims or shape_of(ct) == ():
        return ct
    shape, kept = _kept(x.shape, tuple(axis) if type(axis) is list else axis)
    return ct.reshape(leading(ct, kept) + shape)


@functools.lru_cache(maxsize=1024)
def _kept(shape: Shape, axis: Any) -> tuple[Shape, int]:
    """Return the shape of a reduction that keeps its axes, and how many are not reduced."""
    return kept_shape(shape, axis), len(shape) - len(reduced_axes(len(shape), axis))


def reduced_axes(ndim: int, axis: Any) -> Shape:
    """Return the axes that are reduced as a tuple, counted from the end."""
    axes = from_end(axis, ndim)
    return axes if isinstance(axes, tuple) else (axes,)


def kept_shape(shape: Shape, axis: Any) -> Shape:
    """Return the shape of a reduction that keeps its axes."""
    ndim = len(shape)
    axes = reduced_axes(ndim, axis)
    return tuple(1 if i - ndim in axes else n for i, n in enumerate(shape))


def count(x: Any, axis: Any, keepdims: bool, where: Any) -> Any:
    """Return how many elements are reduced to one: an int, or an array if `where` selects."""
    if where is True:
        return math.prod(x.shape[i] for i in reduced_axes(x.ndim, axis))
    real = np.finfo(x.dtype).dtype
    selected = np.broadcast_to(where, x.shape)
    return _total(selected, from_end(axis, x.ndim), dtype=real, keepdims=keepdims)


def _at_least_one(number: Any) -> Any:
    """Return a count by which to divide; the mean of nothing is nan already."""
    return max(number, 1) if isinstance(number, int) else np.maximum(number, 1)


def _begun(ufunc: Any, x: Any, initial: Any, **options: Any) -> Any:
    """Return ``ufunc.reduce(x, initial=initial, ...)``, where `initial` is traced."""
    from adkit.common.ops.ufunc_methods import reduction  # rare

    return reduction(ufunc, x, initial, **options)


# ---------------------------------------------------------------- sums and means


def _sum_push(
    t: Any,
    x: Any,
    axis: Any = None,
    dtype: Any = None,
    out: Any = None,
    keepdims: bool = False,
    initial: Any = 0,
    where: Any = True,
) -> Any:
    axis = from_end(axis, x.ndim)
    if where is True:
        if dtype is None and type(t) is np.ndarray:
            axes = sorted(a + t.ndim for a in reduced_axes(x.ndim, axis))
            return total(t, tuple(axes), keepdims=keepdims)
        return _total(t, axis=axis, dtype=dtype, keepdims=keepdims)
    return _total(kept(t, where), axis=axis, dtype=dtype, keepdims=keepdims)


def _sum_pull(
    ct: Any,
    x: Any,
    axis: Any = None,
    dtype: Any = None,
    out: Any = None,
    keepdims: bool = False,
    initial: Any = 0,
    where: Any = True,
) -> Any:
    ct = spread(ct, x, axis, keepdims)
    return ct if where is True else kept(ct, where)


def _mean_push(
    t: Any,
    x: Any,
    axis: Any = None,
    dtype: Any = None,
    out: Any = None,
    keepdims: bool = False,
    *,
    where: Any = True,
) -> Any:
    if dtype is None and x.dtype == np.float16:
        dtype = np.float32  # as np.mean does: the sum could overflow
    sums = _sum_push(t, x, axis, dtype, out, keepdims, 0, where)
    return sums / _at_least_one(count(x, axis, keepdims, where))


def _mean_pull(
    ct: Any,
    x: Any,
    axis: Any = None,
    dtype: Any = None,
    out: Any = None,
    keepdims: bool = False,
    *,
    where: Any = True,
) -> Any:
    share = ct / _at_least_one(count(x, axis, keepdims, where))
    return _sum_pull(share, x, axis, dtype, out, keepdims, 0, where)


def _sum_from(
    a: Any,
    axis: Any = None,
    dtype: Any = None,
    out: Any = None,
    keepdims: bool = False,
    initial: Any = 0,
    where: Any = True,
) -> Any:
    return _begun(np.add, a, initial, axis=axis, dtype=dtype, keepdims=keepdims, where=where)


linear(np.sum, _sum_pull, _sum_push)
define(np.sum, _sum_from)
linear(np.mean, _mean_pull, _mean_push)

# ---------------------------------------------------------------- products


def _product_of_others(a: Any, axis: Any, initial: Any, where: Any) -> Any:
    """Return, for each element, the product of those that are reduced with it."""
    selected = a if where is True else np.where(where, a, 1)
    axes = reduced_axes(a.ndim, axis)
    order = tuple(i for i in range(-a.ndim, 0) if i not in axes) + axes
    factors = np.transpose(selected, order)
    shape = factors.shape
    factors = np.reshape(
        factors, (*shape[: a.ndim - len(axes)], math.prod(a.shape[i] for i in axes))
    )
    products = np.transpose(np.reshape(others(factors), shape), np.argsort(order))
    products = products if where is True else kept(products, where)
    return products if initial is None else products * initial


def _prod_push(
    t: Any,
    a: Any,
    axis: Any = None,
    dtype: Any = None,
    out: Any = None,
    keepdims: bool = False,
    initial: Any = None,
    where: Any = True,
) -> Any:
    change = t * _product_of_others(a, axis, initial, where)
    return _total(change, axis=from_end(axis, a.ndim), keepdims=keepdims)


def _prod_pull(
    ct: Any,
    a: Any,
    axis: Any = None,
    dtype: Any = None,
    out: Any = None,
    keepdims: bool = False,
    initial: Any = None,
    where: Any = True,
) -> Any:
    return spread(ct, a, axis, keepdims) * _product_of_others(a, axis, initial, where)


def _prod_from(
    a: Any,
    axis: Any = None,
    dtype: Any = None,
    out: Any = None,
    keepdims: bool = False,
    initial: Any = 1,
    where: Any = True,
) -> Any:
    return _begun(np.multiply, a, initial, axis=axis, dtype=dtype, keepdims=keepdims, where=where)


general(np.prod, push=_prod_push, pull=_prod_pull)
define(np.prod, _prod_from)

# ---------------------------------------------------------------- extremes


def _taken(
    ans: Any, x: Any, axis: Any, keepdims: bool, initial: Any, where: Any, nans: bool
) -> tuple[Any, Any]:
    """Return which elements are the extreme one, and how many, `initial` included.

    Where an element is nan, all that are nan are taken, if `nans` are not left out.
    """
    most = restored(ans, x, axis, keepdims)
    plain = type(x) is type(most) is np.ndarray
    taken = by_rows(np.equal, x, most) if plain else x == most
    empty = (ans != ans).any()
    if nans and empty:
        taken = taken | np.isnan(x)
    if where is True and initial is None and not empty and np.count_nonzero(taken) == np.size(ans):
        return taken, ans.dtype.type(1)  # one of each, ten times faster than to count along axes
    if where is not True:
        taken = taken & where
    axes = reduced_axes(x.ndim, axis)
    if len(axes) == taken.ndim and not keepdims:
        number = ans.dtype.type(np.count_nonzero(taken))
    else:
        number = ans.dtype.type(1) * np.count_nonzero(taken, axis=axes, keepdims=keepdims)
    if initial is not None:
        number = number + (ans == initial)
    return taken, number if nans else np.maximum(number, 1)


def _extreme(function: Any, ufunc: Any, *, nans: bool) -> None:
    """Declare the largest or smallest element; it may be nan if `nans` are not left out."""

    def push(
        t: Any,
        ans: Any,
        x: Any,
        axis: Any = None,
        out: Any = None,
        keepdims: bool = False,
        initial: Any = None,
        where: Any = True,
    ) -> Any:
        taken, number = _taken(ans, x, axis, keepdims, initial, where, nans)
        axis = from_end(axis, x.ndim)
        return _total(t, axis=axis, keepdims=keepdims, where=taken) / number

    def pull(
        ct: Any,
        ans: Any,
        x: Any,
        axis: Any = None,
        out: Any = None,
        keepdims: bool = False,
        initial: Any = None,
        where: Any = True,
    ) -> Any:
        taken, number = _taken(ans, x, axis, keepdims, initial, where, nans)
        return placed(restored(ct / number, x, axis, keepdims), taken)

    def chosen(
        ct: Any,
        ans: Any,
        x: Any,
        axis: Any = None,
        out: Any = None,
        keepdims: bool = False,
        initial: Any = None,
        where: Any = True,
    ) -> Any:
        if where is not True or initial is not None or np.shape(ct) != np.shape(ans):
            return None
        taken, number = _taken(ans, x, axis, keepdims, initial, where, nans)
        if taken.ndim > 1 and number.ndim == 0 and reduced_axes(x.ndim, axis) == (-1,):
            first = np.arange(0, taken.size, taken.shape[-1])  # there is one in each row
            places = first + np.argmax(taken, axis=-1).reshape(-1)
        else:
            places = np.flatnonzero(taken)
        if places.size > 2 * np.size(ans):
            return None
        share = np.broadcast_to(restored(ct / number, x, axis, keepdims), x.shape)
        return share[np.unravel_index(places, x.shape)], places

    def body(
        a: Any,
        axis: Any = None,
        out: Any = None,
        keepdims: bool = False,
        initial: Any = None,
        where: Any = True,
    ) -> Any:
        return _begun(ufunc, a, initial, axis=axis, keepdims=keepdims, where=where)

    general(
        function, push=push, pull=pull, domain=REAL, kinks="elements that are equal share equally"
    )
    define(function, body)
    selection(function, chosen)


for _function in (np.max, np.amax):
    _extreme(_function, np.maximum, nans=True)
for _function in (np.min, np.amin):
    _extreme(_function, np.minimum, nans=True)
_extreme(np.nanmax, np.fmax, nans=False)
_extreme(np.nanmin, np.fmin, nans=False)


def _ptp(a: Any, axis: Any = None, out: Any = None, keepdims: bool = False) -> Any:
    return np.max(a, axis=axis, keepdims=keepdims) - np.min(a, axis=axis, keepdims=keepdims)


composite(np.ptp, _ptp, exact=True, domain=REAL, kinks="elements that are equal share equally")
