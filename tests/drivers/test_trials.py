"""Which way is taken after a few calls, and that every call on the way is right."""

import pickle
from dataclasses import replace

import numpy as np
import pytest

import adkit as ad
from adkit.common.errors import JacobianTooLargeError
from adkit.drivers import compressed, one_sweep, planner
from adkit.drivers.trials import Trial
from adkit.pattern import jacobian_pattern
from adkit.pattern.replays import replayed_jacobian
from adkit.sparse import Pattern
from tests.pattern.problems import broyden_tridiagonal, brusselator, neighbours


def run(trial, seconds):
    """Return the ways of calls that take so long each, up to the decision."""
    gone = []
    while trial.winner is None:
        gone.append(trial.way())
        trial.note(gone[-1], seconds[gone[-1]])
        assert len(gone) < 20
    return gone


def test_the_fastest_wins():
    trial = Trial(["a", "b", "c"])
    gone = run(trial, {"a": 3.0, "b": 2.0, "c": 2.5})
    assert trial.winner == "b"
    assert gone[:6] == ["a", "a", "b", "b", "c", "c"]
    assert gone[6:] == ["a", "b", "c"] * 2


def test_a_tie_leaves_it_as_it_is():
    trial = Trial(["a", "b"])
    run(trial, {"a": 1.0, "b": 1.0})
    assert trial.winner == "a"


def test_what_is_hopeless_is_not_tried_again():
    trial = Trial(["a", "b"])
    assert run(trial, {"a": 1.0, "b": 9.0}) == ["a", "a", "b", "b"]
    assert trial.winner == "a"


def test_a_first_call_may_take_longer():
    trial = Trial(["a", "b"])
    told = [("a", 9.0), ("a", 2.0), ("b", 30.0), ("b", 1.5), *[("a", 2.0), ("b", 9.0)] * 2]
    for way, seconds in told:
        assert trial.winner is None
        assert trial.way() == way
        trial.note(way, seconds)
    assert trial.winner == "b"


def test_what_is_no_way_is_dropped():
    trial = Trial(["a", "b"])
    for _ in range(2):
        trial.note(trial.way(), 1.0)
    assert trial.way() == "b"
    trial.drop("b")
    trial.note("b", 0.1)
    trial.note("a", 1.0)
    assert trial.winner == "a"


def stencil_hessian(x):
    u = x.reshape(40, 40)
    return np.sum(u**4 + u**2 * neighbours(u))


@pytest.mark.parametrize(
    ("transform", "f"), [(ad.jacobian, brusselator), (ad.hessian, stencil_hessian)]
)
def test_every_call_is_right_whichever_way_it_goes(transform, f):
    sparse, full = transform(f, sparse=True), transform(f)
    size = 1600 if transform is ad.hessian else 2 * 28**2
    for seed in range(14):
        x = np.random.default_rng(seed).uniform(1, 2, size)
        found, dense = sparse(x), full(x)
        assert found.nnz > 4096
        assert abs(found - dense).max() <= 1e-12 * abs(dense).max()
        if transform is ad.hessian:
            assert abs(found - found.T).max() == 0
    state = next(iter(sparse._compressed.states.values()))
    assert state.trial is None
    assert pickle.loads(pickle.dumps(state)).sweep == state.sweep


@pytest.mark.parametrize("way", ["gathers", "rows"])
def test_a_sweep_that_does_not_fit_any_more(way):
    """The fit of a function to a kind of sweep may change with its branches."""

    def f(x):
        return x**2 if x[0] > 0 else x * np.sum(x)

    J, x = ad.jacobian(f, sparse=True), np.arange(1.0, 41.0)
    J(x)
    next(iter(J._compressed.states.values())).sweep = way
    np.testing.assert_array_equal(J(x).toarray(), np.diag(2 * x))
    if way == "gathers":
        with pytest.warns(ad.PatternWarning, match="found again"):
            found = J(-x)
    else:
        found = J(-x)
    np.testing.assert_allclose(found.toarray(), ad.jacobian(f)(-x), rtol=1e-14)


def test_rows_that_take_too_much_memory_are_not_taken(monkeypatch):
    def too_large(flat):
        raise JacobianTooLargeError("ADK701", "too large", instead="another way")

    monkeypatch.setattr(compressed, "by_rows_of_entries", too_large)
    J, x = ad.jacobian(lambda x: x * np.sum(x), sparse=True), np.arange(1.0, 40.0)
    for _ in range(9):
        np.testing.assert_allclose(J(x).toarray(), ad.jacobian(J.f)(x), rtol=1e-14)
    state = next(iter(J._compressed.states.values()))
    assert (state.trial, state.sweep) == (None, "")


def test_auxiliary_data_come_out_plain():
    def f(x):
        return x**2 * np.roll(x, 1), {"sum": np.sum(x), "square": x * x}

    J, x = ad.jacobian(f, has_aux=True, sparse=True), np.arange(1.0, 9.0)
    J(x)
    for way in ("", "gathers", "rows"):
        next(iter(J._compressed.states.values())).sweep = way
        matrix, aux = J(x)
        np.testing.assert_array_equal(matrix.toarray(), ad.jacobian(lambda x: f(x)[0])(x))
        assert type(aux["square"]) is np.ndarray
        np.testing.assert_array_equal(aux["square"], x * x)
        assert float(aux["sum"]) == 36


def test_a_sweep_is_checked_where_its_places_are_new():
    J, x = ad.jacobian(lambda x: x**2 if x[0] > 0 else x[::-1], sparse=True), np.ones(9)
    J(x)
    next(iter(J._compressed.states.values())).sweep = "gathers"
    for point, tangents in ((x, 2), (x, 1), (-x, 2), (x, 1), (-x, 1)):
        with ad.count_sweeps() as ran:
            J(point)
        assert (ran.tangents, ran.cotangents) == (tangents, 0)


def test_a_sweep_that_is_wrong_is_not_taken(monkeypatch):
    J, x = ad.jacobian(lambda x: x**2, sparse=True), np.arange(1.0, 9.0)
    J(x)
    state = next(iter(J._compressed.states.values()))
    state.sweep = "gathers"

    def wrong(*args, **options):
        found = replayed_jacobian(*args, **options)
        return found._replace(entries=found.entries + 1)

    monkeypatch.setattr(one_sweep, "replayed_jacobian", wrong)
    np.testing.assert_array_equal(J(x).toarray(), np.diag(2 * x))
    assert state.sweep == ""


def test_entries_that_are_not_finite_are_those_of_the_other_way():
    def f(x):
        return np.sqrt(x) + np.roll(x, 1) * x

    J = ad.jacobian(f, sparse=True)
    x = np.arange(1.0, 6.0)
    J(x)
    next(iter(J._compressed.states.values())).sweep = "gathers"
    with np.errstate(divide="ignore", invalid="ignore"):
        x[2] = 0
        np.testing.assert_array_equal(J(x).toarray(), ad.jacobian(f)(x))
    assert next(iter(J._compressed.states.values())).sweep == "gathers"


@pytest.mark.parametrize("spare", [False, True])
def test_weights_of_gathers_fill_a_given_pattern(spare):
    """Also one that has places which stay zero."""
    x = np.random.default_rng(0).uniform(1, 2, 1000)
    given = jacobian_pattern(broyden_tridiagonal, x).pattern
    if spare:
        given = given | Pattern.from_coordinates(
            np.arange(1000), np.arange(1000)[::-1], (1000,) * 2
        )
    J, full = ad.jacobian(broyden_tridiagonal, sparse=given), ad.jacobian(broyden_tridiagonal)(x)
    for way in ("", "gathers"):
        J(x)
        state = next(iter(J._compressed.states.values()))
        state.trial, state.sweep = None, way
        found = J(x)
        assert state.sweep == way
        assert found.nnz == given.nnz
        assert abs(found.toarray() - full).max() <= 1e-12 * abs(full).max()


def test_a_given_pattern_that_lacks_places_is_not_filled_by_gathers():
    def f(x):
        return x**2 * (np.roll(x, 1) if x[0] > 0 else 1.0)

    x = np.arange(-1.0, 39.0)
    J = ad.jacobian(f, sparse=Pattern.identity(40))
    J(x)
    next(iter(J._compressed.states.values())).sweep = "gathers"
    assert J(x).nnz == 40
    with pytest.warns(ad.PatternWarning, match="found again"):
        found = J(x + 2)
    np.testing.assert_allclose(found.toarray(), ad.jacobian(f)(x + 2), rtol=1e-14)


@pytest.mark.parametrize("seconds", [(1.0, 3.0), (3.0, 1.0)])
def test_close_ways_of_a_plan_are_told_apart_by_whole_calls(monkeypatch, seconds):
    """Estimates leave out what calls do besides sweeping."""
    planned = planner._Planner._called

    def called(self, state, *candidates):
        planned(self, state, *candidates)
        return tuple(replace(c, seconds=s) for c, s in zip(candidates, seconds, strict=True))

    monkeypatch.setattr(planner._Planner, "_called", called)
    made = ad.plan(brusselator, np.random.default_rng(0).uniform(1, 2, 2 * 12**2), sparse=True)
    swept = seconds[0] < seconds[1]
    assert (made.candidates[made.chosen].sweep == "gathers") == swept
    assert (made.warm is None) == swept
    state = made._state()
    assert state.sweep == ("gathers" if swept else "")


@pytest.mark.parametrize("shape", [(60, 60), (60, 200), (200, 60)])
def test_directions_of_one_mode_are_tried_beside_few_of_both(shape):
    """Where sweeps cost more than directions, one with more of them takes less time."""
    m, n = shape
    W = np.zeros(shape)
    W[:10] = 1
    W[:, :10] = 2

    def f(x):
        return W @ x**2

    J = ad.jacobian(f, sparse=True)
    for seed in range(16):
        x = np.random.default_rng(seed).uniform(1, 2, n)
        np.testing.assert_allclose(J(x).toarray(), W * 2 * x, rtol=1e-12)
        state = next(iter(J._compressed.states.values()))
        assert state.option.mode == "mixed"
        assert state.other.directions == min(m, n)
    state.sweep, state.trial = "one side", None
    with ad.count_sweeps() as ran:
        np.testing.assert_allclose(J(x).toarray(), W * 2 * x, rtol=1e-14)
    assert (ran.tangents, ran.cotangents) == ((0, m + 1) if m < n else (n + 1, 0))


def test_a_trial_of_one_side_survives_a_pattern_that_changes():
    W = np.zeros((60, 60))
    W[:10] = W[:, :10] = 1

    def f(x):
        y = W @ x**2
        return y + x[::-1] if x[0] > 1.5 else y

    J, x = ad.jacobian(f, sparse=True), np.linspace(1, 2, 60)
    J(x)
    next(iter(J._compressed.states.values())).sweep = "one side"
    next(iter(J._compressed.states.values())).trial = None
    assert J(x).nnz == 1100
    with pytest.warns(ad.PatternWarning, match=r"columns|rows"):
        found = J(x + 1)
    np.testing.assert_allclose(found.toarray(), ad.jacobian(f)(x + 1), rtol=1e-12)


@pytest.mark.parametrize("faster", ["forward", "reverse"])
def test_close_modes_of_a_plan_are_told_apart_by_whole_calls(monkeypatch, faster):
    def called(self, state, *candidates):
        return tuple(replace(c, seconds=1 + (c.mode != faster)) for c in candidates)

    monkeypatch.setattr(planner, "_RIVAL", np.inf)
    monkeypatch.setattr(planner._Planner, "_called", called)
    made = ad.plan(lambda x: x * np.sum(x), np.ones(30), sparse=True)
    assert made.mode == faster or made.candidates[made.chosen].sweep
    state = made._state()
    assert state.option.mode == faster
    np.testing.assert_allclose(made.jacobian(np.ones(30)).toarray(), 1 + 30 * np.eye(30))
