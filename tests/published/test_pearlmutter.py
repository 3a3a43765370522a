"""Exact Hessian-vector products: Pearlmutter (1994), "Fast exact multiplication by the Hessian",
Neural Computation 6(1), 147-160.
"""

import numpy as np
import pytest

import adkit as ad


def products(f, x, v):
    """Return Hv by every nesting of the two modes."""
    return {
        "hvp": ad.hvp(f, (x,), (v,))[0],
        "forward over reverse": ad.jvp(ad.grad(f), (x,), (v,))[1],
        "reverse over forward": ad.grad(lambda y: ad.jvp(f, (y,), (v,))[1])(x),
        "reverse over reverse": ad.grad(lambda y: ad.grad(f)(y) @ v)(x),
        "forward over forward": ad.jacfwd(lambda y: ad.jacfwd(f)(y) @ v)(x),
    }


def test_a_quadratic():
    """Section 2: of E(w) = w A w / 2 + b w it is A v, at any w."""
    a = np.array([[2.0, 1.0, 0.0], [1.0, 3.0, -1.0], [0.0, -1.0, 4.0]])
    b = np.array([1.0, -2.0, 0.5])
    v = np.array([1.0, 2.0, 3.0])
    for name, found in products(lambda w: 0.5 * (w @ a @ w) + b @ w, np.ones(3), v).items():
        assert found.tolist() == [4.0, 4.0, 10.0], name


def test_a_sigmoid_unit():
    """Section 4: the Hessian of (s(w x) - 1/2)**2 / 2 at w = 0 is x x^T / 16, as s'(0) = 1/4."""
    inputs = np.array([1.0, 2.0])

    def error(w):
        return 0.5 * (1 / (1 + np.exp(-(w @ inputs))) - 0.5) ** 2

    for name, found in products(error, np.zeros(2), np.array([4.0, 4.0])).items():
        assert found == pytest.approx([0.75, 1.5], rel=1e-14), name


def test_r_backpropagation():
    """Section 4.1: the R{} equations of a two-layer net, written out, against each nesting."""
    rng = np.random.default_rng(0)
    w1, w2 = rng.normal(size=(3, 2)), rng.normal(size=(1, 3))
    v1, v2 = rng.normal(size=(3, 2)), rng.normal(size=(1, 3))
    inputs, target = np.array([0.3, -1.2]), np.array([0.7])

    # Forward, then R{forward}: R{x} = w R{y} + v y, R{y} = s'(x) R{x}, with s = tanh.
    y1 = np.tanh(w1 @ inputs)
    y2 = np.tanh(w2 @ y1)
    slope1, slope2 = 1 - y1**2, 1 - y2**2
    r1 = slope1 * (v1 @ inputs)
    r2 = slope2 * (w2 @ r1 + v2 @ y1)
    # Backward, then R{backward}.
    e2 = (y2 - target) * slope2
    e1 = (w2.T @ e2) * slope1
    re2 = r2 * slope2 + (y2 - target) * (-2 * y2 * r2)
    re1 = (v2.T @ e2 + w2.T @ re2) * slope1 + (w2.T @ e2) * (-2 * y1 * r1)
    expected = np.concatenate(
        [np.outer(re1, inputs).ravel(), (np.outer(re2, y1) + np.outer(e2, r1)).ravel()]
    )
    assert np.outer(e1, inputs).shape == w1.shape

    def error(w):
        hidden = np.tanh(w[:6].reshape(3, 2) @ inputs)
        return 0.5 * ((np.tanh(w[6:].reshape(1, 3) @ hidden) - target) ** 2).sum()

    w, v = np.concatenate([w1.ravel(), w2.ravel()]), np.concatenate([v1.ravel(), v2.ravel()])
    for name, found in products(error, w, v).items():
        np.testing.assert_allclose(found, expected, rtol=1e-12, err_msg=name)
