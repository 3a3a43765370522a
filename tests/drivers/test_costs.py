"""Costs of sweeps: between the numbers of directions that were timed, and beyond."""

from time import thread_time

import numpy as np
import pytest

from adkit.drivers import costs
from adkit.drivers.costs import Curve
from adkit.sparse import Pattern, by_columns, colour_columns


@pytest.fixture
def timed(monkeypatch):
    """Sweeps that take as long as they are told, and which ones were timed."""
    runs = []
    monkeypatch.setattr(costs, "best_time", lambda run, k: runs.append(k) or run(k))
    monkeypatch.setattr(costs, "_ENOUGH", 50.0)
    return runs


def test_lines_between_what_was_timed(timed):
    curve = Curve({1: 1.0, 8: 8.0, 64: 36.0}.get, 64)
    assert curve.of(1, 1) == 1.0
    assert curve.of(3, 1) == 3.0
    assert sorted(timed) == [1, 8]  # sweeps of many directions only where they are asked for
    assert curve.of(36, 1) == 22.0
    assert curve.of(128, 2) == 72.0
    assert sorted(timed) == [1, 8, 64]


def test_beyond_each_direction_costs_the_same(timed):
    curve = Curve({1: 1.0, 8: 2.0, 64: 6.4}.get, 64)
    assert curve.of(640, 2) == pytest.approx(64.0)


def test_more_directions_never_take_less(timed):
    curve = Curve({1: 2.0, 8: 1.0, 64: 3.0}.get, 64)
    assert curve.of(8, 1) == 2.0


def test_as_many_as_a_sweep_carries(timed):
    curve = Curve({1: 1.0, 4: 4.0}.get, 4)
    assert curve.of(12, 3) == 12.0
    assert sorted(timed) == [1, 4]
    alone = Curve({1: 2.0}.get, 1)
    assert alone.of(5, 5) == 10.0


def test_long_sweeps_of_many_directions_are_not_timed(timed):
    curve = Curve({1: 20.0, 8: 80.0}.get, 64)
    assert curve.of(64, 1) == 640.0
    assert timed == [1, 8]


def test_long_runs_are_timed_once():
    runs = []

    def run(k):
        runs.append(k)
        start = thread_time()
        while thread_time() - start < k * 0.03:
            pass

    assert costs.best_time(run, 2) >= 0.06
    assert runs == [2]
    costs.best_time(run, 1)
    assert runs == [2, 1, 1]


def test_a_long_way_back_is_not_timed():
    n = 4200
    numbers, first = np.arange(n), np.zeros(n, np.intp)
    rows, columns = np.concatenate((numbers, first)), np.concatenate((numbers, numbers))
    many = Pattern.from_coordinates(rows, columns, (n, n))
    assert costs.recovery_seconds(by_columns(many, colour_columns(many))) == 0.0
