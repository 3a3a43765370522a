"""Tangents of a recording whose values are computed when they are asked for."""

import numpy as np
import pytest

import adkit as ad
from adkit.reverse import deferred
from adkit.reverse.deferred import Deferred, Pending
from adkit.reverse.node import Node
from adkit.reverse.tape import Tape

LONG = 10_000
SIDE = 100


def rosenbrock(x):
    return np.sum(100.0 * (x[1:] - x[:-1] ** 2) ** 2 + (1.0 - x[:-1]) ** 2)


def written(x):
    y = np.zeros_like(x)
    y[:] = x**2
    y[1:] *= x[:-1]
    return np.sum(y)


def with_work_array(x):
    work = np.linspace(1.0, 2.0, x.size)
    y = x * x * work
    work[:] = 7.0
    return np.sum(y * work + work)


def long_sum(x):
    y = z = x**3
    for k in range(100):
        y = y + z * (1.0 + k)
    return np.sum(y)


def constants_on_both_sides(x):
    y = x**2
    return np.sum(2 * y - np.float64(3.0) * y + (1.0 - y) / 4.0 - (-y) + np.arange(LONG) * y)


def read_in_between(x):
    y = x**2
    return np.sum(3.0 * y) * np.sum(y) + np.max(y) * np.mean(y)


PROGRAMS = {
    "rosenbrock": rosenbrock,
    "products": lambda x: np.sum(x[1:] * x[:-1] * x[1:]),
    "elementary": lambda x: np.sum(np.sin(x) * np.exp(x) / (1.0 + x**2)),
    "broadcasting": lambda x: np.sum((x.reshape(SIDE, SIDE) - x[:SIDE]) ** 2 * x[0]),
    "sums along axes": lambda x: np.sum(np.sum((x**2).reshape(SIDE, SIDE), axis=1) ** 2),
    "keepdims": lambda x: np.sum(x**3, keepdims=True)[0] * x[1],
    "matrix": lambda x: np.sum((x.reshape(SIDE, SIDE) @ x.reshape(SIDE, SIDE)) ** 2),
    "parts": lambda x: np.sum((x**2)[::2] * (x**2)[1::2]) + np.sum((x**2)[[1, 1, 5]]),
    "where": lambda x: np.sum(np.where(x > 1.0, x**2, -x)),
    "joined": lambda x: np.sum(np.concatenate([x, x**2]) ** 2),
    "written": written,
    "work array": with_work_array,
    "long sum": long_sum,
    "constants": constants_on_both_sides,
    "read in between": read_in_between,
    "single": lambda x: np.sum(np.float32(3.0) * x.astype(np.float32) ** 2),
    "complex": lambda x: np.sum(np.abs(x * (1 + 2j)) ** 2),
    "in place": lambda x: np.sum(np.multiply(x, x, out=np.empty(LONG)) ** 2),
}


@pytest.fixture(scope="module")
def point():
    rng = np.random.default_rng(0)
    return rng.uniform(0.5, 1.5, LONG), rng.standard_normal(LONG)


@pytest.mark.parametrize("f", PROGRAMS.values(), ids=PROGRAMS)
def test_products_are_those_of_the_other_order(f, point):
    x, v = point
    found = ad.hvp(f, (x,), (v,))[0]
    expected = ad.jvp(ad.grad(f), (x,), (v,))[1]
    rtol = 1e-5 if f is PROGRAMS["single"] else 1e-11
    assert np.linalg.norm(found - expected) <= rtol * np.linalg.norm(expected)


def test_single_precision_is_kept(point):
    x, v = (a.astype(np.float32) for a in point)
    product = ad.hvp(rosenbrock, (x,), (v,))[0]
    assert product.dtype == np.float32
    exact = ad.hvp(rosenbrock, point[:1], point[1:])[0]
    np.testing.assert_allclose(product, exact, rtol=1e-4, atol=1e-4 * np.abs(exact).max())


def test_several_arguments_short_and_long(point):
    x, v = point

    def f(x, a, b):
        return np.sum((a * x - b[:, None] * x.reshape(5, -1)).ravel() if np.ndim(a) else a * x**2)

    def g(x, a, b):
        return f(x, a, b) * np.sum(b**2) + a**3 * np.sum(x)

    primals = (x, 2.0, np.linspace(1.0, 2.0, 5))
    tangents = (v, -1.0, np.ones(5))
    found = ad.hvp(g, primals, tangents)
    expected = ad.jvp(ad.grad(g, (0, 1, 2)), primals, tangents)[1]
    for product, other in zip(found, expected, strict=True):
        np.testing.assert_allclose(product, other, rtol=1e-11, atol=1e-9)


def test_dead_lanes_with_infinite_factors_stay_zero(point):
    x, v = (a.copy() for a in point)
    x[:10] = 0.0

    def f(x):
        return np.sum(np.where(x > 0, np.sqrt(x), x) ** 3)

    with np.errstate(all="ignore"):
        product = ad.hvp(f, (x,), (v,))[0]
    assert np.array_equal(product[:10], np.zeros(10))
    np.testing.assert_allclose(product[10:], 0.75 * v[10:] / np.sqrt(x[10:]), rtol=1e-12)


def test_an_outer_derivative_with_respect_to_another_argument(point):
    x, v = point

    def outer(a):
        return np.sum(ad.hvp(lambda x, a: a * np.sum(x**3), (x, a), (v, 0.0))[0] ** 2)

    found = ad.grad(outer)(2.0)
    np.testing.assert_allclose(found, 2 * 2.0 * np.sum((6 * x * v) ** 2), rtol=1e-11)


# ---------------------------------------------------------------- what is not computed


@pytest.fixture
def computed(monkeypatch):
    """Shapes of the values that were computed of those that had been put off."""
    shapes = []
    get = Pending.get

    def counted(self):
        if self._function is not None:
            shapes.append(self.shape)
        return get(self)

    monkeypatch.setattr(Pending, "get", counted)
    return shapes


def test_two_of_seven_tangents_of_the_rosenbrock_function_are_computed(computed, point):
    x, v = point
    ad.hvp(rosenbrock, (x,), (v,))
    assert computed == [(LONG - 1,)] * 2  # of the gap, and of the square in it


def test_no_tangent_of_a_sum_of_powers_is_computed(computed, point):
    x, v = point
    ad.hvp(lambda x: np.sum(3.0 * x**2 - x * 2.0), (x,), (v,))
    assert computed == []


def test_chains_are_computed_before_they_are_deep(computed):
    tape = Tape()
    leaf = Node.leaf(np.ones(5), tape)
    t = leaf * Deferred.constant(np.ones(5), tape)
    for _ in range(10 * deferred._DEEPEST):
        t = t + 1.0
    assert t.alive.depth <= deferred._DEEPEST
    assert len(computed) >= 9 * deferred._DEEPEST
    np.testing.assert_array_equal(t.value, np.full(5, 1.0 + 10 * deferred._DEEPEST))


# ---------------------------------------------------------------- Nodes


@pytest.fixture
def pair():
    tape = Tape()
    leaf = Node.leaf(np.linspace(1.0, 2.0, 6), tape)
    return leaf, leaf * Deferred.constant(np.arange(6.0), tape)


def test_it_has_a_shape_before_it_has_a_value(pair):
    _, t = pair
    assert type(t) is Deferred
    assert (t.shape, t.ndim, t.size, t.dtype, len(t)) == ((6,), 1, 6, np.dtype(float), 6)
    assert t.strides == (8,)
    assert type(t) is Deferred


def test_a_value_that_is_asked_for_makes_it_an_ordinary_node(pair):
    leaf, t = pair
    np.testing.assert_array_equal(t.value, leaf.value * np.arange(6.0))
    assert type(t) is Node


def test_a_value_computed_for_another_is_overwritten_by_it_alone(pair):
    leaf, t = pair
    u = t - leaf
    kept = t * 2.0
    assert type(u) is type(kept) is Deferred
    np.testing.assert_array_equal(u.value, leaf.value * np.arange(6.0) - leaf.value)
    np.testing.assert_array_equal(t.value, leaf.value * np.arange(6.0))
    np.testing.assert_array_equal(kept.value, 2 * leaf.value * np.arange(6.0))
    alone = (leaf * Deferred.constant(np.arange(6.0), leaf.level)) + leaf
    np.testing.assert_array_equal(alone.value, leaf.value * np.arange(6.0) + leaf.value)


@pytest.mark.parametrize(
    "operation",
    [
        np.exp,
        lambda t: t.reshape(2, 3),
        lambda t: t + np.ones((2, 1)),
        lambda t: 1.0 / (t + 1.0),
        lambda t: t[2:],
        lambda t: np.sum(t, axis=0, keepdims=True),
        lambda t: np.sum(t, where=np.arange(6) > 2),
        lambda t: t.astype(np.float32),
        lambda t: np.float32(2.0) * t + 1j,
    ],
)
def test_what_is_not_foreseen_takes_the_value(operation, pair):
    leaf, t = pair
    expected = operation(leaf.value * np.arange(6.0))
    result = operation(t)
    assert type(result) is Node
    assert result.dtype == expected.dtype
    np.testing.assert_array_equal(result.value, expected)


def test_its_shape_can_be_set(pair):
    _, t = pair
    t.shape = (2, 3)
    assert t.value.shape == (2, 3)
