"""Interpolation and finite differences, with numbers worked out by hand."""

import numpy as np
import pytest

import adkit as ad

JACOBIANS = pytest.mark.parametrize("jacobian", [ad.jacfwd, ad.jacrev])
XP = np.array([0.0, 1.0, 3.0])
FP = np.array([1.0, 3.0, 2.0])


@JACOBIANS
@pytest.mark.parametrize(
    ("x", "slope"),
    [
        (0.25, 2.0),
        (0.0, 2.0),  # at a point that is given the slope to its right
        (1.0, -0.5),
        (3.0, -0.5),  # at the last one that to its left
        (-1.0, 0.0),
        (4.0, 0.0),
        (np.inf, 0.0),
        (-np.inf, 0.0),
    ],
)
def test_the_slope_of_an_interpolation(x, slope, jacobian):
    assert jacobian(lambda x: np.interp(x, XP, FP))(x) == slope


@JACOBIANS
def test_values_and_places_of_the_points(jacobian):
    # f = f1 + (x - x1) (f2 - f1) / (x2 - x1) at x = 2
    np.testing.assert_array_equal(jacobian(lambda fp: np.interp(2.0, XP, fp))(FP), [0, 0.5, 0.5])
    np.testing.assert_array_equal(jacobian(lambda xp: np.interp(2.0, xp, FP))(XP), [0, 0.25, 0.25])


@JACOBIANS
def test_what_lies_outside(jacobian):
    def ends(z):
        return np.interp(np.array([-1.0, 0.5, 4.0]), XP, z, left=z[2], right=3 * z[0])

    np.testing.assert_array_equal(jacobian(ends)(FP), [[0, 0, 1], [0.5, 0.5, 0], [3, 0, 0]])
    held = jacobian(lambda fp: np.interp(np.array([-1.0, 4.0]), XP, fp))(FP)
    np.testing.assert_array_equal(held, [[1, 0, 0], [0, 0, 1]])
    # an infinite value that is not used reaches nothing
    wide = jacobian(lambda x: np.interp(x, XP, np.array([1.0, 3.0, np.inf])))(0.5)
    assert wide == 2


@JACOBIANS
def test_one_point_and_a_period(jacobian):
    assert jacobian(lambda x: np.interp(x, [1.0], [5.0]))(1.0) == 0
    # from 3 on to 4, which is 0 again, the values fall from 2 to 1
    assert jacobian(lambda x: np.interp(x, XP, FP, period=4.0))(7.5) == -1
    assert jacobian(lambda x: np.interp(x, XP, FP, period=4.0))(-3.75) == 2


@JACOBIANS
def test_slopes_of_samples_on_an_uneven_grid(jacobian):
    # the parabola through (0, f0), (1, f1), (3, f2) has at 1 the slope
    # -f0 2/3 + f1 1/2 + f2 1/6
    found = jacobian(lambda f: np.gradient(f, XP))(FP)
    np.testing.assert_allclose(
        found, [[-1, 1, 0], [-2 / 3, 1 / 2, 1 / 6], [0, -0.5, 0.5]], rtol=1e-15
    )
    found = jacobian(lambda f: np.gradient(f, 0.5, edge_order=2))(FP)
    np.testing.assert_allclose(found, [[-3, 4, -1], [-1, 0, 1], [1, -4, 3]], rtol=1e-15)
    found = jacobian(lambda h: np.gradient(FP, h))(0.5)
    np.testing.assert_allclose(found, [-8, -2, 4], rtol=1e-15)


@JACOBIANS
def test_differences_with_ends(jacobian):
    def differences(z):
        return np.ediff1d(z[1:3], to_begin=z[0], to_end=z[3] * np.ones(1))

    np.testing.assert_array_equal(
        jacobian(differences)(np.arange(4.0)), [[1, 0, 0, 0], [0, -1, 1, 0], [0, 0, 0, 1]]
    )
