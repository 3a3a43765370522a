"""Broadcasting and its transpose, and axes that survive leading directions.

What rules and engines share. ``t`` and ``ct`` may have leading axes of
directions that the value they belong to has not.
"""

from __future__ import annotations

import functools
import math
from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_index, normalize_axis_tuple

Shape = tuple[int, ...]


class Like:
    """Shape, strides and dtype of an array without its numbers.

    What a transpose may know of the operand of a linear function: keeping this
    instead of the array lets the array go.
    """

    __slots__ = ("dtype", "shape", "strides")

    def __init__(self, x: Any) -> None:
        try:
            self.shape: Shape = x.shape
            self.strides: Shape = x.strides
            self.dtype: np.dtype[Any] = x.dtype
        except AttributeError:  # a Python number
            self.shape, self.strides, self.dtype = (), (), np.result_type(x)

    @property
    def ndim(self) -> int:
        """Number of axes."""
        return len(self.shape)

    @property
    def size(self) -> int:
        """Number of elements."""
        return math.prod(self.shape)

    def __repr__(self) -> str:
        return f"Like(shape={self.shape}, dtype={self.dtype})"


def dtype_of(x: Any) -> np.dtype[Any]:
    """Return the dtype of an array, a traced value or a Python number."""
    dtype = getattr(x, "dtype", None)
    return np.result_type(x) if dtype is None else dtype


def shape_of(x: Any) -> Shape:
    """Return the shape of an array, a traced value or a Python number, without a dispatch."""
    shape: Shape | None = getattr(x, "shape", None)
    return np.shape(x) if shape is None else shape


def is_passive(x: Any) -> bool:
    """Return whether a value is plain numbers, at every level."""
    return isinstance(x, (int, float, complex, np.ndarray, np.generic))


def from_end(axis: Any, ndim: int) -> Any:
    """Return an axis, or a tuple of axes, counted from the end; None means all.

    Of a number, which NumPy reduces along axis 0 and -1 too, these are no axes.

    >>> from_end(0, 3), from_end((0, -1), 3), from_end(None, 2), from_end(0, 0)
    (-3, (-3, -1), (-2, -1), ())
    """
    if axis is None or (ndim == 0 and axis in (0, -1)):
        return tuple(range(-ndim, 0))
    if isinstance(axis, (tuple, list)):
        return tuple(a - ndim for a in normalize_axis_tuple(tuple(axis), ndim))
    return normalize_axis_index(axis, ndim) - ndim


def leading(t: Any, ndim: int) -> Shape:
    """Return the axes of directions of a tangent whose value has `ndim` axes."""
    shape = shape_of(t)
    return shape[: len(shape) - ndim]


def align(t: Any, ndim: int, result_ndim: int) -> Any:
    """Insert axes behind the directions, so that `t` broadcasts as its value does."""
    lead = leading(t, ndim)
    if not lead or ndim == result_ndim:
        return t
    return np.reshape(t, lead + (1,) * (result_ndim - ndim) + shape_of(t)[len(lead) :])


def expand(t: Any, shape: Shape) -> Any:
    """Broadcast the trailing axes of an aligned `t` to `shape`."""
    present = shape_of(t)
    if present[len(present) - len(shape) :] == shape and len(present) >= len(shape):
        return t
    lead = present[: max(0, len(present) - len(shape))]
    return np.broadcast_to(t, lead + shape)


def unrepeated(x: Any) -> Any:
    """Return a view of an array with one element along each axis along which it repeats.

    >>> unrepeated(np.broadcast_to(np.ones((2, 1)), (4, 2, 3))).shape
    (1, 2, 1)
    """
    return x[tuple([_FIRST if step == 0 else _ALL for step in x.strides])]


_FIRST, _ALL = slice(0, 1), slice(None)


def unbroadcast(ct: Any, shape: Shape, result_ndim: int) -> Any:
    """Sum a cotangent over the axes along which an operand of `shape` was broadcast.

    The transpose of broadcasting; `result_ndim` is the rank of the value that
    `ct` belongs to, so leading directions stay.
    """
    present = shape_of(ct)
    if present == shape:
        return ct
    added, stretched = _broadcast_axes(present, shape, result_ndim)
    if added:
        ct = total(ct, added)
    return total(ct, stretched, keepdims=True) if stretched else ct


@functools.lru_cache(maxsize=1024)
def _broadcast_axes(present: Shape, shape: Shape, result_ndim: int) -> tuple[Shape, Shape]:
    """Return the axes that broadcasting added, and, without those, the ones that it stretched."""
    lead = len(present) - result_ndim
    added = result_ndim - len(shape)
    rest = present[:lead] + present[lead + added :]
    stretched = tuple(i + lead for i, n in enumerate(shape) if n == 1 and rest[i + lead] != 1)
    return tuple(range(lead, lead + added)), stretched


_sum: Any = np.add.reduce  # np.sum without its detour through Python
#: Of so many numbers, sums take less than what a product needs besides.
_SMALL = 4096
#: Up to this many neighbours in memory are added by a product; of more, the sums of so many.
_FEW = 256
#: Shorter parts are not worth a product,
_FEWEST = 32
#: nor are parts of fewer numbers than these.
_MANY = 32768


def total(t: Any, axes: Shape, *, keepdims: bool = False) -> Any:
    """Sum a tangent or cotangent along axes, in ascending order and counted from the front.

    A product with ones takes many plain numbers: along short axes and axes before the last
    `np.sum` is 1.1 to 40 times slower. Its rounding differs, which that of a value may not.

    >>> total(np.ones((2, 3, 4)), (0, 1))
    array([6., 6., 6., 6.])
    """
    if type(t) is np.ndarray and t.size <= _SMALL:
        return _sum(t, axes, keepdims=keepdims)
    if (
        type(t) is not np.ndarray
        or t.dtype.char not in "fdFD"
        or not axes
        or not t.size
        or axes[-1] - axes[0] != len(axes) - 1
        or not t.flags.c_contiguous
    ):
        return np.sum(t, axis=axes, keepdims=keepdims)
    shape, first, count = t.shape, axes[0], len(axes)
    before, after = shape[:first], shape[first + count :]
    n, inner = math.prod(shape[first : first + count]), math.prod(after)
    if inner > 1:
        sums = np.ones(n, t.dtype) @ t.reshape(math.prod(before), n, inner)
    elif (part := _part(n, t.size >= _MANY)) > 1:
        sums = t.reshape(math.prod(before) * (n // part), part) @ np.ones(part, t.dtype)
        if part < n:
            sums = np.add.reduce(sums.reshape(math.prod(before), n // part), 1)
    else:
        return np.sum(t, axis=axes, keepdims=keepdims)
    return sums.reshape(before + (1,) * count + after if keepdims else before + after)[()]


@functools.lru_cache(maxsize=1024)
def _part(n: int, many: bool) -> int:
    """Return how many of `n` neighbours are added by a product, a divisor; 1 if there is none."""
    if n <= _FEW or not many:
        return n if n <= _FEW else 1
    return next((k for k in range(_FEW, _FEWEST - 1, -1) if n % k == 0), 1)


def matrix_transpose(x: Any) -> Any:
    """Swap the last two axes."""
    return np.swapaxes(x, -1, -2)


def zeros(shape: Shape, dtype: Any) -> Any:
    """Return zeros; a NumPy scalar for the shape ``()``."""
    return np.zeros(shape, dtype)[()]


#: Zeros in no shape, by their dtype: an array, whose views are nothing, and a scalar.
_nothing: dict[np.dtype[Any], tuple[Any, Any]] = {}


def nothing(shape: Shape, dtype: Any) -> Any:
    """Return the cotangent of a result that nothing depends on: zeros that `is_nothing` knows.

    >>> is_nothing(nothing((2,), float)), is_nothing(nothing((), float)), is_nothing(np.zeros(2))
    (True, True, False)
    """
    dtype = np.dtype(dtype)
    if dtype not in _nothing:
        zero = np.zeros((), dtype)
        _nothing[dtype] = zero, zero[()]
    zero, scalar = _nothing[dtype]
    return np.broadcast_to(zero, shape) if shape else scalar


def is_nothing(ct: Any) -> bool:
    """Return whether nothing depends on a result: its cotangent is not merely zero by value."""
    dtype = getattr(ct, "dtype", None)
    if dtype is None or dtype not in _nothing:
        return False
    zero, scalar = _nothing[dtype]
    return ct is scalar or getattr(ct, "base", None) is zero
