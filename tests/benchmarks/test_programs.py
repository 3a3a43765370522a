"""``python -m benchmarks programs``: the programs, and their derivatives written by hand."""

import json
import math
import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

import adkit
from benchmarks.environment import THREAD_VARIABLES
from benchmarks.programs import (
    adbench,
    bundle,
    catalogue,
    elementwise,
    gaussian_process,
    gmm,
    hands,
    kalman,
    lstm,
    measuring,
    problem,
    recurrence,
    scalars,
)

ROOT = Path(__file__).parents[2]


@pytest.fixture(params=catalogue.builders())
def small(request, monkeypatch):
    """Every problem, with little data."""
    monkeypatch.setattr(gmm, "SIZES", {name: gmm.Size(20, 3, 4) for name in gmm.SIZES})
    monkeypatch.setattr(lstm, "QUICK_CHARACTERS", 5)
    monkeypatch.setattr(bundle, "SIZES", {name: (1, 3, 5, 7) for name in bundle.SIZES})
    kinds = {name: (kind, 6) for name, (kind, _) in hands.KINDS.items()}
    monkeypatch.setattr(hands, "KINDS", kinds)
    monkeypatch.setattr(elementwise, "SIZE", 100)
    monkeypatch.setattr(scalars, "QUICK_STEPS", 20)
    monkeypatch.setattr(recurrence, "SIZE", 6)
    monkeypatch.setattr(recurrence, "STEPS", 5)
    monkeypatch.setattr(kalman, "QUICK_STEPS", 5)
    monkeypatch.setattr(gaussian_process, "POINTS", 9)
    return catalogue.builders()[request.param](None, True)


def value(f, args):
    return np.asarray(f(*args))


def shifted(made, size):
    """Return the arguments moved along a direction, and that direction by position."""
    rng = np.random.default_rng(3)
    steps = {i: rng.standard_normal(np.shape(made.args[i])) for i in made.positions}
    return [x + size * steps[i] if i in steps else x for i, x in enumerate(made.args)], steps


def test_hand_written_derivatives_agree_with_adkit(small):
    found = measuring.arrays(small.by_hand()[1])
    for name, (thunk, _, first) in measuring.contestants(small).items():
        assert first > 0
        result = thunk()[1]
        measuring.compare(name, measuring.arrays(result), found, measuring.AGREEMENT)


def test_hand_written_values_are_those_of_the_program(small):
    expected = small.f(*small.args)
    np.testing.assert_allclose(small.by_hand()[0], expected, rtol=1e-12)
    np.testing.assert_allclose(small.evaluate(), expected, rtol=1e-12)


def test_derivatives_agree_with_central_differences(small):
    size = 1e-6
    forth, steps = shifted(small, size)
    back, _ = shifted(small, -size)
    if small.kind == "hvp":
        gradient = adkit.grad(small.f)
        across = [gradient(small.args[0] + s * small.direction) for s in (size, -size)]
        slope = (across[0] - across[1]) / (2 * size)
        np.testing.assert_allclose(small.by_hand()[1], slope, rtol=1e-6, atol=1e-4)
        return
    slope = (value(small.f, forth) - value(small.f, back)) / (2 * size)
    parts = measuring.arrays(small.by_hand()[1])
    expected = sum(
        np.tensordot(part, steps[i], np.ndim(steps[i]))
        for i, part in zip(small.positions, parts, strict=True)
    )
    scale = np.max(np.abs(slope)) + np.max(np.abs(small.evaluate()))
    np.testing.assert_allclose(expected, slope, rtol=1e-5, atol=1e-8 * scale)


def test_programs_leave_their_arguments_alone(small):
    before = [np.copy(x) if isinstance(x, np.ndarray) else x for x in small.args]
    small.evaluate()
    small.by_hand()
    for x, kept in zip(small.args, before, strict=True):
        if isinstance(x, np.ndarray):
            np.testing.assert_array_equal(x, kept)


def test_every_figure_of_the_table_belongs_to_a_problem():
    limits = {
        name: build(None, True).figures.limit
        for name, build in catalogue.builders().items()
        if name in ("lstm-l2-c1024", "hand-simple-c100", "lorenz", "mlp-small", "kepler")
    }
    assert limits == {
        "lstm-l2-c1024": 8,
        "hand-simple-c100": 15,
        "lorenz": 60,
        "mlp-small": 8,
        "kepler": 60,
    }


def test_a_program_runs_under_another_library():
    counted = []

    def sin(x):
        counted.append(x)
        return math.sin(x)

    text = problem.same_text(scalars.kepler, "other")["other"]
    f = text(SimpleNamespace(sin=sin, cos=math.cos))
    assert f(0.3, 0.05, 4) == scalars.kepler(0.3, 0.05, 4)
    assert len(counted) == 4 * scalars.NEWTON
    assert scalars.np is np


def test_kepler_solves_its_equation():
    eccentricity, rate, times = 0.3, 0.05, 40
    anomaly = np.linspace(0.0, 3.0, 3001)
    mean = anomaly - eccentricity * np.sin(anomaly)
    solved = np.interp(rate * np.arange(1, times + 1), mean, anomaly)
    total = np.sum(1.0 - eccentricity * np.cos(solved))
    assert scalars.kepler(eccentricity, rate, times) == pytest.approx(total, rel=1e-6)


def test_the_mixture_is_a_sum_of_normal_densities():
    alphas, means, icf, x, *_ = args = gmm.generated(7, 2, 3)
    density = 0.0
    for k in range(3):
        root = np.array([[np.exp(icf[k, 0]), 0.0], [icf[k, 2], np.exp(icf[k, 1])]])
        away = (x - means[k]) @ root.T
        share = np.exp(alphas[k]) / np.exp(alphas).sum()
        density = density + share * np.linalg.det(root) * np.exp(-0.5 * (away**2).sum(1)) / (
            2.0 * np.pi
        )
    prior = sum(np.exp(2.0 * icf[:, :2]).ravel()) / 2 + (icf[:, 2] ** 2).sum() / 2
    freedom = 3
    constant = freedom * 2 * -0.5 * math.log(2.0) - math.log(math.pi) / 2
    constant -= math.lgamma(freedom / 2) + math.lgamma(freedom / 2 - 0.5)
    expected = np.log(density).sum() + prior - 3 * constant
    assert gmm.log_likelihood(*args) == pytest.approx(expected, rel=1e-12)


def test_the_process_has_a_normal_density():
    lengths, amplitude, noise, x, y = gaussian_process.generated(5, 2)
    apart = (x[:, None] - x[None]) / np.exp(lengths)
    covariance = np.exp(2 * amplitude - 0.5 * (apart**2).sum(2)) + np.exp(2 * noise) * np.eye(5)
    density = np.exp(-0.5 * y @ np.linalg.inv(covariance) @ y) / np.sqrt(
        np.linalg.det(2 * np.pi * covariance)
    )
    found = gaussian_process.likelihood(lengths, amplitude, noise, x, y)
    assert found == pytest.approx(-math.log(density), rel=1e-10)


def test_a_camera_sees_what_geometry_says():
    camera = np.array([[0.0, 0.0, np.pi / 2, 0.0, 0.0, -4.0, 3.0, 0.5, 0.25, 0.0, 0.0]])
    seen = bundle.errors(camera, np.array([[2.0, 0.0, 0.0]]), np.ones(1), np.zeros((1, 2)))
    np.testing.assert_allclose(seen, [[0.5, 0.25 + 3.0 * 2.0 / 4.0]], atol=1e-15)


def test_a_hand_moves_as_one_and_bends_at_its_joints():
    args = hands.problem("hand-simple-c100").args
    theta, *model = args[:6]
    base = hands.posed(theta, *model)
    moved = theta.copy()
    moved[3:6] += [1.0, 2.0, 3.0]
    shift = hands.posed(moved, *model) - base
    np.testing.assert_allclose(shift, np.broadcast_to([[1.0], [2.0], [3.0]], base.shape))
    bent = theta.copy()
    bent[9] += 0.5  # the fourth bone of the thumb: nothing else hangs on it
    changed = np.abs(hands.posed(bent, *model) - base).max(axis=0) > 1e-12
    np.testing.assert_array_equal(changed, model[4][4] > 0)


def test_the_command_prints_json():
    options = ["rosenbrock-10", "kepler", "--quick", "--alone", "--format=json", "--rounds=1"]
    ran = subprocess.run(
        [sys.executable, "-W", "error", "-m", "benchmarks", "programs", *options],
        cwd=ROOT,
        env={name: x for name, x in os.environ.items() if name not in THREAD_VARIABLES},
        capture_output=True,
        text=True,
        check=True,
    )
    document = json.loads(ran.stdout)
    assert [found["name"] for found in document["programs"]] == ["rosenbrock-10", "kepler"]
    rows = {row["name"]: row for row in document["programs"][1]["rows"]}
    assert rows.keys() == {"function", "hand", "adkit reverse", "adkit forward"}
    assert rows["adkit reverse"]["directions"] == "1 in 1 reverse"
    assert rows["adkit forward"]["directions"] == "2 in 1 forward"
    assert rows["function"]["ratio"]["median"] == 1.0
    assert all(row["peak_bytes"] > 0 for row in rows.values())
    assert document["programs"][1]["to_reach"]["limit"] == 60
    assert document["environment"]["blas_threads"] == 1


def write(path, *parts):
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = [" ".join(str(x) for x in np.ravel(part)) for part in parts]
    path.write_text("\n".join(lines) + "\n", encoding="ascii")


def test_the_reader_takes_mixtures_and_sequences(tmp_path):
    args = gmm.generated(1_000, 2, 3)[:4]
    write(tmp_path / "gmm" / "1k" / "gmm_d2_K3.txt", [2, 3, 1_000], *args, [1.5, 2])
    *found, gamma, m = adbench.gmm(tmp_path, 1_000, 2, 3)
    for one, other in zip(found, args, strict=True):
        np.testing.assert_array_equal(one, other)
    assert (gamma, m) == (1.5, 2)
    main, outer, state, sequence = lstm.generated(2, 6, 3)
    path = tmp_path / "lstm" / "lstm_l2_c6.txt"
    write(path, [2, 6, 3], [], main, [], outer, [], state, [], sequence)
    for one, other in zip(
        adbench.lstm(tmp_path, 2, 6), (main, outer, state, sequence), strict=True
    ):
        np.testing.assert_array_equal(one, other)


def test_the_reader_repeats_the_camera_and_point_of_a_bundle(tmp_path):
    camera, point = np.arange(11.0), np.array([1.0, 2.0, 3.0])
    write(tmp_path / "ba" / "ba1_n2_m3_p5.txt", [2, 3, 5], camera, point, [0.5], [7.0, 8.0])
    cameras, points, weights, features, seen = adbench.bundle(tmp_path, 1)
    np.testing.assert_array_equal(cameras, [camera] * 2)
    np.testing.assert_array_equal(points, [point] * 3)
    np.testing.assert_array_equal(weights, [0.5] * 5)
    np.testing.assert_array_equal(features, [[7.0, 8.0]] * 5)
    np.testing.assert_array_equal(seen, [[0, 0], [1, 1], [0, 2], [1, 0], [0, 1]])


def test_the_reader_takes_hands(tmp_path):
    parents, relative, inverse, vertices, weights, triangles = model = hands.generated_model(9)
    folder = tmp_path / "hand" / "complicated_small"
    lines = {
        "bones": [
            [f"bone{i}", parents[i], *relative[i].ravel(), *inverse[i].ravel()]
            for i in range(len(parents))
        ],
        "vertices": [
            [*vertices[i], 0, 0, 0, 0, 0, len(used := np.flatnonzero(weights[i]))]
            + [part for bone in used for part in (bone, weights[i, bone])]
            for i in range(len(vertices))
        ],
        "triangles": triangles.tolist(),
    }
    (folder / "model").mkdir(parents=True)
    for name, rows in lines.items():
        text = "\n".join(":".join(str(x) for x in row) for row in rows)
        (folder / "model" / f"{name}.txt").write_text(text + "\n", encoding="ascii")
    measured = [[3, 1.0, 2.0, 3.0], [4, 4.0, 5.0, 6.0]]
    theta = np.arange(26.0)
    write(folder / "hand1_t26_c2.txt", [2, 26], *measured, [0.1, 0.2], [0.3, 0.4], theta)
    found, chosen, points, corners, read = adbench.hand(tmp_path, "complicated", 2)
    for one, other in zip(found, model, strict=True):
        np.testing.assert_array_equal(one, other)
    np.testing.assert_array_equal(chosen, [3, 4])
    np.testing.assert_array_equal(points, [[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])
    np.testing.assert_array_equal(corners, [[0.1, 0.2], [0.3, 0.4]])
    np.testing.assert_array_equal(read, theta)


def test_data_that_are_not_in_the_folder_are_generated(tmp_path):
    for name in ("gmm-1k-d10-K25", "lstm-l2-c1024", "ba1", "hand-simple-c100"):
        assert "generated" in catalogue.builders()[name](tmp_path, True).about


def test_files_that_end_too_early_or_are_about_something_else_are_refused(tmp_path):
    path = tmp_path / "gmm" / "1k" / "gmm_d2_K3.txt"
    write(path, [2, 3, 1_000], np.ones(20))
    with pytest.raises(ValueError, match="ends before an array"):
        adbench.gmm(tmp_path, 1_000, 2, 3)
    write(path, [2, 4, 1_000], np.ones(20))
    with pytest.raises(ValueError, match="not about 1000 points"):
        adbench.gmm(tmp_path, 1_000, 2, 3)
