"""Stencils in one, two and three dimensions, the Brusselator, and Bratu's equation."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from benchmarks.sparse.problem import Answer, ByHand, Problem, point, text_of

SIZES = {
    "stencil-1d": (4096,),
    "stencil-2d": (100, 100),
    "stencil-3d": (20, 20, 20),
    "box-3d": (16, 16, 16),
    "bratu": (100, 100),
    "brusselator-32": (32, 32),
    "brusselator-64": (64, 64),
    "brusselator-128": (128, 128),
}


# The functions ------------------------------------------------------------------------------


def around(u):
    """Return the sum of the neighbours of each point of a periodic grid."""
    return sum(np.roll(u, s, axis) for axis in range(u.ndim) for s in (1, -1))


def inside(u):
    """Return the sum of the neighbours of each point, zero beyond the border."""
    p = np.pad(u, 1)
    if u.ndim == 1:
        return p[2:] + p[:-2]
    if u.ndim == 2:
        return p[2:, 1:-1] + p[:-2, 1:-1] + p[1:-1, 2:] + p[1:-1, :-2]
    middle = p[1:-1, 1:-1]
    sides = p[2:, 1:-1, 1:-1] + p[:-2, 1:-1, 1:-1] + p[1:-1, 2:, 1:-1] + p[1:-1, :-2, 1:-1]
    return sides + middle[:, :, 2:] + middle[:, :, :-2]


def diffusion(x, shape):
    """Return the diffusion of the square on a grid: every entry of its Jacobian varies."""
    u = x.reshape(shape) ** 2
    return (inside(u) - 2 * u.ndim * u).ravel()


def box(x, shape):
    """Return the sum of squares over the 27 points around each."""
    p = np.pad(x.reshape(shape) ** 2, 1)
    a, b, c = shape
    places = [(i, j, k) for i in range(3) for j in range(3) for k in range(3)]
    return sum(p[i : i + a, j : j + b, k : k + c] for i, j, k in places).ravel()


def bratu(x, shape):
    """Return Bratu's equation on a square, discretised by five points."""
    u = x.reshape(shape)
    h = 1 / (shape[0] + 1)
    return (inside(u) - 4 * u + h**2 * np.exp(u)).ravel()


def brusselator(y):
    """Return the Brusselator with diffusion on a periodic grid, two species."""
    n = int((y.size // 2) ** 0.5)
    u, v = y.reshape(2, n, n)
    k = 0.02 * (n - 1) ** 2
    du = 1 + u * u * v - 4.4 * u + k * (around(u) - 4 * u)
    dv = 3.4 * u - u * u * v + k * (around(v) - 4 * v)
    return np.stack([du, dv]).ravel()


# By hand ------------------------------------------------------------------------------------


def neighbours(shape: tuple[int, ...], periodic: bool) -> tuple[Any, Any]:
    """Return rows and columns of the entries beside the diagonal."""
    indices = np.arange(int(np.prod(shape))).reshape(shape)
    rows, columns = [], []
    for axis, length in enumerate(shape):
        for step in (1, -1):
            there = np.roll(indices, -step, axis)
            last = length - 1 if step == 1 else 0
            keep = np.delete(np.arange(length), [] if periodic else last)
            rows.append(np.take(indices, keep, axis).ravel())
            columns.append(np.take(there, keep, axis).ravel())
    return np.concatenate(rows), np.concatenate(columns)


def brusselator_by_hand(n: int) -> Callable[[Any], Any]:
    """Return the Jacobian of the Brusselator; five entries of six are constant but the middle."""
    size, k = n * n, 0.02 * (n - 1) ** 2
    own = np.arange(size)
    rows, columns = neighbours((n, n), periodic=True)
    places = [
        *((rows, columns), (rows + size, columns + size)),
        *((own, own), (own, own + size), (own + size, own), (own + size, own + size)),
    ]
    matrix = ByHand((2 * size, 2 * size), places, {0: k, 1: k})

    def jacobian(y):
        u, v = y.reshape(2, -1)
        uv, uu = 2 * u * v, u * u
        return matrix.filled({2: uv - (4.4 + 4 * k), 3: uu, 4: 3.4 - uv, 5: -uu - 4 * k})

    return jacobian


def bratu_by_hand(shape: tuple[int, int]) -> Callable[[Any], Any]:
    """Return the Jacobian of Bratu's equation: the diagonal changes."""
    size, h = shape[0] * shape[1], 1 / (shape[0] + 1)
    own = np.arange(size)
    matrix = ByHand((size, size), [neighbours(shape, periodic=False), (own, own)], {0: 1.0})
    return lambda x: matrix.filled({1: h**2 * np.exp(x) - 4})


def diffusion_by_hand(shape: tuple[int, ...]) -> Callable[[Any], Any]:
    """Return the Jacobian of the diffusion of a square."""
    size = int(np.prod(shape))
    own = np.arange(size)
    rows, columns = neighbours(shape, periodic=False)
    matrix = ByHand((size, size), [(rows, columns), (own, own)])
    middle = -4.0 * len(shape)

    def jacobian(x):
        slope = 2 * x
        return matrix.filled({0: slope[columns], 1: middle * x})

    return jacobian


# The problems -------------------------------------------------------------------------------

STAR = "perfect Lee code: colour (1, 2, .., d) . i mod (2 d + 1)"
LATTICE = "longest row, reached by small systems; asdex and CasADi take 12"


def problem(name: str, shape: tuple[int, ...] | None = None) -> Problem:
    """Return the problem of a name, on a grid of another shape if one is given."""
    shape = shape or SIZES[name]
    size = int(np.prod(shape))
    if name.startswith("brusselator"):
        answer = Answer((6, 0), (2, 0), 6, True, 6, LATTICE, later_optimal=True)
        return Problem(
            name,
            f"Brusselator on a periodic grid of {shape[0]} x {shape[1]} points",
            text_of(brusselator),
            point(2 * size),
            answer,
            lambda: brusselator_by_hand(shape[0]),
        )
    if name == "bratu":
        answer = Answer((5, 0), (1, 0), 5, True, 5, STAR, later_optimal=True)
        return Problem(
            name,
            "Bratu's equation",
            text_of(bratu, shape=shape),
            point(size),
            answer,
            lambda: bratu_by_hand(shape),
        )
    if name == "box-3d":
        answer = Answer((27, 0), None, 24, False, 27, "the box tiles the grid")
        return Problem(
            name, "27 points around each", text_of(box, shape=shape), point(size), answer
        )
    fewest = 2 * len(shape) + 1
    answer = Answer((fewest, 0), None, fewest, True, fewest, STAR)
    return Problem(
        name,
        f"diffusion of a square in {len(shape)} dimensions",
        text_of(diffusion, shape=shape),
        point(size),
        answer,
        lambda: diffusion_by_hand(shape),
    )
