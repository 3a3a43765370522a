"""Multi-layer perceptrons: a classifier of images, and one that is all overhead."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.programs.problem import Figures, Problem, same_text

PEERS = ("autograd", "MyGrad", "torch", "JAX", "JAX jit")


def classify(w1, b1, w2, b2, w3, b3, images, labels):
    """Return the mean cross-entropy of a softmax over two layers of tanh."""
    h = np.tanh(images @ w1 + b1)
    h = np.tanh(h @ w2 + b2)
    logits = h @ w3 + b3
    logits = logits - np.amax(logits, axis=1, keepdims=True)
    logs = logits - np.log(np.sum(np.exp(logits), axis=1, keepdims=True))
    return -np.sum(labels * logs) / len(labels)


def small(w1, b1, w2, b2, x, y):
    """Return the squared error of one hidden layer on one sample."""
    error = w2 @ np.tanh(w1 @ x + b1) + b2 - y
    return np.sum(error * error)


def classify_by_hand(w1, b1, w2, b2, w3, b3, images, labels):
    """Return value and gradient."""
    h1 = images @ w1
    h1 += b1
    np.tanh(h1, out=h1)
    h2 = h1 @ w2
    h2 += b2
    np.tanh(h2, out=h2)
    logits = h2 @ w3
    logits += b3
    logits -= logits.max(axis=1, keepdims=True)
    chosen = np.vdot(labels, logits)
    np.exp(logits, out=logits)
    sums = logits.sum(axis=1, keepdims=True)
    value = (np.vdot(labels.sum(axis=1), np.log(sums)) - chosen) / len(labels)
    logits *= labels.sum(axis=1, keepdims=True) / sums
    logits -= labels
    logits /= len(labels)
    d3 = logits
    d_w3, d_b3 = h2.T @ d3, d3.sum(axis=0)
    d2 = d3 @ w3.T
    d2 *= 1.0 - h2 * h2
    d_w2, d_b2 = h1.T @ d2, d2.sum(axis=0)
    d1 = d2 @ w2.T
    d1 *= 1.0 - h1 * h1
    return value, (images.T @ d1, d1.sum(axis=0), d_w2, d_b2, d_w3, d_b3)


def small_by_hand(w1, b1, w2, b2, x, y):
    """Return value and gradient."""
    h = np.tanh(w1 @ x + b1)
    error = w2 @ h + b2 - y
    twice = 2.0 * error
    d1 = (twice @ w2) * (1.0 - h * h)
    return np.dot(error, error), (d1[:, None] * x, d1, twice[:, None] * h, twice)


def weights(rng: np.random.Generator, *widths: int) -> list[Any]:
    """Return matrices and vectors of layers, inputs first."""
    found: list[Any] = []
    for inside, outside in pairwise(widths):
        found += [
            rng.standard_normal((inside, outside)) / inside**0.5,
            0.1 * rng.standard_normal(outside),
        ]
    return found


def problem(name: str, data: Path | None = None, quick: bool = False) -> Problem:
    """Return the problem of a name."""
    del data, quick
    rng = np.random.default_rng(0)
    if name == "mlp-small":
        w1, b1, w2, b2 = weights(rng, 2, 16, 1)
        args = (np.ascontiguousarray(w1.T), b1, np.ascontiguousarray(w2.T), b2)
        return Problem(
            name,
            "perceptron 2-16-1, one sample",
            small,
            (*args, np.array([0.5, -0.25]), np.array([0.75])),
            small_by_hand,
            argnums=(0, 1, 2, 3),
            figures=Figures(8, "1.6", "16"),
            texts=same_text(small, *PEERS),
        )
    images, labels = rng.random((128, 784)), np.eye(10)[rng.integers(0, 10, 128)]
    return Problem(
        name,
        "perceptron 784-256-128-10, 128 images",
        classify,
        (*weights(rng, 784, 256, 128, 10), images, labels),
        classify_by_hand,
        argnums=tuple(range(6)),
        figures=Figures(2.4, "2.1", "2.6"),
        texts=same_text(classify, *PEERS),
    )
