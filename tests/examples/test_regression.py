"""The regression example, in a short form."""

import sys

import numpy as np
import pytest

from examples import nn, regression


def test_loss_falls():
    rng = np.random.default_rng(0)
    x, y = regression.make_data(rng)
    model = regression.build_model(rng)
    losses = list(regression.train(model, x, y, steps=200))
    assert len(losses) == 200
    assert losses[-1] < 0.1 * losses[0]
    assert np.mean(losses[100:]) < np.mean(losses[:100])
    assert float(nn.mean_squared_error(model(x), y).data) < losses[100]


def test_same_seed_same_run(capsys):
    outputs = []
    for _ in range(2):
        regression.main(["--steps", "5", "--seed", "3"])
        outputs.append(capsys.readouterr().out)
    assert outputs[0] == outputs[1]
    assert outputs[0].count("loss") == 6
    regression.main(["--steps", "5", "--seed", "4"])
    assert capsys.readouterr().out != outputs[0]


def test_plot_is_written(tmp_path, capsys):
    path = tmp_path / "fit.svg"
    regression.main(["--steps", "2", "--plot", str(path)])
    assert path.read_text(encoding="utf-8").lstrip().startswith("<?xml")
    assert f"plot written to {path}" in capsys.readouterr().out


def test_unknown_file_type_is_one_line(tmp_path):
    with pytest.raises(SystemExit, match=r"--plot .*fit\.wrong: Format 'wrong' is not supported"):
        regression.main(["--steps", "1", "--plot", str(tmp_path / "fit.wrong")])


def test_missing_matplotlib_is_one_line(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    with pytest.raises(SystemExit) as caught:
        regression.main(["--steps", "1", "--plot", str(tmp_path / "fit.png")])
    assert "needs matplotlib" in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("steps", ["many", "-1"])
def test_bad_option_exits_with_code_2(steps, capsys):
    with pytest.raises(SystemExit) as caught:
        regression.main(["--steps", steps])
    assert caught.value.code == 2
    assert capsys.readouterr().err.count("\n") == 1
