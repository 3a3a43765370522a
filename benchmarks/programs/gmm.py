"""Gaussian mixture with a Wishart prior on the inverse covariances.

The log-likelihood of points x in n × d under K Gaussians. Each has a weight (softmax of alpha),
a mean, and an inverse covariance P P' of which P is given by the logarithms q of its diagonal and
the entries l strictly below it, column by column:

    sum_i logsumexp_k (alpha_k + sum q_k - ||P_k (x_i - mean_k)||^2 / 2) - n logsumexp alpha
    - n d log(2 pi) / 2 + sum_k (gamma^2 ||P_k||^2 / 2 - m sum q_k) - K c

with c the normalisation of the prior. Objective and data of Srajer, Kukelova, Fitzgibbon (2018),
"A benchmark of selected algorithmic differentiation tools on some problems in computer vision
and machine learning", whose prior enters with this sign.
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from benchmarks.programs.problem import Figures, Problem, same_text

PEERS = ("autograd", "MyGrad", "torch", "JAX", "JAX jit")


class Size(NamedTuple):
    """How many points, dimensions and components, and the ratio to reach."""

    n: int
    d: int
    k: int
    figures: Figures | None = None


SIZES = {
    "gmm-1k-d10-K25": Size(1_000, 10, 25, Figures(2.2, "1.0-1.4", "4.1")),
    "gmm-1k-d64-K25": Size(1_000, 64, 25, Figures(2.5, "1.7", "3.0")),
    "gmm-10k-d10-K25": Size(10_000, 10, 25, Figures(2.2, "1.1", "3.5")),
}


# The program --------------------------------------------------------------------------------


def logsumexp(a, axis):
    """Return the logarithm of a sum of exponentials."""
    top = np.amax(a, axis=axis, keepdims=True)
    return np.log(np.sum(np.exp(a - top), axis=axis)) + np.squeeze(top, axis=axis)


def log_likelihood(alphas, means, icf, x, gamma, m, place, below, constant):
    """Return the log-likelihood; see the module.

    ``place`` says which column of ``icf`` holds each entry of a d × d matrix, ``below`` is one
    strictly below the diagonal and zero elsewhere.
    """
    n, d = x.shape
    diagonal = np.exp(icf[:, :d])
    lower = icf[:, place] * below
    log_determinant = np.sum(icf[:, :d], axis=1)
    centred = x - means[:, None, :]
    y = centred * diagonal[:, None, :] + np.matmul(centred, np.swapaxes(lower, 1, 2))
    inner = (alphas + log_determinant)[:, None] - 0.5 * np.sum(y * y, axis=2)
    mixture = np.sum(logsumexp(inner, 0)) - n * logsumexp(alphas, 0)
    squares = np.sum(diagonal * diagonal) + np.sum(icf[:, d:] * icf[:, d:])
    prior = 0.5 * gamma**2 * squares - m * np.sum(log_determinant)
    return mixture + prior + constant


# By hand ------------------------------------------------------------------------------------


def by_hand(alphas, means, icf, x, gamma, m, place, below, constant):
    """Return value and gradient."""
    n, d = x.shape
    diagonal = np.exp(icf[:, :d])
    factor = icf[:, place] * below
    factor[:, np.arange(d), np.arange(d)] = diagonal
    log_determinant = icf[:, :d].sum(axis=1)
    centred = x - means[:, None, :]
    y = centred @ factor.transpose(0, 2, 1)
    inner = np.einsum("kni,kni->kn", y, y)
    inner *= -0.5
    inner += (alphas + log_determinant)[:, None]
    top = inner.max(axis=0)
    inner -= top
    np.exp(inner, out=inner)
    total = inner.sum(axis=0)
    inner /= total
    highest = alphas.max()
    weights = np.exp(alphas - highest)
    sum_of_weights = weights.sum()
    squares = np.vdot(diagonal, diagonal) + np.vdot(icf[:, d:], icf[:, d:])
    value = (
        (np.log(total) + top).sum()
        - n * (highest + math.log(sum_of_weights))
        + 0.5 * gamma**2 * squares
        - m * log_determinant.sum()
        + constant
    )
    members = inner.sum(axis=1)
    y *= inner[:, :, None]
    moment = y.transpose(0, 2, 1) @ centred  # minus the derivative in `factor`
    d_means = (y.sum(axis=1)[:, None, :] @ factor)[:, 0, :]
    d_icf = np.empty_like(icf)
    d_icf[:, :d] = members[:, None] - moment[:, np.arange(d), np.arange(d)] * diagonal
    d_icf[:, :d] += gamma**2 * diagonal * diagonal - m
    columns, rows = np.triu_indices(d, 1)
    d_icf[:, d:] = gamma**2 * icf[:, d:] - moment[:, rows, columns]
    return value, (members - weights * (n / sum_of_weights), d_means, d_icf)


# Data ---------------------------------------------------------------------------------------


def arguments(alphas, means, icf, x, gamma, m) -> tuple[Any, ...]:
    """Return the arguments of the program: parameters, data and what depends on sizes alone."""
    d, k = x.shape[1], len(alphas)
    columns, rows = np.triu_indices(d, 1)  # the order of the entries: column by column
    place = np.zeros((d, d), dtype=np.intp)
    place[rows, columns] = d + np.arange(len(rows))
    below = np.tri(d, d, -1)
    freedom = d + m + 1
    normaliser = freedom * d * (math.log(gamma) - 0.5 * math.log(2.0)) - log_gamma(0.5 * freedom, d)
    constant = -0.5 * len(x) * d * math.log(2.0 * math.pi) - k * normaliser
    return alphas, means, icf, x, gamma, m, place, below, constant


def log_gamma(a: float, d: int) -> float:
    """Return the logarithm of the multivariate gamma function."""
    terms = sum(math.lgamma(a - 0.5 * j) for j in range(d))
    return 0.25 * d * (d - 1) * math.log(math.pi) + terms


def generated(n: int, d: int, k: int, seed: int = 0) -> tuple[Any, ...]:
    """Return random arguments."""
    rng = np.random.default_rng(seed)
    icf = rng.standard_normal((k, d * (d + 1) // 2)) * 0.3
    means, x = rng.random((k, d)), rng.standard_normal((n, d))
    return arguments(rng.standard_normal(k), means, icf, x, 1.0, 0)


def problem(name: str, data: Path | None = None, quick: bool = False) -> Problem:
    """Return the problem of a name, with the suite's data if a folder is given."""
    del quick
    size = SIZES[name]
    args, source = generated(size.n, size.d, size.k), "generated"
    if data is not None:
        from benchmarks.programs import adbench

        found = adbench.gmm(data, size.n, size.d, size.k)
        if found is not None:
            args, source = arguments(*found), "the suite's data"
    return Problem(
        name,
        f"mixture of {size.k} Gaussians, {size.n} points in {size.d} dimensions ({source})",
        log_likelihood,
        args,
        by_hand,
        argnums=(0, 1, 2),
        figures=size.figures,
        texts=same_text(log_likelihood, *PEERS),
    )
