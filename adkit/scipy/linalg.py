"""Functions of `scipy.linalg`: solvers, their factorisations, functions of matrices, structure.

Where SciPy reads one triangle of a matrix only, the other has no derivative. Options that
allow arguments to be overwritten are taken and not used: a derivative may need them.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from adkit.common.errors import MissingRuleError
from adkit.common.optional import optional
from adkit.common.registry import elementary
from adkit.common.shapes import matrix_transpose
from adkit.common.values import value
from adkit.common.verbs import composite, general
from adkit.scipy.matrices import as_rows, block_diag, expm, logm, row_order, sqrtm, toeplitz

__all__ = [
    "block_diag",
    "cho_factor",
    "cho_solve",
    "expm",
    "logm",
    "lu_factor",
    "lu_solve",
    "solve",
    "solve_triangular",
    "sqrtm",
    "toeplitz",
]

linalg = optional("scipy.linalg", "scipy")

# ---------------------------------------------------------------- the matrix that is read


def _mirrored(a: Any, lower: bool, conjugated: bool) -> Any:
    """Return the symmetric or Hermitian matrix of one triangle."""
    triangle = np.tril(a, -1) if lower else np.triu(a, 1)
    other = matrix_transpose(triangle)
    diagonal = np.diagonal(a, axis1=-2, axis2=-1)
    if conjugated and np.iscomplexobj(a):
        other, diagonal = np.conjugate(other), np.real(diagonal)
    return triangle + other + diagonal[..., None] * np.eye(a.shape[-1], dtype=diagonal.dtype)


def _read(a: Any, assume_a: str | None, lower: bool) -> Any:
    """Return the matrix that `solve` takes `a` for."""
    if assume_a in ("pos", "positive definite", "her", "hermitian"):
        return _mirrored(a, lower, conjugated=True)
    if assume_a in ("sym", "symmetric"):
        return _mirrored(a, lower, conjugated=False)
    if assume_a == "upper triangular":
        return np.triu(a)
    if assume_a == "lower triangular":
        return np.tril(a)
    if assume_a == "diagonal":
        return np.tril(np.triu(a))
    if assume_a == "tridiagonal":
        return np.tril(np.triu(a, -1), 1)
    return a


# ---------------------------------------------------------------- systems


@elementary
def solve(
    a: Any,
    b: Any,
    lower: bool = False,
    overwrite_a: bool = False,
    overwrite_b: bool = False,
    check_finite: bool = True,
    assume_a: str | None = None,
    transposed: bool = False,
) -> Any:
    """Solve ``a @ x = b``, as `scipy.linalg.solve` does.

    Parameters
    ----------
    a, b : array
        Matrix and right-hand side.
    lower : bool
        Which triangle is read where `assume_a` says that one is enough.
    overwrite_a, overwrite_b : bool
        Not used.
    check_finite : bool
        Whether infinite numbers and nan are refused.
    assume_a : str, optional
        What kind of matrix `a` is.
    transposed : bool
        Whether ``a.T @ x = b`` is solved.

    Examples
    --------
    >>> import adkit, numpy as np
    >>> a = np.array([[2.0, 0.0], [0.0, 4.0]])
    >>> adkit.jacobian(lambda b: solve(a, b, assume_a="pos"))(np.ones(2))
    array([[0.5 , 0.  ],
           [0.  , 0.25]])
    """
    given = {} if assume_a is None else {"assume_a": assume_a}  # its default depends on SciPy
    return linalg.solve(
        a, b, lower=lower, check_finite=check_finite, transposed=transposed, **given
    )


def _solve(
    a: Any,
    b: Any,
    lower: bool = False,
    overwrite_a: bool = False,
    overwrite_b: bool = False,
    check_finite: bool = True,
    assume_a: str | None = None,
    transposed: bool = False,
) -> Any:
    matrix = _read(a, assume_a, lower)
    return np.linalg.solve(matrix_transpose(matrix) if transposed else matrix, b)


composite(solve, _solve, operands=2, kinks="the triangle that is not read has derivative 0")


@elementary
def solve_triangular(
    a: Any,
    b: Any,
    trans: int | str = 0,
    lower: bool = False,
    unit_diagonal: bool = False,
    overwrite_b: bool = False,
    check_finite: bool = True,
) -> Any:
    """Solve a triangular system, as `scipy.linalg.solve_triangular` does.

    Parameters
    ----------
    a, b : array
        Matrix, of which one triangle is read, and right-hand side.
    trans : {0, 1, 2, 'N', 'T', 'C'}
        Whether the matrix is transposed, or conjugated too.
    lower : bool
        Which triangle is read.
    unit_diagonal : bool
        Whether the diagonal is taken to be 1.
    overwrite_b : bool
        Not used.
    check_finite : bool
        Whether infinite numbers and nan are refused.

    Examples
    --------
    >>> import adkit, numpy as np
    >>> a = np.array([[2.0, 0.0], [2.0, 1.0]])
    >>> adkit.jacobian(lambda b: solve_triangular(a, b, lower=True))(np.ones(2))
    array([[ 0.5,  0. ],
           [-1. ,  1. ]])
    """
    return linalg.solve_triangular(
        a, b, trans=trans, lower=lower, unit_diagonal=unit_diagonal, check_finite=check_finite
    )


def _solve_triangular(
    a: Any,
    b: Any,
    trans: int | str = 0,
    lower: bool = False,
    unit_diagonal: bool = False,
    overwrite_b: bool = False,
    check_finite: bool = True,
) -> Any:
    inside = 1 if unit_diagonal else 0
    matrix = np.tril(a, -inside) if lower else np.triu(a, inside)
    if unit_diagonal:
        matrix = matrix + np.eye(a.shape[-1], dtype=a.dtype)
    return np.linalg.solve(_turned(matrix, trans), b)


def _turned(matrix: Any, trans: int | str) -> Any:
    """Return a matrix, its transpose, or its conjugate transpose."""
    if trans in (0, "N"):
        return matrix
    turned = matrix_transpose(matrix)
    return np.conjugate(turned) if trans in (2, "C") and np.iscomplexobj(matrix) else turned


composite(
    solve_triangular,
    _solve_triangular,
    operands=2,
    kinks="the triangle that is not read has derivative 0",
)

# ---------------------------------------------------------------- Cholesky


@elementary
def _cholesky(a: Any, lower: bool, check_finite: bool) -> Any:
    return linalg.cho_factor(a, lower=lower, check_finite=check_finite)[0]


def _cholesky_and_rest(a: Any, lower: bool, check_finite: bool) -> Any:
    """Return the factor in one triangle; SciPy leaves the other as it was."""
    factor = np.linalg.cholesky(_mirrored(a, lower, conjugated=True))
    if lower:
        return factor + np.triu(a, 1)
    return _turned(factor, 2) + np.tril(a, -1)


composite(_cholesky, _cholesky_and_rest)


def cho_factor(
    a: Any, lower: bool = False, overwrite_a: bool = False, check_finite: bool = True
) -> tuple[Any, bool]:
    """Return the Cholesky factor of a matrix, as `scipy.linalg.cho_factor` does.

    Parameters
    ----------
    a : array
        Positive definite matrix, of which one triangle is read.
    lower : bool
        Which triangle is read, and holds the factor.
    overwrite_a : bool
        Not used.
    check_finite : bool
        Whether infinite numbers and nan are refused.

    Examples
    --------
    >>> import adkit, numpy as np
    >>> adkit.grad(lambda a: cho_factor(a)[0][0, 0])(np.eye(2) * 4)
    array([[0.25, 0.  ],
           [0.  , 0.  ]])
    """
    return _cholesky(a, lower, check_finite), lower


def cho_solve(
    c_and_lower: Any, b: Any, overwrite_b: bool = False, check_finite: bool = True
) -> Any:
    """Solve a system by the factor that `cho_factor` made, as `scipy.linalg.cho_solve` does.

    Parameters
    ----------
    c_and_lower : tuple
        What `cho_factor` returned.
    b : array
        Right-hand side.
    overwrite_b : bool
        Not used.
    check_finite : bool
        Whether infinite numbers and nan are refused.

    Examples
    --------
    >>> import adkit, numpy as np
    >>> factor = cho_factor(np.eye(2) * 4)
    >>> adkit.grad(lambda b: cho_solve(factor, b)[0])(np.ones(2))
    array([0.25, 0.  ])
    """
    factor, lower = c_and_lower
    return _by_cholesky(factor, b, lower, check_finite)


@elementary
def _by_cholesky(c: Any, b: Any, lower: bool, check_finite: bool) -> Any:
    return linalg.cho_solve((c, lower), b, check_finite=check_finite)


def _two_triangles(c: Any, b: Any, lower: bool, check_finite: bool) -> Any:
    first, second = (0, 2) if lower else (2, 0)
    halfway = solve_triangular(c, b, first, lower, check_finite=False)
    return solve_triangular(c, halfway, second, lower, check_finite=False)


composite(_by_cholesky, _two_triangles, operands=2)

# ---------------------------------------------------------------- LU


@elementary
def _lu(a: Any, check_finite: bool) -> Any:
    return linalg.lu_factor(a, check_finite=check_finite)[0]


def _unit_lower(lu: Any) -> Any:
    return np.tril(lu, -1) + np.eye(lu.shape[-1], dtype=lu.dtype)


def _lu_push(t: Any, ans: Any, a: Any, check_finite: bool) -> Any:
    """Split ``inv(l) dp inv(u)`` into triangles; ``p`` is `a` with its rows exchanged."""
    if a.shape[-1] != a.shape[-2]:
        raise MissingRuleError(
            "ADK403",
            f"scipy.linalg.lu_factor of a matrix of shape {a.shape} has no derivative rule",
            instead="factorise a square one",
        )
    order = row_order(linalg.lu_factor(value(a), check_finite=check_finite)[1])
    lower, upper = _unit_lower(ans), np.triu(ans)
    exchanged = np.take_along_axis(t, as_rows(order, t), axis=-2)
    middle = np.linalg.solve(lower, exchanged)
    middle = matrix_transpose(np.linalg.solve(matrix_transpose(upper), matrix_transpose(middle)))
    return lower @ np.tril(middle, -1) + np.triu(middle) @ upper


general(
    _lu,
    push=_lu_push,
    source="Giles (2008), by differentiating the product of the factors",
    kinks="jumps where another pivot becomes the largest",
)


def lu_factor(a: Any, overwrite_a: bool = False, check_finite: bool = True) -> tuple[Any, Any]:
    """Return the LU factors of a square matrix, as `scipy.linalg.lu_factor` does.

    Parameters
    ----------
    a : array
        Square matrix.
    overwrite_a : bool
        Not used.
    check_finite : bool
        Whether infinite numbers and nan are refused.

    Examples
    --------
    >>> import adkit, numpy as np
    >>> adkit.grad(lambda a: lu_factor(a)[0][1, 0])(np.array([[2.0, 1.0], [1.0, 3.0]]))
    array([[-0.25,  0.  ],
           [ 0.5 ,  0.  ]])
    """
    return _lu(a, check_finite), linalg.lu_factor(value(a), check_finite=check_finite)[1]


def lu_solve(
    lu_and_piv: Any,
    b: Any,
    trans: int = 0,
    overwrite_b: bool = False,
    check_finite: bool = True,
) -> Any:
    """Solve a system by the factors that `lu_factor` made, as `scipy.linalg.lu_solve` does.

    Parameters
    ----------
    lu_and_piv : tuple
        What `lu_factor` returned.
    b : array
        Right-hand side.
    trans : {0, 1, 2}
        Whether the matrix is transposed, or conjugated too.
    overwrite_b : bool
        Not used.
    check_finite : bool
        Whether infinite numbers and nan are refused.

    Examples
    --------
    >>> import adkit, numpy as np
    >>> factors = lu_factor(np.eye(2) * 4)
    >>> adkit.grad(lambda b: lu_solve(factors, b)[0])(np.ones(2))
    array([0.25, 0.  ])
    """
    lu, pivots = lu_and_piv
    return _by_lu(lu, b, value(pivots), trans, check_finite)


@elementary
def _by_lu(lu: Any, b: Any, pivots: Any, trans: int, check_finite: bool) -> Any:
    return linalg.lu_solve((lu, pivots), b, trans=trans, check_finite=check_finite)


def _by_product(lu: Any, b: Any, pivots: Any, trans: int, check_finite: bool) -> Any:
    back = np.argsort(row_order(pivots))
    product = _unit_lower(lu) @ np.triu(lu)
    matrix = np.take_along_axis(product, as_rows(back, product), axis=-2)
    return np.linalg.solve(_turned(matrix, trans), b)


composite(_by_lu, _by_product, operands=2)
