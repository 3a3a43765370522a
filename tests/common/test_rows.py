"""Rows that are joined, or looped over without a buffer: numbers, order and warnings of NumPy."""

import numpy as np
import pytest

import adkit as ad
from adkit.common.rows import by_rows, plan, rowwise

UFUNCS = [np.add, np.subtract, np.multiply, np.true_divide]
JOINED = [
    ((1000, 10), (3, 1, 10)),
    ((3, 1000, 10), (3, 1, 10)),
    ((3, 1, 10), (3, 1000, 10)),
    ((10,), (2000, 10)),
    ((2000, 10), (10,)),
    ((2000, 10), (1, 10)),
    ((3, 4, 500, 10), (4, 1, 10)),
    ((1, 6000, 3), (3,)),
    ((2000, 64), (64,)),
]
LEFT_ALONE = [
    ((1999, 10), (10,)),
    ((20_000, 1), (1,)),
    ((2000, 65), (65,)),
    ((100, 10), (10,)),
    ((2000, 10), (2000, 1)),
    ((2000, 10), (3, 2000, 10)),
    ((20_000,), ()),
    ((900, 1), (1, 90)),
]


def numbers(shape, dtype, rng):
    x = rng.standard_normal(shape)
    some = rng.random(shape) < 0.01
    return np.where(some, rng.choice([0.0, -0.0, np.inf, -np.inf, np.nan], shape), x).astype(dtype)


@pytest.mark.parametrize("shapes", JOINED + LEFT_ALONE, ids=str)
@pytest.mark.parametrize("ufunc", UFUNCS)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_bits_and_strides_are_those_of_the_ufunc(shapes, ufunc, dtype):
    rng = np.random.default_rng(0)
    x, y = (numbers(shape, dtype, rng) for shape in shapes)
    with np.errstate(all="ignore"):
        expected, found = ufunc(x, y), rowwise(ufunc, x, y)
    assert found.dtype == expected.dtype
    assert found.strides == expected.strides
    bits = np.uint64 if dtype is np.float64 else np.uint32
    same = found.view(bits) == expected.view(bits)
    assert np.all(same | np.isnan(expected) & np.isnan(found))


@pytest.mark.parametrize("shapes", JOINED, ids=str)
def test_rows_are_joined(shapes):
    assert plan(*shapes) is not None


@pytest.mark.parametrize("shapes", [*LEFT_ALONE, ((2000, 10), (11,))], ids=str)
def test_rows_are_left_alone(shapes):
    assert plan(*shapes) is None


def test_the_result_goes_into_an_operand():
    x, y = np.random.default_rng(0).standard_normal((2, 2000, 10))
    expected = x * y[:1]
    assert rowwise(np.multiply, x, y[:1], x) is x
    assert np.array_equal(x, expected)


def test_what_does_not_broadcast_is_refused_as_numpy_does():
    with pytest.raises(ValueError, match="broadcast"):
        ad.grad(lambda x: np.sum(np.zeros((2000, 10)) * x))(np.zeros((3, 10)))


def test_warnings_are_those_of_numpy():
    x = np.zeros((2000, 10))
    with pytest.warns(RuntimeWarning, match="invalid value encountered in divide"):
        rowwise(np.true_divide, x, np.zeros(10))


@pytest.mark.parametrize("order", ["C", "F"])
def test_values_of_programs(order):
    rng = np.random.default_rng(0)
    data = np.asarray(rng.standard_normal((2000, 10)), order=order)
    mean = rng.standard_normal(10)
    seen = []

    def f(mean):
        y = (data - mean) / mean
        seen.append(ad.value(y))
        return np.sum(y)

    found = ad.grad(f)(mean)
    expected = (data - mean) / mean
    assert np.array_equal(seen[0], expected)
    assert seen[0].strides == expected.strides
    np.testing.assert_allclose(found, np.sum(-data / mean**2, axis=0), rtol=1e-10)


# ---------------------------------------------------------------- long rows

LONG_ROWS = {
    "a column": lambda x: (x, x[:, :1].copy()),
    "a column first": lambda x: (x[:, :1].copy(), x),
    "a row": lambda x: (x, x[0].copy()),
    "a column that is spread": lambda x: (np.broadcast_to(x[:, :1], x.shape), x),
    "parts": lambda x: (x[:, 1:], x[:, :-1]),
    "part of three axes": lambda x: (x.reshape(4, 50, -1), x.reshape(4, 50, -1)[:, :1]),
}
OTHERS = {
    "a column and a row": lambda x: (x[:, :1].copy(), x[0].copy()),
    "whole": lambda x: (x, x + 1),
    "few": lambda x: (x[:20], x[:20, :1]),
    "short": lambda x: (x.reshape(-1, 50), x.reshape(-1, 50)[:, :1].copy()),
    "columns in memory": lambda x: (x.T, x.T[:, :1]),
    "every second": lambda x: (x[:, ::2], x[:, 1::2]),
    "two types": lambda x: (x, x[:, :1].astype(np.float32)),
}


@pytest.fixture
def buffers(monkeypatch):
    """Sizes of the buffers that were set."""
    sizes = []
    set_size = np.setbufsize

    def noted(size):
        sizes.append(size)
        return set_size(size)

    monkeypatch.setattr(np, "setbufsize", noted)
    return sizes


@pytest.mark.parametrize("ufunc", [*UFUNCS, np.equal])
@pytest.mark.parametrize("operands", [*LONG_ROWS.values(), *OTHERS.values()])
def test_results_of_long_rows_are_those_of_the_ufunc(operands, ufunc):
    x, y = operands(numbers((200, 200), np.float64, np.random.default_rng(1)))
    with np.errstate(all="ignore"):
        expected, found = ufunc(x, y), by_rows(ufunc, x, y)
    assert found.dtype == expected.dtype
    assert found.strides == expected.strides
    np.testing.assert_array_equal(found, expected)
    if found.dtype.kind == "f":
        np.testing.assert_array_equal(np.signbit(found), np.signbit(expected))


@pytest.mark.parametrize("operands", LONG_ROWS.values(), ids=LONG_ROWS)
def test_long_rows_do_without_a_buffer(operands, buffers):
    before = np.getbufsize()
    by_rows(np.add, *operands(np.ones((200, 200))))
    assert buffers == [16]
    assert np.getbufsize() == before


@pytest.mark.parametrize("operands", OTHERS.values(), ids=OTHERS)
def test_other_operands_go_through_the_buffer(operands, buffers):
    by_rows(np.add, *operands(np.ones((200, 200))))
    assert buffers == []


def test_long_rows_go_into_an_operand():
    x = np.random.default_rng(0).standard_normal((200, 200))
    expected = x * x[:, :1]
    assert by_rows(np.multiply, x, x[:, :1].copy(), x) is x
    assert np.array_equal(x, expected)


def test_warnings_and_errors_of_long_rows_are_those_of_numpy():
    x, before = np.zeros((200, 200)), np.getbufsize()
    with pytest.warns(RuntimeWarning, match="invalid value encountered in divide"):
        by_rows(np.true_divide, x, x[:, :1])
    with np.errstate(invalid="raise"), pytest.raises(FloatingPointError):
        by_rows(np.true_divide, x, x[:, :1])
    with pytest.raises(ValueError, match="broadcast"):
        by_rows(np.add, x, np.ones((3, 1)))
    assert np.getbufsize() == before


def test_gradients_of_the_softmax_of_long_rows():
    x = np.random.default_rng(0).standard_normal((150, 150))

    def logsumexp(x):
        top = np.amax(x, axis=1, keepdims=True)
        return np.sum(np.log(np.sum(np.exp(x - top), axis=1)) + top[:, 0])

    weights = np.exp(x)
    weights /= weights.sum(axis=1, keepdims=True)
    np.testing.assert_allclose(ad.grad(logsumexp)(x), weights, rtol=1e-12, atol=1e-16)
