"""Whether colours of a symmetric pattern are what they should be, checked fast."""

from __future__ import annotations

import numpy as np

from adkit.common.errors import PatternError
from adkit.sparse.colouring import check_length
from adkit.sparse.pattern import Pattern
from adkit.sparse.segments import Bools, Ints, components, numbered

__all__ = ["is_acyclic", "is_direct", "is_star"]


def is_direct(pattern: Pattern, colours: Ints) -> bool:
    """Return whether all entries of a symmetric pattern can be read off directly.

    Parameters
    ----------
    pattern : Pattern
        Symmetric.
    colours : array of int
        Of the columns; -1 for none.

    Examples
    --------
    >>> import numpy as np
    >>> from adkit.sparse import Pattern, is_direct
    >>> arrow = Pattern.from_dense([[1, 1, 1], [1, 1, 0], [1, 0, 1]])
    >>> is_direct(arrow, np.array([0, 1, 1])), is_direct(arrow, np.array([0, 0, 1]))
    (True, False)
    """
    check_symmetric(pattern)
    check_length(colours, pattern.shape[0], "columns")
    here = alone(pattern, colours)
    return bool(np.all(here | here[pattern.transposed_order]))


def is_star(pattern: Pattern, colours: Ints) -> bool:
    """Return whether neighbours differ and all paths of four vertices have three colours.

    Parameters
    ----------
    pattern : Pattern
        Symmetric; its diagonal is ignored.
    colours : array of int

    Examples
    --------
    >>> import numpy as np
    >>> from adkit.sparse import Pattern, is_star
    >>> path = Pattern.from_dense(abs(np.arange(4)[:, None] - np.arange(4)) == 1)
    >>> is_star(path, np.array([0, 1, 2, 0])), is_star(path, np.array([0, 1, 0, 1]))
    (True, False)
    """
    check_symmetric(pattern)
    check_length(colours, pattern.shape[0], "columns")
    return has_only_stars(pattern.keep(pattern.rows != pattern.columns), colours)


def is_acyclic(pattern: Pattern, colours: Ints) -> bool:
    """Return whether neighbours differ and no two colours together contain a cycle.

    Parameters
    ----------
    pattern : Pattern
        Symmetric; its diagonal is ignored.
    colours : array of int

    Examples
    --------
    >>> import numpy as np
    >>> from adkit.sparse import Pattern, is_acyclic
    >>> ring = Pattern.from_dense(abs(np.arange(4)[:, None] - np.arange(4)) % 2 == 1)
    >>> is_acyclic(ring, np.array([0, 1, 0, 2])), is_acyclic(ring, np.array([0, 1, 0, 1]))
    (True, False)
    """
    check_symmetric(pattern)
    check_length(colours, pattern.shape[0], "columns")
    return has_only_trees(pattern.keep(pattern.rows != pattern.columns), colours)


def has_only_stars(graph: Pattern, colours: Ints) -> bool:
    """Return whether a colouring of a graph, given without diagonal, is a star colouring."""
    if not _is_proper(graph, colours):
        return False
    here = alone(graph, colours)
    return bool(np.all(here | here[graph.transposed_order]))


def has_only_trees(graph: Pattern, colours: Ints) -> bool:
    """Return whether a colouring of a graph, given without diagonal, is acyclic."""
    if not _is_proper(graph, colours):
        return False
    # A vertex and the colour of a neighbour stand for one place in a graph of two colours.
    keys = graph.rows * (int(colours.max(initial=0)) + 1) + colours[graph.columns]
    places, node = np.unique(keys, return_inverse=True)
    above = graph.rows < graph.columns
    left, right = node[above], node[graph.transposed_order][above]
    trees = np.count_nonzero(components(len(places), left, right) == np.arange(len(places)))
    return bool(len(left) == len(places) - trees)


def check_symmetric(pattern: Pattern) -> None:
    """Raise an error unless a pattern equals its transpose."""
    if not pattern.is_symmetric:
        raise PatternError(
            "ADK712",
            f"a {pattern.shape[0]} x {pattern.shape[1]} pattern that is not symmetric",
            instead="a Hessian's pattern is; pattern | pattern.T makes a square one symmetric",
        )


def alone(pattern: Pattern, colours: Ints) -> Bools:
    """Return for each entry whether it is the only one of its row with its colour."""
    entries = colours[pattern.columns]
    coloured = entries >= 0
    keys = numbered(pattern.rows[coloured] * (int(colours.max(initial=0)) + 1) + entries[coloured])
    found = np.zeros(pattern.nnz, dtype=np.bool_)
    found[coloured] = np.bincount(keys)[keys] == 1
    return found


def _is_proper(graph: Pattern, colours: Ints) -> bool:
    different = colours[graph.rows] != colours[graph.columns]
    return bool(np.all(colours >= 0) and np.all(different))
