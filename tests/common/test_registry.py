"""The verbs: a declaration serves both modes, every order and many directions, or is refused."""

import itertools
import math

import numpy as np
import pytest

import adkit as ad
from adkit.common import registry
from adkit.common.errors import RegistrationError
from adkit.common.registry import find
from adkit.common.signatures import (
    parameter_names,
    positional_parameters,
    qualified_name,
    takes_answer,
)

rules = ad.rules
X = np.array([0.5, 1.5, 2.5])
DRIVERS = (ad.jacfwd, ad.jacrev)


@pytest.fixture(autouse=True)
def forget_declarations(monkeypatch):
    """Leave the catalogue as it was."""
    monkeypatch.setattr(registry, "_catalogue", {op.function: op for op in registry.catalogue()})


def fresh(f=None):
    """Return a new function that dispatches."""
    return rules.elementary(lambda *args, **kwargs: (f or np.sin)(*args, **kwargs))


def check(f, known, x=X):
    """Check that f is differentiated as a function known to adkit, at every order and width."""
    assert np.array_equal(f(x), known(x)) or np.allclose(f(x), known(x), rtol=1e-14)
    for chunk in (1, 2, "auto"):
        for driver in DRIVERS:
            J = driver(f, chunk=chunk)(x)
            np.testing.assert_allclose(J, ad.jacrev(known)(x), rtol=1e-12, atol=1e-14)
    for outer, inner in itertools.product(DRIVERS, DRIVERS):
        expected = ad.jacfwd(ad.jacrev(known))(x)
        np.testing.assert_allclose(outer(inner(f))(x), expected, rtol=1e-11, atol=1e-13)


# ---------------------------------------------------------------- what each verb declares


def test_constant():
    steps = fresh(lambda x: np.sum(x > 1.0))
    rules.constant(steps)
    assert steps(X) == 2
    for driver in DRIVERS:
        assert not driver(lambda x: steps(x) * np.ones(2))(X).any()
        assert driver(lambda x: steps(x) * x[0])(X).tolist() == [2.0, 0.0, 0.0]


def test_elementwise_with_a_factor():
    f = fresh(lambda x: 1 / (1 + np.exp(-x)))
    rules.elementwise(f, lambda ans: ans * (1 - ans))
    check(f, lambda x: 1 / (1 + np.exp(-x)))


def test_elementwise_with_a_number():
    f = fresh(lambda x: 3 * x + 1)
    rules.elementwise(f, 3)
    check(f, lambda x: 3 * x + 1)


def test_elementwise_with_a_map_of_tangents():
    f = fresh(lambda x: np.log(x))
    rules.elementwise(f, lambda t, x: t / x)
    check(f, np.log)


@pytest.mark.parametrize("place", [0, 1, 2])
def test_elementwise_of_three_operands(place):
    f = fresh(lambda x, y, z: x * y**z)
    rules.elementwise(
        f,
        lambda y, z: y**z,
        lambda x, y, z: x * z * y ** (z - 1),
        lambda y, ans: ans * np.log(y),
    )

    def at(g):
        def called(x):
            operands = [np.array([[0.4], [0.6]]), np.array([0.3, 0.2, 0.9]), 1.2]
            operands[place] = x
            return g(*operands)

        return called

    check(at(f), at(lambda x, y, z: x * y**z))
    check(lambda x: f(x, x[0], x), lambda x: x * x[0] ** x)


def test_elementwise_locally_constant_in_an_operand():
    f = fresh(lambda x, k: x * np.floor(k))
    rules.elementwise(f, lambda y: np.floor(y), None)
    check(lambda x: f(x, x + 3.0), lambda x: x * np.floor(ad.value(x) + 3.0))
    for driver in DRIVERS:
        assert not driver(lambda k: f(2.0, k))(X).any()


def test_linear():
    f = fresh(lambda x: x[..., ::-1] * 2.0)
    rules.linear(f, lambda ct, x: f(ct))
    check(lambda x: f(np.sin(x)), lambda x: np.sin(x)[::-1] * 2.0)
    check(lambda x: np.sin(f(x)), lambda x: np.sin(x[::-1] * 2.0))


def test_linear_of_a_sequence():
    f = fresh(lambda xs: sum(xs))
    rules.linear(f, lambda ct, xs: [ct for _ in xs], lambda t, xs: sum(t), operands=rules.SEQUENCE)
    check(lambda x: f([x, x * x, np.ones(3)]), lambda x: x + x * x + 1.0)


def test_bilinear():
    f = fresh(lambda x, y: (x * y).sum(-1))
    rules.bilinear(f, lambda ct, x, y: ct[..., None] * y, lambda ct, x, y: ct[..., None] * x)
    check(lambda x: f(x, np.sin(x)), lambda x: (x * np.sin(x)).sum())
    check(lambda x: f(np.ones(3), np.sin(x)), lambda x: np.sin(x).sum())


def test_composite_keeps_the_value_of_the_function():
    f = fresh(lambda x: math.fsum(np.square(x)))  # exact, and not differentiable
    rules.composite(f, lambda x: np.sum(np.square(x)))
    check(f, lambda x: np.sum(np.square(x)))
    tenths = np.full(10, np.sqrt(0.1))
    assert ad.vjp(f, tenths)[0] == ad.jvp(f, (tenths,), (tenths,))[0] == f(tenths)


def test_composite_of_a_sequence_and_of_several_results():
    f = fresh(lambda xs: (xs[0] * xs[1], xs[0] - xs[1]))
    rules.composite(f, lambda xs: (xs[0] * xs[1], xs[0] - xs[1]), operands=rules.SEQUENCE)
    check(lambda x: f([x, 2 * x])[0] * f([x, x * x])[1], lambda x: 2 * x * x * (x - x * x))


@pytest.mark.parametrize("with_pull", [True, False])
def test_general(with_pull):
    f = fresh(lambda x, scale=1.0: scale * np.sqrt(np.sum(x * x)))
    pull = (lambda ct, ans, x, scale=1.0: ct[..., None] * x * scale**2 / ans) if with_pull else None
    rules.general(f, lambda t, ans, x, scale=1.0: np.sum(t * x, axis=-1) * scale**2 / ans, pull)
    check(f, lambda x: np.sqrt(np.sum(x * x)))
    check(lambda x: f(x, scale=3.0), lambda x: 3.0 * np.sqrt(np.sum(x * x)))


@pytest.mark.parametrize("result", [0, 1])
def test_general_of_several_operands_and_results(result):
    f = fresh(lambda x, y: (np.hypot(x, y), np.arctan2(y, x)))
    rules.general(
        f,
        (
            lambda t, ans, x, y: (t * x / ans[0], -t * y / ans[0] ** 2),
            lambda t, ans, x, y: (t * y / ans[0], t * x / ans[0] ** 2),
        ),
    )

    def known(x, y):
        return np.hypot(x, y), np.arctan2(y, x)

    check(lambda x: f(x, 2 * x + 1.0)[result], lambda x: known(x, 2 * x + 1.0)[result])
    check(lambda x: f(x, np.ones(3))[result], lambda x: known(x, np.ones(3))[result])


@pytest.mark.parametrize("with_pull", [True, False])
def test_general_with_a_step_that_is_taken_once(with_pull):
    """The root of a*b: its differential is (da*b + a*db) / (2 ans)."""
    steps = []

    def half(t, ans, a, b):
        steps.append(np.shape(t))
        return t / (2 * ans)

    f = fresh(lambda a, b: np.sqrt(a * b))
    rules.general(
        f,
        push=(lambda t, a, b: t * b, lambda t, a, b: t * a),
        pull=(lambda ct, a, b: ct * b, lambda ct, a, b: ct * a) if with_pull else None,
        after=(half, half),
    )
    a, b = np.float64(4.0), np.float64(9.0)
    assert ad.jvp(f, (a, b), (1.0, 2.0))[1] == (9 + 2 * 4) / 12
    assert len(steps) == 1
    assert ad.vjp(f, a, b)[1](12.0) == (9, 4)
    assert len(steps) == (2 if with_pull else 3)
    check(lambda x: f(x, 1 + x), lambda x: np.sqrt(x * (1 + x)))


def test_general_locally_constant_in_an_operand():
    f = fresh(lambda x, k: x * np.round(k))
    rules.general(f, (lambda t, ans, x, k: t * np.round(k), None))
    for driver in DRIVERS:
        assert driver(lambda x: f(x, x))(np.array([2.0])).tolist() == [[2.0]]


def test_operands_given_by_name():
    @rules.elementary
    def scaled(x, weight, shift=0.0):
        return x * weight + shift

    rules.elementwise(scaled, lambda y: y, lambda x: x, 1)
    for driver in DRIVERS:
        assert driver(lambda x: scaled(weight=x, x=3.0))(2.0) == 3.0
        assert driver(lambda x: scaled(x, weight=x))(2.0) == 4.0
        assert driver(lambda x: scaled(1.0, 2.0, shift=x))(2.0) == 1.0


# ---------------------------------------------------------------- what is refused

REFUSED = {
    "no partial": (lambda f: rules.elementwise(f), "one partial per operand"),
    "unknown name": (lambda f: rules.elementwise(f, lambda q: q), "name what it needs: t, ans, x"),
    "no number": (lambda f: rules.elementwise(f, "1"), "give a number, None or a function"),
    "four operands": (lambda f: rules.elementwise(f, 1, 1, 1, 1), "takes up to three"),
    "linear, one mode": (lambda f: rules.linear(f, None), "transpose=None"),
    "bilinear, one mode": (lambda f: rules.bilinear(f, lambda ct, x, y: ct, None), "right=None"),
    "composite of nothing": (lambda f: rules.composite(f, None), "body=None"),
    "pull only": (lambda f: rules.general(f, None, lambda ct, x: ct), "no forward mode"),
    "no push": (lambda f: rules.general(f, ()), "without push"),
    "unequal": (lambda f: rules.general(f, (np.sin,), (None, None)), "unequal numbers"),
}


@pytest.mark.parametrize(("declare", "said"), REFUSED.values(), ids=list(REFUSED))
def test_a_declaration_that_cannot_serve_both_modes_is_refused(declare, said):
    f = fresh()
    with pytest.raises(RegistrationError) as caught:
        declare(f)
    assert said in str(caught.value)
    assert isinstance(caught.value, ValueError)
    assert "test_registry.py:" in str(caught.value)
    assert find(f) is None


def test_a_function_is_declared_once():
    with pytest.raises(RegistrationError, match=r"numpy\.sin is declared already"):
        rules.elementwise(np.sin, np.cos)


def test_what_is_no_function():
    with pytest.raises(RegistrationError, match="not callable"):
        rules.elementwise(3.0, 1)


def test_a_function_that_does_not_dispatch():
    with pytest.raises(RegistrationError, match="does not dispatch") as caught:
        rules.elementwise(lambda x: x, 1)
    assert "@adkit.rules.elementary" in str(caught.value)


# ---------------------------------------------------------------- elementary functions


def test_an_elementary_function_is_itself_on_plain_arguments():
    @rules.elementary
    def triple(x, *, offset=0):
        """Return three times x."""
        return 3 * x + offset

    assert triple(2) == 6
    assert triple(2, offset=1) == 7
    assert (triple.__name__, triple.__doc__) == ("triple", "Return three times x.")


def test_traced_arguments_are_found_wherever_they_stand():
    @rules.elementary
    def pick(items, extra=1.0):
        return items[1] * extra

    rules.composite(pick, lambda items, extra=1.0: items[1] * extra, operands=0)
    for driver in DRIVERS:
        assert driver(lambda x: pick([1.0, x]))(2.0) == 1.0
        assert driver(lambda x: pick((1.0, x)))(2.0) == 1.0
        assert driver(lambda x: pick([1.0, 5.0], extra=x))(2.0) == 5.0


def test_names():
    assert qualified_name(np.sin) == "numpy.sin"
    assert qualified_name(np.linalg.inv) == "numpy.linalg.inv"
    assert qualified_name(math.sin) == "math.sin"
    assert parameter_names(lambda t, x, ans: t) == ("t", "x", "ans")
    assert parameter_names(np.cos) == ("x",)
    assert takes_answer(lambda ct, ans, x: ct)
    assert not takes_answer(lambda ct, x, ans: ct)


def test_the_catalogue_lists_each_function_once():
    functions = [op.function for op in rules.catalogue()]
    assert len(functions) == len(set(functions)) > 100
    verbs = {"constant", "elementwise", "linear", "bilinear", "composite", "general"}
    assert {op.verb for op in rules.catalogue()} == verbs
    assert repr(find(np.sin)) == "<elementwise numpy.sin>"


def test_positional_parameters():
    assert positional_parameters(np.dot) == ("a", "b", "out")
    assert positional_parameters(np.concatenate)[:3] == ("arrays", "axis", "out")
    assert positional_parameters(np.clip)[:4] == ("a", "a_min", "a_max", "out")
    assert positional_parameters(lambda a, /, b=1, *c, d, **e: a) == ("a", "b")
    for driver in DRIVERS:
        assert driver(lambda x: np.dot(b=x, a=2.0))(3.0) == 2.0
