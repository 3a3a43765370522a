"""adkit's pytest plugin, as far as every run of pytest loads it: options, markers, fixtures.

What they do is in `adkit.testing.plugin`, which is imported by the first test that uses adkit:
test suites that do not use it start as fast as without it.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import sys
from collections.abc import Generator
from typing import Any

import pytest

__all__ = ["EXAMPLES", "load_hypothesis_profile", "profile_by_environment"]

#: How many examples a check draws, by the name of the profile.
EXAMPLES = {"dev": 10, "ci": 50, "deep": 2000}
MARKERS = (
    "sweeps(tangents=3, reverse=0, ...): the test runs exactly these numbers of sweeps; names "
    "are those of adkit.Ledger",
    "derivatives(seed=None, examples=None): seed and number of examples of the checks in a test",
)
FIXTURES = frozenset(["check", "check_rule", "no_leaks"])


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options."""
    group = parser.getgroup("adkit", "checks of derivatives by adkit")
    group.addoption(
        "--adkit-seed",
        type=_seed,
        metavar="N",
        help="seed of all checks; by default each test has its own, made of its name",
    )
    group.addoption(
        "--adkit-examples", type=_count, metavar="N", help="how many examples check_rule draws"
    )
    group.addoption(
        "--adkit-profile",
        choices=[*EXAMPLES],
        help=f"how many examples are drawn, by Hypothesis too: {EXAMPLES}; "
        "by default that of ADKIT_PROFILE, or ci where CI is set, or dev",
    )
    group.addoption("--adkit-json", metavar="FILE", help="write what all checks found to a file")


def _seed(text: str) -> int:
    return _at_least(0, text)


def _count(text: str) -> int:
    return _at_least(1, text)


def _at_least(least: int, text: str) -> int:
    if not text.isdecimal() or int(text) < least:
        raise argparse.ArgumentTypeError(f"a whole number from {least} is needed, not {text!r}")
    return int(text)


@pytest.hookimpl(trylast=True)
def pytest_configure(config: pytest.Config) -> None:
    """Declare the markers, and begin to collect what checks find."""
    for marker in MARKERS:
        config.addinivalue_line("markers", marker)
    config.pluginmanager.register(_Collector(config), "adkit-collector")
    profile = config.getoption("--adkit-profile")
    if profile is not None and not config.getoption("--hypothesis-profile", None):
        with contextlib.suppress(ModuleNotFoundError):
            load_hypothesis_profile(profile)


def profile_by_environment() -> str:
    """Return the profile that is used where none is named."""
    return os.environ.get("ADKIT_PROFILE") or ("ci" if os.environ.get("CI") else "dev")


def load_hypothesis_profile(profile: str) -> None:
    """Make Hypothesis draw as many examples as a profile says; the same ones for ``ci``.

    Nothing is timed: on a loaded machine a deadline would fail a test for no fault.
    """
    from hypothesis import HealthCheck, settings

    fixed: dict[str, Any] = {"derandomize": True, "database": None} if profile == "ci" else {}
    settings.register_profile(
        f"adkit-{profile}",
        max_examples=EXAMPLES[profile],
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow],
        **fixed,
    )
    settings.load_profile(f"adkit-{profile}")


class _Collector:
    """What checks found, in this process and in those that pytest-xdist started."""

    def __init__(self, config: pytest.Config) -> None:
        self.config = config
        self.records: list[dict[str, Any]] = []

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self.records += getattr(report, "adkit_checks", ())

    def pytest_sessionfinish(self) -> None:
        path = self.config.getoption("--adkit-json")
        if path and not hasattr(self.config, "workerinput"):
            given = {
                name: self.config.getoption(f"--adkit-{name}")
                for name in ("seed", "examples", "profile")
            }
            found = {"schema": 1, "options": given, "checks": self.records}
            with open(path, "w", encoding="utf-8") as file:
                json.dump(found, file, indent=1)
                file.write("\n")

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        if self.records:
            _plugin().summarise(self.records, terminalreporter)


def _plugin() -> Any:
    """Return the module that does the work."""
    from adkit.testing import plugin

    return plugin


def _uses_adkit(item: pytest.Item) -> bool:
    """Return whether a test may check derivatives."""
    return (
        "adkit" in sys.modules
        or not FIXTURES.isdisjoint(getattr(item, "fixturenames", ()))
        or any(item.iter_markers("sweeps"))
        or any(item.iter_markers("derivatives"))
    )


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Look at the markers of a test, and listen to its checks."""
    if _uses_adkit(item):
        _plugin().prepare(item)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, object, object]:
    """Count the sweeps of a test, and see what it leaves."""
    if not _uses_adkit(item):
        return (yield)
    with _plugin().observed(item):
        return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, Any, Any]:
    """Attach what checks found to the report of a test: it travels between processes."""
    report = yield
    plugin = sys.modules.get("adkit.testing.plugin")
    if plugin is not None:
        report.adkit_checks = plugin.found(item, report.outcome)
    return report


# ---------------------------------------------------------------- fixtures


@pytest.fixture
def check(request: pytest.FixtureRequest) -> Any:
    """Check the derivatives of a function: adkit.testing.check_derivatives with a seed."""
    return _plugin().checker(request.node)


@pytest.fixture
def check_rule(request: pytest.FixtureRequest) -> Any:
    """Check the rule of an operation: adkit.testing.check_rule with a seed and examples."""
    return _plugin().rule_checker(request.node)


@pytest.fixture
def ledger() -> Any:
    """Count the sweeps that run in a test: an open ledger of adkit.count_sweeps."""
    from adkit import count_sweeps

    with count_sweeps() as ran:
        yield ran


@pytest.fixture
def no_leaks(request: pytest.FixtureRequest) -> Any:
    """Fail a test that leaves traced values, changed arrays or garbage behind."""
    return _plugin().leaks_of(request.node)
