"""`jvp`: values, tangents, structure, auxiliary data, and what is refused."""

from typing import NamedTuple

import numpy as np
import pytest

import adkit as ad
from adkit.common.errors import ArgumentError, InputTypeError, OutputError, SeedError
from adkit.forward.pushforward import pushforward


class Pair(NamedTuple):
    left: object
    right: object


MATRIX = np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])


def test_value_and_tangent_by_hand_written_numbers():
    out, tangent = ad.jvp(lambda x, y: x * y + x, (2.0, 3.0), (1.0, 10.0))
    assert (out, tangent) == (8.0, 24.0)


def test_the_value_is_that_of_plain_numpy_bit_for_bit():
    def f(x):
        return np.exp(np.sin(x) * 3) / (1 + x**2) ** 0.5

    x = np.random.default_rng(0).normal(size=1000)
    out, tangent = ad.jvp(f, (x,), (np.ones(1000),))
    assert np.array_equal(out, f(x))
    numerical = (f(x + 1e-6) - f(x - 1e-6)) / 2e-6
    np.testing.assert_allclose(tangent, numerical, rtol=1e-6, atol=1e-8)


@pytest.mark.parametrize("shape", [(), (0,), (1,), (3,), (2, 0), (2, 3)])
@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.longdouble, np.complex64, complex])
def test_shapes_and_dtypes(shape, dtype):
    def f(x):
        return x * x + 1

    x = np.ones(shape, dtype)
    out, tangent = ad.jvp(f, (x,), (np.full(shape, 2, dtype),))
    for y, value in ((out, 2), (tangent, 4)):
        assert type(y) is type(f(x))
        assert y.dtype == dtype
        assert np.array_equal(y, np.full(shape, value, dtype))


def test_scalars_of_numpy_stay_scalars():
    out, tangent = ad.jvp(np.square, (np.float32(3),), (np.float32(1),))
    assert type(out) is type(tangent) is np.float32
    assert (out, tangent) == (9, 6)


@pytest.mark.parametrize("seed", [1, 1.0, np.float64(1), np.array(1.0)])
@pytest.mark.parametrize("x", [3, 3.0, np.float64(3)])
def test_python_numbers_are_seeds_of_scalars(x, seed):
    out, tangent = ad.jvp(lambda x: x * x, (x,), (seed,))
    assert (out, tangent) == (9.0, 6.0)
    assert type(out) is np.float64


def test_lists_serve_as_tuples_of_primals():
    assert ad.jvp(np.square, [3.0], [1.0])[1] == 6.0


def test_functions_without_arguments():
    assert ad.jvp(lambda: 3.0, (), ()) == (3.0, 0.0)


def test_constant_results_have_zero_tangents():
    out, tangent = ad.jvp(lambda x: (np.ones(2, np.float32), 7, True), (1.0,), (1.0,))
    assert np.array_equal(out[0], [1, 1])
    assert out[1:] == (7, True)
    assert tangent[0].dtype == np.float32
    assert np.array_equal(tangent[0], [0, 0])
    assert tangent[1:] == (0.0, 0.0)


def test_containers():
    def f(p, unused):
        return {"sum": p["a"] + p["b"][0], "pair": Pair(p["b"][1] * p["a"], None)}

    primals = ({"a": 2.0, "b": [np.array([1.0, 2.0]), 3.0]}, None)
    tangents = ({"b": [np.array([1.0, 0.0]), 0.0], "a": 10.0}, None)
    out, tangent = ad.jvp(f, primals, tangents)
    assert out["sum"].tolist() == [3.0, 4.0]
    assert out["pair"] == Pair(6.0, None)
    assert tangent["sum"].tolist() == [11.0, 10.0]
    assert tangent["pair"] == Pair(30.0, None)


def test_auxiliary_data_is_stripped_of_its_derivative():
    def f(x):
        y = x * x
        return y.sum(), {"y": y, "name": "squares", "count": 3}

    out, tangent, aux = ad.jvp(f, (np.ones(3),), (np.ones(3),), has_aux=True)
    assert (out, tangent) == (3.0, 6.0)
    assert type(aux["y"]) is np.ndarray
    assert (aux["name"], aux["count"]) == ("squares", 3)


def test_the_arguments_and_seeds_stay_as_they_were():
    x, v = np.arange(3.0), np.ones(3)
    x.flags.writeable = v.flags.writeable = False
    out, tangent = ad.jvp(lambda x: x, (x,), (v,))
    assert x.tolist() == [0.0, 1.0, 2.0]
    for result in (out, tangent):
        assert result.flags.writeable
        assert not np.shares_memory(result, x)
        assert not np.shares_memory(result, v)


def test_results_do_not_alias_each_other():
    out, tangent = ad.jvp(lambda x: (x, x, x[:2]), (np.arange(3.0),), (np.ones(3),))
    arrays = [*out, *tangent]
    assert not any(np.shares_memory(a, b) for a in arrays for b in arrays if a is not b)


def test_memory_order_byte_order_and_strides_of_the_argument():
    x = np.asfortranarray(MATRIX)
    for given in (x, MATRIX[::-1, ::-2], MATRIX.astype(">f8"), np.broadcast_to(MATRIX, (4, 2, 3))):
        out, tangent = ad.jvp(lambda x: x * x, (given,), (np.ones(given.shape),))
        assert np.array_equal(out, given * given)
        assert np.array_equal(tangent, 2 * given)
        assert out.dtype == tangent.dtype == np.dtype("=f8")
    big_endian = np.ones((2, 3), ">f8")
    assert ad.jvp(np.square, (MATRIX,), (big_endian,))[1].dtype.isnative


def test_views_of_the_function_are_those_of_the_callers_array():
    strides = []

    def f(x):
        strides.append(x.strides)
        return x.T.ravel(order="K")

    x = np.asfortranarray(MATRIX)
    out, tangent = ad.jvp(f, (x,), (MATRIX,))
    assert strides == [x.strides]
    assert np.array_equal(out, x.T.ravel(order="K"))
    assert np.array_equal(tangent, x.T.ravel(order="K"))


def test_a_sweep_of_many_directions():
    def f(leaves):
        (x,) = leaves
        return [x[0] * x[1], np.ones((2, 2)), x + np.zeros((4, 1))]

    directions = np.array([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]])
    results, tangents = pushforward(f, [np.array([2.0, 3.0])], [directions], 3)
    assert results[0] == 6.0
    assert tangents[0].tolist() == [3.0, 2.0, 5.0]
    assert tangents[1].tolist() == np.zeros((3, 2, 2)).tolist()  # constant
    assert tangents[2].tolist() == [[row] * 4 for row in directions.tolist()]  # broadcast


# ---------------------------------------------------------------- refusals


@pytest.mark.parametrize("call", [((1.0,), 1.0), (1.0, (1.0,)), (np.ones(2), np.ones(2))])
def test_primals_and_tangents_are_tuples(call):
    with pytest.raises(ArgumentError, match="must be a tuple") as caught:
        ad.jvp(np.sin, *call)
    assert "jvp(f, (x,), (v,))" in str(caught.value)
    assert "test_pushforward.py:" in str(caught.value)


@pytest.mark.parametrize(
    ("primals", "tangents"),
    [
        ((1.0, 2.0), (1.0,)),
        ((1.0,), (1.0, 2.0)),
        (({"a": 1.0},), ({"b": 1.0},)),
        (([1.0, 2.0],), ((1.0, 2.0),)),
        ((None,), (1.0,)),
    ],
)
def test_tangents_have_the_structure_of_the_primals(primals, tangents):
    with pytest.raises(ArgumentError, match=r"the tangent.*expected") as caught:
        ad.jvp(lambda *args: 1.0, primals, tangents)
    assert isinstance(caught.value, TypeError)


@pytest.mark.parametrize(
    ("x", "v"),
    [
        (np.ones(2), np.ones(3)),
        (np.ones(2), np.ones((1, 2))),
        (np.ones(2), 1.0),
        (1.0, np.ones(1)),
        (np.ones(2), np.ones(2, np.float32)),
        (np.ones(2, np.float32), np.ones(2)),
        (np.ones(2), np.ones(2, int)),
        (np.ones(2), np.ones(2, complex)),
        (np.ones(2, complex), np.ones(2)),
        (1.0, 1j),
        (1.0, True),
        (1.0, "1"),
        (np.ones(1), np.array([object()])),
    ],
)
def test_seeds_match_in_shape_and_dtype(x, v):
    with pytest.raises(SeedError, match="the tangent") as caught:
        ad.jvp(lambda x: x, (x,), (v,))
    assert isinstance(caught.value, ValueError)
    assert "test_pushforward.py:" in str(caught.value)


def test_a_seed_in_a_container_is_named_by_its_path():
    with pytest.raises(SeedError, match=r"\[1\]\['b'\]"):
        ad.jvp(lambda x, p: x, (1.0, {"a": 1.0, "b": np.ones(2)}), (1.0, {"a": 1.0, "b": 2.0}))


def test_arguments_without_derivative_are_named():
    def f(speed, index):
        return speed

    with pytest.raises(InputTypeError, match="argument 1 'index' is of dtype int64"):
        ad.jvp(f, (1.0, np.array([1, 2])), (1.0, np.ones(2)))
    with pytest.raises(InputTypeError, match=r"argument 0 'speed'\['mode'\] is a str"):
        ad.jvp(f, ({"mode": "fast"}, 1.0), ({"mode": "fast"}, 1.0))


@pytest.mark.parametrize("f", [3.0, None, "sin", np.ones(2)])
def test_what_is_no_function(f):
    with pytest.raises(ArgumentError, match="jvp needs a function"):
        ad.jvp(f, (1.0,), (1.0,))


@pytest.mark.parametrize(
    "result", [None, "text", object(), {"a": {1.0}}, np.array(["a"]), [[None, b""]]]
)
def test_results_without_derivative(result):
    with pytest.raises(OutputError, match="returned") as caught:
        ad.jvp(lambda x: result, (1.0,), (1.0,))
    assert isinstance(caught.value, TypeError)


@pytest.mark.parametrize("result", [1.0, (1.0,), (1.0, 2.0, 3.0), [1.0, 2.0]])
def test_has_aux_needs_a_pair(result):
    with pytest.raises(OutputError, match=r"must return \(result, aux\)"):
        ad.jvp(lambda x: result, (1.0,), (1.0,), has_aux=True)
