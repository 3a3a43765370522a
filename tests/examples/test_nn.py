"""The neural-network library: its gradients, its types, its optimisers."""

import numpy as np
import pytest

import adkit as ad
from adkit import Node
from examples import nn

TOLERANCE = {"rtol": 1e-12, "atol": 1e-12}


def with_values(model, nodes, values, compute):
    """Run ``compute()`` with other values in the places of the model's nodes."""
    replacement = dict(zip(map(id, nodes), values, strict=True))

    def exchange(module, mapping):
        for name, value in list(vars(module).items()):
            if id(value) in mapping:
                setattr(module, name, mapping[id(value)])
            elif isinstance(value, tuple):
                for part in value:
                    exchange(part, mapping)

    exchange(model, replacement)
    try:
        return compute()
    finally:
        exchange(model, dict(zip(map(id, values), nodes, strict=True)))


def gradients_both_ways(model, x, loss):
    """Return the gradients of the parameters and the input: by Node, and by value_and_grad."""
    nodes = model.parameters()
    source = Node(x)
    by_node_value = loss(model(source))
    by_node_value.backward()
    by_node = [source.grad.data, *(node.grad.data for node in nodes)]

    def functional(arrays):
        x, *values = arrays
        return with_values(model, nodes, values, lambda: loss(model(x)))

    value, by_function = ad.value_and_grad(functional)([x, *(node.data for node in nodes)])
    np.testing.assert_allclose(by_node_value.data, value, **TOLERANCE)
    return by_node, by_function


def weighted_sum(output):
    """Return a scalar in which every entry of the output has a weight of its own."""
    return np.sum(output * np.cos(np.arange(output.size)).reshape(output.shape))


LAYERS = {
    "linear": lambda rng: nn.Linear(3, 4, rng),
    "relu": lambda rng: nn.ReLU(),
    "tanh": lambda rng: nn.Tanh(),
    "sigmoid": lambda rng: nn.Sigmoid(),
    "softmax": lambda rng: nn.Softmax(),
    "sequence": lambda rng: nn.Sequential(
        nn.Linear(3, 5, rng), nn.ReLU(), nn.Linear(5, 4, rng), nn.Sigmoid(), nn.Softmax()
    ),
}


@pytest.mark.parametrize("name", LAYERS)
def test_layer_gradients_agree_with_value_and_grad(name):
    rng = np.random.default_rng(1)
    by_node, by_function = gradients_both_ways(
        LAYERS[name](rng), rng.normal(size=(6, 3)), weighted_sum
    )
    assert len(by_node) == len(by_function)
    for pulled, expected in zip(by_node, by_function, strict=True):
        assert pulled.shape == expected.shape
        assert np.any(expected != 0)
        np.testing.assert_allclose(pulled, expected, **TOLERANCE)


@pytest.mark.parametrize(
    "loss",
    [
        lambda scores: nn.cross_entropy(scores, np.array([0, 2, 1, 1, 0])),
        lambda scores: nn.mean_squared_error(scores, np.linspace(-1, 1, 15).reshape(5, 3)),
    ],
    ids=["cross_entropy", "mean_squared_error"],
)
def test_loss_gradients_agree_with_value_and_grad(loss):
    rng = np.random.default_rng(2)
    model = nn.Sequential(nn.Linear(2, 6, rng), nn.Tanh(), nn.Linear(6, 3, rng))
    for pulled, expected in zip(
        *gradients_both_ways(model, rng.normal(size=(5, 2)), loss), strict=True
    ):
        np.testing.assert_allclose(pulled, expected, **TOLERANCE)


def test_gradient_of_cross_entropy_is_probability_minus_indicator():
    rng = np.random.default_rng(3)
    scores, labels = Node(rng.normal(size=(4, 3))), np.array([2, 0, 1, 1])
    nn.cross_entropy(scores, labels).backward()
    expected = (nn.Softmax()(scores.data) - np.eye(3)[labels]) / 4
    np.testing.assert_allclose(scores.grad.data, expected, **TOLERANCE)


def test_losses_of_extreme_scores_are_finite():
    scores = Node(np.array([[1000.0, 0.0], [0.0, -1000.0]]))
    loss = nn.cross_entropy(scores, np.array([1, 0]))
    loss.backward()
    np.testing.assert_allclose(loss.data, 500.0)
    np.testing.assert_allclose(scores.grad.data, [[0.5, -0.5], [0.0, 0.0]], **TOLERANCE)
    np.testing.assert_array_equal(nn.Sigmoid()(np.array([-1e4, 0.0, 1e4])), [0.0, 0.5, 1.0])


def test_sigmoid_is_the_logistic_function():
    x = np.linspace(-5, 5, 11)
    np.testing.assert_allclose(nn.Sigmoid()(x), 1 / (1 + np.exp(-x)), **TOLERANCE)


@pytest.mark.parametrize("optimiser", [nn.SGD, nn.Adam])
def test_single_precision_is_kept(optimiser):
    rng = np.random.default_rng(4)
    model = nn.Sequential(
        nn.Linear(2, 4, rng, np.float32), nn.ReLU(), nn.Linear(4, 2, rng, np.float32), nn.Sigmoid()
    )
    optimiser = optimiser(model.parameters(), rate=0.1)
    for _ in range(2):
        optimiser.zero_grad()
        loss = nn.cross_entropy(model(np.ones((3, 2), np.float32)), np.array([0, 1, 0]))
        loss.backward()
        optimiser.step()
    assert loss.dtype == np.float32
    for node in model.parameters():
        assert node.data.dtype == np.float32
        assert node.grad.dtype == np.float32


def test_shared_parameters_are_listed_once_and_collect_both_uses():
    rng = np.random.default_rng(5)
    shared = nn.Linear(2, 2, rng)
    model = nn.Sequential(shared, nn.Tanh(), shared)
    assert [id(node) for node in model.parameters()] == [id(shared.weight), id(shared.bias)]
    x = rng.normal(size=(3, 2))
    weighted_sum(model(x)).backward()

    def functional(weight, bias):
        return weighted_sum(np.tanh(x @ weight + bias) @ weight + bias)

    expected = ad.grad(functional, (0, 1))(shared.weight.data, shared.bias.data)
    np.testing.assert_allclose(shared.weight.grad.data, expected[0], **TOLERANCE)
    np.testing.assert_allclose(shared.bias.grad.data, expected[1], **TOLERANCE)


def test_gradients_accumulate_until_cleared():
    rng = np.random.default_rng(6)
    model = nn.Linear(2, 1, rng)
    x = rng.normal(size=(3, 2))
    np.sum(model(x)).backward()
    once = model.weight.grad.data
    np.sum(model(x)).backward()
    np.testing.assert_allclose(model.weight.grad.data, 2 * once, **TOLERANCE)
    model.zero_grad()
    assert model.weight.grad is None
    assert model.bias.grad is None


def test_fixed_nodes_are_not_parameters():
    model = nn.Linear(2, 1, np.random.default_rng(7))
    model.bias = Node(np.zeros(1), requires_grad=False)
    assert [id(node) for node in model.parameters()] == [id(model.weight)]


def test_sgd_takes_the_steps_of_the_formula():
    x = Node(1.0)
    optimiser = nn.SGD([x], rate=0.1, momentum=0.5)
    for expected in (0.8, 0.54):  # 1 - 0.1 * 2, then 0.8 - 0.1 * (0.5 * 2 + 1.6)
        optimiser.zero_grad()
        (x**2).backward()
        optimiser.step()
        np.testing.assert_allclose(x.data, expected, **TOLERANCE)


def test_a_step_does_not_reach_into_what_was_recorded_before_it():
    x = Node(np.array([1.0, 2.0]))
    loss = np.sum(x**2)
    loss.backward()
    before = x.grad.data
    optimiser = nn.SGD([x], rate=0.1)
    optimiser.step()
    optimiser.zero_grad()
    loss.backward()
    np.testing.assert_array_equal(x.grad.data, before)
    np.testing.assert_allclose(x.data, [0.8, 1.6], **TOLERANCE)


def test_first_step_of_adam_is_the_rate_whatever_the_scale():
    x = Node(np.array([1.0, -1000.0]))
    optimiser = nn.Adam([x], rate=0.01)
    np.sum(x**2).backward()
    optimiser.step()
    np.testing.assert_allclose(x.data, [0.99, -999.99], rtol=1e-9)


def test_parameters_without_gradient_stay():
    used, unused = Node(np.array([1.0])), Node(np.array([1.0]))
    optimiser = nn.SGD([used, unused], rate=0.5)
    np.sum(used**2).backward()
    optimiser.step()
    np.testing.assert_array_equal(used.data, [0.0])
    np.testing.assert_array_equal(unused.data, [1.0])


def test_incomplete_subclasses_say_what_is_missing():
    with pytest.raises(NotImplementedError, match="Module does not define forward"):
        nn.Module()(np.ones(2))
    with pytest.raises(NotImplementedError, match="Optimiser does not define displacement"):
        nn.Optimiser([], 0.1).displacement(0, np.ones(2))
