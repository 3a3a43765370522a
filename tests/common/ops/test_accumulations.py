"""Sums along an axis of operands of two types."""

import numpy as np

import adkit as ad


def test_the_derivative_in_a_double_spacing_of_single_values_is_exact_to_doubles():
    y = np.full(3_000, np.float32(1.1))
    for derivative in (ad.grad, ad.derivative):
        found = derivative(lambda dx: np.trapezoid(y, dx=dx))(np.float64(0.5))
        np.testing.assert_allclose(found, 2_999 * float(y[0]), rtol=1e-14)
