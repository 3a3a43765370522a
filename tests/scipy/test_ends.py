"""Densities at the ends of their support, and logarithms of sums that are infinite."""

import math

import numpy as np
import pytest
from scipy import special as scipy_special

import adkit as ad
from adkit.scipy import special, stats

INF = math.inf
NESTINGS = [(a, b) for a in (ad.jacfwd, ad.jacrev) for b in (ad.jacfwd, ad.jacrev)]

#: First and second derivatives.
AT = {
    "x exp(-x) at 0": (lambda x: stats.gamma.pdf(x, 2.0), 0.0, 1, -2),
    "x exp(-x/2) / 4 at 0": (lambda x: stats.chi2.pdf(x, 4.0), 0.0, 1 / 4, -1 / 4),
    "6 x (1 - x) at 0": (lambda x: stats.beta.pdf(x, 2.0, 2.0), 0.0, 6, -12),
    "6 x (1 - x) at 1": (lambda x: stats.beta.pdf(x, 2.0, 2.0), 1.0, -6, -12),
    "mu exp(-mu) at 0": (lambda mu: stats.poisson.pmf(1, mu), 0.0, 1, -2),
    "exp(-mu) at 0": (lambda mu: stats.poisson.pmf(0, mu), 0.0, -1, 1),
    "the bell far away": (stats.norm.pdf, INF, 0, 0),
}


@pytest.mark.parametrize(("outer", "inner"), NESTINGS)
@pytest.mark.parametrize("name", AT)
def test_two_derivatives(name, outer, inner):
    f, x, first, second = AT[name]
    with np.errstate(divide="ignore"):
        assert inner(f)(x) == pytest.approx(first, rel=1e-14)
        assert outer(inner(f))(x) == pytest.approx(second, rel=1e-14)


@pytest.mark.parametrize(("outer", "inner"), NESTINGS)
def test_infinite_elements_have_the_weight(outer, inner):
    x = np.array([INF, 0.0, -INF])
    np.testing.assert_array_equal(inner(special.logsumexp)(x), [1, 0, 0])
    np.testing.assert_array_equal(outer(inner(special.logsumexp))(x), np.zeros((3, 3)))
    np.testing.assert_array_equal(inner(special.logsumexp)(np.array([INF, INF])), [0.5, 0.5])


@pytest.mark.parametrize("jacobian", [ad.jacfwd, ad.jacrev])
def test_factors_alone_may_be_traced(jacobian):
    x, b = np.array([0.1, 0.7, -0.3]), np.array([1.0, 2.0, 0.3])
    value, slope = ad.jvp(lambda b: special.logsumexp(x, b=b), (b,), (np.array([1.0, 0, 0]),))
    assert value == scipy_special.logsumexp(x, b=b)
    weights = np.exp(x) / np.sum(b * np.exp(x))
    assert slope == pytest.approx(weights[0], rel=1e-14)
    found = jacobian(lambda b: special.logsumexp(x, b=b))(b)
    np.testing.assert_allclose(found, weights, rtol=1e-14)


def test_orders_may_be_listed():
    found = ad.derivative(lambda z: special.spherical_jn([0, 1], z))(1.5)
    np.testing.assert_allclose(found, scipy_special.spherical_jn([0, 1], 1.5, True), rtol=1e-13)
