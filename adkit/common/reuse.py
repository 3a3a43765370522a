"""Products, quotients and sums that go into memory which nobody else holds.

A sweep makes an array for every product, reads it once and drops it. Where the arrays are
larger than the processor's nearest memory, taking the memory of an operand instead of new memory
saves half of the time (a product of 100,000 elements: 7 instead of 21 us; of 1,000,000: 64 instead
of 240). Whether somebody else holds an array, its count of references tells; what the count of an
array is that nobody else holds depends on the interpreter, so it is measured when adkit is
imported, and for what a sweep holds in `adkit.reverse.tape`.

A cotangent that repeats along axes, as that of what was summed does, is not spelled out for the
sake of a number: the number goes into the elements that it repeats.
"""

from __future__ import annotations

from collections.abc import Callable
from sys import getrefcount
from typing import Any, Protocol

import numpy as np
from numpy import add, float64, multiply, ndarray, negative, subtract, true_divide

from adkit.common.ops.arithmetic import double_product
from adkit.common.rows import by_rows, rowwise
from adkit.common.shapes import unrepeated

#: Up to this many elements, new memory costs less than to ask.
_SMALL = 2048
#: Up to this many elements, writing them costs less than to make an array that repeats.
_REPEATED = 8192


class Holders(Protocol):
    """What a sweep knows of who holds the arrays that it passes to a rule.

    Attributes
    ----------
    alone : int
        The count of references of a cotangent that nobody but the sweep holds, 0 if it must
        not be written into.
    spare : int
        That of an array which nobody but the entry that saved it holds, 0 if the entry is needed
        again.
    """

    alone: int
    spare: int


def scaled(
    t: Any, factor: Any, sweep: Holders | None = None, last: bool = False, spare: bool = False
) -> Any:
    """Return ``t * factor``, for an array `t`, in memory of either if nobody else holds it.

    Parameters
    ----------
    t : array
        A tangent or cotangent.
    factor : array, number or traced value
        A partial derivative.
    sweep : Cotangents, optional
        Knows who holds what.
    last : bool
        Whether this is the last use of `t` by the rule.
    spare : bool
        Whether `factor` is an array that the entry saved, and this is its last use.
    """
    if t.size <= _SMALL:
        return t * factor
    kind = type(factor)
    if kind is ndarray:
        if factor.dtype is not t.dtype:
            return t * factor
        if factor.shape == t.shape:
            held = sweep.spare if spare and sweep is not None else _FRESH
            if getrefcount(factor) <= held and _is_own(factor):
                if _is_one(t):
                    return factor
                return by_rows(multiply, t, factor, factor)
    elif kind is float or kind is int or (kind is float64 and t.dtype is _FLOAT):
        if sweep is not None and t.size > _REPEATED and 0 in t.strides:
            return np.broadcast_to(unrepeated(t) * factor, t.shape)
    else:
        return t * factor
    out = None
    if last and sweep is not None and getrefcount(t) <= sweep.alone and _takes(t, factor):
        out = t
    if kind is ndarray and factor.shape != t.shape:
        return rowwise(multiply, t, factor, out)
    return multiply(t, factor, out)


def doubled(
    t: Any, x: Any, sweep: Holders | None = None, last: bool = False, spare: bool = False
) -> Any:
    """Return ``t * (2 * x)``, as `scaled` does; where `t` repeats, its elements are doubled."""
    if t.size <= _SMALL or type(x) is not ndarray or x.dtype is not t.dtype or x.shape != t.shape:
        return t * (2 * x)
    room = None
    if sweep is not None:
        if spare and getrefcount(x) <= sweep.spare and _is_own(x):
            room = x
        elif last and getrefcount(t) <= sweep.alone and _is_own(t):
            room = t
    if 0 in t.strides:
        t = unrepeated(t)
        return multiply(t + t, x, room)
    product = multiply(t, x, room)
    return add(product, product, product)


def twice(t: Any, x: Any) -> Any:
    """Return ``t * (2 * x)`` for a tangent `t`; of traced arrays as one operation.

    Its sweep back multiplies once for each, and keeps no doubled arrays.
    """
    if t.size <= _SMALL or x.dtype is not t.dtype or x.shape != t.shape:
        return t * (2 * x)
    if type(t) is type(x) is ndarray:
        return scaled(t, 2 * x)
    return double_product(t, x)


def divided(
    t: Any, x: Any, sweep: Holders | None = None, last: bool = False, spare: bool = False
) -> Any:
    """Return ``t / x``, as `scaled` does."""
    if t.size > _SMALL and type(x) is ndarray and x.dtype is t.dtype and sweep is not None:
        if spare and x.shape == t.shape and getrefcount(x) <= sweep.spare and _is_own(x):
            return true_divide(t, x, x)
        own = last and getrefcount(t) <= sweep.alone and _takes(t, x)
        if x.shape != t.shape:
            return rowwise(true_divide, t, x, t if own else None)
        if own:
            return true_divide(t, x, t)
    return t / x


def times_ratio(
    t: Any,
    x: Any,
    ans: Any,
    sweep: Holders | None = None,
    last: bool = False,
    spare: bool = False,
) -> Any:
    """Return ``t * (ans / x)``, as `scaled` does; `spare` is said of `ans`."""
    if (
        t.size > _SMALL
        and type(x) is type(ans) is ndarray
        and t.shape == ans.shape
        and t.dtype is x.dtype is ans.dtype
        and sweep is not None
    ):
        room = ans if spare and getrefcount(ans) <= sweep.spare and _is_own(ans) else None
        ratio = rowwise(true_divide, ans, x, room)
        return by_rows(multiply, t, ratio, ratio)
    return t * (ans / x)


def complement(
    t: Any, ans: Any, sweep: Holders | None = None, last: bool = False, spare: bool = False
) -> Any:
    """Return ``t * (1 - ans**2)``, as `scaled` does; `spare` is said of `ans`."""
    if (
        t.size > _SMALL
        and spare
        and sweep is not None
        and type(ans) is ndarray
        and t.shape == ans.shape
        and t.dtype is ans.dtype
        and getrefcount(ans) <= sweep.spare
        and _is_own(ans)
    ):
        multiply(ans, ans, ans)
        subtract(1, ans, ans)
        return multiply(t, ans, ans)
    return t - t * ans * ans


def negated(t: Any, sweep: Holders, last: bool = False) -> Any:
    """Return ``-t`` for an array `t`, as `scaled` does."""
    if t.size > _SMALL:
        if last and getrefcount(t) <= sweep.alone and _is_own(t):
            return negative(t, t)
        if t.size > _REPEATED and 0 in t.strides:
            return np.broadcast_to(-unrepeated(t), t.shape)
    return -t


def added(total: Any, t: Any) -> Any:
    """Return ``total + t`` for an array `t`, in memory of `total` if only a dict holds that."""
    if (
        type(total) is ndarray
        and t.size > _SMALL
        and getrefcount(total) <= _IN_DICT
        and total.base is None
        and total.shape == t.shape
        and total.dtype is t.dtype
    ):
        return add(total, t, total)
    return total + t


def subtracted(total: Any, t: Any) -> Any:
    """Return ``total - t`` for an array `t`, as `added` does."""
    if (
        type(total) is ndarray
        and t.size > _SMALL
        and getrefcount(total) <= _IN_DICT
        and total.base is None
        and total.shape == t.shape
        and total.dtype is t.dtype
    ):
        return subtract(total, t, total)
    return total - t


def has_room(total: Any, x: Any) -> bool:
    """Return whether a few elements may be added to `total`, which only a dict may hold.

    It has to be a long array in C order, of the shape and dtype of `x`.
    """
    return (
        type(total) is ndarray
        and total.ndim > 0
        and total.size > _SMALL
        and getrefcount(total) <= _IN_DICT
        and _is_own(total)
        and total.shape == x.shape
        and total.dtype == x.dtype
        and total.flags.c_contiguous
    )


def _is_own(x: Any) -> bool:
    """Return whether an array that nobody else holds may be written into."""
    return x.base is None and x.flags.writeable


def _is_one(t: Any) -> bool:
    """Return whether an array is a single 1, repeated, as the cotangent of what is summed is."""
    return not any(t.strides) and t.size > 0 and bool(unrepeated(t) == 1)


def _takes(t: Any, factor: Any) -> bool:
    """Return whether a product with `t`, which nobody else holds, may go into its memory."""
    if not _is_own(t):
        return False
    if type(factor) is not ndarray or factor.shape == t.shape:
        return True
    behind = t.shape[t.ndim - factor.ndim :] if factor.ndim <= t.ndim else ()
    return len(behind) == factor.ndim and all(
        m in (1, n) for m, n in zip(factor.shape, behind, strict=True)
    )


def references(t: Any, factor: Any, *options: Any) -> int:
    """Return the count of references that `scaled` would see of `t`."""
    return getrefcount(t)


def references_of_factor(t: Any, factor: Any, *options: Any) -> int:
    """Return the count of references that `scaled` would see of `factor`."""
    return getrefcount(factor)


def _of_fresh(make: Callable[[], Any], count: Callable[[Any, Any], int]) -> int:
    """Return the count that `scaled` sees of a factor which was computed for it."""
    return count(1.0, make())


_FLOAT = np.dtype(float64)
_FRESH = _of_fresh(lambda: np.empty(1), references_of_factor)
_held = {0: np.empty(1)}
_IN_DICT = references(_held[0], 1.0)
