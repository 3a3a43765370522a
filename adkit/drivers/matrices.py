"""Sparse results: SciPy's arrays where SciPy is there, else rows, columns and values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from adkit.sparse.pattern import Pattern

__all__ = ["SparseMatrix", "sparse_matrix"]


@dataclass(frozen=True, eq=False)
class SparseMatrix:
    """A sparse matrix by its entries: what sparse derivatives are where SciPy is absent.

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
    >>> SparseMatrix(np.array([0, 1]), np.array([1, 0]), np.array([2.0, 3.0]), (2, 2)).to_dense()
    array([[0., 2.],
           [3., 0.]])
    """

    rows: NDArray[np.intp]
    columns: NDArray[np.intp]
    values: NDArray[Any]
    shape: tuple[int, int]

    @property
    def nnz(self) -> int:
        """How many entries there are."""
        return len(self.values)

    def to_dense(self) -> NDArray[Any]:
        """Return the matrix as an array."""
        dense = np.zeros(self.shape, self.values.dtype)
        dense[self.rows, self.columns] = self.values
        return dense

    def to_scipy(self) -> Any:
        """Return the matrix as a ``scipy.sparse.csr_array``."""
        return Pattern.from_coordinates(self.rows, self.columns, self.shape).to_scipy(self.values)

    def __repr__(self) -> str:
        m, n = self.shape
        return f"SparseMatrix({m} x {n}, {self.nnz} nonzero{'' if self.nnz == 1 else 's'})"


def sparse_matrix(pattern: Pattern, values: NDArray[Any]) -> Any:
    """Return a ``scipy.sparse.csr_array`` of these values, a `SparseMatrix` without SciPy."""
    try:
        return pattern.to_scipy(values)
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] != "scipy":
            raise
        return SparseMatrix(pattern.rows, pattern.columns, values, pattern.shape)
