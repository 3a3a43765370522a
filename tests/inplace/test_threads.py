"""An array that threads write: refused, since derivatives would be lost; reading is free."""

import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

import adkit as ad
from adkit.common import errors

X = np.linspace(0.1, 1.0, 20)


@pytest.fixture(params=["reverse", "forward"])
def gradient(request):
    return ad.grad if request.param == "reverse" else ad.jacfwd


def in_pool(work):
    with ThreadPoolExecutor(4) as pool:
        return list(pool.map(work, range(X.size)))


MADE = {
    "a computed array": lambda x: x * 1.0,
    "a written array": lambda x: np.sin(x, out=x * 1.0),
    "a buffer": lambda x: np.zeros_like(x),
    "rows": lambda x: np.zeros((X.size, 2), like=x),
}


@pytest.mark.parametrize("make", MADE.values(), ids=list(MADE))
def test_a_second_thread_may_not_write(gradient, make):
    def f(x):
        y = make(x)
        y[0] = x[0]
        in_pool(lambda i: y.__setitem__(i, np.sin(x[i])))
        return y.sum()

    with pytest.raises(errors.InPlaceError, match="two threads") as caught:
        gradient(f)(X)
    assert caught.value.code == "ADK304"


def test_what_a_thread_raises_reaches_the_caller_even_if_nobody_asks_it(gradient):
    raised = []

    def f(x):
        y = x * 1.0
        y[0] = x[1]

        def write():
            try:
                y[1] = x[2] * x[3]
            except errors.InPlaceError as error:
                raised.append(error.code)

        thread = threading.Thread(target=write)
        thread.start()
        thread.join()
        return y.sum()

    with pytest.raises(errors.InPlaceError, match="two threads"):
        gradient(f)(X)
    assert raised == ["ADK304"]


def test_threads_may_write_arrays_of_their_own(gradient):
    def f(x):
        def work(i):
            y = np.zeros_like(x)
            y[i] = x[i] ** 2
            y[i - 1] = x[i]
            return y.sum()

        return sum(in_pool(work))

    assert gradient(f)(X) == pytest.approx(2 * X + 1)


def test_threads_may_read_an_array_that_is_written(gradient):
    def f(x):
        y = x * 1.0
        y[::2] *= x[1]
        return np.stack(in_pool(lambda i: np.sin(y[i]))).sum()

    expected = np.cos(np.where(np.arange(20) % 2 == 0, X * X[1], X))
    expected[1] += (X[::2] * expected[::2]).sum()
    expected[::2] *= X[1]
    assert gradient(f)(X) == pytest.approx(expected)


def test_threads_may_differentiate_inside(gradient):
    def f(x):
        def work(i):
            def g(t):
                z = np.zeros_like(x)
                z[0] = t * x[i]
                z[1:] = x[:-1] * t
                return z.sum()

            return ad.grad(g)(2.0)

        return sum(in_pool(work))

    expected = np.full(20, 1.0 + 20.0)
    expected[-1] = 1.0
    assert gradient(f)(X) == pytest.approx(expected)
