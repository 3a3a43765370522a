"""The guided tour: every number that it shows."""

import numpy as np
import pytest

from examples import engines_by_hand as tour

TOLERANCE = {"rtol": 1e-12, "atol": 1e-12}


def test_push():
    y = tour.push()
    np.testing.assert_allclose(y.value, 2 * np.sin(2.0), **TOLERANCE)
    np.testing.assert_allclose(y.tangent, np.sin(2.0) + 2 * np.cos(2.0), **TOLERANCE)


def test_a_tangent_is_linear_in_its_seed():
    by_radius, by_angle, by_both = tour.push_along_a_direction()
    np.testing.assert_allclose(by_radius, [np.cos(0.5), np.sin(0.5)], **TOLERANCE)
    np.testing.assert_allclose(by_angle, [-2 * np.sin(0.5), 2 * np.cos(0.5)], **TOLERANCE)
    np.testing.assert_allclose(by_both, by_radius + 2 * by_angle, **TOLERANCE)


def test_pull():
    a, b, c, scale = tour.pull()
    e = np.exp(2.0)
    np.testing.assert_allclose(a.grad.data, 20 - e, **TOLERANCE)
    np.testing.assert_allclose(b.grad.data, 10.0, **TOLERANCE)
    np.testing.assert_allclose(c.grad.data, e, **TOLERANCE)
    assert scale.grad is None
    assert not a.grad.requires_grad


def test_accumulate():
    first, second, cleared = tour.accumulate()
    assert first == 6.0
    assert second == 12.0
    assert cleared is None


def test_arrays():
    weights, bias, square = tour.arrays()
    column_sums = weights.data.sum(axis=0)
    np.testing.assert_allclose(bias.grad.data, 2 * 4 * column_sums, **TOLERANCE)
    np.testing.assert_allclose(weights.grad.data, np.tile(8 * column_sums, (2, 1)), **TOLERANCE)
    # d sum(A A) / dA_ij is the sum of row j plus the sum of column i.
    rows, columns = square.data.sum(axis=1), square.data.sum(axis=0)
    np.testing.assert_allclose(square.grad.data, rows[None, :] + columns[:, None], **TOLERANCE)


def test_pull_a_vector():
    np.testing.assert_allclose(tour.pull_a_vector().grad.data, [2.0, 4.0, 0.0], **TOLERANCE)


def test_forward_over_reverse():
    gradient, product = tour.forward_over_reverse()
    x, v = np.array([1.0, 2.0, 3.0]), np.array([1.0, 0.0, -1.0])
    # energy = x1 x0^2 + x2 x1^2 + sum(cos x), by hand
    slope = [2 * x[0] * x[1], x[0] ** 2 + 2 * x[1] * x[2], x[1] ** 2] - np.sin(x)
    hessian = np.array(
        [[2 * x[1], 2 * x[0], 0], [2 * x[0], 2 * x[2], 2 * x[1]], [0, 2 * x[1], 0]]
    ) - np.diag(np.cos(x))
    np.testing.assert_allclose(gradient.value, slope, **TOLERANCE)
    np.testing.assert_allclose(gradient.tangent, hessian @ v, **TOLERANCE)
    np.testing.assert_allclose(product, hessian @ v, **TOLERANCE)


def test_levels():
    second, classic = tour.levels()
    np.testing.assert_allclose(second, 12.0, **TOLERANCE)
    np.testing.assert_allclose(classic, 1.0, **TOLERANCE)


def test_choose():
    jacobians, directions = tour.choose()
    assert directions == {"forward": 2, "reverse": 50}
    assert jacobians["forward"].shape == (50, 2)
    np.testing.assert_allclose(jacobians["forward"], jacobians["reverse"], **TOLERANCE)


@pytest.mark.parametrize("number", range(1, 10))
def test_every_stop_is_announced_in_order(number):
    assert len(tour.TOUR) == 9
    assert tour.TOUR[number - 1].__doc__.startswith(f"{number}. ")


def test_the_tour_prints(capsys):
    tour.main()
    output = capsys.readouterr().out
    assert output.count("\n\n") >= len(tour.TOUR)
    assert "Hessian @ v, its tangent" in output
    assert "the plan: " in output
