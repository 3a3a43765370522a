"""Time against memory along the binomial curve: ``python -m benchmarks checkpoints``.

The gradient of a recurrence of 200 steps on 100,000 elements, with all steps on the tape and as a
checkpointed loop with one to a hundred snapshots. Bytes are peaks above the start; times are CPU
time over that of the function. Runs of steps are counted, and compared with the published optimum:
``r * l - binomial(s + r, s + 1)`` for l steps and s snapshots (Griewank and Walther 2000), besides
the l that are recorded and the last one's value.

Measured on one busy core (NumPy 2.4; peaks and counts are exact, times good to a fifth):

===========  =======  ===========  ======================
snapshots    peak MB  steps again  time over the function
===========  =======  ===========  ======================
all on tape  163      0            2.5 to 4.9
50           45.6     349          5.7
19           20.8     380          5.5
10           13.6     523          6.6
5            9.61     791          8.7
2            7.21     2,471        21
===========  =======  ===========  ======================

The time of the whole tape is the larger one where the allocator gives its memory back in between.
"""

from __future__ import annotations

import json
import math
import sys
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

import adkit
from adkit.timing import Estimate, interleave
from benchmarks import environment, heatmap
from benchmarks.options import OneLineParser, positive
from benchmarks.programs.measuring import peak_bytes, settle_memory
from benchmarks.programs.recurrence import checkpointed, recurrence
from benchmarks.progress import Progress

INK, TEAL, BRICK = "#222222", "#0f6e7c", "#a63d2f"


class Sizes(NamedTuple):
    """How much is measured."""

    elements: int = 100_000
    steps: int = 200
    snapshots: tuple[int, ...] = (100, 50, 19, 10, 7, 5, 4, 3, 2)
    rounds: int = 5


QUICK = Sizes(elements=2_000, steps=50, snapshots=(25, 9, 3), rounds=2)


class Row(NamedTuple):
    """What was measured with a number of snapshots; None is the whole tape.

    Attributes
    ----------
    snapshots : int or None
    peak : int
        Bytes above the start.
    repeated, optimum : int
        Runs of steps beyond the first, counted and by the formula.
    ratio : Estimate
        Time over that of the function.
    """

    snapshots: int | None
    peak: int
    repeated: int
    optimum: int
    ratio: Estimate


def fewest(steps: int, snapshots: int) -> int:
    """Return the runs of steps beyond the first that the published optimum takes."""
    runs = 0
    while math.comb(snapshots + runs, snapshots) < steps:
        runs += 1
    return runs * steps - math.comb(snapshots + runs, snapshots + 1) + 1


def measure(sizes: Sizes, progress: Progress) -> list[Row]:
    """Measure the whole tape and every number of snapshots."""
    x = np.random.default_rng(0).standard_normal(sizes.elements)
    steps = sizes.steps
    thunks: dict[int | None, Any] = {None: lambda: adkit.grad(recurrence)(x, steps)}
    for s in sizes.snapshots:
        thunks[s] = lambda s=s: adkit.grad(checkpointed)(x, steps, snapshots=s)
    expected = thunks[None]()
    rows = []
    peaks, counts = {}, {}
    for s, thunk in thunks.items():
        progress.step("the whole tape" if s is None else f"{s} snapshots")
        with adkit.count_sweeps() as ran:
            found = thunk()
        np.testing.assert_allclose(found, expected, rtol=1e-12)
        counts[s], peaks[s] = ran.repeated, peak_bytes(thunk)
    progress.step("times")
    everything = [lambda: recurrence(x, steps), *thunks.values()]
    unit, *times = interleave(everything, sizes.rounds, clock=environment.clock())
    for (s, peak), time in zip(peaks.items(), times, strict=True):
        optimum = 0 if s is None else fewest(steps, s)
        rows.append(Row(s, peak, counts[s], optimum, time.over(unit)))
    return rows


def as_table(rows: list[Row]) -> str:
    """Return the rows as aligned text."""
    lines = [["snapshots", "peak MB", "steps run again", "optimum", "time over the function"]]
    for row in rows:
        name = "all on tape" if row.snapshots is None else str(row.snapshots)
        counts = [f"{row.repeated:,}", f"{row.optimum:,}"]
        lines.append([name, f"{row.peak / 1e6:.3g}", *counts, str(row.ratio)])
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return "".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        + "\n"
        for line in lines
    )


def as_json(rows: list[Row]) -> str:
    """Return the rows as JSON."""
    found = [{**row._asdict(), "ratio": row.ratio.to_dict()} for row in rows]
    document = {"environment": environment.describe(), "rows": found}
    return json.dumps(document, indent=2) + "\n"


FORMATS = {"table": as_table, "json": as_json}


def save(rows: list[Row], path: Path) -> None:
    """Draw time against bytes into a file, whose suffix tells the format."""
    from matplotlib.figure import Figure
    from matplotlib.ticker import LogLocator, NullFormatter

    figure = Figure(figsize=(7.0, 4.4), layout="constrained")
    axes = figure.add_subplot()
    curve = [row for row in rows if row.snapshots is not None]
    whole = next(row for row in rows if row.snapshots is None)
    megabytes = [row.peak / 1e6 for row in curve]
    axes.plot(megabytes, [row.ratio.median for row in curve], "-o", color=TEAL, markersize=5)
    axes.plot(whole.peak / 1e6, whole.ratio.median, "s", color=BRICK, markersize=7)
    axes.annotate(
        "all on tape", (whole.peak / 1e6, whole.ratio.median), (-8, 8),
        textcoords="offset points", ha="right", color=BRICK,
    )  # fmt: skip
    for row in curve:
        axes.annotate(
            f"{row.snapshots}", (row.peak / 1e6, row.ratio.median), (5, 4),
            textcoords="offset points", color=INK, fontsize=9,
        )  # fmt: skip
    for name, axis in (("x", axes.xaxis), ("y", axes.yaxis)):
        axes.set(**{f"{name}scale": "log"})
        axis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
        axis.set_major_formatter("{x:g}")
        axis.set_minor_formatter(NullFormatter())
    axes.set_xlabel("peak of memory above the start, MB")
    axes.set_ylabel("time of the gradient over the function")
    axes.set_title("Binomial checkpoints: by number of snapshots", fontsize=11, color=INK)
    axes.grid(which="both", color="#dddddd", linewidth=0.6)
    axes.set_axisbelow(True)
    figure.savefig(path, dpi=150)


def main(arguments: list[str] | None = None) -> int:
    """Measure, print a table, draw the curve if asked, and return the exit code."""
    parser = OneLineParser(
        prog="python -m benchmarks checkpoints",
        description="Time against memory of a checkpointed loop.",
    )
    parser.add_argument("--quick", action="store_true", help="a short loop on few elements")
    parser.add_argument("--rounds", type=positive, metavar="K", help="of measurement")
    parser.add_argument("--format", choices=sorted(FORMATS), default="table")
    parser.add_argument("--plot", type=Path, metavar="FILE", help="draw: .png, .svg or .pdf")
    options = parser.parse_args(arguments)
    if options.plot is not None:
        try:
            heatmap.require_matplotlib()
        except heatmap.MissingMatplotlibError as error:
            parser.error(str(error))
        if options.plot.suffix not in (".png", ".svg", ".pdf"):
            parser.error(f"--plot: {options.plot} is no .png, .svg or .pdf file")
    sizes = QUICK if options.quick else Sizes()
    if options.rounds is not None:
        sizes = sizes._replace(rounds=options.rounds)
    settle_memory()
    progress = Progress(len(sizes.snapshots) + 2)
    rows = measure(sizes, progress)
    progress.close()
    sys.stdout.write(FORMATS[options.format](rows))
    if options.plot is not None:
        save(rows, options.plot)
    return 0
