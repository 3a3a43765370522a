"""The laws can fail: each wrong rule here is one that some library once had, and is caught."""

import itertools

import numpy as np
import pytest
from hypothesis import Phase

import adkit as ad
from adkit.common import registry
from adkit.rules import bilinear, constant, elementary, elementwise, general, linear
from adkit.testing.checking import check
from adkit.testing.judging import Broken
from adkit.testing.laws import first_order, second_order
from adkit.testing.laws import values as value_laws
from adkit.testing.sampling import SAMPLES, Sample

PLANTED = []
LAWS = [
    *(value_laws.values, value_laws.contract),
    *(first_order.numeric, first_order.adjoint, first_order.linear, first_order.directions),
    *(second_order.second_order, second_order.nested_directions, second_order.gradient_numeric),
]


def one_array(d):
    """Draw a call of one array."""
    return d.call(d.array())


def planted(law, draw=None, dtypes="fdgFDG"):
    """Register a function that declares a wrong rule, and the law that must see it."""

    def register(declare):
        name = declare.__name__
        PLANTED.append(
            pytest.param(declare, law, Sample(draw, dtypes), id=f"{law.__name__}-{name}")
        )
        return declare

    return register


def exponential():
    """Return a function of our own, not declared yet."""
    return elementary(lambda x: np.exp(x))


@pytest.fixture(autouse=True)
def _restored_catalogue(monkeypatch):
    monkeypatch.setattr(registry, "_catalogue", {op.function: op for op in registry.catalogue()})
    monkeypatch.setattr(registry, "qualified_name", lambda function: "planted")


def examine(law, function):
    """Check a law, without shrinking what breaks it."""
    options = {"phases": [Phase.generate], "derandomize": True, "database": None}
    check(law, registry.find(function), max_examples=50, **options)


@pytest.mark.parametrize(("declare", "law", "sample"), PLANTED)
def test_a_planted_fault_is_caught(declare, law, sample, monkeypatch):
    function = declare()
    if sample.draw is not None:
        monkeypatch.setitem(SAMPLES, "planted", [sample])
    with pytest.raises((Broken, ValueError, ad.AdkitError, RuntimeWarning)):
        examine(law, function)


@pytest.mark.parametrize("law", LAWS, ids=lambda law: law.__name__)
def test_a_right_rule_is_not(law):
    f = exponential()
    elementwise(f, lambda ans: ans)
    examine(law, f)


# ---------------------------------------------------------------- wrong in both modes


@planted(first_order.numeric)
def a_sign():
    f = exponential()
    elementwise(f, lambda ans: -ans)
    return f


@planted(first_order.numeric)
def a_factor():
    f = exponential()
    elementwise(f, lambda ans: 2 * ans)
    return f


@planted(first_order.numeric)
def the_seventh_digit():
    f = exponential()
    elementwise(f, lambda ans: ans * (1 + 1e-7))
    return f


@planted(first_order.numeric)
def single_precision():
    f = exponential()
    elementwise(f, lambda ans: ans.astype(np.float32), domain=registry.Domain(holomorphic=False))
    return f


@planted(first_order.numeric)
def far_out_only():
    f = elementary(lambda x: x * x)
    elementwise(
        f, lambda x: 2 * np.minimum(x, 50), domain=registry.Domain(low=0, holomorphic=False)
    )
    return f


@planted(first_order.numeric)
def at_zero_only():
    f = elementary(lambda x: x * x)
    elementwise(f, lambda x: np.where(x == 0, 1, 2 * x))
    return f


@planted(first_order.numeric)
def a_warning_at_zero():
    f = elementary(lambda x: x * x)
    elementwise(f, lambda x: 2 * x + 0 / x)
    return f


@planted(value_laws.values)
def size_zero_refused():
    f = elementary(lambda x: x * x)
    elementwise(f, lambda x: 2 * x + 0 * np.max(np.abs(x)))
    return f


@planted(value_laws.contract)
def another_result_each_time():
    f = exponential()
    count = itertools.count()
    elementwise(f, lambda ans: ans * (1 + 2.0**-20 * next(count)))
    return f


@planted(value_laws.locally_constant, one_array)
def a_derivative_denied():
    f = exponential()
    constant(f)
    return f


@planted(value_laws.no_derivative, one_array)
def a_constant_that_counts():
    count = itertools.count()
    f = elementary(lambda x: next(count))
    constant(f)
    return f


# ---------------------------------------------------------------- one mode unlike the other


@planted(first_order.adjoint, one_array)
def the_ninth_digit_of_reverse_mode():
    f = exponential()
    general(f, lambda t, ans, x: t * ans, lambda ct, ans, x: ct * (ans * (1 + 1e-9)))
    return f


@planted(
    first_order.adjoint, lambda d: d.call(x := d.array(ndim=(1, 3)), d.array(d.partner(x.shape)))
)
def broadcasting_not_undone():
    f = elementary(lambda x, y: x * y)
    general(
        f,
        (lambda t, x, y: t * y, lambda t, x, y: t * x),
        (lambda ct, x, y: ct * y, lambda ct, x, y: ct * x),
    )
    return f


@planted(first_order.adjoint, lambda d: d.call(d.array((3, 3)), d.array((3, 3))))
def a_missing_transpose():
    f = elementary(lambda x, y: x @ y)
    bilinear(f, lambda ct, x, y: ct @ y, lambda ct, x, y: x @ ct)
    return f


@planted(first_order.adjoint, lambda d: d.call(d.array((4,))))
def a_repeated_index_written_once():
    f = elementary(lambda x: x[[0, 1, 1]])

    def transpose(ct, x):
        total = np.zeros(ct.shape[:-1] + x.shape, x.dtype)
        total[..., [0, 1, 1]] = ct
        return total

    linear(f, transpose, lambda t, x: t[..., [0, 1, 1]])
    return f


@planted(first_order.adjoint, one_array, "FDG")
def a_conjugate_too_many():
    f = elementary(lambda x: 1j * x)
    linear(f, lambda ct, x: -1j * ct)
    return f


@planted(first_order.linear, one_array)
def large_cotangents_clipped():
    f = exponential()
    general(f, lambda t, ans, x: t * ans, lambda ct, ans, x: ct * np.minimum(1, 50 / abs(ct)) * ans)
    return f


@planted(first_order.linear, one_array)
def a_zero_seed_answered():
    f = exponential()
    general(f, lambda t, ans, x: (t + 1e-30) * ans, lambda ct, ans, x: ct * ans)
    return f


# ---------------------------------------------------------------- many directions, second order


@planted(second_order.nested_directions, lambda d: d.call(d.array((2, 2))))
@planted(first_order.directions, lambda d: d.call(d.array(ndim=(1, 3), shortest=2)))
def axes_counted_from_the_front():
    f = elementary(lambda x: x[0] + x[1])
    linear(f, lambda ct, x: _first_two(ct, x.shape), lambda t, x: t[0] + t[1])
    return f


def _first_two(ct, shape):
    total = np.zeros(np.shape(ct)[: np.ndim(ct) - len(shape) + 1] + shape, ct.dtype)
    lead = total.ndim - len(shape)
    total[(slice(None),) * lead + (slice(2),)] = np.expand_dims(ct, lead)
    return total


@planted(first_order.directions, lambda d: d.call(d.array((3,))))
def one_leading_axis_only():
    f = elementary(lambda x: x[0] * 2)
    linear(
        f,
        lambda ct, x: ct[..., None] * np.array([2, 0, 0], x.dtype),
        lambda t, x: (t[:, 0] if t.ndim > 1 else t[0]) * 2,
    )
    return f


@planted(second_order.gradient_numeric)
def a_partial_held_constant():
    f = exponential()
    elementwise(f, lambda x: np.exp(ad.value(x)))
    return f


@planted(value_laws.contract, one_array)
def a_write_into_the_cotangent():
    f = exponential()

    def pull(ct, ans, x):
        ct *= ans
        return ct

    general(f, lambda t, ans, x: t * ans, pull)
    return f


@planted(second_order.second_order, one_array)
def a_partial_held_constant_in_reverse_mode():
    f = exponential()
    general(f, lambda t, ans, x: t * ans, lambda ct, ans, x: ct * ad.value(ans))
    return f


# ---------------------------------------------------------------- faults of an engine


def _last_bit(values, pushed):
    return np.nextafter(values, np.inf), pushed


def _array_for_scalar(values, pushed):
    return np.asarray(values), pushed


def _wider(values, pushed):
    return values, np.asarray(pushed, np.clongdouble)


def _alias(values, pushed):
    return values, values


def _without_axis(values, pushed):
    return values, np.broadcast_to(pushed, (1, *np.shape(pushed)))


@pytest.mark.parametrize(
    ("spoil", "law"),
    [
        (_last_bit, value_laws.values),
        (_array_for_scalar, value_laws.values),
        (_wider, value_laws.contract),
        (_alias, value_laws.contract),
        (_without_axis, value_laws.contract),
    ],
    ids=lambda f: f.__name__.strip("_"),
)
def test_a_fault_of_an_engine_is_caught(spoil, law, monkeypatch):
    honest = ad.jvp

    def spoiled(*args):
        values, pushed = honest(*args)
        return (
            spoil(values, pushed)
            if isinstance(values, (np.ndarray, np.generic))
            else (values, pushed)
        )

    monkeypatch.setattr(ad, "jvp", spoiled)
    monkeypatch.setitem(SAMPLES, "planted", [Sample(lambda d: d.call(d.array()), "fdg")])
    f = exponential()
    elementwise(f, lambda ans: ans)
    with pytest.raises(Broken):
        examine(law, f)
