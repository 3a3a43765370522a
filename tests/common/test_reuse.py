"""Products into memory that nobody else holds: the same numbers, and nobody's array is changed."""

import numpy as np
import pytest

import adkit as ad
from adkit.common.reuse import (
    added,
    complement,
    divided,
    doubled,
    negated,
    scaled,
    subtracted,
    times_ratio,
    twice,
)
from adkit.reverse.node import Node
from adkit.reverse.tape import Cotangents, Tape, last_sweep, sweep

LONG = 20_000  # elements: of fewer, memory is not taken over, and repeated ones are spelled out


@pytest.fixture
def x():
    return np.random.default_rng(0).uniform(0.5, 2.0, LONG)


class Pulled:
    """What a rule made of the cotangent of an entry, in a sweep of that entry alone.

    Arrays that only the sweep holds are made here, by functions.
    """

    def __init__(self, rule, ct, *saved, run=last_sweep):
        self.rule = rule
        seeds = Cotangents()
        seeds[0] = ct() if callable(ct) else ct
        entry = [0, None, self.pull, *[x() if callable(x) else x for x in saved]]
        self.of_ct, self.of_saved = id(seeds[0]), [id(x) for x in entry[3:]]
        run([entry], seeds)

    def pull(self, ct, entry, cotangents):
        if len(entry) > 3:
            _, _, _, x = entry
            self.result = self.rule(ct, x, cotangents, True, True)
        else:
            self.result = self.rule(ct, cotangents, True)


def spread(number):
    return np.broadcast_to(np.float64(number), LONG)


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
    assert np.array_equal(scaled(x, factor, Cotangents(), True, True), x * before)
    assert np.array_equal(factor, before)


@pytest.mark.parametrize("factor", [np.float32(3.0), 3.0, np.float64(3.0), 2])
def test_dtype_and_bits_are_those_of_the_product(x, factor):
    t = x.astype(np.float32)
    expected = t * factor
    seeds = Cotangents()
    seeds[0] = t.copy()

    def pull(ct, entry, cotangents):
        product = scaled(ct, factor, cotangents, True)
        assert product.dtype == expected.dtype
        assert np.array_equal(product, expected)

    sweep([[0, None, pull]], seeds)


RULES = {
    "scaled": (scaled, lambda t, x: t * x),
    "doubled": (doubled, lambda t, x: t * (2 * x)),
    "divided": (divided, lambda t, x: t / x),
}


@pytest.mark.parametrize(("rule", "formula"), RULES.values(), ids=list(RULES))
@pytest.mark.parametrize("run", [sweep, last_sweep])
def test_an_operand_that_only_the_entry_holds(rule, formula, run, x):
    ct, saved = np.cos(x), np.sin(x)
    expected = formula(ct, saved)
    held = Pulled(rule, lambda: np.cos(x), saved, run=run)
    assert np.array_equal(held.result, expected)
    assert id(held.result) == held.of_ct
    assert np.array_equal(saved, np.sin(x))
    given = Pulled(rule, ct, lambda: np.sin(x), run=run)
    assert np.array_equal(given.result, expected)
    assert (id(given.result) in given.of_saved) == (run is last_sweep)
    assert np.array_equal(ct, np.cos(x))


@pytest.mark.parametrize(("rule", "formula"), RULES.values(), ids=list(RULES))
def test_cotangents_that_repeat(rule, formula, x):
    table = x.reshape(100, 200)
    for t, operand in ((spread(0.3), x), (np.broadcast_to(table[:, :1], table.shape), table)):
        for run in (sweep, last_sweep):
            result = Pulled(rule, t, operand.copy, run=run).result
            np.testing.assert_array_equal(result, formula(t, operand))


def test_a_product_with_a_single_one_is_what_only_the_entry_holds(x):
    saved = np.sin(x)
    saved[:4] = [np.nan, np.inf, -0.0, 0.0]
    given = Pulled(scaled, spread(1.0), saved.copy)
    assert id(given.result) in given.of_saved
    for run in (sweep, last_sweep):
        held = Pulled(scaled, spread(1.0), saved, run=run)
        assert id(held.result) not in held.of_saved
        for result in (held.result, given.result):
            np.testing.assert_array_equal(result.view(np.uint64), saved.view(np.uint64))


@pytest.mark.parametrize("part", [lambda x: x[:, :1].copy(), lambda x: x[0].copy()])
@pytest.mark.parametrize("run", [sweep, last_sweep])
def test_quotients_by_columns_and_rows(part, run, x):
    table = x.reshape(100, 200)
    divisor = part(table)
    held = Pulled(divided, lambda: np.cos(table), divisor, run=run)
    np.testing.assert_array_equal(held.result, np.cos(table) / divisor)
    assert id(held.result) == held.of_ct
    kept = np.cos(table)
    np.testing.assert_array_equal(Pulled(divided, kept, divisor, run=run).result, held.result)
    np.testing.assert_array_equal(kept, np.cos(table))


@pytest.mark.parametrize("part", [lambda x: x, lambda x: x[:, :1].copy(), lambda x: x[0].copy()])
def test_products_with_ratios_go_into_what_only_the_entry_holds(part, x):
    table = x.reshape(100, 200)
    divisor, ct = part(table), np.cos(table)

    def rule(t, ans, *options):
        return times_ratio(t, divisor, ans, *options)

    expected = ct * (np.sin(table) / divisor)
    given = Pulled(rule, ct, lambda: np.sin(table))
    np.testing.assert_array_equal(given.result, expected)
    saved = np.sin(table)
    for run in (sweep, last_sweep):
        np.testing.assert_array_equal(Pulled(rule, ct, saved, run=run).result, expected)
    np.testing.assert_array_equal(saved, np.sin(table))
    spread_out = np.broadcast_to(ct[:, :1], ct.shape)
    np.testing.assert_array_equal(
        Pulled(rule, spread_out, saved).result, spread_out * (saved / divisor)
    )


@pytest.mark.parametrize("shape", [(3, 4), (300, 200)])
def test_cotangents_of_divisors_are_subtracted(shape):
    rng = np.random.default_rng(0)
    x, y = rng.uniform(1, 2, shape), rng.uniform(1, 2, shape)
    column, row = y[:, :1].copy(), y[0].copy()
    for divisor in (y, column, row):
        for f, slope in (
            (lambda x, y: np.sum(x / y), lambda x, y: -x / y**2),
            (lambda x, y: np.sum(x / y * y), lambda x, y: 0 * x),
            (lambda x, y: np.sum(2.0 / y + x / y + y), lambda x, y: 1 - (2.0 + x) / y**2),
            (lambda x, y: np.sum(y / (x / y)), lambda x, y: 2 * y / x),
        ):
            found = ad.grad(f, 1)(x, divisor)
            direction = rng.standard_normal(divisor.shape)
            along = ad.jvp(lambda y, f=f: f(x, y), (divisor,), (direction,))[1]
            np.testing.assert_allclose(np.sum(found * direction), along, rtol=1e-9, atol=1e-9)
            if divisor.shape == shape:
                np.testing.assert_allclose(found, slope(x, divisor), rtol=1e-12, atol=1e-12)


def test_the_slope_of_tanh_goes_into_what_only_the_entry_holds(x):
    ct, saved = np.cos(x), np.tanh(x)
    expected = ct / np.cosh(x) ** 2
    for t in (ct, spread(0.3)):
        given = Pulled(complement, t, lambda: np.tanh(x))
        assert id(given.result) in given.of_saved
        np.testing.assert_allclose(given.result, expected / ct * t, rtol=1e-13)
    for run in (sweep, last_sweep):
        np.testing.assert_allclose(Pulled(complement, ct, saved, run=run).result, expected, 1e-13)
    assert np.array_equal(saved, np.tanh(x))
    assert np.array_equal(ct, np.cos(x))


def test_the_tangent_of_a_square_is_one_operation_which_saves_no_doubled_array(x):
    tape = Tape()
    node = Node.leaf(x, tape)
    t = np.cos(x)
    t.flags.writeable = False
    product = twice(t, node)
    assert product.entry[-1] is t
    assert np.array_equal(product.value, t * (2 * x))
    assert len(tape.entries) == 1
    of_both = twice(product, node)
    assert {id(saved) for saved in of_both.entry[-2:]} == {id(product.value), id(x)}
    assert len(tape.entries) == 2


@pytest.mark.parametrize("size", [3, LONG])
def test_second_derivatives_of_a_square_along_a_tangent(size):
    x = np.linspace(0.5, 2.0, size)
    v = np.cos(x)
    for power in (lambda x: x**2, np.square, lambda x: x * x, lambda x: np.power(x, 2)):
        product = ad.hvp(lambda x, power=power: np.sum(power(power(x))), (x,), (v,))[0]
        np.testing.assert_allclose(product, 12 * x**2 * v, rtol=1e-14)


def test_a_tangent_too_large_to_be_doubled():
    x, v = np.full(LONG, 1e-10), np.full(LONG, 1e308)
    product = ad.hvp(lambda x: np.sum(x**2 * 1e-10), (x,), (v,))[0]
    np.testing.assert_allclose(product, 2e-10 * v, rtol=1e-14)


def test_a_number_goes_into_what_repeats(x):
    assert (product := scaled(spread(0.3), 100.0, Cotangents())).strides == (0,)
    assert np.array_equal(product, np.full(LONG, 0.3 * 100.0))
    assert (difference := negated(spread(0.3), Cotangents())).strides == (0,)
    assert np.array_equal(difference, np.full(LONG, -0.3))


def test_a_negative_goes_into_a_cotangent_that_nobody_else_holds(x):
    alone = Pulled(negated, x.copy)
    assert id(alone.result) == alone.of_ct
    assert np.array_equal(Pulled(negated, x).result, -x)
    assert np.array_equal(alone.result, -x)


def test_arrays_that_cannot_be_written_stay(x):
    def frozen():
        y = x.copy()
        y.flags.writeable = False
        return y

    for rule, formula in RULES.values():
        assert np.array_equal(Pulled(rule, frozen, frozen).result, formula(x, x))


def test_factors_of_other_shapes_broadcast(x):
    t = x.reshape(100, 200)
    for factor in (t[:, :1].copy(), t[:1].copy(), t[0].copy(), np.float64(2.0)):
        assert np.array_equal(Pulled(scaled, t.copy, factor).result, t * factor)
        assert np.array_equal(Pulled(divided, t.copy, factor).result, t / factor)
    wide = Pulled(scaled, t[:, :1].copy, t.copy).result
    assert np.array_equal(wide, t[:, :1] * t)


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


def test_the_last_sweep_changes_nothing_that_outlives_it(x):
    data, kept, before = np.cos(x), {}, x.copy()

    def f(x):
        y = np.exp(x)
        z = np.log(x) / y
        kept["y"], kept["view"] = y, z[1:]
        loss = ((z * data) ** 2).sum() + (x * x * y).sum() + (x[1:] - z[:-1]).sum()
        return loss, {"z": z, "view": y[::2]}

    gradient, aux = ad.grad(f, has_aux=True)(x)
    y, z = np.exp(x), np.log(x) / np.exp(x)
    assert np.array_equal(x, before)
    assert np.array_equal(data, np.cos(x))
    assert np.array_equal(aux["z"], z)
    assert np.array_equal(aux["view"], y[::2])
    assert np.array_equal(kept["y"].value, y)
    assert np.array_equal(kept["view"].value, z[1:])
    of_z = 2 * z * data**2
    of_z[:-1] -= 1
    expected = of_z * (1 / x / y - z) + (2 * x + x * x) * y
    expected[1:] += 1
    np.testing.assert_allclose(gradient, expected, rtol=1e-12)


def test_a_rule_that_returns_an_array_of_its_own_keeps_it(x):
    table = np.full(LONG, 3.0)

    @ad.rules.elementary
    def tripled(x):
        return 3.0 * x

    ad.rules.elementwise(tripled, lambda x: table)
    for derivative in (
        lambda: ad.jvp(tripled, (x,), (x,))[1],
        lambda: ad.vjp(tripled, x)[1](x)[0],
        lambda: x * ad.grad(lambda x: tripled(x).sum())(x),
    ):
        assert np.array_equal(derivative(), 3.0 * x)
        assert np.array_equal(table, np.full(LONG, 3.0))


def test_a_sum_goes_into_what_only_a_dict_holds(x):
    for function, expected in ((added, x + x / 2), (subtracted, x - x / 2)):
        held = {0: x.copy(), 1: x}
        first, second = id(held[0]), x.copy()
        held[0] = function(held[0], x / 2)
        held[1] = function(held[1], x / 2)
        assert id(held[0]) == first
        assert np.array_equal(held[0], expected)
        assert np.array_equal(held[1], expected)
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


@pytest.mark.parametrize("axis", [None, 0, 1])
@pytest.mark.parametrize("ties", [False, True])
def test_extremes_are_added_where_they_stand(x, axis, ties):
    table = x.reshape(100, 200)
    if ties:
        table = np.round(table, 1)

    def f(x):
        top = np.max(x, axis=axis, keepdims=True)
        return np.sum(np.exp(x - top)) + np.sum(3.0 * np.min(x, axis=axis)) + np.sum(x * x)

    def shares(chosen):
        return chosen / np.sum(chosen, axis=axis, keepdims=True)

    top, least = table.max(axis=axis, keepdims=True), table.min(axis=axis, keepdims=True)
    e = np.exp(table - top)
    expected = e + 2 * table + 3.0 * shares(table == least)
    expected -= np.sum(e, axis=axis, keepdims=True) * shares(table == top)
    np.testing.assert_allclose(ad.grad(f)(table), expected, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64, np.longdouble, complex])
def test_the_second_power_has_the_bits_of_numpy(dtype):
    rng = np.random.default_rng(1)
    x = np.append(rng.standard_normal(2000), [0, -0.0, np.inf, -np.inf, np.nan, 1e300, 1e-300])
    with np.errstate(all="ignore"):
        x = x.astype(dtype)
        for exponent in (2, 2.0):
            power, pullback = ad.vjp(lambda x, exponent=exponent: x**exponent, x)
            (slope,) = pullback(np.ones_like(x))
            expected = x**exponent
            for part in ("real", "imag"):
                mine, other = getattr(power, part), getattr(expected, part)
                assert np.array_equal(mine, other, equal_nan=True)
                assert np.array_equal(np.signbit(mine), np.signbit(other))
            assert np.array_equal(slope, exponent * x, equal_nan=True)
