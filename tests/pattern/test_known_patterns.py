"""Patterns of known problems: counts, exactness, and the values of one sparse sweep."""

import numpy as np
import pytest

from adkit.pattern import hessian_pattern, jacobian_pattern, rows, sparse_jacobian
from tests.pattern.problems import HESSIANS, JACOBIANS, MORE, brusselator
from tests.pattern.reference import (
    assert_close,
    assert_same_places,
    at_random_points,
    dense_hessian,
    dense_jacobian,
    union,
    varying,
)


def by_name(problems):
    return [pytest.param(problem, id=problem.name) for problem in problems]


def point(problem):
    return np.random.default_rng(9).uniform(0.5, 1.5, problem.n)


@pytest.fixture(params=["scipy", "numpy"])
def backend(request, monkeypatch):
    if request.param == "numpy":
        monkeypatch.setattr(rows, "_scipy", lambda: None)


@pytest.mark.parametrize("problem", by_name(JACOBIANS))
def test_counts(problem, backend):
    found = jacobian_pattern(problem.f, point(problem))
    assert found.pattern.nnz == problem.nnz
    assert found.nonlinear.nnz == problem.varying
    assert found.fallbacks == ()
    assert found.branches == ()


@pytest.mark.parametrize("problem", by_name([*JACOBIANS, *MORE]))
def test_jacobian_patterns_are_exact(problem):
    matrices = at_random_points(lambda x: dense_jacobian(problem.f, (x,)), problem.n)
    found = jacobian_pattern(problem.f, point(problem))
    assert_same_places(found.pattern, union(matrices))
    assert_same_places(found.nonlinear, varying(matrices))


@pytest.mark.parametrize("problem", by_name([*JACOBIANS, *MORE]))
def test_sparse_jacobians_equal_dense_ones(problem, backend):
    x = point(problem)
    found = sparse_jacobian(problem.f, x)
    assert found.pattern == jacobian_pattern(problem.f, x).pattern
    assert_close(found.to_dense(), dense_jacobian(problem.f, (x,)))
    np.testing.assert_array_equal(found.value, problem.f(x))


@pytest.mark.parametrize("problem", by_name(HESSIANS))
def test_hessian_counts(problem, backend):
    found = hessian_pattern(problem.f, point(problem))
    assert found.pattern.nnz == problem.nnz
    assert found.nonlinear.nnz == problem.varying
    assert found.pattern.is_symmetric
    assert found.nonlinear.is_symmetric


@pytest.mark.parametrize("problem", by_name(HESSIANS))
def test_hessian_patterns_are_exact(problem):
    matrices = at_random_points(lambda x: dense_hessian(problem.f, x), problem.n)
    found = hessian_pattern(problem.f, point(problem))
    assert_same_places(found.pattern, union(matrices))
    assert_same_places(found.nonlinear, varying(matrices))


def test_the_number_of_operations_does_not_grow_with_the_grid():
    counts = set()
    for n in (4, 16, 128):
        y = np.random.default_rng(0).uniform(1, 2, 2 * n * n)
        found = jacobian_pattern(brusselator, y)
        assert (found.pattern.nnz, found.nonlinear.nnz) == (12 * n * n, 4 * n * n)
        counts.add(found.operations)
    assert len(counts) == 1
    assert counts.pop() < 50


def test_a_million_unknowns_take_memory_like_their_nonzeros():
    n = 10**5
    found = jacobian_pattern(lambda x: x[2:] * x[:-2] + x[1:-1], np.ones(n))
    assert found.pattern.nnz == 3 * (n - 2)
    assert found.nonlinear.nnz == 2 * (n - 2)
