"""Nodes by hand: what the ancestor did, what was wrong there, and what a Node refuses."""

import operator

import numpy as np
import pytest

import adkit as ad
from adkit.common.errors import (
    InputTypeError,
    LevelError,
    NonScalarOutputError,
    SeedError,
)

A = np.array([[1.0, 2.0], [3.0, 4.0]])


def test_a_gradient_by_hand_written_numbers():
    x = ad.Node(np.array([1.0, 2.0, 3.0]))
    y = (x * x).sum()
    assert y.backward() is None
    assert np.array_equal(x.grad.data, [2.0, 4.0, 6.0])


def test_multiplication_with_broadcasting():
    x = ad.Node(np.arange(6.0).reshape(2, 3))
    w = ad.Node(np.array([10.0, 20.0, 30.0]))
    (x * w).sum().backward()
    assert np.array_equal(x.grad.data, [[10.0, 20.0, 30.0]] * 2)
    assert np.array_equal(w.grad.data, [3.0, 5.0, 7.0])


@pytest.mark.parametrize(
    ("left", "right"), [((2, 1), (1, 3)), ((), (2, 3)), ((3,), (2, 3)), ((2, 3, 1), (3, 4))]
)
@pytest.mark.parametrize("apply", [operator.add, operator.sub, operator.mul, operator.truediv])
def test_gradients_have_the_shape_of_their_operand(apply, left, right):
    a, b = ad.Node(np.full(left, 2.0)), ad.Node(np.full(right, 4.0))
    y = apply(a, b)
    y.backward(np.ones(y.shape))
    da, db = {
        operator.add: (1.0, 1.0),
        operator.sub: (1.0, -1.0),
        operator.mul: (4.0, 2.0),
        operator.truediv: (0.25, -0.125),
    }[apply]
    for node, partial in ((a, da), (b, db)):
        assert node.grad.shape == node.shape
        assert np.array_equal(node.grad.data, np.full(node.shape, partial * y.size / node.size))


def test_a_matrix_times_itself_gets_both_contributions():
    a = ad.Node(A)
    (a @ a).sum().backward()
    ones = np.ones((2, 2))
    assert np.array_equal(a.grad.data, ones @ A.T + A.T @ ones)
    assert np.array_equal(a.grad.data, [[7.0, 11.0], [9.0, 13.0]])


@pytest.mark.parametrize(
    ("f", "expected"),
    [
        (lambda x: x + x, 2.0),
        (lambda x: x - x, 0.0),
        (lambda x: x * x, 6.0),
        (lambda x: x / x, 0.0),
        (lambda x: x * x * x, 27.0),
        (lambda x: (y := x * x) * y + y, 114.0),
    ],
)
def test_a_value_used_twice_gets_both_contributions(f, expected):
    x = ad.Node(3.0)
    f(x).backward()
    assert x.grad.data == expected


def test_two_backward_passes_accumulate_and_zero_grad_forgets():
    x = ad.Node(4.0)
    y = x * x * x - 16 * x
    y.backward()
    assert x.grad.data == 32.0
    y.backward()
    assert x.grad.data == 64.0
    x.zero_grad()
    assert x.grad is None
    y.backward()
    assert x.grad.data == 32.0


def test_passes_from_different_results_accumulate_in_what_they_share():
    x = ad.Node(np.array([1.0, 2.0]))
    y = x * x
    y[0].backward()
    (3 * y[1]).backward()
    assert np.array_equal(x.grad.data, [2.0, 12.0])
    assert np.array_equal(y.grad.data, [1.0, 3.0])


def test_earlier_gradients_are_not_changed_by_later_passes():
    x = ad.Node(np.array([1.0, 2.0]))
    y = (x * x).sum()
    y.backward()
    first = x.grad.data
    kept = first.copy()
    y.backward()
    assert np.array_equal(first, kept)


def test_intermediate_values_have_gradients_too():
    x = ad.Node(3.0)
    y = x * x
    z = 5 * y
    z.backward()
    assert (z.grad.data, y.grad.data, x.grad.data) == (1.0, 5.0, 30.0)


def test_a_gradient_is_a_node_that_requires_none():
    x = ad.Node(np.array([1.0, 2.0]))
    assert x.grad is None
    (x * x).sum().backward()
    assert isinstance(x.grad, ad.Node)
    assert not x.grad.requires_grad
    assert x.grad.grad is None
    step = x.grad * 0.5
    assert isinstance(step, ad.Node)
    assert not step.requires_grad
    assert np.array_equal((x.data - 0.5 * x.grad.data), [0.0, 0.0])


def test_what_a_backward_pass_does_not_reach_keeps_its_gradient():
    x, bystander = ad.Node(2.0), ad.Node(3.0)
    (x * x).backward()
    assert bystander.grad is None
    bystander.backward()
    assert bystander.grad.data == 1.0


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.longdouble, np.complex64])
@pytest.mark.parametrize("shape", [(), (2, 3)])
def test_dtypes_stay(dtype, shape):
    x = ad.Node(np.full(shape, 2, dtype)[()])
    y = 3 * x * x + x / 2 - 1.5
    assert x.dtype == y.dtype == dtype
    assert y.shape == shape
    y.backward(np.ones(shape, dtype)[()])
    assert x.grad.dtype == y.grad.dtype == dtype
    assert x.grad.shape == shape
    assert np.array_equal(x.grad.data, np.full(shape, 12.5, dtype))


def test_float32_stays_beside_float64():
    x, w = ad.Node(np.float32([1, 2])), ad.Node(np.array([3.0, 4.0]))
    y = (x * w).sum()
    assert y.dtype == np.float64
    y.backward()
    assert x.grad.dtype == np.float32
    assert w.grad.dtype == np.float64
    assert np.array_equal(x.grad.data, [3, 4])


@pytest.mark.parametrize(
    "given", [3, 3.0, np.float64(3), np.float32(3), np.array(3.0), np.array([3.0])]
)
def test_what_a_node_is_made_of(given):
    x = ad.Node(given)
    assert np.array_equal(x.data, given)
    assert x.shape == np.shape(given)
    assert x.dtype == (np.float32 if isinstance(given, np.float32) else np.float64)


def test_constants_require_no_gradient():
    x, c = ad.Node(np.array([1.0, 2.0])), ad.Node(np.array([3.0, 4.0]), requires_grad=False)
    assert not c.requires_grad
    assert c.serial is None
    assert c.parents == ()
    squared = c * c
    assert isinstance(squared, ad.Node)
    assert not squared.requires_grad
    y = x * squared
    assert y.requires_grad
    assert y.parents == (x.serial,)
    y.sum().backward()
    assert np.array_equal(x.grad.data, [9.0, 16.0])
    assert c.grad is None
    assert squared.grad is None
    c.zero_grad()


def test_serials_grow_and_name_the_parents():
    x, y = ad.Node(1.0), ad.Node(2.0)
    z = x * y
    w = z + x
    assert x.parents == ()
    assert set(z.parents) == {x.serial, y.serial}
    assert set(w.parents) == {z.serial, x.serial}
    assert x.serial < y.serial < z.serial < w.serial


def test_requires_grad_only_where_something_can_be_differentiated():
    x = ad.Node(np.array([1.5, -2.5]))
    assert not isinstance(x > 0, ad.Node)
    assert not isinstance(np.floor(x), ad.Node) or not np.floor(x).requires_grad
    assert not isinstance(np.argmax(x), ad.Node)


# ---------------------------------------------------------------- refusals


@pytest.mark.parametrize("shape", [(1,), (3,), (1, 1), (0,)])
def test_backward_of_an_array_needs_a_gradient(shape):
    y = ad.Node(np.ones(shape)) * 2
    with pytest.raises(NonScalarOutputError, match=r"backward.*needs a scalar") as caught:
        y.backward()
    assert isinstance(caught.value, TypeError)
    assert str(shape) in str(caught.value)
    assert "y.sum().backward()" in str(caught.value)
    assert "test_node.py:" in str(caught.value)


def test_backward_takes_a_gradient():
    x = ad.Node(np.array([1.0, 2.0]))
    y = x * x
    y.backward(np.array([10.0, 100.0]))
    assert np.array_equal(x.grad.data, [20.0, 400.0])
    y.backward(ad.Node(np.array([1.0, 1.0])))
    assert np.array_equal(x.grad.data, [22.0, 404.0])
    y.backward([1.0, 0.0])
    assert np.array_equal(x.grad.data, [24.0, 404.0])


def test_backward_does_not_keep_or_change_the_gradient_it_is_given():
    x = ad.Node(np.array([1.0, 2.0]))
    given = np.array([1.0, 1.0])
    (+x).backward(given)
    given[:] = 7.0
    assert np.array_equal(x.grad.data, [1.0, 1.0])


@pytest.mark.parametrize(
    "gradient", [np.ones(3), np.ones((1, 2)), 1.0, np.ones(2, np.float32), np.array([1, 1]), "ab"]
)
def test_backward_refuses_a_gradient_that_does_not_match(gradient):
    y = ad.Node(np.array([1.0, 2.0])) * 2
    with pytest.raises(SeedError, match="gradient") as caught:
        y.backward(gradient)
    assert isinstance(caught.value, ValueError)


def test_backward_of_a_constant_is_refused():
    with pytest.raises(LevelError, match="requires a gradient"):
        ad.Node(1.0, requires_grad=False).backward()
    with pytest.raises(LevelError, match="requires_grad=True"):
        (ad.Node(1.0, requires_grad=False) * 2).backward()


@pytest.mark.parametrize(
    "data",
    [
        np.array([1, 2]),
        np.array([True]),
        np.array(["a"]),
        np.array([1.0], dtype=object),
        "text",
        ["a", 2.0],
        None,
        True,
        np.ma.masked_array([1.0]),
    ],
    ids=lambda data: type(data).__name__,
)
def test_nodes_of_what_has_no_derivative_are_refused(data):
    with pytest.raises(InputTypeError, match="data") as caught:
        ad.Node(data)
    assert isinstance(caught.value, TypeError)
    assert "test_node.py:" in str(caught.value)


def test_a_list_of_numbers_becomes_an_array_of_floats():
    assert ad.Node([[1, 2], [3, 4]]).data.tolist() == [[1.0, 2.0], [3.0, 4.0]]
    assert ad.Node([1, 2]).data.dtype == np.float64
    assert ad.Node([1.0, 2j]).data.dtype == np.complex128


def test_backward_inside_a_transform_of_its_values_is_refused():
    def f(x):
        (x * x).backward()
        return x

    with pytest.raises(LevelError, match="inside a transform") as caught:
        ad.grad(f)(1.0)
    assert isinstance(caught.value, RuntimeError)


def test_backward_inside_a_transform_of_nodes_made_there():
    def f(x):
        n = ad.Node(x)
        (n * n * n).backward()
        return n.grad.data

    assert f(2.0) == 12.0
    assert ad.grad(f)(2.0) == 12.0
    assert ad.derivative(f)(2.0) == 12.0
    assert ad.grad(ad.grad(f))(2.0) == 6.0


def test_plain_nodes_are_constants_to_a_transform():
    w = ad.Node(3.0)

    def f(x):
        return x * x * ad.value(w)

    assert ad.grad(f)(2.0) == 12.0
    assert w.grad is None
