"""Levels that are used again: after their end, and without their tape.

A level may have ended when a sweep comes to a part of the program that runs again. It is revived
as long as that lasts. What is recorded meanwhile does not go to the tape; values hold it.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress
from threading import get_ident
from types import TracebackType
from typing import Any

from adkit.common.levels import Level
from adkit.reverse.tape import Entry, Tape

_lock = threading.Lock()
#: How often each level is revived at the moment.
_revived: dict[Level, int] = {}


class Revived:
    """Lets the values of a level that has ended be used again, inside ``with``."""

    __slots__ = ("level", "mine")

    def __init__(self, level: Level) -> None:
        self.level = level
        self.mine = False

    def __enter__(self) -> None:
        level = self.level
        with _lock:
            self.mine = level.ended or level in _revived
            if self.mine:
                _revived[level] = _revived.get(level, 0) + 1
                level.ended = False
                if isinstance(level, Tape) and level.kept is None:
                    level.kept = {}

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self.mine:
            level = self.level
            with _lock:
                _revived[level] -= 1
                if not _revived[level]:
                    del _revived[level]
                    level.ended = True
                    if isinstance(level, Tape):
                        level.kept = None


class Diversion:
    """What a tape appends by, so that single threads can record without it.

    Attributes
    ----------
    otherwise : callable
        What it appended by.
    threads : dict
        How often each thread has asked not to be recorded.
    replays : int
        How many replays revive the level: whoever uses it then is one of their threads.
    """

    __slots__ = ("otherwise", "replays", "threads")

    def __init__(self, otherwise: Callable[[Entry], Any]) -> None:
        self.otherwise = otherwise
        self.threads: dict[int, int] = {}
        self.replays = 0

    def __call__(self, entry: Entry) -> None:
        """Append an entry, unless its thread or a replay keeps it."""
        if not self.replays and get_ident() not in self.threads:
            self.otherwise(entry)


class Unrecorded(Revived):
    """Also keeps off the tape what this thread records at the level."""

    __slots__ = ("before", "diversion", "kept")

    level: Tape

    def __enter__(self) -> None:
        super().__enter__()
        level = self.level
        with _lock:
            if not isinstance(level.append, Diversion):
                level.append = Diversion(level.append)
            self.diversion = level.append
            self.diversion.replays += self.mine
        level.parts = None  # what is read meanwhile may be of entries that are not on the tape
        threads, me = self.diversion.threads, get_ident()
        threads[me] = threads.get(me, 0) + 1
        self.kept = level.kept
        self.before = 0 if self.kept is None else len(self.kept)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        threads, me = self.diversion.threads, get_ident()
        with _lock:
            self.diversion.replays -= self.mine
        threads[me] -= 1
        if not threads[me]:
            del threads[me]
        with suppress(KeyError):  # of another thread that forgets its copies
            while self.kept is not None and len(self.kept) > self.before:
                self.kept.popitem()
        super().__exit__(kind, error, traceback)
        if not threads and not self.level.ended:
            self.level.parts = {}
