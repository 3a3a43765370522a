"""The tape: what was recorded, in order, and the sweep back over it.

An entry is a list ``[serial, grad, pull, parents..., saved...]``. Serials grow,
so descending serials are a reverse topological order; nothing is sorted and
nothing recurses. Entries point to their parents and never forward, so
reference counting frees them. ``grad`` is used by `Node.backward`, and in the last
sweep over a tape for the cotangents of numbers.

``pull(ct, entry, cotangents)`` adds to the cotangents of the parents, which are
kept by serial and live only as long as the sweep: an interrupted sweep leaves
nothing half done, and a tape may be swept again, by several threads at a time.
"""

from __future__ import annotations

import gc
import itertools
import threading
from collections.abc import Callable, Iterable
from sys import getrefcount
from types import SimpleNamespace
from typing import Any

import numpy as np
from numpy import float64, ndarray

from adkit.common.errors import leaked
from adkit.common.levels import Level
from adkit.common.reuse import added, references, references_of_factor

Entry = list[Any]


class Cotangents(dict[int, Any]):
    """Cotangents by serial, as long as a sweep lasts.

    Attributes
    ----------
    owned : set of int
        Serials whose cotangent nobody else holds, so it may be written into.
    alone : int
        The count of references of a cotangent that nobody but the sweep and the rule that it
        calls holds (see `adkit.common.reuse`), 0 if it must not be written into.
    spare : int
        That of an array that an entry alone saved, 0 if the entry is needed again.
    """

    __slots__ = ("alone", "owned", "spare")

    def __init__(self) -> None:
        super().__init__()
        self.owned: set[int] = set()
        self.alone = self.spare = 0


serials = itertools.count()
next_serial = serials.__next__


class Tape(Level):
    """The entries recorded by one reverse transform, in order.

    Attributes
    ----------
    entries : list
        What was recorded.
    append : callable
        Records an entry; refuses once the transform has ended.
    kept : dict or None
        Plain arrays that entries use and their copies (see `adkit.reverse.keeping`).
    parts : dict or None
        Rows and elements that were read of arrays (see `adkit.reverse.elements`).
    whole : bool
        Whether all that was recorded, in a transform that has ended, is in `entries`.
    """

    __slots__ = ("append", "entries", "kept", "parts", "whole")

    def __init__(self, number: int | None = None, *, structural: bool = False) -> None:
        super().__init__(number, structural=structural)
        self.entries: list[Entry] = []
        self.append: Callable[[Entry], Any] = self.entries.append
        self.kept: dict[int, tuple[Any, Any]] | None = {}
        self.parts: dict[Any, Any] | None = {}
        self.whole = False

    def sweep(self, cotangents: Cotangents, lead: int, *, stops: bool = False) -> Cotangents:
        """Pull cotangents with `lead` axes of directions back to the leaves."""
        return sweep(reversed(self.entries), cotangents)

    def last_sweep(self, cotangents: Cotangents, leaves: Iterable[Entry]) -> Cotangents:
        """Pull cotangents back to the leaves, and empty the tape on the way."""
        outlived = getrefcount(self) > _OWNED  # by Nodes, which hold their entries
        numbers = self.whole and _is_silent()
        return last_sweep(self.entries, cotangents, leaves if numbers else None, held=outlived)

    def end(self) -> None:
        """Refuse further records: the transform has returned."""
        self.ended = True
        self.whole = self.append == self.entries.append
        self.append = _refuse
        self.kept = self.parts = None  # entries hold the copies


class TapeByHand(Tape):
    """The level of Nodes made by hand: their graph is held by the Nodes alone."""

    __slots__ = ()

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.append = _forget
        self.kept = self.parts = None


def _refuse(entry: Entry) -> None:
    raise leaked()


def _forget(entry: Entry) -> None:
    """Keep nothing: whoever holds the result holds its history."""


def sweep(entries: Iterable[Entry], cotangents: Cotangents) -> Cotangents:
    """Pull cotangents back over entries in descending order.

    Parameters
    ----------
    entries : iterable of entries
        In descending order of serials.
    cotangents : dict
        Seeds by serial; consumed. What remains belongs to leaves.
    """
    take = cotangents.pop
    cotangents.alone = _ALONE
    for entry in entries:
        ct = take(entry[0], None)
        if ct is not None:
            entry[2](ct, entry, cotangents)
    return cotangents


def last_sweep(
    entries: list[Entry],
    cotangents: Cotangents,
    leaves: Iterable[Entry] | None = None,
    *,
    held: bool = True,
) -> Cotangents:
    """Do what `sweep` does to ascending entries, and take each one off when it has been pulled.

    What only the tape held is freed while the sweep passes. Entries that somebody else holds, as
    of Nodes that outlive their transform, are emptied; they keep their serials.

    Parameters
    ----------
    entries, cotangents
        As for `sweep`.
    leaves : iterable of entries, optional
        All others that the entries depend on. With them, cotangents of numbers stay in their
        entries, as Python's floats: these have the bits of NumPy's, at a tenth of the time.
        Other pulls are given NumPy's numbers.
    held : bool
        Whether Nodes may hold entries of numbers.
    """
    take, last = cotangents.pop, entries.pop
    cotangents.alone, cotangents.spare = _ALONE, _SPARE
    number = float64 if leaves is not None else None
    one, two, term, terms = pull_one, pull_two, pull_term, pull_terms
    while entries:
        entry = last()
        ct = entry[1]
        look = held
        if ct is None:
            ct = take(entry[0], None)
            if type(ct) is not number:
                if ct is not None:
                    entry[2](ct, entry, cotangents)
                if getrefcount(entry) > _HELD_HERE:
                    del entry[3:]
                continue
            ct, look = float(ct), True
        elif cotangents and entry[0] in cotangents:
            ct, look = take(entry[0]) + ct, True
        pull = entry[2]
        if pull is two or pull is terms:
            if pull is two:
                _, _, _, p, q, x, y = entry
                t, u = ct * float(x), ct * float(y)
            else:
                p, q = entry[4], entry[5]
                t, u = entry[3](ct, entry)
            c = p[1]
            p[1] = t if c is None else c + t
            c = q[1]
            q[1] = u if c is None else c + u
        elif pull is one or pull is term:
            if pull is one:
                _, _, _, p, x = entry
                t = ct * float(x)
            else:
                p, t = entry[4], entry[3](ct, entry)
            c = p[1]
            p[1] = t if c is None else c + t
        else:
            pull(float64(ct) if type(ct) is float else ct, entry, cotangents)
            look = True
        if look and getrefcount(entry) > _HELD_HERE:
            del entry[3:]
            entry[1] = None
    for leaf in leaves or ():
        _collect(leaf, cotangents)
    return cotangents


def _collect(leaf: Entry, cotangents: Cotangents) -> None:
    """Take the cotangent of a number out of the entry of a leaf."""
    ct, leaf[1] = leaf[1], None
    if ct is not None:
        accumulate(cotangents, leaf, float64(ct) if type(ct) is float else ct)


# ---------------------------------------------------------------- numbers

#: Partials that are known to be 1 and -1.
PLUS, MINUS = 1.0, -1.0


def pull_one(ct: Any, entry: Entry, cotangents: Cotangents) -> None:
    """Pull the cotangent of a number back to one operand, by the partial that was saved."""
    _, _, _, p, x = entry
    serial = p[0]
    if x is MINUS:
        cotangents[serial] = cotangents[serial] - ct if serial in cotangents else -ct
    else:
        t = ct if x is PLUS else ct * x
        cotangents[serial] = cotangents[serial] + t if serial in cotangents else t


def pull_two(ct: Any, entry: Entry, cotangents: Cotangents) -> None:
    """Pull the cotangent of a number back to two operands, by the partials that were saved."""
    _, _, _, p, q, x, y = entry
    serial = p[0]
    t = ct if x is PLUS else ct * x
    cotangents[serial] = cotangents[serial] + t if serial in cotangents else t
    serial = q[0]
    if y is MINUS:
        cotangents[serial] = cotangents[serial] - ct if serial in cotangents else -ct
    else:
        t = ct if y is PLUS else ct * y
        cotangents[serial] = cotangents[serial] + t if serial in cotangents else t


def pull_term(ct: Any, entry: Entry, cotangents: Cotangents) -> None:
    """Pull the cotangent of a number back to one operand, by a function that finds the term."""
    accumulate(cotangents, entry[4], entry[3](ct, entry))


def pull_terms(ct: Any, entry: Entry, cotangents: Cotangents) -> None:
    """Pull the cotangent of a number back to two operands, by a function that finds the terms."""
    t, u = entry[3](ct, entry)
    accumulate(cotangents, entry[4], t)
    accumulate(cotangents, entry[5], u)


def _is_silent() -> bool:
    """Return whether NumPy says nothing of numbers that Python's floats pass over in silence.

    Warnings of overflow come from the sweep with structural zeros, which runs wherever a
    derivative is not finite; a division by zero is always NumPy's.
    """
    found = np.geterr()
    return found["under"] == "ignore" and {found["over"], found["invalid"]} <= {"warn", "ignore"}


# ---------------------------------------------------------------- graphs


def accumulate(cotangents: Cotangents, parent: Entry, ct: Any) -> None:
    """Add to the cotangent of a parent."""
    serial = parent[0]
    if serial in cotangents:
        ct = added(cotangents[serial], ct) if type(ct) is ndarray else cotangents[serial] + ct
    cotangents[serial] = ct


def history(entry: Entry) -> list[Entry]:
    """Return an entry and all that it was computed from, in descending order."""
    seen = {entry[0]: entry}
    waiting = [entry]
    while waiting:
        for parent in parents(waiting.pop()):
            if parent[0] not in seen:
                seen[parent[0]] = parent
                waiting.append(parent)
    return [seen[serial] for serial in sorted(seen, reverse=True)]


def parents(entry: Entry) -> list[Entry]:
    """Return the entries that an entry was computed from."""
    found = []
    for field in entry[3:]:
        if type(field) is list:
            found.append(field)
        elif type(field) is Parents:
            found += [parent for _, parent in field]
    return found


class Parents(tuple[tuple[int, Entry], ...]):
    """Operand indices and entries, of an operation with any number of parents."""

    __slots__ = ()


def _counts_alone() -> tuple[int, int]:
    """Return how many references a rule sees to what a sweep, and to what an entry, holds alone.

    The pull does what those made by `adkit.reverse.elementwise` do.
    """
    seen = []

    def pull(ct: Any, entry: Entry, cotangents: Cotangents) -> None:
        _, _, _, x = entry
        seen.append(
            (
                references(ct, x, cotangents, True) if type(ct) is ndarray else 0,
                references_of_factor(ct, x, cotangents, True) if type(ct) is ndarray else 0,
            )
        )

    for run in (sweep, last_sweep):
        cotangents = Cotangents()
        cotangents[0] = np.empty(1)
        run([[0, None, pull, np.empty(1)]], cotangents)
    return min(ct for ct, _ in seen), min(x for _, x in seen)


def _count_held_here() -> int:
    """Return the count of references of an entry that `last_sweep` alone holds."""
    entry: Entry = [[]].pop()
    return getrefcount(entry)


def _count_owned() -> int:
    """Return the count of references that a method of a tape with one owner sees of it."""

    class Counted(Tape):
        def count(self) -> int:
            return getrefcount(self)

    owner = SimpleNamespace(tape=Counted(0))
    count: int = owner.tape.count()
    return count


_HELD_HERE = _count_held_here()
_OWNED = _count_owned()
_ALONE = _SPARE = 0
_ALONE, _SPARE = _counts_alone()

_lock = threading.Lock()
_recording = 0
_threshold = (0, 0, 0)
#: Entries are reference counted and free of cycles, so a collection while a tape
#: grows finds nothing; with the usual threshold it costs more than the recording.
_RECORDING_THRESHOLD = 200_000


class QuietCollector:
    """Let the garbage collector run rarely while a tape grows, and restore it."""

    def __enter__(self) -> None:
        global _recording, _threshold
        with _lock:
            if _recording == 0:
                _threshold = gc.get_threshold()
                if 0 < _threshold[0] < _RECORDING_THRESHOLD:
                    gc.set_threshold(_RECORDING_THRESHOLD, *_threshold[1:])
            _recording += 1

    def __exit__(self, *error: object) -> None:
        global _recording
        with _lock:
            _recording -= 1
            if _recording == 0 and gc.get_threshold()[0] == _RECORDING_THRESHOLD:
                gc.set_threshold(*_threshold)


quiet_collector = QuietCollector()
