"""Binomial checkpointing: which states of a loop to keep, so that few steps run again.

To sweep back over a loop, its states are needed in reverse order. With room for s of them, the
first one among these, and each step run at most r times (not counting the run that is recorded),
``binomial(s + r, s)`` steps can be reversed, and no schedule reverses more. The fewest runs of
steps that l of them take are ``r * l - binomial(s + r, s + 1)``, where r is the smallest number
that suffices.

References
----------
Griewank and Walther (2000), "Algorithm 799: Revolve", ACM Transactions on Mathematical Software
26(1), 19-45; Griewank (1992), "Achieving logarithmic growth of temporal and spatial complexity in
reverse automatic differentiation".
"""

from __future__ import annotations

from collections.abc import Callable
from math import comb
from typing import Generic, TypeVar

S = TypeVar("S")


def most_steps(snapshots: int, repetitions: int) -> int:
    """Return how many steps can be reversed with so many snapshots and runs of each step.

    Examples
    --------
    >>> from adkit.drivers.binomial import most_steps
    >>> most_steps(10, 4)
    1001
    """
    return comb(snapshots + repetitions, snapshots) if repetitions >= 0 else 0


def repetitions(steps: int, snapshots: int) -> int:
    """Return how often a step runs at most, before it is recorded.

    Examples
    --------
    >>> from adkit.drivers.binomial import repetitions
    >>> repetitions(1001, 10), repetitions(1002, 10)
    (4, 5)
    """
    count = 0
    while most_steps(snapshots, count) < steps:
        count += 1
    return count


def fewest_runs(steps: int, snapshots: int) -> int:
    """Return how many runs of steps a reversal takes at least, besides those recorded.

    Examples
    --------
    >>> from adkit.drivers.binomial import fewest_runs
    >>> fewest_runs(1001, 10)
    3640
    """
    count = repetitions(steps, snapshots)
    return count * steps - most_steps(snapshots + 1, count - 1)


def next_snapshot(steps: int, snapshots: int) -> int:
    """Return after how many of the steps the next state is kept, so that the runs are fewest.

    Parameters
    ----------
    steps : int
        To be reversed, two or more.
    snapshots : int
        Room for states, two or more; the state before the steps takes one.
    """
    count = repetitions(steps, snapshots)
    return min(most_steps(snapshots, count - 1), steps - most_steps(snapshots - 1, count - 1))


def first_snapshots(steps: int, snapshots: int) -> list[int]:
    """Return before which steps the first run through a loop keeps the state.

    Examples
    --------
    >>> from adkit.drivers.binomial import first_snapshots
    >>> first_snapshots(10, 3)
    [0, 4, 7]
    """
    found = [0]
    while steps - found[-1] > 1 and len(found) < snapshots:
        ahead = next_snapshot(steps - found[-1], snapshots - len(found) + 1)
        found.append(found[-1] + ahead)
    return found


class Kept(Generic[S]):
    """States that the first run through a loop kept: snapshots, and that before the last step."""

    def __init__(self) -> None:
        self.snapshots: list[tuple[int, S]] = []
        self.last: S | None = None


def reverse(
    steps: int,
    snapshots: int,
    kept: Kept[S],
    advance: Callable[[int, S], S],
    turn: Callable[[int, S], None],
) -> None:
    """Visit the states before all steps in reverse order, with the fewest runs of steps.

    Parameters
    ----------
    steps, snapshots : int
    kept : Kept
        At least the state before the first step. It is emptied.
    advance : callable
        ``advance(i, state)`` runs step i: the state after it.
    turn : callable
        ``turn(i, state)`` records step i and sweeps back over it.
    """
    stack = kept.snapshots
    last, kept.last = kept.last, None
    for i in reversed(range(steps)):
        start, state = stack[-1]
        if last is not None:
            start, state, last = i, last, None
        while start < i:
            ahead = i - start
            room = snapshots - len(stack) + 1
            if room > 1:
                ahead = next_snapshot(i + 1 - start, room)
            for k in range(start, start + ahead):
                state = advance(k, state)
            start += ahead
            if room > 1:
                stack.append((start, state))
        if stack[-1][0] == i:
            stack.pop()
        turn(i, state)
        del state
