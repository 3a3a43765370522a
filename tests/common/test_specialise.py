"""Code made from declarations: the common calls and the general road give the same."""

import itertools
import linecache
import traceback

import numpy as np
import pytest

import adkit as ad
from adkit.common.registry import catalogue, find
from adkit.common.specialise import keeps_dtype, names_needed, scale_source, value_source
from adkit.forward.dual import Dual
from adkit.reverse.node import Node

FUNCTIONS = [
    op.function
    for op in catalogue()
    if isinstance(op.function, np.ufunc) and op.partials and op.function is not np.ldexp
]
#: Combinations of shapes and dtypes of which only some take the specialised code.
SCALARS = [np.float32(0.3), np.float64(0.4)]
ARRAYS = [np.float32([0.2, 0.3]), np.array([0.4, 0.1]), np.array([[0.3], [0.2], [0.6]])]


@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda f: f.__name__)
def test_dtypes_and_shapes_of_derivatives_are_those_of_their_values(function):
    for operands in itertools.product([*SCALARS, *ARRAYS], repeat=function.nin):
        with np.errstate(all="ignore"):
            value = function(*operands)
            out, pushed = ad.jvp(function, operands, operands)
            kept, pullback = ad.vjp(function, *operands)
            pulled = pullback(np.ones_like(value)[()])
        for y in (out, pushed, kept):
            assert type(y) is type(value)
            assert (y.shape, y.dtype) == (value.shape, value.dtype)
        assert np.array_equal(out, value, equal_nan=True)
        for x, ct in zip(operands, pulled, strict=True):
            assert (ct.shape, ct.dtype) == (x.shape, x.dtype)


@pytest.mark.parametrize("function", [f for f in FUNCTIONS if f.nin == 2], ids=lambda f: f.__name__)
@pytest.mark.parametrize("number", [0.5, 2])
@pytest.mark.parametrize("x", [np.float32(0.3), np.float32([0.2, 0.3])], ids=["scalar", "array"])
def test_python_numbers_do_not_widen_derivatives(function, number, x):
    def check(f):
        with np.errstate(all="ignore"):
            value = f(x)
            d = f(ad.Dual(x, x))
            n = ad.Node(x)
            if f(n).requires_grad:
                f(n).backward(np.ones_like(value))
            tangent = ad.vjp(lambda x: ad.jvp(f, (x,), (x,))[1], x)[0]
            gradient = ad.vjp(lambda x: ad.grad(lambda x: f(x).sum())(x), x)[0]
        assert getattr(d, "tangent", value).dtype == value.dtype
        assert n.grad is None or n.grad.dtype == x.dtype
        assert tangent.dtype == value.dtype
        assert gradient.dtype == x.dtype

    check(lambda x: function(x, number))
    check(lambda x: function(number, x))


@pytest.mark.parametrize("engine", [Dual, Node])
def test_first_and_later_calls_give_the_same(engine, monkeypatch):
    def f(x):
        return np.matmul(np.tanh(np.sin(x) * x).reshape(2, 2).T, np.ones(2))

    x = np.array([0.1, 0.2, 0.3, 0.4])
    driver = ad.jacfwd if engine is Dual else ad.jacrev
    expected = driver(f)(x)
    for function in list(engine.calls):
        monkeypatch.delitem(engine.calls, function)
    first, later = driver(f)(x), driver(f)(x)
    assert np.array_equal(first, expected)
    assert np.array_equal(later, expected)
    assert {np.sin, np.tanh, np.reshape, np.matmul} <= set(engine.calls)


@pytest.mark.parametrize(
    ("function", "keeps"),
    [
        (np.sin, True),
        (np.add, True),
        (np.cbrt, True),
        (np.absolute, False),  # of complex numbers
        (np.float_power, False),  # of float32
        (np.where, False),
    ],
)
def test_functions_that_keep_the_dtype(function, keeps):
    assert keeps_dtype(find(function)) is keeps


def test_a_result_of_another_dtype_than_its_operands():
    for driver in (ad.jacfwd, ad.jacrev):
        J = driver(lambda x: np.float_power(x, x))(np.float32([2.0, 3.0]))
        assert J.dtype == np.float64
        np.testing.assert_allclose(np.diag(J), [4 * (np.log(2) + 1), 27 * (np.log(3) + 1)])
        J = driver(lambda z: np.abs(z))(np.complex64([3 + 4j]))
        assert J.dtype == np.complex64
        np.testing.assert_allclose(J, [[0.6 - 0.8j]], rtol=1e-6)


def test_expressions():
    assert value_source(find(np.sin), "x") == "function(x)"
    assert value_source(find(np.multiply).infix, "x", "y") == "x * y"
    assert value_source(find(np.negative).infix, "x") == "-x"
    assert scale_source(find(np.add), 0, "t") == "t"
    assert scale_source(find(np.subtract), 1, "t") == "-t"
    assert scale_source(find(np.multiply), 0, "t") == "t * y"
    assert scale_source(find(np.sin), 0, "t") == (
        "(scaled(t, partial0(x)) if type(t) is ndarray else t * partial0(x))"
    )
    assert scale_source(find(np.log), 0, "t", ", sweep") == (
        "(divided(t, x, sweep) if type(t) is ndarray else t / x)"
    )
    assert scale_source(find(np.square), 0, "t", ", sweep") == (
        "(doubled(t, x, sweep) if type(t) is ndarray else t * (2 * x))"
    )
    assert names_needed(find(np.multiply), 0) == ["y"]
    assert names_needed(find(np.multiply), 0, 1) == ["y", "x"]
    assert names_needed(find(np.add), 0, 1) == []


def test_tracebacks_show_the_lines_of_generated_code():
    ad.grad(np.exp)(1.0)
    names = [name for name in linecache.cache if name.startswith("<adkit")]
    assert "<adkit reverse numpy.exp>" in names
    assert "def call(a):" in "".join(linecache.getlines("<adkit reverse numpy.exp>"))
    with np.errstate(over="raise"), pytest.raises(FloatingPointError) as caught:
        ad.grad(lambda x: np.exp(x) * x)(1e4)
    assert "np.exp(x) * x" in "".join(traceback.format_tb(caught.tb))
