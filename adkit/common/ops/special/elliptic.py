"""Elliptic integrals, Jacobi's elliptic functions, and the mean of Gauss.

Formulas are those of the Digital Library of Mathematical Functions, chapters 19 and 22.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from adkit.common.domains import REAL, Domain, interval
from adkit.common.ops.special.slopes import by_slope, smooth, with_limits
from adkit.common.optional import optional
from adkit.common.verbs import composite

sp = optional("scipy.special", "scipy")

_BELOW_ONE = Domain(high=1.0, holomorphic=False)
_POSITIVE_REAL = Domain(low=0.0, holomorphic=False)

# ---------------------------------------------------------------- complete integrals

# For small m as hypergeometric functions, whose slopes do not cancel there as others do.


def _slope_of_ellipk(m: Any, complement: Any) -> Any:
    small = m < 0.5
    near = np.pi / 8 * sp.hyp2f1(1.5, 1.5, 2.0, np.where(small, m, 0))
    n = np.where(small, 0.5, m)
    rest = np.where(small, 0.5, complement)
    return np.where(small, near, (sp.ellipe(n) / rest - sp.ellipkm1(rest)) / (2 * n))


def _slope_of_ellipe(x: Any) -> Any:
    small = x < 0.5
    near = -np.pi / 8 * sp.hyp2f1(0.5, 1.5, 2.0, np.where(small, x, 0))
    n = np.where(small, 0.5, x)
    return np.where(small, near, (sp.ellipe(n) - sp.ellipk(n)) / (2 * n))


smooth(
    sp.ellipk,
    with_limits(lambda x: _slope_of_ellipk(x, 1 - x), {1.0: lambda m: 1 / (1 - m), -np.inf: 0}),
    domain=_BELOW_ONE,
    source="DLMF 19.4.1; 19.5.1 and 15.5.1",
)
smooth(
    sp.ellipkm1,
    with_limits(lambda x: -_slope_of_ellipk(1 - x, x), {0.0: lambda p: -1 / p}),
    domain=_POSITIVE_REAL,
    source="DLMF 19.4.1; 19.5.1 and 15.5.1",
)
smooth(
    sp.ellipe,
    with_limits(_slope_of_ellipe, {1.0: lambda m: np.log(1 - m)}),
    domain=_BELOW_ONE,
    source="DLMF 19.4.2; 19.5.2 and 15.5.1",
)
composite(
    sp.agm,
    lambda a, b: np.pi / 4 * (a + b) / sp.ellipk(np.square((a - b) / (a + b))),
    operands=2,
    domain=_POSITIVE_REAL,
    source="DLMF 19.8.5",
)

# ---------------------------------------------------------------- incomplete integrals


def _root(x: Any, y: Any) -> Any:
    return np.sqrt(1 - y * np.square(np.sin(x)))


def _small(phi: Any, m: Any, power: float) -> Any:
    """Return the integral of ``sin^2 (1 - m sin^2)^power`` to `phi`, for small `m`.

    A binomial series, with DLMF 4.26.12 for the integrals of powers of the sine.
    """
    sine, cosine = np.sin(phi), np.cos(phi)
    odd = sine
    integral = (phi - sine * cosine) / 2
    coefficient = 1.0
    total = integral
    for k in range(1, 20):
        odd = odd * sine * sine
        integral = ((2 * k + 1) * integral - odd * cosine) / (2 * k + 2)
        coefficient = coefficient * (k - 1 - power) / k
        total = total + coefficient * m**k * integral
    return total


def _by_parameter(large: Any, power: float, sign: int) -> Any:
    def slope(x: Any, y: Any) -> Any:
        small = np.abs(y) < 0.1
        near = sign / 2 * _small(x, np.where(small, y, 0), power)
        return np.where(small, near, large(x, np.where(small, 0.5, y)))

    return slope


def _ellipkinc_by_m(x: Any, y: Any) -> Any:
    first = sp.ellipeinc(x, y) / (1 - y) - sp.ellipkinc(x, y)
    return first / (2 * y) - np.sin(2 * x) / (4 * (1 - y) * _root(x, y))


smooth(
    sp.ellipkinc,
    lambda x, y: 1 / _root(x, y),
    _by_parameter(_ellipkinc_by_m, -1.5, 1),
    domain=(REAL, _BELOW_ONE),
    source="DLMF 19.4.5, a series for small m",
)
smooth(
    sp.ellipeinc,
    _root,
    _by_parameter(lambda x, y: (sp.ellipeinc(x, y) - sp.ellipkinc(x, y)) / (2 * y), -0.5, -1),
    domain=(REAL, _BELOW_ONE),
    source="DLMF 19.4.6, a series for small m",
)
by_slope(
    sp.ellipj,
    lambda ans, u, m: (ans[1] * ans[2], -ans[0] * ans[2], -m * ans[0] * ans[1], ans[2]),
    operand=0,
    domain=interval(-2.0, 2.0, holomorphic=False),
    source="DLMF 22.13.1",
)
