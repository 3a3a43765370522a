"""Distribution functions that are ufuncs, in their variable; some in their parameters too.

Those that are an incomplete gamma or beta function of another argument are defined by it.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from adkit.common.domains import REAL, Domain, interval
from adkit.common.ops.special.gamma import gamma_density
from adkit.common.ops.special.slopes import by_slope, with_limits
from adkit.common.optional import optional
from adkit.common.verbs import composite

sp = optional("scipy.special", "scipy")

_POSITIVE_REAL = Domain(low=0.0, holomorphic=False)
_UNIT = interval(0.0, 1.0, holomorphic=False)

# ---------------------------------------------------------------- Student and chi-squared


def student_density(df: Any, t: Any) -> Any:
    """Return the density of Student's distribution."""
    norm = np.exp(sp.gammaln((df + 1) / 2) - sp.gammaln(df / 2)) / np.sqrt(df * math.pi)
    return norm * (1 + t * t / df) ** (-(df + 1) / 2)


by_slope(sp.stdtr, with_limits(student_density, {math.inf: 0, -math.inf: 0}), domain=REAL)
by_slope(sp.stdtrit, lambda ans, df, p: 1 / student_density(df, ans), domain=_UNIT)


def chi_squared_density(df: Any, x: Any) -> Any:
    """Return the density of the chi-squared distribution."""
    return gamma_density(df / 2, x / 2) / 2


by_slope(sp.chdtr, chi_squared_density, domain=_POSITIVE_REAL)
by_slope(sp.chdtrc, lambda v, x: -chi_squared_density(v, x), domain=_POSITIVE_REAL)
by_slope(sp.chdtri, lambda ans, v, p: -1 / chi_squared_density(v, ans), domain=_UNIT)

# ---------------------------------------------------------------- by gammainc and betainc

composite(sp.gdtr, lambda a, b, x: sp.gammainc(b, a * x), operands=3, domain=_POSITIVE_REAL)
composite(sp.gdtrc, lambda a, b, x: sp.gammaincc(b, a * x), operands=3, domain=_POSITIVE_REAL)
composite(sp.pdtr, lambda k, m: sp.gammaincc(np.floor(k) + 1, m), operands=2, domain=_POSITIVE_REAL)
composite(sp.pdtrc, lambda k, m: sp.gammainc(np.floor(k) + 1, m), operands=2, domain=_POSITIVE_REAL)


def _fdtr(dfn: Any, dfd: Any, x: Any) -> Any:
    return sp.betainc(dfn / 2, dfd / 2, dfn * x / (dfn * x + dfd))


def _fdtrc(dfn: Any, dfd: Any, x: Any) -> Any:
    return sp.betainc(dfd / 2, dfn / 2, dfd / (dfn * x + dfd))


composite(sp.fdtr, _fdtr, operands=3, domain=_POSITIVE_REAL)
composite(sp.fdtrc, _fdtrc, operands=3, domain=_POSITIVE_REAL)
