"""What `grad` and its kin refuse: each error's class, its words, and the remedy."""

from typing import NamedTuple

import numpy as np
import pytest

import adkit as ad
from adkit.common.errors import (
    ArgumentError,
    InputTypeError,
    NonScalarOutputError,
    OutputError,
)


class Line(NamedTuple):
    slope: object
    intercept: object


def cube_sum(x):
    return (x**3).sum()


@pytest.mark.parametrize("transform", [ad.grad, ad.value_and_grad])
@pytest.mark.parametrize("shape", [(1,), (3,), (0,), (2, 2)])
def test_a_result_that_is_no_scalar(transform, shape):
    def residual(x):
        return x * np.ones(shape)

    with pytest.raises(NonScalarOutputError, match=r"needs a scalar.*residual") as caught:
        transform(residual)(2.0)
    message = str(caught.value)
    assert str(shape) in message
    assert "jacobian" in message
    assert "test_gradient_refusals.py:" in message
    assert isinstance(caught.value, TypeError)


@pytest.mark.parametrize("result", [(1.0, 2.0), [1.0], {"a": 1.0}, Line(1.0, 2.0)])
def test_a_result_that_is_a_container(result):
    with pytest.raises(OutputError, match="a gradient needs one number") as caught:
        ad.grad(lambda x: result)(1.0)
    assert "has_aux=True" in str(caught.value)


def test_a_complex_result():
    with pytest.raises(OutputError, match="needs a real result"):
        ad.grad(lambda z: z * z)(1 + 1j)
    with pytest.raises(OutputError, match="needs a real result"):
        ad.grad(lambda x: 1j * x)(1.0)


def test_a_result_of_none():
    def forgetful(x):
        x * x

    with pytest.raises(OutputError, match="forgetful returned None") as caught:
        ad.grad(forgetful)(1.0)
    assert "return statement" in str(caught.value)
    assert isinstance(caught.value, TypeError)


def test_has_aux_needs_a_pair():
    with pytest.raises(OutputError, match=r"\(result, aux\)"):
        ad.grad(lambda x: x, has_aux=True)(1.0)


@pytest.mark.parametrize("argnums", [1.0, "0", True, (0, 1.0), (), np.ones(3), None, (True,)])
def test_argnums_that_are_no_positions(argnums):
    with pytest.raises(ArgumentError, match="argnums must be") as caught:
        ad.grad(cube_sum, argnums)
    assert isinstance(caught.value, TypeError)
    assert "grad(f)(x0), not grad(f, x0)" in str(caught.value)
    assert "test_gradient_refusals.py:" in str(caught.value)


@pytest.mark.parametrize("argnums", [2, -3, (0, 2)])
def test_argnums_out_of_range(argnums):
    with pytest.raises(ArgumentError, match="called with 2 positional arguments"):
        ad.grad(lambda x, y: x * y, argnums)(1.0, 2.0)


def test_an_argument_given_by_name_is_not_positional():
    with pytest.raises(ArgumentError, match="called with 0 positional arguments"):
        ad.grad(lambda x: x)(x=1.0)


@pytest.mark.parametrize("argnums", [(0, 0), (1, -1)])
def test_argnums_that_name_an_argument_twice(argnums):
    with pytest.raises(ArgumentError, match="twice"):
        ad.grad(lambda x, y: x * y, argnums)(1.0, 2.0)


@pytest.mark.parametrize(
    ("x", "said"),
    [
        (np.array([1, 2]), "is of dtype int64"),
        (np.int32(1), "is of dtype int32"),
        (np.array([True]), "is of dtype bool"),
        (True, "is a bool"),
        ("text", "is a str"),
        (np.array(["a"]), "is of dtype <U1"),
        (np.array([1.0], dtype=object), "is of dtype object"),
        (np.array(["2000-01-01"], "M8[D]"), r"is of dtype datetime64\[D\]"),
        (np.ma.masked_array([1.0]), "is a MaskedArray"),
        (object(), "is a object"),
        ({1.0}, "is a set"),
        (range(3), "is a range"),
        (2**70 * 1j, None),
        (2**70, None),
    ],
)
def test_arguments_without_derivative(x, said):
    def f(point):
        return 1.0

    if said is None:
        assert ad.grad(f)(x) == 0.0
        return
    with pytest.raises(InputTypeError, match=f"argument 0 'point' {said}") as caught:
        ad.grad(f)(x)
    assert isinstance(caught.value, TypeError)
    assert "test_gradient_refusals.py:" in str(caught.value)


def test_a_matrix_is_refused():
    with pytest.warns(PendingDeprecationWarning):
        matrix = np.matrix([[1.0]])
    with pytest.raises(InputTypeError, match="is a matrix"):
        ad.grad(lambda x: 1.0)(matrix)


def test_a_leaf_without_derivative_is_named_by_its_path():
    def f(p):
        return 1.0

    with pytest.raises(InputTypeError, match=r"argument 0 'p'\['w'\]\[1\] is of dtype int64"):
        ad.grad(f)({"w": [1.0, np.array([1])]})
    with pytest.raises(InputTypeError, match=r"argument 1 'q'\.slope is a str"):
        ad.grad(lambda p, q: 1.0, (0, 1))(1.0, Line("steep", 1.0))


def test_what_is_no_function():
    with pytest.raises(ArgumentError, match="grad needs a function, not ndarray") as caught:
        ad.grad(np.ones(3))
    assert "grad(f)(x)" in str(caught.value)


def test_generators_and_coroutines():
    def generator(x):
        yield x

    async def coroutine(x):
        return x

    async def both(x):
        yield x

    for f in (generator, coroutine, both):
        with pytest.raises(ArgumentError, match="coroutine or generator"):
            ad.grad(f)


def test_the_wrong_number_of_arguments_is_pythons_own_error():
    with pytest.raises(TypeError, match="positional argument"):
        ad.grad(lambda x: x)(1.0, 2.0)


def test_an_error_of_the_function_is_passed_on_and_the_next_call_is_right():
    def fragile(x):
        if x > 2:
            raise KeyError("mine")
        return x * x

    g = ad.grad(fragile)
    for _ in range(5):
        with pytest.raises(KeyError, match="mine"):
            g(3.0)
        assert g(1.0) == 2.0
        assert ad.grad(g)(1.0) == 2.0
