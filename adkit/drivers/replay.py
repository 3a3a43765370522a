"""Functions recorded as one operation, at every level that records: what checkpoints are made of.

`run` takes the levels among the leaves from the top. At a level of reverse mode the function is
evaluated one level down, where the same happens again, and recorded as one entry. At a level of
forward mode it is a function of values and tangents; if no level below records, it just runs.
The pull of an entry is a function of values and cotangents, and runs by the same rule: so the
sweep of an inner derivative is a checkpoint of the outer one.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from adkit.common.fingerprints import agree, fingerprints
from adkit.common.levels import Level
from adkit.common.scopes import is_searching
from adkit.common.shapes import dtype_of
from adkit.common.storage import current, is_stored, private
from adkit.common.sweeps import count_repeated
from adkit.common.tracer import Tracer, value_of
from adkit.forward.dual import Dual
from adkit.reverse.keeping import keep
from adkit.reverse.node import Node
from adkit.reverse.replays import (
    Above,
    Function,
    Values,
    evaluate,
    is_recording,
    keeps,
    not_repeatable,
    pull_again,
    record_replay,
    written,
)
from adkit.reverse.revival import Revived
from adkit.reverse.tape import Cotangents, Entry, Tape


def run(
    f: Function, leaves: Sequence[Any], enclosed: Sequence[Any] = (), *, views: bool = False
) -> list[Any]:
    """Evaluate a function of a list of leaves, as one operation of each level that records.

    Parameters
    ----------
    f : callable
        Returns a list of results. It may run again.
    leaves : sequence
        Traced values and anything else.
    enclosed : sequence
        Traced values that `f` is known to use besides.
    views : bool
        Whether results that are views of leaves, or of each other, have to stay that: then `f`
        is recorded in full.
    """
    results = _recorded(f, leaves, enclosed, views=views)
    if results is None:
        count_repeated()
        results = f(list(leaves))
    return results


def _recorded(
    f: Function, leaves: Sequence[Any], enclosed: Sequence[Any], *, views: bool
) -> list[Any] | None:
    """Do what `run` does; return None if the function has to be recorded in full."""
    top = _highest((*leaves, *enclosed))
    if top is None or is_searching():
        return f(list(leaves))
    level = top.level
    if isinstance(top, Dual) and any(map(_records, (*leaves, *enclosed))):
        return _by_parts(f, leaves, enclosed, current(top), views=views)
    if not is_recording(top):
        return f(list(leaves))
    while True:
        replay: Replay = getattr(f, "replay", Replay)(f, leaves, level)
        try:
            return replay.record(leaves, enclosed, views=views)
        except Above as found:
            if found.evaluated is not level:  # of a function in this one
                raise
            level = found.level
        if not keeps(level):
            return None


class Replay:
    """A function at a level, which is evaluated now and recorded when its cotangents come.

    Parameters
    ----------
    f : callable
        A function of a list of leaves that returns one.
    leaves : sequence
        At the level, or below.
    level : Tape
    """

    def __init__(self, f: Function, leaves: Sequence[Any], level: Tape) -> None:
        self.f = f
        self.level = level
        own = [current(x) for x in leaves]
        self.entries: list[Entry | None] = [
            x.entry if isinstance(x, Node) and x.level is level else None for x in own
        ]
        self.active = [entry is not None for entry in self.entries]
        self.saved = tuple([_saved(x, level) for x in own])
        self.found: Values | None = None
        self.before: list[Any] = []

    @property
    def evaluation(self) -> Function:
        """The function one level down."""
        return self.values

    def record(
        self, leaves: Sequence[Any], enclosed: Sequence[Any], *, views: bool
    ) -> list[Any] | None:
        """Evaluate the function and record it; return None if it has to be recorded in full."""
        results = run(self.evaluation, self.saved, [_saved(x, self.level) for x in enclosed])
        found = self.found
        assert found is not None
        if views and (found.aliases or _overlap(results, found.same, self.saved)):
            return None
        self.before = fingerprints(results)
        parents = [entry for entry in self.entries if entry is not None] + found.captured
        new = [on and k is None for on, k in zip(found.active, found.same, strict=True)]
        dependent = [y for y, on in zip(results, new, strict=True) if on]
        self.new = new
        recorded = []
        if dependent:
            recorded = record_replay(parents, self.saved, self, dependent, self.level)
        nodes = iter(recorded)
        return [
            next(nodes) if on else self.released(y) if k is None else leaves[k]
            for y, on, k in zip(results, new, found.same, strict=True)
        ]

    def held(self) -> list[Any]:
        """Return what is kept besides the values of the leaves."""
        return []

    def released(self, y: Any) -> Any:
        """Return a result without derivative as one that the caller may write into."""
        if type(y) is not np.ndarray:
            return y
        arrays = [x for x in self.held() if isinstance(x, np.ndarray)]
        return y.copy("K") if any(np.may_share_memory(y, x) for x in arrays) else y

    def values(self, leaves: list[Any]) -> list[Any]:
        """Return the results one level down."""
        if self.found is not None:
            count_repeated()
        found = evaluate(self.f, leaves, self.active, self.level)
        if self.found is None:
            self.found = found._replace(results=[])
        return found.results

    def pull(self, saved: Sequence[Any], cotangents: Sequence[Any]) -> list[Any]:
        """Return one cotangent per parent."""
        return run(self.pulled, [*saved, *map(current, cotangents)])

    def pulled(self, leaves: list[Any]) -> list[Any]:
        """Return the cotangents of the parents, from values of the leaves and cotangents."""
        count = len(self.saved)
        given = iter(leaves[count:])
        seeds = [next(given) if on else None for on in self.new]
        cotangents = Cotangents()
        pulled = self.pull_back(leaves[:count], seeds, cotangents)
        assert self.found is not None
        captured = [cotangents.pop(entry[0], None) for entry in self.found.captured]
        if cotangents:
            raise not_repeatable()
        own = [ct for ct, entry in zip(pulled, self.entries, strict=True) if entry is not None]
        return own + captured

    def pull_back(
        self, values: list[Any], seeds: list[Any], cotangents: Cotangents
    ) -> Sequence[Any]:
        """Return one cotangent per leaf; those of captured values go to `cotangents`."""
        count_repeated()
        results, pulled = pull_again(self.f, values, self.active, self.level, seeds, cotangents)
        self.check(results)
        return pulled

    def check(self, results: Sequence[Any]) -> None:
        """Refuse results that are not what they were."""
        if not agree(self.before, fingerprints(results)):
            raise not_repeatable()


# ---------------------------------------------------------------- forward mode


class Parts:
    """A function of Duals as one of their values and tangents, two leaves for each.

    The tangent of what is no Dual of the level is None.
    """

    def __init__(self, f: Function, kind: type[Dual], level: Level) -> None:
        self.f = f
        self.kind = kind
        self.level = level

    def __call__(self, parts: list[Any]) -> list[Any]:
        """Return values and tangents of the results."""
        level = self.level
        leaves = [
            x if t is None else self.kind(x, t, level)
            for x, t in zip(parts[::2], parts[1::2], strict=True)
        ]
        with Revived(level):
            results = split(self.f(leaves), level)
        if any(map(is_stored, leaves)):
            raise written()
        return results


def split(leaves: Sequence[Any], level: Level) -> list[Any]:
    """Return value and tangent of each leaf; None for the tangent of what is no Dual."""
    parts: list[Any] = []
    for x in map(current, leaves):
        mine = isinstance(x, Dual) and x.level is level
        parts += [x.value, x.tangent] if mine else [x, None]
    return parts


def _by_parts(
    f: Any, leaves: Sequence[Any], enclosed: Sequence[Any], top: Dual, *, views: bool
) -> list[Any] | None:
    """Do what `_recorded` does, at a level of forward mode: that of `top`."""
    level, kind = top.level, type(top)
    parts = split(leaves, level)
    by_parts = f.by_parts(kind, level) if hasattr(f, "by_parts") else Parts(f, kind, level)
    results = _recorded(by_parts, parts, split(enclosed, level), views=views)
    if results is None:
        return None
    pairs = list(zip(results[::2], results[1::2], strict=True))
    given = [(id(x), id(t)) for x, t in zip(parts[::2], parts[1::2], strict=True)]
    same = [given.index((id(y), id(t))) if (id(y), id(t)) in given else None for y, t in pairs]
    if views and _overlap([y for y, _ in pairs], same, [*parts, *split(enclosed, level)]):
        return None
    return [
        leaves[k] if k is not None else y if t is None else kind(y, t, level)
        for (y, t), k in zip(pairs, same, strict=True)
    ]


# ---------------------------------------------------------------- leaves


def _highest(values: Sequence[Any]) -> Any:
    """Return a traced value of the highest level, None if nothing is traced."""
    top = None
    for x in values:
        if isinstance(x, Tracer) and (top is None or x.level.number > top.level.number):
            top = x
    return None if top is None or top.level.number == 0 else top  # a buffer carries nothing


def _records(x: Any) -> bool:
    """Return whether a value is one of a tape, at any level."""
    while isinstance(x, Tracer):
        if is_recording(x) or (isinstance(x, Dual) and _records(x.tangent)):
            return True
        x = x.value
    return False


def is_passing(x: Any) -> bool:
    """Return whether a value is one of a tape that keeps nothing, at any level."""
    while isinstance(x, Tracer):
        if isinstance(x, Node) and not is_recording(x):
            return True
        if isinstance(x, Dual) and is_passing(x.tangent):
            return True
        x = x.value
    return False


def _saved(x: Any, level: Tape) -> Any:
    """Return the value of a leaf one level down, as it can be saved."""
    if isinstance(x, Node) and x.level is level:
        return x.value
    if isinstance(x, Tracer):
        return private(x)
    if type(x) is np.ndarray and x.dtype.kind != "O":
        x = keep(x, level).view()
        x.flags.writeable = False
    return x


def _overlap(results: Sequence[Any], same: Sequence[int | None], leaves: Sequence[Any]) -> bool:
    """Return whether a result may be a view of a leaf, or of another result."""
    arrays = [y for y in map(value_of, leaves) if isinstance(y, np.ndarray)]
    for y, k in zip(map(value_of, results), same, strict=True):
        if k is None and isinstance(y, np.ndarray) and y.size:
            if any(np.may_share_memory(y, x) for x in arrays):
                return True
            arrays.append(y)
    return False


def nbytes(leaves: Sequence[Any]) -> int:
    """Return the bytes of the arrays and numbers among leaves, tangents included."""
    total = 0
    for x in leaves:
        while isinstance(x, Tracer):
            total += nbytes([x.tangent]) if isinstance(x, Dual) else 0
            x = x.value
        total += x.nbytes if isinstance(x, (np.ndarray, np.generic)) else 0
    return total


def is_inexact(x: Any) -> bool:
    """Return whether a leaf is an array or number of floats or complex numbers."""
    return isinstance(x, (Tracer, np.ndarray, np.generic)) and dtype_of(x).kind in "fc"
