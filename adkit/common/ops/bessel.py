"""The modified Bessel function I0, with all its derivatives."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from adkit.common.domains import REAL
from adkit.common.registry import elementary
from adkit.common.verbs import elementwise

#: From here on the asymptotic expansion has all digits.
_FAR = 30.0


def _scaled(x: Any, n: int) -> Any:
    """Return the even function ``I_n(x) / x**n``."""
    size = np.abs(x)
    far = size > _FAR
    near = np.where(far, 0, x)
    square = near * near
    series = np.ones_like(near)
    for k in range(64, 0, -1):
        series = 1 + series * (square / (4 * k * (n + k)))
    series = series / (2**n * math.factorial(n))
    if not np.any(far):
        return series.astype(near.dtype)[()]
    large = np.where(far & (size < np.inf), size, _FAR).astype(near.dtype)
    expansion = np.ones_like(near)
    for k in range(20, 0, -1):
        expansion = 1 - expansion * ((4 * n * n - (2 * k - 1) ** 2) / (8 * k)) / large
    growth = np.exp(np.where(far, size, 0)) / np.sqrt(2 * math.pi * large)
    result = np.where(far, growth * expansion / large**n, series)
    return result.astype(near.dtype)[()]


scaled = elementary(_scaled)
_SOURCE = "DLMF 10.25.2, 10.29.4 and 10.40.1"
elementwise(np.i0, lambda x: x * scaled(x, 1), domain=REAL, source=_SOURCE)
elementwise(scaled, lambda x, y: x * scaled(x, y + 1), None, domain=(REAL, REAL), source=_SOURCE)
