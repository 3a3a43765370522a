"""python -m adkit plan: the table of a plan for the user's own function."""

import numpy as np
import pytest

from adkit import __main__ as command

MODEL = """
import numpy as np

def chain(x, scale=1.0):
    return scale * (x[1:] - x[:-1] ** 2)

def energy(x):
    return np.sum(x**4)

def coupled(x):
    return x / np.sum(x**2)

START = np.linspace(0, 1, 500)
"""


@pytest.fixture(autouse=True)
def _model(tmp_path, monkeypatch):
    tmp_path.joinpath("planned_model.py").write_text(MODEL)
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["planned_model:chain", "--at", "[1., 2., 3., 4.]", "--counts"], "2 fwd, instead of 3"),
        (["planned_model.py:chain", "--at", "[1, 2, 3, 4]", "--counts"], "proof: optimal"),
        (["planned_model:chain", "--at", "[1., 2., 3.]"], "ms"),
        (
            ["planned_model:coupled", "--at", str([1.0] * 9), "--lifted", "--counts"],
            "lifted, 1 row",
        ),
        (["planned_model:chain", "--at", "[1., 2.]", "--at", "2.", "--wrt", "1"], "R^1 -> R^1"),
        (["planned_model:energy", "--at", "[1., 2., 3.]", "--op", "hessian"], "1 fwd"),
        (
            ["planned_model:energy", "--at", "[1., 2., 3.]", "--dense", "--counts"],
            "1 cotangent instead of 3",
        ),
    ],
)
def test_plans(options, words, capsys):
    assert command.main(["plan", *options]) == 0
    assert words in capsys.readouterr().out


def test_points_that_are_too_long_to_be_written_out(tmp_path, capsys):
    np.save(tmp_path / "start.npy", np.ones((500, 2))[:, 0])
    for at in ("start.npy", "planned_model:START", "planned_model.py:START"):
        assert command.main(["plan", "planned_model:chain", "--at", at, "--counts"]) == 0
        assert "R^500 -> R^499" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("at", "words"),
    [
        ("missing.npy", "missing.npy cannot be read"),
        ("text.npy", "text.npy cannot be read"),
        ("planned_model:END", "planned_model has no END"),
        ("{1: [}", "is not a number"),
    ],
)
def test_points_that_cannot_be_read(at, words, tmp_path, capsys):
    (tmp_path / "text.npy").write_text("no array")
    with pytest.raises(SystemExit) as caught:
        command.main(["plan", "planned_model:chain", "--at", at])
    assert caught.value.code == 2
    assert words in capsys.readouterr().err


def test_refusals(capsys):
    with pytest.raises(SystemExit) as caught:
        command.main(["plan", "planned_model:nothing", "--at", "1."])
    assert caught.value.code == 2
    assert "has no nothing" in capsys.readouterr().err
