"""Colourings of symmetric patterns, which use that an entry stands in two places."""

from __future__ import annotations

import numpy as np

from adkit.sparse.colouring import Colouring, check_length
from adkit.sparse.neutral import kept, needed
from adkit.sparse.orders import Order, vertex_order
from adkit.sparse.pattern import Pattern
from adkit.sparse.segments import Ints, frozen
from adkit.sparse.validity import alone, check_symmetric

__all__ = [
    "acyclic_colouring",
    "star_colouring",
    "without_neutral",
]


def star_colouring(
    pattern: Pattern, order: Order | Ints = "natural", limit: int | None = None
) -> Colouring | None:
    """Colour a symmetric pattern so that every entry can be read off directly.

    Neighbours differ, and every path of four vertices has three colours: of each
    entry, one of its two places is alone in its direction.

    Parameters
    ----------
    pattern : Pattern
        Symmetric.
    order : str or array of int
        One of `ORDERS`, or the vertices in the order in which to colour them.
    limit : int, optional
        Give up as soon as more colours are needed.

    Returns
    -------
    Colouring or None
        None only if the limit was passed.

    Raises
    ------
    PatternError
        If the pattern is not symmetric.

    References
    ----------
    T. F. Coleman and J. J. Moré, Estimation of sparse Hessian matrices and graph
    coloring problems, Math. Programming 28 (1984).
    A. H. Gebremedhin, A. Tarafdar, F. Manne and A. Pothen, New acyclic and star coloring
    algorithms with application to computing Hessians, SIAM J. Sci. Comput. 29 (2007).

    Examples
    --------
    >>> from adkit.sparse import Pattern, star_colouring
    >>> arrow = Pattern.from_dense([[1, 1, 1], [1, 1, 0], [1, 0, 1]])
    >>> star_colouring(arrow).colours
    array([0, 1, 1])
    """
    graph, vertices, name = _prepared(pattern, order)
    most = pattern.shape[0] if limit is None else limit
    colours = _star(graph, vertices, most) if most >= 0 else None
    return None if colours is None else Colouring.of("star", frozen(colours), name)


def acyclic_colouring(
    pattern: Pattern, order: Order | Ints = "natural", limit: int | None = None
) -> Colouring | None:
    """Colour a symmetric pattern so that every entry can be found by substitution.

    Neighbours differ, and two colours together have no cycle: they induce trees, in
    which the entries are found from the leaves on.

    Parameters
    ----------
    pattern : Pattern
        Symmetric.
    order : str or array of int
        One of `ORDERS`, or the vertices in the order in which to colour them.
    limit : int, optional
        Give up as soon as more colours are needed.

    Returns
    -------
    Colouring or None
        None only if the limit was passed.

    Raises
    ------
    PatternError
        If the pattern is not symmetric.

    References
    ----------
    T. F. Coleman and J.-Y. Cai, The cyclic coloring problem and estimation of sparse
    Hessian matrices, SIAM J. Alg. Disc. Meth. 7 (1986).

    Examples
    --------
    >>> import numpy as np
    >>> from adkit.sparse import Pattern, acyclic_colouring, star_colouring
    >>> tridiagonal = Pattern.from_dense(abs(np.arange(6)[:, None] - np.arange(6)) <= 1)
    >>> star_colouring(tridiagonal).count, acyclic_colouring(tridiagonal).count
    (3, 2)
    """
    graph, vertices, name = _prepared(pattern, order)
    most = pattern.shape[0] if limit is None else limit
    colours = _acyclic(graph, vertices, most) if most >= 0 else None
    return None if colours is None else Colouring.of("acyclic", frozen(colours), name)


def without_neutral(pattern: Pattern, colouring: Colouring) -> Colouring:
    """Drop the colours through which no entry needs to be read: their vertices become -1.

    Parameters
    ----------
    pattern : Pattern
        Symmetric.
    colouring : Colouring
        One from which all entries can be read directly.

    Raises
    ------
    PatternError
        If the pattern is not symmetric, or the colouring is none of it.

    References
    ----------
    A. H. Gebremedhin, F. Manne and A. Pothen, What color is your Jacobian? Graph
    coloring for computing derivatives, SIAM Rev. 47 (2005).

    Examples
    --------
    >>> from adkit.sparse import Pattern, star_colouring, without_neutral
    >>> pair = Pattern.from_dense([[0, 1], [1, 0]])
    >>> without_neutral(pair, star_colouring(pair))
    Colouring(1 colour, star, natural)
    """
    check_symmetric(pattern)
    colours = colouring.colours
    check_length(colours, pattern.shape[0], "columns")
    mirror = pattern.transposed_order
    first = np.where(alone(pattern, colours), colours[pattern.columns], -1)
    keep = needed(first, first[mirror], np.ones(colouring.count))
    if keep.all():
        return colouring
    return Colouring.of("star", kept(colours, keep), colouring.method)


def _prepared(pattern: Pattern, order: Order | Ints) -> tuple[Pattern, Ints, str]:
    check_symmetric(pattern)
    graph = pattern.keep(pattern.rows != pattern.columns)
    vertices = vertex_order(graph, order) if isinstance(order, str) else frozen(order)
    used = pattern.row_counts > 0
    name = order if isinstance(order, str) else "given order"
    return graph, vertices[used[vertices]], name


def _star(graph: Pattern, order: Ints, most: int) -> Ints | None:
    """Give each vertex the least colour that makes no path of four in two colours.

    A hub has two neighbours of one colour. For each vertex: the colours seen `once` and
    `twice` among its neighbours, and the colours of neighbours that are `hubs` with
    respect to its own colour, all as bits.
    """
    starts, inner = graph.starts.tolist(), graph.columns.tolist()
    n = graph.shape[0]
    colours = [-1] * n
    own, once, twice, hubs = [0] * n, [0] * n, [0] * n, [0] * n
    first: dict[int, int] = {}
    beyond = 1 << most
    for v in order.tolist():
        near = inner[starts[v] : starts[v + 1]]
        taken, repeated = once[v], twice[v]
        for w in near:
            if own[w]:
                taken |= once[w] if repeated & own[w] else hubs[w]
        bit = ~taken & (taken + 1)
        if bit >= beyond:
            return None
        own[v], colours[v] = bit, bit.bit_length() - 1
        for w in near:
            if not once[w] & bit:
                once[w] |= bit
                first[w * n + colours[v]] = v
            else:
                hubs[v] |= own[w]
                if not twice[w] & bit:
                    twice[w] |= bit
                    hubs[first[w * n + colours[v]]] |= own[w]
            if repeated & own[w]:
                hubs[w] |= bit
    return np.array(colours, dtype=np.intp)


def _acyclic(graph: Pattern, order: Ints, most: int) -> Ints | None:
    """Give each vertex the least colour that closes no cycle in two colours.

    The trees in two colours are disjoint sets of places; a place is a vertex and the
    colour of a neighbour.
    """
    starts, inner = graph.starts.tolist(), graph.columns.tolist()
    n = graph.shape[0]
    colours = [-1] * n
    once, twice = [0] * n, [0] * n
    parent: dict[int, int] = {}
    beyond = 1 << most
    for v in order.tolist():
        near = inner[starts[v] : starts[v + 1]]
        taken = once[v]
        if twice[v]:
            coloured = [w for w in near if colours[w] >= 0 and twice[v] >> colours[w] & 1]
            taken |= _closing(coloured, colours, once, taken, parent, n)
        bit = ~taken & (taken + 1)
        if bit >= beyond:
            return None
        colour = colours[v] = bit.bit_length() - 1
        for w in near:
            twice[w] |= once[w] & bit
            once[w] |= bit
            if colours[w] >= 0:
                _join(parent, v * n + colours[w], w * n + colour)
    return np.array(colours, dtype=np.intp)


def _closing(
    near: list[int], colours: list[int], once: list[int], taken: int, parent: dict[int, int], n: int
) -> int:
    """Return the colours, as bits, that a tree already has at two neighbours of one colour."""
    closing = 0
    seen: set[tuple[int, int]] = set()
    for w in near:
        left = once[w] & ~taken
        while left:
            bit = left & -left
            left ^= bit
            root = (_root(parent, w * n + bit.bit_length() - 1), colours[w])
            if root in seen:
                closing |= bit
            seen.add(root)
    return closing


def _root(parent: dict[int, int], place: int) -> int:
    while (above := parent.get(place, place)) != place:
        parent[place] = parent.get(above, above)
        place = above
    return place


def _join(parent: dict[int, int], left: int, right: int) -> None:
    left, right = _root(parent, left), _root(parent, right)
    if left != right:
        parent[left] = right
