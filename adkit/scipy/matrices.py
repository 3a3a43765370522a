"""Functions of matrices, and matrices of a structure, which `adkit.scipy.linalg` offers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from adkit.common.optional import optional
from adkit.common.registry import elementary
from adkit.common.shapes import matrix_transpose
from adkit.common.values import stop_gradient
from adkit.common.verbs import composite, general

__all__ = ["block_diag", "expm", "logm", "sqrtm", "toeplitz"]

linalg = optional("scipy.linalg", "scipy")


def _offered(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return a function that dispatches, under the name by which it is imported."""
    function.__module__ = "adkit.scipy.linalg"
    return elementary(function)


# ---------------------------------------------------------------- functions of matrices


def _unit(t: Any, A: Any) -> Any:
    """Return a power of two for each matrix `t`; by it `t` is as large as `A` is."""
    sizes = [np.max(np.abs(stop_gradient(x)), axis=(-2, -1), keepdims=True) for x in (t, A)]
    exponent = np.frexp(sizes[0])[1] - np.frexp(sizes[1])[1]
    limits = np.finfo(sizes[1].dtype)
    return np.ldexp(limits.dtype.type(1), np.clip(exponent, limits.minexp, limits.maxexp - 1))


def _matrix_function(function: Any, name: str, what: str) -> Any:
    """Return a function of matrices that dispatches, with its Frechet derivative."""

    def call(A: Any) -> Any:
        if np.ndim(A) <= 2:
            return function(A)
        matrices = np.reshape(A, (-1, *np.shape(A)[-2:]))
        return np.reshape(np.stack([function(a) for a in matrices]), np.shape(A))

    call.__name__ = call.__qualname__ = name
    call.__doc__ = f"""Return the {what} of a square matrix, as `scipy.linalg.{name}` does.

    Parameters
    ----------
    A : array of shape (n, n)

    Examples
    --------
    >>> import adkit, numpy as np
    >>> x, t = np.eye(2), np.array([[1.0, 0.0], [0.0, 2.0]])
    >>> y, change = adkit.jvp({name}, (x,), (t,))
    >>> bool(np.allclose(change, t * adkit.jvp({name}, (x,), (x,))[1][0, 0]))
    True
    """
    dispatching = _offered(call)

    def push(t: Any, A: Any) -> Any:
        """Return the upper right block of the function of ``[[A, t], [0, A]]``."""
        size = np.shape(A)[-1]
        if size == 0 or t.size == 0:
            return t
        if np.iscomplexobj(t) and not np.iscomplexobj(A):
            # a block of complex numbers may take a negative eigenvalue to either branch
            return push(np.real(t), A) + 1j * push(np.imag(t), A)
        diagonal = np.broadcast_to(A, t.shape)
        unit = _unit(t, A)
        above = np.concatenate([diagonal, t / unit], axis=-1)
        below = np.concatenate([np.zeros(t.shape, A.dtype), diagonal], axis=-1)
        return dispatching(np.concatenate([above, below], axis=-2))[..., :size, size:] * unit

    def series(c: Any, A: Any) -> Any:
        """Return the upper row of the function of a block Toeplitz matrix of coefficients."""
        size = np.shape(A)[-1]
        if c.size == 0:
            return c
        terms = [A, *c]
        rows = []
        for i in range(len(terms)):
            below = [np.zeros((*np.shape(A)[:-1], i * size), A.dtype)] if i else []
            rows.append(np.concatenate([*below, *terms[: len(terms) - i]], axis=-1))
        row = dispatching(np.concatenate(rows, axis=-2))[..., :size, :]
        return np.stack([row[..., j * size : (j + 1) * size] for j in range(1, len(terms))])

    def pull(ct: Any, A: Any) -> Any:
        """Push by the transpose with its axes reversed: what was triangular is so again."""
        return push(ct[..., ::-1, ::-1], matrix_transpose(A)[..., ::-1, ::-1])[..., ::-1, ::-1]

    general(
        dispatching,
        push=push,
        pull=pull,
        series=series,
        source="Mathias (1996), 'A chain rule for matrix functions and applications'",
        loops="a call of SciPy for each direction",
    )
    return dispatching


expm: Callable[..., Any] = _matrix_function(linalg.expm, "expm", "exponential")
sqrtm: Callable[..., Any] = _matrix_function(linalg.sqrtm, "sqrtm", "principal square root")
logm: Callable[..., Any] = _matrix_function(linalg.logm, "logm", "principal logarithm")

# ---------------------------------------------------------------- exchanges of rows


def row_order(pivots: Any) -> Any:
    """Return the order of rows, of each matrix, that exchanging each with its pivot gives."""
    order = np.empty_like(pivots)
    order[...] = np.arange(pivots.shape[-1])
    for i in range(pivots.shape[-1]):
        pivot = pivots[..., i : i + 1]
        taken = np.take_along_axis(order, pivot, axis=-1)
        np.put_along_axis(order, pivot, order[..., i : i + 1], axis=-1)
        order[..., i : i + 1] = taken
    return order


def as_rows(order: Any, matrices: Any) -> Any:
    """Return an order of rows in the shape by which `take_along_axis` applies it."""
    lead = (1,) * (matrices.ndim - 1 - order.ndim)
    return np.reshape(order, (*lead, *order.shape, 1))


# ---------------------------------------------------------------- matrices of a structure


@_offered
def block_diag(*arrs: Any) -> Any:
    """Return matrices along the diagonal of one, as `scipy.linalg.block_diag` does.

    Parameters
    ----------
    *arrs : array
        Numbers, vectors (rows) or matrices.

    Examples
    --------
    >>> import adkit, numpy as np
    >>> adkit.grad(lambda x: block_diag(x, 3.0)[0, 0])(np.array([2.0]))
    array([1.])
    """
    return linalg.block_diag(*arrs)


def _block_diag(*arrs: Any) -> Any:
    blocks = [np.atleast_2d(x) for x in arrs]
    stack = np.broadcast_shapes(*[x.shape[:-2] for x in blocks])
    width = sum(x.shape[-1] for x in blocks)
    rows, before = [], 0
    for x in blocks:
        height, own = x.shape[-2:]
        left = np.zeros((*stack, height, before), x.dtype)
        right = np.zeros((*stack, height, width - before - own), x.dtype)
        block = np.broadcast_to(x, (*stack, height, own))
        rows.append(np.concatenate([left, block, right], axis=-1))
        before += own
    return np.concatenate(rows, axis=-2)


composite(block_diag, _block_diag, operands=slice(None))


@_offered
def toeplitz(c: Any, r: Any = None) -> Any:
    """Return the matrix of constant diagonals, as `scipy.linalg.toeplitz` does.

    Parameters
    ----------
    c : array
        Its first column.
    r : array, optional
        Its first row, without its first element; by default the conjugate of `c`.

    Examples
    --------
    >>> import adkit, numpy as np
    >>> adkit.grad(lambda c: toeplitz(c).sum())(np.ones(3))
    array([3., 4., 2.])
    """
    return linalg.toeplitz(c) if r is None else linalg.toeplitz(c, r)


def _toeplitz(c: Any, r: Any = None) -> Any:
    c = np.atleast_1d(c)
    r = np.conjugate(c) if r is None else np.atleast_1d(r)
    if max(c.ndim, r.ndim) > 1 and linalg.toeplitz(np.zeros(c.shape), np.zeros(r.shape)).ndim == 2:
        c, r = np.ravel(c), np.ravel(r)  # what SciPy did before 1.17
    stack = np.broadcast_shapes(c.shape[:-1], r.shape[:-1])
    column = np.broadcast_to(c, (*stack, c.shape[-1]))
    row = np.broadcast_to(r, (*stack, r.shape[-1]))
    diagonals = np.concatenate([column[..., ::-1], row[..., 1:]], axis=-1)
    places = np.arange(c.shape[-1] - 1, -1, -1)[:, None] + np.arange(r.shape[-1])
    return diagonals[..., places]


composite(toeplitz, _toeplitz, operands=2)
