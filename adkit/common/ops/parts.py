"""Parts of floating-point numbers, and their neighbours.

Whole parts, exponents and distances are piecewise constant.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from adkit.common.domains import REAL, Domain
from adkit.common.registry import elementary
from adkit.common.verbs import composite, constant, elementwise

_NONZERO_REAL = Domain(kinks=(0.0,), holomorphic=False)


def _fraction(x: Any) -> Any:
    """Return what is left of `x` without its whole part, with its sign; 0 of an infinity."""
    return np.modf(x)[0]


fraction = elementary(_fraction)
elementwise(fraction, 1, domain=REAL, kinks="jumps at integers; the derivative is 1 there")
composite(
    np.modf,
    lambda x: (fraction(x), np.trunc(x)),
    exact=True,
    kinks="jumps at integers; the derivative of the fraction is 1 there",
)
composite(
    np.divmod,
    lambda x, y: (np.floor_divide(x, y), np.remainder(x, y)),
    operands=2,
    kinks="as of floor_divide and remainder",
)


def _exponent(x: Any) -> Any:
    """Return `e` where ``x = m * 2**e`` with ``1/2 <= abs(m) < 1``."""
    return np.frexp(x)[1]


exponent = elementary(_exponent)
constant(exponent, kinks="jumps at powers of two; 0 there")
composite(
    np.frexp,
    lambda x: (np.ldexp(x, -(powers := exponent(x))), powers),
    exact=True,
    kinks="jumps at powers of two; the derivative of the mantissa is that away from zero",
)
elementwise(np.ldexp, lambda t, y: np.ldexp(t, y), None, domain=REAL)

elementwise(
    np.nextafter,
    1,
    None,
    domain=_NONZERO_REAL,
    kinks="one spacing from its first operand, which is piecewise constant",
)
constant(np.spacing, kinks="jumps at powers of two; 0 there")
