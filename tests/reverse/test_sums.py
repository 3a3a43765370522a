"""Cotangents that are summed before they are multiplied: the same derivatives, with less work."""

import numpy as np
import pytest

import adkit as ad
from adkit.reverse import sums

ROWS, COLUMNS, WIDE = 300, 12, 9
rng = np.random.default_rng(0)
DATA = rng.standard_normal((ROWS, COLUMNS))
STACK = rng.standard_normal((4, ROWS, COLUMNS))
MEAN = rng.standard_normal(COLUMNS)
MEANS = rng.standard_normal((4, COLUMNS))
SCALE = rng.uniform(0.5, 2.0, COLUMNS)
WEIGHTS = rng.standard_normal((COLUMNS, WIDE))
STACKED = rng.standard_normal((4, COLUMNS, WIDE))


@pytest.fixture
def summed(monkeypatch):
    """Return the axes that were summed first, so far."""
    axes = []
    total = sums.total

    def noting(ct, which, **options):
        axes.append(which)
        return total(ct, which, **options)

    monkeypatch.setattr(sums, "total", noting)
    return axes


def squared(y):
    return np.sum(np.sin(y))


#: A program, its arguments, and the axes that are summed first.
PROGRAMS = {
    "difference, scaled": (lambda m, s: squared((DATA - m) * s), (MEAN, SCALE), [(0,)]),
    "difference, divided": (lambda m, s: squared((DATA - m) / s), (MEAN, SCALE), [(0,)]),
    "first operand": (lambda m, s: squared(s * (m - DATA)), (MEAN, SCALE), [(0,)]),
    "sum": (lambda m, s: squared((m + DATA) * s), (MEAN, SCALE), [(0,)]),
    "other sum": (lambda m, s: squared((DATA + m) * s), (MEAN, SCALE), [(0,)]),
    "constant scale": (lambda m: squared((DATA - m) * SCALE), (MEAN,), []),
    "a number": (lambda m, s: squared((DATA - m) * s), (np.float64(0.5), SCALE), [(0,)]),
    "matrix": (lambda m, w: squared((DATA - m) @ w), (MEAN, WEIGHTS), [(0,)]),
    "constant matrix": (lambda m: squared((DATA - m) @ WEIGHTS), (MEAN,), [(0,)]),
    "dot": (lambda m, w: squared(np.dot(DATA - m, w)), (MEAN, WEIGHTS), [(0,)]),
    "of columns": (
        lambda m, w: squared(w.T @ (DATA.T - m[:, None])),
        (MEAN, WEIGHTS),
        [(1,)],
    ),
    "stacks": (lambda m, w: squared((DATA - m[:, None]) @ w), (MEANS, STACKED), [(1,)]),
    "one matrix for a stack": (lambda m: squared((STACK - m) @ WEIGHTS), (MEAN,), [(1,)]),
    "both uses": (
        lambda m, s, w: squared((c := DATA - m) * s) + squared(c @ w),
        (MEAN, SCALE, WEIGHTS),
        [(0,), (0,)],
    ),
    "a use that needs every row": (
        lambda m, w: squared((c := DATA - m) @ w) + squared(c * c),
        (MEAN, WEIGHTS),
        [(0,)],
    ),
    "rows with factors of their own": (
        lambda m: squared((DATA - m) * DATA[:, :1]),
        (MEAN,),
        [],
    ),
    "a vector": (lambda m, v: squared((DATA - m) @ v), (MEAN, SCALE), []),
    "both operands traced": (
        lambda x, m, w: squared((x - m) @ w),
        (DATA[:20], MEAN, WEIGHTS),
        [],
    ),
    "few numbers": (lambda m, w: squared((DATA[:9] - m) @ w), (MEAN, WEIGHTS), []),
}


@pytest.mark.parametrize(("f", "args", "axes"), PROGRAMS.values(), ids=list(PROGRAMS))
def test_the_gradient_is_that_of_a_forward_sweep(f, args, axes, summed):
    argnums = tuple(range(len(args)))
    found = ad.grad(f, argnums)(*args)
    assert summed == axes
    expected = ad.jacobian(f, argnums, mode="forward")(*args)
    for mine, other in zip(found, expected, strict=True):
        assert type(mine) is type(other)
        np.testing.assert_allclose(mine, other, rtol=1e-11, atol=1e-11 * np.abs(other).max())


def test_a_pullback_sums_first_each_time(summed):
    _, pullback = ad.vjp(lambda m, w: (DATA - m) @ w, MEAN, WEIGHTS)
    for ct in rng.standard_normal((2, ROWS, WIDE)):
        of_mean, of_weights = pullback(ct)
        np.testing.assert_allclose(of_mean, -(ct @ WEIGHTS.T).sum(0), rtol=1e-12)
        np.testing.assert_allclose(of_weights, (DATA - MEAN).T @ ct, rtol=1e-12)
    assert summed == [(0,), (0,)]


def test_directions_and_second_derivatives_go_without():
    f = PROGRAMS["matrix"][0]
    hessian = ad.hessian(lambda m: f(m, WEIGHTS))(MEAN)
    again = ad.jacobian(ad.grad(lambda m: f(m, WEIGHTS)), mode="reverse")(MEAN)
    by_hand = -np.einsum("ik,nk,jk->ij", WEIGHTS, np.sin((DATA - MEAN) @ WEIGHTS), WEIGHTS)
    np.testing.assert_allclose(hessian, by_hand, rtol=1e-10, atol=1e-10)
    np.testing.assert_allclose(again, by_hand, rtol=1e-10, atol=1e-10)


def test_a_sum_that_overflows_before_it_is_multiplied():
    large, small = 1e306, 1e-300
    found = ad.grad(lambda m: np.sum(large * ((DATA - m) * np.full(COLUMNS, small))))(MEAN)
    np.testing.assert_allclose(found, -ROWS * (large * small), rtol=1e-12)


def test_nodes_made_by_hand_show_the_gradients_of_intermediate_values():
    mean, weights = ad.Node(MEAN), ad.Node(WEIGHTS)
    centred = DATA - mean
    (centred @ weights).sum().backward()
    np.testing.assert_allclose(
        centred.grad.data, np.broadcast_to(WEIGHTS.sum(1), DATA.shape), rtol=1e-12
    )
    np.testing.assert_allclose(mean.grad.data, -ROWS * WEIGHTS.sum(1), rtol=1e-12)
