"""Bands of up to a million unknowns, Burgers' equation, Lorenz-96."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from benchmarks.sparse.problem import Answer, ByHand, Problem, point, text_of

SIZES = {
    "burgers": 4096,
    "lorenz96": 4096,
    "band-1e4": 10_000,
    "band-1e5": 100_000,
    "band-1e6": 1_000_000,
}

#: Weights of the band, from two below the diagonal to two above it.
WEIGHTS = (0.5, 1.0, -3.0, 1.0, 0.5)


# The functions ------------------------------------------------------------------------------


def band(x):
    """Return sums of squares with two neighbours on each side."""
    p = np.pad(x * x, 2)
    n = x.size
    return 0.5 * (p[:n] + p[4:]) + p[1 : n + 1] + p[3 : n + 3] - 3.0 * p[2 : n + 2]


def burgers(x):
    """Return the viscous Burgers equation between two ends at rest."""
    p = np.pad(x, 1)
    up, down = p[2:], p[:-2]
    return x * (down - up) + 0.1 * (up - 2.0 * x + down)


def lorenz96(x):
    """Return the rates of Lorenz's model of 1996, on a circle."""
    return (np.roll(x, -1) - np.roll(x, 2)) * np.roll(x, 1) - x + 8.0


# By hand ------------------------------------------------------------------------------------


def diagonals(n: int, *offsets: int) -> list[tuple[Any, Any]]:
    """Return rows and columns of diagonals: entries ``(i, i + offset)`` inside the matrix."""
    rows = [np.arange(max(0, -k), n - max(0, k)) for k in offsets]
    return [(i, i + k) for i, k in zip(rows, offsets, strict=True)]


def band_by_hand(n: int) -> Callable[[Any], Any]:
    """Return the Jacobian of the band."""
    places = diagonals(n, -2, -1, 0, 1, 2)
    matrix = ByHand((n, n), places)

    def jacobian(x):
        slope = 2 * x
        return matrix.filled(
            {b: w * slope[places[b][1][0] :][: len(places[b][1])] for b, w in enumerate(WEIGHTS)}
        )

    return jacobian


def burgers_by_hand(n: int) -> Callable[[Any], Any]:
    """Return the Jacobian of Burgers' equation."""
    matrix = ByHand((n, n), diagonals(n, -1, 0, 1))

    def jacobian(x):
        p = np.pad(x, 1)
        return matrix.filled({0: x[1:] + 0.1, 1: p[:-2] - p[2:] - 0.2, 2: 0.1 - x[:-1]})

    return jacobian


def lorenz96_by_hand(n: int) -> Callable[[Any], Any]:
    """Return the Jacobian of Lorenz-96; its diagonal is constant."""
    own = np.arange(n)
    places = [(own, (own + k) % n) for k in (-2, -1, 0, 1)]
    matrix = ByHand((n, n), places, {2: -1.0})

    def jacobian(x):
        before = np.roll(x, 1)
        return matrix.filled({0: -before, 1: np.roll(x, -1) - np.roll(x, 2), 3: before})

    return jacobian


# The problems -------------------------------------------------------------------------------


def problem(name: str, size: int | None = None) -> Problem:
    """Return the problem of a name, of another size if one is given."""
    n = size or SIZES[name]
    if name == "burgers":
        answer = Answer((3, 0), None, 3, True, 3, "tridiagonal")
        about = "Burgers' equation on a line"
        return Problem(name, about, text_of(burgers), point(n), answer, lambda: burgers_by_hand(n))
    if name == "lorenz96":
        source = "4 of a row, and 4 divides the length of the circle"
        answer = Answer((4, 0), (3, 0), 4, True, 4, source, later_optimal=True)
        about = "Lorenz's model of 1996"
        return Problem(
            name, about, text_of(lorenz96), point(n), answer, lambda: lorenz96_by_hand(n)
        )
    answer = Answer((5, 0), None, 5, True, 5, "band of five diagonals")
    without = ("asdex", "CasADi") if n > 200_000 else ()
    return Problem(
        name,
        f"a band of five diagonals, {n} unknowns",
        text_of(band),
        point(n),
        answer,
        lambda: band_by_hand(n),
        without=without,
    )
