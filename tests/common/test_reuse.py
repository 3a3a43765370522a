"""Products into memory that nobody else holds: the same numbers, and nobody's array is changed."""

import numpy as np
import pytest

import adkit as ad
from adkit.common.reuse import added, scaled
from adkit.reverse.tape import _ALONE

LONG = 5000  # elements: of fewer, memory is never taken over


@pytest.fixture
def x():
    return np.random.default_rng(0).uniform(0.5, 2.0, LONG)


def test_a_factor_computed_for_the_product_gives_its_memory(x):
    made = []

    def factor():
        made.append(id(y := 2 * x))
        return y

    product = scaled(x, factor())
    assert id(product) in made


def test_a_factor_that_somebody_holds_stays(x):
    factor = 2 * x
    before = factor.copy()
    assert np.array_equal(scaled(x, factor, _ALONE), x * before)
    assert np.array_equal(factor, before)


@pytest.mark.parametrize("factor", [np.float32(3.0), 3.0, np.float64(3.0), 2])
def test_dtype_and_bits_are_those_of_the_product(x, factor):
    t = x.astype(np.float32)
    expected = t * factor
    product = scaled(t.copy(), factor, 10)
    assert product.dtype == expected.dtype
    assert np.array_equal(product, expected)


def test_factors_of_other_shapes_broadcast(x):
    t, column = x.reshape(50, 100), x[:50, None]
    assert np.array_equal(scaled(t.copy(), column, 10), t * column)
    assert np.array_equal(scaled(x[:1000], t[:, :1], 10), x[:1000] * t[:, :1])


def test_cotangents_and_values_of_a_program_stay(x):
    seed = np.full(LONG, 0.25)

    def f(x):
        y = np.exp(x)
        z = y * x
        return z + y, z * z, y

    (a, b, c), pullback = ad.vjp(f, x)
    first = pullback((seed, seed, seed))[0]
    again = pullback((seed, seed, seed))[0]
    assert np.array_equal(first, again)
    assert np.array_equal(seed, np.full(LONG, 0.25))
    y = np.exp(x)
    assert np.array_equal(a, y * x + y)
    assert np.array_equal(b, y * x * (y * x))
    assert np.array_equal(c, y)
    slope = 0.25 * (y * x + y + y + 2 * y * x * (y * x + y) + y)
    np.testing.assert_allclose(first, slope, rtol=1e-14)


def test_a_rule_that_returns_an_array_of_its_own_keeps_it(x):
    table = np.full(LONG, 3.0)

    @ad.rules.elementary
    def tripled(x):
        return 3.0 * x

    ad.rules.elementwise(tripled, lambda x: table)
    for derivative in (lambda: ad.jvp(tripled, (x,), (x,))[1], lambda: ad.vjp(tripled, x)[1](x)[0]):
        assert np.array_equal(derivative(), 3.0 * x)
        assert np.array_equal(table, np.full(LONG, 3.0))


def test_a_sum_goes_into_what_only_a_dict_holds(x):
    held = {0: x.copy(), 1: x}
    first, second = id(held[0]), x.copy()
    held[0] = added(held[0], x)
    held[1] = added(held[1], x)
    assert id(held[0]) == first
    assert np.array_equal(held[0], 2 * x)
    assert np.array_equal(held[1], 2 * x)
    assert np.array_equal(x, second)


def test_a_cotangent_of_two_parents_is_added_to_once(x):
    def f(x):
        y, z = np.sin(x), np.cos(x)
        return (y + z) + (y - z) + np.max(y) * z

    g = ad.vjp(f, x)[1](np.ones(LONG))[0]
    y, z = np.sin(x), np.cos(x)
    expected = 2 * z - y.max() * y
    expected[np.argmax(y)] += z.sum() * z[np.argmax(y)]
    np.testing.assert_allclose(g, expected, rtol=1e-12, atol=1e-13)
