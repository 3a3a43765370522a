"""The functional example: the same gradients and steps as with nodes, and SciPy."""

import sys

import numpy as np
import pytest

import adkit as ad
from examples import functional, nn, regression

TOLERANCE = {"rtol": 1e-12, "atol": 1e-12}


@pytest.fixture
def task():
    """Return data, and the same network twice: as nodes and as nested parameters."""
    x, y = regression.make_data(np.random.default_rng(0), points=40)
    model = regression.build_model(np.random.default_rng(1), width=8)
    parameters = functional.initialise(np.random.default_rng(1), sizes=(1, 8, 1))
    return x, y, model, parameters


def leaves(parameters):
    """Return the arrays in the order in which the modules list their nodes."""
    return [array for layer in parameters for array in layer.values()]


def test_same_loss_and_gradients_as_with_nodes(task):
    x, y, model, parameters = task
    value, gradient = ad.value_and_grad(functional.loss)(parameters, x, y)
    by_node = nn.mean_squared_error(model(x), y)
    by_node.backward()
    np.testing.assert_allclose(by_node.data, value, **TOLERANCE)
    for node, expected in zip(model.parameters(), leaves(gradient), strict=True):
        np.testing.assert_allclose(node.grad.data, expected, **TOLERANCE)


def test_same_steps_as_the_optimiser(task):
    x, y, model, parameters = task
    optimiser = nn.SGD(model.parameters(), rate=0.05, momentum=0.9)
    losses = []
    for _ in range(10):
        loss = nn.mean_squared_error(model(x), y)
        losses.append(loss.data)
        loss.backward()
        optimiser.step()
        optimiser.zero_grad()
    values, fitted = zip(*functional.train(parameters, x, y, steps=10), strict=True)
    np.testing.assert_allclose(values, losses, **TOLERANCE)
    assert values[-1] < 0.8 * values[0]
    for node, array in zip(model.parameters(), leaves(fitted[-1]), strict=True):
        np.testing.assert_allclose(node.data, array, **TOLERANCE)


def test_training_leaves_the_start_alone(task):
    x, y, _, parameters = task
    before = functional.flatten(parameters)
    list(functional.train(parameters, x, y, steps=2))
    np.testing.assert_array_equal(functional.flatten(parameters), before)


def test_one_gradient_is_one_reverse_sweep(task):
    x, y, _, parameters = task
    with ad.count_sweeps() as ledger:
        ad.value_and_grad(functional.loss)(parameters, x, y)
    assert (ledger.primal, ledger.forward, ledger.reverse, ledger.cotangents) == (1, 0, 1, 1)


def test_scipy_minimises(task):
    x, y, _, parameters = task
    fitted, result = functional.train_with_scipy(parameters, x, y, steps=60)
    assert functional.loss(fitted, x, y) == pytest.approx(result.fun, rel=1e-12)
    assert result.fun < 0.1 * functional.loss(parameters, x, y)


def test_flatten_and_unflatten_are_inverse(task):
    *_, parameters = task
    vector = functional.flatten(parameters)
    back = functional.unflatten(vector, parameters)
    for array, expected in zip(leaves(back), leaves(parameters), strict=True):
        np.testing.assert_array_equal(array, expected)


def test_command_line(capsys):
    functional.main(["--steps", "20"])
    output = capsys.readouterr().out
    assert "a network of 97 parameters" in output
    assert "1 reverse, 0 forward" in output
    assert "L-BFGS-B" in output


def test_command_line_without_scipy(capsys, monkeypatch):
    monkeypatch.setitem(sys.modules, "scipy", None)
    functional.main(["--steps", "2"])
    output = capsys.readouterr().out
    assert "momentum,     1 gradients" in output
    assert "pip install 'adkit-autodiff[scipy]'" in output
