"""Arithmetic, powers, exponentials and logarithms, element by element."""

from __future__ import annotations

from typing import Any

import numpy as np

from adkit.common.domains import NONZERO, POSITIVE, REAL, Domain
from adkit.common.ops.casting import cast
from adkit.common.registry import elementary
from adkit.common.shapes import dtype_of, is_passive, zeros
from adkit.common.verbs import constant, elementwise

# ---------------------------------------------------------------- arithmetic

elementwise(np.add, 1, 1, symbol="+")
elementwise(np.subtract, 1, -1, symbol="-")
elementwise(np.multiply, lambda y: y, lambda x: x, symbol="*")
elementwise(
    np.true_divide,
    lambda t, y: t / y,
    lambda t, y, ans: t * -(ans / y),
    symbol="/",
    domain=(Domain(), NONZERO),
)
elementwise(np.negative, -1, symbol="neg")
elementwise(np.positive, 1, symbol="pos")
elementwise(np.reciprocal, lambda ans: -np.square(ans), domain=NONZERO)
elementwise(np.square, lambda x: 2 * x)


@elementary
def double_product(x: Any, y: Any) -> Any:
    """Return ``2 * x * y``: of a square, the tangent."""
    product = x * y
    return np.add(product, product, product if type(product) is np.ndarray else None)


elementwise(double_product, lambda y: 2 * y, lambda x: 2 * x)

# x - y * floor(x / y), and the same with truncation
elementwise(
    np.remainder,
    1,
    lambda x, y: -np.floor_divide(x, y),
    symbol="%",
    domain=(REAL, Domain(kinks=(0.0,), holomorphic=False)),
    kinks="jumps where x / y is an integer; the derivative is that from the right",
)
elementwise(
    np.fmod,
    1,
    lambda x, y, ans: -np.rint((x - ans) / y),  # of x / y, rounding may reach the next integer
    domain=(REAL, Domain(kinks=(0.0,), holomorphic=False)),
    kinks="jumps where x / y is an integer; the derivative is that away from zero",
)
constant(np.floor_divide, kinks="jumps where x / y is an integer; 0 there")

# ---------------------------------------------------------------- powers


def _power_x(x: Any, y: Any) -> Any:
    """Return y * x**(y - 1); x**0 is constant where the exponent is passive."""
    if isinstance(y, (int, float)):
        if y == 2:
            return y * x  # x**1 is a copy
        return y * x ** (y - 1) if y else zeros(np.shape(x), dtype_of(x))
    y = cast(y, np.result_type(x, y))  # the exponent less one needs the precision of the result
    if not is_passive(y):
        return y * x ** (y - 1)
    return np.where(y == 0, 0, y * x ** np.where(y == 0, 1, y - 1))


def _power_y(x: Any, y: Any, ans: Any) -> Any:
    """Return log(x) * x**y, which is 0 at x = 0 (its limit for y > 0)."""
    zero = np.equal(x, 0)
    if dtype_of(x) != ans.dtype or np.any(zero):
        x = np.where(zero, ans.dtype.type(1), x)
    return ans * np.log(x)


elementwise(
    np.power,
    _power_x,
    _power_y,
    symbol="**",
    domain=(POSITIVE, Domain()),
    kinks="x**0 with a passive exponent has derivative 0 everywhere, and 0**y has 0 in y",
)
elementwise(np.float_power, _power_x, _power_y, domain=(POSITIVE, Domain()))
elementwise(
    np.sqrt, lambda ans: 0.5 / ans, domain=POSITIVE, kinks="sqrt'(0) = inf, with NumPy's warning"
)
elementwise(
    np.cbrt,
    lambda t, ans: t / (3 * ans) / ans,
    domain=Domain(kinks=(0.0,), holomorphic=False),
    kinks="cbrt'(0) = inf, with NumPy's warning",
)

# ---------------------------------------------------------------- exponentials and logarithms

elementwise(np.exp, lambda ans: ans)
elementwise(np.exp2, lambda ans: ans * np.log(ans.dtype.type(2)))
elementwise(np.expm1, np.exp)  # ans + 1 would cancel for negative x
elementwise(np.log, lambda t, x: t / x, domain=POSITIVE)
elementwise(np.log2, lambda t, x: t / x * (1 / np.log(x.dtype.type(2))), domain=POSITIVE)
elementwise(np.log10, lambda t, x: t / (x * np.log(x.dtype.type(10))), domain=POSITIVE)
elementwise(np.log1p, lambda t, x: t / (1 + x), domain=Domain(low=-1.0))
