"""`strict`: the loss of a derivative is an error."""

import re

import numpy as np
import pytest

import adkit as ad
from adkit.common import errors

X = np.array([1.0, 0.0, 4.0])
pytestmark = pytest.mark.usefixtures("quiet")


LOST = {
    "floor": (lambda x: np.sum(np.floor(x)), "numpy.floor is piecewise constant in argument 0"),
    "ceil": (lambda x: np.sum(np.ceil(x) * x), "numpy.ceil is piecewise constant"),
    "a part": (lambda x: np.sum(x - np.trunc(x)), "numpy.trunc is piecewise constant"),
    "rint": (lambda x: np.sum(np.rint(x)), "numpy.rint is piecewise constant"),
    "round": (lambda x: np.sum(x.round(1)), "numpy.round is piecewise constant"),
    "sign": (lambda x: np.sum(np.sign(x) * x), "numpy.sign is piecewise constant"),
    "floor division": (lambda x: np.sum(x // 2), "numpy.floor_divide is piecewise constant"),
    "heaviside": (lambda x: np.sum(np.heaviside(x, 0.5)), "numpy.heaviside is piecewise"),
    "copysign": (
        lambda x: np.sum(np.copysign(x, x)),
        "copysign is piecewise constant in argument 1",
    ),
    "a comparison": (lambda x: 1.0 * np.sum(x > 0), "depends on no differentiated argument"),
    "a search": (lambda x: 1.0 * np.argmax(x), "depends on no differentiated argument"),
    "a constant": (lambda x: 3.0, "depends on no differentiated argument"),
    "value": (lambda x: np.sum(ad.value(x)), "depends on no differentiated argument"),
    "stop_gradient": (lambda x: np.sum(ad.stop_gradient(x)), "depends on no differentiated"),
    "overwritten": (lambda x: _overwritten(x), "depends on no differentiated argument"),
}


def _overwritten(x):
    y = np.floor(ad.value(x)) + 1.0
    return np.sum(y)


@pytest.mark.parametrize(("f", "message"), LOST.values(), ids=list(LOST))
def test_a_lost_path_is_an_error(gradient, f, message):
    gradient(f)(X)
    with ad.strict(), pytest.raises(errors.StrictError, match=message) as caught:
        gradient(f)(X)
    assert isinstance(caught.value, ValueError)
    assert re.search(r"\((test_strict|conftest)\.py:\d+\)", str(caught.value))


def test_the_line_of_a_lost_path_is_named(gradient, line):
    def f(x):
        y = np.sin(x)
        return np.sum(np.floor(y)), line()

    with ad.strict(), pytest.raises(errors.StrictError) as caught:
        gradient(lambda x: f(x)[0])(X)
    assert f(X)[1] in str(caught.value)


KEPT = {
    "branches": lambda x: np.sum(np.where(x > 0, x * x, -x)) if x[0] > 0 else 0.0,
    "a constant that is meant": lambda x: np.sum(x * np.floor(ad.value(x))),
    "arrays of its shape": lambda x: np.sum(x + np.zeros_like(x) + np.ones_like(x)),
    "a search": lambda x: x[np.argmax(x)] * x[np.argsort(x)][0] + np.sum(x[x > 0]),
    "functions that use others inside": lambda x: np.sum(np.abs(x) + np.clip(x, 0.5, 2) % 3),
    "locally constant": lambda x: np.sum(np.maximum(x, 2.0)) + np.max(x),
    "integers": lambda x: np.sum(x) * len(x) * np.sum(x > 0),
    "some elements": lambda x: x[0] * 2.0,
    "a choice by floats": lambda x: np.sum(np.where(x, x, 1.0)),
    "shape and size": lambda x: np.sum(x) * np.size(x) + np.shape(x)[0],
}


@pytest.mark.parametrize("f", KEPT.values(), ids=list(KEPT))
def test_what_loses_nothing_is_allowed(gradient, f):
    expected = gradient(f)(X)
    with ad.strict():
        assert np.array_equal(gradient(f)(X), expected)


def test_at_second_order(second):
    with ad.strict():
        cubes = second(lambda x: np.sum(np.abs(x) ** 3 + x**3))(X + 1)
        assert np.allclose(cubes, np.diag(12 * (X + 1)))
        with pytest.raises(errors.StrictError, match="depends on no differentiated argument"):
            second(lambda x: np.sum(x))(X)
        with pytest.raises(errors.StrictError, match=r"numpy\.floor is piecewise constant"):
            second(lambda x: np.sum(x**3 * np.floor(x)))(X)


@pytest.mark.parametrize("mode", ["forward", "reverse"])
def test_each_argument_and_each_result_counts(mode):
    def calls(x, y):
        calls.count += 1
        return {"a": np.sin(x), "b": [x * y["s"], np.cos(x)]}

    def jacobian(f, **options):
        return ad.jacobian(f, (0, 1), mode=mode, **options)(1.0, {"s": 2.0, "t": 3.0})

    calls.count = 0
    with ad.strict():
        with pytest.raises(
            errors.StrictError, match=r"no result of calls depends on argument 1 'y'\['t'\]"
        ):
            jacobian(calls)
        with pytest.raises(errors.StrictError, match=r"the result \['b'\]\[1\] of f depends on no"):
            jacobian(lambda x, y: {"a": x, "b": [y["s"] * y["t"], 1.0]})
        with ad.count_sweeps() as ran:
            jacobian(lambda x, y: x * y["s"] * y["t"])
    assert calls.count == (4 if mode == "forward" else 1)
    with ad.count_sweeps() as loose:
        jacobian(lambda x, y: x * y["s"] * y["t"])
    assert ran.operations == loose.operations


def test_a_derivative_that_is_not_finite_is_an_error(gradient):
    with ad.strict(), pytest.raises(errors.StrictError, match=r"is (inf|nan)") as caught:
        gradient(lambda x: np.sum(np.sqrt(x)))(X)
    assert "trap_nonfinite" in str(caught.value)
    with ad.strict():
        safe = gradient(lambda x: np.sum(np.where(x > 0, np.sqrt(x), 0.0)))(X)
    assert np.array_equal(safe, [0.5, 0.0, 0.25])


def test_which_derivative_is_not_finite():
    def f(x, y):
        return np.sum(x * x) + np.log(y)

    with ad.strict(), pytest.raises(errors.StrictError, match=r"derivative 1 of 2 is inf"):
        ad.grad(f, (0, 1))(X, 0.0)
    with ad.strict(), pytest.raises(errors.StrictError, match=r"derivative is inf at \[1\]"):
        ad.grad(lambda x: np.sum(np.log(x)))(X)


def test_a_users_rule_may_use_what_is_piecewise_constant(second):
    @ad.rules.elementary
    def ramp(x):
        return np.abs(x)

    ad.rules.elementwise(ramp, lambda x: np.sign(x) + 0 * np.floor(x))
    with ad.strict():
        assert np.allclose(second(lambda x: np.sum(ramp(x) * x * x))(X), np.diag(6 * X))
