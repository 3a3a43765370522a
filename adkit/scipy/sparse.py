"""Products with sparse arrays, and systems of them: in the dense operand and in the data.

SciPy's own sparse arrays hold plain numbers. Those made here hold data that may be traced, in
a pattern that is plain; ``A @ x`` and `spsolve` take both. Results are dense.
"""

from __future__ import annotations

import functools
import math
from typing import Any

import numpy as np

from adkit.common.errors import MissingRuleError
from adkit.common.optional import optional
from adkit.common.registry import dispatches, elementary
from adkit.common.shapes import leading
from adkit.common.verbs import bilinear, general

__all__ = ["SparseArray", "coo_array", "csc_array", "csr_array", "spsolve"]

sparse = optional("scipy.sparse", "scipy")
solvers = optional("scipy.sparse.linalg", "scipy")


class Pattern:
    """Where the data of a sparse array stand.

    Parameters
    ----------
    kind : str
        Its format: ``csr``, ``csc`` or ``coo``.
    indices : tuple of arrays
        Indices and their ends, as SciPy takes them for that format; or rows and columns.
    shape : tuple of int
    """

    def __init__(self, kind: str, indices: tuple[Any, Any], shape: tuple[int, int]) -> None:
        self.kind, self.indices, self.shape = kind, indices, shape

    def filled(self, data: Any) -> Any:
        """Return the SciPy array with some data."""
        if self.kind == "coo":
            return sparse.coo_array((data, self.indices), shape=self.shape)
        make = sparse.csr_array if self.kind == "csr" else sparse.csc_array
        return make((data, *self.indices), shape=self.shape)

    @functools.cached_property
    def places(self) -> tuple[Any, Any]:
        """Return the row and the column of each number."""
        if self.kind == "coo":
            return self.indices
        indices, ends = self.indices
        major = np.repeat(np.arange(len(ends) - 1), np.diff(ends))
        return (major, indices) if self.kind == "csr" else (indices, major)

    @property
    def T(self) -> Pattern:
        """The pattern of the transpose."""
        kind = {"csr": "csc", "csc": "csr", "coo": "coo"}[self.kind]
        indices = self.indices[::-1] if kind == "coo" else self.indices
        return Pattern(kind, (indices[0], indices[1]), self.shape[::-1])


# ---------------------------------------------------------------- products


@elementary
def _product(data: Any, x: Any, pattern: Pattern) -> Any:
    return pattern.filled(data) @ x


def _rows_of(x: Any, rank: int) -> int:
    """Return the axis of the rows of a vector or matrix, from the end."""
    return -1 if rank == 1 else -2


def _product_push(t: Any, data: Any, x: Any, pattern: Pattern) -> Any:
    """Multiply vectors or matrices, one for each direction, as columns of one matrix."""
    rank = np.ndim(x)
    if not leading(t, rank):
        return _product(data, t, pattern)
    first = np.moveaxis(t, _rows_of(t, rank), 0)
    columns = np.reshape(first, (first.shape[0], math.prod(first.shape[1:])))
    product = _product(data, columns, pattern)
    product = np.reshape(product, (pattern.shape[0], *first.shape[1:]))
    return np.moveaxis(product, 0, _rows_of(t, rank))


def _product_data(ct: Any, data: Any, x: Any, pattern: Pattern) -> Any:
    rows, columns = pattern.places
    axis = _rows_of(ct, np.ndim(x))
    terms = np.take(ct, rows, axis) * np.take(x, columns, axis)
    return terms if np.ndim(x) == 1 else np.sum(terms, axis=-1)


def _product_push_data(t: Any, data: Any, x: Any, pattern: Pattern) -> Any:
    if not leading(t, 1):
        return _product(t, x, pattern)
    flat = np.reshape(t, (math.prod(t.shape[:-1]), t.shape[-1]))
    products = [_product(flat[k], x, pattern) for k in range(flat.shape[0])]
    return np.reshape(np.stack(products), t.shape[:-1] + np.shape(products[0]))


bilinear(
    _product,
    _product_data,
    lambda ct, data, x, pattern: _product_push(ct, data, x, pattern.T),
    push=(_product_push_data, _product_push),
)

# ---------------------------------------------------------------- systems


@elementary
def _solution(data: Any, b: Any, pattern: Pattern, permc_spec: Any, use_umfpack: bool) -> Any:
    matrix = pattern.filled(np.ascontiguousarray(data))
    matrix = matrix.tocsc() if pattern.kind == "coo" else matrix  # of which SciPy warns
    return solvers.spsolve(matrix, b, permc_spec, use_umfpack)


def _solution_push(t: Any, data: Any, b: Any, pattern: Pattern, *options: Any) -> Any:
    rank = np.ndim(b)
    if not leading(t, rank):
        return _solution(data, t, pattern, *options)
    first = np.moveaxis(t, _rows_of(t, rank), 0)
    columns = np.reshape(first, (first.shape[0], math.prod(first.shape[1:])))
    solved = [_solution(data, columns[:, k], pattern, *options) for k in range(columns.shape[1])]
    solution = np.reshape(np.stack(solved, axis=-1), first.shape)
    return np.moveaxis(solution, 0, _rows_of(t, rank))


def _solution_push_data(
    t: Any, ans: Any, data: Any, b: Any, pattern: Pattern, *options: Any
) -> Any:
    change = _product_push_data(t, data, ans, pattern)
    return -_solution_push(change, data, b, pattern, *options)


def _solution_data(ct: Any, ans: Any, data: Any, b: Any, pattern: Pattern, *options: Any) -> Any:
    adjoint = _solution_push(ct, data, b, pattern.T, *options)
    return -_product_data(adjoint, data, ans, pattern)


general(
    _solution,
    push=(_solution_push_data, _solution_push),
    pull=(
        _solution_data,
        lambda ct, data, b, pattern, *options: _solution_push(ct, data, b, pattern.T, *options),
    ),
    source="Giles (2008), section 2.3.1, in the places of the pattern",
    loops="a factorisation for each direction",
)


def spsolve(A: Any, b: Any, permc_spec: Any = None, use_umfpack: bool = True) -> Any:
    """Solve ``A @ x = b``, as `scipy.sparse.linalg.spsolve` does.

    Parameters
    ----------
    A : sparse array
        SciPy's, or one of this module with traced data.
    b : array
        Dense right-hand side.
    permc_spec, use_umfpack
        As SciPy takes them.

    Examples
    --------
    >>> import adkit, numpy as np
    >>> rows = columns = np.arange(2)
    >>> def solution(data):
    ...     return spsolve(coo_array((data, (rows, columns)), shape=(2, 2)), np.ones(2))
    >>> adkit.jacobian(solution)(np.array([1.0, 2.0]))
    array([[-1.  , -0.  ],
           [-0.  , -0.25]])
    """
    A = _known(A)
    if np.ndim(b) == 2 and np.shape(b)[1] == 1:
        b = np.ravel(b)  # as SciPy returns the solution
    return _solution(A.data, b, A.pattern, permc_spec, use_umfpack)


# ---------------------------------------------------------------- sparse arrays


class SparseArray:
    """A sparse array of two axes, whose data may be traced.

    Parameters
    ----------
    data : array of one axis
    pattern : Pattern

    Attributes
    ----------
    data : array
    shape : tuple of int

    Examples
    --------
    >>> import adkit, numpy as np
    >>> def total(data):
    ...     return (csr_array((data, [0, 1], [0, 1, 2])) @ np.array([3.0, 4.0])).sum()
    >>> adkit.grad(total)(np.ones(2))
    array([3., 4.])
    """

    __array_ufunc__ = None  # operators of arrays, plain or traced, leave products to this class
    __array_priority__ = 2000.0

    def __init__(self, data: Any, pattern: Pattern) -> None:
        self.data, self.pattern = data, pattern

    def __repr__(self) -> str:
        return f"SparseArray(shape={self.shape}, dtype={self.data.dtype})"

    @property
    def shape(self) -> tuple[int, int]:
        """Lengths of the axes."""
        return self.pattern.shape

    @property
    def T(self) -> SparseArray:
        """The transpose."""
        return SparseArray(self.data, self.pattern.T)

    def __matmul__(self, x: Any) -> Any:
        return _product(self.data, _dense(x), self.pattern)

    def __rmatmul__(self, x: Any) -> Any:
        x = _dense(x)
        product = _product(self.data, np.transpose(x), self.pattern.T)
        return np.transpose(product)

    dot = __matmul__

    def __mul__(self, factor: Any) -> SparseArray:
        if np.ndim(factor):
            raise MissingRuleError(
                "ADK403",
                f"a sparse array times an array of shape {np.shape(factor)} has no derivative rule",
                instead="multiply its data, or write A @ x for a product of matrices",
            )
        return SparseArray(self.data * factor, self.pattern)

    __rmul__ = __mul__

    def toarray(self) -> Any:
        """Return the array with its zeros."""
        return self @ np.eye(self.shape[1], dtype=self.data.dtype)


def _dense(x: Any) -> Any:
    if isinstance(x, SparseArray) or sparse.issparse(x):
        raise MissingRuleError(
            "ADK403",
            "a product of two sparse arrays has no derivative rule",
            instead="make one of them dense by its method toarray",
        )
    return x if dispatches(x) else np.asarray(x)


def _known(A: Any) -> SparseArray:
    """Return a sparse array of SciPy as one of this module."""
    if isinstance(A, SparseArray):
        return A
    kind = getattr(A, "format", "csr")
    if kind == "coo":
        return SparseArray(A.data, Pattern("coo", (A.row, A.col), A.shape))
    if kind not in ("csr", "csc"):
        A, kind = sparse.csr_array(A), "csr"
    return SparseArray(A.data, Pattern(kind, (A.indices, A.indptr), A.shape))


def _made(kind: str, arg1: Any, shape: Any, dtype: Any) -> SparseArray:
    """Return a sparse array of what SciPy's constructors take, in a format."""
    if not isinstance(arg1, tuple) or np.ndim(arg1[0]) != 1:
        return _known(getattr(sparse, f"{kind}_array")(arg1, shape=shape, dtype=dtype))
    data, *places = arg1
    if len(places) == 1:  # rows and columns, whatever the format
        kind, places = "coo", places[0]
    indices = np.asarray(places[0]), np.asarray(places[1])
    data = data if dispatches(data) else np.asarray(data)
    if dtype is not None:
        data = data.astype(dtype)
    # SciPy checks the pattern, and finds the shape where none is given
    whole = Pattern(kind, indices, shape).filled(np.zeros(data.shape))
    return SparseArray(data, Pattern(kind, indices, whole.shape))


def csr_array(arg1: Any, shape: Any = None, dtype: Any = None) -> SparseArray:
    """Return a sparse array by rows, as `scipy.sparse.csr_array` does, of data that may be traced.

    Parameters
    ----------
    arg1 : tuple or sparse array
        ``(data, indices, indptr)``, of which `data` may be traced.
    shape : tuple of int, optional
    dtype : dtype, optional

    Examples
    --------
    >>> csr_array(([1.0, 2.0], [1, 0], [0, 1, 2])).toarray()
    array([[0., 1.],
           [2., 0.]])
    """
    return _made("csr", arg1, shape, dtype)


def csc_array(arg1: Any, shape: Any = None, dtype: Any = None) -> SparseArray:
    """Return a sparse array by columns, as `scipy.sparse.csc_array` does; see `csr_array`.

    Parameters
    ----------
    arg1 : tuple or sparse array
        ``(data, indices, indptr)``, of which `data` may be traced.
    shape : tuple of int, optional
    dtype : dtype, optional

    Examples
    --------
    >>> csc_array(([1.0, 2.0], [1, 0], [0, 1, 2])).toarray()
    array([[0., 2.],
           [1., 0.]])
    """
    return _made("csc", arg1, shape, dtype)


def coo_array(arg1: Any, shape: Any = None, dtype: Any = None) -> SparseArray:
    """Return a sparse array by rows and columns, as `scipy.sparse.coo_array` does.

    Parameters
    ----------
    arg1 : tuple or sparse array
        ``(data, (rows, columns))``, of which `data` may be traced.
    shape : tuple of int, optional
    dtype : dtype, optional

    Examples
    --------
    >>> coo_array(([1.0, 2.0], ([0, 1], [1, 0]))).toarray()
    array([[0., 1.],
           [2., 0.]])
    """
    return _made("coo", arg1, shape, dtype)
