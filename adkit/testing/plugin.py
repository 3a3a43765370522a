"""What the pytest plugin of adkit does: markers, fixtures and the summary of all checks.

pytest loads `pytest_adkit`, which has the hooks and imports this module when a test uses adkit.
"""

from __future__ import annotations

import contextlib
import dataclasses
import math
import zlib
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

import adkit as ad
from adkit.testing import check_derivatives, check_rule, reports
from adkit.testing.leaks import Leaks
from adkit.testing.reports import DerivativeMismatch, Report
from adkit.testing.summaries import rows_of, table
from pytest_adkit import EXAMPLES, profile_by_environment

__all__ = [
    "checker",
    "found",
    "leaks_of",
    "observed",
    "prepare",
    "rule_checker",
    "summarise",
]

#: What checks found since the last report of a test.
_pending: list[Report] = []
_LEAKS = pytest.StashKey[Leaks]()

#: What `adkit.Ledger` counts.
COUNTS = (*(f.name for f in dataclasses.fields(ad.Ledger)), "directions")
OPTIONS = ("seed", "examples")


# ---------------------------------------------------------------- around a test


def prepare(item: pytest.Item) -> None:
    """Look at the markers of a test, and listen to its checks.

    Parameters
    ----------
    item : pytest.Item
        A test that is about to be set up; it fails if its markers make no sense.
    """
    if _pending.append not in reports.listeners:
        reports.listeners.append(_pending.append)
    _marked(item, "sweeps", COUNTS)
    _marked(item, "derivatives", OPTIONS)


@contextlib.contextmanager
def observed(item: pytest.Item) -> Iterator[None]:
    """Run the body of a test, and fail it if it ran other sweeps or leaves something."""
    expected = _marked(item, "sweeps", COUNTS)
    leaks = item.stash.get(_LEAKS, None)
    with contextlib.ExitStack() as around:
        ran = around.enter_context(ad.count_sweeps()) if expected else None
        if leaks is not None:
            around.enter_context(leaks.collecting())
        yield
    wrong = [name for name, count in expected.items() if getattr(ran, name) != count]
    if wrong:
        told = ", ".join(f"{getattr(ran, name)} {name}, not {expected[name]}" for name in wrong)
        pytest.fail(f"the test ran {told}\n  in all: {ran}", pytrace=False)
    left = leaks.found() if leaks is not None else []
    if left:
        pytest.fail("\n".join(["the test leaves something behind:", *left]), pytrace=False)


def _marked(item: pytest.Item, name: str, known: tuple[str, ...]) -> dict[str, int]:
    """Return the keywords of the markers of a test; the closest marker decides."""
    options: dict[str, int] = {}
    for marker in item.iter_markers(name):
        unknown = [*map(repr, marker.args), *(key for key in marker.kwargs if key not in known)]
        if unknown or not marker.kwargs:
            given = f"does not take {', '.join(unknown)}" if unknown else "needs a keyword"
            pytest.fail(
                f"@pytest.mark.{name} {given}; it takes {', '.join(f'{k}=' for k in known)}",
                pytrace=False,
            )
        for key, value in marker.kwargs.items():
            if type(value) is not int or value < 0:
                pytest.fail(
                    f"@pytest.mark.{name} takes whole numbers from 0, not {key}={value!r}",
                    pytrace=False,
                )
            options.setdefault(key, value)
    return options


# ---------------------------------------------------------------- fixtures


def options_of(item: pytest.Item) -> dict[str, int]:
    """Return seed and number of examples of the checks in a test.

    The marker of the test decides, then the command line, then the profile; a seed that
    nobody gave is made of the name of the test.
    """
    config = item.config
    profile = config.getoption("--adkit-profile") or profile_by_environment()
    given = {
        "seed": config.getoption("--adkit-seed"),
        "examples": config.getoption("--adkit-examples"),
        **_marked(item, "derivatives", OPTIONS),
    }
    if given["seed"] is None:
        given["seed"] = zlib.crc32(item.nodeid.encode())
    if given["examples"] is None:
        given["examples"] = EXAMPLES[profile]
    return given


def checker(item: pytest.Item) -> Callable[..., Report]:
    """Return `adkit.testing.check_derivatives` with the seed of a test."""
    seed = options_of(item)["seed"]

    def check(f: Callable[..., Any], *args: Any, **options: Any) -> Report:
        __tracebackhide__ = True
        if _LEAKS in item.stash:
            item.stash[_LEAKS].watch(*args)
        try:
            return check_derivatives(f, *args, **{"seed": seed, **options})
        except DerivativeMismatch as error:
            raise error.with_traceback(None) from None  # the report says it all

    return check


def rule_checker(item: pytest.Item) -> Callable[..., Report]:
    """Return `adkit.testing.check_rule` with the seed and number of examples of a test."""
    defaults = options_of(item)

    def check(op: Any, **options: Any) -> Report:
        __tracebackhide__ = True
        try:
            return check_rule(op, **{**defaults, **options})
        except DerivativeMismatch as error:
            raise error.with_traceback(None) from None

    return check


def leaks_of(item: pytest.Item) -> Leaks:
    """Return what looks for leaks of a test."""
    return item.stash.setdefault(_LEAKS, Leaks())


# ---------------------------------------------------------------- what checks found


def found(item: pytest.Item, outcome: str) -> list[dict[str, Any]]:
    """Return what checks found since the last call, as plain numbers, strings and lists."""
    records = [
        {
            "test": item.nodeid,
            "outcome": outcome,
            "name": report.name,
            "verdict": report.verdict,
            "examples": report.examples,
            "inconclusive": sum(
                finding.verdict in ("inconclusive", "kink suspected") for finding in report.findings
            ),
            "ulps": report.worst_ulps,
            "seed": report.seed,
            "report": report.to_json(),
        }
        for report in _pending
    ]
    _pending.clear()
    return [_plain(record) for record in records]


def _plain(value: Any) -> Any:
    """Return a value of the types that JSON has; nan and infinities as strings."""
    if isinstance(value, dict):
        return {str(key): _plain(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(inner) for inner in value]
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else str(value)
    return value if value is None or isinstance(value, (bool, int, str)) else str(value)


def summarise(records: list[dict[str, Any]], terminal: Any) -> None:
    """Write the summary of all checks, if pytest is not to be quiet.

    Parameters
    ----------
    records : list of dict
        As `found` returns them.
    terminal : pytest's terminal reporter
    """
    rows = rows_of(records)
    failed = sum(row.mismatches - row.expected for row in rows)
    if terminal.verbosity < 0 and not failed:
        return
    terminal.section("derivatives")
    for line in table(rows, limit=None if terminal.verbosity > 0 else 20):
        terminal.write_line(line)
