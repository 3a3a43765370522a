"""python -m adkit check: reports and exit codes."""

import pytest

from adkit import __main__ as command

MODEL = """
import numpy as np
from adkit import value

def energy(x):
    return np.sum(x**2)

def forgetful(x):
    return np.sum(x * value(x))

def size(x, p=1.0):
    return np.abs(x) * p

class Model:
    @staticmethod
    def loss(x):
        return x @ x
"""


@pytest.fixture(autouse=True)
def _model(tmp_path, monkeypatch):
    tmp_path.joinpath("somebodys_model.py").write_text(MODEL)
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["somebodys_model:energy", "--at", "[1., 2.]"], 0, "7 laws hold"),
        (["somebodys_model.py:energy", "--at", "[1, 2]", "--order", "2"], 0, "9 laws hold"),
        (["somebodys_model:Model.loss", "--at", "[1., 2.]"], 0, "loss: 7 laws hold"),
        (["somebodys_model:size", "--at", "3", "--at", "2", "--wrt", "1"], 0, "laws hold"),
        (["somebodys_model:forgetful", "--at", "[1., 2.]"], 1, "likely cause: a factor"),
        (["somebodys_model:forgetful", "--at", "1.", "--mode", "reverse"], 1, "mismatch"),
        (["somebodys_model:size", "--at", "[0., 2.]"], 2, "kink suspected"),
    ],
)
def test_a_check_prints_its_report(capsys, arguments, code, words):
    assert command.main(["check", *arguments]) == code
    assert words in capsys.readouterr().out


@pytest.mark.parametrize(
    "arguments",
    [
        ["energy", "--at", "1."],
        ["no_such_module_at_all:f", "--at", "1."],
        ["somebodys_model:nothing", "--at", "1."],
        ["somebodys_model:np", "--at", "1."],
        ["somebodys_model:energy", "--at", "[1., x]"],
        ["somebodys_model:energy"],
    ],
)
def test_what_cannot_be_read_is_said_with_code_two(capsys, arguments):
    with pytest.raises(SystemExit) as end:
        command.main(["check", *arguments])
    assert end.value.code == 2
    assert "[ADK" in capsys.readouterr().err
