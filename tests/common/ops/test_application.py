"""Functions of the user's, applied to parts of arrays: what they enclose may be traced."""

import numpy as np
import pytest

import adkit as ad
from adkit.common.errors import DetachError

JACOBIANS = pytest.mark.parametrize("jacobian", [ad.jacfwd, ad.jacrev])
X = np.array([-2.0, 0.5, 3.0])
M = np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])


@JACOBIANS
def test_pieces(jacobian):
    def f(x):
        return np.piecewise(x, [x < 0, x > 1], [np.square, lambda v: v * x[1], 7.0])

    np.testing.assert_array_equal(jacobian(f)(X), [[-4, 0, 0], [0, 0, 0], [0, 3, 0.5]])
    value, _ = ad.vjp(f, X)
    np.testing.assert_array_equal(value, [4, 7, 1.5])
    # of conditions that overlap the last one counts, and no function sees an empty part
    over = jacobian(lambda x: np.piecewise(x, [x > -9, x > 1, x > 9], [np.sin, 5.0, None]))(X)
    np.testing.assert_allclose(over, np.diag([np.cos(-2), np.cos(0.5), 0]), rtol=1e-15)


@JACOBIANS
def test_pieces_of_a_number_and_further_arguments(jacobian):
    assert jacobian(lambda x: np.piecewise(x, x > 0, [lambda v, k: k * v, np.add], 3.0))(2.0) == 3
    found = jacobian(lambda z: np.piecewise(z, [z < 0], [lambda v, k: k * v, np.multiply], z[2]))(X)
    np.testing.assert_array_equal(found, [[3, 0, -2], [0, 3, 0.5], [0, 0, 6]])


def test_pieces_with_a_singularity_elsewhere():
    x = np.array([0.0, 4.0])
    gradient = ad.grad(lambda x: np.piecewise(x, [x > 0], [np.sqrt, 0.0]).sum())(x)
    np.testing.assert_array_equal(gradient, [0, 0.25])


@JACOBIANS
def test_along_an_axis(jacobian):
    found = jacobian(lambda m: np.apply_along_axis(lambda r: r[0] * r[-1], -1, m))(M)
    np.testing.assert_array_equal(found, [[[3, 0, 1], [0, 0, 0]], [[0, 0, 0], [6, 0, 4]]])
    first = ad.grad(lambda m: np.apply_along_axis(np.diag, 0, m)[1, 1, 2])(M)
    np.testing.assert_array_equal(first, [[0, 0, 0], [0, 0, 1]])
    scaled = jacobian(lambda k: np.apply_along_axis(lambda r, s=1: r * s, 1, k * M, s=k)[1, 2])
    assert scaled(2.0) == 24
    with pytest.raises(ValueError, match="iteration dimensions are 0"):
        jacobian(lambda m: np.apply_along_axis(np.sum, 1, m))(np.zeros((0, 2)))


@JACOBIANS
def test_over_axes(jacobian):
    found = jacobian(lambda m: np.apply_over_axes(np.sum, m, [0, -1]))(M)
    np.testing.assert_array_equal(found, np.ones((1, 1, 2, 3)))
    found = jacobian(lambda m: np.apply_over_axes(np.max, m, 1))(M)
    np.testing.assert_array_equal(found[:, 0], [[[0, 0, 1], [0, 0, 0]], [[0, 0, 0], [0, 0, 1]]])


def test_second_derivatives():
    def f(m):
        rows = np.apply_along_axis(lambda r: np.prod(r), 1, m)
        return np.piecewise(rows, [rows > 10], [np.square, np.sin])[1]

    expected = ad.hessian(lambda m: np.prod(m[1]) ** 2)(M)
    np.testing.assert_allclose(ad.hessian(f)(M), expected, rtol=1e-14)


@pytest.mark.parametrize(
    "apply",
    [
        lambda t: np.vectorize(lambda v: v * v)(t),
        lambda t: np.piecewise(X, [X > 0], [lambda v: v * t[0]]),
        lambda t: np.apply_along_axis(lambda r: r * t[0], 0, X),
        lambda t: np.arange(0, t[1], 0.1),
        lambda t: np.fromfunction(lambda i: float(t[0]) * i, (2,)),
    ],
)
def test_what_would_lose_a_derivative_is_refused(apply):
    for transform in (ad.jacfwd, ad.jacrev):
        with pytest.raises(DetachError):
            transform(apply)(X)
