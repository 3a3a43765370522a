"""Derivatives at repeated eigenvalues and singular values, as limits.

Let ``A(e) = V diag(w + e d) V*``, with `d` different within each cluster of equal values.
A smooth function of a matrix has derivatives of every order that are continuous in `e`,
and where ``e`` is not 0 the divided differences in them are quotients of numbers. At
``e = 0`` these are 0/0, and no rule for one operation can know their limit: for the second
derivative of ``sum(f(w))`` it is ``f''(w)``, for the first one of ``V diag(f(w)) V*`` it
is ``f'(w)``, and only what follows the factorisation knows `f`.

So the sweep runs for several ``e`` around 0, and a polynomial through the results is
evaluated at 0 (Trefethen, *Approximation Theory and Approximation Practice*, chapters 5
and 8: for an analytic function the error falls geometrically with the number of points).
Where there is no limit, as for eigenvectors, no polynomial fits, and the derivative is
refused.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, NamedTuple

import numpy as np

from adkit.common.errors import NoDerivativeError
from adkit.common.shapes import dtype_of

__all__ = [
    "equal",
    "is_undefined",
    "limit",
    "meet",
    "note",
    "noted",
    "separated",
    "separated_from_zero",
    "turned",
]


class Step(NamedTuple):
    """How far eigenvalues are moved apart.

    Attributes
    ----------
    fraction : float
        Of a length, positive or negative.
    scale : str
        The length: "gap" is the smallest gap between clusters, and moves values within
        these; "size" is the largest value, and "one" is 1, and both move all values.
    """

    fraction: float
    scale: str


_step: ContextVar[Step | None] = ContextVar("adkit_separation", default=None)
#: The largest quotient by a gap that was met at one step.
_largest_quotient: ContextVar[list[float]] = ContextVar("adkit_quotients")

#: An even number, so that 0 is not among the points.
_POINTS = 12
#: Which radius serves depends on the function: each is tried, until one does.
_RADII = (
    Step(2.0**-3, "gap"),
    Step(2.0**-3, "size"),
    Step(2.0**-3, "one"),
    Step(2.0**-6, "gap"),
    Step(2.0**-9, "gap"),
)


def equal(values: Any, others: Any) -> Any:
    """Return which of `values` and `others` are equal up to rounding of `values`."""
    size = max(values.shape[-1], 32)
    largest = np.max(np.abs(values), axis=-1, initial=0, keepdims=True)
    limits = size * np.finfo(values.dtype).eps * largest
    return np.abs(values[..., :, None] - others) <= limits[..., None]


def separated(values: Any) -> Any:
    """Return eigenvalues, moved apart where `limit` asks for it."""
    step = _step.get()
    if step is None or values.shape[-1] < 2:
        return values
    same = equal(values, values[..., None, :])
    if step.scale != "gap":
        same = np.ones_like(same)
    size = same.sum(-1)
    place = np.tril(same, -1).sum(-1)  # in its cluster
    offset = (place - (size - 1) / 2) / size
    return values + (step.fraction * _length(values, step.scale) * offset).astype(values.real.dtype)


def separated_from_zero(values: Any) -> tuple[Any, Any]:
    """Return singular values moved apart, and from 0; and the signs of those that crossed it."""
    step = _step.get()
    if step is None or values.shape[-1] == 0:
        return values, None
    zero = equal(values, np.zeros((1, 1), values.dtype))[..., 0]
    place = np.cumsum(zero, axis=-1) / np.maximum(zero.sum(-1, keepdims=True), 1)
    length = _length(values, step.scale)
    moved = np.where(zero, step.fraction * length * place, separated(values))
    return np.abs(moved).astype(values.dtype), np.where(moved < 0, -1, 1).astype(values.dtype)


def _length(values: Any, scale: str) -> Any:
    """Return the length that a step is a fraction of; 1 where all values are 0."""
    if scale == "one":
        return np.ones((1,))
    length = np.max(np.abs(values), axis=-1, initial=0, keepdims=True)
    if scale == "gap":
        same = equal(values, values[..., None, :])
        gaps = np.abs(values[..., :, None] - values[..., None, :])
        least = np.min(np.where(same, np.inf, gaps), axis=(-2, -1), initial=np.inf)
        length = np.minimum(least[..., None], length)
    return np.where(length > 0, length, 1)


def turned(values: Any) -> Any:
    """Return rotations of the vectors of equal values, where `limit` asks for it, else None.

    Any basis serves as well as LAPACK's; in a generic one a function of the vectors that
    depends on the basis has no limit, and is found out.
    """
    if _step.get() is None:
        return None
    same = equal(values, values[..., None, :])
    size = values.shape[-1]
    generic = np.cos(np.arange(1.0, size * size + 1)).reshape(size, size) + np.eye(size)
    return np.where(same, np.linalg.qr(np.where(same, generic, 0))[0], 0).astype(values.real.dtype)


def meet(x: Any, factor: Any) -> None:
    """Remember how large a quotient by a gap is; what cancels leaves its rounding."""
    if _step.get() is not None:
        quotient = np.max(np.abs(_plain(x) * _plain(factor)), initial=0.0)
        largest = _largest_quotient.get()
        largest[0] = max(largest[0], float(quotient))


# ---------------------------------------------------------------- what is refused

_refusals: ContextVar[list[NoDerivativeError] | None] = ContextVar("adkit_refusals", default=None)


def note(what: str, instead: str) -> None:
    """Remember that something without derivative was met; whether it matters shows at the end."""
    refusals = _refusals.get()
    if refusals is not None:
        refusals.append(NoDerivativeError("ADK501", what, instead=instead))


@contextmanager
def noted() -> Iterator[list[NoDerivativeError]]:
    """Collect what is noted inside the block; it is passed on to the block around it."""
    refusals: list[NoDerivativeError] = []
    outer = _refusals.get()
    token = _refusals.set(refusals)
    try:
        yield refusals
    finally:
        _refusals.reset(token)
        if outer is not None:
            outer += refusals


def is_undefined(derivatives: list[Any]) -> bool:
    """Return whether there is nan in derivatives, whatever tangents they carry."""
    return any(np.isnan(_plain(x)).any() for x in derivatives)


def _plain(x: Any) -> Any:
    """Return the numbers below all levels."""
    while hasattr(x, "level"):
        x = x.value
    return x


# ---------------------------------------------------------------- the limit


def limit(
    sweep: Callable[[], list[Any]], found: list[Any], refusals: list[NoDerivativeError]
) -> list[Any]:
    """Return derivatives at repeated values: the limit of those at distinct ones.

    Parameters
    ----------
    sweep : callable
        Evaluates the function and its derivatives.
    found : list of arrays
        What it gave at the point itself: there is nan in it.
    refusals : list of NoDerivativeError
        What was noted then.

    Raises
    ------
    NoDerivativeError
        If there is no limit.
    """
    if _step.get() is not None:
        raise refusals[0]
    best, least = found, np.inf
    points = np.cos(np.pi * (np.arange(_POINTS) + 0.5) / _POINTS)
    for radius, scale in _RADII:
        steps = radius * points
        runs, quotient = [], 0.0
        for step in steps.tolist():
            with _separating(Step(step, scale)) as largest, noted() as others:
                runs.append(sweep())
            quotient = max(quotient, *largest)
            if is_undefined(runs[-1]) and not others:
                return found  # nan comes from elsewhere
        doubt, precision = _doubt(steps, [_numbers(run) for run in runs], quotient)
        if doubt < least:
            weights = _weights(steps)
            best = [_combined(weights, leaf) for leaf in zip(*runs, strict=True)]
            least = doubt
        if least <= precision**0.75:
            break
    if not least <= precision**0.5:
        raise refusals[0]
    return best


@contextmanager
def _separating(step: Step) -> Iterator[list[float]]:
    largest = [0.0]
    tokens = _step.set(step), _largest_quotient.set(largest)
    try:
        yield largest
    finally:
        _step.reset(tokens[0])
        _largest_quotient.reset(tokens[1])


def _weights(steps: Any) -> Any:
    """Return the factors of values at `steps` in the value at 0 of the polynomial through them."""
    others = np.where(np.eye(len(steps), dtype=bool), np.inf, steps)
    differences = steps[:, None] - others
    quotients = np.where(np.isinf(others), 1, -others / np.where(np.isinf(others), 1, differences))
    return np.prod(quotients, axis=1)


def _combined(weights: Any, values: Any) -> Any:
    """Return the weighted sum of arrays, which may be traced."""
    dtype = np.finfo(dtype_of(values[0])).dtype
    factors = weights.astype(dtype)
    total = values[0] * factors[0]
    for factor, value in zip(factors[1:], values[1:], strict=True):
        total = total + value * factor
    return total


def _doubt(steps: Any, runs: list[Any], quotient: float) -> tuple[float, float]:
    """Return by how much the value at 0 changes if points are left out, and the precision.

    The change is relative to the largest number, unless that is only what rounding leaves of
    quotients that cancel. Left out is one of the two points next to 0, and both: an odd pole
    shows by the first, an even one by the second.
    """
    precision = max((float(np.finfo(part.dtype).eps) for part in runs[0]), default=0.0)
    values = np.array([np.concatenate([part.ravel() for part in run]) for run in runs])
    if values.shape[1] == 0:
        return 0.0, precision
    outwards = np.argsort(np.abs(steps))
    found = _weights(steps) @ values
    change = np.concatenate(
        [found - _weights(steps[rest]) @ values[rest] for rest in (outwards[1:], outwards[2:])]
    )
    largest = max(np.abs(values).max(), quotient * precision**0.25)
    if not np.isfinite(largest):
        return np.inf, precision
    return (float(np.abs(change).max() / largest) if largest > 0 else 0.0), precision


def _numbers(leaves: list[Any]) -> list[Any]:
    """Return the plain arrays in derivatives, and in the tangents that they carry."""
    found = []
    for leaf in leaves:
        while hasattr(leaf, "level"):
            tangent = getattr(leaf, "tangent", None)
            if tangent is not None:
                found += _numbers([tangent])
            leaf = leaf.value
        found.append(np.asarray(leaf))
    return found
