"""Functions with sparse derivatives, and the directions that they are known to need.

A plan is written as (forward, reverse).
"""

from typing import Any, NamedTuple

import numpy as np

from tests.pattern.problems import (
    arrow,
    arrow_and_band,
    biharmonic,
    blocks,
    boundary_value,
    box,
    bratu,
    brown_almost_linear,
    broyden_banded,
    broyden_tridiagonal,
    brusselator,
    burgers,
    diffusion,
    fermi_pasta_ulam,
    frame,
    kuramoto_sivashinsky,
    lattice,
    lorenz96,
    neighbours,
    penalty,
    powell_singular,
    robertson,
    rosenbrock,
    rosenbrock_chain,
    shooting,
    star_3d,
    trigonometric,
    upwind,
    variably_dimensioned,
)


class Problem(NamedTuple):
    """A function, the size of its argument, and its plans for all and for moving entries."""

    name: str
    f: Any
    n: int
    cold: tuple[int, int]
    warm: tuple[int, int] | None = None


def wide_arrow(width):
    """Return a function whose Jacobian is an arrow with a border of some width."""

    def f(x):
        border = [np.reshape(np.sum(x ** (k + 2)), 1) for k in range(width)]
        return np.concatenate([*border, x[width:] ** 2 + np.prod(x[:width]) * x[width:]])

    return f


def periodic_diffusion(x):
    n = int(x.size**0.5)
    u = np.exp(x.reshape(n, n))
    return (neighbours(u) - 4 * u).ravel()


def box_energy(x):
    """Return a sum over pairs of points of a grid that touch, across corners too."""
    u = x.reshape(8, 8)
    pairs = ((u[1:], u[:-1]), (u[:, 1:], u[:, :-1]))
    across = ((u[1:, 1:], u[:-1, :-1]), (u[1:, :-1], u[:-1, 1:]))
    return np.sum(u**4) + sum(np.sum((a - b) ** 4) for a, b in (*pairs, *across))


def cube_energy(x):
    """Return a sum over pairs of neighbours of a grid in three dimensions."""
    u = x.reshape(5, 5, 5)
    pairs = ((u[1:], u[:-1]), (u[:, 1:], u[:, :-1]), (u[:, :, 1:], u[:, :, :-1]))
    return np.sum(u**4) + sum(np.sum((a - b) ** 4) for a, b in pairs)


def defects(z):
    """Return x[k+1] - step(x[k], u[k]) for four states and two controls: rows of five."""
    k = (z.size - 4) // 6
    x, u = z[: 4 * (k + 1)].reshape(k + 1, 4), z[4 * (k + 1) :].reshape(k, 2)
    turned = np.roll(x[:-1], -1, axis=1)
    rate = np.sin(x[:-1]) * turned + np.cos(u[:, :1] + turned) * u[:, 1:]
    return (x[:-1] + 0.1 * rate - x[1:]).ravel()


def free_end(z):
    """Return the same with a free final time, and a row that needs everything."""
    k = (z.size - 5) // 6
    x, u = z[: 4 * (k + 1)].reshape(k + 1, 4), z[4 * (k + 1) : -1].reshape(k, 2)
    turned = np.roll(x[:-1], -1, axis=1)
    rate = np.sin(x[:-1]) * turned + np.cos(u[:, :1] + turned) * u[:, 1:]
    steps = x[:-1] + z[-1] * rate - x[1:] ** 3
    return np.append(steps.ravel(), np.sum(z**2))


JACOBIANS = [
    Problem("sine", np.sin, 9, (1, 0)),
    Problem("affine", lambda x: 3 * x + 1, 9, (1, 0), (0, 0)),
    Problem("Broyden tridiagonal", broyden_tridiagonal, 20, (3, 0), (1, 0)),
    Problem("Broyden banded", broyden_banded, 60, (7, 0)),
    Problem("boundary value", boundary_value, 20, (3, 0), (1, 0)),
    Problem("Burgers", burgers, 20, (3, 0)),
    Problem("Lorenz-96", lorenz96, 20, (4, 0), (3, 0)),
    Problem("Kuramoto-Sivashinsky", kuramoto_sivashinsky, 15, (5, 0), (3, 0)),
    Problem("variably dimensioned", variably_dimensioned, 10, (0, 3), (0, 1)),
    Problem("penalty I", penalty, 10, (0, 2), (0, 1)),
    Problem("Bratu", bratu, 64, (5, 0), (1, 0)),
    Problem("Brusselator 6", brusselator, 72, (6, 0), (2, 0)),
    Problem("Brusselator 32", brusselator, 2048, (6, 0), (2, 0)),
    Problem("convolution", lambda x: np.convolve(x, [1.0, 2.0, 3.0], "valid"), 20, (3, 0), (0, 0)),
    Problem("cumulative sum", np.cumsum, 12, (12, 0), (0, 0)),
    Problem("star in 3 dimensions", star_3d, 216, (7, 0)),
    Problem("box", box, 64, (9, 0)),
    Problem("arrow", arrow, 100, (2, 1)),
    Problem("arrow and band", arrow_and_band, 100, (6, 1)),
    Problem("anti-diagonal", lambda x: x[::-1] ** 2, 6, (1, 0)),
    Problem("every other", lambda x: x[::2], 9, (1, 0), (0, 0)),
    Problem("product", np.prod, 6, (0, 1)),
    Problem("extended Rosenbrock", rosenbrock, 20, (2, 0), (1, 0)),
    Problem("extended Powell", powell_singular, 20, (2, 0), (0, 1)),
    Problem("Brown almost linear", brown_almost_linear, 8, (8, 0), (0, 1)),
    Problem("trigonometric", trigonometric, 8, (8, 0)),
    Problem("Robertson", robertson, 12, (3, 0), (2, 0)),
    Problem("Fermi-Pasta-Ulam", fermi_pasta_ulam, 20, (3, 0)),
    Problem("upwind and logistic", upwind, 20, (2, 0), (1, 0)),
    Problem("diffusion", diffusion, 49, (5, 0)),
    Problem("periodic diffusion 10", periodic_diffusion, 100, (5, 0)),
    Problem("periodic diffusion 6", periodic_diffusion, 36, (5, 0)),  # colours: 6
    Problem("biharmonic", biharmonic, 64, (13, 0), (0, 0)),
    Problem("frame", frame, 12, (3, 2)),
    Problem("arrow of width 2", wide_arrow(2), 40, (3, 2)),
    Problem("arrow of width 3", wide_arrow(3), 40, (4, 3)),
    Problem("cycle of three", lambda x: x + np.roll(x, -1), 3, (2, 0), (0, 0)),  # colours: 3
    Problem("permutation", lambda x: x[[3, 0, 2, 1, 4]], 5, (1, 0), (0, 0)),
    Problem("multiple shooting", shooting, 4 * 6 + 2 * 5, (0, 5), (4, 0)),
    Problem("steps with controls", defects, 4 * 31 + 2 * 30, (0, 4)),
    Problem("shooting with a free end", free_end, 4 * 101 + 2 * 100 + 1, (1, 6)),
]


HESSIANS = [
    Problem("arrow", lambda x: np.sum(x**2) * np.sin(x[0]) + np.sum(x**4), 100, (2, 0)),
    Problem("chained Rosenbrock", rosenbrock_chain, 12, (2, 0)),
    Problem("quartic", lambda x: np.sum(x**4), 8, (1, 0)),
    Problem("quadratic", lambda x: np.sum(x**2), 8, (1, 0), (0, 0)),
    Problem("matching", lambda x: np.sum(x[:5] * x[5:]), 10, (1, 0), (0, 0)),
    Problem("bipartite", lambda x: np.sum(x[:3]) * np.sum(x[3:]), 8, (3, 0), (0, 0)),
    Problem("lattice energy", lattice, 36, (3, 0)),
    Problem("box energy", box_energy, 64, (5, 0)),
    Problem("cube energy", cube_energy, 125, (4, 0)),
    Problem("block diagonal", blocks, 12, (3, 0)),
    Problem("linear", lambda x: np.sum(3 * x), 6, (0, 0)),
]
