"""Graded seeds: substitution along long chains whose rounding errors stay small."""

import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from adkit.sparse import best_symmetric, by_columns, by_symmetry, damping, graded
from adkit.sparse.definitions import determines
from tests.sparse.patterns import ball, band, mirrored_values, stencil, symmetric_patterns

EPS = np.finfo(float).eps

LONG = {
    "path": band(10_000, 1, 1),
    "band": band(3000, 3, 3),
    "grid": stencil((160, 160), ball(2)),
}


def chained(pattern):
    shapes = [(160, 160)] if pattern is LONG["grid"] else []
    return by_symmetry(pattern, best_symmetric(pattern, shapes, substitution=True))


def rounded(plan, values, seed):
    """Return the entries that come back from products with errors in their last bits."""
    products, _ = plan.compress(values)
    signs = np.random.default_rng(seed).choice([-1.0, 1.0], products.shape)
    return plan.recover(products * (1 + EPS * signs))


@pytest.mark.parametrize("name", LONG)
@pytest.mark.parametrize("orders", [0, 8])
def test_long_chains_have_the_errors_that_they_say(name, orders):
    pattern = LONG[name]
    plain = chained(pattern)
    plan = graded(plain)
    assert plan.directions == plain.directions
    assert plan.growth < 50 < 64 < plain.growth
    rng = np.random.default_rng(1)
    values = rng.standard_normal(pattern.nnz) * 10.0 ** rng.uniform(-orders, orders, pattern.nnz)
    values = mirrored_values(pattern, values)
    # Two terms of a product at most are as large as the largest entry.
    size = 2 * np.abs(values).max()
    found = rounded(plan, values, 2)
    assert np.abs(found - values).max() <= 2 * plan.growth * EPS * size
    np.testing.assert_array_equal(found, found[pattern.transposed_order])


def test_the_error_of_a_product_is_forgotten_along_the_chain():
    pattern = LONG["path"]
    ones = np.ones(pattern.nnz)
    after = {}
    for plan in (chained(pattern), graded(chained(pattern))):
        products, _ = plan.compress(ones)
        wrong = products.copy()
        wrong[:, 100] *= 1 + 2.0**-20
        off = np.abs(plan.recover(wrong) - plan.recover(products))
        entry = np.flatnonzero((pattern.rows == 4000) & (pattern.columns == 4001))
        after[type(plan)] = float(off[entry[0]])
    assert after[type(chained(pattern))] > 2.0**-21
    assert after[damping.Graded] < 2.0**-80


@given(symmetric_patterns(9), st.integers(0, 99))
def test_graded_seeds_determine_what_the_others_do(pattern, seed):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(damping, "_STEEP", 1.0)
        patch.setattr(damping, "_STEP", 1.0)
        plan = graded(by_symmetry(pattern, best_symmetric(pattern, substitution=True)))
    values = np.random.default_rng(seed).integers(-9, 9, pattern.nnz).astype(float)
    values = mirrored_values(pattern, values)
    matrix, seeds = pattern.to_dense(values), plan.forward_seeds()
    assert determines(pattern, seeds, symmetric=True)
    products, _ = plan.compress(values)
    np.testing.assert_array_equal(products, seeds @ matrix)
    np.testing.assert_array_equal(plan.recover(products), values)  # few bits: without rounding


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.longdouble])
def test_types_are_kept(dtype):
    pattern = band(3000, 1, 1)
    plan = graded(chained(pattern))
    products = plan.compress(np.ones(pattern.nnz, dtype))[0].astype(dtype)
    found = plan.recover(products)
    assert found.dtype == dtype
    assert np.abs(found - 1).max() <= plan.growth * np.finfo(dtype).eps
    assert plan.forward_seeds(dtype=dtype).dtype == dtype


def test_it_can_be_pickled():
    plan = graded(chained(LONG["path"]))
    plan.kept_seeds(forward=True)
    again = pickle.loads(pickle.dumps(plan))
    np.testing.assert_array_equal(again.forward_seeds(), plan.forward_seeds())
    assert again.growth == plan.growth


def test_short_chains_and_direct_plans_are_left_alone():
    pattern = band(100, 1, 1)
    for plan in (chained(pattern), by_columns(pattern, np.arange(100) % 3)):
        assert graded(plan) is plan
