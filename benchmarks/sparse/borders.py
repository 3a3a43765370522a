"""Arrows and frames, and multiple shooting with and without a dense row and column."""

from __future__ import annotations

import numpy as np

from benchmarks.sparse.problem import Answer, Problem, point, text_of

SIZES = {
    "arrow": 1000,
    "arrow-band": 2000,
    "frame": 200,
    "shooting-100": 100,
    "shooting-1000": 1000,
    "free-end-100": 100,
    "free-end-1000": 1000,
}

#: Dense rows and columns of the frame.
BORDER = 4


# The functions ------------------------------------------------------------------------------


def arrow(x):
    """Return a first row of everything, and a first column."""
    return np.append(np.sum(x**3), x[1:] * x[1:] * x[0])


def arrow_band(x):
    """Return the same around a band of five diagonals."""
    p = np.pad(x * x, 2)
    n = x.size
    near = p[:n] + p[1 : n + 1] + p[2 : n + 2] + p[3 : n + 3] + p[4:]
    return np.append(np.sum(x**3), near[1:] + x[1:] * x[0])


def frame(x):
    """Return four dense rows, and half as many rows as unknowns that need the first four."""
    rows = x.size // 2 - 4
    inner = np.arange(1.0, rows + 1.0) * (x[0] * x[1] * x[2] * x[3])
    sums = np.stack([np.sum(x**2), np.sum(x**3), np.sum(x**4), np.sum(x**5)])
    return np.append(sums, inner)


def rates(p, v, u):
    """Return the rates of two pendulums that feel both controls."""
    return v, u[1:] + u[:1] * np.cos(p) - np.sin(p) - 0.1 * v


def steps(states, controls, h):
    """Return the states after a step of the classical Runge-Kutta method."""
    p, v = states[:2], states[2:]
    a1, b1 = rates(p, v, controls)
    a2, b2 = rates(p + h / 2 * a1, v + h / 2 * b1, controls)
    a3, b3 = rates(p + h / 2 * a2, v + h / 2 * b2, controls)
    a4, b4 = rates(p + h * a3, v + h * b3, controls)
    positions = p + h / 6 * (a1 + 2 * a2 + 2 * a3 + a4)
    return np.concatenate([positions, v + h / 6 * (b1 + 2 * b2 + 2 * b3 + b4)])


def shooting(z, h=0.1):
    """Return the gaps between the ends of steps and the states that follow."""
    k = (z.size - 4) // 6
    states = z[: 4 * (k + 1)].reshape(k + 1, 4).T
    controls = z[4 * (k + 1) :].reshape(k, 2).T
    return (steps(states[:, :-1], controls, h) - states[:, 1:]).T.ravel()


def free_end(z):
    """Return the same with a step that is unknown, and a last row of everything."""
    return np.append(shooting(z[:-1], 0.1 * z[-1]), np.sum(z**2))


# The problems -------------------------------------------------------------------------------


def problem(name: str, size: int | None = None) -> Problem:
    """Return the problem of a name, of another size if one is given."""
    n = size or SIZES[name]
    if name == "arrow":
        answer = Answer((2, 1), None, 3, True, 3, "peeling, proved by information")
        return Problem(name, "a dense row and column", text_of(arrow), point(n), answer)
    if name == "arrow-band":
        answer = Answer((6, 1), None, 7, True, 7, "peeling, proved by information")
        about = "a band with a dense row and column"
        return Problem(name, about, text_of(arrow_band), point(n), answer)
    if name == "frame":
        answer = Answer((4, 4), None, 8, True, 8, "peeling; bicolouring in natural order: 101")
        about = "four dense rows and columns, and nothing else"
        return Problem(name, about, text_of(frame), point(n), answer)
    if name.startswith("shooting"):
        better = "longest column, by small systems; rows in groups take 5, columns 6"
        answer = Answer((0, 4), None, 4, True, 5, "rows in groups", better=better)
        about = f"multiple shooting, {n} intervals"
        return Problem(name, about, text_of(shooting), point(6 * n + 4), answer)
    better = f"one column peeled, and small systems; asdex and CasADi take {4 * n + 1}"
    answer = Answer((1, 5), None, 6, True, 7, "peeling", better=better)
    about = f"multiple shooting with a free end, {n} intervals"
    return Problem(name, about, text_of(free_end), point(6 * n + 5), answer)
