"""`sparse="auto"` where narrow arrays are visible: dense results by whichever way is faster."""

import numpy as np
import pytest

import adkit as ad
from adkit.drivers import automatic

N = 80


def soft_max(x):
    e = np.exp(x - np.max(x))
    return e / np.sum(e)


def layer_norm(x):
    centred = x - np.mean(x)
    return centred / np.sqrt(np.mean(centred * centred) + 1e-5)


def log_sum(x):
    largest = np.max(x)
    return largest + np.log(np.sum(np.exp(x - largest)))


class Clock:
    """Tells the time that some ways take."""

    def __init__(self, monkeypatch, dense, lifted):
        self.now, self.ways = 0.0, []
        through = automatic.Automatic._lifted

        def noted(chosen, flat):
            self.now += lifted - dense
            self.ways.append("lifted")
            return through(chosen, flat)

        monkeypatch.setattr(automatic, "thread_time", self)
        monkeypatch.setattr(automatic.Automatic, "_lifted", noted)
        self.dense = dense

    def __call__(self):
        self.now += self.dense
        return self.now


def close(found, expected):
    assert type(found) is type(expected)
    assert found.shape == expected.shape
    assert np.abs(found - expected).max() <= 1e-12 * np.abs(expected).max()


@pytest.mark.parametrize("f", [soft_max, layer_norm])
def test_the_faster_way_is_taken_and_results_are_the_same(f, monkeypatch):
    dense = ad.jacobian(f)
    for times, least, most in (((5.0, 1.0), 9, 11), ((1.0, 5.0), 1, 3)):
        with pytest.MonkeyPatch.context() as patch:
            clock = Clock(patch, *times)
            J = ad.jacobian(f, sparse="auto")
            for seed in range(12):
                x = np.random.default_rng(seed).uniform(-1, 1, N)
                close(J(x), dense(x))
            assert least <= len(clock.ways) <= most


def test_hessians_too(monkeypatch):
    clock = Clock(monkeypatch, 5.0, 1.0)
    H = ad.hessian(log_sum, sparse="auto")
    for seed in range(8):
        x = np.random.default_rng(seed).uniform(-1, 1, N)
        close(H(x), ad.hessian(log_sum)(x))
    assert len(clock.ways) > 3


def test_containers_values_and_auxiliary_data(monkeypatch):
    clock = Clock(monkeypatch, 5.0, 1.0)

    def f(p, power):
        total = np.sum(p["a"] ** power) + np.sum(p["b"])
        return {"y": p["a"] * total, "z": (p["b"] / total,)}, total

    rng = np.random.default_rng(0)
    p = {"a": rng.uniform(1, 2, (8, 5)), "b": rng.uniform(1, 2, N)}
    auto = ad.value_and_jacobian(f, has_aux=True, sparse="auto")
    (value, aux), J = ad.value_and_jacobian(f, has_aux=True)(p, 3)
    for _ in range(6):
        (own, total), found = auto(p, 3)
        assert total == aux
        assert np.array_equal(own["y"], value["y"])
        for row, column in (("y", "a"), ("y", "b")):
            close(found[row][column], J[row][column])
        close(found["z"][0]["b"], J["z"][0]["b"])
    assert clock.ways


def test_hessians_of_containers(monkeypatch):
    clock = Clock(monkeypatch, 5.0, 1.0)

    def f(a, b):
        return np.log(np.sum(np.exp(a)) + np.sum(b**2))

    rng = np.random.default_rng(0)
    args = rng.uniform(1, 2, (4, 12)), rng.uniform(1, 2, 40)
    auto, dense = (ad.hessian(f, (0, 1), sparse=s) for s in ("auto", False))
    expected = dense(*args)
    for _ in range(6):
        found = auto(*args)
        for i in range(2):
            for j in range(2):
                close(found[i][j], expected[i][j])
    assert clock.ways


def test_nothing_narrow_or_small_is_not_tried(monkeypatch):
    clock = Clock(monkeypatch, 5.0, 1.0)
    weights = np.random.default_rng(0).standard_normal((N, N))
    for f, n in ((lambda x: np.tanh(weights @ x), N), (soft_max, 10)):
        J = ad.jacobian(f, sparse="auto")
        x = np.random.default_rng(1).uniform(-1, 1, n)
        for _ in range(4):
            close(J(x), ad.jacobian(f)(x))
    assert clock.ways == []


def test_a_function_that_cannot_be_lifted_is_right(monkeypatch):
    clock = Clock(monkeypatch, 5.0, 1.0)
    calls = []

    def f(x):
        calls.append(x)
        total = np.sum(x * x)
        return x * total + (len(calls) if changes else 0)

    changes = False
    J = ad.jacobian(f, sparse="auto")
    x = np.random.default_rng(0).uniform(1, 2, N)
    expected = ad.jacobian(f)(x)
    J(x)
    changes = True  # from now on no two values are the same
    for _ in range(5):
        close(J(x), expected)
    assert len(clock.ways) <= 1
