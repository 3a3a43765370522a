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
from adkit.common.ops.special.slopes import by_slope, smooth
from adkit.common.optional import optional
from adkit.common.registry import Rule
from adkit.common.verbs import composite

sp = optional("scipy.special", "scipy")

_POSITIVE_REAL = Domain(low=0.0, holomorphic=False)
_NONZERO_REAL = Domain(kinks=(0.0,), holomorphic=False)

# ---------------------------------------------------------------- cylinder functions

for _function in (sp.jv, sp.yv, sp.hankel1, sp.hankel2):
    by_slope(
        _function,
        lambda v, z, f=_function: (f(v - 1, z) - f(v + 1, z)) / 2,
        domain=POSITIVE,
        source="DLMF 10.6.1",
    )
by_slope(sp.iv, lambda v, z: (sp.iv(v - 1, z) + sp.iv(v + 1, z)) / 2, source="DLMF 10.29.1")
by_slope(
    sp.kv,
    lambda v, z: -(sp.kv(v - 1, z) + sp.kv(v + 1, z)) / 2,
    domain=POSITIVE,
    source="DLMF 10.29.1",
)
by_slope(sp.yn, lambda n, x: (sp.yv(n - 1, x) - sp.yv(n + 1, x)) / 2, domain=_POSITIVE_REAL)
by_slope(sp.kn, lambda n, x: -(sp.kv(n - 1, x) + sp.kv(n + 1, x)) / 2, domain=_POSITIVE_REAL)

smooth(sp.j0, lambda x: -sp.j1(x), domain=REAL)
smooth(sp.j1, lambda x: (sp.j0(x) - sp.jv(2, x)) / 2, domain=REAL)
smooth(sp.y0, lambda x: -sp.y1(x), domain=_POSITIVE_REAL)
smooth(sp.y1, lambda x: (sp.y0(x) - sp.yv(2, x)) / 2, domain=_POSITIVE_REAL)
smooth(sp.i0, lambda x: sp.i1(x), domain=REAL)
smooth(sp.i1, lambda x: (sp.i0(x) + sp.iv(2, x)) / 2, domain=REAL)
smooth(sp.k0, lambda x: -sp.k1(x), domain=_POSITIVE_REAL)
smooth(sp.k1, lambda x: -(sp.k0(x) + sp.kv(2, x)) / 2, domain=_POSITIVE_REAL)

# ---------------------------------------------------------------- exponentially scaled

# The factors of jve, yve and ive are not analytic: exp(-abs(imag(z))), exp(-abs(real(z))).


def _real_only(function: Any, slope: Rule) -> Rule:
    def of_real(ans: Any, v: Any, z: Any) -> Any:
        if np.iscomplexobj(z):
            raise MissingRuleError(
                "ADK403",
                f"scipy.special.{function.__name__} of complex numbers has no derivative rule",
                instead="scale the function without the e yourself: it has one",
            )
        return slope(ans, v, z)

    return of_real


for _function in (sp.jve, sp.yve):
    by_slope(
        _function,
        _real_only(_function, lambda ans, v, z, f=_function: (f(v - 1, z) - f(v + 1, z)) / 2),
        domain=_POSITIVE_REAL,
    )
by_slope(
    sp.ive,
    _real_only(
        sp.ive,
        lambda ans, v, z: (sp.ive(v - 1, z) + sp.ive(v + 1, z)) / 2 - np.sign(z) * ans,
    ),
    domain=_NONZERO_REAL,
)
by_slope(
    sp.kve,
    lambda ans, v, z: ans - (sp.kve(v - 1, z) + sp.kve(v + 1, z)) / 2,
    domain=POSITIVE,
)
by_slope(
    sp.hankel1e,
    lambda ans, v, z: (sp.hankel1e(v - 1, z) - sp.hankel1e(v + 1, z)) / 2 - 1j * ans,
    domain=POSITIVE,
)
by_slope(
    sp.hankel2e,
    lambda ans, v, z: (sp.hankel2e(v - 1, z) - sp.hankel2e(v + 1, z)) / 2 + 1j * ans,
    domain=POSITIVE,
)
smooth(sp.i0e, lambda x, ans: sp.i1e(x) - np.sign(x) * ans, domain=_NONZERO_REAL)
smooth(
    sp.i1e,
    lambda x, ans: (sp.i0e(x) + sp.ive(2, x)) / 2 - np.sign(x) * ans,
    domain=_NONZERO_REAL,
)
smooth(sp.k0e, lambda x, ans: ans - sp.k1e(x), domain=_POSITIVE_REAL)
smooth(sp.k1e, lambda x, ans: ans - (sp.k0e(x) + sp.kve(2, x)) / 2, domain=_POSITIVE_REAL)

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
    lambda ans, z: (ans[1], z * ans[0], ans[3], z * ans[2]),
    source="DLMF 9.2.1",
)

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
