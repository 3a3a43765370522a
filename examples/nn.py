"""A small neural-network library on top of ``adkit.Node``.

What you will learn here: there is nothing special about a neural network.

* A **layer** is a function of its input that owns a few numbers, its parameters. Held in a
  ``Node``, they remember what was computed from them.
* A **loss** is a line or two of NumPy that ends in a scalar.
* ``loss.backward()`` leaves the slope of the loss in the ``grad`` of every parameter.
* An **optimiser** walks down that slope, and ``zero_grad()`` clears it for the next step.

Every formula below is written with plain ``np.`` functions and operators, so the same layer
accepts an array or a ``Node`` as its input, in single or double precision.

>>> rng = np.random.default_rng(0)
>>> model = Sequential(Linear(2, 8, rng), Tanh(), Linear(8, 1, rng))
>>> optimiser = SGD(model.parameters(), rate=0.1)
>>> x, y = rng.normal(size=(50, 2)), np.ones((50, 1))
>>> for _ in range(100):
...     optimiser.zero_grad()
...     loss = mean_squared_error(model(x), y)
...     loss.backward()
...     optimiser.step()
>>> print(f"{loss.data:.2f}")
0.00
"""

import numpy as np

import adkit as ad
from adkit import Node

# --- Layers ---------------------------------------------------------------------------------


class Module:
    """A function with parameters, possibly made of smaller ones.

    A subclass sets its parameters (``Node``) and its parts (``Module``) as attributes and
    defines ``forward``. Nothing needs registering: the attributes are searched.
    """

    def __call__(self, x):
        """Apply the module to an array or a ``Node``."""
        return self.forward(x)

    def forward(self, x):
        """Compute the module's output."""
        raise NotImplementedError(f"{type(self).__name__} does not define forward(x)")

    def parameters(self):
        """Return the trainable nodes of this module and of its parts.

        Returns
        -------
        list of Node
            In the order in which they were set. A node that two layers share is listed once,
            so that an optimiser moves it once.
        """
        nodes = (node for value in vars(self).values() for node in _nodes_within(value))
        return list({id(node): node for node in nodes}.values())

    def zero_grad(self):
        """Clear the gradient of every parameter."""
        for node in self.parameters():
            node.zero_grad()


def _nodes_within(value):
    """Yield the trainable nodes of an attribute: a node, a module, or a list of those."""
    if isinstance(value, Node):
        if value.requires_grad:
            yield value
    elif isinstance(value, Module):
        yield from value.parameters()
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _nodes_within(item)


class Linear(Module):
    """The affine map ``x @ weight + bias``, for one row of ``x`` per sample.

    Parameters
    ----------
    inputs, outputs : int
        How many numbers a sample has before and after.
    rng : numpy.random.Generator
        Draws the weights.
    dtype : dtype
        Precision of the parameters; float32 stays float32 all the way to the gradients.

    Examples
    --------
    >>> layer = Linear(3, 2, np.random.default_rng(0))
    >>> layer(np.zeros((5, 3))).shape
    (5, 2)
    >>> [parameter.shape for parameter in layer.parameters()]
    [(3, 2), (2,)]
    """

    def __init__(self, inputs, outputs, rng, dtype=np.float64):
        # Weights of variance 1 / inputs hand signals on at the scale at which they came in
        # (LeCun, Bottou, Orr and Mueller, "Efficient BackProp", 1998, section 4.6).
        weight = rng.normal(0.0, inputs**-0.5, (inputs, outputs))
        self.weight = Node(weight.astype(dtype), requires_grad=True)
        self.bias = Node(np.zeros(outputs, dtype), requires_grad=True)

    def forward(self, x):
        """Map samples of shape (n, inputs) to shape (n, outputs)."""
        return x @ self.weight + self.bias


class ReLU(Module):
    """The positive part, ``max(x, 0)``."""

    def forward(self, x):
        """Replace negative entries by zero."""
        return np.maximum(x, 0.0)


class Tanh(Module):
    """The hyperbolic tangent, a smooth step from -1 to 1."""

    def forward(self, x):
        """Squash every entry into (-1, 1)."""
        return np.tanh(x)


class Sigmoid(Module):
    """The logistic function ``1 / (1 + exp(-x))``, a smooth step from 0 to 1."""

    def forward(self, x):
        """Squash every entry into (0, 1)."""
        # The same function as in the summary, but exp(-x) would overflow for large negative x.
        return 0.5 + 0.5 * np.tanh(0.5 * x)


class Softmax(Module):
    """Turn the scores of each sample into probabilities that sum to one.

    To be used when predicting. For training, ``cross_entropy`` takes the scores themselves.
    """

    def forward(self, x):
        """Map scores of shape (n, classes) to probabilities of the same shape."""
        return np.exp(x - logsumexp(x)[..., np.newaxis])


class Sequential(Module):
    """Modules one after the other, each fed with what the one before it returned."""

    def __init__(self, *layers):
        self.layers = layers

    def forward(self, x):
        """Pass ``x`` through every layer in turn."""
        for layer in self.layers:
            x = layer(x)
        return x


# --- Losses ---------------------------------------------------------------------------------


def mean_squared_error(prediction, target):
    """Return the mean of the squared differences, a scalar."""
    return np.mean((prediction - target) ** 2)


def logsumexp(scores):
    """Return ``log(sum(exp(scores)))`` over the last axis, without overflow.

    The largest score of each row is taken out first, so that the largest exponential is
    ``exp(0)``. It changes nothing but rounding, hence has no business in the derivative
    either: ``stop_gradient`` makes it a constant, which spares two recorded operations.

    Examples
    --------
    >>> print(f"{logsumexp(np.array([1000.0, 1000.0])):.4f}")  # 1000 + log(2)
    1000.6931
    """
    peak = ad.stop_gradient(np.max(scores, axis=-1, keepdims=True))
    return np.log(np.sum(np.exp(scores - peak), axis=-1)) + peak[..., 0]


def cross_entropy(scores, labels):
    """Return the mean surprise at the true labels, a scalar.

    The probability of class ``k`` is ``exp(scores[k]) / sum(exp(scores))``. Its logarithm is a
    difference, ``scores[k] - logsumexp(scores)``; written so, it is right even where the
    probability itself would underflow to zero.

    Parameters
    ----------
    scores : Node or array, shape (n, classes)
        Unnormalised log-probabilities, also called logits.
    labels : array of int, shape (n,)
        The true class of every sample.

    Examples
    --------
    >>> print(f"{cross_entropy(np.zeros((4, 10)), np.array([0, 1, 2, 3])):.4f}")  # log(10)
    2.3026
    """
    true = scores[np.arange(len(labels)), labels]
    return np.mean(logsumexp(scores) - true)


# --- Optimisers -----------------------------------------------------------------------------


class Optimiser:
    """Moves parameters downhill; a subclass says how far in ``displacement``.

    Parameters
    ----------
    parameters : iterable of Node
        What to move.
    rate : float
        Length of a step in units of the gradient, also called the learning rate.
    """

    def __init__(self, parameters, rate):
        self.parameters = list(parameters)
        self.rate = rate

    def zero_grad(self):
        """Clear the gradients: ``backward`` adds to what it finds."""
        for parameter in self.parameters:
            parameter.zero_grad()

    def step(self):
        """Move every parameter that has a gradient."""
        for index, parameter in enumerate(self.parameters):
            if parameter.grad is not None:
                # A new array, not `-=`: a graph recorded before the step keeps its numbers.
                parameter.data = parameter.data - self.displacement(index, parameter.grad.data)

    def displacement(self, index, gradient):
        """Return what to subtract from parameter number ``index``."""
        raise NotImplementedError(f"{type(self).__name__} does not define displacement")


class SGD(Optimiser):
    """Gradient descent with momentum.

    The velocity is a decaying sum of the gradients so far: steps that agree add up, steps that
    zigzag cancel. ``momentum=0`` is plain gradient descent.

    Examples
    --------
    >>> x = Node(np.array([3.0]), requires_grad=True)
    >>> optimiser = SGD([x], rate=0.25)
    >>> np.sum(x**2).backward()  # the slope of x**2 at 3 is 6
    >>> optimiser.step()
    >>> x.data
    array([1.5])
    """

    def __init__(self, parameters, rate, momentum=0.0):
        super().__init__(parameters, rate)
        self.momentum = momentum
        self.velocity = [0.0] * len(self.parameters)

    def displacement(self, index, gradient):
        """Return ``rate`` times the updated velocity."""
        self.velocity[index] = self.momentum * self.velocity[index] + gradient
        return self.rate * self.velocity[index]


class Adam(Optimiser):
    """Steps of about ``rate`` in every coordinate, whatever the scale of the gradient.

    The running mean of the gradient is divided by the root of the running mean of its square.
    Both means start at zero; dividing by ``1 - decay**steps`` makes up for it (Kingma and Ba,
    "Adam: a method for stochastic optimization", 2015, algorithm 1).
    """

    def __init__(self, parameters, rate=1e-3, decay=(0.9, 0.999), epsilon=1e-8):
        super().__init__(parameters, rate)
        self.decay = decay
        self.epsilon = epsilon
        self.mean = [0.0] * len(self.parameters)
        self.square = [0.0] * len(self.parameters)
        self.steps = [0] * len(self.parameters)

    def displacement(self, index, gradient):
        """Return the bias-corrected ratio of mean and root mean square, times ``rate``."""
        slow, slower = self.decay
        self.steps[index] += 1
        self.mean[index] = slow * self.mean[index] + (1 - slow) * gradient
        self.square[index] = slower * self.square[index] + (1 - slower) * gradient**2
        mean = self.mean[index] / (1 - slow ** self.steps[index])
        square = self.square[index] / (1 - slower ** self.steps[index])
        return self.rate * mean / (np.sqrt(square) + self.epsilon)
