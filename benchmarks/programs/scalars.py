"""Loops over Python numbers: the Lorenz equations by Runge-Kutta, Kepler's equation by Newton."""

from __future__ import annotations

import math
import sys
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.programs.problem import Figures, Problem, same_text, under

STEP = 0.005
STEPS, QUICK_STEPS = 1_000, 100  # of Runge-Kutta, or of Newton in all
NEWTON = 5  # iterations at a time; started at the last solution they converge


# The programs -------------------------------------------------------------------------------


def lorenz(x, y, z, sigma, rho, beta, steps):
    """Return x + y + z after so many steps of the classical Runge-Kutta method."""

    def slope(x, y, z):
        return sigma * (y - x), x * (rho - z) - y, x * y - beta * z

    h = STEP
    for _ in range(steps):
        a1, b1, c1 = slope(x, y, z)
        a2, b2, c2 = slope(x + 0.5 * h * a1, y + 0.5 * h * b1, z + 0.5 * h * c1)
        a3, b3, c3 = slope(x + 0.5 * h * a2, y + 0.5 * h * b2, z + 0.5 * h * c2)
        a4, b4, c4 = slope(x + h * a3, y + h * b3, z + h * c3)
        x = x + h / 6.0 * (a1 + 2.0 * a2 + 2.0 * a3 + a4)
        y = y + h / 6.0 * (b1 + 2.0 * b2 + 2.0 * b3 + b4)
        z = z + h / 6.0 * (c1 + 2.0 * c2 + 2.0 * c3 + c4)
    return x + y + z


def kepler(eccentricity, rate, times):
    """Return the summed distances from the centre along an orbit.

    At each of so many times Kepler's equation E - e sin E = rate t is solved by Newton's method.
    Its unit of time is the same text with the functions of `math` instead of NumPy's, as somebody
    would write it who needs no derivative.
    """
    anomaly, total = rate, 0.0
    for k in range(times):
        mean = rate * (k + 1)
        for _ in range(NEWTON):
            gap = anomaly - eccentricity * np.sin(anomaly) - mean
            anomaly = anomaly - gap / (1.0 - eccentricity * np.cos(anomaly))
        total = total + (1.0 - eccentricity * np.cos(anomaly))
    return total


# By hand ------------------------------------------------------------------------------------


def lorenz_by_hand(x, y, z, sigma, rho, beta, steps):
    """Return value and gradient: the adjoint of every step, its stages recomputed."""
    states = []
    h = STEP
    for _ in range(steps):
        states.append((x, y, z))
        (a1, b1, c1), _, (a2, b2, c2), _, (a3, b3, c3), _, (a4, b4, c4) = _stages(
            x, y, z, sigma, rho, beta
        )
        x += h / 6.0 * (a1 + 2.0 * a2 + 2.0 * a3 + a4)
        y += h / 6.0 * (b1 + 2.0 * b2 + 2.0 * b3 + b4)
        z += h / 6.0 * (c1 + 2.0 * c2 + 2.0 * c3 + c4)
    value = x + y + z
    dx = dy = dz = 1.0
    d_sigma = d_rho = d_beta = 0.0
    shares = ((h / 6.0, 0.0), (h / 3.0, h), (h / 3.0, 0.5 * h), (h / 6.0, 0.5 * h))
    for state in reversed(states):
        _, second, _, third, _, fourth, _ = _stages(*state, sigma, rho, beta)
        sx, sy, sz = dx, dy, dz  # grow to the derivative in the state before the step
        ex = ey = ez = 0.0
        points = (fourth, third, second, state)
        for (own, later), (x, y, z) in zip(shares, points, strict=True):
            a, b, c = own * dx + later * ex, own * dy + later * ey, own * dz + later * ez
            ex = (rho - z) * b - sigma * a + y * c
            ey = sigma * a - b + x * c
            ez = -x * b - beta * c
            d_sigma += (y - x) * a
            d_rho += x * b
            d_beta -= z * c
            sx, sy, sz = sx + ex, sy + ey, sz + ez
        dx, dy, dz = sx, sy, sz
    return value, (dx, dy, dz, d_sigma, d_rho, d_beta)


def _stages(x, y, z, sigma, rho, beta):
    """Return the four slopes and, between them, the points of the last three."""
    h = STEP
    half = 0.5 * h
    a1, b1, c1 = sigma * (y - x), x * (rho - z) - y, x * y - beta * z
    x2, y2, z2 = x + half * a1, y + half * b1, z + half * c1
    a2, b2, c2 = sigma * (y2 - x2), x2 * (rho - z2) - y2, x2 * y2 - beta * z2
    x3, y3, z3 = x + half * a2, y + half * b2, z + half * c2
    a3, b3, c3 = sigma * (y3 - x3), x3 * (rho - z3) - y3, x3 * y3 - beta * z3
    x4, y4, z4 = x + h * a3, y + h * b3, z + h * c3
    a4, b4, c4 = sigma * (y4 - x4), x4 * (rho - z4) - y4, x4 * y4 - beta * z4
    first, second, third = (a1, b1, c1), (a2, b2, c2), (a3, b3, c3)
    return first, (x2, y2, z2), second, (x3, y3, z3), third, (x4, y4, z4), (a4, b4, c4)


def kepler_by_hand(eccentricity, rate, times):
    """Return value and gradient: the solution is differentiated, not the iterations."""
    anomaly, total = rate, 0.0
    in_eccentricity = in_rate = 0.0
    for k in range(times):
        mean = rate * (k + 1)
        for _ in range(NEWTON):
            gap = anomaly - eccentricity * math.sin(anomaly) - mean
            anomaly -= gap / (1.0 - eccentricity * math.cos(anomaly))
        sine, cosine = math.sin(anomaly), math.cos(anomaly)
        distance = 1.0 - eccentricity * cosine
        total += distance
        in_anomaly = eccentricity * sine / distance
        in_eccentricity += in_anomaly * sine - cosine
        in_rate += in_anomaly * (k + 1)
    return total, (in_eccentricity, in_rate)


# Peers' own texts ---------------------------------------------------------------------------


def lorenz_in_jax(numpy: Any) -> Any:
    """Return the Lorenz program with `jax.lax.scan`."""
    import jax

    def f(x, y, z, sigma, rho, beta, steps):
        def step(state, _):
            first, _, second, _, third, _, fourth = _stages(*state, sigma, rho, beta)
            return tuple(
                s + STEP / 6.0 * (a + 2.0 * b + 2.0 * c + d)
                for s, a, b, c, d in zip(state, first, second, third, fourth, strict=True)
            ), None

        start = tuple(numpy.asarray(s, dtype=float) for s in (x, y, z))
        return sum(jax.lax.scan(step, start, None, length=steps)[0])

    return f


def kepler_in_jax(numpy: Any) -> Any:
    """Return the Kepler program with `jax.lax.scan`."""
    import jax

    def f(eccentricity, rate, times):
        def step(state, k):
            anomaly, total = state
            for _ in range(NEWTON):
                gap = anomaly - eccentricity * numpy.sin(anomaly) - rate * k
                anomaly = anomaly - gap / (1.0 - eccentricity * numpy.cos(anomaly))
            return (anomaly, total + (1.0 - eccentricity * numpy.cos(anomaly))), None

        start = numpy.asarray(rate), numpy.asarray(0.0)
        return jax.lax.scan(step, start, numpy.arange(1.0, times + 1.0))[0][1]

    return f


def problem(name: str, data: Path | None = None, quick: bool = False) -> Problem:
    """Return the problem of a name."""
    del data
    steps = QUICK_STEPS if quick else STEPS
    peers = ("autograd", "MyGrad", "torch", "CasADi", "differences")
    if name == "lorenz":
        return Problem(
            name,
            f"Lorenz equations, {steps:,} steps of Runge-Kutta in Python numbers",
            lorenz,
            (1.0, 1.5, 20.0, 10.0, 28.0, 8.0 / 3.0, steps),
            lorenz_by_hand,
            argnums=(0, 1, 2, 3, 4, 5),
            figures=Figures(60, "6", "890"),
            texts={**same_text(lorenz, *peers), "JAX jit": lorenz_in_jax},
        )
    args = (0.3, 0.05, steps // NEWTON)
    return Problem(
        name,
        f"Kepler's equation, {steps:,} steps of Newton in Python numbers",
        kepler,
        args,
        kepler_by_hand,
        argnums=(0, 1),
        plain=partial(under(sys.modules[__name__], math).kepler, *args),
        figures=Figures(60, "3", "823"),
        texts={**same_text(kepler, *peers), "JAX jit": kepler_in_jax},
    )
