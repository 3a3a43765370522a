"""Which ways there are to a sparse matrix of derivatives, and what each one takes."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

import numpy as np

from adkit.sparse.bidirectional import peel
from adkit.sparse.bounds import (
    Bound,
    column_bound,
    forward_bounds,
    information_bound,
    row_bound,
    symmetric_bound,
)
from adkit.sparse.colouring import colour_columns, colour_rows
from adkit.sparse.compression import Compression, by_both, by_columns, by_rows, by_symmetry
from adkit.sparse.damping import graded
from adkit.sparse.lattice import Shape
from adkit.sparse.pattern import Pattern
from adkit.sparse.portfolio import best_columns, best_rows, best_symmetric
from adkit.sparse.solves import by_small_solves

__all__ = [
    "Option",
    "fewest",
    "jacobian_options",
    "least_directions",
    "one_sided",
    "symmetric_options",
]

Shapes = tuple[Shape, ...]

#: Growth of rounding errors beyond which they could be seen, and unknowns on a chain, if its
#: seeds are not graded.
_GROWTH = 1000.0
_LEVELS = 64

#: Entries up to which ways that cannot be the best are computed to be listed: of one mode, and
#: of both.
_LISTED = 2**20
_LISTED_BOTH = 2**16

#: How many times the directions of an average row a dense one takes.
_UNEVEN = 4


@dataclass(frozen=True, eq=False)
class Option:
    """One way to get all entries from products.

    Attributes
    ----------
    mode : str
        "forward", "reverse" or "mixed".
    name : str
        How it is called in tables.
    compression : Compression
    bound : Bound or None
        What no plan of its class undercuts; None where nobody asked.
    """

    mode: str
    name: str
    compression: Compression
    bound: Bound | None = None

    @property
    def directions(self) -> int:
        """Tangents and cotangents together."""
        return self.compression.directions

    @property
    def rank(self) -> tuple[int, bool, bool]:
        """What to choose by where nobody measured: counts, then the simplest."""
        return self.directions, self.mode == "mixed", self.mode == "reverse"

    @property
    def accurate(self) -> bool:
        """Whether rounding errors stay far below what anybody sees."""
        compression = self.compression
        damped = compression.is_graded or compression.levels <= _LEVELS
        return damped and compression.growth <= _GROWTH


def jacobian_options(
    pattern: Pattern,
    shapes: tuple[Shapes, Shapes] = ((), ()),
    mode: str = "auto",
    *,
    every: bool = False,
) -> list[Option]:
    """Return the compressed ways to a Jacobian, those of one mode first.

    Parameters
    ----------
    pattern : Pattern
    shapes : tuple of two tuples of shapes
        Of arrays whose elements the columns, and the rows, are: for lattices.
    mode : str
        "forward" and "reverse" allow that mode only.
    every : bool
        Whether to list options that cannot be the best as well, for a table.
    """
    found: list[Option] = []
    sides = [side for side in ("forward", "reverse") if mode in (side, "auto", "mixed")]
    least = min(_side_bound(pattern, side).value for side in sides)
    both = mode in ("auto", "mixed")
    if both and not every and least > _UNEVEN * least_directions(pattern):
        # A few dense rows and columns, of which colourings of one side are long in finding none.
        found = [option for option in _two_sided(pattern, shapes) if option.directions < least]
    peeled = bool(found)
    for side in sorted(sides, key=lambda side: _side_bound(pattern, side).value):
        if every or _side_bound(pattern, side).value < _fewest(found):
            found += _one_sided(pattern, side, shapes[side == "reverse"], every=every)
    listed = every and pattern.nnz <= _LISTED_BOTH
    if both and not peeled and (listed or not _settled(pattern, found)):
        found += _two_sided(pattern, shapes, every=every)
    return found


def symmetric_options(
    pattern: Pattern, shapes: Shapes = (), *, every: bool = False, grades: bool = False
) -> list[Option]:
    """Return the compressed ways to a Hessian, by products with it.

    Parameters
    ----------
    pattern : Pattern
        Symmetric.
    shapes : tuple of shapes
        Of arrays whose elements the columns are.
    every : bool
        Whether to list options that cannot be the best as well, for a table.
    grades : bool
        Whether seeds may be graded, as of `adkit.sparse.graded`: only where the pattern holds
        for certain, and nothing is added to the products that is no entry of it.
    """
    bound = symmetric_bound(pattern) if every else None
    direct = by_symmetry(pattern, best_symmetric(pattern, shapes))
    found = [Option("forward", f"direct, {direct.method}", direct, bound)]
    if every or direct.directions > 1:
        colouring = best_symmetric(pattern, shapes, substitution=True)
        if colouring.count < direct.directions:
            chained = by_symmetry(pattern, colouring)
            chained = graded(chained) if grades else chained
            found.append(Option("forward", f"substitution, {chained.method}", chained, bound))
    return found


def fewest(options: Iterable[Option]) -> Option:
    """Return the option of fewest directions; of equal ones the simplest."""
    return min((one for one in options if one.accurate), key=lambda one: one.rank)


def least_directions(pattern: Pattern) -> int:
    """Return a number of directions that no plan undercuts, quickly found.

    Each forward direction gives a number for each row, each reverse one for each column.
    """
    rows = int(np.count_nonzero(pattern.row_counts))
    columns = int(np.count_nonzero(pattern.column_counts))
    return math.ceil(pattern.nnz / max(rows, columns, 1))


def one_sided(pattern: Pattern) -> Option:
    """Return the way to a Jacobian in one mode that needs the fewest directions for certain."""
    side = "reverse" if pattern.shape[0] < pattern.shape[1] else "forward"
    return next(_one_sided(pattern, side, (), every=False))


def _side_bound(pattern: Pattern, side: str) -> Bound:
    return (row_bound if side == "forward" else column_bound)(pattern)


def _fewest(found: list[Option]) -> float:
    return min((option.directions for option in found if option.accurate), default=math.inf)


def _settled(pattern: Pattern, found: list[Option]) -> bool:
    return _fewest(found) <= least_directions(pattern)


def _one_sided(pattern: Pattern, side: str, shapes: Shapes, *, every: bool) -> Iterator[Option]:
    forward = side == "forward"
    linear = partition = None
    if every:
        linear = _side_bound(pattern, side)
        partitions = forward_bounds(pattern if forward else pattern.T)[1:]
        partitions = partitions if forward else [_turned(bound) for bound in partitions]
        partition = max([linear, *partitions], key=lambda bound: bound.value)
    colouring = (best_columns if forward else best_rows)(pattern, shapes)
    compress = by_columns if forward else by_rows
    if every and pattern.nnz <= _LISTED and colouring.method.startswith("lattice"):
        greedy = (colour_columns if forward else colour_rows)(pattern)
        assert greedy is not None  # no limit was given
        yield Option(side, "coloured, natural", compress(pattern, greedy), partition)
    yield Option(side, f"coloured, {colouring.method}", compress(pattern, colouring), partition)
    solved = by_small_solves(pattern, colouring)
    if solved is not None:
        yield Option(side, solved.method, solved, linear)


def _two_sided(
    pattern: Pattern, shapes: tuple[Shapes, Shapes], *, every: bool = False
) -> Iterator[Option]:
    found = peel(pattern, column_shapes=shapes[0], row_shapes=shapes[1])
    if found.forward and found.reverse:
        both = by_both(pattern, found.columns, found.rows, found.method)
        yield Option("mixed", found.method, both, information_bound(pattern) if every else None)


def _turned(bound: Bound) -> Bound:
    """Return a bound of the transpose in words of the matrix."""
    swapped = {"row": "column", "rows": "columns", "column": "row", "columns": "rows"}
    why = re.sub(r"\b(rows?|columns?)\b", lambda word: swapped[word[0]], bound.certificate)
    plans = bound.plans.replace("forward", "reverse").replace("columns", "rows")
    return replace(bound, plans=plans, certificate=why)
