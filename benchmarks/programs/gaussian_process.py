"""The marginal likelihood of a Gaussian process, by a Cholesky factorisation."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.programs.problem import Problem, same_text

POINTS = 300


def likelihood(log_lengths, log_amplitude, log_noise, x, y):
    """Return minus the log marginal likelihood under a squared-exponential kernel."""
    scaled = x / np.exp(log_lengths)
    difference = scaled[:, None, :] - scaled[None, :, :]
    kernel = np.exp(2.0 * log_amplitude - 0.5 * np.sum(difference**2, axis=2))
    factor = np.linalg.cholesky(kernel + np.exp(2.0 * log_noise) * np.eye(len(y)))
    weights = np.linalg.solve(factor.T, np.linalg.solve(factor, y))
    log_determinant = np.sum(np.log(np.diagonal(factor)))
    return 0.5 * (y @ weights) + log_determinant + 0.5 * len(y) * math.log(2.0 * math.pi)


def by_hand(log_lengths, log_amplitude, log_noise, x, y):
    """Return value and gradient."""
    scaled = x * np.exp(-log_lengths)
    squares = np.einsum("ij,ij->i", scaled, scaled)
    exponent = scaled @ scaled.T
    exponent -= 0.5 * squares
    exponent -= 0.5 * squares[:, None]
    exponent += 2.0 * log_amplitude
    kernel = np.exp(exponent, out=exponent)
    noise = math.exp(2.0 * log_noise)
    covariance = kernel.copy()
    covariance[np.diag_indices(len(y))] += noise
    determinant = np.log(np.diagonal(np.linalg.cholesky(covariance))).sum()
    inverse = np.linalg.inv(covariance)
    weights = inverse @ y
    value = 0.5 * (y @ weights) + determinant + 0.5 * len(y) * math.log(2.0 * math.pi)
    inverse -= np.outer(weights, weights)
    inverse *= 0.5
    in_noise = 2.0 * noise * np.trace(inverse)
    inverse *= kernel
    sums = inverse.sum(axis=1)
    in_amplitude = 2.0 * sums.sum()
    weighted = sums @ (scaled * scaled) - np.einsum("ij,ij->j", scaled, inverse @ scaled)
    return value, (2.0 * weighted, in_amplitude, in_noise)


def generated(points: int, dimensions: int, seed: int = 0) -> tuple[Any, ...]:
    """Return random arguments."""
    rng = np.random.default_rng(seed)
    x = rng.random((points, dimensions))
    y = np.sin(3.0 * x.sum(axis=1)) + 0.1 * rng.standard_normal(points)
    return np.log(0.5 + rng.random(dimensions)), np.array(0.1), np.array(-1.5), x, y


def problem(name: str, data: Path | None = None, quick: bool = False) -> Problem:
    """Return the problem."""
    del data, quick
    points = POINTS
    return Problem(
        name,
        f"Gaussian process, {points} points in 4 dimensions",
        likelihood,
        generated(points, 4),
        by_hand,
        argnums=(0, 1, 2),
        texts=same_text(likelihood, "autograd", "torch", "JAX jit", "differences"),
    )
