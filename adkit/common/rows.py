"""Operations of rows: several short ones become a long one, long ones do without a buffer.

NumPy's loops run along the last axis. Where that is short and one operand is the same for many
rows, as in ``x - mean`` of points in ten dimensions, a loop ends as soon as it has begun: 250,000
rows of 10 numbers take 1.5 ms, 2,500 rows of 1,000 numbers 0.7.

Rows that are broadcast or that do not follow each other in memory go through a buffer of 8,192
elements, into which NumPy copies what is repeated, so that a loop lasts for several rows. Where a
row alone is long that costs more than it saves: ``x - top``, of 1,000 rows of 1,000 numbers and
1,000 numbers, takes 0.36 ms, with the smallest buffer, which nothing is copied to, 0.17.
"""

from __future__ import annotations

import functools
import math
from typing import Any

import numpy as np

from adkit.common.shapes import Shape

#: Rows of at most so many elements are joined into rows of about as many as `_WIDE`,
_NARROW, _WIDE = 64, 1024
#: in results of at least so many elements,
_MANY = 16384
#: and where one operand has at least so many.
_SOME = 1024
#: Rows of so many elements are long enough to be looped over one by one.
_LONG = 128
#: The smallest buffer that NumPy takes.
_SMALLEST = 16


def rowwise(ufunc: Any, x: Any, y: Any, out: Any = None) -> Any:
    """Return ``ufunc(x, y)`` of arrays that broadcast along short rows, bit for bit.

    Parameters
    ----------
    ufunc : ufunc
        `add`, `subtract`, `multiply` or `true_divide`, which round each element alike wherever
        it stands.
    x, y : array
    out : array, optional
        Where the result goes: one of them.
    """
    few = x.size < _SOME and y.size < _SOME
    joining = None if few else plan(x.shape, y.shape)
    if (
        joining is None
        or x.dtype is not y.dtype
        or x.dtype.char not in "fd"
        or not (x.flags.c_contiguous and y.flags.c_contiguous)
    ):
        return by_rows(ufunc, x, y, out)
    shape, wide, count, of_x, of_y, repeats_x = joining
    if repeats_x:
        x = (x if x.ndim > 1 else x[None]).repeat(count, -2)
    else:
        y = (y if y.ndim > 1 else y[None]).repeat(count, -2)
    if out is None:
        out = np.empty(shape, x.dtype)
    ufunc(x.reshape(of_x), y.reshape(of_y), out.reshape(wide))
    return out


def by_rows(ufunc: Any, x: Any, y: Any, out: Any = None) -> Any:
    """Return ``ufunc(x, y)`` of arrays, without a buffer where rows are long.

    Parameters
    ----------
    ufunc : ufunc
        Of two operands of one dtype.
    x, y : array
    out : array, optional
        Where the result goes: one of them.
    """
    if (
        max(x.size, y.size) < _MANY
        or x.dtype is not y.dtype
        or (x.shape == y.shape and x.flags.c_contiguous and y.flags.c_contiguous)
        or not (_runs_along(x) and _runs_along(y))
        or max(x.shape[-1:] + y.shape[-1:]) < _LONG
    ):
        return ufunc(x, y) if out is None else ufunc(x, y, out)
    with np.errstate():  # which restores the buffer, too
        np.setbufsize(_SMALLEST)
        return ufunc(x, y) if out is None else ufunc(x, y, out)


def _runs_along(x: Any) -> bool:
    """Return whether neighbours along the last axis are neighbours in memory, or the same."""
    return x.ndim == 0 or x.shape[-1] == 1 or x.strides[-1] in (x.itemsize, 0)


@functools.lru_cache(maxsize=1024)
def plan(of_x: Shape, of_y: Shape) -> tuple[Shape, Shape, int, Shape, Shape, bool] | None:
    """Return how rows are joined, None if they had better stay as they are.

    These are the shape of the result, that with joined rows, the number of rows in each, the
    shapes of the operands, and whether it is the first of them whose one row is repeated.
    """
    if not of_x or not of_y or of_x[-1] != of_y[-1] or not 1 < of_x[-1] <= _NARROW:
        return None
    try:
        shape = np.broadcast_shapes(of_x, of_y)
    except ValueError:
        return None
    width, rows_x, rows_y = of_x[-1], *(s[-2] if len(s) > 1 else 1 for s in (of_x, of_y))
    rows = max(rows_x, rows_y)
    if rows_x == rows_y or min(rows_x, rows_y) != 1 or math.prod(shape) < _MANY:
        return None
    most = max(_WIDE // width, 4)
    count = next((k for k in range(most, 1, -1) if rows % k == 0), 1)
    if count < 4:
        return None

    def joined(s: Shape) -> Shape:
        height = s[-2] // count if len(s) > 1 and s[-2] > 1 else 1
        return (*s[:-2], height, width * count)

    return shape, joined(shape), count, joined(of_x), joined(of_y), rows_x == 1
