"""A choice between arrays, element by element.

What an element was not chosen from gets a structural zero: nothing that is infinite
or nan there reaches the derivative.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from adkit.common.domains import REAL
from adkit.common.registry import Rule, dispatches
from adkit.common.verbs import composite, elementwise

elementwise(np.where, None, lambda t, x: np.where(x, t, 0), lambda t, x: np.where(x, 0, t))

# ---------------------------------------------------------------- the larger, the smaller


def _shares(wins: Callable[[Any, Any], Any]) -> tuple[Rule, Rule]:
    """Return both partials of a choice; `wins` says where it is the first of unequal operands."""

    def first(t: Any, x: Any, y: Any) -> Any:
        return np.where(x == y, t / 2, np.where(wins(x, y), t, 0))

    def second(t: Any, x: Any, y: Any) -> Any:
        return np.where(x == y, t / 2, np.where(wins(x, y), 0, t))

    return first, second


_TIES = "operands that are equal share equally"

# The first of two takes a nan before the second does, or (fmax, fmin) leaves it to the second.
elementwise(np.maximum, *_shares(lambda x, y: (x > y) | np.isnan(x)), domain=REAL, kinks=_TIES)
elementwise(np.minimum, *_shares(lambda x, y: (x < y) | np.isnan(x)), domain=REAL, kinks=_TIES)
elementwise(np.fmax, *_shares(lambda x, y: (x > y) | np.isnan(y)), domain=REAL, kinks=_TIES)
elementwise(np.fmin, *_shares(lambda x, y: (x < y) | np.isnan(y)), domain=REAL, kinks=_TIES)


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
            return np.where(_inside(a, low, high), a, 0)
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
