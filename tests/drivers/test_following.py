"""The engine that follows operations: values and derivatives pass through it unchanged."""

import numpy as np
import pytest

import adkit as ad
from adkit.common.errors import DetachError, LeakedTraceError
from adkit.common.lifting import Lifting
from adkit.drivers.following import FollowingLevel
from adkit.drivers.narrow import candidates, worth_lifting
from adkit.pattern import jacobian_pattern
from adkit.sparse import Pattern

X = np.array([0.5, -1.5, 2.0, 3.0])


def written(x):
    y = np.zeros_like(x)
    y[0] = x[0]
    for i in range(1, x.size):
        y[i] = 0.5 * y[i - 1] + np.sin(x[i])
    tail = y[1:]
    tail *= 2.0
    y[y > 1] = 1.0
    return y


def branching(x):
    mean = np.mean(x)
    return np.where(x > mean, x, x**2) * (mean if mean > 0 else -mean)


def mixed(x):
    parts = np.split(np.concatenate((x, np.sort(x))), 2)
    w, v = np.linalg.eigh(np.outer(x, x) + np.diag(x**2))
    return w + parts[1] * np.linalg.norm(x) + abs(v[0]) * np.var(x)


def nested(x):
    return x * ad.grad(lambda y: np.sum(y**3 * x))(x)


PROGRAMS = [written, branching, mixed, nested]


def through(f, chosen=frozenset(), run=None, **options):
    """Return a function that is followed."""

    def followed(x):
        level = FollowingLevel(chosen, Lifting(-1) if run is None else run, **options)
        try:
            return level.plain(f(level.follow(x)))
        finally:
            level.ended = True

    return followed


def seen(f, x, **options):
    level = FollowingLevel(frozenset(), Lifting(-1), **options)
    f(level.follow(x))
    return level.seen


@pytest.mark.parametrize("f", PROGRAMS)
def test_values_and_derivatives_are_the_same(f):
    assert np.array_equal(through(f)(X), f(X))
    assert np.array_equal(ad.jacfwd(through(f))(X), ad.jacfwd(f)(X))
    assert np.array_equal(ad.jacrev(through(f))(X), ad.jacrev(f)(X))
    assert jacobian_pattern(through(f), X).pattern == jacobian_pattern(f, X).pattern


@pytest.mark.parametrize("f", PROGRAMS)
def test_operations_are_numbered_alike_whatever_is_below(f):
    plain = seen(f, X)
    below = []

    def traced(x):
        level = FollowingLevel(frozenset(), Lifting(-1))
        result = level.plain(f(level.follow(x)))
        below.append(level.seen)
        return result

    ad.jacfwd(traced)(X)
    ad.vjp(traced, X)
    jacobian_pattern(traced, X)
    assert len(plain) > 0
    for found in below:
        assert found == plain


def test_results_are_replaced():
    def f(x):
        return x * np.sum(x)

    (number,) = (one.number for one in seen(f, X) if one.size == 1)
    run = Lifting(-1, [np.float64(10.0)])
    assert np.array_equal(through(f, frozenset([number]), run)(X), 10 * X)
    assert run.found == [np.sum(X)]


def test_definitions_are_followed_on_request():
    def f(x):
        return x / np.linalg.norm(x.reshape(2, 2))

    assert len(seen(f, X)) < len(seen(f, X, expands=True))
    np.testing.assert_allclose(through(f, expands=True)(X), f(X), rtol=1e-14)


def test_what_is_refused_elsewhere_is_refused_here():
    with pytest.raises(DetachError):
        through(lambda x: x * float(x[0]))(X)
    kept = []
    through(lambda x: kept.append(x) or x)(X)
    with pytest.raises(LeakedTraceError):
        np.sin(kept[0])


# ---------------------------------------------------------------- what is worth lifting


def test_candidates_make_few_numbers_of_many():
    def f(x):
        return x * np.sum(x) + x[0] + np.mean(x[:2]) * np.sum(x.reshape(4, 10), axis=1)[2]

    x = np.ones(40)
    found = candidates(seen(f, x), 40, 40)
    assert [(one.size, one.read) for one in found] == [(1, 40), (4, 40)]
    assert candidates(seen(f, x), 3, 40) == []


def directions(pattern):
    return int(max(pattern.row_counts.max(initial=0), 0))


def test_arrays_that_save_nothing_are_given_up():
    # y = x + u c with c = sum(x): an arrow of which the first row and column are lifted
    n = 9
    rows, columns, first = np.arange(1, n + 1), np.arange(1, n + 1), np.zeros(n, int)
    arrow = Pattern.from_coordinates(
        np.r_[rows, rows, first], np.r_[columns, first, columns], (n + 1, n + 1)
    )
    assert worth_lifting(arrow, [1], lambda p: 3) == [True]
    assert worth_lifting(arrow, [1], lambda p: n) == [False]
    alone = Pattern.from_coordinates(np.r_[rows, 0], np.r_[columns, 3], (n + 1, n + 1))
    assert worth_lifting(alone, [1], directions) == [False]
