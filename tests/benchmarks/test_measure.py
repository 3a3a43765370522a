"""What is measured of one case, and how."""

import numpy as np
import pytest

from benchmarks import environment, fresh
from benchmarks.cases import build_grid
from benchmarks.measure import DIRECTIONS, measure, peak_bytes

CASE = build_grid([6], [4])[0]


@pytest.fixture(scope="module")
def measured():
    return measure(CASE, repeat=3)


def test_sizes_and_samples(measured):
    assert (measured["name"], measured["n"], measured["m"]) == ("grid-6x4", 6, 4)
    samples = measured["times"]["forward"]["seconds"]["samples"]
    assert len(samples) == 3
    assert min(samples) > 0


def test_cost_is_measured_at_several_directions(measured):
    for mode, most in (("forward", 6), ("reverse", 4)):
        expected = sorted({*(k for k in DIRECTIONS if k < most), most})
        points = measured["times"][mode]["cost"]["points"]
        assert [int(k) for k in points] == expected


def test_first_calls_come_from_fresh_processes(measured):
    for phases in measured["first_call"].values():
        assert phases.keys() == {"import_adkit", "first", "warm"}
        assert phases["first"] > 0 < phases["warm"]
        assert phases["import_adkit"] > 0


def test_fresh_processes_can_be_left_out():
    assert measure(CASE, repeat=1, first_calls=False)["first_call"] is None


def test_failure_in_a_fresh_process_is_not_swallowed(capfd):
    broken = type(CASE)("broken", divmod, np.ones(2), 1, "", "")
    with pytest.raises(Exception, match="returned non-zero exit status"):
        fresh.first_calls(broken)
    assert "Error" in capfd.readouterr().err


@pytest.mark.parametrize("mode", ["forward", "reverse"])
def test_peak_covers_the_directions_and_repeats(mode):
    case = build_grid([300], [200])[0]
    assert 8 * 300 * 200 <= peak_bytes(case, mode) < 50e6
    assert peak_bytes(case, mode) == pytest.approx(peak_bytes(case, mode), rel=0.05)


def test_pinning_respects_the_user(monkeypatch):
    for variable in environment.THREAD_VARIABLES:
        monkeypatch.delenv(variable, raising=False)
    assert environment.threads() is None
    assert environment.clock_name() == "perf_counter"
    monkeypatch.setenv("OMP_NUM_THREADS", "3")
    environment.pin_threads()
    assert environment.threads() == 3
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    assert environment.threads() == 1


def test_packages_that_are_absent_have_no_version(monkeypatch):
    monkeypatch.setattr(environment, "PACKAGES", ("numpy", "no-such-package"))
    versions = environment.describe()["versions"]
    assert versions["numpy"] == np.__version__
    assert versions["no-such-package"] is None
