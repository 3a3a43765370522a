"""The summary of many checks, a line per operation or function."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

__all__ = ["Row", "rows_of", "table"]

HEADER = ("operation or function", "checks", "examples", "inconclusive", "worst error")


@dataclass
class Row:
    """What all checks of an operation or function found.

    Attributes
    ----------
    name : str
    checks, examples : int
        How often it was checked, and on how many examples in all.
    inconclusive : int
        How many laws could not be judged; a suspected kink counts too.
    mismatches : int
        How many checks found a wrong derivative.
    expected : int
        How many of these in tests that passed: tests of checks.
    ulps : float
        The largest error, in units in the last place, apart from these.
    """

    name: str
    checks: int = 0
    examples: int = 0
    inconclusive: int = 0
    mismatches: int = 0
    expected: int = 0
    ulps: float = 0.0

    def add(self, record: dict[str, Any]) -> None:
        """Count one more check."""
        self.checks += 1
        self.examples += record["examples"]
        self.inconclusive += record["inconclusive"]
        wrong = record["verdict"] == "mismatch"
        expected = wrong and record["outcome"] == "passed"
        self.mismatches += wrong
        self.expected += expected
        error = 0.0 if expected else float(record["ulps"])
        self.ulps = error if error != error else max(self.ulps, error)

    @property
    def cells(self) -> tuple[str, ...]:
        """What the table shows."""
        note = "  mismatch in a test that passed" if self.expected else ""
        note = "  MISMATCH" if self.mismatches > self.expected else note
        numbers = (self.checks, self.examples, self.inconclusive)
        return (self.name, *map(str, numbers), f"{self.ulps:.2g} ulp{note}")


def rows_of(records: Iterable[dict[str, Any]]) -> list[Row]:
    """Return a row per operation or function, those with a mismatch and a large error first."""
    rows: dict[str, Row] = {}
    for record in records:
        rows.setdefault(record["name"], Row(record["name"])).add(record)
    return sorted(
        rows.values(),
        key=lambda r: (r.expected - r.mismatches, -r.inconclusive, -r.ulps, r.name),
    )


def table(rows: Sequence[Row], limit: int | None = None) -> list[str]:
    """Return the lines of a table, of the first rows only if there are more than a limit."""
    shown = rows[:limit]
    cells = [HEADER, *(row.cells for row in shown)]
    widths = [max(len(row[i]) for row in cells) for i in range(len(HEADER))]
    lines = [
        "  ".join([row[0].ljust(widths[0]), *(row[i].rjust(widths[i]) for i in (1, 2, 3)), row[4]])
        for row in cells
    ]
    if len(shown) < len(rows):
        lines.append(f"... and {len(rows) - len(shown)} more; -v shows all")
    names = ("checks", "examples", "mismatches", "inconclusive")
    totals = [f"{sum(getattr(row, name) for row in rows)} {name}" for name in names]
    lines.append(f"in all: {', '.join(totals)}")
    return lines
