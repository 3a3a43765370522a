"""Worked examples of Griewank and Walther, *Evaluating Derivatives*, second edition (2008)."""

import math

import numpy as np
import pytest

import adkit as ad

# ---------------------------------------------------------------- the simple example of chapter 1

#: The book computes with four decimals, so its last digit may be off by one.
DIGIT = 1e-4
#: ``y = [sin(x1/x2) + x1/x2 - exp(x2)] * [x1/x2 - exp(x2)]`` at (1.5, 0.5), as the book's three
#: traces print it: value, tangent for the seed (1, 0), adjoint.
TRACE = {
    "v-1": (1.5, 1.0, 3.0118),
    "v0": (0.5, 0.0, -13.7239),
    "v1": (3.0000, 2.0000, 1.5059),
    "v2": (0.1411, -1.9800, 1.3513),
    "v3": (1.6487, 0.0000, -2.8437),
    "v4": (1.3513, 2.0000, 2.8437),
    "v5": (1.4924, 0.0200, 1.3513),
    "v6": (2.0167, 3.0118, 1.0000),
}


def simple_example(x1, x2):
    """Return all intermediate values, under their names in the book."""
    v1 = x1 / x2
    v2 = np.sin(v1)
    v3 = np.exp(x2)
    v4 = v1 - v3
    v5 = v2 + v4
    v6 = v5 * v4
    return dict(zip(TRACE, (x1, x2, v1, v2, v3, v4, v5, v6), strict=True))


def test_forward_derived_trace():
    trace = simple_example(ad.Dual(1.5, 1.0), ad.Dual(0.5, 0.0))
    for name, (value, tangent, _) in TRACE.items():
        assert trace[name].value == pytest.approx(value, abs=DIGIT), name
        assert trace[name].tangent == pytest.approx(tangent, abs=DIGIT), name


def test_reverse_derived_trace():
    trace = simple_example(ad.Node(1.5), ad.Node(0.5))
    trace["v6"].backward()
    for name, (value, _, adjoint) in TRACE.items():
        assert trace[name].data == pytest.approx(value, abs=DIGIT), name
        assert trace[name].grad.data == pytest.approx(adjoint, abs=DIGIT), name


@pytest.mark.parametrize("transform", [ad.grad, ad.jacfwd, ad.jacrev, ad.jacobian])
def test_gradient_of_the_simple_example(transform):
    gradient = transform(lambda x1, x2: simple_example(x1, x2)["v6"], argnums=(0, 1))(1.5, 0.5)
    assert gradient == pytest.approx((3.0118, -13.7239), abs=DIGIT)


# ---------------------------------------------------------------- Speelpenning's product


def speelpenning(x):
    """Multiply one factor at a time, as Speelpenning's thesis (1980) does."""
    y = 1.0
    for factor in x:
        y = y * factor
    return y


@pytest.mark.parametrize("product", [speelpenning, np.prod, np.multiply.reduce])
def test_speelpenning_by_hand(product):
    x = np.array([1.0, 2.0, 3.0, 4.0])
    assert ad.grad(product)(x).tolist() == [24.0, 12.0, 8.0, 6.0]
    assert ad.hessian(product)(x).tolist() == [
        [0.0, 12.0, 8.0, 6.0],
        [12.0, 0.0, 4.0, 3.0],
        [8.0, 4.0, 0.0, 2.0],
        [6.0, 3.0, 2.0, 0.0],
    ]


@pytest.mark.parametrize("product", [speelpenning, np.prod])
def test_speelpenning_at_the_point_of_adolc(product):
    """At x_i = (i+1)/(i+2) the product telescopes to 1/(n+1) (the first example of ADOL-C)."""
    n = 10
    x = np.arange(1.0, n + 1) / np.arange(2.0, n + 2)
    value, gradient = ad.value_and_grad(product)(x)
    assert value == pytest.approx(1 / (n + 1), rel=1e-14)
    np.testing.assert_allclose(gradient, 1 / (n + 1) / x, rtol=1e-14)
    hessian = np.outer(1 / x, 1 / x) / (n + 1)
    np.fill_diagonal(hessian, 0)
    np.testing.assert_allclose(ad.hessian(product)(x), hessian, rtol=1e-13, atol=1e-15)


# ---------------------------------------------------------------- the lighthouse, chapter 2


def lighthouse(nu, gamma, omega, t):
    """Where the beam of a lighthouse meets a quay: y1 = nu tan / (gamma - tan), y2 = gamma y1."""
    tangent = np.tan(omega * t)
    y1 = nu * tangent / (gamma - tangent)
    return np.stack([y1, gamma * y1])


@pytest.mark.parametrize("mode", ["forward", "reverse"])
def test_lighthouse_jacobian(mode):
    """At nu = 1, gamma = 2, omega t = pi / 4 the tangent is 1 and all partials are whole."""
    jacobian = ad.jacobian(lighthouse, argnums=(0, 1, 2, 3), mode=mode)(1.0, 2.0, math.pi / 4, 1.0)
    np.testing.assert_allclose(jacobian[0], [1, 2], rtol=1e-14)
    np.testing.assert_allclose(jacobian[1], [-1, -1], rtol=1e-14)
    np.testing.assert_allclose(jacobian[2], [4, 8], rtol=1e-14)
    np.testing.assert_allclose(jacobian[3], [math.pi, 2 * math.pi], rtol=1e-14)
