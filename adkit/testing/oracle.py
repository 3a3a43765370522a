"""Numerical derivatives by NumPy alone: an oracle that never sees adkit.

Two of them, both of a function of one real parameter ``h``, a step along a line:

`ridders`
    Central differences at shrinking steps, extrapolated to step zero (Ridders 1982),
    from three first steps; each number comes with a bound on its error that holds.
`complex_step`
    ``imag(f(i h)) / h``, exact to rounding where ``f`` is analytic (Squire and Trapp 1998).
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

__all__ = ["Estimate", "complex_step", "ridders"]

#: First steps: a single one fails where the function bends on another scale.
STARTS = (2.0**-3, 2.0**-6, 2.0**-10)
LEVELS = 6
#: The smallest of all steps.
SMALLEST = STARTS[-1] / 2 ** (LEVELS - 1)
#: Relative error that two first steps must agree on, so that no third is tried.
ENOUGH = 1e-10
STEP = 1e-30


@dataclass(frozen=True)
class Estimate:
    """A derivative, and how far it may be from the truth, element by element."""

    value: np.ndarray
    error: np.ndarray


def ridders(line: Any, noise: Any = 0) -> Estimate:
    """Return the derivative of ``line(h)`` at 0, the best of three extrapolations.

    Parameters
    ----------
    line : callable
        Takes a float and returns an array, real or complex.
    noise : array
        Rounding of its values beyond that of their own digits, where terms cancel inside.

    References
    ----------
    Ridders (1982), "Accurate computation of F'(x) and F'(x) F''(x)",
    Advances in Engineering Software 4.
    """
    values: list[Any] = []
    claims: list[Any] = []
    flat = np.True_
    for start in STARTS:
        value, claimed, also = _extrapolated(line, start, noise)
        flat = flat & also
        values.append(value)
        claims.append(claimed)
        errors = _with_finer(values, claims)
        if len(values) > 1 and np.all(errors[0] <= ENOUGH * np.abs(values[0])):
            break  # two agree
    stacked = np.stack(np.broadcast_arrays(*errors))
    chosen = np.argmin(stacked, axis=0)[None]
    best = np.take_along_axis(np.stack(np.broadcast_arrays(*values)), chosen, 0)[0]
    error = np.take_along_axis(stacked, chosen, 0)[0]
    return Estimate(best[()], np.where(flat, 0, error)[()])


def _with_finer(values: list[Any], claims: list[Any]) -> list[Any]:
    """Return bounds on the errors of values from ever smaller first steps.

    A claim may be far too small: of a function that bends nearby and is straight beyond.
    So what a value differs from the nearest of the finer ones, more than that one's claim
    allows, counts as its error.
    """
    errors = []
    for k, value in enumerate(values):
        finer = range(k + 1, len(values))
        gaps = [np.maximum(np.abs(value - values[j]) - claims[j], 0) for j in finer]
        error = claims[k] + (np.minimum.reduce(gaps) if gaps else 0)
        errors.append(np.where(np.isnan(error), np.inf, error))
    return errors


def complex_step(line: Any, relative: Any = 0) -> Estimate:
    """Return the derivative of an analytic ``line(h)`` at 0, real for real ``h``.

    Parameters
    ----------
    line : callable
        Takes a complex number and returns a complex array.
    relative : array
        Size of the step ``h = 1`` relative to the point. The function may lose that much of
        its last digits inside, as ``sin(x) / x`` does near 0.

    References
    ----------
    Squire and Trapp (1998), "Using complex variables to estimate derivatives of real
    functions", SIAM Review 40(1).
    """
    at = np.asarray(line(STEP * 1j))
    value = at.imag / STEP
    lost = 16 * np.abs(value) + relative * np.abs(at.real)
    error = np.finfo(value.dtype).eps * lost
    # what is as small as that may be the next term of the series: of (i h)^3 at 0, say
    return Estimate(value, np.where(np.abs(value) <= 10 * STEP**2, np.abs(value), error))


def _extrapolated(line: Any, start: Any, noise: Any) -> Any:
    """Return Ridders' estimate from one first step, its claimed error, and where `line` is flat.

    The claim adds the rounding of the function to the differences within the table: near
    the last digits these agree by chance.
    """
    best: Any = None
    claimed: Any = None
    flat = np.True_
    previous: list[Any] = []
    for level in range(LEVELS):
        h = start / 2**level
        up, down = np.asarray(line(h)), np.asarray(line(-h))
        size = np.maximum(np.abs(up), np.abs(down))
        rounding = 4 * (np.finfo(up.dtype).eps * size + noise) / h
        row = [(up - down) / (2 * h)]
        flat = flat & (up == down)
        for order, above in enumerate(previous, start=1):
            row.append(row[-1] + (row[-1] - above) / (4**order - 1))
            spread = np.maximum(np.abs(row[-1] - row[-2]), np.abs(row[-1] - above)) + rounding
            spread = np.where(np.isnan(spread), np.inf, spread)
            if best is None:
                best, claimed = row[-1], spread
            else:
                better = spread < claimed
                best = np.where(better, row[-1], best)
                claimed = np.where(better, spread, claimed)
        previous = row
    return best, claimed, flat
