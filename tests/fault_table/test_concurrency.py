"""Rows 11 to 25: concurrency, interruption, shipping."""

import asyncio
import copy
import pickle
import signal
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

import adkit as ad
from adkit.common import errors
from tests.fault_table.refusals import V, refused


def in_threads(task, count):
    """Return the results of tasks in threads that are switched as often as can be."""
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        with ThreadPoolExecutor(8) as pool:
            return list(pool.map(task, range(count)))
    finally:
        sys.setswitchinterval(interval)


def test_row_011_threads(gradient):
    found = in_threads(lambda k: gradient(lambda x: np.sin(x) * k)(0.0), 400)
    assert found == [float(k) for k in range(400)]


def test_row_012_threads_with_nested_derivatives(gradient):
    def task(k):
        return gradient(lambda x: x * gradient(lambda y: x * y * y * k)(x))(3.0)

    assert in_threads(task, 400) == [54.0 * k for k in range(400)]


def test_row_013_threads_share_an_input(gradient):
    shared = V.copy()
    found = in_threads(lambda k: gradient(lambda x: (x * x).sum() * k)(shared).tolist(), 200)
    assert found == [(2.0 * k * V).tolist() for k in range(200)]


def test_row_014_a_switch_is_not_seen_by_other_threads():
    entered, done = threading.Event(), threading.Event()

    def strict():
        with ad.strict():
            entered.set()
            done.wait()

    other = threading.Thread(target=strict)
    other.start()
    entered.wait()
    found = ad.grad(lambda x: 3.0)(1.0)  # depends on nothing: an error inside strict()
    done.set()
    other.join()
    assert found == 0.0


def test_row_015_a_switch_is_not_seen_by_other_tasks():
    async def strict(entered, done):
        with ad.strict():
            entered.set()
            await done.wait()
            refused(errors.StrictError, "ADK511", lambda: ad.grad(lambda x: 3.0)(1.0))

    async def plain(entered, done):
        await entered.wait()
        found = ad.grad(lambda x: 3.0)(1.0)
        done.set()
        return found

    async def both():
        entered, done = asyncio.Event(), asyncio.Event()
        return await asyncio.gather(strict(entered, done), plain(entered, done))

    assert asyncio.run(both()) == [None, 0.0]


def test_row_016_coroutine_functions():
    async def f(x):
        return x

    class Model:
        async def __call__(self, x):
            return x

    for transform in (ad.grad, ad.jacobian, ad.hessian):
        refused(errors.ArgumentError, "ADK102", lambda t=transform: t(f))
    refused(errors.ArgumentError, "ADK102", lambda: ad.vjp(Model(), 1.0))


def test_row_017_generator_functions():
    def f(x):
        yield x

    refused(errors.ArgumentError, "ADK102", lambda: ad.grad(f))
    refused(errors.ArgumentError, "ADK102", lambda: ad.jvp(f, (1.0,), (1.0,)))
    refused(errors.OutputError, "ADK132", lambda: ad.grad(lambda x: (y for y in [x]))(1.0))


def forked(script):
    """Return what a program that forks prints."""
    program = "import os\nimport adkit as ad\n" + script
    ran = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    return ran.stdout.splitlines()


FORKS = {
    18: """
ad.grad(lambda x: x * x)(3.0)
out, pullback = ad.vjp(lambda x: x * x, 4.0)
if os.fork() == 0:
    print(ad.grad(lambda x: x * x)(3.0), pullback(1.0)[0], flush=True)
    os._exit(0)
os.wait()
print(ad.grad(lambda x: x * x)(5.0))
""",
    19: """
def f(x):
    if os.fork() != 0:
        os.wait()
    return x * x
for derivative in (ad.grad, ad.derivative):
    try:
        print(derivative(f)(3.0), flush=True)
    except ad.AdkitError as error:
        print(type(error).__name__, error.code, flush=True)
        os._exit(0)
""",
}


def test_row_018_a_fork_after_use():
    assert forked(FORKS[18]) == ["6.0 8.0", "10.0"]


def test_row_019_a_fork_inside_a_traced_function():
    assert forked(FORKS[19]) == ["ForkedTraceError ADK612", "6.0"] * 2


@ad.rules.elementary
def interrupted(x):
    return x * 1.0


def interrupt(t):
    signal.raise_signal(signal.SIGINT)
    return t


ad.rules.elementwise(interrupted, interrupt)


@pytest.fixture
def _interruptible():
    """Let SIGINT raise, also where the tests run in the background."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("_interruptible")
def test_row_021_an_interrupt_during_a_sweep():
    for transform in (ad.grad, ad.derivative):
        with pytest.raises(KeyboardInterrupt):
            transform(lambda x: np.sin(interrupted(x * x)))(3.0)
        assert transform(lambda x: x * x)(3.0) == 6.0
    x = ad.Node(3.0)
    with pytest.raises(KeyboardInterrupt):
        (interrupted(x) * x).backward()
    assert x.grad is None  # nothing half done


def test_row_022_exceptions_inside_the_function(gradient):
    x = V.copy()
    for _ in range(5):
        with pytest.raises(ZeroDivisionError):
            gradient(lambda x: x.sum() * (1 // 0))(x)
    assert x.flags.writeable
    assert gradient(lambda x: x.sum() * gradient(np.sum)(x)[0])(x).tolist() == [1.0] * 3


def cube(x):
    return x * x * x


def test_row_023_transforms_are_pickled():
    for transform in (ad.grad(cube), ad.grad(ad.grad(cube)), ad.jacobian(cube), ad.hessian(cube)):
        assert pickle.loads(pickle.dumps(transform))(2.0) == transform(2.0)
    with pytest.raises((pickle.PicklingError, AttributeError), match=r"lambda|local"):
        pickle.dumps(ad.grad(lambda x: x))


def test_row_024_a_traced_value_is_not_pickled(gradient):
    refused(errors.DetachError, "ADK210", gradient(lambda x: pickle.dumps(x)), 1.0)


def test_row_025_copies_of_traced_values(gradient):
    for copied in (copy.copy, copy.deepcopy, lambda x: copy.deepcopy({"x": [x]})["x"][0]):
        assert gradient(lambda x, copied=copied: copied(x) * x)(3.0) == 6.0
        assert gradient(lambda x, copied=copied: (copied(x) * x).sum())(V).tolist() == [2, 4, 6]
