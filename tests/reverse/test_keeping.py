"""Plain arrays that change after an operation used them: the tape keeps what they were."""

import numpy as np
import pytest

import adkit as ad
from adkit.reverse.keeping import keep
from adkit.reverse.tape import Tape

X = np.array([1.0, 2.0, 3.0])


@pytest.mark.parametrize("size", [3, 5000])
def test_a_work_array_may_be_used_again(size):
    def f(x):
        work, total = np.zeros(size), 0.0
        for k in (1.0, 5.0, 7.0):
            work[:] = k
            total = total + (x * work).sum() + x @ work
        return total

    x = np.ones(size)
    assert np.array_equal(ad.grad(f)(x), np.full(size, 26.0))
    assert np.array_equal(ad.jacfwd(f)(x), np.full(size, 26.0))


def test_an_index_may_be_moved():
    def f(x):
        index = np.array([0, 1])
        total = x[index].sum()
        index += 1
        y = x * 1.0
        y[index] = 5.0 * x[index]
        index -= 1
        return total + y.sum()

    assert ad.grad(f)(X).tolist() == [2.0, 6.0, 5.0]
    assert ad.jacfwd(f)(X).tolist() == [2.0, 6.0, 5.0]


def test_a_list_as_an_index_may_be_changed():
    def f(x):
        index = [0, 0]
        total = x[index].sum()
        index[0] = 2
        return total

    assert ad.grad(f)(X).tolist() == [2.0, 0.0, 0.0]


def test_a_mask_may_be_changed():
    def f(x):
        mask = np.array([True, False, False])
        chosen = np.where(mask, x, 10 * x)
        mask[:] = True
        return chosen.sum()

    assert ad.grad(f)(X).tolist() == [1.0, 10.0, 10.0]


def test_a_constant_may_be_changed_before_the_pullback():
    matrix = np.arange(6.0).reshape(2, 3)
    _, pullback = ad.vjp(lambda x: matrix @ x, X)
    matrix *= 100
    assert pullback(np.ones(2))[0].tolist() == [3.0, 5.0, 7.0]


def test_a_constant_of_nodes_by_hand_may_be_changed():
    weight, x = np.array([2.0, 3.0, 4.0]), ad.Node(X)
    y = (x * weight).sum()
    weight[:] = 0
    y.backward()
    assert x.grad.data.tolist() == [2.0, 3.0, 4.0]


def test_one_copy_serves_an_array_that_does_not_change():
    tape, x = Tape(), np.arange(1000.0)
    x[3] = np.nan
    first = keep(x, tape)
    assert first is not x
    assert keep(x, tape) is first
    x[0] = -0.0
    second = keep(x, tape)
    assert second is not first
    assert np.signbit(second[0])
    assert not np.signbit(first[0])


def test_what_nobody_can_write_into_is_not_copied():
    tape, x = Tape(), np.arange(1000.0)
    view = x[:]
    view.flags.writeable = False
    assert keep(view, tape) is not view
    x.flags.writeable = False
    assert keep(x, tape) is x


def test_a_repeated_array_is_not_spelled_out():
    x = np.broadcast_to(np.arange(4.0), (1000, 4))
    kept = keep(x, Tape())
    assert kept.strides[0] == 0
    assert np.array_equal(kept, x)


@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("dtype", ["e", "f", "d", "g", "F", "D", "G", "i8", "u1", "?", ">f8"])
def test_one_copy_serves_until_an_element_changes(dtype, order):
    x = np.asarray(np.arange(2400).reshape(60, 40) % 2, dtype, order=order)
    tape, before = Tape(), x.copy()
    first = keep(x, tape)
    assert keep(x, tape) is first
    assert first.strides == x.strides
    assert not np.shares_memory(first, x)
    x[59, 39] = x[59, 39] == 0
    second = keep(x, tape)
    np.testing.assert_array_equal(first, before, strict=True)
    np.testing.assert_array_equal(second, x, strict=True)
