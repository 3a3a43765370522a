"""Trigonometric and hyperbolic functions, their inverses, angles and hypotenuses.

Derivatives keep their accuracy at the ends of a domain and at any scale: nothing is
squared that could overflow where the derivative itself does not.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from adkit.common.domains import REAL, Domain
from adkit.common.registry import elementary
from adkit.common.verbs import elementwise

_NONZERO_REAL = Domain(kinks=(0.0,), holomorphic=False)
_UNIT = Domain(low=-1.0, high=1.0)
#: One period of tan, between two poles.
_PERIOD = Domain(low=-np.pi / 2, high=np.pi / 2)
#: Where 1 - tanh(x)**2 keeps its digits; beyond it is right to rounding of 1 only, which
#: costs a fraction of 1 / cosh(x)**2.
_STEEP = Domain(low=-3.0, high=3.0)

# ---------------------------------------------------------------- circular functions

elementwise(np.sin, np.cos)
elementwise(np.cos, lambda x: -np.sin(x))
elementwise(np.tan, lambda ans: 1.0 + ans * ans, domain=_PERIOD)


def _arcsin_slope(x: Any) -> Any:
    """Return 1 / sqrt(1 - x**2), exact near the ends.

    Of a complex number on a cut it is that of the side that the sign of its zero says, which
    adding 1 would lose.
    """
    if np.iscomplexobj(x):
        return 1 / (np.sqrt(-(x - 1)) * np.sqrt(x - -1))
    return 1 / np.sqrt((1 - x) * (1 + x))


def _hypotenuse(x: Any) -> Any:
    """Return sqrt(1 + x**2) of real numbers of any size; np.hypot takes ten times as long."""
    with np.errstate(over="ignore"):
        h = np.sqrt(1 + x * x)
    return np.where(np.isinf(h), np.abs(x), h)[()]


def _hypotenuse_slope(x: Any, ans: Any) -> Any:
    """Return x / sqrt(1 + x**2), its limit far away."""
    far = np.isinf(x)
    return np.where(far, np.sign(x), x / np.where(far, 1, ans))


# An operation of its own, because its derivative by the chain rule is inf / inf far away.
hypotenuse = elementary(_hypotenuse)
elementwise(hypotenuse, _hypotenuse_slope, domain=REAL)


def _arctan_slope(x: Any) -> Any:
    """Return 1 / (1 + x**2), for real numbers of any size."""
    if np.iscomplexobj(x):
        return 1 / (1 + x * x)
    h = hypotenuse(x)
    return 1 / h / h


# An operation of its own, because its derivative by the chain rule is 0 * inf at the ends.
arcsin_slope = elementary(_arcsin_slope)
elementwise(arcsin_slope, lambda x, ans: x * (ans * ans * ans), domain=_UNIT)
elementwise(np.arcsin, lambda x: arcsin_slope(x), domain=_UNIT)
elementwise(np.arccos, lambda x: -arcsin_slope(x), domain=_UNIT)
elementwise(np.arctan, _arctan_slope)

# ---------------------------------------------------------------- hyperbolic functions


def _arcsinh_slope(x: Any) -> Any:
    """Return 1 / sqrt(1 + x**2), for real numbers of any size."""
    return 1 / (np.sqrt(x * x - -1) if np.iscomplexobj(x) else hypotenuse(x))


elementwise(np.sinh, np.cosh)
elementwise(np.cosh, np.sinh)
elementwise(np.tanh, lambda t, ans: t - t * ans * ans, domain=_STEEP)
elementwise(np.arcsinh, _arcsinh_slope)
elementwise(np.arccosh, lambda x: 1 / (np.sqrt(x - 1) * np.sqrt(x - -1)), domain=Domain(low=1.0))


def _arctanh_slope(x: Any) -> Any:
    """Return 1 / (1 - x**2), exact near the ends."""
    return 1 / ((1 - x) * (1 + x))


arctanh_slope = elementary(_arctanh_slope)
elementwise(arctanh_slope, lambda x, ans: 2 * x * (ans * ans), domain=_UNIT)
elementwise(np.arctanh, lambda x: arctanh_slope(x), domain=_UNIT)

# ---------------------------------------------------------------- angles and hypotenuses


_ORIGIN = "0 at (0, 0), as of abs and norm"


def _ratio(x: Any, h: Any) -> Any:
    """Return x / h, and a constant 0 where h is 0."""
    zero = h == 0
    return np.where(zero, 0, x / np.where(zero, 1, h))


def _cosine(x: Any, y: Any) -> Any:
    """Return x / hypot(x, y), 0 at (0, 0); its limit where one of them is infinite."""
    h = np.hypot(x, y)
    beyond = np.isinf(h)
    if not beyond.any():
        return _ratio(x, h)
    halves = [np.where(beyond, z / 2, z) for z in (x, y)]  # finite ones whose hypotenuse is not
    with np.errstate(invalid="ignore"):
        ratio = _ratio(halves[0], np.hypot(*halves))
    return np.where(np.isinf(x) & np.isfinite(y), np.sign(x), ratio)[()]


# An operation of its own, because its partials by the quotient rule would cancel.
cosine = elementary(_cosine)
elementwise(
    cosine,
    lambda x, y: _ratio(np.square(cosine(y, x)), np.hypot(x, y)),
    lambda x, y: -_ratio(cosine(x, y) * cosine(y, x), np.hypot(x, y)),
    domain=(_NONZERO_REAL, REAL),
    kinks=_ORIGIN,
)
elementwise(
    np.hypot,
    lambda x, y: cosine(x, y),
    lambda x, y: cosine(y, x),
    domain=(_NONZERO_REAL, REAL),
    kinks=_ORIGIN,
)
elementwise(
    np.arctan2,
    lambda x, y: cosine(y, x) / np.hypot(x, y),
    lambda x, y: -cosine(x, y) / np.hypot(x, y),
    domain=(_NONZERO_REAL, REAL),
    kinks="jumps where the first operand is 0 and the second negative; at (0, 0) there is no "
    "derivative, and it is nan, with NumPy's warning",
)

elementwise(np.degrees, lambda t: np.degrees(t), domain=REAL)
elementwise(np.rad2deg, lambda t: np.rad2deg(t), domain=REAL)
elementwise(np.radians, lambda t: np.radians(t), domain=REAL)
elementwise(np.deg2rad, lambda t: np.deg2rad(t), domain=REAL)

# ---------------------------------------------------------------- sinc


def _sinc_slope(x: Any, ans: Any) -> Any:
    """Return (cos(pi x) - sinc(x)) / x; its Taylor series where the difference cancels.

    The series is that of sin(u) / u at u = pi x, differentiated. It converges for all u,
    and for abs(u) < 1 twelve terms are exact to rounding in every dtype, their
    derivatives too.
    """
    small = np.abs(x) < 1 / np.pi
    u = np.pi * np.where(small, x, 0)
    series = np.ones_like(x)
    for k in range(11, 0, -1):
        series = 1 - u * u * series / (2 * k * (2 * k + 3))
    far = np.where(small, 1, x)
    return np.where(small, -np.pi * u * series / 3, (np.cos(np.pi * far) - ans) / far)


elementwise(np.sinc, _sinc_slope)
