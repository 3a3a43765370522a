"""What assignments into arrays cost: ``python -m benchmarks inplace``.

Every program is a loop that writes into an array, step by step. It is compared with the same
loop's reads and arithmetic, which adds its results up instead of writing them, with the same
program in torch, and with itself over a hundred times as many rows. Times are CPU time of value
and gradient (reverse), or value and directional derivative (forward), per step of the loop.

To reach: a write step costs at most twice the reads and arithmetic; a write step on an array of
100 elements less than 1/8 of torch's; a row of 10,000 at most 5/4 of what a row of 100 costs.

Measured on one busy core (NumPy 2.4, torch 2.13; medians of several runs, us per step):

===========  =======  ======  =====  =====  ==================  ========================
program      mode     writes  reads  torch  writes over torch   10,000 rows over 100
===========  =======  ======  =====  =====  ==================  ========================
elements     reverse  3.5     3.2    30     1/9 (1/7 to 1/10)
elements     forward  1.5     1.4    170    1/110
recurrence   reverse  3.9     3.8    43     1/11 (1/8 to 1/11)
recurrence   forward  2.0     2.7    66     1/30
rows         reverse  13      10     39     1/3                 0.7 to 0.9
rows         forward  8.6     7.0    140    1/16                0.8
two rows     reverse  15      12     56     1/4                 0.8
two rows     forward  9.5     6.9    190    1/20                0.8
===========  =======  ======  =====  =====  ==================  ========================

The longer loops are cheaper per step, as their fixed costs are spread. Single elements in reverse
mode lie at the limit of 1/8. On rows of 100 elements it is out of reach in reverse mode: 1/8 of
torch is 5 us, and such a step with its derivative written out in NumPy takes 3.7 us.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable
from fractions import Fraction
from typing import Any, NamedTuple

import numpy as np

from adkit.timing import Estimate, interleave
from benchmarks import environment
from benchmarks.peers.measures import Measurement, same
from benchmarks.peers.rows import Goal, Verdict, judge
from benchmarks.peers.tools import Adkit, Tool, load
from benchmarks.progress import Progress

WIDTH = 100
MODES = ("reverse", "forward")
READS = Goal(Fraction(2), "reads")
TORCH = Goal(Fraction(1, 8), "torch")
LONG = Goal(Fraction(5, 4), "short")

Function = Callable[[Any], Any]


def kept(library: Any) -> Function:
    """Return what a program has to do to an element or a row that a rule will save.

    torch refuses to differentiate if what it saved is written over, so its users copy.
    """
    return getattr(library, "clone", lambda part: part)


def elements(library: Any, steps: int) -> Function:
    """Return ``y[i] = 2 x[i] + 0.1`` on a vector of 100, as often as there are steps."""

    def f(x: Any) -> Any:
        y = library.zeros_like(x)
        for _ in range(steps // WIDTH):
            for i in range(WIDTH):
                y[i] = x[i] * 2 + 0.1
        return y.sum()

    return f


def elements_read(library: Any, steps: int) -> Function:
    """Return the sum of ``2 x[i] + 0.1``."""

    def f(x: Any) -> Any:
        total = 0.0
        for _ in range(steps // WIDTH):
            for i in range(WIDTH):
                total = total + (x[i] * 2 + 0.1)
        return total

    return f


def recurrence(library: Any, steps: int) -> Function:
    """Return ``x[i] = x[i-1] * x[i] + 0.1`` on a vector."""
    keep = kept(library)

    def f(x: Any) -> Any:
        x = keep(x)
        for i in range(1, steps):
            x[i] = keep(x[i - 1]) * keep(x[i]) + 0.1
        return x.sum()

    return f


def recurrence_read(library: Any, steps: int) -> Function:
    """Return the sum of ``x[i-1] * x[i] + 0.1``."""

    def f(x: Any) -> Any:
        total = 0.0
        for i in range(1, steps):
            total = total + (x[i - 1] * x[i] + 0.1)
        return total

    return f


def rows(library: Any, steps: int) -> Function:
    """Return ``u[i] = 0.9 sin(u[i-1])`` on rows."""
    keep = kept(library)

    def f(x: Any) -> Any:
        u = library.zeros_like(x)
        u[0] = x[0]
        for i in range(1, steps):
            u[i] = library.sin(keep(u[i - 1])) * 0.9
        return u.sum()

    return f


def rows_read(library: Any, steps: int) -> Function:
    """Return the sum of ``0.9 sin(x[i-1])``."""

    def f(x: Any) -> Any:
        total = 0.0
        for i in range(1, steps):
            total = total + library.sin(x[i - 1]) * 0.9
        return total.sum()

    return f


def two_rows(library: Any, steps: int) -> Function:
    """Return ``u[i] = 0.4 u[i-1] u[i-2] + 0.3``: the rule of the product saves both rows."""
    keep = kept(library)

    def f(x: Any) -> Any:
        u = library.zeros_like(x)
        u[:2] = x[:2]
        for i in range(2, steps):
            u[i] = keep(u[i - 1]) * keep(u[i - 2]) * 0.4 + 0.3
        return u.sum()

    return f


def two_rows_read(library: Any, steps: int) -> Function:
    """Return the sum of ``0.4 x[i-1] x[i-2] + 0.3``."""

    def f(x: Any) -> Any:
        total = 0.0
        for i in range(2, steps):
            total = total + (x[i - 1] * x[i - 2] * 0.4 + 0.3)
        return total.sum()

    return f


class Program(NamedTuple):
    """A loop that writes, and the same without writes; ``build(library, steps)`` gives each.

    ``shape(steps)`` is that of its argument, ``goals`` are those of the writing loop.
    """

    name: str
    build: Callable[[Any, int], Function]
    reads: Callable[[Any, int], Function]
    shape: Callable[[int], tuple[int, ...]]
    goals: tuple[Goal, ...]


class Reading(NamedTuple):
    """The loop without writes of a program, as an adapter of a library takes it."""

    build: Callable[[Any, int], Function]


class Sizes(NamedTuple):
    """How many steps the loops have, and how many rounds are measured."""

    elements: int = 1_000
    rows: int = 200
    short: int = 100
    long: int = 10_000
    rounds: int = 9


QUICK = Sizes(elements=200, rows=50, short=50, long=500, rounds=3)
PROGRAMS = (
    Program("elements", elements, elements_read, lambda steps: (WIDTH,), (READS, TORCH)),
    Program("recurrence", recurrence, recurrence_read, lambda steps: (steps,), (READS, TORCH)),
    Program("rows", rows, rows_read, lambda steps: (steps, WIDTH), (READS, LONG)),
    Program("two rows", two_rows, two_rows_read, lambda steps: (steps, WIDTH), (READS, LONG)),
)


class Result(NamedTuple):
    """What was measured of a program in a mode, in us per step."""

    program: str
    mode: str
    times: dict[str, Estimate]
    verdicts: list[Verdict]


def measure(program: Program, mode: str, sizes: Sizes, adkit: Adkit, peers: list[Tool]) -> Result:
    """Measure a program beside its reads, its peers and longer loops.

    Raises
    ------
    Disagreement
        If another library computes other derivatives.
    """
    is_long = LONG in program.goals
    steps = sizes.rows if is_long else sizes.elements
    contestants = {
        "writes": _thunk(adkit, program, mode, steps),
        "reads": _thunk(adkit, Reading(program.reads), mode, steps, program.shape(steps)),
    }
    value, derivative = contestants["writes"]()
    for tool in peers:
        thunk = _thunk(tool, program, mode, steps)
        for own, theirs in zip((value, derivative), thunk(), strict=True):
            same(f"{tool.name}, {program.name}, {mode}", tool.plain(theirs), np.asarray(own))
        contestants[tool.name] = thunk
    counts = dict.fromkeys(contestants, steps)
    if is_long:
        for name, count in (("short", sizes.short), ("long", sizes.long)):
            contestants[name] = _thunk(adkit, program, mode, count)
            counts[name] = count
    taken = interleave(list(contestants.values()), sizes.rounds, clock=environment.clock())
    times = {
        name: estimate.scaled(1e6 / counts[name])
        for name, estimate in zip(contestants, taken, strict=True)
    }
    return Result(program.name, mode, times, [_judge(goal, times) for goal in program.goals])


def _thunk(
    tool: Tool,
    program: Any,
    mode: str,
    steps: int,
    shape: tuple[int, ...] | None = None,
) -> Callable[[], tuple[Any, Any]]:
    """Return a call of one mode on a program."""
    x = np.random.default_rng(0).uniform(0.1, 0.9, shape or program.shape(steps))
    if mode == "reverse":
        return tool.reverse(program, steps, x, 1.0)
    return tool.forward(program, steps, x, np.ones_like(x))


def _judge(goal: Goal, times: dict[str, Estimate]) -> Verdict:
    """Judge a goal; that of the long loop is about its own time."""
    return judge(goal, Measurement({"adkit": times["long" if goal is LONG else "writes"], **times}))


def words(goal: Goal) -> str:
    """Return a goal in words."""
    return f"at most {float(goal.limit):g} of {goal.against}"


def as_table(results: list[Result], skipped: dict[str, str]) -> str:
    """Return the results as aligned text."""
    lines = [["program", "mode", "us per step", "", "ratio", "to reach", "reached"]]
    for program, mode, times, verdicts in results:
        judged = {verdict.goal.against: verdict for verdict in verdicts}
        lines.append([program, mode, "writes", str(times["writes"]), "", "", ""])
        for name, time in times.items():
            if name in ("writes", "short"):
                continue
            against = "short" if name == "long" else name
            pair = (time, times["short"]) if name == "long" else (times["writes"], time)
            verdict = judged.get(against)
            goal = (words(verdict.goal), verdict.text()) if verdict else ("", "")
            lines.append(["", "", name, str(time), str(pair[0].over(pair[1])), *goal])
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    text = "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in lines
    )
    return text + "\n" + "".join(f"skipped {name}: {why}\n" for name, why in skipped.items())


def as_json(results: list[Result], skipped: dict[str, str]) -> str:
    """Return the results as JSON."""
    found = [
        {
            "program": program,
            "mode": mode,
            "us_per_step": {name: time.to_dict() for name, time in times.items()},
            "goals": {words(verdict.goal): verdict.reached for verdict in verdicts},
        }
        for program, mode, times, verdicts in results
    ]
    document = {"environment": environment.describe(), "skipped": skipped, "results": found}
    return json.dumps(document, indent=2) + "\n"


FORMATS = {"table": as_table, "json": as_json}


def main(arguments: list[str] | None = None) -> int:
    """Measure all programs in both modes, print a table, and return the exit code."""
    options = argparse.ArgumentParser(
        prog="python -m benchmarks inplace", description="What assignments into arrays cost."
    )
    options.add_argument("--quick", action="store_true", help="few rounds and shorter loops")
    options.add_argument("--format", choices=sorted(FORMATS), default="table")
    options.add_argument("--alone", action="store_true", help="leave torch out")
    chosen = options.parse_args(arguments)
    sizes = QUICK if chosen.quick else Sizes()
    peers, skipped = load([] if chosen.alone else ["torch"])
    adkit = Adkit()
    progress = Progress(len(PROGRAMS) * len(MODES))
    results = []
    for program in PROGRAMS:
        for mode in MODES:
            progress.step(f"{program.name}, {mode}")
            results.append(measure(program, mode, sizes, adkit, peers))
    progress.close()
    sys.stdout.write(FORMATS[chosen.format](results, skipped))
    return 0
