"""Negative controls: every output depends on every input, and no structure may be claimed."""

from __future__ import annotations

import numpy as np

from benchmarks.sparse.problem import Answer, Problem, point, text_of

SIZES = {"soft-max": 300, "layer-norm": 300, "dense": 200, "h-equation": 200}


def soft_max(x):
    """Return the soft-max of a vector."""
    e = np.exp(x)
    return e / np.sum(e)


def layer_norm(x):
    """Return a vector with mean 0 and variance 1."""
    centred = x - np.mean(x)
    return centred / np.sqrt(np.mean(centred * centred) + 1e-5)


def dense(x, weights):
    """Return a layer of a network."""
    return np.tanh(weights @ x)


def h_equation(x, kernel):
    """Return the residual of Chandrasekhar's equation of radiative transfer."""
    return x - 1.0 / (1.0 - kernel @ x)


def problem(name: str, size: int | None = None) -> Problem:
    """Return the problem of a name, of another size if one is given."""
    n = size or SIZES[name]
    answer = Answer((n, 0), None, n, True, n, "dense: no structure may be claimed")
    if name == "soft-max":
        text, about = text_of(soft_max), "soft-max"
    elif name == "layer-norm":
        text, about = text_of(layer_norm), "layer norm"
    elif name == "dense":
        weights = np.random.default_rng(0).standard_normal((n, n)) / np.sqrt(n)
        text, about = text_of(dense, weights=weights), "a layer with random weights"
    else:
        at = (np.arange(n) + 0.5) / n
        kernel = 0.45 / n * at[:, None] / (at[:, None] + at)
        text, about = text_of(h_equation, kernel=kernel), "Chandrasekhar's H-equation"
    return Problem(name, about, text, point(n), answer, structured=False)
