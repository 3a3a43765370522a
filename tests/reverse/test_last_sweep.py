"""The last sweep over a tape works with Python's floats: nothing else may tell it from others."""

import operator
import threading
import warnings

import numpy as np
import pytest

import adkit as ad
from adkit.reverse.pullback import Recording

OPERATIONS = (
    *(operator.add, operator.sub, operator.mul, operator.truediv, operator.pow, operator.mod),
    *(np.maximum, np.arctan2, np.hypot, np.logaddexp, np.copysign),
)
FUNCTIONS = (
    *(np.sin, np.cos, np.exp, np.log, np.sqrt, np.tanh, np.square, np.negative, np.reciprocal),
    *(np.absolute, np.deg2rad, np.exp2, np.log1p),
    *(lambda x: x**2, lambda x: x**-1.5, lambda x: 2.0**x, lambda x: 1.0 / x, lambda x: x / 3),
)
EDGES = (0.75, -1.25, 0.0, -0.0, 1.0, 1e200, 5e-324, np.inf, -np.inf, np.nan)


def same_bits(a, b):
    """Tell whether numbers have the same type, value and sign, or are nan."""
    a, b = (np.stack([np.real(x), np.imag(x)]) for x in (a, b))
    signs = np.signbit(a) == np.signbit(b)
    return a.dtype == b.dtype and np.all(((a == b) & signs) | (np.isnan(a) & np.isnan(b)))


def of_pullback(f, *xs):
    return ad.vjp(f, *xs)[1](np.float64(1.0))


def of_gradient(f, *xs):
    return ad.grad(f, tuple(range(len(xs))))(*xs)


def silently(run, *args):
    with np.errstate(all="ignore"):
        return run(*args)


# ---------------------------------------------------------------- values


@pytest.mark.parametrize("f", OPERATIONS)
@pytest.mark.parametrize("x", EDGES)
def test_two_operands_have_the_bits_of_a_pullback(f, x):
    for y in EDGES:
        for weight in (3.0, -0.0, 1e300):

            def program(x, y, weight=weight):
                z = f(x, y)
                return weight * z - z / (y - x)

            expected = silently(of_pullback, program, x, y)
            assert same_bits(silently(of_gradient, program, x, y), expected)


@pytest.mark.parametrize("f", FUNCTIONS)
@pytest.mark.parametrize("x", EDGES)
def test_one_operand_has_the_bits_of_a_pullback(f, x):
    def program(x):
        return f(x) * x - f(f(x) + 1.0)

    found = silently(of_gradient, program, x)
    assert type(found[0]) is np.float64
    assert same_bits(found, silently(of_pullback, program, x))


def loop(x, y):
    """Mix numbers, elements, arrays, and functions of three operands and of none of these kinds."""
    v = np.array([0.5, 1.5]) * x
    for k in range(5):
        x = np.where(x > y, x, y * x) + v[k % 2] * np.clip(y, x, 2.0)
        v[k % 2] = x / (1 + y * y)
        y = 0.5 * y + np.sum(v) / (3.0 + v.sum()) - np.linalg.norm(v)
    return x - y * v[0]


def test_numbers_among_arrays():
    np.testing.assert_allclose(of_gradient(loop, 0.7, 1.1), of_pullback(loop, 0.7, 1.1), rtol=1e-13)
    dual = ad.jacfwd(loop, argnums=(0, 1))(0.7, 1.1)
    np.testing.assert_allclose(of_gradient(loop, 0.7, 1.1), dual, rtol=1e-13)


def test_numbers_that_results_share():
    def f(x, y):
        z = x * y
        return np.stack([z, z, z * z + x]), {"z": z, "x": x}

    blocks = ad.jacrev(f, argnums=(0, 1))(2.0, 3.0)
    rows, named = blocks
    np.testing.assert_array_equal(rows[0], [3.0, 3.0, 37.0])
    np.testing.assert_array_equal(rows[1], [2.0, 2.0, 24.0])
    assert (named["z"], named["x"]) == ((3.0, 2.0), (1.0, 0.0))


def test_a_result_that_is_an_argument_or_a_constant():
    assert of_gradient(lambda x, y: x, 2.0, 3.0) == (1.0, 0.0)
    assert of_gradient(lambda x, y: 5.0, 2.0, 3.0) == (0.0, 0.0)
    found = ad.grad(lambda x: (x[0] * x[1]) * x[0])(np.array([2.0, 3.0]))
    np.testing.assert_array_equal(found, [12.0, 4.0])


def test_a_number_is_used_by_many():
    def f(x):
        return sum([x * k for k in range(4)], x - x) - x / 2

    assert same_bits(of_gradient(f, 3.0), of_pullback(f, 3.0))
    assert ad.grad(f)(3.0) == 5.5


# ---------------------------------------------------------------- dtypes and rules


def test_other_dtypes_are_kept():
    def f(x):
        return (x * x / 3 - 2.0 * x) ** 2 / (x + 1)

    for kind in (np.float32, np.float16, np.longdouble, np.complex128):
        x = kind(1.5)
        found = ad.grad(lambda x: np.real(f(x)))(x)
        assert type(found) is kind
        y, pullback = ad.vjp(lambda x: np.real(f(x)), x)
        assert same_bits(found, pullback(np.ones((), y.dtype)[()])[0])
    single, double = ad.grad(lambda x, y: x * y * y + 2.0 * x, (0, 1))(np.float32(3), 2.0)
    assert (type(single), single, type(double), double) == (np.float32, 6.0, np.float64, 12.0)


def test_rules_see_numpys_numbers():
    seen = []

    @ad.rules.elementary
    def scaled(x):
        return np.float64(2.0) * x

    def rule(t, x):
        seen.append((type(t), type(x)))
        return t * np.float64(2.0)

    @ad.rules.elementary
    def halved(x):
        return x / 2.0

    def pull(ct, x):
        seen.append((type(ct), type(x)))
        return ct / 2.0

    ad.rules.elementwise(scaled, rule)
    ad.rules.general(halved, lambda t, x: t / 2.0, pull)
    assert ad.grad(lambda x: 3.0 * halved(2.0 * scaled(x * x)))(5.0) == 60.0
    assert seen == [(np.float64, np.float64)] * 2


# ---------------------------------------------------------------- warnings and errors


@pytest.mark.parametrize("run", [of_gradient, of_pullback])
def test_a_division_by_zero_warns(run):
    for f, expected in (
        (lambda x: 3.0 * np.sqrt(x), np.inf),
        (lambda x: 3.0 / x, -np.inf),
        (lambda x: (1.0 + x) / x, np.nan),  # inf - inf
        (lambda x: (2.0 - x) / np.float64(0.0), -np.inf),
        (lambda x: (2.0 - x) / 0, -np.inf),
    ):
        with pytest.warns(RuntimeWarning, match="divide by zero"):
            assert same_bits(run(f, 0.0)[0], np.float64(expected))


def test_an_overflow_warns_and_raises():
    def f(x):
        return x * 1e200 * 1e200

    with pytest.warns(RuntimeWarning, match="overflow"):
        assert ad.grad(f)(1e-250) == np.inf
    with np.errstate(over="raise"), pytest.raises(FloatingPointError, match="overflow"):
        ad.grad(f)(1e-250)
    with warnings.catch_warnings(), np.errstate(over="ignore"):
        warnings.simplefilter("error")
        assert ad.grad(f)(1e-250) == np.inf


def test_an_underflow_raises_where_it_is_asked_to():
    def f(x):
        return x * 1e-200 * 1e-200

    assert same_bits(ad.grad(f)(1e300), np.float64(0.0))
    with np.errstate(under="raise"), pytest.raises(FloatingPointError, match="underflow"):
        ad.grad(f)(1e300)


def test_an_invalid_product_raises_where_it_is_asked_to():
    def f(x):
        return np.sqrt(x * x)

    with np.errstate(divide="ignore"):
        assert np.isnan(ad.grad(f)(0.0))
        with np.errstate(invalid="raise"), pytest.raises(FloatingPointError, match="invalid"):
            ad.grad(f)(0.0)


def test_structural_zeros_stay_zeros():
    def f(x, y):
        return np.where(x > 1.0, np.log(x), y) * 2.0 + y

    with np.errstate(all="ignore"):
        assert of_gradient(f, 0.0, 3.0) == (0.0, 3.0)
        assert same_bits(ad.grad(lambda x: np.where(x >= 0, x, np.sqrt(-x)))(0.0), 1.0)


def test_traps_and_strict_derivatives():
    def f(x):
        return np.sqrt(x) * 2.0

    with np.errstate(all="ignore"):
        with ad.trap_nonfinite(), pytest.raises(ad.AdkitError, match="sqrt"):
            ad.grad(f)(0.0)
        with ad.strict(), pytest.raises(ad.AdkitError):
            ad.grad(f)(0.0)
    with ad.trap_nonfinite(), ad.strict():
        assert ad.grad(f)(4.0) == 0.5


# ---------------------------------------------------------------- sweeps and levels


def test_a_pullback_may_be_called_again():
    _, pullback = ad.vjp(loop, 0.7, 1.1)
    first = pullback(np.float64(1.0))
    assert same_bits(pullback(np.float64(1.0)), first)
    assert same_bits(pullback(np.float64(2.0)), 2 * np.array(first))


def test_the_entries_of_leaves_are_as_before():
    recording = Recording(lambda xs: [xs[0] * xs[1] / xs[0]], [np.float64(2.0), np.float64(3.0)])
    assert recording.pull([np.float64(1.0)], last=True) == [0.0, 1.0]
    assert [entry[1:2] for entry in recording._inputs] == [[None], [None]]


@pytest.mark.parametrize("derivative", [ad.grad, ad.jacrev])
def test_nested_sweeps(derivative):
    def f(x):
        for _ in range(3):
            x = x * np.sin(x) / (2.0 - x)
        return x

    first, second = derivative(f)(0.4), derivative(derivative(f))(0.4)
    dual = ad.derivative(f)
    np.testing.assert_allclose([first, second], [dual(0.4), ad.derivative(dual)(0.4)], rtol=1e-13)
    third = ad.grad(ad.derivative(ad.grad(f)))(0.4)
    np.testing.assert_allclose(third, ad.derivative(ad.derivative(dual))(0.4), rtol=1e-12)


def test_several_directions_at_once():
    def f(x):
        a, b = x[0], x[1]
        for _ in range(3):
            a, b = a * b - 1.0 / b, a / b + np.cos(a) - b**2
        return np.stack([a, b, a * b])

    x = np.array([0.6, 1.3])
    rows = [ad.grad(lambda x, i=i: f(x)[i])(x) for i in range(3)]
    np.testing.assert_allclose(ad.jacrev(f)(x), rows, rtol=1e-12)
    np.testing.assert_allclose(ad.jacrev(f, chunk=2)(x), ad.jacfwd(f)(x), rtol=1e-12)


def test_numbers_across_checkpoints():
    def step(x, y):
        return x * y - 1.0 / x, np.sin(y) + 0.5 * x

    def f(x, y, step=step):
        for _ in range(4):
            x, y = step(x * 1.0, y)
        return x * y

    checkpointed = ad.checkpoint(step)
    assert same_bits(
        of_gradient(lambda x, y: f(x, y, checkpointed), 1.2, 0.4), of_gradient(f, 1.2, 0.4)
    )


def test_numbers_that_leave_a_checkpoint_are_refused():
    def f(x):
        left = []

        def inner(y):
            left.append(x * 3.0)  # recorded at this level, but not on the tape
            return y * 2.0

        return ad.checkpoint(inner)(x) * left[0]

    for run in (of_gradient, of_pullback):
        with pytest.raises(ad.AdkitError, match="has ended"):
            run(f, 2.0)


def test_threads_have_sweeps_of_their_own():
    expected, found = of_gradient(loop, 0.7, 1.1), []

    def work():
        found.extend(of_gradient(loop, 0.7, 1.1) for _ in range(5))

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 20
    assert all(same_bits(g, expected) for g in found)
