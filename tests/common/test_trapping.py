"""`trap_nonfinite`: the operation where a derivative becomes nan or infinite."""

import contextlib
import re
import warnings

import numpy as np
import pytest

import adkit as ad
from adkit.common import errors
from adkit.common.scopes import is_searching

X = np.array([1.0, 0.0, 4.0])
pytestmark = pytest.mark.usefixtures("quiet")


def test_the_operation_is_named(gradient, line):
    places = []

    def f(x):
        y = x * 2.0
        z, place = np.sqrt(y), line()
        places.append(place)
        return np.sum(z * 3.0)

    gradient(f)(X)
    with ad.trap_nonfinite(), pytest.raises(errors.NonFiniteError) as caught:
        gradient(f)(X)
    error = caught.value
    assert isinstance(error, FloatingPointError)
    assert (error.operation, error.argument, error.index) == ("numpy.sqrt", 0, (1,))
    assert error.value == 0.0
    assert error.place == places[0]
    first, _, rest = str(error).partition("\n")
    assert re.search(r"numpy\.sqrt by argument 0 becomes (inf|nan) at \[1\], where", first)
    assert f"where that is 0.0 ({places[0]})" in first
    assert "np.where before the operation" in rest


BORN = {
    "log": (lambda x: np.sum(np.log(x)), "numpy.log", 0, (1,), 0.0),
    "a power": (lambda x: np.sum(x**0.5), "numpy.power", 0, (1,), 0.0),
    "a broadcast quotient": (lambda x: np.sum(np.ones((2, 1)) / x), "numpy.divide", 1, (1,), 0.0),
    "arctan2": (lambda x: np.arctan2(x[1], x[1] * 2), "numpy.arctan2", 0, (), 0.0),
    "of a nan": (lambda x: np.sum(np.sin(x) * (x / x)), None, None, None, None),
    "overflow": (lambda x: np.sum(np.exp(1e3 * x)), "numpy.exp", 0, (0,), 1e3),
    "in a composite": (lambda x: np.sum(np.log1p(-np.cumprod(x))), "numpy.log1p", 0, (0,), -1.0),
    "a scalar": (lambda x: np.sqrt(x[1]), "numpy.sqrt", 0, (), 0.0),
    "after a write": (lambda x: _written(x), "numpy.sqrt", 0, (0,), 0.0),
    "in two dimensions": (lambda x: np.sum(np.sqrt(np.outer(x, x))), "numpy.sqrt", 0, (0, 1), 0.0),
    "written by out": (
        lambda x: np.sqrt(x, out=np.zeros_like(x)).sum(),
        "numpy.sqrt",
        0,
        (1,),
        0.0,
    ),
    "an augmented operator": (
        lambda x: (x + 1.0).__itruediv__(x).sum(),
        "numpy.divide",
        0,
        (1,),
        1.0,
    ),
    "an element by at": (lambda x: _divided_at(x), "numpy.divide", 0, (0,), 1.0),
    "into a buffer": (lambda x: _filled(x), "numpy.sqrt", 0, (), 0.0),
}


def _divided_at(x):
    y = x * 1.0
    np.divide.at(y, [0], x[1])
    return y.sum()


@ad.traced_buffers
def _filled(x):
    z = np.zeros(3)
    for i in range(2):
        z[i] = np.sqrt(x[i])
    return z.sum()


def _written(x):
    y = np.zeros_like(x) + x
    view = y[1:]
    view *= 2.0
    y[0] = 5.0
    return np.sum(np.sqrt(view))


@pytest.mark.parametrize(
    ("f", "operation", "argument", "index", "value"), BORN.values(), ids=list(BORN)
)
def test_where_it_begins(gradient, f, operation, argument, index, value):
    with ad.trap_nonfinite(), pytest.raises(errors.NonFiniteError) as caught:
        gradient(f)(X)
    error = caught.value
    if operation is not None:
        assert (error.operation, error.argument, error.index) == (operation, argument, index)
        assert error.value == value
    assert error.place.startswith("test_trapping.py:")


SAFE = {
    "where": lambda x: np.sum(np.where(x > 0, np.log(x), 0.0)),
    "an index": lambda x: np.sum(np.sqrt(x)[::2]),
    "an argument that is not chosen": lambda x: np.maximum(np.sqrt(x), 1.0)[1] + x[0],
    "smooth": lambda x: np.sum(np.exp(x)),
    "overwritten": lambda x: _overwritten_root(x),
}


def _overwritten_root(x):
    y = np.sqrt(x)
    y[1] = 0.0
    return np.sum(y)


@pytest.mark.parametrize("f", SAFE.values(), ids=list(SAFE))
def test_what_reaches_no_result_stops_nothing(gradient, f):
    expected = gradient(f)(X)
    with ad.trap_nonfinite(), ad.count_sweeps() as ran:
        assert np.array_equal(gradient(f)(X), expected)
    with ad.count_sweeps() as loose:
        gradient(f)(X)
    # outside, a reverse sweep empties its tape, and f is recorded again where it has to be
    assert (ran.forward, ran.reverse) == (loose.forward, loose.reverse)
    assert (ran.tangents, ran.cotangents) == (loose.tangents, loose.cotangents)
    assert ran.primal <= loose.primal


def test_trapped_at_second_order(second, line):
    places = []

    def f(x):
        y, place = x**1.5, line()
        places.append(place)
        return np.sum(y)

    assert np.allclose(ad.grad(f)(X), 1.5 * X**0.5)
    with ad.trap_nonfinite(), pytest.raises(errors.NonFiniteError) as caught:
        second(f)(X)
    error = caught.value
    assert error.operation.startswith("numpy.power")
    assert error.index == (1,)
    assert error.value == 0.0
    assert error.place == places[0]


def test_safe_at_second_order(second):
    f = SAFE["where"]
    with ad.trap_nonfinite():
        assert np.allclose(second(f)(X), np.diag([-1.0, 0.0, -1 / 16]))


def test_an_inner_derivative_is_trapped(gradient):
    def f(x):
        return ad.grad(lambda t: np.sqrt(t))(x[1]) * x[0]

    with ad.trap_nonfinite(), pytest.raises(errors.NonFiniteError, match=r"numpy\.sqrt"):
        gradient(f)(X)


def test_products_and_linearizations_are_trapped():
    def f(x):
        return np.sum(x**1.5)

    with ad.trap_nonfinite():
        with pytest.raises(errors.NonFiniteError, match=r"numpy\.power"):
            ad.hvp(f, (X,), (np.ones(3),))
        _, pullback = ad.vjp(np.sqrt, X)
        with pytest.raises(errors.NonFiniteError, match=r"numpy\.sqrt"):
            pullback(np.ones(3))
        with pytest.raises(errors.NonFiniteError, match=r"numpy\.sqrt"):
            ad.linearize(np.sqrt, X)[1](np.ones(3))


def test_a_seed_that_is_not_finite_is_the_callers():
    seed = np.array([0.0, np.nan, 0.0])
    with ad.trap_nonfinite():
        with pytest.raises(errors.NonFiniteError, match="the tangent that was given"):
            ad.jvp(np.sin, (X,), (seed,))
        with pytest.raises(errors.NonFiniteError, match="the cotangent that was given"):
            ad.vjp(np.sin, X)[1](seed)


def test_a_function_that_gives_another_value_each_time(gradient):
    def f(x):
        return np.sum(np.sqrt(x + (1.0 if is_searching() else 0.0)))

    with ad.trap_nonfinite(), pytest.raises(errors.NonFiniteError, match="of no operation"):
        gradient(f)(X)


def test_the_search_repeats_no_warnings():
    def warned():
        with warnings.catch_warnings(record=True) as caught, np.errstate(all="warn"):
            warnings.simplefilter("always")
            with contextlib.suppress(errors.NonFiniteError):
                ad.grad(lambda x: np.sum(np.sqrt(x)))(X)
        return [str(warning.message) for warning in caught]

    first = warned()
    assert first
    with ad.trap_nonfinite():
        assert warned() == first


def test_inside_a_trap_and_strict(gradient):
    with ad.strict(), ad.trap_nonfinite(), pytest.raises(errors.NonFiniteError):
        gradient(lambda x: np.sum(np.sqrt(x)))(X)
