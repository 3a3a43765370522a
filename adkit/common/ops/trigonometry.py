"""Trigonometric and hyperbolic functions, their inverses, angles and hypotenuses.

Derivatives keep their accuracy at the ends of a domain and at any scale: nothing is
squared that could overflow where the derivative itself does not.
"""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import numpy as np

from adkit.common.domains import REAL, Domain
from adkit.common.ops.casting import cast
from adkit.common.ops.masking import kept
from adkit.common.registry import elementary
from adkit.common.shapes import dtype_of
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


def _half_chord(x: Any) -> Any:
    """Return sqrt(1 - x**2), exact near the ends.

    Of a complex number on a cut it is that of the side that the sign of its zero says, which
    adding 1 would lose.
    """
    if np.iscomplexobj(x):
        return np.sqrt(-(x - 1)) * np.sqrt(x - -1)
    return np.sqrt((1 - x) * (1 + x))


def _hypotenuse(x: Any) -> Any:
    """Return sqrt(1 + x**2) of real numbers of any size; np.hypot takes ten times as long."""
    try:
        with np.errstate(over="raise"):
            return np.sqrt(1 + x * x)
    except FloatingPointError:
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
    try:
        with np.errstate(over="raise"):
            return 1 / (1 + x * x)
    except FloatingPointError:
        h = _hypotenuse(x)
        return 1 / h / h


# An operation of its own, because its derivative by the chain rule is 0 * inf far away.
arctan_slope = elementary(_arctan_slope)
elementwise(
    arctan_slope, lambda x, ans: -2 * (np.where(np.isinf(x), 0, x) * ans * ans), domain=REAL
)
# An operation of its own, because its derivative by the chain rule is 0 * inf at the ends.
half_chord = elementary(_half_chord)
elementwise(half_chord, lambda x, ans: -x / ans, domain=_UNIT)
elementwise(np.arcsin, lambda t, x: t / half_chord(x), domain=_UNIT)
elementwise(np.arccos, lambda t, x: -(t / half_chord(x)), domain=_UNIT)
elementwise(np.arctan, lambda x: arctan_slope(x))

# ---------------------------------------------------------------- hyperbolic functions


def _arcsinh_push(t: Any, x: Any) -> Any:
    """Return t / sqrt(1 + x**2), for real numbers of any size."""
    return t / (np.sqrt(x * x - -1) if np.iscomplexobj(x) else hypotenuse(x))


elementwise(np.sinh, np.cosh)
elementwise(np.cosh, np.sinh)
elementwise(np.tanh, lambda t, ans: t - t * ans * ans, domain=_STEEP)
elementwise(np.arcsinh, _arcsinh_push)


def _leg(x: Any) -> Any:
    """Return sqrt(x**2 - 1), exact near 1; by one root where that is right."""
    if not np.iscomplexobj(x) and np.min(x, initial=1) >= 1:
        with suppress(FloatingPointError), np.errstate(over="raise"):
            return np.sqrt((x - 1) * (x + 1))
    return np.sqrt(x - 1) * np.sqrt(x - -1)


# An operation of its own, because its derivative by the chain rule is 0 * inf at the ends.
leg = elementary(_leg)
elementwise(leg, _hypotenuse_slope, domain=Domain(low=1.0))
elementwise(np.arccosh, lambda t, x: t / leg(x), domain=Domain(low=1.0))


def _one_less_square(x: Any) -> Any:
    """Return 1 - x**2, exact near the ends."""
    return (1 - x) * (1 + x)


one_less_square = elementary(_one_less_square)
elementwise(one_less_square, lambda x: -2 * x, domain=_UNIT)
elementwise(np.arctanh, lambda t, x: t / one_less_square(x), domain=_UNIT)

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


def _turning(x: Any, y: Any) -> Any:
    """Return x / (x**2 + y**2); by the hypotenuse where squares are not of moderate size."""
    if dtype_of(x) != dtype_of(y):  # the square of the coarser one is as exact as the result
        x, y = (cast(z, np.result_type(x, y)) for z in (x, y))
    with np.errstate(over="ignore", under="ignore"):
        square = x * x + y * y
    limits = np.finfo(dtype_of(square))
    if np.all((square > limits.tiny**0.25) & (square < limits.max**0.25)):
        return x / square
    return cosine(x, y) / np.hypot(x, y)


elementwise(
    np.arctan2,
    lambda x, y: _turning(y, x),
    lambda x, y: -_turning(x, y),
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
    u = np.pi * kept(x, small)
    series, square = np.ones_like(x), u * u
    for k in range(11, 0, -1):
        series = 1 - square * series / (2 * k * (2 * k + 3))
    far = kept(x, ~small) + small
    slope = (np.cos(np.pi * far) - ans) / far
    return kept(-np.pi / 3 * u * series, small) + kept(slope, ~small)


elementwise(np.sinc, _sinc_slope)
