"""The classification example, in a short form."""

import numpy as np
import pytest

from examples import classification


@pytest.mark.parametrize(("data", "steps", "bound"), [("spirals", 200, 0.9), ("moons", 100, 0.9)])
def test_accuracy_on_new_samples(data, steps, bound):
    rng = np.random.default_rng(0)
    x, labels = classification.DATA[data](rng, points=300)
    unseen, unseen_labels = classification.DATA[data](rng, points=300)
    model = classification.build_model(rng, classes=labels.max() + 1)
    before = classification.accuracy(model, unseen, unseen_labels)
    losses = list(classification.train(model, x, labels, steps, rng))
    assert np.mean(losses[-20:]) < 0.4 * np.mean(losses[:5])
    assert before < bound - 0.15
    assert classification.accuracy(model, unseen, unseen_labels) > bound


@pytest.mark.parametrize("data", classification.DATA)
def test_classes_are_balanced_and_in_view(data):
    x, labels = classification.DATA[data](np.random.default_rng(1), points=60)
    assert x.shape == (60, 2)
    assert np.all(np.abs(x) < 3)
    counts = np.bincount(labels)
    assert np.all(counts == 60 // len(counts))


def test_command_line_reports_and_draws(tmp_path, capsys):
    path = tmp_path / "boundary.png"
    classification.main(["--data", "moons", "--steps", "30", "--plot", str(path)])
    output = capsys.readouterr().out
    assert "accuracy on 600 new samples" in output
    assert path.read_bytes().startswith(b"\x89PNG")


def test_same_seed_same_run(capsys):
    outputs = []
    for _ in range(2):
        classification.main(["--steps", "3", "--seed", "5"])
        outputs.append(capsys.readouterr().out)
    assert outputs[0] == outputs[1]
