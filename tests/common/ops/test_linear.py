"""Transposes of linear functions at their edges, by hand; values and errors as NumPy's."""

import numpy as np
import pytest

import adkit as ad
from adkit.common.inputs import finish_all
from adkit.common.ops.differences import spread
from adkit.polynomial import polyval2d


def pulled(f, x, ct):
    """Return the cotangent of the only operand."""
    return ad.vjp(f, x)[1](np.asarray(ct))[0]


@pytest.mark.parametrize(("x", "length", "expected"), [([3.0, 5.0], 3, [-3, -2, 5]), ([], 1, [0])])
def test_the_transpose_of_differences(x, length, expected):
    np.testing.assert_array_equal(spread(np.array(x), -1, length), expected)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("length", range(1, 20))
def test_differences_are_transposed_for_many_directions_together(length, dtype):
    """NumPy negates elements that lie 64 bytes apart wrongly, if it is told where to."""
    cotangents = np.random.default_rng(0).normal(size=(5, length)).astype(dtype)
    found = spread(cotangents, -1, length + 1)
    assert found.dtype == dtype
    for one, row in zip(cotangents, found, strict=True):
        np.testing.assert_array_equal(row, spread(one, -1, length + 1))
    x = np.random.default_rng(1).normal(size=length + 1).astype(dtype)
    expected = ad.jacfwd(np.diff)(x)
    np.testing.assert_array_equal(ad.jacrev(np.diff)(x), expected)
    second = ad.hessian(lambda x: np.sum(np.diff(x) ** 2))(x)
    np.testing.assert_array_equal(second, 2 * expected.T @ expected)


def test_runs_and_tiles_are_summed():
    np.testing.assert_array_equal(
        pulled(lambda x: np.repeat(x, 2), np.ones(2), [1.0, 2, 3, 4]), [3, 7]
    )
    np.testing.assert_array_equal(
        pulled(lambda x: np.repeat(x, 0), np.ones(2), np.zeros(0)), [0, 0]
    )
    found = pulled(
        lambda x: np.tile(x, (2, 1, 2)), np.ones((1, 2)), np.arange(8.0).reshape(2, 1, 4)
    )
    np.testing.assert_array_equal(found, [[0 + 2 + 4 + 6, 1 + 3 + 5 + 7]])


def test_a_number_is_repeated_along_its_only_axis():
    assert pulled(lambda x: np.repeat(x, 3, axis=0), np.array(2.0), [1.0, 2, 3]) == 6


def test_cut_signals_of_real_numbers_get_zeros_behind():
    found = pulled(lambda x: np.fft.fft(x, 2), np.ones(4), [1 + 2j, 3 + 4j])
    np.testing.assert_array_equal(found, [4, -2, 0, 0])


def test_shares_of_both_ends_lie_in_one_rule():
    _, pull = ad.vjp(lambda a, b: np.linspace(a, b, 3), np.ones(2), 5.0)
    found = pull(np.array([[1.0, 0], [2, 0], [4, 8]]))
    np.testing.assert_array_equal(found[0], [2, 0])
    assert found[1] == 1 + 4 + 8
    assert (
        ad.jvp(lambda a: np.linspace(a, 2, 3), (np.float32(1),), (np.float32(1),))[1].dtype == "f"
    )


def test_a_constant_border_stays_in_the_order_of_memory():
    x = np.asfortranarray(np.ones((2, 3)))
    assert ad.jvp(lambda x: np.ravel(np.pad(x, 1), "A"), (x,), (x,))[0].sum() == 6
    with pytest.raises(ValueError, match="negative"):
        ad.grad(lambda x: np.pad(x, -1).sum())(np.ones(3))


@pytest.mark.parametrize(
    ("call", "error"),
    [
        (lambda x: np.diff(x, -1), ValueError),
        (lambda x: np.diag(np.reshape(x, (2, 2, 1))), ValueError),
        (lambda x: np.resize(x, (2, -1)), ValueError),
        (lambda x: np.meshgrid(x, indexing="no"), ValueError),
        (lambda x: np.ediff1d(x, to_end=1j), TypeError),
        (lambda x: np.take_along_axis(x, np.ones(4, bool), 0), IndexError),
        (lambda x: np.take_along_axis(x, np.ones((2, 2), int), 0), ValueError),
        (lambda x: polyval2d(x, x[:2], np.ones((2, 2))), ValueError),
    ],
)
def test_what_numpy_refuses_is_refused(call, error):
    with pytest.raises(error):
        ad.vjp(call, np.ones(4))


def test_a_polynomial_of_what_is_not_finite_has_the_value_of_numpy():
    x = np.array([np.inf, -1.0, np.nan])
    with np.errstate(invalid="ignore"):
        value, slope = ad.jvp(lambda x: np.polyval([2.0, 1.0], x), (x,), (np.ones(3),))
        np.testing.assert_array_equal(value, np.polyval([2.0, 1.0], x))
    assert slope[1] == 2


def test_a_copy_is_kept_apart_where_a_view_would_write_into_the_operand():
    def f(x):
        y = np.resize(x, 3)
        y[0] = 0.0
        return x.sum() + y.sum()

    np.testing.assert_array_equal(ad.grad(f)(np.ones(3)), [1, 2, 2])


def test_memory_of_one_view_is_handed_over_and_that_of_two_is_copied():
    x = np.empty((2, 2))
    arrays = [np.arange(4.0).reshape(2, 2)]
    place = arrays[0].ctypes.data
    assert finish_all(arrays, [x])[0].ctypes.data == place
    memory = np.arange(4.0)
    assert not np.shares_memory(finish_all([memory.reshape(2, 2)], [x])[0], memory)


def test_a_rule_may_be_a_method():
    class Scaled:
        def push(self, t, ans, x):
            return 2 * ans * t

    @ad.rules.elementary
    def squared_exponential(x):
        return np.exp(2 * x)

    ad.rules.general(squared_exponential, push=Scaled().push)
    assert ad.derivative(squared_exponential)(0.0) == 2
