"""Some columns forward and some rows in reverse, in one matrix.

One dense row makes every pair of columns share a row: forward directions alone are then
as many as columns. One reverse direction takes it away.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from adkit.sparse.colouring import Colouring
from adkit.sparse.lattice import Shape
from adkit.sparse.neutral import kept, needed
from adkit.sparse.orders import Order
from adkit.sparse.pattern import Pattern
from adkit.sparse.portfolio import best_columns, best_rows
from adkit.sparse.segments import Bools, Ints, frozen
from adkit.sparse.symmetric import acyclic_colouring, star_colouring
from adkit.sparse.validity import alone

__all__ = ["Bicolouring", "bicolour", "peel"]

#: How many ways to part dense rows or columns from the others are coloured: as many as visit
#: so many entries, within these limits.
_EFFORT = 2**22
_FEWEST_CUTS, _MOST_CUTS = 4, 12


@dataclass(frozen=True, eq=False)
class Bicolouring:
    """Colours of columns for forward directions, and of rows for reverse ones.

    Attributes
    ----------
    columns, rows : array of int
        Colours from 0; -1 marks what is in no direction.
    forward, reverse : int
        How many colours of columns and of rows.
    method : str
        How it was found.

    Examples
    --------
    >>> from adkit.sparse import Pattern, peel
    >>> arrow = Pattern.from_dense([[1, 1, 1, 1], [1, 1, 0, 0], [1, 0, 1, 0], [1, 0, 0, 1]])
    >>> found = peel(arrow)
    >>> found
    Bicolouring(2 forward, 1 reverse, 1 row peeled)
    >>> found.columns, found.rows
    (array([0, 1, 1, 1]), array([ 0, -1, -1, -1]))
    """

    columns: Ints
    rows: Ints
    forward: int
    reverse: int
    method: str

    @property
    def count(self) -> int:
        """How many directions in all."""
        return self.forward + self.reverse

    def __repr__(self) -> str:
        return f"Bicolouring({self.forward} forward, {self.reverse} reverse, {self.method})"


def peel(
    pattern: Pattern,
    forward_cost: float = 1.0,
    reverse_cost: float = 1.0,
    column_shapes: Iterable[Shape] = (),
    row_shapes: Iterable[Shape] = (),
    orders: Iterable[Order] = ("natural", "largest first"),
) -> Bicolouring:
    """Part dense rows (or columns) from the others, and colour both parts.

    Rows are sorted by their entries; a cut at each jump gives the dense ones to reverse
    directions and the others to forward ones. Columns likewise. Cuts are coloured in the
    order of the least that they can cost, until none can beat the best.

    Parameters
    ----------
    pattern : Pattern
    forward_cost, reverse_cost : float
        Of one direction.
    column_shapes, row_shapes : iterable of tuple of int
        Shapes for lattice colourings, as those of `best_columns` and `best_rows`.
    orders : iterable of str
        Orders for greedy colourings.

    Returns
    -------
    Bicolouring
        At best one-sided, if no cut is cheaper. Each entry can be read directly.

    References
    ----------
    A. K. M. S. Hossain and T. Steihaug, Computing a sparse Jacobian matrix by rows and
    columns, Optim. Methods Softw. 10 (1998).
    T. F. Coleman and A. Verma, The efficient computation of sparse Jacobian matrices
    using automatic differentiation, SIAM J. Sci. Comput. 19 (1998).

    Examples
    --------
    >>> import numpy as np
    >>> from adkit.sparse import Pattern, colour_columns, colour_rows, peel
    >>> frame = np.zeros((10, 20))
    >>> frame[:2] = frame[:, :2] = 1
    >>> pattern = Pattern.from_dense(frame)
    >>> colour_columns(pattern).count, colour_rows(pattern).count, peel(pattern).count
    (20, 10, 4)
    """
    shapes, orders = (tuple(column_shapes), tuple(row_shapes)), tuple(orders)
    costs = (forward_cost, reverse_cost)
    cuts = [*_cuts(pattern, costs, turned=False), *_cuts(pattern.T, costs[::-1], turned=True)]
    tried = []
    cheapest = np.inf
    most = max(_FEWEST_CUTS, min(_MOST_CUTS, _EFFORT // max(pattern.nnz, 1)))
    for bound, turned, dense in sorted(cuts, key=lambda cut: cut[:2])[:most]:
        if bound >= cheapest:
            break
        parts = _coloured(pattern, dense, shapes, orders[:1], turned=turned, rounds=0)
        cheapest = min(cheapest, cost := _cost(parts, costs))
        tried.append((cost, turned, dense))
    best: Bicolouring | None = None
    # One-sided plans gain most from a full search, so they get it too.
    chosen = min(tried, key=lambda cut: cut[:2])
    others = [cut for cut in cuts if not cut[2].any() and (chosen[2].any() or cut[1] != chosen[1])]
    for bound, turned, dense in [chosen, *others]:
        if best is None or bound < cheapest:
            parts = _coloured(pattern, dense, shapes, orders, turned=turned, rounds=None)
            if best is None or _cost(parts, costs) < cheapest:
                cheapest, best = _cost(parts, costs), _named(parts, dense, turned=turned)
    assert best is not None
    return best


def bicolour(
    pattern: Pattern,
    order: Order = "natural",
    *,
    substitution: bool = False,
    forward_cost: float = 1.0,
    reverse_cost: float = 1.0,
) -> Bicolouring:
    """Colour rows and columns together, as one symmetric pattern [0 A^T; A 0].

    Parameters
    ----------
    pattern : Pattern
    order : str
        One of `ORDERS`.
    substitution : bool
        If true, an acyclic colouring: fewer colours, and entries that are found by
        substitution. Otherwise a star colouring, of which the colours are dropped
        through which no entry needs to be read.
    forward_cost, reverse_cost : float
        Of one direction.

    References
    ----------
    A. H. Gebremedhin, F. Manne and A. Pothen, What color is your Jacobian? Graph
    coloring for computing derivatives, SIAM Rev. 47 (2005).
    A. Montoison, G. Dalle and A. Gebremedhin, Revisiting sparse matrix coloring and
    bicoloring, arXiv:2505.07308 (2025).

    Examples
    --------
    >>> from adkit.sparse import Pattern, bicolour
    >>> bicolour(Pattern.from_dense([[0, 0, 1], [0, 1, 0], [1, 0, 0]]))
    Bicolouring(1 forward, 0 reverse, star, natural)
    """
    both, n = pattern.augmented(), pattern.shape[1]
    found = (acyclic_colouring if substitution else star_colouring)(both, order)
    assert found is not None
    columns, rows = found.colours[:n], found.colours[n:]
    if not substitution:
        costs = np.repeat([forward_cost, reverse_cost], found.count)
        keep = needed(*_choices(pattern, columns, rows, found.count), costs)
        columns = kept(columns, keep[: found.count])
        rows = kept(rows, keep[found.count :])
    one, other = (Colouring.of("column", colours, "") for colours in (columns, rows))
    kind = "acyclic" if substitution else "star"
    return Bicolouring(one.colours, other.colours, one.count, other.count, f"{kind}, {order}")


def _choices(pattern: Pattern, columns: Ints, rows: Ints, count: int) -> tuple[Ints, Ints]:
    """Return for each entry the directions in which it is alone: forward, and reverse."""
    by_column = np.where(alone(pattern, columns), columns[pattern.columns], -1)
    by_row = np.full(pattern.nnz, -1, dtype=np.intp)
    order = pattern.transposed_order
    by_row[order] = np.where(alone(pattern.T, rows), rows[pattern.T.columns] + count, -1)
    return by_column, by_row


def _cuts(
    lined: Pattern, costs: tuple[float, float], *, turned: bool
) -> Iterator[tuple[float, bool, Bools]]:
    """Yield the least cost of each cut, with the rows that are dense by it."""
    counts = lined.row_counts
    sizes = np.unique(counts[counts > 0])
    # Which entries of a column are in rows of at least some size.
    order = np.argsort(-counts[lined.rows], kind="stable")
    columns, of_size = lined.columns[order], counts[lined.rows][order]
    ends = np.searchsorted(-of_size, -sizes[::-1], side="right")
    reached = np.zeros(lined.shape[1], dtype=np.intp)
    previous, reverse = 0, 0
    yield costs[0] * int(sizes[-1] if len(sizes) else 0), turned, counts < 0
    for size, below, end in zip(
        sizes[::-1], [*sizes[:-1][::-1], 0][: len(sizes)], ends, strict=True
    ):
        np.add.at(reached, columns[previous:end], 1)
        reverse = max(reverse, int(reached[columns[previous:end]].max()))
        previous = end
        yield costs[0] * int(below) + costs[1] * reverse, turned, counts >= size


def _coloured(
    pattern: Pattern,
    dense: Bools,
    shapes: Sequence[tuple[Shape, ...]],
    orders: tuple[Order, ...],
    *,
    turned: bool,
    rounds: int | None,
) -> tuple[Colouring, Colouring]:
    """Return colours of columns and of rows, if these rows (turned: columns) are dense."""
    kinds = (best_rows, best_columns) if turned else (best_columns, best_rows)
    most, few = (
        pattern.select(columns=marked) if turned else pattern.select(rows=marked)
        for marked in (~dense, dense)
    )
    found = kinds[0](most, shapes[turned], orders, rounds)
    if dense.any():
        other = kinds[1](few, shapes[not turned], orders, rounds)
    else:
        other = Colouring("column" if turned else "row", frozen(np.full(len(dense), -1)), 0, "")
    return (other, found) if turned else (found, other)


def _cost(parts: tuple[Colouring, Colouring], costs: tuple[float, float]) -> float:
    return costs[0] * parts[0].count + costs[1] * parts[1].count


def _named(parts: tuple[Colouring, Colouring], dense: Bools, *, turned: bool) -> Bicolouring:
    columns, rows = parts
    most, few = (rows, columns) if turned else (columns, rows)
    number = np.count_nonzero(dense)
    what = f"{'column' if turned else 'row'}{'' if number == 1 else 's'}"
    name = f"{number} {what} peeled" if few.count and most.count else (most.method or few.method)
    return Bicolouring(columns.colours, rows.colours, columns.count, rows.count, name)
