"""The chained Rosenbrock function: gradient, and product of the Hessian with a vector."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from benchmarks.programs.problem import Figures, Problem, same_text

GRADIENTS = {
    "rosenbrock-10": (10, None),
    "rosenbrock-1000": (1_000, None),
    "rosenbrock-100000": (100_000, Figures(3, "1.3", "9.6")),
}
PRODUCTS = {
    "rosenbrock-hvp-10": (10, None),
    "rosenbrock-hvp-1000": (1_000, None),
    "rosenbrock-hvp-100000": (100_000, Figures(6, "2.0", "21")),
}
PEERS = ("autograd", "MyGrad", "torch", "JAX", "JAX jit")


def rosenbrock(x):
    """Return the chained Rosenbrock function."""
    return np.sum(100.0 * (x[1:] - x[:-1] ** 2) ** 2 + (1.0 - x[:-1]) ** 2)


def gradient_by_hand(x):
    """Return value and gradient."""
    head = x[:-1]
    gap = x[1:] - head * head
    rest = 1.0 - head
    value = 100.0 * np.dot(gap, gap) + np.dot(rest, rest)
    gradient = np.zeros_like(x)
    gap *= 200.0
    gradient[1:] = gap
    gap *= head
    gap += rest
    gap *= 2.0
    gradient[:-1] -= gap
    return value, gradient


def product_by_hand(x, v):
    """Return the value and the Hessian times `v`."""
    head, tail, along = x[:-1], x[1:], v[:-1]
    square = head * head
    gap = tail - square
    rest = 1.0 - head
    value = 100.0 * np.dot(gap, gap) + np.dot(rest, rest)
    product = np.zeros_like(x)
    cross = head * along
    np.multiply(200.0, v[1:], out=product[1:])
    product[1:] -= 400.0 * cross
    square *= 3.0
    square -= tail
    square *= 400.0
    square += 2.0
    square *= along
    product[:-1] += square
    product[:-1] -= 400.0 * (head * v[1:])
    return value, product


def problem(name: str, data: Path | None = None, quick: bool = False) -> Problem:
    """Return the problem of a name."""
    del data, quick
    second = name in PRODUCTS
    n, figures = (PRODUCTS if second else GRADIENTS)[name]
    rng = np.random.default_rng(0)
    x = 0.5 + 0.3 * rng.standard_normal(n)
    peers = PEERS if not second else ("autograd", "torch", "JAX jit")
    if n <= 1_000:
        peers = (*peers, "CasADi")
    return Problem(
        name,
        f"Rosenbrock, n = {n:,}, " + ("Hessian times vector" if second else "gradient"),
        rosenbrock,
        (x,),
        product_by_hand if second else gradient_by_hand,
        kind="hvp" if second else "gradient",
        direction=rng.standard_normal(n) if second else None,
        figures=figures,
        texts={**same_text(rosenbrock, *peers), **({"CasADi": symbolic} if n <= 1_000 else {})},
    )


def symbolic(casadi):
    """Return the program for CasADi, whose sum is called ``sum1``."""

    def f(x):
        return casadi.sum1(100.0 * (x[1:] - x[:-1] ** 2) ** 2 + (1.0 - x[:-1]) ** 2)

    return f
