"""What is measured of a problem: first calls, planning, warm calls, memory, regret.

Results are compared before anything is timed. *First* is from nothing to the first result, *warm*
one more result at a point. *Regret* is the warm time of the plan over that of the best way.
"""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from math import ceil, inf
from typing import Any, NamedTuple

import numpy as np

import adkit
from adkit.pattern import hessian_pattern, jacobian_pattern
from adkit.timing import Estimate, interleave
from benchmarks import environment
from benchmarks.peers.collector import heap_frozen
from benchmarks.peers.measures import Disagreement
from benchmarks.sparse.counting import Counts, counted
from benchmarks.sparse.peers import EXACT, Peer, Phases, Ready
from benchmarks.sparse.problem import Problem

FUNCTION, HAND, ADKIT = "function", "by hand", "adkit"
PLAN, GIVEN = "adkit, plan", "adkit, given"

#: The dense matrix is measured as well up to so many entries.
LARGEST_DENSE = 1_000_000


class Settings(NamedTuple):
    """How much is measured."""

    rounds: int = 9
    #: A first call that takes longer is timed once, not in rounds.
    patience: float = 0.5
    first_rounds: int = 3


@dataclass
class Row:
    """What was measured of one contestant.

    Attributes
    ----------
    given : bool
        Whether it was told the pattern.
    pattern : Estimate or None
        Seconds that finding the pattern takes.
    first, warm : Estimate or None
        Seconds from nothing to a first result, and of one more.
    over_function, over_hand : Estimate or None
        The warm time in units of the function, and of the matrix by hand.
    phases : dict
        Seconds of the first call, by what was done.
    break_even : int or None
        From how many results on it takes less time than dense ones; None if never.
    overtakes : int or None
        From how many results on it takes less time than adkit; None if never.
    bytes_per_entry : float or None
        Peak of memory of a first call, over the number of entries.
    """

    name: str
    given: bool = False
    directions: str = ""
    pattern: Estimate | None = None
    first: Estimate | None = None
    warm: Estimate | None = None
    over_function: Estimate | None = None
    over_hand: Estimate | None = None
    phases: dict[str, float] = field(default_factory=dict)
    break_even: int | None = None
    overtakes: int | None = None
    bytes_per_entry: float | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return the row as plain data."""
        times = ("pattern", "first", "warm", "over_function", "over_hand")
        return {
            key: value.to_dict() if key in times and value is not None else value
            for key, value in vars(self).items()
        }


@dataclass
class Result:
    """Counts, rows, and how good the choice was."""

    problem: Problem
    counts: Counts
    rows: dict[str, Row] = field(default_factory=dict)
    ways: dict[str, Estimate] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    @property
    def regret(self) -> float | None:
        """The warm time of the plan over that of the best way."""
        if PLAN not in self.rows or not self.ways:
            return None
        warm = self.rows[PLAN].warm
        assert warm is not None
        return max(1.0, warm.median / min(way.median for way in self.ways.values()))


class Contestant(NamedTuple):
    """Who computes the matrix: what prepares that, and what makes SciPy's array of a result."""

    name: str
    given: bool
    prepare: Callable[[], Ready]
    plain: Callable[[Any], Any] = lambda result: result
    tolerance: float = EXACT
    ours: bool = True


def measure(problem: Problem, peers: list[Peer], settings: Settings, seed: int = 0) -> Result:
    """Count, compare, and time every contestant of a problem."""
    result = Result(problem, counted(problem))
    expected = getattr(adkit, problem.op)(problem.f, sparse=True)(problem.x)
    check_product(problem, expected)
    pattern = _pattern_of(expected)
    ready: dict[str, Ready] = {}
    for one in [*own(problem, pattern), *others(problem, pattern, peers)]:
        try:
            row, made = first_call(one.name, one.prepare, problem.x, settings)
        except Exception as error:  # whatever a library answers to what it cannot take
            if one.ours:
                raise
            result.notes.append(f"{one.name} cannot: {type(error).__name__}: {_line(error)}")
            continue
        found = one.plain(made.run(problem.x))
        compare(f"{problem.name}, {one.name}", found, expected, one.tolerance)
        if made.find is not None:
            row.pattern = repeated(made.find, settings)
        row.given, row.directions, row.phases = one.given, made.directions, dict(made.phases)
        result.rows[one.name], ready[one.name] = row, made
    _time_warm(result, ready, pattern, settings, seed)
    for name in (ADKIT, GIVEN):  # as later results are computed, after what first ones try
        result.rows[name].directions = _counted(partial(ready[name].run, problem.x))
    result.rows[ADKIT].bytes_per_entry = peak_bytes(problem) / max(1, expected.nnz)
    _break_even(result, ready[PLAN].dense)
    return result


def others(problem: Problem, pattern: Any, peers: list[Peer]) -> list[Contestant]:
    """Return the libraries that take a problem."""
    return [
        Contestant(
            peer.name,
            peer.given,
            partial(peer.prepare, problem, pattern),
            partial(peer.plain, problem),
            peer.tolerance,
            ours=False,
        )
        for peer in peers
        if peer.takes(problem) and peer.name.partition(",")[0] not in problem.without
    ]


def own(problem: Problem, pattern: Any) -> list[Contestant]:
    """Return the matrix by hand, and adkit's."""
    transform = getattr(adkit, problem.op)
    f, op, x = problem.f, problem.op, problem.x

    def planned() -> Ready:
        phases = Phases()
        with phases.of("plan"):
            plan = adkit.plan(f, x, op=op, sparse=True)
        dense = [c.seconds for c in plan.candidates if c.name == "dense" and c.seconds]
        return Ready(plan.jacobian, _words(plan), phases, min(dense, default=None))

    def by_hand() -> Ready:
        assert problem.hand is not None
        return Ready(problem.hand(), "", {})

    find = partial(jacobian_pattern if op == "jacobian" else hessian_pattern, f, x)
    return [
        *([] if problem.hand is None else [Contestant(HAND, True, by_hand)]),
        Contestant(ADKIT, False, lambda: Ready(transform(f, sparse=True), "", {}, find=find)),
        Contestant(PLAN, False, planned),
        Contestant(GIVEN, True, lambda: Ready(transform(f, sparse=pattern), "", {})),
    ]


def _counted(thunk: Callable[[], Any]) -> str:
    """Return all directions of a result, those of a check among them."""
    with adkit.count_sweeps() as ledger:
        thunk()
    return f"{_pair(ledger.tangents, ledger.cotangents)} in all"


def _words(plan: Any) -> str:
    chosen = plan.candidates[plan.chosen]
    if chosen.option is None:
        return str(chosen.name)
    later = "" if plan.warm is None else f", then {_pair(*plan.warm)}"
    return _pair(plan.tangents, plan.cotangents) + later


def _pair(p: int, q: int) -> str:
    parts = [f"{count} {word}" for count, word in ((p, "fwd"), (q, "rev")) if count]
    return " + ".join(parts) or "0"


def first_call(
    name: str, make: Callable[[], Ready], x: np.ndarray, settings: Settings
) -> tuple[Row, Ready]:
    """Time everything up to a first result, and return what is ready for more."""
    made: list[Ready] = []

    def run() -> None:
        made.append(make())
        made[-1].run(x)
        del made[:-1]

    return Row(name, first=repeated(run, settings)), made[-1]


def repeated(run: Callable[[], Any], settings: Settings) -> Estimate:
    """Time what is not run often: a few times, or once if it takes long."""
    clock, samples = environment.clock(), []
    while len(samples) < settings.first_rounds:
        start = clock()
        run()
        samples.append(clock() - start)
        if samples[-1] > settings.patience:
            break
    return Estimate.of(samples)


def ways(problem: Problem, pattern: Any) -> dict[str, Callable[[Any], Any]]:
    """Return adkit's other ways to the matrix, each prepared by a first call."""
    transform = getattr(adkit, problem.op)
    f, x = problem.f, problem.x
    found: dict[str, Callable[[Any], Any]] = {"all entries": transform(f, sparse=pattern)}
    if problem.op == "jacobian":
        for mode in ("forward", "reverse", "mixed"):
            plan = adkit.jacobian(f, sparse=True, mode=mode)
            with adkit.count_sweeps() as ledger:
                plan(x)
            if ledger.directions * len(x) <= 100 * LARGEST_DENSE:
                found[mode] = plan
    if np.prod(pattern.shape) <= LARGEST_DENSE:
        found["dense"] = _converted(transform(f))
    for run in found.values():
        run(x)
    return found


def _converted(transform: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Return what computes a dense matrix, and returns it as a sparse one."""
    from scipy.sparse import csr_array

    return lambda x: csr_array(transform(x))


def _time_warm(
    result: Result, ready: dict[str, Ready], pattern: Any, settings: Settings, seed: int
) -> None:
    """Time one more result of every contestant, and of adkit's other ways, in one go."""
    x, f = result.problem.x, result.problem.f
    others = ways(result.problem, pattern)
    thunks: dict[str, Callable[[], Any]] = {FUNCTION: partial(f, x)}
    thunks |= {name: partial(made.run, x) for name, made in ready.items()}
    thunks |= {f"way: {name}": partial(run, x) for name, run in others.items()}
    with heap_frozen():
        found = interleave(list(thunks.values()), settings.rounds, seed, environment.clock())
    times = dict(zip(thunks, found, strict=True))
    result.ways = {name: times[f"way: {name}"] for name in others}
    result.ways |= {name: times[name] for name in (ADKIT, PLAN)}
    result.rows = {FUNCTION: Row(FUNCTION), **result.rows}
    for name, row in result.rows.items():
        row.warm = times[name]
        row.over_function = times[name].over(times[FUNCTION])
        if HAND in times and name != FUNCTION:
            row.over_hand = times[name].over(times[HAND])


def _break_even(result: Result, estimated: float | None) -> None:
    """Fill in from how many results on the preparation of a contestant pays.

    Dense matrices are measured where they are small, else `estimated` is what one takes.
    """
    measured = result.ways.get("dense")
    dense = estimated if measured is None else measured.median
    own_row = result.rows[ADKIT]
    for name, row in result.rows.items():
        if row.first is None or row.warm is None or name == HAND:
            continue
        if dense is not None:
            row.break_even = _calls(row, dense, dense)
        if not name.startswith(ADKIT):
            assert own_row.first is not None
            assert own_row.warm is not None
            row.overtakes = _calls(row, own_row.first.median, own_row.warm.median)


def _calls(row: Row, first: float, warm: float) -> int | None:
    """Return from how many results on a row takes less time than such a first and later ones."""
    assert row.first is not None
    assert row.warm is not None
    ahead, gain = row.first.median - first, warm - row.warm.median
    if ahead <= 0:
        return 1 if gain >= 0 else None
    calls = 1 + ahead / gain if gain > 0 else inf
    return None if calls == inf else ceil(calls)


def peak_bytes(problem: Problem) -> int:
    """Return the peak of memory above the start in a first call, which is not timed."""
    tracemalloc.start()
    try:
        getattr(adkit, problem.op)(problem.f, sparse=True)(problem.x)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def check_product(problem: Problem, matrix: Any) -> None:
    """Raise Disagreement if a matrix is not the one that `jvp` or `hvp` multiplies by."""
    direction = np.random.default_rng(7).uniform(-1.0, 1.0, len(problem.x))
    f = problem.f if problem.op == "jacobian" else adkit.grad(problem.f)
    expected = adkit.jvp(f, (problem.x,), (direction,))[1]
    error = np.max(np.abs(matrix @ direction - expected), initial=0.0)
    scale = np.max(np.abs(expected), initial=0.0)
    if not error <= 1e-12 * scale:
        raise Disagreement(f"{problem.name}: a product differs by {error:.2e} of {scale:.2e}")


def compare(what: str, found: Any, expected: Any, limit: float) -> None:
    """Raise Disagreement if two matrices differ by more than `limit`, relative to the largest."""
    if found.shape != expected.shape:
        raise Disagreement(f"{what}: shape {found.shape}, not {expected.shape}")
    difference = abs(found - expected)
    error = difference.max() if difference.nnz else 0.0
    scale = abs(expected).max() if expected.nnz else 0.0
    if not error <= limit * scale:
        raise Disagreement(f"{what}: an entry differs by {error:.2e} of {scale:.2e}")


def _pattern_of(matrix: Any) -> Any:
    pattern = matrix.copy()
    pattern.data = np.ones(len(pattern.data))
    return pattern


def _line(error: Exception) -> str:
    text = str(error).strip().split("\n")[0]
    return text if len(text) <= 100 else text[:97] + "..."
