"""The report of ``python -m benchmarks sparse``, as tables or as JSON."""

from __future__ import annotations

import json
from typing import NamedTuple

from adkit.timing import Estimate
from benchmarks import environment
from benchmarks.figures import short
from benchmarks.sparse.measuring import FUNCTION, PLAN, Result, Row
from benchmarks.sparse.problem import Directions

COUNTS = (
    *("problem", "size", "entries", "changing", "all", "expected", "later", "expected"),
    *("at least", "proved", "known", "why another number"),
)
TIMES = (
    *(
        "problem",
        "contestant",
        "pattern",
        "directions",
        "pattern ms",
        "first ms",
        "warm ms",
        "/ function",
    ),
    *("/ by hand", "pays from", "overtakes from", "bytes/entry", "regret"),
)


TITLE = """\
Directions, without the one that checks each result. Proved: that no fewer are possible for all
entries, in one mode, or for those that change.
"""


class Report(NamedTuple):
    """Everything that was counted and measured."""

    results: list[Result]
    skipped: dict[str, str]
    settings: dict[str, object]

    @property
    def wrong(self) -> list[str]:
        """Where counts are not the answers."""
        return [line for result in self.results for line in result.counts.wrong]


def as_table(report: Report) -> str:
    """Return the report as aligned text."""
    parts = [TITLE]
    parts.append(_aligned([COUNTS, *(_count_cells(result) for result in report.results)]))
    rows = [
        _time_cells(result, row)
        for result in report.results
        for row in result.rows.values()
        if row.warm is not None
    ]
    if rows:
        parts.append("\nTimes\n")
        parts.append(_aligned([TIMES, *rows]))
    return "\n".join([*parts, "", *_notes(report)]) + "\n"


def _aligned(lines: list[tuple[str, ...]]) -> str:
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in lines
    )


def _count_cells(result: Result) -> tuple[str, ...]:
    counts, answer = result.counts, result.problem.answer
    found = counts.found
    one_mode = counts.certificate.startswith("optimal of its class")
    proofs = {"all": found.optimal, "one mode": one_mode, "later": found.later_optimal}
    proved = [name for name, holds in proofs.items() if holds]
    return (
        result.problem.name,
        f"{counts.shape[0]} x {counts.shape[1]}",
        str(counts.nnz),
        str(counts.varying),
        _words(found.cold),
        _words(answer.cold),
        _words(found.later),
        _words(answer.later),
        str(found.bound),
        ", ".join(proved) or "-",
        f"{answer.known} ({answer.source})",
        answer.better,
    )


def _words(directions: Directions | None) -> str:
    if directions is None:
        return "-"
    parts = [f"{k} {word}" for k, word in zip(directions, ("fwd", "rev"), strict=True) if k]
    return " + ".join(parts) or "0"


def _time_cells(result: Result, row: Row) -> tuple[str, ...]:
    def ms(time: Estimate | None) -> str:
        return "" if time is None else str(time.scaled(1e3))

    regret = result.regret if row.name == PLAN else None
    measured = row.first is not None
    return (
        result.problem.name if row.name == FUNCTION else "",
        row.name,
        ("given" if row.given else "found") if measured else "",
        row.directions,
        ms(row.pattern),
        ms(row.first),
        ms(row.warm),
        "1" if row.name == FUNCTION else str(row.over_function or ""),
        str(row.over_hand or ""),
        "" if row.break_even is None else str(row.break_even),
        "" if row.overtakes is None else str(row.overtakes),
        "" if row.bytes_per_entry is None else short(row.bytes_per_entry),
        "" if regret is None else short(regret),
    )


def _notes(report: Report) -> list[str]:
    notes = [f"{result.problem.name}: {result.problem.about}" for result in report.results]
    notes += [
        f"{result.problem.name}: {note}" for result in report.results for note in result.notes
    ]
    notes += [_phases(result) for result in report.results if _phases(result)]
    notes += [f"skipped {name}: {why}" for name, why in report.skipped.items()]
    regrets = [result.regret for result in report.results if result.regret is not None]
    if regrets:
        notes.append(f"largest regret: {short(max(regrets))} times the best way")
    notes += [f"WRONG {line}" for line in report.wrong]
    return notes


def _phases(result: Result) -> str:
    """Return what first calls consist of, in one line."""
    told = [
        f"{row.name} " + ", ".join(f"{name} {short(1e3 * s)}" for name, s in row.phases.items())
        for row in result.rows.values()
        if row.phases
    ]
    return f"{result.problem.name}, ms of first calls: {'; '.join(told)}" if told else ""


def as_json(report: Report) -> str:
    """Return the report as JSON."""
    problems = [
        {
            "name": result.problem.name,
            "about": result.problem.about,
            "op": result.problem.op,
            "structured": result.problem.structured,
            "answer": result.problem.answer._asdict(),
            "counts": result.counts.to_dict(),
            "rows": [row.to_dict() for row in result.rows.values()],
            "ways": {name: way.to_dict() for name, way in result.ways.items()},
            "regret": result.regret,
            "notes": result.notes,
        }
        for result in report.results
    ]
    document = {
        "schema": {"name": "adkit-sparse", "version": 1},
        "environment": environment.describe(),
        "settings": report.settings,
        "problems": problems,
        "skipped": report.skipped,
        "wrong": report.wrong,
    }
    return json.dumps(document, indent=1) + "\n"


FORMATS = {"table": as_table, "json": as_json}
