"""Random programs of plain NumPy as checkpoints and as steps of loops: views, writes, branches."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import adkit as ad
from adkit.testing import check_derivatives
from adkit.testing import strategies as ast

MODES = (ad.jacfwd, ad.jacrev)
ORDERS = [(outer, inner) for outer in MODES for inner in MODES]


def total(program):
    return lambda x: sum(np.sum(np.sin(y)) for y in program(x))


def looped(program):
    """The sum, as the mean of two steps that each add it."""

    def f(x):
        def step(state, i):
            found, x = state
            return found + total(program)(x), x

        return ad.checkpointed_loop(step, (0.0, x), 2, snapshots=1)[0] / 2

    return f


def assert_near(found, expected, rtol):
    scale = 1 + np.max(np.abs(expected), initial=0.0)
    np.testing.assert_allclose(found, expected, rtol=rtol, atol=rtol * 1e-2 * scale)


@given(ast.programs(), st.sampled_from(ORDERS), st.booleans())
def test_derivatives_are_those_of_the_program(program, order, in_a_loop):
    x, (outer, inner) = program.point, order
    f = total(program)
    g = looped(program) if in_a_loop else total(ad.checkpoint(program))
    assert_near(ad.grad(g)(x), ad.grad(f)(x), 1e-9)
    assert_near(outer(inner(g))(x), outer(inner(f))(x), 1e-7)


def two_parts(c):
    return lambda x: np.sum(c(lambda h: np.tanh(h * x) * h)(np.sin(x)))


def three_steps(run):
    return lambda x: np.sum(run(lambda h, i: np.tanh(h * x + i), x, 3))


def loop(step, state, steps):
    for i in range(steps):
        state = step(state, i)
    return state


@pytest.mark.parametrize(
    ("f", "g"),
    [
        (two_parts(lambda part: part), two_parts(ad.checkpoint)),
        (three_steps(loop), three_steps(ad.checkpointed_loop)),
    ],
    ids=["checkpoint", "loop"],
)
def test_taylor_coefficients_pass_inside_and_outside(f, g):
    x, v = np.array([0.3, 0.5]), np.array([1.0, -1.0])

    def last(function):
        return ad.taylor(function, x, v, 4)[4]

    assert_near(last(ad.grad(g)), last(ad.grad(f)), 1e-10)
    found, expected = (
        ad.jacrev(lambda x, function=function: ad.taylor(function, x, v, 3)[3])(x)
        for function in (g, f)
    )
    assert_near(found, expected, 1e-10)


@given(ast.programs())
def test_values_are_those_of_the_program(program):
    values, _ = ad.vjp(ad.checkpoint(program), program.point)
    for found, expected in zip(values, program(program.point), strict=True):
        np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize("run", [ad.checkpoint, lambda f: lambda x: ad.checkpointed_loop(f, x, 3)])
def test_the_laws_of_derivatives_hold(run):
    def f(x, i=0):
        return np.tanh(np.cumsum(x) * x) + 0.1 * i

    report = check_derivatives(run(f), np.array([0.3, -0.5, 0.8]), order=2)
    assert report.verdict == "pass"
