"""How each kind of row is measured.

A *measure* takes the contest and returns a :class:`Measurement`.  Derivatives are compared with
the hand-written ones before anything is timed; a tool that differs by more than rounding stops
the run.  Times are CPU times, so that other work on the machine is not charged to anybody.
"""

from __future__ import annotations

import gc
import os
import subprocess
import sys
import time
import tracemalloc
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from adkit.timing import Estimate, interleave
from benchmarks.peers.chains import MIXED, Chain, point, seed
from benchmarks.peers.collector import Check, collector_checks, heap_frozen
from benchmarks.peers.tools import Adkit, Hand, Thunk, Tool

LENGTH = 1_000  # operations in a chain whose time is given per operation
SHORT_RUNS = 50  # of the short chain beside one of the long, so that both samples are long
DIRECTIONS = 16
DIRECTIONS_SIZE = 100
MODE_WORDS = {
    "forward": "forward mode",
    "second": "gradient of a gradient",
    "record": "recording that tracemalloc sees",
}


class Disagreement(Exception):
    """A derivative differs from the hand-written one, or a count from what was asked for."""


class Settings(NamedTuple):
    """How often to measure, and how long the two longest chains are."""

    rounds: int = 15
    runs: int = 5  # in a sample, so that the garbage collector takes its share of every sample
    memory_length: int = 100_000
    long_length: int = 1_000_000
    long_rounds: int = 7


QUICK = Settings(rounds=3, runs=1, memory_length=10_000, long_length=100_000, long_rounds=1)


class Contest(NamedTuple):
    """Who is measured, and how."""

    adkit: Adkit
    peers: list[Tool]
    settings: Settings

    def having(self, mode: str) -> tuple[list[Tool], list[str]]:
        """Return the tools that have ``mode``, and a note about each that has not."""
        tools = [self.adkit, *self.peers]
        able = [tool for tool in tools if mode in tool.modes]
        return able, [f"{tool.name}: no {MODE_WORDS[mode]}" for tool in tools if tool not in able]


@dataclass
class Measurement:
    """Estimates by contestant in the unit of the row, and what is exact."""

    estimates: dict[str, Estimate]
    counts: dict[str, int] = field(default_factory=dict)
    checks: list[Check] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


Measure = Callable[[Contest], Measurement]


def cpu_times(
    contestants: Mapping[str, Callable[[], Any]], rounds: int, runs: int = 1
) -> dict[str, Estimate]:
    """Return the CPU seconds of one run of each contestant, from interleaved rounds.

    The garbage collector stays on: what it costs a tool is a part of what its users wait for.
    What the other tools keep in memory is not.
    """
    repeated = [partial(repeat, thunk, runs) for thunk in contestants.values()]
    with heap_frozen():
        found = interleave(repeated, rounds, clock=time.process_time)
    return {
        name: estimate.scaled(1.0 / runs) for name, estimate in zip(contestants, found, strict=True)
    }


def repeat(thunk: Callable[[], Any], runs: int) -> None:
    """Call ``thunk`` so often and drop what it returns."""
    for _ in range(runs):
        thunk()


def scaled(estimates: dict[str, Estimate], factor: float) -> dict[str, Estimate]:
    """Return the estimates in another unit."""
    return {name: estimate.scaled(factor) for name, estimate in estimates.items()}


def chain_derivative(mode: str, chain: Chain, size: int | None) -> Measure:
    """Measure one derivative of a chain in every tool, in microseconds per operation."""

    def measure(contest: Contest) -> Measurement:
        able, notes = contest.having(mode)
        if mode in Hand.modes:
            able.append(Hand())
        x, direction = point(size), seed(size)
        thunks = {tool.name: derivative(tool, mode, chain, x, direction) for tool in able}
        for tool in able:
            check_by_hand(tool, thunks[tool.name], mode, chain, x, direction)
        counts = contest.adkit.count(thunks[contest.adkit.name])
        times = cpu_times(thunks, contest.settings.rounds, contest.settings.runs)
        return Measurement(scaled(times, 1e6 / LENGTH), counts, notes=notes)

    return measure


def derivative(tool: Tool, mode: str, chain: Chain, x: Any, direction: Any) -> Thunk:
    """Return the thunk of ``tool`` for ``mode``."""
    if mode == "reverse":
        return tool.reverse(chain, LENGTH, x, direction)
    if mode == "forward":
        return tool.forward(chain, LENGTH, x, direction)
    return tool.second(chain, LENGTH, x)


def check_by_hand(
    tool: Tool, thunk: Thunk, mode: str, chain: Chain, x: Any, direction: Any
) -> None:
    """Raise Disagreement unless the thunk gives the hand-written value and derivative."""
    value, result = thunk()
    by_hand = chain.by_hand(x, LENGTH)
    if value is not None:
        same(f"{tool.name}, value of the {chain.name} chain", tool.plain(value), by_hand.value)
    expected = by_hand.second if mode == "second" else by_hand.first * direction
    same(f"{tool.name}, {mode} on the {chain.name} chain", tool.plain(result), expected)


def same(what: str, result: np.ndarray, expected: np.ndarray) -> None:
    """Raise Disagreement unless shapes are equal and numbers equal but for rounding."""
    if result.shape != expected.shape or not np.allclose(result, expected, rtol=1e-9, atol=1e-12):
        raise Disagreement(f"{what}: got {result!r}, by hand {expected!r}")


def many_directions(mode: str) -> Measure:
    """Measure a Jacobian of 16 directions in one sweep and in 16, in ms per Jacobian.

    Forward mode differentiates ``t -> chain(x0 + S t)`` for 16 inputs ``t``, reverse mode
    ``x -> R chain(x)`` for 16 outputs; the chain itself works on arrays of size 100.
    """

    def measure(contest: Contest) -> Measurement:
        f, at, expected = jacobian_problem(mode)
        jacobian = contest.adkit.jacobian
        contestants: dict[str, Callable[[], Any]] = {
            "adkit": lambda: jacobian(mode, f, at, chunk=DIRECTIONS),
            f"{DIRECTIONS} sweeps": lambda: jacobian(mode, f, at, chunk=1),
        }
        counts: dict[str, int] = {}
        for (name, thunk), sweeps in zip(contestants.items(), (1, DIRECTIONS), strict=True):
            same(f"{name}, {mode} Jacobian", np.asarray(thunk()), expected)
            counted = contest.adkit.count(thunk)
            if counted[mode] != sweeps:
                raise Disagreement(f"{name}: {counted[mode]} {mode} sweeps, not {sweeps}")
            counts |= {f"{name}: {key}": value for key, value in counted.items()}
        times = cpu_times(contestants, contest.settings.rounds, contest.settings.runs)
        return Measurement(scaled(times, 1e3), counts)

    return measure


def jacobian_problem(mode: str) -> tuple[Callable[[Any], Any], np.ndarray, np.ndarray]:
    """Return a function with 16 inputs or outputs, a point, and its Jacobian by hand."""
    chain, x0 = MIXED.build(np, LENGTH), point(DIRECTIONS_SIZE)
    mixing = np.random.default_rng(0).standard_normal((DIRECTIONS_SIZE, DIRECTIONS))
    slope = MIXED.by_hand(x0, LENGTH).first
    if mode == "forward":
        return lambda t: chain(x0 + mixing @ t), np.zeros(DIRECTIONS), slope[:, None] * mixing
    return lambda x: mixing.T @ chain(x), x0, mixing.T * slope


def tape_memory(contest: Contest) -> Measurement:
    """Measure the bytes that a recorded scalar operation keeps, by tracemalloc."""
    able, notes = contest.having("record")
    length = contest.settings.memory_length
    estimates: dict[str, Estimate] = {}
    for tool in able:
        tool.record(MIXED, LENGTH, point(None))()  # what a first call allocates once, it does here
        kept = kept_bytes(tool.record(MIXED, length, point(None)))
        estimates[tool.name] = Estimate.of([kept / length])
    counts = contest.adkit.count(contest.adkit.record(MIXED, length, point(None)))
    return Measurement(estimates, counts, notes=notes)


def kept_bytes(record: Callable[[], Any]) -> int:
    """Return how many bytes stay allocated while the result of ``record`` is held."""
    gc.collect()
    tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        held = record()
        gc.collect()
        after, _ = tracemalloc.get_traced_memory()
        del held
    finally:
        tracemalloc.stop()
    return after - before


def chain_length(contest: Contest) -> Measurement:
    """Measure a long scalar chain beside one of 1,000 operations, in ms per gradient."""
    settings, adkit = contest.settings, contest.adkit
    long = adkit.reverse(MIXED, settings.long_length, point(None), seed(None))
    short = adkit.reverse(MIXED, LENGTH, point(None), seed(None))
    by_hand = MIXED.by_hand(point(None), settings.long_length)
    same("adkit, gradient of the long chain", adkit.plain(long()[1]), by_hand.first)
    reference = f"{LENGTH:,} operations"
    many_short: Callable[[], Any] = partial(repeat, short, SHORT_RUNS)
    times = cpu_times({"adkit": long, reference: many_short}, settings.long_rounds)
    times[reference] = times[reference].scaled(1.0 / SHORT_RUNS)
    notes = [f"medians of {settings.long_rounds} rounds"]
    return Measurement(scaled(times, 1e3), adkit.count(long), collector_checks(short), notes)


IMPORT_SCRIPT = """\
import importlib, time
import numpy
start = time.process_time()
importlib.import_module({module!r})
print(time.process_time() - start)
"""


def import_time(contest: Contest) -> Measurement:
    """Measure importing a tool after NumPy, in ms of CPU time, each time in a fresh process."""
    tools = [contest.adkit, *contest.peers]
    samples: dict[str, list[float]] = {tool.name: [] for tool in tools}
    for tool in tools:
        imported(tool.imported)  # writes bytecode caches and warms the file cache
    for _ in range(contest.settings.rounds):
        for tool in tools:
            samples[tool.name].append(1e3 * imported(tool.imported))
    return Measurement({name: Estimate.of(values) for name, values in samples.items()})


def imported(module: str) -> float:
    """Return the CPU seconds that importing ``module`` takes in a fresh process with NumPy."""
    root = str(Path(sys.modules["adkit"].__path__[0]).resolve().parent)
    path = os.pathsep.join(filter(None, [root, os.environ.get("PYTHONPATH")]))
    done = subprocess.run(
        [sys.executable, "-c", IMPORT_SCRIPT.format(module=module)],
        env=os.environ | {"PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=True,
    )
    return float(done.stdout)
