"""Logarithms of sums of exponentials.

(Those of a single number are in `adkit.common.ops.arithmetic`.)
"""

from __future__ import annotations

from typing import Any

import numpy as np

from adkit.common.domains import REAL
from adkit.common.ops.reductions import restored
from adkit.common.registry import elementary
from adkit.common.shapes import dtype_of, from_end
from adkit.common.verbs import elementwise, general

__all__ = ["POWERS", "log_sum"]

# These come first: to declare what follows, families are loaded that import them.

POWERS = {np.logaddexp: np.exp, np.logaddexp2: np.exp2}


def _log_sum(x: Any, ufunc: Any, axis: Any = 0, keepdims: bool = False) -> Any:
    """Return the logarithm of the sum of exponentials along axes."""
    return ufunc.reduce(x, axis=axis, keepdims=keepdims)


log_sum = elementary(_log_sum)


def _logistic(x: Any) -> Any:
    """Return 1 / (1 + exp(-x)), of which nothing overflows."""
    return np.exp(np.minimum(x, 0)) / (1 + np.exp(-np.abs(x)))


def _logistic_slope(x: Any) -> Any:
    """Return logistic(x) * logistic(-x)."""
    decay = np.exp(-np.abs(x))
    return decay / np.square(1 + decay)


logistic = elementary(_logistic)
logistic_slope = elementary(_logistic_slope)
elementwise(logistic, lambda x: logistic_slope(x), domain=REAL)
elementwise(logistic_slope, lambda x, ans: -ans * np.tanh(x / 2), domain=REAL)


def _difference(x: Any, y: Any) -> Any:
    """Return x - y, and 0 where both are the same infinity."""
    with np.errstate(invalid="ignore"):
        apart = x - y
    return np.where((x == y) & np.isinf(x), 0, apart) if np.isnan(apart).any() else apart


def _binary_share(x: Any, y: Any) -> Any:
    """Return 2**x / (2**x + 2**y)."""
    apart = _difference(x, y)
    return logistic(apart * np.log(dtype_of(apart).type(2)))


_TIES = "at equal infinities both operands have 1/2"

elementwise(
    np.logaddexp,
    lambda x, y: logistic(_difference(x, y)),
    lambda x, y: logistic(_difference(y, x)),
    domain=REAL,
    kinks=_TIES,
)
elementwise(
    np.logaddexp2,
    _binary_share,
    lambda x, y: _binary_share(y, x),
    domain=REAL,
    kinks=_TIES,
)

# ---------------------------------------------------------------- along an axis


def _shares(ans: Any, x: Any, ufunc: Any, axis: Any, keepdims: bool) -> Any:
    """Return the part of each exponential in their sum; equal ones where that is 0 or inf."""
    powers = POWERS[ufunc](_difference(x, restored(ans, x, axis, keepdims)))
    return powers / np.sum(powers, axis=axis, keepdims=True)


def _push(t: Any, ans: Any, x: Any, ufunc: Any, axis: Any = 0, keepdims: bool = False) -> Any:
    t = t * _shares(ans, x, ufunc, axis, keepdims)
    return np.sum(t, axis=from_end(axis, x.ndim), keepdims=keepdims)


def _pull(ct: Any, ans: Any, x: Any, ufunc: Any, axis: Any = 0, keepdims: bool = False) -> Any:
    return restored(ct, x, axis, keepdims) * _shares(ans, x, ufunc, axis, keepdims)


_TIES_OF_ALL = "at equal infinities all have equal parts"
general(log_sum, push=_push, pull=_pull, domain=REAL, kinks=_TIES_OF_ALL)
