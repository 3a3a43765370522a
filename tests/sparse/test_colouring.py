"""Colourings of columns and rows, against the definitions."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from adkit import AdkitError
from adkit.sparse import (
    ORDERS,
    Pattern,
    best_columns,
    best_rows,
    by_columns,
    clique_bound,
    colour_columns,
    colour_rows,
    colouring,
    column_graph,
    column_order,
    counting_bound,
    orders,
    row_bound,
    vertex_order,
)
from adkit.sparse.colouring import conflicting_rows
from adkit.sparse.definitions import fewest_columns, is_column_colouring
from tests.sparse.patterns import arrow, band, patterns, random_pattern, symmetric_patterns

orders_to_try = pytest.mark.parametrize("order", ORDERS)


def is_numbered_from_zero(found):
    return sorted(set(found.colours.tolist()) - {-1}) == list(range(found.count))


@orders_to_try
@given(patterns())
def test_greedy_colourings_are_valid(order, pattern):
    found = colour_columns(pattern, order)
    assert is_column_colouring(pattern, found.colours)
    assert is_numbered_from_zero(found)
    assert (found.kind, found.method) == ("column", order)
    np.testing.assert_array_equal(found.colours >= 0, pattern.column_counts > 0)


@orders_to_try
@given(patterns())
def test_rows_are_the_columns_of_the_transpose(order, pattern):
    found = colour_rows(pattern, order)
    assert is_column_colouring(pattern.T, found.colours)
    assert found.kind == "row"


@given(patterns(5, 5))
def test_the_best_lies_between_the_fewest_and_the_first(pattern):
    fewest = fewest_columns(pattern)
    best = best_columns(pattern)
    assert is_column_colouring(pattern, best.colours)
    assert fewest <= best.count <= colour_columns(pattern).count
    for bound in (row_bound, counting_bound, clique_bound):
        assert bound(pattern).value <= fewest
    assert fewest_columns(pattern.T) <= best_rows(pattern).count


@orders_to_try
@given(patterns())
def test_a_limit_is_what_is_needed_or_nothing_is_found(order, pattern):
    found = colour_columns(pattern, order)
    again = colour_columns(pattern, order, found.count)
    np.testing.assert_array_equal(again.colours, found.colours)
    if found.count:
        assert colour_columns(pattern, order, found.count - 1) is None


@given(patterns(), st.randoms(use_true_random=False))
def test_the_order_of_rows_does_not_matter(pattern, random):
    rows = list(range(pattern.shape[0]))
    random.shuffle(rows)
    shuffled = pattern.submatrix(np.array(rows, dtype=int), np.arange(pattern.shape[1]))
    found, again = colour_columns(pattern), colour_columns(shuffled)
    np.testing.assert_array_equal(found.colours, again.colours)


@given(patterns(8, 8), st.integers(1, 4))
def test_rows_of_many_entries(pattern, wide):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(colouring, "_MANY", 1)
        patch.setattr(colouring, "_WIDE", wide)
        found = colour_columns(pattern)
    assert is_column_colouring(pattern, found.colours)
    assert is_numbered_from_zero(found)


def test_a_wide_row_needs_no_memory_for_the_others():
    found = colour_columns(arrow(20000))
    assert found.count == 20000


def test_recolouring_never_needs_more_and_sometimes_less():
    gains = []
    for seed in range(5):
        pattern = random_pattern(150, 150, 4, seed)
        greedy, again = (best_columns(pattern, (), ["natural"], rounds) for rounds in (0, 20))
        assert not conflicting_rows(pattern, again.colours).any()
        gains.append(greedy.count - again.count)
        assert again.method == ("natural, recoloured" if gains[-1] else "natural")
    assert min(gains) >= 0
    assert max(gains) >= 1


@given(patterns(8, 8), st.data())
def test_conflicts_are_found(pattern, data):
    n = pattern.shape[1]
    many = data.draw(st.booleans())
    numbers = st.integers(-1, 3).map(lambda c: c * 40 if many and c > 0 else c)
    colours = np.array(data.draw(st.lists(numbers, min_size=n, max_size=n)), dtype=int)
    rows = [colours[row][colours[row] >= 0].tolist() for row in pattern.to_dense()]
    expected = [len(set(row)) < len(row) for row in rows]
    np.testing.assert_array_equal(conflicting_rows(pattern, colours), expected)


@given(patterns())
def test_groups_hold_the_members(pattern):
    found = colour_columns(pattern)
    groups = found.groups()
    assert len(groups) == found.count
    for colour, members in enumerate(groups):
        np.testing.assert_array_equal(members, np.flatnonzero(found.colours == colour))


# ---------------------------------------------------------------- orders


@orders_to_try
@given(symmetric_patterns(8))
def test_an_order_has_all_vertices_once(order, graph):
    assert sorted(vertex_order(graph, order).tolist()) == list(range(graph.shape[0]))


def degrees_among(graph, vertices):
    adjacent = graph.to_dense()
    np.fill_diagonal(adjacent, False)
    return adjacent[np.ix_(vertices, vertices)].sum(axis=1).tolist()


@given(symmetric_patterns(8))
def test_orders_follow_their_definitions(graph):
    n = graph.shape[0]
    degrees = degrees_among(graph, np.arange(n))
    largest = [degrees[v] for v in vertex_order(graph, "largest first")]
    assert largest == sorted(largest, reverse=True)
    last, dynamic, incidence = (
        vertex_order(graph, name)
        for name in ("smallest last", "dynamic largest first", "incidence degree")
    )
    for k in range(n):
        left = degrees_among(graph, last[: k + 1])
        assert left[-1] == min(left)
        left = degrees_among(graph, dynamic[k:])
        assert left[0] == max(left)
        seen = [degrees_among(graph, np.append(incidence[:k], v))[-1] for v in incidence[k:]]
        assert seen[0] == max(seen)


@given(patterns())
def test_the_graph_of_columns(pattern):
    matrix = pattern.to_dense().astype(int)
    np.testing.assert_array_equal(column_graph(pattern).to_dense(), matrix.T @ matrix > 0)


@orders_to_try
@given(patterns())
def test_orders_without_the_graph_have_all_columns_with_entries(order, pattern):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(orders, "_PAIRS", 0)
        columns = column_order(pattern, order)
    assert sorted(columns.tolist()) == np.flatnonzero(pattern.column_counts).tolist()


def test_an_unknown_order_is_refused():
    with pytest.raises(AdkitError, match="natural"):
        colour_columns(band(5, 1, 1), "random")
    with pytest.raises(AdkitError, match="natural"):
        vertex_order(band(5, 1, 1), "random")


def test_colours_of_another_length_are_refused():
    with pytest.raises(AdkitError, match="4 colours"):
        by_columns(Pattern.identity(5), [0, 0, 0, 0])
