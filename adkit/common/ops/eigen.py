"""Eigenvalues and eigenvectors.

Of a symmetric (or complex Hermitian) matrix NumPy reads one triangle. The derivative is
that of the symmetrised matrix: tangents are symmetrised before, and cotangents after.
Eigenvectors are free up to a phase; a change of one is orthogonal to it.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from adkit.common.errors import NoDerivativeError
from adkit.common.ops.separation import separated, turned
from adkit.common.ops.spectra import (
    adjoint,
    conjugate,
    diagonal,
    diagonal_matrix,
    over_gaps,
    symmetrised,
)
from adkit.common.registry import elementary
from adkit.common.shapes import is_nothing, matrix_transpose
from adkit.common.verbs import composite, constant, general

_KINKS = (
    "NoDerivativeError for eigenvectors of repeated eigenvalues; smooth functions of the matrix "
    "have their derivatives there too"
)
_GILES = "Giles (2008), section 3.1"

# ---------------------------------------------------------------- of Hermitian matrices


@elementary
def hermitian_eigenvectors(a: Any, UPLO: Any = "L") -> Any:
    """Return eigenvalues and eigenvectors as `numpy.linalg.eigh`, separable where equal.

    Parameters
    ----------
    a : array of shape (..., n, n)
    UPLO : str

    Returns
    -------
    named tuple of arrays

    Examples
    --------
    >>> import numpy as np
    >>> hermitian_eigenvectors(np.eye(2)).eigenvalues
    array([1., 1.])
    """
    result: Any = np.linalg.eigh(a, UPLO)
    w, v = result
    rotation = turned(w)
    return result if rotation is None else type(result)(separated(w), v @ rotation)


@elementary
def hermitian_eigenvalues(a: Any, UPLO: Any = "L") -> Any:
    """Return eigenvalues as `numpy.linalg.eigvalsh`, separable where equal.

    Parameters
    ----------
    a : array of shape (..., n, n)
    UPLO : str

    Returns
    -------
    array

    Examples
    --------
    >>> import numpy as np
    >>> hermitian_eigenvalues(np.eye(2))
    array([1., 1.])
    """
    return separated(np.linalg.eigvalsh(a, UPLO))


def _eigh_push(t: Any, ans: Any, a: Any, UPLO: str = "L") -> Any:
    w, v = ans
    change = adjoint(v) @ symmetrised(t) @ v
    return diagonal(change), v @ over_gaps(change, w)


def _eigh_pull(ct: Any, ans: Any, a: Any, UPLO: str = "L") -> Any:
    of_w, of_v = ct
    w, v = ans
    middle = diagonal_matrix(of_w)
    if not is_nothing(of_v):
        middle = middle + over_gaps(adjoint(v) @ conjugate(of_v), w)
    return conjugate(symmetrised(v @ middle @ adjoint(v)))


def _eigvalsh_push(t: Any, a: Any, UPLO: str = "L") -> Any:
    v = hermitian_eigenvectors(a, UPLO)[1]
    return diagonal(adjoint(v) @ symmetrised(t) @ v)


def _eigvalsh_pull(ct: Any, a: Any, UPLO: str = "L") -> Any:
    v = hermitian_eigenvectors(a, UPLO)[1]
    return conjugate(symmetrised((v * ct[..., None, :]) @ adjoint(v)))


general(hermitian_eigenvectors, push=_eigh_push, pull=_eigh_pull, kinks=_KINKS, source=_GILES)
general(hermitian_eigenvalues, push=_eigvalsh_push, pull=_eigvalsh_pull, source=_GILES)
composite(np.linalg.eigh, hermitian_eigenvectors, operands=0, kinks=_KINKS)
composite(np.linalg.eigvalsh, hermitian_eigenvalues, operands=0)

# ---------------------------------------------------------------- of any matrix


@elementary
def eigenvectors(a: Any) -> Any:
    """Return eigenvalues and eigenvectors as `numpy.linalg.eig`, separable where equal.

    Parameters
    ----------
    a : array of shape (..., n, n)

    Returns
    -------
    named tuple of arrays
        Real if all eigenvalues are.

    Examples
    --------
    >>> import numpy as np
    >>> eigenvectors(np.eye(2)).eigenvalues
    array([1., 1.])
    """
    result: Any = np.linalg.eig(a)
    w, v = result
    rotation = turned(w)
    if rotation is None:
        return result
    v = v @ rotation
    return type(result)(separated(w), v / np.linalg.norm(v, axis=-2, keepdims=True))


@elementary
def eigenvalues(a: Any) -> Any:
    """Return eigenvalues as `numpy.linalg.eigvals`, separable where equal.

    Parameters
    ----------
    a : array of shape (..., n, n)

    Returns
    -------
    array
        Real if all eigenvalues are.

    Examples
    --------
    >>> import numpy as np
    >>> eigenvalues(np.eye(2))
    array([1., 1.])
    """
    return separated(np.linalg.eigvals(a))


@elementary
def _is_basis(v: Any) -> Any:
    """Return whether unit vectors are independent: the smallest singular value is not tiny."""
    if v.shape[-1] == 0:
        return np.True_
    smallest = np.linalg.svd(v, compute_uv=False)[..., -1]
    return np.all(smallest > np.finfo(v.dtype).eps ** 0.5)


constant(_is_basis)


def _dual_basis(v: Any) -> Any:
    """Return the inverse of a matrix of eigenvectors."""
    if not _is_basis(v):
        raise NoDerivativeError(
            "ADK503",
            "eigenvalues of a defective matrix, which has no basis of eigenvectors, have no "
            "derivative",
            instead="the determinant, the trace and powers of the matrix have one",
        )
    return np.linalg.inv(v)


def _eig_push(t: Any, ans: Any, a: Any) -> Any:
    w, v = ans
    change = _dual_basis(v) @ t @ v
    turned = v @ over_gaps(change, w)
    along = np.sum(conjugate(v) * turned, axis=-2, keepdims=True)
    return np.diagonal(change, axis1=-2, axis2=-1), turned - v * along


def _eig_pull(ct: Any, ans: Any, a: Any) -> Any:
    of_w, of_v = ct
    w, v = ans
    middle = diagonal_matrix(of_w)
    if not is_nothing(of_v):
        across = of_v - conjugate(v) * np.sum(of_v * v, axis=-2, keepdims=True)
        middle = middle + over_gaps(matrix_transpose(v) @ across, w)
    return matrix_transpose(_dual_basis(v)) @ middle @ matrix_transpose(v)


def _eigvals_push(t: Any, a: Any) -> Any:
    v = eigenvectors(a)[1]
    return np.sum(matrix_transpose(_dual_basis(v)) * (t @ v), axis=-2)


def _eigvals_pull(ct: Any, a: Any) -> Any:
    v = eigenvectors(a)[1]
    return (matrix_transpose(_dual_basis(v)) * ct[..., None, :]) @ matrix_transpose(v)


_DEFECTIVE = f"{_KINKS}; NoDerivativeError for defective matrices"

general(eigenvectors, push=_eig_push, pull=_eig_pull, kinks=_DEFECTIVE, source=_GILES)
general(eigenvalues, push=_eigvals_push, pull=_eigvals_pull, kinks=_DEFECTIVE, source=_GILES)
composite(np.linalg.eig, eigenvectors, operands=0, kinks=_DEFECTIVE)
composite(np.linalg.eigvals, eigenvalues, operands=0, kinks=_DEFECTIVE)
