"""``python -m benchmarks checkpoints``: counts, bytes, the report and the plot."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import adkit
from benchmarks import checkpoints, heatmap
from benchmarks.programs import measuring, recurrence
from benchmarks.progress import Progress

ROOT = Path(__file__).parents[2]
TINY = checkpoints.Sizes(elements=500, steps=30, snapshots=(15, 4, 2), rounds=2)


@pytest.fixture(scope="module")
def rows():
    return checkpoints.measure(TINY, Progress(5))


def test_counts_are_the_optimum_and_bytes_fall_with_the_snapshots(rows):
    assert [row.snapshots for row in rows] == [None, 15, 4, 2]
    assert [row.repeated for row in rows] == [row.optimum for row in rows]
    assert rows[0].repeated == 0
    peaks = [row.peak for row in rows]
    assert peaks == sorted(peaks, reverse=True)
    assert min(row.ratio.median for row in rows) > 0


@pytest.mark.parametrize(("steps", "snapshots", "runs"), [(1, 1, 1), (10, 1, 46), (1001, 10, 3641)])
def test_the_optimum_in_numbers(steps, snapshots, runs):
    assert checkpoints.fewest(steps, snapshots) == runs


def test_the_checkpointed_program_is_the_recurrence():
    x = np.linspace(-1.0, 1.0, 7)
    assert recurrence.checkpointed(x, 9) == recurrence.recurrence(x, 9)
    _, gradient = recurrence.by_hand(x, 9)
    for options in ({}, {"snapshots": 2}):
        found = adkit.grad(recurrence.checkpointed)(x, 9, **options)
        np.testing.assert_allclose(found, gradient, rtol=1e-13)


def test_the_program_is_judged_by_its_peak(monkeypatch):
    monkeypatch.setattr(recurrence, "SIZE", 3_000)
    made = recurrence.problem("recurrence-checkpointed")
    assert made.figures.megabytes == 50
    peak = measuring.peak_bytes(lambda: adkit.value_and_grad(made.f)(*made.args))
    plain = measuring.peak_bytes(lambda: adkit.value_and_grad(recurrence.recurrence)(*made.args))
    assert peak < 1.1 * plain  # all states fit into the budget


def test_the_table_and_the_document(rows):
    text = checkpoints.as_table(rows)
    assert text.splitlines()[1].startswith("all on tape")
    document = json.loads(checkpoints.as_json(rows))
    assert [row["repeated"] for row in document["rows"]] == [row.repeated for row in rows]


def test_the_plot_is_drawn(rows, tmp_path):
    checkpoints.save(rows, tmp_path / "curve.svg")
    assert (tmp_path / "curve.svg").read_text(encoding="utf-8").count("<use") > len(rows)


def test_one_line_says_what_a_plot_needs(monkeypatch, capsys, tmp_path):
    monkeypatch.setattr(heatmap, "find_spec", lambda name: None)
    with pytest.raises(SystemExit) as left:
        checkpoints.main(["--quick", "--plot", str(tmp_path / "a.png")])
    assert left.value.code == 2
    lines = capsys.readouterr().err.strip().splitlines()
    assert len(lines) == 1
    assert "adkit-autodiff[bench]" in lines[0]


def test_a_plot_of_another_kind_is_refused(capsys, tmp_path):
    with pytest.raises(SystemExit):
        checkpoints.main(["--plot", str(tmp_path / "a.txt")])
    assert "no .png, .svg or .pdf file" in capsys.readouterr().err


def test_the_command_prints_json():
    ran = subprocess.run(
        [sys.executable, "-m", "benchmarks", "checkpoints", "--quick", "--format=json"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    rows = json.loads(ran.stdout)["rows"]
    assert [row["snapshots"] for row in rows] == [None, *checkpoints.QUICK.snapshots]
