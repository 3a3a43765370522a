"""Structural zeros stop a derivative, in both modes and at every order; other zeros do not."""

import itertools

import numpy as np
import pytest

import adkit as ad
from adkit.common.levels import Level
from adkit.common.structural import Structural, is_nonfinite

JACOBIANS = {"forward": ad.jacfwd, "reverse": ad.jacrev}
PAIRS = list(itertools.product(JACOBIANS.values(), JACOBIANS.values()))
POINT = np.array([0.0, 1.0])


def written(x):
    y = np.sqrt(x) + 0.0
    y[0] = 0.0
    return y


#: At POINT each has lane 0 of an infinite or undefined derivative, which nothing selects.
TRAPS = {
    "sqrt": lambda x: np.where(x > 0, np.sqrt(x), 0.0),
    "log": lambda x: np.where(x > 0, np.log(x), 0.0),
    "quotient": lambda x: np.where(x != 0, np.sin(x) / x, 1.0),
    "power": lambda x: np.where(x > 0, x**0.5, 0.0),
    "product": lambda x: np.where(x > 0, x * np.log(x), 0.0),
    "nested": lambda x: np.where(x > 0, np.where(x > 0.5, np.log(x), np.sqrt(x)), x),
    "select": lambda x: np.select([x > 0], [np.log(x)], 0.0),
    "choose": lambda x: np.choose((x > 0).astype(int), [0 * x + 1.0, np.log(x)]),
    "slice": lambda x: np.sqrt(x)[1:],
    "index array": lambda x: np.sqrt(x)[[1, 1]],
    "mask": lambda x: np.log(x)[x.astype(bool)],
    "take": lambda x: np.take(np.sqrt(x), [1]),
    "write": written,
    "concatenate": lambda x: np.concatenate([np.sqrt(x)[1:], x]),
    "roll": lambda x: np.where([True, False], np.roll(np.sqrt(x), 1), 2.0),
    "transpose": lambda x: np.where(x > 0, np.sqrt(x).reshape(2, 1).T[0], 0.0),
    "cumsum": lambda x: np.cumsum(np.where(x > 0, np.sqrt(x), 0.0)),
    "matmul": lambda x: np.where(x > 0, np.log(x), 0.0) @ np.array([[1.0, 2.0], [3.0, 4.0]]),
    "einsum": lambda x: np.einsum("i,i->i", np.where(x > 0, np.sqrt(x), 0.0), x),
    "variance": lambda x: np.where(x > 0, np.sqrt(x), 0.0).var(),
    "clip": lambda x: np.clip(np.sqrt(x), 0.5, 2.0),
    "maximum": lambda x: np.maximum(np.sqrt(x), 0.5),
    "greatest": lambda x: np.max(np.sqrt(x)),
    "sum": lambda x: np.sum(np.sqrt(x), where=x > 0),
}


@pytest.fixture(autouse=True)
def silence():
    """Products of zero and infinity on the way are what this is about."""
    with np.errstate(all="ignore"):
        yield


@pytest.mark.parametrize("f", TRAPS.values(), ids=list(TRAPS))
def test_a_lane_that_was_not_selected_reaches_nothing(f):
    forward, reverse = ad.jacfwd(f)(POINT), ad.jacrev(f)(POINT)
    assert np.isfinite(forward).all()
    np.testing.assert_allclose(forward, reverse, rtol=1e-13)
    step = np.array([0.0, 1e-6])
    numerical = (f(POINT + step) - f(POINT - step)) / 2e-6
    np.testing.assert_allclose(forward[..., 1], numerical, rtol=1e-8, atol=1e-9)


@pytest.mark.parametrize("f", TRAPS.values(), ids=list(TRAPS))
def test_a_lane_that_was_not_selected_reaches_nothing_at_second_order(f):
    results = [outer(inner(f))(POINT) for outer, inner in PAIRS]
    assert np.isfinite(results[0]).all()
    for result in results[1:]:
        np.testing.assert_allclose(result, results[0], rtol=1e-13)


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("driver", JACOBIANS.values(), ids=list(JACOBIANS))
def test_nan_and_infinity_in_a_branch_that_was_not_taken(driver, bad):
    J = driver(lambda x: np.where([False, True], x * bad, 3 * x))(np.array([2.0, 2.0]))
    assert J[0].tolist() == [3.0, 0.0]
    assert J[1, 0] == 0.0
    assert not np.isfinite(J[1, 1])


def test_gradients_and_products_of_a_trap():
    def loss(x):
        return np.where(x > 0, np.sqrt(x), 0.0).sum()

    assert ad.grad(loss)(POINT).tolist() == [0.0, 0.5]
    assert ad.value_and_grad(loss)(POINT)[1].tolist() == [0.0, 0.5]
    assert ad.vjp(loss, POINT)[1](1.0)[0].tolist() == [0.0, 0.5]
    assert ad.jvp(loss, (POINT,), (np.ones(2),))[1] == 0.5
    assert ad.hessian(loss)(POINT).tolist() == [[0.0, 0.0], [0.0, -0.25]]
    assert ad.hessian_diag(loss)(POINT).tolist() == [0.0, -0.25]
    assert ad.hvp(loss, (POINT,), (np.ones(2),))[0].tolist() == [0.0, -0.25]
    assert ad.linearize(loss, POINT)[1](np.ones(2)) == 0.5


# ---------------------------------------------------------------- directions that were not seeded


@pytest.mark.parametrize("chunk", [1, 2, "auto"])
@pytest.mark.parametrize("driver", JACOBIANS.values(), ids=list(JACOBIANS))
def test_a_direction_that_was_not_seeded_meets_no_infinity(driver, chunk):
    J = driver(np.sqrt, chunk=chunk)(np.array([0.0, 4.0, 0.0]))
    assert J.tolist() == [[np.inf, 0.0, 0.0], [0.0, 0.25, 0.0], [0.0, 0.0, np.inf]]


@pytest.mark.parametrize(("outer", "inner"), PAIRS)
def test_directions_that_were_not_seeded_at_second_order(outer, inner):
    # x**1.5 at 0: the first derivative is finite, the second is not
    H = outer(inner(lambda x: x**1.5))(POINT)
    expected = np.zeros((2, 2, 2))
    expected[0, 0, 0], expected[1, 1, 1] = np.inf, 0.75
    assert H.tolist() == expected.tolist()


def test_an_argument_that_is_not_active_meets_no_infinity():
    for driver in JACOBIANS.values():
        by_y = driver(lambda x, y: np.sqrt(x) + y * y, 1)(0.0, 3.0)
        assert by_y == 6.0
        by_x, by_y = driver(lambda x, y: np.sqrt(x) + y * y, (0, 1))(0.0, 3.0)
        assert (by_x, by_y) == (np.inf, 6.0)


@pytest.mark.parametrize("driver", JACOBIANS.values(), ids=list(JACOBIANS))
def test_an_infinite_matrix_entry_meets_only_live_lanes(driver):
    weights = np.array([[1.0, np.inf], [2.0, 3.0]])
    J = driver(lambda x: weights @ x)(np.ones(2))
    assert J.tolist() == weights.tolist()


# ---------------------------------------------------------------- zeros that are values


@pytest.mark.parametrize(("outer", "inner"), PAIRS)
def test_a_zero_factor_has_second_derivatives(outer, inner):
    # c sin(x) at c = 0: d2/dc dx = cos(x)
    H = outer(inner(lambda p: p[0] * np.sin(p[1])))(np.array([0.0, 0.3]))
    np.testing.assert_allclose(H, [[0.0, np.cos(0.3)], [np.cos(0.3), 0.0]], rtol=1e-14)


def test_a_pullback_of_a_zero_cotangent_can_be_differentiated_in_it():
    pullback = ad.vjp(np.sin, 0.3)[1]
    assert pullback(0.0) == (0.0,)
    assert ad.grad(lambda ct: pullback(ct)[0])(0.0) == np.cos(0.3)


def test_a_zero_that_is_a_value_meets_infinity_as_in_floating_point():
    assert np.isnan(ad.jvp(np.sqrt, (0.0,), (0.0,))[1])
    assert np.isnan(ad.vjp(np.sqrt, 0.0)[1](0.0)[0])
    assert ad.grad(np.sqrt)(0.0) == np.inf


def test_a_derivative_that_is_not_finite_stays_so():
    assert ad.grad(lambda x: np.where(x >= 0, np.sqrt(x), x))(0.0) == np.inf
    assert np.isnan(ad.grad(lambda x: x * np.nan)(1.0))
    for driver in JACOBIANS.values():
        assert np.isnan(driver(lambda x: np.log(x) * x)(np.zeros(1))).all()


# ---------------------------------------------------------------- when sweeps run again


def test_sweeps_run_again_only_where_numbers_are_not_finite():
    for driver, mode in ((ad.jacrev, "reverse"), (ad.jacfwd, "forward")):
        for point, sweeps in ((POINT, 2), (POINT + 1, 1)):
            with ad.count_sweeps() as ran:
                driver(np.sqrt)(point)
            assert getattr(ran, mode) == sweeps


def test_warnings_of_numpy_say_that_a_derivative_is_infinite():
    with np.errstate(divide="warn"), pytest.warns(RuntimeWarning, match="divide by zero"):
        ad.grad(np.sqrt)(0.0)


def test_the_mask_of_an_engine_value():
    level = Level(structural=True)
    t = Structural(np.array([np.nan, 2.0]), np.array([False, True]), level)
    assert t.value.tolist() == [0.0, 2.0]
    assert repr(t).startswith("Structural(array([0., 2.])")
    assert (3 * t + t).value.tolist() == [0.0, 8.0]
    assert (t * np.inf).value.tolist() == [0.0, np.inf]
    assert (t * np.inf).alive.tolist() == [False, True]
    assert np.cumsum(t).alive.tolist() == [False, True]
    assert t.sum().alive
    assert t[::-1].alive.tolist() == [True, False]


def test_what_is_not_finite():
    assert not is_nonfinite([np.ones(2), np.float32(1), np.ones(0)])
    assert is_nonfinite([np.ones(2), np.array([1.0, np.nan])])
    assert is_nonfinite([np.complex128(complex(0, np.inf))])
    assert is_nonfinite([ad.Dual(1.0, np.inf)])
    assert not is_nonfinite([ad.Node(1.0)])
    assert is_nonfinite([ad.Node(np.inf)])
