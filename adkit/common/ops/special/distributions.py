"""Distribution functions that are ufuncs, in their variable; some in their parameters too.

Those that are an incomplete gamma or beta function of another argument are defined by it.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from adkit.common.domains import REAL, Domain, interval
from adkit.common.ops.special.gamma import beta_density, gamma_density
from adkit.common.ops.special.slopes import by_slope, smooth, with_limits
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


def _f_density(dfn: Any, dfd: Any, x: Any) -> Any:
    """Return the density of the distribution of Fisher and Snedecor."""
    whole = dfn * x + dfd
    return beta_density(dfn / 2, dfd / 2, dfn * x / whole) * dfn * dfd / (whole * whole)


by_slope(sp.fdtri, lambda ans, dfn, dfd, p: 1 / _f_density(dfn, dfd, ans), domain=_UNIT)
by_slope(
    sp.pdtri,
    lambda ans, k, y: -1 / gamma_density(np.floor(k) + 1, ans),
    domain=_UNIT,
)
composite(sp.gdtria, lambda p, b, x: sp.gammaincinv(b, p) / x, operands=3, domain=_POSITIVE_REAL)
composite(sp.gdtrix, lambda a, b, p: sp.gammaincinv(b, p) / a, operands=3, domain=_POSITIVE_REAL)
composite(sp.nrdtrimn, lambda p, std, x: x - std * sp.ndtri(p), operands=3, domain=_UNIT)
composite(sp.nrdtrisd, lambda mn, p, x: (x - mn) / sp.ndtri(p), operands=3, domain=_UNIT)

# ---------------------------------------------------------------- binomial

# Numbers of successes and of trials are whole: SciPy cuts them off.


def binomial_density(k: Any, n: Any, p: Any) -> Any:
    """Return minus the slope of ``bdtr(k, n, p)``, which is 0 where all successes count."""
    k, n = np.floor(k), np.trunc(n)
    inside = (k >= 0) & (k < n)
    k, n = np.where(inside, k, 0), np.where(inside, n, 1)
    return np.where(inside, beta_density(k + 1.0, n - k, p), 0)[()]


def _negative_density(k: Any, n: Any, p: Any) -> Any:
    return beta_density(np.trunc(n) * 1.0, np.trunc(k) + 1.0, p)


by_slope(sp.bdtr, lambda k, n, p: -binomial_density(k, n, p), domain=_UNIT, source="DLMF 8.17.5")
by_slope(sp.bdtrc, binomial_density, domain=_UNIT, source="DLMF 8.17.5")
by_slope(sp.bdtri, lambda ans, k, n, y: -1 / binomial_density(k, n, ans), domain=_UNIT)
by_slope(sp.nbdtr, _negative_density, domain=_UNIT)
by_slope(sp.nbdtrc, lambda k, n, p: -_negative_density(k, n, p), domain=_UNIT)
by_slope(sp.nbdtri, lambda ans, k, n, y: 1 / _negative_density(k, n, ans), domain=_UNIT)

# ---------------------------------------------------------------- noncentral chi-squared

_density: Any = getattr(sp._ufuncs, "_ncx2_pdf", None)
if _density is not None:
    by_slope(
        _density,
        lambda ans, x, df, nc: (((df - 2.0) * ans + nc * _density(x, df + 2.0, nc)) / x - ans) / 2,
        operand=0,
        domain=_POSITIVE_REAL,
        source="Johnson, Kotz and Balakrishnan (1995), Continuous Univariate Distributions 2, 29",
    )
    by_slope(sp.chndtr, _density, operand=0, domain=_POSITIVE_REAL)
    by_slope(
        sp.chndtrix,
        lambda ans, p, df, nc: 1 / _density(ans, df, nc),
        operand=0,
        domain=_UNIT,
    )

# ---------------------------------------------------------------- others


def _tukey_slope(ans: Any, x: Any, lam: Any) -> Any:
    """Return the slope of the inverse of ``(p^lam - (1-p)^lam) / lam``, 0 beyond its ends."""
    inside = (ans > 0) & (ans < 1)
    p = np.where(inside, ans, 0.5)
    return np.where(inside, 1 / (p ** (lam - 1.0) + (1 - p) ** (lam - 1.0)), 0)[()]


by_slope(sp.tklmbda, _tukey_slope, operand=0, domain=REAL)


def _slope_of_kolmogorov(x: Any) -> Any:
    """Return the slope of one of two series of a theta function, each where six terms suffice."""
    far = x > 1
    u = np.where(far, x, 1)
    v = np.where(far | (x <= 0.04), 1, x)
    above: Any = 0
    below: Any = 0
    for k in range(1, 7):
        above = above + 8 * (-1) ** k * k * k * u * np.exp(-2 * k * k * u * u)
        place = np.square((2 * k - 1) * math.pi / v) / 4
        below = below + (1 - place) * np.exp(-place / 2)
    below = math.sqrt(2 * math.pi) / (v * v) * below
    return np.where(far, above, np.where(x <= 0.04, 0, below))


smooth(
    sp.kolmogorov,
    with_limits(_slope_of_kolmogorov, {math.inf: 0}),
    domain=_POSITIVE_REAL,
    source="DLMF 20.7.33, of the series by which it is defined",
)
smooth(sp.kolmogi, lambda ans: 1 / _slope_of_kolmogorov(ans), domain=_UNIT)
