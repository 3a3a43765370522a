"""Short rows that are joined: the numbers, the memory order and the warnings of NumPy."""

import numpy as np
import pytest

import adkit as ad
from adkit.common.rows import plan, rowwise

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
