"""Nested derivatives whose perturbations must not be confused.

Siskind and Pearlmutter (2005), "Perturbation confusion and referential transparency",
IFL 2005: an engine that cannot tell the inner perturbation from the outer gives 2 where
the answer is 1.
"""

import numpy as np
import pytest

import adkit as ad

MODES = [ad.derivative, ad.grad, ad.jacfwd, ad.jacrev]


@pytest.mark.parametrize("outer", MODES)
@pytest.mark.parametrize("inner", MODES)
def test_the_example_of_the_paper(outer, inner):
    """d/dx (x * d/dy (x + y) at y = 1) at x = 1 is 1."""
    assert outer(lambda x: x * inner(lambda y: x + y)(1.0))(1.0) == 1.0


@pytest.mark.parametrize("outer", MODES)
@pytest.mark.parametrize("inner", MODES)
def test_with_a_product(outer, inner):
    """d/dx (x * d/dy (x y) at y = 2) at x = 1 is d/dx x**2 = 2."""
    assert outer(lambda x: x * inner(lambda y: x * y)(2.0))(1.0) == 2.0


@pytest.mark.parametrize("outer", MODES)
@pytest.mark.parametrize("inner", MODES)
def test_an_outer_variable_in_the_inner_point(outer, inner):
    """d/dx of (d/dy y**3 at y = x) is 6 x."""
    assert outer(lambda x: inner(lambda y: y * y * y)(x))(5.0) == 30.0


def test_an_inner_derivative_by_a_constant_of_the_outer():
    """The inner function ignores its argument: its derivative is 0, whatever x is."""
    assert ad.grad(lambda x: x * ad.derivative(lambda y: x * x)(1.0))(3.0) == 0.0


def test_three_levels():
    """d/dx d/dy d/dz (x y z)**2 = 8 x y z."""

    def f(x):
        return ad.grad(lambda y: ad.derivative(lambda z: (x * y * z) ** 2)(2.0))(3.0)

    assert ad.derivative(f)(5.0) == 8 * 5 * 3 * 2


def test_a_bilevel_problem():
    """By the implicit function y = x**2, found by Newton's method with inner derivatives."""

    def root(x):
        def residual(y):
            return y - x * x

        y = 1.0
        for _ in range(2):
            y = y - residual(y) / ad.derivative(residual)(y)
        return y

    assert ad.grad(root)(3.0) == 6.0
    assert ad.derivative(ad.grad(root))(3.0) == 2.0


def test_vectors_at_both_levels():
    """The gradient of sum_i x_i d/dy_i (x . y) is that of x . x."""
    x = np.array([1.0, 2.0])
    assert ad.grad(lambda x: x @ ad.grad(lambda y: x @ y)(np.ones(2)))(x).tolist() == [2.0, 4.0]
    assert ad.grad(lambda x: x @ ad.jacfwd(lambda y: x @ y)(np.ones(2)))(x).tolist() == [2.0, 4.0]
