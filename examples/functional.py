"""The network of ``examples/regression.py`` once more, without a single ``Node``.

What you will learn here: training needs no objects with a memory. The parameters are a list of
dictionaries of arrays, the loss is a function of them, and ``value_and_grad`` turns it into a
function that returns the loss and a gradient of the same nested shape. Nothing accumulates, so
nothing needs clearing, and nothing is changed in place.

A function of that kind is what optimisers in other libraries ask for. With the parameters laid
end to end in one vector, ``scipy.optimize.minimize(value_and_grad(f), x0, jac=True)`` does the
training.

Run it from the root of the repository::

    python -m examples.functional
"""

import itertools

import numpy as np

import adkit as ad
from examples import command_line, regression

# --- The network: parameters are data, the network is a function ------------------------------


def initialise(rng, sizes=(1, 32, 1)):
    """Return the parameters of a network with layers of the given sizes.

    Examples
    --------
    >>> layers = initialise(np.random.default_rng(0))
    >>> [{name: array.shape for name, array in layer.items()} for layer in layers]
    [{'weight': (1, 32), 'bias': (32,)}, {'weight': (32, 1), 'bias': (1,)}]
    """
    return [
        {
            "weight": rng.normal(0.0, inputs**-0.5, (inputs, outputs)),
            "bias": np.zeros(outputs),
        }
        for inputs, outputs in itertools.pairwise(sizes)
    ]


def predict(parameters, x):
    """Apply the network to samples of shape (n, inputs)."""
    *hidden, last = parameters
    for layer in hidden:
        x = np.tanh(x @ layer["weight"] + layer["bias"])
    return x @ last["weight"] + last["bias"]


def loss(parameters, x, y):
    """Return the mean squared error of the network on the data."""
    return np.mean((predict(parameters, x) - y) ** 2)


# --- Training: the gradient has the shape of the parameters -----------------------------------


def combine(function, *trees):
    """Apply a function leaf by leaf to lists and dictionaries nested alike.

    Examples
    --------
    >>> combine(lambda a, b: a + 10 * b, [1, {"x": 2}], [3, {"x": 4}])
    [31, {'x': 42}]
    """
    first = trees[0]
    if isinstance(first, dict):
        return {name: combine(function, *(tree[name] for tree in trees)) for name in first}
    if isinstance(first, list):
        return [combine(function, *branches) for branches in zip(*trees, strict=True)]
    return function(*trees)


def train(parameters, x, y, steps, rate=0.05, momentum=0.9):
    """Gradient descent with momentum; yields the loss before and the parameters after a step."""
    loss_and_gradient = ad.value_and_grad(loss)  # with respect to the first argument
    velocity = combine(np.zeros_like, parameters)
    for _ in range(steps):
        value, gradient = loss_and_gradient(parameters, x, y)
        velocity = combine(lambda v, g: momentum * v + g, velocity, gradient)
        parameters = combine(lambda p, v: p - rate * v, parameters, velocity)
        yield value, parameters


# --- SciPy: one vector in, one number and one vector out --------------------------------------


def flatten(parameters):
    """Lay all parameters end to end in one vector."""
    return np.concatenate([array.ravel() for layer in parameters for array in layer.values()])


def unflatten(vector, like):
    """Cut a vector back into parameters shaped as those of ``like``.

    Slicing and reshaping are differentiable operations as any other, so this may stand
    inside the function to be differentiated.

    Examples
    --------
    >>> like = initialise(np.random.default_rng(0))
    >>> vector = flatten(like)
    >>> vector.shape
    (97,)
    >>> np.array_equal(unflatten(vector, like)[0]["weight"], like[0]["weight"])
    True
    """
    start = 0

    def take(array):
        nonlocal start
        start += array.size
        return vector[start - array.size : start].reshape(array.shape)

    return combine(take, like)


def train_with_scipy(parameters, x, y, steps):
    """Fit by SciPy's L-BFGS-B, which wants the value and the gradient from one call.

    Returns
    -------
    parameters : list of dict
        The fitted parameters, nested as those given.
    result : scipy.optimize.OptimizeResult
        What SciPy says about the run.
    """
    from scipy import optimize

    def loss_of_vector(vector):
        return loss(unflatten(vector, parameters), x, y)

    result = optimize.minimize(
        ad.value_and_grad(loss_of_vector),
        flatten(parameters),
        jac=True,
        method="L-BFGS-B",
        options={"maxiter": steps},
    )
    return unflatten(result.x, parameters), result


def main(argv=None):
    """Read the command line, train in both ways, and report."""
    parser = command_line.parser("functional", "Train without a single Node.", steps=500)
    options = parser.parse_args(argv)
    rng = np.random.default_rng(options.seed)
    x, y = regression.make_data(rng)
    start = initialise(rng)
    print(f"a network of {flatten(start).size} parameters, loss {loss(start, x, y):.5f}")

    with ad.count_sweeps() as ledger:
        ad.value_and_grad(loss)(start, x, y)
    print(f"sweeps for one gradient: {ledger.reverse} reverse, {ledger.forward} forward")

    for step, (value, _) in enumerate(train(start, x, y, options.steps)):
        if command_line.due(step, options.steps):
            print(f"momentum, {step:5d} gradients: loss {value:.5f}")

    try:
        fitted, result = train_with_scipy(start, x, y, options.steps)
    except ImportError:
        print("SciPy's optimisers need SciPy: pip install 'adkit-autodiff[scipy]'")
    else:
        print(f"L-BFGS-B, {result.nfev:5d} gradients: loss {loss(fitted, x, y):.5f}")


if __name__ == "__main__":
    main()
