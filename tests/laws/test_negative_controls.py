"""The laws can fail: each wrong rule here is one that some library once had, and is caught."""

import itertools

import numpy as np
import pytest

import adkit as ad
from adkit.common import registry
from adkit.rules import bilinear, constant, elementary, elementwise, general, linear
from adkit.testing import DerivativeMismatch, check_rule, laws

PLANTED = []
LAWS = [
    *(laws.values, laws.contract),
    *(laws.numeric, laws.adjoint, laws.linear, laws.directions),
    *(laws.second_order, laws.nested_directions, laws.gradient_numeric),
]


def one_array(d):
    """Draw a call of one array."""
    return d.call(d.array())


def planted(law, draw=None, dtypes="fdgFDG"):
    """Register a function that declares a wrong rule, and the law that must see it."""

    def register(declare):
        name = declare.__name__
        PLANTED.append(pytest.param(declare, law, draw, dtypes, id=f"{law.__name__}-{name}"))
        return declare

    return register


def exponential():
    """Return a function of our own, not declared yet."""
    return elementary(lambda x: np.exp(x))


@pytest.fixture(autouse=True)
def _restored_catalogue(monkeypatch):
    monkeypatch.setattr(registry, "_catalogue", {op.function: op for op in registry.catalogue()})
    monkeypatch.setattr(registry, "qualified_name", lambda function: "planted")


def examine(law, function, calls=None, dtypes=None):
    """Check one law."""
    return check_rule(function, only=[law.__name__], calls=calls, dtypes=dtypes)


@pytest.mark.parametrize(("declare", "law", "draw", "dtypes"), PLANTED)
def test_a_planted_fault_is_caught(declare, law, draw, dtypes):
    function = declare()
    with pytest.raises(DerivativeMismatch):
        examine(law, function, draw, dtypes)


@pytest.mark.parametrize("law", LAWS, ids=lambda law: law.__name__)
def test_a_right_rule_is_not(law):
    f = exponential()
    elementwise(f, lambda ans: ans)
    examine(law, f)


# ---------------------------------------------------------------- wrong in both modes


@planted(laws.numeric)
def a_sign():
    f = exponential()
    elementwise(f, lambda ans: -ans)
    return f


@planted(laws.numeric)
def a_factor():
    f = exponential()
    elementwise(f, lambda ans: 2 * ans)
    return f


@planted(laws.numeric)
def the_seventh_digit():
    f = exponential()
    elementwise(f, lambda ans: ans * (1 + 1e-7))
    return f


@planted(laws.numeric)
def single_precision():
    f = exponential()
    elementwise(f, lambda ans: ans.astype(np.float32), domain=registry.Domain(holomorphic=False))
    return f


@planted(laws.numeric)
def far_out_only():
    f = elementary(lambda x: x * x)
    elementwise(
        f, lambda x: 2 * np.minimum(x, 50), domain=registry.Domain(low=0, holomorphic=False)
    )
    return f


@planted(laws.numeric)
def at_zero_only():
    f = elementary(lambda x: x * x)
    elementwise(f, lambda x: np.where(x == 0, 1, 2 * x))
    return f


@planted(laws.numeric)
def a_warning_at_zero():
    f = elementary(lambda x: x * x)
    elementwise(f, lambda x: 2 * x + 0 / x)
    return f


@planted(laws.values)
def size_zero_refused():
    f = elementary(lambda x: x * x)
    elementwise(f, lambda x: 2 * x + 0 * np.max(np.abs(x)))
    return f


@planted(laws.contract)
def another_result_each_time():
    f = exponential()
    count = itertools.count()
    elementwise(f, lambda ans: ans * (1 + 2.0**-20 * next(count)))
    return f


@planted(laws.locally_constant, one_array)
def a_derivative_denied():
    f = exponential()
    constant(f)
    return f


@planted(laws.no_derivative, one_array)
def a_constant_that_counts():
    count = itertools.count()
    f = elementary(lambda x: next(count))
    constant(f)
    return f


# ---------------------------------------------------------------- one mode unlike the other


@planted(laws.adjoint, one_array)
def the_ninth_digit_of_reverse_mode():
    f = exponential()
    general(f, lambda t, ans, x: t * ans, lambda ct, ans, x: ct * (ans * (1 + 1e-9)))
    return f


@planted(laws.adjoint, lambda d: d.call(x := d.array(ndim=(1, 3)), d.array(d.partner(x.shape))))
def broadcasting_not_undone():
    f = elementary(lambda x, y: x * y)
    general(
        f,
        (lambda t, x, y: t * y, lambda t, x, y: t * x),
        (lambda ct, x, y: ct * y, lambda ct, x, y: ct * x),
    )
    return f


@planted(laws.adjoint, lambda d: d.call(d.array((3, 3)), d.array((3, 3))))
def a_missing_transpose():
    f = elementary(lambda x, y: x @ y)
    bilinear(f, lambda ct, x, y: ct @ y, lambda ct, x, y: x @ ct)
    return f


@planted(laws.adjoint, lambda d: d.call(d.array((4,))))
def a_repeated_index_written_once():
    f = elementary(lambda x: x[[0, 1, 1]])

    def transpose(ct, x):
        total = np.zeros(ct.shape[:-1] + x.shape, x.dtype)
        total[..., [0, 1, 1]] = ct
        return total

    linear(f, transpose, lambda t, x: t[..., [0, 1, 1]])
    return f


@planted(laws.adjoint, one_array, "FDG")
def a_conjugate_too_many():
    f = elementary(lambda x: 1j * x)
    linear(f, lambda ct, x: -1j * ct)
    return f


@planted(laws.linear, one_array)
def large_cotangents_clipped():
    f = exponential()
    general(f, lambda t, ans, x: t * ans, lambda ct, ans, x: ct * np.minimum(1, 50 / abs(ct)) * ans)
    return f


@planted(laws.linear, one_array)
def a_zero_seed_answered():
    f = exponential()
    general(f, lambda t, ans, x: (t + 1e-30) * ans, lambda ct, ans, x: ct * ans)
    return f


# ---------------------------------------------------------------- many directions, second order


@planted(laws.nested_directions, lambda d: d.call(d.array((2, 2))))
@planted(laws.directions, lambda d: d.call(d.array(ndim=(1, 3), shortest=2)))
def axes_counted_from_the_front():
    f = elementary(lambda x: x[0] + x[1])
    linear(f, lambda ct, x: _first_two(ct, x.shape), lambda t, x: t[0] + t[1])
    return f


def _first_two(ct, shape):
    total = np.zeros(np.shape(ct)[: np.ndim(ct) - len(shape) + 1] + shape, ct.dtype)
    lead = total.ndim - len(shape)
    total[(slice(None),) * lead + (slice(2),)] = np.expand_dims(ct, lead)
    return total


@planted(laws.directions, lambda d: d.call(d.array((3,))))
def one_leading_axis_only():
    f = elementary(lambda x: x[0] * 2)
    linear(
        f,
        lambda ct, x: ct[..., None] * np.array([2, 0, 0], x.dtype),
        lambda t, x: (t[:, 0] if t.ndim > 1 else t[0]) * 2,
    )
    return f


@planted(laws.gradient_numeric)
def a_partial_held_constant():
    f = exponential()
    elementwise(f, lambda x: np.exp(ad.value(x)))
    return f


@planted(laws.contract, one_array)
def a_write_into_the_cotangent():
    f = exponential()

    def pull(ct, ans, x):
        ct *= ans
        return ct

    general(f, lambda t, ans, x: t * ans, pull)
    return f


@planted(laws.second_order, one_array)
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
        (_last_bit, laws.values),
        (_array_for_scalar, laws.values),
        (_wider, laws.contract),
        (_alias, laws.contract),
        (_without_axis, laws.contract),
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
    f = exponential()
    elementwise(f, lambda ans: ans)
    with pytest.raises(DerivativeMismatch):
        examine(law, f, one_array, "fdg")
