"""The best of several colourings, each cut off at the best before it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

import numpy as np

from adkit.sparse.bounds import symmetric_bound
from adkit.sparse.colouring import Colouring, colour_columns
from adkit.sparse.lattice import Shape, lattice_colouring, symmetric_lattice
from adkit.sparse.orders import Order, column_graph, column_order
from adkit.sparse.pattern import Pattern
from adkit.sparse.segments import Ints
from adkit.sparse.symmetric import acyclic_colouring, star_colouring, without_neutral

__all__ = ["best_columns", "best_rows", "best_symmetric"]

#: Pairs of columns that share a row, beyond which dynamic orders are passed over.
_DEAR = 2**22

#: Times as many colours as the bound, from which on another order is tried.
_FAR = 4

#: Entries that all rounds of recolouring together may visit.
_EFFORT = 2**21


def best_columns(
    pattern: Pattern,
    shapes: Iterable[Shape] = (),
    orders: Iterable[Order] = ("natural", "largest first", "smallest last"),
    rounds: int | None = None,
) -> Colouring:
    """Return the best of several column colourings.

    Parameters
    ----------
    pattern : Pattern
    shapes : iterable of tuple of int, or of tuple of such
        Shapes of the array (or arrays) that the columns are elements of: for each, a lattice
        colouring is tried, and if there is one, only the first greedy one is beside it.
    orders : iterable of str
        Orders for greedy colourings; in large patterns, dynamic ones are passed over
        unless they come first.
    rounds : int, optional
        How often to colour again in the order of the colours found, which never needs
        more; by default as often as is cheap.

    Returns
    -------
    Colouring
        The search ends early at as many colours as one row has entries, since fewer
        are impossible.

    References
    ----------
    J. C. Culberson, Iterated greedy graph coloring and the difficulty landscape,
    Technical report TR 92-07, University of Alberta (1992).

    Examples
    --------
    >>> import numpy as np
    >>> from adkit.sparse import Pattern, best_columns, colour_columns
    >>> i, j = np.divmod(np.arange(100), 10)
    >>> cross = abs(i[:, None] - i) + abs(j[:, None] - j) <= 1  # on a 10 x 10 grid
    >>> stencil = Pattern.from_dense(cross)
    >>> colour_columns(stencil).count, best_columns(stencil, shapes=[(10, 10)]).count
    (7, 5)
    """
    orders = tuple(orders) or ("natural",)
    least = int(pattern.row_counts.max(initial=0))
    if least == np.count_nonzero(pattern.column_counts):
        return _all_different(pattern)
    best: Colouring | None = None
    for shape in shapes:
        most = None if best is None else best.count - 1
        best = lattice_colouring(pattern, shape, least, most) or best
        if best is not None and best.count == least:
            return best
    lattice = best
    for attempt in _attempts(pattern, orders):
        best = attempt(None if best is None else best.count - 1) or best
        if lattice is not None or best is None or best.count == least:
            break  # where a lattice fits, other orders do no better
    assert best is not None
    if best.count > least and best is not lattice:
        best = _recoloured(pattern, best, least, rounds)
    return best


def best_rows(
    pattern: Pattern,
    shapes: Iterable[Shape] = (),
    orders: Iterable[Order] = ("natural", "largest first", "smallest last"),
    rounds: int | None = None,
) -> Colouring:
    """Return the best of several row colourings: `best_columns` of the transpose.

    Parameters
    ----------
    pattern : Pattern
    shapes : iterable of tuple of int
        Shapes of the array of which the rows are the elements.
    orders : iterable of str
        Orders for greedy colourings.
    rounds : int, optional
        How often to colour again in the order of the colours found.

    Examples
    --------
    >>> from adkit.sparse import Pattern, best_rows
    >>> best_rows(Pattern.from_dense([[1, 1, 0], [0, 0, 1]])).count
    1
    """
    return replace(best_columns(pattern.T, shapes, orders, rounds), kind="row")


def best_symmetric(
    pattern: Pattern,
    shapes: Iterable[Shape] = (),
    orders: Iterable[Order] = ("natural", "largest first"),
    *,
    substitution: bool = False,
) -> Colouring:
    """Return the best of several colourings of a symmetric pattern.

    Colourings of the columns are among them, which on some stencils need fewer colours
    than star colourings.

    Parameters
    ----------
    pattern : Pattern
        Symmetric.
    shapes : iterable of tuple of int
        Shapes of the array of which the vertices are the elements, for lattices.
    orders : iterable of str
        Orders for greedy colourings.
    substitution : bool
        If true, acyclic colourings as well, from which entries are found by substitution.

    Returns
    -------
    Colouring
        For `by_symmetry`; colours that are not needed are dropped.

    Raises
    ------
    PatternError
        If the pattern is not symmetric.

    Examples
    --------
    >>> import numpy as np
    >>> from adkit.sparse import Pattern, best_symmetric
    >>> band = Pattern.from_dense(abs(np.arange(30)[:, None] - np.arange(30)) <= 2)
    >>> best_symmetric(band).count, best_symmetric(band, substitution=True).count
    (5, 3)
    """
    least = int(symmetric_bound(pattern).value)
    # An entry of the diagonal is read through its own colour, so that none can be dropped.
    complete = np.count_nonzero(pattern.rows == pattern.columns) == pattern.shape[0]
    shapes, orders = tuple(shapes), tuple(orders)
    found = without_neutral(pattern, best_columns(pattern, shapes, orders[:1], rounds=0))
    for shape in shapes:
        found = symmetric_lattice(pattern, shape, found.count - 1, least) or found
    for order in orders:
        star = star_colouring(pattern, order, found.count - 1 if complete else None)
        if star is not None:
            found = min(found, without_neutral(pattern, star), key=lambda one: one.count)
    if found.count > _FAR * least:
        # Hubs that come first share a colour, so that what meets several of them cannot.
        hubs_last = np.argsort(pattern.row_counts, kind="stable")
        star = star_colouring(pattern, hubs_last, found.count - 1 if complete else None)
        if star is not None:
            star = replace(without_neutral(pattern, star), method="smallest first")
            found = min(found, star, key=lambda one: one.count)
    if not substitution:
        return found
    for shape in shapes:
        most = found.count - 1
        found = symmetric_lattice(pattern, shape, most, least, substitution=True) or found
    for order in orders:
        if found.count > least:
            found = acyclic_colouring(pattern, order, found.count - 1) or found
    return found


def _all_different(pattern: Pattern) -> Colouring:
    colours = np.where(pattern.column_counts > 0, np.arange(pattern.shape[1]), -1)
    return Colouring.of("column", colours, "all different")


def _attempts(
    pattern: Pattern, orders: Iterable[Order]
) -> Iterator[Callable[[int | None], Colouring | None]]:
    """Yield greedy colourings, to be called with their limits."""
    graph = None
    for turn, order in enumerate(orders):
        if order != "natural" and graph is None:
            graph = column_graph(pattern)
        dear = order not in ("natural", "largest first") and (graph is None or graph.nnz > _DEAR)
        if turn and dear:
            continue
        columns = column_order(pattern, order, graph)

        def attempt(
            limit: int | None, columns: Ints = columns, order: Order = order
        ) -> Colouring | None:
            found = colour_columns(pattern, columns, limit)
            return None if found is None else replace(found, method=order)

        yield attempt


def _recoloured(pattern: Pattern, best: Colouring, least: int, rounds: int | None) -> Colouring:
    """Colour again, each colour found as one block, in reverse or the largest blocks first."""
    if rounds is None:
        rounds = min(20, _EFFORT // max(pattern.nnz, 1))
    found, origin = best, best.method
    for turn in range(rounds):
        rank = np.arange(found.count)[::-1]
        if turn % 3 == 1:
            sizes = np.bincount(found.colours[found.colours >= 0], minlength=found.count)
            rank = np.empty(found.count, dtype=np.intp)
            rank[np.argsort(-sizes, kind="stable")] = np.arange(found.count)
        coloured = np.flatnonzero(found.colours >= 0)
        order = coloured[np.argsort(rank[found.colours[coloured]], kind="stable")]
        again = colour_columns(pattern, order, found.count)
        if again is None:
            break  # only where wide rows come first can a round need more colours
        found = again
        if found.count < best.count:
            best = replace(found, method=f"{origin}, recoloured")
        if best.count == least:
            break
    return best
