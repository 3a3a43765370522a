"""Masking bits gives what numpy.where gives, bit for bit."""

import numpy as np
import pytest

import adkit as ad
from adkit.common.ops.masking import decided, kept

SPECIAL = np.array([0.0, -0.0, np.inf, -np.inf, np.nan, 5e-324, -1.5])


def numbers(shape, dtype):
    rng = np.random.default_rng(1)
    with np.errstate(over="ignore"):
        return rng.choice(SPECIAL, shape).astype(dtype)


@pytest.mark.parametrize("dtype", "efdgFD")
@pytest.mark.parametrize("layout", ["whole", "strided", "reversed", "transposed"])
@pytest.mark.parametrize("size", [3, 60])
def test_masked_bits_are_those_of_where(dtype, layout, size):
    view = {
        "whole": lambda a: a,
        "strided": lambda a: a[:, ::2],
        "reversed": lambda a: a[::-1, ::-1],
        "transposed": np.transpose,
    }[layout]
    x = view(numbers((size, size), dtype))
    mask = view(np.random.default_rng(2).random((size, size)) < 0.5)
    found, wanted = kept(x, mask), np.where(mask, x, 0)
    assert found.dtype == wanted.dtype
    assert np.ascontiguousarray(found).tobytes() == np.ascontiguousarray(wanted).tobytes()


@pytest.mark.parametrize(("shape", "of_mask"), [((40, 30), (30,)), ((600,), (2, 600)), ((), (9,))])
def test_operand_and_mask_broadcast(shape, of_mask):
    x, mask = numbers(shape, float), np.random.default_rng(3).random(of_mask) < 0.5
    np.testing.assert_array_equal(kept(x, mask), np.where(mask, x, 0))


def test_condition_of_numbers_counts_what_is_not_zero():
    x, condition = np.arange(1000.0), np.arange(1000) % 3 - 1.0
    y, pull = ad.vjp(lambda x: np.where(condition, x, 2), x)
    np.testing.assert_array_equal(y, np.where(condition, x, 2))
    np.testing.assert_array_equal(pull(np.ones(1000))[0], condition != 0)


@pytest.mark.parametrize("function", [np.maximum, np.minimum, np.fmax, np.fmin])
def test_infinite_cotangents_stay_with_the_operand_that_was_chosen(function):
    x, y = np.random.default_rng(4).normal(size=(2, 1000))
    cotangent = np.full(1000, np.inf)
    of_x, of_y = ad.vjp(function, x, y)[1](cotangent)
    np.testing.assert_array_equal(of_x, np.where(function(x, y) == x, np.inf, 0))
    np.testing.assert_array_equal(of_y, np.where(function(x, y) == y, np.inf, 0))


@pytest.mark.parametrize("function", [np.maximum, np.minimum, np.fmax, np.fmin])
def test_one_tie_and_one_nan_among_many(function):
    x, y = np.random.default_rng(5).normal(size=(2, 1000))
    x[3] = y[3]
    x[7] = y[8] = np.nan
    of_x, of_y = ad.vjp(function, x, y)[1](np.ones(1000))
    assert (of_x[3], of_y[3]) == (0.5, 0.5)
    takes_nan = function in (np.maximum, np.minimum)
    assert (of_x[7], of_y[7]) == ((1, 0) if takes_nan else (0, 1))
    assert (of_x[8], of_y[8]) == ((0, 1) if takes_nan else (1, 0))
    np.testing.assert_array_equal(of_x + of_y, 1)


def test_masks_that_decide_everything():
    one = np.array([True, False, False])
    assert decided(one, ~one)
    assert not decided(one, np.zeros(3, bool))
    assert decided(np.empty(0, bool), np.empty(0, bool))
