"""What is measured of a problem: times, directions, peaks of memory, first calls.

Derivatives are checked against the hand-written ones before anything is timed.
"""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np

import adkit
from adkit.timing import Estimate, interleave
from benchmarks import environment
from benchmarks.peers.collector import heap_frozen
from benchmarks.peers.measures import Disagreement
from benchmarks.programs.peers import Peer
from benchmarks.programs.problem import Problem

Thunk = Callable[[], Any]

#: The largest block that glibc ever takes for small enough to come from the heap.
LARGEST_BLOCK = 32 * 1024 * 1024 - 65536

FUNCTION, HAND = OWN = "function", "hand"

#: adkit and the hand-written derivative agree to this, relative to the largest entry.
AGREEMENT = 1e-10

#: The other mode is measured as well where it takes at most this many directions.
MOST_DIRECTIONS = 512


class Settings(NamedTuple):
    """How much is measured."""

    rounds: int = 9
    #: A peer whose run takes longer is timed once, not in rounds.
    patience: float = 0.5


@dataclass
class Row:
    """What was measured of one contestant of a problem."""

    name: str
    seconds: Estimate
    ratio: Estimate
    directions: str = ""
    peak_bytes: int | None = None
    first_seconds: float | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return the row as plain data."""
        return {
            "name": self.name,
            "seconds": self.seconds.to_dict(),
            "ratio": self.ratio.to_dict(),
            "directions": self.directions,
            "peak_bytes": self.peak_bytes,
            "first_seconds": self.first_seconds,
        }


@dataclass
class Result:
    """All rows of a problem; that of adkit in the mode it chose is called `judged`."""

    problem: Problem
    rows: dict[str, Row]
    judged: str
    notes: list[str] = field(default_factory=list)

    @property
    def reached(self) -> bool | None:
        """Tell whether the figure to reach is reached; None if there is none."""
        figures, row = self.problem.figures, self.rows[self.judged]
        if figures is None:
            return None
        if figures.limit is None:
            return (row.peak_bytes or 0) <= 1e6 * (figures.megabytes or 0.0)
        return row.ratio.median <= figures.limit


def settle_memory() -> None:
    """Bring the allocator into the state of a program that has run for a while.

    glibc maps blocks from 128 KiB on anew every time, until one of them is freed: then blocks of
    that size come from the heap. Before, every array of a program costs its page faults, up to
    five times its arithmetic, and ratios depend on what has run before. The array is not touched.
    """
    np.empty(LARGEST_BLOCK, dtype=np.uint8)


def measure(problem: Problem, peers: list[Peer], settings: Settings, seed: int = 0) -> Result:
    """Measure a problem beside its hand-written derivative and peers.

    Raises
    ------
    Disagreement
        If a derivative differs from the hand-written one.
    """
    expected = arrays(problem.by_hand()[1])
    own = contestants(problem)
    for name, way in own.items():
        compare(f"{problem.name}, {name}", arrays(way.thunk()[1]), expected, AGREEMENT)
    thunks: dict[str, Thunk] = {
        FUNCTION: problem.evaluate,
        HAND: problem.by_hand,
        **{name: way.thunk for name, way in own.items()},
    }
    firsts = {name: way.first_seconds for name, way in own.items()}
    notes = []
    for peer in peers:
        if peer.name not in problem.texts:
            continue
        clock = environment.clock()
        start = clock()
        try:
            thunk = peer.thunk(problem)
            derivative = peer.plain(thunk()[1])
        except Exception as error:  # whatever a library answers to a program it cannot take
            notes.append(f"{peer.name} cannot: {type(error).__name__}: {_line(error)}")
            continue
        firsts[peer.name] = clock() - start
        compare(f"{problem.name}, {peer.name}", derivative, expected, peer.tolerance)
        thunks[peer.name] = thunk
    times = timed(thunks, settings, seed)
    rows = {
        name: Row(name, taken, over(taken, times[FUNCTION]), first_seconds=firsts.get(name))
        for name, taken in times.items()
    }
    for name in (FUNCTION, HAND, *own):
        rows[name].peak_bytes = peak_bytes(thunks[name])
    for name, way in own.items():
        rows[name].directions = way.directions
    return Result(problem, rows, next(iter(own)), notes)


class Way(NamedTuple):
    """A derivative by adkit: its directions in sweeps, and what its first call took."""

    thunk: Thunk
    directions: str
    first_seconds: float


def contestants(problem: Problem) -> dict[str, Way]:
    """Return adkit's ways, the one that it chooses first.

    First calls are in this process: code that is made for the operations of one way, and of the
    programs before, serves the next.
    """
    f, args, argnums = problem.f, problem.args, problem.argnums
    ways: dict[str, Thunk] = {}
    firsts: dict[str, float] = {}
    if problem.kind == "hvp":
        ways["adkit"] = lambda: (None, adkit.hvp(f, args, (problem.direction,))[0])
    elif problem.kind == "gradient":
        # Everything is made anew in every call, so that nothing can be kept from the last one.
        ways["adkit reverse"] = lambda: adkit.value_and_grad(f, argnums)(*args)
        if sum(np.size(args[i]) for i in problem.positions) <= MOST_DIRECTIONS:
            forward = {"argnums": argnums, "mode": "forward"}
            ways["adkit forward"] = lambda: adkit.value_and_jacobian(f, **forward)(*args)
    else:
        choosing = _jacobian(problem, "auto")
        firsts["adkit choosing"] = seconds(choosing)  # before anything is planned
        plan = adkit.plan(f, *args, argnums=argnums)
        directions = {way.mode: way.directions for way in plan.candidates}
        for mode in sorted(directions, key=plan.mode.__ne__):
            if mode == plan.mode or directions[mode] <= MOST_DIRECTIONS:
                ways[f"adkit {mode}"] = _jacobian(problem, mode)
        ways["adkit choosing"] = choosing
    for name, thunk in ways.items():
        if name not in firsts:
            firsts[name] = seconds(thunk)
    return {name: Way(thunk, counted(thunk), firsts[name]) for name, thunk in ways.items()}


def seconds(thunk: Thunk) -> float:
    """Return what one call takes."""
    clock = environment.clock()
    start = clock()
    thunk()
    return clock() - start


def _jacobian(problem: Problem, mode: str) -> Thunk:
    return lambda: adkit.value_and_jacobian(problem.f, mode=mode)(*problem.args)


def counted(thunk: Thunk) -> str:
    """Return the sweeps and directions of one call, in words."""
    with adkit.count_sweeps() as ledger:
        thunk()
    parts = [
        f"{directions} in {sweeps} {mode}"
        for mode, sweeps, directions in (
            ("forward", ledger.forward, ledger.tangents),
            ("reverse", ledger.reverse, ledger.cotangents),
        )
        if sweeps
    ]
    return ", ".join(parts)


def arrays(derivative: Any) -> list[np.ndarray]:
    """Return a derivative as a list of arrays."""
    parts = derivative if isinstance(derivative, tuple) else (derivative,)
    return [np.asarray(part) for part in parts]


def compare(what: str, found: list[np.ndarray], expected: list[np.ndarray], limit: float) -> None:
    """Raise Disagreement if two derivatives differ by more than `limit`, relative to the largest.

    The largest entry is that of all arrays: differences resolve no better.
    """
    largest = max(float(np.max(np.abs(part))) for part in expected)
    for i, (own, hand) in enumerate(zip(found, expected, strict=True)):
        if own.shape != hand.shape:
            raise Disagreement(f"{what}: part {i} has shape {own.shape}, by hand {hand.shape}")
        scale = largest if limit > 1e-6 else float(np.max(np.abs(hand)))
        error = float(np.max(np.abs(own - hand)))
        if not error <= limit * scale:
            raise Disagreement(f"{what}: part {i} differs by {error:.2e} of {scale:.2e}")


def timed(thunks: dict[str, Thunk], settings: Settings, seed: int) -> dict[str, Estimate]:
    """Return the seconds of each thunk from interleaved rounds, or of one run if it is slow."""
    clock = environment.clock()
    single, quick = {}, {}
    for name, thunk in thunks.items():
        start = clock()
        thunk()
        taken = clock() - start
        if taken > settings.patience and name not in OWN and not name.startswith("adkit"):
            single[name] = Estimate.of([taken])
        else:
            quick[name] = thunk
    with heap_frozen():
        found = interleave(list(quick.values()), settings.rounds, seed, clock)
    times = {**dict(zip(quick, found, strict=True)), **single}
    return {name: times[name] for name in thunks}


def over(time: Estimate, unit: Estimate) -> Estimate:
    """Return a ratio, paired by rounds where there are as many of both."""
    if len(time.samples) == len(unit.samples):
        return time.over(unit)
    return time.scaled(1.0 / unit.median)


def peak_bytes(thunk: Thunk) -> int:
    """Return the peak of memory above the start, in a run of its own, which is not timed."""
    tracemalloc.start()
    try:
        thunk()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def _line(error: Exception) -> str:
    text = str(error).strip().split("\n")[0]
    return text if len(text) <= 100 else text[:97] + "..."
