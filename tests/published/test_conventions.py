"""What adkit answers where the mathematics leaves a choice, and where rounding would hide it.

The numbers are worked out by hand. Every one is asked of both modes.
"""

import numpy as np
import pytest

import adkit as ad
from adkit.common.errors import AdkitError, InputTypeError, NoDerivativeError, SeedError

INF = np.inf


def derivatives(f, x):
    """Return the Jacobian of a function of one argument by both modes, checked to be equal."""
    forward, reverse = ad.jacfwd(f)(x), ad.jacrev(f)(x)
    np.testing.assert_array_equal(forward, reverse)
    return forward


def curvatures(f, x):
    """Return the second derivative of a function of a scalar by all four nestings."""
    modes = (ad.jacfwd, ad.jacrev)
    found = [outer(inner(f))(x) for outer in modes for inner in modes]
    for other in found[1:]:
        np.testing.assert_allclose(other, found[0], rtol=1e-12)
    return found[0]


# ---------------------------------------------------------------- kinks

KINKS = {
    "abs'(0) = 0": (np.abs, 0.0, 0),
    "abs'(-0) = 0": (np.abs, -0.0, 0),
    "fabs'(0) = 0": (np.fabs, 0.0, 0),
    "sign'(0) = 0": (np.sign, 0.0, 0),
    "sign' = 0": (np.sign, 2.0, 0),
    "floor' = 0": (np.floor, 2.0, 0),
    "maximum shares a tie": (lambda x: np.maximum(x, 1), 1.0, 0.5),
    "maximum, second operand": (lambda x: np.maximum(1, x), 1.0, 0.5),
    "maximum of one twice": (lambda x: np.maximum(x, x), 1.0, 1),
    "minimum shares a tie": (lambda x: np.minimum(x, 1), 1.0, 0.5),
    "fmax shares a tie": (lambda x: np.fmax(x, 1), 1.0, 0.5),
    "fmin shares a tie": (lambda x: np.fmin(x, 1), 1.0, 0.5),
    "relu'(0) = 1/2": (lambda x: np.maximum(x, 0), 0.0, 0.5),
    "clip at the upper bound": (lambda x: np.clip(x, 0, 1), 1.0, 0.5),
    "clip at the lower bound": (lambda x: np.clip(x, 0, 1), 0.0, 0.5),
    "clip inside": (lambda x: np.clip(x, 0, 1), 0.5, 1),
    "clip outside": (lambda x: np.clip(x, 0, 1), 2.0, 0),
    "heaviside' = 0": (lambda x: np.heaviside(x, 0.5), 0.0, 0),
    "x - floor(x) at an integer": (lambda x: x % 1, 2.0, 1),
    "hypot(0, 0)": (lambda x: np.hypot(x, 0 * x), 0.0, 0),
}


@pytest.mark.parametrize(("f", "x", "expected"), KINKS.values(), ids=KINKS)
def test_kinks_of_scalar_functions(f, x, expected):
    assert derivatives(f, x) == expected


VECTOR_KINKS = {
    "max shares a tie of two": (np.max, [1.0, 3.0, 3.0], [0, 0.5, 0.5]),
    "max shares a tie of four": (np.max, [2.0] * 4, [0.25] * 4),
    "min shares a tie": (np.min, [1.0, 1.0, 3.0], [0.5, 0.5, 0]),
    "max with initial": (lambda x: np.max(x, initial=3.0), [1.0, 3.0], [0, 0.5]),
    "norm'(0) = 0": (np.linalg.norm, [0.0, 0.0], [0, 0]),
    "std'(0) = 0": (np.std, [2.0, 2.0], [0, 0]),
    "ptp of equal elements": (np.ptp, [2.0, 2.0], [0, 0]),
}


@pytest.mark.parametrize(("f", "x", "expected"), VECTOR_KINKS.values(), ids=VECTOR_KINKS)
def test_kinks_of_vector_functions(f, x, expected):
    assert derivatives(f, np.array(x)).tolist() == expected


def test_the_square_root_is_infinitely_steep_at_zero_and_says_so():
    for transform in (ad.grad, ad.derivative):
        with pytest.warns(RuntimeWarning, match="divide by zero"):
            assert transform(np.sqrt)(0.0) == INF


# ---------------------------------------------------------------- powers

POWERS = {
    "x**0 is constant": (lambda x: x**0, 0.0, 0),
    "x**0 is constant elsewhere": (lambda x: x**0, 2.0, 0),
    "x**0.0 is constant": (lambda x: x**0.0, 0.0, 0),
    "x**1 at 0": (lambda x: x**1, 0.0, 1),
    "x**2 at 0": (lambda x: x**2, 0.0, 0),
    "a negative base": (lambda x: x**3, -2.0, 12),
    "a negative base, negative power": (lambda x: x**-1, -2.0, -0.25),
    "a negative base, whole float": (lambda x: x**2.0, -3.0, -6),
    "2**y": (lambda y: 2**y, 0.0, np.log(2.0)),
    "0**y for y > 0": (lambda y: 0**y, 2.0, 0),
    "x**x": (lambda x: x**x, 1.0, 1),
}


@pytest.mark.parametrize(("f", "x", "expected"), POWERS.values(), ids=POWERS)
def test_powers(f, x, expected):
    assert derivatives(f, x) == expected


def test_exponents_that_are_arrays_hide_no_zero():
    exponents = np.array([0, 1, 2, 3])
    x = np.zeros(4)
    assert np.diag(derivatives(lambda x: x**exponents, x)).tolist() == [0, 1, 0, 0]


def test_second_derivatives_of_powers():
    assert curvatures(lambda x: x**2, 0.0) == 2
    assert curvatures(lambda x: x**1, 0.0) == 0
    assert curvatures(lambda x: x**3, -1.0) == -6


def test_the_mixed_derivative_of_a_power_at_exponent_zero():
    """d2 x**y / dx dy = x**(y-1) (1 + y log x), which is 1/x at y = 0."""
    for inner in (ad.jacfwd, ad.jacrev):
        for outer in (ad.jacfwd, ad.jacrev):
            assert outer(lambda y, d=inner: d(lambda x: x**y)(4.0))(0.0) == 0.25
            assert outer(lambda x, d=inner: d(lambda y: x**y)(0.0))(4.0) == 0.25


# ---------------------------------------------------------------- zeros are structural


@pytest.mark.parametrize("mode", [ad.jacfwd, ad.jacrev])
def test_the_branch_that_where_did_not_take(mode):
    """sqrt is infinitely steep at 0 and nan below: neither reaches the result."""
    x = np.array([-1.0, 0.0, 4.0])
    with np.errstate(all="ignore"):
        assert mode(lambda x: np.where(x > 0, np.sqrt(x), 0.0).sum())(x).tolist() == [0, 0, 0.25]
        assert mode(lambda x: np.where(x > 0, np.log(x), x).sum())(x).tolist() == [1, 1, 0.25]


@pytest.mark.parametrize("outer", [ad.jacfwd, ad.jacrev])
@pytest.mark.parametrize("inner", [ad.jacfwd, ad.jacrev])
def test_the_branch_that_where_did_not_take_at_second_order(outer, inner):
    x = np.array([0.0, 4.0])
    with np.errstate(all="ignore"):
        hessian = outer(inner(lambda x: np.where(x > 0, np.sqrt(x), 0.0).sum()))(x)
    assert hessian.tolist() == [[0, 0], [0, -1 / 32]]


@pytest.mark.parametrize("mode", [ad.jacfwd, ad.jacrev])
def test_the_element_that_an_index_did_not_select(mode):
    x = np.array([0.0, 2.0])
    with np.errstate(all="ignore"):
        assert mode(lambda x: np.log(x)[1])(x).tolist() == [0, 0.5]
        assert mode(lambda x: np.sqrt(x)[1:].sum())(x).tolist() == [0, 0.5 / np.sqrt(2.0)]


def test_a_zero_that_is_a_value_stops_nothing():
    """c sin(x) at c = 0 has the mixed derivative cos(x)."""
    for inner in (ad.jacfwd, ad.jacrev):
        for outer in (ad.jacfwd, ad.jacrev):
            assert outer(lambda c, d=inner: d(lambda x: c * np.sin(x))(0.0))(0.0) == 1
    assert curvatures(lambda x: x * x, 0.0) == 2


# ---------------------------------------------------------------- derivatives that exist


MODES = ("forward", "reverse")


@pytest.mark.parametrize("scale", [2.0**700, 2.0**-700, 2.0**-1070])
def test_hypot_at_any_scale(scale):
    for mode in MODES:
        found = ad.jacobian(np.hypot, argnums=(0, 1), mode=mode)(3 * scale, 4 * scale)
        assert found == pytest.approx((0.6, 0.8), rel=1e-15)


@pytest.mark.parametrize("scale", [2.0**600, 2.0**-600])
def test_arctan2_at_any_scale(scale):
    """The angle of (1, 1) turns by (1/2, -1/2), that of s (1, 1) by 1/s of it."""
    for mode in MODES:
        found = ad.jacobian(np.arctan2, argnums=(0, 1), mode=mode)(scale, scale)
        assert found == pytest.approx((0.5 / scale, -0.5 / scale), rel=1e-15)


def test_functions_that_cancel_near_zero():
    assert derivatives(np.sinc, 0.0) == 0
    assert curvatures(np.sinc, 0.0) == pytest.approx(-(np.pi**2) / 3, rel=1e-14)
    assert derivatives(np.sinc, 1e-9) == pytest.approx(-(np.pi**2) / 3 * 1e-9, rel=1e-14)
    assert derivatives(np.expm1, 1e-20) == 1
    assert derivatives(np.log1p, 1e-20) == 1


def test_functions_far_out():
    assert derivatives(np.expm1, -50.0) == pytest.approx(np.exp(-50.0), rel=1e-14)
    assert derivatives(np.arcsinh, 1e200) == 1e-200
    assert derivatives(lambda x: np.logaddexp(x, 0), 800.0) == 1
    assert derivatives(lambda x: np.logaddexp(x, 0), -800.0) == 0


def test_logaddexp_at_minus_infinity():
    """log(0 + exp(y)) = y; two empty terms share equally."""
    for mode in MODES:
        jacobian = ad.jacobian(np.logaddexp, argnums=(0, 1), mode=mode)
        assert jacobian(-INF, 2.0) == (0, 1)
        assert jacobian(2.0, -INF) == (1, 0)
        assert jacobian(-INF, -INF) == (0.5, 0.5)


def test_the_determinant_of_a_singular_matrix():
    """Its gradient is the matrix of cofactors, regular or not."""
    assert derivatives(np.linalg.det, np.array([[1.0, 2.0], [2.0, 4.0]])) == pytest.approx(
        np.array([[4.0, -2.0], [-2.0, 1.0]]), rel=1e-14
    )
    rank_one = np.ones((3, 3))
    assert derivatives(np.linalg.det, rank_one) == pytest.approx(np.zeros((3, 3)), abs=1e-14)


def test_the_determinant_of_zero_at_second_order():
    """Of 2 x 2: d2 det / da11 da22 = 1 and d2 det / da12 da21 = -1, also at zero."""
    for outer in (ad.jacfwd, ad.jacrev):
        for inner in (ad.jacfwd, ad.jacrev):
            hessian = outer(inner(np.linalg.det))(np.zeros((2, 2))).reshape(4, 4)
            np.testing.assert_allclose(hessian, np.diag([1, -1, -1, 1])[::-1], atol=1e-14)


def test_products_with_zeros():
    assert derivatives(np.prod, np.array([0.0, 2.0, 3.0])).tolist() == [6, 0, 0]
    assert derivatives(np.prod, np.array([0.0, 0.0, 3.0])).tolist() == [0, 0, 0]
    assert ad.hessian(np.prod)(np.array([0.0, 0.0, 3.0])).tolist() == [
        [0, 3, 0],
        [3, 0, 0],
        [0, 0, 0],
    ]
    jacobian = derivatives(np.cumprod, np.array([2.0, 0.0, 3.0]))
    assert jacobian.tolist() == [[1, 0, 0], [0, 2, 0], [0, 6, 0]]


def test_smooth_functions_of_repeated_eigenvalues():
    """The trace of exp(A) at the identity has gradient e I, which changes by e E in direction E."""

    def trace_of_exponential(a):
        return np.exp(np.linalg.eigvalsh(a)).sum()

    identity, e = np.eye(2), np.exp(1.0)
    direction = np.array([[1.0, 2.0], [2.0, -1.0]])
    assert derivatives(trace_of_exponential, identity) == pytest.approx(e * identity, rel=1e-14)
    (change,) = ad.hvp(trace_of_exponential, (identity,), (direction,))
    assert change == pytest.approx(e * direction, rel=1e-12)


def test_smooth_functions_of_repeated_singular_values():
    """The nuclear norm and half the sum of squares have gradient I at the identity."""
    identity = np.eye(2)
    nuclear = derivatives(lambda a: np.linalg.norm(a, "nuc"), identity)
    assert nuclear == pytest.approx(identity, rel=1e-14)

    def squares(a):
        return (np.linalg.svd(a, compute_uv=False) ** 2).sum()

    direction = np.array([[1.0, 2.0], [3.0, 4.0]])
    assert derivatives(squares, identity) == pytest.approx(2 * identity, rel=1e-14)
    (change,) = ad.hvp(squares, (identity,), (direction,))
    assert change == pytest.approx(2 * direction, rel=1e-12)


# ---------------------------------------------------------------- derivatives that do not exist


def test_eigenvectors_of_repeated_eigenvalues_are_refused():
    def vectors(a):
        return np.linalg.eigh(a)[1]

    with pytest.raises(NoDerivativeError):
        ad.jvp(vectors, (np.eye(2),), (np.array([[1.0, 2.0], [2.0, 0.0]]),))
    with pytest.raises(NoDerivativeError):
        ad.vjp(vectors, np.eye(2))[1](np.ones((2, 2)))


def test_the_vectors_that_full_matrices_adds_are_refused():
    def left_vectors(a):
        return np.linalg.svd(a)[0]

    tall = np.array([[1.0, 0.0], [0.0, 2.0], [0.0, 0.0]])
    with pytest.raises(NoDerivativeError):
        ad.jvp(left_vectors, (tall,), (np.ones((3, 2)),))
    with pytest.raises(NoDerivativeError):
        ad.vjp(left_vectors, tall)[1](np.ones((3, 3)))


def test_the_sign_of_a_singular_determinant_is_refused():
    singular = np.array([[1.0, 2.0], [2.0, 4.0]])
    with pytest.raises(NoDerivativeError), np.errstate(all="ignore"):
        ad.grad(lambda a: np.linalg.slogdet(a)[1])(singular)


# ---------------------------------------------------------------- triangles


def test_one_triangle_is_read_and_the_derivative_is_the_symmetrised_one():
    """The last pivot of Cholesky is sqrt(a22 - a21**2 / a11); half of the derivative by a21
    belongs to a12.
    """
    a = np.array([[4.0, 2.0], [2.0, 5.0]])
    gradient = derivatives(lambda a: np.linalg.cholesky(a)[1, 1], a)
    assert gradient == pytest.approx(np.array([[1, -2], [-2, 4]]) / 16, rel=1e-14)
    symmetric = np.array([[2.0, 1.0], [1.0, 2.0]])
    gradient = derivatives(lambda a: np.linalg.eigvalsh(a)[1], symmetric)
    assert gradient == pytest.approx(np.full((2, 2), 0.5), rel=1e-14)


# ---------------------------------------------------------------- complex numbers

COMPLEX = {
    "abs(z)**2": (lambda z: np.abs(z) ** 2, 3 + 4j, 6 - 8j),
    "z conj(z)": (lambda z: (z * np.conj(z)).real, 3 + 4j, 6 - 8j),
    "real**2 + imag**2": (lambda z: z.real**2 + z.imag**2, 3 + 4j, 6 - 8j),
    "abs": (np.abs, 3 + 4j, 0.6 - 0.8j),
    "abs at 0": (np.abs, 0j, 0),
    "real": (np.real, 3 + 4j, 1),
    "imag": (np.imag, 3 + 4j, -1j),
    "angle": (np.angle, 1 + 1j, -0.5 - 0.5j),
    "real of a square": (lambda z: (z * z).real, 3 + 4j, 6 + 8j),
    "imag of a square": (lambda z: (z * z).imag, 3 + 4j, 8 - 6j),
}


@pytest.mark.parametrize(("f", "z", "expected"), COMPLEX.values(), ids=COMPLEX)
def test_gradients_by_complex_numbers(f, z, expected):
    """The gradient g is that of df = Re(g dz)."""
    gradient = ad.grad(f)(z)
    assert type(gradient) is np.complex128
    assert gradient == pytest.approx(expected, rel=1e-15)
    for dz in (1 + 0j, 1j, 2 - 3j):
        assert ad.jvp(f, (z,), (dz,))[1] == pytest.approx((expected * dz).real, rel=1e-15)


def test_complex_jacobians_are_asked_for():
    z = np.array([1 + 1j, 2.0])
    with pytest.raises(AdkitError):
        ad.jacobian(lambda z: z * z)(z)
    jacobian = ad.jacobian(lambda z: z * z, holomorphic=True)(z)
    assert jacobian.tolist() == [[2 + 2j, 0], [0, 4]]


# ---------------------------------------------------------------- types


@pytest.mark.parametrize("code", "efdgFDG")
def test_derivatives_have_the_dtype_of_their_primals(code):
    x = np.array([0.5, 2.0], code)
    _, tangent = ad.jvp(lambda x: x * x, (x,), (np.ones_like(x),))
    (cotangent,) = ad.vjp(lambda x: x * x, x)[1](np.ones_like(x))
    assert tangent.dtype == cotangent.dtype == x.dtype
    assert tangent.tolist() == cotangent.tolist() == [1, 4]


@pytest.mark.parametrize(
    ("x", "kind"),
    [
        (2, np.float64),
        (2.0, np.float64),
        (np.float32(2), np.float32),
        (np.array(2.0), np.ndarray),
        (2 + 0j, np.complex128),
    ],
)
def test_gradients_of_scalars_are_of_their_kind(x, kind):
    gradient = ad.grad(lambda x: (x * x).real)(x)
    assert type(gradient) is kind
    assert gradient.shape == ()
    assert gradient == 4


@pytest.mark.parametrize("x", [np.arange(3), np.array([True]), np.array(["x"]), np.array([None])])
def test_what_has_no_derivative_is_refused(x):
    with pytest.raises(InputTypeError):
        ad.jvp(lambda x: x, (x,), (x,))
    with pytest.raises(InputTypeError):
        ad.vjp(lambda x: x, x)


@pytest.mark.parametrize("seed", [np.ones(2), np.ones((3, 1)), np.ones(3, "f"), np.ones(3, int)])
def test_seeds_are_never_broadcast_or_cast(seed):
    x = np.ones(3)
    with pytest.raises(SeedError):
        ad.jvp(lambda x: x, (x,), (seed,))
    with pytest.raises(SeedError):
        ad.vjp(lambda x: x, x)[1](seed)
