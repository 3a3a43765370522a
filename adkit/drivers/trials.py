"""Which of several ways to the same result takes the least time, tried on the calls themselves.

Every call of a trial returns a result; nothing is computed only to be timed.
"""

from __future__ import annotations

from collections.abc import Sequence

__all__ = ["Trial"]

#: Timed calls of each way; the shortest counts. One call before them is not timed.
_TIMED = 3

#: A way that once took this many times as long as another is not tried again.
_HOPELESS = 2.0


class Trial:
    """A trial of ways to a result.

    Parameters
    ----------
    ways : sequence of str
        In the order in which they are tried. The first one runs twice before others do,
        and is taken where times tie.

    Attributes
    ----------
    winner : str or None
        Known as soon as all ways have been timed.
    """

    def __init__(self, ways: Sequence[str]) -> None:
        self.winner: str | None = None
        self._runs: dict[str, int] = dict.fromkeys(ways, 0)
        self._best: dict[str, float] = {}

    def way(self) -> str:
        """Return the way that the next call is to go."""
        usual, *others = self._runs
        if self._runs[usual] < 2:
            return usual
        for way in others:
            if self._runs[way] < 2:
                return way
        return min(self._runs, key=self._runs.__getitem__)

    def note(self, way: str, seconds: float) -> None:
        """Note that a call went some way, and how long it took."""
        if way not in self._runs:  # dropped by another thread
            return
        self._runs[way] += 1
        if self._runs[way] > 1:
            self._best[way] = min(seconds, self._best.get(way, seconds))
        if self._best:
            limit = _HOPELESS * min(self._best.values())
            for other in [w for w, taken in self._best.items() if taken > limit]:
                if len(self._runs) > 1:
                    self.drop(other)
        if all(runs > _TIMED for runs in self._runs.values()) or len(self._runs) == 1:
            self.winner = min(self._runs, key=lambda way: self._best.get(way, 0.0))

    def drop(self, way: str) -> None:
        """Try a way no more."""
        self._runs.pop(way, None)
        self._best.pop(way, None)
