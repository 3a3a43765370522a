"""What Taylor coefficients cost: operations as the order grows."""

import itertools

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy import special

import adkit as ad
from adkit.forward import coefficient_rules, systems
from adkit.scipy import linalg

COUNTED = {
    **{
        name: getattr(np, name)
        for name in ("exp", "log", "sqrt", "tan", "arcsin", "arctan", "tanh")
    },
    "composed": lambda x: np.sin(x * np.exp(x)) * np.tanh(x),
    "quotient": lambda x: np.sin(x) / (1 + x * x),
    "fractional power": lambda x: x**2.5,
    "power of itself": lambda x: x**x,
    "deviation": lambda x: np.std(np.stack([x, x * x, np.exp(x)])),
    "product of matrices": lambda x: (matrix(x) @ matrix(x)).sum(),
    "inverse": lambda x: np.linalg.inv(matrix(x)).sum(),
    "system": lambda x: np.linalg.solve(matrix(x), matrix(np.sin(x))),
    "system of a vector": lambda x: np.linalg.solve(matrix(x), matrix(np.sin(x))[0]),
    "system with a constant side": lambda x: np.linalg.solve(matrix(x), np.ones(2)),
    "system of a constant matrix": lambda x: np.linalg.solve(matrix(3.0), matrix(x)),
    "systems": lambda x: np.linalg.solve(np.stack([matrix(x), matrix(2 * x)]), matrix(x)),
    "triangular system": lambda x: linalg.solve_triangular(matrix(x), matrix(x), lower=True),
    "Cholesky factors": lambda x: linalg.cho_solve((matrix(x), True), matrix(x)),
    "determinant": lambda x: np.linalg.det(matrix(x)),
    "least squares": lambda x: np.linalg.lstsq(matrix(x), matrix(x)[0])[0],
    "exponential of a matrix": lambda x: linalg.expm(matrix(x)),
    # whose derivatives choose by region, at each order anew
    "elliptic integral": special.ellipe,
    "Bessel function": lambda x: special.ive(0.5, x),
    "logistic function": special.expit,
    "normal distribution": special.log_ndtr,
}


def matrix(x):
    return np.stack([x, x * x, np.exp(x), x + 3]).reshape(2, 2)


def operations(run, x=0.4):
    """Return how many operations on numbers a derivative takes, counted one level below it."""
    point, direction = ad.Dual(x, 1.0), ad.Dual(1.0, 0.0)
    before = point.level.operations
    run(point, direction)
    return point.level.operations - before


def test_operations_are_counted():
    assert operations(lambda x, v: x * v + v) == 2


@pytest.mark.parametrize("name", COUNTED)
def test_the_cost_grows_as_the_square_of_the_order(name):
    f = COUNTED[name]
    counts = [operations(lambda x, v, k=k: ad.taylor(f, x, v, k)) for k in (8, 16, 32)]
    assert counts[1] <= 4 * counts[0]
    assert counts[2] <= 4 * counts[1]


def test_nested_modes_cost_three_times_as_much_with_each_order():
    def nested(x, v, order):
        if order == 0:
            return COUNTED["composed"](x)
        return ad.jvp(lambda x: nested(x, v, order - 1), (x,), (v,))[1]

    counts = [operations(lambda x, v, k=k: nested(x, v, k)) for k in range(1, 7)]
    assert all(2.5 < b / a < 3.5 for a, b in itertools.pairwise(counts))
    series = [operations(lambda x, v, k=k: ad.taylor(COUNTED["composed"], x, v, k)) for k in (6, 8)]
    assert series[0] < counts[5] / 10
    assert series[1] < 839  # equations of jax.experimental.jet in JAX 0.10


# ---------------------------------------------------------------- linear systems

A = np.array([[2.0, 1.0, 0.0], [0.5, 3.0, -1.0], [0.0, 1.0, 4.0]])
B = np.array([[0.3, -1.0, 0.2], [0.0, 0.5, 1.0], [0.7, 0.0, -0.4]])
POINTS = {
    "matrices": (A, B),
    "vector": (A, B[0]),
    "stack of matrices": (np.stack([A, A + 1]), B),
    "stack of sides": (A, np.stack([B, B + 1])),
    "complex": (A + 1j * B, B - 1j * A),
    "one row": (np.array([[2.0]]), np.array([3.0])),
    "nothing": (np.zeros((0, 0)), np.zeros(0)),
}


def moved(point, s):
    return [
        np.sin(s * x + 1) + (3 * np.eye(x.shape[-1]) if i == 0 else 0) for i, x in enumerate(point)
    ]


@pytest.mark.parametrize("active", [(0, 1), (0,), (1,)])
@pytest.mark.parametrize("name", POINTS)
def test_solutions_are_products_with_the_inverse(name, active):
    def data(s):
        now, then = moved(POINTS[name], s), moved(POINTS[name], 0.3)
        return [x if i in active else c for i, (x, c) in enumerate(zip(now, then, strict=True))]

    def product(s):
        a, b = data(s)
        return (np.linalg.inv(a) @ (b[:, None] if b.ndim == 1 else b)).reshape(
            np.shape(by_solve(s))
        )

    def by_solve(s):
        return np.linalg.solve(*data(s))

    found, expected = ad.taylor(by_solve, 0.3, 1.0, 9), ad.taylor(product, 0.3, 1.0, 9)
    assert_allclose(found, expected, rtol=1e-12, atol=1e-12 * np.max(np.abs(expected), initial=0))


def test_a_system_is_solved_once_for_each_coefficient_and_operand(monkeypatch):
    calls = []
    solve = systems._Point.solve
    monkeypatch.setattr(
        systems._Point, "solve", lambda self, *args: calls.append(self.last) or solve(self, *args)
    )
    ad.taylor(lambda s: np.linalg.solve(*moved(POINTS["matrices"], s)), 0.3, 1.0, 8)
    assert sum(calls) <= 2 + 2 * 8


def growing(a, b):
    """Return what is linear in `b` as a solution is, and not its like in `a`: exp(a) b."""
    return np.exp(a) * b


def crossed(a, b):
    """Return a function of two operands whose rules read them."""
    return a * b * b


def pulled(t, ans, a, b):
    return dividing(a, -t * ans)


@pytest.fixture(scope="module", autouse=True)
def _declared():
    for function, push in RULES.items():
        ad.rules.general(function, push)


growing = ad.rules.elementary(growing)
crossed = ad.rules.elementary(crossed)
dividing = ad.rules.elementary(lambda a, b: b / a)
shifting = ad.rules.elementary(lambda a, b: b / a)
scaling = ad.rules.elementary(lambda a, b: b / a)
weighting = ad.rules.elementary(lambda a, b: b / a)
adding = ad.rules.elementary(lambda a, b: b * np.exp(-a))
ONES = np.ones(2)
RULES = {
    scaling: (
        lambda t, ans, a, b: -t * ans * scaling(a, ONES),
        lambda t, a, b: t * scaling(a, ONES),
    ),
    weighting: (lambda t, ans, a, b: -t * weighting(a, ans), lambda t, a, b: weighting(a, t)),
    adding: (lambda t, ans, a, b: adding(a, 0 * t * ans) - t * ans, lambda t, a, b: adding(a, t)),
    growing: (lambda t, ans, a, b: t * ans, lambda t, a, b: growing(a, t)),
    crossed: (lambda t, a, b: crossed(t, b), lambda t, a, b: 2 * a * b * t),
    dividing: (pulled, lambda t, a, b: dividing(a, t)),
    shifting: (lambda t, ans, a, b: -shifting(a, t * b / a), lambda t, a, b: shifting(a, t)),
}


@pytest.mark.parametrize(
    ("function", "solves"),
    [(dividing, True), *((f, False) for f in RULES if f is not dividing)],
)
def test_a_system_is_recognised_by_what_its_rules_read(function, solves):
    a, b = np.array([0.7, 1.2]), np.array([0.4, -0.3])
    op = ad.common.registry.find(function)
    assert (systems.recognised(op, function(a, b), (a, b), {}) is not None) == solves
    plain = function.__wrapped__
    found = ad.taylor(lambda s: function(a + np.sin(s), b * np.exp(s)), 0.2, 1.0, 6)
    expected = ad.taylor(lambda s: plain(a + np.sin(s), b * np.exp(s)), 0.2, 1.0, 6)
    assert_allclose(found, expected, rtol=1e-12)


def test_coefficients_are_declared_of_one_operand():
    with pytest.raises(ad.AdkitError, match="ADK411"):
        ad.rules.general(
            ad.rules.elementary(lambda a, b: a * b),
            (lambda t, a, b: t * b, lambda t, a, b: a * t),
            series=lambda c, a, b: c,
        )


def test_gradients_of_coefficients_of_a_solution():
    def last(inverse, x):
        def solution(s):
            a, b = A + np.outer(x, x) * np.sin(s), np.exp(s * x)
            return np.linalg.inv(a) @ b if inverse else np.linalg.solve(a, b)

        return ad.taylor(solution, 0.2, 1.0, 5)[5].sum()

    x = np.array([0.3, 0.5, 0.2])
    for derivative in (ad.grad, ad.hessian):
        found, expected = (derivative(lambda x, i=i: last(i, x))(x) for i in (False, True))
        assert_allclose(found, expected, rtol=1e-11, atol=1e-11)


INVERSES = {
    "exponential": lambda p: linalg.expm(p) @ linalg.expm(-p) - np.eye(3),
    "logarithm": lambda p: linalg.logm(linalg.expm(p)) - p,
    "square root": lambda p: linalg.sqrtm(p) @ linalg.sqrtm(p) - p,
}


@pytest.mark.parametrize("name", INVERSES)
def test_functions_of_matrices_have_the_coefficients_of_their_inverses(name):
    point, line = A @ A.T / 9, (B + B.T) / 9
    difference = ad.taylor(INVERSES[name], point, line, 8)
    assert_allclose(difference, np.zeros((9, 3, 3)), rtol=0, atol=2e-13)
    tangents = ad.taylor(lambda p: ad.jvp(INVERSES[name], (p,), (line,))[1], point, line, 4)
    assert_allclose(tangents, np.zeros((5, 3, 3)), rtol=0, atol=2e-12)


def test_a_rule_may_call_what_declares_its_coefficients():
    tripled = ad.rules.elementary(lambda a: 3 * linalg.expm(a))
    ad.rules.general(tripled, lambda t, a: 3 * t * linalg.expm(a))  # of diagonal matrices

    def matrix_of(s):
        return np.diag(np.stack([s, 2 * s]))

    found = ad.taylor(lambda s: tripled(matrix_of(s)), 0.3, 1.0, 6)
    rule = ad.taylor(lambda s: 3 * matrix_of(1.0 + 0 * s) * linalg.expm(matrix_of(s)), 0.3, 1.0, 5)
    assert_allclose(found[1:] * np.arange(1, 7)[:, None, None], rule, rtol=1e-12, atol=1e-13)


def test_the_law_sees_a_wrong_solution(monkeypatch):
    def planted(call, system, results):
        rule = solved(call, system, results)
        return lambda k: [c if k != 2 else c * 1.5 for c in rule(k)]

    solved = coefficient_rules._solved
    monkeypatch.setattr(coefficient_rules, "_solved", planted)
    with pytest.raises(AssertionError):
        test_solutions_are_products_with_the_inverse("matrices", (0, 1))
