"""`strict` and `trap_nonfinite`: derivatives that are lost, or become nan or infinite."""

import asyncio
import contextlib
import re
import sys
import threading
import warnings

import numpy as np
import pytest

import adkit as ad
from adkit.common import errors
from adkit.common.scopes import is_searching, is_strict, is_trapping

X = np.array([1.0, 0.0, 4.0])


def pushed(f):
    """Return the gradient of a function of an array by one jvp for each element."""

    def gradient(x):
        return np.stack([ad.jvp(f, (x,), (v,))[1] for v in np.eye(len(x))])

    return gradient


FIRST = {"grad": ad.grad, "jacfwd": ad.jacfwd, "jacrev": ad.jacrev, "jvp": pushed}
SECOND = {
    "hessian": ad.hessian,
    "reverse over reverse": lambda f: ad.jacrev(ad.grad(f)),
    "reverse over forward": lambda f: ad.jacrev(ad.jacfwd(f)),
    "forward over forward": lambda f: ad.jacfwd(ad.jacfwd(f)),
    "forward over reverse": lambda f: ad.jacfwd(ad.jacrev(f)),
}


@pytest.fixture(params=FIRST)
def gradient(request):
    """Return a transform that gives a gradient."""
    return FIRST[request.param]


@pytest.fixture(params=SECOND)
def second(request):
    """Return a transform that gives a Hessian."""
    return SECOND[request.param]


@pytest.fixture(autouse=True)
def quiet():
    """Let NumPy divide by zero without a word."""
    with np.errstate(all="ignore"):
        yield


def line():
    """Return the place of the line that calls this."""
    return f"test_scopes.py:{sys._getframe(1).f_lineno}"


# ---------------------------------------------------------------- strict


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
    assert "test_scopes.py:" in str(caught.value)


def test_the_line_of_a_lost_path_is_named(gradient):
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


# ---------------------------------------------------------------- trap_nonfinite


def test_the_operation_is_named(gradient):
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
}


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
    assert error.place.startswith("test_scopes.py:")


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
    assert ran == loose


def test_trapped_at_second_order(second):
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


# ---------------------------------------------------------------- scopes

SCOPES = {"strict": (ad.strict, is_strict), "trap_nonfinite": (ad.trap_nonfinite, is_trapping)}


@pytest.fixture(params=SCOPES)
def scope(request):
    """Return a kind of scope, and what says whether one is open."""
    return SCOPES[request.param]


def test_scopes_nest_and_are_left_in_any_event(scope):
    enter, is_open = scope
    one = enter()
    assert not is_open()
    with one:
        with one, enter():
            assert is_open()
        assert is_open()
        with pytest.raises(KeyError), enter():
            raise KeyError
        assert is_open()
    assert not is_open()
    assert repr(one).endswith("closed>")


def test_a_scope_decorates_a_function(scope):
    enter, is_open = scope

    @enter()
    def inside(depth):
        return is_open() and (depth == 0 or inside(depth - 1))

    assert inside(2)
    assert not is_open()


def test_a_scope_covers_its_own_thread(scope):
    enter, is_open = scope
    seen = []
    with enter():
        thread = threading.Thread(target=lambda: seen.append(is_open()))
        thread.start()
        thread.join()
    assert seen == [False]


def test_a_scope_covers_its_own_task(scope):
    enter, is_open = scope
    seen = []

    async def inside(started, looked):
        with enter():
            started.set()
            await looked.wait()
            seen.append(is_open())

    async def outside(started, looked):
        await started.wait()
        seen.append(is_open())
        looked.set()

    async def both():
        started, looked = asyncio.Event(), asyncio.Event()
        await asyncio.gather(inside(started, looked), outside(started, looked))

    asyncio.run(both())
    assert seen == [False, True]


def test_a_scope_shared_by_threads(scope):
    enter, is_open = scope
    shared = enter()
    barrier = threading.Barrier(2)
    seen = []

    def work(first):
        with shared:
            barrier.wait(10)
            if first:
                barrier.wait(10)
        if not first:
            seen.append(is_open())
            barrier.wait(10)
        else:
            seen.append(is_open())

    threads = [threading.Thread(target=work, args=(first,)) for first in (True, False)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert seen == [False, False]


def test_a_suspended_generator_is_closed_elsewhere(scope):
    enter, is_open = scope

    def suspended():
        with enter():
            yield

    generator = suspended()
    next(generator)
    assert is_open()
    thread = threading.Thread(target=generator.close)
    thread.start()
    thread.join()
    assert not is_open()
    first, second = suspended(), suspended()
    next(first)
    next(second)
    first.close()
    assert is_open()
    second.close()
    assert not is_open()
