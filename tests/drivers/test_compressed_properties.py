"""Random sparse functions: sparse derivatives equal dense ones, and no wrong pattern passes."""

import warnings

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

import adkit as ad
from adkit.sparse import Pattern
from tests.sparse.patterns import matrices


class Sums:
    """Sums of sines and of multiples of the arguments, by two matrices."""

    def __init__(self, moving, constant, seed=0):
        rng = np.random.default_rng(seed)
        self.moving = moving * rng.uniform(1, 2, moving.shape)
        self.constant = constant * rng.uniform(1, 2, moving.shape)

    def __call__(self, x):
        return self.moving @ np.sin(x) + self.constant @ x

    def jacobian(self, x):
        return self.moving * np.cos(x) + self.constant


@st.composite
def functions(draw):
    moving = draw(matrices())
    constant = np.random.default_rng(draw(st.integers(0, 99))).integers(0, 4, moving.shape) == 0
    return Sums(moving, constant & draw(st.booleans()))


def points(f, count=3):
    return np.random.default_rng(1).uniform(0.1, 1.4, (count, f.moving.shape[1]))


@given(f=functions(), mode=st.sampled_from(["auto", "forward", "reverse", "mixed"]))
def test_sparse_jacobians_equal_dense_ones(f, mode):
    J = ad.jacobian(f, sparse=True, mode=mode)
    ran = []
    for x in points(f):
        with ad.count_sweeps() as counts:
            found = J(x)
        ran.append(counts.directions)
        np.testing.assert_allclose(found.toarray(), f.jacobian(x), rtol=1e-12, atol=1e-13)
    assert ran[1] == ran[2] <= ran[0] - 1  # a later result takes no search for the pattern
    if mode == "mixed":
        assert ran[1] <= min(f.moving.shape) + 1


@given(f=functions(), data=st.data())
def test_no_entry_can_be_left_out_of_a_pattern(f, data):
    (x, y, _) = points(f)
    full = Pattern.from_dense(f.jacobian(x) != 0)
    assume(full.nnz)
    kept = np.ones(full.nnz, bool)
    kept[data.draw(st.integers(0, full.nnz - 1))] = False
    J = ad.jacobian(f, sparse=full.keep(kept))
    with pytest.warns(ad.PatternWarning, match="the pattern was found again"):
        found = J(x)
    np.testing.assert_allclose(found.toarray(), f.jacobian(x), rtol=1e-12, atol=1e-13)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        np.testing.assert_allclose(J(y).toarray(), f.jacobian(y), rtol=1e-12, atol=1e-13)


@given(f=functions())
def test_plans_say_what_runs(f):
    (x, y, _) = points(f)
    plan = ad.plan(f, x, sparse=True, measure=False)
    assert plan.bound <= plan.directions <= min(f.moving.shape)
    for point, directions in ((x, plan.directions), (y, sum(plan.warm or (plan.directions,)))):
        with ad.count_sweeps() as ran:
            found = plan.jacobian(point)
        assert ran.directions == directions + plan.guard
        np.testing.assert_allclose(found.toarray(), f.jacobian(point), rtol=1e-12, atol=1e-13)


@given(f=functions())
def test_sparse_hessians_equal_dense_ones(f):
    def energy(x):
        return np.sum(f(x) ** 2)

    H = ad.hessian(energy, sparse=True)
    for x in points(f):
        dense = ad.hessian(energy)(x)
        scale = np.max(np.abs(dense), initial=0.0)
        np.testing.assert_allclose(H(x).toarray(), dense, rtol=1e-12, atol=1e-12 * scale)
