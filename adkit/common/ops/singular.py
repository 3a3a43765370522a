"""Singular values and singular vectors.

With ``e = u* da v``, ``p = u* du`` and ``q = v* dv`` (both skew): ``e = p s + ds - s q``,
so that ``p + q = (e + e*) / (s[j] - s[i])`` and ``p - q = (e - e*) / (s[j] + s[i])``.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from adkit.common.ops.separation import separated_from_zero, turned
from adkit.common.ops.spectra import (
    ADDED,
    adjoint,
    conjugate,
    diagonal,
    diagonal_matrix,
    over_gaps,
    scaled,
    symmetrised,
    vanishing,
)
from adkit.common.registry import elementary
from adkit.common.shapes import is_nothing, is_passive, matrix_transpose
from adkit.common.verbs import composite, general

_KINKS = (
    "NoDerivativeError for singular vectors of repeated or zero singular values, and for those "
    "that full_matrices adds; a singular value that is 0 has derivative 0; smooth functions of "
    "the matrix have their derivatives there too"
)
_SOURCE = (
    "Giles (2008), section 3.2; Townsend (2016), 'Differentiating the singular value decomposition'"
)


@elementary
def singular_vectors(a: Any, full_matrices: bool = True, hermitian: bool = False) -> Any:
    """Return singular vectors and values as `numpy.linalg.svd`, separable where equal.

    Parameters
    ----------
    a : array of shape (..., m, n)
    full_matrices, hermitian : bool

    Returns
    -------
    named tuple of arrays

    Examples
    --------
    >>> import numpy as np
    >>> singular_vectors(np.eye(2)).S
    array([1., 1.])
    """
    result: Any = np.linalg.svd(a, full_matrices=full_matrices, hermitian=hermitian)
    u, s, vh = result
    rotation = turned(s)
    if rotation is None:
        return result
    count = s.shape[-1]
    s, signs = separated_from_zero(s)
    first = (u[..., :count] @ rotation) * signs[..., None, :]
    others = matrix_transpose(rotation) @ vh[..., :count, :]
    return type(result)(
        np.concatenate([first, u[..., count:]], axis=-1),
        s,
        np.concatenate([others, vh[..., count:, :]], axis=-2),
    )


@elementary
def singular_values(a: Any, hermitian: bool = False) -> Any:
    """Return singular values as `numpy.linalg.svd`, separable where equal.

    Parameters
    ----------
    a : array of shape (..., m, n)
    hermitian : bool

    Returns
    -------
    array

    Examples
    --------
    >>> import numpy as np
    >>> singular_values(np.eye(2))
    array([1., 1.])
    """
    values = np.linalg.svd(a, compute_uv=False, hermitian=hermitian)
    return separated_from_zero(values)[0]


@elementary
def _regular(values: Any) -> Any:
    """Return 1, and 0 for values that are zero: there they have no derivative."""
    return np.where(vanishing(values), 0, np.ones_like(values))


general(
    _regular,
    push=lambda t, values: scaled(t, 0, vanishing(values)),
    pull=lambda ct, values: scaled(ct, 0, vanishing(values)),
)

# ---------------------------------------------------------------- values alone


def _values_push(t: Any, a: Any, hermitian: bool = False) -> Any:
    t = symmetrised(t) if hermitian else t
    u, s, vh = singular_vectors(a, False, hermitian)
    return _regular(s) * diagonal(adjoint(u) @ t @ adjoint(vh))


def _values_pull(ct: Any, a: Any, hermitian: bool = False) -> Any:
    u, s, vh = singular_vectors(a, False, hermitian)
    change = conjugate((u * (_regular(s) * ct)[..., None, :]) @ vh)
    return symmetrised(change) if hermitian else change


general(singular_values, push=_values_push, pull=_values_pull, kinks=_KINKS, source=_SOURCE)

# ---------------------------------------------------------------- vectors


def _svd_push(t: Any, ans: Any, a: Any, full_matrices: bool = True, hermitian: bool = False) -> Any:
    t = symmetrised(t) if hermitian else t
    u, s, vh = _reduced(*ans)
    v = adjoint(vh)
    e = adjoint(u) @ t @ v
    both = over_gaps(e + adjoint(e), s)
    difference = _over_sums(e - adjoint(e), s)
    du = u @ ((both + difference) / 2)
    dv = v @ ((both - difference) / 2)
    if _is_tall(u):
        du = du + _beyond(u, t @ v, s)
    if _is_tall(v):
        dv = dv + _beyond(v, adjoint(t) @ u, s)
    ds = _regular(s) * diagonal(e)
    u, vh = ans[0], ans[2]
    return _completed(du, u, t), ds, adjoint(_completed(dv, matrix_transpose(vh), t))


def _svd_pull(
    ct: Any, ans: Any, a: Any, full_matrices: bool = True, hermitian: bool = False
) -> Any:
    u, s, vh = _reduced(*ans)
    of_u, of_s, of_vh = ct
    v = adjoint(vh)
    middle = diagonal_matrix(_regular(s) * of_s)
    change = 0
    if not (is_nothing(of_u) and is_nothing(of_vh)):
        of_u, of_v = _cut(conjugate(of_u), u), _cut(matrix_transpose(of_vh), v)
        x, y = adjoint(u) @ of_u, adjoint(v) @ of_v
        both, difference = over_gaps(x + y, s), _over_sums(x - y, s)
        middle = middle + (both + adjoint(both) + difference - adjoint(difference)) / 2
        if _is_tall(u):
            change = _beyond(u, of_u, s) @ vh
        if _is_tall(v):
            change = change + u @ adjoint(_beyond(v, of_v, s))
    change = conjugate(change + u @ middle @ vh)
    return symmetrised(change) if hermitian else change


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
        [du, scaled(total, 1, np.ones((u.shape[-2], missing), bool), ADDED)], axis=-1
    )


def _cut(of_u: Any, u: Any) -> Any:
    """Return the cotangent of the columns of `u`; those that ``full_matrices`` adds have none."""
    more = of_u[..., u.shape[-1] :]
    of_u = of_u[..., : u.shape[-1]]
    if more.shape[-1] == 0 or (is_passive(more) and not np.any(more)):
        return of_u
    total = np.sum(more, axis=(-2, -1), keepdims=True)
    return of_u + scaled(total, 0, np.ones((1, 1), bool), ADDED)


def _over_sums(x: Any, s: Any) -> Any:
    """Return x[i, j] / (s[i] + s[j])."""
    sums = s[..., None, :] + s[..., :, None]
    zero = vanishing(s)
    both_zero = zero[..., None, :] & zero[..., :, None]
    return scaled(x, 1 / np.where(both_zero, 1, sums), both_zero)


def _is_tall(u: Any) -> bool:
    """Return whether the columns of `u` span less than the whole space."""
    return bool(u.shape[-2] > u.shape[-1])


def _beyond(u: Any, x: Any, s: Any) -> Any:
    """Return the part of ``x / s`` outside the space of the columns of `u`."""
    zero = vanishing(s)[..., None, :]
    outside = x - u @ (adjoint(u) @ x)
    return scaled(outside, 1 / np.where(zero, 1, s[..., None, :]), zero)


general(singular_vectors, push=_svd_push, pull=_svd_pull, kinks=_KINKS, source=_SOURCE)


def _svd(
    a: Any, full_matrices: bool = True, compute_uv: bool = True, hermitian: bool = False
) -> Any:
    if compute_uv:
        return singular_vectors(a, full_matrices, hermitian)
    return singular_values(a, hermitian)


composite(np.linalg.svd, _svd, operands=0, kinks=_KINKS)
composite(np.linalg.svdvals, singular_values, operands=0, kinks=_KINKS)
