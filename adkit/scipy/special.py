"""Functions of `scipy.special` that are no ufuncs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from adkit.common.ops.special.slopes import by_slope
from adkit.common.optional import optional
from adkit.common.registry import elementary
from adkit.common.values import stop_gradient
from adkit.common.verbs import composite

__all__ = [
    "log_softmax",
    "logsumexp",
    "multigammaln",
    "polygamma",
    "softmax",
    "spherical_in",
    "spherical_jn",
    "spherical_kn",
    "spherical_yn",
]

sp = optional("scipy.special", "scipy")


def _shift(a: Any, axis: Any) -> Any:
    """Return the largest element along axes as a constant, 0 where it is infinite."""
    a = stop_gradient(a)
    largest = np.max(np.real(a), axis=axis, keepdims=True, initial=-np.inf)
    return np.where(np.isfinite(largest), largest, 0).astype(largest.dtype)


# ---------------------------------------------------------------- logarithms of sums


@elementary
def logsumexp(
    a: Any, axis: Any = None, b: Any = None, keepdims: bool = False, return_sign: bool = False
) -> Any:
    """Return the logarithm of a sum of exponentials, as `scipy.special.logsumexp` does.

    Parameters
    ----------
    a : array
    axis : int or tuple of int, optional
        What is summed over, by default everything.
    b : array, optional
        Factors of the exponentials.
    keepdims : bool
        Whether the axes that are summed over stay, with length one.
    return_sign : bool
        Whether the logarithm of the size of the sum and its sign are returned.

    Examples
    --------
    >>> import adkit, numpy as np
    >>> adkit.grad(logsumexp)(np.array([1000.0, 1000.0]))
    array([0.5, 0.5])
    """
    return sp.logsumexp(a, axis=axis, b=b, keepdims=keepdims, return_sign=return_sign)


def _weighted(a: Any, b: Any, axis: Any, keepdims: bool, return_sign: bool) -> Any:
    a = np.atleast_1d(a)
    if b is not None:
        a = np.where(np.equal(b, 0), -np.inf, a)
    beyond = b is None and np.any(np.isposinf(np.real(a)))
    if beyond:
        largest = np.max(np.real(a), axis=axis, keepdims=True)
        infinite = np.isposinf(largest)
        a = np.where(infinite, 0, a)
    shift = _shift(a, axis)
    terms = np.exp(a - shift)
    total = np.sum(terms if b is None else b * terms, axis=axis, keepdims=True)
    total = np.where(total == 0, 1, total)  # where all is -inf there is no weight to give
    out = np.log(np.abs(total) if return_sign else total) + shift
    if beyond:  # elements that are infinite have the weight, equal ones share it
        out = np.where(infinite, largest, out)
    if not keepdims:
        out = np.squeeze(out, axis)
    if not return_sign:
        return out
    sign = np.sign(total)
    return out, sign if keepdims else np.squeeze(sign, axis)


def _weighted_values(a: Any, b: Any, axis: Any, keepdims: bool, return_sign: bool) -> Any:
    return sp.logsumexp(a, axis=axis, b=b, keepdims=keepdims, return_sign=return_sign)


_KINKS = "0 where all elements are -inf"
weighted = elementary(_weighted_values)
composite(weighted, _weighted, operands=2, kinks=_KINKS)
composite(
    logsumexp,
    lambda a, axis=None, b=None, keepdims=False, return_sign=False: weighted(
        a, b, axis, keepdims, return_sign
    ),
    operands=0,
    kinks=_KINKS,
)


@elementary
def softmax(x: Any, axis: Any = None) -> Any:
    """Return exponentials over their sum, as `scipy.special.softmax` does.

    Parameters
    ----------
    x : array
    axis : int or tuple of int, optional
        What is summed over, by default everything.

    Examples
    --------
    >>> import adkit, numpy as np
    >>> adkit.jvp(softmax, (np.zeros(2),), (np.array([1.0, 0.0]),))[1]
    array([ 0.25, -0.25])
    """
    return sp.softmax(x, axis=axis)


def _softmax(x: Any, axis: Any = None) -> Any:
    terms = np.exp(x - _shift(x, axis))
    return terms / np.sum(terms, axis=axis, keepdims=True)


@elementary
def log_softmax(x: Any, axis: Any = None) -> Any:
    """Return the logarithm of `softmax`, as `scipy.special.log_softmax` does.

    Parameters
    ----------
    x : array
    axis : int or tuple of int, optional
        What is summed over, by default everything.

    Examples
    --------
    >>> import adkit, numpy as np
    >>> adkit.jvp(log_softmax, (np.zeros(2),), (np.array([1.0, 0.0]),))[1]
    array([ 0.5, -0.5])
    """
    return sp.log_softmax(x, axis=axis)


def _log_softmax(x: Any, axis: Any = None) -> Any:
    shifted = x - _shift(x, axis)
    return shifted - np.log(np.sum(np.exp(shifted), axis=axis, keepdims=True))


composite(softmax, _softmax)
composite(log_softmax, _log_softmax)

# ---------------------------------------------------------------- gamma


@elementary
def polygamma(n: Any, x: Any) -> Any:
    """Return the n-th derivative of digamma, as `scipy.special.polygamma` does.

    Parameters
    ----------
    n : int or array of int
        Without derivative.
    x : array

    Examples
    --------
    >>> import adkit
    >>> round(float(adkit.grad(lambda x: polygamma(1, x))(1.0)), 6)
    -2.404114
    """
    return sp.polygamma(n, x)


def _polygamma(n: Any, x: Any) -> Any:
    n = np.asarray(n)
    size = (-1.0) ** (n + 1) * sp.gamma(n + 1.0)
    return np.where(n == 0, sp.psi(x), size * sp.zeta(n + 1.0, x))


@elementary
def multigammaln(a: Any, d: int) -> Any:
    """Return the logarithm of the multivariate gamma function of dimension `d`.

    Parameters
    ----------
    a : array
    d : int

    Examples
    --------
    >>> import adkit
    >>> round(float(adkit.grad(lambda a: multigammaln(a, 2))(3.0)), 6)
    1.625941
    """
    return sp.multigammaln(a, d)


def _multigammaln(a: Any, d: int) -> Any:
    total = d * (d - 1) / 4 * np.log(np.pi)
    for j in range(d):
        total = total + sp.gammaln(a - j / 2)
    return total


composite(polygamma, _polygamma, operands=slice(1, 2), source="DLMF 25.11.12")
composite(multigammaln, _multigammaln, source="DLMF 35.3.4")

# ---------------------------------------------------------------- spherical Bessel functions


def _spherical(name: str, before: int, after: int) -> Callable[..., Any]:
    """Return a spherical function; its slope is made of its neighbours, weighted by signs."""

    def values(n: Any, z: Any, derivative: bool) -> Any:
        return getattr(sp, name)(n, z, derivative)

    values.__module__, values.__name__, values.__qualname__ = __name__, f"_{name}", f"_{name}"
    dispatching = elementary(values)

    def slope(n: Any, z: Any, derivative: bool) -> Any:
        if not derivative:
            return dispatching(n, z, True)
        lower, upper = dispatching(np.maximum(n - 1, 0), z, True), dispatching(n + 1, z, True)
        return (before * n * lower + after * (n + 1) * upper) / (2 * n + 1)

    by_slope(dispatching, slope, operand=1, source="DLMF 10.51")

    def call(n: Any, z: Any, derivative: bool = False) -> Any:
        return dispatching(np.asarray(n) if isinstance(n, (list, tuple)) else n, z, derivative)

    call.__name__ = call.__qualname__ = name
    call.__doc__ = f"""Return a spherical Bessel function, as `scipy.special.{name}` does.

    Parameters
    ----------
    n : int or array of int
        Order, without derivative.
    z : array
    derivative : bool
        Whether the derivative is returned.

    Examples
    --------
    >>> import adkit
    >>> slope = adkit.derivative(lambda z: {name}(2, z))(1.5)
    >>> bool(abs(slope - {name}(2, 1.5, derivative=True)) < 1e-12)
    True
    """
    return call


spherical_jn = _spherical("spherical_jn", 1, -1)
spherical_yn = _spherical("spherical_yn", 1, -1)
spherical_in = _spherical("spherical_in", 1, 1)
spherical_kn = _spherical("spherical_kn", -1, -1)
