"""What the rules of eigenvalues, singular values and their vectors have in common.

Vectors of repeated values are not functions of the matrix. Plain tangents and cotangents
get nan for them, and whoever uses the values alone never meets it. Where it reaches a
result the sweep runs again, with traced numbers that know what is structurally zero; if
nan is left then, the derivative is a limit (`adkit.common.ops.separation`) or refused.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from adkit.common.ops.separation import equal, meet, note
from adkit.common.registry import elementary
from adkit.common.shapes import dtype_of, matrix_transpose
from adkit.common.verbs import constant

__all__ = [
    "ADDED",
    "VECTORS",
    "adjoint",
    "conjugate",
    "diagonal",
    "diagonal_matrix",
    "over_gaps",
    "repeated",
    "scaled",
    "symmetrised",
    "vanishing",
]

VECTORS = (
    "vectors of repeated eigenvalues, or of repeated or zero singular values, have no derivative"
)
ADDED = "the singular vectors that full_matrices=True adds have no derivative"


def adjoint(x: Any) -> Any:
    """Return the conjugate transpose."""
    return conjugate(matrix_transpose(x))


def conjugate(x: Any) -> Any:
    """Return the complex conjugate."""
    return np.conjugate(x) if dtype_of(x).kind == "c" else x


def symmetrised(x: Any) -> Any:
    """Return the symmetric (Hermitian) part."""
    return (x + adjoint(x)) / 2


def diagonal(x: Any) -> Any:
    """Return the real part of the diagonal."""
    return np.real(np.diagonal(x, axis1=-2, axis2=-1))


def diagonal_matrix(x: Any) -> Any:
    """Return matrices with the given diagonals."""
    return x[..., None] * np.eye(x.shape[-1], dtype=dtype_of(x))


def scaled(x: Any, factor: Any, refused: Any, what: str = VECTORS) -> Any:
    """Return ``x * factor``; it has no derivative where `refused`."""
    if not np.any(refused):
        meet(x, factor)
        return x * factor
    note(
        what,
        "the values have one, and with full_matrices=False vectors of distinct values",
    )
    return x * np.where(refused, np.nan, factor)


@elementary
def repeated(values: Any) -> Any:
    """Return which pairs of values are equal up to rounding.

    Parameters
    ----------
    values : array of shape (..., n)

    Returns
    -------
    array of bool, of shape (..., n, n)
        False on the diagonal.

    Examples
    --------
    >>> import numpy as np
    >>> repeated(np.array([1.0, 1.0, 2.0]))[0]
    array([False,  True, False])
    """
    return equal(values, values[..., None, :]) & ~np.eye(values.shape[-1], dtype=bool)


@elementary
def vanishing(values: Any) -> Any:
    """Return which values are zero up to rounding, relative to the largest.

    Parameters
    ----------
    values : array of shape (..., n)

    Returns
    -------
    array of bool

    Examples
    --------
    >>> import numpy as np
    >>> vanishing(np.array([1.0, 1e-17]))
    array([False,  True])
    """
    return equal(values, np.zeros((1, 1), values.dtype))[..., 0]


def over_gaps(x: Any, values: Any) -> Any:
    """Return x[i, j] / (values[j] - values[i]), and 0 on the diagonal."""
    same = np.eye(values.shape[-1], dtype=bool)
    twice = repeated(values)
    gaps = values[..., None, :] - values[..., :, None]
    return scaled(x, np.where(same, 0, 1 / np.where(same | twice, 1, gaps)), twice)


constant(repeated, vanishing)  # at the end: declaring reads other families, which import this one
