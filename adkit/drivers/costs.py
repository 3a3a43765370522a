"""What sweeps of a function cost, measured: a line in the number of directions for each mode."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from adkit.common.directions import chunk_size, unit_directions
from adkit.common.flat import FlatFunction
from adkit.drivers.plan import best_time
from adkit.forward.pushforward import pushforward
from adkit.reverse.pullback import Recording
from adkit.sparse.compression import Compression

__all__ = ["Costs", "chunked", "recovery_seconds"]

#: Directions of the larger of the two sweeps that are timed.
_FEW = 8


class Line(NamedTuple):
    """Seconds of a sweep: so much for the first direction, and for each further one."""

    first: float
    further: float

    def of(self, directions: int, sweeps: int) -> float:
        """Return the seconds of some directions in some sweeps."""
        return sweeps * (self.first - self.further) + directions * self.further


class Costs:
    """Measured costs of the sweeps of a function at a point; a mode is timed on first use."""

    def __init__(self, flat: FlatFunction, chunk: Any) -> None:
        self.flat, self.chunk = flat, chunk
        self._forward: Line | None = None
        self._reverse: Line | None = None
        self._recording = 0.0

    def seconds(self, tangents: int, cotangents: int, sweeps: tuple[int, int]) -> float:
        """Return the estimated time of some directions in so many sweeps of each mode."""
        total = 0.0
        if tangents:
            total += self._pushing().of(tangents, sweeps[0])
        if cotangents:
            line = self._pulling()
            total += self._recording + line.of(cotangents, sweeps[1])
        return total

    def _pushing(self) -> Line:
        if self._forward is None:
            flat = self.flat

            def run(k: int) -> None:
                pushforward(flat, flat.leaves, unit_directions(flat.leaves, 0, k), k)

            self._forward = _line(run, chunked(flat.leaves, _FEW, self.chunk))
        return self._forward

    def _pulling(self) -> Line:
        if self._reverse is None:
            recording = Recording(self.flat, self.flat.leaves)
            arrays = [*self.flat.leaves, *recording.results]

            def run(k: int) -> None:
                recording.pull(unit_directions(recording.results, 0, k), k)

            self._recording = recording.seconds
            self._reverse = _line(run, chunked(arrays, _FEW, self.chunk))
        return self._reverse


def _line(run: Callable[[int], None], few: int) -> Line:
    one = best_time(run, 1)
    if few == 1:
        return Line(one, one)
    return Line(one, max(0.0, (best_time(run, few) - one) / (few - 1)))


def chunked(arrays: Sequence[Any], count: int, chunk: Any) -> int:
    """Return how many of `count` directions one sweep carries."""
    return chunk_size(chunk, count, max([1, *(int(np.size(x)) for x in arrays)]))


def recovery_seconds(compression: Compression) -> float:
    """Return the time that the way back from the products takes."""
    m, n = compression.pattern.shape
    products = np.ones((compression.forward, m)), np.ones((compression.reverse, n))

    def run(_: int) -> None:
        compression.recover(*products)

    return best_time(run, 1)
