"""Cholesky and QR factorisations.

Of a symmetric (or complex Hermitian) matrix Cholesky reads one triangle. The derivative is
that of the symmetrised matrix: tangents are symmetrised before, and cotangents after.
"""

from __future__ import annotations

import functools
from typing import Any

import numpy as np

from adkit.common.errors import MissingRuleError, NoDerivativeError
from adkit.common.ops.spectra import adjoint, conjugate, scaled, symmetrised
from adkit.common.registry import elementary
from adkit.common.shapes import dtype_of, matrix_transpose
from adkit.common.verbs import composite, general

# ---------------------------------------------------------------- Cholesky

#: Up to this many rows a factor is pulled back in one piece.
_WHOLE = 64


def _lower_half(x: Any) -> Any:
    """Return the lower triangle with half of the diagonal."""
    size, dtype = x.shape[-1], np.finfo(dtype_of(x)).dtype
    return x * (_kept_triangle if size <= _WHOLE else _halved_triangle)(size, dtype)


def _halved_triangle(size: int, dtype: Any) -> Any:
    """Return ones below the diagonal and 0.5 on it."""
    half = np.tri(size, dtype=dtype)
    np.fill_diagonal(half, 0.5)
    half.flags.writeable = False
    return half


_kept_triangle = functools.lru_cache(maxsize=16)(_halved_triangle)


def _cholesky_push(t: Any, ans: Any, a: Any, *, upper: bool = False) -> Any:
    factor = adjoint(ans) if upper else ans
    inverse = np.linalg.inv(factor)
    change = factor @ _lower_half(inverse @ symmetrised(t) @ adjoint(inverse))
    return adjoint(change) if upper else change


def _cholesky_pull(ct: Any, ans: Any, a: Any, *, upper: bool = False) -> Any:
    factor, ct = (adjoint(ans), matrix_transpose(ct)) if upper else (ans, conjugate(ct))
    return conjugate(_pulled_by_halves(ct, factor))


def _pulled_by_halves(ct: Any, factor: Any) -> Any:
    """Return the Hermitian cotangent of the matrix; halves of large factors one by one.

    That takes a third of the time at 300 rows: most of a factor's inverse is not needed.
    """
    size = factor.shape[-1]
    if size <= _WHOLE:
        inverse = np.linalg.inv(factor)
        return symmetrised(adjoint(inverse) @ _lower_half(adjoint(factor) @ ct) @ inverse)
    first, last = slice(size // 2), slice(size // 2, None)
    above, beside = factor[..., first, first], factor[..., last, first]
    below = _pulled_by_halves(ct[..., last, last], factor[..., last, last])
    left = (ct[..., last, first] - 2 * (below @ beside)) @ np.linalg.inv(above)
    corner = _pulled_by_halves(ct[..., first, first] - adjoint(left) @ beside, above)
    left = left * 0.5
    rows = (corner, adjoint(left)), (left, below)
    return np.concatenate([np.concatenate(row, axis=-1) for row in rows], axis=-2)


general(
    np.linalg.cholesky,
    push=_cholesky_push,
    pull=_cholesky_pull,
    kinks="the derivative of the symmetrised argument",
    source="Murray (2016), 'Differentiation of the Cholesky decomposition', equations 8 and 10",
)

# ---------------------------------------------------------------- QR

# With c = q* da inv(r), of the square part of r: c = q* dq + dr inv(r), where the first is
# skew-Hermitian and the second upper triangular with a real diagonal.

_ADDED = "the columns that mode='complete' adds to Q have no derivative"


@elementary
def orthonormalised(a: Any) -> Any:
    """Return the reduced QR factorisation as `numpy.linalg.qr`.

    Parameters
    ----------
    a : array of shape (..., m, n)

    Returns
    -------
    named tuple of arrays

    Examples
    --------
    >>> import numpy as np
    >>> orthonormalised(np.eye(3, 2)).R.shape
    (2, 2)
    """
    return np.linalg.qr(a)


def _square(x: Any, r: Any) -> Any:
    """Return as many columns of `x` as `r` has rows."""
    return x[..., : r.shape[-2]]


def _inverse(r: Any) -> Any:
    """Return the inverse of the square part of `r`."""
    square = _square(r, r)
    size = np.abs(np.diagonal(square, axis1=-2, axis2=-1))
    limits = max(r.shape[-2:]) * np.finfo(size.dtype).eps * size.max(-1, initial=0, keepdims=True)
    if np.any(size <= limits):
        raise NoDerivativeError(
            "ADK504",
            "numpy.linalg.qr of a matrix whose first columns are dependent has no derivative",
            instead="the singular values have one",
        )
    return np.linalg.inv(square)


def _turning(c: Any) -> Any:
    """Return the skew-Hermitian part of `c`, of which the rest is upper triangular."""
    below = c * np.tri(c.shape[-1], k=-1, dtype=np.finfo(dtype_of(c)).dtype)
    turning = below - adjoint(below)
    if dtype_of(c).kind == "c":
        return turning + c * np.eye(c.shape[-1]) - symmetrised(c * np.eye(c.shape[-1]))
    return turning


def _qr_push(t: Any, ans: Any, a: Any) -> Any:
    q, r = ans
    inside = adjoint(q) @ t
    inverse = _inverse(r)
    turning = _turning(_square(inside, r) @ inverse)
    dq = q @ turning
    if q.shape[-2] > q.shape[-1]:
        dq = dq + (t - q @ inside) @ inverse
    return dq, inside - turning @ r


def _qr_pull(ct: Any, ans: Any, a: Any) -> Any:
    of_q, of_r = (conjugate(c) for c in ct)
    q, r = ans
    inverse = adjoint(_inverse(r))
    of_turning = _turned(adjoint(q) @ of_q - of_r @ adjoint(r)) @ inverse
    if q.shape[-2] > q.shape[-1]:
        of_inside, beyond = of_turning, (of_q - q @ (adjoint(q) @ of_q)) @ inverse
    else:
        of_inside, beyond = of_turning, 0
    change = q @ of_inside + beyond
    wider = r.shape[-1] - r.shape[-2]
    if wider:
        zeros = np.zeros((*np.shape(change)[:-1], wider), dtype_of(change))
        change = np.concatenate([change, zeros], axis=-1)
    return conjugate(change + q @ of_r)


def _turned(x: Any) -> Any:
    """Return the transpose of `_turning`, applied to a conjugate cotangent."""
    below = (x - adjoint(x)) * np.tri(x.shape[-1], k=-1, dtype=np.finfo(dtype_of(x)).dtype)
    if dtype_of(x).kind == "c":
        return below + x * np.eye(x.shape[-1]) - symmetrised(x * np.eye(x.shape[-1]))
    return below


general(
    orthonormalised,
    push=_qr_push,
    pull=_qr_pull,
    kinks="NoDerivativeError for dependent columns",
    source="Walter, Lehmann and Lamour (2012), 'On evaluating higher-order derivatives of the QR "
    "decomposition of tall matrices with full column rank'",
)


@elementary
def _added_columns(q: Any, count: int) -> Any:
    """Return columns that complete a basis; they have no derivative."""
    return np.zeros((*q.shape[:-1], count), q.dtype)


def _added_push(t: Any, q: Any, count: int) -> Any:
    total = np.sum(t, axis=(-2, -1), keepdims=True)
    return scaled(total, 1, np.ones((q.shape[-2], count), bool), _ADDED)


def _added_pull(ct: Any, q: Any, count: int) -> Any:
    total = np.sum(ct, axis=(-2, -1), keepdims=True)
    return scaled(total, 1, np.ones(q.shape[-2:], bool), _ADDED)


general(_added_columns, push=_added_push, pull=_added_pull, kinks="NoDerivativeError")


def _qr(a: Any, mode: str = "reduced") -> Any:
    if mode == "raw":
        raise MissingRuleError(
            "ADK401",
            "numpy.linalg.qr with mode='raw' returns reflectors, which have no derivative rule",
            instead="use mode='reduced'",
        )
    q, r = orthonormalised(a)
    if mode in ("r", "economic"):
        return r
    missing = q.shape[-2] - q.shape[-1]
    if mode == "complete" and missing:
        q = np.concatenate([q, _added_columns(q, missing)], axis=-1)
        zeros = np.zeros((*r.shape[:-2], missing, r.shape[-1]), r.dtype)
        r = np.concatenate([r, zeros], axis=-2)
    return q, r


composite(
    np.linalg.qr,
    _qr,
    kinks="NoDerivativeError for dependent columns, and for the columns that mode='complete' adds "
    "to Q",
)
