"""What Taylor coefficients cost as the order grows: ``python -m benchmarks taylor``.

Operations and CPU time of `adkit.taylor`, of as many nested levels of forward mode, and of
JAX's jet where it is installed (equations of its program; time of the compiled one, without
compiling). Operations of adkit are counted one level below: what a Dual around the sweep sees.
To reach: the operations of orders 4 and 8 grow at most by 4, those of nested modes by 3 with
each order; fewer than JAX's jet has equations.

Measured on one busy core (NumPy 2.4, JAX 0.10), operations for ``sin(x exp(x)) tanh(x)``, and
microseconds of CPU on 10,000 points:

=====  ======  ======  =======  ==========  =========  =========
order  taylor  nested  JAX jet  JAX nested  taylor us  nested us
=====  ======  ======  =======  ==========  =========  =========
1      22      18      51       18          330        290
2      61      54      107      55          690        610
4      141     465     273      468         970        3,000
6      253     3,981   511      3,986       1,800      18,000
8      397     34,533  821      34,540      3,600      180,000
=====  ======  ======  =======  ==========  =========  =========

On a single number, where time is that of Python, nested modes are faster up to order 3.
"""

from __future__ import annotations

import importlib
import json
import math
import sys
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

import adkit as ad
from adkit.timing import Estimate, interleave
from benchmarks import environment
from benchmarks.options import OneLineParser
from benchmarks.peers.measures import same
from benchmarks.progress import Progress

ORDERS = range(1, 9)
#: Nested levels are run up to this order where time is short.
QUICK_ORDERS = range(1, 6)
ROUNDS = 7
QUICK_ROUNDS = 3
WIDTH = 100

Function = Callable[[Any], Any]


def composed(library: Any) -> Function:
    """Return a function of all points of an array at once."""
    return lambda x: library.sin(x * library.exp(x)) * library.tanh(x)


def network(library: Any) -> Function:
    """Return two layers of a network, with tanh."""
    weights = np.random.default_rng(0).standard_normal((2, WIDTH, WIDTH)) / WIDTH**0.5
    return lambda x: library.tanh(weights[1] @ library.tanh(weights[0] @ x))


class Program(NamedTuple):
    """A function, built for NumPy or JAX, and the point where it is expanded."""

    name: str
    build: Callable[[Any], Function]
    point: Any


PROGRAMS = (
    Program("composed, a number", composed, 0.4),
    Program("composed, 10,000 points", composed, np.linspace(-1, 1, 10_000)),
    Program("network of 100", network, np.linspace(-1, 1, WIDTH)),
)


class Row(NamedTuple):
    """What an order takes: operations, and times in us."""

    program: str
    order: int
    operations: dict[str, int]
    times: dict[str, Estimate]


def by_taylor(f: Function, x: Any, v: Any, order: int) -> Any:
    """Return the highest coefficient, of all in one sweep."""
    return ad.taylor(f, x, v, order)[order]


def by_nesting(f: Function, x: Any, v: Any, order: int) -> Any:
    """Return the highest coefficient, by one level of forward mode for each order."""

    def derivative(x: Any, k: int) -> Any:
        return f(x) if k == 0 else ad.jvp(lambda x: derivative(x, k - 1), (x,), (v,))[1]

    return derivative(x, order) / math.factorial(order)


WAYS = {"taylor": by_taylor, "nested": by_nesting}


def operations(way: Callable[..., Any], f: Function, x: Any, order: int) -> int:
    """Return how many operations a Dual around a derivative sees."""
    point = ad.Dual(x, np.ones_like(x)[()])
    direction = ad.Dual(np.ones_like(x)[()], np.zeros_like(x)[()])
    before = point.level.operations
    way(f, point, direction, order)
    return int(point.level.operations - before)


class Jax:
    """JAX's jet and its nested forward mode."""

    def __init__(self) -> None:
        """Import JAX, for numbers of double precision on the processor."""
        self.jax = importlib.import_module("jax")
        self.jax.config.update("jax_enable_x64", True)
        self.jax.config.update("jax_platforms", "cpu")
        self.numpy = importlib.import_module("jax.numpy")
        self.jet = importlib.import_module("jax.experimental.jet").jet

    def by_jet(self, f: Function, x: Any, order: int) -> Function:
        """Return a function that computes the highest coefficient."""
        one = np.ones_like(x) if np.ndim(x) else 1.0
        zero = 0 * one

        def coefficient(x: Any) -> Any:
            series = [one, *[zero] * (order - 1)]
            return self.jet(f, (x,), (series,))[1][-1] / math.factorial(order)

        return coefficient

    def by_nesting(self, f: Function, x: Any, order: int) -> Function:
        """Return a function that computes it by nested levels."""
        one = np.ones_like(x) if np.ndim(x) else 1.0

        def derivative(k: int) -> Function:
            below = f if k == 0 else derivative(k - 1)
            return below if k == 0 else lambda x: self.jax.jvp(below, (x,), (one,))[1]

        return derivative(order)

    def equations(self, function: Function, x: Any) -> int:
        """Return the length of the program that JAX makes of a function."""
        return len(self.jax.make_jaxpr(function)(x).jaxpr.eqns)

    def compiled(self, function: Function, x: Any) -> Callable[[], Any]:
        """Return a call of the compiled function."""
        run = self.jax.jit(function)
        return lambda: self.jax.block_until_ready(run(x))


def load() -> tuple[Jax | None, dict[str, str]]:
    """Return JAX, or why it is left out."""
    try:
        return Jax(), {}
    except ImportError as error:
        return None, {"JAX": str(error)}


def measure(program: Program, order: int, rounds: int, jax: Jax | None) -> Row:
    """Count and time the ways to a coefficient.

    Raises
    ------
    Disagreement
        If they give different ones.
    """
    f, x = program.build(np), program.point
    v = np.ones_like(x)[()]
    counts = {name: operations(way, f, x, order) for name, way in WAYS.items()}
    thunks: dict[str, Callable[[], Any]] = {
        name: (lambda way=way: way(f, x, v, order)) for name, way in WAYS.items()
    }
    if jax is not None:
        other = program.build(jax.numpy)
        jet = jax.by_jet(other, x, order)
        counts["JAX jet"] = jax.equations(jet, x) - 1  # but for the division by k!
        counts["JAX nested"] = jax.equations(jax.by_nesting(other, x, order), x)
        thunks["JAX jet, compiled"] = jax.compiled(jet, x)
    first = np.asarray(thunks["taylor"]())
    for name, thunk in thunks.items():
        same(f"{name}, {program.name}, order {order}", np.asarray(thunk()), first)
    taken = interleave(list(thunks.values()), rounds, clock=environment.clock())
    times = {name: t.scaled(1e6) for name, t in zip(thunks, taken, strict=True)}
    return Row(program.name, order, counts, times)


def verdicts(rows: list[Row]) -> dict[str, bool | None]:
    """Return which goals were reached, None of those that were not measured."""
    counts = {(row.program, row.order): row.operations for row in rows}
    grown = [
        counts[name, 2 * order]["taylor"] <= 4 * counts[name, order]["taylor"]
        for name, order in counts
        if (name, 2 * order) in counts and order > 1
    ]
    jets = [row.operations["taylor"] < row.operations["JAX jet"] for row in rows if _has_jet(row)]
    return {
        "twice the order takes at most 4 times the operations": all(grown) if grown else None,
        "fewer operations than JAX's jet": all(jets) if jets else None,
    }


def _has_jet(row: Row) -> bool:
    return "JAX jet" in row.operations


def as_table(rows: list[Row], skipped: dict[str, str]) -> str:
    """Return the results as aligned text."""
    counted, timed = list(rows[0].operations), list(rows[0].times)
    lines = [["program", "order", *(f"ops {n}" for n in counted), *(f"us {n}" for n in timed)]]
    before = None
    for row in rows:
        name = "" if row.program == before else row.program
        before = row.program
        cells = [f"{row.operations[n]:,}" for n in counted] + [str(row.times[n]) for n in timed]
        lines.append([name, str(row.order), *cells])
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    text = "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in lines
    )
    words = {True: "reached", False: "NOT REACHED", None: "not measured"}
    goals = "".join(f"{words[found]}: {goal}\n" for goal, found in verdicts(rows).items())
    return f"{text}\n{goals}" + "".join(f"skipped {n}: {why}\n" for n, why in skipped.items())


def as_json(rows: list[Row], skipped: dict[str, str]) -> str:
    """Return the results as JSON."""
    found = [
        {
            "program": row.program,
            "order": row.order,
            "operations": row.operations,
            "us": {name: time.to_dict() for name, time in row.times.items()},
        }
        for row in rows
    ]
    document = {
        "environment": environment.describe(),
        "skipped": skipped,
        "goals": verdicts(rows),
        "results": found,
    }
    return json.dumps(document, indent=2) + "\n"


FORMATS = {"table": as_table, "json": as_json}


def main(arguments: list[str] | None = None) -> int:
    """Measure all programs at all orders, print a table, and return the exit code."""
    options = OneLineParser(
        prog="python -m benchmarks taylor", description="What Taylor coefficients cost."
    )
    options.add_argument("--quick", action="store_true", help="few rounds, orders up to 5")
    options.add_argument("--format", choices=sorted(FORMATS), default="table")
    options.add_argument("--alone", action="store_true", help="leave JAX out")
    chosen = options.parse_args(arguments)
    orders, rounds = (QUICK_ORDERS, QUICK_ROUNDS) if chosen.quick else (ORDERS, ROUNDS)
    jax, skipped = (None, {}) if chosen.alone else load()
    progress = Progress(len(PROGRAMS) * len(orders))
    rows = []
    for program in PROGRAMS:
        for order in orders:
            progress.step(f"{program.name}, order {order}")
            rows.append(measure(program, order, rounds, jax))
    progress.close()
    sys.stdout.write(FORMATS[chosen.format](rows, skipped))
    return 0
