"""Rows 1 to 10: size and memory."""

import gc
import sys
import tracemalloc
import weakref

import numpy as np
import pytest

import adkit as ad
from adkit.common import directions, errors
from tests.fault_table.refusals import V, refused


def test_row_001_reverse_through_many_operations(gradient):
    def chain(x):
        for _ in range(150_000):
            x = -x
            x = x + 1.0
        return x

    assert gradient(chain)(2.0) == 1.0


def test_row_002_a_long_graph_that_is_dropped():
    x = ad.Node(1.0)
    y = x
    for _ in range(300_000):
        y = y * 1.0
    first = weakref.ref(y)
    del x, y
    assert first() is None


def test_row_003_gradients_leave_nothing_to_collect(gradient):
    differentiated = gradient(lambda x: (np.sin(x) * x).sum())
    differentiated(V)
    gc.collect()
    gc.disable()
    try:
        for _ in range(20):
            differentiated(V)
        assert gc.collect() == 0
    finally:
        gc.enable()


def test_row_004_traces_that_are_dropped_give_their_memory_back(gradient):
    x = np.ones(200_000)
    differentiated = (
        gradient if gradient is ad.grad else (lambda f: lambda x: ad.jvp(f, (x,), (x,)))
    )
    run = differentiated(lambda x: (np.sin(x) * x).sum())
    run(x)
    gc.disable()
    tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        for _ in range(20):
            run(x)
        after, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
        gc.enable()
    assert after - before < x.nbytes / 4


def test_row_005_deep_recursion(gradient):
    def nested(x, depth):
        return np.sin(nested(x, depth - 1)) if depth else x

    def slope(x, depth):
        product = 1.0
        for _ in range(depth):
            product *= np.cos(x)
            x = np.sin(x)
        return product

    depth = 400
    assert gradient(lambda x: nested(x, depth))(0.5) == pytest.approx(slope(0.5, depth))
    with pytest.raises(RecursionError):
        gradient(lambda x: nested(x, sys.getrecursionlimit()))(0.5)
    assert gradient(lambda x: nested(x, 2))(0.5) == pytest.approx(slope(0.5, 2))


@pytest.mark.parametrize("transform", [ad.jacobian, ad.jacfwd, ad.jacrev, ad.hessian])
def test_row_006_a_dense_jacobian_that_does_not_fit(transform, monkeypatch):
    monkeypatch.setattr(directions, "_memory", lambda: 16 * 2.0**30)
    f = (lambda x: (x**3).sum()) if transform is ad.hessian else np.square
    with ad.count_sweeps() as ran:
        error = refused(
            errors.JacobianTooLargeError, "ADK701", lambda: transform(f)(np.ones(60_000))
        )
    assert "60000 x 60000 takes 26.8 GiB, this machine has 16.0" in str(error)
    assert "jvp, vjp or hvp" in str(error)
    assert ran.tangents <= 1
    assert isinstance(error, MemoryError)


def test_row_007_chunks():
    for chunk in (0, -1, 1.5, "large", None, True):
        refused(errors.ArgumentError, "ADK106", lambda c=chunk: ad.jacobian(np.sin, chunk=c))
    for transform in (ad.jacfwd, ad.jacrev):
        for chunk in (1, 2, 10**15, "auto", np.int64(2)):
            assert transform(np.square, chunk=chunk)(V).tolist() == np.diag(2 * V).tolist()


def test_row_008_size_zero():
    empty = np.zeros(0)
    for transform in (ad.jacobian, ad.jacfwd, ad.jacrev):
        assert transform(lambda x: x * x)(empty).shape == (0, 0)
        assert transform(lambda x: x.sum() * V)(empty).shape == (3, 0)
        assert transform(lambda x: x[:0])(V).shape == (0, 3)
    assert ad.grad(np.sum)(empty).shape == (0,)
    assert ad.hessian(np.sum)(empty).shape == (0, 0)


def test_row_009_max_of_nothing(gradient):
    for f in (np.max, np.min, np.argmax):
        with pytest.raises(ValueError, match=r"zero-size array|empty sequence"):
            gradient(f)(np.zeros(0))


def test_row_010_mean_of_nothing(gradient):
    with pytest.warns(RuntimeWarning, match=r"empty slice|invalid value"):
        assert gradient(np.mean)(np.zeros(0)).shape == (0,)
