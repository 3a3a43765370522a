"""Derivatives in arithmetic of sixty digits, where mpmath is installed.

NumPy computes with arrays of objects by the objects' own operators and methods:
``np.sin(x)`` calls ``x.sin()``. So a function of plain NumPy that needs nothing else runs on
numbers of mpmath, and a central difference with a step of 1e-20 is right to 40 digits.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from adkit.testing.oracle import Estimate

__all__ = ["central_difference"]

DIGITS, STEP = 60, "1e-20"
#: What NumPy calls a function, and mpmath.
NAMES = {
    **{name: name for name in ("sin", "cos", "tan", "sinh", "cosh", "tanh", "exp", "log", "sqrt")},
    **{name: name for name in ("expm1", "log1p", "log10", "cbrt", "degrees", "radians", "hypot")},
    **{f"arc{name}": f"a{name}" for name in ("sin", "cos", "tan", "sinh", "cosh", "tanh")},
    "arctan2": "atan2",
    "deg2rad": "radians",
    "rad2deg": "degrees",
}
OPERATORS = ("add", "sub", "mul", "truediv", "pow", "mod")
COMPARISONS = ("lt", "le", "gt", "ge", "eq", "ne")


class Number:
    """A number of mpmath, with the methods that NumPy calls."""

    __slots__ = ("value",)
    __hash__ = None  # type: ignore[assignment]

    def __init__(self, value: Any) -> None:
        self.value = value

    def __neg__(self) -> Number:
        return Number(-self.value)

    def __pos__(self) -> Number:
        return self

    def __abs__(self) -> Number:
        return Number(abs(self.value))

    def __float__(self) -> float:
        return float(self.value)

    def __bool__(self) -> bool:
        return bool(self.value)

    def conjugate(self) -> Number:
        """Return the number, which is real."""
        return self

    def square(self) -> Number:
        """Return the square."""
        return Number(self.value * self.value)


def _plain(x: Any) -> Any:
    return x.value if isinstance(x, Number) else float(x) if isinstance(x, np.floating) else x


def _operator(name: str) -> Callable[[Number, Any], Any]:
    def apply(self: Number, other: Any) -> Any:
        result = getattr(self.value, f"__{name}__")(_plain(other))
        if name in COMPARISONS:
            return bool(result)
        return NotImplemented if result is NotImplemented else Number(result)

    return apply


def _function(name: str) -> Callable[..., Number]:
    def apply(*numbers: Any) -> Number:
        import mpmath

        return Number(getattr(mpmath, name)(*map(_plain, numbers)))

    return apply


for _name in (*OPERATORS, *(f"r{name}" for name in OPERATORS), *COMPARISONS):
    setattr(Number, f"__{_name}__", _operator(_name))
for _name, _theirs in NAMES.items():
    setattr(Number, _name, _function(_theirs))


def central_difference(
    f: Callable[[Sequence[Any]], Sequence[Any]], points: Sequence[Any], steps: Sequence[Any]
) -> list[Estimate] | None:
    """Return the derivatives of all results of `f` along steps, None if `f` takes no objects.

    Parameters
    ----------
    f : callable
        Takes and returns a list of arrays.
    points, steps : sequences of real arrays

    Raises
    ------
    ImportError
        If mpmath is not installed.
    """
    try:
        import mpmath
    except ImportError as error:
        raise ImportError('oracle="mpmath" needs mpmath: pip install mpmath') from error
    with mpmath.workdps(DIGITS):
        h = mpmath.mpf(STEP)

        def at(sign: int) -> list[Any]:
            moved = [_numbers(x, t, sign * h) for x, t in zip(points, steps, strict=True)]
            return [np.asarray(y, object) for y in f(moved)]

        try:
            pairs = list(zip(at(1), at(-1), strict=True))
            values = [_floats((up - down) / Number(2 * h)) for up, down in pairs]
        except (AttributeError, TypeError, ValueError):
            return None
    return [Estimate(value, 4 * np.finfo(float).eps * np.abs(value)) for value in values]


def _numbers(x: Any, t: Any, h: Any) -> Any:
    """Return ``x + h * t`` as numbers of mpmath, in an array or alone."""
    import mpmath

    number = np.frompyfunc(lambda a, b: Number(mpmath.mpf(float(a)) + h * float(b)), 2, 1)
    return number(x, t)


def _floats(x: Any) -> Any:
    return np.asarray(x, object).astype(float)
