"""Taylor coefficients against series known from the literature and against mpmath."""

import math

import mpmath
import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy import special

import adkit as ad

ORDER = 15

# ---------------------------------------------------------------- series of whole numbers

#: k! times coefficient k at 0, by the number of the sequence in the OEIS.
EXPONENTIAL = {
    "A000110, Bell numbers": (
        lambda x: np.exp(np.expm1(x)),
        [1, 1, 2, 5, 15, 52, 203, 877, 4140, 21147, 115975, 678570, 4213597],
    ),
    "A002017": (
        lambda x: np.exp(np.sin(x)),
        [1, 1, 1, 0, -3, -8, -3, 56, 217, 64, -2951, -12672, 5973],
    ),
    "A000182, tangent numbers": (
        np.tan,
        [0, 1, 0, 2, 0, 16, 0, 272, 0, 7936, 0, 353792, 0, 22368256],
    ),
    "A000182 with signs": (
        np.tanh,
        [0, 1, 0, -2, 0, 16, 0, -272, 0, 7936, 0, -353792, 0, 22368256],
    ),
    "A000364, Euler numbers": (
        lambda x: 1 / np.cos(x),
        [1, 0, 1, 0, 5, 0, 61, 0, 1385, 0, 50521, 0, 2702765],
    ),
    "A001818": (np.arcsin, [0, 1, 0, 1, 0, 9, 0, 225, 0, 11025, 0, 893025, 0, 108056025]),
    "A000142, factorials": (lambda x: -np.log1p(-x), [0, *map(math.factorial, range(13))]),
    "A000248": (
        lambda x: np.exp(x * np.exp(x)),
        [1, 1, 3, 10, 41, 196, 1057, 6322, 41393, 293608, 2237921],
    ),
}
#: Coefficients at 0.
ORDINARY = {
    "A000045, Fibonacci numbers": (
        lambda x: x / (1 - x - x * x),
        [0, 1, 1, 2, 3, 5, 8, 13, 21, 34, 55, 89, 144, 233, 377, 610],
    ),
    "A000108, Catalan numbers": (
        lambda x: 2 / (1 + np.sqrt(1 - 4 * x)),
        [1, 1, 2, 5, 14, 42, 132, 429, 1430, 4862, 16796, 58786, 208012, 742900, 2674440],
    ),
    "A000984, central binomial": (
        lambda x: (1 - 4 * x) ** -0.5,
        [1, 2, 6, 20, 70, 252, 924, 3432, 12870, 48620, 184756, 705432, 2704156],
    ),
    "A001850, central Delannoy numbers": (
        lambda x: 1 / np.sqrt(1 - 6 * x + x**2),
        [1, 3, 13, 63, 321, 1683, 8989, 48639, 265729, 1462563, 8097453],
    ),
    "a polynomial": (lambda x: (1 + 2 * x) ** 3 * x, [0, 1, 6, 12, 8, 0, 0]),
}


@pytest.mark.parametrize("name", EXPONENTIAL)
def test_series_with_known_derivatives(name):
    f, expected = EXPONENTIAL[name]
    found = ad.taylor(f, 0.0, 1.0, len(expected) - 1)
    assert_allclose(found * [math.factorial(k) for k in range(len(expected))], expected, rtol=1e-13)


@pytest.mark.parametrize("name", ORDINARY)
def test_series_with_known_coefficients(name):
    f, expected = ORDINARY[name]
    assert_allclose(ad.taylor(f, 0.0, 1.0, len(expected) - 1), expected, rtol=1e-13)


# ---------------------------------------------------------------- mpmath

FUNCTIONS = {
    "exp": (np.exp, mpmath.exp, 0.3),
    "exp2": (np.exp2, lambda x: mpmath.mpf(2) ** x, 1.3),
    "expm1": (np.expm1, mpmath.expm1, 0.3),
    "log": (np.log, mpmath.log, 1.3),
    "log2": (np.log2, lambda x: mpmath.log(x, 2), 1.3),
    "log10": (np.log10, mpmath.log10, 1.3),
    "log1p": (np.log1p, mpmath.log1p, 0.3),
    "sqrt": (np.sqrt, mpmath.sqrt, 1.7),
    "cbrt": (np.cbrt, mpmath.cbrt, 1.3),
    "reciprocal": (np.reciprocal, lambda x: 1 / x, 1.3),
    "square": (np.square, lambda x: x * x, 1.3),
    "sin": (np.sin, mpmath.sin, 0.7),
    "cos": (np.cos, mpmath.cos, 0.7),
    "tan": (np.tan, mpmath.tan, 0.7),
    "arcsin": (np.arcsin, mpmath.asin, 0.4),
    "arccos": (np.arccos, mpmath.acos, 0.4),
    "arctan": (np.arctan, mpmath.atan, 0.7),
    "sinh": (np.sinh, mpmath.sinh, 0.4),
    "cosh": (np.cosh, mpmath.cosh, 0.4),
    "tanh": (np.tanh, mpmath.tanh, 0.4),
    "arcsinh": (np.arcsinh, mpmath.asinh, 0.4),
    "arccosh": (np.arccosh, mpmath.acosh, 1.9),
    "arctanh": (np.arctanh, mpmath.atanh, 0.3),
    "sinc": (np.sinc, mpmath.sincpi, 0.1),
    "absolute": (np.abs, abs, -1.3),
    "x**2.5": (lambda x: x**2.5, lambda x: x ** mpmath.mpf(2.5), 1.3),
    "x**-3": (lambda x: x**-3, lambda x: x**-3, -1.3),
    "x**7": (lambda x: x**7, lambda x: x**7, -1.3),
    "x**7 at 0": (lambda x: x**7, lambda x: x**7, 0.0),
    "float_power": (lambda x: np.float_power(x, 1.5), lambda x: x ** mpmath.mpf(1.5), 1.3),
    "x**x": (lambda x: x**x, lambda x: x**x, 1.3),
    "2**x": (lambda x: 2.0**x, lambda x: mpmath.mpf(2) ** x, 1.3),
    "quotient": (lambda x: np.sin(x) / (1 + x * x), lambda x: mpmath.sin(x) / (1 + x * x), 0.3),
    "hypot": (lambda x: np.hypot(x, 2 * x + 1), lambda x: mpmath.hypot(x, 2 * x + 1), 0.4),
    "arctan2": (lambda x: np.arctan2(x, 2 + x * x), lambda x: mpmath.atan2(x, 2 + x * x), 0.4),
    "logaddexp": (
        lambda x: np.logaddexp(x, 2 * x),
        lambda x: mpmath.log(mpmath.exp(x) + mpmath.exp(2 * x)),
        0.4,
    ),
    "composed": (
        lambda x: np.sin(x * np.exp(x)) * np.tanh(x),
        lambda x: mpmath.sin(x * mpmath.exp(x)) * mpmath.tanh(x),
        0.4,
    ),
    "nested": (
        lambda x: np.log(2 + np.cos(np.sqrt(1 + np.arctan(x) ** 2))),
        lambda x: mpmath.log(2 + mpmath.cos(mpmath.sqrt(1 + mpmath.atan(x) ** 2))),
        0.4,
    ),
    "deviation": (
        lambda x: np.std(np.stack([x, x * x, np.exp(x)])),
        lambda x: mpmath.sqrt(
            (x * x + x**4 + mpmath.exp(2 * x)) / 3 - ((x + x * x + mpmath.exp(x)) / 3) ** 2
        ),
        0.4,
    ),
}


def by_mpmath(f, x, order=ORDER):
    with mpmath.workdps(80):
        return np.array([float(c) for c in mpmath.taylor(f, mpmath.mpf(x), order)])


@pytest.mark.parametrize("name", FUNCTIONS)
def test_mpmath_agrees_to_order_15(name):
    f, other, x = FUNCTIONS[name]
    found = ad.taylor(f, x, 1.0, ORDER)
    assert found[0] == f(np.float64(x))
    expected = by_mpmath(other, x)
    # a recurrence rounds by the size of the terms, a radius of convergence away from 0
    radius = np.max(np.abs(expected[1:]) ** (1 / np.arange(1, ORDER + 1)))
    size = np.abs(expected) + 1e-3 * np.abs(f(np.float64(x))) * radius ** np.arange(ORDER + 1)
    assert np.all(np.abs(found - expected) <= 1e-11 * size)


def test_mpmath_agrees_on_functions_of_scipy():
    for f, other, x in [
        (special.gamma, mpmath.gamma, 1.7),
        (special.erf, mpmath.erf, 0.6),
        (special.j0, lambda x: mpmath.besselj(0, x), 1.2),
        (special.expit, lambda x: 1 / (1 + mpmath.exp(-x)), 0.6),
    ]:
        assert_allclose(ad.taylor(f, x, 1.0, 8), by_mpmath(other, x, 8), rtol=1e-11, atol=1e-14)


def test_complex_numbers():
    found = ad.taylor(lambda z: np.exp(z) / (1 + z * z), 0.3 + 0.2j, 1.0 + 0j, 10)
    with mpmath.workdps(50):
        expected = mpmath.taylor(lambda z: mpmath.exp(z) / (1 + z * z), mpmath.mpc(0.3, 0.2), 10)
    assert_allclose(found, [complex(c) for c in expected], rtol=1e-13)
    real = ad.taylor(lambda z: np.abs(z) ** 2, 3 + 4j, 1j, 3)  # abs(3 + (4 + t)j)**2
    assert_allclose(real, [25, 8, 1, 0], atol=1e-14)


# ---------------------------------------------------------------- matrices

A = np.array([[2.0, 1.0, 0.0], [0.5, 3.0, -1.0], [0.0, 1.0, 4.0]])
B = np.array([[0.3, -1.0, 0.2], [0.0, 0.5, 1.0], [0.7, 0.0, -0.4]])


def test_the_inverse_is_a_geometric_series():
    found = ad.taylor(np.linalg.inv, np.eye(3), -B, 6)
    assert_allclose(found, [np.linalg.matrix_power(B, k) for k in range(7)], atol=1e-14)


def test_solutions_of_a_system_satisfy_it():
    def solve(data):
        return np.linalg.solve(data["a"], data["b"])

    x = ad.taylor(solve, {"a": A, "b": A[0]}, {"a": B, "b": B[0]}, 6)
    assert_allclose(A @ x[1] + B @ x[0], B[0], atol=1e-13)
    for k in range(2, 7):
        assert_allclose(A @ x[k] + B @ x[k - 1], 0, atol=1e-13)


def test_a_determinant_is_a_polynomial():
    found = ad.taylor(np.linalg.det, np.eye(3), B, 5)
    minors = sum(np.linalg.det(B[np.ix_(p, p)]) for p in ([0, 1], [0, 2], [1, 2]))
    assert_allclose(found, [1, np.trace(B), minors, np.linalg.det(B), 0, 0], atol=1e-14)


def test_eigenvalues_follow_perturbation_theory():
    levels, change = np.diag([1.0, 2.0, 4.0]), B + B.T
    found = ad.taylor(np.linalg.eigvalsh, levels, change, 2)
    gaps = np.diag(levels)[:, None] - np.diag(levels) + np.eye(3)
    second = (change**2 * (1 - np.eye(3)) / gaps).sum(1)
    assert_allclose(found, [np.diag(levels), np.diag(change), second], atol=1e-13)


def test_products_of_matrices_are_convolved():
    found = ad.taylor(lambda x: x @ x.T @ x, A, B, 4)
    third = B @ B.T @ B
    assert_allclose(found[3], third, atol=1e-14)
    assert_allclose(found[4], 0, atol=0)
    total = sum(c * 0.5**k for k, c in enumerate(found))
    moved = A + 0.5 * B
    assert_allclose(total, moved @ moved.T @ moved, rtol=1e-14)
