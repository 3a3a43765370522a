"""Patterns of Jacobians and Hessians, and sparse Jacobians in one sweep."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from adkit.common.directions import total_size
from adkit.common.errors import OutputError, leaked
from adkit.common.flat import Argnums, FlatFunction, checked_argnums, checked_function
from adkit.common.inputs import name_of
from adkit.common.shapes import dtype_of
from adkit.common.storage import current
from adkit.common.sweeps import count_forward, count_primal
from adkit.common.tracebacks import boundary
from adkit.common.tracer import Tracer, value_of
from adkit.pattern.dependence import PatternLevel
from adkit.pattern.record import Record
from adkit.pattern.rows import Rows, stacked
from adkit.pattern.traced import SparseLevel, SparseTraced
from adkit.pattern.values import ValueLevel
from adkit.sparse import Pattern

__all__ = [
    "PatternResult",
    "SparseJacobian",
    "hessian_pattern",
    "jacobian_pattern",
    "sparse_jacobian",
]

L = TypeVar("L", bound=SparseLevel)


@dataclass(frozen=True)
class PatternResult:
    """Where a matrix of derivatives may be nonzero, and where it may vary.

    Attributes
    ----------
    pattern : Pattern
        Rows are elements of the result, columns those of the arguments.
    nonlinear : Pattern
        Entries that may change from point to point; the others are constant along the
        branches that the program took.
    fallbacks : tuple of str
        Operations whose results are taken to depend on more than they may.
    branches : tuple of str
        Operations whose plain results the program went on with: comparisons, indices.
        Where they change, so may the pattern.
    operations : int
        Elementary operations of the sweep.

    Examples
    --------
    >>> import numpy as np
    >>> from adkit.pattern import jacobian_pattern
    >>> jacobian_pattern(lambda x: np.max(x) * x, np.ones(3)).fallbacks
    ('numpy.max',)
    """

    pattern: Pattern
    nonlinear: Pattern
    fallbacks: tuple[str, ...]
    branches: tuple[str, ...]
    operations: int


@dataclass(frozen=True)
class SparseJacobian:
    """The value of a function, and its Jacobian by nonzeros.

    Attributes
    ----------
    value
        What the function returned.
    pattern : Pattern
        Rows are elements of the result, columns those of the arguments.
    values : array
        The entries in the order of the pattern.
    operations : int
        Elementary operations of the sweep.

    Examples
    --------
    >>> import numpy as np
    >>> from adkit.pattern import sparse_jacobian
    >>> found = sparse_jacobian(lambda x: 2 * x[::-1], np.ones(2))
    >>> found.pattern, found.values
    (Pattern(2 x 2, 2 nonzeros), array([2., 2.]))
    """

    value: Any
    pattern: Pattern
    values: NDArray[Any]
    operations: int

    def to_dense(self) -> NDArray[Any]:
        """Return the matrix as an array."""
        return self.pattern.to_dense(self.values)

    def to_scipy(self) -> Any:
        """Return the matrix as a ``scipy.sparse.csr_array``."""
        return self.pattern.to_scipy(self.values)


@boundary
def jacobian_pattern(
    f: Callable[..., Any], *args: Any, argnums: Argnums = 0, local: bool = False
) -> PatternResult:
    """Find where the Jacobian of `f` may be nonzero, without computing it.

    Parameters
    ----------
    f : callable
        A function of plain NumPy.
    *args
        A point; its numbers matter only where the program branches on them.
    argnums : int or tuple of int
        Arguments that are differentiated; their elements are numbered through.
    local : bool
        Whether to leave out entries that are zero at this point: elements that are not
        selected there, factors that are zero.

    Returns
    -------
    PatternResult

    Raises
    ------
    JacobianTooLargeError
        If the machine's memory cannot hold the nonzeros.

    References
    ----------
    Griewank and Walther (2008), *Evaluating Derivatives*, section 7.1; Xu and Coleman
    (2013), *Efficient (partial) determination of derivative matrices via automatic
    differentiation*.

    Examples
    --------
    >>> import numpy as np
    >>> from adkit.pattern import jacobian_pattern
    >>> found = jacobian_pattern(lambda x: x[1:] ** 2 - 3 * x[:-1], np.ones(4))
    >>> found.pattern.to_dense().astype(int)
    array([[1, 1, 0, 0],
           [0, 1, 1, 0],
           [0, 0, 1, 1]])
    >>> found.nonlinear.nnz
    3
    """
    flat = FlatFunction(checked_function(f, "jacobian_pattern"), args, checked_argnums(argnums))
    level, _, entries = _sweep(flat, PatternLevel(total_size(flat.leaves), local=local))
    every = stacked([entry.every for entry in entries])
    varying = stacked([entry.varying for entry in entries])
    return _result(every, varying, level)


@boundary
def hessian_pattern(
    f: Callable[..., Any], *args: Any, argnums: Argnums = 0, local: bool = False
) -> PatternResult:
    """Find where the Hessian of a scalar function may be nonzero, without computing it.

    Parameters
    ----------
    f, *args, argnums, local
        As of `jacobian_pattern`.

    Returns
    -------
    PatternResult
        Of a symmetric matrix.

    Raises
    ------
    OutputError
        If `f` does not return one number.

    References
    ----------
    Walther (2008), "Computing sparse Hessians with automatic differentiation", ACM
    Transactions on Mathematical Software 34(1).

    Examples
    --------
    >>> import numpy as np
    >>> from adkit.pattern import hessian_pattern
    >>> found = hessian_pattern(lambda x: np.sum(x[1:] * x[:-1]), np.ones(3))
    >>> found.pattern.to_dense().astype(int)
    array([[0, 1, 0],
           [1, 0, 1],
           [0, 1, 0]])
    >>> found.nonlinear.nnz
    0
    """
    flat = FlatFunction(checked_function(f, "hessian_pattern"), args, checked_argnums(argnums))
    level = PatternLevel(total_size(flat.leaves), local=local)
    level.record = Record(level.width)
    _, values, (first, *others) = _sweep(flat, level)
    if others or np.size(values[0]) != 1:
        raise OutputError(
            "ADK134",
            f"{name_of(f)} does not return one number, which a Hessian is of",
            instead="take the Hessian of one element, or of a weighted sum of them",
        )
    if first.number < 0:
        nothing = Rows.empty(level.width, level.width)
        return _result(nothing, nothing, level)
    every, varying = level.record.pairs(first)
    return _result(every, varying, level)


@boundary
def sparse_jacobian(f: Callable[..., Any], *args: Any, argnums: Argnums = 0) -> SparseJacobian:
    """Compute the Jacobian of `f` by its nonzeros, in one forward sweep of sparse rows.

    Neither pattern nor colouring are needed, so it is the cheapest way to a first sparse
    Jacobian. Of a complex argument it is the derivative along the real axis.

    Parameters
    ----------
    f, *args, argnums
        As of `jacobian_pattern`.

    Returns
    -------
    SparseJacobian

    Raises
    ------
    JacobianTooLargeError
        If the machine's memory cannot hold the nonzeros.

    References
    ----------
    Griewank and Walther (2008), *Evaluating Derivatives*, section 7.1.

    Examples
    --------
    >>> import numpy as np
    >>> from adkit.pattern import sparse_jacobian
    >>> found = sparse_jacobian(lambda x: x[1:] ** 2 - 3 * x[:-1], np.arange(1.0, 5.0))
    >>> found.to_dense()
    array([[-3.,  4.,  0.,  0.],
           [ 0., -3.,  6.,  0.],
           [ 0.,  0., -3.,  8.]])
    """
    flat = FlatFunction(checked_function(f, "sparse_jacobian"), args, checked_argnums(argnums))
    level, values, entries = _sweep(flat, ValueLevel(total_size(flat.leaves)))
    rows = stacked(entries)
    assert rows.data is not None
    out = flat.outputs.unflatten([value_of(y) for y in values])
    return SparseJacobian(out, rows.pattern(), rows.data, level.operations)


def _sweep(flat: FlatFunction, level: L) -> tuple[L, list[Any], list[Any]]:
    """Return the values of a flat function, and the derivatives of each."""
    traced = []
    first = 0
    for x in flat.leaves:
        size = int(np.size(x))
        traced.append(SparseTraced(x, level.unit(size, first, dtype_of(x)), level))
        first += size
    try:
        results = flat(traced)
    finally:
        level.ended = True
    level.check_process()
    count_primal()
    count_forward(1, level.operations)
    values = [current(y) for y in results]
    entries = [_entry(y, level) for y in values]
    plain = [y.value if isinstance(y, SparseTraced) and y.level is level else y for y in values]
    return level, plain, entries or [level.constant(0, np.dtype(float))]


def _entry(y: Any, level: SparseLevel) -> Any:
    if isinstance(y, SparseTraced) and y.level is level:
        return y.entry
    if isinstance(y, Tracer) and y.level.ended:
        raise leaked()
    dtype = dtype_of(y)
    return level.constant(int(np.size(y)), dtype if dtype.kind in "fc" else np.dtype(float))


def _result(every: Rows, varying: Rows, level: SparseLevel) -> PatternResult:
    return PatternResult(
        every.pattern(),
        varying.pattern(),
        tuple(level.fallbacks),
        tuple(level.branches),
        level.operations,
    )
