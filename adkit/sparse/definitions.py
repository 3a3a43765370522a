"""The definitions, written slowly: oracles for tests, and for users who doubt a plan.

Everything here follows the words of a definition on a dense matrix, looks at all cases,
and shares nothing with the fast algorithms. Patterns of a few rows are what it is for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import combinations, permutations

import numpy as np
from numpy.typing import ArrayLike

from adkit.sparse.pattern import Pattern
from adkit.sparse.segments import Bools

__all__ = [
    "determines",
    "fewest_both",
    "fewest_columns",
    "fewest_symmetric",
    "is_acyclic_colouring",
    "is_column_colouring",
    "is_star_colouring",
    "partitions",
    "reads_directly",
]


def is_column_colouring(pattern: Pattern, colours: Sequence[int]) -> bool:
    """Return whether columns with entries have colours, and none of one share a row.

    Parameters
    ----------
    pattern : Pattern
    colours : sequence of int
        Of the columns; negative ones are none.

    Examples
    --------
    >>> from adkit.sparse import Pattern
    >>> from adkit.sparse.definitions import is_column_colouring
    >>> steps = Pattern.from_dense([[1, 1, 0], [0, 1, 1]])
    >>> is_column_colouring(steps, [0, 1, 0]), is_column_colouring(steps, [0, 1, 1])
    (True, False)
    """
    matrix = pattern.to_dense()
    for j in range(matrix.shape[1]):
        if matrix[:, j].any() and colours[j] < 0:
            return False
    for j, k in combinations(range(matrix.shape[1]), 2):
        if colours[j] == colours[k] >= 0 and (matrix[:, j] & matrix[:, k]).any():
            return False
    return True


def is_star_colouring(pattern: Pattern, colours: Sequence[int]) -> bool:
    """Return whether neighbours differ and every path of four vertices has three colours.

    Parameters
    ----------
    pattern : Pattern
        Symmetric; its diagonal is ignored.
    colours : sequence of int
        Of the vertices.

    Examples
    --------
    >>> from adkit.sparse import Pattern
    >>> from adkit.sparse.definitions import is_star_colouring
    >>> path = Pattern.from_dense([[0, 1, 0, 0], [1, 0, 1, 0], [0, 1, 0, 1], [0, 0, 1, 0]])
    >>> is_star_colouring(path, [0, 1, 2, 1]), is_star_colouring(path, [0, 1, 0, 1])
    (True, False)
    """
    matrix = pattern.to_dense()
    if not _is_proper(pattern, colours):
        return False
    for a, b, c, d in permutations(range(len(matrix)), 4):
        path = matrix[a, b] and matrix[b, c] and matrix[c, d]
        if path and len({colours[v] for v in (a, b, c, d)}) < 3:
            return False
    return True


def is_acyclic_colouring(pattern: Pattern, colours: Sequence[int]) -> bool:
    """Return whether neighbours differ and every cycle has three colours.

    Parameters
    ----------
    pattern : Pattern
        Symmetric; its diagonal is ignored.
    colours : sequence of int
        Of the vertices.

    Examples
    --------
    >>> from adkit.sparse import Pattern
    >>> from adkit.sparse.definitions import is_acyclic_colouring
    >>> ring = Pattern.from_dense([[0, 1, 0, 1], [1, 0, 1, 0], [0, 1, 0, 1], [1, 0, 1, 0]])
    >>> is_acyclic_colouring(ring, [0, 1, 0, 2]), is_acyclic_colouring(ring, [0, 1, 0, 1])
    (True, False)
    """
    if not _is_proper(pattern, colours):
        return False
    matrix = pattern.to_dense()
    for length in range(3, len(matrix) + 1):
        for cycle in permutations(range(len(matrix)), length):
            edges = zip(cycle, (*cycle[1:], cycle[0]), strict=True)
            if all(matrix[a, b] for a, b in edges) and len({colours[v] for v in cycle}) < 3:
                return False
    return True


def reads_directly(
    pattern: Pattern, columns: Sequence[int], rows: Sequence[int], *, symmetric: bool = False
) -> bool:
    """Return whether each entry is the only one in one of the sums.

    Parameters
    ----------
    pattern : Pattern
    columns, rows : sequence of int
        Colours; negative ones are none.
    symmetric : bool
        If true, the entry in the mirrored place may be read instead.

    Examples
    --------
    >>> from adkit.sparse import Pattern
    >>> from adkit.sparse.definitions import reads_directly
    >>> arrow = Pattern.from_dense([[1, 1, 1], [1, 1, 0], [1, 0, 1]])
    >>> reads_directly(arrow, [0, 1, 1], [0, -1, -1])
    True
    >>> reads_directly(arrow, [0, 1, 1], [-1, -1, -1])
    False
    """
    matrix = pattern.to_dense()

    def alone(members: Bools, colours: Sequence[int], own: int) -> bool:
        others = (k for k, there in enumerate(members) if there and k != own)
        return colours[own] >= 0 and all(colours[k] != colours[own] for k in others)

    return all(
        alone(matrix[i], columns, j)
        or alone(matrix[:, j], rows, i)
        or (symmetric and alone(matrix[j], columns, i))
        for i, j in np.argwhere(matrix).tolist()
    )


def determines(
    pattern: Pattern,
    forward: ArrayLike | None = None,
    reverse: ArrayLike | None = None,
    *,
    symmetric: bool = False,
) -> bool:
    """Return whether the products with these seeds belong to one matrix only.

    The products are a linear function of the entries; it is built column by column, and
    its rank is compared with the number of unknowns.

    Parameters
    ----------
    pattern : Pattern
    forward : array_like of shape (p, n), optional
        Seeds of the products ``A @ s``, one in each row.
    reverse : array_like of shape (q, m), optional
        Seeds of the products ``w @ A``, one in each row.
    symmetric : bool
        Whether the matrix is known to be symmetric.

    Examples
    --------
    >>> from adkit.sparse import Pattern
    >>> from adkit.sparse.definitions import determines
    >>> determines(Pattern.full((2, 2)), [[1, 0], [0, 1]])
    True
    >>> determines(Pattern.full((2, 2)), [[1, 1]], [[1, 1]])
    False
    """
    m, n = pattern.shape
    there = np.zeros((0, n)) if forward is None else np.asarray(forward, dtype=float)
    back = np.zeros((0, m)) if reverse is None else np.asarray(reverse, dtype=float)
    images = []
    for i, j in np.argwhere(pattern.to_dense()):
        if symmetric and i < j:
            continue
        unit = np.zeros((m, n))
        unit[i, j] = 1
        if symmetric:
            unit[j, i] = 1
        images.append(np.concatenate(((there @ unit.T).ravel(), (back @ unit).ravel())))
    if not images:
        return True
    matrix = np.array(images)
    return matrix.size > 0 and int(np.linalg.matrix_rank(matrix)) == len(images)


def fewest_columns(pattern: Pattern) -> int:
    """Return the least number of groups of columns, by looking at all partitions.

    Parameters
    ----------
    pattern : Pattern

    Examples
    --------
    >>> from adkit.sparse import Pattern
    >>> from adkit.sparse.definitions import fewest_columns
    >>> fewest_columns(Pattern.from_dense([[1, 1, 0], [0, 1, 1], [1, 0, 1]]))
    3
    """
    used = np.flatnonzero(pattern.to_dense().any(axis=0))
    small = Pattern.from_dense(pattern.to_dense()[:, used])
    return _fewest(len(used), lambda colours: is_column_colouring(small, colours))


def fewest_symmetric(pattern: Pattern, *, substitution: bool = False) -> int:
    """Return the least number of colours of a star (or acyclic) colouring.

    Parameters
    ----------
    pattern : Pattern
        Symmetric.
    substitution : bool
        If true, that of an acyclic one.

    Examples
    --------
    >>> import numpy as np
    >>> from adkit.sparse import Pattern
    >>> from adkit.sparse.definitions import fewest_symmetric
    >>> path = Pattern.from_dense(abs(np.arange(5)[:, None] - np.arange(5)) <= 1)
    >>> fewest_symmetric(path), fewest_symmetric(path, substitution=True)
    (3, 2)
    """
    valid = is_acyclic_colouring if substitution else is_star_colouring
    return _fewest(pattern.shape[0], lambda colours: valid(pattern, colours))


def fewest_both(pattern: Pattern) -> int:
    """Return the least number of groups of columns and of rows together, read directly.

    Parameters
    ----------
    pattern : Pattern

    Examples
    --------
    >>> from adkit.sparse import Pattern
    >>> from adkit.sparse.definitions import fewest_both
    >>> arrow = [[1, 1, 1, 1], [1, 1, 0, 0], [1, 0, 1, 0], [1, 0, 0, 1]]
    >>> fewest_both(Pattern.from_dense(arrow))
    3
    """
    m, n = pattern.shape
    # Group 0 of one more member is the group of those that are in no direction.
    of_columns, of_rows = (
        [[c - 1 for c in colours[1:]] for colours in partitions(size + 1)] for size in (n, m)
    )
    for count in range(n + m + 1):
        for columns in of_columns:
            forward = max(columns, default=-1) + 1
            for rows in of_rows:
                same = forward + max(rows, default=-1) + 1 == count
                if same and reads_directly(pattern, columns, rows):
                    return count
    raise AssertionError("all columns in directions of their own read everything")


def partitions(size: int) -> Iterator[list[int]]:
    """Yield all ways to group so many members, as colours of which each is new by one.

    Parameters
    ----------
    size : int

    Examples
    --------
    >>> from adkit.sparse.definitions import partitions
    >>> list(partitions(3))
    [[0, 0, 0], [0, 0, 1], [0, 1, 0], [0, 1, 1], [0, 1, 2]]
    """
    if size == 0:
        yield []
        return
    for before in partitions(size - 1):
        for colour in range(max(before, default=-1) + 2):
            yield [*before, colour]


def _fewest(size: int, valid: Callable[[list[int]], bool]) -> int:
    return min(max(colours, default=-1) + 1 for colours in partitions(size) if valid(colours))


def _is_proper(pattern: Pattern, colours: Sequence[int]) -> bool:
    """Return whether all vertices have colours, and neighbours different ones."""
    matrix = pattern.to_dense()
    edges = combinations(range(len(matrix)), 2)
    return min(colours, default=0) >= 0 and not any(
        matrix[a, b] and colours[a] == colours[b] for a, b in edges
    )
