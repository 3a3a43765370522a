"""Integrals of elementary functions: exponential, sine, cosine, Fresnel's, the dilogarithm."""

from __future__ import annotations

from typing import Any

import numpy as np

from adkit.common.domains import NONZERO, POSITIVE, Domain, interval
from adkit.common.ops.special.slopes import by_slope, smooth, with_limits
from adkit.common.optional import optional
from adkit.common.verbs import composite

sp = optional("scipy.special", "scipy")

_POSITIVE_REAL = Domain(low=0.0, holomorphic=False)

smooth(sp.expi, with_limits(lambda x: np.exp(x) / x, {np.inf: np.exp}), domain=NONZERO)
smooth(sp.exp1, lambda x: -np.exp(-x) / x, domain=POSITIVE)


def _slope_of_expn(n: Any, x: Any) -> Any:
    """Return -expn(n-1, x); the function of order -1 is elementary."""
    first = np.exp(-x) * (1 / x + 1 / np.square(x))
    return -np.where(n < 1, first, sp.expn(np.maximum(n - 1, 0), x))


by_slope(sp.expn, _slope_of_expn, domain=_POSITIVE_REAL, source="DLMF 8.19.13")


def _over_argument(function: Any, x: Any) -> Any:
    """Return ``function(x) / x``, and its limit 1 at 0."""
    zero = x == 0
    return np.where(zero, 1, function(x) / np.where(zero, 1, x))


def _slopes_of_sici(x: Any) -> Any:
    far = np.isinf(x)
    u = np.where(far, 1, x)
    return np.where(far, 0, _over_argument(np.sin, u)), np.where(far, 0, np.cos(u) / u)


by_slope(sp.shichi, lambda x: (_over_argument(np.sinh, x), np.cosh(x) / x), domain=NONZERO)
by_slope(sp.sici, _slopes_of_sici, domain=POSITIVE)
by_slope(
    sp.fresnel,
    lambda x: (np.sin(np.pi / 2 * x * x), np.cos(np.pi / 2 * x * x)),
    domain=interval(-3.0, 3.0),
)


def _slope_of_spence(x: Any) -> Any:
    """Return log(x) / (1 - x), near 1 as a hypergeometric function."""
    close = np.abs(1 - x) < 0.5
    near = -sp.hyp2f1(1.0, 1.0, 2.0, np.where(close, 1 - x, 0))
    u = np.where(close, 2, x)
    return np.where(close, near, np.log(u) / (1 - u))


smooth(
    sp.spence,
    with_limits(_slope_of_spence, {np.inf: 0}),
    domain=POSITIVE,
    source="DLMF 25.12.2 and 15.4.1",
)
by_slope(sp.itj0y0, lambda x: (sp.j0(x), sp.y0(x)), domain=_POSITIVE_REAL)
by_slope(sp.iti0k0, lambda x: (sp.i0(x), sp.k0(x)), domain=_POSITIVE_REAL)


def _rest_over_argument(x: Any, sign: int) -> Any:
    """Return (1 - j0(x)) / x for the sign -1 and (i0(x) - 1) / x for 1; by a series near 0."""
    near = np.abs(x) < 1
    quarter = sign * np.square(np.where(near, x, 0)) / 4
    series, term = 0, x / 4
    for k in range(2, 11):
        series = series + term
        term = term * quarter / (k * k)
    u = np.where(near, 1, x)
    far = (1 - sp.j0(u)) / u if sign < 0 else (sp.i0(u) - 1) / u
    return np.where(near, series, far)[()]


by_slope(sp.it2j0y0, lambda x: (_rest_over_argument(x, -1), -sp.y0(x) / x), domain=_POSITIVE_REAL)
by_slope(sp.it2i0k0, lambda x: (_rest_over_argument(x, 1), -sp.k0(x) / x), domain=_POSITIVE_REAL)


def _slope_of_besselpoly(a: Any, lmb: Any, nu: Any) -> Any:
    zero = np.equal(nu, 0)  # the order below 0 is that above it, with its sign changed
    below = sp.besselpoly(a, lmb + 1.0, np.where(zero, 1.0, nu - 1.0))
    return np.where(zero, -1, 1) * below - sp.besselpoly(a, lmb + 1.0, nu + 1.0)


by_slope(
    sp.besselpoly,
    _slope_of_besselpoly,
    operand=0,
    domain=_POSITIVE_REAL,
    source="DLMF 10.6.1, below the integral",
)


def _voigt_profile(x: Any, sigma: Any, gamma: Any) -> Any:
    scale = sigma * np.sqrt(2)
    return np.real(sp.wofz((x + 1j * gamma) / scale)) / (scale * np.sqrt(np.pi))


composite(
    sp.voigt_profile,
    _voigt_profile,
    operands=3,
    domain=_POSITIVE_REAL,
    source="DLMF 7.19.1",
)
