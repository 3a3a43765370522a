"""The report of ``python -m benchmarks programs``, as a table or as JSON."""

from __future__ import annotations

import json
from typing import NamedTuple

from adkit.timing import Estimate
from benchmarks import environment
from benchmarks.programs import first
from benchmarks.programs.measuring import FUNCTION, HAND, Result, Row

HEADER = (
    *("program", "contestant", "ms", "ratio", "to reach", "reached"),
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
    figures = result.problem.figures
    reach = reached = ""
    if figures is not None and row.name == result.judged:
        reach, reached = (str(part) for part in goal(result))
    elif figures is not None and row.name == HAND and figures.hand != "-":
        reach = f"(was {figures.hand})"
    peak = "" if row.peak_bytes is None else f"{row.peak_bytes / 1e6:.3g}"
    return [
        result.problem.name if row.name == FUNCTION else "",
        row.name,
        str(row.seconds.scaled(1e3)),
        "1" if row.name == FUNCTION else str(row.ratio),
        reach,
        reached,
        row.directions,
        peak,
        "" if row.first_seconds is None else f"{row.first_seconds:.3g}",
    ]


def goal(result: Result) -> tuple[str, str]:
    """Return what is to reach, with the best eager peer when it was set, and whether it is."""
    figures = result.problem.figures
    if figures is None:
        return "", ""
    if figures.limit is None:
        peak = (result.rows[result.judged].peak_bytes or 0) / 1e6
        return f"{figures.megabytes:g} MB", "yes" if peak <= (figures.megabytes or 0) else "NO"
    ratio = result.rows[result.judged].ratio
    noise = "" if not ratio.low <= figures.limit <= ratio.high else ", within noise"
    peer = "" if figures.peer == "-" else f" (best eager peer was {figures.peer})"
    return f"{figures.limit:g}{peer}", ("yes" if result.reached else "NO") + noise


def _first_lines(first_calls: dict[str, Estimate]) -> list[list[str]]:
    """Return the lines about fresh processes, in milliseconds of CPU time."""
    lines = []
    for name, taken in first_calls.items():
        reach = reached = ""
        if name == first.ADKIT:
            limit = first_calls[first.HAND].median + first.ALLOWANCE
            reach = f"hand + {first.ALLOWANCE * 1e3:.0f} ms"
            reached = "yes" if taken.median <= limit else "NO"
        title = "fresh process, first gradient" if name == first.FUNCTION else ""
        ratio = str(taken.over(first_calls[first.FUNCTION])) if title == "" else "1"
        lines.append([title, name, str(taken.scaled(1e3)), ratio, reach, reached, "", "", ""])
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
