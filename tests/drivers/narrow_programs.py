"""Programs whose Jacobians are dense through few numbers."""

import numpy as np

import adkit as ad

RNG = np.random.default_rng(0)
NARROW, WIDE = RNG.normal(size=(6, 80)), RNG.normal(size=(80, 6))


def burgers(x):
    padded = np.concatenate(([0.0], x, [0.0]))
    return 0.1 * (padded[2:] - 2 * x + padded[:-2]) - x * (padded[2:] - padded[:-2])


def feedback(x):
    return burgers(x) + ad.lift(np.mean(x)) ** 2


def unmarked_feedback(x):
    return burgers(x) + np.mean(x) ** 2


def softmax(x):
    e = np.exp(x)
    return e / np.sum(e)


def layer_norm(x):
    mean = np.mean(x)
    return (x - mean) / np.sqrt(np.mean((x - mean) ** 2) + 1e-3)


def standardised(x):
    return (x - np.mean(x)) / np.sqrt(np.var(x) + 1e-3)


def direction(x):
    return x / np.linalg.norm(x)


def shortcut(x):
    return np.sin(x) + WIDE @ np.tanh(NARROW @ x)


def autoencoder(x):
    return WIDE[:70] @ np.tanh(NARROW @ np.sin(x))


def reduced(x):
    state = NARROW @ x
    for _ in range(4):
        state = state + 0.1 * np.sin(state[::-1]) * state
    return WIDE @ state


def trigonometric(x):
    n, i = x.size, np.arange(1, x.size + 1)
    return n - np.sum(np.cos(x)) + i * (1 - np.cos(x)) - np.sin(x)


def quadratic(x):
    return x**3 + x * (x @ x)


def brusselator(u):
    u = u.reshape(2, 6, 6)
    a, b = u

    def around(w):
        return sum(np.roll(w, s, axis) for axis in (0, 1) for s in (-1, 1)) - 4 * w

    rates = 1 + a * a * b - 4.4 * a + around(a) + np.mean(a) ** 2, 3.4 * a - a * a * b + around(b)
    return np.stack(rates).ravel()


def written(x):
    y = np.zeros_like(x)
    total = np.sum(x**2)
    for i in range(x.size):
        y[i] = x[i] * total
    y[1:] *= 2.0
    return y


def point(n=80):
    return np.random.default_rng(n).uniform(0.5, 1.5, n)


def assert_is_jacobian(matrix, f, *args, **options):
    dense = ad.jacobian(f, **options)(*args)
    assert matrix.shape == dense.shape
    assert np.linalg.norm(matrix.toarray() - dense) <= 1e-12 * np.linalg.norm(dense)
