"""Rows 26 to 42: changes, aliases, caches."""

import numpy as np
import pytest

import adkit as ad
from adkit.common import errors
from tests.fault_table.refusals import V, refused


def test_row_026_an_input_that_changes_before_the_sweep():
    x = V.copy()
    _, pullback = ad.vjp(lambda x: (x * x).sum(), x)
    _, push = ad.linearize(lambda x: (x * x).sum(), x)
    x[...] = 100.0
    assert pullback(1.0)[0].tolist() == [2.0, 4.0, 6.0]
    assert push(np.ones(3)) == 12.0


def test_row_027_a_write_into_an_intermediate_value(gradient):
    def f(x):
        y = x * x
        y[0] = np.sin(x[1])
        return (y * y).sum()

    expected = [0.0, 2 * np.sin(2.0) * np.cos(2.0) + 4 * 2.0**3, 4 * 3.0**3]
    assert gradient(f)(V) == pytest.approx(np.array(expected))


def test_row_028_a_write_past_the_back_of_the_trace(gradient):
    def f(x):
        y = x * x
        ad.value(y)[...] = 100.0
        return (y * y).sum()

    assert gradient(f)(V).tolist() == (4 * V**3).tolist()
    for name in ("data", "getfield", "ctypes", "tobytes"):
        refused(errors.MemoryAccessError, "ADK212", gradient(lambda x, n=name: getattr(x, n)), V)


def test_row_029_a_write_into_the_input(gradient):
    def f(x):
        x[0] = 2.0
        return (x * x)[:2].sum()

    x = V.copy()
    assert gradient(f)(x).tolist() == [0.0, 4.0, 0.0]
    assert x.tolist() == V.tolist()


def test_row_030_a_second_name_and_an_augmented_assignment(gradient):
    def f(x):
        y = x
        y += 1.0
        return (x * y).sum()

    x = V.copy()
    assert gradient(f)(x).tolist() == [4.0, 6.0, 8.0]  # one array
    assert x.tolist() == V.tolist()
    assert gradient(f)(3.0) == 7.0  # a scalar is bound anew


def test_row_031_a_view_that_is_written(gradient):
    def f(x):
        y = x * x
        v = y[:2]
        v += 10.0
        return (y * y).sum()

    assert gradient(f)(V).tolist() == [44.0, 2 * 14.0 * 4.0, 2 * 9.0 * 6.0]


def test_row_032_out_that_is_a_plain_array(gradient):
    z = np.zeros(3)
    refused(errors.InPlaceError, "ADK301", gradient(lambda x: np.exp(x, out=z).sum()), V)
    refused(errors.InPlaceError, "ADK301", gradient(lambda x: np.cumsum(x, out=z).sum()), V)
    assert z.tolist() == [0.0] * 3

    def carried(x):
        y = np.zeros_like(x)
        np.multiply(x, x, out=y)
        return y.sum()

    assert gradient(carried)(V).tolist() == [2.0, 4.0, 6.0]


def test_row_033_a_plain_accumulator(gradient):
    def f(x):
        total = np.zeros(3)
        total += x
        return total.sum()

    refused(errors.InPlaceError, "ADK301", gradient(f), V)

    def mended(x):
        total = np.zeros(3)
        total = total + x
        return total.sum()

    assert gradient(mended)(V).tolist() == [1.0, 1.0, 1.0]


def fill(x):
    y = np.zeros(3)
    for i in range(3):
        y[i] = x[i] ** 2
    return y.sum()


def test_row_034_a_plain_buffer(gradient):
    error = refused(errors.DetachError, "ADK201", gradient(fill), V)
    assert "np.zeros_like(x) or adkit.traced_buffers" in str(error)
    assert gradient(ad.traced_buffers(fill))(V).tolist() == [2.0, 4.0, 6.0]


def test_row_035_gradients_alias_nothing():
    x, ct = V.copy(), np.ones(3)
    _, pullback = ad.vjp(lambda x, y: x + y, x, x)
    first, second = pullback(ct)
    again, _ = pullback(ct)
    arrays = [x, ct, first, second, again, ad.jvp(lambda x: x, (x,), (ct,))[1]]
    for i, a in enumerate(arrays):
        assert a.flags.writeable
        assert not any(np.shares_memory(a, b) for b in arrays[:i])


def test_row_036_a_pullback_called_twice():
    _, pullback = ad.vjp(lambda x: np.sin(x) * x, V)
    assert pullback(V)[0].tobytes() == pullback(V)[0].tobytes()


def test_row_037_calls_do_not_accumulate(gradient):
    square = gradient(lambda x: x * x)
    assert [square(2.0), square(2.0)] == [4.0, 4.0]


def test_row_038_a_gradient_survives_another_use_of_its_input():
    x = ad.Node(3.0)
    (x * x).backward()
    y = np.sin(x) * x
    assert y.requires_grad
    assert x.grad.data == 6.0
