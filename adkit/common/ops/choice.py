"""A choice between arrays, element by element.

What an element was not chosen from gets a structural zero: nothing that is infinite
or nan there reaches the derivative.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from adkit.common.domains import REAL
from adkit.common.ops.arrangement import memory_order
from adkit.common.ops.masking import decided, kept, portion
from adkit.common.registry import dispatches, elementary
from adkit.common.verbs import composite, elementwise

elementwise(
    np.where,
    None,
    lambda t, x: kept(t, np.not_equal(x, 0)),
    lambda t, x: kept(t, np.equal(x, 0)),
)

# ---------------------------------------------------------------- the larger, the smaller


def _chosen(better: Callable[[Any, Any], Any], *, takes_nan: bool) -> Callable[..., Any]:
    """Return what tells how much of the `better` operand is the first one: a mask, or halves.

    A nan is taken from the first operand before it is from the second, or (fmax, fmin) it is
    left to the second.
    """

    def chosen(x: Any, y: Any) -> Any:
        mine, other = better(x, y), better(y, x)
        if decided(mine, other):
            return mine
        halves = 1 + mine.view(np.int8) - other.view(np.int8)
        of_x, of_y = np.isnan(x), np.isnan(y)
        if not (of_x.any() or of_y.any()):
            return halves
        first, second = (of_x, of_y) if takes_nan else (of_y, of_x)
        return np.where(first, np.int8(2), np.where(second, np.int8(0), halves))

    return chosen


def _share(t: Any, part: Any, whole: int = 2) -> Any:
    """Return a tangent where a mask is true, or so many halves of it, or parts of a `whole`."""
    return portion(t, part, 1 if part.dtype == bool else whole)


def _rest(part: Any) -> Any:
    return ~part if part.dtype == bool else 2 - part


def _choice(function: Any, better: Callable[[Any, Any], Any], *, takes_nan: bool) -> None:
    """Declare a choice of the better one of two operands."""
    chosen = _chosen(better, takes_nan=takes_nan)

    def both(t: Any, x: Any, y: Any) -> tuple[Any, Any]:
        part = chosen(x, y)
        return _share(t, part), _share(t, _rest(part))

    elementwise(
        function,
        lambda t, x, y: _share(t, chosen(x, y)),
        lambda t, x, y: _share(t, _rest(chosen(x, y))),
        pull=both,
        domain=REAL,
        kinks="operands that are equal share equally",
    )


for _larger, _smaller, _takes_nan in ((np.maximum, np.minimum, True), (np.fmax, np.fmin, False)):
    _choice(_larger, np.greater, takes_nan=_takes_nan)
    _choice(_smaller, np.less, takes_nan=_takes_nan)


# ---------------------------------------------------------------- between two bounds

_HALVES = "one half at a bound, the other for the bound"


def _limited(a: Any, low: Any, high: Any) -> Any:
    """Return an array between constant bounds, of which one may be absent."""
    return np.clip(a, low, high)


def _cut(a: Any, low: Any, high: Any) -> Any:
    """Return what is linear in `a`, where it is at no bound: a tape holds a mask."""
    bounds = [bound for bound in (low, high) if bound is not None]
    if not any(np.any(a == bound) for bound in bounds):
        return kept(a, _inside(a, low, high))
    if low is not None:
        a = np.maximum(a, low)
    return a if high is None else np.minimum(a, high)


def _inside(a: Any, low: Any, high: Any) -> Any:
    """Return where an array is not cut off, nan included."""
    if high is None:
        return np.True_ if low is None else np.logical_not(a < low)
    above = a > high
    return np.logical_not(above if low is None else np.logical_or(a < low, above))


limited = elementary(_limited)
composite(limited, _cut, domain=REAL, kinks=_HALVES)

_of_larger = _chosen(np.greater, takes_nan=True)
_of_smaller = _chosen(np.less, takes_nan=True)


def _within(x: Any, y: Any, z: Any) -> Any:
    """Return `x`, or the bound that it is beyond: the smaller of `z` and the larger of both."""
    return np.clip(x, y, z)


def _parts(x: Any, y: Any, z: Any, ans: Any) -> tuple[Any, Any, Any]:
    """Return where the result is each operand: masks, or how many quarters of it they are."""
    masks = np.equal(x, ans), np.equal(y, ans), np.equal(z, ans)
    first, second, third = (mask.view(np.int8) for mask in masks)
    if np.all(first + second + third == 1):
        return masks
    one, other = _of_larger(x, y), _of_smaller(np.maximum(x, y), z)
    one, other = (2 * p.view(np.int8) if p.dtype == bool else p for p in (one, other))
    return one * other, (2 - one) * other, 4 - 2 * other


def _part_of(i: int) -> Callable[..., Any]:
    return lambda t, x, y, z, ans: _share(t, _parts(x, y, z, ans)[i], 4)


within = elementary(_within)
elementwise(
    within,
    *(_part_of(i) for i in range(3)),
    pull=lambda t, x, y, z, ans: tuple(_share(t, part, 4) for part in _parts(x, y, z, ans)),
    domain=REAL,
    kinks=_HALVES,
)


def _clip(
    a: Any,
    a_min: Any = None,
    a_max: Any = None,
    out: Any = None,
    *,
    min: Any = None,
    max: Any = None,
    dtype: Any = None,
) -> Any:
    """Call what NumPy calls, so that values have the same bits."""
    low = min if a_min is None else a_min
    high = max if a_max is None else a_max
    a, low, high = (np.asarray(z) if isinstance(z, list) else z for z in (a, low, high))
    if dtype is not None:
        a, low, high = (
            z if z is None or isinstance(z, (int, float)) else np.positive(z, dtype=dtype)
            for z in (a, low, high)
        )
    if not dispatches(low) and not dispatches(high):
        return limited(a, low, high)
    if low is None:
        return np.minimum(a, high)
    return np.maximum(a, low) if high is None else within(a, low, high)


composite(np.clip, _clip, operands=3, exact=True, domain=REAL, kinks=_HALVES)

# ---------------------------------------------------------------- one of several


def _select(condlist: Any, choicelist: Any, default: Any = 0) -> Any:
    chosen = default
    pairs = list(zip(condlist, choicelist, strict=True))
    for i, (condition, choice) in reversed(list(enumerate(pairs))):
        if getattr(condition, "dtype", np.bool) != np.bool:
            raise TypeError(f"invalid entry {i} in condlist: should be boolean ndarray")
        chosen = np.where(condition, choice, chosen)
    if np.ndim(chosen) < 2 or memory_order(chosen) == tuple(range(chosen.ndim)):
        return chosen
    return np.copy(chosen, order="C")  # as NumPy fills it


def _choose(a: Any, choices: Any, out: Any = None, mode: str = "raise") -> Any:
    count = len(choices)
    a = np.asarray(a)
    if mode == "wrap":
        a = a % count
    elif mode == "clip":
        a = np.clip(a, 0, count - 1)
    elif ((a < 0) | (a >= count)).any():
        raise ValueError("invalid entry in choice array")
    chosen: Any = 0
    for k in range(count):
        chosen = np.where(a == k, choices[k], chosen)
    return chosen[()]


# Traced values stand inside lists: the body is called in the place of the function.
composite(np.select, _select, operands=0)
composite(np.choose, _choose, operands=0)
