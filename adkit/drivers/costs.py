"""What sweeps of a function cost, measured at a few numbers of directions for each mode."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from time import thread_time
from typing import Any

import numpy as np

from adkit.common.directions import chunk_size, unit_directions
from adkit.common.flat import FlatFunction
from adkit.forward.pushforward import pushforward
from adkit.reverse.pullback import Recording
from adkit.sparse.compression import Compression

__all__ = ["Costs", "best_time", "chunked", "recovery_seconds"]

#: Directions of sweeps that are timed; the largest only where so many are asked for.
_COUNTS = (1, 8, 64)

_RUNS = 3

#: Seconds after which a run is not repeated: the clock's grain and hiccups no longer count.
_ENOUGH = 0.05

#: Numbers of products beyond which the way back is not timed: their sweeps take far longer.
_MOST_PRODUCTS = 2**24


class Curve:
    """Seconds of a sweep by its directions: linear between those that were timed.

    Parameters
    ----------
    run : callable
        Sweeps with so many directions.
    most : int
        Directions that a sweep carries at most.
    """

    def __init__(self, run: Callable[[int], None], most: int) -> None:
        self._run, self._most = run, most
        self._points: dict[int, float] = {}

    def of(self, directions: int, sweeps: int) -> float:
        """Return the seconds of some directions in some sweeps."""
        each = directions / max(sweeps, 1)
        counts = [min(count, self._most) for count in _COUNTS]
        for count in (*counts[:2], *(counts[2:] if each > counts[1] else ())):
            long = self._points.get(counts[1], 0.0) > _ENOUGH  # more of them cost as much each
            if count not in self._points and not long:
                self._points[count] = best_time(self._run, count)
        known = sorted(self._points)
        seconds = np.maximum.accumulate([self._points[count] for count in known])
        if each <= known[-1]:
            return sweeps * float(np.interp(each, known, seconds))
        # Beyond, each direction costs as much as those of the longest sweep on average.
        return sweeps * float(seconds[-1]) * each / known[-1]


def best_time(run: Callable[[int], Any], k: int) -> float:
    """Return the shortest time of a few runs with k directions, waiting not counted."""
    times = []
    for _ in range(_RUNS):
        start = thread_time()
        run(k)
        times.append(thread_time() - start)
        if sum(times) > _ENOUGH:
            break
    return min(times)


class Costs:
    """Measured costs of the sweeps of a function at a point; a mode is timed on first use."""

    def __init__(self, flat: FlatFunction, chunk: Any) -> None:
        self.flat, self.chunk = flat, chunk
        self._forward: Curve | None = None
        self._reverse: Curve | None = None
        self._recording = 0.0

    def seconds(self, tangents: int, cotangents: int, sweeps: tuple[int, int]) -> float:
        """Return the estimated time of some directions in so many sweeps of each mode."""
        total = 0.0
        if tangents:
            total += self._pushing().of(tangents, sweeps[0])
        if cotangents:
            curve = self._pulling()
            total += self._recording + curve.of(cotangents, sweeps[1])
        return total

    def _pushing(self) -> Curve:
        if self._forward is None:
            flat = self.flat

            def run(k: int) -> None:
                pushforward(flat, flat.leaves, unit_directions(flat.leaves, 0, k), k)

            self._forward = Curve(run, chunked(flat.leaves, _COUNTS[-1], self.chunk))
        return self._forward

    def _pulling(self) -> Curve:
        if self._reverse is None:
            recording = Recording(self.flat, self.flat.leaves)
            arrays = [*self.flat.leaves, *recording.results]

            def run(k: int) -> None:
                recording.pull(unit_directions(recording.results, 0, k), k)

            self._recording = best_time(lambda _: Recording(self.flat, self.flat.leaves), 1)
            self._reverse = Curve(run, chunked(arrays, _COUNTS[-1], self.chunk))
        return self._reverse


def chunked(arrays: Sequence[Any], count: int, chunk: Any) -> int:
    """Return how many of `count` directions one sweep carries."""
    return chunk_size(chunk, count, max([1, *(int(np.size(x)) for x in arrays)]))


def recovery_seconds(compression: Compression) -> float:
    """Return the time that the way back from the products takes."""
    m, n = compression.pattern.shape
    if compression.forward * m + compression.reverse * n > _MOST_PRODUCTS:
        return 0.0
    products = np.ones((compression.forward, m)), np.ones((compression.reverse, n))

    def run(_: int) -> None:
        compression.recover(*products)

    return best_time(run, 1)
