"""The power flow of a network: two equations and two unknowns for each bus."""

from __future__ import annotations

from typing import Any

import numpy as np

from benchmarks.sparse.problem import Answer, Problem, text_of

BUSES = 2000

#: What is proved for directions of both modes together; for one mode it is the longest row.
LEAST = 9


def power_flow(x, near, conductance, susceptance):
    """Return active and reactive power at each bus, from magnitudes and angles of voltages.

    `near` lists the buses beside each one; where there are fewer than columns, the bus itself
    stands with weights of zero.
    """
    n = x.size // 2
    magnitude, angle = x[:n], x[n:]
    across = angle.reshape(n, 1) - angle[near]
    product = magnitude.reshape(n, 1) * magnitude[near]
    cosine, sine = np.cos(across), np.sin(across)
    active = np.sum(product * (conductance * cosine + susceptance * sine), axis=1)
    reactive = np.sum(product * (conductance * sine - susceptance * cosine), axis=1)
    return np.concatenate([active, reactive])


def network(buses: int, seed: int = 0) -> dict[str, Any]:
    """Return a tree with half as many chords: the buses beside each one, and weights."""
    rng = np.random.default_rng(seed)
    tree = [(i, int(rng.integers(max(0, i - 10), i))) for i in range(1, buses)]
    chords = rng.integers(0, buses, (buses // 2, 2)).tolist()
    beside: list[set[int]] = [{i} for i in range(buses)]
    for i, j in [*tree, *chords]:
        beside[i].add(j)
        beside[j].add(i)
    width = max(map(len, beside))
    near = np.array([[*sorted(b), *[i] * (width - len(b))] for i, b in enumerate(beside)])
    used = np.array([[1.0] * len(b) + [0.0] * (width - len(b)) for b in beside])
    return {
        "near": near,
        "conductance": used * rng.uniform(0.5, 1.0, near.shape),
        "susceptance": used * rng.uniform(2.0, 4.0, near.shape),
    }


def problem(name: str, buses: int | None = None) -> Problem:
    """Return the power flow, of another number of buses if one is given."""
    n = buses or BUSES
    data = network(n)
    longest = 2 * int(np.max(np.count_nonzero(data["conductance"], axis=1)))
    rng = np.random.default_rng(1)
    x = np.concatenate([rng.uniform(0.9, 1.1, n), rng.uniform(-0.3, 0.3, n)])
    answer = Answer((longest, 0), None, LEAST, False, longest, "longest row")
    return Problem(
        name, f"power flow of a network of {n} buses", text_of(power_flow, **data), x, answer
    )
