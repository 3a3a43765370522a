"""Python's garbage collector: kept fair to all tools, and checked to be left as it was."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

Threshold = tuple[int, int, int]
USUAL: Threshold = (700, 10, 10)
UNUSUAL: Threshold = (123, 4, 5)


class Check(NamedTuple):
    """A statement about this run that is true or false."""

    text: str
    holds: bool


def collector_checks(thunk: Callable[[], Any]) -> list[Check]:
    """Check that ``thunk`` leaves the collector as it was, and nothing for it to collect."""
    checks = []
    for enabled, threshold in ((True, USUAL), (True, UNUSUAL), (False, USUAL)):
        with collector_set(enabled, threshold):
            thunk()
            left = gc.isenabled(), gc.get_threshold()
        state = f"collector {'on' if enabled else 'off'}, thresholds {threshold}"
        checks.append(Check(f"{state}: left as found", left == (enabled, threshold)))
    garbage = cyclic_garbage(thunk)
    checks.append(Check(f"cyclic garbage of one gradient: {garbage} objects", garbage == 0))
    return checks


def cyclic_garbage(thunk: Callable[[], Any]) -> int:
    """Return how many objects one call of ``thunk`` leaves that only the collector can free."""
    with collector_set(enabled=False, threshold=USUAL):
        thunk()  # a first call may set things up once
        gc.collect()
        thunk()
        return gc.collect()


@contextmanager
def collector_set(enabled: bool, threshold: Threshold) -> Iterator[None]:
    """Set the garbage collector for a block, and put it back afterwards."""
    before = gc.isenabled(), gc.get_threshold()
    try:
        _set(enabled, threshold)
        yield
    finally:
        _set(*before)


@contextmanager
def heap_frozen() -> Iterator[None]:
    """Hide from the collector, for a block, everything that exists now.

    Importing torch makes 190,000 objects.  Every full collection would visit them all, and
    that would be charged to whichever tool makes many objects, although a program with that tool
    alone never pays for it.
    """
    gc.collect()
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()


def _set(enabled: bool, threshold: Threshold) -> None:
    gc.set_threshold(*threshold)
    if enabled:
        gc.enable()
    else:
        gc.disable()
