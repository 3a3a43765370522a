"""What solvers' points are remembered by, and what is handed out of the memory."""

import numpy as np
import pytest
from scipy.sparse import issparse

from adkit.scipy.points import Hessians, Jacobians, Objective, Points, as_vector, one_number


def test_the_last_two_points_are_known():
    asked = []
    points = Points(lambda x: asked.append(float(x[0])) or x.sum())
    first, second, third = (np.array([value, 1.0]) for value in (1.0, 2.0, 3.0))
    for x in (first, second, first, second, third, second, third, first):
        assert points.at(x) == x.sum()
    assert asked == [1.0, 2.0, 3.0, 1.0]
    assert points.known(second) is None
    assert points.known(third) == 4.0


def test_a_point_that_is_gone_back_to_is_kept():
    asked = []
    points = Points(lambda x: asked.append(float(x[0])) or x.sum())
    for value in (0.0, 1.0, 0.0, 2.0, 0.0, 3.0, 0.0):  # steps that fail
        points.at(np.array([value]))
    assert asked == [0.0, 1.0, 2.0, 3.0]


def test_points_differ_by_the_sign_of_zero_and_by_other_arguments():
    points = Points(lambda x, t: (1 / x[0], t))
    with np.errstate(divide="ignore"):
        assert points.at(np.array([0.0]), 1.0)[0] == np.inf
        assert points.at(np.array([-0.0]), 1.0)[0] == -np.inf
    assert points.at(np.array([2.0]), 1.0) == (0.5, 1.0)
    assert points.at(np.array([2.0]), 3.0) == (0.5, 3.0)


def test_a_point_that_is_written_into_is_another_point():
    objective = Objective(lambda x: np.sum(x**2), (), products=False)
    x = np.ones(2)
    assert objective.value(x) == 2
    x[0] = 3.0
    assert objective.value(x) == 10
    assert objective.gradient(x).tolist() == [6, 2]


@pytest.mark.parametrize("products", [False, True])
def test_what_is_handed_out_may_be_written_into(products):
    objective = Objective(lambda x: np.sum(x**3), (), products=products)
    x = np.array([1.0, 2.0])
    objective.gradient(x)[:] = 0
    assert objective.gradient(x).tolist() == [3, 12]
    both = Jacobians(lambda x: x**2, together=products)
    for _ in range(2):
        assert both.value(x).tolist() == [1, 4]
        assert both.jacobian(x).tolist() == [[2, 0], [0, 4]]
        both.value(x)[:] = 0
        both.jacobian(x)[:] = 0


def test_products_with_the_hessian():
    objective = Objective(lambda x, k: k * np.sum(x**3), (2.0,), products=True)
    x = np.array([1.0, 2.0])
    assert objective.product(x, np.array([1.0, 1.0])).tolist() == [12, 24]
    assert objective.product(x, [1, 0]).tolist() == [12, 0]
    assert objective.value(x) == 18


@pytest.mark.parametrize("size", [3, 20, 150])
def test_matrices_are_sparse_where_they_are_large_and_have_few_entries(size):
    x = np.linspace(1, 2, size)
    local, everything = Jacobians(lambda x: x**2), Jacobians(lambda x: x * np.sum(x))
    assert issparse(local.jacobian(x)) == (size >= 100)
    assert not issparse(everything.jacobian(x))
    np.testing.assert_allclose(local.jacobian(x).diagonal(), 2 * x)
    np.testing.assert_allclose(everything.jacobian(x), np.eye(size) * x.sum() + x[:, None])
    assert issparse(Jacobians(lambda x: x**2, sparse=True).jacobian(x))
    assert not issparse(Jacobians(lambda x: x**2, sparse=False).jacobian(x))
    separable, coupled = Hessians(lambda x: np.sum(x**3)), Hessians(lambda x: np.sum(x) ** 2)
    for _ in range(2):
        assert issparse(separable(x)) == (size >= 100)
        np.testing.assert_allclose(separable(x).diagonal(), 6 * x)
        np.testing.assert_allclose(coupled(x), np.full((size, size), 2.0))
    assert issparse(Hessians(lambda x: np.sum(x**3), True)(x))


def test_results_as_vectors_and_as_one_number():
    assert as_vector(3.0, "f").tolist() == [3]
    assert as_vector([1.0, np.array([2.0, 3.0])], "f").tolist() == [1, 2, 3]
    assert as_vector((), "f").tolist() == []
    assert as_vector(np.ones((2, 2)), "f").shape == (4,)
    assert one_number(2.0, "f") == 2
    assert np.shape(one_number(np.array([[2.0]]), "f")) == ()
