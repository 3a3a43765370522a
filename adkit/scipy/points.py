"""Values and derivatives at the points that a solver asks for, each point evaluated once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

import adkit
from adkit.common.errors import OutputError
from adkit.common.inputs import name_of, result_leaf, scalar_result

__all__ = ["Hessians", "Jacobians", "Objective", "Points", "as_vector", "one_number"]

Array = NDArray[Any]
Found = TypeVar("Found")

#: A solver goes back to the point before the last when a step fails.
_KEPT = 2

#: From so many unknowns on, and up to this share of entries, matrices are sparse.
_SPARSE_FROM = 100
_SPARSE_UP_TO = 0.1

#: Below so many unknowns a dense matrix takes less time than a search for its pattern.
_PATTERN_FROM = 16


class Points(Generic[Found]):
    """What was found at the last points.

    Parameters
    ----------
    evaluate : callable
        Takes what a solver passes: a point, and what else there is.
    """

    def __init__(self, evaluate: Callable[..., Found]) -> None:
        self._evaluate = evaluate
        self._kept: list[tuple[tuple[Any, ...], Found]] = []

    def known(self, *args: Any) -> Found | None:
        """Return what was found there, None if nothing was."""
        own, kept = _key(args), self._kept
        for i, (key, found) in enumerate(kept):
            if key == own:
                self._kept = [kept[i], *kept[:i], *kept[i + 1 :]]  # the others go first
                return found
        return None

    def at(self, *args: Any) -> Found:
        """Return what is found there, evaluated now if it is not known."""
        found = self.known(*args)
        if found is None:
            found = self._evaluate(*args)
            self._kept = [(_key(args), found), *self._kept[: _KEPT - 1]]
        return found


def _key(args: tuple[Any, ...]) -> tuple[Any, ...]:
    return tuple(a.tobytes() if isinstance(a, np.ndarray) else a for a in args)


class _Recorded:
    """A function that was evaluated once at a point: its value, gradient, Hessian products."""

    def __init__(self, f: Callable[..., Any], x: Array, *, second: bool) -> None:
        if second:
            (self.value, gradient), self._push = adkit.linearize(adkit.value_and_grad(f), x)
            self._gradient: Array | None = gradient
        else:
            self.value, self._pull = adkit.vjp(f, x)
            self._gradient = None

    @property
    def gradient(self) -> Array:
        if self._gradient is None:
            self._gradient = self._pull(np.ones_like(self.value))[0]
        return self._gradient

    def product(self, direction: Array) -> Array:
        """Return the product of the Hessian with a direction."""
        found: Array = self._push(np.asarray(direction, self.gradient.dtype))[1]
        return found


class Objective:
    """A function to minimise: each point is evaluated once, whatever is asked for there.

    Parameters
    ----------
    f : callable
        Returns one number.
    args : tuple
        Further arguments of `f`.
    products : bool
        Whether products with the Hessian are wanted.
    """

    def __init__(self, f: Callable[..., Any], args: tuple[Any, ...], *, products: bool) -> None:
        name = name_of(f)

        def scalar(x: Any) -> Any:
            return one_number(f(x, *args), name)

        scalar.__name__ = name
        self.f = scalar
        self._points = Points(lambda x: _Recorded(scalar, x, second=products))

    def value(self, x: Array) -> float:
        """Return the value."""
        return float(self._points.at(x).value)

    def gradient(self, x: Array) -> Array:
        """Return the gradient, which the caller may write into."""
        return self._points.at(x).gradient.copy()

    def product(self, x: Array, direction: Array) -> Array:
        """Return the product of the Hessian with a direction."""
        return self._points.at(x).product(direction)


class Jacobians:
    """A vector function: values, and Jacobians as dense or sparse as they are.

    Parameters
    ----------
    f : callable
    argnum : int
        Which argument the Jacobian is for; the others follow.
    together : bool
        Whether the Jacobian is computed with every value, for solvers that ask for both at
        nearly every point. If not, a point takes one evaluation more where it is asked for.
    sparse : bool or "auto"
        Whether matrices are sparse; "auto": where they are large and have few entries.
    holomorphic : bool
    """

    def __init__(
        self,
        f: Callable[..., Any],
        *,
        argnum: int = 0,
        together: bool = True,
        sparse: Any = "auto",
        holomorphic: bool = False,
    ) -> None:
        name = name_of(f)

        def vector(*args: Any) -> Any:
            return as_vector(f(*args), name)

        vector.__name__ = name
        self.f, self._argnum, self._together = vector, argnum, together
        self._sparse, self._holomorphic = sparse, holomorphic
        self._transform: Callable[..., Any] | None = None
        self._values = Points(lambda *args: np.array(vector(*args)))
        self._both: Points[tuple[Array, Any]] = Points(self._evaluate)

    def value(self, *args: Any) -> Array:
        """Return the value, which the caller may write into."""
        both = self._both.at(*args) if self._together else self._both.known(*args)
        return (both[0] if both is not None else self._values.at(*args)).copy()

    def jacobian(self, *args: Any) -> Any:
        """Return the Jacobian, which the caller may write into."""
        return self._both.at(*args)[1].copy()

    def _evaluate(self, *args: Any) -> tuple[Array, Any]:
        if self._transform is None:
            return self._chosen(args)
        found: tuple[Array, Any] = self._transform(*args)
        return found

    def _chosen(self, args: tuple[Any, ...]) -> tuple[Array, Any]:
        """Choose between dense and sparse, and evaluate."""
        size = int(np.size(args[self._argnum]))
        if self._sparse is True or (self._sparse == "auto" and size >= _SPARSE_FROM):
            self._transform = self._made(True)
            found = self._transform(*args)
            if self._sparse is True or _pays(found[1]):
                return found[0], found[1]
        self._transform = self._made("auto" if size >= _PATTERN_FROM else False)
        value, dense = self._transform(*args)
        return value, dense

    def _made(self, sparse: Any) -> Callable[..., Any]:
        return adkit.value_and_jacobian(
            self.f, self._argnum, sparse=sparse, holomorphic=self._holomorphic
        )


class Hessians:
    """The Hessian of a function, sparse where it is large and has few entries.

    Parameters
    ----------
    f : callable
        Of a vector, and of arguments that are not differentiated.
    sparse : bool or "auto"
    """

    def __init__(self, f: Callable[..., Any], sparse: Any = "auto") -> None:
        self._f, self._sparse = f, sparse
        self._transform: Callable[..., Any] | None = None

    def __call__(self, x: Array, *args: Any) -> Any:
        """Return the Hessian at a point."""
        if self._transform is not None:
            return self._transform(x, *args)
        if self._sparse is True or (self._sparse == "auto" and len(x) >= _SPARSE_FROM):
            self._transform = adkit.hessian(self._f, sparse=True)
            found = self._transform(x, *args)
            if self._sparse is True or _pays(found):
                return found
        sparse = "auto" if len(x) >= _PATTERN_FROM else False
        self._transform = adkit.hessian(self._f, sparse=sparse)
        return self._transform(x, *args)


def _pays(matrix: Any) -> bool:
    m, n = matrix.shape
    return bool(min(m, n) >= _SPARSE_FROM and matrix.nnz <= _SPARSE_UP_TO * m * n)


def one_number(result: Any, name: str) -> Any:
    """Return a real result of one element without axes.

    Parameters
    ----------
    result
        An array, a number, or a list of one of them.
    name : str
        How the function is called in messages.

    Raises
    ------
    OutputError, NonScalarOutputError
        If it is anything else.
    """
    if isinstance(result, list | tuple):
        if len(result) == 1:
            return one_number(result[0], name)
        raise OutputError(
            "ADK134",
            f"{name} returned a {type(result).__name__} of {len(result)}; a solver minimises "
            "one number",
            instead="return the value alone: its derivatives come from adkit",
        )
    result = _something(result, name)
    if np.ndim(result) and np.size(result) == 1:
        result = np.reshape(result, ())
    return scalar_result(result, name)


def as_vector(result: Any, name: str) -> Any:
    """Return what a function returned, an array, a number or a list of these, as a vector.

    Parameters
    ----------
    result
    name : str
        How the function is called in messages.

    Raises
    ------
    OutputError
        If it has no derivative.
    """
    if isinstance(result, list | tuple):
        parts = [as_vector(part, name) for part in result]
        return np.concatenate(parts) if parts else np.zeros(0)
    return np.ravel(result_leaf(_something(result, name), name))


def _something(result: Any, name: str) -> Any:
    if result is None:
        raise OutputError(
            "ADK131", f"{name} returned None", instead="is a return statement missing?"
        )
    return result
