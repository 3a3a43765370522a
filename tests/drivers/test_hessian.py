"""Second derivatives: symmetric, exact, counted, and of every structure."""

import pickle
import tracemalloc

import numpy as np
import pytest

import adkit as ad
from adkit.common.errors import ArgumentError, InputTypeError, NonScalarOutputError, SeedError

A = np.array([[2.0, 1.0, 0.0], [1.0, 3.0, -1.0], [0.0, -1.0, 4.0]])


def quadratic(x):
    return x @ A @ x / 2


def energy(x):
    return np.exp(x[0] * x[1]) + np.sin(x[1] * x[2]) ** 2 / (1 + x[0] ** 2)


def test_of_a_quadratic_form_it_is_the_matrix():
    assert np.array_equal(ad.hessian(quadratic)(np.array([1.0, -2.0, 0.5])), A)


def test_by_hand_written_numbers():
    H = ad.hessian(lambda x: x[0] ** 2 * x[1] + x[1] ** 3)(np.array([1.0, 2.0]))
    assert H.tolist() == [[4.0, 2.0], [2.0, 12.0]]


def test_all_four_nestings_agree_and_are_symmetric():
    x = np.array([0.3, -0.8, 1.7])
    H = ad.hessian(energy)(x)
    np.testing.assert_allclose(H, H.T, rtol=1e-13)
    for outer in (ad.jacfwd, ad.jacrev):
        for inner in (ad.jacfwd, ad.jacrev):
            np.testing.assert_allclose(outer(inner(energy))(x), H, rtol=1e-12)
    step = 1e-5 * np.eye(3)
    gradient = ad.grad(energy)
    numerical = np.stack([(gradient(x + h) - gradient(x - h)) / 2e-5 for h in step])
    np.testing.assert_allclose(H, numerical, rtol=1e-7, atol=1e-9)


@pytest.mark.parametrize("shape", [(), (0,), (1,), (3,), (2, 2)])
@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.longdouble])
def test_shapes_and_dtypes(shape, dtype):
    x = np.ones(shape, dtype)
    H = ad.hessian(lambda x: (x**3).sum())(x)
    assert H.shape == shape * 2
    assert H.dtype == dtype
    assert np.array_equal(H.reshape(x.size, x.size), 6 * np.eye(x.size))
    diagonal = ad.hessian_diag(lambda x: (x**3).sum())(x)
    assert diagonal.shape == shape
    assert diagonal.dtype == dtype
    assert np.array_equal(diagonal, np.full(shape, 6, dtype))


def test_containers_give_containers_of_containers():
    def f(p):
        return p["a"][0] * p["b"] ** 2 * p["a"][1]

    p = {"a": np.array([1.0, 2.0]), "b": 3.0}
    H = ad.hessian(f)(p)
    assert H["a"]["a"].tolist() == [[0.0, 9.0], [9.0, 0.0]]
    assert H["a"]["b"].tolist() == [12.0, 6.0]
    assert H["b"]["a"].tolist() == [12.0, 6.0]
    assert H["b"]["b"] == 4.0
    diagonal = ad.hessian_diag(f)(p)
    assert diagonal["a"].tolist() == [0.0, 0.0]
    assert diagonal["b"] == 4.0


def test_several_arguments():
    H = ad.hessian(lambda x, y: x * x * y, (0, 1))(2.0, 3.0)
    assert H == ((6.0, 4.0), (4.0, 0.0))
    assert ad.hessian(lambda x, y: x * x * y, 1)(2.0, 3.0) == 0.0
    assert ad.hessian(lambda x, y: x * x * y, -2)(2.0, 3.0) == 6.0
    assert ad.hessian_diag(lambda x, y: x * x * y, (0, 1))(2.0, 3.0) == (6.0, 0.0)


def test_keyword_and_passive_arguments():
    def f(x, power, *, scale):
        return scale * (x**power).sum()

    assert ad.hessian(f)(np.ones(1), 3, scale=2.0).tolist() == [[12.0]]
    assert ad.hessian_diag(f)(np.ones(1), 3, scale=2.0).tolist() == [12.0]


def test_has_aux():
    def f(x):
        return (x**3).sum(), {"x": x, "name": "cubes"}

    for transform in (ad.hessian, ad.hessian_diag):
        result, aux = transform(f, has_aux=True)(np.ones(2))
        assert result.sum() == 12.0
        assert type(aux["x"]) is np.ndarray
        assert aux["name"] == "cubes"


@pytest.mark.parametrize(("chunk", "sweeps"), [(1, 5), (2, 3), (5, 1), (100, 1), ("auto", 1)])
def test_counts(chunk, sweeps):
    x = np.arange(5.0)
    for transform in (ad.hessian, ad.hessian_diag):
        with ad.count_sweeps() as ran:
            transform(lambda x: (x**3).sum() * x[0], chunk=chunk)(x)
        assert (ran.forward, ran.tangents) == (sweeps, 5)
        assert (ran.reverse, ran.cotangents) == (sweeps, sweeps)


@pytest.mark.parametrize("chunk", [1, 2, 3])
def test_chunks_change_nothing(chunk):
    x = np.array([0.3, -0.8, 1.7])
    np.testing.assert_allclose(
        ad.hessian(energy, chunk=chunk)(x), ad.hessian(energy)(x), rtol=1e-14
    )
    np.testing.assert_allclose(
        ad.hessian_diag(energy, chunk=chunk)(x), np.diag(ad.hessian(energy)(x)), rtol=1e-14
    )


def test_the_diagonal_takes_the_memory_of_a_chunk():
    n = 2000  # its dense Hessian takes 32 MB
    diagonal = ad.hessian_diag(lambda x: (x**3).sum(), chunk=10)
    tracemalloc.start()
    try:
        result = diagonal(np.ones(n))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert result.tolist() == [6.0] * n
    assert peak < 8e6


def test_hvp_by_hand_written_numbers():
    (product,) = ad.hvp(quadratic, (np.ones(3),), (np.array([1.0, 0.0, -1.0]),))
    assert product.tolist() == [2.0, 2.0, -4.0]


def test_hvp_is_the_hessian_times_the_tangent():
    x, v = np.array([0.3, -0.8, 1.7]), np.array([1.0, 2.0, -0.5])
    (product,) = ad.hvp(energy, (x,), (v,))
    np.testing.assert_allclose(product, ad.hessian(energy)(x) @ v, rtol=1e-13)


def test_hvp_takes_one_sweep_of_each_mode():
    with ad.count_sweeps() as ran:
        ad.hvp(energy, (np.ones(3),), (np.ones(3),))
    assert (ran.forward, ran.tangents, ran.reverse, ran.cotangents) == (1, 1, 1, 1)


def test_hvp_of_several_containers():
    def f(p, y):
        return p["x"] ** 2 * y

    product = ad.hvp(f, ({"x": 2.0}, 3.0), ({"x": 1.0}, 10.0))
    assert product == ({"x": 46.0}, 4.0)


def test_hvp_keeps_float32():
    x = np.ones(2, np.float32)
    (product,) = ad.hvp(lambda x: (x**3).sum(), (x,), (x,))
    assert product.dtype == np.float32


def test_third_derivatives():
    T = ad.jacfwd(ad.hessian(lambda x: x[0] ** 2 * x[1] ** 2))(np.array([1.0, 2.0]))
    assert T.shape == (2, 2, 2)
    assert T.tolist() == [[[0.0, 8.0], [8.0, 4.0]], [[8.0, 4.0], [4.0, 0.0]]]
    for order in [(0, 1, 2), (1, 0, 2), (2, 1, 0), (0, 2, 1)]:
        assert np.array_equal(T, T.transpose(order))


def test_pickles_and_reprs():
    for make in (ad.hessian, ad.hessian_diag):
        g = make(np.sum)
        assert make.__name__ in repr(g)
        assert np.array_equal(pickle.loads(pickle.dumps(g))(np.ones(2)), g(np.ones(2)))


# ---------------------------------------------------------------- refusals


def test_a_function_that_returns_an_array():
    for transform in (ad.hessian(np.sin), ad.hessian_diag(np.sin)):
        with pytest.raises(NonScalarOutputError, match="needs a scalar"):
            transform(np.ones(2))
    with pytest.raises(NonScalarOutputError, match="needs a scalar") as caught:
        ad.hvp(np.sin, (np.ones(2),), (np.ones(2),))
    assert "test_hessian.py:" in str(caught.value)


def test_arguments_without_derivative():
    for transform in (ad.hessian(quadratic), ad.hessian_diag(quadratic)):
        with pytest.raises(InputTypeError, match="argument 0 'x' is of dtype int64"):
            transform(np.array([1, 2, 3]))
    with pytest.raises(InputTypeError, match="argument 0 'x' is of dtype int64"):
        ad.hvp(quadratic, (np.array([1, 2, 3]),), (np.ones(3),))


@pytest.mark.parametrize(
    ("v", "error"),
    [(np.ones(2), SeedError), (np.ones(3, np.float32), SeedError), ((1.0,), ArgumentError)],
)
def test_tangents_that_do_not_match(v, error):
    with pytest.raises(error, match="the tangent"):
        ad.hvp(quadratic, (np.ones(3),), (v,))


def test_primals_and_tangents_are_tuples():
    with pytest.raises(ArgumentError, match="must be a tuple"):
        ad.hvp(quadratic, np.ones(3), np.ones(3))
    with pytest.raises(ArgumentError, match="must be a tuple"):
        ad.hvp(quadratic, 1.0, 1.0)


@pytest.mark.parametrize("chunk", [0, -1, 1.5, None])
def test_chunks_that_make_no_sense(chunk):
    for transform in (ad.hessian, ad.hessian_diag):
        with pytest.raises(ArgumentError, match="chunk must be a positive int"):
            transform(quadratic, chunk=chunk)


def test_the_point_in_the_place_of_argnums():
    for transform in (ad.hessian, ad.hessian_diag):
        with pytest.raises(ArgumentError, match="argnums must be"):
            transform(quadratic, np.ones(3))


LONG = 10_000  # elements: products are taken in the other order than of short arrays

PROGRAMS = {
    "powers of parts": lambda x: np.sum(100.0 * (x[1:] - x[:-1] ** 2) ** 2 + (1.0 - x[:-1]) ** 2),
    "quotients": lambda x: np.sum(np.exp(-x) / (1.0 + x * x)) / x.sum(),
    "extremes": lambda x: np.log(np.sum(np.exp(x - np.max(x)))) + np.max(x),
    "choices": lambda x: np.sum(np.where(x > 0.5, np.sqrt(np.abs(x - 0.5)) ** 3, x**2)),
    "zeros that are structural": lambda x: np.sum(np.where(x > 2.0, np.sqrt(x - 2.0), x**3)),
    "linear": lambda x: 3.0 * x.sum(),
    "constant": lambda x: np.float64(1.0),
}


@pytest.mark.filterwarnings("ignore:invalid value")
@pytest.mark.parametrize("f", PROGRAMS.values(), ids=list(PROGRAMS))
def test_products_of_long_arrays(f):
    rng = np.random.default_rng(0)
    x, v = rng.uniform(0.1, 3.0, LONG), rng.standard_normal(LONG)
    expected = ad.jvp(ad.grad(f), (x,), (v,))[1]
    before = x.copy(), v.copy()
    (product,) = ad.hvp(f, (x,), (v,))
    np.testing.assert_allclose(product, expected, rtol=1e-11, atol=1e-13 * np.abs(expected).max())
    assert np.array_equal(x, before[0])
    assert np.array_equal(v, before[1])


def test_products_of_long_arrays_in_containers_with_writes():
    def f(p, scale):
        y = np.zeros_like(p["w"])
        y[1:] = p["w"][:-1] * p["w"][1:]
        y[0] = scale * p["b"] ** 2
        return np.sum(y * y)

    rng = np.random.default_rng(1)
    point = {"w": rng.standard_normal(LONG), "b": 0.7}
    direction = {"w": rng.standard_normal(LONG), "b": -0.2}
    of_p, of_scale = ad.hvp(f, (point, 1.5), (direction, 0.4))
    gradient = ad.grad(f, (0, 1))
    by_p, by_scale = ad.jvp(gradient, (point, 1.5), (direction, 0.4))[1]
    np.testing.assert_allclose(of_p["w"], by_p["w"], rtol=1e-12)
    np.testing.assert_allclose((of_p["b"], of_scale), (by_p["b"], by_scale), rtol=1e-12)


def test_a_product_of_a_long_array_that_is_no_number_is_refused():
    with pytest.raises(NonScalarOutputError):
        ad.hvp(lambda x: x * x, (np.ones(LONG),), (np.ones(LONG),))
    with pytest.raises(SeedError):
        ad.hvp(lambda x: x.sum(), (np.ones(LONG),), (np.ones(LONG - 1),))
