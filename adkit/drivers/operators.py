"""Linear operators: matrices of which only the products are known.

With SciPy they are its ``LinearOperator``, so that its solvers take them; without it they have
the same products.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from adkit.common.errors import ArgumentError, SeedError
from adkit.common.optional import optional
from adkit.common.sweeps import Ledger
from adkit.common.tracebacks import boundary
from adkit.common.tracer import Tracer

__all__ = ["Operator", "numbers_of", "of_this_installation", "vector_of"]

Array = NDArray[Any]
#: Maps directions, one in each row, to their products, one in each row.
Product = Callable[[Array], Array]


class Operator:
    """A matrix by its products.

    Parameters
    ----------
    shape : (int, int)
    dtype : dtype
    push : callable
        Products with the matrix, of directions in rows.
    pull : callable
        Products with its transpose.
    name : str
        What it is, in words.
    ran : Ledger
        Where products are counted.
    is_symmetric : bool

    Attributes
    ----------
    shape : (int, int)
    dtype : dtype
    ran : Ledger
        What the products have run so far; those of transposes count here too.
    """

    ndim = 2
    __array_ufunc__ = None  # ``array @ operator`` is asked of the operator

    def __init__(
        self,
        shape: tuple[int, int],
        dtype: Any,
        push: Product,
        pull: Product,
        name: str,
        ran: Ledger,
        *,
        is_symmetric: bool = False,
    ) -> None:
        self.shape, self.dtype, self.name = shape, np.dtype(dtype), name
        self.ran, self._push, self._pull, self._is_symmetric = ran, push, pull, is_symmetric

    def __repr__(self) -> str:
        m, n = self.shape
        return f"<{m} x {n} linear operator of {self.dtype}: {self.name}>"

    # ------------------------------------------------------------ products

    @boundary
    def matvec(self, x: Any) -> Array:
        """Return the product with a vector of shape ``(n,)`` or ``(n, 1)``."""
        return self._of_vector(x, self._push, self.shape[1])

    @boundary
    def rmatvec(self, x: Any) -> Array:
        """Return the product of the conjugate transpose with a vector."""
        return self._of_vector(x, self._conjugate_pull, self.shape[0])

    @boundary
    def matmat(self, x: Any) -> Array:
        """Return the products with the columns of a matrix, by sweeps that carry many."""
        return self._of_matrix(x, self._push, self.shape[1])

    @boundary
    def rmatmat(self, x: Any) -> Array:
        """Return the products of the conjugate transpose with the columns of a matrix."""
        return self._of_matrix(x, self._conjugate_pull, self.shape[0])

    def _matvec(self, x: Any) -> Array:  # SciPy asks whether this is there
        return self.matvec(x)

    def _conjugate_pull(self, block: Array) -> Array:
        return np.conj(self._pull(np.conj(block)))

    def _of_vector(self, x: Any, product: Product, size: int) -> Array:
        x = vector_of(x, size)
        y = self._product(product, x.reshape(1, size))
        return y.reshape(-1, 1) if x.ndim == 2 else y.reshape(-1)

    def _of_matrix(self, x: Any, product: Product, size: int) -> Array:
        x = numbers_of(x)
        if x.ndim != 2 or x.shape[0] != size:
            raise _misfit("a matrix", x.shape, size)
        return self._product(product, x.T).T

    def _product(self, product: Product, block: Array) -> Array:
        block = np.array(block, self._seed_dtype(block), order="C")
        return product(block).astype(np.result_type(self.dtype, block.dtype), copy=False)

    def _seed_dtype(self, block: Array) -> Any:
        """Return the dtype of directions: the precision of the operator."""
        single = np.finfo(self.dtype).dtype if self.dtype.kind in "fc" else np.dtype(float)
        return np.result_type(single, np.complex64) if block.dtype.kind == "c" else single

    # ------------------------------------------------------------ algebra

    def __matmul__(self, other: Any) -> Any:
        return self._times(other, "__matmul__")

    def dot(self, other: Any) -> Any:
        """Return the product with a vector, with a matrix, or with another operator."""
        return self._times(other, "dot")

    def _times(self, other: Any, name: str) -> Any:
        if np.ndim(other) == 1 and not hasattr(other, "matvec"):
            return self.matvec(other)
        if isinstance(other, (np.ndarray, list, tuple)):
            return self.matmat(other)
        inherited = getattr(super(), name, None)
        return NotImplemented if inherited is None else inherited(other)

    def __rmatmul__(self, other: Any) -> Any:
        if np.ndim(other) == 1 and not hasattr(other, "matvec"):
            return self.transpose().matvec(other)
        if isinstance(other, (np.ndarray, list, tuple)):
            return self.transpose().matmat(np.transpose(other)).T
        inherited = getattr(super(), "__rmatmul__", None)
        return NotImplemented if inherited is None else inherited(other)

    @property
    def T(self) -> Any:
        """The transpose."""
        return self.transpose()

    @property
    def H(self) -> Any:
        """The conjugate transpose."""
        return self.adjoint()

    def transpose(self) -> Any:
        """Return the transpose, also written ``.T``."""
        if self._is_symmetric:
            return self
        return self._other(self._pull, self._push, "transpose")

    def adjoint(self) -> Any:
        """Return the conjugate transpose, also written ``.H``."""
        if self.dtype.kind != "c":
            return self.transpose()

        def push(block: Array) -> Array:
            return np.conj(self._push(np.conj(block)))

        return self._other(self._conjugate_pull, push, "adjoint")

    def _other(self, push: Product, pull: Product, what: str) -> Any:
        kind = of_this_installation(Operator)
        return kind(
            self.shape[::-1], self.dtype, push, pull, f"{what} of the {self.name}", self.ran
        )

    def toarray(self) -> Array:
        """Return the matrix, by as many directions as it has columns."""
        return self.matmat(np.eye(self.shape[1], dtype=self._seed_dtype(np.zeros(0))))

    # ------------------------------------------------------------ copies

    def __copy__(self) -> Any:
        return self  # nothing in it changes but what it has counted

    def __deepcopy__(self, memo: Any) -> Any:
        return self

    def __reduce_ex__(self, protocol: Any) -> Any:
        raise ArgumentError(
            "ADK106",
            "an operator cannot be pickled: it holds what was recorded at its point",
            instead="pickle the function and the point, and call linear_operator again",
        )


@functools.cache
def of_this_installation(kind: type[Operator]) -> type[Any]:
    """Return a class of operators as a subclass of SciPy's too, where SciPy is installed."""
    try:
        scipys = optional("scipy.sparse.linalg", "scipy").LinearOperator
    except ModuleNotFoundError:
        return kind
    return type(kind.__name__, (kind, scipys), {"__doc__": kind.__doc__})


def vector_of(x: Any, size: int) -> Array:
    """Return a vector, if it is one of so many numbers: of shape ``(size,)`` or ``(size, 1)``.

    Raises
    ------
    ArgumentError
        If it is traced.
    SeedError
        If it has another shape, or is of no numbers.
    """
    vector = numbers_of(x)
    if vector.shape not in ((size,), (size, 1)):
        raise _misfit("a vector", vector.shape, size)
    return vector


def numbers_of(x: Any) -> Array:
    """Return what a matrix is multiplied by as an array of numbers, sparse matrices too.

    Raises
    ------
    ArgumentError
        If it is traced.
    SeedError
        If it is of no numbers.
    """
    if isinstance(x, Tracer):
        raise ArgumentError(
            "ADK106",
            "an operator is multiplied by a traced value",
            instead="use jvp, vjp or hvp there: they nest, and operators do not",
        )
    numbers: Array = np.asarray(x.toarray() if hasattr(x, "toarray") else x)
    if numbers.dtype.kind not in "fciub":
        raise SeedError(
            "ADK141",
            f"an operator is multiplied by an array of dtype {numbers.dtype}",
            instead="pass numbers",
        )
    return numbers


def _misfit(what: str, shape: tuple[int, ...], size: int) -> SeedError:
    return SeedError(
        "ADK142",
        f"an operator is multiplied by {what} of shape {shape}, and there must be {size} rows",
        instead="a vector has the elements of all leaves, one after the other; .T transposes",
    )
