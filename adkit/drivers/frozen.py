"""Entries that do not change: computed once, they leave the colouring.

What the constant entries add to the products of the others is known, and subtracted.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from adkit.drivers.products import Products
from adkit.sparse.compression import Compression
from adkit.sparse.pattern import Pattern

__all__ = ["Frozen", "moving_pattern"]

Array = NDArray[Any]

#: From rows whose constant entries are larger than the others by this factor these are not
#: subtracted: the difference would lose as many digits.
_LOSS = 2.0**19

#: Relative difference up to which an entry is the same.
_SAME = 2.0**-40


class Frozen:
    """A Jacobian of which some entries are known.

    Attributes
    ----------
    compression : Compression
        Of the entries that move.
    pattern : Pattern
        Of all.
    """

    def __init__(self, pattern: Pattern, values: Array, compression: Compression) -> None:
        self.pattern, self.compression = pattern, compression
        moves = pattern.found_in(compression.pattern)
        self._moves = np.flatnonzero(moves)
        self._values = values.copy()
        known = compression.compress(values[~moves], pattern.keep(~moves))
        self._forward, self._reverse = known
        self._known: Array | None = None
        if compression.sources is not None:  # what each moving entry is too large by
            self._known = np.concatenate([side.reshape(-1) for side in known])[compression.sources]

    def changed(self, values: Array) -> NDArray[np.bool_]:
        """Return which of the known entries are others in a result."""
        size = np.maximum(np.abs(values), np.abs(self._values))
        changed: NDArray[np.bool_] = np.abs(values - self._values) > _SAME * size
        changed[self._moves] = False
        return changed

    def recover(self, products: Products) -> Array:
        """Return all entries, from the products of those that move."""
        if self._known is None:
            moved = self.compression.recover(
                products.forward - self._forward, products.reverse - self._reverse
            )
        else:
            moved = self.compression.recover(products.forward, products.reverse)
            moved = moved - self._known
        values = self._values.astype(np.result_type(self._values, moved), copy=True)
        values[self._moves] = moved
        return values


def moving_pattern(
    pattern: Pattern, nonlinear: Pattern, values: Array, *, columns: bool
) -> Pattern | None:
    """Return the entries that are computed each time, None if freezing is not possible.

    Parameters
    ----------
    pattern, nonlinear : Pattern
        All entries, and those that may change.
    values : array
        All entries at one point.
    columns : bool
        Whether constant entries are subtracted along columns too: in reverse, and where
        the matrix is symmetric.
    """
    moves = pattern.found_in(nonlinear)
    if moves.all() or not np.isfinite(values).all():
        return None
    size = np.abs(values).astype(float)
    kept = moves | _lost(pattern.rows, pattern.shape[0], size, moves)
    if columns:
        kept |= _lost(pattern.columns, pattern.shape[1], size, moves)
    return pattern.keep(kept)


def _lost(lines: NDArray[np.intp], count: int, size: Array, moves: Array) -> Array:
    """Return which entries are in rows, or columns, from which constants are not subtracted."""
    constant = np.bincount(lines[~moves], size[~moves], count)
    moving = np.zeros(count)
    np.maximum.at(moving, lines[moves], size[moves])
    lost: Array = (constant > _LOSS * moving) & (moving > 0)
    return lost[lines]
