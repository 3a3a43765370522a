"""Cotangents of a matrix that is multiplied again and again, as the weights of a recurrent network.

Each product ``matrix @ vector`` adds a matrix of rank one to the cotangent of the matrix: two
passes over numbers that the product itself reads once. Many of these are one product of matrices,
of the vectors and of the cotangents, which takes a fifth of the time: the gradient of a recurrent
network with 256 units takes 4 times the network instead of 10. So from its second use on,
a matrix has an entry of its own on the tape, between it and its uses: what they send there is
collected by rows, and goes on to the matrix when the sweep comes to that entry.

A sweep whose cotangents carry directions, masks or other levels, and one that shows the cotangents
of intermediate values, adds up one after the other.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy import ndarray

from adkit.reverse.tape import Cotangents, Entry, Tape, accumulate, next_serial

#: So many rows are multiplied at a time; what the tape has freed is held no longer.
_ROWS = 32
#: Products with more rows are worth one of their own.
_MOST = 8


def shared_entry(p: Entry, x: Any, other: Any, axis: int, level: Tape) -> Entry:
    """Return the entry to which one more product with a matrix sends its cotangents.

    Parameters
    ----------
    p : Entry
        That of the matrix.
    x, other : array
        The matrix, if it is one, and what it is multiplied by.
    axis : int
        Along which `other` has a vector, or several.
    level : Tape
    """
    parts = level.parts
    if parts is None or type(level) is not Tape or x.ndim != 2:
        return p
    if not 0 < getattr(other, "ndim", 0) < 3:  # np.dot takes numbers too
        return p
    if other.ndim == 2 and other.shape[axis] > _MOST:
        return p
    key = id(p), "uses"
    found: Entry | None = parts.get(key)
    if found is p:
        found = parts[key] = [next_serial(), None, pull_rows, p]
        level.append(found)
    elif found is None:
        found = parts[key] = p  # so that its id stays its own
    return found


class Rows:
    """The sum of products ``left.T @ right``, of rows that come one after the other."""

    __slots__ = ("_count", "_left", "_right", "_total")

    def __init__(self) -> None:
        self._left: list[Any] = []
        self._right: list[Any] = []
        self._count = 0
        self._total: Any = None

    def add(self, left: Any, right: Any) -> None:
        """Add the product of some rows."""
        self._left.append(left)
        self._right.append(right)
        self._count += len(left)
        if self._count >= _ROWS:
            self._multiply()

    def total(self) -> Any:
        """Return the sum."""
        if self._count:
            self._multiply()
        return self._total

    def _multiply(self) -> None:
        product = np.concatenate(self._left).T @ np.concatenate(self._right)
        if self._total is None:
            self._total = product
        else:
            self._total += product
        self._left, self._right, self._count = [], [], 0


def collected(
    ct: Any, entry: Entry, mine: Any, other: Any, side: int, cotangents: Cotangents
) -> bool:
    """Collect the cotangent of a product for one of its operands, if its rows can be.

    Parameters
    ----------
    ct : array
    entry : Entry
        What `shared_entry` gave for the operand.
    mine, other : array
        That operand, and what it is multiplied by.
    side : int
        Whether it stands on the left, 0, or on the right, 1.
    cotangents : Cotangents
    """
    if (
        type(ct) is not ndarray
        or type(other) is not ndarray
        or not cotangents.alone
        or not ct.ndim == other.ndim <= 2
        or not ct.dtype is other.dtype is mine.dtype
    ):
        return False
    if ct.ndim == 1:
        ct, other = ct[None], other[None]
    elif side == 0:
        ct, other = ct.T, other.T
    if not 0 < len(ct) <= _MOST:
        return False
    rows = cotangents.get(entry[0])
    if rows is None:
        rows = cotangents[entry[0]] = Rows()
    if side == 0:
        rows.add(ct, other)
    else:
        rows.add(other, ct)
    return True


def pull_rows(ct: Any, entry: Entry, cotangents: Cotangents) -> None:
    """Add what the uses of a matrix sent to its cotangent."""
    accumulate(cotangents, entry[3], ct.total())
