"""Graphs of Nodes by hand: nesting with the other engine, depth, and memory."""

import gc
import sys
import weakref

import numpy as np
import pytest

import adkit as ad
from adkit.common.errors import LevelError

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
        assert "test_node_graph.py:" in str(caught.value)


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
