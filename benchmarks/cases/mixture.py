"""The log-likelihood of a Gaussian mixture with full covariances."""

from functools import partial

import numpy as np

from benchmarks.cases.case import Case
from benchmarks.cases.datasets import load

COMPONENTS = 3


def log_likelihood(points, corners, parameters):
    """Return the log-likelihood of `points` (N, d).

    The parameters are K logits of the weights, K means, and for each component the Cholesky
    factor of the inverse covariance: d logarithms of its diagonal and d (d - 1) / 2 entries
    below it, which the 0/1 matrix `corners` puts in their places.
    """
    dimension = points.shape[1]
    below = dimension * (dimension - 1) // 2
    sizes = COMPONENTS * np.array([1, dimension, dimension, below])
    logits, means, log_scales, lower = np.split(parameters, np.cumsum(sizes)[:-1])
    log_scales = log_scales.reshape(COMPONENTS, dimension)
    strict = lower.reshape(COMPONENTS, below) @ corners
    factors = strict.reshape(COMPONENTS, dimension, dimension)
    factors = factors + np.exp(log_scales)[:, :, None] * np.eye(dimension)
    centred = points[:, None, :] - means.reshape(COMPONENTS, dimension)
    whitened = np.einsum("kij,nkj->nki", factors, centred)
    log_each = logits + np.sum(log_scales, axis=1) - 0.5 * np.sum(whitened**2, axis=2)
    constant = log_sum_exp(logits) + 0.5 * dimension * np.log(2.0 * np.pi)
    return np.sum(log_sum_exp(log_each)) - points.shape[0] * constant


def log_sum_exp(values):
    """Return log(sum(exp(values))) along the last axis without overflow."""
    largest = np.max(values, axis=-1, keepdims=True)
    return np.log(np.sum(np.exp(values - largest), axis=-1)) + largest[..., 0]


def strict_corners(dimension):
    """Return the matrix that spreads a vector over the strict lower triangle of a flat matrix."""
    rows, columns = np.tril_indices(dimension, -1)
    corners = np.zeros((rows.size, dimension * dimension))
    corners[np.arange(rows.size), rows * dimension + columns] = 1.0
    return corners


def build(seed):
    """Return a mixture of three Gaussians on the iris data (150 flowers, 4 lengths)."""
    points = load("iris").data
    dimension = points.shape[1]
    rng = np.random.default_rng(seed)
    means = rng.choice(points, COMPONENTS, replace=False)
    log_scales = np.tile(-np.log(points.std(axis=0)), (COMPONENTS, 1))
    lower = 0.1 * rng.standard_normal(COMPONENTS * dimension * (dimension - 1) // 2)
    return Case(
        name="mixture",
        f=partial(log_likelihood, points, strict_corners(dimension)),
        x0=np.concatenate([np.zeros(COMPONENTS), means.ravel(), log_scales.ravel(), lower]),
        m=1,
        description="Gaussian mixture: weights, means, factors -> log-likelihood of 150 flowers",
        source="scikit-learn, iris",
    )
