"""Factorisations: Cholesky, eigenvectors of symmetric matrices, singular vectors.

Of a symmetric (or complex Hermitian) matrix NumPy reads one triangle. The
derivative is that of the symmetrised matrix: tangents are symmetrised before,
and cotangents after.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from adkit.common.errors import NoDerivativeError
from adkit.common.registry import elementary
from adkit.common.shapes import dtype_of, is_passive, matrix_transpose
from adkit.common.verbs import composite, constant, general


def _adjoint(x: Any) -> Any:
    """Return the conjugate transpose."""
    x = matrix_transpose(x)
    return np.conjugate(x) if x.dtype.kind == "c" else x


def _conjugate(x: Any) -> Any:
    return np.conjugate(x) if x.dtype.kind == "c" else x


def _symmetrised(x: Any) -> Any:
    """Return the symmetric (Hermitian) part."""
    return (x + _adjoint(x)) / 2


# ---------------------------------------------------------------- Cholesky


def _lower_half(x: Any) -> Any:
    """Return the lower triangle with half of the diagonal."""
    size = x.shape[-1]
    half = np.tri(size, dtype=np.finfo(dtype_of(x)).dtype)
    half[range(size), range(size)] = 0.5
    return x * half


def _cholesky_push(t: Any, ans: Any, a: Any, *, upper: bool = False) -> Any:
    factor = _adjoint(ans) if upper else ans
    inverse = np.linalg.inv(factor)
    change = factor @ _lower_half(inverse @ _symmetrised(t) @ _adjoint(inverse))
    return _adjoint(change) if upper else change


def _cholesky_pull(ct: Any, ans: Any, a: Any, *, upper: bool = False) -> Any:
    factor, ct = (_adjoint(ans), matrix_transpose(ct)) if upper else (ans, _conjugate(ct))
    inverse = np.linalg.inv(factor)
    middle = _lower_half(_adjoint(factor) @ ct)
    return _conjugate(_symmetrised(_adjoint(inverse) @ middle @ inverse))


general(
    np.linalg.cholesky,
    push=_cholesky_push,
    pull=_cholesky_pull,
    kinks="the derivative of the symmetrised argument",
    source="Murray (2016), 'Differentiation of the Cholesky decomposition', equations 8 and 10",
)

# ---------------------------------------------------------------- eigenvectors and singular vectors

# Vectors of repeated values are not functions of the matrix. Plain tangents and
# cotangents get nan for them, and whoever uses the values alone never meets it.
# Where it reaches a result the sweep runs again, with traced numbers that know
# what is structurally zero; if nan is left then, the derivative is refused.


_VECTORS = (
    "vectors of repeated eigenvalues, or of repeated or zero singular values, have no derivative"
)
_ADDED = "the singular vectors that full_matrices=True adds have no derivative"


def _scaled(x: Any, factor: Any, refused: Any, what: str = _VECTORS) -> Any:
    """Return ``x * factor``; it has no derivative where `refused`."""
    if not np.any(refused):
        return x * factor
    product = x * np.where(refused, np.nan, factor)
    if not is_passive(x) and np.any((product != product) & refused):
        raise NoDerivativeError(
            "ADK501",
            what,
            instead="the values have one, and with full_matrices=False vectors of distinct values",
        )
    return product


@elementary
def _repeated(values: Any) -> Any:
    """Return which pairs of values are equal up to rounding."""
    gaps = np.abs(values[..., None, :] - values[..., :, None])
    size = values.shape[-1]
    return (gaps <= _rounding(values)[..., None]) & ~np.eye(size, dtype=bool)


@elementary
def _vanishing(values: Any) -> Any:
    """Return which values are zero up to rounding, relative to the largest."""
    return np.abs(values) <= _rounding(values)


def _rounding(values: Any) -> Any:
    largest = np.max(np.abs(values), axis=-1, initial=0, keepdims=True)
    return values.shape[-1] * np.finfo(values.dtype).eps * largest


constant(_repeated, _vanishing)


def _over_gaps(x: Any, values: Any) -> Any:
    """Return x[i, j] / (values[j] - values[i]), and 0 on the diagonal."""
    same = np.eye(values.shape[-1], dtype=bool)
    repeated = _repeated(values)
    gaps = values[..., None, :] - values[..., :, None]
    return _scaled(x, np.where(same, 0, 1 / np.where(same | repeated, 1, gaps)), repeated)


def _diagonal(x: Any) -> Any:
    return np.real(np.diagonal(x, axis1=-2, axis2=-1))


def _diagonal_matrix(x: Any) -> Any:
    return x[..., None] * np.eye(x.shape[-1], dtype=dtype_of(x))


def _is_zero(ct: Any) -> bool:
    """Return whether nothing depends on a result: its cotangent is plain zeros."""
    return is_passive(ct) and not np.any(ct)


# ---------------------------------------------------------------- eigh


def _eigh_push(t: Any, ans: Any, a: Any, UPLO: str = "L") -> Any:
    w, v = ans
    change = _adjoint(v) @ _symmetrised(t) @ v
    return _diagonal(change), v @ _over_gaps(change, w)


def _eigh_pull(ct: Any, ans: Any, a: Any, UPLO: str = "L") -> Any:
    of_w, of_v = ct
    w, v = ans
    middle = _diagonal_matrix(of_w)
    if not _is_zero(of_v):
        middle = middle + _over_gaps(_adjoint(v) @ _conjugate(of_v), w)
    return _conjugate(_symmetrised(v @ middle @ _adjoint(v)))


general(
    np.linalg.eigh,
    push=_eigh_push,
    pull=_eigh_pull,
    kinks="NoDerivativeError for eigenvectors of repeated eigenvalues; a change of an eigenvector "
    "is orthogonal to it; the derivative of the symmetrised argument",
    source="Giles (2008), section 3.1",
)
composite(np.linalg.eigvalsh, lambda a, UPLO="L": np.linalg.eigh(a, UPLO)[0])

# ---------------------------------------------------------------- svd

# With e = u* da v, p = u* du and q = v* dv (both skew): e = p s + ds - s q, so that
# p + q = (e + e*) / (s[j] - s[i]) and p - q = (e - e*) / (s[j] + s[i]).


def _svd_push(
    t: Any,
    ans: Any,
    a: Any,
    full_matrices: bool = True,
    compute_uv: bool = True,
    hermitian: bool = False,
) -> Any:
    t = _symmetrised(t) if hermitian else t
    if not compute_uv:
        u, s, vh = np.linalg.svd(a, full_matrices=False, hermitian=hermitian)
        return np.where(_vanishing(s), 0, _diagonal(_adjoint(u) @ t @ _adjoint(vh)))
    u, s, vh = _reduced(*ans)
    v = _adjoint(vh)
    e = _adjoint(u) @ t @ v
    both = _over_gaps(e + _adjoint(e), s)
    difference = _over_sums(e - _adjoint(e), s)
    du = u @ ((both + difference) / 2)
    dv = v @ ((both - difference) / 2)
    if _is_tall(u):
        du = du + _beyond(u, t @ v, s)
    if _is_tall(v):
        dv = dv + _beyond(v, _adjoint(t) @ u, s)
    ds = np.where(_vanishing(s), 0, _diagonal(e))
    u, vh = ans[0], ans[2]
    return _completed(du, u, t), ds, _adjoint(_completed(dv, matrix_transpose(vh), t))


def _svd_pull(
    ct: Any,
    ans: Any,
    a: Any,
    full_matrices: bool = True,
    compute_uv: bool = True,
    hermitian: bool = False,
) -> Any:
    if not compute_uv:
        ans = np.linalg.svd(a, full_matrices=False, hermitian=hermitian)
    u, s, vh = _reduced(*ans)
    of_u, of_s, of_vh = ct if compute_uv else (0, ct, 0)
    v = _adjoint(vh)
    middle = _diagonal_matrix(np.where(_vanishing(s), 0, of_s))
    change = 0
    if not (_is_zero(of_u) and _is_zero(of_vh)):
        of_u, of_v = _cut(_conjugate(of_u), u), _cut(matrix_transpose(of_vh), v)
        x, y = _adjoint(u) @ of_u, _adjoint(v) @ of_v
        both, difference = _over_gaps(x + y, s), _over_sums(x - y, s)
        middle = middle + (both + _adjoint(both) + difference - _adjoint(difference)) / 2
        if _is_tall(u):
            change = _beyond(u, of_u, s) @ vh
        if _is_tall(v):
            change = change + u @ _adjoint(_beyond(v, of_v, s))
    change = change + u @ middle @ vh
    return _conjugate(_symmetrised(change) if hermitian else change)


def _reduced(u: Any, s: Any, vh: Any) -> Any:
    """Return the singular vectors that belong to singular values."""
    count = s.shape[-1]
    return u[..., :, :count], s, vh[..., :count, :]


def _completed(du: Any, u: Any, t: Any) -> Any:
    """Return `du` with the columns that ``full_matrices`` adds to `u`; they have no derivative."""
    missing = u.shape[-1] - du.shape[-1]
    if missing == 0:
        return du
    total = np.sum(t, axis=(-2, -1), keepdims=True)
    return np.concatenate(
        [du, _scaled(total, 1, np.ones((u.shape[-2], missing), bool), _ADDED)], axis=-1
    )


def _cut(of_u: Any, u: Any) -> Any:
    """Return the cotangent of the columns of `u`; those that ``full_matrices`` adds have none."""
    more = of_u[..., u.shape[-1] :]
    of_u = of_u[..., : u.shape[-1]]
    if more.shape[-1] == 0 or _is_zero(more):
        return of_u
    return of_u + _scaled(
        np.sum(more, axis=(-2, -1), keepdims=True), 0, np.ones((1, 1), bool), _ADDED
    )


def _over_sums(x: Any, s: Any) -> Any:
    """Return x[i, j] / (s[i] + s[j])."""
    sums = s[..., None, :] + s[..., :, None]
    zero = _vanishing(s)
    both_zero = zero[..., None, :] & zero[..., :, None]
    return _scaled(x, 1 / np.where(both_zero, 1, sums), both_zero)


def _is_tall(u: Any) -> bool:
    """Return whether the columns of `u` span less than the whole space."""
    return bool(u.shape[-2] > u.shape[-1])


def _beyond(u: Any, x: Any, s: Any) -> Any:
    """Return the part of ``x / s`` outside the space of the columns of `u`."""
    zero = _vanishing(s)[..., None, :]
    outside = x - u @ (_adjoint(u) @ x)
    return _scaled(outside, 1 / np.where(zero, 1, s[..., None, :]), zero)


general(
    np.linalg.svd,
    push=_svd_push,
    pull=_svd_pull,
    kinks="NoDerivativeError for singular vectors of repeated or zero singular values, and for "
    "those that full_matrices adds; a singular value that is 0 has derivative 0",
    source="Giles (2008), section 3.2; Townsend (2016), 'Differentiating the singular value "
    "decomposition'",
)
composite(np.linalg.svdvals, lambda x: np.linalg.svd(x, compute_uv=False))
