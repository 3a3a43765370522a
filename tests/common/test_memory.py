"""Transforms leave no garbage behind, and chains of any length need no recursion."""

import gc
import sys

import numpy as np
import pytest

import adkit as ad


@pytest.fixture
def collector():
    gc.collect()
    gc.disable()
    yield
    gc.enable()


def scaled(x):
    return (np.sin(x) * x.sum()).sum()


@pytest.mark.parametrize(
    "run",
    [
        lambda x: ad.jvp(scaled, (x,), (x,)),
        lambda x: ad.vjp(scaled, x)[1](1.0),
        lambda x: ad.grad(scaled)(x),
        lambda x: ad.jacfwd(np.sin)(x),
        lambda x: ad.jacrev(np.sin, chunk=1)(x),
        lambda x: ad.jacobian(np.sin)(x),
        lambda x: ad.hessian(scaled)(x),
        lambda x: ad.hessian_diag(scaled)(x),
        lambda x: ad.hvp(scaled, (x,), (x,)),
        lambda x: ad.linearize(scaled, x)[1](x),
        lambda x: ad.linear_transpose(np.sum, x)(1.0),
        lambda x: ad.plan(np.sin, x),
        lambda x: ad.grad(lambda y: ad.grad(scaled)(y).sum())(x),
        lambda x: ad.grad(lambda y: np.where(y > 0, np.sqrt(y), 0).sum())(x),
        lambda x: ad.grad(scaled, has_aux=False)(x),
    ],
)
def test_a_transform_leaves_no_garbage(collector, run):
    x = np.arange(3.0)
    with np.errstate(all="ignore"):
        run(x)
        gc.collect()
        result = run(x)
        assert gc.collect() == 0
    assert result is not None


def test_an_error_leaves_no_garbage(collector):
    def fails(x):
        y = np.sin(x) * x
        return y.missing

    def attempt(transform):
        try:
            transform(fails)(np.ones(3))
        except AttributeError:
            return
        raise AssertionError

    for transform in (ad.grad, ad.jacfwd, ad.jacrev, ad.hessian):
        attempt(transform)
        gc.collect()
        attempt(transform)
        assert gc.collect() == 0


def test_a_refusal_leaves_no_garbage(collector):
    def attempt(transform):
        try:
            transform(lambda x: float(x) * x)(3.0)
        except TypeError:
            return
        raise AssertionError

    for transform in (ad.grad, ad.derivative):
        attempt(transform)
        gc.collect()
        attempt(transform)
        assert gc.collect() == 0


@pytest.mark.parametrize("transform", [ad.grad, ad.derivative])
def test_a_chain_of_200_000_operations(transform):
    def chain(x):
        y = x
        for _ in range(100_000):
            y = y * 1.0
            y = y + 1.0
        return y * x

    limit = sys.getrecursionlimit()
    assert transform(chain)(2.0) == 100_004.0
    assert sys.getrecursionlimit() == limit


def test_the_users_own_recursion_is_not_cut_short():
    def descend(x, depth):
        return np.sin(x) if depth == 0 else descend(x * 1.0, depth - 1)

    depth = 500
    assert ad.grad(lambda x: descend(x, depth))(0.3) == pytest.approx(np.cos(0.3))
    assert ad.derivative(lambda x: descend(x, depth))(0.3) == pytest.approx(np.cos(0.3))
