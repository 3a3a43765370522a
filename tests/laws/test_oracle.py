"""The oracle is right, says how far, and is independent of what it judges."""

import ast
from pathlib import Path

import numpy as np
import pytest

from adkit.testing import oracle

#: A function, its derivative, and points where it is not too steep for differences.
SMOOTH = [
    (np.sin, np.cos, [-30.0, -1.0, 0.0, 1e-3, 2.0]),
    (np.exp, np.exp, [-20.0, 0.0, 1.0, 20.0]),
    (np.arctan, lambda x: 1 / (1 + x * x), [-8.0, 0.0, 0.3, 5.0]),
    (lambda x: 1 / x, lambda x: -1 / x**2, [-2.0, 0.3, 1.0, 100.0]),
    (lambda x: x**10, lambda x: 10 * x**9, [-1.0, 0.5, 3.0]),
    (lambda x: np.sin(40 * x), lambda x: 40 * np.cos(40 * x), [0.0, 0.7]),
]


@pytest.mark.parametrize(("f", "derivative", "points"), SMOOTH)
@pytest.mark.parametrize("method", [oracle.ridders, oracle.complex_step])
def test_estimates_lie_within_their_bounds(method, f, derivative, points):
    x = np.array(points)
    found = method(lambda h: f(x + h))
    truth = derivative(x)
    assert np.all(np.abs(found.value - truth) <= 4 * found.error)
    assert np.all(found.error <= 1e-8 * np.abs(truth))


def test_a_kink_beside_the_point_is_not_judged_from_afar():
    x = np.array([1e-4, -1e-4])
    found = oracle.ridders(lambda h: np.abs(x + h))
    assert np.all(np.abs(found.value - np.sign(x)) <= 4 * found.error)


def test_a_jump_is_never_judged():
    found = oracle.ridders(lambda h: np.array([np.floor(h)]))
    assert found.error[0] > 1


def test_what_is_left_of_terms_that_cancel_is_no_derivative():
    rounding = np.finfo(float).eps / 2
    rng = np.random.default_rng(0)

    def residue(h):
        return rng.choice([-rounding, 0.0, rounding], 2000)

    told = oracle.ridders(residue, 2 * rounding)
    assert np.all(np.abs(told.value) <= told.error)
    untold = oracle.ridders(residue)  # some agree with a slope by chance
    assert np.any(np.abs(untold.value) > 100 * untold.error)


def test_complex_results_have_complex_derivatives():
    found = oracle.ridders(lambda h: np.array([np.exp(1j * h)]))
    np.testing.assert_allclose(found.value, [1j], rtol=1e-11)


def test_the_oracle_needs_numpy_alone():
    tree = ast.parse(Path(oracle.__file__).read_text(encoding="utf-8"))
    modules = {
        name.name for node in ast.walk(tree) if isinstance(node, ast.Import) for name in node.names
    } | {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert modules <= {"__future__", "collections.abc", "dataclasses", "numpy", "typing"}
