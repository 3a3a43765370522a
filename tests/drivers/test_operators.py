"""Jacobians, Gauss-Newton matrices and Hessians by their products."""

import copy
import pickle
import subprocess
import sys

import numpy as np
import pytest
import scipy.sparse
import scipy.sparse.linalg as solvers
from hypothesis import given
from hypothesis import strategies as st

import adkit as ad
from adkit.common.errors import ArgumentError, NonScalarOutputError, OutputError, SeedError
from adkit.drivers.operators import Operator

X = np.array([0.3, -1.2, 0.7, 2.0])


def chain(x):
    return np.append(x[1:] * x[:-1], np.sum(np.sin(x)))


def energy(x):
    return np.sum(x[1:] ** 2 * x[:-1]) + np.sum(np.cosh(x))


def wave(x):
    return np.exp(1j * x) * np.sum(x)


def assert_products(operator, matrix):
    """Every product is that of the matrix, for real and complex vectors, one and many."""
    rng = np.random.default_rng(0)
    m, n = matrix.shape
    assert operator.shape == (m, n)
    right, left = rng.normal(size=(n, 3)), rng.normal(size=(m, 3))
    for v, u in ((right, left), (right + 1j * right[::-1], left - 2j * left[::-1])):
        found = [
            (operator.matvec(v[:, 0]), matrix @ v[:, 0]),
            (operator @ v[:, 1], matrix @ v[:, 1]),
            (operator.matvec(v[:, :1]), matrix @ v[:, :1]),
            (operator.rmatvec(u[:, 0]), matrix.conj().T @ u[:, 0]),
            (operator.matmat(v), matrix @ v),
            (operator.dot(v), matrix @ v),
            (operator.rmatmat(u), matrix.conj().T @ u),
            (operator.T @ u, matrix.T @ u),
            (operator.H @ u, matrix.conj().T @ u),
            (operator.T.T @ v, matrix @ v),
            (operator.H.rmatvec(v[:, 0]), matrix @ v[:, 0]),
            (u[:, 0] @ operator, u[:, 0] @ matrix),
            (u.T @ operator, u.T @ matrix),
        ]
        for product, expected in found:
            assert product.shape == expected.shape
            scale = np.linalg.norm(matrix) * np.linalg.norm(u if m > n else v)
            np.testing.assert_allclose(product, expected, rtol=1e-13, atol=1e-15 * scale)
    np.testing.assert_allclose(operator.toarray(), matrix, rtol=1e-13, atol=1e-15)


# ---------------------------------------------------------------- what they are


def test_a_jacobian():
    assert_products(ad.linear_operator(chain, X), ad.jacobian(chain)(X))


def test_a_gauss_newton_matrix():
    J = ad.jacobian(chain)(X)
    B = ad.linear_operator(chain, X, op="gauss_newton")
    assert_products(B, J.T @ J)
    np.testing.assert_allclose(B.gradient, J.T @ chain(X), rtol=1e-13)
    assert B.T is B
    assert B.H is B


def test_a_hessian():
    H = ad.linear_operator(energy, X, op="hessian")
    assert_products(H, ad.hessian(energy)(X))
    assert H.value == energy(X)
    np.testing.assert_allclose(H.gradient, ad.grad(energy)(X), rtol=1e-14)
    assert H.T is H


def test_a_complex_function_of_real_arguments():
    J = ad.jacobian(wave)(X)
    assert_products(ad.linear_operator(wave, X), J)
    B = ad.linear_operator(wave, X, op="gauss_newton")
    assert_products(B, J.conj().T @ J)
    np.testing.assert_allclose(B.gradient, J.conj().T @ wave(X), rtol=1e-13)


def test_a_function_with_real_and_complex_results():
    def both(x):
        return wave(x), x**2

    J = np.concatenate(ad.jacobian(both)(X))
    assert_products(ad.linear_operator(both, X), J)


def test_a_holomorphic_function():
    z = X + 1j * X[::-1]
    J = ad.jacobian(chain, holomorphic=True)(z)
    assert_products(ad.linear_operator(chain, z, holomorphic=True), J)
    with pytest.raises(OutputError, match="holomorphic"):
        ad.linear_operator(chain, z)
    with pytest.raises(OutputError, match="complex"):
        ad.linear_operator(lambda z: np.sum(abs(z) ** 2), z, op="hessian")


@given(st.integers(0, 5), st.integers(0, 5), st.integers(0, 2**32 - 1))
def test_random_functions(m, n, seed):
    rng = np.random.default_rng(seed)
    weights, x = rng.normal(size=(m, n)), rng.normal(size=n)

    def f(x):
        return np.sin(weights @ x) * 3.0

    assert_products(ad.linear_operator(f, x), 3 * np.cos(weights @ x)[:, None] * weights)


# ---------------------------------------------------------------- counts


def test_the_function_runs_once_and_a_product_takes_one_direction():
    calls = []

    def counted(x):
        calls.append(1)
        return chain(x)

    J = ad.linear_operator(counted, X)
    np.testing.assert_array_equal(J.value, chain(X))
    J.matvec(X)  # records the linearisation
    for product, expected in (
        (lambda: J.matvec(X), (1, 1, 0, 0)),
        (lambda: J.rmatvec(X), (0, 0, 1, 1)),
        (lambda: J.matmat(np.eye(4)), (1, 4, 0, 0)),
        (lambda: J.T.matmat(np.eye(4)), (0, 0, 1, 4)),
        (lambda: J.H @ (J @ X), (1, 1, 1, 1)),
    ):
        with ad.count_sweeps() as ran:
            product()
        assert (ran.forward, ran.tangents, ran.reverse, ran.cotangents) == expected
        assert ran.primal == 0
    assert calls == [1]
    assert (J.ran.tangents, J.ran.cotangents) == (7, 6)


def test_products_with_second_derivatives():
    B = ad.linear_operator(chain, X, op="gauss_newton")
    B @ X
    assert (B.ran.tangents, B.ran.cotangents) == (1, 1)
    np.testing.assert_array_equal(B.gradient, B.gradient)
    assert (B.ran.tangents, B.ran.cotangents) == (1, 2)
    H = ad.linear_operator(energy, X, op="hessian")
    with ad.count_sweeps() as ran:
        H @ X
        H.matmat(np.eye(4))
    assert (ran.primal, ran.reverse, ran.cotangents, ran.directions) == (0, 2, 5, 5)
    assert H.ran == ran


def test_products_with_matrices_run_in_chunks():
    J = ad.linear_operator(chain, X, chunk=3)
    J.matmat(np.ones((4, 7)))
    assert (J.ran.forward, J.ran.tangents) == (3, 7)


# ---------------------------------------------------------------- SciPy's solvers


def test_solvers_take_them():
    J = ad.linear_operator(chain, X)
    dense = ad.jacobian(chain)(X)
    assert isinstance(J, solvers.LinearOperator)
    assert solvers.aslinearoperator(J) is J
    expected = np.linalg.solve(dense, X)
    solution, info = solvers.gmres(J, X, rtol=1e-12)
    assert info == 0
    np.testing.assert_allclose(solution, expected, rtol=1e-9)
    for least_squares in (solvers.lsqr, solvers.lsmr):
        solution = least_squares(J, X, atol=1e-14, btol=1e-14, conlim=0)[0]
        np.testing.assert_allclose(solution, expected, rtol=1e-7)
    values = np.linalg.svd(dense)[1]
    np.testing.assert_allclose(np.sort(solvers.svds(J, k=2)[1]), values[1::-1], rtol=1e-9)


def test_symmetric_solvers_take_them():
    H = ad.linear_operator(energy, X, op="hessian")
    dense = ad.hessian(energy)(X)
    largest = solvers.eigsh(H, k=1, which="LA")[0]
    np.testing.assert_allclose(largest, np.linalg.eigvalsh(dense)[-1:], rtol=1e-9)
    B = ad.linear_operator(chain, X, op="gauss_newton")
    J = ad.jacobian(chain)(X)
    solution, info = solvers.cg(B, B.gradient, rtol=1e-13)
    assert info == 0
    np.testing.assert_allclose(solution, np.linalg.solve(J, chain(X)), rtol=1e-7)


def test_sums_and_products_of_operators_are_scipys():
    J = ad.linear_operator(chain, X)
    dense = ad.jacobian(chain)(X)
    combined = 2 * J.T @ J + solvers.aslinearoperator(np.eye(4))
    np.testing.assert_allclose(combined @ X, (2 * dense.T @ dense + np.eye(4)) @ X, rtol=1e-13)


def test_newton_and_gmres_solve_a_nonlinear_system():
    n = 30

    def bratu(u):
        padded = np.concatenate(([0.0], u, [0.0]))
        return (padded[2:] - 2 * u + padded[:-2]) * (n + 1) ** 2 + np.exp(u)

    u = np.zeros(n)
    for _ in range(6):
        J = ad.linear_operator(bratu, u)
        step, info = solvers.gmres(J, -J.value, rtol=1e-10, restart=n)
        assert info == 0
        u = u + step
    assert np.max(np.abs(bratu(u))) < 1e-8 * (n + 1) ** 2


# ---------------------------------------------------------------- arguments and results


def test_containers_are_numbered_through():
    point = {"a": np.ones((2, 2)), "b": 3.0}

    def f(p, scale):
        return [scale * p["a"].sum(axis=0), p["b"] ** 2]

    J = ad.linear_operator(f, point, 5.0)
    assert J.shape == (3, 5)
    assert J.T.toarray()[:, 2].tolist() == [0, 0, 0, 0, 6]
    tree = J.unravel(np.arange(5.0))
    assert tree["a"].tolist() == [[0, 1], [2, 3]]
    assert tree["b"] == 4.0
    both = ad.linear_operator(f, point, 5.0, argnums=(0, 1))
    assert both.shape == (3, 6)
    assert both.unravel(np.arange(6.0))[1] == 5.0
    assert J.value[1] == 9.0


@pytest.mark.parametrize("op", ["jacobian", "gauss_newton"])
def test_empty_sides(op):
    nothing = ad.linear_operator(np.sin, np.ones(0), op=op)
    assert nothing.matvec(np.ones(0)).shape == (0,)
    assert nothing.matmat(np.ones((0, 3))).shape == (0, 3)
    assert nothing.toarray().shape == (0, 0)
    no_results = ad.linear_operator(lambda x: x[:0], np.ones(3), op=op)
    assert not no_results.rmatvec(np.ones(no_results.shape[0])).any()
    assert ad.linear_operator(np.sin, np.ones(3), op=op).matmat(np.ones((3, 0))).shape == (3, 0)


def test_the_precision_is_that_of_the_point():
    x = X.astype(np.float32)
    for op, f in (("jacobian", chain), ("gauss_newton", chain), ("hessian", energy)):
        operator = ad.linear_operator(f, x, op=op)
        assert operator.dtype == np.float32
        assert (operator @ X).dtype == np.float32
        assert (operator @ np.arange(4)).dtype == np.float32
        assert (operator @ (1j * X)).dtype == np.complex64


def test_vectors_are_left_as_they_are():
    v = X.copy()
    J = ad.linear_operator(lambda x: x, X)
    product = J @ v
    product[0] = 9.0
    assert np.array_equal(v, X)
    assert np.array_equal(J @ v, X)


def test_integer_results_do_not_change():
    J = ad.linear_operator(lambda x: (x, np.arange(2)), X)
    assert (J @ X)[4:].tolist() == [0, 0]
    assert J.rmatvec(np.ones(6)).tolist() == [1, 1, 1, 1]


def test_infinite_derivatives_stay_in_their_places():
    x = np.array([0.0, 4.0])
    with np.errstate(divide="ignore"):
        J = ad.linear_operator(np.sqrt, x)
        assert (J @ np.array([1.0, 1.0])).tolist() == [np.inf, 0.25]
        assert (J.T @ np.array([0.0, 1.0]))[1] == 0.25


# ---------------------------------------------------------------- what is refused


@pytest.mark.parametrize("method", ["matvec", "rmatvec", "matmat", "rmatmat", "__matmul__"])
@pytest.mark.parametrize("shape", [(3,), (1, 5), (3, 5), ()])
def test_arrays_that_do_not_fit_are_refused(method, shape):
    J = ad.linear_operator(chain, X)
    with pytest.raises((SeedError, ValueError)):
        getattr(J, method)(np.ones(shape))


def test_what_is_no_number_is_refused():
    with pytest.raises(SeedError, match="dtype <U1"):
        ad.linear_operator(chain, X).matvec(np.array(["a"] * 4))


def test_sparse_arrays_are_multiplied():
    J = ad.linear_operator(chain, X)
    dense = ad.jacobian(chain)(X)
    np.testing.assert_allclose(J @ scipy.sparse.csr_array(np.diag(X)), dense * X, rtol=1e-14)
    left = scipy.sparse.csr_array(np.diag(X)) @ J
    np.testing.assert_allclose(left @ np.ones(4), X * dense.sum(axis=1), rtol=1e-14)


def test_complex_vectors_stay_complex_in_containers():
    J = ad.linear_operator(lambda p: p["a"] * p["b"], {"a": np.ones(2, np.float32), "b": 2.0})
    tree = J.unravel(np.array([1j, 2.0, 3.0 - 1j]))
    assert tree["a"].tolist() == [1j, 2]
    assert tree["b"] == 3 - 1j
    assert (tree["a"].dtype, tree["b"].dtype) == (np.complex64, np.complex128)


def test_what_is_handed_out_may_be_written_into():
    for op, f in (("gauss_newton", chain), ("hessian", energy)):
        operator = ad.linear_operator(f, X, op=op)
        before, product = operator.gradient, operator @ X
        operator.gradient[:] = 0
        operator.unravel(X)[:] = 0
        np.testing.assert_array_equal(operator.gradient, before)
        np.testing.assert_array_equal(operator @ X, product)


def test_copies_are_the_operator_itself_and_pickles_are_refused():
    J = ad.linear_operator(chain, X)
    assert copy.copy(J) is J
    assert copy.deepcopy([J])[0] is J
    with pytest.raises(ArgumentError, match="pickle the function and the point"):
        pickle.dumps(J)


@pytest.mark.parametrize("op", ["jacobian", "gauss_newton", "hessian"])
def test_traced_values_are_refused(op):
    f = energy if op == "hessian" else chain
    operator = ad.linear_operator(f, X, op=op)
    with pytest.raises(ArgumentError, match="multiplied by a traced value"):
        ad.grad(lambda v: np.sum(operator @ v))(X)
    with pytest.raises(ArgumentError, match="inside another derivative"):  # by a closure
        ad.grad(lambda a: np.sum(ad.linear_operator(lambda x: a * f(x), X, op=op) @ X))(2.0)


def test_wrong_calls_are_refused():
    with pytest.raises(ArgumentError, match="gauss_newton"):
        ad.linear_operator(chain, X, op="newton")
    with pytest.raises(NonScalarOutputError):
        ad.linear_operator(chain, X, op="hessian")
    with pytest.raises(ArgumentError, match="inside another derivative"):
        ad.grad(lambda x: (ad.linear_operator(chain, x) @ X).sum())(X)
    with pytest.raises(AttributeError, match="gradient"):
        _ = ad.linear_operator(chain, X).gradient


def test_without_scipy_they_have_the_same_products():
    script = """
import sys
sys.modules["scipy"] = None
import numpy as np
import adkit as ad
from adkit.drivers.operators import Operator
x = np.array([1.0, 2.0, 3.0])
J = ad.linear_operator(lambda x: x[1:] * x[:-1], x)
assert type(J).__mro__[1] is Operator
dense = ad.jacobian(lambda x: x[1:] * x[:-1])(x)
assert np.array_equal(J.toarray(), dense) and np.array_equal(J.T.toarray(), dense.T)
assert np.array_equal(J @ x, dense @ x) and np.array_equal(x[:2] @ J, x[:2] @ dense)
assert np.array_equal(J.H.rmatvec(x), dense @ x)
try:
    J @ J
except TypeError:
    print("as expected")
"""
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert ran.stdout == "as expected\n"


def test_its_name():
    assert repr(ad.linear_operator(chain, X).T) == (
        "<4 x 4 linear operator of float64: transpose of the Jacobian of chain>"
    )
    assert issubclass(type(ad.linear_operator(chain, X).T), Operator)
