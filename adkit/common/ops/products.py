"""Products of vectors, matrices and stacks of them.

`matmul` and `tensordot` are declared bilinear, and each is written in terms of
both; the other products are defined by them. No operand is conjugated unless
NumPy's function does it.
"""

from __future__ import annotations

import math
import operator
from typing import Any

import numpy as np

from adkit.common.registry import elementary, slicewise
from adkit.common.shapes import Shape, align, from_end, leading, matrix_transpose, unbroadcast
from adkit.common.verbs import bilinear, composite

# ---------------------------------------------------------------- matmul

#: NumPy multiplies the matrices of a stack one by one; of so many numbers, one product is quicker.
_LARGE_STACK = 1024

# A vector has no axis for "one row" or "one column", so with directions in front
# it looks like a matrix: each rule distinguishes the ranks of the operands.


def _matmul_push_left(t: Any, x: Any, y: Any) -> Any:
    if y.ndim == 2:
        if t.ndim == 2 or t.size < _LARGE_STACK:
            return t @ y
        return (_rows(t) @ y).reshape((*t.shape[:-1], y.shape[-1]))
    if y.ndim == 1 or np.ndim(t) == np.ndim(x):
        return t @ y
    if np.ndim(x) > 1:
        return align(t, np.ndim(x), y.ndim) @ y
    return (align(t, 1, y.ndim) @ y)[..., 0, :]


def _matmul_push_right(t: Any, x: Any, y: Any) -> Any:
    if np.ndim(t) == np.ndim(y):
        return x @ t
    if np.ndim(y) > 1:
        return x @ (t if x.ndim < 3 else align(t, np.ndim(y), x.ndim))
    if x.ndim <= 2:
        return t @ x.T
    columns = t @ _rows(x).T
    return columns.reshape(leading(t, 1) + x.shape[:-1])


def _matmul_left(ct: Any, x: Any, y: Any) -> Any:
    if y.ndim == 1:
        return ct[..., None] * y
    if y.ndim == 2:
        return ct @ y.T
    if x.ndim > 2:
        return unbroadcast(ct @ matrix_transpose(y), x.shape, max(x.ndim, y.ndim))
    stack = y.ndim - 2
    if x.ndim == 1:
        return np.tensordot(ct, y, ((*range(-stack - 1, 0),), (*range(stack), -1)))
    return np.tensordot(ct, y, ((*range(-stack - 2, -2), -1), (*range(stack), -1)))


def _matmul_right(ct: Any, x: Any, y: Any) -> Any:
    if x.ndim == 1:
        return ct[..., None] * x if y.ndim == 1 else x[:, None] * ct[..., None, :]
    if y.ndim == 1:
        rows = leading(ct, x.ndim - 1)
        return (ct if x.ndim == 2 else ct.reshape((*rows, _height(x)))) @ _rows(x)
    if x.ndim == 2:
        return x.T @ ct
    if y.ndim == 2:
        return _rows(x).T @ ct.reshape((*leading(ct, x.ndim), _height(x), y.shape[-1]))
    return unbroadcast(matrix_transpose(x) @ ct, y.shape, max(x.ndim, y.ndim))


def _height(x: Any) -> int:
    """Return how many rows a stack of matrices has in all."""
    return math.prod(x.shape[:-1])


def _rows(x: Any) -> Any:
    """Return a stack of matrices as one matrix of all their rows."""
    return x if x.ndim == 2 else x.reshape((_height(x), x.shape[-1]))


for _matmul, _symbol in ((np.matmul, "@"), (np.linalg.matmul, "")):
    bilinear(
        _matmul,
        _matmul_left,
        _matmul_right,
        push=(_matmul_push_left, _matmul_push_right),
        symbol=_symbol,
    )
    slicewise(_matmul, -2, -1)

# ---------------------------------------------------------------- tensordot

Axes = tuple[tuple[int, ...], tuple[int, ...]]


def _pairs(axes: Any, x_ndim: int, y_ndim: int) -> Axes:
    """Return the axes of `x` and `y` that ``tensordot`` sums over, from the front."""
    if isinstance(axes, (int, np.integer)):
        count = int(axes)
        return tuple(range(x_ndim - count, x_ndim)), tuple(range(count))
    of_x, of_y = ((side,) if isinstance(side, (int, np.integer)) else tuple(side) for side in axes)
    return tuple(a % x_ndim for a in of_x), tuple(a % y_ndim for a in of_y)


def _free(ndim: int, summed: Shape) -> list[int]:
    """Return the axes that stay."""
    return [a for a in range(ndim) if a not in summed]


def _restored(r: Any, order: list[int]) -> Any:
    """Permute the last axes of `r`, which stand in `order`, back to 0, 1, 2, ..."""
    if order == sorted(order):
        return r
    lead = np.ndim(r) - len(order)
    places = sorted(range(len(order)), key=order.__getitem__)
    return np.transpose(r, (*range(lead), *(lead + place for place in places)))


def _tensordot_push_left(t: Any, x: Any, y: Any, axes: Any = 2) -> Any:
    of_x, of_y = _pairs(axes, np.ndim(x), np.ndim(y))
    return np.tensordot(t, y, (from_end(of_x, np.ndim(x)), of_y))


def _tensordot_push_right(t: Any, x: Any, y: Any, axes: Any = 2) -> Any:
    x_ndim, y_ndim = np.ndim(x), np.ndim(y)
    of_x, of_y = _pairs(axes, x_ndim, y_ndim)
    if np.ndim(t) == y_ndim:
        return np.tensordot(x, t, (of_x, of_y))
    of_free_x = x_ndim - len(of_x)
    of_free_y = y_ndim - len(of_y)
    r = np.tensordot(t, x, (from_end(of_y, y_ndim), of_x))
    return _restored(r, [*range(of_free_x, of_free_x + of_free_y), *range(of_free_x)])


def _tensordot_left(ct: Any, x: Any, y: Any, axes: Any = 2) -> Any:
    of_x, of_y = _pairs(axes, x.ndim, np.ndim(y))
    free = _free(np.ndim(y), of_y)
    r = np.tensordot(ct, y, (tuple(range(-len(free), 0)), tuple(free)))
    summed = [of_x[i] for i in sorted(range(len(of_y)), key=of_y.__getitem__)]
    return _restored(r, _free(x.ndim, of_x) + summed)


def _tensordot_right(ct: Any, x: Any, y: Any, axes: Any = 2) -> Any:
    of_x, of_y = _pairs(axes, np.ndim(x), y.ndim)
    free = _free(np.ndim(x), of_x)
    stay = _free(y.ndim, of_y)
    last = -len(stay)
    r = np.tensordot(ct, x, (tuple(range(last - len(free), last)), tuple(free)))
    summed = [of_y[i] for i in sorted(range(len(of_x)), key=of_x.__getitem__)]
    return _restored(r, stay + summed)


for _tensordot in (np.tensordot, np.linalg.tensordot):
    bilinear(
        _tensordot,
        _tensordot_left,
        _tensordot_right,
        push=(_tensordot_push_left, _tensordot_push_right),
    )

# ---------------------------------------------------------------- dot


def _dot_axes(x: Any, y: Any) -> Axes | None:
    """Return what ``dot`` sums over; None where it is ``matmul``."""
    ranks = np.ndim(x), np.ndim(y)
    if 0 in ranks:
        return (), ()
    if max(ranks) <= 2:
        return None
    return (ranks[0] - 1,), (max(ranks[1] - 2, 0),)


def _dot_rule(of_matmul: Any, of_tensordot: Any) -> Any:
    def rule(t: Any, x: Any, y: Any) -> Any:
        axes = _dot_axes(x, y)
        return of_matmul(t, x, y) if axes is None else of_tensordot(t, x, y, axes)

    return rule


bilinear(
    np.dot,
    _dot_rule(_matmul_left, _tensordot_left),
    _dot_rule(_matmul_right, _tensordot_right),
    push=(
        _dot_rule(_matmul_push_left, _tensordot_push_left),
        _dot_rule(_matmul_push_right, _tensordot_push_right),
    ),
)
slicewise(np.dot, -2, -1)


def _inner(a: Any, b: Any) -> Any:
    return np.dot(a, matrix_transpose(b) if np.ndim(a) and np.ndim(b) > 1 else b)


composite(np.inner, _inner, operands=2)
composite(np.vdot, lambda a, b: np.dot(np.ravel(np.conjugate(a)), np.ravel(b)), operands=2)

# ---------------------------------------------------------------- outer, kron, cross


def _flat(t: Any, x: Any) -> Any:
    """Return a tangent of `x` with the axes of that in one."""
    return np.reshape(t, (*leading(t, np.ndim(x)), np.size(x)))


def _outer_left(ct: Any, a: Any, b: Any, out: Any = None) -> Any:
    return np.reshape(ct @ np.ravel(b), (*leading(ct, 2), *a.shape))


def _outer_right(ct: Any, a: Any, b: Any, out: Any = None) -> Any:
    return np.reshape(np.ravel(a) @ ct, (*leading(ct, 2), *b.shape))


_outer_pushes = (
    lambda t, a, b, out=None: _flat(t, a)[..., :, None] * np.ravel(b),
    lambda t, a, b, out=None: np.ravel(a)[:, None] * _flat(t, b)[..., None, :],
)


# The axes of a Kronecker product are pairs: one of the left operand, one of the right.


def _paired(a: Any, b: Any) -> tuple[Shape, Shape]:
    """Return the shapes of two operands with equally many axes."""
    ndim = max(np.ndim(a), np.ndim(b))
    of_a, of_b = np.shape(a), np.shape(b)
    return (1,) * (ndim - len(of_a)) + of_a, (1,) * (ndim - len(of_b)) + of_b


def _kron_product(a: Any, b: Any, of_a: Shape, of_b: Shape) -> Any:
    """Return the Kronecker product of operands with directions in front."""
    of_left = a.shape[: a.ndim - len(of_a)]
    of_right = b.shape[: b.ndim - len(of_b)]
    left = np.reshape(a, of_left + tuple(n for size in of_a for n in (size, 1)))
    right = np.reshape(b, of_right + tuple(n for size in of_b for n in (1, size)))
    product = left * right
    lead = of_left or of_right
    return np.reshape(product, lead + tuple(map(operator.mul, of_a, of_b)))


def _kron_push_left(t: Any, a: Any, b: Any) -> Any:
    of_a, of_b = _paired(a, b)
    t = np.reshape(t, leading(t, np.ndim(a)) + of_a)
    return _kron_product(t, np.reshape(b, of_b), of_a, of_b)


def _kron_push_right(t: Any, a: Any, b: Any) -> Any:
    of_a, of_b = _paired(a, b)
    t = np.reshape(t, leading(t, np.ndim(b)) + of_b)
    return _kron_product(np.reshape(a, of_a), t, of_a, of_b)


def _kron_pull(ct: Any, a: Any, b: Any, side: int) -> Any:
    """Return the cotangent of one operand: summed with the other one over the axes of that."""
    shapes = _paired(a, b)
    count = len(shapes[0])
    lead = leading(ct, count)
    pairs = np.reshape(ct, lead + tuple(n for pair in zip(*shapes, strict=True) for n in pair))
    others = tuple(range(1 - side - 2 * count, 0, 2))
    other = np.reshape((a, b)[1 - side], shapes[1 - side])
    r = np.tensordot(pairs, other, (others, tuple(range(count))))
    return np.reshape(r, lead + np.shape((a, b)[side]))


bilinear(
    np.kron,
    lambda ct, a, b: _kron_pull(ct, a, b, 0),
    lambda ct, a, b: _kron_pull(ct, a, b, 1),
    push=(_kron_push_left, _kron_push_right),
)


@elementary
def cross_of_rows(a: Any, b: Any) -> Any:
    """Return the vector product along the last axis, of vectors with three components.

    Parameters
    ----------
    a, b : arrays of shape (..., 3)

    Returns
    -------
    array of shape (..., 3)

    Examples
    --------
    >>> import numpy as np
    >>> cross_of_rows(np.array([1.0, 0.0, 0.0]), np.array([0.0, 1.0, 0.0]))
    array([0., 0., 1.])
    """
    return np.cross(a, b)


bilinear(
    cross_of_rows,
    lambda ct, a, b: unbroadcast(cross_of_rows(b, ct), a.shape, max(a.ndim, b.ndim)),
    lambda ct, a, b: unbroadcast(cross_of_rows(ct, a), b.shape, max(a.ndim, b.ndim)),
    push=(
        lambda t, a, b: cross_of_rows(align(t, np.ndim(a), max(np.ndim(a), b.ndim)), b),
        lambda t, a, b: cross_of_rows(a, align(t, np.ndim(b), max(a.ndim, np.ndim(b)))),
    ),
)


def _cross(
    a: Any, b: Any, axisa: int = -1, axisb: int = -1, axisc: int = -1, axis: int | None = None
) -> Any:
    if axis is not None:
        axisa = axisb = axisc = axis
    a = a if axisa == -1 else np.moveaxis(a, axisa, -1)
    b = b if axisb == -1 else np.moveaxis(b, axisb, -1)
    if a.shape[-1] == b.shape[-1] == 2:
        return a[..., 0] * b[..., 1] - a[..., 1] * b[..., 0]
    product = cross_of_rows(_in_space(a), _in_space(b))
    return product if axisc == -1 else np.moveaxis(product, -1, axisc)


def _in_space(x: Any) -> Any:
    """Return vectors with a third component, 0 if they have two."""
    if x.shape[-1] == 3:
        return x
    return np.concatenate([x, np.zeros((*x.shape[:-1], 1), x.dtype)], axis=-1)


for _function in (np.outer, np.linalg.outer):
    bilinear(_function, _outer_left, _outer_right, push=_outer_pushes)
composite(np.cross, _cross, operands=2)
composite(np.linalg.cross, lambda x1, x2, axis=-1: _cross(x1, x2, axis=axis), operands=2)

# ---------------------------------------------------------------- products along one axis


def _vecdot(x1: Any, x2: Any, axis: int = -1) -> Any:
    """Return the sums of ``conj(x1) * x2`` along an axis of both."""
    if axis != -1:
        x1, x2 = np.moveaxis(x1, axis, -1), np.moveaxis(x2, axis, -1)
    return np.sum(np.conjugate(x1) * x2, axis=-1)


def _matvec(x1: Any, x2: Any) -> Any:
    return (x1 @ x2[..., None])[..., 0]


def _vecmat(x1: Any, x2: Any) -> Any:
    return (np.conjugate(x1)[..., None, :] @ x2)[..., 0, :]


composite(np.vecdot, _vecdot, operands=2)
composite(np.linalg.vecdot, _vecdot, operands=2)
if hasattr(np, "matvec"):  # since NumPy 2.2
    composite(np.matvec, _matvec, operands=2)
    composite(np.vecmat, _vecmat, operands=2)
