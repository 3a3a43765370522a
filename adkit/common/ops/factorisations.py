"""Factorisations of symmetric (or complex Hermitian) matrices.

NumPy reads one triangle of its argument. The derivative is that of the
symmetrised one: tangents are symmetrised before, and cotangents after.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from adkit.common.errors import NoDerivativeError
from adkit.common.registry import composite, constant, elementary, general
from adkit.common.shapes import dtype_of, is_passive, matrix_transpose


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

# ---------------------------------------------------------------- eigenvalues


@elementary
def _repeated(eigenvalues: Any) -> Any:
    """Return which pairs of eigenvalues are equal up to rounding."""
    size = eigenvalues.shape[-1]
    gaps = np.abs(eigenvalues[..., None, :] - eigenvalues[..., :, None])
    largest = np.max(np.abs(eigenvalues), axis=-1, initial=0)[..., None, None]
    tolerance = size * np.finfo(eigenvalues.dtype).eps * largest
    return (gaps <= tolerance) & ~np.eye(size, dtype=bool)


constant(_repeated)


def _inverse_gaps(eigenvalues: Any, *, refuse: bool) -> Any:
    """Return 1 / (w[j] - w[i]), and 0 on the diagonal.

    Where eigenvalues are repeated the eigenvectors have no derivative: that is
    refused, or leaves nan.
    """
    same = np.eye(eigenvalues.shape[-1], dtype=bool)
    repeated = _repeated(eigenvalues)
    if refuse and np.any(repeated):
        raise NoDerivativeError(
            "eigenvectors of repeated eigenvalues have no derivative",
            instead="the eigenvalues have one: numpy.linalg.eigvalsh",
        )
    gaps = eigenvalues[..., None, :] - eigenvalues[..., :, None]
    inverse = np.where(same, 0, 1 / np.where(same | repeated, 1, gaps))
    return np.where(repeated, np.nan, inverse) if np.any(repeated) else inverse


def _eigh_push(t: Any, ans: Any, a: Any, UPLO: str = "L") -> Any:
    w, v = ans
    change = _adjoint(v) @ _symmetrised(t) @ v
    # A plain tangent gets nan, so that eigenvalues alone can be used; where the nan
    # reaches a result the sweep runs again, with a traced tangent.
    rotation = _inverse_gaps(w, refuse=not is_passive(t)) * change
    return np.real(np.diagonal(change, axis1=-2, axis2=-1)), v @ rotation


def _eigh_pull(ct: Any, ans: Any, a: Any, UPLO: str = "L") -> Any:
    of_w, of_v = ct
    w, v = ans
    middle = of_w[..., None] * np.eye(w.shape[-1], dtype=w.dtype)
    if not is_passive(of_v) or np.any(of_v):
        middle = middle + _inverse_gaps(w, refuse=True) * (_adjoint(v) @ _conjugate(of_v))
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
