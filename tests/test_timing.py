"""Medians, intervals, ties and lines: the arithmetic, on made-up times."""

import numpy as np
import pytest

from adkit.timing import Estimate, fit_line, interleave, tied


def constant(value, rounds=5):
    return Estimate.of([value] * rounds)


def test_interval_surrounds_the_median_and_stays_within_the_samples():
    samples = np.random.default_rng(0).lognormal(size=25)
    estimate = Estimate.of(samples)
    assert estimate.median == np.median(samples)
    assert samples.min() <= estimate.low < estimate.median < estimate.high <= samples.max()


def test_interval_covers_the_true_median_in_about_95_of_100_draws():
    rng = np.random.default_rng(1)
    covered = 0
    for _ in range(200):
        estimate = Estimate.of(rng.exponential(size=21))
        covered += estimate.low <= np.log(2) <= estimate.high
    assert 180 <= covered <= 199


def test_interval_narrows_with_more_samples():
    samples = np.random.default_rng(2).normal(10.0, 1.0, size=400)
    few, many = Estimate.of(samples[:10]), Estimate.of(samples)
    assert many.high - many.low < (few.high - few.low) / 2


def test_same_seed_gives_the_same_interval():
    samples = np.random.default_rng(3).exponential(size=9)
    assert Estimate.of(samples, seed=4) == Estimate.of(samples, seed=4)
    assert Estimate.of(samples, seed=4) != Estimate.of(samples, seed=5)


def test_one_sample_is_its_own_interval():
    estimate = Estimate.of([2.0])
    assert (estimate.low, estimate.median, estimate.high) == (2.0, 2.0, 2.0)


def test_ratio_is_paired_so_a_slow_spell_cancels():
    spell = np.array([1.0, 1.0, 7.0, 1.0, 3.0])
    ratio = Estimate.of(6.0 * spell).over(Estimate.of(2.0 * spell))
    assert (ratio.low, ratio.median, ratio.high) == (3.0, 3.0, 3.0)


def test_scaled_changes_the_unit_of_everything():
    estimate = Estimate.of([1.0, 2.0, 4.0])
    scaled = estimate.scaled(1e3)
    assert scaled.samples == (1e3, 2e3, 4e3)
    assert (scaled.low, scaled.high) == (1e3 * estimate.low, 1e3 * estimate.high)


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        (constant(1.0), constant(1.05), True),  # closer than the factor 1.1
        (constant(1.0), constant(1.2), False),
        (constant(1.2), constant(1.0), False),
        (Estimate(1.0, 0.8, 1.5, ()), Estimate(1.4, 1.3, 1.6, ()), True),  # intervals overlap
        (Estimate(1.0, 0.8, 1.2, ()), Estimate(1.4, 1.3, 1.6, ()), False),
    ],
)
def test_tied(one, other, expected):
    assert tied(one, other) is expected


def test_fit_line_recovers_an_exact_line():
    points = {k: constant(3.0 + 0.25 * k) for k in (1, 4, 16, 64)}
    line = fit_line(points)
    assert line.intercept.median == pytest.approx(3.0)
    assert line.slope.median == pytest.approx(0.25)
    assert line.points == points
    assert str(line) == "3 + 0.25 p"


def test_fit_line_weighs_relative_errors():
    # The dearest point is 10 % off; the intercept must not take that up in full.
    points = {1: constant(4.0), 2: constant(5.0), 4: constant(7.0), 1000: constant(1.1 * 1003.0)}
    assert fit_line(points).intercept.median == pytest.approx(3.0, abs=0.2)


def test_fit_line_needs_two_points():
    assert fit_line({7: constant(1.0)}) is None
    assert fit_line({}) is None


def test_negative_slope_is_written_as_a_difference():
    assert str(fit_line({1: constant(4.0), 2: constant(3.5)})) == "4.5 - 0.5 p"


def test_numbers_are_written_without_exponents():
    assert str(constant(123456.7)) == "123457 [123457, 123457]"
    assert str(constant(0.01234)) == "0.0123 [0.0123, 0.0123]"


def test_interleave_takes_turns_and_counts_rounds():
    ticks = iter(range(100_000))
    calls = []
    estimates = interleave(
        [lambda: calls.append("a"), lambda: calls.append("b")], rounds=4, clock=lambda: next(ticks)
    )
    assert [len(estimate.samples) for estimate in estimates] == [4, 4]
    measured = calls[-8:]
    assert all(set(measured[i : i + 2]) == {"a", "b"} for i in range(0, 8, 2))


def test_interleave_measures_each_function_by_the_clock():
    now = 0.0

    def takes(seconds):
        def function():
            nonlocal now
            now += seconds

        return function

    short, long = interleave([takes(0.25), takes(2e-5)], rounds=3, clock=lambda: now)
    assert short.samples == pytest.approx([0.25] * 3)
    assert long.samples == pytest.approx([2e-5] * 3)


def test_interleave_shuffles_by_the_seed():
    def order(seed):
        calls = []
        functions = [lambda name=name: calls.append(name) for name in "abcde"]
        ticks = iter(range(100_000))
        interleave(functions, 6, seed, clock=lambda: next(ticks))
        return calls

    assert order(1) == order(1)
    assert order(1) != order(2)
