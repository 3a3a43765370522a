"""adkit.scipy.special: functions that are no ufuncs."""

import numpy as np
import pytest
import scipy.special

import adkit as ad
from adkit.common.errors import DetachError
from adkit.scipy import special


def test_logsumexp_has_softmax_as_its_gradient():
    x = np.array([[1.0, 2.0], [-1.0, 1000.0]])
    gradient = ad.grad(lambda x: special.logsumexp(x, axis=1).sum())(x)
    np.testing.assert_allclose(gradient, scipy.special.softmax(x, axis=1), rtol=1e-15)
    second = ad.hessian(special.logsumexp)(np.zeros(2))
    np.testing.assert_allclose(second, [[0.25, -0.25], [-0.25, 0.25]])


def test_logarithms_of_nothing_have_no_weights():
    x = np.full(2, -np.inf)
    value, pull = ad.vjp(special.logsumexp, x)
    assert value == -np.inf
    np.testing.assert_array_equal(pull(1.0)[0], [0, 0])
    gradient = ad.grad(special.logsumexp)(np.array([-np.inf, 0.0]))
    np.testing.assert_array_equal(gradient, [0, 1])


def test_factors_may_be_negative_or_zero():
    x, b = np.array([1.0, 2.0]), np.array([1.0, -1.0])

    def size(x, b):
        return special.logsumexp(x, b=b, return_sign=True)[0]

    total = np.exp(1) - np.exp(2)
    of_x, of_b = ad.grad(size, argnums=(0, 1))(x, b)
    np.testing.assert_allclose(of_x, b * np.exp(x) / total, rtol=1e-14)
    np.testing.assert_allclose(of_b, np.exp(x) / total, rtol=1e-14)


@pytest.mark.parametrize("name", ["softmax", "log_softmax"])
def test_large_numbers_do_not_overflow(name):
    function = getattr(special, name)
    x = np.array([1000.0, 0.0, -1000.0])
    np.testing.assert_array_equal(function(x), getattr(scipy.special, name)(x))
    jacobian = ad.jacobian(function)(x)
    assert np.isfinite(jacobian).all()
    np.testing.assert_allclose(jacobian.sum(1), 0, atol=1e-12)


def test_polygamma_climbs_one_order():
    n, x = np.array([0, 1, 2]), 1.5
    slopes = ad.derivative(lambda x: special.polygamma(n, x))(x)
    np.testing.assert_allclose(slopes, scipy.special.polygamma(n + 1, x), rtol=1e-13)


@pytest.mark.parametrize("kind", "jyik")
@pytest.mark.parametrize("n", [0, 1, 5])
def test_spherical_functions_have_their_derivatives(kind, n):
    function = getattr(special, f"spherical_{kind}n")
    slope = ad.derivative(lambda z: function(n, z))
    assert slope(1.5) == pytest.approx(function(n, 1.5, derivative=True), rel=1e-12)
    sign = -1 if kind in "jy" else 1  # z^2 w'' + 2 z w' = (n (n + 1) -+ z^2) w
    second = ad.derivative(slope)(1.5) * 1.5**2 + 3 * slope(1.5)
    assert second == pytest.approx((n * (n + 1) + sign * 1.5**2) * function(n, 1.5), rel=1e-10)


@pytest.mark.parametrize("name", ["logsumexp", "softmax", "log_softmax"])
def test_scipys_own_functions_name_the_remedy(name):
    with pytest.raises(DetachError, match=rf"write adkit\.scipy\.special\.{name}, which takes"):
        ad.jvp(getattr(scipy.special, name), (np.ones(2),), (np.ones(2),))
