"""A Node by hand behaves as the array that it stands for."""

import operator
import pickle

import numpy as np
import pytest

import adkit as ad
from adkit.common.errors import AdkitError, InputTypeError, LevelError, SeedError

A = np.array([[1.0, 2.0], [3.0, 4.0]])


@pytest.mark.parametrize(
    "left",
    [
        np.array([10.0, 20.0]),
        np.float64(10.0),
        np.float32(10.0),
        np.int64(10),
        np.array(10.0),
        10,
        10.0,
        True,
    ],
    ids=lambda left: f"{type(left).__name__}{np.shape(left)}",
)
@pytest.mark.parametrize(
    "apply",
    [operator.add, operator.sub, operator.mul, operator.truediv, operator.pow, operator.mod],
)
def test_plain_values_on_the_left(apply, left):
    data = np.array([3.0, 7.0])
    x = ad.Node(data)
    y = apply(left, x)
    assert isinstance(y, ad.Node)
    assert np.array_equal(y.data, apply(left, data))
    y.backward(np.ones(2))
    partial = {
        operator.add: np.ones(2),
        operator.sub: -np.ones(2),
        operator.mul: left * np.ones(2),
        operator.truediv: -left / data**2,
        operator.pow: left**data * np.log(left),
        operator.mod: -(left // data),
    }[apply]
    np.testing.assert_allclose(x.grad.data, partial, rtol=1e-6)


@pytest.mark.parametrize("make", [list, tuple])
def test_sequences_are_arrays_in_arithmetic(make):
    x = ad.Node(np.array([1.0, 2.0]))
    y = x * make([3.0, 4.0]) + make([1.0, 1.0])
    assert np.array_equal(y.data, [4.0, 9.0])


def test_an_array_on_the_left_of_matmul():
    x = ad.Node(np.array([1.0, 2.0]))
    y = A @ x
    y.backward(np.array([1.0, 10.0]))
    assert np.array_equal(y.data, [5.0, 11.0])
    assert np.array_equal(x.grad.data, [31.0, 42.0])


def test_augmented_assignment_of_a_scalar_makes_a_new_value():
    x = ad.Node(3.0)
    y = x
    y *= 2
    y += x
    assert (x.data, y.data) == (3.0, 9.0)
    y.backward()
    assert x.grad.data == 3.0


def test_the_data_of_a_parameter_can_be_replaced():
    x = ad.Node(np.array([1.0, 2.0]))
    y = (x * x).sum()
    x.data = np.array([10.0, 20.0])
    y.backward()
    assert np.array_equal(x.grad.data, [2.0, 4.0])  # y was computed from the old numbers
    x.data -= x.grad.data
    assert np.array_equal(x.data, [8.0, 16.0])
    x.zero_grad()
    (x * x).sum().backward()
    assert np.array_equal(x.grad.data, [16.0, 32.0])


@pytest.mark.parametrize("data", [np.ones(3), 1.0, np.ones(2, np.float32), np.array([1, 2]), None])
def test_data_is_replaced_by_its_like_only(data):
    x = ad.Node(np.array([1.0, 2.0]))
    with pytest.raises((SeedError, InputTypeError), match="data"):
        x.data = data
    assert np.array_equal(x.data, [1.0, 2.0])


def test_the_data_of_a_result_is_not_replaced():
    y = ad.Node(1.0) * 2
    with pytest.raises(LevelError, match="computed"):
        y.data = 3.0


def test_the_data_is_the_nodes_own():
    mine = np.array([1.0, 2.0])
    x = ad.Node(mine)
    mine[:] = 9.0
    assert np.array_equal(x.data, [1.0, 2.0])
    assert mine.flags.writeable


def test_lanes_that_were_not_selected_get_no_gradient():
    x = ad.Node(np.array([0.0, 4.0]))
    with np.errstate(all="ignore"):  # 0 * inf on the way
        y = np.where(x.data > 0, np.sqrt(x), 0.0).sum()
        y.backward()
    assert x.grad.data.tolist() == [0.0, 0.25]


def test_comparisons_and_truth():
    x = ad.Node(np.array([1.0, 3.0]))
    assert (x > 2).tolist() == [False, True]
    assert (x <= 2).tolist() == [True, False]
    assert (x == np.array([1.0, 0.0])).tolist() == [True, False]
    assert (x != x).tolist() == [False, False]
    assert operator.eq(x, None).tolist() == [False, False]
    assert bool(ad.Node(1.0))
    assert not ad.Node(0.0)
    with pytest.raises(ValueError, match="ambiguous"):
        bool(x)


def test_iteration_indexing_and_length():
    x = ad.Node(np.arange(6.0).reshape(3, 2))
    assert len(x) == 3
    rows = list(x)
    assert [row.data.tolist() for row in rows] == [[0.0, 1.0], [2.0, 3.0], [4.0, 5.0]]
    (rows[2][1] * rows[0][1] + x[2, 1]).backward()
    assert x.grad.data.tolist() == [[0.0, 5.0], [0.0, 0.0], [0.0, 2.0]]
    for scalar in (ad.Node(1.0), ad.Node(np.array(1.0))):
        with pytest.raises(TypeError):
            len(scalar)
        with pytest.raises(TypeError):
            iter(scalar)


def test_reprs():
    assert repr(ad.Node(2.0)) == "Node(np.float64(2.0))"
    assert repr(ad.Node(np.array([1.0]), requires_grad=False)) == (
        "Node(array([1.]), requires_grad=False)"
    )
    assert f"{ad.Node(2.0):.2f}" == "2.00"


def test_a_node_cannot_be_pickled_or_hashed():
    x = ad.Node(1.0)
    with pytest.raises(AdkitError, match="cannot be pickled"):
        pickle.dumps(x)
    with pytest.raises(TypeError, match="unhashable"):
        hash(x)
