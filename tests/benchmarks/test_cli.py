"""``python -m benchmarks``: formats, files and bad options."""

import csv
import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks import cli

ROOT = Path(__file__).parents[2]
SMALL = ["--cases", "grid,arm", "--n", "2", "--m", "3", "--repeat", "1", "--quick"]


def benchmark(*options, **environment):
    """Run the command line in a process of its own."""
    return subprocess.run(
        [sys.executable, "-W", "error", "-m", "benchmarks", *map(str, options)],
        cwd=ROOT,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module")
def out(tmp_path_factory):
    """Return the folder that one small run has written, and its standard output."""
    folder = tmp_path_factory.mktemp("out") / "deep" / "er"
    ran = benchmark(*SMALL, "--format", "json", "--out", folder)
    assert ran.returncode == 0, ran.stderr
    return folder, ran.stdout


def test_out_holds_the_record_and_the_plots(out):
    folder, printed = out
    files = sorted(path.name for path in folder.iterdir())
    assert files == ["benchmarks.json", "crossover.png", "crossover.svg"]
    assert (folder / "benchmarks.json").read_text() == printed


def test_json_follows_the_schema(out):
    record = json.loads(out[1])
    assert record["schema"] == {"name": "adkit-benchmarks", "version": 1}
    assert record["settings"] == {
        "n": [2],
        "m": [3],
        "cases": ["grid", "arm"],
        "repeat": 1,
        "seed": 0,
        "quick": True,
    }
    assert record["left_out"] == {}
    assert [case["name"] for case in record["cases"]] == ["arm", "grid-2x3"]
    for case in record["cases"]:
        check_case(case)
    assert record["cases"][0]["first_call"].keys() == {"forward", "reverse", "auto"}
    assert record["cases"][1]["first_call"] is None  # quick: real functions only


def check_case(case):
    modes = {"forward", "reverse"}
    assert case["counts"].keys() == modes
    counts = {"sweeps", "directions", "primal", "operations", "bytes"}
    assert all(case["counts"][mode].keys() == counts for mode in modes)
    assert case["times"].keys() == {"function", *modes}
    for mode in modes:
        times = case["times"][mode]
        assert times.keys() == {"seconds", "ratio", "bound", "cost"}
        assert times["seconds"].keys() == {"median", "low", "high", "samples"}
        assert len(times["seconds"]["samples"]) == 1
        assert 0 < times["seconds"]["low"] <= times["seconds"]["median"] <= times["seconds"]["high"]
        assert case["peak_bytes"][mode] >= 8 * case["n"] * case["m"]
    assert case["choice"].keys() == {"chosen", "reason", "faster", "regret"}
    assert case["choice"]["chosen"] in modes
    assert case["choice"]["faster"] in {*modes, "tie"}
    assert case["choice"]["regret"] >= 1.0


def test_environment_says_versions_and_threads(out):
    where = json.loads(out[1])["environment"]
    assert {"adkit", "numpy"} <= where["versions"].keys()
    assert where["blas_threads"] == 1
    assert where["clock"] in ("process_time", "perf_counter")


def test_threads_that_the_user_asked_for_stay():
    names = ("OMP", "OPENBLAS", "MKL")
    asked = {f"{name}_NUM_THREADS": "2" for name in names}
    ran = benchmark(*SMALL, "--cases", "grid", "--format", "json", **asked)
    where = json.loads(ran.stdout)["environment"]
    assert (where["blas_threads"], where["clock"]) == (2, "perf_counter")


def test_table_in_a_pipe_is_plain(out):
    ran = benchmark(*SMALL)
    assert ran.returncode == 0
    # on a slow machine there is progress, and nothing else
    assert [line for line in ran.stderr.splitlines() if "so far" not in line] == []
    assert "\x1b" not in ran.stdout
    assert "arm: R^7 -> R^210" in ran.stdout
    assert "grid-2x3: R^2 -> R^3" in ran.stdout


def test_csv():
    ran = benchmark(*SMALL, "--format", "csv", "--cases", "grid")
    rows = list(csv.DictReader(io.StringIO(ran.stdout)))
    assert [(row["case"], row["mode"], row["directions"]) for row in rows] == [
        ("grid-2x3", "forward", "2"),
        ("grid-2x3", "reverse", "3"),
    ]


def test_markdown():
    ran = benchmark(*SMALL, "--format", "md", "--cases", "grid")
    assert "| grid-2x3: R^2 -> R^3 | forward | 1 | 2 |" in ran.stdout


def test_plot_file(tmp_path):
    path = tmp_path / "new" / "map.svg"
    assert cli.main([*SMALL, "--cases", "grid", "--plot", str(path), "--format", "csv"]) == 0
    assert "<svg" in path.read_text()
    assert [file.name for file in path.parent.iterdir()] == ["map.svg"]


def test_plot_folder(tmp_path):
    assert cli.main([*SMALL, "--cases", "grid", "--plot", str(tmp_path), "--format", "csv"]) == 0
    names = sorted(file.name for file in tmp_path.iterdir())
    assert names == ["crossover.png", "crossover.svg"]


def test_help_lists_the_cases():
    ran = benchmark("--help")
    assert ran.returncode == 0
    assert "logistic, network, mixture, arm, camera, population" in " ".join(ran.stdout.split())


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--n", "1,x"], "'x' is not an integer"),
        (["--n", "1,,2"], "'' is not an integer"),
        (["--m", "2.5"], "'2.5' is not an integer"),
        (["--m", "0"], "0 is not positive"),
        (["--n=-3"], "-3 is not positive"),
        (["--n", "100000", "--m", "100000"], "choose smaller --n or --m"),
        (["--repeat", "0"], "0 is not positive"),
        (["--repeat", "many"], "'many' is not an integer"),
        (["--seed=-1"], "-1 is negative"),
        (["--cases", "grid,leg"], "unknown case 'leg'; known cases: grid, logistic, network"),
        (["--format", "html"], "invalid choice: 'html'"),
        (["--cases", "arm", "--plot", "map.svg"], "add grid to --cases"),
        (["--frobnicate"], "unrecognized arguments: --frobnicate"),
        (["more"], "unrecognized arguments: more"),
    ],
)
def test_bad_options_get_one_line_and_code_2(options, message, capsys):
    with pytest.raises(SystemExit) as stopped:
        cli.main(options)
    printed = capsys.readouterr()
    assert stopped.value.code == 2
    assert printed.out == ""
    assert printed.err.count("\n") == 1
    assert message in printed.err


def test_bad_option_in_a_process_of_its_own():
    ran = benchmark("--cases", "leg")
    assert (ran.returncode, ran.stdout) == (2, "")
    assert ran.stderr.startswith("python -m benchmarks: argument --cases: unknown case 'leg'")
    assert ran.stderr.count("\n") == 1


def test_folder_that_cannot_be_made(tmp_path, capsys):
    blocked = tmp_path / "file"
    blocked.write_text("")
    with pytest.raises(SystemExit) as stopped:
        cli.main([*SMALL, "--out", str(blocked / "folder")])
    assert stopped.value.code == 2
    assert f"cannot write to {blocked / 'folder'}: Not a directory" in capsys.readouterr().err


def test_plot_without_matplotlib(monkeypatch, capsys):
    monkeypatch.setattr("benchmarks.heatmap.find_spec", lambda name: None)
    with pytest.raises(SystemExit) as stopped:
        cli.main([*SMALL, "--plot", "map.svg"])
    assert stopped.value.code == 2
    assert "plots need matplotlib: pip install 'adkit-autodiff[bench]'" in capsys.readouterr().err


def test_out_without_matplotlib_writes_the_record_and_says_so(monkeypatch, capsys, tmp_path):
    monkeypatch.setattr("benchmarks.heatmap.find_spec", lambda name: None)
    assert cli.main([*SMALL, "--cases", "grid", "--out", str(tmp_path)]) == 0
    assert [path.name for path in tmp_path.iterdir()] == ["benchmarks.json"]
    assert capsys.readouterr().err == (
        "no heat map: plots need matplotlib: pip install 'adkit-autodiff[bench]'\n"
    )


def test_without_scikit_learn_its_cases_are_left_out(monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "sklearn", None)
    options = ["--cases", "logistic,network,grid", "--n", "2", "--m", "3", "--repeat", "1"]
    assert cli.main([*options, "--quick"]) == 0
    printed = capsys.readouterr().out
    reason = "needs a data set of scikit-learn: pip install 'adkit-autodiff[bench]'"
    assert f"Left out: logistic ({reason})" in printed
    assert f"Left out: network ({reason})" in printed
    assert "grid-2x3" in printed


def test_seed_draws_other_data():
    first, again, other = (cli.build_grid([2], [3], seed)[0] for seed in (0, 0, 1))
    assert (first.x0 == again.x0).all()
    assert (first.x0 != other.x0).all()


def test_interruption_ends_quietly(monkeypatch, capsys):
    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(cli, "measure", interrupted)
    with pytest.raises(SystemExit) as stopped:
        cli.main(SMALL)
    assert stopped.value.code == 130
    assert capsys.readouterr() == ("", "\ninterrupted\n")
