"""A choice between arrays, element by element.

What an element was not chosen from gets a structural zero: nothing that is infinite
or nan there reaches the derivative.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from adkit.common.domains import REAL
from adkit.common.ops.masking import decided, kept, portion
from adkit.common.registry import dispatches
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


def _share(t: Any, part: Any) -> Any:
    """Return a tangent where a mask is true, or so many halves of it."""
    return portion(t, part, 1 if part.dtype == bool else 2)


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
    low = min if a_min is None else a_min
    high = max if a_max is None else a_max
    if dtype is not None:
        a = a.astype(dtype)
    if not dispatches(low) and not dispatches(high):
        bounds = [bound for bound in (low, high) if bound is not None]
        if not any(np.any(a == bound) for bound in bounds):
            return kept(a, _inside(a, low, high))
    if low is not None:
        a = np.maximum(a, low)
    return a if high is None else np.minimum(a, high)


def _inside(a: Any, low: Any, high: Any) -> Any:
    """Return where an array is not cut off, nan included."""
    below = False if low is None else a < low
    above = False if high is None else a > high
    return np.logical_not(np.logical_or(below, above))


composite(
    np.clip, _clip, operands=3, domain=REAL, kinks="one half at a bound, the other for the bound"
)

# ---------------------------------------------------------------- one of several


def _select(condlist: Any, choicelist: Any, default: Any = 0) -> Any:
    chosen = default
    for condition, choice in reversed(list(zip(condlist, choicelist, strict=True))):
        chosen = np.where(condition, choice, chosen)
    return chosen


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
