"""Plans of Jacobians through lifted arrays."""

import pickle

import pytest

import adkit as ad
from adkit.common.errors import ArgumentError
from tests.drivers.narrow_programs import assert_is_jacobian, burgers, direction, feedback, point


def test_a_plan_says_what_is_lifted_and_computes():
    x = point()
    made = ad.plan(direction, x, sparse="lifted", measure=False)
    assert made.shape == (80, 80)
    assert made.optimal
    text = str(made)
    assert "80 nonzeros and rank 1" in text
    assert "lifted, 1 row peeled: 2 fwd + 1 rev, instead of 80 directions" in text
    assert "80 fwd" in text
    for plan in (made, pickle.loads(pickle.dumps(made))):
        assert plan.jacobian(2 * x).rank == 1
        assert_is_jacobian(plan.jacobian(2 * x), direction, 2 * x)
    with pytest.raises(ArgumentError, match="pickle"):
        made.save("plan.npz")


def test_a_measured_plan_computes_whatever_it_chooses():
    x = point()
    for f in (direction, feedback, burgers):
        made = ad.plan(f, x, sparse="lifted")
        assert_is_jacobian(made.jacobian(x), f, x)
    assert ad.plan(feedback, x, sparse="lifted").rank == 1  # marks are taken as they are


def test_lifting_that_takes_longer_is_given_up(monkeypatch):
    from adkit.drivers import lifted_plan

    times = iter([1.0, 0.5])
    monkeypatch.setattr(lifted_plan, "best_time", lambda run, k: run(k) or next(times))
    x = point()
    made = ad.plan(direction, x, sparse="lifted")
    assert made.rank == 0
    assert "lifted it would take 1e+03 ms against 500 ms" in made.reason
    assert made.jacobian(x).rank == 0
    assert_is_jacobian(made.jacobian(x), direction, x)
    times = iter([0.5, 1.0])
    assert "in all 500 ms against 1e+03 ms" in ad.plan(direction, x, sparse="lifted").reason
