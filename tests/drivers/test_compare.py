"""`compare_modes`: exact counts, and verdicts on times, which are made up wherever they matter."""

import itertools
import json

import numpy as np
import pytest

import adkit as ad
from adkit.drivers.compare import Comparison, ModeRow
from adkit.timing import Estimate

MATRIX = np.arange(1.0, 16.0).reshape(3, 5) / 16.0


def tall(x):
    return np.sin(np.outer(x, x)).ravel()


def wide(x):
    return np.tanh(MATRIX @ x)


def ticking():
    """Return a clock on which every sample lasts the same."""
    return itertools.count().__next__


def row(mode, directions, low, median, high):
    time = Estimate(median, low, high, (low, median, high))
    return ModeRow(mode, 1, directions, 1, 10, 0, time, time.scaled(10.0))


def comparison(forward, reverse, chosen):
    rows = (row("forward", 4, *forward), row("reverse", 2, *reverse))
    return Comparison("f", Estimate.of([0.1] * 3), rows, chosen, "made up")


@pytest.mark.parametrize(("f", "x", "m"), [(tall, np.ones(4), 16), (wide, np.ones(5), 3)])
def test_counts_of_both_modes(f, x, m):
    seen = ad.compare_modes(f, x, repeat=1, clock=ticking())
    assert (seen.n, seen.m) == (x.size, m)
    assert [row.mode for row in seen.rows] == ["forward", "reverse"]
    assert [row.directions for row in seen.rows] == [x.size, m]
    assert [row.sweeps for row in seen.rows] == [1, 1]
    assert [row.primal for row in seen.rows] == [1, 1]
    assert seen.forward.bytes == 0 < seen.reverse.bytes
    assert seen.forward.operations == seen.reverse.operations > 0


def test_counts_are_those_of_the_drivers():
    seen = ad.compare_modes(wide, np.ones(5), repeat=1)
    for row, driver in zip(seen.rows, (ad.jacfwd, ad.jacrev), strict=True):
        with ad.count_sweeps() as ran:
            driver(wide)(np.ones(5))
        counts = {name: getattr(ran, name) for name in ("directions", "primal", "operations")}
        assert row.counts() == {
            "sweeps": ran.forward + ran.reverse,
            **counts,
            "bytes": ran.bytes,
        }


def test_choice_and_reason_are_the_plan():
    seen = ad.compare_modes(wide, np.ones(5), repeat=1)
    assert seen.chosen in ("forward", "reverse")
    assert seen.reason


@pytest.mark.parametrize(("argnums", "n"), [(0, 5), (1, 2), ((0, 1), 7)])
def test_argnums_choose_the_inputs(argnums, n):
    def f(x, y):
        return MATRIX @ x * y[0] + y[1]

    seen = ad.compare_modes(f, np.ones(5), np.ones(2), argnums=argnums, repeat=1, clock=ticking())
    assert (seen.n, seen.m) == (n, 3)


def test_directions_fit_a_line_to_the_cost():
    seen = ad.compare_modes(wide, np.ones(5), repeat=2, directions=(1, 2, 4, 64))
    assert list(seen.forward.cost.points) == [1, 2, 4, 5]
    assert list(seen.reverse.cost.points) == [1, 2, 3]
    assert all(len(point.samples) == 2 for point in seen.forward.cost.points.values())
    assert "p directions" in str(seen)


def test_directions_of_several_arguments():
    def f(scale, parts):
        return scale * np.sin(parts["x"])

    args = (2.0, {"x": np.ones((2, 3))})
    seen = ad.compare_modes(f, *args, argnums=(0, 1), repeat=1, directions=[2])
    assert list(seen.forward.cost.points) == [2, 7]
    assert list(seen.reverse.cost.points) == [2, 6]


def test_jacobian_in_several_sweeps_is_no_point_of_the_line():
    x = np.ones(600)
    seen = ad.compare_modes(np.sum, x, repeat=1, directions=(1, 2), clock=ticking())
    assert seen.forward.sweeps == 2
    assert seen.forward.bound == 2 * 1 + 1.5 * 600
    assert list(seen.forward.cost.points) == [1, 2]


def test_without_directions_no_line_is_fitted():
    seen = ad.compare_modes(wide, np.ones(5), repeat=1, clock=ticking())
    assert seen.forward.cost is None
    assert "p directions" not in str(seen)


def test_samples_follow_repeat():
    seen = ad.compare_modes(wide, np.ones(5), repeat=4, clock=ticking())
    times = [seen.function, *(row.seconds for row in seen.rows), *(row.ratio for row in seen.rows)]
    assert [len(time.samples) for time in times] == [4] * 5


@pytest.mark.parametrize(
    ("forward", "reverse", "chosen", "faster", "regret"),
    [
        ((0.9, 1.0, 1.1), (2.9, 3.0, 3.1), "forward", "forward", 1.0),
        ((0.9, 1.0, 1.1), (2.9, 3.0, 3.1), "reverse", "forward", 3.0),
        ((2.9, 3.0, 3.1), (0.9, 1.0, 1.1), "reverse", "reverse", 1.0),
        ((0.9, 1.0, 1.3), (1.2, 1.25, 1.3), "reverse", "tie", 1.25),
        ((1.0, 1.0, 1.0), (1.05, 1.05, 1.05), "forward", "tie", 1.0),
    ],
)
def test_verdict(forward, reverse, chosen, faster, regret):
    seen = comparison(forward, reverse, chosen)
    assert seen.faster == faster
    assert seen.regret == pytest.approx(regret)
    expected = "neither mode is clearly faster" if faster == "tie" else f"{faster} mode is faster"
    assert expected in str(seen)


def test_bounds_are_those_of_griewank_and_walther():
    seen = comparison((1.0, 1.0, 1.0), (1.0, 1.0, 1.0), "forward")
    assert seen.forward.bound == 1 + 1.5 * 4
    assert seen.reverse.bound == 1.5 + 2.5 * 2


def test_printed_table_is_aligned():
    lines = str(ad.compare_modes(wide, np.ones(5), repeat=1, clock=ticking())).splitlines()
    assert lines[0].startswith("wide: R^5 -> R^3, f ")
    head, *rows = lines[1:4]
    assert [line.split()[:4] for line in rows] == [
        ["forward", "1", "5", "1"],
        ["reverse", "1", "3", "1"],
    ]
    for title in ("sweeps", "directions", "primal", "operations"):
        column = head.index(title)
        assert all(line[column].isdigit() and line[column - 1] == " " for line in rows)
    assert lines[4].startswith("chosen: ")


def test_function_without_a_name_is_called_by_its_type():
    class Scale:
        def __call__(self, x):
            return 2.0 * x

    assert ad.compare_modes(Scale(), np.ones(2), repeat=1, clock=ticking()).name == "Scale"


def test_to_dict_is_json_with_counts_apart_from_times():
    seen = ad.compare_modes(wide, np.ones(5), repeat=3, directions=(1,), clock=ticking())
    data = json.loads(json.dumps(seen.to_dict(), allow_nan=False))
    assert data["counts"]["forward"] == seen.forward.counts()
    assert data["times"]["reverse"]["seconds"]["samples"] == list(seen.reverse.seconds.samples)
    assert data["times"]["forward"]["cost"]["points"].keys() == {"1", "5"}
    assert (data["n"], data["m"], data["chosen"]) == (5, 3, seen.chosen)


def test_argument_is_left_unchanged():
    x = np.linspace(0.0, 1.0, 5)
    before = x.copy()
    ad.compare_modes(wide, x, repeat=1, directions=(2,), clock=ticking())
    assert np.array_equal(x, before)
    assert x.flags.writeable


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"repeat": 0}, "repeat must be at least 1, not 0"),
        ({"directions": (1, 0)}, "directions must be at least 1, not 0"),
    ],
)
def test_bad_options_are_refused(options, message):
    with pytest.raises(ad.AdkitError, match=message):
        ad.compare_modes(wide, np.ones(5), **options)
