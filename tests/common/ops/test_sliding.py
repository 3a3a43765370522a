"""Windows that slide over an array: views, of which elements are shown several times."""

import tracemalloc

import numpy as np
import pytest
from numpy.lib.stride_tricks import sliding_window_view

import adkit as ad

X = np.arange(12.0).reshape(4, 3) + 1


def test_gradient_is_a_convolution():
    x, kernel, ct = np.arange(9.0), np.array([2.0, -1.0, 3.0]), np.arange(7.0)
    gradient = ad.grad(lambda x: ct @ (sliding_window_view(x, 3) @ kernel))(x)
    np.testing.assert_allclose(gradient, np.convolve(ct, kernel), rtol=1e-15)


@pytest.mark.parametrize("axis", [None, 0, 1, -1, (0, 0), (1, 0), (-1, -2)])
def test_each_element_counts_as_often_as_it_is_shown(axis):
    shape = 2 if np.ndim(axis) == 0 and axis is not None else (2, 2)
    windows = sliding_window_view(np.arange(X.size).reshape(X.shape), shape, axis)
    shown = np.bincount(windows.reshape(-1), minlength=X.size).reshape(X.shape)

    def f(x):
        return np.sum(sliding_window_view(x, shape, axis))

    np.testing.assert_array_equal(ad.grad(f)(X), shown)
    np.testing.assert_array_equal(ad.jacfwd(f)(X), shown)
    np.testing.assert_array_equal(ad.jacrev(lambda x: [f(x)])(X)[0], shown)


def test_windows_are_one_operation_and_no_copy():
    with ad.count_sweeps() as ran:
        _, pullback = ad.vjp(lambda x: sliding_window_view(x, 50), np.ones(1000))
    assert ran.operations == 1
    assert pullback.nbytes < 2 * 8000  # the windows show 380,400 bytes


def test_an_index_of_several_axes_adds_what_it_reads():
    x, index = np.arange(5.0), np.array([[0, -1, 0], [2, 2, 2]])
    weights = np.arange(1.0, 7.0).reshape(2, 3)
    expected = np.array([4.0, 0.0, 15.0, 0.0, 2.0])
    np.testing.assert_array_equal(ad.grad(lambda x: np.sum(weights * x[index]))(x), expected)


@pytest.mark.parametrize("index", [np.array([3, -1, 3]), (np.array([3, -1]), np.array([[0], [2]]))])
def test_reading_little_of_a_large_array_makes_no_other_as_large(index):
    x = np.zeros((100_000, 5))
    y, pullback = ad.vjp(lambda x: x[index] + x[index] * x[index], x)
    tracemalloc.start()
    (gradient,) = pullback(np.ones_like(y))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 1.2 * x.nbytes  # the gradient itself
    expected = np.zeros_like(x)
    np.add.at(expected, index, 1.0)  # at 0 the square adds nothing
    np.testing.assert_array_equal(gradient, expected)
