"""Linear maps at a point: the pushforward of a function, and transposes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from adkit.common.flat import FlatFunction, checked_function, matching_leaves
from adkit.common.inputs import finish_all, name_of, owned
from adkit.common.shapes import dtype_of, zeros
from adkit.common.sweeps import count_forward
from adkit.common.tracebacks import boundary
from adkit.reverse.pullback import Pullback, Recording, vjp


class Pushforward:
    """The pushforward of a function at a point: tangents in, tangents out.

    Every call is one forward sweep over what was recorded once: the pullback is
    linear in its cotangent, and its transpose is the pushforward.
    """

    def __init__(self, flat: FlatFunction, pull: Recording, values: list[Any]) -> None:
        self._flat = flat
        self._pull = pull
        self._values = values
        self._outputs = flat.outputs

    def __repr__(self) -> str:
        return f"<pushforward of {name_of(self._flat.f)}>"

    @boundary
    def __call__(self, *tangents: Any) -> Any:
        """Push one tangent per primal; returns one shaped like the result."""
        flat = self._flat
        seeds = matching_leaves(flat.inputs, tangents, flat.leaves, "the tangent")

        def count(directions: int) -> None:
            count_forward(directions, len(self._pull.tape.entries))

        pushed = self._pull.pull(seeds, count=count)
        return self._outputs.unflatten(finish_all(pushed, self._values))


@boundary
def linearize(f: Callable[..., Any], *primals: Any) -> tuple[Any, Pushforward]:
    """Evaluate `f` once: the value, and the function that pushes tangents.

    Parameters
    ----------
    f : callable
        A function of plain NumPy.
    *primals
        The positional arguments of `f`.

    Returns
    -------
    out
        ``f(*primals)``.
    pushforward : callable
        ``pushforward(*tangents)`` is the Jacobian-vector product at this point;
        `f` is not evaluated again.

    Raises
    ------
    InputTypeError
        If a primal has no derivative.

    Examples
    --------
    >>> import numpy as np
    >>> from adkit import linearize
    >>> y, push = linearize(np.square, np.array([1.0, 2.0]))
    >>> push(np.array([1.0, 1.0]))
    array([2., 4.])
    """
    checked_function(f, "linearize")
    flat = FlatFunction(f, primals)
    recording = Recording(flat, flat.leaves)
    values = recording.results
    out = flat.outputs.unflatten([owned(y) for y in values])
    return out, Pushforward(flat, linearised(recording), values)


def linearised(recording: Recording) -> Recording:
    """Return the pullback of a recording, recorded itself: pulling on it pushes tangents."""
    at = [zeros(np.shape(y), dtype_of(y)) for y in recording.results]
    return Recording(lambda cts: recording.pull(cts), at, primal=False)


class Transposed:
    """The transpose of a linear function."""

    def __init__(self, f: Callable[..., Any], pullback: Pullback) -> None:
        self._f = f
        self._pullback = pullback

    def __repr__(self) -> str:
        return f"<transpose of {name_of(self._f)}>"

    @boundary
    def __call__(self, ct: Any) -> tuple[Any, ...]:
        """Apply the transpose to a cotangent; returns a tuple, one per primal."""
        return self._pullback(ct)


@boundary
def linear_transpose(f: Callable[..., Any], *primals: Any) -> Transposed:
    """Return the transpose of a linear function.

    Parameters
    ----------
    f : callable
        A function of plain NumPy that is linear in its arguments.
    *primals
        Arguments of the right shapes and dtypes; their values do not matter.

    Returns
    -------
    callable
        Takes a cotangent shaped like the result, and returns a tuple: one per
        primal. Nothing is conjugated.

    Examples
    --------
    >>> import numpy as np
    >>> from adkit import linear_transpose
    >>> transposed = linear_transpose(np.cumsum, np.zeros(3))
    >>> transposed(np.array([1.0, 0.0, 0.0]))
    (array([1., 0., 0.]),)
    """
    checked_function(f, "linear_transpose")
    return Transposed(f, vjp(f, *primals)[1])
