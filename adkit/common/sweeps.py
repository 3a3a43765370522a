"""Counting sweeps: what ran, exactly.

A *direction* is one tangent or one cotangent; a *sweep* is one pass that carries
some of them. Counts are incremented where a sweep runs, and nowhere else.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

__all__ = ["Ledger", "count_sweeps"]


@dataclass
class Ledger:
    """What ran inside a `count_sweeps` block, in this thread or task.

    Attributes
    ----------
    primal : int
        Evaluations of differentiated functions, and those of `repeated`.
    forward, reverse : int
        Sweeps of each mode, at all levels together.
    tangents, cotangents : int
        Directions that they carried.
    operations : int
        Elementary operations pushed or recorded.
    bytes : int
        Bytes that tapes held for their sweeps.
    repeated : int
        Evaluations of checkpointed functions, and of steps of checkpointed loops, beyond
        the first.

    Examples
    --------
    >>> from adkit import Ledger
    >>> Ledger(tangents=2, cotangents=1).directions
    3
    """

    primal: int = 0
    forward: int = 0
    reverse: int = 0
    tangents: int = 0
    cotangents: int = 0
    operations: int = 0
    bytes: int = 0
    repeated: int = 0

    @property
    def directions(self) -> int:
        """Tangents and cotangents together."""
        return self.tangents + self.cotangents

    def add(self, other: Ledger) -> None:
        """Add the counts of another ledger."""
        for name, count in vars(other).items():
            setattr(self, name, getattr(self, name) + count)

    def __str__(self) -> str:
        return (
            f"primal {self.primal}, forward {self.forward} ({self.tangents} tangents), "
            f"reverse {self.reverse} ({self.cotangents} cotangents), "
            f"{self.operations} operations, {self.bytes} bytes"
        )


_open: ContextVar[tuple[Ledger, ...]] = ContextVar("adkit_ledgers", default=())


@contextmanager
def count_sweeps() -> Iterator[Ledger]:
    """Count the sweeps that run inside the block.

    Blocks may be nested; each counts all that runs inside it. A block counts
    only its own thread or task.

    Returns
    -------
    context manager of Ledger
        Counts that may be read inside the block and after it.

    Examples
    --------
    >>> import adkit, numpy as np
    >>> with adkit.count_sweeps() as ran:
    ...     J = adkit.jacrev(lambda x: x[:2] * x[2])(np.ones(3))
    >>> ran.reverse, ran.cotangents, ran.forward
    (1, 2, 0)
    """
    ledger = Ledger()
    token = _open.set((*_open.get(), ledger))
    try:
        yield ledger
    finally:
        _open.reset(token)


def counting() -> bool:
    """Return whether anybody counts; what is dear to count is counted only then."""
    return bool(_open.get())


def count_primal() -> None:
    """Count one evaluation of a differentiated function."""
    for ledger in _open.get():
        ledger.primal += 1


def count_repeated() -> None:
    """Count one more evaluation of a checkpointed function."""
    for ledger in _open.get():
        ledger.primal += 1
        ledger.repeated += 1


def count_forward(tangents: int, operations: int) -> None:
    """Count one forward sweep."""
    for ledger in _open.get():
        ledger.forward += 1
        ledger.tangents += tangents
        ledger.operations += operations


def count_recording(operations: int, held: int) -> None:
    """Count the operations of a recorded tape, and the bytes that it holds."""
    for ledger in _open.get():
        ledger.operations += operations
        ledger.bytes += held


def count_reverse(cotangents: int) -> None:
    """Count one reverse sweep."""
    for ledger in _open.get():
        ledger.reverse += 1
        ledger.cotangents += cotangents
