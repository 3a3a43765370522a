"""Sparse rows, one for each element of an array: on which inputs it depends, and how much."""

from __future__ import annotations

import functools
import math
from types import ModuleType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from adkit.common.directions import fits
from adkit.common.errors import JacobianTooLargeError
from adkit.common.optional import optional
from adkit.sparse import Pattern
from adkit.sparse.segments import ranges, starts_of

Array = NDArray[Any]

#: Cells of the dense bools with which a product of rather dense rows is computed.
_DENSE = 2**24


class Rows:
    """Compressed rows of which each has increasing columns; immutable.

    Attributes
    ----------
    starts, columns : array of int
        As in `adkit.sparse.Pattern`, in the smallest sufficient dtype.
    data : array or None
        The value of each entry; None where only the places matter.
    width : int
        Number of columns.
    """

    __slots__ = ("_each", "columns", "data", "starts", "width")

    def __init__(self, starts: Array, columns: Array, data: Array | None, width: int) -> None:
        dtype = np.int32 if max(width, len(columns)) < 2**31 else np.int64
        self.starts = starts.astype(dtype, copy=False)
        self.columns = columns.astype(dtype, copy=False)
        self.data = data
        self.width = width
        self._each: int | None = None

    @classmethod
    def empty(cls, size: int, width: int, dtype: Any = None) -> Rows:
        """Return rows without entries."""
        data = None if dtype is None else np.zeros(0, dtype)
        return cls(np.zeros(size + 1, np.intp), np.zeros(0, np.intp), data, width)

    @classmethod
    def unit(cls, size: int, width: int, first: int, dtype: Any = None) -> Rows:
        """Return rows of one entry each, in the columns from `first` on."""
        data = None if dtype is None else np.ones(size, dtype)
        return cls(np.arange(size + 1), np.arange(first, first + size), data, width)

    @property
    def size(self) -> int:
        """How many rows there are."""
        return len(self.starts) - 1

    @property
    def counts(self) -> Array:
        """How many entries each row has."""
        return np.diff(self.starts)

    @property
    def each(self) -> int:
        """How many entries every row has, -1 if not all have as many."""
        if self._each is None:
            counts = self.counts
            same = len(counts) > 0 and bool((counts == counts[0]).all())
            self._each = int(counts[0]) if same else -1
        return self._each

    def pattern(self) -> Pattern:
        """Return the places of the entries."""
        return Pattern((self.size, self.width), self.starts, self.columns)

    # ------------------------------------------------------------ rows of results

    def take(self, index: Array) -> Rows:
        """Return the rows at `index`; that at -1 is empty."""
        chosen = index >= 0
        if self.each >= 0 and chosen.all():
            _check_fits(self.each * len(index))
            starts = np.arange(len(index) + 1) * self.each
            return Rows(starts, self._uniform(self.columns, index), self._data(index), self.width)
        counts = np.where(chosen, self.counts[index], 0) if self.size else np.zeros(len(index), int)
        _check_fits(int(counts.sum(dtype=np.int64)))
        firsts = self.starts[:-1][index] if self.size else counts
        places = ranges(firsts.astype(np.intp), counts.astype(np.intp))
        data = None if self.data is None else self.data[places]
        return Rows(starts_of(counts), self.columns[places], data, self.width)

    def _uniform(self, entries: Array, index: Array) -> Array:
        return entries.reshape(self.size, self.each)[index].reshape(-1)

    def _data(self, index: Array) -> Array | None:
        return None if self.data is None else self._uniform(self.data, index)

    def replaced(self, positions: Array, others: Rows) -> Rows:
        """Return these rows with others at some positions; of equal positions the last counts."""
        count = len(positions)
        if count and (np.diff(positions) == 1).all():
            return self._spliced(int(positions[0]), int(positions[0]) + count, others)
        source = np.arange(self.size)
        source[positions] = self.size + np.arange(count)
        return stacked([self, others]).take(source)

    def _spliced(self, first: int, last: int, others: Rows) -> Rows:
        """Return these rows with others from `first` to `last`."""
        low, high = int(self.starts[first]), int(self.starts[last])
        columns = np.concatenate((self.columns[:low], others.columns, self.columns[high:]))
        grown = len(others.columns) - (high - low)
        starts = np.concatenate(
            (self.starts[:first], others.starts + low, self.starts[last + 1 :] + grown)
        )
        data = None
        if self.data is not None and others.data is not None:
            parts = (self.data[:low], others.data, self.data[high:])
            data = np.concatenate(parts, dtype=self.data.dtype, casting="unsafe")
        return Rows(starts, columns, data, self.width)

    def scale(self, factors: Array) -> Rows:
        """Multiply each row by a factor; zero times what is infinite or nan is zero."""
        if self.data is None:
            return self
        factor = np.repeat(factors, self.counts)
        with np.errstate(all="ignore"):
            product = self.data * factor
        if not np.isfinite(product).all():
            product[(factor == 0) | (self.data == 0)] = 0
        return self.with_data(product)

    def with_data(self, data: Array | None) -> Rows:
        """Return the same places with other values."""
        return Rows(self.starts, self.columns, data, self.width)

    def filled(self) -> Array:
        """Return which rows have entries."""
        return self.counts > 0

    # ------------------------------------------------------------ sums

    def merge(self, other: Rows) -> Rows:
        """Return the entries of both, added where both have one."""
        if other is self and self.data is None:
            return self
        if not len(other.columns) or not len(self.columns):
            return self._promoted(other) if not len(other.columns) else other._promoted(self)
        if self._has_places_of(other):
            return self if self.data is None else self.with_data(self.data + _values(other))
        sparse = _scipy()
        if sparse is None or len(self.columns) + len(other.columns) < 64:
            return self._merged(other)
        if self.data is None:
            union = sparse.csr_array.__add__(_bools(self, sparse), _bools(other, sparse))
            return Rows(union.indptr, union.indices, None, self.width)
        return self._added(other, sparse)

    def _has_places_of(self, other: Rows) -> bool:
        if self.columns is other.columns and self.starts is other.starts:
            return True
        same = np.array_equal(self.starts, other.starts)
        return same and np.array_equal(self.columns, other.columns)

    def _promoted(self, other: Rows) -> Rows:
        """Return these entries in the common dtype of both."""
        if self.data is None or other.data is None or self.data.dtype == other.data.dtype:
            return self
        return self.with_data(self.data.astype(np.result_type(self.data, other.data)))

    def _merged(self, other: Rows) -> Rows:
        keys = np.concatenate((self._keys(), other._keys()))
        data = None if self.data is None else np.concatenate((self.data, _values(other)))
        return _grouped(keys, data, self.size, self.width)

    def _keys(self) -> Array:
        return _keys(self.counts, self.columns, self.width)

    def _added(self, other: Rows, sparse: ModuleType) -> Rows:
        """Add so that entries stay where they cancel; SciPy's sum drops them."""
        mine, yours = _values(self), _values(other)
        places = _bools(self, sparse) + _bools(other, sparse)
        total = _numbers(self, mine, sparse) + _numbers(other, yours, sparse)
        if total.nnz == places.nnz:
            return Rows(total.indptr, total.indices, total.data, self.width)
        first = _numbers(self, np.arange(1, len(mine) + 1), sparse)
        second = _numbers(other, np.arange(1, len(yours) + 1) << 32, sparse)
        union = first + second
        at, of = union.data & (2**32 - 1), union.data >> 32
        data = np.concatenate(([0], mine)).astype(np.result_type(mine, yours), copy=False)[at]
        data += np.concatenate(([0], yours))[of]
        return Rows(union.indptr, union.indices, data, self.width)

    def combined(self, starts: Array, columns: Array, weights: Array | None) -> Rows:
        """Return the product of a matrix, in compressed rows, with these rows."""
        if self.each == 1 and bool((np.diff(self.columns) > 0).all()):
            data = None if self.data is None else self.data[columns]
            if data is not None and weights is not None:
                with np.errstate(all="ignore"):
                    data = data * weights
            return Rows(starts, self.columns[columns], data, self.width)
        size, sparse = len(starts) - 1, _scipy()
        products = int(self.counts[columns].sum(dtype=np.int64))
        _check_fits(min(products, size * self.width))
        if products > 2**20 and max(size * self.size, (size + self.size) * self.width) <= _DENSE:
            return self._combined_densely(starts, columns, weights)
        if sparse is None or not len(columns) or not len(self.columns):
            return self._combined_alone(starts, columns, weights)
        shape = (size, self.size)
        places = sparse.csr_array((np.ones(len(columns), np.bool_), columns, starts), shape=shape)
        reached = _rows_of(places @ _bools(self, sparse), None, self.width)
        if self.data is None:
            return reached
        factors = np.ones(len(columns), self.data.dtype) if weights is None else weights
        matrix = sparse.csr_array((factors, columns, starts), shape=shape)
        product = matrix @ _numbers(self, self.data, sparse)
        found = _rows_of(product, product.dtype, self.width)  # without those that cancel
        return reached.with_data(np.zeros(len(reached.columns), product.dtype)).merge(found)

    def _combined_alone(self, starts: Array, columns: Array, weights: Array | None) -> Rows:
        terms = self.take(columns)
        if weights is not None:
            terms = terms.scale(weights)
        keys = _keys(np.diff(terms.starts[starts]), terms.columns, self.width)
        return _grouped(keys, terms.data, len(starts) - 1, self.width)

    def _combined_densely(self, starts: Array, columns: Array, weights: Array | None) -> Rows:
        size = len(starts) - 1
        at = np.repeat(np.arange(size), np.diff(starts)), columns
        mine = np.repeat(np.arange(self.size), self.counts), self.columns

        def product(factors: Array, values: Array) -> Array:
            left = np.zeros((size, self.size), factors.dtype)
            np.add.at(left, at, factors)
            right = np.zeros((self.size, self.width), values.dtype)
            right[mine] = values
            result: Array = left @ right
            return result

        ones = np.ones(max(len(columns), len(self.columns)), np.float32)
        found = product(ones[: len(columns)], ones[: len(self.columns)]) > 0
        data = None
        if self.data is not None:
            factors = ones[: len(columns)] if weights is None else weights
            data = product(factors, self.data)[found]
        return Rows(starts_of(found.sum(1)), np.nonzero(found)[1], data, self.width)


def _check_fits(entries: int) -> None:
    """Refuse rows that the machine's memory cannot hold.

    Raises
    ------
    JacobianTooLargeError
        With their number.
    """
    if not fits(entries, 4):  # indices, values, and copies while they are merged
        raise JacobianTooLargeError(
            "ADK701",
            f"{entries:.3g} nonzeros, which this machine's memory cannot hold, are met on the way",
            instead="use jvp, vjp or hvp for products with the matrix",
        )


def stacked(parts: list[Rows]) -> Rows:
    """Return the rows of several, one after the other."""
    if len(parts) == 1:
        return parts[0]
    counts = np.concatenate([part.counts for part in parts])
    columns = np.concatenate([part.columns for part in parts])
    placeless = any(part.data is None for part in parts)
    data = None if placeless else np.concatenate([_values(part) for part in parts])
    return Rows(starts_of(counts), columns, data, parts[0].width)


def transposed_product(left: Rows, right: Rows) -> Rows:
    """Return for each pair of rows all pairs of their columns: ``left.T @ right``."""
    order = np.argsort(left.columns, kind="stable")
    rows = np.repeat(np.arange(left.size), left.counts)[order]
    counts = np.bincount(left.columns, minlength=left.width)
    return right.combined(starts_of(counts), rows, None)


def _values(rows: Rows) -> Array:
    assert rows.data is not None
    return rows.data


def _keys(counts: Array, columns: Array, width: int) -> Array:
    """Return ``row * width + column`` of each entry."""
    keys: Array = np.repeat(np.arange(len(counts), dtype=np.int64), counts)
    keys *= width
    keys += columns
    return keys


def _grouped(keys: Array, data: Array | None, size: int, width: int) -> Rows:
    """Return the rows of entries by their keys ``row * width + column``; equal ones add up."""
    order = np.argsort(keys, kind="stable")
    keys = keys[order]
    new = np.ones(len(keys), np.bool_)
    new[1:] = keys[1:] != keys[:-1]
    if data is not None:
        data = data[order]
        if not new.all():
            data = np.add.reduceat(data, np.flatnonzero(new))
    rows, columns = np.divmod(keys[new], max(width, 1))
    return Rows(starts_of(np.bincount(rows, minlength=size)), columns, data, width)


# ---------------------------------------------------------------- SciPy's rows


@functools.cache
def _scipy() -> ModuleType | None:
    """Return SciPy's sparse arrays, which are faster, None if there are none."""
    try:
        module: ModuleType = optional("scipy.sparse", "scipy")
    except ModuleNotFoundError:
        return None
    return module


def _bools(rows: Rows, sparse: ModuleType) -> Any:
    return _numbers(rows, np.ones(len(rows.columns), np.bool_), sparse)


def _numbers(rows: Rows, data: Array, sparse: ModuleType) -> Any:
    shape = (rows.size, rows.width)
    if data.dtype == np.float16:  # SciPy has no such arrays
        data = data.astype(np.float32)
    array = sparse.csr_array((data, rows.columns, rows.starts), shape=shape)
    array.has_canonical_format = True
    return array


def _rows_of(array: Any, dtype: Any, width: int) -> Rows:
    """Return the rows of an array of SciPy's, with values if a dtype is given."""
    array.sort_indices()
    return Rows(array.indptr, array.indices, None if dtype is None else array.data, width)


def cells(shape: tuple[int, ...]) -> int:
    """Return the number of elements of an array."""
    return math.prod(shape)
