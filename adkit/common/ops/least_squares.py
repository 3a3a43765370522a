"""Pseudo-inverses and least squares, condition numbers, and systems of tensors."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from adkit.common.errors import NoDerivativeError
from adkit.common.ops.arrangement import as_arrays
from adkit.common.ops.spectra import adjoint, conjugate, symmetrised
from adkit.common.registry import elementary
from adkit.common.shapes import matrix_transpose
from adkit.common.verbs import composite, constant, general

_KINKS = "NoDerivativeError where the rank is less than full, so that a small change changes it"

# ---------------------------------------------------------------- pseudo-inverses


@elementary
def _is_full(inverse: Any, a: Any) -> Any:
    """Return whether a pseudo-inverse is one of a matrix of full rank.

    The trace of their product is the rank: the number of singular values that counted.
    """
    rank = np.sum(matrix_transpose(inverse) * a, axis=(-2, -1)).real
    return np.all(rank > min(a.shape[-2:]) - 0.5)


constant(_is_full, operands=2)


def _check_full(inverse: Any, a: Any) -> None:
    if not _is_full(inverse, a):
        raise NoDerivativeError(
            "ADK505",
            "a pseudo-inverse of a matrix without full rank has no derivative",
            instead="add a small multiple of the identity to a.T @ a, and solve with that",
        )


def _projectors(inverse: Any, a: Any) -> tuple[Any, Any]:
    """Return what projects onto the complements of the columns and of the rows of `a`."""
    rows, columns = a.shape[-2:]
    eye = np.eye(rows, dtype=a.dtype), np.eye(columns, dtype=a.dtype)
    return eye[0] - a @ inverse, eye[1] - inverse @ a


def _pinv_push(t: Any, ans: Any, a: Any, hermitian: bool = False) -> Any:
    _check_full(ans, a)
    if hermitian:
        t = symmetrised(t)
    change = -(ans @ t @ ans)
    rows, columns = a.shape[-2:]
    if rows == columns:
        return change
    beyond_columns, beyond_rows = _projectors(ans, a)
    if rows > columns:
        return change + ans @ adjoint(ans) @ adjoint(t) @ beyond_columns
    return change + beyond_rows @ adjoint(t) @ adjoint(ans) @ ans


def _pinv_pull(ct: Any, ans: Any, a: Any, hermitian: bool = False) -> Any:
    _check_full(ans, a)
    transposed = matrix_transpose(ans)
    change = -(transposed @ ct @ transposed)
    rows, columns = a.shape[-2:]
    if rows != columns:
        beyond_columns, beyond_rows = _projectors(ans, a)
        if rows > columns:
            more = beyond_columns @ matrix_transpose(ct) @ ans @ adjoint(ans)
        else:
            more = adjoint(ans) @ ans @ matrix_transpose(ct) @ beyond_rows
        change = change + conjugate(more)
    return symmetrised(change) if hermitian else change


def _push(t: Any, ans: Any, a: Any, *options: Any, **named: Any) -> Any:
    return _pinv_push(t, ans, a, _is_hermitian(options, named))


def _pull(ct: Any, ans: Any, a: Any, *options: Any, **named: Any) -> Any:
    return _pinv_pull(ct, ans, a, _is_hermitian(options, named))


def _is_hermitian(options: tuple[Any, ...], named: dict[str, Any]) -> bool:
    """Return the option ``hermitian``, the third parameter of `numpy.linalg.pinv`."""
    return bool(named.get("hermitian", options[1] if len(options) > 1 else False))


general(
    np.linalg.pinv,
    push=_push,
    pull=_pull,
    kinks=_KINKS,
    source="Golub and Pereyra (1973), 'The differentiation of pseudo-inverses and nonlinear least "
    "squares problems whose variables separate', equation 4.12",
)


# ---------------------------------------------------------------- least squares


def _lstsq(a: Any, b: Any, rcond: Any = None) -> Any:
    a, b = as_arrays(a, b)
    rows, columns = a.shape
    if rcond is None:
        rcond = np.finfo(np.result_type(a.dtype, b.dtype)).eps * max(rows, columns)
    elif rcond == -1:
        rcond = np.finfo(np.result_type(a.dtype, b.dtype)).eps
    x = np.linalg.pinv(a, rcond) @ b
    rest = b - a @ x
    residuals = np.sum(np.abs(rest) ** 2, axis=0, keepdims=b.ndim == 1)
    values = np.linalg.svd(a, compute_uv=False)
    if rows <= columns or np.any(values <= rcond * values[0]):  # NumPy gives none then
        residuals = residuals[:0]
    return x, residuals, 0, values


composite(np.linalg.lstsq, _lstsq, operands=2, kinks=_KINKS)

# ---------------------------------------------------------------- rank and condition


def _cond(x: Any, p: Any = None) -> Any:
    if p is None or p in (2, -2):
        values = np.linalg.svd(x, full_matrices=False)[1]  # the derivative needs the vectors
        largest, smallest = values[..., 0], values[..., -1]
        with np.errstate(all="ignore"):
            return smallest / largest if p == -2 else largest / smallest
    singular = _is_singular(x)
    regular = np.where(singular[..., None, None], np.eye(x.shape[-1]), x)
    norms = (np.linalg.norm(m, p, axis=(-2, -1)) for m in (x, np.linalg.inv(regular)))
    result = next(norms) * next(norms)
    if not np.any(singular):
        return result
    elements = np.sum(np.real(x) + np.imag(x), axis=(-2, -1))  # a pole, by each of them
    return np.where(singular, elements / np.where(singular, 0, 1), result)


@elementary
def _is_singular(x: Any) -> Any:
    """Return which matrices have no inverse."""
    return np.isinf(np.linalg.cond(x, 1))


constant(np.linalg.matrix_rank, _is_singular)
composite(np.linalg.cond, _cond, kinks="those of the norms; infinite for singular matrices")

# ---------------------------------------------------------------- tensors as matrices


def _tensorsolve(a: Any, b: Any, axes: Any = None) -> Any:
    a, b = as_arrays(a, b)
    if axes is not None:
        last = [k for k in range(a.ndim) if k not in axes]
        a = np.transpose(a, [*last, *axes])
    shape = a.shape[b.ndim - a.ndim :] if a.ndim > b.ndim else ()
    count = math.prod(shape)
    return np.reshape(np.linalg.solve(np.reshape(a, (count, count)), np.ravel(b)), shape)


def _tensorinv(a: Any, ind: int = 2) -> Any:
    count = math.prod(a.shape[ind:])
    return np.reshape(np.linalg.inv(np.reshape(a, (count, count))), a.shape[ind:] + a.shape[:ind])


composite(np.linalg.tensorsolve, _tensorsolve, operands=2)
composite(np.linalg.tensorinv, _tensorinv)
