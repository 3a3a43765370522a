"""Costs of sweeps: between the numbers of directions that were timed, and beyond."""

import pytest

from adkit.drivers import costs
from adkit.drivers.costs import Curve


@pytest.fixture
def timed(monkeypatch):
    """Sweeps that take as long as they are told, and which ones were timed."""
    runs = []
    monkeypatch.setattr(costs, "best_time", lambda run, k: runs.append(k) or run(k))
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
