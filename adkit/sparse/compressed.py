"""Compressed rows: how a pattern is stored, and looked at."""

from __future__ import annotations

import operator
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from adkit.common.errors import PatternError
from adkit.sparse.segments import Ints, frozen, sorted_pairs, starts_of


class CompressedRows:
    """Places of a matrix, row by row; immutable."""

    __slots__ = ("_bare", "_order", "_rows", "_small", "_transpose", "columns", "shape", "starts")

    shape: tuple[int, int]
    starts: Ints
    columns: Ints
    _bare: Any
    _order: Ints | None
    _rows: Ints | None
    _small: tuple[NDArray[Any], NDArray[Any]] | None
    _transpose: Self | None

    def __init__(self, shape: tuple[int, int], starts: ArrayLike, columns: ArrayLike) -> None:
        m, n = checked_shape(shape)
        begin, inner = frozen(starts), frozen(columns)
        fits = (
            begin.ndim == inner.ndim == 1
            and len(begin) == m + 1
            and begin[0] == 0
            and begin[-1] == len(inner)
            and not np.any(begin[1:] < begin[:-1])
        )
        if fits and len(inner):
            new_row = np.zeros(len(inner) + 1, dtype=np.bool_)
            new_row[begin] = True
            rises = (inner[1:] > inner[:-1]) | new_row[1:-1]
            fits = bool(rises.all()) and inner.min() >= 0 and int(inner.max()) < n
        if not fits:
            raise PatternError(
                "ADK711",
                f"these arrays are no compressed rows of a {m} x {n} pattern",
                instead="use Pattern.from_coordinates(rows, columns, shape), which sorts",
            )
        self._set((m, n), begin, inner)

    def _set(self, shape: tuple[int, int], starts: Ints, columns: Ints) -> None:
        for name, value in (("shape", shape), ("starts", starts), ("columns", columns)):
            object.__setattr__(self, name, value)
        for name in ("_bare", "_order", "_rows", "_small", "_transpose"):
            object.__setattr__(self, name, None)

    @classmethod
    def _trusted(cls, shape: tuple[int, int], starts: Ints, columns: Ints) -> Self:
        """Return a pattern of arrays that are known to be right, and nobody else's."""
        made = cls.__new__(cls)
        starts.setflags(write=False)
        columns.setflags(write=False)
        made._set(shape, starts, columns)
        return made

    @classmethod
    def _sorted(cls, rows: Ints, columns: Ints, shape: tuple[int, int]) -> Self:
        """Return a pattern of pairs that may repeat and lie in any order."""
        rows, columns = sorted_pairs(rows, columns, shape)
        counts = np.bincount(rows, minlength=shape[0]).astype(np.intp)
        return cls._trusted(shape, starts_of(counts), columns)

    def __setattr__(self, name: str, value: Any) -> None:
        raise AttributeError(f"a Pattern is immutable; make a new one instead of setting {name}")

    # ------------------------------------------------------------ looking

    @property
    def nnz(self) -> int:
        """How many entries there are."""
        return len(self.columns)

    @property
    def rows(self) -> Ints:
        """The row of each entry."""
        if self._rows is None:
            counts = np.diff(self.starts)
            rows = np.repeat(np.arange(self.shape[0], dtype=np.intp), counts)
            rows.setflags(write=False)
            object.__setattr__(self, "_rows", rows)
        assert self._rows is not None
        return self._rows

    @property
    def small_indices(self) -> tuple[NDArray[Any], NDArray[Any]]:
        """Columns and starts in the smallest dtype that SciPy takes, read-only; made once."""
        if self._small is None:
            dtype = np.int32 if max(self.shape[1], self.nnz) < 2**31 else np.int64
            made = self.columns.astype(dtype), self.starts.astype(dtype)
            for array in made:
                array.setflags(write=False)
            object.__setattr__(self, "_small", made)
        assert self._small is not None
        return self._small

    @property
    def row_counts(self) -> Ints:
        """How many entries each row has."""
        return np.diff(self.starts)

    @property
    def column_counts(self) -> Ints:
        """How many entries each column has."""
        return np.diff(self.T.starts)

    @property
    def T(self) -> Self:
        """The transposed pattern; made once."""
        if self._transpose is None:
            counts = np.bincount(self.columns, minlength=self.shape[1]).astype(np.intp)
            order = np.argsort(self.columns, kind="stable").astype(np.intp, copy=False)
            order.setflags(write=False)
            turned = self._trusted(self.shape[::-1], starts_of(counts), self.rows[order])
            object.__setattr__(self, "_transpose", turned)
            object.__setattr__(self, "_order", order)
            object.__setattr__(turned, "_transpose", self)
        assert self._transpose is not None
        return self._transpose

    @property
    def transposed_order(self) -> Ints:
        """The entries of `T` as positions here: ``values[transposed_order]`` belongs to `T`."""
        turned = self.T
        if self._order is None:
            order = np.argsort(self.columns, kind="stable").astype(np.intp, copy=False)
            order.setflags(write=False)
            object.__setattr__(self, "_order", order)
        assert self._order is not None
        assert len(turned.columns) == len(self._order)
        return self._order

    @property
    def is_symmetric(self) -> bool:
        """Whether it equals its transpose."""
        return self.shape[0] == self.shape[1] and self == self.T

    def row(self, i: int) -> Ints:
        """Return the columns of the entries of row i."""
        i = range(self.shape[0])[operator.index(i)]
        return self.columns[self.starts[i] : self.starts[i + 1]]

    def column(self, j: int) -> Ints:
        """Return the rows of the entries of column j."""
        return self.T.row(j)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, CompressedRows):
            return NotImplemented
        return (
            self.shape == other.shape
            and self.nnz == other.nnz
            and np.array_equal(self.starts, other.starts)
            and np.array_equal(self.columns, other.columns)
        )

    def __hash__(self) -> int:
        return hash((self.shape, self.starts.tobytes(), self.columns.tobytes()))

    def __reduce__(self) -> Any:
        return type(self), (self.shape, self.starts.copy(), self.columns.copy())

    def __repr__(self) -> str:
        m, n = self.shape
        return f"Pattern({m} x {n}, {self.nnz} nonzero{'' if self.nnz == 1 else 's'})"


def checked_shape(shape: Any) -> tuple[int, int]:
    """Return a shape as two ints, or raise an error."""
    try:
        m, n = (operator.index(size) for size in shape)
    except (TypeError, ValueError):
        m = n = -1
    if min(m, n) < 0:
        raise PatternError(
            "ADK711",
            f"a pattern has no shape {shape!r}",
            instead="a shape is two ints: how many rows and how many columns",
        )
    return m, n
