"""Nesting in any order, to any depth, in any thread, without perturbation confusion."""

import itertools
import sys
import threading

import numpy as np
import pytest

import adkit as ad
from adkit.common import registry
from adkit.common.levels import Level


def by_jvp(f):
    return lambda x: ad.jvp(f, (x,), (1.0,))[1]


def by_vjp(f):
    return lambda x: ad.vjp(f, x)[1](1.0)[0]


def by_dual(f):
    return lambda x: getattr(f(ad.Dual(x, 1.0)), "tangent", 0.0)


def by_node(f):
    def derivative(x):
        node = ad.Node(x)
        f(node).backward()
        return node.grad.data

    return derivative


def by_linearize(f):
    return lambda x: ad.linearize(f, x)[1](1.0)


WAYS = {
    "forward": ad.derivative,
    "reverse": ad.grad,
    "jvp": by_jvp,
    "vjp": by_vjp,
    "jacfwd": ad.jacfwd,
    "jacrev": ad.jacrev,
    "linearize": by_linearize,
    "Dual": by_dual,
    "Node": by_node,
}


def nestings(names, depth):
    return ["-".join(order) for order in itertools.product(names, repeat=depth)]


def derive(f, order):
    """Differentiate f by one way inside another; the first name is the outermost."""
    for name in reversed(order.split("-")):
        f = WAYS[name](f)
    return f


# ---------------------------------------------------------------- order and depth


@pytest.mark.parametrize("order", nestings(WAYS, 2))
def test_second_derivatives_in_all_nestings(order):
    second = derive(lambda x: np.exp(2 * x) * np.sin(x), order)(0.3)
    # (e^2x sin x)'' = e^2x (3 sin x + 4 cos x)
    assert second == pytest.approx(np.exp(0.6) * (3 * np.sin(0.3) + 4 * np.cos(0.3)), rel=1e-13)


@pytest.mark.parametrize("order", nestings(["forward", "reverse", "Dual", "Node"], 3))
def test_third_derivatives_in_all_nestings(order):
    third = derive(lambda x: x**5 / 60 + x * x * np.sin(x), order)(2.0)
    # x^2 + (6 cos x - 6 x sin x - x^2 cos x)
    assert third == pytest.approx(4.0 + 2 * np.cos(2.0) - 12 * np.sin(2.0), rel=1e-12)


@pytest.mark.parametrize("order", nestings(["forward", "reverse"], 5))
def test_fifth_derivatives_in_all_nestings(order):
    assert derive(np.exp, order)(0.5) == pytest.approx(np.exp(0.5), rel=1e-12)
    assert derive(lambda x: x**4, order)(0.5) == 0.0


@pytest.mark.parametrize("order", nestings(["jacfwd", "jacrev"], 3))
def test_third_derivatives_of_an_array_function(order):
    x = np.array([0.5, -1.0, 2.0])
    T = derive(lambda x: x[0] * x[1] * x[2] + x[0] ** 3, order)(x)
    expected = np.zeros((3, 3, 3))
    for place in itertools.permutations(range(3)):
        expected[place] = 1.0
    expected[0, 0, 0] = 6.0
    assert np.array_equal(T, expected)


# ---------------------------------------------------------------- perturbation confusion


@pytest.mark.parametrize("order", nestings([name for name in WAYS if name[0].islower()], 2))
def test_perturbations_are_not_confused(order):
    """d/dx (x d/dy (x + y)) at 1 is 1, not 2 (Siskind and Pearlmutter 2005, section 2)."""
    outer, inner = (WAYS[name] for name in order.split("-"))
    assert outer(lambda x: x * inner(lambda y: x + y)(1.0))(1.0) == 1.0


@pytest.mark.parametrize("order", nestings(["forward", "reverse", "jvp", "vjp"], 2))
def test_an_inner_function_that_uses_outer_values_everywhere(order):
    outer, inner = (WAYS[name] for name in order.split("-"))

    def f(x):
        # d/dy (x^2 y^3 + sin(x y)) at y = x: 3 x^4 + x cos(x^2)
        return inner(lambda y: x * x * y**3 + np.sin(x * y))(x)

    x = 0.7
    # 12 x^3 + cos(x^2) - 2 x^2 sin(x^2)
    expected = 12 * x**3 + np.cos(x * x) - 2 * x * x * np.sin(x * x)
    assert outer(f)(x) == pytest.approx(expected, rel=1e-13)


@pytest.mark.parametrize("order", nestings(["forward", "reverse"], 2))
def test_the_inner_result_may_be_independent_of_the_inner_argument(order):
    outer, inner = (WAYS[name] for name in order.split("-"))
    assert outer(lambda x: x * x + inner(lambda y: x * x)(2.0))(3.0) == 6.0
    assert outer(lambda x: inner(lambda y: y * 5.0)(x))(3.0) == 0.0


def test_an_inner_function_may_be_made_outside():
    # a closure over the outer variable that an inner transform differentiates later
    def outer(x):
        functions = [lambda y, k=k: x**k * y**2 for k in (1, 2)]
        return sum(ad.derivative(f)(x) for f in functions)

    # sum of 2 x^(k+1): 2 x^2 + 2 x^3
    assert ad.grad(outer)(2.0) == pytest.approx(4 * 2.0 + 6 * 4.0)
    assert ad.derivative(outer)(2.0) == pytest.approx(4 * 2.0 + 6 * 4.0)


def test_curried_derivatives_do_not_mix():
    # D (D (\x y. ...)) through functions that return functions (Manzyuk et al. 2019)
    def shift(offset):
        return lambda f: lambda x: f(x + offset)

    def derived_shift(f):
        return lambda x: ad.derivative(lambda offset: shift(offset)(f)(x))(0.0)

    assert derived_shift(derived_shift(np.exp))(1.0) == pytest.approx(np.e)
    assert derived_shift(derived_shift(lambda x: x**3))(2.0) == pytest.approx(12.0)


def test_sibling_transforms_inside_one_function():
    def f(x):
        return ad.grad(np.sin)(x) * ad.derivative(np.exp)(x) * ad.grad(np.square)(x)

    x = 0.4
    expected = 2 * np.exp(x) * (np.cos(x) - x * np.sin(x) + x * np.cos(x))
    for transform in (ad.grad, ad.derivative):
        assert transform(f)(x) == pytest.approx(expected, rel=1e-13)


def test_a_recursive_gradient():
    def f(x, depth):
        return np.sin(x) if depth == 0 else ad.grad(lambda y: f(y, depth - 1))(x)

    assert f(0.3, 4) == pytest.approx(np.sin(0.3))
    assert f(0.3, 5) == pytest.approx(np.cos(0.3))


def test_minimization_inside_a_derivative():
    # implicit: argmin_y (y - x)^2 + y^4 by gradient steps; dy/dx = 1 / (1 + 6 y^2)
    def solve(x):
        y = 0.0 * x
        for _ in range(200):
            y = y - 0.1 * ad.grad(lambda y: (y - x) ** 2 + y**4)(y)
        return y

    y = solve(1.0)
    for transform in (ad.grad, ad.derivative):
        assert transform(solve)(1.0) == pytest.approx(1 / (1 + 6 * y * y), rel=1e-9)


# ---------------------------------------------------------------- levels


def test_an_inner_level_has_the_greater_number():
    outer = Level()
    inner = Level()
    assert outer.number < inner.number
    assert repr(outer) == f"<level {outer.number}>"
    outer.ended = True
    assert repr(outer) == f"<level {outer.number}, ended>"


def test_engines_made_by_hand_lie_above_their_data():
    x = ad.Node(ad.Dual(ad.Node(2.0), 1.0))
    assert x.level.number == x.value.level.number + 1 == x.value.value.level.number + 2
    levels = []

    def f(t):
        levels.extend([t.level.number, ad.Dual(t, t).level.number, ad.Node(t).level.number])
        return ad.Node(t * t).data

    assert ad.grad(f)(3.0) == 6.0
    assert levels == [levels[0], levels[0] + 1, levels[0] + 1]


def test_plain_nodes_meet_values_of_a_transform_as_constants():
    w = ad.Node(3.0)
    y = []
    ad.grad(lambda x: y.append(ad.value(x * w)) or x * 2)(2.0)
    assert y == [6.0]


# ---------------------------------------------------------------- exceptions and threads


@pytest.mark.parametrize("order", nestings(["forward", "reverse", "jacfwd", "jacrev"], 2))
def test_after_an_exception_the_next_call_is_right(order):
    outer, inner = (WAYS[name] for name in order.split("-"))

    def fragile(x):
        if fails:
            raise ZeroDivisionError
        return x**4

    f = outer(lambda x: inner(fragile)(x) * x)
    for fails in (True, False, True, True, False):
        if fails:
            with pytest.raises(ZeroDivisionError):
                f(2.0)
        else:
            assert f(2.0) == 128.0  # (4 x^4)' = 16 x^3


def test_eight_threads_differentiate_at_the_same_time():
    interval = sys.getswitchinterval()
    start = threading.Barrier(8)
    wrong = []

    def work(k):
        # d/dx (x d/dy (x y^2)) at y = x is d/dx (2 x^3)
        outer, inner = [(a, b) for a in (ad.grad, ad.derivative) for b in (ad.grad, ad.derivative)][
            k % 4
        ]
        f = outer(lambda x: x * inner(lambda y: x * y * y)(x))
        start.wait()
        for i in range(100):
            x = 1.0 + (k + i) % 7
            if f(x) != 6 * x * x:
                wrong.append((k, x, f(x)))

    sys.setswitchinterval(1e-6)
    try:
        threads = [threading.Thread(target=work, args=(k,)) for k in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        sys.setswitchinterval(interval)
    assert not wrong


def test_threads_specialise_operations_at_the_same_time(monkeypatch):
    interval = sys.getswitchinterval()
    start = threading.Barrier(8)
    results = []

    monkeypatch.setattr(registry, "_catalogue", {op.function: op for op in registry.catalogue()})

    @ad.rules.elementary
    def quadruple(x):
        return 4 * x

    ad.rules.elementwise(quadruple, 4)

    def work():
        start.wait()
        results.extend(t(lambda x: quadruple(x) * x)(3.0) for t in (ad.grad, ad.derivative))

    sys.setswitchinterval(1e-6)
    try:
        threads = [threading.Thread(target=work) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        sys.setswitchinterval(interval)
    assert results == [24.0] * 16


def test_one_transform_is_used_by_several_threads():
    J = ad.jacobian(lambda x: np.sin(x) * x[0])
    expected = ad.jacfwd(lambda x: np.sin(x) * x[0])(np.arange(5.0))
    results = []

    def work():
        results.extend([J(np.arange(5.0)) for _ in range(20)])

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(results) == 160
    np.testing.assert_allclose(results, np.broadcast_to(expected, (160, 5, 5)), rtol=1e-14)
