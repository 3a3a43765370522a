"""Evenly spaced numbers: each depends on both ends by its distance."""

import numpy as np
import pytest

import adkit as ad

JACOBIANS = pytest.mark.parametrize("jacobian", [ad.jacfwd, ad.jacrev])


@JACOBIANS
def test_linear(jacobian):
    def f(z):
        return np.linspace(z[0], z[1], 3)

    np.testing.assert_array_equal(jacobian(f)(np.array([1.0, 2.0])), [[1, 0], [0.5, 0.5], [0, 1]])
    open_end = jacobian(lambda z: np.linspace(z, 2.0, 4, endpoint=False))(1.0)
    np.testing.assert_array_equal(open_end, [1, 0.75, 0.5, 0.25])
    assert jacobian(lambda z: np.linspace(z, 5.0, 1)[0])(1.0) == 1
    assert jacobian(lambda z: np.linspace(0, z, 5, retstep=True)[1])(1.0) == 0.25
    assert jacobian(lambda z: np.linspace(0, stop=z, num=3)[2])(1.0) == 1
    assert jacobian(lambda z: np.linspace(z, 2 * z, 0))(1.0).shape == (0,)


@JACOBIANS
def test_whole_numbers_do_not_move(jacobian):
    found = jacobian(lambda z: z * np.linspace(0, 4 * z, 3, dtype=int))(1.0)
    np.testing.assert_array_equal(found, [0, 2, 4])


@JACOBIANS
def test_along_an_axis(jacobian):
    found = jacobian(lambda z: np.linspace(z, [5.0, 6.0], 3, axis=-1))(np.array([1.0, 2.0]))
    np.testing.assert_array_equal(found[0], [[1, 0], [0.5, 0], [0, 0]])
    np.testing.assert_array_equal(found[1], [[0, 1], [0, 0.5], [0, 0]])


@JACOBIANS
def test_geometric_and_powers(jacobian):
    # the middle of a and b is sqrt(a b)
    found = jacobian(lambda z: np.geomspace(z[0], z[1], 3))(np.array([1.0, 4.0]))
    np.testing.assert_allclose(found, [[1, 0], [1, 0.25], [0, 1]], rtol=1e-15)
    negative = jacobian(lambda z: np.geomspace(z[0], z[1], 3))(np.array([-1.0, -4.0]))
    np.testing.assert_allclose(negative, [[1, 0], [1, 0.25], [0, 1]], rtol=1e-15)
    # base ** ((start + stop) / 2) in the middle
    found = jacobian(lambda z: np.logspace(z[0], z[1], 3, base=z[2])[1])(np.array([1.0, 3.0, 2.0]))
    np.testing.assert_allclose(found, [2 * np.log(2), 2 * np.log(2), 4], rtol=1e-14)
    ends = jacobian(lambda z: np.logspace(0, z, 2)[1])(2.0)
    np.testing.assert_allclose(ends, 100 * np.log(10), rtol=1e-14)
