"""Fewer directions than colours: seeds that are no sums of unit vectors, and small solves.

With k colours and rows of r entries, r directions can do: each colour gets a vector of
r numbers as its part in the seeds, so that the vectors of the colours in any one row are
independent. The entries of a row then solve a small system.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import pairwise
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray

from adkit.common.errors import PatternError
from adkit.sparse.colouring import Colouring, check_length, conflicting_rows
from adkit.sparse.compression import Compression, added
from adkit.sparse.pattern import Pattern
from adkit.sparse.segments import Ints

__all__ = ["by_small_solves", "chebyshev_vectors", "harmonic_vectors"]

Reals: TypeAlias = NDArray[np.floating[Any]]

#: Sets of colours are kept as bits of an int64.
_MOST_COLOURS = 62

#: Different sets of colours in a row, beyond which solving takes too long.
_MOST_SETS = 4096

#: Seeds of the random numbers for random vectors.
_DRAWS = 8


def harmonic_vectors(colours: int, directions: int, step: int = 1) -> Reals:
    """Return vectors of cosines and sines, one for each colour.

    They are Vandermonde's for equally spaced points of the unit circle, in real form.

    Parameters
    ----------
    colours, directions : int
        How many vectors, and of how many numbers.
    step : int
        Colour c takes the point ``step * c``; coprime to the number of colours.

    References
    ----------
    P. G. Casazza and G. Kutyniok (eds.), Finite Frames, Birkhäuser 2013: harmonic frames.

    Examples
    --------
    >>> from adkit.sparse import harmonic_vectors
    >>> harmonic_vectors(4, 2).round(2)
    array([[ 1.  ,  0.  ],
           [ 0.71,  0.71],
           [ 0.  ,  1.  ],
           [-0.71,  0.71]])
    """
    angles = 2 * np.pi * step * np.arange(colours)[:, None] / colours
    half = directions // 2
    frequencies = np.arange(1, half + 1) if directions % 2 else np.arange(half) + 0.5
    constant = np.full((colours, directions % 2), math.sqrt(0.5))
    turning = angles * frequencies
    return np.concatenate((constant, np.cos(turning), np.sin(turning)), axis=1)


def chebyshev_vectors(colours: int, directions: int) -> Reals:
    """Return the Chebyshev polynomials at their points, one row for each colour.

    Parameters
    ----------
    colours, directions : int
        How many vectors, and of how many numbers.

    References
    ----------
    G. N. Newsam and J. D. Ramsdell, Estimation of sparse Jacobian matrices, SIAM J.
    Alg. Disc. Meth. 4 (1983).

    Examples
    --------
    >>> from adkit.sparse import chebyshev_vectors
    >>> chebyshev_vectors(2, 2).round(2)
    array([[ 1.,  1.],
           [ 1., -1.]])
    """
    angles = (np.arange(colours)[:, None] + 0.5) * np.pi / colours
    vectors = math.sqrt(2) * np.cos(angles * np.arange(directions))
    vectors[:, :1] = 1
    return vectors


def by_small_solves(
    pattern: Pattern,
    colouring: Colouring,
    directions: int | None = None,
    limit: float = 100.0,
) -> Compression | None:
    """Return a compression with fewer directions than there are colours.

    Several families of vectors are tried, and the one is taken whose small systems are
    the best conditioned.

    Parameters
    ----------
    pattern : Pattern
    colouring : Colouring
        Of its columns, or of its rows: then all directions are reverse.
    directions : int, optional
        By default as many as the longest row has entries, the fewest that are possible.
    limit : float
        The largest condition number that is accepted.

    Returns
    -------
    Compression or None
        None if there are at least as many directions as colours, if all vectors are
        worse conditioned than the limit, or if the rows have thousands of different
        sets of colours, or more than 62 colours.

    Raises
    ------
    PatternError
        If the colouring is none of the pattern.

    References
    ----------
    G. N. Newsam and J. D. Ramsdell, Estimation of sparse Jacobian matrices, SIAM J.
    Alg. Disc. Meth. 4 (1983).

    Examples
    --------
    >>> import numpy as np
    >>> from adkit.sparse import Pattern, by_small_solves, colour_columns
    >>> i = np.arange(10)
    >>> ring = Pattern.from_dense((i - i[:, None] + 1) % 10 <= 2)  # of ten: not in threes
    >>> colours = colour_columns(ring)
    >>> colours.count, by_small_solves(ring, colours)
    (4, Compression(3 forward, 0 reverse, natural, small solves))
    """
    turned = colouring.kind == "row"
    lined = pattern.T if turned else pattern
    check_length(colouring.colours, lined.shape[1], "rows" if turned else "columns")
    lost = conflicting_rows(lined, colouring.colours)
    lost[lined.rows[colouring.colours[lined.columns] < 0]] = True
    if lost.any():
        raise PatternError(
            "ADK714",
            f"the entries of {np.count_nonzero(lost)} rows are not determined by these colours",
            instead="colour this pattern: best_columns(pattern) or best_rows(pattern)",
        )
    longest = int(lined.row_counts.max(initial=0))
    directions = longest if directions is None else directions
    if not longest <= directions < colouring.count <= _MOST_COLOURS:
        return None
    sets, members = _sets_of_colours(lined, colouring.colours)
    if len(sets) > _MOST_SETS:
        return None
    condition, vectors = min(
        ((_condition(family, sets), family) for family in _families(colouring.count, directions)),
        key=lambda pair: pair[0],
    )
    if not condition <= limit:
        return None
    blocks = _blocks(lined, colouring.colours, members, vectors)
    return _SmallSolves(pattern, colouring, vectors, blocks, condition)


class _SmallSolves(Compression):
    """A compression whose seeds mix the colours."""

    def __init__(
        self,
        pattern: Pattern,
        colouring: Colouring,
        vectors: Reals,
        blocks: list[tuple[Ints, Ints, Reals]],
        condition: float,
    ) -> None:
        self.pattern, self.levels, self.growth = pattern, 1, condition
        self.method = f"{colouring.method}, small solves"
        self.vectors, self.colours = vectors, colouring.colours
        self.turned = colouring.kind == "row"
        count = vectors.shape[1]
        self.forward, self.reverse = (0, count) if self.turned else (count, 0)
        self._blocks = blocks

    def _seeds(self, start: int, stop: int, dtype: DTypeLike) -> NDArray[Any]:
        seeds = self.vectors[:, start:stop].T[:, self.colours].astype(dtype)
        seeds[:, self.colours < 0] = 0
        return seeds

    def forward_seeds(
        self, start: int = 0, stop: int | None = None, dtype: DTypeLike = float
    ) -> NDArray[Any]:
        stop = self.forward if stop is None else stop
        if self.turned:
            return np.zeros((0, self.pattern.shape[1]), dtype=dtype)
        return self._seeds(start, stop, dtype)

    def reverse_seeds(
        self, start: int = 0, stop: int | None = None, dtype: DTypeLike = float
    ) -> NDArray[Any]:
        stop = self.reverse if stop is None else stop
        if not self.turned:
            return np.zeros((0, self.pattern.shape[0]), dtype=dtype)
        return self._seeds(start, stop, dtype)

    def compress(
        self, values: ArrayLike, pattern: Pattern | None = None
    ) -> tuple[NDArray[Any], NDArray[Any]]:
        pattern = self.pattern if pattern is None else pattern
        self.pattern.check_shape(pattern)
        given = pattern.check(values)
        m, n = pattern.shape
        inner, outer = (pattern.columns, pattern.rows)[:: -1 if self.turned else 1]
        shape = (len(self.vectors), n if self.turned else m)
        sums = added(given, self.colours[inner], outer, shape)
        products = self.vectors.T.astype(sums.dtype) @ sums
        if self.turned:
            return np.zeros((0, m), dtype=sums.dtype), products
        return products, np.zeros((0, n), dtype=sums.dtype)

    def recover(
        self, forward: ArrayLike | None = None, reverse: ArrayLike | None = None
    ) -> NDArray[Any]:
        m, n = self.pattern.shape
        there = self._products(forward, self.forward, m)
        back = self._products(reverse, self.reverse, n)
        products = back if self.turned else there
        found = np.empty(self.pattern.nnz, dtype=np.result_type(products.dtype, np.float32))
        for rows, entries, inverse in self._blocks:
            found[entries] = products[:, rows].T @ inverse.astype(found.dtype)
        if not self.turned:
            return found
        result = np.empty_like(found)
        result[self.pattern.transposed_order] = found
        return result


def _families(colours: int, directions: int) -> Iterator[Reals]:
    """Yield vectors of several kinds; which are best depends on the sets that occur."""
    for step in range(1, colours // 2 + 1):
        if math.gcd(step, colours) == 1:
            yield harmonic_vectors(colours, directions, step)
    yield chebyshev_vectors(colours, directions)
    for draw in range(_DRAWS):
        normal = np.random.default_rng(draw).standard_normal((colours, directions))
        yield np.linalg.qr(normal)[0] * math.sqrt(colours)


def _sets_of_colours(lined: Pattern, colours: Ints) -> tuple[list[Ints], Ints]:
    """Return the different sets of colours, and which one each row has (-1: it is empty)."""
    used = np.flatnonzero(lined.row_counts)
    bits = np.left_shift(1, colours[lined.columns])
    seen, own = np.unique(np.bitwise_or.reduceat(bits, lined.starts[used]), return_inverse=True)
    members = np.full(lined.shape[0], -1, dtype=np.intp)
    members[used] = own.reshape(-1)
    numbers = np.arange(_MOST_COLOURS)
    return [numbers[inside] for inside in (seen[:, None] >> numbers & 1).astype(bool)], members


def _blocks(
    lined: Pattern, colours: Ints, members: Ints, vectors: Reals
) -> list[tuple[Ints, Ints, Reals]]:
    """Return for each set of colours its rows, their entries by colour, and the solution."""
    own = members[lined.rows]
    order = np.lexsort((colours[lined.columns], lined.rows, own))
    starts = np.flatnonzero(np.diff(own[order], prepend=-1))
    blocks = []
    for low, high in pairwise([*starts.tolist(), len(order)]):
        size = int(lined.row_counts[lined.rows[order[low]]])
        entries = order[low:high].reshape(-1, size)
        inverse = _right_inverse(vectors[colours[lined.columns[entries[0]]]])
        blocks.append((lined.rows[entries[:, 0]], entries, inverse))
    return blocks


def _right_inverse(vectors: Reals) -> Reals:
    """Return X with ``vectors @ X`` the identity, to the last bits by Newton's iteration."""
    inverse: Reals = np.linalg.pinv(vectors)
    for _ in range(2):
        inverse = inverse + inverse @ (np.eye(len(vectors)) - vectors @ inverse)
    return inverse


def _condition(vectors: Reals, sets: list[Ints]) -> float:
    """Return the largest condition number of the vectors of a set."""
    worst = 1.0
    for size in {len(colours) for colours in sets}:
        stack = vectors[np.array([colours for colours in sets if len(colours) == size])]
        singular = np.linalg.svd(stack, compute_uv=False)
        with np.errstate(divide="ignore"):
            worst = max(worst, float(np.max(singular[:, 0] / singular[:, -1])))
    return worst
