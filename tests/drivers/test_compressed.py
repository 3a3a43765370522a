"""Sparse Jacobians and Hessians: the directions that theory promises, and the dense numbers."""

import pickle
import sys

import numpy as np
import pytest
import scipy.sparse

import adkit as ad
from adkit.common.errors import ArgumentError, OutputError, PatternError, SeedError
from adkit.sparse import Pattern
from tests.drivers.structured import (
    HESSIANS,
    JACOBIANS,
    arrow,
    broyden_tridiagonal,
    brusselator,
    defects,
)

IDS = [problem.name for problem in JACOBIANS]


def points(problem, count=2):
    rng = np.random.default_rng(0)
    return [rng.uniform(1, 2, problem.n) for _ in range(count)]


def assert_close(found, dense):
    """Compare row by row, in units of the largest entry of the matrix."""
    dense = np.reshape(dense, found.shape)
    scale = np.max(np.abs(dense), initial=0.0)
    assert np.max(np.abs(found.toarray() - dense), initial=0.0) <= 1e-13 * scale


def counted(J, args):
    args = args if isinstance(args, tuple) else (args,)
    with ad.count_sweeps() as ran:
        found = J(*args)
    return found, (ran.tangents, ran.cotangents)


def with_guard(plan):
    """Return the directions of a plan and of its guard, a cotangent if all others are."""
    forward, reverse = plan
    back = reverse and not forward
    return (forward + (not back), reverse + bool(back))


@pytest.mark.parametrize("problem", JACOBIANS, ids=IDS)
def test_directions_of_jacobians(problem):
    x, y = points(problem)
    J = ad.jacobian(problem.f, sparse=True)
    first, ran = counted(J, x)
    # Finding the pattern is one more forward sweep, of one direction.
    cold = with_guard(problem.cold)
    assert ran == (cold[0] + 1, cold[1])
    second, ran = counted(J, y)
    assert ran == with_guard(problem.warm or problem.cold)
    dense = ad.jacobian(problem.f)
    assert_close(first, dense(x))
    assert_close(second, dense(y))


@pytest.mark.parametrize("problem", JACOBIANS, ids=IDS)
@pytest.mark.parametrize("mode", ["forward", "reverse", "mixed"])
def test_every_mode_gives_the_same(problem, mode):
    x, y = points(problem)
    J = ad.jacobian(problem.f, sparse=True, mode=mode)
    J(x)
    found, ran = counted(J, y)
    assert_close(found, ad.jacobian(problem.f)(y))
    unused = {"forward": 1, "reverse": 0, "mixed": None}[mode]
    if unused is not None and sum(ran) > 1:  # a guard alone is a tangent
        assert ran[unused] == 0


@pytest.mark.parametrize("problem", HESSIANS, ids=[problem.name for problem in HESSIANS])
def test_directions_of_hessians(problem):
    x, y = points(problem)
    H = ad.hessian(problem.f, sparse=True)
    first, ran = counted(H, x)
    assert ran[0] == problem.cold[0] + 2  # the guard, and the sweep for the pattern
    second, ran = counted(H, y)
    assert ran[0] == (problem.warm or problem.cold)[0] + 1
    dense = ad.hessian(problem.f)
    assert_close(first, dense(x))
    assert_close(second, dense(y))
    assert (second != second.T).nnz == 0


def test_the_directions_do_not_grow_with_the_grid():
    for n in (8, 16, 64):
        J = ad.jacobian(brusselator, sparse=True)
        x = np.random.default_rng(n).uniform(1, 2, 2 * n * n)
        J(x)
        assert counted(J, x)[1] == (3, 0)


def test_results_are_sparse_arrays():
    x = np.arange(1.0, 7.0)
    J = ad.jacobian(broyden_tridiagonal, sparse=True)(x)
    assert isinstance(J, scipy.sparse.csr_array)
    assert J.has_sorted_indices
    assert (J.shape, J.nnz, J.dtype) == ((6, 6), 16, np.float64)


def test_without_scipy_results_are_coordinates(monkeypatch):
    monkeypatch.setitem(sys.modules, "scipy.sparse", None)
    x = np.arange(1.0, 7.0)
    J = ad.jacobian(broyden_tridiagonal, sparse=True)(x)
    assert isinstance(J, ad.SparseMatrix)
    assert (J.shape, J.nnz) == ((6, 6), 16)
    assert J.rows[:3].tolist() == [0, 0, 1]
    assert J.columns[:3].tolist() == [0, 1, 0]
    assert repr(J) == "SparseMatrix(6 x 6, 16 nonzeros)"
    np.testing.assert_array_equal(J.to_dense(), ad.jacobian(broyden_tridiagonal)(x))
    monkeypatch.undo()
    np.testing.assert_array_equal(J.to_scipy().toarray(), J.to_dense())


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.complex128])
def test_products_of_coordinates_are_those_of_scipy(dtype):
    rng = np.random.default_rng(0)
    dense = rng.integers(0, 3, (7, 5)) * rng.integers(1, 9, (7, 5)) * (rng.random((7, 5)) < 0.4)
    rows, columns = np.nonzero(dense)
    J = ad.SparseMatrix(rows, columns, dense[rows, columns].astype(dtype), dense.shape)
    there = J.to_scipy()
    assert (J.dtype, J.ndim) == (there.dtype, there.ndim)
    for x in (np.arange(5.0), np.arange(10).reshape(5, 2), np.ones(5, np.float32), np.ones((5, 0))):
        np.testing.assert_array_equal(J @ x, there @ x)
        assert (J @ x).dtype == (there @ x).dtype
    for y in (np.arange(7.0), np.arange(14).reshape(2, 7)):
        np.testing.assert_array_equal(y @ J, y @ there)
        np.testing.assert_array_equal(J.T @ y.T, there.T @ y.T)
    np.testing.assert_array_equal(J.T.toarray(), there.T.toarray())
    assert (np.diff(J.T.rows) >= 0).all()
    for misfit in (np.ones(7), np.ones((1, 5)), 2.0):
        with pytest.raises(SeedError, match="ADK142"):
            J @ misfit


def test_dense_results_by_entries():
    x = np.random.default_rng(0).uniform(1, 2, 40)
    for options in ({"mode": "mixed"}, {"sparse": "auto"}):
        J = ad.jacobian(arrow, **options)
        J(x)
        found, ran = counted(J, x)
        np.testing.assert_allclose(found, ad.jacobian(arrow)(x), rtol=1e-13)
        assert type(found) is np.ndarray
        assert ran == (3, 1)


def test_auto_is_dense_where_that_is_as_good():
    def soft_max(x):
        return np.exp(x) / np.sum(np.exp(x))

    J = ad.jacobian(soft_max, sparse="auto")
    x = np.arange(5.0)
    np.testing.assert_array_equal(J(x), ad.jacobian(soft_max)(x))
    z = np.array([1 + 1j, 2.0])
    assert ad.jacobian(np.sin, sparse="auto", holomorphic=True)(z).shape == (2, 2)
    twice = ad.jacobian(lambda x: ad.jacobian(np.sin, sparse="auto")(x).sum(0))(x)
    np.testing.assert_allclose(twice, np.diag(-np.sin(x)))


def test_dense_results_of_containers():
    def f(p):
        return {"a": p["x"] ** 2 * p["y"], "b": (p["x"][::-1] * 2.0,)}

    p = {"x": np.arange(1.0, 9.0), "y": 3.0}
    found, dense = ad.jacobian(f, mode="mixed")(p), ad.jacobian(f)(p)
    np.testing.assert_array_equal(found["a"]["x"], dense["a"]["x"])
    np.testing.assert_array_equal(found["a"]["y"], dense["a"]["y"])
    np.testing.assert_array_equal(found["b"][0]["x"], dense["b"][0]["x"])
    assert found["a"]["y"].shape == (8,)


def test_sparse_results_of_several_arguments():
    def f(a, b, c):
        return np.outer(a, b) * c, a[:2] ** 2

    args = np.array([1.0, 2.0, 3.0]), np.array([4.0, 5.0]), 2.0
    J = ad.jacobian(f, argnums=(0, 1), sparse=True)(*args)
    dense = ad.jacobian(f, argnums=(0, 1))(*args)
    rows = [
        np.hstack([np.reshape(part, (-1, k)) for part, k in zip(row, (3, 2), strict=True)])
        for row in dense
    ]
    np.testing.assert_allclose(J.toarray(), np.vstack(rows), rtol=1e-14)


def test_auxiliary_data_keywords_and_values():
    def f(x, *, scale):
        return scale * x**2, {"seen": x.sum()}

    x = np.arange(3.0)
    J, aux = ad.jacobian(f, has_aux=True, sparse=True)(x, scale=3.0)
    assert J.diagonal().tolist() == [0.0, 6.0, 12.0]
    assert aux == {"seen": 3.0}


@pytest.mark.parametrize(
    ("f", "x", "shape"),
    [
        (np.sin, np.ones(0), (0, 0)),
        (lambda x: x[:0], np.ones(3), (0, 3)),
        (lambda x: np.ones(2) + np.sum(x), np.ones(0), (2, 0)),
        (lambda x: np.ones(2), np.ones(3), (2, 3)),
        (lambda x: (), 1.0, (0, 1)),
        (lambda x: np.ones(2), (), (2, 0)),
        (lambda x: x, 2.0, (1, 1)),
    ],
)
def test_nothing_or_little_to_compute(f, x, shape):
    for mode in ("auto", "forward", "reverse", "mixed"):
        J = ad.jacobian(f, sparse=True, mode=mode)
        for _ in range(2):
            assert J(x).shape == shape


def test_empty_rows_and_columns():
    def f(x):
        y = np.zeros_like(x)
        y[1:3] = x[4:] ** 2
        return y

    J = ad.jacobian(f, sparse=True)
    x = np.arange(6.0)
    found, ran = counted(J, x)
    assert found.nnz == 2
    assert ran == (3, 0)
    np.testing.assert_array_equal(found.toarray(), ad.jacobian(f)(x))


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.longdouble])
def test_dtypes(dtype):
    x = np.linspace(1, 2, 72, dtype=dtype)
    for f in (brusselator, broyden_tridiagonal, arrow):
        J = ad.jacobian(f, sparse=True)
        for _ in range(2):
            found = J(x)
        assert found.dtype == dtype
        dense = ad.jacobian(f)(x)
        bound = 64 * np.finfo(dtype).eps * np.max(np.abs(dense))
        assert np.max(np.abs(found.toarray() - dense)) <= max(bound, 0)


def test_frozen_entries_follow_other_arguments():
    def f(x, a):
        return a * x + x**2 * np.arange(len(x))

    J = ad.jacobian(f, sparse=True)
    x = np.ones(4)
    for a in (2.0, 3.0, np.arange(4.0), np.ones(4)):
        np.testing.assert_array_equal(J(x, a).toarray(), ad.jacobian(f)(x, a))


def test_frozen_entries_last_while_other_arguments_do_not_touch_them():
    def f(x, time):
        return 3 * np.roll(x, 1) + x**2 * np.cos(time)

    J = ad.jacobian(f, sparse=True)
    x = np.ones(4)
    J(x, 0.0)
    for time in (1.0, 2.0, 2.0):
        found, ran = counted(J, (x, time))
        assert ran == (2, 0)
        np.testing.assert_allclose(found.toarray(), ad.jacobian(f)(x, time), rtol=1e-15)


def test_frozen_entries_are_given_up_where_other_arguments_change_them():
    def f(x, time):
        return time * np.roll(x, 1) + x**2

    J = ad.jacobian(f, sparse=True, check_every=100)
    x = np.ones(4)
    tangents = []
    for time in (1.0, 2.0, 3.0, 4.0, 4.0):
        found, ran = counted(J, (x, time))
        tangents.append(ran[0])
        np.testing.assert_array_equal(found.toarray(), ad.jacobian(f)(x, time))
    # Frozen and refuted, with nine directions that measure rounding; then not frozen any more.
    assert tangents[1:] == [2 + 9 + 3, 2, 2, 2]


def test_only_what_changes_is_given_up():
    def f(x, time):
        return time * np.roll(x, 1) + 3 * np.roll(x, 2) + 4 * np.roll(x, 3) + x**2

    J = ad.jacobian(f, sparse=True)
    x = np.ones(8)
    for time in (1.0, 2.0):
        J(x, time)
    found, ran = counted(J, (x, 3.0))
    assert ran == (3, 0)
    np.testing.assert_allclose(found.toarray(), ad.jacobian(f)(x, 3.0), rtol=1e-15)


def test_the_value_comes_along():
    value, J = ad.value_and_jacobian(broyden_tridiagonal, sparse=True)(np.ones(5))
    np.testing.assert_array_equal(value, broyden_tridiagonal(np.ones(5)))
    np.testing.assert_array_equal(J.toarray(), ad.jacobian(broyden_tridiagonal)(np.ones(5)))


def test_inside_strict():
    x = np.random.default_rng(0).uniform(1, 2, 72)
    with ad.strict():
        found = ad.jacobian(brusselator, sparse=True)(x)
    assert_close(found, ad.jacobian(brusselator)(x))


def test_static_arguments_have_plans_of_their_own():
    def f(x, k):
        return np.roll(x, k) ** 2

    J = ad.jacobian(f, sparse=True)
    x = np.arange(1.0, 6.0)
    for k in (1, 2, 1):
        np.testing.assert_array_equal(J(x, k).toarray(), ad.jacobian(f)(x, k))


def test_constants_far_larger_than_what_moves_are_not_subtracted():
    def f(x):
        return 1e12 * np.roll(x, 1) + x**2

    J = ad.jacobian(f, sparse=True)
    x = np.arange(1.0, 9.0)
    J(x)
    found = J(x / 3)
    np.testing.assert_allclose(found.diagonal(), 2 * x / 3, rtol=1e-15)


def test_constants_are_not_subtracted_along_columns_either():
    def f(x):
        return np.stack([1e12 * x[0] + 1e12 * x[1] ** 2, x[0] ** 2, x[1] * x[2] + x[0]])

    J = ad.jacobian(f, sparse=True, mode="reverse")
    for x in (np.array([1.0, 2.0, 3.0]), np.array([0.1, 0.2, 0.3])):
        np.testing.assert_allclose(J(x).toarray(), ad.jacobian(f)(x), rtol=1e-15)


def test_hessians_of_badly_scaled_functions():
    def energy(x):
        return np.sum((10.0 ** np.arange(-8, 0) * x) ** 3) + x[0] * x[-1] + np.sum(x[1:] * x[:-1])

    H = ad.hessian(energy, sparse=True)
    for x in (np.linspace(0.1, 1, 8), np.linspace(1, -1, 8)):
        np.testing.assert_allclose(H(x).toarray(), ad.hessian(energy)(x), rtol=1e-12)


def test_nan_stays_where_it_is():
    x = np.linspace(1, 2, 72)
    x[5] = np.nan
    for f in (brusselator, broyden_tridiagonal):
        J = ad.jacobian(f, sparse=True)
        J(np.linspace(1, 2, 72))
        for x[5] in (np.nan, np.inf):
            with np.errstate(all="ignore"):
                dense = ad.jacobian(f)(x)
                found = J(x).toarray()
            same = np.isfinite(dense)
            assert 0 < np.count_nonzero(~same) < 10
            np.testing.assert_array_equal(found[~same], dense[~same])
            np.testing.assert_allclose(found[same], dense[same], rtol=1e-13)


def test_chunks_do_not_change_the_directions():
    x = np.random.default_rng(0).uniform(1, 2, 72)
    for chunk in (1, 2, 100):
        J = ad.jacobian(brusselator, sparse=True, chunk=chunk)
        J(x)
        with ad.count_sweeps() as ran:
            J(x)
        assert (ran.tangents, ran.forward) == (3, -(-3 // chunk))


def test_pickles_with_its_plan():
    z = np.random.default_rng(0).uniform(1, 2, 4 * 6 + 2 * 5)
    J = ad.jacobian(defects, sparse=True)
    expected = J(z)
    twin = pickle.loads(pickle.dumps(J))
    found, ran = counted(twin, z)
    assert (found != expected).nnz == 0
    assert ran[0] + ran[1] <= 6  # no search for the pattern


def test_refusals():
    with pytest.raises(ArgumentError, match="sparse must be"):
        ad.jacobian(np.sin, sparse="yes")
    with pytest.raises(ArgumentError, match="check_every must be"):
        ad.jacobian(np.sin, sparse=True, check_every=0)
    with pytest.raises(ArgumentError, match="inside another derivative"):
        ad.grad(lambda x: ad.jacobian(np.sin, sparse=True)(x).sum())(np.ones(2))
    with pytest.raises(ArgumentError, match="inside another derivative"):
        ad.grad(lambda a: ad.jacobian(lambda x, a: a * x, sparse=True)(np.ones(2), a).sum())(1.0)
    with pytest.raises(OutputError, match="not declared to be holomorphic"):
        ad.jacobian(np.sin, sparse=True)(np.ones(2) * 1j)
    with pytest.raises(PatternError, match="a pattern of shape"):
        ad.jacobian(np.sin, sparse=Pattern.identity(3))(np.ones(2))
    z = np.array([1 + 1j, 2.0])
    J = ad.jacobian(np.sin, sparse=True, holomorphic=True)(z)
    np.testing.assert_array_equal(J.diagonal(), np.cos(z))
