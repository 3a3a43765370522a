"""Colourings of columns and rows: those of one colour share one direction."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, replace

import numpy as np

from adkit.common.errors import PatternError
from adkit.sparse.orders import Order, column_order
from adkit.sparse.pattern import Pattern
from adkit.sparse.segments import Bools, Ints, frozen

__all__ = ["Colouring", "colour_columns", "colour_rows"]

#: Rows of more entries than this keep the colours in use as bits of one int.
_WIDE = 1024

#: More colours than this in one row, and narrow rows keep lists instead of bits.
_MANY = 4096


@dataclass(frozen=True, eq=False)
class Colouring:
    """Which columns (or rows) share a direction.

    Attributes
    ----------
    kind : str
        What it is valid for: "column", "row", "star" or "acyclic".
    colours : array of int
        From 0; -1 marks what is in no direction.
    count : int
        How many colours.
    method : str
        How it was found: the order of a greedy colouring, a lattice, ...

    Examples
    --------
    >>> from adkit.sparse import Pattern, colour_columns
    >>> found = colour_columns(Pattern.from_dense([[1, 1, 0], [0, 1, 1]]))
    >>> found
    Colouring(2 colours, column, natural)
    >>> found.colours, found.groups()
    (array([0, 1, 0]), [array([0, 2]), array([1])])
    """

    kind: str
    colours: Ints
    count: int
    method: str

    @classmethod
    def of(cls, kind: str, colours: Ints, method: str) -> Colouring:
        """Return a colouring with its colours numbered from 0 without gaps."""
        known, numbers = np.unique(colours, return_inverse=True)
        none = int(np.searchsorted(known, 0))
        numbers = np.maximum(numbers.reshape(-1) - none, -1)
        return cls(kind, frozen(numbers), len(known) - none, method)

    def groups(self) -> list[Ints]:
        """Return the members of each colour."""
        order = np.argsort(self.colours, kind="stable")
        ends = np.searchsorted(self.colours[order], np.arange(self.count + 1))
        return [order[low:high] for low, high in itertools.pairwise(ends)]

    def __repr__(self) -> str:
        plural = "" if self.count == 1 else "s"
        return f"Colouring({self.count} colour{plural}, {self.kind}, {self.method})"


def colour_columns(
    pattern: Pattern, order: Order | Ints = "natural", limit: int | None = None
) -> Colouring | None:
    """Colour columns greedily, so that no two of one colour share a row.

    Parameters
    ----------
    pattern : Pattern
    order : str or array of int
        One of `ORDERS`, or the columns in the order in which to colour them.
    limit : int, optional
        Give up as soon as more colours are needed.

    Returns
    -------
    Colouring or None
        None only if the limit was passed. Columns without entries have no colour. In
        patterns with a row of more than 4096 entries, these columns come first.

    References
    ----------
    A. R. Curtis, M. J. D. Powell and J. K. Reid, On the estimation of sparse Jacobian
    matrices, J. Inst. Math. Appl. 13 (1974).

    Examples
    --------
    >>> from adkit.sparse import Pattern, colour_columns
    >>> colour_columns(Pattern.full((2, 3)))
    Colouring(3 colours, column, natural)
    >>> colour_columns(Pattern.full((2, 3)), limit=2) is None
    True
    """
    name = order if isinstance(order, str) else "given order"
    columns = column_order(pattern, order) if isinstance(order, str) else frozen(order)
    most = pattern.shape[1] if limit is None else limit
    widest = int(pattern.row_counts.max(initial=0))
    if widest > most:
        return None
    fit = _first_fit if widest <= _MANY else _first_fit_wide
    colours = fit(pattern, columns, most)
    return None if colours is None else Colouring.of("column", colours, name)


def colour_rows(
    pattern: Pattern, order: Order | Ints = "natural", limit: int | None = None
) -> Colouring | None:
    """Colour rows greedily, so that no two of one colour share a column.

    Parameters
    ----------
    pattern : Pattern
    order : str or array of int
        One of `ORDERS`, or the rows in the order in which to colour them.
    limit : int, optional
        Give up as soon as more colours are needed.

    Returns
    -------
    Colouring or None
        None only if the limit was passed.

    Examples
    --------
    >>> from adkit.sparse import Pattern, colour_rows
    >>> colour_rows(Pattern.full((2, 3)))
    Colouring(2 colours, row, natural)
    """
    found = colour_columns(pattern.T, order, limit)
    return None if found is None else replace(found, kind="row")


def conflicting_rows(pattern: Pattern, colours: Ints) -> Bools:
    """Return for each row whether two of its entries have columns of one colour."""
    entries = colours[pattern.columns]
    count = int(entries.max(initial=-1)) + 1
    bad = np.zeros(pattern.shape[0], dtype=np.bool_)
    if count <= 62 and pattern.nnz:
        bits = np.where(entries < 0, 0, np.left_shift(1, np.maximum(entries, 0)))
        used = np.flatnonzero(pattern.row_counts)
        seen = np.bitwise_or.reduceat(bits, pattern.starts[used])
        number = np.add.reduceat((entries >= 0).astype(np.intp), pattern.starts[used])
        bad[used] = np.bitwise_count(seen) < number
        return bad
    coloured = entries >= 0
    keys = np.sort(pattern.rows[coloured] * count + entries[coloured])
    bad[keys[1:][keys[1:] == keys[:-1]] // max(count, 1)] = True
    return bad


def check_length(colours: Ints, size: int, what: str) -> None:
    """Raise an error unless there is a colour for each of so many columns, rows, ..."""
    if colours.shape != (size,):
        raise PatternError(
            "ADK713",
            f"{colours.size} colours for a pattern of {size} {what}",
            instead=f"give one for each of the {what}, -1 for none",
        )


def _first_fit(pattern: Pattern, order: Ints, most: int) -> Ints | None:
    """Give each column the least colour that none of its rows has yet."""
    starts, rows = pattern.T.starts.tolist(), pattern.T.columns.tolist()
    used = [0] * pattern.shape[0]
    colours = np.full(pattern.shape[1], -1, dtype=np.intp)
    found = []
    beyond = 1 << most
    for j in order.tolist():
        mine = rows[starts[j] : starts[j + 1]]
        taken = 0
        for i in mine:
            taken |= used[i]
        bit = ~taken & (taken + 1)
        if bit >= beyond:
            return None
        for i in mine:
            used[i] |= bit
        found.append(bit.bit_length() - 1)
    colours[order] = found
    return colours


def _first_fit_wide(pattern: Pattern, order: Ints, most: int) -> Ints | None:
    """Do the same where a row has very many colours, in bounded memory.

    The columns of the longest row are all different whatever is done, so they come
    first and cost nothing; only wide rows keep bits, the others keep lists.
    """
    starts, rows = pattern.T.starts.tolist(), pattern.T.columns.tolist()
    wide = set(np.flatnonzero(pattern.row_counts > _WIDE).tolist())
    longest = int(np.argmax(pattern.row_counts))
    first = np.zeros(pattern.shape[1], dtype=np.bool_)
    first[pattern.row(longest)] = True
    wide.discard(longest)
    bits = dict.fromkeys(wide, 0)
    lists: list[list[int]] = [[] for _ in range(pattern.shape[0])]
    colours = np.full(pattern.shape[1], -1, dtype=np.intp)
    given = iter(range(pattern.shape[1]))
    for j in np.concatenate((order[first[order]], order[~first[order]])).tolist():
        mine = rows[starts[j] : starts[j + 1]]
        if first[j]:
            colour = next(given)
        else:
            taken = 0
            for i in wide.intersection(mine):
                taken |= bits[i]
            near = {c for i in mine if i not in wide for c in lists[i]}
            bit = ~taken & (taken + 1)
            while (colour := bit.bit_length() - 1) in near:
                taken |= bit
                bit = ~taken & (taken + 1)
            if colour >= most:
                return None
        for i in mine:
            if i in wide:
                bits[i] |= 1 << colour
            elif i != longest:
                lists[i].append(colour)
        colours[j] = colour
    return colours
