"""The likelihood of a linear state-space model, by the Kalman filter."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.programs.problem import Problem, same_text

STEPS, QUICK_STEPS = 200, 50


def likelihood(transition, log_state, log_noise, observe, measured):
    """Return minus the log-likelihood, without its constant.

    The state starts with mean zero and unit covariance; the noise of state and measurements is
    diagonal and given by logarithms of variances.
    """
    mean, covariance = np.zeros(len(transition)), np.eye(len(transition))
    state_noise, noise = np.diag(np.exp(log_state)), np.diag(np.exp(log_noise))
    total = 0.0
    for y in measured:
        mean = transition @ mean
        covariance = transition @ covariance @ transition.T + state_noise
        innovation = y - observe @ mean
        spread = observe @ covariance @ observe.T + noise
        gain = np.linalg.solve(spread, observe @ covariance).T
        total = total + innovation @ np.linalg.solve(spread, innovation)
        total = total + np.linalg.slogdet(spread)[1]
        mean = mean + gain @ innovation
        covariance = covariance - gain @ observe @ covariance
    return 0.5 * total


def by_hand(transition, log_state, log_noise, observe, measured):
    """Return value and gradient by the adjoint of the filter.

    With S the spread, e the innovation, V = C' S^-1 C and u = C' S^-1 e the update of mean m and
    covariance P is m + P u and P - P V P.
    """
    size = len(transition)
    mean, covariance = np.zeros(size), np.eye(size)
    state_noise, noise = np.diag(np.exp(log_state)), np.diag(np.exp(log_noise))
    steps, total = [], 0.0
    for y in measured:
        before = mean, covariance
        mean = transition @ mean
        covariance = transition @ covariance @ transition.T + state_noise
        e = y - observe @ mean
        inverse = np.linalg.inv(observe @ covariance @ observe.T + noise)
        weighted = inverse @ e
        total += e @ weighted - np.linalg.slogdet(inverse)[1]
        u, v = observe.T @ weighted, observe.T @ inverse @ observe
        steps.append((*before, covariance, inverse, weighted, e, u, v))
        mean = mean + covariance @ u
        covariance = covariance - covariance @ v @ covariance
    d_mean, d_covariance = np.zeros(size), np.zeros((size, size))
    d_transition, d_state = np.zeros((size, size)), np.zeros((size, size))
    d_noise = np.zeros_like(noise)
    for m, p, covariance, inverse, weighted, e, u, v in reversed(steps):
        d_v = -covariance @ d_covariance @ covariance
        d_u = covariance @ d_mean
        d_p = d_covariance @ covariance @ v
        d_p = d_covariance - d_p - d_p.T + 0.5 * (np.outer(d_mean, u) + np.outer(u, d_mean))
        c_u = observe @ d_u
        d_e = inverse @ c_u + weighted
        d_inverse = np.outer(c_u, e) + observe @ d_v @ observe.T + 0.5 * np.outer(e, e)
        d_spread = 0.5 * inverse - inverse @ (0.5 * (d_inverse + d_inverse.T)) @ inverse
        d_noise += d_spread
        d_p = d_p + observe.T @ d_spread @ observe
        d_m = d_mean - observe.T @ d_e
        d_transition += np.outer(d_m, m) + 2.0 * d_p @ transition @ p
        d_state += d_p
        d_mean, d_covariance = transition.T @ d_m, transition.T @ d_p @ transition
    diagonals = np.diagonal(d_state) * np.exp(log_state), np.diagonal(d_noise) * np.exp(log_noise)
    return 0.5 * total, (d_transition, *diagonals)


def generated(steps: int, seed: int = 0) -> tuple[Any, ...]:
    """Return arguments: a point in the plane with velocity, measured with noise."""
    rng = np.random.default_rng(seed)
    transition = np.eye(4) + 0.1 * np.eye(4, k=2) - 0.02 * rng.random((4, 4))
    observe = np.eye(2, 4)
    measured = np.cumsum(rng.standard_normal((steps, 2)), axis=0) * 0.3
    return transition, np.log([0.1, 0.1, 0.2, 0.3]), np.log([0.5, 0.4]), observe, measured


def problem(name: str, data: Path | None = None, quick: bool = False) -> Problem:
    """Return the problem."""
    del data
    steps = QUICK_STEPS if quick else STEPS
    return Problem(
        name,
        f"Kalman filter, {steps} measurements of 2 numbers, 4 states",
        likelihood,
        generated(steps),
        by_hand,
        argnums=(0, 1, 2),
        texts=same_text(likelihood, "autograd", "torch", "differences"),
    )
