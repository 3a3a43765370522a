"""Hessians of functions of many unknowns."""

from __future__ import annotations

import numpy as np

from benchmarks.sparse.problem import Answer, Problem, point, text_of

SIZES = {"arrow-hessian": 1000, "rosenbrock-hessian": 10_000, "lattice-hessian": 64 * 64}


def arrow(x):
    """Return a sum in which the first unknown meets all others."""
    return np.sum(x * x) * np.sin(x[0]) + np.sum(x**4)


def rosenbrock(x):
    """Return the chained Rosenbrock function."""
    head, tail = x[:-1], x[1:]
    return np.sum(100.0 * (tail - head * head) ** 2 + (1.0 - head) ** 2)


def lattice(x):
    """Return the energy of a square lattice of nearest neighbours."""
    n = int(x.size**0.5)
    u = x.reshape(n, n)
    across, down = u[:, 1:] - u[:, :-1], u[1:] - u[:-1]
    return np.sum(across**4) + np.sum(np.cos(down)) + np.sum(u * u)


def problem(name: str, size: int | None = None) -> Problem:
    """Return the problem of a name, of another size if one is given."""
    n = size or SIZES[name]
    if name == "arrow-hessian":
        answer = Answer((2, 0), None, 2, True, 2, "star colouring; columns take all")
        text, about = text_of(arrow), "an arrow"
    elif name == "rosenbrock-hessian":
        answer = Answer((2, 0), None, 2, True, 2, "substitution along a chain of all unknowns")
        text, about = text_of(rosenbrock), "the chained Rosenbrock function"
    else:
        answer = Answer((3, 0), None, 3, True, 3, "substitution; star: asdex 5, CasADi 6")
        text, about = text_of(lattice), "a lattice of nearest neighbours"
    return Problem(name, f"Hessian of {about}", text, point(n), answer, op="hessian")
