"""Seeds for the directions of a plan, and the way back from the products to the entries."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray

from adkit.common.errors import PatternError
from adkit.sparse.colouring import Colouring, check_length
from adkit.sparse.elimination import Elimination, eliminate
from adkit.sparse.pattern import Pattern
from adkit.sparse.segments import Ints, frozen
from adkit.sparse.validity import check_symmetric

__all__ = ["Compression", "by_both", "by_columns", "by_rows", "by_symmetry"]


class Compression:
    """Which directions to take, and how to get the entries back from the products.

    `by_columns`, `by_rows`, `by_both` and `by_symmetry` make one of colours, and
    `by_small_solves` makes one with fewer directions than colours. It can be pickled.

    Attributes
    ----------
    pattern : Pattern
        Of the m x n matrix A.
    forward, reverse : int
        How many directions: p products ``A @ s`` and q products ``w @ A``.
    method : str
        How the colours were found.
    levels : int
        1 if all entries are read off or come from small solves, 2 or more if some are
        substituted into others.
    growth : float
        Rounding errors of the products are multiplied by this at most: by the number
        of products that an entry is made of, or by the condition of the small solves.
    sources : array of int or None
        Where all entries are read off: which element of the products, those with the
        forward seeds first, each entry is.
    is_graded : bool
        Whether `adkit.sparse.graded` made it.

    Examples
    --------
    >>> import numpy as np
    >>> from adkit.sparse import Pattern, by_columns, colour_columns
    >>> matrix = np.array([[1.0, 2.0, 0.0], [0.0, 3.0, 4.0]])
    >>> pattern = Pattern.from_dense(matrix)
    >>> plan = by_columns(pattern, colour_columns(pattern))
    >>> plan
    Compression(2 forward, 0 reverse, natural)
    >>> seeds = plan.forward_seeds()
    >>> seeds
    array([[1., 0., 1.],
           [0., 1., 0.]])
    >>> plan.recover(seeds @ matrix.T)
    array([1., 2., 3., 4.])
    """

    pattern: Pattern
    forward: int
    reverse: int
    method: str
    levels: int
    growth: float
    sources: Ints | None = None
    is_graded: bool = False

    @property
    def directions(self) -> int:
        """How many directions there are in all."""
        return self.forward + self.reverse

    def forward_seeds(
        self, start: int = 0, stop: int | None = None, dtype: DTypeLike = float
    ) -> NDArray[Any]:
        """Return seeds `start` to `stop` of the products ``A @ s``, one in each row.

        Parameters
        ----------
        start, stop : int
            A range of the forward directions.
        dtype : dtype
        """
        raise NotImplementedError

    def reverse_seeds(
        self, start: int = 0, stop: int | None = None, dtype: DTypeLike = float
    ) -> NDArray[Any]:
        """Return seeds `start` to `stop` of the products ``w @ A``, one in each row.

        Parameters
        ----------
        start, stop : int
            A range of the reverse directions.
        dtype : dtype
        """
        raise NotImplementedError

    def __getstate__(self) -> dict[str, Any]:
        return {name: a for name, a in self.__dict__.items() if not name.startswith("_kept")}

    def kept_seeds(self, *, forward: bool) -> NDArray[Any]:
        """Return all seeds of one side, made once and read-only."""
        name = "_kept_forward" if forward else "_kept_reverse"
        kept: NDArray[Any] | None = self.__dict__.get(name)
        if kept is None:
            kept = self.forward_seeds() if forward else self.reverse_seeds()
            kept.setflags(write=False)
            self.__dict__[name] = kept
        return kept

    def compress(
        self, values: ArrayLike, pattern: Pattern | None = None
    ) -> tuple[NDArray[Any], NDArray[Any]]:
        """Return the products of the seeds with a matrix that is known.

        Parameters
        ----------
        values : array_like
            Its entries.
        pattern : Pattern, optional
            Its pattern, of the same shape; by default the one that was coloured.

        Returns
        -------
        (array, array)
            Of the shapes (p, m) and (q, n).

        Raises
        ------
        PatternError
            If the values or the pattern do not fit.
        """
        raise NotImplementedError

    def recover(
        self, forward: ArrayLike | None = None, reverse: ArrayLike | None = None
    ) -> NDArray[Any]:
        """Return the entries, in the order of the pattern.

        Parameters
        ----------
        forward : array_like of shape (p, m), optional
            The products with the forward seeds, one in each row.
        reverse : array_like of shape (q, n), optional
            The products with the reverse seeds, one in each row.

        Raises
        ------
        PatternError
            If there are products missing, or of another shape.
        """
        raise NotImplementedError

    def _products(self, given: ArrayLike | None, count: int, size: int) -> NDArray[Any]:
        """Return the products in all directions of one kind, after a look at their shape."""
        made = np.zeros((0, size)) if given is None else np.asarray(given)
        if made.shape != (count, size):
            raise PatternError(
                "ADK713",
                f"products of shape {made.shape} for {count} directions of {size} elements",
                instead=f"give an array of shape ({count}, {size}), one row for each seed",
            )
        return made

    def __repr__(self) -> str:
        note = f", {self.levels} levels" if self.levels > 1 else ""
        return f"Compression({self.forward} forward, {self.reverse} reverse, {self.method}{note})"


class Partition(Compression):
    """A compression by colours: every seed is the sum of the unit vectors of one colour."""

    def __init__(
        self, pattern: Pattern, columns: Ints, rows: Ints, method: str, *, symmetric: bool = False
    ) -> None:
        check_length(columns, pattern.shape[1], "columns")
        check_length(rows, pattern.shape[0], "rows")
        self.pattern, self.method, self.symmetric = pattern, method, symmetric
        self.columns, self.rows = columns, rows
        self.forward = int(columns.max(initial=-1)) + 1
        self.reverse = int(rows.max(initial=-1)) + 1
        first, second, self._places = self._equations()
        self.elimination: Elimination = eliminate(first, second)
        self.levels, self.growth = self.elimination.levels, self.elimination.growth
        if self.levels == 1:
            found = self.elimination.sources
            self.sources = found if self._places is None else found[self._places]

    def _equations(self) -> tuple[Ints, Ints, Ints | None]:
        """Return in which two products each unknown is, and the unknown of each entry."""
        m, n = self.pattern.shape
        i, j = self.pattern.rows, self.pattern.columns
        if self.symmetric:
            mirror = self.pattern.transposed_order
            lower = i >= j
            number = np.cumsum(lower) - 1
            i, j, places = i[lower], j[lower], np.where(lower, number, number[mirror])
            other, there = self.columns[i], i != j
            second = np.where((other >= 0) & there, other * m + j, -1)
        else:
            places, other = None, self.rows[i]
            second = np.where(other >= 0, self.forward * m + other * n + j, -1)
        own = self.columns[j]
        return np.where(own >= 0, own * m + i, -1), second, places

    def forward_seeds(
        self, start: int = 0, stop: int | None = None, dtype: DTypeLike = float
    ) -> NDArray[Any]:
        return _indicators(self.columns, start, self.forward if stop is None else stop, dtype)

    def reverse_seeds(
        self, start: int = 0, stop: int | None = None, dtype: DTypeLike = float
    ) -> NDArray[Any]:
        return _indicators(self.rows, start, self.reverse if stop is None else stop, dtype)

    def compress(
        self, values: ArrayLike, pattern: Pattern | None = None
    ) -> tuple[NDArray[Any], NDArray[Any]]:
        pattern = self.pattern if pattern is None else pattern
        self.pattern.check_shape(pattern)
        given = pattern.check(values)
        rows, columns = pattern.rows, pattern.columns
        forward = added(given, self.columns[columns], rows, (self.forward, pattern.shape[0]))
        reverse = added(given, self.rows[rows], columns, (self.reverse, pattern.shape[1]))
        return forward, reverse

    def recover(
        self, forward: ArrayLike | None = None, reverse: ArrayLike | None = None
    ) -> NDArray[Any]:
        m, n = self.pattern.shape
        there = self._products(forward, self.forward, m)
        back = self._products(reverse, self.reverse, n)
        if not self.reverse:
            products = there.reshape(-1)
        elif not self.forward:
            products = back.reshape(-1)
        else:
            products = np.concatenate((there.reshape(-1), back.reshape(-1)))
        if self.sources is not None:
            taken: NDArray[Any] = products.take(self.sources)
            return taken
        found = self.elimination.solve(products)
        return found if self._places is None else found[self._places]


def by_columns(pattern: Pattern, colouring: Colouring | ArrayLike) -> Compression:
    """Return forward directions only, from a colouring of the columns.

    Parameters
    ----------
    pattern : Pattern
    colouring : Colouring or array_like of int
        Such as that of `best_columns`.

    Raises
    ------
    PatternError
        If the colours do not determine all entries.

    Examples
    --------
    >>> from adkit.sparse import Pattern, by_columns, colour_columns
    >>> pattern = Pattern.identity(5)
    >>> by_columns(pattern, colour_columns(pattern))
    Compression(1 forward, 0 reverse, natural)
    """
    colours, method = _colours(colouring)
    return Partition(pattern, colours, _none(pattern.shape[0]), method)


def by_rows(pattern: Pattern, colouring: Colouring | ArrayLike) -> Compression:
    """Return reverse directions only, from a colouring of the rows.

    Parameters
    ----------
    pattern : Pattern
    colouring : Colouring or array_like of int
        Such as that of `best_rows`.

    Raises
    ------
    PatternError
        If the colours do not determine all entries.

    Examples
    --------
    >>> from adkit.sparse import Pattern, by_rows, colour_rows
    >>> pattern = Pattern.full((1, 5))
    >>> by_rows(pattern, colour_rows(pattern))
    Compression(0 forward, 1 reverse, natural)
    """
    colours, method = _colours(colouring)
    return Partition(pattern, _none(pattern.shape[1]), colours, method)


def by_both(
    pattern: Pattern, columns: ArrayLike, rows: ArrayLike, method: str = "given"
) -> Compression:
    """Return forward and reverse directions for one matrix.

    Parameters
    ----------
    pattern : Pattern
    columns, rows : array_like of int
        Colours from 0, or -1 for none, such as those of `peel` or `bicolour`.
    method : str

    Raises
    ------
    PatternError
        If the colours do not determine all entries, directly or by substitution.

    Examples
    --------
    >>> from adkit.sparse import Pattern, by_both
    >>> arrow = Pattern.from_dense([[1, 1, 1], [1, 1, 0], [1, 0, 1]])
    >>> by_both(arrow, columns=[0, 1, 1], rows=[0, -1, -1])
    Compression(2 forward, 1 reverse, given)
    """
    return Partition(pattern, frozen(columns), frozen(rows), method)


def by_symmetry(pattern: Pattern, colouring: Colouring | ArrayLike) -> Compression:
    """Return directions for a symmetric matrix, of which each entry stands in two places.

    Parameters
    ----------
    pattern : Pattern
        Symmetric.
    colouring : Colouring or array_like of int
        A star colouring, an acyclic one, or one of the columns.

    Returns
    -------
    Compression
        The recovered values are exactly symmetric.

    Raises
    ------
    PatternError
        If the pattern is not symmetric, or the colours do not determine all entries,
        directly or by substitution.

    Examples
    --------
    >>> from adkit.sparse import Pattern, by_symmetry, star_colouring
    >>> arrow = Pattern.from_dense([[1, 1, 1], [1, 1, 0], [1, 0, 1]])
    >>> by_symmetry(arrow, star_colouring(arrow))
    Compression(2 forward, 0 reverse, natural)
    """
    check_symmetric(pattern)
    colours, method = _colours(colouring)
    return Partition(pattern, colours, _none(pattern.shape[0]), method, symmetric=True)


def added(values: NDArray[Any], outer: Ints, inner: Ints, shape: tuple[int, int]) -> NDArray[Any]:
    """Return an array with all values added at their places; none where `outer` is -1."""
    result = np.zeros(shape, dtype=values.dtype)
    coloured = outer >= 0
    if not coloured.all():
        values, outer, inner = values[coloured], outer[coloured], inner[coloured]
    np.add.at(result.reshape(-1), outer * shape[1] + inner, values)
    return result


def _colours(colouring: Colouring | ArrayLike) -> tuple[Ints, str]:
    if isinstance(colouring, Colouring):
        return colouring.colours, colouring.method
    return frozen(colouring), "given"


def _none(size: int) -> Ints:
    return frozen(np.full(size, -1))


def _indicators(colours: Ints, start: int, stop: int, dtype: DTypeLike) -> NDArray[Any]:
    seeds = np.zeros((stop - start, len(colours)), dtype=dtype)
    chosen = np.flatnonzero((colours >= start) & (colours < stop))
    seeds[colours[chosen] - start, chosen] = 1
    return seeds
