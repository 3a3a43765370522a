"""Logistic functions, entropies, losses and transforms of data."""

from __future__ import annotations

from typing import Any

import numpy as np

from adkit.common.domains import ANYWHERE, NONZERO, POSITIVE, REAL, Domain, interval
from adkit.common.ops.casting import cast
from adkit.common.ops.special.slopes import by_slope, smooth, with_limits
from adkit.common.ops.trigonometry import cosine
from adkit.common.optional import optional
from adkit.common.registry import elementary
from adkit.common.verbs import composite, constant, elementwise

sp = optional("scipy.special", "scipy")

_POSITIVE_REAL = Domain(low=0.0, holomorphic=False)
_LOG1P = Domain(low=-1.0)

# ---------------------------------------------------------------- logistic functions

# expit(-x), not 1 - expit(x), which loses its digits for large x
smooth(sp.expit, lambda x, ans: ans * sp.expit(-x), domain=REAL)
smooth(sp.log_expit, lambda x: sp.expit(-x), domain=REAL)


# An operation of its own, because its derivative by the product rule is 0 * inf at the ends.
def _variance(x: Any) -> Any:
    return x * (1 - x)


variance = elementary(_variance)
elementwise(variance, lambda x: 1 - 2 * x, domain=interval(0.0, 1.0, holomorphic=False))
smooth(sp.logit, lambda x: 1 / variance(x), domain=interval(0.0, 1.0, holomorphic=False))

# ---------------------------------------------------------------- x log y


def _over(x: Any, y: Any) -> Any:
    """Return x / y, and 0 where both are 0."""
    zero = (x == 0) & (y == 0)
    return np.where(zero, 0, x / np.where(zero, 1, y))


smooth(
    sp.xlogy,
    lambda y: np.log(y),
    _over,
    domain=(ANYWHERE, POSITIVE),
    kinks="0 where the first operand is 0; at (0, 0) the slope in the second is 0",
)
smooth(
    sp.xlog1py,
    lambda y: np.log1p(y),
    lambda x, y: _over(x, 1 + y),
    domain=(ANYWHERE, _LOG1P),
    kinks="0 where the first operand is 0; at (0, -1) the slope in the second is 0",
)
smooth(sp.entr, lambda x: -1 - np.log(x), domain=_POSITIVE_REAL)
smooth(
    sp.rel_entr,
    lambda x, y: 1 + np.log(x / y),
    lambda x, y: -_over(x, y),
    domain=(_POSITIVE_REAL, _POSITIVE_REAL),
)
smooth(
    sp.kl_div,
    lambda x, y: np.log(x / y),
    lambda x, y: 1 - _over(x, y),
    domain=(_POSITIVE_REAL, _POSITIVE_REAL),
)

# ---------------------------------------------------------------- losses

smooth(
    sp.huber,
    lambda x, y: np.maximum(np.abs(y) - x, 0),
    lambda x, y: np.clip(y, -x, x),
    domain=(_POSITIVE_REAL, REAL),
    kinks="the first derivative is continuous, the second jumps where abs(y) is x",
)


def _pseudo_huber_by_width(x: Any, y: Any) -> Any:
    """Return x (s - 1)^2 / s for s = sqrt(1 + (y/x)^2), without the difference."""
    u = y / x
    s = np.hypot(1, u)
    return x * np.square(u * u / (s + 1)) / s


smooth(
    sp.pseudo_huber,
    _pseudo_huber_by_width,
    lambda x, y: x * cosine(y, x),
    domain=(_POSITIVE_REAL, REAL),
)

# ---------------------------------------------------------------- powers and exponentials


def _moment(x: Any, y: Any) -> Any:
    """Return the integral of x u^(x-1) exp(y u) over (0, 1), which is hyp1f1(x, x + 1, y).

    SciPy's function loops for ever at infinity; far away both have their limits already.
    """
    return sp.hyp1f1(x, x + 1.0, np.clip(y, -1e150, 800.0))


moment = elementary(_moment)
by_slope(
    moment,
    lambda x, y: x / (x + 1.0) * moment(x + 1.0, y),
    operand=1,
    domain=REAL,
    source="DLMF 13.3.15",
)
smooth(sp.exprel, lambda x: moment(2.0, x) / 2, domain=REAL, source="DLMF 13.6.1 and 13.3.15")


def _slope_of_power(x: Any, y: Any) -> Any:
    """Return x^(y-1), with an exponent as precise as the result."""
    return x ** (cast(y, np.result_type(x, y)) - 1)


smooth(
    sp.boxcox,
    _slope_of_power,
    lambda x, y: np.square(np.log(x)) * moment(2.0, y * np.log(x)) / 2,
    domain=(_POSITIVE_REAL, REAL),
    source="(x^y - 1) / y is log(x) exprel(y log(x))",
)
smooth(
    sp.boxcox1p,
    lambda x, y: _slope_of_power(1 + x, y),
    lambda x, y: np.square(np.log1p(x)) * moment(2.0, y * np.log1p(x)) / 2,
    domain=(Domain(low=-1.0, holomorphic=False), REAL),
    source="boxcox at 1 + x",
)


def _inverse_by_y(of: Any, y: Any) -> Any:
    """Return u^(1-y), one over the slope of what is inverted at u."""
    return of ** (1 - cast(y, np.result_type(of, y)))


def _inverse_by_power(u: Any, y: Any) -> Any:
    """Return minus the slope of the transform in its power, over that in its variable."""
    log = np.log(u)
    return -np.square(log) * moment(2.0, y * log) / 2 * _inverse_by_y(u, y)


smooth(
    sp.inv_boxcox,
    lambda y, ans: _inverse_by_y(ans, y),
    lambda y, ans: _inverse_by_power(ans, y),
    domain=(REAL, REAL),
    source="the inverse of boxcox: its slopes are those of an implicit function",
)
smooth(
    sp.inv_boxcox1p,
    lambda y, ans: _inverse_by_y(1 + ans, y),
    lambda y, ans: _inverse_by_power(1 + ans, y),
    domain=(REAL, REAL),
    source="inv_boxcox less 1",
)
composite(sp.powm1, lambda x, y: x**y - 1, operands=2, domain=(_POSITIVE_REAL, REAL))
composite(sp.exp2, lambda x: np.exp2(x), domain=REAL)
composite(sp.exp10, lambda x: 10.0**x, domain=REAL)
composite(sp.cbrt, lambda x: np.cbrt(x), domain=Domain(kinks=(0.0,), holomorphic=False))
composite(sp.expm1, lambda x: np.expm1(x))
composite(sp.log1p, lambda x: np.log1p(x), domain=Domain(low=-0.9))
smooth(sp.cosm1, lambda x: -np.sin(x), domain=REAL)

# ---------------------------------------------------------------- degrees

_DEGREE = np.pi / 180
smooth(sp.sindg, lambda x: sp.cosdg(x) * _DEGREE, domain=REAL)
smooth(sp.cosdg, lambda x: sp.sindg(x) * -_DEGREE, domain=REAL)
smooth(sp.tandg, lambda ans: (1 + ans * ans) * _DEGREE, domain=interval(-90.0, 90.0))
smooth(sp.cotdg, lambda ans: (1 + ans * ans) * -_DEGREE, domain=interval(0.0, 180.0))
smooth(sp.radian, _DEGREE, _DEGREE / 60, _DEGREE / 3600, domain=(REAL, REAL, REAL))
constant(sp.round, kinks="jumps at halves")

# ---------------------------------------------------------------- inverses of x exp(x)

smooth(
    sp.wrightomega,
    with_limits(lambda ans: ans / (1 + ans), {np.inf: 1}),
    domain=ANYWHERE,
    source="DLMF 4.13, at exp(x)",
)
by_slope(
    sp._ufuncs._lambertw,
    lambda ans, z, k, tolerance: np.exp(-ans) / (1 + ans),
    operand=0,
    domain=NONZERO,
    kinks="infinite at the branch point -1/e",
    source="DLMF 4.13.4",
)
