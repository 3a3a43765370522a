"""Series of polynomials: every family has the same rules, and numbers of its own."""

import numpy as np
import pytest

import adkit as ad
from adkit import polynomial

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
