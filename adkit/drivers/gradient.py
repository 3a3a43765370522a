"""Gradients of scalar functions, and derivatives of functions of a scalar."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from adkit.common.errors import ArgumentError
from adkit.common.flat import Argnums, FlatFunction
from adkit.common.inputs import finish_all, name_of, owned, scalar_result
from adkit.common.shapes import dtype_of
from adkit.common.tracebacks import boundary
from adkit.drivers.transform import Transform
from adkit.forward.pushforward import pushforward
from adkit.reverse.pullback import Recording
from adkit.reverse.tape import quiet_collector


class Gradient(Transform):
    """See `grad`."""

    title = "grad"

    @boundary
    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Evaluate the transform with the arguments of `f`."""
        _, gradient, flat = self.evaluate(args, kwargs)
        return (gradient, flat.aux) if self.has_aux else gradient

    def evaluate(
        self, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> tuple[Any, Any, FlatFunction]:
        """Return value and gradient, by one recording and one sweep."""
        flat = self.flatten(args, kwargs)
        with quiet_collector:  # until the tape is gone
            recording = Recording(scalar_function(flat), flat.leaves)
            seed = dtype_of(recording.results[0]).type(1)
            pulled = recording.pull([seed], last=True)
            value = recording.results[0]
            del recording
        flat.settle()
        leaves = finish_all(pulled, flat.leaves)
        return value, flat.inputs.unflatten(leaves), flat


class ValueAndGradient(Gradient):
    """See `value_and_grad`."""

    title = "value_and_grad"

    @boundary
    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Evaluate the transform with the arguments of `f`."""
        value, gradient, flat = self.evaluate(args, kwargs)
        value = owned(value)
        return ((value, flat.aux), gradient) if self.has_aux else (value, gradient)


class Derivative(Transform):
    """See `derivative`."""

    title = "derivative"

    @boundary
    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Evaluate the transform with the arguments of `f`."""
        flat = self.flatten(args, kwargs)
        check_scalar_argument(flat, self.title)
        seed = [dtype_of(flat.leaves[0]).type(1)]
        values, tangents = pushforward(flat, flat.leaves, seed)
        flat.settle()
        result = flat.outputs.unflatten(finish_all(tangents, values))
        return (result, flat.aux) if self.has_aux else result


def scalar_function(flat: FlatFunction) -> Callable[[Any], list[Any]]:
    """Return a function of leaves that refuses what is not one real number."""

    def scalar(leaves: Any) -> list[Any]:
        results = flat(leaves)
        y = results[0] if flat.outputs.is_leaf else tuple(results)
        return [scalar_result(y, name_of(flat.f))]

    return scalar


def check_scalar_argument(flat: FlatFunction, title: str) -> None:
    """Refuse an argument that is no number.

    Raises
    ------
    ArgumentError
        If it is an array or a container.
    """
    if not flat.inputs.is_leaf or np.shape(flat.leaves[0]) != ():
        raise ArgumentError(
            "ADK109",
            f"{title} needs a scalar argument; {name_of(flat.f)} was given shape "
            f"{[np.shape(x) for x in flat.leaves]}",
            instead="use grad for a scalar result, jacobian otherwise",
        )


@boundary
def grad(f: Callable[..., Any], argnums: Argnums = 0, has_aux: bool = False) -> Gradient:
    """Return the gradient of a scalar function, by one reverse sweep.

    Parameters
    ----------
    f : callable
        A function of plain NumPy that returns one real number.
    argnums : int or tuple of int
        Which positional arguments to differentiate: arrays, numbers, or
        containers of them.
    has_aux : bool
        Whether `f` returns ``(value, aux)``.

    Returns
    -------
    callable
        With the arguments of `f`; returns the gradient, of the structure, shapes
        and dtypes of the argument (a tuple of them for a tuple `argnums`), or
        ``(gradient, aux)``.

    Raises
    ------
    NonScalarOutputError
        By the result, if `f` does not return one number.
    InputTypeError
        By the result, if an argument has no derivative.

    Notes
    -----
    Of a complex argument it is the gradient ``g`` with
    ``df = Re(sum(g * dz))``: of ``abs(z)**2`` at ``3+4j``, ``6-8j``.

    Examples
    --------
    >>> import numpy as np
    >>> from adkit import grad
    >>> grad(lambda x: (x * x).sum())(np.array([1.0, 2.0]))
    array([2., 4.])
    """
    return Gradient(f, argnums, has_aux)


@boundary
def value_and_grad(
    f: Callable[..., Any], argnums: Argnums = 0, has_aux: bool = False
) -> ValueAndGradient:
    """Return the value and the gradient of a scalar function, evaluated once.

    Parameters, errors and conventions are those of `grad`.

    Returns
    -------
    callable
        Returns ``(value, gradient)``, or ``((value, aux), gradient)``.

    Examples
    --------
    >>> import numpy as np
    >>> from adkit import value_and_grad
    >>> value, gradient = value_and_grad(lambda x: (x * x).sum())(np.array([1.0, 2.0]))
    >>> float(value), gradient
    (5.0, array([2., 4.]))
    """
    return ValueAndGradient(f, argnums, has_aux)


@boundary
def derivative(f: Callable[..., Any], argnums: int = 0, has_aux: bool = False) -> Derivative:
    """Return the derivative of a function of a scalar, by one forward sweep.

    Parameters
    ----------
    f : callable
        A function of plain NumPy; its result may have any shape.
    argnums : int
        Which positional argument to differentiate, a number.
    has_aux : bool
        Whether `f` returns ``(result, aux)``.

    Returns
    -------
    callable
        Returns the derivative, of the structure and shapes of the result.

    Raises
    ------
    ArgumentError
        By the result, if the argument is not a scalar.

    Examples
    --------
    >>> import numpy as np
    >>> from adkit import derivative
    >>> derivative(derivative(np.sin))(0.5) == -np.sin(0.5)
    np.True_
    """
    return Derivative(f, argnums, has_aux)
