"""Sums, means and spreads: what is left out, weighed, empty or infinite."""

import warnings

import numpy as np
import pytest

import adkit as ad

JACOBIANS = pytest.mark.parametrize("jacobian", [ad.jacfwd, ad.jacrev])
X = np.array([1.0, np.nan, 3.0, 2.0])
M = np.array([[1.0, 2.0, 4.0], [3.0, 1.0, 5.0]])


@JACOBIANS
@pytest.mark.parametrize(
    ("function", "expected"),
    [
        (np.nansum, [1, 0, 1, 1]),
        (np.nanmean, [1 / 3, 0, 1 / 3, 1 / 3]),
        (np.nanprod, [6, 0, 2, 3]),
        (np.nanmax, [0, 0, 1, 0]),
        (np.nanmin, [1, 0, 0, 0]),
        (np.nanvar, [-2 / 3, 0, 2 / 3, 0]),
        (np.nanmedian, [0, 0, 0, 1]),
    ],
)
def test_nans_are_left_out(function, expected, jacobian):
    np.testing.assert_allclose(jacobian(function)(X), expected, rtol=1e-15)


@JACOBIANS
def test_running_totals_without_nans(jacobian):
    np.testing.assert_array_equal(
        jacobian(np.nancumsum)(X), [[1, 0, 0, 0], [1, 0, 0, 0], [1, 0, 1, 0], [1, 0, 1, 1]]
    )
    np.testing.assert_array_equal(
        jacobian(np.nancumprod)(X), [[1, 0, 0, 0], [1, 0, 0, 0], [3, 0, 1, 0], [6, 0, 2, 3]]
    )


@JACOBIANS
def test_extremes_of_ties_and_infinities(jacobian):
    x = np.array([-np.inf, np.nan, -np.inf])
    np.testing.assert_array_equal(jacobian(np.nanmax)(x), [0.5, 0, 0.5])
    x = np.array([2.0, 2.0, np.nan, 1.0])
    np.testing.assert_array_equal(jacobian(np.nanmax)(x), [0.5, 0.5, 0, 0])
    held = jacobian(lambda x: np.nanmax(x, initial=2.0))(x)
    np.testing.assert_allclose(held, [1 / 3, 1 / 3, 0, 0], rtol=1e-15)
    np.testing.assert_array_equal(jacobian(np.max)(x), [0, 0, 1, 0])


@JACOBIANS
def test_nothing_but_nans(jacobian):
    with pytest.warns(RuntimeWarning, match="All-NaN"):
        found = jacobian(np.nanmax)(np.array([np.nan, np.nan]))
    np.testing.assert_array_equal(found, [0, 0])


@JACOBIANS
def test_covariances(jacobian):
    # of (a, b, c) and (d, e, f): the derivative of s_12 in a is (d - mean of d, e, f) / 2
    found = jacobian(np.cov)(M)
    np.testing.assert_allclose(found[0, 1, 0], [0, -1, 1], rtol=1e-14)
    np.testing.assert_allclose(found[0, 0, 0], (M[0] - 7 / 3), rtol=1e-14)
    np.testing.assert_array_equal(found[1, 1, 0], np.zeros(3))
    weights = np.array([1.0, 1.0, 2.0])
    in_weights = jacobian(lambda w: np.cov(M[0], aweights=w, bias=True))(weights)
    mean = np.sum(weights * M[0]) / 4
    variance = np.sum(weights * (M[0] - mean) ** 2) / 4
    np.testing.assert_allclose(in_weights, ((M[0] - mean) ** 2 - variance) / 4, rtol=1e-14)
    repeated = jacobian(lambda x: np.cov(x, fweights=[1, 1, 2]))(M[0])
    np.testing.assert_allclose(repeated, [-7 / 6, -1 / 2, 5 / 3], rtol=1e-14)


@JACOBIANS
def test_a_correlation_does_not_see_scale(jacobian):
    found = jacobian(lambda s: np.corrcoef(s * M[0], M[1] + s)[0, 1])(2.0)
    size = np.corrcoef(M)[0, 1]
    assert abs(found) <= 1e-15 * size
    slope = jacobian(lambda x: np.corrcoef(x, M[1])[0, 1])(M[0])
    centred = [row - row.mean() for row in M]
    norms = [np.linalg.norm(row) for row in centred]
    expected = centred[1] / norms[0] / norms[1] - size * centred[0] / norms[0] ** 2
    np.testing.assert_allclose(slope, expected, rtol=1e-13)


@JACOBIANS
def test_averages_with_traced_weights(jacobian):
    value = np.average(M, axis=1, weights=[1.0, 1.0, 2.0])
    found = jacobian(lambda w: np.average(M, axis=1, weights=w))(np.array([1.0, 1.0, 2.0]))
    np.testing.assert_allclose(found, (M - value[:, None]) / 4, rtol=1e-15)


@JACOBIANS
def test_running_totals_that_start_with_nothing(jacobian):
    if not hasattr(np, "cumulative_prod"):  # before NumPy 2.1
        return
    found = jacobian(lambda x: np.cumulative_prod(x, include_initial=True))(M[0])
    np.testing.assert_array_equal(found, [[0, 0, 0], [1, 0, 0], [2, 1, 0], [8, 4, 2]])


@JACOBIANS
def test_an_initial_value_that_is_traced(jacobian):
    x = M[0]  # 1, 2, 4
    found = jacobian(lambda x: np.sum(x, initial=x[0]))(x)
    np.testing.assert_array_equal(found, [2, 1, 1])
    found = jacobian(lambda x: np.prod(x, initial=x[0]))(x)
    np.testing.assert_array_equal(found, [16, 4, 2])
    found = jacobian(lambda x: x.max(initial=2 * x[1]))(x)  # 4 twice: they share
    np.testing.assert_array_equal(found, [0, 1, 0.5])
    found = jacobian(lambda x: np.nanmin(x, initial=x[0] / 2, where=[False, True, True]))(x)
    np.testing.assert_array_equal(found, [0.5, 0, 0])


@pytest.mark.parametrize("outer", [ad.jacfwd, ad.jacrev])
@JACOBIANS
def test_products_with_zeros_to_second_order(outer, jacobian):
    x = np.array([0.0, 2.0, 0.0])
    np.testing.assert_array_equal(jacobian(np.prod)(x), [0, 0, 0])
    np.testing.assert_array_equal(outer(jacobian(np.prod))(x), [[0, 0, 2], [0, 0, 0], [2, 0, 0]])


@pytest.mark.parametrize("function", [np.var, np.std, np.nanmean, np.nanvar, np.nanstd])
def test_warnings_about_what_is_empty_are_those_of_numpy(function):
    where = np.array([[True, False, True], [True, False, False]])

    def f(x):
        return function(x, axis=0, where=where)

    def said(run):
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            run()
        return {str(warning.message) for warning in caught}

    expected = said(lambda: f(M))
    assert expected
    assert said(lambda: ad.jvp(f, (M,), (np.ones_like(M),))) == expected
    assert said(lambda: ad.vjp(f, M)) == expected


def test_the_sum_of_weights_is_a_number():
    def f(x):
        return np.average(x, weights=x, returned=True)

    for value, expected in zip(ad.vjp(f, M[0])[0], f(M[0]), strict=True):
        assert type(value) is type(expected)
        assert value == expected


@pytest.mark.parametrize("dtypes", ["fd", "df", "dg", "id", "if"])
def test_averages_are_in_the_wider_precision(dtypes):
    values, weights = M.astype(dtypes[0]), (1 / (M + 2)).astype(dtypes[1])
    value, pullback = ad.vjp(lambda w: np.average(values, axis=1, weights=w), weights)
    expected = np.average(values, axis=1, weights=weights)
    assert value.dtype == expected.dtype
    assert value.tolist() == expected.tolist()
    assert pullback(np.ones_like(value))[0].dtype == weights.dtype
