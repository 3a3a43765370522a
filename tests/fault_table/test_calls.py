"""Rows 93 to 108: shapes of calls."""

import numpy as np
import pytest

import adkit as ad
from adkit.common import errors
from adkit.common.registry import find
from tests.fault_table.refusals import V, refused


def test_row_093_a_cotangent_of_another_shape():
    _, pullback = ad.vjp(np.sin, V)
    for ct in (1.0, np.ones((2, 3)), np.ones((3, 1)), np.ones(1), np.ones(4)):
        refused(errors.SeedError, "ADK142", pullback, ct)


def test_row_094_a_tangent_of_another_shape():
    for t in (1.0, np.ones((2, 3)), np.ones((3, 1)), np.ones(1), np.ones(4)):
        refused(errors.SeedError, "ADK142", lambda t=t: ad.jvp(np.sin, (V,), (t,)))


def test_row_095_a_complex_cotangent():
    _, pullback = ad.vjp(np.sin, V)
    refused(errors.SeedError, "ADK141", pullback, V * 1j)
    refused(errors.SeedError, "ADK141", ad.vjp(np.sin, 1.0)[1], 1j)


def test_row_096_a_gradient_of_an_array():
    error = refused(errors.NonScalarOutputError, "ADK137", ad.grad(np.sin), V)
    assert "sin returned shape (3,)" in str(error)
    assert "jacobian" in str(error)


def test_row_097_an_array_of_one_element():
    error = refused(errors.NonScalarOutputError, "ADK137", ad.grad(lambda x: x[:1]), V)
    assert "squeeze" in str(error)
    assert ad.grad(lambda x: x[:1].squeeze())(V).tolist() == [1.0, 0.0, 0.0]


def test_row_098_a_result_that_does_not_depend_on_the_argument(gradient):
    assert gradient(lambda x: 3.0)(V).tolist() == [0.0] * 3
    with ad.strict():
        refused(errors.StrictError, "ADK511", lambda: gradient(lambda x: 3.0)(V))


def test_row_099_nothing_returned(gradient):
    error = refused(errors.OutputError, "ADK131", gradient(lambda x: None), V)
    assert "return statement" in str(error)


def test_row_100_a_list_returned():
    for results in (lambda x: [x, x], lambda x: (x, x), lambda x: {"a": x}):
        error = refused(errors.OutputError, "ADK134", ad.grad(results), 1.0)
        assert "has_aux=True" in str(error)


def product(x, y):
    return x * y


def test_row_101_argnums_out_of_range(gradient):
    error = refused(errors.ArgumentError, "ADK104", gradient(product, argnums=2), 1.0, 2.0)
    assert "product was called with 2 positional arguments" in str(error)
    refused(errors.ArgumentError, "ADK104", gradient(product, argnums=-3), 1.0, 2.0)


def test_row_102_arguments_by_name(gradient):
    refused(errors.ArgumentError, "ADK104", lambda: gradient(product)(x=2.0, y=5.0))
    assert gradient(product)(2.0, y=5.0) == 5.0


def test_row_103_a_number_for_a_function():
    for transform in (ad.grad, ad.jacobian, ad.hessian, ad.derivative):
        refused(errors.ArgumentError, "ADK101", transform, 3.0)
    refused(errors.ArgumentError, "ADK101", lambda: ad.vjp(3.0, 1.0))


def test_row_104_a_point_for_argnums():
    error = refused(errors.ArgumentError, "ADK103", lambda: ad.grad(np.sin, 3.0))
    assert "write grad(f)(x0)" in str(error)


def test_row_105_text_in_a_dict(gradient):
    parameters = {"weight": 1.0, "layers": [{"name": "first"}]}
    error = refused(errors.InputTypeError, "ADK123", gradient(lambda p: p["weight"]), parameters)
    assert "['layers'][0]['name'] is a str" in str(error)


@ad.rules.elementary
def undeclared(x):
    return x


def test_row_106_an_operation_without_a_rule(gradient):
    error = refused(errors.MissingRuleError, "ADK401", gradient(lambda x: undeclared(x)), 1.0)
    assert "undeclared has no derivative rule" in str(error)
    assert "adkit.rules.composite(" in str(error)


def test_row_107_rules_serve_both_modes():
    refused(
        errors.RegistrationError,
        "ADK411",
        lambda: ad.rules.general(undeclared, push=None, pull=lambda ct, x: ct),
    )
    refused(errors.RegistrationError, "ADK411", lambda: ad.rules.linear(undeclared, None))
    m = np.array([[2.0, 0.5], [0.5, 1.0]])
    for f in (np.linalg.det, np.linalg.inv, np.linalg.cholesky, np.linalg.eigvalsh):
        assert find(f) is not None
        jacobians = [transform(f)(m) for transform in (ad.jacfwd, ad.jacrev)]
        assert jacobians[0] == pytest.approx(jacobians[1])
    solved = [t(np.linalg.solve, 1)(m, V[:2]) for t in (ad.jacfwd, ad.jacrev)]
    assert solved[0] == pytest.approx(solved[1])


def test_row_108_matrices_that_do_not_fit(gradient):
    with pytest.raises(ValueError, match="mismatch in its core dimension"):
        gradient(lambda x: (np.eye(4) @ x).sum())(V)
