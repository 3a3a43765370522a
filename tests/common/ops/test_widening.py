"""Real numbers outside of the domain of a real function, and complex ones on a branch cut."""

import cmath

import numpy as np
import pytest

import adkit as ad

JACOBIANS = pytest.mark.parametrize("jacobian", [ad.jacfwd, ad.jacrev])


def slope(f, x):
    return ad.jvp(f, (x,), (np.ones_like(x),))[1]


def test_real_numbers_become_complex():
    np.testing.assert_allclose(slope(np.emath.sqrt, np.array([-4.0, 4.0])), [-0.25j, 0.25])
    np.testing.assert_allclose(slope(np.emath.log, np.array([-2.0])), [-0.5])
    # arccos(x) = -i arccosh(x) for x > 1
    np.testing.assert_allclose(slope(np.emath.arccos, np.array([1.25])), [-1j / 0.75])
    np.testing.assert_allclose(slope(lambda x: np.emath.power(x, 0.5), np.array([-4.0])), [-0.25j])
    np.testing.assert_allclose(
        slope(lambda x: np.emath.logn(2, x), np.array([8.0])), [0.125 / np.log(2)]
    )


@JACOBIANS
def test_numbers_inside_stay_real(jacobian):
    found = jacobian(np.emath.sqrt)(np.array([4.0, 0.25]))
    assert found.dtype == np.float64
    np.testing.assert_array_equal(found, [[0.25, 0], [0, 1]])


@pytest.mark.parametrize("zero", [0.0, -0.0])
@pytest.mark.parametrize("real", [1.25, -1.25])
def test_on_a_cut_the_sign_of_zero_says_which_side(real, zero):
    z = complex(real, zero)
    near = complex(real, np.copysign(1e-9, zero))
    for name in ("arccos", "arcsin"):
        found = slope(getattr(np, name), np.complex128(z))
        sign = -1 if name == "arccos" else 1
        np.testing.assert_allclose(found, sign / cmath.sqrt(1 - near * near), rtol=1e-7)
    found = slope(np.arcsinh, np.complex128(complex(zero, real)))
    near = complex(near.imag, near.real)
    np.testing.assert_allclose(found, 1 / cmath.sqrt(1 + near * near), rtol=1e-7)
    found = slope(np.arccosh, np.complex128(complex(real / 5, zero)))
    near = complex(real / 5, np.copysign(1e-9, zero))
    expected = 1 / (cmath.sqrt(near - 1) * cmath.sqrt(near + 1))
    np.testing.assert_allclose(found, expected, rtol=1e-7)
