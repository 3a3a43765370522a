"""Sparse results: SciPy's arrays where SciPy is there, else rows, columns and values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from adkit.common.errors import SeedError
from adkit.drivers.operators import numbers_of
from adkit.sparse.pattern import Pattern

__all__ = ["SparseMatrix", "factor_of", "sparse_matrix"]


@dataclass(frozen=True, eq=False)
class SparseMatrix:
    """A sparse matrix by its entries: what sparse derivatives are where SciPy is absent.

    What one asks of a matrix is called as in SciPy: products, ``.T`` and `toarray`.

    Attributes
    ----------
    rows, columns : array of int
        Where the entries are, by row and then by column.
    values : array
        Their values.
    shape : (int, int)

    Examples
    --------
    >>> import numpy as np
    >>> from adkit import SparseMatrix
    >>> J = SparseMatrix(np.array([0, 1]), np.array([1, 0]), np.array([2.0, 3.0]), (2, 2))
    >>> J.toarray()
    array([[0., 2.],
           [3., 0.]])
    >>> J @ np.array([1.0, 10.0]), J.T @ np.array([1.0, 10.0])
    (array([20.,  3.]), array([30.,  2.]))
    """

    rows: NDArray[np.intp]
    columns: NDArray[np.intp]
    values: NDArray[Any]
    shape: tuple[int, int]

    ndim = 2
    __array_ufunc__ = None  # ``array @ matrix`` is asked of the matrix

    @property
    def dtype(self) -> Any:
        """Type of the elements."""
        return self.values.dtype

    @property
    def T(self) -> SparseMatrix:
        """The transpose."""
        order = np.lexsort((self.rows, self.columns))
        parts = (self.columns[order], self.rows[order], self.values[order])
        return SparseMatrix(*parts, self.shape[::-1])

    @property
    def nnz(self) -> int:
        """How many entries there are."""
        return len(self.values)

    def toarray(self) -> NDArray[Any]:
        """Return the matrix as an array."""
        dense = np.zeros(self.shape, self.values.dtype)
        dense[self.rows, self.columns] = self.values
        return dense

    def to_dense(self) -> NDArray[Any]:
        """Return what `toarray` does, by the name that patterns have for it."""
        return self.toarray()

    def to_scipy(self) -> Any:
        """Return the matrix as a ``scipy.sparse.csr_array``."""
        return Pattern.from_coordinates(self.rows, self.columns, self.shape).to_scipy(self.values)

    def __matmul__(self, other: Any) -> NDArray[Any]:
        x = factor_of(other, self.shape[1])
        values = self.values.reshape(-1, *[1] * (x.ndim - 1))
        terms = values * x[self.columns]
        product = np.zeros((self.shape[0], *x.shape[1:]), terms.dtype)
        np.add.at(product, self.rows, terms)
        return product

    def __rmatmul__(self, other: Any) -> NDArray[Any]:
        return (self.T @ numbers_of(other).T).T

    def __repr__(self) -> str:
        m, n = self.shape
        return f"SparseMatrix({m} x {n}, {self.nnz} nonzero{'' if self.nnz == 1 else 's'})"


def factor_of(other: Any, size: int) -> NDArray[Any]:
    """Return what a matrix of `size` columns is multiplied by: a vector, or vectors as columns.

    Raises
    ------
    SeedError
        If it does not fit.
    """
    x = numbers_of(other)
    if x.ndim not in (1, 2) or len(x) != size:
        raise SeedError(
            "ADK142",
            f"a matrix of {size} columns is multiplied by an array of shape {x.shape}",
            instead=f"vectors have {size} elements; of a matrix the columns are multiplied",
        )
    return x


def sparse_matrix(pattern: Pattern, values: NDArray[Any]) -> Any:
    """Return a ``scipy.sparse.csr_array`` of these values, a `SparseMatrix` without SciPy."""
    try:
        return pattern.to_scipy(values)
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] != "scipy":
            raise
        return SparseMatrix(pattern.rows, pattern.columns, values, pattern.shape)
