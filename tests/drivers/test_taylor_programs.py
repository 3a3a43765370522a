"""Taylor coefficients of programs: writes, containers, other derivatives around them."""

import gc
import math
import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose

import adkit as ad
from adkit.testing.programs import programs

# ---------------------------------------------------------------- programs

X = np.array([0.3, 0.5, 0.2])
V = np.array([1.0, -1.0, 0.5])


def test_code_that_writes_into_arrays():
    def written(x):
        y = np.zeros_like(x)
        y[0] = x[0]
        for i in range(1, x.size):
            y[i] = np.sin(y[i - 1]) * x[i]
            y[i] += x[0]
        part = y[::2]
        part *= x[::2]
        x -= y
        return x

    def pure(x):
        y = [x[0]]
        for i in range(1, x.size):
            y.append(np.sin(y[-1]) * x[i] + x[0])
        return x - np.stack([y[0] * x[0], y[1], y[2] * x[2]])

    x = X.copy()
    assert_allclose(ad.taylor(written, x, V, 8), ad.taylor(pure, X, V, 8), rtol=1e-14)
    assert np.array_equal(x, X)


@given(programs(copies=False), st.integers(0, 2**16))
def test_random_programs_that_write(program, seed):
    x = program.point
    v = np.random.default_rng(seed).normal(size=x.shape).astype(x.dtype)

    def first(x):
        return ad.jvp(program, (x,), (v,))[1]

    value, tangent = ad.jvp(program, (x,), (v,))
    second = ad.jvp(first, (x,), (v,))[1]
    scale = max((np.max(np.abs(y)) for y in (*tangent, *second) if np.size(y)), default=0) + 1e-3
    for k, expected in enumerate((value, tangent, [y / 2 for y in second])):
        for c, y in zip(ad.taylor(program, x, v, 3), expected, strict=True):
            assert c.dtype == y.dtype
            assert_allclose(c[k], y, rtol=1e-10 if k else 0, atol=1e-10 * scale if k else 0)


def test_buffers_and_out():
    @ad.traced_buffers
    def filled(x):
        z = np.zeros(3)
        z[1:] = 2.0  # constants, and then series of unequal lengths
        z[0] = x[0]
        z[1] = np.exp(z[0]) * z[1]
        np.multiply(z, z, out=z)
        return z

    found = ad.taylor(filled, X, V, 5)
    expected = ad.taylor(
        lambda x: np.stack([x[0] ** 2, 4 * np.exp(2 * x[0]), 4 + 0 * x[0]]), X, V, 5
    )
    assert_allclose(found, expected, rtol=1e-14)


def test_branches_and_choices_follow_the_value():
    def f(x):
        y = np.where(x > 0.25, x * x, np.exp(x))
        return np.sort(y)[::-1] if y[0] < 1 else y

    found = ad.taylor(f, X, V, 3)
    assert_allclose(found[2], [0.25 * np.exp(0.2) / 2, 1, 1], rtol=1e-14)


def test_lanes_that_were_not_chosen_stop_what_is_infinite():
    x = np.array([-1.0, 0.0, 2.0])
    with np.errstate(divide="ignore", invalid="ignore"):  # of sqrt at 0
        found = ad.taylor(lambda x: np.sqrt(np.where(x > 0, x, 0)).sum(), x, np.ones(3), 4)
    assert_allclose(found, ad.taylor(np.sqrt, 2.0, 1.0, 4), rtol=1e-15)


@pytest.mark.parametrize(
    ("f", "x", "name"),
    [
        (lambda x: 2 * np.sqrt(x), 0.0, "numpy.sqrt"),  # from the first order on
        (lambda x: np.stack([x, x]) ** 1.5 + 1, 0.0, "numpy.power"),  # from the second
        (np.emath.sqrt, 0.0, "numpy.sqrt in numpy.emath.sqrt"),
    ],
)
def test_the_operation_is_found_that_makes_a_coefficient_infinite(f, x, name):
    with np.errstate(all="ignore"):
        assert not np.isfinite(ad.taylor(f, x, 1.0, 2)).all()
        with ad.trap_nonfinite(), pytest.raises(ad.AdkitError, match="ADK521") as caught:
            ad.taylor(f, x, 1.0, 2)
    assert caught.value.operation == name
    with ad.trap_nonfinite(), pytest.raises(ad.AdkitError, match="ADK522"):
        ad.taylor(np.sin, 1.0, np.inf, 2)


def test_vectors_of_eigenvalues_that_meet_are_refused():
    with pytest.raises(ad.AdkitError, match="ADK501"):
        ad.taylor(np.linalg.eigvalsh, np.eye(2), np.array([[1.0, 2.0], [2.0, 3.0]]), 2)


def test_a_chain_of_ten_thousand_operations_needs_no_recursion():
    def chain(x):
        for _ in range(10_000):
            x = np.sin(x)
        return x

    assert np.isfinite(ad.taylor(chain, 0.5, 1.0, 3)).all()


def test_a_sweep_leaves_no_garbage():
    gc.collect()
    gc.disable()
    try:
        ad.taylor(energy, X, V, 6)
        assert gc.collect() == 0
    finally:
        gc.enable()


# ---------------------------------------------------------------- arguments and results


def test_containers_and_auxiliary_data():
    found, aux = ad.taylor(
        lambda p: ({"product": p["a"] * p["b"], "count": 3}, "as it is"),
        {"a": 1.0, "b": np.ones(2)},
        {"a": 2.0, "b": np.array([1.0, -1.0])},
        2,
        has_aux=True,
    )
    assert aux == "as it is"
    assert_allclose(found["product"], [[1, 1], [3, 1], [2, -2]])
    assert_allclose(found["count"], [3, 0, 0])


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.longdouble, np.complex64])
def test_types_are_kept(dtype):
    found = ad.taylor(lambda x: np.exp(x) / (1 + x) ** 2.5, dtype(0.5), dtype(1), 4)
    assert found.dtype == dtype
    assert found.shape == (5,)
    exact = ad.taylor(lambda x: np.exp(x) / (1 + x) ** 2.5, 0.5, 1.0, 4)
    assert_allclose(found, exact, rtol=20 * np.finfo(dtype).eps + 1e-15)


@pytest.mark.parametrize("shape", [(), (0,), (2, 0), (2, 3)])
def test_shapes_are_kept(shape):
    x = np.full(shape, 0.5)
    found = ad.taylor(np.exp, x, np.ones(shape), 2)
    assert found.shape == (3, *shape)
    assert_allclose(
        found,
        np.broadcast_to(np.reshape([1, 1, 0.5], (3,) + (1,) * x.ndim), (3, *shape)) * np.exp(0.5),
    )


def test_order_0_is_the_function_and_constants_have_no_others():
    assert np.array_equal(ad.taylor(np.exp, 1.0, 1.0, 0), [np.exp(1.0)])
    assert np.array_equal(ad.taylor(lambda x: np.floor(x) + 1, 1.5, 1.0, 2), [2, 0, 0])
    assert np.array_equal(ad.taylor(lambda x: 3, 1.5, 1.0, 2), [3, 0, 0])


@pytest.mark.parametrize(
    ("call", "code"),
    [
        (lambda: ad.taylor(np.sin, 1.0, 1.0, -1), "ADK106"),
        (lambda: ad.taylor(np.sin, 1.0, 1.0, 1.5), "ADK106"),
        (lambda: ad.taylor(np.sin, 1.0, 1.0, True), "ADK106"),
        (lambda: ad.nth_derivative(np.sin, 171), "ADK106"),
        (lambda: ad.taylor(3, 1.0, 1.0, 1), "ADK101"),
        (lambda: ad.taylor(np.sin, X, 1.0, 1), "ADK142"),
        (lambda: ad.taylor(np.sin, 1, 1j, 1), "ADK141"),
        (lambda: ad.taylor(np.sin, np.arange(3), np.ones(3), 1), "ADK121"),
        (lambda: ad.taylor(float, 1.0, 1.0, 1), "ADK201"),
        (lambda: ad.nth_derivative(np.sin, 2)(X), "ADK109"),
    ],
)
def test_what_cannot_be_is_refused(call, code):
    with pytest.raises(ad.AdkitError, match=code):
        call()


def test_a_series_that_outlives_its_sweep_is_refused():
    kept = []
    ad.taylor(lambda x: kept.append(x) or x * x, 1.0, 1.0, 2)
    with pytest.raises(ad.AdkitError, match="ADK6"):
        np.exp(kept[0])


# ---------------------------------------------------------------- derivatives of any order


def test_nth_derivative():
    assert ad.nth_derivative(lambda x: x**5, 3)(2.0) == 240
    assert ad.nth_derivative(np.sin, 0)(1.0) == np.sin(1.0)
    assert_allclose(ad.nth_derivative(np.exp, 30)(0.5), np.exp(0.5), rtol=1e-13)
    assert_allclose(
        ad.nth_derivative(lambda a, x: a * np.sin(x), 7, argnums=1)(2.0, 1.0), -2 * np.cos(1.0)
    )
    value, aux = ad.nth_derivative(lambda x: (x**4, "aux"), 2, has_aux=True)(1.0)
    assert (value, aux) == (12, "aux")


@pytest.mark.parametrize(
    ("x", "n"), [(np.float16(0.5), 10), (np.float32(0.5), 40), (0.5, 170), (0.5 + 0.25j, 170)]
)
def test_factorials_beyond_a_type_are_no_obstacle(x, n):
    found = ad.nth_derivative(lambda x: np.exp(x / 2), n)(x)
    expected = np.exp(np.asarray(x, complex) / 2) * 0.5**n
    assert found.dtype == np.asarray(x).dtype
    assert_allclose(found, expected, rtol=20 * np.finfo(found.dtype).eps)


def test_the_last_derivative_of_a_power_is_a_factorial():
    found = ad.nth_derivative(lambda x: x**170, 170)(1.0)
    assert_allclose(found, float(math.factorial(170)), rtol=1e-13)


def wave(x):
    return np.sin(x)


def test_an_nth_derivative_is_a_function():
    transform = ad.nth_derivative(wave, 3)
    assert repr(transform) == "<derivative 3 of wave by argument 0>"
    assert pickle.loads(pickle.dumps(transform))(0.5) == transform(0.5)
    assert_allclose(ad.nth_derivative(transform, 2)(0.5), np.cos(0.5), rtol=1e-14)
    assert_allclose(ad.derivative(transform)(0.5), np.sin(0.5), rtol=1e-14)


# ---------------------------------------------------------------- with other derivatives


def energy(x):
    return np.exp(x).sum() * np.sin(x[0] * x[1]) / np.linalg.norm(x)


def test_gradients_of_coefficients_are_coefficients_of_the_gradient():
    inside = ad.taylor(ad.grad(energy), X, V, 5)
    for k in range(6):
        outside = ad.grad(lambda x, k=k: ad.taylor(energy, x, V, 5)[k])(X)
        assert_allclose(outside, inside[k], rtol=1e-12, atol=1e-12)


def test_pushing_through_coefficients_gives_the_next_one():
    found = ad.taylor(energy, X, V, 5)
    for k in range(5):
        pushed = ad.jvp(lambda x, k=k: ad.taylor(energy, x, V, 5)[k], (X,), (V,))[1]
        assert_allclose(pushed, (k + 1) * found[k + 1], rtol=1e-12)


def test_a_gradient_by_the_direction():
    found = ad.grad(lambda v: ad.taylor(energy, X, v, 2)[2])(V)
    assert_allclose(found, ad.hessian(energy)(X) @ V, rtol=1e-12)


def test_hessians_of_coefficients():
    outside = ad.hessian(lambda x: ad.taylor(energy, x, V, 3)[2])(X)
    assert_allclose(outside, ad.taylor(ad.hessian(energy), X, V, 3)[2], rtol=1e-11)


def test_series_in_two_variables():
    def f(a, b):
        return np.exp(a * b) * np.sin(a + b)

    ab = ad.taylor(lambda a: ad.taylor(lambda b: f(a, b), 0.2, 1.0, 4), 0.3, 1.0, 5)
    ba = ad.taylor(lambda b: ad.taylor(lambda a: f(a, b), 0.3, 1.0, 5), 0.2, 1.0, 4)
    assert ab.shape == (6, 5)
    assert_allclose(ab, ba.T, rtol=1e-12, atol=1e-14)


def test_an_ode_regularised_by_its_higher_derivatives():
    # Kelly, Bettencourt, Johnson and Duvenaud (2020), Learning Differential Equations that are
    # Easy to Solve: of x' = w x the third derivative is w**3 x, and the gradient of its
    # square by w is 6 w**5 x**2
    def third(w, x0=0.7):
        x = [x0]
        for k in range(3):  # a coefficient of the solution from those below it
            line = ad.taylor(
                lambda t, x=tuple(x): w * sum(c * t**i for i, c in enumerate(x)), 0.0, 1.0, k
            )
            x.append(line[k] / (k + 1))
        return (6 * x[3]) ** 2

    assert_allclose(ad.grad(third)(1.1), 6 * 1.1**5 * 0.7**2, rtol=1e-13)


def test_strict_mode_and_the_ledger():
    with ad.strict(), ad.count_sweeps() as ran:
        ad.taylor(energy, X, V, 4)
    assert (ran.forward, ran.tangents, ran.reverse) == (1, 4, 0)
    with ad.strict(), pytest.raises(ad.AdkitError, match="ADK51"):
        ad.taylor(np.floor, 1.5, 1.0, 2)


# ---------------------------------------------------------------- rules at strange points


def test_the_first_coefficient_is_that_of_jvp_where_derivatives_do_not_exist():
    x, v = np.array([0.0, 1.0]), np.ones(2)
    pushed = ad.jvp(lambda x: x**x, (x,), (v,))[1]
    with np.errstate(all="ignore"):  # x**(x - 1) at 0
        found = ad.taylor(lambda x: x**x, x, v, 3)
    assert np.array_equal(found[1], pushed)
    assert np.array_equal(np.isnan(found), [[0, 0], [0, 0], [1, 0], [1, 0]])
    assert_allclose(found[:, 1], [1, 1, 1, 0.5], rtol=1e-14)


@ad.rules.elementary
def sine_of_product(x, y):
    return np.sin(x * y)


def cosine_of_product(x, y):
    return y * np.cos(x * y)


def test_what_changes_nothing_may_still_depend_on_another_derivative():
    ad.rules.elementwise(sine_of_product, cosine_of_product, lambda x, y: cosine_of_product(y, x))

    def last(f, y):  # of x * y with y = 1 only the value is that of x
        return ad.taylor(lambda x: f(x, y), 0.4, 1.0, 4)[4]

    found = ad.grad(lambda y: last(sine_of_product, y))(1.0)
    assert_allclose(found, ad.grad(lambda y: last(lambda x, y: np.sin(x * y), y))(1.0), rtol=1e-13)


@ad.rules.elementary
def squared_size(z):
    return np.abs(z) ** 2


def test_a_conjugate_is_no_copy_though_the_number_is_real():
    ad.rules.general(squared_size, lambda t, z: 2 * np.real(np.conj(z) * t))
    found = ad.taylor(squared_size, 3.0 + 0j, 1.0 + 2j, 4)
    assert_allclose(found, [9, 6, 5, 0, 0], atol=1e-14)
