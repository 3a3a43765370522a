"""Functions in plain NumPy whose patterns are known, with the counts of their nonzeros.

The numbered problems are those of More, Garbow and Hillstrom (1981), *Testing
unconstrained optimization software*, and of the literature that each line names.
"""

import functools
import operator
from typing import Any, NamedTuple

import numpy as np


class Problem(NamedTuple):
    """A function, the size of its argument, and how many entries there are and vary."""

    name: str
    f: Any
    n: int
    nnz: int
    varying: int


def shifted(x, k):
    """Return x[i + k], zero outside."""
    padded = np.pad(x, abs(k))
    return padded[abs(k) + k : abs(k) + k + len(x)]


def product(x):
    """Return the product of all factors along the first axis, one after the other."""
    return functools.reduce(operator.mul, x)


def neighbours(u):
    """Return the sum of the neighbours of each point of a periodic grid."""
    return sum(np.roll(u, s, a) for a in range(u.ndim) for s in (1, -1))


def bordered(u):
    """Return the sum of the four neighbours on a grid with zeros around it."""
    p = np.pad(u, 1)
    return p[2:, 1:-1] + p[:-2, 1:-1] + p[1:-1, 2:] + p[1:-1, :-2]


def broyden_tridiagonal(x):
    return (3 - 2 * x) * x - shifted(x, -1) - 2 * shifted(x, 1) + 1


def broyden_banded(x):
    g = x * (1 + x)
    return x * (2 + 5 * x**2) + 1 - sum(shifted(g, k) for k in (-5, -4, -3, -2, -1, 1))


def boundary_value(x):
    h = 1 / (len(x) + 1)
    t = h * np.arange(1, len(x) + 1)
    return 2 * x - shifted(x, -1) - shifted(x, 1) + h**2 * (x + t + 1) ** 3 / 2


def burgers(x):
    up, down = shifted(x, 1), shifted(x, -1)
    return -x * (up - down) + 0.1 * (up - 2 * x + down)


def lorenz96(x):
    return (np.roll(x, -1) - np.roll(x, 2)) * np.roll(x, 1) - x + 8


def kuramoto_sivashinsky(u):
    up, down, up2, down2 = (np.roll(u, s) for s in (-1, 1, -2, 2))
    return -u * (up - down) / 2 - (up - 2 * u + down) - (up2 - 4 * up + 6 * u - 4 * down + down2)


def rosenbrock(x):
    y = np.empty_like(x)
    y[::2] = 10 * (x[1::2] - x[::2] ** 2)
    y[1::2] = 1 - x[::2]
    return y


def powell_singular(x):
    a, b, c, d = x.reshape(-1, 4).T
    return np.stack([a + 10 * b, 5**0.5 * (c - d), (b - 2 * c) ** 2, 10**0.5 * (a - d) ** 2], 1)


def variably_dimensioned(x):
    s = np.arange(1, len(x) + 1) @ (x - 1)
    return np.concatenate([x - 1, [s, s**2]])


def penalty(x):
    return np.append(1e-5**0.5 * (x - 1), np.sum(x**2) - 0.25)


def brown_almost_linear(x):
    return np.append((x + np.sum(x) - (len(x) + 1))[:-1], product(x) - 1)


def trigonometric(x):
    i = np.arange(1, len(x) + 1)
    return len(x) - np.sum(np.cos(x)) + i * (1 - np.cos(x)) - np.sin(x)


def bratu(x):
    u = x.reshape(8, 8)
    return bordered(u) - 4 * u + 0.01 * np.exp(u)


def brusselator(y):
    n = int((y.size // 2) ** 0.5)
    u, v = y.reshape(2, n, n)
    k = 0.02 * (n - 1) ** 2
    du = 1 + u * u * v - 4.4 * u + k * (neighbours(u) - 4 * u)
    dv = 3.4 * u - u * u * v + k * (neighbours(v) - 4 * v)
    return np.stack([du, dv]).ravel()


def robertson(y):
    a, b, c = y.reshape(3, -1)
    slow, fast, last = 0.04 * a, 1e4 * b * c, 3e7 * b * b
    return np.concatenate([fast - slow, slow - fast - last, last])


def fermi_pasta_ulam(x):
    right, left = shifted(x, 1) - x, x - shifted(x, -1)
    return right - left + 0.25 * (right**2 - left**2)


def upwind(x):
    return -(x - shifted(x, -1)) + x * (1 - x)


def diffusion(x):
    phi = x.reshape(7, 7) ** 3
    return bordered(phi) - 4 * phi


def star_3d(x):
    u = np.sin(x.reshape(6, 6, 6))
    return neighbours(u) - 6 * u


def biharmonic(x):
    u = x.reshape(8, 8)
    once = neighbours(u) - 4 * u
    return neighbours(once) - 4 * once


def box(x):
    p = np.pad(x.reshape(8, 8), 1)
    return sum(p[i : i + 8, j : j + 8] ** 2 for i in range(3) for j in range(3))


def arrow(x):
    y = x * x[0]
    y[0] = np.sum(x * x)
    return y


def arrow_and_band(x):
    y = x * x[0] + sum(shifted(x**2, k) for k in (-2, -1, 1, 2))
    y[0] = np.sum(x**3)
    return y


def frame(x):
    y = x[2:10] * x[0] * x[1]
    return np.concatenate([[np.sum(x**2), np.sum(x**3)], y])


def rates(state, control):
    """Return a plane body with quadratic drag."""
    _, _, vx, vy = state
    drag = 0.1 * np.sqrt(1 + vx * vx + vy * vy)
    return np.stack([vx, vy, control[0] - drag * vx, control[1] - drag * vy])


def shooting(z, h=0.1):
    k = (z.size - 4) // 6
    states, controls = z[: 4 * (k + 1)].reshape(k + 1, 4).T, z[4 * (k + 1) :].reshape(k, 2).T
    s = states[:, :-1]
    k1 = rates(s, controls)
    k2 = rates(s + h / 2 * k1, controls)
    k3 = rates(s + h / 2 * k2, controls)
    k4 = rates(s + h * k3, controls)
    return (s + h / 6 * (k1 + 2 * k2 + 2 * k3 + k4) - states[:, 1:]).T.ravel()


def free_end(z):
    """Return the same with a final time, and a row of all controls."""
    k = (z.size - 5) // 6
    defects = shooting(z[:-1], 0.1 * z[-1])
    return np.append(defects, z[-1] * np.sum(z[4 * (k + 1) : -1] ** 2))


JACOBIANS = [
    Problem("sine", np.sin, 9, 9, 9),
    Problem("affine", lambda x: 3 * x + 1, 9, 9, 0),
    Problem("Broyden tridiagonal", broyden_tridiagonal, 20, 58, 20),
    Problem("Broyden banded", broyden_banded, 60, 404, 404),
    Problem("boundary value", boundary_value, 20, 58, 20),
    Problem("Burgers", burgers, 20, 58, 58),
    Problem("Lorenz-96", lorenz96, 20, 80, 60),
    Problem("Kuramoto-Sivashinsky", kuramoto_sivashinsky, 15, 75, 45),
    Problem("extended Rosenbrock", rosenbrock, 20, 30, 10),
    Problem("extended Powell", powell_singular, 20, 40, 20),
    Problem("variably dimensioned", variably_dimensioned, 10, 30, 10),
    Problem("penalty I", penalty, 10, 20, 10),
    Problem("Brown almost linear", brown_almost_linear, 8, 64, 8),
    Problem("trigonometric", trigonometric, 8, 64, 64),
    Problem("Bratu", bratu, 64, 5 * 64 - 4 * 8, 64),
    Problem("Brusselator", brusselator, 128, 12 * 64, 4 * 64),
    Problem("Robertson", robertson, 12, 28, 20),
    Problem("Fermi-Pasta-Ulam", fermi_pasta_ulam, 20, 58, 58),
    Problem("upwind and logistic", upwind, 20, 39, 20),
    Problem("convolution", lambda x: np.convolve(x, [1.0, 2.0, 3.0], "valid"), 20, 54, 0),
    Problem("cumulative sum", np.cumsum, 12, 78, 0),
    Problem("diffusion", diffusion, 49, 5 * 49 - 4 * 7, 5 * 49 - 4 * 7),
    Problem("star in 3 dimensions", star_3d, 216, 7 * 216, 7 * 216),
    Problem("biharmonic", biharmonic, 64, 13 * 64, 0),
    Problem("box", box, 64, (3 * 8 - 2) ** 2, (3 * 8 - 2) ** 2),
    Problem("arrow", arrow, 20, 58, 58),
    Problem("arrow and band", arrow_and_band, 20, 128, 128),
    Problem("frame", frame, 12, 2 * 12 + 8 * 3, 48),
    Problem("anti-diagonal", lambda x: x[::-1] ** 2, 6, 6, 6),
    Problem("cycle", lambda x: x + np.roll(x, -1), 3, 6, 0),
    Problem("permutation", lambda x: x[[3, 0, 2, 1, 4]], 5, 5, 0),
    Problem("every other", lambda x: x[::2], 9, 5, 0),
    Problem("matrix", lambda x: np.tri(6) @ x, 6, 21, 0),
    Problem("product of all", product, 6, 6, 6),
]
#: Without counts: they depend on the model.
MORE = [
    Problem("multiple shooting", shooting, 4 * 6 + 2 * 5, -1, -1),
    Problem("free end", free_end, 4 * 6 + 2 * 5 + 1, -1, -1),
    Problem("soft-max", lambda x: np.exp(x) / np.sum(np.exp(x)), 7, 49, 49),
    Problem("outer product", lambda x: np.outer(x[:3], x[3:]), 7, 24, 24),
    Problem("matrix product", lambda x: x[:6].reshape(2, 3) @ x[6:].reshape(3, 4), 18, 48, 48),
]


def rosenbrock_chain(x):
    return np.sum(100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2)


def lattice(x):
    u = x.reshape(6, 6)
    across, down = u[:, 1:] - u[:, :-1], u[1:] - u[:-1]
    return np.sum(across**4) + np.sum(np.cos(down)) + np.sum(u**2)


def blocks(x):
    return np.sum(np.prod(x.reshape(-1, 4), axis=1))


def blocks_by_factors(x):
    return np.sum(product(x.reshape(-1, 4).T))


HESSIANS = [
    Problem("arrow", lambda x: np.sum(x**2) * np.sin(x[0]) + np.sum(x**4), 12, 34, 34),
    Problem("chained Rosenbrock", rosenbrock_chain, 12, 34, 11 + 22),
    Problem("quartic", lambda x: np.sum(x**4), 8, 8, 8),
    Problem("quadratic", lambda x: np.sum(x**2), 8, 8, 0),
    Problem("matching", lambda x: np.sum(x[:5] * x[5:]), 10, 10, 0),
    Problem("bipartite", lambda x: np.sum(x[:3]) * np.sum(x[3:]), 8, 30, 0),
    Problem("lattice energy", lattice, 36, 5 * 36 - 4 * 6, 5 * 36 - 4 * 6),
    Problem("block diagonal", blocks, 12, 36, 36),
    Problem("block diagonal by factors", blocks_by_factors, 12, 36, 36),
    Problem("running products", lambda x: np.sum(np.cumprod(x.reshape(3, 4), 1)), 12, 36, 36),
    Problem("product of some", lambda x: np.prod(x, where=np.arange(5) < 9), 5, 20, 20),
    Problem("product of sums", lambda x: np.prod(x[:3] + x[3:]), 6, 24, 24),
    Problem("extremes", lambda x: np.max(x) - np.min(x) + np.sum(x**3), 6, 6, 6),
    Problem("sorted", lambda x: np.sort(x) @ np.arange(6.0), 6, 0, 0),
    Problem("quadratic form", lambda x: x @ np.diag(np.ones(5), 1) @ x, 6, 10, 0),
    Problem("inner product", lambda x: np.dot(x, x), 6, 6, 0),
    Problem("linear", lambda x: np.sum(3 * x), 6, 0, 0),
    Problem("norm", lambda x: np.linalg.norm(x), 5, 25, 25),
    Problem("square of a sum", lambda x: np.sum(x) ** 2, 5, 25, 0),
    Problem("cubic of a product", lambda x: np.sum(x[:3] * x[3:] ** 2), 6, 9, 9),
    Problem("unused inputs", lambda x: np.sum(x[:3] ** 2), 6, 3, 0),
]
