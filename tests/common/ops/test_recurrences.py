"""Running products and their derivatives, with numbers worked out by hand."""

import math
from fractions import Fraction

import numpy as np
import pytest

import adkit as ad
from adkit.common.ops.recurrences import others, recurrence


def one_after_the_other(a, b):
    y = [b[0]]
    for factor, term in zip(a[1:], b[1:], strict=True):
        y.append(factor * y[-1] + term)
    return np.array(y)


@pytest.mark.parametrize("length", [1, 2, 3, 8, 37])
def test_recurrence(length):
    a, b = np.random.default_rng(length).normal(size=(2, length))
    np.testing.assert_allclose(recurrence(a, b), one_after_the_other(a, b), rtol=1e-12)


def test_products_of_factors_overflow_and_the_recurrence_does_not():
    """y = 0, 0, 0, 1: the product of the factors in the middle is infinite."""
    a, b = np.array([1.0, 1e200, 1e200, 1e200]), np.array([0.0, 0.0, 0.0, 1.0])
    np.testing.assert_array_equal(recurrence(a, b), b)


@pytest.mark.parametrize("length", [0, 1, 2, 3, 7, 8])
def test_products_of_others(length):
    x = np.arange(2.0, 2 + length)
    expected = [np.prod(np.delete(x, k)) for k in range(length)]
    np.testing.assert_array_equal(others(x), expected)


def test_running_product_with_a_zero_to_second_order():
    """Of 2, 0, 3, 5 the last one is x0 x1 x2 x3, and its Hessian holds products of two."""
    x = np.array([2.0, 0.0, 3.0, 5.0])
    hessian = [[0, 15, 0, 0], [15, 0, 10, 6], [0, 10, 0, 0], [0, 6, 0, 0]]
    for mode in (ad.jacfwd, ad.jacrev):
        for inner in (ad.jacfwd, ad.jacrev):
            found = mode(inner(lambda x: np.cumprod(x)[-1]))(x)
            np.testing.assert_array_equal(found, hessian)
            np.testing.assert_array_equal(mode(inner(np.prod))(x), hessian)


def test_running_product_along_the_first_axis():
    x = np.array([[2.0, 3.0], [5.0, 7.0]])
    gradient = ad.grad(lambda x: np.cumprod(x, axis=0).sum())(x)
    np.testing.assert_array_equal(gradient, [[6, 8], [2, 3]])


@pytest.mark.parametrize("jacobian", [ad.jacfwd, ad.jacrev])
def test_products_of_the_others_neither_overflow_nor_vanish_on_the_way(jacobian):
    for x, expected in (
        ([1e200, 1e-200, 1e200, 1e-200], [1e-200, 1e200, 1e-200, 1e200]),
        ([1e200, 1e200, 1e200, 0.0], [0, 0, 0, np.inf]),
        ([1e-170, 1e170, 1e-170, 1e100, 2.0], [2e100, 2e-240, 2e100, 2e-170, 1e-70]),
        ([1e-160, 1e100, 1e-160, 1e150], [1e90, 1e-170, 1e90, 1e-220]),
    ):
        with np.errstate(over="ignore", invalid="ignore"):
            np.testing.assert_allclose(jacobian(np.prod)(np.array(x)), expected, rtol=1e-13)


def exact_products_of_others(x):
    """Return them as fractions: the product of all divided by each, and nothing is rounded."""
    factors = [Fraction(float(v)) for v in x]
    return [math.prod(factors[:k] + factors[k + 1 :]) for k in range(len(factors))]


@pytest.mark.parametrize("dtype", [np.float64, np.float32, np.float16])
@pytest.mark.parametrize("length", [33, 64, 65, 257])
@pytest.mark.parametrize("scale", [1e-3, 1.0, 30.0])
def test_long_products_of_others_are_exact_to_rounding(length, dtype, scale):
    """However large or small the product of all is, and with one zero or two among them."""
    limits = np.finfo(dtype)
    x = (np.random.default_rng(length).uniform(-2, 2, length) * scale).astype(dtype)
    for zeros in ([], [length // 3], [length // 3, length // 2]):
        x[zeros] = 0
        for found, exact in zip(others(x), exact_products_of_others(x), strict=True):
            if abs(exact) > Fraction(float(limits.max)):
                assert np.isinf(found)
                assert np.sign(found) == np.sign(exact)
            else:
                error = abs(Fraction(float(found)) - exact)
                rounding = length * Fraction(float(limits.eps)) * abs(exact)
                assert error <= rounding + Fraction(float(limits.smallest_subnormal))


def test_long_products_of_others_of_any_scale_on_the_way():
    """Factors of 2**300 and 2**-300 in any order: exact, since powers of two are."""
    powers = np.random.default_rng(0).permutation(np.repeat([300, -300], 60))
    np.testing.assert_array_equal(others(np.ldexp(1.0, powers)), np.ldexp(1.0, -powers))


@pytest.mark.parametrize("value", [np.inf, np.nan])
def test_long_products_of_others_beside_one_that_is_not_finite(value):
    x = np.full(40, 2.0)
    x[3] = value
    expected = np.full(40, value)
    expected[3] = 2.0**39
    np.testing.assert_array_equal(others(x), expected)


def test_long_products_of_others_differ_by_row():
    rows = np.array([[2.0] * 40, [0.0] + [2.0] * 39, [1e300] * 40])
    with np.errstate(over="ignore"):
        found = others(rows)
    np.testing.assert_array_equal(found[0], np.full(40, 2.0**39))
    np.testing.assert_array_equal(found[1], [2.0**39] + [0.0] * 39)
    np.testing.assert_array_equal(found[2], np.full(40, np.inf))
