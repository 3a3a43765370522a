"""Nodes by hand: what the ancestor did, what was wrong there, and what a Node refuses."""

import gc
import operator
import pickle
import sys
import weakref

import numpy as np
import pytest

import adkit as ad
from adkit.common.errors import (
    AdkitError,
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
        [1.0, 2.0],
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


# ---------------------------------------------------------------- arrays and operators


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
    assert (x == None) is False  # noqa: E711  the comparison is the point
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


# ---------------------------------------------------------------- nesting by hand


def test_a_node_of_a_dual_is_forward_over_reverse():
    x = ad.Node(ad.Dual(2.0, 1.0))
    (x * x * x).backward()
    assert isinstance(x.grad.data, ad.Dual)
    assert x.grad.data.value == 12.0
    assert x.grad.data.tangent == 12.0


def test_a_dual_of_nodes_is_reverse_over_forward():
    x, v = ad.Node(2.0), ad.Node(1.0)
    y = ad.Dual(x, v)
    y = y * y * y
    assert isinstance(y.tangent, ad.Node)
    y.tangent.backward()
    assert x.grad.data == 12.0  # d(3 x^2 v)/dx
    assert v.grad.data == 12.0  # d(3 x^2 v)/dv


def test_a_dual_of_a_node_with_a_plain_tangent():
    x = ad.Node(np.array([1.0, 2.0]))
    y = ad.Dual(x, np.array([1.0, 10.0]))
    y = (y * y).sum()
    y.tangent.backward()
    assert np.array_equal(x.grad.data, [2.0, 20.0])


def test_three_engines_nested_by_hand():
    x = ad.Node(ad.Dual(ad.Dual(2.0, 1.0), 1.0))
    (x * x * x * x).backward()
    third = x.grad.data.tangent.tangent
    assert third == 48.0


def test_engines_are_not_mixed_at_one_level():
    x, y = ad.Node(2.0), ad.Dual(3.0, 1.0)
    for mix in (
        lambda: x * y,
        lambda: y * x,
        lambda: np.multiply(x, y),
        lambda: np.arctan2(y, x),
        lambda: ad.Node(y) * ad.Dual(x, 1.0),
    ):
        with pytest.raises(LevelError, match="Dual and a Node") as caught:
            mix()
        assert "Node(Dual(x, v))" in str(caught.value)
        assert isinstance(caught.value, RuntimeError)
        assert "test_node.py:" in str(caught.value)


# ---------------------------------------------------------------- depth and memory


def test_a_chain_of_a_hundred_thousand_operations():
    limit = sys.getrecursionlimit()
    x = ad.Node(1.0)
    y = x
    for _ in range(50_000):
        y = y * 1.0
        y = y + x
    y.backward()
    assert x.grad.data == 50_001.0
    assert sys.getrecursionlimit() == limit
    y = None  # freed link by link, without recursion


def test_a_deep_graph_is_dropped_without_a_sweep():
    y = ad.Node(np.ones(2))
    for _ in range(100_000):
        y = -y
    watched = weakref.ref(y.data)
    del y
    assert watched() is None


def test_a_wide_graph_visits_each_value_once():
    x = ad.Node(1.0)
    y = x
    for _ in range(60):
        y = y + y  # two to the sixtieth paths
    y.backward()
    assert x.grad.data == 2.0**60


def test_reference_counting_frees_a_graph_that_nobody_holds():
    enabled = gc.isenabled()
    gc.collect()
    gc.disable()
    try:
        x = ad.Node(np.ones(3))
        y = x * np.full(3, 2.0)
        z = (y * y).sum()
        z.backward()
        watched = [weakref.ref(y.data), weakref.ref(y.grad.data), weakref.ref(x.data)]
        del y, z
        assert [w() is None for w in watched] == [True, True, False]
        del x
        assert watched[2]() is None
        assert gc.collect() == 0
    finally:
        if enabled:
            gc.enable()


def test_a_value_holds_what_it_was_computed_from():
    def build():
        x = ad.Node(3.0)
        return x, x * x

    x, y = build()
    y.backward()
    assert x.grad.data == 6.0


def test_what_is_computed_from_constants_keeps_no_history():
    big = ad.Node(np.ones(1000), requires_grad=False)
    watched = weakref.ref(big.data)
    total = (big * 2).sum()
    del big
    assert watched() is None
    assert total.data == 2000.0


def test_a_training_loop_lowers_its_loss():
    rng = np.random.default_rng(0)
    inputs = rng.normal(size=(20, 3))
    targets = inputs @ np.array([1.0, -2.0, 0.5])
    w = ad.Node(np.zeros(3))
    losses = []
    for _ in range(300):
        error = inputs @ w - targets
        loss = (error * error).mean()
        w.zero_grad()
        loss.backward()
        losses.append(float(loss.data))
        w = ad.Node(w.data - 0.2 * w.grad.data)
    assert losses[-1] < 1e-12 < losses[0]
    np.testing.assert_allclose(w.data, [1.0, -2.0, 0.5], atol=1e-6)
