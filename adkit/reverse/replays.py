"""Replays: functions of which the tape holds arguments only, and which run again for the sweep.

`evaluate` runs a function for its values: on a tape of its own, whose entries are emptied as
they are made, so that nothing of it stays. `pull_again` runs it on the tape's own level, pulls
cotangents back through what that records, and drops it. Values of the level that the function
finds by itself (in a closure, say) are operands like its arguments: both take note of them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, Protocol

import numpy as np

from adkit.common.errors import InPlaceError, ReplayError, leaked
from adkit.common.levels import STRIDE, Level
from adkit.common.shapes import Like
from adkit.common.storage import current, is_stored
from adkit.common.sweeps import count_recording, counting
from adkit.common.tracer import Tracer
from adkit.common.views import root_of
from adkit.reverse.node import Node
from adkit.reverse.revival import Unrecorded
from adkit.reverse.tape import (
    Cotangents,
    Entry,
    Parents,
    Tape,
    accumulate,
    next_serial,
    parents,
    quiet_collector,
)

Function = Callable[[list[Any]], list[Any]]


class Puller(Protocol):
    """What the entry of a replay holds."""

    def pull(self, saved: Sequence[Any], cotangents: Sequence[Any]) -> Sequence[Any]:
        """Return a cotangent or None per parent, for one or None per result."""

    def held(self) -> list[Any]:
        """Return what is kept besides what was saved."""


class Values(NamedTuple):
    """What a function gave, one level below that of its arguments.

    Attributes
    ----------
    results : list
    active : list of bool
        Which of them depend on the level.
    same : list of int or None
        Which leaf a result is, where it is one.
    captured : list of entries
        What the results depend on, besides the leaves.
    aliases : bool
        Whether a result is a captured value, or a view of one.
    """

    results: list[Any]
    active: list[bool]
    same: list[int | None]
    captured: list[Entry]
    aliases: bool = False


class Above(Exception):
    """A result depends on a level above that of the arguments: on a value that was captured."""

    def __init__(self, level: Level, evaluated: Tape) -> None:
        super().__init__(level, evaluated)
        self.level = level
        self.evaluated = evaluated


def is_recording(x: Any) -> bool:
    """Return whether a traced value is one of a tape that keeps what it records."""
    return isinstance(x, Node) and keeps(x.level)


def keeps(level: Level) -> bool:
    """Return whether a level is a tape, and not one that empties its entries."""
    return isinstance(level, Tape) and level.append is not _drop


def evaluate(f: Function, leaves: Sequence[Any], active: Sequence[bool], level: Tape) -> Values:
    """Run a function for its values.

    Parameters
    ----------
    f : callable
        A function of a list of leaves that returns one.
    leaves : sequence
        Values one level below.
    active : sequence of bool
        Which of them are Nodes of the level.
    level : Tape
    """
    tape = Tape(level.number + STRIDE // 2, structural=level.structural)
    tape.append = _drop
    nodes = [Node.leaf(x, tape) if on else x for x, on in zip(leaves, active, strict=True)]
    start = next_serial()
    with Unrecorded(level), quiet_collector:
        try:
            results = [current(y) for y in _run(f, nodes)]
            values = [_below(y, tape) for y in results]
            outer = [y if isinstance(y, Node) and y.level is level else None for y in values]
            values = [_below(y, level) for y in values]
        finally:
            tape.end()
    level.nested |= tape.nested
    above = [y.level for y in values if isinstance(y, Tracer) and y.level.number > level.number]
    if above:
        raise Above(max(above, key=lambda found: found.number), level)
    roots = [root_of(y) for y in outer if y is not None]
    aliases = any(x.entry is not None and x.entry[0] < start for x in roots)
    entries = [y.entry for y in outer if y is not None and y.entry is not None]
    mine = [isinstance(y, Node) and y.level is tape and y.entry is not None for y in results]
    depends = [
        own or (y is not None and y.entry is not None) for own, y in zip(mine, outer, strict=True)
    ]
    same = [_which(y, nodes) for y in results]
    return Values(values, depends, same, _origins(entries, start), aliases)


def pull_again(
    f: Function,
    leaves: Sequence[Any],
    active: Sequence[bool],
    level: Tape,
    seeds: Sequence[Any],
    cotangents: Cotangents,
) -> tuple[list[Any], list[Any]]:
    """Record a function again, pull cotangents back through it, and drop what was recorded.

    Parameters
    ----------
    f, leaves, active, level
        As for `evaluate`.
    seeds : sequence
        One cotangent per result, None where there is none.
    cotangents : Cotangents
        Those of captured values are added here.

    Returns
    -------
    results : list
        Values of the function, one level below.
    pulled : list
        One cotangent per leaf, None where there is none.
    """
    nodes = [Node.leaf(x, level) if on else x for x, on in zip(leaves, active, strict=True)]
    serials = [x.serial if on else None for x, on in zip(nodes, active, strict=True)]
    start = next_serial()
    with Unrecorded(level), quiet_collector, np.errstate(all="ignore"):
        results = [current(y) for y in _run(f, nodes)]
        if len(results) != len(seeds):
            raise not_repeatable()
        values = [_below(y, level) for y in results]
    outputs = []
    for y, ct in zip(results, seeds, strict=True):
        if ct is None:
            continue
        if isinstance(y, Node) and y.level is level and y.entry is not None:
            accumulate(cotangents, y.entry, ct)
            outputs.append(y.entry)
    del results
    _sweep_once(_since(outputs, start), cotangents, level)
    pulled = [None if serial is None else cotangents.pop(serial, None) for serial in serials]
    return values, pulled


def record_replay(
    parent_entries: Sequence[Entry],
    saved: tuple[Any, ...],
    replay: Puller,
    results: Sequence[Any],
    level: Tape,
) -> list[Node]:
    """Record results of known values as one operation.

    Parameters
    ----------
    parent_entries : sequence of entries
        What the results depend on.
    saved : tuple
        What the pull takes; its arrays count as bytes of the tape.
    replay : Puller
        What finds the cotangents.
    results : sequence
        Values one level below.
    level : Tape
    """
    shapes = tuple(map(Like, results))
    found = Parents(enumerate(parent_entries))
    whole: Entry = [next_serial(), None, _pull_replay, found, saved, replay, shapes]
    level.append(whole)
    nodes = []
    for i, y in enumerate(results):
        entry: Entry = [next_serial(), None, _pull_one, whole, i]
        level.append(entry)
        nodes.append(Node.recorded(y, entry, level))
    return nodes


def _pull_one(ct: Any, entry: Entry, cotangents: Cotangents) -> None:
    """Collect the cotangent of one of several results."""
    _, _, _, whole, i = entry
    cotangents.setdefault(whole[0], [None] * len(whole[-1]))[i] = ct


def _pull_replay(ct: Any, entry: Entry, cotangents: Cotangents) -> None:
    """Pull the cotangents of all results back to the parents."""
    _, _, _, found, saved, replay, _ = entry
    for (_, parent), c in zip(found, replay.pull(saved, ct), strict=True):
        if c is not None:
            accumulate(cotangents, parent, c)


# ---------------------------------------------------------------- running it


def _run(f: Function, leaves: list[Any]) -> list[Any]:
    """Run a function, which must not write into its leaves."""
    try:
        results = f(leaves)
    except ValueError as error:
        if "read-only" in str(error) and any(isinstance(x, np.ndarray) for x in leaves):
            raise written() from error
        raise
    if any(map(is_stored, leaves)):
        raise written()
    return results


def written() -> InPlaceError:
    """Return the error for a function that writes into its arguments."""
    return InPlaceError(
        "ADK305",
        "a checkpointed function writes into its arguments, which it needs when it runs again",
        instead="let it write into a copy, x = x.copy(), and return that",
    )


def not_repeatable() -> ReplayError:
    """Return the error for a function that gave something else when it ran again."""
    return ReplayError(
        "ADK613",
        "a checkpointed function gives another result when it runs again for the sweep back",
        instead="draw random numbers outside of it and pass them, and let it change nothing "
        "that it reads",
    )


def _below(y: Any, level: Tape) -> Any:
    """Return the value of a result of a level, anything else as it is."""
    if isinstance(y, Node) and y.level is level:
        return current(y.value)
    if isinstance(y, Tracer) and y.level.ended:
        raise leaked()
    return y


def _which(y: Any, nodes: Sequence[Any]) -> int | None:
    """Return which leaf a result is."""
    for k, x in enumerate(nodes):
        if y is x and isinstance(x, (Tracer, np.ndarray)):
            return k
        if isinstance(x, Node) and isinstance(y, Node) and y.entry is x.entry is not None:
            return k if y.value is x.value else None
    return None


# ---------------------------------------------------------------- what was recorded


def _since(outputs: Sequence[Entry], start: int) -> list[Entry]:
    """Return what entries were computed from, themselves included, after a serial; ascending."""
    seen = {entry[0]: entry for entry in outputs if entry[0] > start}
    waiting = list(seen.values())
    while waiting:
        for parent in parents(waiting.pop()):
            if parent[0] > start and parent[0] not in seen:
                seen[parent[0]] = parent
                waiting.append(parent)
    return [seen[serial] for serial in sorted(seen)]


def _origins(outputs: Sequence[Entry], start: int) -> list[Entry]:
    """Return the entries before a serial that entries were computed from."""
    found = {entry[0]: entry for entry in outputs if entry[0] < start}
    for entry in _since(outputs, start):
        found |= {parent[0]: parent for parent in parents(entry) if parent[0] < start}
    return [found[serial] for serial in sorted(found)]


def _sweep_once(entries: list[Entry], cotangents: Cotangents, level: Tape) -> None:
    """Sweep back over ascending entries, and empty them on the way."""
    if counting():
        count_recording(len(entries), 0)
    emptied = type(level) is Tape  # a graph of Nodes made by hand belongs to whoever holds one
    while entries:
        entry = entries.pop()
        ct = cotangents.pop(entry[0], None)
        if ct is not None:
            entry[2](ct, entry, cotangents)
        if emptied:
            del entry[3:]


def _drop(entry: Entry) -> None:
    """Forget what an operation was computed from."""
    del entry[3:]
