"""Tell the arms of a spiral apart, or two interleaved moons.

What you will learn here: classification is regression on scores. The network gives each class
a score, ``cross_entropy`` is the price of a low score for the true class, and the class with
the highest score is the prediction. Training goes by minibatches: the slope measured on a few
samples points downhill well enough, and costs less.

Run it from the root of the repository::

    python -m examples.classification --data spirals --plot boundary.png
"""

import numpy as np

from examples import command_line, nn


def spirals(rng, points, arms=3):
    """Return points on the arms of a spiral, and the number of the arm that each is on.

    Returns
    -------
    x : array of float, shape (points, 2)
    labels : array of int, shape (points,)
    """
    labels = np.arange(points) % arms
    radius = rng.uniform(0.1, 1, points)
    angle = 2 * np.pi * labels / arms + 6 * radius + rng.normal(0, 0.15, points)
    return radius[:, np.newaxis] * np.column_stack([np.cos(angle), np.sin(angle)]), labels


def moons(rng, points):
    """Return points on two interleaved half circles, and the number of the half circle.

    Returns
    -------
    x : array of float, shape (points, 2)
    labels : array of int, shape (points,)
    """
    labels = np.arange(points) % 2
    angle = rng.uniform(0, np.pi, points) + np.pi * labels
    centre = np.column_stack([labels - 0.5, 0.5 * labels - 0.25])
    circle = np.column_stack([np.cos(angle), np.sin(angle)])
    return centre + circle + rng.normal(0, 0.2, (points, 2)), labels


DATA = {"spirals": spirals, "moons": moons}


def build_model(rng, classes, width=32):
    """Return a network from the plane to one score per class, with two hidden layers."""
    return nn.Sequential(
        nn.Linear(2, width, rng),
        nn.ReLU(),
        nn.Linear(width, width, rng),
        nn.ReLU(),
        nn.Linear(width, classes, rng),
    )


def accuracy(model, x, labels):
    """Return the share of samples whose true class has the highest score."""
    return np.mean(np.argmax(model(x).data, axis=1) == labels)


def train(model, x, labels, steps, rng, batch=64, rate=0.05):
    """Fit the model on random minibatches and yield the loss of each."""
    optimiser = nn.SGD(model.parameters(), rate, momentum=0.9)
    for _ in range(steps):
        chosen = rng.choice(len(x), batch, replace=False)
        loss = nn.cross_entropy(model(x[chosen]), labels[chosen])
        loss.backward()
        optimiser.step()
        optimiser.zero_grad()
        yield float(loss.data)


def draw(path, model, x, labels):
    """Draw the samples over the regions that the network assigns to each class."""
    figure, axes = command_line.new_figure(columns=1)
    low, high = x.min(axis=0) - 0.3, x.max(axis=0) + 0.3
    across, up = np.meshgrid(np.linspace(low[0], high[0], 250), np.linspace(low[1], high[1], 250))
    plane = np.column_stack([across.ravel(), up.ravel()])
    probabilities = nn.Softmax()(model(plane)).data
    # Rows of colour, one per class; mixed by the probabilities, they fade where it is unsure.
    colours = np.array([[0.84, 0.15, 0.16], [0.12, 0.47, 0.71], [0.17, 0.63, 0.17]])
    colours = colours[: probabilities.shape[1]]
    picture = (probabilities @ colours).reshape(*across.shape, 3)
    extent = (low[0], high[0], low[1], high[1])
    axes.imshow(picture, origin="lower", extent=extent, alpha=0.45, aspect="equal")
    axes.scatter(x[:, 0], x[:, 1], c=colours[labels], s=12, edgecolors="white", linewidths=0.4)
    axes.set(title="Decision regions", xlabel="$x_0$", ylabel="$x_1$")
    command_line.save(figure, path)


def main(argv=None):
    """Read the command line, train, and report the accuracy on samples not trained on."""
    parser = command_line.parser("classification", "Tell classes of points apart.", steps=500)
    parser.add_argument("--data", choices=DATA, default="spirals", help="(default %(default)s)")
    parser.add_argument("--plot", metavar="FILE", help="draw the regions (.png, .svg or .pdf)")
    options = parser.parse_args(argv)
    rng = np.random.default_rng(options.seed)
    x, labels = DATA[options.data](rng, points=300)
    unseen, unseen_labels = DATA[options.data](rng, points=600)
    model = build_model(rng, classes=labels.max() + 1)
    for step, loss in enumerate(train(model, x, labels, options.steps, rng)):
        if command_line.due(step, options.steps):
            print(f"step {step:5d}   loss of the batch {loss:.4f}")
    print(f"accuracy on the {len(x)} samples trained on: {accuracy(model, x, labels):.1%}")
    print(f"accuracy on {len(unseen)} new samples: {accuracy(model, unseen, unseen_labels):.1%}")
    if options.plot:
        draw(options.plot, model, x, labels)


if __name__ == "__main__":
    main()
