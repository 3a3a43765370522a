"""Borders: what stands in them, and what it depends on."""

import numpy as np
import pytest

import adkit as ad

JACOBIANS = pytest.mark.parametrize("jacobian", [ad.jacfwd, ad.jacrev])
X = np.array([1.0, 4.0, 9.0])


@JACOBIANS
@pytest.mark.parametrize(
    ("mode", "options", "front", "back"),
    [
        ("constant", {"constant_values": 7}, [[0, 0, 0], [0, 0, 0]], [0, 0, 0]),
        ("edge", {}, [[1, 0, 0], [1, 0, 0]], [0, 0, 1]),
        ("reflect", {}, [[0, 0, 1], [0, 1, 0]], [0, 1, 0]),
        ("reflect", {"reflect_type": "odd"}, [[2, 0, -1], [2, -1, 0]], [0, -1, 2]),
        ("symmetric", {}, [[0, 1, 0], [1, 0, 0]], [0, 0, 1]),
        ("wrap", {}, [[0, 1, 0], [0, 0, 1]], [1, 0, 0]),
        ("maximum", {"stat_length": 2}, [[0, 1, 0], [0, 1, 0]], [0, 0, 1]),
        ("minimum", {}, [[1, 0, 0], [1, 0, 0]], [1, 0, 0]),
        ("mean", {"stat_length": (1, 2)}, [[1, 0, 0], [1, 0, 0]], [0, 0.5, 0.5]),
        ("median", {}, [[0, 1, 0], [0, 1, 0]], [0, 1, 0]),
        ("linear_ramp", {"end_values": 5}, [[0, 0, 0], [0.5, 0, 0]], [0, 0, 0]),
    ],
)
def test_a_border_of_every_mode(mode, options, front, back, jacobian):
    found = jacobian(lambda x: np.pad(x, (2, 1), mode, **options))(X)
    np.testing.assert_allclose(found, [*front, *np.eye(3), back], rtol=1e-15)


@JACOBIANS
def test_numbers_of_a_border_may_be_traced(jacobian):
    def framed(z):
        return np.pad(z[:1], (1, 2), constant_values=(z[1], 3 * z[2]))

    np.testing.assert_array_equal(jacobian(framed)(X), [[0, 1, 0], [1, 0, 0], [0, 0, 3], [0, 0, 3]])
    np.testing.assert_array_equal(
        ad.value_and_jacobian(framed)(X)[0], np.pad(X[:1], (1, 2), constant_values=(4, 27))
    )
    # in corners stands the number of the last axis
    corners = jacobian(lambda z: np.pad(z[:1, None], 1, constant_values=((1, z[1]), (z[2], 2))))(X)
    np.testing.assert_array_equal(corners[2, 0], [0, 0, 1])
    np.testing.assert_array_equal(corners[2, 1], [0, 1, 0])
    np.testing.assert_array_equal(corners[2, 2], [0, 0, 0])
    ramp = jacobian(lambda z: np.pad(z[:1], (4, 0), "linear_ramp", end_values=z[1]))(X)
    np.testing.assert_array_equal(ramp[:, 0], [0, 0.25, 0.5, 0.75, 1])
    np.testing.assert_array_equal(ramp[:, 1], [1, 0.75, 0.5, 0.25, 0])


@JACOBIANS
def test_a_function_that_writes_the_border(jacobian):
    def square_at_ends(vector, widths, axis, options):
        vector[: widths[0]] = vector[widths[0]] ** options["power"]
        vector[-widths[1] :] = axis

    found = jacobian(lambda x: np.pad(x, (1, 1), square_at_ends, power=2))(X)
    np.testing.assert_array_equal(found, [[2, 0, 0], *np.eye(3), [0, 0, 0]])
    value = ad.jvp(lambda x: np.pad(x, 1, square_at_ends, power=2), (X[:, None],), (X[:, None],))[0]
    np.testing.assert_array_equal(value, np.pad(X[:, None], 1, square_at_ends, power=2))


def test_second_derivatives_through_a_border():
    hessian = ad.hessian(lambda x: np.sum(np.pad(x, 1, "reflect", reflect_type="odd") ** 2))(X)
    # 1 + 9 + ..: (2 x0 - x1)^2 + x0^2 + x1^2 + x2^2 + (2 x2 - x1)^2
    np.testing.assert_array_equal(hessian, [[10, -4, 0], [-4, 6, -4], [0, -4, 10]])
