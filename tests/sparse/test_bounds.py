"""Bounds: never above what is possible, and each for its class of plans only."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from adkit.sparse import (
    LINEAR,
    PARTITIONS,
    Pattern,
    bounds,
    by_columns,
    clique_bound,
    column_bound,
    counting_bound,
    forward_bounds,
    information_bound,
    parts,
    row_bound,
    symmetric_bound,
)
from adkit.sparse.definitions import determines, fewest_columns
from tests.sparse.patterns import arrow, ball, band, patterns, stencil, symmetric_patterns


def seeds(count, size, seed):
    """Return general directions: if these do not determine a matrix, none do."""
    return np.random.default_rng(seed).standard_normal((count, size))


def possible(pattern, p, q):
    m, n = pattern.shape
    return determines(pattern, seeds(p, n, 1), seeds(q, m, 2))


@given(patterns(5, 5))
def test_rows_and_columns_bound_any_linear_recovery(pattern):
    p, q = row_bound(pattern).value, column_bound(pattern).value
    assert possible(pattern, p, 0)
    assert possible(pattern, 0, q)
    assert p == 0 or not possible(pattern, p - 1, 0)
    assert q == 0 or not possible(pattern, 0, q - 1)


@given(patterns(5, 5), st.sampled_from([(1, 1), (1, 2), (3, 1)]))
def test_less_than_the_information_bound_is_impossible(pattern, costs):
    bound = information_bound(pattern, *costs).value
    for p, q in itertools.product(range(7), range(7)):
        if costs[0] * p + costs[1] * q < bound:
            assert not possible(pattern, p, q)


@given(symmetric_patterns(6))
def test_less_than_the_symmetric_bound_is_impossible(pattern):
    bound = symmetric_bound(pattern).value
    for p in range(bound):
        assert not determines(pattern, seeds(p, pattern.shape[0], 3), symmetric=True)


@given(patterns(5, 5), st.integers(0, 200))
def test_bounds_that_were_given_up_early_are_lower(pattern, effort):
    whole = information_bound(pattern).value
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(parts, "_EFFORT", effort)
        patch.setattr(parts, "_ROUNDS", 1)
        assert information_bound(pattern).value <= whole
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(bounds, "_EXTENSION", 0)
        assert row_bound(pattern).value == clique_bound(pattern).value


@given(patterns(5, 5))
def test_bounds_of_partitions(pattern):
    fewest = fewest_columns(pattern)
    linear, *of_groups = forward_bounds(pattern)
    assert linear.plans == LINEAR["forward"]
    for bound in of_groups:
        assert bound.plans == PARTITIONS
        assert bound.value <= fewest


@given(patterns(6, 6))
def test_a_clique_is_one(pattern):
    bound = clique_bound(pattern)
    matrix = pattern.to_dense()
    if bound.value:
        listed = bound.certificate.removeprefix("every two of the columns ")
        columns = [int(word) for word in listed.removesuffix(" share a row").split(", ")]
        assert len(columns) == bound.value
        for j, k in itertools.combinations(columns, 2):
            assert (matrix[:, j] & matrix[:, k]).any()


def test_the_class_matters():
    # Groups need three directions, general seeds and small solves two.
    cycle = Pattern.from_dense([[1, 1, 0], [0, 1, 1], [1, 0, 1]])
    assert clique_bound(cycle).value == fewest_columns(cycle) == 3
    assert row_bound(cycle).value == 2
    assert possible(cycle, 2, 0)
    # One of each is as many numbers as entries, but two of the six are the same.
    assert not possible(cycle, 1, 1)
    assert information_bound(cycle).value == 2


def test_a_dense_block_needs_all_its_columns_or_all_its_rows():
    block = Pattern.full((4, 6))
    assert information_bound(block).value == 4
    assert information_bound(block, 1.0, 2.0).value == 6
    assert not possible(block, 5, 3)
    apart = Pattern.from_dense(np.kron(np.eye(3), np.ones((4, 6))))
    assert information_bound(apart).value == 4


def test_certificates_say_why():
    assert str(row_bound(arrow(5))) == (
        "at least 5 (forward directions only, any linear recovery): row 0 has 5 nonzeros"
    )
    assert row_bound(Pattern.identity(2)).certificate == "row 0 has 1 nonzero"
    assert column_bound(arrow(5)).certificate == "column 0 has 5 nonzeros"
    ring = stencil((10,), ball(1), periodic=True)
    assert counting_bound(ring).certificate == (
        "10 columns, of which at most 3 fit into 10 rows without sharing one"
    )
    assert information_bound(arrow(5)).certificate == (
        "every plan has at least as many (forward, reverse) directions as one of "
        "(5, 0), (2, 1), (1, 2), (0, 5)"
    )
    assert symmetric_bound(band(9, 2, 2)).certificate == (
        "the rows and columns 2, 3, 4 make a dense diagonal block"
    )
    path = band(9, 1, 1)
    assert symmetric_bound(stencil((9, 9), ball(2))).certificate == (
        "2 products give 161 numbers for 225 unknowns in a part of 81 rows"
    )
    assert symmetric_bound(path - Pattern.identity(9)).certificate == (
        "0 products give 0 numbers for 8 unknowns in a part of 9 rows"
    )
    assert clique_bound(Pattern.full((1, 20))).certificate.endswith("10, 11, ... share a row")


def test_without_nonzeros_nothing_is_needed():
    empty = Pattern.from_coordinates([], [], (3, 3))
    every = [row_bound, column_bound, counting_bound, clique_bound, information_bound]
    for bound in [*every, symmetric_bound]:
        assert bound(empty).value == 0
    assert by_columns(empty, [-1, -1, -1]).directions == 0


@given(patterns())
def test_counting_alone_gives_the_information_bound_or_nothing(pattern):
    """Of large patterns no parts are looked for where a count says it all."""
    whole = information_bound(pattern).value
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(bounds, "_LARGE", 0)
        assert information_bound(pattern).value == whole


def test_the_information_bound_of_a_long_band_is_counted():
    n = 300_000
    rows = np.concatenate([np.arange(max(0, -k), n - max(0, k)) for k in range(-2, 3)])
    shifts = np.repeat(np.arange(-2, 3), [n - 2, n - 1, n, n - 1, n - 2])
    bound = information_bound(Pattern.from_coordinates(rows, rows + shifts, (n, n)))
    assert bound.value == 5
    assert bound.certificate == "each direction gives at most 300000 of 1499994 entries"
