"""Gamma and beta functions, their logarithms and ratios, and the zeta functions behind them.

Formulas are those of the Digital Library of Mathematical Functions, chapters 5, 8 and 25.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from adkit.common.domains import POSITIVE, Domain, interval
from adkit.common.ops.special.slopes import by_slope, smooth, with_limits
from adkit.common.optional import optional
from adkit.common.registry import elementary
from adkit.common.verbs import constant

sp = optional("scipy.special", "scipy")

_POSITIVE_REAL = Domain(low=0.0, holomorphic=False)
_UNIT = interval(0.0, 1.0, holomorphic=False)

# ---------------------------------------------------------------- zeta and digamma

#: Bernoulli numbers B2, B4, ... over (2 j)!.
_BERNOULLI = (1 / 12, -1 / 720, 1 / 30240, -1 / 1209600, 1 / 47900160, -691 / 1307674368000)


def _hurwitz(s: Any, q: Any) -> Any:
    """Return the Hurwitz zeta function; of complex `q`, which SciPy lacks, by Euler-Maclaurin."""
    if not np.iscomplexobj(q):
        return sp.zeta(s, q)
    steps = 12 + int(np.max(np.ceil(-np.real(q)), initial=0))
    total = 0
    for k in range(steps):
        total = total + (q + k) ** -s
    far = q + steps
    total = total + far ** (1 - s) / (s - 1) + far**-s / 2
    factor = s * far ** (-s - 1)
    for j, number in enumerate(_BERNOULLI):
        total = total + number * factor
        factor = factor * (s + 2 * j + 1) * (s + 2 * j + 2) / (far * far)
    return total


by_slope(
    sp._ufuncs._zeta,
    lambda s, q: -s * _hurwitz(s + 1, q),
    domain=_POSITIVE_REAL,
    source="DLMF 25.11.17; Euler-Maclaurin summation, 25.11.28, where the shift is complex",
)
smooth(sp.psi, lambda x: _hurwitz(2.0, x), domain=POSITIVE)

# ---------------------------------------------------------------- gamma


def _slope_of_rgamma(x: Any) -> Any:
    """Return the derivative of 1 / gamma: by reflection left of 1/2, where gamma has poles."""
    left = np.real(x) < 0.5
    u = np.where(left, x, 0.25)
    turned = np.cos(np.pi * u) - np.sin(np.pi * u) / np.pi * sp.psi(1 - u)
    v = np.where(left, 0.75, x)
    return np.where(left, sp.gamma(1 - u) * turned, -sp.psi(v) * sp.rgamma(v))


smooth(sp.gamma, with_limits(lambda ans, x: ans * sp.psi(x), {np.inf: np.exp}), domain=POSITIVE)
smooth(sp.gammaln, lambda x: sp.psi(x), domain=_POSITIVE_REAL)
smooth(sp.loggamma, lambda x: sp.psi(x), domain=POSITIVE)
smooth(sp.rgamma, with_limits(_slope_of_rgamma, {np.inf: 0}), source="DLMF 5.5.3")
constant(sp.gammasgn, kinks="jumps at 0, -1, -2, ...")

# ---------------------------------------------------------------- beta, binomials, ratios

smooth(
    sp.beta,
    lambda x, y, ans: ans * (sp.psi(x) - sp.psi(x + y)),
    lambda x, y, ans: ans * (sp.psi(y) - sp.psi(x + y)),
    domain=(_POSITIVE_REAL, _POSITIVE_REAL),
)
smooth(
    sp.betaln,
    with_limits(lambda y, x: sp.psi(x) - sp.psi(x + y), {np.inf: 0}),
    with_limits(lambda x, y: sp.psi(y) - sp.psi(x + y), {np.inf: 0}),
    domain=(_POSITIVE_REAL, _POSITIVE_REAL),
)
smooth(
    sp.poch,
    lambda x, y, ans: ans * (sp.psi(x + y) - sp.psi(x)),
    lambda x, y, ans: ans * sp.psi(x + y),
    domain=(_POSITIVE_REAL, _POSITIVE_REAL),
)
smooth(
    sp.binom,
    lambda x, y, ans: ans * (sp.psi(x + 1) - sp.psi(x - y + 1)),
    lambda x, y, ans: ans * (sp.psi(x - y + 1) - sp.psi(y + 1)),
    domain=(interval(1.0, np.inf, holomorphic=False), _UNIT),
)

# ---------------------------------------------------------------- incomplete gamma and beta


# Densities are operations of their own: by the chain rule, that of an exponential would be
# 0 * inf at the ends, and the powers alone may overflow.


def _gamma_weight(x: Any, p: Any, s: Any) -> Any:
    """Return ``x**p exp(-x - s)``."""
    far = np.isposinf(x)
    u = np.where(far, 1, x)
    return np.where(far, 0, np.exp(sp.xlogy(p, u) - u - s))[()]


def _beta_weight(x: Any, p: Any, q: Any, s: Any) -> Any:
    """Return ``x**p (1 - x)**q exp(-s)``."""
    return np.exp(sp.xlogy(p, x) + sp.xlog1py(q, -x) - s)


gamma_weight, beta_weight = elementary(_gamma_weight), elementary(_beta_weight)


def _slope_of_gamma_weight(x: Any, p: Any, s: Any) -> Any:
    """Return ``p`` times the weight of the power less one, unless that is 0, less the weight."""
    return p * gamma_weight(x, np.where(np.equal(p, 0), 0, p - 1), s) - gamma_weight(x, p, s)


by_slope(gamma_weight, _slope_of_gamma_weight, operand=0, domain=_POSITIVE_REAL)


def _slope_of_beta_weight(x: Any, p: Any, q: Any, s: Any) -> Any:
    """Return ``(p (1 - x) - q x)`` times the weight of both powers less one, unless they are 0."""
    left, right = np.equal(p, 0), np.equal(q, 0)
    factor = np.where(left, np.negative(q), np.where(right, p, p * (1 - x) - q * x))
    return factor * beta_weight(x, np.where(left, 0, p - 1), np.where(right, 0, q - 1), s)


by_slope(beta_weight, _slope_of_beta_weight, operand=0, domain=_UNIT)


def gamma_density(a: Any, x: Any) -> Any:
    """Return the slope of ``gammainc(a, x)``: ``x**(a-1) exp(-x) / gamma(a)``."""
    return gamma_weight(x, a - 1, sp.gammaln(a))


def beta_density(a: Any, b: Any, x: Any) -> Any:
    """Return the slope of ``betainc(a, b, x)``."""
    return beta_weight(x, a - 1, b - 1, sp.betaln(a, b))


by_slope(sp.gammainc, gamma_density, domain=_POSITIVE_REAL)
by_slope(sp.gammaincc, lambda a, x: -gamma_density(a, x), domain=_POSITIVE_REAL)
by_slope(sp.gammaincinv, lambda ans, a, y: 1 / gamma_density(a, ans), domain=_UNIT)
by_slope(sp.gammainccinv, lambda ans, a, y: -1 / gamma_density(a, ans), domain=_UNIT)
by_slope(sp.betainc, beta_density, domain=_UNIT)
by_slope(sp.betaincinv, lambda ans, a, b, y: 1 / beta_density(a, b, ans), domain=_UNIT)
if hasattr(sp, "betaincc"):
    by_slope(sp.betaincc, lambda a, b, x: -beta_density(a, b, x), domain=_UNIT)
    by_slope(sp.betainccinv, lambda ans, a, b, y: -1 / beta_density(a, b, ans), domain=_UNIT)

# ---------------------------------------------------------------- hypergeometric functions

by_slope(sp.hyp0f1, lambda v, z: sp.hyp0f1(v + 1, z) / v, source="DLMF 15.1 and 16.3.1")
by_slope(sp.hyp1f1, lambda a, b, z: a / b * sp.hyp1f1(a + 1, b + 1, z), source="DLMF 13.3.15")
by_slope(
    sp.hyp2f1,
    lambda a, b, c, z: a * b / c * sp.hyp2f1(a + 1, b + 1, c + 1, z),
    domain=Domain(high=1.0),
    source="DLMF 15.5.1",
)
by_slope(
    sp.hyperu,
    lambda a, b, x: -a * sp.hyperu(a + 1, b + 1, x),
    domain=_POSITIVE_REAL,
    source="DLMF 13.3.22",
)
by_slope(sp.wright_bessel, lambda a, b, x: sp.wright_bessel(a, b + a, x), domain=_POSITIVE_REAL)
if hasattr(sp, "log_wright_bessel"):
    by_slope(
        sp.log_wright_bessel,
        lambda ans, a, b, x: np.exp(sp.log_wright_bessel(a, b + a, x) - ans),
        domain=_POSITIVE_REAL,
    )
