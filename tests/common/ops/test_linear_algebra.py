"""Linear algebra: derivatives worked out by hand, and edges."""

import numpy as np
import pytest

import adkit as ad
from adkit.common.errors import MissingRuleError, NoDerivativeError

T = np.array([[1.0, 2.0], [3.0, 4.0]])


def both(f, x):
    """Return the Jacobian by both modes, checked to be equal up to rounding."""
    forward, reverse = ad.jacfwd(f)(x), ad.jacrev(f)(x)
    np.testing.assert_allclose(forward, reverse, rtol=1e-12, atol=1e-14)
    return forward


def along(f, x, t):
    """Return the derivative in a direction, by both modes."""
    return np.tensordot(both(f, x), t, x.ndim)


# ---------------------------------------------------------------- QR


def test_qr_of_the_identity():
    """Q changes by the rotation that takes up the part below the diagonal, R by the rest."""
    q, r = ad.jvp(np.linalg.qr, (np.eye(2),), (T,))[1]
    assert np.linalg.qr(np.eye(2)).R.tolist() == np.eye(2).tolist()
    assert q.tolist() == [[0, -3], [3, 0]]
    assert r.tolist() == [[1, 5], [0, 4]]


def test_qr_of_a_wide_matrix():
    """Of columns that come later, R takes what Q leaves."""
    wide = np.array([[1.0, 0.0, 5.0], [0.0, 1.0, 7.0]])
    t = np.array([[0.0, 0.0, 1.0], [2.0, 0.0, 0.0]])
    assert along(lambda a: np.linalg.qr(a).R, wide, t).tolist() == [[0, 2, 15], [0, 0, -10]]


def test_modes_of_qr():
    tall = np.eye(3, 2)
    t = np.arange(6.0).reshape(3, 2)
    reduced = along(lambda a: np.linalg.qr(a).R, tall, t)
    assert along(lambda a: np.linalg.qr(a, "r"), tall, t).tolist() == reduced.tolist()
    complete = along(lambda a: np.linalg.qr(a, "complete").R, tall, t)
    assert complete.tolist() == [*reduced.tolist(), [0, 0]]
    first = along(lambda a: np.linalg.qr(a, "complete").Q[:, :2], tall, t)
    assert first.tolist() == along(lambda a: np.linalg.qr(a).Q, tall, t).tolist()


@pytest.mark.parametrize("driver", [ad.jacfwd, ad.jacrev])
def test_what_qr_refuses(driver):
    with pytest.raises(NoDerivativeError, match="mode='complete' adds"):
        driver(lambda a: np.linalg.qr(a, "complete").Q)(np.eye(3, 2))
    with pytest.raises(NoDerivativeError, match="dependent"):
        driver(lambda a: np.linalg.qr(a).Q)(np.ones((3, 2)))
    with pytest.raises(MissingRuleError, match="reflectors"):
        driver(lambda a: np.linalg.qr(a, "raw")[0])(np.eye(2))


# ---------------------------------------------------------------- least squares


def test_the_pseudo_inverse_of_a_column():
    """Of (2, 0) it is (1/2, 0): d = (-x/4, y/4)."""
    column = np.array([[2.0], [0.0]])
    assert along(np.linalg.pinv, column, np.array([[1.0], [1.0]])).tolist() == [[-0.25, 0.25]]
    row = along(np.linalg.pinv, column.T, np.array([[1.0, 1.0]]))
    assert row.tolist() == [[-0.25], [0.25]]


@pytest.mark.parametrize("driver", [ad.jacfwd, ad.jacrev])
def test_a_change_of_rank_is_refused(driver):
    singular = np.array([[1.0, 2.0], [2.0, 4.0]])
    for f in (
        np.linalg.pinv,
        lambda a: np.linalg.pinv(a, hermitian=True),
        lambda a: np.linalg.lstsq(a, np.ones(2))[0],
    ):
        with pytest.raises(NoDerivativeError, match="full rank"):
            driver(f)(singular)
    with pytest.raises(NoDerivativeError, match="full rank"):  # by the option, not the matrix
        driver(lambda a: np.linalg.pinv(a, rcond=0.6))(np.diag([2.0, 1.0]))


def test_a_line_through_three_points():
    """The mean of b: each element has weight 1/3; the rest is b minus the mean."""
    ones, b = np.ones((3, 1)), np.array([1.0, 2.0, 6.0])
    np.testing.assert_allclose(
        both(lambda b: np.linalg.lstsq(ones, b)[0], b), np.full((1, 3), 1 / 3)
    )
    rest = both(lambda b: np.linalg.lstsq(ones, b)[1], b)
    np.testing.assert_allclose(rest, [[-4.0, -2.0, 6.0]])
    # x = (a.b) / (a.a), so dx/da = (b - 2 x a) / (a.a)
    by_a = both(lambda a: np.linalg.lstsq(a, b)[0], ones)
    np.testing.assert_allclose(by_a[0, :, 0], (b - 6) / 3, atol=1e-15)
    assert np.linalg.lstsq(ones, b)[2] == 1


def test_least_squares_of_a_singular_matrix_by_its_right_hand_side():
    singular = np.array([[1.0, 1.0], [1.0, 1.0]])
    jacobian = both(lambda b: np.linalg.lstsq(singular, b)[0], np.ones(2))
    np.testing.assert_allclose(jacobian, np.full((2, 2), 0.25))


def test_there_are_no_residuals_where_singular_values_are_left_out():
    tall, b = np.eye(3, 2) * [3.0, 1.0], np.array([6.0, 1.0, 2.0])
    assert both(lambda b: np.linalg.lstsq(tall, b, rcond=0.1)[1], b).tolist() == [[0, 0, 4]]
    assert both(lambda b: np.linalg.lstsq(tall, b, rcond=0.5)[1], b).shape == (0, 3)
    solution = both(lambda b: np.linalg.lstsq(tall, b, rcond=0.5)[0], b)
    np.testing.assert_allclose(solution, [[1 / 3, 0, 0], [0, 0, 0]], atol=1e-15)


# ---------------------------------------------------------------- eigenvalues


def test_eigenvalues_of_a_triangular_matrix():
    """With left and right eigenvectors (1, -1), (0, 1) and (1, 0), (1, 1)."""
    a = np.array([[1.0, 1.0], [0.0, 2.0]])
    jacobian = both(np.linalg.eigvals, a)
    np.testing.assert_allclose(jacobian, [[[1, 0], [-1, 0]], [[0, 0], [1, 1]]], atol=1e-15)


def test_eigenvalues_of_a_rotation_are_complex():
    """Of [[0, -1], [1, 0]] they are i and -i; in direction I both change by 1."""
    rotation = np.array([[0.0, -1.0], [1.0, 0.0]])
    values, change = ad.jvp(np.linalg.eigvals, (rotation,), (np.eye(2),))
    assert sorted(values.imag) == [-1, 1]
    np.testing.assert_allclose(change, [1, 1])
    gradient = ad.grad(lambda a: (np.abs(np.linalg.eigvals(a)) ** 2).sum())(rotation)
    assert gradient.dtype == np.float64  # twice the gradient of the determinant
    np.testing.assert_allclose(gradient, [[0, -2], [2, 0]], atol=1e-15)


def test_eigenvectors_keep_their_length():
    a = np.array([[1.0, 2.0], [0.5, 3.0]])
    _, change = ad.jvp(lambda a: (np.linalg.eig(a)[1] ** 2).sum(0), (a,), (T,))
    np.testing.assert_allclose(change, [0, 0], atol=1e-15)


@pytest.mark.parametrize("driver", [ad.jacfwd, ad.jacrev])
def test_defective_matrices_are_refused(driver):
    with pytest.raises(NoDerivativeError, match="defective"):
        driver(np.linalg.eigvals)(np.array([[1.0, 1.0], [0.0, 1.0]]))


# ---------------------------------------------------------------- condition numbers, tensors, rank


def test_condition_numbers():
    a = np.diag([4.0, 2.0])
    assert both(np.linalg.cond, a).tolist() == [[0.5, 0], [0, -1]]
    assert both(lambda a: np.linalg.cond(a, -2), a).tolist() == [[-0.125, 0], [0, 0.25]]
    assert both(lambda a: np.linalg.cond(a, 1), a).tolist() == [[0.5, 0], [0, -1]]


def test_systems_of_tensors():
    a = 2 * np.eye(4).reshape(2, 2, 2, 2)
    jacobian = both(lambda b: np.linalg.tensorsolve(a, b), np.ones((2, 2)))
    assert jacobian.tolist() == (np.eye(4).reshape(2, 2, 2, 2) / 2).tolist()
    t = np.arange(16.0).reshape(2, 2, 2, 2)
    np.testing.assert_allclose(along(np.linalg.tensorinv, a, t), -t / 4)


def test_the_rank_is_constant():
    gradient = ad.grad(lambda a: np.linalg.matrix_rank(a) * a.sum())(np.eye(2))
    assert gradient.tolist() == [[2, 2], [2, 2]]


EMPTY = {
    "eigvalsh": (np.linalg.eigvalsh, (0, 0)),
    "eigh": (lambda a: np.linalg.eigh(a)[1], (0, 0)),
    "eig": (lambda a: np.linalg.eig(a)[1], (0, 0)),
    "eigvals of no matrices": (np.linalg.eigvals, (0, 2, 2)),
    "svd": (lambda a: np.linalg.svd(a, full_matrices=False)[0], (3, 0)),
    "pinv": (np.linalg.pinv, (2, 0, 3)),
    "qr": (lambda a: np.linalg.qr(a).R, (0, 3)),
}


@pytest.mark.parametrize("name", EMPTY)
def test_matrices_of_no_elements(name):
    f, shape = EMPTY[name]
    assert both(f, np.zeros(shape)).shape == f(np.zeros(shape)).shape + shape


@pytest.mark.parametrize("dtype", [np.float16, np.longdouble])
def test_what_numpy_refuses_is_refused(dtype):
    for f in (np.linalg.eigvalsh, np.linalg.pinv, np.linalg.eigvals, lambda a: np.linalg.qr(a)[1]):
        with pytest.raises(TypeError, match="unsupported in linalg"):
            ad.grad(lambda a, f=f: f(a).sum())(np.eye(2, dtype=dtype))


# ---------------------------------------------------------------- products


def test_convolution_and_correlation():
    a, v = np.array([1.0, 2.0, 3.0]), np.array([10.0, 20.0])
    full = both(lambda a: np.convolve(a, v), a)
    assert full.tolist() == [[10, 0, 0], [20, 10, 0], [0, 20, 10], [0, 0, 20]]
    assert both(lambda a: np.convolve(a, v, "valid"), a).tolist() == full[1:3].tolist()
    assert both(lambda a: np.convolve(a, v, "same"), a).tolist() == full[:3].tolist()
    assert both(lambda v: np.correlate(a, v), v).tolist() == [[1, 2], [2, 3]]
    assert both(lambda v: np.correlate(v, a, "same"), v).tolist() == [[2, 3], [1, 2], [0, 1]]


def test_the_path_of_a_sum_is_that_of_numpy():
    def f(x):
        path, _ = np.einsum_path("ij,jk,kl->il", x, T, T)
        return np.einsum("ij,jk,kl->il", x, T, T, optimize=path)

    np.testing.assert_allclose(along(f, np.eye(2), T), T @ T @ T)


# ---------------------------------------------------------------- lists, and singular matrices

LIST = [[1.0, 2.0], [3.0, 4.0]]
INVERSE = [[-2.0, 1.0], [1.5, -0.5]]


@pytest.mark.parametrize(
    ("f", "expected"),
    [
        (lambda b: np.linalg.lstsq(LIST, b)[0], INVERSE),
        (lambda b: np.linalg.tensorsolve(LIST, b), INVERSE),
        (lambda b: np.linalg.solve(LIST, b), INVERSE),
        (lambda b: np.linalg.multi_dot([LIST, b]), LIST),
        (lambda b: np.linalg.lstsq(np.diag(b), [2.0, 8.0])[0], [[-2, 0], [0, -0.5]]),
        (lambda b: np.linalg.tensorsolve(np.diag(b), [2.0, 8.0]), [[-2, 0], [0, -0.5]]),
    ],
)
def test_an_operand_may_be_a_list(f, expected):
    np.testing.assert_allclose(both(f, np.array([1.0, 4.0])), expected, rtol=1e-13, atol=1e-14)


@pytest.mark.parametrize(
    ("p", "expected"), [(1, 1.0), (np.inf, 1.0), (-1, -0.25), (-np.inf, -0.25), ("fro", 0.75)]
)
@pytest.mark.parametrize("mode", [ad.jacfwd, ad.jacrev])
def test_the_condition_number_of_a_singular_matrix_is_infinite(mode, p, expected):
    """Of diag(x, 1), beside it, it is x, 1 / x and x + 1 / x by these norms."""

    def f(x):
        return np.linalg.cond(np.stack([x * np.ones((2, 2)), np.diag(np.stack([x, x / x]))]), p)

    with np.errstate(divide="ignore", invalid="ignore"):
        assert f(np.float64(2.0))[0] == np.inf
        assert not np.isfinite(mode(f)(2.0)[0])
        assert mode(f)(2.0)[1] == pytest.approx(expected, rel=1e-14)


@pytest.mark.parametrize("p", [1, -1, np.inf, "fro"])
@pytest.mark.parametrize("mode", [ad.jacfwd, ad.jacrev])
def test_a_singular_matrix_is_a_pole_by_each_of_its_elements(mode, p):
    with np.errstate(divide="ignore"):
        jacobian = mode(lambda a: np.linalg.cond(a, p))(np.array([[1.0, 2.0], [2.0, 4.0]]))
    assert jacobian.tolist() == [[np.inf, np.inf], [np.inf, np.inf]]


@pytest.mark.parametrize("jacobian", [ad.jacfwd, ad.jacrev])
def test_an_infinite_element_is_the_norm(jacobian):
    np.testing.assert_array_equal(jacobian(np.linalg.norm)(np.array([-np.inf, 2.0])), [-1, 0])
    several = jacobian(np.linalg.norm)(np.array([np.inf, np.inf, 2.0]))
    assert np.isnan(several[:2]).all()  # there is no limit


# ---------------------------------------------------------------- Cholesky


@pytest.mark.parametrize("size", [64, 65, 66, 131])
@pytest.mark.parametrize("upper", [False, True])
def test_large_factors_are_pulled_back_by_halves(size, upper):
    """Push and pull, which share no formula there, are each other's transposes."""
    rng = np.random.default_rng(size)
    shape = (2, size, size)
    x, t, ct = rng.standard_normal((3, *shape)) + 1j * rng.standard_normal((3, *shape))
    a = x @ np.conj(np.swapaxes(x, -1, -2)) + size * np.eye(size)

    def f(a):
        return np.linalg.cholesky(a, upper=upper)

    pushed = ad.jvp(f, (a,), (t,))[1]
    (pulled,) = ad.vjp(f, a)[1](ct)
    assert np.isclose(np.sum(ct * pushed).real, np.sum(pulled * t).real, rtol=1e-12)
    assert np.array_equal(pulled, np.conj(np.swapaxes(pulled, -1, -2)))


def test_a_system_is_solved_once_for_both_operands(monkeypatch):
    """Of x = b/a, dx = (db - da x)/a: one solution for the value, one for each sweep."""
    a, b = np.array([[4.0]]), np.array([8.0])
    solved = []
    solve = np.linalg.solve

    def counted(a, b):
        solved.append(np.shape(b))
        return solve(a, b)

    monkeypatch.setattr(np.linalg, "solve", counted)
    _, pullback = ad.vjp(solve, a, b)
    assert [ct.tolist() for ct in pullback(np.ones(1))] == [[[-0.5]], [0.25]]
    assert len(solved) == 1
    _, t = ad.jvp(solve, (a, b), (np.ones((1, 1)), np.full(1, 10.0)))
    assert t.tolist() == [2.0]
    assert len(solved) == 2
