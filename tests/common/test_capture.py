"""The scope of `traced_buffers`: names, threads, tasks and generators."""

import asyncio
import builtins
import functools
import gc
import sys
import threading
import weakref

import numpy
import numpy as np
import pytest
import scipy.integrate
import scipy.linalg
import scipy.special
from numpy import empty as reserve
from numpy import zeros

import adkit as ad
from adkit.common import errors
from adkit.common.buffers import Buffer

MODES = {"reverse": ad.grad, "forward": ad.jacfwd}
X = np.array([1.0, 2.0, 3.0])


@pytest.fixture(params=MODES)
def gradient(request):
    """Return a transform that gives a gradient, by one of the engines."""
    return MODES[request.param]


@pytest.fixture(autouse=True)
def nothing_is_left_behind():
    """Check after each test that names mean what they meant before it."""
    before = {name: getattr(numpy, name) for name in ("zeros", "array", "r_", "linspace")}
    yield
    assert np is numpy
    assert sys.modules["numpy"] is numpy
    assert zeros is numpy.zeros
    assert reserve is numpy.empty
    assert {name: getattr(numpy, name) for name in before} == before
    assert type(builtins.__import__) is type(len)
    assert type(np.zeros(1)) is np.ndarray


def squares(x):
    """Fill a buffer; imported by name, so not reached as ``np.zeros``."""
    z = zeros(x.shape)
    for i in range(len(x)):
        z[i] = x[i] * x[i]
    return z


def test_outside_of_a_scope_a_traced_write_is_refused(gradient):
    with pytest.raises((TypeError, ValueError)) as caught:
        gradient(lambda x: np.sum(squares(x)))(X)
    error = caught.value
    assert isinstance(error.__cause__ or error, errors.DetachError)


def test_the_context_covers_what_is_called_inside(gradient):
    with ad.traced_buffers():
        assert np.array_equal(gradient(lambda x: np.sum(squares(x)))(X), 2 * X)


def test_scopes_nest():
    scope = ad.traced_buffers()
    with scope:
        with scope, ad.traced_buffers():
            assert type(np.zeros(1)) is Buffer
        assert type(np.zeros(1)) is Buffer
    assert type(np.zeros(1)) is np.ndarray
    assert repr(scope) == "<adkit.traced_buffers, closed>"


def test_the_scope_object_is_a_decorator_too(gradient):
    f = ad.traced_buffers()(lambda x: np.sum(squares(x)))
    assert np.array_equal(gradient(f)(X), 2 * X)


def test_a_decorated_function_keeps_its_name_and_docstring():
    traced = ad.traced_buffers(squares)
    assert traced.__name__ == "squares"
    assert traced.__doc__ == squares.__doc__
    assert traced.__wrapped__ is squares


def test_methods_and_partials_are_decorated(gradient):
    class Model:
        @ad.traced_buffers
        def energy(self, x):
            z = np.zeros(3)
            z[:] = x * x
            return np.sum(z)

    assert np.array_equal(gradient(Model().energy)(X), 2 * X)
    weighed = ad.traced_buffers(functools.partial(lambda w, x: np.sum(w * squares(x)), 3.0))
    assert np.array_equal(gradient(weighed)(X), 6 * X)


def test_names_are_restored_after_an_exception(gradient):
    @ad.traced_buffers
    def f(x):
        z = np.zeros(3)
        z[0] = x[0]
        raise KeyError("inside")

    with pytest.raises(KeyError, match="inside"):
        gradient(f)(X)
    with pytest.raises(KeyError), ad.traced_buffers():
        raise KeyError


def test_a_decorated_generator_leaves_its_consumer_alone():
    @ad.traced_buffers
    def rows(n):
        z = np.zeros(n)
        try:
            while True:
                sent = yield z
                z[:] = 0.0 if sent is None else sent
        except ValueError:
            yield type(np.zeros(1))
        finally:
            rows.closed = type(np.zeros(1))
        return z

    generator = rows(2)
    assert type(next(generator)) is np.ndarray
    assert type(np.zeros(1)) is np.ndarray
    assert np.array_equal(generator.send(3.0), [3.0, 3.0])
    assert generator.throw(ValueError) is Buffer
    with pytest.raises(StopIteration) as caught:
        next(generator)
    assert type(caught.value.value) is np.ndarray
    again = rows(1)
    next(again)
    again.close()
    assert rows.closed is Buffer


def test_a_decorated_generator_yields_traced_values(gradient):
    @ad.traced_buffers
    def powers(x, n):
        z = np.zeros(n)
        z[0] = x
        yield z[0]
        for i in range(1, n):
            z[i] = z[i - 1] * x
            yield z[i]

    assert np.allclose(gradient(lambda x: sum(powers(x[1], 4)))(X), [0.0, 1 + 4 + 12 + 32, 0.0])


def test_a_generator_that_is_closed_by_another_thread():
    def suspended():
        with ad.traced_buffers():
            yield type(np.zeros(1))

    generator = suspended()
    found = []
    assert next(generator) is Buffer
    thread = threading.Thread(target=lambda: (generator.close(), found.append(np.zeros(1))))
    thread.start()
    thread.join()
    assert type(found[0]) is np.ndarray
    assert type(np.zeros(1)) is np.ndarray
    with ad.traced_buffers():
        assert type(np.zeros(1)) is Buffer


def test_scopes_that_overlap_in_generators_close_in_any_order():
    def suspended():
        with ad.traced_buffers():
            yield

    first, second = suspended(), suspended()
    next(first)
    next(second)
    first.close()
    assert type(np.zeros(1)) is Buffer
    second.close()
    assert type(np.zeros(1)) is np.ndarray


def test_threads_overlap():
    barrier = threading.Barrier(3)
    found = {}

    @ad.traced_buffers
    def inside(x):
        barrier.wait(10)
        z = np.zeros(3)
        barrier.wait(10)
        z[:] = x * x
        barrier.wait(10)
        return np.sum(z)

    def outside():
        barrier.wait(10)
        found["type"] = type(np.zeros(3))
        barrier.wait(10)
        with pytest.raises((TypeError, ValueError)):
            ad.grad(lambda x: np.sum(squares(x)))(X)
        barrier.wait(10)

    def differentiate(name, transform):
        found[name] = transform(inside)(X)

    threads = [
        threading.Thread(target=differentiate, args=("reverse", ad.grad)),
        threading.Thread(target=differentiate, args=("forward", ad.jacfwd)),
        threading.Thread(target=outside),
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found["type"] is np.ndarray
    assert np.array_equal(found["reverse"], 2 * X)
    assert np.array_equal(found["forward"], 2 * X)


def test_many_threads_come_and_go():
    interval = sys.getswitchinterval()
    results = []

    def work(transform):
        f = ad.traced_buffers(lambda x: np.sum(squares(x)))
        for _ in range(20):
            results.append(np.array_equal(transform(f)(X), 2 * X))
            results.append(type(np.zeros(1)) is np.ndarray)

    threads = [threading.Thread(target=work, args=(MODES[m],)) for m in MODES for _ in range(3)]
    sys.setswitchinterval(1e-5)
    try:
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        sys.setswitchinterval(interval)
    assert len(results) == 240
    assert all(results)


def test_tasks_do_not_see_each_others_scopes(gradient):
    seen = []

    @ad.traced_buffers
    async def inside(started, looked):
        z = np.zeros(3)
        started.set()
        await looked.wait()
        return z + np.zeros(3)

    async def outside(started, looked):
        await started.wait()
        seen.append(type(np.zeros(1)))
        looked.set()

    async def both():
        started, looked = asyncio.Event(), asyncio.Event()
        return await asyncio.gather(inside(started, looked), outside(started, looked))

    result, _ = asyncio.run(both())
    assert type(result) is np.ndarray
    assert seen == [np.ndarray]


def test_other_functions_are_refused():
    async def generate():
        yield 1

    with pytest.raises(errors.ArgumentError, match="asynchronous generator"):
        ad.traced_buffers(generate)
    with pytest.raises(errors.ArgumentError, match="not int"):
        ad.traced_buffers(3)


def test_numpy_itself_is_untouched_inside():
    with ad.traced_buffers():
        assert numpy.zeros is np.zeros
        assert sys.modules["numpy"].zeros is not np.zeros
        assert type(sys.modules["numpy"].zeros(1)) is np.ndarray
        assert type(np.random.default_rng(0).normal(size=3)) is np.ndarray
        assert type(scipy.linalg.hilbert(2)) is np.ndarray
        assert np.float64 is type(np.zeros(1)[0])
        assert set(dir(np)) == set(dir(sys.modules["numpy"]))
        assert "like" in np.zeros.__doc__


def test_like_is_numpys_own():
    with ad.traced_buffers():
        assert type(np.zeros(2, like=X)) is np.ndarray


def test_a_users_rule_may_make_arrays():
    @ad.rules.elementary
    def doubled(x):
        z = np.zeros(x.shape)
        z[...] = 2 * x
        return z

    ad.rules.linear(doubled, lambda ct, x: np.full(ct.shape, 2.0) * ct)
    for transform in (ad.grad, ad.jacfwd):
        with ad.traced_buffers():
            found = transform(lambda x: np.sum(doubled(x) * x))(X)
        assert type(found) is np.ndarray
        assert np.array_equal(found, 4 * X)


def test_what_is_set_in_numpy_is_set_in_numpy(monkeypatch):
    with ad.traced_buffers():
        monkeypatch.setattr(np, "nonsense", 3, raising=False)
        assert np.nonsense == 3
    assert numpy.nonsense == 3
    monkeypatch.undo()
    with ad.traced_buffers():
        pass
    with ad.traced_buffers(), pytest.raises(AttributeError):
        getattr(np, "non" + "sense")


def test_nothing_is_left_for_the_garbage_collector(gradient):
    def f(x):
        z = np.zeros((2, 3))
        rows = np.split(z, 2)
        rows[0][:] = x * x
        return np.sum(z * np.broadcast_arrays(z, z)[1])

    traced = ad.traced_buffers(f)
    gradient(traced)(X)
    gc.collect()
    gc.disable()
    try:
        gradient(traced)(X)
        with ad.traced_buffers():
            gradient(f)(X)
        assert gc.collect() == 0
    finally:
        gc.enable()


def test_the_scope_keeps_no_variable_of_its_caller_alive():
    class Big:
        def __call__(self):
            """Be a candidate for a helper."""

    def caller():
        big = Big()
        alive = weakref.ref(big)
        with ad.traced_buffers():
            del big
            return alive()

    assert caller() is None
