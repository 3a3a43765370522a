"""Series of polynomials: every family has the same rules, and numbers of its own."""

import numpy as np
import pytest

import adkit as ad
from adkit import polynomial
from adkit.common.errors import MissingRuleError

#: The derivative of the basis function of degree 2, and of degree 3, at x = 1/2.
SLOPES = {
    "poly": (1.0, 0.75),
    "cheb": (2.0, -0.0),  # 4 x, 12 x^2 - 3
    "leg": (1.5, 0.375),  # 3 x, (15 x^2 - 3) / 2
    "herm": (4.0, -6.0),  # 8 x, 24 x^2 - 12
    "herme": (1.0, -2.25),  # 2 x, 3 x^2 - 3
    "lag": (-1.5, -1.625),  # x - 2, -x^2/2 + 3 x - 3
}


@pytest.mark.parametrize("family", SLOPES)
def test_values_have_the_basis_and_its_slope_as_partials(family):
    val, vander = getattr(polynomial, f"{family}val"), getattr(polynomial, f"{family}vander")
    for degree, slope in zip((2, 3), SLOPES[family], strict=True):
        c = np.eye(4)[degree]
        np.testing.assert_allclose(ad.derivative(lambda x, c=c: val(x, c))(0.5), slope, atol=1e-15)
    basis = ad.grad(lambda c: val(0.5, c))(np.ones(4))
    np.testing.assert_allclose(basis, vander(0.5, 3)[0], rtol=1e-15)


@pytest.mark.parametrize("family", SLOPES)
def test_integrals_undo_derivatives(family):
    der, integral = getattr(polynomial, f"{family}der"), getattr(polynomial, f"{family}int")
    jacobian = ad.jacobian(lambda c: der(integral(c)))(np.array([1.0, 2.0, 3.0]))
    np.testing.assert_allclose(jacobian, np.eye(3), atol=1e-14)


@pytest.mark.parametrize("family", SLOPES)
def test_fits_find_the_series_again(family):
    val, fit = getattr(polynomial, f"{family}val"), getattr(polynomial, f"{family}fit")
    x = np.linspace(-1, 1, 6)
    jacobian = ad.jacobian(lambda c: fit(x, val(x, c), 2))(np.array([1.0, -2.0, 0.5]))
    np.testing.assert_allclose(jacobian, np.eye(3), atol=1e-13)


def test_roots_of_a_series_move_as_the_theorem_says():
    jacobian = ad.jacobian(polynomial.polyroots)(np.array([2.0, -3.0, 1.0]))  # of 1 and 2
    np.testing.assert_allclose(jacobian, [[1, 1, 1], [-1, -2, -4]], rtol=1e-13)


def test_plain_numbers_give_plain_numbers():
    found = polynomial.legval(0.5, [1.0, 2.0])
    assert type(found) is type(np.polynomial.legendre.legval(0.5, [1.0, 2.0]))


def test_numbers_of_other_names_do_not_exist():
    with pytest.raises(AttributeError, match="no attribute 'bernval'"):
        getattr(polynomial, "bern" + "val")
    assert "chebgrid3d" in dir(polynomial)


@pytest.mark.parametrize("jacobian", [ad.jacfwd, ad.jacrev])
def test_constants_bounds_and_scales_of_integrals_may_be_traced(jacobian):
    # the integral of 2 c x with constant k at b: c (s x)**2 / s ... = s c x**2 + k - s c b**2
    def integral(p):
        k, b, s, c = p
        return polynomial.polyint(np.stack([0.0 * c, 2 * c]), 1, [k], b, s)

    p = np.array([5.0, 3.0, 2.0, 7.0])
    np.testing.assert_array_equal(integral(p), [5 - 2 * 7 * 9, 0, 14])
    expected = [[1, -2 * 2 * 7 * 3, -7 * 9, -2 * 9], [0, 0, 0, 0], [0, 0, 7, 2]]
    np.testing.assert_array_equal(jacobian(integral)(p), expected)
    found = jacobian(lambda k: polynomial.chebint([0.0], k=k))(p[:1])
    np.testing.assert_array_equal(found, [[1]])  # NumPy keeps a series of zeros short
    found = jacobian(lambda s: polynomial.legder([1.0, 2.0, 3.0], 1, s))(np.float64(2))
    np.testing.assert_array_equal(found, [2, 9])


@pytest.mark.parametrize("family", SLOPES)
def test_numpys_own_function_of_several_series_is_refused(family):
    names = ("polynomial", "chebyshev", "legendre", "hermite", "hermite_e", "laguerre")
    module = getattr(np.polynomial, dict(zip(SLOPES, names, strict=True))[family])
    function = getattr(module, f"{family}val")
    x, series = np.array([0.1, 0.2, 0.3]), np.arange(12.0).reshape(4, 3)
    for count in (1, 2, 4):
        with pytest.raises(MissingRuleError, match=rf"write adkit\.polynomial\.{family}val"):
            ad.jacrev(lambda x, c=series[:count]: function(x, c))(x)
    found = ad.jacfwd(lambda x: function(x, series, tensor=False))(x)
    expected = ad.jacfwd(lambda x: getattr(polynomial, f"{family}val")(x, series, False))(x)
    np.testing.assert_allclose(found, expected, rtol=1e-13)
    np.testing.assert_allclose(
        ad.jacfwd(lambda x: function(x, series))(0.3),
        ad.jacfwd(lambda x: getattr(polynomial, f"{family}val")(x, series))(0.3),
        rtol=1e-13,
    )


def test_values_from_roots_are_refused_at_several_points():
    function = np.polynomial.polynomial.polyvalfromroots
    roots = np.array([1.0, 2.0, 3.0])
    with pytest.raises(MissingRuleError, match=r"np\.prod"):
        ad.jacfwd(lambda x: function(x, roots))(np.zeros(3))
    assert ad.derivative(lambda x: function(x, roots))(0.0) == 11
