"""Where a pattern is larger than the nonzeros at a point, and what is said about it."""

import numpy as np
import pytest
import scipy.sparse
import scipy.special

from adkit import rules
from adkit.pattern import hessian_pattern, jacobian_pattern, sparse_jacobian
from adkit.scipy.sparse import csr_array
from adkit.sparse import Pattern
from tests.pattern.reference import assert_close, dense_jacobian


@pytest.mark.parametrize(
    ("f", "everywhere", "here"),
    [
        (lambda x: x * 0, 4, 0),
        (lambda x: x * np.array([0.0, 1.0, 0.0, 1.0]), 4, 2),
        (lambda x: np.where(x > 1.6, x, x**2), 4, 4),
        (lambda x: np.where(np.arange(4) > 1, x[::-1], 0), 4, 2),
        (lambda x: np.maximum(x, x[::-1]), 8, 4),
        (lambda x: np.sort(x), 4, 4),
        (lambda x: np.max(x), 4, 1),
        (lambda x: (x - x[0]) * x, 7, 7),
    ],
)
def test_local_patterns_leave_out_what_is_zero_here(f, everywhere, here):
    x = np.array([1.0, 1.5, 1.25, 1.75])
    assert jacobian_pattern(f, x).pattern.nnz == everywhere
    assert jacobian_pattern(f, x, local=True).pattern.nnz == here


def test_a_product_at_zero_keeps_both_entries():
    found = jacobian_pattern(lambda x: x[0] * x[1], np.zeros(2))
    assert found.pattern.nnz == found.nonlinear.nnz == 2
    assert jacobian_pattern(lambda x: x[0] * x[1], np.zeros(2), local=True).pattern.nnz == 0
    assert sparse_jacobian(lambda x: x[0] * x[1], np.zeros(2)).pattern.nnz == 2


def test_entries_that_cancel_stay():
    found = sparse_jacobian(lambda x: x - x, np.ones(3))
    np.testing.assert_array_equal(found.to_dense(), np.zeros((3, 3)))
    assert found.pattern.nnz == 3


@pytest.mark.parametrize(
    ("f", "shape", "nnz", "name"),
    [
        (lambda a: np.linalg.inv(a), (5, 2, 2), 5 * 16, "numpy.linalg.inv"),
        (lambda a: np.linalg.solve(a, np.ones((5, 2, 1))), (5, 2, 2), 40, "numpy.linalg.solve"),
        (lambda a: np.linalg.solve(np.eye(4), a.reshape(4, 5)), (20,), 80, "numpy.linalg.solve"),
        (lambda a: np.linalg.cholesky(a @ a.mT), (5, 2, 2), 80, "numpy.linalg.cholesky"),
        (lambda a: np.linalg.eigvalsh(a + a.mT), (3, 4, 4), 3 * 64, None),
        (lambda a: np.max(a, axis=1), (4, 4), 16, "numpy.max"),
        (lambda a: np.max(a, axis=0), (1, 4), 4, None),
        (lambda a: np.einsum("ij,jk->ik", np.ones((2, 3)), a), (3, 4), 24, "numpy.einsum"),
    ],
)
def test_operations_of_which_only_the_push_is_known_are_dense_in_their_slices(f, shape, nnz, name):
    a = np.random.default_rng(0).uniform(0.1, 1, shape)
    if a.ndim == 3:
        a = a + 3 * np.eye(shape[-1])
    found = jacobian_pattern(f, a)
    assert found.pattern.nnz == nnz
    if name is not None:
        assert found.fallbacks == (name,)
    reference = dense_jacobian(f, (a,))
    assert found.pattern.to_dense()[reference != 0].all()
    assert_close(sparse_jacobian(f, a).to_dense(), reference)


def test_operations_element_by_element_are_no_fallbacks():
    found = jacobian_pattern(lambda x: scipy.special.gammainc(2.5, x), np.ones((2, 3)))
    assert found.pattern.nnz == 6
    assert found.fallbacks == ()


def test_a_constant_matrix_in_einsum_gives_constant_entries():
    found = jacobian_pattern(lambda a: np.einsum("ij,j->i", np.ones((3, 3)), a), np.ones(3))
    assert (found.pattern.nnz, found.nonlinear.nnz) == (9, 0)
    found = jacobian_pattern(lambda a: np.einsum("i,i->", a, a), np.ones(3))
    assert (found.pattern.nnz, found.nonlinear.nnz) == (3, 3)


def test_decisions_on_values_are_named():
    found = jacobian_pattern(lambda x: x**2 if x[0] > 0 else x[[0]], np.ones(3))
    assert found.branches == ("numpy.greater",)
    assert found.pattern.nnz == 3
    assert jacobian_pattern(lambda x: x * np.floor(x), np.ones(3)).branches == ("numpy.floor",)
    assert jacobian_pattern(lambda x: x[np.argmax(x)], np.ones(3)).branches == ("numpy.argmax",)
    assert jacobian_pattern(lambda x: x * 2, np.ones(3)).branches == ()


def test_factors_that_read_constants_are_constant():
    def f(x):
        y = np.concatenate([x, np.zeros(2)])
        return y * y[::-1], y[:2] * y[2:]

    found = jacobian_pattern(f, np.ones(2))
    assert found.pattern.nnz == 6
    assert found.nonlinear.nnz == 0


def test_hessians_at_operations_of_which_only_the_push_is_known():
    found = hessian_pattern(lambda a: np.sum(np.linalg.inv(a)), np.eye(2) + np.ones((3, 2, 2)) / 4)
    assert found.pattern.nnz == 3 * 16
    assert found.fallbacks == ("numpy.linalg.inv",)


@pytest.mark.parametrize("density", [1, 5, 30])
def test_products_with_irregular_sparse_arrays(density):
    n = 3000
    rng = np.random.default_rng(0)
    matrix = scipy.sparse.random_array((n, n), density=density / n, format="csr", rng=rng)
    traced = csr_array(matrix)
    found = jacobian_pattern(lambda x: traced @ x, np.ones(n))
    assert found.pattern == Pattern.from_scipy(matrix)
    assert found.nonlinear.nnz == 0
    values = sparse_jacobian(lambda x: traced @ x**2, np.ones(n))
    assert_close(values.to_scipy().data, 2 * matrix.data)


def test_rows_of_any_length_are_found_without_a_guess():
    n = 400
    matrix = np.eye(n) * (np.arange(n) % 3 > 0) + np.eye(n, k=7)
    matrix[5], matrix[:, 9] = 1, 2
    found = sparse_jacobian(lambda x: np.einsum("ij,j->i", matrix, x), np.ones(n))
    np.testing.assert_array_equal(found.to_dense(), matrix)


def test_what_compares_its_elements_is_no_operation_by_slices():
    @rules.elementary
    def running_maximum(x):
        return np.maximum.accumulate(x, axis=-1)

    def push(t, ans, x):
        last = np.maximum.accumulate(np.where(x == ans, np.arange(x.shape[-1]), 0), axis=-1)
        return np.take_along_axis(t, np.broadcast_to(last, t.shape), -1)

    rules.general(running_maximum, push=push)
    for n in (2, 3, 4):
        for values in (np.arange(3.0 * n), -np.arange(3.0 * n)):
            x = values.reshape(3, n)
            found = jacobian_pattern(running_maximum, x)
            assert found.pattern == Pattern.from_dense(np.kron(np.eye(3), np.ones((n, n))))
            expected = dense_jacobian(running_maximum, (x,))
            np.testing.assert_array_equal(sparse_jacobian(running_maximum, x).to_dense(), expected)
