"""Products and sums that go into memory which nobody else holds.

A sweep makes an array for every product, reads it once and drops it. Where the arrays are
larger than the processor's nearest memory, taking the memory of a factor instead of new memory
saves a third of the time (100,000 elements: 8 instead of 14 us). Whether somebody else holds an
array, its count of references tells; what the count of an array is that nobody else holds
depends on the interpreter, so it is measured when adkit is imported.
"""

from __future__ import annotations

from collections.abc import Callable
from sys import getrefcount
from typing import Any

import numpy as np
from numpy import add, float64, multiply, ndarray

#: Up to this many elements, new memory costs less than to ask.
_SMALL = 2048


def scaled(t: Any, factor: Any, alone: int = 0) -> Any:
    """Return ``t * factor``, for an array `t`, in memory of either if nobody else holds it.

    Parameters
    ----------
    t : array
        A tangent or cotangent.
    factor : array, number or traced value
        A partial derivative.
    alone : int
        The count of references of a `t` that nobody else holds; 0 keeps `t` as it is.
    """
    if t.size <= _SMALL:
        return t * factor
    kind = type(factor)
    if kind is ndarray:
        if factor.dtype is not t.dtype or factor.shape != t.shape[t.ndim - factor.ndim :]:
            return t * factor
        if getrefcount(factor) <= _FRESH and factor.base is None and factor.ndim == t.ndim:
            return multiply(t, factor, factor)
    elif kind is not float and (kind is not float64 or t.dtype is not _FLOAT):
        return t * factor
    if getrefcount(t) <= alone and t.base is None:
        return multiply(t, factor, t)
    return t * factor


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


def references(t: Any, factor: Any, alone: int = 0) -> int:
    """Return the count of references that `scaled` would see of `t`."""
    return getrefcount(t)


def _of_fresh(make: Callable[[], Any], count: Callable[[Any, Any], int]) -> int:
    """Return the count that `scaled` sees of a factor which was computed for it."""
    return count(1.0, make())


_FLOAT = np.dtype(float64)
_FRESH = _of_fresh(lambda: np.empty(1), lambda t, factor: getrefcount(factor))
_held = {0: np.empty(1)}
_IN_DICT = references(_held[0], 1.0)
