"""Methods of ufuncs where numbers are worked out by hand: ties, zeros, infinities, no elements."""

import numpy as np
import pytest

import adkit as ad

INF, NAN = np.inf, np.nan
LOG2 = np.log(2.0)


def jacobian(f, x):
    """Return the Jacobian by both modes, checked to be equal."""
    x = np.asarray(x, float)
    forward, reverse = ad.jacfwd(f)(x), ad.jacrev(f)(x)
    np.testing.assert_array_equal(forward, reverse)
    return forward


REDUCTIONS = {
    "hypot": (np.hypot.reduce, [3.0, 4.0], [0.6, 0.8]),
    "hypot of one negative number is its size": (np.hypot.reduce, [-3.0], [-1]),
    "hypot of zeros": (np.hypot.reduce, [0.0, 0.0], [0, 0]),
    "subtract": (np.subtract.reduce, [5.0, 2.0, 1.0], [1, -1, -1]),
    "divide": (np.true_divide.reduce, [12.0, 3.0, 2.0], [1 / 6, -2 / 3, -1]),
    "power": (np.power.reduce, [3.0, 2.0], [6, 9 * np.log(3.0)]),
    "logaddexp": (np.logaddexp.reduce, [1.0, 1.0], [0.5, 0.5]),
    "logaddexp with an empty term": (np.logaddexp.reduce, [-INF, 1.0], [0, 1]),
    "multiply with a zero": (np.multiply.reduce, [0.0, 2.0, 3.0], [6, 0, 0]),
    "add of nothing": (np.add.reduce, [], []),
    "maximum shares a tie of three": (
        np.maximum.reduce,
        [3.0, 3.0, 1.0, 3.0],
        [1 / 3] * 2 + [0, 1 / 3],
    ),
    "maximum of zeros of both signs": (np.maximum.reduce, [0.0, -0.0], [0.5, 0.5]),
    "maximum with an infinity": (np.maximum.reduce, [1.0, INF], [0, 1]),
    "maximum with nan": (np.maximum.reduce, [1.0, NAN], [0, 1]),
    "fmax leaves nan out": (np.fmax.reduce, [NAN, 2.0, NAN, 2.0], [0, 0.5, 0, 0.5]),
    "fmax of nothing but nan": (np.fmax.reduce, [NAN, NAN], [0.5, 0.5]),
    "fmin shares a tie of three": (np.fmin.reduce, [1.0, 1.0, 1.0, 5.0], [1 / 3] * 3 + [0]),
    "fmax with an initial value that ties": (
        lambda x: np.fmax.reduce(x, initial=3.0),
        [3.0, 1.0],
        [0.5, 0],
    ),
    "fmax of what where= selects": (
        lambda x: np.fmax.reduce(x, initial=0.0, where=[True, False, True]),
        [1.0, 9.0, 2.0],
        [0, 0, 1],
    ),
    "fmax of nothing": (
        lambda x: np.fmax.reduce(x, initial=0.0, where=False),
        [1.0, 9.0],
        [0, 0],
    ),
    "a remainder": (np.fmod.reduce, [7.5, 2.0], [1, -3]),
    "the first of whole quotients": (np.floor_divide.reduce, [7.5], [1]),
    "whole quotients": (np.floor_divide.reduce, [7.5, 2.0], [0, 0]),
}


@pytest.mark.parametrize(("f", "x", "expected"), REDUCTIONS.values(), ids=REDUCTIONS)
def test_reduce(f, x, expected):
    assert jacobian(f, x) == pytest.approx(np.array(expected), rel=1e-15)


@pytest.mark.parametrize("ufunc", [np.add, np.multiply, np.hypot, np.fmax, np.subtract])
def test_reduce_of_a_number(ufunc):
    for axis in (0, -1, None):
        for x in (2.0, np.array(2.0)):
            for derivative in (ad.grad, ad.derivative):
                assert derivative(lambda x, axis=axis: ufunc.reduce(x, axis=axis))(x) == 1


@pytest.mark.parametrize("ufunc", [np.add, np.multiply, np.maximum, np.hypot, np.subtract])
def test_the_initial_value_may_be_traced(ufunc):
    x = np.array([3.0, 4.0, 12.0])
    found = jacobian(lambda x: ufunc.reduce(x[1:], initial=x[0]), x)
    expected = jacobian(lambda x: ufunc(ufunc(x[0], x[1]), x[2]), x)
    np.testing.assert_allclose(found, expected, rtol=1e-15)


def test_reduce_over_several_axes():
    x = np.array([[3.0, 0.0], [4.0, 12.0]])
    for axis in (None, (0, 1), (-1, 0)):
        found = jacobian(lambda x, axis=axis: np.hypot.reduce(x, axis=axis), x)
        np.testing.assert_allclose(found, x / 13, rtol=1e-15)
    kept = jacobian(lambda x: np.hypot.reduce(x, axis=(), keepdims=True), x)
    np.testing.assert_array_equal(kept.reshape(4, 4), np.diag([1, 0, 1, 1]))
    for mode in (ad.jacfwd, ad.jacrev):
        with pytest.raises(ValueError, match="not reorderable"):
            mode(lambda x: np.subtract.reduce(x, axis=None))(x)


RUNNING = {
    "power": (
        np.power.accumulate,
        [2.0, 3.0, 2.0],
        [[1, 0, 0], [12, 8 * LOG2, 0], [192, 128 * LOG2, 64 * np.log(8.0)]],
    ),
    "subtract": (np.subtract.accumulate, [5.0, 2.0, 1.0], [[1, 0, 0], [1, -1, 0], [1, -1, -1]]),
    "multiply with a zero": (
        np.multiply.accumulate,
        [2.0, 0.0, 3.0],
        [[1, 0, 0], [0, 2, 0], [0, 6, 0]],
    ),
    "maximum shares ties": (
        np.maximum.accumulate,
        [1.0, 3.0, 3.0, 2.0, 3.0, 4.0],
        [
            [1, 0, 0, 0, 0, 0],
            [0, 1, 0, 0, 0, 0],
            [0, 1 / 2, 1 / 2, 0, 0, 0],
            [0, 1 / 2, 1 / 2, 0, 0, 0],
            [0, 1 / 3, 1 / 3, 0, 1 / 3, 0],
            [0, 0, 0, 0, 0, 1],
        ],
    ),
    "minimum without ties": (
        np.minimum.accumulate,
        [2.0, 3.0, 1.0],
        [[1, 0, 0], [1, 0, 0], [0, 0, 1]],
    ),
    "fmin from the first number on": (
        np.fmin.accumulate,
        [NAN, 3.0, 3.0],
        [[1, 0, 0], [0, 1, 0], [0, 0.5, 0.5]],
    ),
    "maximum from the first nan on": (
        np.maximum.accumulate,
        [1.0, NAN, 2.0],
        [[1, 0, 0], [0, 1, 0], [0, 1, 0]],
    ),
    "whole quotients": (np.floor_divide.accumulate, [7.5, 2.0], [[1, 0], [0, 0]]),
    "no elements": (np.hypot.accumulate, [], np.zeros((0, 0))),
    "one element": (np.arctan2.accumulate, [-2.0], [[1]]),
}


@pytest.mark.parametrize(("f", "x", "expected"), RUNNING.values(), ids=RUNNING)
def test_accumulate(f, x, expected):
    np.testing.assert_allclose(jacobian(f, x), expected, rtol=1e-15)


@pytest.mark.parametrize("mode", [ad.jacfwd, ad.jacrev])
def test_accumulate_of_a_number_is_refused_as_by_numpy(mode):
    for ufunc in (np.add, np.hypot):
        with pytest.raises(TypeError, match="cannot accumulate on a scalar"):
            mode(ufunc.accumulate)(2.0)


SEGMENTS = {
    "segments that follow each other": (np.add, [0, 1], [[1, 0, 0], [0, 1, 1]]),
    "segments that overlap": (np.add, [1, 0, 1], [[0, 1, 0], [1, 0, 0], [0, 1, 1]]),
    "elements that are in no segment": (np.add, [2], [[0, 0, 1]]),
    "no segment": (np.add, [], np.zeros((0, 3))),
    "products": (np.multiply, [0, 0], [[1, 0, 0], [15, 10, 6]]),
    "differences": (np.subtract, [0, 2, 1], [[1, -1, 0], [0, 0, 1], [0, 1, -1]]),
    "extremes": (np.maximum, [0, 2], [[0, 1, 0], [0, 0, 1]]),
}


@pytest.mark.parametrize(("ufunc", "indices", "expected"), SEGMENTS.values(), ids=SEGMENTS)
def test_reduceat(ufunc, indices, expected):
    x = np.array([2.0, 3.0, 5.0])
    found = jacobian(lambda x: ufunc.reduceat(x, np.array(indices, int)), x)
    np.testing.assert_array_equal(found, expected)


def test_ties_in_a_segment_share_equally():
    found = jacobian(lambda x: np.minimum.reduceat(x, [0, 3]), [1.0, 1.0, 1.0, 4.0, 4.0])
    np.testing.assert_array_equal(found, [[1 / 3] * 3 + [0, 0], [0, 0, 0, 0.5, 0.5]])


@pytest.mark.parametrize("mode", [ad.jacfwd, ad.jacrev])
def test_indices_of_segments_are_checked_by_numpy(mode):
    with pytest.raises(IndexError):
        mode(lambda x: np.multiply.reduceat(x, [0, 3]))(np.ones(3))


def test_second_derivatives_of_a_product_with_zeros():
    hessian = [[0, 3, 0], [3, 0, 0], [0, 0, 0]]
    x = np.array([0.0, 0.0, 3.0])
    for f in (np.multiply.reduce, lambda x: np.multiply.accumulate(x)[-1]):
        assert ad.hessian(f)(x).tolist() == hessian


def test_complex_numbers():
    """The gradient g is that of df = Re(g dz)."""
    z = np.array([1 + 2j, 3 - 1j])
    gradient = ad.grad(lambda z: np.multiply.accumulate(z)[1].real)(z)
    assert gradient.tolist() == [3 - 1j, 1 + 2j]
    gradient = ad.grad(lambda z: np.subtract.reduce(z).imag)(z)
    assert gradient.tolist() == [-1j, 1j]
    gradient = ad.grad(lambda z: np.multiply.outer(z, z)[0, 1].real)(z)
    assert gradient.tolist() == [3 - 1j, 1 + 2j]


PARTS = {
    "the fraction of modf": (lambda x: np.modf(x)[0], [1.5, -1.5, 2.0, 0.0], [1, 1, 1, 1]),
    "the whole part of modf": (lambda x: np.modf(x)[1] * x, [1.5, -1.5], [1, -1]),
    "the fraction of an infinity": (lambda x: np.modf(x)[0], [INF], [1]),
    "the mantissa of frexp": (lambda x: np.frexp(x)[0], [3.0, -0.25, 0.0], [0.25, 2, 1]),
    "the exponent of frexp": (lambda x: np.frexp(x)[1] * x, [3.0, 0.25], [2, -1]),
    "ldexp": (lambda x: np.ldexp(x, [3, -1]), [5.0, 0.0], [8, 0.5]),
    "nextafter": (lambda x: np.nextafter(x, INF), [0.0, 1.0, -2.0], [1, 1, 1]),
    "nextafter, second operand": (lambda x: np.nextafter(1.0, x), [0.0, 1.0], [0, 0]),
    "spacing": (lambda x: np.spacing(x) * x, [1.0, 4.0], [2.0**-52, 2.0**-50]),
    "the rest of divmod": (lambda x: np.divmod(7.0, x)[1], [2.0, -2.0], [-3, 4]),
    "the quotient of divmod": (lambda x: np.divmod(x, 2.0)[0] * x, [7.0], [3]),
    "remainder": (lambda x: np.remainder(x, -2.0), [7.0], [1]),
    "remainder by a divisor": (lambda y: np.remainder(1.0, y), [0.1, -0.3], [-9, 4]),
    "fmod by a divisor": (lambda y: np.fmod(1.0, y), [0.1, -0.3, INF], [-9, 3, 0]),
    "copysign": (lambda x: np.copysign(x, -1.0), [3.0, -3.0, 0.0], [-1, 1, 0]),
    "cbrt": (np.cbrt, [8.0, -8.0], [1 / 12, 1 / 12]),
    "exp2": (np.exp2, [3.0, 0.0], [8 * LOG2, LOG2]),
    "logaddexp2": (lambda x: np.logaddexp2(x, 0.0), [0.0, 1.0], [1 / 2, 2 / 3]),
    "float_power": (lambda x: np.float_power(x, 3), [2.0, 0.0, -1.0], [12, 0, 3]),
    "heaviside": (lambda x: np.heaviside([-1.0, 0.0, 1.0], x), [5.0, 5.0, 5.0], [0, 1, 0]),
    "degrees": (np.degrees, [1.0], [180 / np.pi]),
    "radians": (np.radians, [1.0], [np.pi / 180]),
    "positive": (np.positive, [-0.0, 2.0], [1, 1]),
    "rint": (np.rint, [0.5, 1.2], [0, 0]),
    "trunc": (np.trunc, [-1.5, 2.0], [0, 0]),
}


@pytest.mark.parametrize(("f", "x", "expected"), PARTS.values(), ids=PARTS)
def test_ufuncs_that_are_easily_forgotten(f, x, expected):
    with np.errstate(invalid="ignore"):
        found = np.diagonal(jacobian(f, x))
    np.testing.assert_allclose(found, expected, rtol=2e-15)


FAR = {
    "hypot, first infinite": (np.hypot, (INF, 1.0), (1, 0)),
    "hypot, second infinite": (np.hypot, (0.0, -INF), (0, -1)),
    "hypot beyond the largest number": (np.hypot, (1.5e308, 1.5e308), (np.sqrt(0.5), np.sqrt(0.5))),
    "arctan2, first infinite": (np.arctan2, (-INF, 1.0), (0, 0)),
    "arctan2, second infinite": (np.arctan2, (0.0, -INF), (0, 0)),
    "logaddexp": (np.logaddexp, (INF, 1.0), (1, 0)),
    "fmax with nan": (np.fmax, (NAN, 1.0), (0, 1)),
    "maximum of zeros": (np.maximum, (0.0, -0.0), (0.5, 0.5)),
}


@pytest.mark.parametrize(("f", "point", "expected"), FAR.values(), ids=FAR)
@pytest.mark.parametrize("mode", ["forward", "reverse"])
def test_partials_at_infinite_and_undefined_operands(mode, f, point, expected):
    with np.errstate(over="ignore"):  # the value of hypot
        found = ad.jacobian(f, argnums=(0, 1), mode=mode)(*point)
        assert found == pytest.approx(expected, rel=1e-15)


@pytest.mark.parametrize("x", [INF, -INF, 1e300])
@pytest.mark.parametrize("f", [np.cbrt, np.arcsinh, np.tanh, np.exp], ids=lambda f: f.__name__)
def test_second_derivatives_far_out(f, x):
    x = -abs(x) if f is np.exp else x
    for outer in (ad.grad, ad.derivative):
        for inner in (ad.grad, ad.derivative):
            assert outer(inner(f))(x) == 0


@pytest.mark.parametrize("jacobian", [ad.jacfwd, ad.jacrev])
def test_elements_that_are_the_identity_share_equally(jacobian):
    x = np.full(4, -np.inf)
    np.testing.assert_array_equal(jacobian(np.logaddexp.reduce)(x), np.full(4, 0.25))
    where = np.array([True, False, False, True])
    found = jacobian(lambda x: np.logaddexp.reduce(x, where=where))(x)
    np.testing.assert_array_equal(found, [0.5, 0, 0, 0.5])
    assert jacobian(np.logaddexp.reduce)(x[:0]).shape == (0,)


@pytest.mark.parametrize(
    "call",
    [
        lambda x, out: np.add.reduce(x, out=out),
        lambda x, out: np.sum(x, out=out),
        lambda x, out: np.sum(x, None, None, out),
        lambda x, out: np.mean(a=x, out=out) * 3,
    ],
)
@pytest.mark.parametrize("jacobian", [ad.jacfwd, ad.jacrev])
def test_sums_are_of_the_dtype_of_out(jacobian, call):
    """In single precision 2^24 + 1 + 1 is 2^24."""

    def total(x):
        seen.append(ad.value(call(x, np.zeros((), like=x))))
        return x[0]

    seen = []
    jacobian(total)(np.array([2.0**24, 1.0, 1.0], np.float32))
    assert seen[0].dtype == np.float64
    assert seen[0] == 2.0**24 + 2


SUMS = [
    ([-INF, -INF, -INF], [1 / 3, 1 / 3, 1 / 3]),
    ([INF, 1.0, INF], [0.5, 0.0, 0.5]),
    ([-INF, 0.0, 0.0], [0.0, 0.5, 0.5]),
    ([5000.0, 1.0, -5000.0], [1.0, 0.0, 0.0]),
]


@pytest.mark.parametrize("ufunc", [np.logaddexp, np.logaddexp2])
@pytest.mark.parametrize(("x", "expected"), SUMS)
def test_parts_of_a_sum_of_exponentials_at_the_ends(ufunc, x, expected):
    x = np.array(x)
    np.testing.assert_allclose(ad.grad(ufunc.reduce)(x), expected, rtol=1e-15)
    np.testing.assert_allclose(ad.jacfwd(ufunc.reduce)(x), expected, rtol=1e-15)


def test_a_logarithm_of_a_sum_is_one_operation():
    with ad.count_sweeps() as ran:
        ad.vjp(lambda x: np.logaddexp.reduce(x, axis=1), np.ones((3, 100)))
    assert ran.operations == 1


def test_second_derivatives_of_a_logarithm_of_a_sum():
    x = np.array([1.0, 2.0, 4.0])
    p = np.exp(x) / np.exp(x).sum()
    np.testing.assert_allclose(
        ad.hessian(np.logaddexp.reduce)(x), np.diag(p) - np.outer(p, p), atol=1e-16
    )
