"""Times of several callables measured side by side, and what may be concluded from them.

A busy machine slows everything down for a while, so callables that are to be compared are run in
interleaved rounds, each round in a new order: a slow spell then meets all of them.  Medians carry
a bootstrap interval, and two times whose intervals overlap are called a tie, not an order.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

__all__ = ["TIE", "Estimate", "Line", "fit_line", "interleave", "tied"]

#: Two medians closer than this factor are never called different.
TIE = 1.1

#: Bootstrap resamples behind an interval; the 2.5 % quantile is then their 50th value.
RESAMPLES = 2000

#: One sample repeats its function for about this long, so that the grain of the clock is small.
LEAST_SECONDS = 1e-3


@dataclass(frozen=True)
class Estimate:
    """A median and its 95 % percentile-bootstrap interval.

    Attributes
    ----------
    median, low, high : float
        The median of the samples and the ends of its interval.
    samples : tuple of float
        What was measured, in the order of the rounds.

    Examples
    --------
    >>> print(Estimate.of([1.0, 1.1, 1.2]))
    1.1 [1, 1.2]
    """

    median: float
    low: float
    high: float
    samples: tuple[float, ...]

    @classmethod
    def of(cls, samples: Sequence[float], seed: int = 0) -> Estimate:
        """Estimate the median of `samples` (at least one), resampling with `seed`."""
        values = np.asarray(samples, dtype=np.float64)
        drawn = np.random.default_rng(seed).choice(values, size=(RESAMPLES, values.size))
        low, high = np.quantile(np.median(drawn, axis=1), (0.025, 0.975))
        return cls(float(np.median(values)), float(low), float(high), tuple(values.tolist()))

    def over(self, other: Estimate) -> Estimate:
        """Estimate the ratio to `other`, paired round by round, so that slow spells cancel."""
        return Estimate.of([a / b for a, b in zip(self.samples, other.samples, strict=True)])

    def scaled(self, factor: float) -> Estimate:
        """Return the estimate in another unit."""
        samples = tuple(factor * sample for sample in self.samples)
        return Estimate(factor * self.median, factor * self.low, factor * self.high, samples)

    def __str__(self) -> str:
        """Return the median and its interval with three digits."""
        return f"{_short(self.median)} [{_short(self.low)}, {_short(self.high)}]"

    def to_dict(self) -> dict[str, object]:
        """Return the estimate as plain data."""
        return {
            "median": self.median,
            "low": self.low,
            "high": self.high,
            "samples": list(self.samples),
        }


def tied(one: Estimate, other: Estimate) -> bool:
    """Tell whether two times are too close to be ordered.

    They are when their intervals overlap or their medians differ by less than the factor `TIE`.
    """
    if one.low <= other.high and other.low <= one.high:
        return True
    return max(one.median, other.median) < TIE * min(one.median, other.median)


@dataclass(frozen=True)
class Line:
    """The straight line ``intercept + slope * directions`` through measured costs.

    Attributes
    ----------
    intercept, slope : Estimate
        In units of one evaluation of the function.
    points : dict
        The measured cost at each number of directions, in the same unit.
    """

    intercept: Estimate
    slope: Estimate
    points: dict[int, Estimate]

    def __str__(self) -> str:
        """Return the line as a formula in the number of directions p."""
        sign = "-" if self.slope.median < 0 else "+"
        return f"{_short(self.intercept.median)} {sign} {_short(abs(self.slope.median))} p"

    def to_dict(self) -> dict[str, object]:
        """Return the line as plain data."""
        return {
            "intercept": self.intercept.to_dict(),
            "slope": self.slope.to_dict(),
            "points": {str(count): point.to_dict() for count, point in self.points.items()},
        }


def fit_line(points: Mapping[int, Estimate]) -> Line | None:
    """Fit a line to costs by least squares of the relative residuals, one fit for each round.

    Relative residuals, because costs differ by orders of magnitude and so do their errors: plain
    least squares would read the intercept off the noise of the dearest point.

    Parameters
    ----------
    points : mapping of int to Estimate
        Cost at each number of directions, all with the same number of samples.

    Returns
    -------
    Line or None
        None if there are fewer than two points.
    """
    if len(points) < 2:
        return None
    counts = np.array(list(points), dtype=np.float64)
    costs = np.array([point.samples for point in points.values()])
    weights = 1.0 / np.array([point.median for point in points.values()])
    slopes, intercepts = np.polyfit(counts, costs, 1, w=weights)
    return Line(Estimate.of(intercepts), Estimate.of(slopes), dict(points))


def interleave(
    functions: Sequence[Callable[[], object]],
    rounds: int,
    seed: int = 0,
    clock: Callable[[], float] = time.perf_counter,
) -> list[Estimate]:
    """Time `functions` in interleaved rounds.

    Every function runs once unmeasured; further runs tell how many repetitions make a sample
    long enough for the clock.

    Parameters
    ----------
    functions : sequence of callable
        What to run; none takes an argument.
    rounds : int
        Number of samples of each function.
    seed : int
        Seeds the order within the rounds and the bootstrap.
    clock : callable
        Returns seconds.  ``time.process_time`` ignores what other processes take, but adds up
        the threads of this one.

    Returns
    -------
    list of Estimate
        Seconds of one run of each function.
    """
    loops = [_loops(function, clock) for function in functions]
    samples: list[list[float]] = [[] for _ in functions]
    rng = np.random.default_rng(seed)
    for _ in range(rounds):
        for i in rng.permutation(len(functions)):
            samples[i].append(_seconds(functions[i], loops[i], clock))
    return [Estimate.of(taken, seed) for taken in samples]


def _short(number: float) -> str:
    """Return three significant digits, without an exponent for large numbers."""
    return f"{number:.0f}" if abs(number) >= 1000 else f"{number:.3g}"


def _loops(function: Callable[[], object], clock: Callable[[], float]) -> int:
    """Return how many runs make one sample, after a run that warms caches up."""
    function()
    loops = 1
    taken = _seconds(function, loops, clock)
    while taken * loops < LEAST_SECONDS / 4 and loops < 1 << 16:
        loops *= 4
        taken = _seconds(function, loops, clock)
    return max(1, math.ceil(LEAST_SECONDS / max(taken, 1e-9)))


def _seconds(function: Callable[[], object], loops: int, clock: Callable[[], float]) -> float:
    """Return the mean seconds of one run among `loops`."""
    repetitions = range(loops)
    start = clock()
    for _ in repetitions:
        function()
    return (clock() - start) / loops
