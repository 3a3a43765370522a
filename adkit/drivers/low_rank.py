"""Matrices that are sparse but for a product of two narrow ones."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from adkit.common.directions import check_fits
from adkit.common.errors import PatternError, SeedError
from adkit.common.optional import optional
from adkit.drivers.matrices import factor_of, sparse_matrix
from adkit.drivers.operators import numbers_of
from adkit.sparse.pattern import Pattern

__all__ = ["SparsePlusLowRank"]

Array = NDArray[Any]

#: Residuals, by the sizes of their terms, above which a solution is found otherwise.
_EXACT = 1e-12


@dataclass(frozen=True, eq=False)
class SparsePlusLowRank:
    """The matrix ``S + left @ right.T`` of a sparse S: what lifted Jacobians are.

    Products take as many operations as there are numbers in it; it is dense only if asked
    for by `toarray`. Where both parts cancel, what is left has the rounding errors of the
    parts.

    Attributes
    ----------
    pattern : Pattern
        Where S has entries.
    values : array
        Its entries.
    left, right : array
        Narrow matrices, of as many columns as the rank.

    Examples
    --------
    >>> import numpy as np
    >>> from adkit import SparsePlusLowRank
    >>> from adkit.sparse import Pattern
    >>> left, right = np.ones((2, 1)), np.array([[1.0], [2.0]])
    >>> J = SparsePlusLowRank(Pattern.identity(2), np.array([10.0, 20.0]), left, right)
    >>> J.toarray()
    array([[11.,  2.],
           [ 1., 22.]])
    >>> J @ np.ones(2), J.T @ np.ones(2)
    (array([13., 23.]), array([12., 24.]))
    >>> J.solve(np.array([13.0, 23.0])).round(12)
    array([1., 1.])
    """

    pattern: Pattern
    values: Array
    left: Array
    right: Array

    ndim = 2
    __array_ufunc__ = None  # ``array @ matrix`` is asked of the matrix

    def __post_init__(self) -> None:
        for name in ("values", "left", "right"):
            object.__setattr__(self, name, np.asarray(getattr(self, name)))
        self.pattern.check(self.values)
        m, n = self.pattern.shape
        narrow = np.ndim(self.left) == 2 and np.ndim(self.right) == 2
        if not narrow or (m, n) != (len(self.left), len(self.right)) or self._ranks_differ():
            raise PatternError(
                "ADK713",
                f"factors of shapes {np.shape(self.left)} and {np.shape(self.right)} beside a "
                f"sparse matrix of shape {(m, n)}",
                instead=f"their shapes are ({m}, k) and ({n}, k)",
            )

    def _ranks_differ(self) -> bool:
        return bool(self.left.shape[1] != self.right.shape[1])

    def __repr__(self) -> str:
        m, n = self.shape
        return f"SparsePlusLowRank({m} x {n}, {self.pattern.nnz} nonzeros, rank {self.rank})"

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        return self.pattern.shape

    @property
    def dtype(self) -> Any:
        """Type of the elements."""
        return np.result_type(self.values, self.left, self.right)

    @property
    def rank(self) -> int:
        """Columns of the narrow matrices: the rank of their product is at most that."""
        return int(self.left.shape[1])

    @property
    def sparse(self) -> Any:
        """S, as a ``scipy.sparse.csr_array``, or a `SparseMatrix` without SciPy."""
        return sparse_matrix(self.pattern, self.values)

    @property
    def T(self) -> SparsePlusLowRank:
        """The transpose."""
        turned = self.values[self.pattern.transposed_order]
        return SparsePlusLowRank(self.pattern.T, turned, self.right, self.left)

    @property
    def H(self) -> SparsePlusLowRank:
        """The conjugate transpose."""
        turned = self.T
        parts = (np.conj(part) for part in (turned.values, turned.left, turned.right))
        return SparsePlusLowRank(turned.pattern, *parts)

    def toarray(self) -> Array:
        """Return the matrix as an array.

        Raises
        ------
        JacobianTooLargeError
            If the machine's memory cannot hold it.
        """
        check_fits(*self.shape)
        dense: Array = self.left @ self.right.T
        dense = dense.astype(self.dtype, copy=False)
        dense[self.pattern.rows, self.pattern.columns] += self.values
        return dense

    # ------------------------------------------------------------ products

    def matvec(self, x: Any) -> Array:
        """Return the product with a vector."""
        product: Array = self @ x
        return product

    def rmatvec(self, x: Any) -> Array:
        """Return the product of the conjugate transpose with a vector."""
        product: Array = self.H @ x
        return product

    def __matmul__(self, other: Any) -> Array:
        x = factor_of(other, self.shape[1])
        if x.ndim == 1:
            sparse = self.pattern.times(self.values, x)
        else:
            columns = [self.pattern.times(self.values, column) for column in x.T]
            sparse = np.stack(columns, axis=1) if columns else np.zeros((self.shape[0], 0))
        product: Array = sparse + self.left @ (self.right.T @ x)
        return product

    def __rmatmul__(self, other: Any) -> Array:
        return (self.T @ numbers_of(other).T).T

    # ------------------------------------------------------------ solving

    def solve(self, b: Any) -> Array:
        """Solve ``self @ x = b``; needs SciPy.

        By one factorisation of S and a system as small as the rank. Where S is singular, by
        one factorisation of a sparse matrix with a row and a column more for each rank.

        Parameters
        ----------
        b : array
            A right-hand side of shape (n,), or several ones of shape (n, k).

        Returns
        -------
        array
            Of the shape of `b`.

        Raises
        ------
        PatternError
            If the matrix is not square.
        SeedError
            If `b` does not fit.
        numpy.linalg.LinAlgError
            If the matrix is singular.

        References
        ----------
        Woodbury (1950), *Inverting modified matrices*; Hager (1989), "Updating the inverse of
        a matrix", SIAM Review 31(2).
        """
        m, n = self.shape
        if m != n:
            raise PatternError(
                "ADK712",
                f"a system of {m} equations in {n} unknowns",
                instead="for least squares give the matrix to scipy.sparse.linalg.lsmr",
            )
        given = numbers_of(b)
        if given.ndim not in (1, 2) or len(given) != n:
            raise SeedError(
                "ADK142",
                f"a right-hand side of shape {given.shape} for a matrix of {n} rows",
                instead=f"one has the shape ({n},), and several are the columns of a matrix",
            )
        dtype = np.result_type(self.dtype, given)
        dtype = dtype if dtype.kind in "fc" else np.dtype(float)
        if not given.size:
            return given.astype(dtype)
        for factorised in (self._updated, self._bordered):
            solution = self._refined(factorised(), given.astype(dtype, copy=False))
            if solution is not None:
                return solution.astype(dtype, copy=False)
        raise np.linalg.LinAlgError("Singular matrix")

    def _refined(self, way: Callable[[Array], Array] | None, b: Array) -> Array | None:
        """Return a solution with one step of refinement; None if it is not exact."""
        if way is None:
            return None
        with np.errstate(all="ignore"):
            x = way(b)
            x = x + way(b - self @ x)
            residual = np.max(np.abs(b - self @ x), axis=0)
            size = np.max(self._sizes @ np.abs(x) + np.abs(b), axis=0)
            exact = (residual <= _EXACT * size) | ~np.isfinite(b).all(axis=0)
        return x if exact.all() else None

    @functools.cached_property
    def _sizes(self) -> SparsePlusLowRank:
        parts = (np.abs(part) for part in (self.values, self.left, self.right))
        return SparsePlusLowRank(self.pattern, *parts)

    def _updated(self) -> Callable[[Array], Array] | None:
        """Return what solves by factors of S; None if it is singular."""
        factors = _factors(optional("scipy.sparse", "scipy").csc_array(self.sparse), self.dtype)
        if factors is None:
            return None
        through = factors(self.left.astype(self.dtype))
        small = np.eye(self.rank) + self.right.T @ through

        def solve(b: Array) -> Array:
            x = factors(b)
            try:
                solved: Array = x - through @ np.linalg.solve(small, self.right.T @ x)
            except np.linalg.LinAlgError:
                return np.full_like(x, np.nan)
            return solved

        return solve

    def _bordered(self) -> Callable[[Array], Array] | None:
        """Return what solves for x and ``right.T @ x`` together."""
        sparse = optional("scipy.sparse", "scipy")
        corner = -sparse.eye_array(self.rank)
        blocks = [[self.sparse, self.left], [self.right.T, corner]]
        factors = _factors(sparse.csc_array(sparse.block_array(blocks)), self.dtype)
        if factors is None:
            return None

        def solved(b: Array) -> Array:
            extended = np.concatenate((b, np.zeros((self.rank, *b.shape[1:]), b.dtype)))
            return factors(extended)[: len(b)]

        return solved


def _factors(matrix: Any, dtype: Any) -> Callable[[Array], Array] | None:
    """Return what solves by the factors of a sparse matrix; None if it is singular."""
    linalg = optional("scipy.sparse.linalg", "scipy")
    try:
        factors = linalg.splu(matrix.astype(np.result_type(dtype, np.float64)))
    except RuntimeError:
        return None

    def solve(b: Array) -> Array:
        if b.dtype.kind == "c" and dtype.kind != "c":
            solved: Array = factors.solve(b.real) + 1j * factors.solve(b.imag)
            return solved
        found: Array = factors.solve(b.astype(np.result_type(b, np.float64)))
        return found

    return solve
