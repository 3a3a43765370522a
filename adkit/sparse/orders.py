"""In which order a greedy colouring visits the vertices of a graph."""

from __future__ import annotations

from typing import Literal, TypeAlias, get_args

import numpy as np

from adkit.common.errors import ArgumentError
from adkit.sparse.pattern import Pattern
from adkit.sparse.segments import Ints

__all__ = ["ORDERS", "Order", "column_graph", "column_order", "vertex_order"]

Order: TypeAlias = Literal[
    "natural", "largest first", "smallest last", "incidence degree", "dynamic largest first"
]
ORDERS: tuple[Order, ...] = get_args(Order)

#: Pairs of columns that share a row, beyond which their graph is not built.
_PAIRS = 2**25


def column_graph(pattern: Pattern) -> Pattern | None:
    """Return which columns share a row, or None where that takes too much memory.

    Two columns of one colour must not share a row, so that colouring columns is
    colouring this graph.

    Parameters
    ----------
    pattern : Pattern

    Examples
    --------
    >>> from adkit.sparse import Pattern, column_graph
    >>> graph = column_graph(Pattern.from_dense([[1, 1, 0], [0, 0, 1]]))
    >>> graph.to_dense().astype(int)
    array([[1, 1, 0],
           [1, 1, 0],
           [0, 0, 1]])
    """
    counts = pattern.row_counts
    if int(np.sum(counts * counts)) > _PAIRS:
        return None
    return pattern.T.product(pattern)


def column_order(pattern: Pattern, order: Order, graph: Pattern | None = None) -> Ints:
    """Return the columns that have entries, in the order in which to colour them.

    Parameters
    ----------
    pattern : Pattern
    order : str
        One of `ORDERS`.
    graph : Pattern, optional
        What `column_graph` returned, to build it once for several orders.

    Returns
    -------
    array of int
        If the graph is too large to be built, degrees are estimated by the entries
        of the rows, and the dynamic orders are that by estimated degrees.

    Raises
    ------
    ArgumentError
        If there is no such order.

    References
    ----------
    T. F. Coleman and J. J. Moré, Estimation of sparse Jacobian matrices and graph
    coloring problems, SIAM J. Numer. Anal. 20 (1983).

    Examples
    --------
    >>> from adkit.sparse import Pattern, column_order
    >>> wide = Pattern.from_dense([[1, 0, 0, 0], [0, 1, 1, 0]])
    >>> column_order(wide, "natural"), column_order(wide, "largest first")
    (array([0, 1, 2]), array([1, 2, 0]))
    """
    _check(order)
    used = pattern.column_counts > 0
    if order == "natural":
        return np.flatnonzero(used)
    if graph is None:
        graph = column_graph(pattern)
    if graph is not None:
        ordered = vertex_order(graph, order)
    else:
        shared = np.zeros(pattern.shape[1])
        np.add.at(shared, pattern.columns, pattern.row_counts[pattern.rows] - 1.0)
        ordered = np.argsort(-shared, kind="stable")
    return ordered[used[ordered]]


def vertex_order(graph: Pattern, order: Order) -> Ints:
    """Return the vertices of a graph, given by its adjacency, in one of the orders.

    Parameters
    ----------
    graph : Pattern
        Symmetric; its diagonal is ignored.
    order : str
        One of `ORDERS`.

    Raises
    ------
    ArgumentError
        If there is no such order.

    References
    ----------
    D. W. Matula and L. L. Beck, Smallest-last ordering and clustering and graph
    coloring algorithms, J. ACM 30 (1983).

    Examples
    --------
    >>> from adkit.sparse import Pattern, vertex_order
    >>> star = Pattern.from_dense([[0, 0, 1], [0, 0, 1], [1, 1, 0]])
    >>> vertex_order(star, "largest first")
    array([2, 0, 1])
    """
    _check(order)
    if order == "natural":
        return np.arange(graph.shape[0], dtype=np.intp)
    graph = graph.keep(graph.rows != graph.columns)
    if order == "largest first":
        return np.argsort(-graph.row_counts, kind="stable")
    if order == "smallest last":
        return _dynamic(graph, graph.row_counts.tolist(), -1, smallest=True)[::-1].copy()
    if order == "dynamic largest first":
        return _dynamic(graph, graph.row_counts.tolist(), -1, smallest=False)
    return _dynamic(graph, [0] * graph.shape[0], 1, smallest=False)


def _dynamic(graph: Pattern, keys: list[int], step: int, *, smallest: bool) -> Ints:
    """Take the vertex with the extreme key, change the keys of its neighbours, and so on.

    A bucket for each key; a vertex that changes its key is put into the new bucket,
    and its old place is passed over when it comes up.
    """
    starts, inner = graph.starts.tolist(), graph.columns.tolist()
    top = max(graph.row_counts.tolist(), default=0)
    heap: list[list[int]] = [[] for _ in range(top + 1)]
    for vertex in range(len(keys) - 1, -1, -1):
        heap[keys[vertex]].append(vertex)
    taken: list[int] = []
    at = 0 if smallest else top
    away = 1 if smallest else -1
    while len(taken) < len(keys):
        while not heap[at]:
            at += away
        vertex = heap[at].pop()
        if keys[vertex] != at:
            continue
        keys[vertex] = -top - 2
        taken.append(vertex)
        for other in inner[starts[vertex] : starts[vertex + 1]]:
            if keys[other] >= 0:
                keys[other] += step
                heap[keys[other]].append(other)
        at = max(at - 1, 0) if smallest else min(at + 1, top)
    return np.array(taken, dtype=np.intp)


def _check(order: str) -> None:
    if order not in ORDERS:
        raise ArgumentError(
            "ADK106",
            f"there is no order {order!r} of a colouring",
            instead="the orders are " + ", ".join(f'"{name}"' for name in ORDERS),
        )
