"""A recurrence on a long array, whose stored states fill memory."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

import adkit
from benchmarks.programs.problem import Figures, Problem, same_text

DECAY, SIZE, STEPS = 0.9, 100_000, 200
#: Bytes that the states of the checkpointed loop may take, of the 50 MB in all.
BUDGET = 40_000_000


def recurrence(x, steps):
    """Return the sum after so many steps of h = tanh(0.9 h + x)."""
    h = np.zeros_like(x)
    for _ in range(steps):
        h = np.tanh(DECAY * h + x)
    return np.sum(h)


def checkpointed(x, steps, snapshots=None):
    """Return the same sum by a loop that keeps some of the states."""

    def step(h, _):
        return np.tanh(DECAY * h + x)

    budget = BUDGET if snapshots is None else None
    h = adkit.checkpointed_loop(
        step, np.zeros_like(x), steps, snapshots=snapshots, byte_budget=budget
    )
    return np.sum(h)


def by_hand(x, steps):
    """Return value and gradient; of each step the state alone is kept."""
    h, states = np.zeros_like(x), []
    for _ in range(steps):
        h = DECAY * h
        h += x
        np.tanh(h, out=h)
        states.append(h)
    value = h.sum()
    gradient, ct, slope = np.zeros_like(x), np.ones_like(x), np.empty_like(x)
    while states:
        h = states.pop()
        np.multiply(h, h, out=slope)
        np.subtract(1.0, slope, out=slope)
        ct *= slope
        gradient += ct
        ct *= DECAY
    return value, gradient


def scanned(numpy: Any) -> Any:
    """Return the program with `jax.lax.scan`."""
    import jax

    def f(x, steps):
        def step(h, _):
            return numpy.tanh(DECAY * h + x), None

        return numpy.sum(jax.lax.scan(step, numpy.zeros_like(x), None, length=steps)[0])

    return f


def problem(name: str, data: Path | None = None, quick: bool = False) -> Problem:
    """Return the problem."""
    del data, quick
    size, steps = SIZE, STEPS
    about = f"{steps} steps of a recurrence on {size:,} elements"
    args = (np.random.default_rng(0).standard_normal(size), steps)
    if name == "recurrence-checkpointed":
        return Problem(
            name,
            f"{about}, as a checkpointed loop",
            checkpointed,
            args,
            by_hand,
            plain=partial(recurrence, *args),
            figures=Figures(None, megabytes=50),
        )
    return Problem(
        name,
        about,
        recurrence,
        args,
        by_hand,
        figures=Figures(None, megabytes=200),
        texts={**same_text(recurrence, "autograd", "MyGrad", "torch"), "JAX jit": scanned},
    )
