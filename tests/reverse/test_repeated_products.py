"""A matrix that is multiplied again and again: its cotangents come together, and are the same."""

import tracemalloc

import numpy as np
import pytest

import adkit as ad
from adkit.reverse import repeated_products

N = 5
RNG = np.random.default_rng(0)
W = RNG.normal(size=(N, N)) / 2
X = RNG.normal(size=(70, N))  # more steps than rows that are multiplied at a time


def network(w, x=X):
    h = np.ones(N)
    for row in x:
        h = np.tanh(row + h @ w)
    return np.sum(h * h)


def both_sides(w):
    h = w @ np.ones(N)
    for _ in range(4):
        h = np.sin(w @ h) + h @ w
    return np.sum(h)


def with_itself(w):
    return np.sum(np.sin(w @ w) @ w[0])


def several_rows(w):
    h = np.ones((3, N))
    for k in (3, 8, 9, 1):  # more than are collected, too
        h = np.tanh(np.resize(h, (k, N)) @ w)
    return np.sum(h * h)


def several_columns(w):
    h = np.ones((N, 3))
    for _ in range(4):
        h = np.tanh(np.dot(w, h))
    return np.sum(h * h)


def unused_products(w):
    first = w @ np.ones(N)
    used = [w @ (np.ones(N) * k) for k in range(6)]
    return np.sum(used[3]) + 0 * np.sum(first)


def written_in_between(w):
    w = w * 1.0
    h = w @ np.ones(N)
    h = w @ h
    w[1] = np.sin(h)
    h = w @ (w @ h)
    w[:, 2] *= h
    return np.sum(w @ (w @ h))


def of_another_matrix(w):
    m = np.exp(w / 9)
    h = np.ones(N)
    for _ in range(3):
        h = m @ h / 9
    return np.sum(h * (m @ h)) + np.sum(m[0])


def in_a_checkpoint(w):
    def part(h):
        for _ in range(3):
            h = np.tanh(h @ w)
        return h

    return np.sum(ad.checkpoint(part)(ad.checkpoint(part)(np.ones(N)) @ w) @ w)


def in_a_loop(w):
    step = ad.checkpointed_loop(lambda h, i: np.tanh(h @ w) @ w, np.ones(N), 6, snapshots=2)
    return np.sum(step @ w)


PROGRAMS = [
    *(network, both_sides, with_itself, several_rows, several_columns, unused_products),
    *(written_in_between, of_another_matrix, in_a_checkpoint, in_a_loop),
]


@pytest.mark.parametrize("f", PROGRAMS)
def test_gradients_are_those_of_forward_mode(f):
    expected = ad.jacfwd(f)(W)
    np.testing.assert_allclose(ad.grad(f)(W), expected, rtol=1e-12, atol=1e-13)
    np.testing.assert_allclose(ad.jacrev(lambda w: [f(w)] * 2)(W)[1], expected, rtol=1e-12)
    _, pullback = ad.vjp(f, W)
    for _ in range(2):
        np.testing.assert_allclose(pullback(1.0)[0], expected, rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize("f", PROGRAMS)
def test_second_derivatives_are_those_of_forward_mode(f):
    expected = ad.jvp(ad.jacfwd(f), (W,), (W[::-1].copy(),))[1]
    (product,) = ad.hvp(f, (W,), (W[::-1].copy(),))
    np.testing.assert_allclose(product, expected, rtol=1e-10, atol=1e-12)
    again = ad.grad(lambda w: np.sum(ad.grad(f)(w) * W[::-1]))(W)
    np.testing.assert_allclose(again, expected, rtol=1e-10, atol=1e-12)


def test_complex_matrices_are_not_conjugated():
    z = W + 1j * W.T

    def f(z):
        h = z @ np.ones(N)
        return np.real(np.sum(z @ (z @ h)))

    ones = np.ones(N)
    second = z @ z
    left = np.outer(ones, second @ ones)
    expected = left + np.outer(ones @ z, z @ ones) + np.outer(ones @ second, ones)
    np.testing.assert_allclose(ad.grad(f)(z), expected, rtol=1e-12)


@pytest.mark.parametrize("dtype", ["f", "g"])
def test_the_dtype_stays(dtype):
    gradient = ad.grad(lambda w: network(w, X.astype(dtype)))(W.astype(dtype))
    assert gradient.dtype == dtype
    np.testing.assert_allclose(gradient, ad.grad(network)(W), rtol=1e-3)


def test_infinite_vectors_of_products_that_are_not_selected_reach_nothing():
    def f(w):
        h, beyond = w @ np.ones(2), w @ np.array([np.inf, 1.0])
        return np.sum(np.where(h > 0, h, beyond)) + 2 * np.sum(w @ np.ones(2))

    np.testing.assert_array_equal(ad.grad(f)(np.ones((2, 2))), np.full((2, 2), 3.0))


def test_many_products_are_added_by_few():
    """For 70 steps: the first use by itself, 69 others by three products of matrices."""
    calls = []

    class Counted(repeated_products.Rows):
        __slots__ = ()

        def _multiply(self):
            calls.append(self._count)
            super()._multiply()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(repeated_products, "Rows", Counted)
        ad.grad(network)(W)
    assert calls == [32, 32, 5]


def test_rows_that_are_collected_take_little_memory():
    steps, n = 400, 200
    w = np.eye(n)

    def f(w):
        h = np.ones(n)
        for _ in range(steps):
            h = np.tanh(h @ w)
        return np.sum(h)

    ad.grad(f)(w)
    tracemalloc.start()
    ad.grad(f)(w)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 3 * w.nbytes + 3 * steps * n * 8
