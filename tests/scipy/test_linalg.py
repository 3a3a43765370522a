"""adkit.scipy.linalg: SciPy's values, derivatives known otherwise, and what is refused."""

import numpy as np
import pytest
import scipy.linalg

import adkit as ad
from adkit.common.errors import DetachError, MissingRuleError
from adkit.scipy import linalg

A = np.array([[4.0, 1.0, 0.5], [1.0, 3.0, -0.5], [0.5, -0.5, 2.0]])
B = np.array([1.0, -2.0, 0.5])


@pytest.mark.parametrize("kind", [None, "gen", "sym", "her", "pos"])
@pytest.mark.parametrize("lower", [False, True])
def test_solutions_have_one_derivative_whatever_is_assumed(kind, lower):
    """The derivative of the triangle that is read counts for both."""
    value, pull = ad.vjp(lambda a, b: linalg.solve(a, b, lower=lower, assume_a=kind), A, B)
    np.testing.assert_array_equal(value, scipy.linalg.solve(A, B, lower=lower, assume_a=kind))
    of_a, of_b = pull(np.ones(3))
    adjoint = np.linalg.solve(A.T, np.ones(3))
    expected = -np.outer(adjoint, value)
    if kind not in (None, "gen"):
        both = expected + expected.T - np.diag(np.diag(expected))
        expected = np.tril(both) if lower else np.triu(both)
    np.testing.assert_allclose(of_a, expected, rtol=1e-13)
    np.testing.assert_allclose(of_b, adjoint, rtol=1e-13)


def test_factors_solve_as_the_matrix_does():
    def by(factor, solver):
        return ad.jacobian(lambda a: solver(factor(a), B))(A)

    direct = ad.jacobian(lambda a: linalg.solve(a, B, assume_a="pos"))(A)
    np.testing.assert_allclose(by(linalg.cho_factor, linalg.cho_solve), direct, atol=1e-15)
    direct = ad.jacobian(lambda a: linalg.solve(a, B))(A)
    np.testing.assert_allclose(by(linalg.lu_factor, linalg.lu_solve), direct, atol=1e-15)


def test_rows_are_exchanged():
    a = np.array([[0.0, 2.0], [4.0, 1.0]])
    _, pivots = linalg.lu_factor(a)
    np.testing.assert_array_equal(pivots, [1, 1])
    gradient = ad.grad(lambda a: linalg.lu_factor(a)[0][1, 1])(a)  # a01 - a00 a11 / a10
    np.testing.assert_array_equal(gradient, [[-0.25, 1], [0, 0]])
    with pytest.raises(MissingRuleError, match="factorise a square one"):
        ad.grad(lambda a: linalg.lu_factor(a)[0].sum())(np.ones((2, 3)) + np.eye(2, 3))


def test_the_arguments_are_not_overwritten():
    a, b = np.asfortranarray(A), B.copy()
    ad.vjp(lambda a, b: linalg.solve(a, b, overwrite_a=True, overwrite_b=True), a, b)
    np.testing.assert_array_equal(a, A)
    np.testing.assert_array_equal(b, B)


def test_functions_of_diagonal_matrices_are_those_of_their_elements():
    diagonal = np.array([0.5, 1.0, 2.0])
    for function, slope in (
        (linalg.expm, np.exp),
        (linalg.logm, lambda x: 1 / x),
        (linalg.sqrtm, lambda x: 0.5 / np.sqrt(x)),
    ):
        found = ad.jacobian(lambda x, f=function: np.diagonal(f(np.diag(x))))(diagonal)
        np.testing.assert_allclose(found, np.diag(slope(diagonal)), atol=1e-14)


def test_the_exponential_of_a_defective_matrix_has_its_second_derivative():
    nilpotent = np.array([[0.0, 1.0], [0.0, 0.0]])

    def trace(t):
        return np.trace(linalg.expm(nilpotent + t * nilpotent.T))  # 2 cosh(sqrt(t))

    assert ad.derivative(trace)(0.0) == pytest.approx(1)
    assert ad.derivative(ad.derivative(trace))(0.0) == pytest.approx(1 / 6)


def test_structured_matrices_collect_what_is_repeated():
    gradient = ad.grad(lambda c, r: linalg.toeplitz(c, r).sum(), argnums=(0, 1))
    column, row = gradient(np.ones(3), np.ones(2))
    np.testing.assert_array_equal(column, [2, 2, 1])
    np.testing.assert_array_equal(row, [0, 1])
    blocks = ad.jacobian(lambda x: linalg.block_diag(x, [[1.0]], 2 * x))(np.ones(2))
    assert blocks.shape == (3, 5, 2)
    assert blocks.sum() == 6


def _each_by_itself(function, stacked, direction):
    """Compare a derivative of a stack with those of its members, in both modes."""
    value, tangent = ad.jvp(function, (stacked,), (direction,))
    apart = [ad.jvp(function, (x,), (t,)) for x, t in zip(stacked, direction, strict=True)]
    np.testing.assert_array_equal(value, [v for v, _ in apart])
    np.testing.assert_allclose(tangent, [t for _, t in apart], rtol=1e-13, atol=1e-15)
    _, pull = ad.vjp(function, stacked)
    cotangent = np.arange(1.0, 1 + value.size).reshape(value.shape)
    pulled = [ad.vjp(function, x)[1](c)[0] for x, c in zip(stacked, cotangent, strict=True)]
    np.testing.assert_allclose(pull(cotangent)[0], pulled, rtol=1e-13, atol=1e-13)


def _by_lu(a):
    return linalg.lu_solve(linalg.lu_factor(a), B[:, None], trans=1)


@pytest.mark.parametrize("function", [lambda a: linalg.lu_factor(a)[0], _by_lu])
def test_each_matrix_of_a_stack_has_its_own_exchange_of_rows(function):
    stacked = np.stack([A, A[[2, 0, 1]], A[[1, 2, 0]]])
    _each_by_itself(function, stacked, np.cos(np.arange(27.0)).reshape(3, 3, 3))


def test_block_diagonals_of_stacks():
    direction = np.sin(np.arange(12.0)).reshape(2, 2, 3)
    _each_by_itself(lambda x: linalg.block_diag(x, [[1.0]], x * x), direction + 2, direction)


def test_constant_diagonals_of_stacks():
    def call(c):
        return linalg.toeplitz(c, c[..., :1] * c)

    c, t = np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]), np.array([[1.0, 0, 2], [3.0, 1, 0]])
    if scipy.linalg.toeplitz(c).ndim == 3:
        _each_by_itself(call, c, t)
    else:  # SciPy before 1.17 takes one vector for all
        flat = ad.jvp(lambda c: linalg.toeplitz(c.ravel()), (c,), (t,))
        np.testing.assert_array_equal(ad.jvp(linalg.toeplitz, (c,), (t,))[1], flat[1])


@pytest.mark.parametrize("name", linalg.__all__)
def test_scipys_own_functions_name_the_remedy(name):
    function = getattr(scipy.linalg, name)

    def call(a):
        if name in ("cho_solve", "lu_solve"):
            return function((a, 0), B)
        return function(a[0] if name == "toeplitz" else a, *([B] if "solve" in name else []))

    with pytest.raises(DetachError, match=rf"write adkit\.scipy\.linalg\.{name}, which takes"):
        ad.jvp(call, (A,), (A,))


def test_functions_that_adkit_lacks_are_refused_without_a_wrong_remedy():
    with pytest.raises(DetachError) as caught:
        ad.jvp(scipy.linalg.schur, (A,), (A,))
    assert "adkit.scipy.linalg" not in str(caught.value)


@pytest.mark.parametrize("function", [linalg.sqrtm, linalg.logm])
def test_negative_eigenvalues_of_real_matrices_stay_on_their_branch(function):
    """In both modes, to second order: the values are complex, the changes of the matrix real."""
    rng = np.random.default_rng(1)
    a = rng.normal(size=(3, 3)) + np.diag([-3.0, 2.0, 5.0])
    t = rng.normal(size=(3, 3))
    weights = rng.normal(size=(3, 3)) + 1j * rng.normal(size=(3, 3))
    assert np.isrealobj(a)
    assert np.iscomplexobj(function(a))

    def weighted(a):
        return np.sum(np.real(weights * function(a)))

    gradient = ad.grad(weighted)
    step = 1e-4
    slope = (weighted(a + step * t) - weighted(a - step * t)) / (2 * step)
    bend = (gradient(a + step * t) - gradient(a - step * t)) / (2 * step)
    assert ad.jvp(weighted, (a,), (t,))[1] == pytest.approx(slope, rel=1e-6)
    assert np.sum(gradient(a) * t) == pytest.approx(slope, rel=1e-6)
    for found in (
        ad.hvp(weighted, (a,), (t,))[0],
        ad.grad(lambda a: np.sum(gradient(a) * t))(a),
        ad.grad(lambda a: ad.jvp(weighted, (a,), (t,))[1])(a),
    ):
        np.testing.assert_allclose(found, bend, rtol=1e-5, atol=1e-6)


def test_second_derivatives_of_large_exponentials_keep_their_digits():
    rng = np.random.default_rng(3)
    a, t = 2 * rng.normal(size=(3, 3)) + np.diag([10.0, 15.0, 20.0]), rng.normal(size=(3, 3))

    def squares(a):
        return np.sum(linalg.expm(a) ** 2)

    gradient = ad.grad(squares)
    expected = ad.hvp(squares, (a,), (t,))[0]
    scale = np.max(np.abs(expected))
    found = ad.grad(lambda a: np.sum(gradient(a) * t))(a)
    np.testing.assert_allclose(found / scale, expected / scale, atol=1e-11)


def test_functions_that_numpy_has_are_named():
    for name in ("det", "inv", "norm"):
        with pytest.raises(DetachError, match=rf"write numpy\.linalg\.{name}\b"):
            ad.grad(lambda a, name=name: np.sum(getattr(scipy.linalg, name)(a)))(A)
