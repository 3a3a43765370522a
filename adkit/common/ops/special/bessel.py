"""Bessel functions in their argument: of all kinds, modified, spherical, scaled; Airy's.

Formulas are those of the Digital Library of Mathematical Functions, chapters 9 to 11. An
order may be any number; it is a parameter, without derivative.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from adkit.common.domains import POSITIVE, REAL, Domain
from adkit.common.errors import MissingRuleError
from adkit.common.ops.special.slopes import by_slope, smooth, with_limits
from adkit.common.optional import optional
from adkit.common.signatures import Rule
from adkit.common.verbs import composite

sp = optional("scipy.special", "scipy")

_POSITIVE_REAL = Domain(low=0.0, holomorphic=False)
_NONZERO_REAL = Domain(kinks=(0.0,), holomorphic=False)

# ---------------------------------------------------------------- cylinder functions

#: Of what oscillates and decays.
_DECAYING = {math.inf: 0, -math.inf: 0}
#: Of what has a pole or a logarithm at 0, and rises or falls from there.
_RISING = {math.inf: 0, 0.0: lambda x: 1 / x}
_FALLING = {math.inf: 0, 0.0: lambda x: -1 / x}
_GROWING = {math.inf: np.exp}


def _slope_of_jv(v: Any, z: Any) -> Any:
    return (sp.jv(v - 1, z) - sp.jv(v + 1, z)) / 2


def _slope_of_yv(v: Any, z: Any) -> Any:
    return (sp.yv(v - 1, z) - sp.yv(v + 1, z)) / 2


def _slope_of_iv(v: Any, z: Any) -> Any:
    return (sp.iv(v - 1, z) + sp.iv(v + 1, z)) / 2


by_slope(sp.jv, with_limits(_slope_of_jv, _DECAYING), domain=POSITIVE, source="DLMF 10.6.1")
by_slope(sp.yv, with_limits(_slope_of_yv, _RISING), domain=POSITIVE, source="DLMF 10.6.1")
for _function in (sp.hankel1, sp.hankel2):
    by_slope(
        _function,
        lambda v, z, f=_function: (f(v - 1, z) - f(v + 1, z)) / 2,
        domain=POSITIVE,
        source="DLMF 10.6.1",
    )
by_slope(sp.iv, with_limits(_slope_of_iv, _GROWING), source="DLMF 10.29.1")
by_slope(
    sp.kv,
    lambda v, z: -(sp.kv(v - 1, z) + sp.kv(v + 1, z)) / 2,
    domain=POSITIVE,
    source="DLMF 10.29.1",
)
by_slope(sp.yn, with_limits(_slope_of_yv, _RISING), domain=_POSITIVE_REAL)
by_slope(sp.kn, lambda n, x: -(sp.kv(n - 1, x) + sp.kv(n + 1, x)) / 2, domain=_POSITIVE_REAL)

smooth(sp.j0, with_limits(lambda x: -sp.j1(x), _DECAYING), domain=REAL)
smooth(sp.j1, with_limits(lambda x: (sp.j0(x) - sp.jv(2, x)) / 2, _DECAYING), domain=REAL)
smooth(sp.y0, with_limits(lambda x: -sp.y1(x), _RISING), domain=_POSITIVE_REAL)
smooth(sp.y1, with_limits(lambda x: (sp.y0(x) - sp.yv(2, x)) / 2, _RISING), domain=_POSITIVE_REAL)
smooth(sp.i0, with_limits(lambda x: sp.i1(x), _GROWING), domain=REAL)
smooth(sp.i1, with_limits(lambda x: (sp.i0(x) + sp.iv(2, x)) / 2, _GROWING), domain=REAL)
smooth(sp.k0, lambda x: -sp.k1(x), domain=_POSITIVE_REAL)
smooth(sp.k1, lambda x: -(sp.k0(x) + sp.kv(2, x)) / 2, domain=_POSITIVE_REAL)

# ---------------------------------------------------------------- exponentially scaled

# The factors of jve, yve and ive are not analytic: exp(-abs(imag(z))), exp(-abs(real(z))).


def _no_rule(name: str) -> MissingRuleError:
    return MissingRuleError(
        "ADK403",
        f"scipy.special.{name} of complex numbers has no derivative rule",
        instead="scale the function without the e yourself: it has one",
    )


def _real_only(function: Any, slope: Rule) -> Rule:
    def of_real(ans: Any, v: Any, z: Any) -> Any:
        if np.iscomplexobj(z):
            raise _no_rule(function.__name__)
        return slope(ans, v, z)

    return of_real


for _function in (sp.jve, sp.yve):
    by_slope(
        _function,
        _real_only(_function, lambda ans, v, z, f=_function: (f(v - 1, z) - f(v + 1, z)) / 2),
        domain=_POSITIVE_REAL,
    )

# The others vary slowly: their slopes are differences of neighbours that are equal but for
# their last digits, far out, where the terms of an asymptotic series are added up instead.


def _tail(v: Any, z: Any, sign: int) -> Any:
    """Return minus the slope of ``z^(-1/2)`` times the series, over ``z^(-1/2)``."""
    total, coefficient, power = 0, 1.0, 1 / z
    for k in range(10):
        total = total + (k + 0.5) * coefficient * power
        coefficient = coefficient * sign * (4.0 * v * v - (2 * k + 1) ** 2) / (8 * (k + 1))
        power = power / z
    return total


def _is_far(v: Any, z: Any) -> Any:
    """Return where a term of the series is less than a hundredth of the one before."""
    return np.abs(z) > 200 * np.maximum(1.0, np.square(v))


def _slope_of_kve(v: Any, z: Any) -> Any:
    far = _is_far(v, z)
    u = np.where(far, z, 1e6)
    near = np.where(far, 1, z)
    difference = sp.kve(v, near) - (sp.kve(v - 1, near) + sp.kve(v + 1, near)) / 2
    return np.where(far, -np.sqrt(np.pi / (2 * u)) * _tail(v, u, 1), difference)


def _slope_of_ive(v: Any, z: Any) -> Any:
    far = _is_far(v, z)
    u = np.where(far, np.abs(z), 1e6)
    near = np.where(far, 1, z)
    neighbours = (sp.ive(v - 1, near) + sp.ive(v + 1, near)) / 2
    turned = np.where(z < 0, -np.cos(np.pi * v), 1)
    tail = -turned * _tail(v, u, -1) / np.sqrt(2 * np.pi * u)
    return np.where(far, tail, neighbours - np.sign(near) * sp.ive(v, near))


by_slope(
    sp.ive,
    _real_only(sp.ive, lambda ans, v, z: _slope_of_ive(v, z)),
    domain=_NONZERO_REAL,
    source="DLMF 10.29.1 and 10.40.1",
)
by_slope(
    sp.kve, with_limits(_slope_of_kve, _FALLING), domain=POSITIVE, source="DLMF 10.29.1 and 10.40.2"
)
by_slope(
    sp.hankel1e,
    lambda v, z: -2 / np.pi * np.exp(-0.5j * np.pi * v) * _slope_of_kve(v, -1j * z),
    domain=POSITIVE,
    source="DLMF 10.27.8",
)
by_slope(
    sp.hankel2e,
    lambda v, z: -2 / np.pi * np.exp(0.5j * np.pi * v) * _slope_of_kve(v, 1j * z),
    domain=POSITIVE,
    source="DLMF 10.27.8",
)
smooth(sp.i0e, lambda x: _slope_of_ive(0, x), domain=_NONZERO_REAL, kinks="0 at 0")
smooth(sp.i1e, lambda x: _slope_of_ive(1, x), domain=_NONZERO_REAL)
smooth(sp.k0e, with_limits(lambda x: _slope_of_kve(0, x), _FALLING), domain=_POSITIVE_REAL)
smooth(sp.k1e, with_limits(lambda x: _slope_of_kve(1, x), _FALLING), domain=_POSITIVE_REAL)

# ---------------------------------------------------------------- spherical


def _spherical(name: str, before: int, after: int) -> None:
    """Declare a spherical function by its neighbours, weighted by signs; and its derivative."""
    function = getattr(sp._ufuncs, f"_spherical_{name}")

    def slope(n: Any, z: Any) -> Any:
        lower, upper = function(np.maximum(n - 1, 0), z), function(n + 1, z)
        return (before * n * lower + after * (n + 1) * upper) / (2 * n + 1)

    by_slope(function, slope, domain=POSITIVE, source="DLMF 10.51")
    composite(
        getattr(sp._ufuncs, f"_spherical_{name}_d"), slope, operands=slice(1, 2), domain=POSITIVE
    )


_spherical("jn", 1, -1)
_spherical("yn", 1, -1)
_spherical("in", 1, 1)
_spherical("kn", -1, -1)

# ---------------------------------------------------------------- Airy

by_slope(
    sp.airy,
    lambda ans, z: (ans[1], np.where(np.isinf(z), 0, z) * ans[0], ans[3], z * ans[2]),
    source="DLMF 9.2.1",
)


def _slope_of_airye(ans: Any, z: Any) -> Any:
    """Return the slopes of Ai and Bi over their exponential growth, for positive numbers."""
    if np.iscomplexobj(z):
        raise _no_rule("airye")
    ai, aip, bi, bip = ans
    z = np.where(np.isinf(z), 0, z)  # all of them are flat far away
    root = np.sqrt(np.maximum(z, 0))
    return aip + root * ai, z * ai + root * aip, bip - root * bi, z * bi - root * bip


by_slope(sp.airye, _slope_of_airye, domain=_POSITIVE_REAL, source="DLMF 9.2.1")

# ---------------------------------------------------------------- Struve


def _between(v: Any, x: Any) -> Any:
    """Return what the neighbours of a Struve function lack, DLMF 11.4.23 and 11.4.25."""
    return (x / 2) ** v * sp.rgamma(v + 1.5) / math.sqrt(math.pi)


by_slope(
    sp.struve,
    lambda v, x: (sp.struve(v - 1, x) - sp.struve(v + 1, x) + _between(v, x)) / 2,
    domain=_POSITIVE_REAL,
    source="DLMF 11.4.23",
)
by_slope(
    sp.modstruve,
    lambda v, x: (sp.modstruve(v - 1, x) + sp.modstruve(v + 1, x) + _between(v, x)) / 2,
    domain=_POSITIVE_REAL,
    source="DLMF 11.4.25",
)
