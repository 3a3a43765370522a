"""Where a matrix may have nonzeros."""

from __future__ import annotations

import copy
import sys
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from adkit.common.errors import PatternError
from adkit.sparse.compressed import CompressedRows, checked_shape
from adkit.sparse.segments import Bools, Ints, blocks, ranges, sorted_pairs

__all__ = ["Pattern"]

#: Codes of the dtypes of values that SciPy keeps as they are.
_SCIPY_TAKES = "?fdFD"


class Pattern(CompressedRows):
    """The places of a matrix that may be nonzero: compressed rows, immutable.

    Entries are ordered by row and then by column; an array of values belongs to a pattern by
    that order. Make one with `from_coordinates`, `from_dense` or `from_scipy`.

    Parameters
    ----------
    shape : (int, int)
    starts : array of int
        Where the entries of each row start, and the number of entries last.
    columns : array of int
        The column of each entry, increasing in each row.

    Raises
    ------
    PatternError
        If the arrays are no such compressed rows.

    Examples
    --------
    >>> from adkit.sparse import Pattern
    >>> arrow = Pattern.from_dense([[1, 1, 1], [1, 1, 0], [1, 0, 1]])
    >>> arrow
    Pattern(3 x 3, 7 nonzeros)
    >>> arrow.row_counts
    array([3, 2, 2])
    >>> arrow.T == arrow
    True
    """

    __slots__ = ()

    # ------------------------------------------------------------ making

    @classmethod
    def from_coordinates(cls, rows: ArrayLike, columns: ArrayLike, shape: Any) -> Pattern:
        """Return the pattern of these places; they may repeat and lie in any order.

        Parameters
        ----------
        rows, columns : array_like of int
            Of one length.
        shape : (int, int)

        Raises
        ------
        PatternError
            If they are no integers, differ in length, or lie outside of the shape.

        Examples
        --------
        >>> from adkit.sparse import Pattern
        >>> Pattern.from_coordinates([1, 0, 1], [0, 2, 0], (2, 3))
        Pattern(2 x 3, 2 nonzeros)
        """
        m, n = checked_shape(shape)
        first, second = (_checked_indices(given) for given in (rows, columns))
        if len(first) != len(second):
            raise PatternError(
                "ADK711",
                f"{len(first)} row indices and {len(second)} column indices",
                instead="each nonzero needs one of both",
            )
        for name, given, size in (("row", first, m), ("column", second, n)):
            if len(given) and not (given.min() >= 0 and int(given.max()) < size):
                outside = int(given[(given < 0) | (given >= size)][0])
                raise PatternError(
                    "ADK711",
                    f"{name} index {outside} is outside of a {m} x {n} pattern",
                    instead=f"{name} indices go from 0 to {size - 1}"
                    if size
                    else f"a pattern without {name}s has no nonzeros",
                )
        return cls._sorted(first, second, (m, n))

    @classmethod
    def from_dense(cls, matrix: ArrayLike) -> Pattern:
        """Return where a matrix is not zero (nan is not zero).

        Raises
        ------
        PatternError
            If it is no matrix.

        Examples
        --------
        >>> from adkit.sparse import Pattern
        >>> Pattern.from_dense([[0.0, 2.0], [0.0, 0.0]])
        Pattern(2 x 2, 1 nonzero)
        """
        dense = np.asarray(matrix)
        if dense.ndim != 2:
            raise PatternError(
                "ADK711",
                f"a pattern is that of a matrix, not of an array of {dense.ndim} dimensions",
                instead="reshape it to two dimensions",
            )
        rows, columns = np.nonzero(dense)
        return cls._sorted(rows, columns, (dense.shape[0], dense.shape[1]))

    @classmethod
    def from_scipy(cls, matrix: Any) -> Pattern:
        """Return the stored places of a SciPy sparse array, stored zeros included.

        Examples
        --------
        >>> import scipy.sparse
        >>> from adkit.sparse import Pattern
        >>> Pattern.from_scipy(scipy.sparse.eye_array(3))
        Pattern(3 x 3, 3 nonzeros)
        """
        places = matrix.tocoo()
        return cls.from_coordinates(places.row, places.col, places.shape)

    @classmethod
    def full(cls, shape: tuple[int, int]) -> Pattern:
        """Return the dense pattern of a shape.

        Examples
        --------
        >>> from adkit.sparse import Pattern
        >>> Pattern.full((2, 3)).nnz
        6
        """
        m, n = checked_shape(shape)
        starts = np.arange(m + 1, dtype=np.intp) * n
        return cls._trusted((m, n), starts, np.tile(np.arange(n, dtype=np.intp), m))

    @classmethod
    def identity(cls, n: int) -> Pattern:
        """Return the pattern of a diagonal.

        Examples
        --------
        >>> from adkit.sparse import Pattern
        >>> Pattern.identity(4).nnz
        4
        """
        places = np.arange(n + 1, dtype=np.intp)
        return cls._trusted((n, n), places, places[:-1].copy())

    # ------------------------------------------------------------ combining

    def union(self, other: Pattern) -> Pattern:
        """Return the entries of either pattern; also written ``|``.

        Raises
        ------
        PatternError
            If the shapes differ.
        """
        self.check_shape(other)
        rows = np.concatenate((self.rows, other.rows))
        columns = np.concatenate((self.columns, other.columns))
        return Pattern._sorted(rows, columns, self.shape)

    __or__ = union

    def without(self, other: Pattern) -> Pattern:
        """Return the entries that are none of another pattern; also written ``-``.

        Raises
        ------
        PatternError
            If the shapes differ.
        """
        return self.keep(~self.found_in(other))

    __sub__ = without

    def found_in(self, other: Pattern) -> Bools:
        """Return for each entry whether another pattern has it.

        Raises
        ------
        PatternError
            If the shapes differ.
        """
        self.check_shape(other)
        if self.nnz == other.nnz and self == other:
            return np.ones(self.nnz, dtype=np.bool_)
        mine, theirs = self.keys(), other.keys()
        if mine is None or theirs is None or not other.nnz:
            return np.zeros(self.nnz, dtype=np.bool_) if not other.nnz else self._searched(other)
        places = np.minimum(np.searchsorted(theirs, mine), other.nnz - 1)
        found: Bools = theirs[places] == mine
        return found

    def _searched(self, other: Pattern) -> Bools:
        """Return what `found_in` does, for matrices whose places have no number of 64 bits."""
        size = self.nnz + other.nnz
        rows = np.concatenate((self.rows, other.rows))
        columns = np.concatenate((self.columns, other.columns))
        order = np.lexsort((columns, rows))
        rows, columns = rows[order], columns[order]
        twice = np.zeros(size, dtype=np.bool_)
        twice[:-1] = (rows[1:] == rows[:-1]) & (columns[1:] == columns[:-1])
        found = np.zeros(size, dtype=np.bool_)
        found[order[twice]] = True  # of equal ones, the entry of this pattern comes first
        return found[: self.nnz]

    def keys(self) -> Ints | None:
        """Return ``row * n + column`` of each entry, which increases; None if it overflows."""
        m, n = self.shape
        return self.rows * n + self.columns if m * n < 2**62 else None

    def product(self, other: Pattern) -> Pattern:
        """Return where a matrix product may be nonzero; also written ``@``.

        Raises
        ------
        PatternError
            If the shapes do not fit.
        """
        if self.shape[1] != other.shape[0]:
            raise PatternError(
                "ADK712",
                f"a product of patterns of shapes {self.shape} and {other.shape}",
                instead="the columns of the first are the rows of the second; .T transposes",
            )
        shape = (self.shape[0], other.shape[1])
        each = np.diff(other.starts)[self.columns]
        per_row = np.diff(np.concatenate(([0], np.cumsum(each)))[self.starts])
        pieces: list[tuple[Ints, Ints]] = []
        for low, high in blocks(per_row):
            part = slice(self.starts[low], self.starts[high])
            inner = other.columns[ranges(other.starts[self.columns[part]], each[part])]
            pieces.append(sorted_pairs(np.repeat(self.rows[part], each[part]), inner, shape))
        if not pieces:
            return Pattern._sorted(*2 * (np.zeros(0, dtype=np.intp),), shape)
        rows, columns = (np.concatenate(side) for side in zip(*pieces, strict=True))
        return Pattern._sorted(rows, columns, shape)

    __matmul__ = product

    def keep(self, entries: Bools) -> Pattern:
        """Return the pattern of the same shape that has only the marked entries."""
        return Pattern._sorted(self.rows[entries], self.columns[entries], self.shape)

    def select(self, rows: Bools | None = None, columns: Bools | None = None) -> Pattern:
        """Return the pattern of the same shape with the entries of marked rows and columns."""
        marked = np.ones(self.nnz, dtype=np.bool_)
        if rows is not None:
            marked &= rows[self.rows]
        if columns is not None:
            marked &= columns[self.columns]
        return self.keep(marked)

    def submatrix(self, rows: Ints, columns: Ints) -> Pattern:
        """Return the pattern of some rows and columns, numbered anew in the given order."""
        places = np.full(self.shape[1], -1, dtype=np.intp)
        places[columns] = np.arange(len(columns))
        counts = self.row_counts[rows]
        entries = ranges(self.starts[rows], counts)
        outer = np.repeat(np.arange(len(rows), dtype=np.intp), counts)
        inner = places[self.columns[entries]]
        kept = inner >= 0
        return Pattern._sorted(outer[kept], inner[kept], (len(rows), len(columns)))

    def augmented(self) -> Pattern:
        """Return the symmetric pattern [0 A^T; A 0] of n + m rows, columns of A first."""
        n, size = self.shape[1], sum(self.shape)
        rows, columns = self.rows + n, self.columns
        both = np.concatenate((rows, columns)), np.concatenate((columns, rows))
        return Pattern._sorted(*both, (size, size))

    def contains(self, other: Pattern) -> bool:
        """Return whether every entry of another pattern is one of this."""
        return self.union(other).nnz == self.nnz

    # ------------------------------------------------------------ leaving

    def to_dense(self, values: ArrayLike | None = None) -> NDArray[Any]:
        """Return a dense array: of bools, or of the values of the entries.

        Raises
        ------
        PatternError
            If there is not one value for each entry.
        """
        given = np.ones(self.nnz, dtype=np.bool_) if values is None else self.check(values)
        dense = np.zeros(self.shape, dtype=given.dtype)
        dense[self.rows, self.columns] = given
        return dense

    def to_scipy(self, values: ArrayLike | None = None) -> Any:
        """Return a ``scipy.sparse.csr_array`` of bools, or of the values of the entries.

        Raises
        ------
        PatternError
            If there is not one value for each entry.
        """
        given = np.ones(self.nnz, dtype=np.bool_) if values is None else self.check(values)
        array = self._scipy(given)  # its methods change indices in place: copies
        array.indices, array.indptr = array.indices.copy(), array.indptr.copy()
        return array

    def _scipy(self, values: NDArray[Any]) -> Any:
        """Return SciPy's array of some values; it shares its indices, which are checked once."""
        import scipy.sparse

        kept = values.dtype.isnative and values.dtype.char in _SCIPY_TAKES
        if self._bare is None or not kept:
            array = scipy.sparse.csr_array((values, *self.small_indices), shape=self.shape)
            array.has_canonical_format = True
            object.__setattr__(self, "_bare", copy.copy(array))
            self._bare.data = np.zeros(0)
        else:
            array = object.__new__(type(self._bare))  # in a third of the time of `copy.copy`
            vars(array).update(vars(self._bare))
            array.data = values
        return array

    def times(self, values: NDArray[Any], vector: NDArray[Any]) -> NDArray[Any]:
        """Return the product of the matrix of these values with a vector.

        Examples
        --------
        >>> import numpy as np
        >>> from adkit.sparse import Pattern
        >>> Pattern.from_dense([[1, 1], [0, 1]]).times(np.array([2.0, 3.0, 4.0]), np.ones(2))
        array([5., 4.])
        """
        # Faster, where somebody uses it anyway.
        if sys.modules.get("scipy.sparse") is not None and values.dtype != np.float16:
            product: NDArray[Any] = self._scipy(values) @ vector
            return product
        terms = values * vector[self.columns]
        if terms.dtype.kind == "c":
            parts = np.bincount(self.rows, terms.real, self.shape[0])
            return parts + 1j * np.bincount(self.rows, terms.imag, self.shape[0])
        return np.bincount(self.rows, terms.astype(float), self.shape[0])

    def check(self, values: ArrayLike) -> NDArray[Any]:
        """Return values as an array, one for each entry.

        Raises
        ------
        PatternError
            If there are more or fewer.
        """
        given = np.asarray(values)
        if given.shape != (self.nnz,):
            raise PatternError(
                "ADK713",
                f"values of shape {given.shape} for a pattern of {self.nnz} nonzeros",
                instead=f"values have the shape ({self.nnz},), in the order of the rows",
            )
        return given

    def check_shape(self, other: Pattern) -> None:
        """Raise an error unless another pattern has the same shape.

        Raises
        ------
        PatternError
            If it has another one.
        """
        if self.shape != other.shape:
            raise PatternError(
                "ADK712",
                f"patterns of shapes {self.shape} and {other.shape} do not fit",
                instead="both need the same shape",
            )


def _checked_indices(given: ArrayLike) -> Ints:
    indices = np.asarray(given)
    if not indices.size:
        indices = indices.astype(np.intp)
    if indices.ndim != 1 or indices.dtype.kind not in "iu":
        raise PatternError(
            "ADK711",
            f"indices are a vector of ints, not {indices.dtype} of shape {indices.shape}",
            instead="np.nonzero(matrix) returns such indices",
        )
    return indices.astype(np.intp)
