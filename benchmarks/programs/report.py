"""The report of ``python -m benchmarks programs``, as a table or as JSON."""

from __future__ import annotations

import json
from typing import NamedTuple

from adkit.timing import Estimate
from benchmarks import environment
from benchmarks.programs import first
from benchmarks.programs.measuring import FUNCTION, HAND, Result, Row
from benchmarks.programs.problem import Figures

HEADER = (
    *("program", "contestant", "ms", "ratio", "to reach", "reached", "was"),
    *("directions in sweeps", "peak MB", "first call s"),
)


class Report(NamedTuple):
    """Everything that was measured; `first_calls` is empty if it was not asked for."""

    results: list[Result]
    first_calls: dict[str, Estimate]
    skipped: dict[str, str]
    settings: dict[str, object]


def as_table(report: Report) -> str:
    """Return the report as aligned text."""
    lines = [list(HEADER)]
    for result in report.results:
        lines += [_cells(result, row) for row in result.rows.values()]
    lines += _first_lines(report.first_calls)
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    text = "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in lines
    )
    notes = [f"{result.problem.name}: {result.problem.about}" for result in report.results]
    notes += [
        f"{result.problem.name}: {note}" for result in report.results for note in result.notes
    ]
    notes += [f"skipped {name}: {why}" for name, why in report.skipped.items()]
    return "\n".join([text, "", *notes]) + "\n"


def _cells(result: Result, row: Row) -> list[str]:
    figures, known, goal = result.problem.figures, "", ["", ""]
    if figures is not None and row.name == result.judged:
        goal = [to_reach(figures), reached(result)]
        known = "" if figures.peer == "-" else f"peer {figures.peer}"
    elif figures is not None and row.name == HAND and figures.hand != "-":
        known = figures.hand
    return [
        result.problem.name if row.name == FUNCTION else "",
        row.name,
        str(row.seconds.scaled(1e3)),
        "1" if row.name == FUNCTION else str(row.ratio),
        *goal,
        known,
        row.directions,
        "" if row.peak_bytes is None else f"{row.peak_bytes / 1e6:.3g}",
        "" if row.first_seconds is None else f"{row.first_seconds:.3g}",
    ]


def to_reach(figures: Figures) -> str:
    """Return the figure to reach: a ratio, or a peak of memory."""
    return f"{figures.megabytes:g} MB" if figures.limit is None else f"{figures.limit:g}"


def reached(result: Result) -> str:
    """Return whether the figure is reached, and whether noise could turn that."""
    ratio, figures = result.rows[result.judged].ratio, result.problem.figures
    limit = None if figures is None else figures.limit
    noise = limit is not None and ratio.low <= limit <= ratio.high
    return ("yes" if result.reached else "NO") + (", within noise" if noise else "")


def _first_lines(first_calls: dict[str, Estimate]) -> list[list[str]]:
    """Return the lines about fresh processes, in milliseconds of CPU time."""
    lines = []
    for name, taken in first_calls.items():
        goal = ["", ""]
        if name == first.ADKIT:
            limit = first_calls[first.HAND].median + first.ALLOWANCE
            within = taken.median <= limit
            goal = [f"hand + {first.ALLOWANCE * 1e3:.0f} ms", "yes" if within else "NO"]
        title = "fresh process, first gradient" if name == first.FUNCTION else ""
        ratio = str(taken.over(first_calls[first.FUNCTION])) if title == "" else "1"
        lines.append([title, name, str(taken.scaled(1e3)), ratio, *goal, "", "", "", ""])
    return lines


def as_json(report: Report) -> str:
    """Return the report as JSON."""
    programs = [
        {
            "name": result.problem.name,
            "about": result.problem.about,
            "kind": result.problem.kind,
            "judged": result.judged,
            "to_reach": result.problem.figures and result.problem.figures._asdict(),
            "reached": result.reached,
            "rows": [row.to_dict() for row in result.rows.values()],
            "notes": result.notes,
        }
        for result in report.results
    ]
    document = {
        "schema": {"name": "adkit-programs", "version": 1},
        "environment": environment.describe(),
        "settings": report.settings,
        "programs": programs,
        "first_calls": {name: taken.to_dict() for name, taken in report.first_calls.items()},
        "skipped": report.skipped,
    }
    return json.dumps(document, indent=1) + "\n"


FORMATS = {"table": as_table, "json": as_json}
