"""Lattice colourings: (a . x) mod k, where x are the indices of an element of an array.

On stencils they need the fewest colours that are possible, where greedy ones do not:
a star of 2d + 1 points has the colours (x1 + 2 x2 + ... + d xd) mod (2d + 1).
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from adkit.common.errors import PatternError
from adkit.sparse.colouring import Colouring, conflicting_rows
from adkit.sparse.pattern import Pattern
from adkit.sparse.segments import Ints, ranges

__all__ = ["lattice_colouring"]

#: Rows from which the differences of indices are taken at first, and for a counterexample.
_SAMPLE = 256
_COUNTEREXAMPLES = 32

#: Different differences beyond which a pattern is no stencil.
_DIFFERENCES = 4096

#: Candidates (k to the power of the dimensions) that are looked at together.
_CANDIDATES = 2**20

#: Patterns with longer rows are no stencils.
_LONGEST_ROW = 256


def lattice_colouring(
    pattern: Pattern, shape: tuple[int, ...], least: int | None = None, most: int | None = None
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
    shape : tuple of int
        Of the array of which the columns are the elements, in C order.
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
    if longest > _LONGEST_ROW or longest == 0:
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


def indices_of(shape: tuple[int, ...], size: int) -> Ints:
    """Return the indices of all elements, one row for each dimension of more than 1."""
    if math.prod(shape) != size:
        raise PatternError(
            "ADK712",
            f"an array of shape {tuple(shape)} for a pattern of {size} columns or rows",
            instead="the columns are the elements of the array, in C order",
        )
    dimensions = [n for n in shape if n != 1] or [1]
    return np.indices(dimensions, dtype=np.intp).reshape(len(dimensions), size)


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
    found: NDArray[np.intp] = np.unique((indices[:, right] - indices[:, left]).T, axis=0)
    return found


def _spread(count: int, most: int) -> Ints:
    """Return so many of the numbers below `count`, evenly spread, with both ends."""
    if count <= most:
        return np.arange(count, dtype=np.intp)
    return np.unique(np.linspace(0, count - 1, most).astype(np.intp))
