"""Orthogonal polynomials in their argument: each slope is a polynomial of another family.

Formulas are those of the Digital Library of Mathematical Functions, section 18.9. Degrees
and parameters have no derivative.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from adkit.common.domains import REAL
from adkit.common.ops.special.slopes import by_slope
from adkit.common.optional import optional

sp = optional("scipy.special", "scipy")


def _gegenbauer(n: Any, a: Any, x: Any) -> Any:
    """Return ``eval_gegenbauer``, 0 for the degree -1."""
    return np.where(n < 0, 0, sp.eval_gegenbauer(np.maximum(n, 0), a, x))


def _jacobi(n: Any, a: Any, b: Any, x: Any) -> Any:
    """Return ``eval_jacobi``, 0 for the degree -1."""
    return np.where(n < 0, 0, sp.eval_jacobi(np.maximum(n, 0), a, b, x))


by_slope(sp.eval_jacobi, lambda n, a, b, x: (n + a + b + 1) / 2 * _jacobi(n - 1, a + 1, b + 1, x))
by_slope(
    sp.eval_sh_jacobi,
    lambda n, p, q, x: (
        (n + p) * _jacobi(n - 1, p - q + 1, q, 2 * x - 1) / sp.binom(2 * n + p - 1, n)
    ),
)
by_slope(sp.eval_gegenbauer, lambda n, a, x: 2 * a * _gegenbauer(n - 1, a + 1, x))
by_slope(sp.eval_legendre, lambda n, x: _gegenbauer(n - 1, 1.5, x))
by_slope(sp.eval_sh_legendre, lambda n, x: 2 * _gegenbauer(n - 1, 1.5, 2 * x - 1))
by_slope(sp.eval_chebyt, lambda n, x: n * _gegenbauer(n - 1, 1.0, x))
by_slope(sp.eval_chebyu, lambda n, x: 2 * _gegenbauer(n - 1, 2.0, x))
by_slope(sp.eval_chebyc, lambda n, x: n * _gegenbauer(n - 1, 1.0, x / 2))
by_slope(sp.eval_chebys, lambda n, x: _gegenbauer(n - 1, 2.0, x / 2))
by_slope(sp.eval_sh_chebyt, lambda n, x: 2 * n * _gegenbauer(n - 1, 1.0, 2 * x - 1))
by_slope(sp.eval_sh_chebyu, lambda n, x: 4 * _gegenbauer(n - 1, 2.0, 2 * x - 1))
by_slope(sp.eval_genlaguerre, lambda n, a, x: -sp.eval_genlaguerre(n - 1, a + 1, x))
by_slope(sp.eval_laguerre, lambda n, x: -sp.eval_genlaguerre(n - 1, 1.0, x))
by_slope(
    sp.eval_hermite, lambda n, x: 2 * n * sp.eval_hermite(np.maximum(n - 1, 0), x), domain=REAL
)
by_slope(
    sp.eval_hermitenorm, lambda n, x: n * sp.eval_hermitenorm(np.maximum(n - 1, 0), x), domain=REAL
)
