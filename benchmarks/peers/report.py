"""The report: a plain table, JSON or Markdown."""

from __future__ import annotations

import json
import platform
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from adkit.timing import Estimate
from benchmarks.environment import describe, threads
from benchmarks.peers.measures import Measurement, Settings
from benchmarks.peers.rows import Row, Verdict

SCHEMA = 1
COLUMNS = ("row", "unit", "adkit", "beside", "to reach", "measured [95 %]", "reached")


@dataclass
class Result:
    """A row with what was measured and what came of its goals."""

    row: Row
    measurement: Measurement
    verdicts: list[Verdict]


@dataclass
class Report:
    """Everything that one run found."""

    settings: Settings
    versions: dict[str, str]
    skipped: dict[str, str]
    results: list[Result]

    def verdicts(self) -> list[tuple[str, bool | None]]:
        """Return every judged statement with its outcome: goals with a limit, and checks."""
        found: list[tuple[str, bool | None]] = []
        for result in self.results:
            found += [
                (f"{result.row.name}: {verdict.goal.text()}", verdict.reached)
                for verdict in result.verdicts
                if verdict.goal.limit is not None
            ]
            found += [
                (f"{result.row.name}: {check.text}", check.holds)
                for check in result.measurement.checks
            ]
        return found


def as_table(report: Report) -> str:
    """Return the report as aligned text."""
    lines = [list(COLUMNS), *cells(report)]
    widths = [max(len(line[i]) for line in lines) for i in range(len(COLUMNS))]
    lines.insert(1, ["-" * width for width in widths])
    table = [
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in lines
    ]
    return "\n".join([heading(report), "", *table, "", *remarks(report), ""])


def as_markdown(report: Report) -> str:
    """Return the report as a Markdown table."""
    lines = [list(COLUMNS), ["---"] * len(COLUMNS), *cells(report)]
    table = ["| " + " | ".join(line) + " |" for line in lines]
    notes = [f"- {remark}" for remark in remarks(report)]
    return "\n".join([heading(report), "", *table, "", *notes, ""])


def as_json(report: Report) -> str:
    """Return the report as JSON, with counts apart from times and all raw samples."""
    document = {
        "schema": SCHEMA,
        "environment": describe() | {"clock": "process_time", "tools": report.versions},
        "settings": report.settings._asdict(),
        "skipped": report.skipped,
        "rows": [_row_document(result) for result in report.results],
    }
    return json.dumps(document, indent=2) + "\n"


FORMATS: dict[str, Callable[[Report], str]] = {
    "table": as_table,
    "json": as_json,
    "md": as_markdown,
}


def heading(report: Report) -> str:
    """Return one line about what was compared, and how."""
    tools = ", ".join(f"{name} {version}" for name, version in report.versions.items())
    return (
        f"{tools}; Python {platform.python_version()}, NumPy {np.__version__}\n"
        f"CPU time, medians of {report.settings.rounds} interleaved rounds with 95 % bootstrap "
        f"intervals; BLAS threads: {threads()}"
    )


def cells(report: Report) -> list[list[str]]:
    """Return the cells: one line for each goal of a row, names only on the first."""
    lines = []
    for result in report.results:
        medians = {
            name: number(estimate.median) for name, estimate in result.measurement.estimates.items()
        }
        own = medians.pop("adkit")
        beside = ", ".join(f"{name} {value}" for name, value in medians.items())
        first = [result.row.name, result.row.unit, own, beside]
        for verdict in result.verdicts:
            measured = interval(verdict.measured) if verdict.measured else "-"
            lines.append([*first, verdict.goal.text(), measured, verdict.text()])
            first = [""] * len(first)
    return lines


def remarks(report: Report) -> list[str]:
    """Return what the table cannot say: skipped tools, checks, notes and a summary."""
    lines = []
    if any("hand" in result.measurement.estimates for result in report.results):
        lines.append("hand: the same derivative written out in NumPy, without a library")
    lines += [f"skipped {name}: {why}" for name, why in report.skipped.items()]
    for result in report.results:
        group = result.row.name.split("/")[0]
        lines += [f"{group}: {note}" for note in result.measurement.notes]
        lines += [
            f"{result.row.name}: {check.text}: {'yes' if check.holds else 'NO'}"
            for check in result.measurement.checks
        ]
    return [*dict.fromkeys(lines), *_summary(report)]


def _summary(report: Report) -> list[str]:
    outcomes = [reached for _, reached in report.verdicts() if reached is not None]
    open_count = sum(reached is None for _, reached in report.verdicts())
    lines = [f"{sum(outcomes)} of {len(outcomes)} figures reached"]
    if open_count:
        lines.append(f"{open_count} figures not compared")
    missed = [f"not reached: {text}" for text, reached in report.verdicts() if reached is False]
    return lines + missed + _floors(report)


def _floors(report: Report) -> list[str]:
    """Name the missed figures that derivatives written by hand miss too."""
    lines = []
    for result in report.results:
        hand = result.measurement.estimates.get("hand")
        for goal, _, reached, _ in result.verdicts:
            if hand is None or reached is not False or goal.against is None or goal.limit is None:
                continue
            floor = hand.over(result.measurement.estimates[goal.against])
            if floor.median > goal.limit:
                lines.append(
                    f"{result.row.name}: NumPy by hand takes {interval(floor)} of {goal.against}, "
                    "so the figure lies below what NumPy itself takes"
                )
    return lines


def number(value: float) -> str:
    """Return a number with three significant digits, or as a whole number from 100 on."""
    return f"{value:,.0f}" if value >= 100 else f"{value:#.3g}".rstrip(".")


def interval(found: Estimate) -> str:
    """Return an estimate with its interval, which is left out where it has no width."""
    if found.low == found.high:
        return number(found.median)
    return f"{number(found.median)} [{number(found.low)}, {number(found.high)}]"


def _row_document(result: Result) -> dict[str, Any]:
    measurement = result.measurement
    return {
        "name": result.row.name,
        "counts": measurement.counts,
        "unit": result.row.unit,
        "measured": {name: estimate.to_dict() for name, estimate in measurement.estimates.items()},
        "goals": [_goal_document(verdict) for verdict in result.verdicts],
        "checks": [check._asdict() for check in measurement.checks],
        "notes": measurement.notes,
    }


def _goal_document(verdict: Verdict) -> dict[str, Any]:
    goal = verdict.goal
    return {
        "text": goal.text(),
        "against": goal.against,
        "limit": None if goal.limit is None else float(goal.limit),
        "measured": None if verdict.measured is None else verdict.measured.to_dict(),
        "reached": verdict.reached,
        "within_noise": verdict.reached is not None and not verdict.certain,
    }
