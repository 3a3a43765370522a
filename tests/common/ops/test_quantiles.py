"""Quantiles: the two elements beside them, at the edges too."""

import warnings

import numpy as np
import pytest

import adkit as ad

JACOBIANS = pytest.mark.parametrize("jacobian", [ad.jacfwd, ad.jacrev])
X = np.array([3.0, 1.0, 4.0, 1.5, 9.0])  # in order: 1 (place 1), 1.5 (3), 3 (0), 4 (2), 9 (4)

#: The quantile 0.37 of five elements: shares of the elements in order, and its slope in q.
BY_METHOD = {
    # rank 4 * 0.37 = 1.48
    "linear": ([0, 0.52, 0.48, 0, 0], 4 * 1.5),
    "lower": ([0, 1, 0, 0, 0], 0),
    "higher": ([0, 0, 1, 0, 0], 0),
    "midpoint": ([0, 0.5, 0.5, 0, 0], 0),
    "nearest": ([0, 1, 0, 0, 0], 0),
    # 5 * 0.37 = 1.85 elements are not larger
    "inverted_cdf": ([0, 1, 0, 0, 0], 0),
    "averaged_inverted_cdf": ([0, 1, 0, 0, 0], 0),
    "closest_observation": ([0, 1, 0, 0, 0], 0),
    # ranks 1.85 - 1, 1.85 - 0.5, 6 * 0.37 - 1 and those of Hyndman and Fan
    "interpolated_inverted_cdf": ([0.15, 0.85, 0, 0, 0], 5 * 0.5),
    "hazen": ([0, 0.65, 0.35, 0, 0], 5 * 1.5),
    "weibull": ([0, 0.78, 0.22, 0, 0], 6 * 1.5),
    "median_unbiased": ([0, 0.693333333333, 0.306666666667, 0, 0], 16 / 3 * 1.5),
    "normal_unbiased": ([0, 0.6825, 0.3175, 0, 0], 5.25 * 1.5),
}


@JACOBIANS
@pytest.mark.parametrize("method", BY_METHOD)
def test_every_method_shares_between_two_elements(method, jacobian):
    shares, slope = BY_METHOD[method]
    found = jacobian(lambda x: np.quantile(x, 0.37, method=method))(X)
    np.testing.assert_allclose(found[np.argsort(X)], shares, rtol=1e-11)
    in_q = jacobian(lambda q: np.quantile(X, q, method=method))(0.37)
    np.testing.assert_allclose(in_q, slope, rtol=1e-11)
    percent = jacobian(lambda q: np.nanpercentile(X, q, method=method))(37.0)
    np.testing.assert_allclose(percent, slope / 100, rtol=1e-11)


@JACOBIANS
def test_the_ends(jacobian):
    np.testing.assert_array_equal(jacobian(lambda x: np.quantile(x, 1.0))(X), [0, 0, 0, 0, 1])
    np.testing.assert_array_equal(jacobian(lambda x: np.quantile(x, 0.0))(X), [0, 1, 0, 0, 0])
    # at its ends the quantile has a slope to one side only, inside
    assert jacobian(lambda q: np.quantile(X, q))(1.0) == 4 * (9 - 4)
    assert jacobian(lambda q: np.quantile(X, q))(0.0) == 4 * (1.5 - 1)
    # where a method cuts the rank off, nothing changes
    assert jacobian(lambda q: np.quantile(X, q, method="weibull"))(0.01) == 0


@JACOBIANS
def test_medians(jacobian):
    np.testing.assert_array_equal(jacobian(np.median)(X), [1, 0, 0, 0, 0])
    np.testing.assert_array_equal(jacobian(np.median)(X[:4]), [0.5, 0, 0, 0.5])
    np.testing.assert_array_equal(jacobian(np.median)(np.array([2.0, np.inf, 1.0])), [1, 0, 0])
    np.testing.assert_array_equal(jacobian(np.median)(np.array([5.0])), [1])
    assert jacobian(np.median)(np.float64(5.0)) == 1
    ties = jacobian(np.median)(np.array([2.0, 2.0, 2.0]))
    assert sorted(ties) == [0, 0, 1]
    matrix = np.array([[1.0, 5.0], [3.0, -2.0], [2.0, 0.0]])
    found = jacobian(lambda x: np.median(x, axis=-2, keepdims=True))(matrix)
    expected = np.zeros((1, 2, 3, 2))
    expected[0, 0, 2, 0] = expected[0, 1, 2, 1] = 1
    np.testing.assert_array_equal(found, expected)


@JACOBIANS
def test_nans_are_left_out(jacobian):
    x = np.array([np.nan, 2.0, 1.0, np.nan, 7.0])
    np.testing.assert_array_equal(jacobian(np.nanmedian)(x), [0, 1, 0, 0, 0])
    np.testing.assert_allclose(
        jacobian(lambda x: np.nanquantile(x, 0.25))(x), [0, 0.5, 0.5, 0, 0], rtol=1e-15
    )
    assert jacobian(lambda q: np.nanquantile(x, q))(0.25) == 2


@JACOBIANS
def test_nothing_depends_on_a_row_of_nans(jacobian):
    x = np.array([[np.nan, np.nan], [1.0, 2.0]])
    with pytest.warns(RuntimeWarning, match="All-NaN"):
        found = jacobian(lambda x: np.nanmedian(x, axis=1))(x)
    np.testing.assert_array_equal(found[0], np.zeros((2, 2)))
    np.testing.assert_array_equal(found[1], [[0, 0], [0.5, 0.5]])


@JACOBIANS
def test_weights_choose_an_element(jacobian):
    w = np.array([1.0, 1.0, 5.0, 1.0, 1.0])
    quantile = {"q": 0.5, "method": "inverted_cdf"}
    found = jacobian(lambda x: np.quantile(x, weights=w, **quantile))(X)
    np.testing.assert_array_equal(found, [0, 0, 1, 0, 0])
    found = jacobian(lambda w: np.quantile(X, weights=w, **quantile))(w)
    np.testing.assert_array_equal(found, np.zeros(5))


def test_overwriting_the_input_leaves_it_alone():
    x = X.copy()
    value, pulled = ad.value_and_grad(lambda x: np.median(x, overwrite_input=True) * x[4])(x)
    assert value == 27
    np.testing.assert_array_equal(pulled, [9, 0, 0, 0, 3])
    np.testing.assert_array_equal(x, X)


def test_second_derivatives_in_the_elements_and_q():
    hessian = ad.hessian(lambda z: np.quantile(z[0] * X, z[1]))(np.array([2.0, 0.37]))
    np.testing.assert_allclose(hessian, [[0, 6], [6, 0]], rtol=1e-14)


def test_an_empty_array_has_no_median():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # of the mean of nothing
        value, pulled = ad.value_and_grad(np.median)(np.zeros(0))
    assert np.isnan(value)
    assert pulled.shape == (0,)


@JACOBIANS
@pytest.mark.parametrize(
    "function", [np.median, np.nanmedian, lambda x, **k: np.quantile(x, 0.3, **k)]
)
def test_no_rows_have_no_medians(function, jacobian):
    found = jacobian(lambda x: function(x, axis=1))(np.zeros((0, 3)))
    assert found.shape == (0, 0, 3)


@JACOBIANS
@pytest.mark.parametrize("keepdims", [False, True])
@pytest.mark.parametrize("function", [np.quantile, np.nanquantile])
def test_axes_are_where_numpy_puts_them(function, keepdims, jacobian):
    """Quantiles are homogeneous functions, so they are their Jacobian times x (Euler)."""
    x = np.cos(np.arange(24.0)).reshape(2, 3, 4)

    def of_rows(x):
        q = np.array([[0.1, 0.5, 0.3], [0.9, 0.2, 1.0]])
        return function(x, q, axis=(0, 2), keepdims=keepdims)

    np.testing.assert_allclose(np.tensordot(jacobian(of_rows)(x), x, 3), of_rows(x), rtol=1e-13)
