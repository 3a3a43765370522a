"""The guard: what has become wrong is found, named, and computed again."""

import functools
import warnings

import numpy as np
import pytest

import adkit as ad
from adkit.common.errors import PatternError, TraceMismatchError
from adkit.drivers.guard import deviating, probe
from adkit.sparse import Pattern
from tests.drivers.structured import brusselator


def never(seeds):
    raise AssertionError("rounding errors are not measured where the entries explain them")


def matrix(pattern, seed=0):
    return np.random.default_rng(seed).normal(size=pattern.nnz)


def test_a_right_matrix_passes():
    pattern = Pattern.from_dense(np.tri(50))
    values = matrix(pattern)
    v = probe(50, 0)
    assert not len(deviating(pattern, values, v, pattern.to_dense(values) @ v, never))


@pytest.mark.parametrize("size", [1e-13, 1e-8, 1.0, 1e8])
def test_each_entry_that_is_missing_is_found(size):
    pattern = Pattern.from_dense(np.tri(6))
    values = matrix(pattern)
    v = probe(6, 1)
    for missing in range(pattern.nnz):
        given = values.copy()
        row = pattern.rows[missing]
        given[missing] = size * max(np.abs(given[pattern.rows == row]))
        dense = pattern.to_dense(given)
        kept = np.arange(pattern.nnz) != missing
        again = functools.partial(np.dot, b=dense.T)
        found = deviating(pattern.keep(kept), given[kept], v, dense @ v, again)
        assert found.tolist() == [row]


def test_rounding_errors_of_the_function_are_no_alarm():
    def f(x):
        return ((x + 1e9 * np.roll(x, 1)) - 1e9 * np.roll(x, 1)) ** 2

    rng = np.random.default_rng(0)
    J = ad.jacobian(f, sparse=True)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for _ in range(20):
            x = rng.uniform(1, 2, 50)
            np.testing.assert_allclose(J(x).toarray(), ad.jacobian(f)(x), rtol=1e-6, atol=1e-6)


def test_a_given_pattern_that_lacks_an_entry():
    x = np.random.default_rng(0).uniform(1, 2, 72)
    full = Pattern.from_dense(ad.jacobian(brusselator)(x))
    kept = np.ones(full.nnz, bool)
    kept[7] = False
    J = ad.jacobian(brusselator, sparse=full.keep(kept))
    place = rf"\(rows {full.rows[7]}\)"
    with pytest.warns(
        ad.PatternWarning,
        match=rf"brusselator \(test_guard.py:\d+\).*{place}: the pattern was found",
    ):
        found = J(x)
    np.testing.assert_allclose(found.toarray(), ad.jacobian(brusselator)(x), rtol=1e-13)
    assert J(x).nnz == full.nnz  # and without another warning


def test_a_given_pattern_that_is_right_is_taken():
    x = np.random.default_rng(0).uniform(1, 2, 72)
    full = Pattern.from_dense(ad.jacobian(brusselator)(x))
    for pattern in (full, full.to_scipy(), full.to_dense()):
        J = ad.jacobian(brusselator, sparse=pattern)
        with ad.count_sweeps() as ran:
            found = J(x)
        assert (ran.tangents, ran.cotangents) == (7, 0)
        np.testing.assert_allclose(found.toarray(), ad.jacobian(brusselator)(x), rtol=1e-13)


def branching(x):
    return x**2 if x[0] > 0 else x[::-1] ** 2 * x[1]


def test_a_pattern_that_changes_with_the_values():
    J = ad.jacobian(branching, sparse=True)
    x = np.arange(1.0, 7.0)
    assert J(x).nnz == 6
    with pytest.warns(ad.PatternWarning, match="the pattern was found again"):
        found = J(-x)
    np.testing.assert_array_equal(found.toarray(), ad.jacobian(branching)(-x))
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # both branches are known now
        for y in (x, -x):
            np.testing.assert_array_equal(J(y).toarray(), ad.jacobian(branching)(y))


def positive(x):
    return np.append(x[x > 0] ** 2, [3 * x[0], x[1] * x[2]])


@pytest.mark.parametrize("seed", [0, 1])
@pytest.mark.parametrize(
    "options",
    [
        {"sparse": True},
        {"sparse": True, "mode": "reverse"},
        {"sparse": True, "check_every": 100},
        {"sparse": "local"},
        {"sparse": "auto"},
        {"sparse": "lifted"},
        {"mode": "mixed"},
    ],
    ids=str,
)
def test_a_number_of_results_that_changes_with_the_values(options, seed):
    rng = np.random.default_rng(seed)
    J = ad.jacobian(positive, **options)
    J(np.ones(30))
    for positives in (3, 20, 4):
        x = rng.permutation(np.where(np.arange(30) < positives, 1, -1) * rng.uniform(1, 2, 30))
        with pytest.warns(ad.PatternWarning, match=r"of \d+ results\): the pattern was found"):
            found = J(x)
        found = found if isinstance(found, np.ndarray) else found.toarray()
        np.testing.assert_allclose(found, ad.jacobian(positive)(x), rtol=1e-13)


def test_without_entries_the_number_of_results_is_looked_at_too():
    J = ad.jacobian(lambda x: np.ones(2 if x[0] > 0 else 5), sparse=True, check_every=100)
    assert J(np.ones(3)).shape == (2, 3)
    with pytest.warns(ad.PatternWarning, match="of 2 results"):
        assert J(-np.ones(3)).shape == (5, 3)


def test_a_given_pattern_of_fewer_results_is_refused():
    J = ad.jacobian(positive, sparse=np.ones((32, 30), bool))
    J(np.ones(30))
    with pytest.raises(PatternError, match=r"\(32, 30\) for derivatives of shape \(2, 30\)"):
        J(-np.ones(30))


def absent(x):
    """A product of which one factor is zero at first, and a choice."""
    return x * np.roll(x, 1) * np.array([1.0, 0, 0, 0]) + np.where(x > 5, x**2, np.roll(x, 2))


@pytest.mark.parametrize("transform", [ad.jacobian, ad.hessian])
def test_local_patterns_have_what_is_not_zero_here(transform):
    def f(x):
        return absent(x) if transform is ad.jacobian else np.sum(absent(x) * x)

    local, full = transform(f, sparse="local"), transform(f)
    x = np.arange(1.0, 5.0)
    found = local(x)
    np.testing.assert_array_equal(found.toarray(), full(x))
    assert found.nnz == np.count_nonzero(full(x)) < transform(f, sparse=True)(x).nnz
    with pytest.warns(ad.PatternWarning, match="the pattern was found again"):
        found = local(x + 3)
    np.testing.assert_array_equal(found.toarray(), full(x + 3))


def test_a_local_plan():
    plan = ad.plan(absent, np.arange(1.0, 5.0), sparse="local", measure=False)
    assert plan.nnz == 6
    assert plan.jacobian(np.arange(1.0, 5.0)).nnz == 6


def test_constants_that_change_from_outside():
    scale = [2.0]

    def f(x):
        return scale[0] * np.roll(x, 1) + x**2

    J = ad.jacobian(f, sparse=True)
    x = np.arange(1.0, 5.0)
    J(x)
    scale[0] = 5.0
    with pytest.warns(ad.PatternWarning, match="constant entries have changed"):
        found = J(x)
    np.testing.assert_array_equal(found.toarray(), ad.jacobian(f)(x))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        J(x)


def test_constants_of_several_branches_are_learnt():
    def slopes(x):
        return (2 * x if x[0] > 0 else 3 * x) + np.roll(x, 1)

    J = ad.jacobian(slopes, sparse=True)
    x = np.arange(1.0, 5.0)
    J(x)
    with pytest.warns(ad.PatternWarning, match=r"rows 0, 1, 2, 3\): constant entries"):
        J(-x)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for y in (x, -x, x):
            np.testing.assert_array_equal(J(y).toarray(), ad.jacobian(slopes)(y))


def test_values_as_indices():
    def hidden(x):
        return x[int(ad.value(x[0]))] * np.ones(3)

    J = ad.jacobian(hidden, sparse=True)
    J(np.array([0.0, 5.0, 6.0]))
    with pytest.warns(ad.PatternWarning, match="found again"):
        found = J(np.array([2.0, 5.0, 6.0]))
    assert found.toarray().tolist() == [[0.0, 0.0, 1.0]] * 3


def test_what_no_pattern_can_know_becomes_dense():
    def asks_for_types(x):
        return x**2 if type(x).__name__ == "SparseTraced" else x[::-1] ** 2

    J = ad.jacobian(asks_for_types, sparse=True)
    x = np.arange(1.0, 5.0)
    with pytest.warns(ad.PatternWarning) as caught:
        found = J(x)
    assert [str(one.message).rpartition(": ")[2] for one in caught] == [
        "the pattern was found again",
        "the pattern is taken to be dense",
    ]
    np.testing.assert_array_equal(found.toarray(), ad.jacobian(asks_for_types)(x))


def test_a_function_that_is_not_repeatable_is_refused():
    rng = np.random.default_rng(0)

    def noisy(x):
        return rng.normal() * x**2

    with pytest.raises(TraceMismatchError, match="noisy returns another value each time"):
        ad.jacobian(noisy, sparse=True, chunk=1)(np.ones(3))


def test_hessians_are_guarded():
    def f(x):
        return np.sum(x**3) if x[0] > 0 else np.sum(x[1:] * x[:-1] ** 2)

    H = ad.hessian(f, sparse=True)
    x = np.arange(1.0, 6.0)
    H(x)
    with pytest.warns(ad.PatternWarning, match="sparse hessian"):
        found = H(-x)
    np.testing.assert_allclose(found.toarray(), ad.hessian(f)(-x), rtol=1e-14)


def test_checks_may_be_rarer():
    J = ad.jacobian(np.sin, sparse=True, check_every=3)
    x = np.ones(5)
    J(x)
    ran = []
    for _ in range(6):
        with ad.count_sweeps() as counts:
            J(x)
        ran.append(counts.tangents)
    assert ran == [1, 1, 2, 1, 1, 2]


def test_directions_differ_from_call_to_call_and_are_repeatable():
    assert not np.array_equal(probe(5, 0), probe(5, 1))
    np.testing.assert_array_equal(probe(5, 3), probe(5, 3))
    assert np.abs(probe(1000, 0)).min() >= 0.5
