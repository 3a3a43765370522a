"""``python -m benchmarks taylor``: the programs, the counts, the report, and JAX's jet."""

import json
import math
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import adkit as ad
from benchmarks import taylor
from benchmarks.environment import THREAD_VARIABLES
from benchmarks.peers.measures import Disagreement

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("program", taylor.PROGRAMS, ids=lambda program: program.name)
def test_both_ways_give_the_coefficient(program):
    f, x = program.build(np), program.point
    v = np.ones_like(x)[()]
    by_differences = (f(x + 1e-4 * v) - 2 * f(x) + f(x - 1e-4 * v)) / 2e-8
    for way in taylor.WAYS.values():
        np.testing.assert_allclose(way(f, x, v, 2), by_differences, rtol=1e-5, atol=1e-6)


def test_operations_are_those_that_a_dual_sees():
    def once(f, x, v, order):
        return f(x)

    assert taylor.operations(once, lambda x: np.sin(x) * x, 0.4, 1) == 2


class Fake:
    """Stands for JAX: its numbers are adkit's, times `factor`."""

    numpy = np

    def __init__(self, factor):
        self.factor = factor

    def by_jet(self, f, x, order):
        v = np.ones_like(x)[()]
        return lambda x: taylor.by_taylor(f, x, v, order) * self.factor

    def by_nesting(self, f, x, order):
        return f

    def equations(self, function, x):
        return 1000

    def compiled(self, function, x):
        return lambda: function(x)


def test_another_library_is_compared_and_has_to_agree():
    row = taylor.measure(taylor.PROGRAMS[0], 2, 1, Fake(1.0))
    assert row.operations.keys() == {"taylor", "nested", "JAX jet", "JAX nested"}
    assert row.operations["JAX jet"] == 999
    assert row.times.keys() == {"taylor", "nested", "JAX jet, compiled"}
    with pytest.raises(Disagreement, match="JAX jet, compiled, composed, a number, order 2"):
        taylor.measure(taylor.PROGRAMS[0], 2, 1, Fake(1.5))


def made_up(counts, jet=None):
    extra = {} if jet is None else {"JAX jet": jet}
    return [taylor.Row("p", order, {"taylor": n, **extra}, {}) for order, n in counts.items()]


def test_goals_are_judged():
    growth, fewer = taylor.verdicts([])
    judged = taylor.verdicts(made_up({2: 10, 4: 40, 8: 160}, jet=161))
    assert judged == {growth: True, fewer: True}
    assert taylor.verdicts(made_up({2: 10, 4: 41}, jet=41)) == {growth: False, fewer: False}
    assert taylor.verdicts(made_up({2: 10})) == {growth: None, fewer: None}


def test_the_command_prints_json():
    options = ["--quick", "--alone", "--format=json"]
    ran = subprocess.run(
        [sys.executable, "-W", "error", "-m", "benchmarks", "taylor", *options],
        cwd=ROOT,
        env={name: x for name, x in os.environ.items() if name not in THREAD_VARIABLES},
        capture_output=True,
        text=True,
        check=True,
    )
    document = json.loads(ran.stdout)
    found = [(row["program"], row["order"]) for row in document["results"]]
    assert found == [(p.name, k) for p in taylor.PROGRAMS for k in taylor.QUICK_ORDERS]
    growth, fewer = document["goals"]
    assert document["goals"] == {growth: True, fewer: None}
    nested = [row["operations"]["nested"] for row in document["results"]]
    assert nested[4] > 5 * document["results"][4]["operations"]["taylor"]


def test_a_table_says_what_was_left_out(capsys, monkeypatch):
    monkeypatch.setattr(taylor, "QUICK_ORDERS", range(2, 3))
    monkeypatch.setattr(taylor, "QUICK_ROUNDS", 1)
    monkeypatch.setattr(taylor, "load", lambda: (None, {"JAX": "not installed"}))
    assert taylor.main(["--quick"]) == 0
    out = capsys.readouterr().out
    assert out.splitlines()[0].split()[:2] == ["program", "order"]
    assert out.endswith("skipped JAX: not installed\n")
    assert out.count("not measured: ") == 2


def test_the_coefficient_of_jet_is_divided_by_the_factorial():
    def jet(f, primals, series):  # JAX's: derivatives in, derivatives out
        (x,), (derivatives,) = primals, series
        assert derivatives == [1.0, 0.0, 0.0, 0.0]
        found = ad.taylor(f, x, 1.0, 4)
        return found[0], [math.factorial(k) * found[k] for k in range(1, 5)]

    jax = object.__new__(taylor.Jax)
    jax.jet = jet
    assert jax.by_jet(np.exp, 0.0, 4)(0.0) == pytest.approx(1 / math.factorial(4))
