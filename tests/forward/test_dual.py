"""Dual numbers by hand: arithmetic with eps**2 = 0, directions, nesting, and refusals."""

import gc
import operator
import pickle
import weakref

import numpy as np
import pytest

import adkit as ad
from adkit.common.errors import AdkitError, InputTypeError, LevelError, SeedError


def test_arithmetic_by_hand_written_numbers():
    x = ad.Dual(3.0, 1.0)
    for y, value, tangent in [
        (x + 2, 5.0, 1.0),
        (2 - x, -1.0, -1.0),
        (x * x, 9.0, 6.0),
        (6 / x, 2.0, -2 / 3),
        (x**2, 9.0, 6.0),
        (-x, -3.0, -1.0),
        (abs(-x), 3.0, 1.0),
        (np.exp(x - 3), 1.0, 1.0),
        (np.sin(x - 3), 0.0, 1.0),
        (x % 2, 1.0, 1.0),
    ]:
        assert (y.value, y.tangent) == (value, pytest.approx(tangent))


def test_a_dual_is_a_taylor_polynomial_of_degree_one():
    h = ad.Dual(0.0, 1.0)
    assert (h * h).value == (h * h).tangent == 0.0


def test_tangents_follow_broadcasting():
    x = ad.Dual(np.arange(6.0).reshape(2, 3), np.ones((2, 3)))
    w = ad.Dual(np.array([10.0, 20.0, 30.0]), np.array([1.0, 0.0, 0.0]))
    y = x * w
    assert y.shape == y.tangent.shape == (2, 3)
    assert np.array_equal(y.tangent, [[10.0, 20.0, 30.0], [13.0, 20.0, 30.0]])


@pytest.mark.parametrize(
    ("left", "right"), [((2, 1), (1, 3)), ((), (2, 3)), ((3,), (2, 3)), ((2, 3, 1), (3, 4))]
)
@pytest.mark.parametrize("apply", [operator.add, operator.sub, operator.mul, operator.truediv])
@pytest.mark.parametrize("lead", [(), (5,), (5, 2)])
def test_directions_lead_through_broadcasting(apply, left, right, lead):
    rng = np.random.default_rng(0)
    a, b = rng.uniform(1, 2, left), rng.uniform(1, 2, right)
    s, t = rng.normal(size=lead + left), rng.normal(size=lead + right)
    y = apply(ad.Dual(a, s), ad.Dual(b, t))
    assert y.tangent.shape == lead + y.shape
    for k in np.ndindex(*lead):
        one = apply(ad.Dual(a, s[k]), ad.Dual(b, t[k]))
        np.testing.assert_allclose(y.tangent[k], one.tangent, rtol=1e-15)


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.longdouble, np.complex64])
@pytest.mark.parametrize("shape", [(), (2, 3)])
def test_dtypes_stay(dtype, shape):
    x = ad.Dual(np.full(shape, 2, dtype)[()], np.full(shape, 1, dtype)[()])
    y = 3 * x * x + x / 2 - 1.5
    assert y.dtype == y.tangent.dtype == dtype
    assert y.shape == y.tangent.shape == shape
    assert np.array_equal(y.tangent, np.full(shape, 12.5, dtype))


def test_a_tangent_takes_the_dtype_of_its_value():
    x = ad.Dual(np.float32(2.0), 1.0)
    assert x.tangent.dtype == np.float32
    y = x * np.float64(3.0)
    assert y.dtype == y.tangent.dtype == np.float64


@pytest.mark.parametrize(
    "left",
    [np.array([10.0, 20.0]), np.float64(10.0), np.int64(10), np.array(10.0), 10, 10.0, True],
    ids=lambda left: f"{type(left).__name__}{np.shape(left)}",
)
@pytest.mark.parametrize(
    "apply",
    [operator.add, operator.sub, operator.mul, operator.truediv, operator.pow, operator.mod],
)
def test_plain_values_on_the_left(apply, left):
    data = np.array([3.0, 7.0])
    y = apply(left, ad.Dual(data, np.array([1.0, 10.0])))
    assert isinstance(y, ad.Dual)
    assert np.array_equal(y.value, apply(left, data))
    partial = {
        operator.add: np.ones(2),
        operator.sub: -np.ones(2),
        operator.mul: left * np.ones(2),
        operator.truediv: -left / data**2,
        operator.pow: left**data * np.log(left),
        operator.mod: -(left // data),
    }[apply]
    np.testing.assert_allclose(y.tangent, partial * [1.0, 10.0])


def test_piecewise_constant_functions_give_plain_values():
    x = ad.Dual(np.array([1.5, -2.5]), np.ones(2))
    for y in (np.floor(x), np.sign(x), x > 0, np.argmax(x), x // 2):
        assert not isinstance(y, ad.Dual)


def test_the_value_is_the_duals_own():
    mine = np.array([1.0, 2.0])
    x = ad.Dual(mine, np.ones(2))
    mine[:] = 9.0
    assert np.array_equal(x.value, [1.0, 2.0])


def test_the_tangent_is_the_duals_own():
    mine = np.array([1.0, 2.0])
    x = ad.Dual(np.zeros(2), mine)
    mine[:] = 9.0
    assert np.array_equal(x.tangent, [1.0, 2.0])


def test_repr():
    assert repr(ad.Dual(2.0, 1.0)) == "Dual(np.float64(2.0), np.float64(1.0))"


# ---------------------------------------------------------------- nesting


def test_a_dual_of_a_dual_gives_second_derivatives():
    x = ad.Dual(ad.Dual(2.0, 1.0), 1.0)
    y = x * x * x
    assert (y.value.value, y.value.tangent, y.tangent.value) == (8.0, 12.0, 12.0)
    assert y.tangent.tangent == 12.0


def test_a_dual_of_a_dual_does_not_confuse_its_perturbations():
    # d/dx (x * d/dy (x + y)) = 1 (Siskind and Pearlmutter 2005)
    x = ad.Dual(1.0, 1.0)
    inner = ad.Dual(x * 0 + 1.0, 1.0)
    product = x * (x + inner).tangent
    assert (product.value, product.tangent) == (1.0, 1.0)


def test_nesting_by_hand_inside_a_transform():
    def f(x):
        y = ad.Dual(x, 1.0)
        return (y * y * y).tangent

    assert f(2.0) == 12.0
    assert ad.grad(f)(2.0) == 12.0
    assert ad.derivative(ad.grad(f))(2.0) == 6.0


# ---------------------------------------------------------------- refusals


@pytest.mark.parametrize(
    ("value", "tangent"),
    [(np.ones(2), np.ones(3)), (np.ones(2), 1.0), (np.ones((2, 3)), np.ones((3, 2)))],
)
def test_a_tangent_of_another_shape_is_refused(value, tangent):
    with pytest.raises(SeedError, match="tangent") as caught:
        ad.Dual(value, tangent)
    assert isinstance(caught.value, ValueError)
    assert str(np.shape(value)) in str(caught.value)
    assert "test_dual.py:" in str(caught.value)


@pytest.mark.parametrize("tangent", [1j, "1", None, np.array([object()])[0]])
def test_a_tangent_of_another_kind_is_refused(tangent):
    with pytest.raises(SeedError, match="the tangent is of dtype"):
        ad.Dual(1.0, tangent)


@pytest.mark.parametrize("value", [np.array([1, 2]), True, "text", [1.0], None, {1.0: 2.0}])
def test_values_without_derivative_are_refused(value):
    with pytest.raises(InputTypeError, match="value"):
        ad.Dual(value, 1.0)


def test_engines_are_not_mixed_at_one_level():
    with pytest.raises(LevelError, match="Dual and a Node"):
        ad.Dual(1.0, 1.0) + ad.Node(1.0)


def test_a_dual_cannot_be_pickled_or_hashed():
    x = ad.Dual(1.0, 1.0)
    with pytest.raises(AdkitError, match="cannot be pickled"):
        pickle.dumps(x)
    with pytest.raises(TypeError, match="unhashable"):
        hash(x)


# ---------------------------------------------------------------- depth and memory


def test_a_chain_of_a_hundred_thousand_operations_keeps_nothing():
    x = ad.Dual(1.0, 1.0)
    y = x
    for _ in range(50_000):
        y = y * 1.0
        y = y + x
    assert y.tangent == 50_001.0


def test_reference_counting_frees_what_nobody_holds():
    enabled = gc.isenabled()
    gc.collect()
    gc.disable()
    try:
        x = ad.Dual(np.ones(3), np.ones(3))
        y = x * np.full(3, 2.0)
        watched = [weakref.ref(y.value), weakref.ref(y.tangent)]
        z = (y * y).sum()
        del y
        assert [w() for w in watched] == [None, None]
        assert z.tangent == 24.0
        del x, z
        assert gc.collect() == 0
    finally:
        if enabled:
            gc.enable()
