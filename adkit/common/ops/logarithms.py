"""Logarithms of sums of exponentials.

(Those of a single number are in `adkit.common.ops.arithmetic`.)
"""

from __future__ import annotations

from typing import Any

import numpy as np

from adkit.common.domains import REAL
from adkit.common.registry import elementary, elementwise
from adkit.common.shapes import dtype_of


def _logistic(x: Any) -> Any:
    """Return 1 / (1 + exp(-x)), of which nothing overflows."""
    decay = np.exp(-np.abs(x))
    return np.where(x < 0, decay, 1) / (1 + decay)


logistic = elementary(_logistic)
# 1 - logistic(x) would lose the digits of a small difference.
elementwise(logistic, lambda x: logistic(x) * logistic(-x), domain=REAL)


def _difference(x: Any, y: Any) -> Any:
    """Return x - y, and 0 where both are the same infinity."""
    tie = (x == y) & np.isinf(x)
    return np.where(tie, 0, x) - np.where(tie, 0, y)


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
