"""Arguments, containers, dtypes, sizes, and what is refused."""

import numpy as np
import pytest

import adkit as ad
from adkit.common.errors import ArgumentError, JacobianTooLargeError, OutputError
from adkit.pattern import hessian_pattern, jacobian_pattern, sparse_jacobian
from adkit.sparse import Pattern
from tests.pattern.reference import assert_close, dense_jacobian


def test_arguments_are_numbered_through():
    def f(a, b):
        return {"sum": a["x"] + b, "product": a["x"] * a["y"]}

    args = ({"x": np.ones(2), "y": np.full(2, 3.0)}, np.array([5.0, 7.0]))
    found = sparse_jacobian(f, *args, argnums=(0, 1))
    assert found.pattern.shape == (4, 6)
    assert_close(found.to_dense(), dense_jacobian(f, args, (0, 1)))
    assert jacobian_pattern(f, *args, argnums=1).pattern.nnz == 2


@pytest.mark.parametrize("size", [0, 1])
def test_small_sizes(size):
    for f in (np.sin, np.cumsum, np.sum, lambda x: x[:0], lambda x: np.concatenate([x, x])):
        x = np.ones(size)
        found = jacobian_pattern(f, x)
        assert found.pattern.shape == (np.size(f(x)), size)
        np.testing.assert_array_equal(sparse_jacobian(f, x).to_dense(), dense_jacobian(f, (x,)))


def test_results_that_do_not_depend_on_anything():
    found = jacobian_pattern(lambda x: np.ones(3), np.ones(2))
    assert (found.pattern.shape, found.pattern.nnz) == ((3, 2), 0)
    assert hessian_pattern(lambda x: 3.0, np.ones(2)).pattern.nnz == 0
    assert hessian_pattern(lambda x: x[0] * 2, np.ones(2)).pattern.nnz == 0


def test_numbers():
    assert jacobian_pattern(np.sin, 1.0).pattern.shape == (1, 1)
    np.testing.assert_array_equal(sparse_jacobian(lambda x: x**2, 3.0).to_dense(), [[6.0]])


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64, np.longdouble])
def test_dtypes_are_kept(dtype):
    def f(x):
        return np.mean(x.reshape(4, 25), axis=1)[::-1] * np.cumsum(x)[:4]

    x = np.random.default_rng(0).uniform(0.5, 1.5, 100).astype(dtype)
    found = sparse_jacobian(f, x)
    assert found.values.dtype == dtype
    assert_close(found.to_dense(), dense_jacobian(f, (x,)), np.finfo(dtype).eps)
    assert found.pattern == jacobian_pattern(f, x).pattern


def test_large_arrays_of_half_precision():
    found = sparse_jacobian(lambda x: np.roll(x, 3)[::-1] * 2, np.ones(5000, np.float16))
    assert found.pattern.nnz == 5000
    assert (found.values == 2).all()


def test_complex_intermediates():
    def f(x):
        z = x[:3] + 1j * x[3:]
        w = np.exp(z) * np.conj(np.roll(z, 1))
        y = np.zeros_like(w)
        y.real[:] = w.imag
        y.imag[1:] = np.abs(w)[1:]
        return y, np.real(np.fft.fft(w)), np.linalg.norm(z)

    x = np.random.default_rng(0).uniform(0.5, 1.5, 6)
    assert_close(sparse_jacobian(f, x).to_dense(), dense_jacobian(f, (x,)))
    assert jacobian_pattern(f, x).pattern.contains(sparse_jacobian(f, x).pattern)


def test_what_was_not_selected_is_zero_though_it_is_infinite():
    with np.errstate(all="ignore"):
        found = sparse_jacobian(lambda x: np.where(x > 0, np.log(x), 0), np.array([0.0, 2.0]))
    np.testing.assert_array_equal(found.to_dense(), [[0.0, 0.0], [0.0, 0.5]])


@pytest.mark.parametrize(
    "f",
    [
        lambda x: np.diag([np.inf, 1.0, 2.0]) @ x,
        lambda x: np.array([[0.0, np.inf, 1.0], [1.0, 0.0, 0.0]]) @ x,
        lambda x: x[:, None] @ np.array([[np.inf, 1.0]]),
        lambda x: np.where(x > 1, np.log(x - 1), x) * 3,
        lambda x: np.sqrt(x - 1)[1:] * 2,
        lambda x: np.sqrt(np.where(x > 1, x, 0)),
        lambda x: np.sqrt(x - 1).reshape(3, 1) @ np.ones((1, 2)),
    ],
)
def test_derivatives_that_are_not_finite(f):
    x = np.array([1.0, 2.0, 3.0])
    with np.errstate(all="ignore"):
        found, expected = sparse_jacobian(f, x).to_dense(), dense_jacobian(f, (x,))
    np.testing.assert_array_equal(found, expected)


def test_nested_levels():
    def f(x):
        return ad.grad(lambda y: np.sum(y[1:] * y[:-1] ** 2))(x)

    x = np.linspace(1, 2, 5)
    found = jacobian_pattern(f, x)
    np.testing.assert_array_equal(
        found.pattern.to_dense(), ad.hessian(lambda y: np.sum(y[1:] * y[:-1] ** 2))(x) != 0
    )


def test_arguments_are_not_changed():
    def f(x):
        x[0] = 0
        return x

    x = np.ones(3)
    assert jacobian_pattern(f, x).pattern.nnz == 2
    np.testing.assert_array_equal(x, 1)


@pytest.mark.parametrize(
    "f",
    [
        lambda x: np.ravel(x, "K") * np.arange(12.0),
        lambda x: np.ravel(x, "A") ** 2,
        lambda x: np.reshape(x, 12, order="A"),
        lambda x: np.reshape(x, (4, 3), order="F"),
        lambda x: x.copy(order="K").ravel("K"),
        lambda x: (x * 2).flatten("K"),
        lambda x: np.ravel(x[:, ::-1], "K"),
        lambda x: np.ravel(x[:, ::-1], "A"),
        lambda x: np.ravel(x[:, 1:3], "A"),
        lambda x: x.swapaxes(0, 1).ravel("K"),
        lambda x: np.concatenate([x, x]).ravel("K"),
    ],
)
@pytest.mark.parametrize("make", [np.ascontiguousarray, np.asfortranarray])
def test_the_order_in_memory_counts(f, make):
    x = make(np.arange(1.0, 13).reshape(3, 4))
    expected = dense_jacobian(f, (x,))
    assert jacobian_pattern(f, x).pattern.contains(Pattern.from_dense(expected))
    np.testing.assert_array_equal(sparse_jacobian(f, x).to_dense(), expected)


def test_the_ledger_counts_the_sweep():
    with ad.count_sweeps() as ran:
        jacobian_pattern(lambda x: np.sin(x) + 1, np.ones(3))
    assert (ran.forward, ran.operations) == (1, 2)


def test_refusals():
    with pytest.raises(OutputError, match="ADK134"):
        hessian_pattern(np.sin, np.ones(3))
    with pytest.raises(ArgumentError, match="ADK101"):
        jacobian_pattern(np.ones(3), np.ones(3))


@pytest.mark.parametrize("transform", [jacobian_pattern, sparse_jacobian])
def test_what_no_memory_holds_is_refused_at_once(transform):
    def softmax(x):
        return np.exp(x) / np.sum(np.exp(x))

    with pytest.raises(JacobianTooLargeError, match=r"1e\+12 nonzeros.*ADK701"):
        transform(softmax, np.ones(10**6))
