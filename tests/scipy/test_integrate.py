"""adkit.scipy.integrate: stiff solvers with Jacobians."""

import numpy as np
import pytest
import scipy.integrate

import adkit as ad
from adkit.common.errors import ArgumentError, OutputError
from adkit.scipy import integrate


def robertson(t, y):
    slow, fast, last = 0.04 * y[0], 1e4 * y[1] * y[2], 3e7 * y[1] ** 2
    return [fast - slow, slow - fast - last, last]


def robertson_jacobian(t, y):
    a, b, c = 0.04, 1e4, 6e7
    return [
        [-a, b * y[2], b * y[1]],
        [a, -b * y[2] - c * y[1], -b * y[1]],
        [0, c * y[1], 0],
    ]


def heat(t, u, k):
    """Return diffusion on a rod whose ends are cold, with a reaction."""
    p = np.pad(u, 1)
    return k * (p[2:] - 2 * u + p[:-2]) + u * (1 - u)


START = np.array([1.0, 0.0, 0.0])
PRECISE = {"rtol": 1e-7, "atol": 1e-11}


@pytest.mark.parametrize("method", ["Radau", "BDF", "LSODA", scipy.integrate.BDF])
def test_robertson(method):
    with_ours = integrate.solve_ivp(robertson, (0, 40), START, method, **PRECISE)
    by_hand = scipy.integrate.solve_ivp(
        robertson, (0, 40), START, method, jac=robertson_jacobian, **PRECISE
    )
    # Gear (1971): y(40) to six digits.
    np.testing.assert_allclose(with_ours.y[:, -1], [0.715827, 9.185535e-6, 0.284164], rtol=2e-6)
    np.testing.assert_allclose(with_ours.y[:, -1], by_hand.y[:, -1], rtol=1e-5)
    counts = [(s.nfev, s.njev, s.nlu, s.t.size) for s in (with_ours, by_hand)]
    np.testing.assert_allclose(*counts, rtol=0.02)  # rounding may turn a step


def test_a_jacobian_takes_one_evaluation_and_no_differences():
    calls = []

    def counted(t, y):
        calls.append((t, np.asarray(ad.value(y)).tobytes()))
        return robertson(t, y)

    solved = integrate.solve_ivp(counted, (0, 40), START, **PRECISE)
    # At the first point sweeps are timed, to choose the mode.
    assert len(calls) <= solved.nfev + solved.njev + 6


def test_the_jacobian_of_many_unknowns_is_sparse():
    u0 = np.linspace(0, 1, 200)
    with ad.count_sweeps() as ran:
        solved = integrate.solve_ivp(heat, (0, 1), u0, "BDF", args=(4e3,))
    dense = scipy.integrate.solve_ivp(heat, (0, 1), u0, "BDF", args=(4e3,))
    np.testing.assert_allclose(solved.y[:, -1], dense.y[:, -1], atol=1e-4)
    assert solved.njev >= 1
    assert 0 < ran.tangents < 200  # of one dense Jacobian


@pytest.mark.parametrize("method", ["LSODA", scipy.integrate.LSODA])
def test_lsoda_gets_a_dense_jacobian(method):
    u0 = np.linspace(0, 1, 120)
    solved = integrate.solve_ivp(heat, (0, 0.1), u0, method, args=[1e3])
    other = scipy.integrate.solve_ivp(heat, (0, 0.1), u0, "BDF", args=(1e3,))
    np.testing.assert_allclose(solved.y[:, -1], other.y[:, -1], atol=1e-3)


def test_events_and_dense_output():
    def half(t, y, rate):
        return y[0] - 0.5

    half.terminal = True
    solved = integrate.solve_ivp(
        lambda t, y, rate: -rate * y, (0, 10), [1], events=half, args=(2,), dense_output=True
    )
    assert solved.t_events[0] == pytest.approx([np.log(2) / 2], rel=1e-3)
    assert solved.sol(0.1) == pytest.approx([np.exp(-0.2)], rel=1e-3)


def test_complex_states():
    def turning(t, z):
        return 1j * z - z**2

    z0 = np.array([1.0 + 0.5j, 0.2j])
    solved = integrate.solve_ivp(turning, (0, 1), z0, "BDF", **PRECISE)
    other = scipy.integrate.solve_ivp(turning, (0, 1), z0, "RK45", **PRECISE)
    np.testing.assert_allclose(solved.y[:, -1], other.y[:, -1], rtol=1e-4)


def test_many_states_in_columns():
    def two(t, y):
        return np.stack([y[1], -1e3 * y[0] - 1e2 * y[1]])

    def listed(t, y):
        return [y[1], -1e3 * y[0] - 1e2 * y[1]]

    for f, vectorized in ((two, False), (two, True), (listed, False), (listed, True)):
        solved = integrate.solve_ivp(f, (0, 1), [1, 0], "Radau", vectorized=vectorized)
        assert solved.success
    assert solved.y[0, -1] == pytest.approx(np.exp(-11.27) * 1.14, abs=1e-4)


def test_a_jacobian_of_your_own():
    used = []

    def own(t, y):
        used.append(t)
        return robertson_jacobian(t, y)

    assert integrate.solve_ivp(robertson, (0, 1), START, jac=own).success
    assert used


@pytest.mark.parametrize("method", ["RK45", "DOP853", scipy.integrate.RK23])
def test_explicit_methods_are_refused(method):
    with pytest.raises(ArgumentError, match="is explicit, and takes no Jacobian"):
        integrate.solve_ivp(robertson, (0, 1), START, method)


def test_a_missing_return_is_named():
    def nothing(t, y):
        y * 2

    with pytest.raises(OutputError, match="nothing returned None"):
        integrate.solve_ivp(nothing, (0, 1), START)


def test_diagonals_are_refused():
    with pytest.raises(ArgumentError, match="by its diagonals"):
        integrate.solve_ivp(robertson, (0, 1), START, "LSODA", lband=1, uband=1)
