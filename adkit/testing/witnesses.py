"""Finding where witnesses disagree: which argument, which element, which result.

Witnesses are linear maps: some push tangents, others pull cotangents. On random seeds all
must give the same ``Re sum(w * J v)``. Where they do not, the seeds are halved until one
element of one argument and one element of one result are left: about ``log2(n) +
log2(m)`` steps, so also a function of a million numbers is searched.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from adkit.testing.reports import Entry

__all__ = ["Witnesses"]

Arrays = Sequence[Any]
Linear = Callable[[Arrays], Arrays]
#: Jacobians of up to so many entries are compared as a whole, to tell the likely cause.
SMALL = 400


@dataclass(frozen=True)
class Witnesses:
    """What the witnesses of a Jacobian give.

    Attributes
    ----------
    primals, results : sequences of arrays
        The point and the values there.
    pushes, pulls : dict of callables
        By name, what pushes tangents and what pulls cotangents: lists of arrays.
    """

    primals: Arrays
    results: Arrays
    pushes: dict[str, Linear]
    pulls: dict[str, Linear]

    def numbers(self, v: Arrays, w: Arrays) -> dict[str, Any]:
        """Return ``sum(w * J v)`` as each witness gives it."""
        found = {name: _pairing(w, push(v)) for name, push in self.pushes.items()}
        return found | {name: _pairing(pull(w), v) for name, pull in self.pulls.items()}

    def gap(self, v: Arrays, w: Arrays) -> float:
        """Return how far witnesses are apart."""
        numbers = list(self.numbers(v, w).values())
        if not np.all(np.isfinite(numbers)):
            same = all(np.array_equal(numbers[0], x, equal_nan=True) for x in numbers)
            return 0.0 if same else np.inf
        return float(max(abs(a - b) for a in numbers for b in numbers))

    def locate(self, v: Arrays, w: Arrays) -> tuple[int, int] | None:
        """Return the positions, among all numbers, of an argument and a result that disagree."""
        whole = self.gap(v, w)
        if not whole > 0:
            return None
        i = _halved(v, lambda part: self.gap(part, w))
        unit = one_hot(self.primals, i)
        o = _halved(w, lambda part: self.gap(unit, part))
        return i, o

    def entry(self, i: int, o: int, names: Sequence[str], error: float) -> Entry:
        """Return an entry of the Jacobian as each witness gives it."""
        numbers = self.numbers(one_hot(self.primals, i), one_hot(self.results, o))
        argument, element = _place(self.primals, i)
        result, where = _place(self.results, o)
        value = np.asarray(self.primals[argument])[element]
        at = f"{_brackets(element)} (value {value:.6g})"
        several = f" {result}" if len(self.results) > 1 else ""
        return Entry(names[argument], f"result{several}{_brackets(where)}", at, numbers, error)

    def matrices(self) -> dict[str, Any] | None:
        """Return the Jacobian of each witness, results by arguments; None if it is large."""
        n, m = (sum(np.size(x) for x in arrays) for arrays in (self.primals, self.results))
        if n * m > SMALL or n * m == 0:
            return None
        columns = [one_hot(self.primals, i) for i in range(n)]
        rows = [one_hot(self.results, o) for o in range(m)]
        found = {
            name: np.stack([_flat(push(v)) for v in columns], axis=1)
            for name, push in self.pushes.items()
        }
        return found | {
            name: np.stack([_flat(pull(w)) for w in rows]) for name, pull in self.pulls.items()
        }


def one_hot(arrays: Arrays, position: int) -> list[Any]:
    """Return zeros like some arrays, and a one at a position among all their numbers."""
    found = []
    for x in arrays:
        flat = np.zeros(np.size(x), _dtype(x))
        if 0 <= position < flat.size:
            flat[position] = 1
        position -= flat.size
        found.append(flat.reshape(np.shape(x))[()])
    return found


def _halved(seeds: Arrays, gap: Callable[[Arrays], float]) -> int:
    """Return the position of a number for which the gap stays as the seeds are halved."""
    positions = np.flatnonzero(_flat(seeds) != 0)
    while positions.size > 1:
        halves = np.array_split(positions, 2)
        gaps = [gap(_only(seeds, half)) for half in halves]
        positions = halves[int(np.argmax(gaps))]
    return int(positions[0])


def _only(seeds: Arrays, positions: Any) -> list[Any]:
    """Return seeds in which only the numbers at some positions are kept."""
    kept = np.zeros(sum(np.size(x) for x in seeds), bool)
    kept[positions] = True
    found, start = [], 0
    for x in seeds:
        part = kept[start : start + np.size(x)].reshape(np.shape(x))
        found.append(np.where(part, x, 0).astype(_dtype(x))[()])
        start += np.size(x)
    return found


def _place(arrays: Arrays, position: int) -> tuple[int, tuple[int, ...]]:
    for k, x in enumerate(arrays):
        if position < np.size(x):
            return k, tuple(int(i) for i in np.unravel_index(position, np.shape(x)))
        position -= np.size(x)
    raise AssertionError(f"no number has position {position}")


def _brackets(index: tuple[int, ...]) -> str:
    return f" {list(index)}" if index else ""


def _dtype(x: Any) -> Any:
    return np.asarray(x).dtype.newbyteorder("=")


def _flat(arrays: Arrays) -> Any:
    return np.concatenate([np.ravel(x) for x in arrays]) if len(arrays) else np.zeros(0)


def _pairing(a: Arrays, b: Arrays) -> Any:
    return sum((np.sum((np.asarray(x) * y).real) for x, y in zip(a, b, strict=True)), np.float64(0))
