"""Logarithms of sums of exponentials.

(Those of a single number are in `adkit.common.ops.arithmetic`.)
"""

from __future__ import annotations

from typing import Any

import numpy as np

from adkit.common.domains import REAL
from adkit.common.registry import elementary
from adkit.common.shapes import dtype_of
from adkit.common.verbs import elementwise


def _logistic(x: Any) -> Any:
    """Return 1 / (1 + exp(-x)), of which nothing overflows."""
    decay = np.exp(-np.abs(x))
    return np.where(x < 0, decay, 1) / (1 + decay)


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
        return np.where((x == y) & np.isinf(x), 0, x - y)


def _binary_share(x: Any, y: Any) -> Any:
    """Return 2**x / (2**x + 2**y)."""
    difference = _difference(x, y)
    return logistic(difference * np.log(dtype_of(difference).type(2)))


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
