"""Hessians through lifted arrays."""

import warnings

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import adkit as ad
from adkit.common.errors import ArgumentError, NonScalarOutputError, OutputError

NARROW = np.random.default_rng(0).normal(size=(4, 60)) / 60


def coupled(x):
    return np.sum(np.cosh(x)) + np.sum(x) ** 2


def marked(x):
    return np.sum(np.cosh(x)) + ad.lift(np.sum(x)) ** 2


def distance(x):
    return np.sum(x**4) + np.sqrt(1 + x @ x)


def chained(x):
    return np.sum(x[1:] ** 2 * x[:-1]) + np.exp(np.mean(x))


def regression(x):
    return np.sum(x**4) + np.sum(np.tanh(NARROW @ x) ** 2)


def log_sum_exp(x):
    return np.log(np.sum(np.exp(x))) + np.sum(x**3)


def two_sums(x):
    return np.sum(x[:30]) * np.sum(x[30:])


def spread(x):
    mean = np.mean(x)
    return np.sum(np.sin(x)) + np.log(1 + np.mean((x - mean) ** 2))


def nested(x):
    s = np.sum(x**2)
    t = np.sin(s) * np.sum(np.exp(x))
    return t * s + np.sum(x**3)


def point(n=60):
    return np.random.default_rng(n).uniform(0.5, 1.5, n)


def assert_is_hessian(matrix, f, *args, **options):
    dense = ad.hessian(f, **options)(*args)
    assert matrix.shape == dense.shape
    assert np.linalg.norm(matrix.toarray() - dense) <= 1e-12 * np.linalg.norm(dense)


@pytest.mark.parametrize(
    ("f", "products", "rank"),
    [
        (coupled, 1, 1),
        (marked, 1, 1),
        (distance, 1, 1),
        (chained, 2, 1),
        (regression, 1, 4),
        (log_sum_exp, 1, 1),
        (two_sums, 1, 2),
        (nested, 1, 2),
        (spread, 2, 4),
    ],
)
def test_products_are_few_and_the_result_is_right(f, products, rank):
    H = ad.hessian(f, sparse="lifted")
    for x in (point(), 1.2 * point()):
        with ad.count_sweeps() as ran, warnings.catch_warnings():
            warnings.simplefilter("error")
            matrix = H(x)
        assert matrix.rank == rank
        assert_is_hessian(matrix, f, x)
    assert ran.tangents <= products + 1  # and one for the check
    assert ran.cotangents <= rank + 3


def test_a_trivial_mark():
    x = point()
    assert coupled(x) == marked(x)
    matrix = ad.hessian(marked, sparse="lifted")(x)
    np.testing.assert_allclose(matrix.pattern.to_dense(matrix.values), np.diag(np.cosh(x)))
    np.testing.assert_allclose(matrix.left @ matrix.right.T, np.full((60, 60), 2.0))


@pytest.mark.parametrize(
    "f", [lambda x: np.sum(x**4), lambda x: x @ x, lambda x: np.sum(x[1:] * x[:-1] ** 2)]
)
def test_nothing_is_lifted_in_vain(f):
    matrix = ad.hessian(f, sparse="lifted")(point())
    assert matrix.rank == 0
    assert_is_hessian(matrix, f, point())


def test_a_newton_step():
    x = point(1000)
    H, g = ad.hessian(coupled, sparse="lifted")(x), ad.grad(coupled)(x)
    step = H.solve(-g)
    scale = np.linalg.norm(H.values) * np.linalg.norm(step)
    assert np.linalg.norm(H @ step + g) <= 1e-12 * (scale + np.linalg.norm(g))


def test_containers_other_arguments_and_auxiliary_data():
    p = {"a": point(), "b": np.array([2.0, 3.0])}

    def f(p, scale):
        value = scale * np.sum(np.cosh(p["a"])) + np.sum(p["a"]) ** 2 * p["b"][0]
        return value, {"var": np.var(p["a"]), "name": "aux"}

    matrix, aux = ad.hessian(f, has_aux=True, sparse="lifted")(p, 3.0)
    assert aux == {"var": np.var(p["a"]), "name": "aux"}
    blocks, _ = ad.hessian(f, has_aux=True)(p, 3.0)
    dense = np.block([[blocks[i][j] for j in ("a", "b")] for i in ("a", "b")])
    assert matrix.rank == 2
    assert np.linalg.norm(matrix.toarray() - dense) <= 1e-12 * np.linalg.norm(dense)


@pytest.mark.parametrize("n", [0, 1, 2])
def test_small_and_empty_arguments(n):
    assert_is_hessian(ad.hessian(marked, sparse="lifted")(point(n)), marked, point(n))


def test_float32():
    x = point().astype(np.float32)
    matrix = ad.hessian(coupled, sparse="lifted")(x)
    assert matrix.dtype == np.float32
    np.testing.assert_allclose(matrix.toarray(), ad.hessian(coupled)(x), rtol=1e-5)


def test_where_derivatives_are_not_finite_nothing_is_lifted():
    def f(x):
        return np.sum(np.sqrt(x)) ** 2 + np.sum(x**3)

    x = point()
    H = ad.hessian(f, sparse="lifted")
    assert H(x).rank == 1
    x[3] = 0.0
    with np.errstate(all="ignore"):
        matrix, dense = H(x), ad.hessian(f)(x)
    assert matrix.rank == 0
    assert np.array_equal(np.isfinite(matrix.toarray()), np.isfinite(dense))


def test_what_has_no_hessian_is_refused():
    with pytest.raises(NonScalarOutputError):
        ad.hessian(np.sin, sparse="lifted")(point())
    with pytest.raises(OutputError):
        ad.hessian(lambda x: np.sum(x * 1j), sparse="lifted")(point())
    with pytest.raises(ArgumentError, match="no plans"):
        ad.plan(coupled, point(), op="hessian", sparse="lifted")


def assert_is_close(matrix, dense):
    """Compare by the sizes of both parts, which may cancel."""
    size = np.linalg.norm(dense) + np.linalg.norm(matrix.values)
    size += np.linalg.norm(np.abs(matrix.left) @ np.abs(matrix.right.T))
    assert np.linalg.norm(matrix.toarray() - dense) <= 1e-12 * size


@given(st.integers(0, 2**32 - 1), st.integers(1, 24), st.integers(1, 3), st.booleans())
def test_random_functions(seed, n, k, marks):
    rng = np.random.default_rng(seed)
    down, weights = rng.normal(size=(k, n)), rng.normal(size=n)
    kinds = rng.integers(0, 5, 3)

    def mark(z):
        return ad.lift(z) if marks else z

    def f(x):
        total = np.sum(weights * x**3)
        for kind in kinds:
            terms = (
                lambda x, t: t + np.sum(np.sin(mark(down @ x)) ** 2),
                lambda x, t: t * np.tanh(mark(np.mean(x))),
                lambda x, t: t + mark(x @ x) * mark(np.sum(np.cos(x))),
                lambda x, t: t + np.sum(x[1:] * x[:-1] ** 2),
                lambda x, t: t + np.sum(np.exp(0.1 * x - mark(np.mean(x * weights)))),
            )
            total = terms[kind](x, total)
        return total

    H = ad.hessian(f, sparse="lifted")
    for x in (rng.normal(size=n), rng.normal(size=n)):
        matrix = H(x)
        assert_is_close(matrix, ad.hessian(f)(x))
        assert_is_close(matrix, matrix.toarray().T)


@pytest.mark.parametrize(
    ("f", "rank"),
    [
        (lambda x: np.var(x) ** 2 + np.sum(x**4), 4),
        (lambda x: np.std(x) + np.sum(np.diff(x) ** 3), 4),
        (lambda x: np.var(x[:40]) * np.std(x[20:]) + np.sum(x**3), 8),
        (lambda x: np.linalg.norm(x) + np.sum(x**4), 1),
    ],
    ids=["var", "std", "both", "norm"],
)
def test_variances_and_norms_are_seen_through(f, rank):
    x = point()
    H = ad.hessian(f, sparse="lifted")(x)
    assert H.rank == rank
    assert H.pattern.nnz <= 3 * len(x)
    assert_is_hessian(H, f, x)


def test_a_norm_of_zeros_is_a_constant():
    def f(x):
        return np.linalg.norm(x[:30] - 1.0) + np.linalg.norm(x[:3] - x[:3]) + np.sum(x) ** 3

    assert_is_hessian(ad.hessian(f, sparse="lifted")(np.ones(60)), f, np.ones(60))


def test_strict_mode_finds_the_paths_of_lifted_arrays():
    with ad.strict():
        assert_is_hessian(ad.hessian(marked, sparse="lifted")(point()), marked, point())
        J = ad.jacobian(lambda x: x**2 * ad.lift(np.sum(x)), sparse="lifted")(point())
        assert J.rank == 1
