"""Jacobians, Gauss-Newton matrices and Hessians as linear operators at a point."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from adkit.common.directions import chunk_size, total_size
from adkit.common.errors import ArgumentError
from adkit.common.flat import Argnums, FlatFunction, checked_argnums, checked_function
from adkit.common.inputs import name_of, owned
from adkit.common.shapes import dtype_of
from adkit.common.sweeps import Ledger, count_forward, count_sweeps
from adkit.common.tracebacks import boundary
from adkit.common.tracer import Tracer
from adkit.drivers.gradient import ValueAndGradient
from adkit.drivers.keys import check_real
from adkit.drivers.linear import linearised
from adkit.drivers.operators import Operator, of_this_installation, vector_of
from adkit.drivers.products import pull_seeds
from adkit.reverse.pullback import Recording

__all__ = ["DerivativeOperator", "linear_operator"]

Array = NDArray[Any]


class DerivativeOperator(Operator):
    """A matrix of derivatives at a point, by products; see `linear_operator`.

    Attributes
    ----------
    value
        What the function returned at the point.
    """

    def __init__(self, point: Any, name: str, *, is_symmetric: bool) -> None:
        super().__init__(
            point.shape,
            point.dtype,
            point.push,
            point.pull,
            name,
            point.ran,
            is_symmetric=is_symmetric,
        )
        self._point = point
        self.value = point.value

    @property
    def gradient(self) -> Array:
        """The gradient of the function whose Hessian this is, as a vector.

        Of a Gauss-Newton matrix: that of half the sum of the squares of the results; its
        first use takes one cotangent.
        """
        gradient: Array = self._point.gradient()
        return gradient

    def unravel(self, vector: Any) -> Any:
        """Return a vector of all elements in the containers of the argument, as copies.

        They have the dtypes of the argument; those of a complex vector are complex.
        """
        leaves = self._point.flat.leaves
        vector = vector_of(vector, self.shape[1])
        ends = np.cumsum([0, *(np.size(x) for x in leaves)])
        least = np.dtype(np.complex64 if vector.dtype.kind == "c" else np.float16)
        parts = [
            np.reshape(vector[first:last], np.shape(x)).astype(np.result_type(dtype_of(x), least))
            for x, (first, last) in zip(leaves, itertools.pairwise(ends), strict=True)
        ]
        return self._point.flat.inputs.unflatten(parts)


class _JacobianAt:
    """The Jacobian at a point: recorded once, and its pullback once."""

    def __init__(self, flat: FlatFunction, chunk: Any, holomorphic: bool) -> None:
        self.flat, self.chunk = flat, chunk
        check_real(flat, flat.leaves, holomorphic=holomorphic)
        self.recording = Recording(flat, flat.leaves)
        if any(isinstance(y, Tracer) for y in self.recording.results):
            raise _nested(flat)
        self.value = flat.outputs.unflatten([owned(y) for y in self.recording.results])
        self.ran = Ledger()
        self._linear: Recording | None = None
        dtypes = [dtype_of(x) for x in flat.leaves]
        results = [dtype_of(y) for y in self.recording.results]
        self.shape = total_size(self.recording.results), total_size(flat.leaves)
        self.dtype = _common([*dtypes, *results])
        self._real_results = any(dtype.kind != "c" for dtype in results)
        self._complex_results = any(dtype.kind == "c" for dtype in results)
        sizes = [np.size(x) for x in flat.leaves]
        self._real_columns = np.repeat([dtype.kind != "c" for dtype in dtypes], sizes)

    def gradient(self) -> Array:
        raise AttributeError("a Jacobian has no gradient; that of |f|**2 / 2 is A.H @ f(x)")

    def push(self, block: Array) -> Array:
        """Return the products with tangents in rows."""
        if self._linear is None:
            self._linear = linearised(self.recording)
        linear = self._linear
        if block.dtype.kind != "c" or not self._real_columns.any():
            return self._swept(linear, block, _counted_forward(self.recording))
        both = np.concatenate((block.real, block.imag))
        real, imag = np.split(self._swept(linear, both, _counted_forward(self.recording)), 2)
        return real + 1j * imag

    def pull(self, block: Array) -> Array:
        """Return the products of cotangents in rows with the matrix.

        A sweep gives the real part of what belongs to a real argument; the imaginary one is
        the real part of -1j times as much.
        """
        if block.dtype.kind == "c" and self._real_results:
            terms = [(1, block.real), (1j, block.imag)]
        else:
            terms = [(1, block)]
        turned = self._complex_results and bool(self._real_columns.any())
        seeds = [seed for _, seed in terms]
        if turned:
            seeds += [-1j * seed for _, seed in terms]
        if len(seeds) == 1:
            return self._swept(self.recording, block)
        pulled = np.split(self._swept(self.recording, np.concatenate(seeds)), len(seeds))
        total = sum(unit * part for (unit, _), part in zip(terms, pulled, strict=False))
        for (unit, _), part in zip(terms, pulled[len(terms) :], strict=False):
            total = total + np.where(self._real_columns, 1j * unit * part, 0)
        return np.asarray(total)

    def _swept(self, recording: Recording, block: Array, *counted: Any) -> Array:
        def seeds(start: int, stop: int) -> Array:
            return block if stop - start == len(block) else block[start:stop].copy()

        if not len(block):
            return np.zeros((0, total_size(recording.leaves)), self.dtype)
        with count_sweeps() as ran:
            found = pull_seeds(recording, seeds, len(block), self.chunk, *counted)
        self.ran.add(ran)
        return found


class _GaussNewtonAt:
    """J^H J at a point, by products with J and with its transpose."""

    def __init__(self, jacobian: _JacobianAt) -> None:
        self._jacobian, self.flat, self.value = jacobian, jacobian.flat, jacobian.value
        n = jacobian.shape[1]
        self.shape, self.dtype, self.ran = (n, n), jacobian.dtype, jacobian.ran
        self._gradient: Array | None = None

    def gradient(self) -> Array:
        if self._gradient is None:
            parts = [np.reshape(y, (1, -1)) for y in self._jacobian.recording.results]
            wide = np.concatenate(parts, axis=1) if parts else np.zeros((1, 0))
            pulled = self._jacobian.pull(np.conj(wide.astype(self.dtype)))
            self._gradient = np.conj(pulled).reshape(-1)
        return self._gradient.copy()

    def push(self, block: Array) -> Array:
        return np.conj(self._jacobian.pull(np.conj(self._jacobian.push(block))))

    def pull(self, block: Array) -> Array:
        return np.conj(self.push(np.conj(block)))


class _HessianAt:
    """The Hessian at a point: the gradient is recorded once, and a product pulls on it."""

    def __init__(self, primal: FlatFunction, argnums: Argnums, chunk: Any) -> None:
        transform = _GradientAndValue(primal.f, argnums, False)
        flat = FlatFunction(transform, primal.args, argnums, has_aux=True)
        self._of_gradient = _JacobianAt(flat, chunk, False)
        flat.settle()
        self.flat, self.value = flat, flat.aux
        self.ran, self.dtype = self._of_gradient.ran, self._of_gradient.dtype
        self.shape = self._of_gradient.shape

    def gradient(self) -> Array:
        results = self._of_gradient.recording.results
        parts = [np.reshape(y, -1) for y in results]
        return np.concatenate(parts) if parts else np.zeros(0)

    def push(self, block: Array) -> Array:
        return self._of_gradient.pull(block)

    pull = push


class _GradientAndValue(ValueAndGradient):
    """A gradient that has the value as auxiliary data."""

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        value, gradient = super().__call__(*args, **kwargs)
        return gradient, value


def _counted_forward(recording: Recording) -> Callable[[int], None]:
    def count(directions: int) -> None:
        count_forward(directions, len(recording.tape.entries))

    return count


def _nested(flat: FlatFunction) -> ArgumentError:
    return ArgumentError(
        "ADK106",
        f"an operator of derivatives of {name_of(flat.f)} is made inside another derivative",
        instead="use jvp, vjp and hvp there, which nest",
    )


def _common(dtypes: list[Any]) -> Any:
    floats = [dtype for dtype in dtypes if dtype.kind in "fc"]
    return np.result_type(*floats) if floats else np.dtype(float)


@boundary
def linear_operator(
    f: Callable[..., Any],
    *args: Any,
    op: str = "jacobian",
    argnums: Argnums = 0,
    chunk: Any = "auto",
    holomorphic: bool = False,
) -> DerivativeOperator:
    """Return a matrix of derivatives at a point as a linear operator.

    `f` is evaluated once; products re-use what was recorded. So iterative solvers need
    neither a matrix nor further evaluations.

    Parameters
    ----------
    f : callable
        A function of plain NumPy.
    *args
        The point.
    op : "jacobian", "gauss_newton" or "hessian"
        The Jacobian J; the product of its conjugate transpose with it; the Hessian of a
        function that returns one real number.
    argnums : int or tuple of int
        Which arguments are differentiated.
    chunk : int or "auto"
        Directions per sweep of a product with a matrix.
    holomorphic : bool
        Whether a function of complex arguments is holomorphic.

    Returns
    -------
    DerivativeOperator
        A ``scipy.sparse.linalg.LinearOperator``, if SciPy is installed. Rows are the elements
        of all results, columns those of all differentiated arguments. It has ``shape``,
        ``dtype``, ``matvec``, ``rmatvec``, ``matmat``, ``rmatmat``, ``@``, ``.T``, ``.H`` and
        ``toarray()``; ``value`` is that of `f`, ``gradient`` the gradient that belongs to a
        Hessian or a Gauss-Newton matrix, ``unravel(v)`` a vector in the containers of the
        argument, ``ran`` a `Ledger` of what its products have run.

    Raises
    ------
    ArgumentError
        If `op` is none of the above, or `f` is being differentiated already.
    SeedError
        By a product with an array that does not fit.

    Notes
    -----
    A product with J takes one tangent, with its transpose one cotangent, with a Gauss-Newton
    matrix one of each, with a Hessian one cotangent through the recorded gradient. Products
    with a matrix of k columns take k of them, in as few sweeps as `chunk` allows. Complex
    vectors and functions take up to four times as many.

    References
    ----------
    Griewank and Walther (2008), *Evaluating Derivatives*, chapters 3 and 5; Knoll and Keyes
    (2004), "Jacobian-free Newton-Krylov methods".

    Examples
    --------
    >>> import numpy as np
    >>> from adkit import linear_operator
    >>> J = linear_operator(lambda x: x[1:] * x[:-1], np.array([1.0, 2.0, 3.0]))
    >>> J @ np.array([1.0, 0.0, 0.0]), J.T @ np.array([1.0, 0.0])
    (array([2., 0.]), array([2., 1., 0.]))
    >>> J.ran.tangents, J.ran.cotangents
    (1, 1)
    >>> from scipy.sparse.linalg import cg
    >>> H = linear_operator(lambda x: np.sum(x**4), np.array([1.0, 2.0]), op="hessian")
    >>> H.unravel(cg(H, -H.gradient)[0]).round(6)
    array([-0.333333, -0.666667])
    """
    checked_function(f, "linear_operator")
    argnums = checked_argnums(argnums)
    chunk_size(chunk, 1, 1)
    if op not in ("jacobian", "gauss_newton", "hessian"):
        raise ArgumentError(
            "ADK106",
            f'op must be "jacobian", "gauss_newton" or "hessian", not {op!r}',
            instead='"gauss_newton" is the product of the transposed Jacobian with it',
        )
    flat = FlatFunction(f, args, argnums)
    if any(isinstance(x, Tracer) for x in flat.leaves):
        raise _nested(flat)
    kind = of_this_installation(DerivativeOperator)
    words = {"jacobian": "Jacobian", "gauss_newton": "Gauss-Newton matrix", "hessian": "Hessian"}
    if op == "hessian":
        check_real(flat, flat.leaves, holomorphic=False)
        point: Any = _HessianAt(flat, argnums, chunk)
    else:
        point = _JacobianAt(flat, chunk, holomorphic)
    if op == "gauss_newton":
        point = _GaussNewtonAt(point)
    symmetric = op != "jacobian" and point.dtype.kind != "c"
    operator: DerivativeOperator = kind(
        point, f"{words[op]} of {name_of(f)}", is_symmetric=symmetric
    )
    return operator
