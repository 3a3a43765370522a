"""`vjp`: values, pullbacks that may be called again, structure, and what is refused."""

import gc
import threading
import weakref
from typing import NamedTuple

import numpy as np
import pytest

import adkit as ad
from adkit.common.errors import (
    ArgumentError,
    InputTypeError,
    LeakedTraceError,
    OutputError,
    SeedError,
)


class Pair(NamedTuple):
    left: object
    right: object


MATRIX = np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])


def test_value_and_cotangents_by_hand_written_numbers():
    out, pullback = ad.vjp(lambda x, y: x * y + x, 2.0, 3.0)
    assert out == 8.0
    assert pullback(1.0) == (4.0, 2.0)
    assert pullback(10.0) == (40.0, 20.0)


def test_there_is_one_cotangent_per_primal_and_always_a_tuple():
    pullback = ad.vjp(np.square, 3.0)[1]
    assert pullback(1.0) == (6.0,)
    assert ad.vjp(lambda: 3.0)[1](1.0) == ()


def test_the_value_is_that_of_plain_numpy_bit_for_bit():
    def f(x):
        return np.exp(np.sin(x) * 3) / (1 + x**2) ** 0.5

    x = np.random.default_rng(0).normal(size=1000)
    assert np.array_equal(ad.vjp(f, x)[0], f(x))


def test_a_pullback_may_be_called_again_with_the_same_bits():
    rng = np.random.default_rng(0)
    x, ct = rng.normal(size=(2, 50))
    pullback = ad.vjp(lambda x: np.exp(np.sin(x)) * x, x)[1]
    (first,) = pullback(ct)
    pullback(-ct)
    (again,) = pullback(ct)
    assert np.array_equal(first, again)
    first[:] = 0.0
    assert np.array_equal(pullback(ct)[0], again)


def test_a_pullback_is_the_transpose_of_the_pushforward():
    rng = np.random.default_rng(1)
    x, v, w = rng.normal(size=(3, 6))

    def f(x):
        return np.sin(x)[::-1] * x.sum()

    (pulled,) = ad.vjp(f, x)[1](w)
    pushed = ad.jvp(f, (x,), (v,))[1]
    np.testing.assert_allclose(w @ pushed, pulled @ v, rtol=1e-13)


@pytest.mark.parametrize("shape", [(), (0,), (1,), (3,), (2, 0), (2, 3)])
@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.longdouble, np.complex64, complex])
def test_shapes_and_dtypes(shape, dtype):
    x = np.ones(shape, dtype)
    out, pullback = ad.vjp(lambda x: x * x + 1, x)
    assert np.array_equal(out, np.full(shape, 2, dtype))
    (ct,) = pullback(np.full(shape, 2, dtype))
    assert np.array_equal(ct, np.full(shape, 4, dtype))
    assert ct.dtype == dtype


def test_mixed_dtypes_each_keep_theirs():
    x, y, z = np.ones(2, np.float32), np.ones(2), np.ones(2, np.complex64)
    out, pullback = ad.vjp(lambda x, y, z: x * y * z, x, y, z)
    assert out.dtype == np.complex128
    cts = pullback(np.full(2, 2 + 1j))
    assert [ct.dtype for ct in cts] == [np.float32, np.float64, np.complex64]
    assert [ct[0] for ct in cts] == [2, 2, 2 + 1j]


def test_what_does_not_reach_the_result_gets_zeros():
    out, pullback = ad.vjp(lambda x, y, z: (x * 2, 5.0), MATRIX, np.float32(3), [1.0, None])
    x, y, z = pullback((MATRIX, 1.0))
    assert np.array_equal(x, 2 * MATRIX)
    assert (y, y.dtype) == (0.0, np.float32)
    assert z == [0.0, None]
    assert out[1] == 5.0


def test_containers():
    def f(p, unused):
        return {"sum": p["a"] + p["b"][0], "pair": Pair(p["b"][1] * p["a"], None)}

    primal = {"a": 2.0, "b": [np.array([1.0, 2.0]), 3.0]}
    out, pullback = ad.vjp(f, primal, None)
    assert out["sum"].tolist() == [3.0, 4.0]
    assert out["pair"] == Pair(6.0, None)
    ct, nothing = pullback({"pair": Pair(10.0, None), "sum": np.array([1.0, 2.0])})
    assert nothing is None
    assert ct["a"] == 33.0
    assert ct["b"][0].tolist() == [1.0, 2.0]
    assert ct["b"][1] == 20.0


def test_one_value_returned_twice_gets_both_cotangents():
    _, pullback = ad.vjp(lambda x: (x, x, 2 * x), 3.0)
    assert pullback((1.0, 10.0, 100.0)) == (211.0,)


def test_auxiliary_data_is_stripped_of_its_derivative():
    def f(x):
        y = x * x
        return y.sum(), {"y": y, "name": "squares", "count": 3}

    out, pullback, aux = ad.vjp(f, np.ones(3), has_aux=True)
    assert out == 3.0
    assert type(aux["y"]) is np.ndarray
    assert (aux["name"], aux["count"]) == ("squares", 3)
    assert pullback(1.0)[0].tolist() == [2.0] * 3


def test_later_changes_of_arguments_and_results_change_nothing():
    x, ct = np.arange(3.0), np.ones(3)
    out, pullback = ad.vjp(lambda x: np.exp(x) * x, x)
    expected = np.exp(np.arange(3.0)) * (1 + np.arange(3.0))
    x[:] = 100.0
    out[:] = 100.0
    (pulled,) = pullback(ct)
    np.testing.assert_allclose(pulled, expected)
    ct[:] = 100.0
    np.testing.assert_allclose(pulled, expected)


def test_the_arguments_and_seeds_stay_as_they_were():
    x, ct = np.arange(3.0), np.ones(3)
    x.flags.writeable = ct.flags.writeable = False
    out, pullback = ad.vjp(lambda x: x, x)
    (pulled,) = pullback(ct)
    assert x.tolist() == [0.0, 1.0, 2.0]
    for result in (out, pulled):
        assert result.flags.writeable
        assert not np.shares_memory(result, x)
        assert not np.shares_memory(result, ct)


def test_cotangents_do_not_alias_each_other():
    _, pullback = ad.vjp(lambda x, y, z: x + y + z[0], *np.ones((3, 3)))
    first, second, third = pullback(np.ones(3))
    assert third.tolist() == [3.0, 0.0, 0.0]
    first[:] = 7.0
    assert second.tolist() == [1.0] * 3


def test_memory_order_byte_order_and_strides_of_the_argument():
    for given in (
        np.asfortranarray(MATRIX),
        MATRIX[::-1, ::-2],
        MATRIX.astype(">f8"),
        np.broadcast_to(MATRIX, (4, 2, 3)),
    ):
        out, pullback = ad.vjp(lambda x: x * x, given)
        (ct,) = pullback(np.ones(given.shape))
        assert np.array_equal(out, given * given)
        assert np.array_equal(ct, 2 * given)
        assert out.dtype == ct.dtype == np.dtype("=f8")


def test_a_pullback_of_a_pullback():
    def gradient(x):
        return ad.vjp(lambda x: (x**3).sum(), x)[1](1.0)[0]

    x = np.array([1.0, 2.0])
    out, pullback = ad.vjp(gradient, x)
    assert out.tolist() == [3.0, 12.0]
    assert pullback(np.array([1.0, 10.0]))[0].tolist() == [6.0, 120.0]


def test_a_pullback_is_linear_and_can_be_differentiated_in_its_cotangent():
    pullback = ad.vjp(lambda x: x**3, 2.0)[1]
    assert ad.grad(lambda ct: pullback(ct * ct)[0])(3.0) == 72.0
    assert ad.derivative(lambda ct: pullback(ct * ct)[0])(3.0) == 72.0


def test_pullbacks_pull_in_several_threads_at_once():
    x = np.random.default_rng(0).normal(size=200)

    def f(x):
        for _ in range(20):
            x = np.sin(x) * 1.1
        return x

    pullback = ad.vjp(f, x)[1]
    expected = [pullback(np.full(200, float(k)))[0] for k in range(8)]
    results = [[] for _ in range(8)]

    def work(k):
        results[k].extend(pullback(np.full(200, float(k)))[0] for _ in range(20))

    threads = [threading.Thread(target=work, args=(k,)) for k in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for k in range(8):
        assert len(results[k]) == 20
        assert all(np.array_equal(result, expected[k]) for result in results[k])


def test_a_pullback_tells_what_it_holds():
    def wave(x):
        return np.sin(x)

    pullback = ad.vjp(wave, np.ones(1000))[1]
    assert 8000 <= pullback.nbytes < 10_000
    assert repr(pullback) == f"<pullback of wave, {pullback.nbytes} bytes>"


def test_a_dropped_pullback_frees_its_tape():
    gc.collect()
    gc.disable()
    try:
        saved = []

        def f(x):
            y = np.exp(x)
            saved.append(weakref.ref(y.value))
            return y.sum()

        pullback = ad.vjp(f, np.ones(3))[1]
        assert saved[0]() is not None
        del pullback
        assert saved[0]() is None
        assert gc.collect() == 0
    finally:
        gc.enable()


# ---------------------------------------------------------------- refusals


@pytest.mark.parametrize(
    ("x", "ct"),
    [
        (np.ones(2), np.ones(3)),
        (np.ones(2), np.ones((1, 2))),
        (np.ones(2), 1.0),
        (1.0, np.ones(1)),
        (np.ones(2), np.ones(2, np.float32)),
        (np.ones(2, np.float32), np.ones(2)),
        (np.ones(2), np.ones(2, int)),
        (np.ones(2), np.ones(2, complex)),
        (1.0, 1j),
        (1.0, True),
        (1.0, "1"),
    ],
)
def test_seeds_match_in_shape_and_dtype(x, ct):
    pullback = ad.vjp(lambda x: x, x)[1]
    with pytest.raises(SeedError, match="the cotangent") as caught:
        pullback(ct)
    assert isinstance(caught.value, ValueError)
    assert "test_pullback.py:" in str(caught.value)


def test_seeds_have_the_structure_of_the_result():
    pullback = ad.vjp(lambda x: {"a": x, "b": (x, x)}, 1.0)[1]
    with pytest.raises(ArgumentError, match=r"the cotangent\['b'\]: expected \(\*, \*\), got \[\*"):
        pullback({"a": 1.0, "b": [1.0, 1.0]})
    with pytest.raises(SeedError, match=r"the cotangent \['b'\]\[1\]"):
        pullback({"a": 1.0, "b": (1.0, np.ones(2))})


def test_arguments_without_derivative_are_named():
    def f(speed, index):
        return speed

    with pytest.raises(InputTypeError, match="argument 1 'index' is of dtype int64"):
        ad.vjp(f, 1.0, np.array([1, 2]))


@pytest.mark.parametrize("f", [3.0, None, "sin", np.ones(2)])
def test_what_is_no_function(f):
    with pytest.raises(ArgumentError, match="vjp needs a function"):
        ad.vjp(f, 1.0)


@pytest.mark.parametrize("result", [None, "text", object(), {"a": {1.0}}, np.array(["a"])])
def test_results_without_derivative(result):
    with pytest.raises(OutputError, match="returned"):
        ad.vjp(lambda x: result, 1.0)


def test_a_leaked_value_is_refused_as_a_result():
    leaked = []
    ad.grad(lambda x: leaked.append(x) or x)(1.0)
    with pytest.raises(LeakedTraceError, match="after the transform"):
        ad.vjp(lambda x: leaked[0], 1.0)


def test_copies_of_arguments_count_among_the_bytes_and_once():
    x = np.ones(1000)
    for f in (np.sum, lambda x: np.sum(np.sin(x)), lambda x: np.sum(x * x)):
        assert x.nbytes <= ad.vjp(f, x)[1].nbytes < x.nbytes + 1000
