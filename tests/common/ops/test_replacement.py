"""What is replaced has no derivative; whole periods have that of the period."""

import numpy as np
import pytest

import adkit as ad

JACOBIANS = pytest.mark.parametrize("jacobian", [ad.jacfwd, ad.jacrev])
X = np.array([np.nan, 2.0, np.inf, -np.inf])


@JACOBIANS
def test_nans_and_infinities(jacobian):
    np.testing.assert_array_equal(jacobian(np.nan_to_num)(X), np.diag([0, 1, 0, 0]))
    found = jacobian(lambda z: np.nan_to_num(X * z[3], nan=z[0], posinf=z[1], neginf=z[2]))
    expected = [[1, 0, 0, 0], [0, 0, 0, 2], [0, 1, 0, 0], [0, 0, 1, 0]]
    with np.errstate(invalid="ignore"):
        np.testing.assert_array_equal(found(np.array([5.0, 6.0, 7.0, 1.0])), expected)
    value, pulled = ad.vjp(np.nan_to_num, np.array([np.nan + 3j, 1 - 1j]))
    np.testing.assert_array_equal(value, [3j, 1 - 1j])
    np.testing.assert_array_equal(pulled(np.array([1 + 2j, 1 + 2j]))[0], [2j, 1 + 2j])


def test_in_place():
    def f(x):
        y = x * 1
        same = np.nan_to_num(y, copy=False)
        assert same is y
        return np.sum(y * y)

    np.testing.assert_array_equal(ad.grad(f)(X[:2]), [0, 4])


@JACOBIANS
def test_whole_periods(jacobian):
    p = np.array([0.5, 3.25, 3.5])
    np.testing.assert_array_equal(np.unwrap(p, period=3), [0.5, 0.25, 0.5])
    np.testing.assert_array_equal(jacobian(lambda p: np.unwrap(p, period=3.0))(p), np.eye(3))
    in_period = jacobian(lambda t: np.unwrap(p + 0 * t, period=t))(3.0)
    np.testing.assert_array_equal(in_period, [0, -1, -1])


@JACOBIANS
def test_nearly_real(jacobian):
    def f(a):
        return np.sum(np.abs(np.real_if_close(np.array([1.0 + 1e-15j, 2.0]) * a)))

    assert jacobian(f)(3.0) == 3
