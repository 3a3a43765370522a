"""Solutions of differential equations of second order, which SciPy returns with their slopes.

The slope of the slope is what the equation says: Kelvin, parabolic cylinder and Mathieu
functions. Formulas are those of the Digital Library of Mathematical Functions.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from adkit.common.domains import REAL, Domain
from adkit.common.ops.special.slopes import by_slope, smooth
from adkit.common.optional import optional
from adkit.common.signatures import Rule

sp = optional("scipy.special", "scipy")

_POSITIVE_REAL = Domain(low=0.0, holomorphic=False)

# ---------------------------------------------------------------- Kelvin functions

_KELVIN = "DLMF 10.61.1 and 10.6.1; 10.61.3"
_TURN = np.exp(0.75j * math.pi)


def _second(x: Any) -> Any:
    """Return the Bessel function of order 2 beside the one of order 0 that ber and bei are."""
    return sp.jv(2.0, x * _TURN)


smooth(sp.ber, lambda x: sp.berp(x), domain=REAL)
smooth(sp.bei, lambda x: sp.beip(x), domain=REAL)
smooth(sp.ker, lambda x: sp.kerp(x), domain=_POSITIVE_REAL)
smooth(sp.kei, lambda x: sp.keip(x), domain=_POSITIVE_REAL)
smooth(sp.berp, lambda x: (np.imag(_second(x)) - sp.bei(x)) / 2, domain=REAL, source=_KELVIN)
smooth(sp.beip, lambda x: (sp.ber(x) - np.real(_second(x))) / 2, domain=REAL, source=_KELVIN)
smooth(sp.kerp, lambda x: -sp.kei(x) - sp.kerp(x) / x, domain=_POSITIVE_REAL, source=_KELVIN)
smooth(sp.keip, lambda x: sp.ker(x) - sp.keip(x) / x, domain=_POSITIVE_REAL, source=_KELVIN)
by_slope(
    sp.kelvin,
    lambda ans, x: (ans[2], ans[3], 0.5j * (ans[0] - _second(x)), 1j * ans[1] - ans[3] / x),
    domain=_POSITIVE_REAL,
    source=_KELVIN,
)

# ---------------------------------------------------------------- parabolic cylinder functions

for _function in (sp.pbdv, sp.pbvv):
    by_slope(
        _function,
        lambda ans, v, x: (ans[1], (x * x / 4 - v - 0.5) * ans[0]),
        domain=REAL,
        source="DLMF 12.2.2, with a = -v - 1/2",
    )
by_slope(
    sp.pbwa,
    lambda ans, a, x: (ans[1], (a - x * x / 4) * ans[0]),
    domain=REAL,
    source="DLMF 12.2.3",
)

# ---------------------------------------------------------------- Mathieu functions


def _mathieu(name: str, characteristic: Any, wave: Rule, unit: float = 1.0) -> None:
    """Declare solutions of ``y'' = (2 q cos 2x - a) y`` of a variable in some unit."""

    def slope(ans: Any, m: Any, q: Any, x: Any) -> Any:
        return unit * ans[1], unit * wave(characteristic(m, q), q, x * unit) * ans[0]

    by_slope(getattr(sp, f"mathieu_{name}"), slope, domain=REAL, source="DLMF 28.2.1")


def _round(a: Any, q: Any, x: Any) -> Any:
    return 2 * q * np.cos(2 * x) - a


_mathieu("cem", sp.mathieu_a, _round, math.pi / 180)
_mathieu("sem", sp.mathieu_b, _round, math.pi / 180)
