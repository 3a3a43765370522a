"""`plan`: what each mode would cost, the choice, and the reason in words."""

import dataclasses

import numpy as np
import pytest

import adkit as ad
from adkit.common.errors import ArgumentError, InputTypeError

WIDE = np.ones((2, 300))
TALL = np.ones((300, 2))
SQUARE = np.random.default_rng(0).normal(size=(6, 6))


def wide(x):
    return np.sin(WIDE @ x)


def tall(x):
    return np.sin(TALL @ x)


def square(x):
    return np.tanh(SQUARE @ x)


def test_counts_decide_where_they_are_clear():
    p = ad.plan(wide, np.ones(300))
    assert p.mode == "reverse"
    assert (p.tangents, p.cotangents, p.directions) == (0, 2, 2)
    assert (p.forward, p.reverse) == (0, 1)
    assert (p.bound, p.optimal) == (2, True)
    assert p.reason == "2 cotangents instead of 300 tangents"

    p = ad.plan(tall, np.ones(2))
    assert p.mode == "forward"
    assert (p.tangents, p.cotangents, p.forward, p.reverse) == (2, 0, 1, 0)
    assert (p.bound, p.optimal) == (2, True)


def test_where_counts_decide_a_plan_is_deterministic():
    plans = [dataclasses.asdict(ad.plan(wide, np.ones(300))) for _ in range(5)]
    assert all(p == plans[0] for p in plans)


def test_where_counts_decide_the_function_is_evaluated_once():
    with ad.count_sweeps() as ran:
        ad.plan(wide, np.ones(300))
    assert (ran.primal, ran.forward, ran.reverse) == (1, 0, 0)


def test_measurements_decide_elsewhere():
    with ad.count_sweeps() as ran:
        p = ad.plan(square, np.ones(6))
    assert p.mode in ("forward", "reverse")
    assert p.directions == p.bound == 6
    assert p.optimal
    assert "ms by measured sweeps" in p.reason
    assert all(candidate.seconds > 0 for candidate in p.candidates)
    assert 1 < ran.primal <= 6
    assert ran.forward > 0
    assert ran.reverse > 0


def test_what_only_the_first_evaluation_takes_is_not_counted(monkeypatch):
    now = 0.0

    def first_imports(x):
        nonlocal now
        now = 1e6  # from the first evaluation on
        return square(x)

    monkeypatch.setattr("adkit.reverse.pullback.perf_counter", lambda: now)
    p = ad.plan(first_imports, np.ones(6))
    assert p.candidates[1].seconds < 1e6


@pytest.mark.parametrize(
    ("f", "x"), [(wide, np.ones(300)), (tall, np.ones(2)), (square, np.ones(6))]
)
@pytest.mark.parametrize("chunk", ["auto", 1, 4])
def test_a_plan_says_what_the_jacobian_then_does(f, x, chunk):
    p = ad.plan(f, x, chunk=chunk)
    with ad.count_sweeps() as ran:
        ad.jacobian(f, mode=p.mode, chunk=chunk)(x)
    assert (ran.tangents, ran.cotangents) == (p.tangents, p.cotangents)
    assert (ran.forward, ran.reverse) == (p.forward, p.reverse)


def test_candidates_tell_both_ways():
    forward, reverse = ad.plan(wide, np.ones(300), chunk=100).candidates
    assert (forward.mode, forward.directions, forward.sweeps) == ("forward", 300, 3)
    assert (reverse.mode, reverse.directions, reverse.sweeps) == ("reverse", 2, 1)
    assert forward.bound == 3 * 1.0 + 1.5 * 300  # Griewank and Walther; a sweep pays the constant
    assert reverse.bound == 1.5 + 2.5 * 2
    assert forward.seconds is reverse.seconds is None
    assert forward.bytes >= 100 * 300 * 8
    assert reverse.bytes > 0


def test_operations_are_counted():
    assert ad.plan(lambda x: np.sin(np.exp(x)) * x, np.ones(100)).operations == 3
    assert ad.plan(lambda x: np.ones(2), np.ones(100)).operations == 0


def test_one_input_or_one_output():
    p = ad.plan(lambda x: (x * x).sum(), np.ones(1000))
    assert (p.mode, p.cotangents) == ("reverse", 1)
    assert p.reason == "1 cotangent instead of 1000 tangents"
    p = ad.plan(lambda t: t * np.ones(1000), 1.0)
    assert (p.mode, p.tangents) == ("forward", 1)
    assert p.reason == "1 tangent instead of 1000 cotangents"


@pytest.mark.parametrize(
    ("f", "x"),
    [
        (lambda x: x.sum(), np.ones(0)),
        (lambda x: x[:0], np.ones(3)),
        (lambda x: x, np.ones((0, 2))),
        (lambda x: (), 1.0),
    ],
)
def test_nothing_to_compute(f, x):
    p = ad.plan(f, x)
    assert p.directions == p.bound == 0
    assert p.optimal
    assert "nothing to compute" in p.reason


def test_containers_and_argnums():
    def f(p, y):
        return {"a": p["x"] * y, "b": y}

    p = ad.plan(f, {"x": np.ones(200)}, 2.0, argnums=1)
    assert (p.mode, p.tangents) == ("forward", 1)
    p = ad.plan(lambda p, y: p["x"].sum() * y, {"x": np.ones(200)}, 2.0, argnums=(0, 1))
    assert (p.mode, p.candidates[0].directions, p.cotangents) == ("reverse", 201, 1)


def test_a_plan_prints_as_a_table():
    lines = str(ad.plan(wide, np.ones(300))).splitlines()
    assert lines[0] == "reverse: 2 cotangents instead of 300 tangents"
    assert lines[1].split()[:4] == ["forward", "300", "directions", "in"]
    assert lines[2].split()[:3] == ["*", "reverse", "2"]
    assert "not measured" in lines[1]
    assert " ms" in str(ad.plan(square, np.ones(6)))


def test_a_plan_cannot_be_changed():
    with pytest.raises(dataclasses.FrozenInstanceError):
        ad.plan(wide, np.ones(300)).mode = "forward"


def test_the_argument_stays_as_it_was():
    x = np.ones(6)
    x.flags.writeable = False
    ad.plan(square, x)
    assert x.tolist() == [1.0] * 6


@pytest.mark.parametrize("chunk", [0, 1.5, None])
def test_chunks_that_make_no_sense(chunk):
    with pytest.raises(ArgumentError, match="chunk must be"):
        ad.plan(wide, np.ones(300), chunk=chunk)


def test_refusals():
    with pytest.raises(ArgumentError, match="plan needs a function"):
        ad.plan(np.ones(3), np.ones(3))
    with pytest.raises(InputTypeError, match="is of dtype int64"):
        ad.plan(wide, np.ones(300, int))
    with pytest.raises(ArgumentError, match="argnums must be"):
        ad.plan(wide, np.ones(300), argnums=np.ones(3))
    with pytest.raises(ArgumentError, match="called with 1 positional argument"):
        ad.plan(wide, np.ones(300), argnums=1)
