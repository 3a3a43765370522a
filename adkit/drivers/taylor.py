"""Taylor coefficients along a line, and derivatives of any order."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from adkit.common.errors import ArgumentError
from adkit.common.flat import FlatFunction, checked_function, matching_leaves
from adkit.common.inputs import name_of, type_name
from adkit.common.shapes import dtype_of
from adkit.common.tracebacks import boundary
from adkit.drivers.gradient import check_scalar_argument
from adkit.drivers.transform import Transform
from adkit.forward.series import push_series


@boundary
def taylor(f: Callable[..., Any], x: Any, v: Any, order: int, *, has_aux: bool = False) -> Any:
    """Return the Taylor coefficients of ``f(x + t * v)`` in ``t``, in one sweep.

    Coefficient k is the k-th derivative divided by ``k!``. All points of an array are expanded
    at once.

    Parameters
    ----------
    f : callable
        A function of one argument in plain NumPy.
    x : array, number or container of them
        The point.
    v : of the structure, shapes and dtypes of `x`
        The direction.
    order : int
        Number of the last coefficient.
    has_aux : bool
        Whether `f` returns ``(result, aux)``.

    Returns
    -------
    coefficients
        Of the structure of ``f(x)``; each array has a leading axis more, of length
        ``order + 1``. At its index 0 is ``f(x)``.
    aux
        With `has_aux` only.

    Raises
    ------
    ArgumentError
        If `order` is no integer, or negative.
    SeedError
        If `v` differs from `x` in shape or dtype.

    Notes
    -----
    The cost grows as the square of the order, where that of nested first derivatives is
    multiplied by three with each. Exceptions are functions whose derivatives are functions of
    their own, as the gamma function's, and functions of matrices, as the exponential: these
    cost another factor of the order.

    Coefficients carry the rounding errors of the lower ones: dividing by ``t + x`` at a small
    `x` multiplies them by ``1 / x`` with each order. Where a derivative does not exist, the
    first coefficient is that of `jvp`. Higher ones are nan or infinite at poles and branch
    points; at kinks they follow the first, as zeros do for ``abs`` at 0.

    References
    ----------
    Griewank and Walther (2008), *Evaluating Derivatives*, chapter 13.

    Examples
    --------
    >>> import numpy as np
    >>> from adkit import taylor
    >>> taylor(lambda x: 1 / (1 - x), 0.0, 1.0, 4)
    array([1., 1., 1., 1., 1.])

    Coefficients are functions as all others, which have gradients:

    >>> from adkit import grad
    >>> grad(lambda x: taylor(np.exp, x, 1.0, 3)[3])(0.0) * 6
    np.float64(1.0)
    """
    checked_function(f, "taylor")
    checked_order(order, "order")
    flat = FlatFunction(f, (x,), 0, has_aux=has_aux)
    directions = matching_leaves(flat.inputs, v, flat.leaves, "the direction")
    coefficients = push_series(flat, flat.leaves, directions, order)
    flat.settle()
    result = flat.outputs.unflatten(coefficients)
    return (result, flat.aux) if has_aux else result


class NthDerivative(Transform):
    """See `nth_derivative`."""

    title = "nth_derivative"

    def __init__(self, f: Callable[..., Any], n: int, argnums: Any, has_aux: bool) -> None:
        super().__init__(f, argnums, has_aux)
        self.n = checked_order(n, "n")

    def __repr__(self) -> str:
        return f"<derivative {self.n} of {name_of(self.f)} by argument {self.argnums}>"

    @boundary
    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Evaluate the transform with the arguments of `f`."""
        flat = self.flatten(args, kwargs)
        check_scalar_argument(flat, self.title)
        dtype = dtype_of(flat.leaves[0])
        scale = _scale(self.n, dtype)
        seeds = [np.full((), scale, dtype)[()]]
        coefficients = push_series(flat, flat.leaves, seeds, self.n)
        flat.settle()
        factor = math.factorial(self.n) / scale**self.n
        result = flat.outputs.unflatten([c[self.n] * factor for c in coefficients])
        return (result, flat.aux) if self.has_aux else result


@boundary
def nth_derivative(
    f: Callable[..., Any], n: int, argnums: int = 0, has_aux: bool = False
) -> NthDerivative:
    """Return the n-th derivative of a function of a scalar, by one sweep of Taylor coefficients.

    Parameters
    ----------
    f : callable
        A function of plain NumPy; its result may have any shape.
    n : int
        Which derivative, up to 170, whose factorial is the last that a float holds.
    argnums : int
        Which positional argument to differentiate, a number.
    has_aux : bool
        Whether `f` returns ``(result, aux)``.

    Returns
    -------
    callable
        Returns the derivative, of the structure and shapes of the result.

    Raises
    ------
    ArgumentError
        If `n` is no such integer; by the result, if the argument is not a scalar.

    See Also
    --------
    taylor : All derivatives up to one, also at many points at once.

    Examples
    --------
    >>> import numpy as np
    >>> from adkit import nth_derivative
    >>> nth_derivative(lambda x: x**5, 3)(2.0)
    np.float64(240.0)
    >>> nth_derivative(np.exp, 20)(0.0).round(9)
    np.float64(1.0)
    """
    return NthDerivative(f, n, argnums, has_aux)


def _scale(n: int, dtype: np.dtype[Any]) -> int:
    """Return the length of a step for which coefficient n is about as large as derivative n.

    It is a power of two, so that nothing is rounded: the factorial of 35 is beyond a float32,
    and the coefficients of the exponential function below it. The coefficients of a power, whose
    sum for ``x**170`` at 1 is 65 to the 170th, are beyond a double then: of the lengths that
    those of the exponential function leave, doubles take a shorter one.
    """
    digits = round(math.log2(max(n / math.e, 1.0)))
    return 1 << (min(digits, 5) if np.finfo(dtype).maxexp >= 1024 else digits)


#: The factorial of this order is the last that a float holds.
_LAST = 170


def checked_order(order: Any, name: str) -> int:
    """Return an order of derivatives, if it is one.

    Raises
    ------
    ArgumentError
        If it is no integer, negative, or too large.
    """
    if isinstance(order, bool) or not isinstance(order, (int, np.integer)):
        raise ArgumentError(
            "ADK106",
            f"{name} must be an integer, not {type_name(order)}",
            instead=f"pass the number of the last coefficient, as in {name}=3",
        )
    if not 0 <= order <= _LAST:
        raise ArgumentError(
            "ADK106",
            f"{name}={order} must be between 0 and {_LAST}",
            instead=f"{name}=0 is the function itself; factorials beyond that of {_LAST} "
            "overflow floats",
        )
    return int(order)
