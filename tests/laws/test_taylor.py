"""Taylor coefficients of every operation: those of nested forward mode, at a cost of k squared."""

import math
import zlib
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import settings

import adkit as ad
import adkit.scipy.linalg
import adkit.scipy.special
import adkit.scipy.stats
from adkit.common.linearisation import is_active
from adkit.forward import coefficient_rules, series
from adkit.testing.draws import flat
from adkit.testing.judging import (
    Broken,
    Inexact,
    Tally,
    by_precision,
    reference,
    same_arrays,
    same_bits,
)
from adkit.testing.sampling import draw_call, operations, samples_of

ORDER = 3
DRAWN = {name: op for name, op in operations().items() if op.verb != "constant" and samples_of(op)}


def nested(f, x, v, order):
    """Return the derivative of an order along a line, by as many levels of dual numbers."""
    if order == 0:
        return f(*x)
    return ad.jvp(lambda *x: tuple(flat(nested(f, x, v, order - 1))), x, v)[1]


@by_precision
def coefficients_are_nested_derivatives(call, tally):
    """Compare value and coefficients of all results of a call along a random direction."""
    x, v = call.primals, call.tangents()
    values = flat(call.function(*map(reference, x)))
    coefficients = flat(ad.taylor(lambda x: call.function(*x), x, v, ORDER))
    for value, found in zip(values, coefficients, strict=True):
        if not same_bits(np.asarray(value), found[0]):
            raise Broken(f"the value is {found[0]!r}, of plain NumPy {value!r}")
    for k in range(1, ORDER + 1):
        derivatives = flat(nested(call.function, x, v, k))
        expected = [np.asarray(y / math.factorial(k)) for y in derivatives]
        same_arrays(f"coefficient {k}", [c[k] for c in coefficients], expected, call, values)


def depending(call):
    """Return a call of which only operands are differentiated that it is declared to depend on."""
    op = call.operation
    kept = [
        (i, size)
        for i, size in zip(call.active, call.reach, strict=True)
        if op.operands == 0 or is_active(op, i)
    ]
    return replace(call, active=tuple(i for i, _ in kept), reach=tuple(size for _, size in kept))


def examine(op, examples):
    """Check calls of an operation; those of which no operand is differentiated do not count."""
    rng = np.random.default_rng(zlib.crc32(op.name.encode()))
    checked = 0
    for _ in range(10 * examples):
        call = depending(draw_call(lambda low, high: int(rng.integers(low, high + 1)), op))
        if call.active and checked < examples:
            with np.errstate(all="ignore"):
                coefficients_are_nested_derivatives(call, Tally())
            checked += 1
    return checked


@pytest.mark.parametrize("name", DRAWN)
def test_coefficients_are_nested_derivatives(name):
    examples = 2 + settings.default.max_examples // 50
    assert examine(DRAWN[name], examples) == examples


# ---------------------------------------------------------------- cost

#: An operation whose derivatives are others, one more with each order, takes k**3.
GROWTH = 6.5


def cost(call, order):
    """Return how many operations Taylor coefficients take, counted one level below."""
    x = tuple(ad.Dual(np.copy(x)[()], np.zeros_like(x)[()]) for x in call.primals)
    v = tuple(ad.Dual(np.copy(v)[()], np.zeros_like(v)[()]) for v in call.tangents())
    before = x[0].level.operations
    ad.taylor(lambda x: call.function(*x), x, v, order)
    return x[0].level.operations - before


@pytest.mark.parametrize("name", DRAWN)
def test_twice_the_order_costs_about_four_times_as_much(name):
    rng = np.random.default_rng(zlib.crc32(name.encode()))
    calls = (
        depending(draw_call(lambda a, b: int(rng.integers(a, b + 1)), DRAWN[name]))
        for _ in range(40)
    )
    call = next(call for call in calls if call.active)
    with np.errstate(all="ignore"):
        assert 0 < cost(call, 8) <= GROWTH * cost(call, 4)


# ---------------------------------------------------------------- negative controls


@pytest.mark.parametrize(
    ("rule", "name"),
    [
        ("_convolved", "numpy.multiply"),
        ("_convolved", "numpy.matmul"),
        ("_divided", "numpy.divide"),
        ("_integrated", "numpy.tanh"),
        ("_integrated", "numpy.linalg.inv"),
        ("_mapped", "numpy.linalg.inv"),
    ],
)
def test_a_wrong_second_coefficient_breaks_the_law(monkeypatch, rule, name):
    make = getattr(coefficient_rules, rule)

    def planted(*args):
        coefficient = make(*args)

        def wrong(k):
            return [c if c is None or k != 2 else c * 1.5 for c in coefficient(k)]

        return wrong

    monkeypatch.setattr(coefficient_rules, rule, planted)
    with pytest.raises(Inexact):
        examine(DRAWN[name], 10)


def test_a_value_of_another_bit_breaks_the_law(monkeypatch):
    split = series._split

    def planted(y, level):
        value, stack = split(y, level)
        return np.nextafter(value, np.inf), stack

    monkeypatch.setattr(series, "_split", planted)
    with pytest.raises(Broken, match="the value"):
        examine(DRAWN["numpy.sin"], 3)
