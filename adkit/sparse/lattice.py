"""Lattice colourings: (a . x) mod k, where x are the indices of an element of an array.

On stencils they need the fewest colours that are possible, where greedy ones do not:
a star of 2d + 1 points has the colours (x1 + 2 x2 + ... + d xd) mod (2d + 1).
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TypeAlias

import numpy as np

from adkit.common.errors import PatternError
from adkit.sparse.colouring import Colouring, conflicting_rows
from adkit.sparse.pattern import Pattern
from adkit.sparse.segments import Ints, ranges
from adkit.sparse.validity import check_symmetric, has_only_stars, has_only_trees

__all__ = ["Shape", "lattice_colouring", "symmetric_lattice"]

#: The shape of an array, or of several arrays one after the other.
Shape: TypeAlias = tuple[int, ...] | tuple[tuple[int, ...], ...]

#: Rows from which the differences of indices are taken at first, and for a counterexample.
_SAMPLE = 256
_COUNTEREXAMPLES = 32

#: Different differences beyond which a pattern is no stencil.
_DIFFERENCES = 4096

#: Candidates (k to the power of the dimensions) that are looked at together.
_CANDIDATES = 2**20

#: Patterns with longer rows are no stencils.
_LONGEST_ROW = 256

#: Candidates (length of rows to the power of the dimensions) beyond which nothing is searched.
_SEARCHED = 2**18

#: Multipliers that are tried for a symmetric pattern, first in a neighbourhood of one vertex.
_TRIALS = 1000
_STEPS = {"star": 2, "acyclic": 4}


def lattice_colouring(
    pattern: Pattern, shape: Shape, least: int | None = None, most: int | None = None
) -> Colouring | None:
    """Colour columns by a linear function of their indices in an array, modulo k.

    The search takes the smallest k first. It is guided by counterexamples: multipliers
    must separate the differences of indices that occur in a sample of the rows; what is
    found is checked in all rows, and the differences of rows where it fails join the
    others. So what is returned is valid, and what is passed over is impossible.

    Parameters
    ----------
    pattern : Pattern
        For rows, its transpose.
    shape : tuple of int, or tuple of such
        Of the array of which the columns are the elements, in C order; or of several
        arrays, one after the other, such as those of two arguments.
    least, most : int, optional
        The smallest and the largest k to try; by default the length of the longest
        row, and twice that.

    Returns
    -------
    Colouring or None
        None if there is no such colouring, or the pattern has too many different
        differences to be that of a stencil.

    Raises
    ------
    PatternError
        If the shape has another number of elements than the pattern has columns.

    References
    ----------
    S. W. Golomb and L. R. Welch, Perfect codes in the Lee metric and the packing of
    polyominoes, SIAM J. Appl. Math. 18 (1970).
    D. Goldfarb and P. L. Toint, Optimal estimation of Jacobian and Hessian matrices
    that arise in finite difference calculations, Math. Comp. 43 (1984).

    Examples
    --------
    >>> import numpy as np
    >>> from adkit.sparse import Pattern, lattice_colouring
    >>> i, j = np.divmod(np.arange(100), 10)
    >>> cross = abs(i[:, None] - i) + abs(j[:, None] - j) <= 1
    >>> lattice_colouring(Pattern.from_dense(cross), (10, 10))
    Colouring(5 colours, column, lattice (1, 2) mod 5)
    """
    indices = indices_of(shape, pattern.shape[1])
    longest = int(pattern.row_counts.max(initial=0))
    if longest > _LONGEST_ROW or longest == 0 or longest ** len(indices) > _SEARCHED:
        return None
    least = longest if least is None else max(least, longest)
    most = 2 * least if most is None else most
    used = pattern.column_counts > 0
    known = _differences(pattern, indices, _spread(pattern.shape[0], _SAMPLE))
    for k in range(least, most + 1):
        while len(known) <= _DIFFERENCES:
            multipliers = next(separating(known, indices.shape[0], k), None)
            if multipliers is None:
                break
            colours = np.where(used, multipliers @ indices % k, -1)
            bad = np.flatnonzero(conflicting_rows(pattern, colours))
            if not len(bad):
                return Colouring.of("column", colours, lattice_name(multipliers, k))
            more = _differences(pattern, indices, bad[_spread(len(bad), _COUNTEREXAMPLES)])
            known = np.unique(np.concatenate((known, more)), axis=0)
        else:
            return None
    return None


def symmetric_lattice(
    pattern: Pattern,
    shape: Shape,
    most: int,
    least: int = 1,
    *,
    substitution: bool = False,
) -> Colouring | None:
    """Colour a symmetric pattern by a linear function of indices in an array, modulo k.

    Parameters
    ----------
    pattern : Pattern
        Symmetric.
    shape : tuple of int, or tuple of such
        Of the array, or of several, of which the vertices are the elements, in C order.
    most, least : int
        The largest and the smallest k to try.
    substitution : bool
        If true, an acyclic colouring is enough.

    Returns
    -------
    Colouring or None
        A star colouring or an acyclic one, checked on the whole pattern; None if
        there is no such lattice, or none was found in the first thousand.

    Raises
    ------
    PatternError
        If the shape does not fit, or the pattern is not symmetric.

    Examples
    --------
    >>> import numpy as np
    >>> from adkit.sparse import Pattern, acyclic_colouring, symmetric_lattice
    >>> i, j = np.divmod(np.arange(100), 10)
    >>> cross = Pattern.from_dense(abs(i[:, None] - i) + abs(j[:, None] - j) <= 1)
    >>> acyclic_colouring(cross).count
    4
    >>> symmetric_lattice(cross, (10, 10), 3, substitution=True)
    Colouring(3 colours, acyclic, lattice (1, 1) mod 3)
    """
    check_symmetric(pattern)
    indices = indices_of(shape, pattern.shape[0])
    longest = int(pattern.row_counts.max(initial=0))
    if longest > _LONGEST_ROW or longest == 0:
        return None
    graph = pattern.keep(pattern.rows != pattern.columns)
    known = different(indices[:, graph.rows] - indices[:, graph.columns])
    kind, valid = ("acyclic", has_only_trees) if substitution else ("star", has_only_stars)
    first = next(one for one in _arrays(shape) if math.prod(one))
    middle = np.ravel_multi_index([size // 2 for size in first or (1,)], first or (1,))
    near = _neighbourhood(pattern, int(middle), _STEPS[kind])
    small = graph.submatrix(near, near)
    trials = 0
    for k in range(max(least, 1), most + 1):
        for multipliers in separating(known, indices.shape[0], k):
            if not _is_least_multiple(multipliers, k):
                continue
            trials += 1
            if trials > _TRIALS:
                return None
            colours = multipliers @ indices % k
            if valid(small, colours[near]) and valid(graph, colours):
                return Colouring.of(kind, colours, lattice_name(multipliers, k))
    return None


def indices_of(shape: Shape, size: int) -> Ints:
    """Return the indices of all elements, one row for each dimension of more than 1.

    Several arrays share their last axes, and each but the first has a row of its own,
    which is 1 for its elements: it is shifted by a number of its own.
    """
    shapes = _arrays(shape)
    sizes = [math.prod(one) for one in shapes]
    if sum(sizes) != size:
        raise PatternError(
            "ADK712",
            f"an array of shape {tuple(shape)} for a pattern of {size} columns or rows",
            instead="the columns are the elements of the array, or arrays, in C order",
        )
    most = max(len(one) for one in shapes)
    indices = np.zeros((most + len(shapes) - 1, size), dtype=np.intp)
    start = 0
    for number, (one, count) in enumerate(zip(shapes, sizes, strict=True)):
        part = slice(start, start + count)
        indices[most - len(one) : most, part] = np.indices(one).reshape(len(one), count)
        if number:
            indices[most + number - 1, part] = 1
        start += count
    varies = np.flatnonzero(indices.max(axis=1, initial=0))
    return indices[varies if len(varies) else [0]] if len(indices) else indices_of((size,), size)


def _arrays(shape: Shape) -> list[tuple[int, ...]]:
    """Return the shapes of one array, or of several."""
    several = [one for one in shape if isinstance(one, tuple)]
    return several or [tuple(size for size in shape if not isinstance(size, tuple))]


def lattice_name(multipliers: Ints, k: int) -> str:
    """Return how a lattice is called in tables."""
    return f"lattice ({', '.join(map(str, multipliers.tolist()))}) mod {k}"


def separating(differences: Ints, dimensions: int, k: int) -> Iterator[Ints]:
    """Yield the multipliers for which no difference is 0 modulo k."""
    if k**dimensions > _CANDIDATES:
        return
    grid = np.indices((k,) * dimensions, dtype=np.intp).reshape(dimensions, -1)
    reduced = np.unique(differences % k, axis=0)
    for low in range(0, len(reduced), 64):
        apart = np.all(reduced[low : low + 64] @ grid % k, axis=0)
        grid = grid[:, apart]
    yield from grid.T


def _differences(pattern: Pattern, indices: Ints, rows: Ints) -> Ints:
    """Return the different differences of indices between two entries of one of the rows."""
    counts = pattern.row_counts[rows]
    entries = ranges(pattern.starts[rows], counts)
    size = np.repeat(counts, counts)  # how many partners each entry has
    first = np.repeat(entries, size)
    second = ranges(np.repeat(pattern.starts[rows], counts), size)
    later = second > first
    left, right = pattern.columns[first[later]], pattern.columns[second[later]]
    return different(indices[:, right] - indices[:, left])


def different(vectors: Ints) -> Ints:
    """Return the different columns of an array, one in each row."""
    reach = np.abs(vectors).max(axis=1, initial=0) * 2 + 1
    weights = np.concatenate((np.cumprod(reach[:0:-1])[::-1], [1]))
    _, first = np.unique(weights @ vectors, return_index=True)
    return vectors[:, first].T


def _spread(count: int, most: int) -> Ints:
    """Return so many of the numbers below `count`, evenly spread, with both ends."""
    if count <= most:
        return np.arange(count, dtype=np.intp)
    return np.unique(np.linspace(0, count - 1, most).astype(np.intp))


def _neighbourhood(pattern: Pattern, vertex: int, steps: int) -> Ints:
    """Return the vertices that so many steps reach from one."""
    near = np.array([vertex], dtype=np.intp)
    for _ in range(steps):
        entries = ranges(pattern.starts[near], pattern.row_counts[near])
        near = np.union1d(near, pattern.columns[entries])
    return near


def _is_least_multiple(multipliers: Ints, k: int) -> bool:
    """Return whether no multiple, which colours alike, comes earlier."""
    mine = multipliers.tolist()
    units = (unit for unit in range(2, k) if math.gcd(unit, k) == 1)
    return all([unit * a % k for a in mine] >= mine for unit in units)
