"""Kinks: points where slopes to both sides differ."""

from __future__ import annotations

from typing import Any

import numpy as np

from adkit.testing.draws import flat
from adkit.testing.subjects import FunctionCall
from adkit.testing.witnesses import one_hot

__all__ = ["kink_of"]

#: Steps at which one-sided slopes are compared, relative to a tangent.
STEPS = (2.0**-10, 2.0**-16, 2.0**-22)
#: Up to so many numbers are tried one by one.
MANY = 64


def kink_of(call: FunctionCall) -> str:
    """Return where slopes to both sides differ, in words; nothing if they agree.

    A smooth function's one-sided slopes approach each other as the step shrinks, those of a
    kink stay as far apart; noise and jumps drive them further apart.
    """
    with np.errstate(all="ignore"):
        tangents = call.tangents()
        if not _parts(call, tangents):
            return ""
        sizes = [np.size(x) for x in call.primals]
        found = []
        for i in range(min(sum(sizes), MANY)):
            unit = one_hot(call.primals, i)
            steps = [u * np.max(r, initial=0) for u, r in zip(unit, call.reach, strict=True)]
            if _parts(call, steps):
                found.append(_place(call, i))
    where = ", ".join(found[:4]) + (", ..." if len(found) > 4 else "")
    return f"slopes to both sides differ{f' in {where}' if where else ''}"


def _parts(call: FunctionCall, tangents: Any) -> bool:
    """Return whether one-sided slopes along a tangent stay apart."""
    points = call.widest(call.primals)
    middle = flat(call.function(*points))
    gaps, slopes = [], []
    for h in STEPS:
        up = flat(call.function(*[x + h * t for x, t in zip(points, tangents, strict=True)]))
        down = flat(call.function(*[x - h * t for x, t in zip(points, tangents, strict=True)]))
        gaps.append([np.abs(u - 2 * y + d) / h for u, y, d in zip(up, middle, down, strict=True)])
        slopes.append([np.abs(u - d) / h for u, d in zip(up, down, strict=True)])
    for k, y in enumerate(middle):
        first, middle_gap, last = (gap[k] for gap in gaps)
        rounding = 64 * np.finfo(np.asarray(y).dtype).eps * np.abs(y) / STEPS[-1]
        large = last > np.maximum(1e-3 * (slopes[-1][k] + last), rounding)
        if np.any(large & _alike(first, middle_gap) & _alike(middle_gap, last)):
            return True
    return False


def _alike(a: Any, b: Any) -> Any:
    return (b > 0.5 * a) & (b < 2 * a)


def _place(call: FunctionCall, i: int) -> str:
    for name, x in zip(call.names(), call.primals, strict=True):
        if i < np.size(x):
            index = tuple(int(j) for j in np.unravel_index(i, np.shape(x)))
            return f"{name}{f' {list(index)}' if index else ''}"
        i -= np.size(x)
    raise AssertionError(i)
