"""`linearize` and `linear_transpose`: maps at a point, evaluated once."""

import numpy as np
import pytest

import adkit as ad
from adkit.common.errors import ArgumentError, InputTypeError, SeedError

MATRIX = np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])


def wave(x, y):
    return {"sum": np.sin(x) * y.sum(), "square": y * y}


def test_a_pushforward_gives_what_jvp_gives():
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=3), rng.normal(size=2)
    out, push = ad.linearize(wave, x, y)
    for _ in range(3):
        tangents = rng.normal(size=3), rng.normal(size=2)
        expected_out, expected = ad.jvp(wave, (x, y), tangents)
        pushed = push(*tangents)
        for key in ("sum", "square"):
            assert np.array_equal(out[key], expected_out[key])
            np.testing.assert_allclose(pushed[key], expected[key], rtol=1e-14)


def test_the_function_runs_once():
    with ad.count_sweeps() as ran:
        _, push = ad.linearize(lambda x: MATRIX @ np.sin(x), np.ones(3))
    assert (ran.primal, ran.forward) == (1, 0)
    with ad.count_sweeps() as ran:
        push(np.ones(3))
        push(np.zeros(3))
    assert (ran.primal, ran.forward, ran.tangents, ran.reverse) == (0, 2, 2, 0)


def test_effects_of_the_function_happen_once():
    calls = []
    _, push = ad.linearize(lambda x: calls.append(1) or x * x, 3.0)
    assert push(1.0) == 6.0
    assert push(10.0) == 60.0
    assert calls == [1]


@pytest.mark.parametrize("shape", [(), (0,), (3,), (2, 3)])
@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.complex64])
def test_shapes_and_dtypes(shape, dtype):
    x = np.ones(shape, dtype)
    out, push = ad.linearize(lambda x: x * x, x)
    pushed = push(np.full(shape, 2, dtype))
    assert pushed.shape == out.shape == shape
    assert pushed.dtype == out.dtype == dtype
    assert np.array_equal(pushed, np.full(shape, 4, dtype))


def test_a_map_between_dtypes():
    out, push = ad.linearize(lambda x: x * np.array([1.0, 2.0]), np.float32(3))
    pushed = push(np.float32(1))
    assert out.dtype == pushed.dtype == np.float64
    assert pushed.tolist() == [1.0, 2.0]


def test_constant_results_have_zero_tangents():
    _, push = ad.linearize(lambda x: (x * 2, np.ones(2), 7), 3.0)
    pushed = push(1.0)
    assert pushed[0] == 2.0
    assert pushed[1].tolist() == [0.0, 0.0]
    assert pushed[2] == 0.0


def test_results_of_a_constant_function():
    out, push = ad.linearize(lambda x: 5.0, np.ones(3))
    assert (out, push(np.ones(3))) == (5.0, 0.0)


def test_complex_maps():
    x = np.array([0.3, 0.7])
    out, push = ad.linearize(lambda x: np.exp(1j * x), x)
    np.testing.assert_allclose(push(np.ones(2)), 1j * out, rtol=1e-14)
    z = np.array([3 + 4j])
    _, push = ad.linearize(lambda z: np.abs(z) ** 2, z)
    pushed = push(np.array([1j]))
    np.testing.assert_allclose(pushed, [8.0])
    assert pushed.dtype == np.float64


def test_pushforwards_can_be_differentiated():
    _, push = ad.linearize(lambda x: x**3, 2.0)
    assert ad.grad(lambda t: push(t * t))(3.0) == 72.0
    assert ad.derivative(lambda t: push(t * t))(3.0) == 72.0


def test_linearize_inside_a_transform():
    def f(x):
        _, push = ad.linearize(lambda y: y**3, x)
        return push(1.0)

    for transform in (ad.grad, ad.derivative):
        assert transform(f)(2.0) == 12.0
        assert transform(transform(f))(2.0) == 6.0


def test_later_changes_of_the_argument_change_nothing():
    x = np.array([1.0, 2.0])
    out, push = ad.linearize(lambda x: x * x, x)
    x[:] = 100.0
    out[:] = 100.0
    assert push(np.ones(2)).tolist() == [2.0, 4.0]


def test_repr():
    assert repr(ad.linearize(wave, np.ones(3), np.ones(2))[1]) == "<pushforward of wave>"


@pytest.mark.parametrize(
    ("tangents", "error"),
    [
        ((np.ones(3),), ArgumentError),
        ((np.ones(2), np.ones(2)), SeedError),
        ((np.ones(3), np.ones(2, np.float32)), SeedError),
        ((np.ones(3), (np.ones(2),)), ArgumentError),
    ],
)
def test_tangents_that_do_not_match(tangents, error):
    _, push = ad.linearize(wave, np.ones(3), np.ones(2))
    with pytest.raises(error, match="the tangent"):
        push(*tangents)


def test_refusals():
    for transform in (ad.linearize, ad.linear_transpose):
        with pytest.raises(ArgumentError, match=f"{transform.__name__} needs a function"):
            transform(np.ones(3), np.ones(3))
        with pytest.raises(InputTypeError, match="is of dtype int64"):
            transform(np.sum, np.array([1, 2]))


# ---------------------------------------------------------------- linear_transpose


def test_the_transpose_of_a_matrix_product():
    transposed = ad.linear_transpose(lambda x: MATRIX @ x, np.zeros(3))
    assert transposed(np.array([1.0, 10.0]))[0].tolist() == [41.0, 52.0, 63.0]
    assert repr(transposed) == "<transpose of f>"


@pytest.mark.parametrize(
    "f",
    [
        lambda x: np.cumsum(x, axis=0),
        lambda x: x.T.reshape(2, 6)[:, ::2],
        lambda x: np.concatenate([x[1:], x[:1], 2 * x]),
        lambda x: x[[0, 0, 2]].sum(axis=0),
        lambda x: np.pad(x, 1).mean(axis=1),
    ],
)
def test_the_transpose_satisfies_the_adjoint_identity(f):
    rng = np.random.default_rng(0)
    x = rng.normal(size=(3, 4))
    ct = rng.normal(size=f(x).shape)
    (transposed,) = ad.linear_transpose(f, np.zeros((3, 4)))(ct)
    np.testing.assert_allclose((f(x) * ct).sum(), (x * transposed).sum(), rtol=1e-13)


def test_nothing_is_conjugated():
    (ct,) = ad.linear_transpose(lambda z: 1j * z, np.zeros(1, complex))(np.array([2 + 0j]))
    assert ct.tolist() == [2j]


def test_several_primals():
    x, y = ad.linear_transpose(lambda x, y: x + 2 * y, np.zeros(2), np.zeros(2))(np.ones(2))
    assert (x.tolist(), y.tolist()) == ([1.0, 1.0], [2.0, 2.0])


def test_the_transpose_of_the_transpose_is_the_map():
    transposed = ad.linear_transpose(lambda x: MATRIX @ x, np.zeros(3))
    again = ad.linear_transpose(lambda ct: transposed(ct)[0], np.zeros(2))
    x = np.array([1.0, -1.0, 2.0])
    assert np.array_equal(again(x)[0], MATRIX @ x)
