"""`grad`, `value_and_grad` and `derivative`: results, structure, options, and what is refused."""

import dataclasses
import inspect
import pickle
from typing import NamedTuple

import numpy as np
import pytest
from scipy.optimize import minimize, rosen, rosen_der

import adkit as ad
from adkit.common.errors import (
    ArgumentError,
)


class Line(NamedTuple):
    slope: object
    intercept: object


@dataclasses.dataclass
class Layer:
    weights: object
    bias: object
    name: str = dataclasses.field(default="layer", metadata={"static": True})


def cube_sum(x):
    """Return the sum of the cubes."""
    return (x**3).sum()


def rosenbrock(x):
    return (100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2).sum()


# ---------------------------------------------------------------- grad


def test_gradient_by_hand_written_numbers():
    assert np.array_equal(ad.grad(cube_sum)(np.array([1.0, 2.0])), [3.0, 12.0])


def test_gradient_of_rosenbrocks_function():
    x = np.random.default_rng(0).normal(size=20)
    np.testing.assert_allclose(ad.grad(rosenbrock)(x), rosen_der(x), rtol=1e-12)
    np.testing.assert_allclose(rosenbrock(x), rosen(x))


@pytest.mark.parametrize("shape", [(), (0,), (1,), (3,), (2, 0), (2, 3), (1, 1, 1)])
@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.longdouble])
def test_shapes_and_dtypes(shape, dtype):
    x = np.full(shape, 2, dtype)
    gradient = ad.grad(lambda x: (x * x).sum())(x)
    assert gradient.shape == shape
    assert gradient.dtype == dtype
    assert np.array_equal(gradient, 2 * x)


@pytest.mark.parametrize("x", [3, 3.0, np.float64(3)])
def test_gradient_by_a_number_is_a_numpy_scalar(x):
    gradient = ad.grad(lambda x: x * x)(x)
    assert type(gradient) is np.float64
    assert gradient == 6.0


def test_float32_stays_among_float64():
    w = np.array([1.0, 2.0])
    gradient = ad.grad(lambda x: (x * w).sum())(np.float32([1, 2]))
    assert gradient.dtype == np.float32


def test_a_real_gradient_of_a_complex_program():
    # |exp(i x)|**2 = 1; d/dx Re(exp(i x)) = -sin(x)
    assert ad.grad(lambda x: np.abs(np.exp(1j * x)) ** 2)(0.3) == pytest.approx(0.0, abs=1e-15)
    assert ad.grad(lambda x: np.exp(1j * x).real)(0.3) == pytest.approx(-np.sin(0.3))


def test_a_complex_gradient_pairs_as_the_real_part():
    gradient = ad.grad(lambda z: np.abs(z) ** 2)(3 + 4j)
    assert gradient == pytest.approx(6 - 8j)
    assert gradient.dtype == np.complex128
    assert ad.grad(lambda z: (z * z).real)(1 + 2j) == 2 + 4j
    assert ad.grad(lambda z: (z * z).imag)(1 + 2j) == (2 + 4j) * -1j
    assert ad.grad(lambda z: np.conj(z).real)(1 + 2j) == 1
    assert ad.grad(lambda z: z.real)(np.complex64(1)).dtype == np.complex64


def test_constant_results():
    assert ad.grad(lambda x: 3.0)(1.0) == 0.0
    assert ad.grad(lambda x: 3)(np.ones(2)).tolist() == [0.0, 0.0]
    assert ad.grad(lambda x: np.argmax(x))(np.ones(2)).tolist() == [0.0, 0.0]


def test_a_result_that_is_the_argument():
    assert ad.grad(lambda x: x)(5.0) == 1.0


def test_branches_and_loops_of_plain_python():
    def f(x):
        while x < 100:
            x = x * 3 if x > 0 else -x
        return x

    assert ad.grad(f)(2.0) == 81.0
    assert ad.grad(f)(-2.0) == -81.0


@pytest.mark.parametrize(
    ("argnums", "expected"),
    [
        (0, 12.0),
        (1, 4.0),
        (-1, 5.0),
        (-3, 12.0),
        ((0,), (12.0,)),
        ((0, 2), (12.0, 5.0)),
        ((2, 0), (5.0, 12.0)),
        ((-1, 0), (5.0, 12.0)),
        ([1, 2], (4.0, 5.0)),
    ],
)
def test_argnums(argnums, expected):
    assert ad.grad(lambda x, y, z: x * x * y + z * (2 * x + 1), argnums)(2.0, 1.0, 4.0) == expected


def test_arguments_outside_argnums_may_be_anything():
    def f(x, mode, table, missing=None, *, scale=1.0):
        assert mode == "fast"
        assert missing is None
        assert type(table["counts"]) is np.ndarray
        return scale * (x * table["counts"]).sum()

    gradient = ad.grad(f)(np.ones(2), "fast", {"counts": np.array([1, 2])}, scale=10.0)
    assert gradient.tolist() == [10.0, 20.0]


def test_containers():
    def f(p, c):
        return (p["layer"].weights @ p["line"].slope + p["layer"].bias) * p["list"][0] * c[0]

    p = {
        "layer": Layer(np.array([1.0, 2.0]), 3.0, "first"),
        "line": Line(np.array([4.0, 5.0]), None),
        "list": [2.0],
    }
    gradient = ad.grad(f)(p, (10.0, "label"))
    assert list(gradient) == ["layer", "line", "list"]
    assert isinstance(gradient["layer"], Layer)
    assert gradient["layer"].weights.tolist() == [80.0, 100.0]
    assert (gradient["layer"].bias, gradient["layer"].name) == (20.0, "first")
    assert isinstance(gradient["line"], Line)
    assert gradient["line"].slope.tolist() == [20.0, 40.0]
    assert gradient["line"].intercept is None
    assert gradient["list"] == [170.0]


def test_several_arguments_that_are_containers():
    gradients = ad.grad(lambda a, b: a[0] * b["k"], (1, 0))((2.0,), {"k": 3.0})
    assert gradients == ({"k": 2.0}, (3.0,))


def test_empty_containers():
    assert ad.grad(lambda x: 1.0)(()) == ()
    assert ad.grad(lambda x: 1.0)(None) is None
    assert ad.grad(lambda x: 1.0)({"a": []}) == {"a": []}


def test_has_aux():
    def f(x):
        y = x * x
        return y.sum(), {"y": y, "name": "squares", "inner": (y[0], None)}

    gradient, aux = ad.grad(f, has_aux=True)(np.array([1.0, 2.0]))
    assert gradient.tolist() == [2.0, 4.0]
    assert type(aux["y"]) is np.ndarray
    assert aux["y"].tolist() == [1.0, 4.0]
    assert aux["name"] == "squares"
    assert aux["inner"] == (1.0, None)
    assert type(aux["inner"][0]) is np.float64


def test_has_aux_keeps_what_an_outer_transform_traces():
    def outer(x):
        gradient, aux = ad.grad(lambda y: (x * y**2, x * y), has_aux=True)(3.0)
        return gradient * aux  # 6 x * 3 x

    assert outer(2.0) == 72.0
    assert ad.grad(outer)(2.0) == 72.0
    assert ad.derivative(outer)(2.0) == 72.0


def test_has_aux_is_stripped_after_a_sweep_that_ran_twice():
    def inner(x):
        return ad.grad(lambda x: np.where(x > 0, x**1.5, 0.0).sum())(x)

    def f(x):
        y = inner(x)
        return y.sum(), y

    with np.errstate(all="ignore"):
        for transform in (ad.grad, ad.jacfwd, ad.jacrev):
            gradient, aux = transform(f, has_aux=True)(np.array([0.0, 1.0]))
            assert gradient.tolist() == [0.0, 0.75]
            assert type(aux) is np.ndarray
            assert aux.tolist() == [0.0, 1.5]


def test_gradients_own_their_memory():
    x = np.ones(3)
    x.flags.writeable = False
    first, second = ad.grad(lambda x, y: (x + y).sum(), (0, 1))(x, x)
    assert first.flags.writeable
    assert not np.shares_memory(first, second)
    assert not np.shares_memory(first, x)


def test_an_argument_given_twice_counts_by_position():
    x = np.ones(2)
    assert ad.grad(lambda x, y: (x * y * y).sum(), 1)(x, x).tolist() == [2.0, 2.0]


# ---------------------------------------------------------------- value_and_grad


def test_value_and_grad():
    value, gradient = ad.value_and_grad(cube_sum)(np.array([1.0, 2.0]))
    assert type(value) is np.float64
    assert value == 9.0
    assert gradient.tolist() == [3.0, 12.0]


def test_value_and_grad_with_aux():
    (value, aux), gradient = ad.value_and_grad(lambda x: (x * x, [x]), has_aux=True)(3.0)
    assert (value, aux, gradient) == (9.0, [3.0], 6.0)


def test_value_and_grad_evaluates_once():
    with ad.count_sweeps() as ran:
        ad.value_and_grad(cube_sum)(np.ones(3))
    assert (ran.primal, ran.reverse, ran.cotangents, ran.forward) == (1, 1, 1, 0)


@pytest.mark.parametrize("method", ["BFGS", "L-BFGS-B", "CG", "SLSQP"])
def test_scipy_minimizes_with_it(method):
    start = np.array([-1.2, 1.0, 0.5])
    result = minimize(ad.value_and_grad(rosenbrock), start, jac=True, method=method)
    assert result.fun < 1e-6
    np.testing.assert_allclose(result.x, np.ones(3), atol=1e-2)
    assert start.tolist() == [-1.2, 1.0, 0.5]


def test_scipy_uses_hessians_and_products():
    start = np.array([-1.2, 1.0, 0.5])
    newton = minimize(
        rosenbrock,
        start,
        jac=ad.grad(rosenbrock),
        hess=ad.hessian(rosenbrock),
        method="trust-exact",
    )
    products = minimize(
        rosenbrock,
        start,
        jac=ad.grad(rosenbrock),
        hessp=lambda x, p: ad.hvp(rosenbrock, (x,), (p,))[0],
        method="Newton-CG",
    )
    for result in (newton, products):
        np.testing.assert_allclose(result.x, np.ones(3), atol=1e-4)


# ---------------------------------------------------------------- derivative


def test_derivative_of_a_scalar_function():
    result = ad.derivative(lambda x: x**3)(2.0)
    assert type(result) is np.float64
    assert result == 12.0
    assert ad.derivative(np.sin)(0.0) == 1.0


def test_derivative_of_an_array_function_has_its_structure():
    result = ad.derivative(lambda t: {"position": np.stack([t, t * t]), "label": (t, None)})(3.0)
    assert result["position"].tolist() == [1.0, 6.0]
    assert result["label"] == (1.0, None)


def test_derivatives_to_the_tenth_order():
    f = np.exp
    for _ in range(10):
        f = ad.derivative(f)
    assert f(0.5) == pytest.approx(np.exp(0.5), rel=1e-14)


def test_derivative_takes_one_forward_sweep():
    with ad.count_sweeps() as ran:
        ad.derivative(lambda t: np.stack([t, t * t]))(3.0)
    assert (ran.forward, ran.tangents, ran.primal, ran.reverse) == (1, 1, 1, 0)


def test_derivative_by_another_argument_with_aux():
    result, aux = ad.derivative(lambda x, t: (x * t, t), 1, has_aux=True)(np.ones(2), 3.0)
    assert result.tolist() == [1.0, 1.0]
    assert type(aux) is np.float64


@pytest.mark.parametrize("x", [np.ones(1), np.ones((2, 2)), (1.0,), {"t": 1.0}])
def test_derivative_needs_a_scalar(x):
    with pytest.raises(ArgumentError, match="needs a scalar argument") as caught:
        ad.derivative(lambda x: x)(x)
    assert "jacobian" in str(caught.value)
    assert "test_gradient.py:" in str(caught.value)


# ---------------------------------------------------------------- as a function


@pytest.mark.parametrize("transform", [ad.grad, ad.value_and_grad, ad.derivative])
def test_transforms_keep_name_docstring_and_signature(transform):
    g = transform(cube_sum)
    assert g.__name__ == "cube_sum"
    assert g.__doc__ == "Return the sum of the cubes."
    assert g.__module__ == cube_sum.__module__
    assert g.__wrapped__ is cube_sum
    assert inspect.signature(g) == inspect.signature(cube_sum)


def test_reprs_tell():
    assert repr(ad.grad(cube_sum)) == "<grad of cube_sum by argument 0>"
    assert repr(ad.grad(lambda x: x, (0, 1))) == "<grad of f by argument (0, 1)>"
    assert repr(ad.value_and_grad(cube_sum)) == "<value_and_grad of cube_sum by argument 0>"
    assert repr(ad.derivative(np.sin)) == "<derivative of sin by argument 0>"


@pytest.mark.parametrize("make", [ad.grad, ad.value_and_grad, ad.derivative])
def test_transforms_of_picklable_functions_are_picklable(make):
    g = pickle.loads(pickle.dumps(make(np.square)))
    assert np.array_equal(g(3.0), make(np.square)(3.0))
    assert repr(g) == repr(make(np.square))


def test_callables_of_any_kind():
    class Model:
        def __init__(self, scale):
            self.scale = scale

        def __call__(self, x):
            return self.scale * x * x

        def loss(self, x):
            return self.scale * x

    model = Model(3.0)
    assert ad.grad(model)(2.0) == 12.0
    assert ad.grad(model.loss)(2.0) == 3.0
    assert repr(ad.grad(model)) == "<grad of Model by argument 0>"


def test_a_transform_as_a_method():
    class Potential:
        @staticmethod
        def energy(x):
            return x * x

        force = staticmethod(ad.grad(energy))

    assert Potential().force(2.0) == 4.0


def test_as_a_decorator():
    @ad.grad
    def slope(x):
        return x**3

    assert slope(2.0) == 12.0
