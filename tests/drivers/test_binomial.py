"""Binomial schedules: the published optimum, found by another way, and counted as it runs."""

import functools
from math import comb

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adkit.drivers.binomial import (
    Kept,
    fewest_runs,
    first_snapshots,
    most_steps,
    next_snapshot,
    repetitions,
    reverse,
)


@functools.cache
def by_search(steps, snapshots):
    """Return the fewest runs of steps over all places for the next snapshot."""
    if steps == 1:
        return 0
    if snapshots == 1:
        return steps * (steps - 1) // 2
    return min(
        ahead + by_search(steps - ahead, snapshots - 1) + by_search(ahead, snapshots)
        for ahead in range(1, steps)
    )


class Machine:
    """States are numbers of steps; every run is counted, and every state checked."""

    def __init__(self, steps, snapshots, *, swept_before=False):
        self.steps, self.snapshots = steps, snapshots
        self.runs = [0] * steps
        self.turned = []
        self.most = 0
        self.kept = Kept()
        if swept_before:
            self.kept.snapshots = [(0, 0)]
        else:
            self.kept.snapshots = [(i, i) for i in first_snapshots(steps, snapshots)]
            self.kept.last = steps - 1
            self.runs = [1] * (steps - 1) + [0]

    def advance(self, i, state):
        assert state == i
        self.runs[i] += 1
        return i + 1

    def turn(self, i, state):
        assert state == i
        self.most = max(self.most, len(self.kept.snapshots))
        self.turned.append(i)

    def reverse(self):
        reverse(self.steps, self.snapshots, self.kept, self.advance, self.turn)
        return self


@pytest.mark.parametrize("snapshots", range(1, 10))
def test_the_formula_is_the_minimum_over_all_schedules(snapshots):
    for steps in range(1, 40):
        assert fewest_runs(steps, snapshots) == by_search(steps, snapshots), steps


@given(st.integers(1, 400), st.integers(1, 30), st.booleans())
def test_a_reversal_takes_the_fewest_runs(steps, snapshots, swept_before):
    if snapshots == 1:
        steps = min(steps, 60)
    ran = Machine(steps, snapshots, swept_before=swept_before).reverse()
    assert ran.turned == list(range(steps))[::-1]
    assert sum(ran.runs) == fewest_runs(steps, snapshots)
    assert max(ran.runs) == repetitions(steps, snapshots)
    assert ran.most <= snapshots
    assert ran.kept.snapshots == []


@pytest.mark.parametrize(("snapshots", "runs"), [(3, 4), (5, 3), (10, 2), (2, 12), (1, 9)])
def test_the_reach_is_binomial(snapshots, runs):
    steps = comb(snapshots + runs, snapshots)
    assert most_steps(snapshots, runs) == steps
    assert max(Machine(steps, snapshots).reverse().runs) == runs
    assert max(Machine(steps + 1, snapshots).reverse().runs) == runs + 1


def test_ten_snapshots_reach_1001_steps_with_four_runs_of_each():
    ran = Machine(1001, 10).reverse()
    assert max(ran.runs) == 4
    assert sum(ran.runs) == 4 * 1001 - comb(14, 11) == 3640
    assert max(Machine(1002, 10).reverse().runs) == 5


def test_with_room_for_all_states_every_step_runs_once():
    for snapshots in (20, 21, 100):
        assert Machine(20, snapshots).reverse().runs == [1] * 19 + [0]
    assert first_snapshots(20, 100) == list(range(20))


@given(st.integers(2, 300), st.integers(2, 20))
def test_the_next_snapshot_lies_inside(steps, snapshots):
    ahead = next_snapshot(steps, snapshots)
    assert 1 <= ahead < steps
    assert fewest_runs(steps, snapshots) == (
        ahead + fewest_runs(steps - ahead, snapshots - 1) + fewest_runs(ahead, snapshots)
    )
