"""Permutations that sort, of arrays so large that integers are sorted in their place."""

import numpy as np
import pytest

import adkit as ad
from adkit.common.ops.ordering import sorted_order

COUNT = 6000
#: What the bits of nans, quiet and signalling ones, have besides those of an infinity.
KINDS = np.random.default_rng(1).integers(1, 2**52, COUNT)


def numbers(seed=0, size=COUNT):
    return np.random.default_rng(seed).normal(size=size)


def with_values(*values):
    """Return numbers with some values each in many places."""
    x = numbers()
    for k, value in enumerate(values):
        x[k :: 3 * len(values)] = value
    return x


CASES = {
    "distinct": numbers(),
    "few values": np.round(numbers(), 1),
    "all equal": np.ones(COUNT),
    "zeros of both signs": with_values(0.0, -0.0),
    "infinite": with_values(np.inf, -np.inf),
    "nan": with_values(np.nan),
    "nan with a sign": with_values(-np.nan, np.nan, -np.inf),
    "nan of many kinds": (KINDS + (0x7FF << 52)).view(float),
    "alike in leading bits": 1.0 + np.spacing(1.0) * np.random.default_rng(2).permutation(COUNT),
    "alike, negative": -1.0 - 1e-12 * np.round(numbers(), 2),
    "tiny": numbers() * 5e-322,
    "large": numbers() * 4e307,
    "more than are sorted so": numbers(size=160_000),
    "single precision": numbers().astype(np.float32),
    "half precision": numbers().astype(np.float16),
    "extended precision": numbers().astype(np.longdouble),
    "complex": np.round(numbers(), 1) + 1j * numbers(1),
    "of another byte order": numbers().astype(">f8"),
    "strided": numbers(size=3 * COUNT)[::-3],
    "columns": np.round(numbers(size=(500, 2, 12)), 2),
}


@pytest.mark.parametrize("x", CASES.values(), ids=CASES)
def test_equal_elements_keep_their_order(x):
    for axis in range(-x.ndim, 0):
        expected = np.argsort(x, axis=axis, kind="stable")
        np.testing.assert_array_equal(sorted_order(x, axis), expected)


@pytest.mark.parametrize("x", CASES.values(), ids=CASES)
def test_sorted_values_are_those_of_numpy_with_their_signs(x):
    y, pull = ad.vjp(np.sort, x)
    expected = np.sort(x)
    np.testing.assert_array_equal(y, expected)
    for part in (np.real, np.imag):
        signs = [np.signbit(np.where(np.isnan(z), 0, part(z))) for z in (y, expected)]
        np.testing.assert_array_equal(*signs)
    places = np.argsort(x, axis=-1, kind="stable")
    weights = np.arange(1.0, x.size + 1).reshape(x.shape).astype(x.dtype)
    (cotangent,) = pull(weights)
    np.testing.assert_array_equal(np.take_along_axis(cotangent, places, -1), weights)


def test_the_first_of_equal_elements_has_the_derivative_of_a_set():
    x = np.round(numbers(), 1)
    y, pull = ad.vjp(np.unique, x)
    (cotangent,) = pull(np.ones_like(y))
    np.testing.assert_array_equal(np.flatnonzero(cotangent), np.sort(np.unique(x, True)[1]))
