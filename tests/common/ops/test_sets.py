"""Sets of values: of equal elements the first one has the derivative."""

import numpy as np
import pytest

import adkit as ad

JACOBIANS = pytest.mark.parametrize("jacobian", [ad.jacfwd, ad.jacrev])
X = np.array([2.0, 1.0, 2.0, 0.0, 1.0])


def units(*places, n=5):
    return np.eye(n)[list(places)]


@JACOBIANS
def test_unique_values(jacobian):
    np.testing.assert_array_equal(jacobian(np.unique)(X), units(3, 1, 0))
    np.testing.assert_array_equal(
        jacobian(lambda x: np.unique(x, return_counts=True, return_inverse=True)[0])(X),
        units(3, 1, 0),
    )
    np.testing.assert_array_equal(jacobian(lambda x: np.unique_all(x).values)(X), units(3, 1, 0))
    value = np.unique_values(X)  # in no order that is promised
    found = jacobian(np.unique_values)(X)
    np.testing.assert_array_equal(found, units(*[list(X).index(v) for v in value]))


def test_what_comes_with_the_values_is_plain():
    seen = []

    def f(x):
        values, *rest = np.unique(x, True, True, True)
        seen.extend(rest)
        return values.sum()

    ad.grad(f)(X)
    for found, expected in zip(seen, np.unique(X, True, True, True)[1:], strict=True):
        assert type(found) is np.ndarray
        np.testing.assert_array_equal(found, expected)


@JACOBIANS
def test_unique_rows(jacobian):
    x = np.array([[1.0, 2.0], [0.0, 5.0], [1.0, 2.0]])
    found = jacobian(lambda x: np.unique(x, axis=0))(x)
    np.testing.assert_array_equal(found[:, 0, :, 0], units(1, 0, n=3))
    np.testing.assert_array_equal(found[:, 1, :, 1], units(1, 0, n=3))


@JACOBIANS
def test_nans_are_one_value_or_many(jacobian):
    x = np.array([np.nan, 1.0, np.nan])
    np.testing.assert_array_equal(jacobian(np.unique)(x), units(1, 0, n=3))
    np.testing.assert_array_equal(
        jacobian(lambda x: np.unique(x, equal_nan=False))(x), units(1, 0, 2, n=3)
    )


@JACOBIANS
def test_sets_of_two(jacobian):
    other = np.array([1.0, 7.0])
    for function, places in (
        (np.union1d, [3, 1, 0, None]),
        (np.intersect1d, [1]),
        (np.setdiff1d, [3, 0]),
        (np.setxor1d, [3, 0, None]),
    ):
        expected = [np.zeros(5) if k is None else np.eye(5)[k] for k in places]
        found = jacobian(lambda x, f=function: f(x, other))(X)
        np.testing.assert_array_equal(found, expected)
    common = jacobian(lambda x: np.intersect1d(x, other, return_indices=True)[0])(X)
    np.testing.assert_array_equal(common, units(1))


@JACOBIANS
def test_zeros_at_the_ends(jacobian):
    x = np.array([0.0, 1.0, 0.0, 2.0, -0.0])
    np.testing.assert_array_equal(jacobian(np.trim_zeros)(x), units(1, 2, 3))
    np.testing.assert_array_equal(jacobian(lambda x: np.trim_zeros(x, "F"))(x), units(1, 2, 3, 4))
    np.testing.assert_array_equal(jacobian(lambda x: np.trim_zeros(x, "b"))(x), units(0, 1, 2, 3))
    assert jacobian(np.trim_zeros)(np.zeros(3)).shape == (0, 3)


def test_an_order_by_several_keys():
    # by the second key 2, then by the first
    first, second = np.array([5.0, 4.0, 3.0]), np.array([2.0, 1.0, 2.0])
    for jacobian in (ad.jacfwd, ad.jacrev):
        found = jacobian(lambda z: z[np.lexsort((z, second))])(first)
        np.testing.assert_array_equal(found, units(1, 2, 0, n=3))
    hessian = ad.hessian(lambda z: z[np.lexsort((z, second))][0] ** 2)(first)
    np.testing.assert_array_equal(hessian, np.diag([0, 2, 0]))
