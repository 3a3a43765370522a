"""I0 and its derivatives against tabulated values."""

import numpy as np
import pytest

import adkit as ad

#: I0 and I1 (Abramowitz and Stegun 1964, table 9.8; further digits from the power series).
TABLE = {
    1.0: (1.2660658777520084, 0.5651591039924851),
    2.0: (2.2795853023360673, 1.5906368546373291),
}


@pytest.mark.parametrize("x", TABLE)
def test_derivatives_follow_from_the_differential_equation(x):
    i0, i1 = TABLE[x]
    first, second = ad.derivative(np.i0), ad.derivative(ad.derivative(np.i0))
    np.testing.assert_allclose(first(x), i1, rtol=1e-15)
    np.testing.assert_allclose(first(-x), -i1, rtol=1e-15)
    # x f'' + f' = x f
    np.testing.assert_allclose(second(x), i0 - i1 / x, rtol=2e-15)


def test_derivatives_at_zero_are_those_of_the_series():
    f = np.i0  # 1 + x^2/4 + x^4/64 + ...
    for expected in (1, 0, 0.5, 0, 0.375, 0, 0.3125):
        assert f(0.0) == expected
        f = ad.derivative(f)


def test_far_out_it_grows_as_the_exponential():
    # (I0'/I0)(x) = 1 - 1/(2x) - 1/(8x^2) - 1/(8x^3) - 25/(128x^4) - ...
    x = 500.0
    ratio = ad.grad(lambda x: np.log(np.i0(x)))(x)
    expected = 1 - 1 / (2 * x) - 1 / (8 * x**2) - 1 / (8 * x**3) - 25 / (128 * x**4)
    np.testing.assert_allclose(ratio, expected, rtol=1e-13)


def test_at_infinity_the_slope_is_infinite():
    for x in (np.inf, -np.inf):
        with np.errstate(invalid="ignore"):  # NumPy's value is inf * 0
            assert ad.grad(np.i0)(x) == x
            assert ad.jvp(np.i0, (x,), (1.0,))[1] == x
            assert ad.hessian(np.i0)(x) == np.inf
