"""`compare_modes`: what a Jacobian costs in forward and in reverse mode, counted and measured."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from adkit.common.directions import unit_directions
from adkit.common.errors import ArgumentError
from adkit.common.flat import Argnums, FlatFunction
from adkit.common.inputs import name_of
from adkit.common.sweeps import Ledger, count_sweeps
from adkit.common.tracebacks import boundary
from adkit.drivers.jacobian import jacfwd, jacrev
from adkit.drivers.plan import FORWARD_BOUND, REVERSE_BOUND, plan
from adkit.drivers.tables import aligned
from adkit.forward.pushforward import pushforward
from adkit.reverse.pullback import Recording
from adkit.timing import Estimate, Line, fit_line, interleave, tied

__all__ = ["Comparison", "ModeRow", "compare_modes"]

#: Griewank and Walther, *Evaluating Derivatives* (2nd ed., 2008), chapter 4: propagating p
#: tangents costs at most 1 + 1.5 p evaluations of the function, q cotangents 1.5 + 2.5 q.
BOUNDS = {"forward": FORWARD_BOUND, "reverse": REVERSE_BOUND}

DRIVERS = {"forward": jacfwd, "reverse": jacrev}


@dataclass(frozen=True)
class ModeRow:
    """What one mode needed for the whole Jacobian.

    Attributes
    ----------
    mode : str
        ``"forward"`` or ``"reverse"``.
    sweeps, directions : int
        Passes, and the tangents or cotangents that they carried altogether.
    primal, operations, bytes : int
        Evaluations of the function, elementary operations differentiated, and bytes that the
        tape held.
    seconds, ratio : Estimate
        Time of the Jacobian, and the same in evaluations of the function.
    cost : Line or None
        Cost of a sweep against its directions, where `compare_modes` was asked to measure it.
    """

    mode: str
    sweeps: int
    directions: int
    primal: int
    operations: int
    bytes: int
    seconds: Estimate
    ratio: Estimate
    cost: Line | None = None

    @property
    def bound(self) -> float:
        """The bound of Griewank and Walther on `ratio`; every sweep pays the constant again."""
        intercept, slope = BOUNDS[self.mode]
        return intercept * self.sweeps + slope * self.directions

    def counts(self) -> dict[str, int]:
        """Return the exact part of the row: numbers that every run repeats."""
        names = ("sweeps", "directions", "primal", "operations", "bytes")
        return {name: getattr(self, name) for name in names}

    def times(self) -> dict[str, object]:
        """Return the measured part of the row, raw samples included."""
        cost = self.cost.to_dict() if self.cost else None
        return {
            "seconds": self.seconds.to_dict(),
            "ratio": self.ratio.to_dict(),
            "bound": self.bound,
            "cost": cost,
        }


@dataclass(frozen=True)
class Comparison:
    """Both modes on one function at one point; printed, it is a table.

    Attributes
    ----------
    name : str
        Name of the function.
    function : Estimate
        Seconds of one plain evaluation.
    rows : tuple of ModeRow
        Forward, then reverse.
    chosen, reason : str
        The mode that ``plan`` prefers, and why.
    """

    name: str
    function: Estimate
    rows: tuple[ModeRow, ModeRow]
    chosen: str
    reason: str

    @property
    def forward(self) -> ModeRow:
        """The row of forward mode."""
        return self.rows[0]

    @property
    def reverse(self) -> ModeRow:
        """The row of reverse mode."""
        return self.rows[1]

    @property
    def n(self) -> int:
        """The number of inputs: directions of forward mode."""
        return self.forward.directions

    @property
    def m(self) -> int:
        """The number of outputs: directions of reverse mode."""
        return self.reverse.directions

    @property
    def faster(self) -> str:
        """``"forward"``, ``"reverse"`` or, where the times allow no order, ``"tie"``."""
        if tied(self.forward.seconds, self.reverse.seconds):
            return "tie"
        return min(self.rows, key=lambda row: row.seconds.median).mode

    @property
    def regret(self) -> float:
        """Median time of the chosen mode over that of the better one: 1 is no regret."""
        times = {row.mode: row.seconds.median for row in self.rows}
        return times[self.chosen] / min(times.values())

    def to_dict(self) -> dict[str, object]:
        """Return plain data (ready for JSON) with the exact counts apart from the times."""
        return {
            "name": self.name,
            "n": self.n,
            "m": self.m,
            "counts": {row.mode: row.counts() for row in self.rows},
            "times": {
                "function": self.function.to_dict(),
                **{row.mode: row.times() for row in self.rows},
            },
            "chosen": self.chosen,
            "reason": self.reason,
            "faster": self.faster,
            "regret": self.regret,
        }

    def __str__(self) -> str:
        """Return the comparison as a table in plain text."""
        head = ["mode", "sweeps", "directions", "primal", "operations", "tape kB"]
        head += ["ms [95 %]", "time/f [95 %]", "bound"]
        lines = [head, *(_cells(row) for row in self.rows)]
        if any(row.cost for row in self.rows):
            head.append("p directions cost")
            for line, row in zip(lines[1:], self.rows, strict=True):
                line.append(str(row.cost or "-"))
        verdict = (
            "neither mode is clearly faster"
            if self.faster == "tie"
            else (f"{self.faster} mode is faster")
        )
        return "\n".join(
            [
                f"{self.name}: R^{self.n} -> R^{self.m}, f {self.function.scaled(1e3)} ms",
                *aligned(lines),
                f"chosen: {self.chosen} ({self.reason})",
                f"measured: {verdict}; chosen over best {self.regret:.2f}",
            ]
        )


@boundary
def compare_modes(
    f: Callable[..., Any],
    *args: Any,
    argnums: Argnums = 0,
    repeat: int = 5,
    seed: int = 0,
    directions: Sequence[int] = (),
    clock: Callable[[], float] = time.perf_counter,
) -> Comparison:
    """Run the whole Jacobian of `f` in both modes; count what runs and measure what it takes.

    Parameters
    ----------
    f : callable
        Function of arrays with an array result.
    *args
        Where to differentiate it.
    argnums : int or tuple of int
        Which arguments to differentiate.
    repeat : int
        Rounds of measurement; `f` and both modes take turns in each.
    seed : int
        Seeds the order of turns and the bootstrap of the intervals.
    directions : sequence of int
        Also measure sweeps of so many directions and fit a line to their cost.  Numbers that
        exceed what the function has are left out.
    clock : callable
        Returns seconds, ``time.perf_counter`` or ``time.process_time``.

    Returns
    -------
    Comparison
        Counts, times, the mode that `plan` would choose and the reason; print it for a table.

    Raises
    ------
    ArgumentError
        If `repeat` or one of `directions` is less than one.

    Notes
    -----
    The bounds in the table, 1 + 1.5 p evaluations of `f` for p tangents and 1.5 + 2.5 q for q
    cotangents, are those of Griewank and Walther, *Evaluating Derivatives* (2008), chapter 4.

    Examples
    --------
    >>> import numpy as np
    >>> import adkit as ad
    >>> seen = ad.compare_modes(lambda x: np.sin(x[:2]), np.arange(3.0), repeat=1)
    >>> [(row.mode, row.directions) for row in seen.rows]
    [('forward', 3), ('reverse', 2)]
    """
    _check(repeat, directions)
    ledgers: dict[str, Ledger] = {}
    runs: dict[tuple[str, int], Callable[[], Any]] = {("function", 1): partial(f, *args)}
    for mode, driver in DRIVERS.items():
        whole = partial(driver(f, argnums), *args)
        with count_sweeps() as ledgers[mode]:
            whole()
        for count in sorted({count for count in directions if count < ledgers[mode].directions}):
            runs[mode, count] = partial(_sweep, mode, count, f, args, argnums)
        runs[mode, ledgers[mode].directions] = whole
    taken = dict(zip(runs, interleave(list(runs.values()), repeat, seed, clock), strict=True))
    choice = plan(f, *args, argnums=argnums)
    return Comparison(
        name=name_of(f),
        function=taken["function", 1],
        rows=(
            _row("forward", ledgers["forward"], taken),
            _row("reverse", ledgers["reverse"], taken),
        ),
        chosen=choice.mode,
        reason=choice.reason,
    )


def _check(repeat: int, directions: Sequence[int]) -> None:
    """Refuse options that make no sense."""
    if repeat < 1:
        raise ArgumentError(
            "ADK106",
            f"repeat must be at least 1, not {repeat}",
            instead="more repetitions give narrower intervals",
        )
    if any(count < 1 for count in directions):
        raise ArgumentError(
            "ADK106",
            f"directions must be at least 1, not {min(directions)}",
            instead="without it, the numbers that a Jacobian takes are measured",
        )


def _row(mode: str, ran: Ledger, taken: Mapping[tuple[str, int], Estimate]) -> ModeRow:
    """Return the row of `mode` from its counts and the times of runs by (mode, directions)."""
    function = taken["function", 1]
    ratios = {count: time.over(function) for (kind, count), time in taken.items() if kind == mode}
    sweeps = ran.forward + ran.reverse
    # A Jacobian in several sweeps pays the constant several times: it is no point of the line.
    line = {
        count: ratio for count, ratio in ratios.items() if count < ran.directions or sweeps == 1
    }
    return ModeRow(
        mode=mode,
        sweeps=sweeps,
        directions=ran.directions,
        primal=ran.primal,
        operations=ran.operations,
        bytes=ran.bytes,
        seconds=taken[mode, ran.directions],
        ratio=ratios[ran.directions],
        cost=fit_line(line),
    )


def _sweep(
    mode: str, count: int, f: Callable[..., Any], args: tuple[Any, ...], argnums: Argnums
) -> None:
    """Run one sweep of the first `count` unit directions, the evaluation of `f` included."""
    flat = FlatFunction(f, args, argnums)
    if mode == "forward":
        seeds = unit_directions(flat.leaves, 0, count)
        pushforward(flat, flat.leaves, seeds, count)
    else:
        recording = Recording(flat, flat.leaves)
        recording.pull(unit_directions(recording.results, 0, count), count)


def _cells(row: ModeRow) -> list[str]:
    """Return a row of the printed table."""
    counts = [row.sweeps, row.directions, row.primal, row.operations]
    return [
        row.mode,
        *map(str, counts),
        f"{row.bytes / 1e3:.1f}",
        str(row.seconds.scaled(1e3)),
        str(row.ratio),
        f"{row.bound:.3g}",
    ]
