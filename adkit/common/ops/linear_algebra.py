"""Linear systems, inverses, determinants and powers of matrices.

The formulas are in M. Giles (2008), "Collected matrix derivative results for
forward and reverse mode algorithmic differentiation". Matrices may be complex:
cotangents pair without conjugation, so transposes are plain.
"""

from __future__ import annotations

import operator
from typing import Any

import numpy as np

from adkit.common.errors import NoDerivativeError
from adkit.common.registry import elementary
from adkit.common.shapes import align, is_passive, matrix_transpose, unbroadcast, zeros
from adkit.common.verbs import composite, constant, general

_GILES = "Giles (2008), section {}"

# ---------------------------------------------------------------- systems and inverses


def _solve_columns(a: Any, b: Any) -> Any:
    """Solve for matrices `b` that may have more leading axes than `a`.

    Those axes become further columns, so that each matrix is factorised once.
    """
    more = b.ndim - np.ndim(a)
    if more <= 0:
        return np.linalg.solve(a, b)
    behind = tuple(range(b.ndim - 1 - more, b.ndim - 1))
    columns = np.moveaxis(b, tuple(range(more)), behind)
    rows = columns.shape[: b.ndim - 1 - more]
    count = int(np.prod(columns.shape[len(rows) :]))
    solved = np.linalg.solve(a, np.reshape(columns, (*rows, count)))
    solved = np.reshape(solved, solved.shape[:-1] + columns.shape[len(rows) :])
    return np.moveaxis(solved, behind, tuple(range(more)))


def _as_columns(t: Any, b: Any) -> Any:
    """Return a vector as a matrix of one column; only 1-d right-hand sides are vectors."""
    return t[..., None] if np.ndim(b) == 1 else t


def _as_given(columns: Any, b: Any) -> Any:
    return columns[..., 0] if np.ndim(b) == 1 else columns


def _ranks(a: Any, b: Any) -> tuple[int, int, int]:
    """Return the ranks of the matrix, of the right-hand side as columns, and of the solution."""
    ranks = np.ndim(a), max(np.ndim(b), 2)
    return *ranks, max(ranks)


# A change of the matrix acts like the change -da @ x of the right-hand side.


def _change_by_a(t: Any, ans: Any, a: Any, b: Any) -> Any:
    rank, _, rank_of_solution = _ranks(a, b)
    return -(align(t, rank, rank_of_solution) @ _as_columns(ans, b))


def _change_by_b(t: Any, a: Any, b: Any) -> Any:
    _, rank, rank_of_solution = _ranks(a, b)
    return align(_as_columns(t, b), rank, rank_of_solution)


def _pulled_to_a(change: Any, ans: Any, a: Any, b: Any) -> Any:
    product = -change @ matrix_transpose(_as_columns(ans, b))
    return unbroadcast(product, a.shape, _ranks(a, b)[2])


def _pulled_to_b(change: Any, a: Any, b: Any) -> Any:
    shape = (*b.shape, 1) if b.ndim == 1 else b.shape
    return _as_given(unbroadcast(change, shape, _ranks(a, b)[2]), b)


general(
    np.linalg.solve,
    push=(_change_by_a, _change_by_b),
    pull=(_pulled_to_a, _pulled_to_b),
    after=(
        lambda change, a, b: _as_given(_solve_columns(a, change), b),
        lambda ct, a, b: _solve_columns(matrix_transpose(a), _as_columns(ct, b)),
    ),
    source=_GILES.format("2.3.1"),
)


def _inv_pull(ct: Any, ans: Any, a: Any) -> Any:
    transposed = matrix_transpose(ans)
    return -(transposed @ ct @ transposed)


general(
    np.linalg.inv,
    push=lambda t, ans, a: -(ans @ t @ ans),
    pull=_inv_pull,
    source=_GILES.format("2.2.3"),
)


def _matrix_power(a: Any, n: int) -> Any:
    """Multiply by repeated squaring."""
    n = operator.index(n)
    if n < 0:
        a, n = np.linalg.inv(a), -n
    if n == 0:
        return np.eye(a.shape[-1])  # a constant; NumPy's value is taken
    power = None
    while True:
        if n % 2:
            power = a if power is None else power @ a
        n //= 2
        if n == 0:
            return power
        a = a @ a


composite(np.linalg.matrix_power, _matrix_power)

# ---------------------------------------------------------------- determinants

# det has all its derivatives at singular matrices too: it is a polynomial. Its
# gradient is the cofactors, det(a) * inv(a).T where a is regular. Elsewhere a is
# bordered: with r = inv(a + u v), whose u and v fill the directions in which a is
# (nearly) singular, det(a) = det(a + u v) det(1 - v r u) is an identity between
# functions of a, and the small matrix 1 - v r u needs no division.


@elementary
def cofactors(a: Any, determinant: Any = None) -> Any:
    """Return the matrix of cofactors: the gradient of the determinant, of any matrix.

    Parameters
    ----------
    a : array of shape (..., n, n)
    determinant : array, optional
        That of `a`, where it is known.

    Returns
    -------
    array of shape (..., n, n)
        The transpose of the adjugate.

    Examples
    --------
    >>> import numpy as np
    >>> cofactors(np.array([[1.0, 2.0], [3.0, 6.0]])).round(12)
    array([[ 6., -3.],
           [-2.,  1.]])
    """
    if a.size == 0 or a.shape[-1] <= 2:
        return _small_cofactors(a)
    regular = _accurate_inverse(a, determinant)
    if regular is not None:
        determinant, inverse = regular
        return determinant[..., None, None] * matrix_transpose(inverse)
    known = np.isfinite(a).all(axis=(-2, -1), keepdims=True)
    u, s, vh = np.linalg.svd(np.where(known, a, 0))
    others = np.where(np.eye(a.shape[-1], dtype=bool), 1, s[..., None, :]).prod(-1)
    sign = np.linalg.det(u) * np.linalg.det(vh)
    result = sign[..., None, None] * np.conj((u * others[..., None, :]) @ vh)
    return np.where(known, result, np.nan)


def _small_cofactors(a: Any) -> Any:
    """Return the cofactors of matrices of at most two rows, which are linear."""
    if a.shape[-1] <= 1 or a.size == 0:
        return np.ones_like(a)
    return a[..., ::-1, ::-1] * np.array([[1, -1], [-1, 1]], a.dtype)


def _accurate_inverse(a: Any, determinant: Any = None) -> tuple[Any, Any] | None:
    """Return determinant and inverse if these have most of their digits, else None."""
    with np.errstate(all="ignore"):
        try:
            inverse = np.linalg.inv(a)
        except np.linalg.LinAlgError:
            return None
        determinant = np.linalg.det(a) if determinant is None else determinant
        size = np.abs(determinant)
        condition = _length(a) * _length(inverse)
    limit = np.finfo(a.dtype).eps ** (-1 / 3)
    accurate = (condition < limit) & (size > 0) & (size < np.inf)
    return (determinant, inverse) if accurate.all() else None


def _length(a: Any) -> Any:
    """Return the Frobenius norms of matrices, infinite where a square is too large."""
    elements = a.reshape((*a.shape[:-2], a.shape[-2] * a.shape[-1]))
    return np.sqrt(np.vecdot(elements, elements).real)


@elementary
def _bordering(a: Any) -> tuple[Any, Any, Any]:
    """Return constants that make a matrix regular: scale, u, v in ``a / scale + u v``.

    Their shapes are (..., 1, 1), (..., n, q) and (..., q, n); q is 0 if `a / scale` is regular.
    """
    none = np.zeros((*a.shape[:-1], 0)), np.zeros((*a.shape[:-2], 0, a.shape[-1]))
    if not (a.size and np.isfinite(a).all()):
        return np.ones((*a.shape[:-2], 1, 1), a.dtype), *none
    largest = np.abs(a).max(axis=(-2, -1), keepdims=True)
    scale = np.where(largest > 0, largest, 1)
    if _accurate_inverse(a / scale) is not None:
        return scale, *none
    u, s, vh = np.linalg.svd(a / scale)
    # Relative to the largest element, 1: a singular value is at least that, or all are 0.
    small = s <= np.finfo(a.dtype).eps ** 0.25 * np.maximum(s[..., :1], 1)
    first = a.shape[-1] - int(small.sum(-1).max())
    return scale, u[..., first:], vh[..., first:, :]


constant(_bordering)


def _cofactors(a: Any, determinant: Any = None) -> Any:
    if a.size == 0 or a.shape[-1] <= 2:
        return _small_cofactors(a)
    scale, u, v = _bordering(a)
    a = a / scale
    if u.shape[-1] == 0:
        change = np.linalg.inv(a)
        factor = np.linalg.det(a)
    else:
        regular = a + u @ v
        factor = np.linalg.det(regular)
        r = np.linalg.inv(regular)
        determinant, adjugate = _characteristic(np.eye(u.shape[-1], dtype=u.dtype) - v @ r @ u)
        change = determinant * r + r @ u @ adjugate @ v @ r
    return scale ** (a.shape[-1] - 1) * factor[..., None, None] * matrix_transpose(change)


def _characteristic(m: Any) -> tuple[Any, Any]:
    """Return determinant (with two more axes) and adjugate, by products and sums alone."""
    size = m.shape[-1]
    identity = np.eye(size, dtype=m.dtype)
    powers = identity
    for k in range(1, size + 1):
        adjugate = powers
        product = m @ powers
        coefficient = -np.sum(product * identity, axis=(-2, -1), keepdims=True) / k
        powers = product + coefficient * identity
    sign = -1 if size % 2 else 1
    return sign * coefficient, -sign * adjugate


composite(
    cofactors,
    _cofactors,
    source="matrix determinant lemma; Faddeev and LeVerrier's recursion for the small factor",
)


def _det_pull(ct: Any, ans: Any, a: Any) -> Any:
    return ct[..., None, None] * cofactors(a, ans if is_passive(ans) else None)


general(
    np.linalg.det,
    push=lambda t, a: np.sum(cofactors(a) * t, axis=(-2, -1)),
    pull=_det_pull,
    source=_GILES.format("2.2.4") + ", with cofactors instead of inverses",
)


def _inverse_for_log(ans: Any, a: Any) -> Any:
    if np.any(ans[0] == 0):
        raise NoDerivativeError(
            "ADK502",
            "numpy.linalg.slogdet of a singular matrix has no derivative",
            instead="numpy.linalg.det has one",
        )
    return np.linalg.inv(a)


def _slogdet_push(t: Any, ans: Any, a: Any) -> Any:
    inverse = _inverse_for_log(ans, a)
    change = np.sum(matrix_transpose(inverse) * t, axis=(-2, -1))
    if ans[0].dtype.kind != "c":
        return zeros(change.shape, change.dtype), change
    return np.imag(change) * (ans[0] * 1j), np.real(change)


def _slogdet_pull(ct: Any, ans: Any, a: Any) -> Any:
    of_sign, of_log = ct
    if ans[0].dtype.kind == "c":
        of_log = of_log + np.imag(of_sign * ans[0]) * 1j
    return of_log[..., None, None] * matrix_transpose(_inverse_for_log(ans, a))


general(
    np.linalg.slogdet,
    push=_slogdet_push,
    pull=_slogdet_pull,
    kinks="NoDerivativeError for singular matrices",
    source=_GILES.format("2.2.4"),
)
