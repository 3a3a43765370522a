"""Norms of vectors and matrices.

At zero a norm has no derivative; there it counts as locally constant.
"""

from __future__ import annotations

import functools
import operator
from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_tuple

from adkit.common.domains import Domain
from adkit.common.registry import define, dispatches, elementary
from adkit.common.shapes import Shape
from adkit.common.verbs import composite, general

_KINKS = "norm'(0) = 0; the kinks of abs, max, min and svd in those that use them"
_DOMAIN = Domain(kinks=(0.0,), holomorphic=False)

# ---------------------------------------------------------------- the Euclidean norm


def _euclidean(x: Any, axes: Shape) -> Any:
    """Return the 2-norm over axes counted from the end, which stay with length 1.

    It is right where squares of elements overflow or vanish.

    >>> _euclidean(np.array([3e200, 4e200]), (-1,))
    array([5.e+200])
    """
    with np.errstate(over="ignore", under="ignore"):
        squares = x.real * x.real + x.imag * x.imag if x.dtype.kind == "c" else x * x
        total = np.sum(squares, axis=axes, keepdims=True)
    limits = np.finfo(total.dtype)
    if np.all((total > limits.tiny / limits.eps) & (total < np.inf)):
        return np.sqrt(total)
    size = np.abs(x)
    largest = np.max(size, axis=axes, keepdims=True, initial=0)
    scaled = size / np.where((largest > 0) & (largest < np.inf), largest, 1)
    return largest * np.sqrt(np.sum(scaled * scaled, axis=axes, keepdims=True))


def _unit(x: Any, ans: Any, axes: Shape) -> Any:
    """Return the conjugate of `x` at length 1, zeros where it is zero, its limit at infinity."""
    regular = (ans != 0) & (ans != np.inf)
    if np.all(regular):
        unit = x / ans
    else:
        unit = np.where(regular, x / np.where(regular, ans, 1), 0)
        infinite = np.isinf(x)
        if np.any(infinite):  # no limit of several such elements
            alone = np.sum(infinite, axis=axes, keepdims=True) == 1
            limit = np.where(alone, np.where(infinite, np.sign(x), 0), np.nan)
            unit = np.where(ans == np.inf, limit, unit)
    return np.conjugate(unit) if x.dtype.kind == "c" else unit


@functools.cache
def _bounds(dtype: np.dtype[Any]) -> tuple[Any, Any]:
    """Return between which lengths nothing is lost by dividing by them, or by their squares."""
    limits = np.finfo(dtype)
    return limits.tiny**0.25, limits.max**0.25


def _are_moderate(lengths: Any) -> bool:
    low, high = _bounds(lengths.dtype)
    return bool(np.all((lengths > low) & (lengths < high)))


def _euclidean_pull(ct: Any, ans: Any, x: Any, axes: Shape) -> Any:
    """Divide the smaller of both first, where nothing can overflow or vanish by it."""
    divides = x.dtype.kind != "c" and _are_moderate(ans)
    return ct / ans * x if divides else ct * _unit(x, ans, axes)


def _euclidean_push(t: Any, ans: Any, x: Any, axes: Shape) -> Any:
    divides = x.dtype.kind != "c" and _are_moderate(ans)
    # a product with no name goes into the memory of its first factor
    change = np.sum((1 / ans * x if divides else _unit(x, ans, axes)) * t, axis=axes, keepdims=True)
    return np.real(change) if x.dtype.kind == "c" else change


euclidean = elementary(_euclidean)
general(
    euclidean,
    push=_euclidean_push,
    pull=_euclidean_pull,
    domain=_DOMAIN,
    kinks="norm'(0) = 0",
)

# ---------------------------------------------------------------- that norm by NumPy's functions


def _length(x: Any, function: Any, axes: Shape, keepdims: bool, options: dict[str, Any]) -> Any:
    """Return the 2-norm as a function of NumPy's computes it."""
    return function(x, **options)


def _restored(ct: Any, axes: Shape, keepdims: bool) -> Any:
    """Return a length, or a cotangent of it, so that it broadcasts with the vectors."""
    return ct if keepdims or np.ndim(ct) == 0 else np.expand_dims(ct, axes)


def _exact(ans: Any, x: Any, axes: Shape, keepdims: bool) -> Any:
    """Return lengths to divide by, right where NumPy's overflow or vanish."""
    return _restored(ans, axes, keepdims) if _are_moderate(ans) else euclidean(x, axes)


def _length_push(
    t: Any, ans: Any, x: Any, function: Any, axes: Shape, keepdims: bool, options: Any
) -> Any:
    change = _euclidean_push(t, _exact(ans, x, axes, keepdims), x, axes)
    return _finished(change, axes, keepdims)


def _length_pull(
    ct: Any, ans: Any, x: Any, function: Any, axes: Shape, keepdims: bool, options: Any
) -> Any:
    ct = _restored(ct, axes, keepdims)
    return _euclidean_pull(ct, _exact(ans, x, axes, keepdims), x, axes)


def _by_squares(x: Any, function: Any, axes: Shape, keepdims: bool, options: Any) -> Any:
    return _finished(_euclidean(x, axes), axes, keepdims)


length = elementary(_length)
general(length, push=_length_push, pull=_length_pull, domain=_DOMAIN, kinks="norm'(0) = 0")
define(length, _by_squares)

# ---------------------------------------------------------------- other vector norms


def _vector(x: Any, order: Any, axes: Shape) -> Any:
    """Return a vector norm over some axes, which stay with length 1."""
    if dispatches(order):  # differentiated: no order is special
        return np.sum(np.abs(x) ** order, axis=axes, keepdims=True) ** (1 / order)
    if order is None or order == 2:
        return euclidean(x, axes)
    if order == np.inf:
        return np.max(np.abs(x), axis=axes, keepdims=True)
    if order == -np.inf:
        return np.min(np.abs(x), axis=axes, keepdims=True)
    if order == 1:
        return np.sum(np.abs(x), axis=axes, keepdims=True)
    if order == 0:
        return np.sum(x != 0, axis=axes, keepdims=True)
    even = order % 2 == 0 and order > 0 and x.dtype.kind != "c"
    total = np.sum((x if even else np.abs(x)) ** order, axis=axes, keepdims=True)
    regular = total != 0
    return np.where(regular, np.where(regular, total, 1) ** (1 / order), 0)


def _matrix(x: Any, order: Any, axes: Shape) -> Any:
    """Return a matrix norm over two axes counted from the end, which stay with length 1."""
    if order in (None, "fro", "f"):
        return euclidean(x, axes)
    if order in (2, -2, "nuc"):
        # the derivative needs the vectors: they are computed once, with the values
        values = np.linalg.svd(np.moveaxis(x, axes, (-2, -1)), full_matrices=False)[1]
        r = np.sum(values, axis=-1) if order == "nuc" else values[..., 0 if order == 2 else -1]
        return np.expand_dims(r, tuple(sorted(axes)))
    rows, columns = axes if abs(order) == 1 else axes[::-1]
    sums = np.sum(np.abs(x), axis=rows, keepdims=True)
    pick = np.max if order > 0 else np.min
    return pick(sums, axis=columns, keepdims=True)


def _norm_by_order(
    x: Any, function: Any, axes: Shape, keepdims: bool, options: Any, flat: bool
) -> Any:
    return function(x, **options)


def _of_order(x: Any, function: Any, axes: Shape, keepdims: bool, options: Any, flat: bool) -> Any:
    if x.size == 0:  # whatever the order is
        return np.sum(np.abs(x), axis=axes, keepdims=keepdims)
    norm = _vector if flat else _matrix
    return _finished(norm(x, options["ord"], axes), axes, keepdims)


norm_by_order = elementary(_norm_by_order)
composite(norm_by_order, _of_order, domain=_DOMAIN, kinks=_KINKS)

# ---------------------------------------------------------------- NumPy's functions


def _norm(x: Any, ord: Any = None, axis: Any = None, keepdims: bool = False) -> Any:
    axes = _axes(axis, x.ndim)
    flat = len(axes) != 2 or (axis is None and ord is None)
    options = {"ord": ord, "axis": axis, "keepdims": keepdims}
    return _by(np.linalg.norm, x, axes, keepdims, options, flat)


def _vector_norm(x: Any, /, *, axis: Any = None, keepdims: bool = False, ord: Any = 2) -> Any:
    options = {"ord": ord, "axis": axis, "keepdims": keepdims}
    return _by(np.linalg.vector_norm, x, _axes(axis, x.ndim), keepdims, options, True)


def _matrix_norm(x: Any, /, *, keepdims: bool = False, ord: Any = "fro") -> Any:
    options = {"ord": ord, "keepdims": keepdims}
    return _by(np.linalg.matrix_norm, x, (-2, -1), keepdims, options, False)


def _by(
    function: Any, x: Any, axes: Shape, keepdims: bool, options: dict[str, Any], flat: bool
) -> Any:
    """Return the norm by a function of NumPy's, of vectors if they are `flat`, or matrices."""
    order = options["ord"]
    if dispatches(order):
        return _of_order(x, function, axes, keepdims, options, flat)
    if order is None or (order == 2 if flat else order in ("fro", "f")):
        return length(x, function, axes, keepdims, options)
    return norm_by_order(x, function, axes, keepdims, options, flat)


def _axes(axis: Any, ndim: int) -> Shape:
    """Return axes counted from the end; None means all."""
    if axis is None:
        return tuple(range(-ndim, 0))
    axis = axis if isinstance(axis, (tuple, list)) else operator.index(axis)
    return tuple(a - ndim for a in normalize_axis_tuple(axis, ndim))


def _finished(r: Any, axes: Shape, keepdims: bool) -> Any:
    return r if keepdims else np.squeeze(r, axis=axes)


for _function, _body in (
    (np.linalg.norm, _norm),
    (np.linalg.vector_norm, _vector_norm),
    (np.linalg.matrix_norm, _matrix_norm),
):
    composite(_function, _body, exact=True, domain=_DOMAIN, kinks=_KINKS)
