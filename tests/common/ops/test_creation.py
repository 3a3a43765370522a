"""Arrays that are made in the likeness of a traced one."""

import numpy as np
import pytest

import adkit as ad

X = np.array([2.0, 3.0])
#: What is made of x, and its derivative by x[0].
MADE = {
    "require": (lambda x: np.require([x, 2 * x], "d", ["F"], like=x), [[1, 0], [2, 0]]),
    "fromiter": (lambda x: np.fromiter((k * x[0] for k in range(9)), float, 3, like=x), [0, 1, 2]),
    "fromiter of numbers": (lambda x: np.fromiter([1.0, 2.0], float, like=x) * x, [1, 0]),
    "fromfunction": (lambda x: np.fromfunction(lambda i: i * x[0], (3,), like=x), [0, 1, 2]),
    "frombuffer": (lambda x: np.frombuffer(bytes(16), like=x) + x, [1, 0]),
    "loadtxt": (lambda x: np.loadtxt(["4 5"], like=x) * x, [4, 0]),
}


@pytest.mark.parametrize("jacobian", [ad.jacfwd, ad.jacrev])
@pytest.mark.parametrize("name", MADE)
def test_what_is_made_has_its_derivative(name, jacobian):
    make, expected = MADE[name]
    np.testing.assert_array_equal(ad.value(make(X)), make(X))
    np.testing.assert_array_equal(jacobian(make)(X)[..., 0], expected)


def test_what_is_required_lies_in_memory_as_wanted():
    strides = []

    def f(x):
        made = np.require(np.outer(x, x), requirements="F", like=x)
        strides.append(made.strides)
        return made.sum()

    assert ad.grad(f)(X).tolist() == [10, 10]
    assert strides == [(8, 16)]
