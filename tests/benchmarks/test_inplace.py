"""``python -m benchmarks inplace``: the programs, the report, and the other library."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import adkit
from benchmarks import inplace
from benchmarks.environment import THREAD_VARIABLES
from benchmarks.peers import tools
from benchmarks.peers.measures import Disagreement

ROOT = Path(__file__).parents[2]
TINY = inplace.Sizes(elements=200, rows=8, short=8, long=16, rounds=1)


@pytest.mark.parametrize("program", inplace.PROGRAMS, ids=lambda program: program.name)
def test_programs_are_plain_numpy_and_are_differentiated(program):
    steps = 200 if program.shape(200) == (inplace.WIDTH,) else 8
    x = np.random.default_rng(1).uniform(0.1, 0.9, program.shape(steps))
    direction = np.random.default_rng(2).standard_normal(x.shape)
    for build in (program.build, program.reads):
        f = build(np, steps)
        slope = (f(x + 1e-6 * direction) - f(x - 1e-6 * direction)) / 2e-6
        value, pushed = adkit.jvp(f, (x,), (direction,))
        assert value == f(x.copy())
        np.testing.assert_allclose(pushed, slope, rtol=1e-7)
        np.testing.assert_allclose(np.sum(adkit.grad(f)(x) * direction), pushed, rtol=1e-12)


@pytest.mark.parametrize("mode", inplace.MODES)
@pytest.mark.parametrize("program", inplace.PROGRAMS, ids=lambda program: program.name)
def test_a_result_has_times_per_step_and_a_verdict_for_each_goal(program, mode):
    result = inplace.measure(program, mode, TINY, tools.Adkit(), [])
    assert (result.program, result.mode) == (program.name, mode)
    contestants = {"writes", "reads"} | (
        {"short", "long"} if inplace.LONG in program.goals else set()
    )
    assert result.times.keys() == contestants
    assert min(time.median for time in result.times.values()) > 0
    assert [verdict.goal for verdict in result.verdicts] == list(program.goals)
    judged = {verdict.goal.against for verdict in result.verdicts if verdict.measured is not None}
    assert judged == contestants & {"reads", "short"}


def test_a_long_loop_is_judged_by_its_own_time():
    taken = {"writes": 1.0, "reads": 1.0, "short": 2.0, "long": 3.0}
    times = {name: inplace.Estimate.of([value]) for name, value in taken.items()}
    assert inplace._judge(inplace.LONG, times).measured.median == 1.5
    assert inplace._judge(inplace.READS, times).measured.median == 1.0
    assert inplace._judge(inplace.LONG, times).reached is False
    assert inplace.words(inplace.TORCH) == "at most 0.125 of torch"


class Other(tools.Adkit):
    name = "torch"

    def reverse(self, chain, length, x, ct):
        thunk = super().reverse(chain, length, x, ct)
        return lambda: (thunk()[0], thunk()[1] * 2.0)


def test_another_library_is_compared_and_has_to_agree():
    program = inplace.PROGRAMS[0]
    result = inplace.measure(program, "forward", TINY, tools.Adkit(), [Other()])
    assert "torch" in result.times
    assert all(verdict.reached is not None for verdict in result.verdicts)
    assert "at most 0.125 of torch" in inplace.as_table([result], {})
    with pytest.raises(Disagreement, match="torch, elements, reverse"):
        inplace.measure(program, "reverse", TINY, tools.Adkit(), [Other()])


def test_the_command_prints_json():
    options = ["--quick", "--alone", "--format=json"]
    ran = subprocess.run(
        [sys.executable, "-W", "error", "-m", "benchmarks", "inplace", *options],
        cwd=ROOT,
        env={name: x for name, x in os.environ.items() if name not in THREAD_VARIABLES},
        capture_output=True,
        text=True,
        check=True,
    )
    document = json.loads(ran.stdout)
    found = [(result["program"], result["mode"]) for result in document["results"]]
    assert found == [(p.name, mode) for p in inplace.PROGRAMS for mode in inplace.MODES]
    assert document["environment"]["blas_threads"] == 1
    assert document["results"][0]["goals"].keys() == {
        "at most 2 of reads",
        "at most 0.125 of torch",
    }
    assert document["results"][0]["goals"]["at most 0.125 of torch"] is None


def test_a_table_says_what_was_left_out(capsys, monkeypatch):
    monkeypatch.setattr(inplace, "QUICK", TINY)
    monkeypatch.setattr(inplace, "load", lambda names: ([], {"torch": "not installed"}))
    assert inplace.main(["--quick"]) == 0
    out = capsys.readouterr().out
    assert out.splitlines()[0].split() == [
        "program",
        "mode",
        "us",
        "per",
        "step",
        "ratio",
        "to",
        "reach",
        "reached",
    ]
    assert out.endswith("skipped torch: not installed\n")
    assert out.count("at most 1.25 of short") == 4
