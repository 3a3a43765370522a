"""Polynomials by their coefficients: numbers by hand, edges, and what is refused."""

import numpy as np
import pytest

import adkit as ad
from adkit.common.errors import DetachError, InputTypeError


def test_polyval_has_the_powers_and_the_slope_as_partials():
    p, x = np.array([2.0, -1.0, 3.0]), 2.0
    np.testing.assert_array_equal(ad.grad(np.polyval)(p, x), [4, 2, 1])
    assert ad.derivative(lambda x: np.polyval(p, x))(x) == 7
    assert ad.derivative(ad.derivative(lambda x: np.polyval(p, x)))(x) == 4
    assert ad.derivative(lambda x: np.polyval(np.zeros(0), x))(x) == 0


def test_powers_of_zero_have_their_derivatives():
    x = np.zeros(1)
    slopes = ad.jvp(lambda x: np.vander(x, 4, increasing=True), (x,), (np.ones(1),))[1]
    np.testing.assert_array_equal(slopes, [[0, 1, 0, 0]])
    assert np.shape(ad.jacobian(lambda x: np.vander(x, 0))(np.ones(2))) == (2, 0, 2)


def test_roots_move_by_the_implicit_function_theorem():
    p = np.array([1.0, -3.0, 2.0])  # of 2 and 1
    jacobian = ad.jacobian(np.roots)(p)
    np.testing.assert_allclose(jacobian, [[-4, -2, -1], [1, 1, 1]], rtol=1e-14)


def test_zeros_in_front_and_behind_are_no_roots_and_roots_at_zero():
    p = np.array([0.0, 1.0, -2.0, 0.0])  # of 2 and 0
    jacobian = ad.jacobian(np.roots)(p)
    np.testing.assert_allclose(jacobian, [[-4, -2, -1, -0.5], [0, 0, 0, 0.5]], atol=1e-15)


def test_a_repeated_root_has_an_infinite_derivative():
    with np.errstate(divide="ignore", invalid="ignore"):
        slope = ad.derivative(lambda c: np.roots(np.stack([1.0, 0.0, c])).real)(0.0)
    assert not np.isfinite(slope).any()


def test_poly_inverts_roots():
    zeros = np.array([3.0, 1.0, -2.0])
    there = ad.jacobian(np.poly)(zeros)[1:]
    back = ad.jacobian(lambda rest: np.roots(np.append(1.0, rest)))(np.poly(zeros)[1:])
    order = np.argsort(np.roots(np.poly(zeros)))[np.argsort(np.argsort(zeros))]
    np.testing.assert_allclose(back[order] @ there, np.eye(3), atol=1e-13)


def test_characteristic_polynomials_are_smooth_at_repeated_eigenvalues():
    gradient = ad.jacobian(np.poly)(np.eye(2))  # x^2 - trace x + determinant
    np.testing.assert_array_equal(gradient, [np.zeros((2, 2)), -np.eye(2), np.eye(2)])


def test_conjugate_zeros_give_real_derivatives():
    zeros = np.array([1 + 2j, 1 - 2j])
    value, tangent = ad.jvp(np.poly, (zeros,), (np.array([1j, -1j]),))
    np.testing.assert_array_equal(value, [1, -2, 5])
    np.testing.assert_array_equal(tangent, [0, 0, 4])


def test_leading_zeros_of_factors_are_left_out():
    a, b = np.array([0.0, 0.0, 2.0]), np.array([3.0, 1.0])
    value, pull = ad.vjp(np.polymul, a, b)
    np.testing.assert_array_equal(value, [6, 2])
    for found, expected in zip(pull(np.ones(2)), ([0, 0, 4], [2, 2]), strict=True):
        np.testing.assert_array_equal(found, expected)
    value, pull = ad.vjp(np.polymul, np.zeros(2), b)
    np.testing.assert_array_equal(pull(value)[0], [0, 0])


def test_division_has_a_quotient_and_a_remainder():
    u, v = np.array([1.0, 0.0, 3.0]), np.array([1.0, 2.0])  # (x^2 + 3) = (x + 2)(x - 2) + 7
    value, tangent = ad.jvp(np.polydiv, (u, v), (np.array([0.0, 0.0, 1.0]), np.array([0.0, 1.0])))
    np.testing.assert_array_equal(np.concatenate(value), [1, -2, 7])
    np.testing.assert_array_equal(np.concatenate(tangent), [0, -1, 1 + 4])


def test_a_line_fitted_to_points():
    x, y = np.array([0.0, 1.0, 2.0]), np.array([1.0, 3.0, 2.0])
    jacobian = ad.jacobian(lambda y: np.polyfit(x, y, 1))(y)
    expected = [[-1 / 2, 0, 1 / 2], [5 / 6, 1 / 3, -1 / 6]]
    np.testing.assert_allclose(jacobian, expected, atol=1e-15)


def test_a_fit_with_weights_and_its_covariance_are_carried():
    x, y = np.array([0.0, 1.0, 2.0, 3.0]), np.array([1.0, 3.0, 2.0, 5.0])

    def variance(y):
        return np.polyfit(x, y, 1, cov=True)[1][0, 0]

    residuals = y - np.polyval(np.polyfit(x, y, 1), x)
    np.testing.assert_allclose(ad.grad(variance)(y), 2 * residuals / 2 / 5, rtol=1e-12)
    weighted = ad.grad(lambda w: np.polyfit(x, y, 0, w=w)[0])(np.ones(4))
    np.testing.assert_allclose(weighted, 2 * (y - y.mean()) / 4, rtol=1e-12)


def test_objects_hold_traced_coefficients():
    c = np.array([1.0, 2.0, 3.0])
    product = ad.grad(lambda c: (np.poly1d(c) * np.poly1d([1.0, 1.0]))(2.0))(c)
    np.testing.assert_array_equal(product, [12, 6, 3])
    slope = ad.grad(lambda c: np.poly1d(c).deriv()(2.0))(c)
    np.testing.assert_array_equal(slope, [4, 1, 0])


def test_an_object_beside_a_traced_value_is_refused():
    with pytest.raises(InputTypeError, match="coeffs of a poly1d"):
        ad.grad(lambda c: np.polyadd(np.poly1d([1.0, 2.0]), c).sum())(np.ones(2))


def test_numpys_newer_polynomials_are_refused_with_a_remedy():
    with pytest.raises(DetachError, match=r"write functions of adkit\.polynomial"):
        ad.grad(lambda c: np.polynomial.Polynomial(c)(2.0))(np.ones(2))
    with pytest.raises(DetachError, match=r"write adkit\.polynomial\.chebval, which takes"):
        ad.grad(lambda c: np.polynomial.chebyshev.chebval(2.0, c))(np.ones(2))
