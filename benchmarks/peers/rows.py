"""The rows of the comparison, and the figure that each is to reach."""

from __future__ import annotations

from fractions import Fraction
from typing import NamedTuple

from adkit.timing import Estimate
from benchmarks.peers.chains import MIXED, OPERATORS, Chain
from benchmarks.peers.measures import (
    DIRECTIONS,
    LENGTH,
    Measure,
    Measurement,
    Settings,
    chain_derivative,
    chain_length,
    import_time,
    many_directions,
    tape_memory,
)

SIZES = {"float": None, "n=10": 10, "n=1000": 1_000}
REVERSE_PARTS = {"float": Fraction(1, 8), "n=10": Fraction(1, 5), "n=1000": Fraction(1, 3)}
LENGTH_GROWTH = Fraction(12, 10)  # a long chain may cost this much more per operation


class Goal(NamedTuple):
    """A figure that adkit is to reach: a limit on its own, or on its ratio to another's.

    ``limit`` is None where a ratio is of interest but no figure was set.  ``strict`` means
    below, not at most.
    """

    limit: Fraction | None
    against: str | None = None
    strict: bool = False

    def text(self) -> str:
        """Return the goal in words."""
        if self.limit is None:
            return f"(beside {self.against}: no figure set)"
        if self.strict:
            return f"ahead of {self.against}"
        limit = str(self.limit) if self.limit < 1 else f"{float(self.limit):,.0f}"
        if self.against is None:
            return f"at most {limit}"
        times = "of" if self.limit < 1 else "times"
        return f"at most {limit} {times} {self.against}"


FORWARD_GOAL = Goal(Fraction(1, 3), "autograd")


class Verdict(NamedTuple):
    """What came of a goal; ``measured`` and ``reached`` are None where nothing was compared."""

    goal: Goal
    measured: Estimate | None
    reached: bool | None
    certain: bool  # the whole interval lies on one side of the limit

    def text(self) -> str:
        """Return the verdict in a word or two."""
        if self.measured is None:
            return "not compared"
        if self.reached is None:
            return "-"
        return ("yes" if self.reached else "NO") + ("" if self.certain else ", within noise")


class Row(NamedTuple):
    """One row: its name, unit and goals, and how it is measured."""

    name: str
    unit: str
    measure: Measure
    goals: tuple[Goal, ...] = ()


def rows(settings: Settings) -> list[Row]:
    """Return all rows in the order in which they are printed."""
    chains = [(chain, size) for chain in (MIXED, OPERATORS) for size in SIZES]
    one_sweep = Goal(Fraction(1, 5), f"{DIRECTIONS} sweeps")
    second = chain_derivative("second", MIXED, None)
    growth = LENGTH_GROWTH * settings.long_length / LENGTH
    return [
        *(_chain_row("reverse", *chain, _reverse_goals(*chain)) for chain in chains),
        *(_chain_row("forward", *chain, (FORWARD_GOAL,)) for chain in chains),
        Row("directions/forward", "ms", many_directions("forward"), (one_sweep,)),
        Row("directions/reverse", "ms", many_directions("reverse"), (one_sweep,)),
        Row("second/float/mixed", "us/op", second, (Goal(Fraction(1, 10), "autograd"),)),
        Row("memory/float/mixed", "bytes/op", tape_memory, (Goal(Fraction(250)),)),
        Row("length/float/mixed", "ms", chain_length, (Goal(growth, f"{LENGTH:,} operations"),)),
        Row("import", "ms", import_time, (Goal(Fraction(60)),)),
    ]


def _chain_row(mode: str, chain: Chain, size: str, goals: tuple[Goal, ...]) -> Row:
    measure = chain_derivative(mode, chain, SIZES[size])
    return Row(f"{mode}/{size}/{chain.name}", "us/op", measure, goals)


def _reverse_goals(chain: Chain, size: str) -> tuple[Goal, ...]:
    """Return the goals of reverse mode; at n = 1,000 figures were set for operators only."""
    if size == "n=1000" and chain is MIXED:
        return (Goal(None, "autograd"), Goal(None, "torch"))
    return (Goal(REVERSE_PARTS[size], "autograd"), Goal(Fraction(1), "torch", strict=True))


def judge(goal: Goal, measurement: Measurement) -> Verdict:
    """Compare a measurement with a goal."""
    measured = measurement.estimates["adkit"]
    if goal.against is not None:
        if goal.against not in measurement.estimates:
            return Verdict(goal, None, None, certain=False)
        measured = measured.over(measurement.estimates[goal.against])
    if goal.limit is None:
        return Verdict(goal, measured, None, certain=False)
    limit = float(goal.limit)
    reached = measured.median < limit if goal.strict else measured.median <= limit
    return Verdict(goal, measured, reached, certain=not measured.low <= limit <= measured.high)


def select(available: list[Row], patterns: list[str]) -> list[Row]:
    """Return the rows that a pattern names: a whole name or its first parts (``reverse/float``).

    Raises
    ------
    ValueError
        If a pattern names no row.
    """
    for pattern in patterns:
        if not any(_names(pattern, row.name) for row in available):
            groups = ", ".join(dict.fromkeys(row.name.split("/")[0] for row in available))
            raise ValueError(
                f"argument --only: no row is called {pattern!r}; the groups of rows are {groups}"
            )
    return [row for row in available if any(_names(pattern, row.name) for pattern in patterns)]


def _names(pattern: str, name: str) -> bool:
    return name == pattern or name.startswith(pattern.rstrip("/") + "/")
