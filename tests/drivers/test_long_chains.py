"""Hessians by substitution along chains of all unknowns: two products, and their digits."""

import numpy as np
import pytest
import scipy.sparse

import adkit as ad
from adkit.sparse import Pattern
from tests.pattern.problems import rosenbrock_chain

N = 10_000


def by_hand(x):
    """Return the Hessian of the chained Rosenbrock function."""
    own = np.zeros(len(x), x.dtype)
    own[:-1] = 2 - 400 * (x[1:] - x[:-1] ** 2) + 800 * x[:-1] ** 2
    own[1:] += 200
    beside = -400 * x[:-1]
    return scipy.sparse.diags_array([beside, own, beside], offsets=[-1, 0, 1]).tocsr()


def near(n):
    """Return the pattern of the diagonal and its neighbours."""
    return Pattern.identity(n) | Pattern.from_scipy(by_hand(np.ones(n)))


def points(orders):
    """Yield points whose elements differ by so many orders of magnitude."""
    for seed in range(3):
        rng = np.random.default_rng(seed)
        yield rng.uniform(-2, 2, N) * 10.0 ** rng.uniform(-orders, orders, N)


def counted(H, x):
    """Return a result, and the products that it took."""
    with ad.count_sweeps() as ledger:
        found = H(x)
    return found, ledger.tangents


def planned(f, x, sparse=True):
    return ad.plan(f, x, op="hessian", sparse=sparse, measure=False)


@pytest.mark.parametrize("orders", [0, 3, 6])
def test_two_products_give_a_chain_of_any_length(orders):
    plan = planned(rosenbrock_chain, np.ones(N))
    for x in points(orders):
        found, tangents = counted(plan.jacobian, x)
        assert tangents == 2 + 1  # the last one checks the result
        exact = by_hand(x)
        assert abs(found - exact).max() <= 1e-14 * abs(exact).max()
        assert (found != found.T).nnz == 0


def test_the_plan_is_optimal_and_survives_a_file(tmp_path):
    x = next(points(0))
    plan = planned(rosenbrock_chain, x)
    assert plan.tangents == 2
    assert plan.optimal
    path = tmp_path / "plan.npz"
    plan.save(path)
    again = ad.SparsePlan.load(path, rosenbrock_chain)
    np.testing.assert_array_equal(again.jacobian(x).toarray(), plan.jacobian(x).toarray())


def test_patterns_that_may_be_wrong_take_seeds_of_ones():
    # A value far from what the small elements of graded seeds give would hide them.
    x = next(points(0))
    for sparse in (near(N), "local"):
        plan = planned(rosenbrock_chain, x, sparse)
        assert counted(plan.jacobian, x)[1] == 3 + 1


def test_a_pattern_that_holds_only_by_cancellation_is_right():
    def f(x):
        centred = x - np.mean(x)
        return np.sum((centred[1:] - centred[:-1]) ** 4)

    n = 300
    x = np.random.default_rng(0).uniform(1, 2, n)
    found = ad.hessian(f, sparse=near(n))(x)
    exact = ad.hessian(f)(x)
    assert np.abs(found.toarray() - exact).max() <= 1e-12 * np.abs(exact).max()


@pytest.mark.parametrize(("dtype", "products"), [(np.float16, 3), (np.float32, 2)])
def test_single_and_half_precision(dtype, products):
    x = np.random.default_rng(0).uniform(0.5, 1, 500).astype(dtype)
    plan = planned(rosenbrock_chain, x)
    found, tangents = counted(plan.jacobian, x)
    assert tangents == products + 1
    assert found.dtype == dtype
    exact = by_hand(x.astype(float))
    assert abs(found - exact).max() <= 50 * np.finfo(dtype).eps * abs(exact).max()
