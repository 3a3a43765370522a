"""Smooth functions of eigenvalues and singular values, where these are repeated or zero.

Every function has derivatives in closed form, without a factorisation.
"""

import numpy as np
import pytest

import adkit as ad
from adkit.common.errors import NoDerivativeError

MODES = {"forward": ad.jacfwd, "reverse": ad.jacrev}
NESTINGS = [(outer, inner) for outer in MODES for inner in MODES]
RNG = np.random.default_rng(5)


def symmetric(values):
    q = np.linalg.qr(RNG.normal(size=(len(values), len(values)))).Q
    x = (q * values) @ q.T
    return (x + x.T) / 2


EYE = np.eye(3)
POINTS = {
    "the identity": EYE,
    "a pair": np.diag([1.0, 1.0, 2.0]),
    "a pair, rotated": symmetric([1.0, 1.0, 2.0]),
    "two pairs": symmetric([1.0, 1.0, 3.0, 3.0]),
    "equal up to rounding": np.diag([1.0, 1.0 + 2.0**-52, 2.0]),
    "a pair beside a near one": symmetric([1.0, 1.01, 1.01]),
    "distinct": symmetric([1.0, 2.0, 3.5]),
    "small": 1e-6 * symmetric([1.0, 1.0, 2.0]),
}
WITH_ZEROS = {**POINTS, "zeros": np.zeros((3, 3)), "two zeros": symmetric([0.0, 0.0, 1.0])}


def direction(n, m=None):
    return np.random.default_rng(n).normal(size=(n, m or n))


def close(found, expected, rtol=1e-9):
    """Compare arrays relative to their largest element; to 1e-12, if all are 0."""
    scale = np.abs(expected).max() or 1e-3
    np.testing.assert_allclose(found, expected, rtol=0, atol=rtol * scale)


def second(f, x, t, outer, inner):
    """Return by how much the gradient changes in a direction, by two nested modes."""
    gradient = ad.grad(f) if inner == "reverse" else ad.jacfwd(f)
    if outer == "forward":
        return ad.jvp(gradient, (x,), (t,))[1]
    return ad.vjp(gradient, x)[1](t)[0]


# ---------------------------------------------------------------- of the values alone

VALUES = {
    "eigvalsh": np.linalg.eigvalsh,
    "eigh": lambda a: np.linalg.eigh(a)[0],
    "eigvals": lambda a: np.linalg.eigvals((a + a.T) / 2),
    "eig": lambda a: np.linalg.eig((a + a.T) / 2)[0],
}


@pytest.mark.parametrize(("outer", "inner"), NESTINGS)
@pytest.mark.parametrize(
    ("point", "values"),
    [(point, "eigvalsh") for point in WITH_ZEROS]
    + [(point, values) for point in ("a pair, rotated", "zeros") for values in VALUES],
)
def test_the_sum_of_cubes_of_eigenvalues(point, values, outer, inner):
    """The trace of A^3 has gradient 3 A^2, which changes by 3 (A E + E A)."""
    a = WITH_ZEROS[point]
    t = direction(len(a))
    t = t + t.T

    def f(a):
        return (VALUES[values](a) ** 3).sum()

    close(MODES[inner](f)(a), 3 * a @ a)
    close(second(f, a, t, outer, inner), 3 * (a @ t + t @ a))


@pytest.mark.parametrize(("outer", "inner"), NESTINGS)
def test_the_trace_of_the_exponential(outer, inner):
    def f(a):
        return np.exp(np.linalg.eigvalsh(a)).sum()

    t = symmetric([1.0, 2.0, -3.0])
    close(second(f, EYE, t, outer, inner), np.e * t)


@pytest.mark.parametrize(("outer", "inner"), NESTINGS)
@pytest.mark.parametrize(
    ("shape", "diagonal", "values"),
    [(shape, d, "svd") for shape in ((3, 3), (4, 3)) for d in ((1, 1), (1, 0), (0, 0))]
    + [((2, 4), (1, 1), values) for values in ("svdvals", "svd with vectors")],
    ids=str,
)
def test_the_sum_of_squares_of_singular_values(shape, diagonal, values, outer, inner):
    """It is the sum of squares of the elements."""
    a = np.zeros(shape)
    a[(0, 1), (0, 1)] = diagonal
    function = {
        "svd": lambda a: np.linalg.svd(a, compute_uv=False),
        "svdvals": np.linalg.svdvals,
        "svd with vectors": lambda a: np.linalg.svd(a)[1],
    }[values]
    t = direction(*shape)
    close(second(lambda a: (function(a) ** 2).sum(), a, t, outer, inner), 2 * t)


@pytest.mark.parametrize(("outer", "inner"), NESTINGS)
def test_the_nuclear_norm(outer, inner):
    """At the identity its gradient, the orthogonal factor, changes by the skew part."""
    t = direction(3)

    def f(a):
        return np.linalg.norm(a, "nuc")

    close(second(f, EYE, t, outer, inner), (t - t.T) / 2)


@pytest.mark.parametrize(("outer", "inner"), NESTINGS)
@pytest.mark.parametrize("others", [(1.0, 1.0), (1.0, 0.0), (0.0, 0.0)], ids=str)
def test_the_spectral_norm_where_smaller_singular_values_are_equal_or_zero(others, outer, inner):
    """Its second derivative is (s (r + c) + 2 q r^.5 c^.5) / (s^2 - q^2), for each smaller q."""
    a = np.diag([3.0, *others])
    t = direction(3)
    expected = sum(
        (3 * (t[0, j] ** 2 + t[j, 0] ** 2) + 2 * q * t[0, j] * t[j, 0]) / (9 - q * q)
        for j, q in enumerate(others, 1)
    )
    found = second(lambda a: np.linalg.norm(a, 2), a, t, outer, inner)
    assert (found * t).sum() == pytest.approx(expected, rel=1e-9)


# ---------------------------------------------------------------- of values and vectors


def of_matrix(f):
    """Return a function of a matrix by one of its eigenvalues."""

    def function(a):
        w, v = np.linalg.eigh(a)
        return (v * f(w)) @ v.T

    return function


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("point", POINTS)
def test_the_inverse_by_eigenvectors(point, mode):
    a = POINTS[point]
    inverse = np.linalg.inv(a)
    t = direction(len(a))
    t = t + t.T
    found = np.tensordot(MODES[mode](of_matrix(lambda w: 1 / w))(a), t, 2)
    close(found, -inverse @ t @ inverse)


@pytest.mark.parametrize(("outer", "inner"), NESTINGS)
@pytest.mark.parametrize("point", ["the identity", "a pair, rotated", "two pairs", "distinct"])
def test_the_inverse_by_eigenvectors_twice(point, outer, inner):
    a = POINTS[point]
    inverse, c, t = np.linalg.inv(a), direction(len(a)), direction(len(a))
    c, t = c + c.T, t + t.T
    found = second(lambda a: (c * of_matrix(lambda w: 1 / w)(a)).sum(), a, t, outer, inner)
    half = inverse @ t @ inverse @ c @ inverse
    close(found, half + half.T, rtol=1e-8)


@pytest.mark.parametrize(("outer", "inner"), NESTINGS)
def test_the_square_root_by_eigenvectors(outer, inner):
    """With S = sqrt(A) = 2 I: dS = E / 4, and d<C, S> / dA changes by -(C E + E C) / 64."""
    root = of_matrix(np.sqrt)
    t = symmetric([1.0, 2.0, -1.0])
    c = symmetric([0.0, 1.0, 3.0])
    close(np.tensordot(MODES[inner](root)(4 * EYE), t, 2), t / 4)
    found = second(lambda a: (c * root(a)).sum(), 4 * EYE, t, outer, inner)
    close(found, -(c @ t + t @ c) / 64, rtol=1e-8)


@pytest.mark.parametrize("mode", MODES)
def test_the_orthogonal_factor_by_singular_vectors(mode):
    def orthogonal(a):
        u, _, vh = np.linalg.svd(a)
        return u @ vh

    t = direction(3)
    close(np.tensordot(MODES[mode](orthogonal)(EYE), t, 2), (t - t.T) / 2)


@pytest.mark.parametrize("mode", MODES)
def test_the_exponential_by_eigenvectors_of_any_matrix(mode):
    def exponential(a):
        w, v = np.linalg.eig(a)
        return (v * np.exp(w)) @ np.linalg.inv(v)

    t = direction(3)
    close(np.tensordot(MODES[mode](exponential)(EYE), t, 2), np.e * t)


# ---------------------------------------------------------------- dtypes, stacks, directions


@pytest.mark.parametrize("mode", MODES)
def test_complex_hermitian_matrices(mode):
    t = direction(3) + 1j * direction(3)
    t = t + t.conj().T

    def f(a):
        return np.exp(np.linalg.eigvalsh(a)).sum()

    if mode == "forward":
        change = ad.jvp(ad.grad(f), (EYE + 0j,), (t,))[1]
    else:
        change = ad.vjp(ad.grad(f), EYE + 0j)[1](t.conj())[0].conj()
    close(change, np.e * t.conj())


@pytest.mark.parametrize("diagonal", [(1, 1), (1, 0), (0, 0)], ids=str)
def test_singular_values_of_complex_matrices(diagonal):
    """The sum of squares is that of the moduli of the elements: a change of 2 conj(E)."""
    a = np.zeros((3, 2), complex)
    a[(0, 1), (0, 1)] = diagonal
    t = direction(3, 2) + 1j * direction(2, 3).T

    def f(a):
        return (np.linalg.svd(a)[1] ** 2).sum()

    close(ad.jvp(ad.grad(f), (a,), (t,))[1], 2 * t.conj())
    close(ad.vjp(ad.grad(f), a)[1](t.conj())[0], 2 * t)


@pytest.mark.parametrize(("outer", "inner"), NESTINGS)
def test_the_trace_as_a_sum_of_eigenvalues_is_linear(outer, inner):
    hessian = MODES[outer](MODES[inner](lambda a: 3 * np.linalg.eigvalsh(a).sum()))
    for a in (EYE[1:, 1:], np.diag([1.0, 1.0, 5.0])):
        np.testing.assert_allclose(hessian(a), np.zeros((*a.shape, *a.shape)), atol=1e-12)


def test_stacks_and_precision():
    stack = np.stack([EYE, np.diag([1.0, 2.0, 2.0]), np.diag([1.0, 2.0, 3.0])]).astype(np.float32)
    t = np.stack([symmetric([1.0, 2.0, -1.0])] * 3).astype(np.float32)
    (change,) = ad.hvp(lambda a: (np.linalg.eigvalsh(a) ** 2).sum(), (stack,), (t,))
    assert change.dtype == np.float32
    close(change, 2 * t, rtol=1e-4)


def test_what_stands_beside_is_that_of_the_point():
    def f(a):
        w, v = np.linalg.eigh(a)
        return ((v * np.sqrt(w)) @ v.T).sum(), w

    (value, w), gradient = ad.value_and_grad(f, has_aux=True)(EYE)
    assert (value, w.tolist()) == (3.0, [1.0, 1.0, 1.0])
    close(gradient, np.full((3, 3), 0.5))
    out, change, w = ad.jvp(f, (EYE,), (EYE,), has_aux=True)
    assert (out, w.tolist()) == (3.0, [1.0, 1.0, 1.0])
    assert change == pytest.approx(1.5)


def test_lanes_that_are_not_selected_do_not_matter():
    def f(a):
        w, v = np.linalg.eigh(a)
        return np.where(w > 5, v.sum(), w).sum()

    assert ad.grad(f)(EYE).tolist() == EYE.tolist()
    assert ad.jvp(f, (EYE,), (EYE,))[1] == 3


@pytest.mark.parametrize("driver", [ad.jacfwd, ad.jacrev])
def test_a_nan_that_comes_from_elsewhere_stays(driver):
    def f(a):
        w = np.linalg.eigh(a)[0]
        return np.sqrt(w - 1) * (w - 1)

    with np.errstate(all="ignore"):
        assert np.isnan(driver(f)(EYE)).any()


def test_a_node_by_hand_needs_values_only():
    node = ad.Node(EYE)
    np.linalg.eigh(node)[0].sum().backward()
    assert node.grad.data.tolist() == EYE.tolist()


# ---------------------------------------------------------------- what has no derivative

UNDEFINED = {
    "an eigenvector": lambda a: np.linalg.eigh(a)[1][0, 0],
    "the sum of eigenvectors": lambda a: np.linalg.eigh(a)[1].sum(),
    "a weighted projection": lambda a: (np.linalg.eigh(a)[1][0] ** 2 * np.arange(3)).sum(),
    "a left singular vector": lambda a: np.linalg.svd(a)[0][0, 0],
    "a right singular vector": lambda a: np.linalg.svd(a)[2][0, 0],
    "an eigenvector of any matrix": lambda a: np.linalg.eig(a)[1][0, 0] ** 2,
}


@pytest.mark.parametrize("driver", [ad.jacfwd, ad.jacrev, ad.hessian])
@pytest.mark.parametrize("name", UNDEFINED)
def test_what_depends_on_a_basis_is_refused(name, driver):
    with pytest.raises(NoDerivativeError, match="vectors of repeated"):
        driver(UNDEFINED[name])(EYE)


TWICE = {
    "the smallest eigenvalue": (lambda a: np.linalg.eigvalsh(a)[0], EYE),
    "a weighted sum": (lambda a: (np.linalg.eigvalsh(a) * np.arange(3)).sum(), EYE),
    "the spectral norm": (lambda a: np.linalg.norm(a, 2), EYE),
    "the nuclear norm at rank 2": (lambda a: np.linalg.norm(a, "nuc"), np.diag([2.0, 1.0, 0.0])),
    "the nuclear norm at 0": (lambda a: np.linalg.norm(a, "nuc"), 0 * EYE),
    "the nuclear norm at rank 1": (lambda a: np.linalg.norm(a, "nuc"), np.diag([1.0, 0.0, 0.0])),
    "the sum of sizes of eigenvalues": (lambda a: np.abs(np.linalg.eigvalsh(a)).sum(), 0 * EYE),
}


@pytest.mark.parametrize(("outer", "inner"), NESTINGS)
@pytest.mark.parametrize("name", TWICE)
def test_what_has_no_second_derivative_is_refused(name, outer, inner):
    f, a = TWICE[name]
    with pytest.raises(NoDerivativeError, match="vectors of repeated"):
        second(f, a, direction(3), outer, inner)


@pytest.mark.parametrize("mode", MODES)
def test_a_function_with_a_kink_at_the_repeated_eigenvalue_is_refused(mode):
    with pytest.raises(NoDerivativeError):
        MODES[mode](of_matrix(np.abs))(np.zeros((2, 2)))


@pytest.mark.parametrize("mode", MODES)
def test_a_kink_beside_it_does_not_matter(mode):
    """With |w - 0.99| around w = 1 the function is A - 0.99 I, though only nearby."""
    t = symmetric([1.0, 2.0, -1.0])
    found = np.tensordot(MODES[mode](of_matrix(lambda w: np.abs(w - 0.99)))(EYE), t, 2)
    close(found, t)
