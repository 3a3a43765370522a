"""Jacobians: shapes, structure, modes that agree, sweeps that are counted, and what is refused."""

import inspect
import pickle
import tracemalloc
from typing import NamedTuple

import numpy as np
import pytest

import adkit as ad
from adkit.common.errors import (
    AdkitError,
    ArgumentError,
    InputTypeError,
    JacobianTooLargeError,
    OutputError,
)


class Pair(NamedTuple):
    left: object
    right: object


DRIVERS = {
    "jacfwd": ad.jacfwd,
    "jacrev": ad.jacrev,
    "forward": lambda f, *args, **options: ad.jacobian(f, *args, mode="forward", **options),
    "reverse": lambda f, *args, **options: ad.jacobian(f, *args, mode="reverse", **options),
    "auto": ad.jacobian,
}
MATRIX = np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])


@pytest.fixture(params=DRIVERS)
def driver(request):
    return DRIVERS[request.param]


def same(J, expected, rtol=1e-14):
    np.testing.assert_allclose(J, expected, rtol=rtol, atol=1e-14)


def test_of_a_linear_map_it_is_the_matrix(driver):
    J = driver(lambda x: MATRIX @ x)(np.ones(3))
    assert np.array_equal(J, MATRIX)


def test_by_hand_written_numbers(driver):
    J = driver(lambda x: np.stack([x[0] * x[1], x[1] ** 2, 7 * x[0]]))(np.array([2.0, 3.0]))
    assert J.tolist() == [[3.0, 2.0], [0.0, 6.0], [7.0, 0.0]]


@pytest.mark.parametrize("inner", [(), (0,), (1,), (3,), (2, 0), (2, 3)])
@pytest.mark.parametrize("outer", [(), (0,), (1,), (4,), (0, 2), (2, 2)])
def test_its_shape_is_that_of_the_result_and_of_the_argument(driver, outer, inner):
    x = np.ones(inner)
    J = driver(lambda x: x.sum() * np.full(outer, 2.0))(x)
    assert J.shape == outer + inner
    assert np.array_equal(J, np.full(outer + inner, 2.0))
    assert J.dtype == np.float64


@pytest.mark.parametrize("dtype", [np.float32, np.longdouble, np.complex64])
def test_dtypes(driver, dtype):
    J = driver(lambda x: x * x, holomorphic=True)(np.array([1, 2], dtype))
    assert J.dtype == dtype
    assert J.tolist() == [[2, 0], [0, 4]]


@pytest.mark.parametrize(
    ("x", "factor", "expected"),
    [
        (np.float32, np.float64, np.float64),
        (np.float64, np.float32, np.float64),
        (np.float32, np.float32, np.float32),
    ],
)
def test_a_jacobian_has_the_common_dtype_of_result_and_argument(driver, x, factor, expected):
    J = driver(lambda t: t * np.ones(2, factor))(np.ones(2, x))
    assert J.dtype == expected


def test_results_that_are_constant_or_of_integers(driver):
    J = driver(lambda x: (np.ones(2), np.argmax(x), 3.0, x > 0))(np.ones(3))
    assert [block.shape for block in J] == [(2, 3), (3,), (3,), (3, 3)]
    assert all(not block.any() for block in J)


def test_containers(driver):
    def f(p, s):
        return {"a": p["x"] * s, "b": Pair(p["y"][0] ** 2, None)}

    p = {"x": np.array([1.0, 2.0]), "y": [3.0]}
    J = driver(f, (0, 1))(p, 10.0)
    (by_p, by_s) = J["a"]
    assert by_p["x"].tolist() == [[10.0, 0.0], [0.0, 10.0]]
    assert by_p["y"][0].tolist() == [0.0, 0.0]
    assert by_s.tolist() == [1.0, 2.0]
    assert isinstance(J["b"], Pair)
    assert J["b"].left[0]["x"].tolist() == [0.0, 0.0]
    assert J["b"].left[0]["y"] == [6.0]
    assert J["b"].left[1] == 0.0
    assert J["b"].right is None


@pytest.mark.parametrize(
    ("argnums", "shapes"),
    [(0, (2, 3)), (1, (2, 2)), (-1, (2, 2)), ((0,), [(2, 3)]), ((1, 0), [(2, 2), (2, 3)])],
)
def test_argnums(driver, argnums, shapes):
    J = driver(lambda x, y: MATRIX @ x * y, argnums)(np.ones(3), np.ones(2))
    if isinstance(argnums, tuple):
        assert isinstance(J, tuple)
        assert [block.shape for block in J] == shapes
    else:
        assert J.shape == shapes


def test_keyword_arguments(driver):
    J = driver(lambda x, *, scale: scale * x)(np.ones(2), scale=3.0)
    assert J.tolist() == [[3.0, 0.0], [0.0, 3.0]]


def test_has_aux(driver):
    J, aux = driver(lambda x: (x * x, {"x": x, "tag": 1}), has_aux=True)(np.ones(2))
    assert J.tolist() == [[2.0, 0.0], [0.0, 2.0]]
    assert type(aux["x"]) is np.ndarray
    assert aux["tag"] == 1


def test_value_and_jacobian():
    for mode in ("auto", "forward", "reverse"):
        value, J = ad.value_and_jacobian(lambda x: MATRIX @ x, mode=mode)(np.ones(3))
        assert value.tolist() == [6.0, 15.0]
        assert J.tolist() == MATRIX.tolist()
        (value, aux), J = ad.value_and_jacobian(lambda x: (x * 2, x), has_aux=True, mode=mode)(1.0)
        assert (value, aux, J) == (2.0, 1.0, 2.0)
        assert type(aux) is np.float64


def test_modes_agree_on_a_program():
    rng = np.random.default_rng(0)
    w = rng.normal(size=(4, 5))

    def f(x):
        h = np.tanh(w @ x)
        return np.concatenate([h * h.sum(), np.exp(x[:2]) / (1 + x[2:4] ** 2), x[::-1].cumsum()])

    x = rng.normal(size=5)
    forward, reverse = ad.jacfwd(f)(x), ad.jacrev(f)(x)
    assert forward.shape == (11, 5)
    same(forward, reverse)
    step = 1e-6 * np.eye(5)
    numerical = np.stack([(f(x + h) - f(x - h)) / 2e-6 for h in step], axis=-1)
    np.testing.assert_allclose(forward, numerical, rtol=1e-6, atol=1e-8)


def test_jacobians_own_their_memory(driver):
    x = np.ones(3)
    first, second = driver(lambda x: (x + 0, x + 0))(x)
    assert not np.shares_memory(first, second)
    for block in (first, second):
        assert block.flags.writeable
        assert block.flags.c_contiguous


def test_layouts_of_the_argument(driver):
    expected = np.zeros((2, 3, 2, 3))
    for i, j in np.ndindex(2, 3):
        expected[i, j, i, j] = 2 * MATRIX[i, j]
    for given in (np.asfortranarray(MATRIX), MATRIX.T.copy().T, MATRIX.astype(">f8")):
        assert np.array_equal(driver(np.square)(given), expected)
    flipped = MATRIX[::-1, ::-1]
    assert np.array_equal(driver(np.square)(flipped), expected[::-1, ::-1, ::-1, ::-1])


# ---------------------------------------------------------------- complex


def holomorphic(z):
    return np.stack([z[0] * z[1], np.exp(1j * z[0])])


def test_holomorphic_functions(driver):
    z = np.array([1 + 2j, 3 - 1j])
    J = driver(holomorphic, holomorphic=True)(z)
    same(J, [[z[1], z[0]], [1j * np.exp(1j * z[0]), 0]])


def test_complex_in_and_out_is_refused_unless_it_is_said_to_be_holomorphic(driver):
    with pytest.raises(OutputError, match="holomorphic=True") as caught:
        driver(holomorphic)(np.array([1 + 2j, 3 - 1j]))
    assert isinstance(caught.value, TypeError)
    assert "holomorphic" in str(caught.value)
    assert "test_jacobian.py:" in str(caught.value)


def test_real_to_complex(driver):
    x = np.array([0.3, 0.7])
    J = driver(lambda x: np.exp(1j * x))(x)
    assert J.dtype == np.complex128
    same(J, np.diag(1j * np.exp(1j * x)))


def test_complex_to_real_pairs_as_the_real_part(driver):
    z = np.array([3 + 4j, 1 - 2j])
    J = driver(lambda z: np.abs(z) ** 2)(z)
    same(J, np.diag(2 * z.conj()))
    assert J[0, 0] == pytest.approx(6 - 8j)
    v = np.array([0.3 + 0.1j, -0.2 + 0.5j])
    pushed = ad.jvp(lambda z: np.abs(z) ** 2, (z,), (v,))[1]
    same((J @ v).real, pushed)


def test_a_complex_jacobian_in_chunks(driver):
    z = np.array([1 + 2j, 3 - 1j, 1j])
    whole = driver(np.square, holomorphic=True)(z)
    same(driver(np.square, holomorphic=True, chunk=2)(z), whole)
    parts = driver(lambda z: (np.abs(z) ** 2, z.imag * 3))(z)
    chunked = driver(lambda z: (np.abs(z) ** 2, z.imag * 3), chunk=2)(z)
    for a, b in zip(parts, chunked, strict=True):
        same(a, b)


# ---------------------------------------------------------------- counts


@pytest.mark.parametrize(("n", "chunk", "sweeps"), [(7, 1, 7), (7, 3, 3), (7, 7, 1), (7, 100, 1)])
def test_chunks_of_forward_mode(n, chunk, sweeps):
    with ad.count_sweeps() as ran:
        J = ad.jacfwd(lambda x: np.sin(x) * x.sum(), chunk=chunk)(np.arange(float(n)))
    assert (ran.forward, ran.tangents, ran.primal) == (sweeps, n, sweeps)
    assert (ran.reverse, ran.cotangents) == (0, 0)
    same(J, ad.jacrev(lambda x: np.sin(x) * x.sum())(np.arange(float(n))))


@pytest.mark.parametrize(("m", "chunk", "sweeps"), [(7, 1, 7), (7, 3, 3), (7, 7, 1), (7, 100, 1)])
def test_chunks_of_reverse_mode(m, chunk, sweeps):
    w = np.arange(float(3 * m)).reshape(m, 3)
    with ad.count_sweeps() as ran:
        J = ad.jacrev(lambda x: np.sin(w @ x), chunk=chunk)(np.ones(3))
    assert (ran.reverse, ran.cotangents, ran.primal) == (sweeps, m, 1)
    assert (ran.forward, ran.tangents) == (0, 0)
    same(J, ad.jacfwd(lambda x: np.sin(w @ x))(np.ones(3)), rtol=1e-12)


def test_chunks_cut_across_leaves():
    def f(p):
        return {"u": p["a"] * p["b"][0], "v": p["b"][1:].sum()}

    p = {"a": np.array([1.0, 2.0, 3.0]), "b": np.array([4.0, 5.0])}
    for driver in (ad.jacfwd, ad.jacrev):
        whole, cut = driver(f)(p), driver(f, chunk=2)(p)
        for key in ("u", "v"):
            for name in ("a", "b"):
                assert np.array_equal(whole[key][name], cut[key][name])


def test_many_directions_are_chunked_by_themselves():
    n = 3000
    with ad.count_sweeps() as ran:
        J = ad.jacfwd(lambda x: x[:2] * x[-1])(np.ones(n))
    assert J.shape == (2, n)
    assert ran.tangents == n
    assert 1 < ran.forward < 200


def test_auto_takes_the_mode_with_few_directions():
    wide, tall = np.ones((2, 200)), np.ones((200, 2))
    with ad.count_sweeps() as ran:
        ad.jacobian(lambda x: wide @ x)(np.ones(200))
    assert (ran.reverse, ran.cotangents, ran.forward) == (1, 2, 0)
    with ad.count_sweeps() as ran:
        ad.jacobian(lambda x: tall @ x)(np.ones(2))
    assert (ran.forward, ran.tangents, ran.reverse) == (1, 2, 0)


def test_auto_measures_once_and_remembers():
    w = np.random.default_rng(0).normal(size=(6, 6))
    J = ad.jacobian(lambda x: np.tanh(w @ x))
    J(np.ones(6))
    with ad.count_sweeps() as ran:
        J(np.zeros(6))
    assert ran.forward + ran.reverse == 1
    assert ran.directions == 6


def test_auto_with_nothing_to_compute():
    for shape, expected in (((0,), (3, 0)), ((3,), (3, 3))):
        J = ad.jacobian(lambda x: x.sum() + np.zeros(3))(np.ones(shape))
        assert J.shape == expected
    assert ad.jacobian(lambda x: x[:0])(np.ones(3)).shape == (0, 3)


def test_auto_inside_a_transform():
    w = np.random.default_rng(0).normal(size=(3, 3))

    def f(x):
        return (ad.jacobian(lambda y: np.sin(w @ y))(x) ** 2).sum()

    def g(x):
        return (ad.jacrev(lambda y: np.sin(w @ y))(x) ** 2).sum()

    x = np.array([0.1, 0.2, 0.3])
    same(ad.grad(f)(x), ad.grad(g)(x))
    same(ad.jacfwd(f)(x), ad.grad(g)(x))


# ---------------------------------------------------------------- structural zeros


def test_directions_that_were_not_seeded_meet_no_infinity(driver):
    def f(x, y):
        return np.sqrt(x) + y * y

    with np.errstate(all="ignore"):
        by_x, by_y = driver(f, (0, 1))(0.0, 3.0)
        J = driver(np.sqrt)(np.array([0.0, 4.0]))
    assert (by_x, by_y) == (np.inf, 6.0)
    assert J.tolist() == [[np.inf, 0.0], [0.0, 0.25]]


# ---------------------------------------------------------------- as a function and refusals


def test_transforms_keep_name_docstring_and_signature(driver):
    def residual(x, scale=1.0):
        """Return the residual."""
        return x * scale

    J = driver(residual)
    assert (J.__name__, J.__doc__) == ("residual", "Return the residual.")
    assert inspect.signature(J) == inspect.signature(residual)
    assert "residual by argument 0, mode " in repr(J)


def test_pickles():
    for make in (ad.jacfwd, ad.jacrev, ad.jacobian, ad.value_and_jacobian):
        J = make(np.square)
        J(np.ones(2))
        twin = pickle.loads(pickle.dumps(J))
        assert repr(twin) == repr(J)
        assert repr(twin(np.ones(2))) == repr(J(np.ones(2)))


@pytest.mark.parametrize("mode", ["mixed-up", "fwd", None, 1])
def test_modes_that_do_not_exist(mode):
    with pytest.raises(ArgumentError, match='"auto", "forward", "reverse" or "mixed"') as caught:
        ad.jacobian(np.sin, mode=mode)
    assert repr(mode) in str(caught.value)
    assert "test_jacobian.py:" in str(caught.value)


@pytest.mark.parametrize("chunk", [0, -1, 1.5, "all", None, True, np.ones(2)])
def test_chunks_that_make_no_sense(driver, chunk):
    with pytest.raises(ArgumentError, match="chunk must be a positive int"):
        driver(np.sin, chunk=chunk)


def test_chunks_may_be_numpy_ints(driver):
    assert driver(np.square, chunk=np.int64(1))(np.ones(2)).tolist() == [[2.0, 0.0], [0.0, 2.0]]


def test_the_point_in_the_place_of_argnums(driver):
    with pytest.raises(ArgumentError, match="argnums must be"):
        driver(np.sin, np.ones(3))


def test_arguments_without_derivative(driver):
    with pytest.raises(InputTypeError, match="is of dtype int64"):
        driver(np.sin)(np.array([1, 2]))


def test_results_without_derivative(driver):
    for result in (None, "text", [object()]):
        with pytest.raises(OutputError, match="returned"):
            driver(lambda x, y=result: y)(1.0)


def test_a_jacobian_that_cannot_fit_in_memory_is_refused_at_once():
    x = np.zeros(2_000_000)
    with (
        ad.count_sweeps() as ran,
        pytest.raises(JacobianTooLargeError, match="2000000 x") as caught,
    ):
        ad.jacrev(lambda x: x * 2)(x)
    assert ran.reverse == 0
    assert isinstance(caught.value, MemoryError)
    assert isinstance(caught.value, AdkitError)
    assert "GiB" in str(caught.value)
    assert "jvp, vjp or hvp" in str(caught.value)


def widening(x):
    """Return sums of an array that has 200 times as many elements as the argument."""
    wide = np.tanh(x * np.linspace(0.0, 1.0, 200)[:, None])
    return (wide * wide).sum(0) * x[0]


@pytest.mark.parametrize(
    "derivative",
    [
        ad.jacfwd,
        lambda f: ad.jacobian(f, mode="forward"),
        lambda f: ad.hessian(lambda x: np.sum(f(x))),
        lambda f: ad.hessian_diag(lambda x: np.sum(f(x))),
    ],
)
def test_directions_of_large_intermediate_arrays_are_carried_in_chunks(derivative):
    x = np.linspace(0.1, 1.0, 300)
    tracemalloc.start()
    try:
        derivative(widening)(x)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 100 * 200 * x.nbytes  # of 300 directions
