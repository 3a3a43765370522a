"""How few directions are possible, each bound with the plans for which it is proved."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import partial

import numpy as np

from adkit.sparse.parts import Parts, dense_block, lacking_part, least
from adkit.sparse.pattern import Pattern
from adkit.sparse.segments import Ints, ranges
from adkit.sparse.validity import check_symmetric

__all__ = [
    "LINEAR",
    "PARTITIONS",
    "Bound",
    "clique_bound",
    "column_bound",
    "counting_bound",
    "forward_bounds",
    "information_bound",
    "row_bound",
    "symmetric_bound",
]

#: The classes of plans, as they are said in tables.
PARTITIONS = "forward directions, one for each group of columns, direct recovery"
LINEAR = {
    "forward": "forward directions only, any linear recovery",
    "reverse": "reverse directions only, any linear recovery",
    "both": "forward and reverse directions, any linear recovery",
    "symmetric": "symmetric matrix, any linear recovery",
}

#: Entries that are looked at to extend cliques.
_EXTENSION = 2**21

#: Entries beyond which no parts are looked for, where entries and directions are counted enough.
_LARGE = 2**16


@dataclass(frozen=True)
class Bound:
    """A number of directions (or a cost) that no plan of a class undercuts.

    Attributes
    ----------
    value : float
        How many; of weighted directions, what they cost.
    plans : str
        The class of plans for which it is proved.
    certificate : str
        Why, in one sentence that can be checked.

    Examples
    --------
    >>> from adkit.sparse import Pattern, row_bound
    >>> print(row_bound(Pattern.full((2, 3))))
    at least 3 (forward directions only, any linear recovery): row 0 has 3 nonzeros
    """

    value: float
    plans: str
    certificate: str

    def __str__(self) -> str:
        return f"at least {self.value:g} ({self.plans}): {self.certificate}"


def row_bound(pattern: Pattern) -> Bound:
    """Return the bound of the longest row, for forward directions and any linear recovery.

    Parameters
    ----------
    pattern : Pattern

    Notes
    -----
    The products of p directions tell p numbers about a row, whatever the seeds are.

    Examples
    --------
    >>> from adkit.sparse import Pattern, row_bound
    >>> row_bound(Pattern.identity(3)).value
    1
    """
    return _longest(pattern, "row", "forward")


def column_bound(pattern: Pattern) -> Bound:
    """Return the bound of the longest column, for reverse directions and any linear recovery.

    Parameters
    ----------
    pattern : Pattern

    Examples
    --------
    >>> from adkit.sparse import Pattern, column_bound
    >>> print(column_bound(Pattern.full((2, 3))))
    at least 2 (reverse directions only, any linear recovery): column 0 has 2 nonzeros
    """
    return _longest(pattern.T, "column", "reverse")


def counting_bound(pattern: Pattern) -> Bound:
    """Return the bound of the number of columns that one group can hold.

    The columns of a group share no row, so that their entries add up to the number of
    rows at most. It holds for groups of columns only; for groups of rows, transpose.

    Parameters
    ----------
    pattern : Pattern

    Examples
    --------
    >>> import numpy as np
    >>> from adkit.sparse import Pattern, counting_bound, row_bound
    >>> i = np.arange(10)
    >>> ring = Pattern.from_dense((i - i[:, None] + 1) % 10 <= 2)
    >>> row_bound(ring).value, counting_bound(ring).value
    (3, 4)
    """
    counts = np.sort(pattern.column_counts)
    counts = counts[counts > 0]
    rows = int(np.count_nonzero(pattern.row_counts))
    most = int(np.searchsorted(np.cumsum(counts), rows, side="right"))
    value = -(-len(counts) // most) if most else 0
    return Bound(
        value,
        PARTITIONS,
        f"{len(counts)} columns, of which at most {most} fit into {rows} rows without sharing one",
    )


def clique_bound(pattern: Pattern, tries: int = 64) -> Bound:
    """Return the bound of some columns of which every two share a row.

    It holds for groups of columns only; for groups of rows, transpose.

    Parameters
    ----------
    pattern : Pattern
    tries : int
        From how many of the longest rows to start: each row is such a set of columns,
        and is extended greedily.

    Examples
    --------
    >>> from adkit.sparse import Pattern, clique_bound
    >>> print(clique_bound(Pattern.from_dense([[1, 1, 0], [0, 1, 1], [1, 0, 1]])).certificate)
    every two of the columns 0, 1, 2 share a row
    """
    longest = np.argsort(-pattern.row_counts, kind="stable")[:tries]
    best = pattern.row(int(longest[0])) if len(longest) else np.zeros(0, dtype=np.intp)
    # How many columns are looked at to extend a row by one column after another.
    reach = np.zeros(pattern.shape[1])
    np.add.at(reach, pattern.columns, pattern.row_counts[pattern.rows])
    left = _EXTENSION
    used = np.count_nonzero(reach)
    for row in longest.tolist():
        left -= int(reach[pattern.row(row)].sum())
        if left < 0 or len(best) == used:
            break
        clique = _extended(pattern, pattern.row(row))
        best = clique if len(clique) > len(best) else best
    return Bound(len(best), PARTITIONS, f"every two of the columns {_shown(best)} share a row")


def forward_bounds(pattern: Pattern) -> list[Bound]:
    """Return the bounds for forward directions, the one for any linear recovery first.

    Parameters
    ----------
    pattern : Pattern
        For reverse directions, its transpose.

    Examples
    --------
    >>> from adkit.sparse import Pattern, forward_bounds
    >>> [bound.value for bound in forward_bounds(Pattern.full((2, 3)))]
    [3, 3, 3]
    """
    return [row_bound(pattern), counting_bound(pattern), clique_bound(pattern)]


def information_bound(
    pattern: Pattern, forward_cost: float = 1.0, reverse_cost: float = 1.0
) -> Bound:
    """Return the bound for forward and reverse directions together, any linear recovery.

    Parameters
    ----------
    pattern : Pattern
    forward_cost, reverse_cost : float
        Of one direction. The bound is that of the sum of the costs.

    Notes
    -----
    Take away rows of at most p entries and columns of at most q entries as long as there
    are any. In a connected part of what is left, of m rows and n columns, p forward
    directions give p numbers for each row and q reverse ones q numbers for each column,
    and p q of them twice, as every w (A s) = (w A) s. So if something is left, it must
    not have more than p m + q n - p q entries. For a dense block this says that p is not
    less than its columns, or q not less than its rows.

    Examples
    --------
    >>> import numpy as np
    >>> from adkit.sparse import Pattern, information_bound, row_bound
    >>> arrow = np.eye(100)
    >>> arrow[0] = arrow[:, 0] = 1
    >>> pattern = Pattern.from_dense(arrow)
    >>> row_bound(pattern).value, information_bound(pattern).value
    (100, 3.0)
    """
    p, most = (int(counts.max(initial=0)) for counts in (pattern.row_counts, pattern.column_counts))
    sizes = [np.unique(counts) for counts in (pattern.row_counts, pattern.column_counts)]
    parts = Parts(pattern)
    enough, each = min(p, most), max(parts.height, parts.width)
    if pattern.nnz > max(_LARGE, (enough - 1) * each) and forward_cost == reverse_cost == 1:
        why = f"each direction gives at most {each} of {pattern.nnz} entries"
        return Bound(float(enough), LINEAR["both"], why)
    best, q = math.inf, 0
    corners = []
    while reverse_cost * q < best:
        p = least(partial(parts.possible, q=q), p, first=p - 1, likely=sizes[0])
        corners.append((p, q))
        best = min(best, forward_cost * p + reverse_cost * q)
        if p == 0:
            break
        q = least(partial(parts.possible, p - 1), most, low=q, first=q + 1, likely=sizes[1])
    else:
        corners.append((0, q))
    shown = ", ".join(map(str, corners[:8])) + (", ..." if len(corners) > 8 else "")
    why = f"every plan has at least as many (forward, reverse) directions as one of {shown}"
    return Bound(float(best), LINEAR["both"], why)


def symmetric_bound(pattern: Pattern, tries: int = 64) -> Bound:
    """Return the bound for products with a symmetric matrix, any linear recovery.

    Parameters
    ----------
    pattern : Pattern
        Symmetric.
    tries : int
        From how many vertices to look for dense diagonal blocks.

    Notes
    -----
    Take away rows (and their columns) of at most p entries as long as there are any. In
    a connected part of n rows that is left, p products give p n numbers, of which
    p (p - 1) / 2 are known from others, as s (A t) = t (A s). For a dense diagonal block
    this says that p is not less than its rows.

    Raises
    ------
    PatternError
        If the pattern is not symmetric.

    Examples
    --------
    >>> from adkit.sparse import Pattern, symmetric_bound
    >>> symmetric_bound(Pattern.full((4, 4))).value
    4
    """
    check_symmetric(pattern)
    most = int(pattern.row_counts.max(initial=0))
    sizes = np.unique(pattern.row_counts)
    value = least(lambda p: lacking_part(pattern, p) is None, most, first=0, likely=sizes)
    block = dense_block(pattern, tries)
    if len(block) >= value:
        why = f"the rows and columns {_shown(block)} make a dense diagonal block"
        return Bound(len(block), LINEAR["symmetric"], why if len(block) else "no nonzeros")
    lack = lacking_part(pattern, value - 1)
    assert lack is not None  # no other end of the search is possible
    why = "{3} give {1} numbers for {2} unknowns in a part of {0} rows".format(
        *lack, "1 product" if value == 2 else f"{value - 1} products"
    )
    return Bound(value, LINEAR["symmetric"], why)


def _longest(pattern: Pattern, what: str, mode: str) -> Bound:
    counts = pattern.row_counts
    if not pattern.nnz:
        return Bound(0, LINEAR[mode], "there are no nonzeros")
    row = int(np.argmax(counts))
    nonzeros = f"{counts[row]} nonzero{'' if counts[row] == 1 else 's'}"
    return Bound(int(counts[row]), LINEAR[mode], f"{what} {row} has {nonzeros}")


def _shown(indices: Ints) -> str:
    return ", ".join(map(str, indices[:12].tolist())) + (", ..." if len(indices) > 12 else "")


def _neighbours(pattern: Pattern, column: int) -> Ints:
    """Return the columns that share a row with one."""
    rows = pattern.column(column)
    shared = pattern.columns[ranges(pattern.starts[rows], pattern.row_counts[rows])]
    return np.unique(shared)


def _extended(pattern: Pattern, clique: Ints) -> Ints:
    """Add columns to some that pairwise share rows, as long as all share rows with one more."""
    shared = np.zeros(pattern.shape[1], dtype=np.intp)
    for column in clique.tolist():
        shared[_neighbours(pattern, column)] += 1
    size = len(clique)
    members = clique.tolist()
    shared[clique] = -pattern.shape[1]
    while size and len(more := np.flatnonzero(shared == len(members))):
        column = int(more[0])
        members.append(column)
        shared[_neighbours(pattern, column)] += 1
        shared[column] = -pattern.shape[1]
    return np.array(sorted(members), dtype=np.intp)
