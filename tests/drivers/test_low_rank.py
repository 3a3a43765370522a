"""Matrices that are sparse but for a product of two narrow ones."""

import pickle
import subprocess
import sys

import numpy as np
import pytest
import scipy.sparse
import scipy.sparse.linalg
from hypothesis import given
from hypothesis import strategies as st

import adkit as ad
from adkit import SparsePlusLowRank
from adkit.common.errors import ArgumentError, PatternError, SeedError
from adkit.sparse import Pattern


def drawn(m, n, k, seed, density=0.3, dtype=float):
    rng = np.random.default_rng(seed)
    pattern = Pattern.from_dense(rng.random((m, n)) < density)

    def numbers(*shape):
        found = rng.normal(size=shape)
        if np.dtype(dtype).kind == "c":
            found = found + 1j * rng.normal(size=shape)
        return found.astype(dtype)

    matrix = SparsePlusLowRank(pattern, numbers(pattern.nnz), numbers(m, k), numbers(n, k))
    return matrix, pattern.to_dense(matrix.values) + matrix.left @ matrix.right.T


def assert_close(found, expected, scale=1.0):
    assert found.shape == expected.shape
    size = np.linalg.norm(expected) + scale
    assert np.linalg.norm(found - expected) <= 1e-12 * size


sizes = st.integers(0, 6)


@given(sizes, sizes, st.integers(0, 3), st.integers(0, 2**32 - 1), st.booleans())
def test_it_does_what_the_dense_matrix_does(m, n, k, seed, is_complex):
    dtype = complex if is_complex else float
    matrix, dense = drawn(m, n, k, seed, dtype=dtype)
    rng = np.random.default_rng(seed)
    right, left = rng.normal(size=(n, 2)), rng.normal(size=(m, 2))
    assert matrix.shape == dense.shape
    assert matrix.rank == k
    assert_close(matrix.toarray(), dense)
    assert_close(matrix.T.toarray(), dense.T)
    assert_close(matrix.H.toarray(), dense.conj().T)
    assert_close(matrix @ right, dense @ right)
    assert_close(matrix @ right[:, 0], dense @ right[:, 0])
    assert_close(left[:, 0] @ matrix, left[:, 0] @ dense)
    assert_close(left.T @ matrix, left.T @ dense)
    assert_close(matrix.matvec(right[:, 0]), dense @ right[:, 0])
    assert_close(matrix.rmatvec(left[:, 0]), dense.conj().T @ left[:, 0])


@given(st.integers(1, 8), st.integers(0, 3), st.integers(0, 2**32 - 1), st.booleans())
def test_systems(n, k, seed, is_complex):
    dtype = complex if is_complex else float
    matrix, dense = drawn(n, n, k, seed, density=0.6, dtype=dtype)
    if np.linalg.cond(dense) > 1e6:
        return
    x = np.random.default_rng(seed).normal(size=n)
    for b in (dense @ x, (dense @ x)[:, None]):
        found = matrix.solve(b)
        assert found.shape == b.shape
        assert_close(found.reshape(-1), x.astype(found.dtype), scale=1e6)


def test_a_singular_sparse_part():
    n = 50
    diagonal = Pattern.from_coordinates(range(1, n), range(1, n), (n, n))
    unit = np.eye(n)[:, :1]
    matrix = SparsePlusLowRank(diagonal, np.arange(1.0, n), unit, 2 * unit)
    b = np.arange(n, dtype=float)
    np.testing.assert_allclose(matrix.solve(b), np.r_[0.0, np.ones(n - 1)], rtol=1e-14)
    outer = SparsePlusLowRank(Pattern.from_dense(np.zeros((2, 2))), np.zeros(0), *2 * (np.eye(2),))
    assert outer.solve(np.array([3.0, 4.0])).tolist() == [3.0, 4.0]


def test_a_complex_right_hand_side():
    matrix, dense = drawn(5, 5, 1, 0, density=1.0)
    b = np.arange(5) + 1j
    np.testing.assert_allclose(dense @ matrix.solve(b), b, rtol=1e-9)


def test_singular_matrices_are_refused():
    matrix = SparsePlusLowRank(Pattern.identity(2), np.ones(2), np.ones((2, 1)), -np.eye(2)[:, :1])
    assert np.linalg.det(matrix.toarray()) == 0
    with pytest.raises(np.linalg.LinAlgError, match="Singular"):
        matrix.solve(np.array([1.0, 2.0]))


def test_large_systems_take_little():
    n = 100_000
    rows = np.arange(n)
    band = Pattern.from_coordinates(np.r_[rows, rows[1:]], np.r_[rows, rows[:-1]], (n, n))
    values = np.where(band.rows == band.columns, 3.0, -1.0)
    matrix = SparsePlusLowRank(band, values, np.ones((n, 1)), np.full((n, 1), 1 / n))
    x = np.sin(rows)
    np.testing.assert_allclose(matrix.solve(matrix @ x), x, rtol=1e-10, atol=1e-12)


def test_scipy_takes_it_as_an_operator():
    matrix, dense = drawn(20, 20, 2, 3)
    operator = scipy.sparse.linalg.aslinearoperator(matrix)
    v = np.arange(20.0)
    np.testing.assert_allclose(operator.rmatvec(v), dense.T @ v, rtol=1e-12)
    assert scipy.sparse.issparse(matrix.sparse)
    assert (
        matrix.sparse != scipy.sparse.csr_array(matrix.pattern.to_dense(matrix.values))
    ).nnz == 0


def test_dtypes():
    matrix, _ = drawn(4, 4, 1, 0, density=1.0, dtype=np.float32)
    assert matrix.dtype == np.float32
    assert matrix.toarray().dtype == np.float32
    assert matrix.T.dtype == np.float32


def test_what_does_not_fit_is_refused():
    matrix, _ = drawn(3, 2, 1, 0)
    with pytest.raises(SeedError, match="2 columns"):
        matrix @ np.ones(3)
    with pytest.raises(SeedError, match="shape"):
        np.ones(2) @ matrix
    with pytest.raises(PatternError, match="3 equations in 2 unknowns"):
        matrix.solve(np.ones(3))
    with pytest.raises(SeedError, match="rows"):
        drawn(3, 3, 1, 0)[0].solve(np.ones(2))
    with pytest.raises(PatternError, match="factors"):
        SparsePlusLowRank(matrix.pattern, matrix.values, matrix.left, matrix.left)
    with pytest.raises(PatternError, match="values"):
        SparsePlusLowRank(matrix.pattern, matrix.values[1:], matrix.left, matrix.right)


def test_it_pickles_and_says_what_it_is():
    matrix, dense = drawn(4, 3, 2, 1)
    again = pickle.loads(pickle.dumps(matrix))
    assert_close(again.toarray(), dense)
    assert repr(again) == f"SparsePlusLowRank(4 x 3, {matrix.pattern.nnz} nonzeros, rank 2)"


def test_products_need_no_scipy():
    script = """
import sys
sys.modules["scipy"] = None
import numpy as np
import adkit as ad
from adkit.sparse import Pattern
matrix = ad.SparsePlusLowRank(Pattern.identity(2), np.ones(2), np.ones((2, 1)), np.ones((2, 1)))
print((matrix @ np.arange(2.0)).tolist(), matrix.toarray().tolist(), type(matrix.sparse).__name__)
print(ad.jacobian(lambda x: x - ad.lift(np.mean(x)), sparse="lifted")(np.ones(9)))
try:
    matrix.solve(np.ones(2))
except ModuleNotFoundError as error:
    print(error)
"""
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert ran.stdout.splitlines() == [
        "[1.0, 2.0] [[2.0, 1.0], [1.0, 2.0]] SparseMatrix",
        "SparsePlusLowRank(9 x 9, 9 nonzeros, rank 1)",
        'adkit needs scipy here: pip install "adkit-autodiff[scipy]"',
    ]


# ---------------------------------------------------------------- several at once


@pytest.mark.parametrize("singular", [False, True], ids=["regular", "singular"])
def test_several_right_hand_sides(singular):
    n, rng = 30, np.random.default_rng(4)
    values = rng.uniform(1, 2, n)
    if singular:
        values[3] = 0.0
    left, right = rng.normal(size=(n, 2)), rng.normal(size=(n, 2))
    matrix = SparsePlusLowRank(Pattern.identity(n), values, left, right)
    b = rng.normal(size=(n, 3))
    for sides in (b, b + 1j * b[::-1]):
        solved = matrix.solve(sides)
        np.testing.assert_allclose(solved, np.linalg.solve(matrix.toarray(), sides), rtol=1e-9)
        np.testing.assert_allclose(matrix.solve(sides[:, 0]), solved[:, 0], rtol=1e-12)
    assert matrix.solve(np.ones((n, 0))).shape == (n, 0)


def test_the_precision_of_a_solution_is_that_of_matrix_and_right_hand_side():
    ones = np.ones((3, 1), np.float32)
    matrix = SparsePlusLowRank(Pattern.identity(3), np.float32([1, 2, 3]), ones, ones)
    assert matrix.solve(np.ones(3, np.float32)).dtype == np.float32
    assert matrix.solve(np.ones(3)).dtype == np.float64
    whole = SparsePlusLowRank(Pattern.identity(2), [1, 2], [[1], [1]], [[1], [1]])
    assert whole.solve([1, 2]).tolist() == pytest.approx([0.2, 0.6])


def test_a_right_hand_side_that_is_not_finite_has_no_finite_solution():
    matrix = SparsePlusLowRank(Pattern.identity(2), np.ones(2), np.ones((2, 1)), np.ones((2, 1)))
    solved = matrix.solve(np.array([[1.0, np.nan], [1.0, 1.0]]))
    np.testing.assert_allclose(solved[:, 0], [1 / 3, 1 / 3])
    assert np.isnan(solved[:, 1]).any()


def test_products_with_sparse_arrays_and_lists():
    matrix = SparsePlusLowRank(Pattern.identity(2), [1.0, 2.0], [[1.0], [2.0]], [[3.0], [4.0]])
    dense = matrix.toarray()
    assert (matrix @ scipy.sparse.eye_array(2)).tolist() == dense.tolist()
    assert (matrix @ [1, 2]).tolist() == (dense @ [1, 2]).tolist()
    assert (np.ones(2) @ matrix).tolist() == (np.ones(2) @ dense).tolist()
    with pytest.raises(SeedError, match="dtype <U1"):
        matrix @ np.array(["a", "b"])
    with pytest.raises(ArgumentError, match="traced"):
        ad.grad(lambda v: np.sum(matrix @ v))(np.ones(2))
