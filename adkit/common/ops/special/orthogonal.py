"""Orthogonal polynomials in their argument: each slope is a polynomial of another family.

Formulas are those of the Digital Library of Mathematical Functions, section 18.9. Degrees
and parameters have no derivative.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from adkit.common.domains import REAL, Domain
from adkit.common.ops.special.slopes import by_slope
from adkit.common.optional import optional

sp = optional("scipy.special", "scipy")


def _from_degree_0(function: Any, n: Any, *operands: Any) -> Any:
    """Return a polynomial, or a function of real degree; 0 for the degrees -1, -2, ..."""
    constant = np.less(n, 0) & np.equal(n, np.floor(n))
    return np.where(constant, 0, function(np.where(constant, 0, n), *operands))


def _gegenbauer(n: Any, a: Any, x: Any) -> Any:
    return _from_degree_0(sp.eval_gegenbauer, n, a, x)


def _jacobi(n: Any, a: Any, b: Any, x: Any) -> Any:
    return _from_degree_0(sp.eval_jacobi, n, a, b, x)


# Those of negative degrees are those of others: T(-n) = T(n), U(-n-2) = -U(n), P(-n-1) = P(n).


def _slope_of_legendre(n: Any, x: Any) -> Any:
    return _gegenbauer(np.where(np.less(n, -0.5), np.negative(n) - 1, n) - 1, 1.5, x)


def _slope_of_t(n: Any, x: Any) -> Any:
    return np.abs(n) * _gegenbauer(np.abs(n) - 1, 1.0, x)


def _slope_of_u(n: Any, x: Any) -> Any:
    turned = np.less(n, -1)
    m = np.where(turned, np.negative(n) - 2, n)
    slope = 2 * _gegenbauer(np.where(np.equal(m, -1), 0, m) - 1, 2.0, x)
    return np.where(turned, -slope, slope)


by_slope(sp.eval_jacobi, lambda n, a, b, x: (n + a + b + 1) / 2 * _jacobi(n - 1, a + 1, b + 1, x))
by_slope(
    sp.eval_sh_jacobi,
    lambda n, p, q, x: (
        (n + p) * _jacobi(n - 1, p - q + 1, q, 2 * x - 1) / sp.binom(2 * n + p - 1, n)
    ),
)
by_slope(sp.eval_gegenbauer, lambda n, a, x: 2 * a * _gegenbauer(n - 1, a + 1, x))
by_slope(sp.eval_legendre, _slope_of_legendre)
by_slope(sp.eval_sh_legendre, lambda n, x: 2 * _slope_of_legendre(n, 2 * x - 1))
by_slope(sp.eval_chebyt, _slope_of_t)
by_slope(sp.eval_chebyu, _slope_of_u)
by_slope(sp.eval_chebyc, lambda n, x: _slope_of_t(n, x / 2))
by_slope(sp.eval_chebys, lambda n, x: _slope_of_u(n, x / 2) / 2)
by_slope(sp.eval_sh_chebyt, lambda n, x: 2 * _slope_of_t(n, 2 * x - 1))
by_slope(sp.eval_sh_chebyu, lambda n, x: 2 * _slope_of_u(n, 2 * x - 1))
by_slope(sp.eval_genlaguerre, lambda n, a, x: -sp.eval_genlaguerre(n - 1, a + 1, x))
by_slope(sp.eval_laguerre, lambda n, x: -sp.eval_genlaguerre(n - 1, 1.0, x))
by_slope(
    sp.eval_hermite, lambda n, x: 2 * n * sp.eval_hermite(np.maximum(n - 1, 0), x), domain=REAL
)
by_slope(
    sp.eval_hermitenorm, lambda n, x: n * sp.eval_hermitenorm(np.maximum(n - 1, 0), x), domain=REAL
)

# ---------------------------------------------------------------- Legendre functions


def _slope_of_lpmv(ans: Any, m: Any, v: Any, x: Any) -> Any:
    polynomial = np.equal(m, 0)  # right at 1 and -1 too, at every order
    u = np.where(polynomial, 0, x)
    rest = 1 - u * u
    others = -sp.lpmv(m + 1, v, u) / np.sqrt(rest) - m * u * ans / rest
    if not np.any(polynomial):
        return others[()]
    return np.where(polynomial, _slope_of_legendre(v, x), others)


by_slope(
    sp.lpmv,
    _slope_of_lpmv,
    domain=Domain(-1, 1, (), False),
    source="DLMF 14.10.5 with 14.10.2",
)
