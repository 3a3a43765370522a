"""The error function and its kin, and the distribution function of the normal distribution.

Formulas are those of the Digital Library of Mathematical Functions, chapter 7.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from adkit.common.domains import Domain, interval
from adkit.common.ops.special.slopes import smooth, with_limits
from adkit.common.optional import optional

sp = optional("scipy.special", "scipy")

_SLOPE_OF_ERF = 2 / math.sqrt(math.pi)
_ROOT_TWO_PI = math.sqrt(2 * math.pi)
_DENSITY_AT_ZERO = 1 / _ROOT_TWO_PI
_UNIT = interval(0.0, 1.0, holomorphic=False)
#: Of what is flat far away on both sides.
_FLAT = {math.inf: 0, -math.inf: 0}

# ---------------------------------------------------------------- error functions


def _bell(height: float, rate: float, x: Any) -> Any:
    """Return ``height * exp(rate * x**2)``, of an array in the memory of the first product."""
    y = rate * x
    if type(y) is not np.ndarray:
        return height * np.exp(y * x)
    np.exp(np.multiply(y, x, out=y), out=y)
    return np.multiply(height, y, out=y)


smooth(sp.erf, with_limits(lambda x: _bell(_SLOPE_OF_ERF, -1.0, x), _FLAT))
smooth(sp.erfc, with_limits(lambda x: _bell(-_SLOPE_OF_ERF, -1.0, x), _FLAT))
smooth(sp.erfi, lambda x: _SLOPE_OF_ERF * np.exp(x * x), domain=interval(-6.0, 6.0))
smooth(sp.erfinv, lambda ans: np.exp(ans * ans) / _SLOPE_OF_ERF, domain=Domain(-1, 1, (), False))
smooth(
    sp.erfcinv,
    lambda ans: -np.exp(ans * ans) / _SLOPE_OF_ERF,
    domain=interval(0.0, 2.0, holomorphic=False),
)

# erfcx and dawsn are parts of the Faddeeva function w. Its slope 2i / sqrt(pi) - 2 z w(z)
# cancels for large z; there the terms of its asymptotic series that do not are added up.


def _slope_of_wofz(z: Any) -> Any:
    far = (np.abs(z) > 12) & ((np.imag(z) >= 0) | (np.real(z * z) > 40))
    u = np.where(far, z, 12)
    c = 1 / (2 * u * u)
    series = np.ones_like(u)
    for k in range(14, 0, -1):
        series = 1 + (2 * k + 1) * c * series
    near = np.where(far, 0, z)
    scale = 1j / math.sqrt(math.pi)
    return np.where(far, -scale * series / (u * u), 2 * scale - 2 * near * sp.wofz(near))


def _slope_of_erfcx(x: Any) -> Any:
    slope = 1j * _slope_of_wofz(1j * x)
    return slope if np.iscomplexobj(x) else np.real(slope)


def _slope_of_dawsn(x: Any) -> Any:
    if not np.iscomplexobj(x):
        return np.imag(_slope_of_wofz(x + 0j)) / _SLOPE_OF_ERF
    return -1j / _SLOPE_OF_ERF * (_slope_of_wofz(x) + 2 * x * np.exp(-x * x))


smooth(sp.wofz, lambda x: _slope_of_wofz(x), source="DLMF 7.10.1 and 7.12.1")
smooth(
    sp.erfcx,
    with_limits(_slope_of_erfcx, {math.inf: 0, -math.inf: lambda x: -np.exp(-x)}),
    domain=Domain(low=-5.0),
    source="DLMF 7.5.1 and 7.10.1",
)
smooth(sp.dawsn, with_limits(_slope_of_dawsn, _FLAT), source="DLMF 7.5.1 and 7.10.1")

# ---------------------------------------------------------------- normal distribution


def _slope_of_log_ndtr(x: Any) -> Any:
    return 2 / _ROOT_TWO_PI / sp.erfcx(x / -math.sqrt(2))


smooth(sp.ndtr, with_limits(lambda x: _bell(_DENSITY_AT_ZERO, -0.5, x), _FLAT))
smooth(sp.ndtri, lambda ans: _ROOT_TWO_PI * np.exp(ans * ans / 2), domain=_UNIT)
smooth(
    sp.log_ndtr,
    with_limits(_slope_of_log_ndtr, {math.inf: 0, -math.inf: lambda x: -x}),
    domain=Domain(high=3.0, holomorphic=False),
)
smooth(
    sp.ndtri_exp,
    lambda ans: 1 / _slope_of_log_ndtr(ans),
    domain=Domain(high=0.0, holomorphic=False),
)
smooth(
    sp.owens_t,
    lambda x, y: -np.exp(-x * x / 2) * sp.erf(x * y / math.sqrt(2)) / (2 * _ROOT_TWO_PI),
    lambda x, y: np.exp(-x * x * (1 + y * y) / 2) / (2 * math.pi * (1 + y * y)),
    domain=(Domain(holomorphic=False), Domain(holomorphic=False)),
)
