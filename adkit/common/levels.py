"""Levels: which of several nested derivatives a traced value belongs to.

Every transform takes a number from a counter that only grows, so a nested
transform has a higher number than the one around it. An operation on traced
values belongs to the highest level among them; the values below are constants
to it. Nothing is global, so threads differentiate side by side, and an
exception inside ``f`` leaves nothing to unwind (Siskind and Pearlmutter 2005
show what goes wrong without levels).
"""

from __future__ import annotations

import itertools
import os
import weakref
from collections.abc import Callable
from typing import Any, Generic, TypeVar

from adkit.common.errors import ForkedTraceError, written_by_two_threads

# Room between two transforms for engines made by hand: Node(Dual(...)) has the
# level of its data plus one.
STRIDE = 1000
_numbers = itertools.count(STRIDE, STRIDE)


class Level:
    """One derivative in progress.

    Attributes
    ----------
    number : int
        Order of nesting: an inner transform has a greater number.
    structural : bool
        Whether sweeps at this level keep track of structural zeros
        (see `adkit.common.structural`).
    ended : bool
        Whether the transform has returned; its values must not be used then.
    nested : bool
        Whether a sweep of another transform ran over its values.
    operations : int
        Elementary operations pushed at this level.
    process : int
        The process that the transform began in.
    shared : bool
        Whether a second thread was refused to write into an array of this level.
    """

    __slots__ = (
        *("__weakref__", "ended", "nested", "number", "operations", "process"),
        *("shared", "structural"),
    )

    def __init__(self, number: int | None = None, *, structural: bool = False) -> None:
        self.number = next(_numbers) if number is None else number
        self.structural = structural
        self.ended = False
        self.nested = False
        self.operations = 0
        self.shared = False
        self.process = os.getpid()

    def check_process(self) -> None:
        """Refuse to go on where processes or threads have parted from the transform.

        Raises
        ------
        ForkedTraceError
            In a child forked while the function was traced.
        InPlaceError
            If two threads wrote into one array.
        """
        if self.shared:
            raise written_by_two_threads()
        if os.getpid() != self.process:
            raise ForkedTraceError(
                "ADK612",
                "the process was forked inside a function that is being differentiated",
                instead="end the child with os._exit(), or fork outside of the function",
            )

    def __repr__(self) -> str:
        return f"<level {self.number}{', ended' if self.ended else ''}>"


L = TypeVar("L", bound=Level)


class LevelsByHand(Generic[L]):
    """The levels of values that a user makes without a transform.

    Values made from plain arrays share one level, so that they meet in one
    computation; a value made from a traced one lies one level above it.
    """

    def __init__(self, make: Callable[[int], L]) -> None:
        self._make = make
        self._levels: weakref.WeakValueDictionary[int, L] = weakref.WeakValueDictionary()

    def above(self, data: Any) -> L:
        """Return the level of a value made by hand from `data`."""
        below = getattr(data, "level", None)
        number = 1 if below is None else below.number + 1
        level = self._levels.get(number)
        if level is None:
            level = self._levels.setdefault(number, self._make(number))
        return level


def is_traced(value: Any) -> bool:
    """Return whether a value is traced by an engine."""
    return getattr(type(value), "is_tracer", False)
