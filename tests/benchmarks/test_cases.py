"""Every case: its Jacobian in both modes against central differences, and its exact counts."""

import pickle
import sys

import numpy as np
import pytest

import adkit as ad
from benchmarks.cases import REAL, MissingDataError, build_grid, build_real
from benchmarks.cases.datasets import load

#: Inputs and outputs; both modes take one sweep, but for the 610 tangents of the network, before
#: which an evaluation shows how many of them a sweep carries best.
SIZES = {
    "logistic": (31, 1),
    "network": (610, 1),
    "mixture": (45, 1),
    "arm": (7, 210),
    "camera": (15, 176),
    "population": (6, 42),
    "grid-1x1": (1, 1),
    "grid-1x5": (1, 5),
    "grid-7x1": (7, 1),
    "grid-7x5": (7, 5),
}
CASES = {case.name: case for case in [*build_real(REAL)[0], *build_grid([1, 7], [1, 5])]}


@pytest.fixture(params=SIZES)
def case(request):
    return CASES[request.param]


def central_differences(case):
    """Return the Jacobian of a case by differences, and the steps."""
    steps = np.cbrt(np.finfo(float).eps) * np.maximum(np.abs(case.x0), 0.1)
    columns = [
        (case.f(case.x0 + step) - case.f(case.x0 - step)) / (2 * np.sum(step))
        for step in np.diag(steps)
    ]
    return np.stack(columns, axis=-1), steps


def test_every_case_is_listed():
    assert CASES.keys() == SIZES.keys()


def test_sizes(case):
    value = case.f(case.x0)
    assert (case.n, case.m) == SIZES[case.name] == (case.x0.size, np.size(value))
    assert np.all(np.isfinite(value))


def test_both_modes_agree(case):
    forward, reverse = ad.jacfwd(case.f)(case.x0), ad.jacrev(case.f)(case.x0)
    assert forward.shape == reverse.shape == (*np.shape(case.f(case.x0)), case.n)
    assert np.max(np.abs(forward - reverse)) <= 1e-13 * np.max(np.abs(forward))


def test_jacobian_agrees_with_central_differences(case):
    jacobian = ad.jacrev(case.f)(case.x0).reshape(case.m, case.n)
    differences, steps = central_differences(case)
    # Columns differ by orders of magnitude, so each is compared on its own scale; differences
    # carry the rounding of f besides, as large as if every input were rounded.
    scale = np.max(np.abs(jacobian), axis=0)
    size = np.max(np.abs(case.f(case.x0))) + np.max(np.abs(jacobian) @ np.abs(case.x0))
    noise = 4 * np.finfo(float).eps * size / steps
    error = np.max(np.abs(jacobian - differences.reshape(case.m, case.n)), axis=0)
    assert np.all(error <= 1e-6 * scale + noise)
    # Only the 11 pixels that no digit touches, times 8 hidden values, have no influence.
    assert np.count_nonzero(scale == 0) == (11 * 8 if case.name == "network" else 0)


def test_counts(case):
    n, m = SIZES[case.name]
    with ad.count_sweeps() as forward:
        ad.jacfwd(case.f)(case.x0)
    with ad.count_sweeps() as reverse:
        ad.jacrev(case.f)(case.x0)
    sweeps, looks = (5, 1) if case.name == "network" else (1, 0)
    assert (forward.primal, reverse.primal) == (sweeps + looks, 1)
    assert (forward.forward, forward.reverse) == (sweeps, 0)
    assert (reverse.forward, reverse.reverse) == (0, 1)
    assert (forward.tangents, forward.cotangents) == (n, 0)
    assert (reverse.tangents, reverse.cotangents) == (0, m)
    assert forward.bytes == 0 < reverse.bytes


def test_counts_are_the_same_every_time(case):
    ledgers = []
    for _ in range(2):
        with ad.count_sweeps() as ran:
            ad.jacfwd(case.f)(case.x0)
            ad.jacrev(case.f)(case.x0)
        ledgers.append(ran)
    assert ledgers[0] == ledgers[1]
    assert ledgers[0].operations > 0


def test_case_can_be_sent_to_a_fresh_process(case):
    f, x0 = pickle.loads(pickle.dumps((case.f, case.x0)))
    assert np.array_equal(f(x0), case.f(case.x0))


def test_same_seed_gives_the_same_case(case):
    again = build_grid([case.n], [case.m]) if "grid" in case.name else build_real([case.name])[0]
    assert np.array_equal(again[0].x0, case.x0)
    assert np.array_equal(again[0].f(case.x0), case.f(case.x0))


def test_arm_reaches_its_length_when_stretched():
    tip = CASES["arm"].f(np.zeros(7)).reshape(-1, 3)[-1]
    assert tip[2] == pytest.approx(1.266)
    assert np.hypot(tip[0], tip[1]) == pytest.approx(0.05)


def test_links_are_rigid():
    arm = CASES["arm"]
    bent, stretched = (arm.f(angles).reshape(7, 10, 3) for angles in (arm.x0, np.zeros(7)))
    inside = [np.linalg.norm(points - points[:, :1], axis=2) for points in (bent, stretched)]
    assert inside[0] == pytest.approx(inside[1])


def test_population_fit_is_close_to_the_published_one():
    # Log-normal errors of about 0.25 at the posterior mean, as Carpenter (2018) reports.
    published = np.array([0.55, 0.028, 0.80, 0.024, 34.0, 5.9])
    residuals = CASES["population"].f(published)
    assert 0.2 < np.sqrt(np.mean(residuals**2)) < 0.3


def test_camera_noise_is_what_remains_at_the_truth():
    camera = CASES["camera"]
    pose = [0.3, -0.4, 0.1, 0.02, -0.01, 0.6]
    truth = np.array([*pose, 800.0, 805.0, 320.0, 240.0, 1e-3, -5e-4, -0.2, 0.1, 0.01])
    assert np.std(camera.f(truth)) == pytest.approx(0.2, rel=0.2)


def test_missing_scikit_learn_is_said_clearly(monkeypatch):
    monkeypatch.setitem(sys.modules, "sklearn", None)
    with pytest.raises(MissingDataError, match="pip install 'adkit-autodiff\\[bench\\]'"):
        load("digits")
    cases, left_out = build_real(["arm", "mixture"])
    assert [case.name for case in cases] == ["arm"]
    assert left_out.keys() == {"mixture"}
