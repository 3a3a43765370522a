"""Values replaced where they are nan or infinite, jump by whole periods, or are nearly real."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from adkit.common.domains import REAL
from adkit.common.ops.arrangement import as_arrays
from adkit.common.registry import dispatches, elementary
from adkit.common.verbs import composite, constant

constant(np.isposinf, np.isneginf)

# ---------------------------------------------------------------- nan and inf


def _finite(x: Any, nan: Any, posinf: Any, neginf: Any) -> Any:
    return np.nan_to_num(x, True, nan, posinf, neginf)


def _replaced(x: Any, nan: Any, posinf: Any, neginf: Any) -> Any:
    (x,) = as_arrays(x)
    if np.iscomplexobj(x):
        parts = [_replaced(part, nan, posinf, neginf) for part in (np.real(x), np.imag(x))]
        return parts[0] + 1j * parts[1]
    limits = np.finfo(x.dtype)
    x = np.where(np.isposinf(x), limits.max if posinf is None else posinf, x)
    x = np.where(np.isneginf(x), limits.min if neginf is None else neginf, x)
    return np.where(np.isnan(x), nan, x)


def _nan_to_num(
    x: Any, copy: bool = True, nan: Any = 0.0, posinf: Any = None, neginf: Any = None
) -> Any:
    result = finite(x, nan, posinf, neginf)
    if copy or not dispatches(x):
        return result
    x[...] = result
    return x


_KINKS = "0 for what is replaced"
finite = elementary(_finite)
composite(finite, _replaced, operands=4, kinks=_KINKS)
composite(np.nan_to_num, _nan_to_num, operands=0, kinks=_KINKS)

# ---------------------------------------------------------------- whole periods


def _unwrapped(p: Any, period: Any, discont: Any, axis: int) -> Any:
    return np.unwrap(p, discont, axis, period=period)


def _cycles(p: Any, period: Any, discont: Any, axis: int) -> Any:
    """Return how many periods are added to each element."""
    return np.rint((np.unwrap(p, discont, axis, period=period) - p) / period)


unwrapped = elementary(_unwrapped)
cycles = elementary(_cycles)
constant(cycles, operands=2, kinks="jumps where a step is half a period; 0 there")
composite(
    unwrapped,
    lambda p, period, discont, axis: p + cycles(p, period, discont, axis) * period,
    operands=2,
    domain=REAL,
)
composite(
    np.unwrap,
    lambda p, discont=None, axis=-1, *, period=2 * math.pi: unwrapped(p, period, discont, axis),
    operands=0,
    domain=REAL,
)

# ---------------------------------------------------------------- nearly real


def _real_if_close(a: Any, tol: float = 100) -> Any:
    if not np.iscomplexobj(a):
        return a
    bound = tol * np.finfo(a.dtype).eps if tol > 1 else tol
    return np.real(a) if np.all(np.abs(np.imag(a)) < bound) else a


composite(np.real_if_close, _real_if_close, kinks="jumps where the imaginary part reaches tol")
