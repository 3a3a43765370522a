"""Fit a noisy curve with a small neural network.

What you will learn here: the training loop, the four lines that every framework shares.
Compute the loss, pull its gradient back to the parameters, take a step, clear the gradients.
The network, the loss and the optimiser come from ``examples/nn.py``.

Run it from the root of the repository::

    python -m examples.regression --plot fit.png
"""

import numpy as np

from examples import command_line, nn

NOISE = 0.1


def curve(x):
    """Return the curve that the network never sees without noise."""
    return np.sin(3 * x) + 0.5 * x


def make_data(rng, points=100):
    """Return noisy samples of the curve: ``x`` and ``y``, both of shape (points, 1)."""
    x = rng.uniform(-2, 2, (points, 1))
    return x, curve(x) + rng.normal(0.0, NOISE, x.shape)


def build_model(rng, width=32):
    """Return a network from R to R with one hidden layer."""
    return nn.Sequential(nn.Linear(1, width, rng), nn.Tanh(), nn.Linear(width, 1, rng))


def train(model, x, y, steps, rate=0.02):
    """Fit the model to the data and yield the loss before each step.

    ``loss.backward()`` pulls one number back through everything that was computed from the
    parameters. It costs a small multiple of evaluating the loss, however many parameters
    there are; that is why networks are trained in reverse mode.
    """
    optimiser = nn.Adam(model.parameters(), rate)
    for _ in range(steps):
        loss = nn.mean_squared_error(model(x), y)
        loss.backward()
        optimiser.step()
        optimiser.zero_grad()
        yield float(loss.data)


def draw(path, model, x, y, losses):
    """Draw the data, the curve and the fit; beside them the loss as it fell."""
    figure, (left, right) = command_line.new_figure(columns=2)
    grid = np.linspace(-2, 2, 400)[:, np.newaxis]
    left.plot(x, y, ".", color="0.6", label="noisy samples")
    left.plot(grid, curve(grid), "--", color="0.3", label="the curve behind them")
    left.plot(grid, model(grid).data, color="tab:red", label="the network")
    left.set(xlabel="x", ylabel="y", title="Regression")
    left.legend()
    right.semilogy(losses)
    right.axhline(NOISE**2, linestyle="--", color="0.3", label="variance of the noise")
    right.set(xlabel="step", ylabel="mean squared error", title="Loss")
    right.legend()
    command_line.save(figure, path)


def main(argv=None):
    """Read the command line, train, and report."""
    parser = command_line.parser("regression", "Fit a noisy curve with a network.", steps=1000)
    parser.add_argument("--plot", metavar="FILE", help="draw the fit (.png, .svg or .pdf)")
    options = parser.parse_args(argv)
    rng = np.random.default_rng(options.seed)
    x, y = make_data(rng)
    model = build_model(rng)
    losses = []
    for step, loss in enumerate(train(model, x, y, options.steps)):
        losses.append(loss)
        if command_line.due(step, options.steps):
            print(f"step {step:5d}   loss {loss:.5f}")
    final = float(nn.mean_squared_error(model(x), y).data)
    print(f"after {options.steps} steps   loss {final:.5f}   (the noise alone: {NOISE**2:.5f})")
    if options.plot:
        draw(options.plot, model, x, y, [*losses, final])


if __name__ == "__main__":
    main()
