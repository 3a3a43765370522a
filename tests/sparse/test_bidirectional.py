"""Plans of columns forward and rows in reverse, against the definitions."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from adkit.sparse import (
    ORDERS,
    Pattern,
    best_columns,
    best_rows,
    bicolour,
    by_both,
    colour_columns,
    information_bound,
    peel,
)
from adkit.sparse.definitions import fewest_both, reads_directly
from tests.sparse.patterns import arrow, band, bordered, frame, multiple_shooting, patterns

costs = st.sampled_from([(1.0, 1.0), (1.0, 3.0), (2.5, 1.0)])


@given(patterns(), costs)
def test_peeling_reads_everything_and_is_no_dearer_than_one_side(pattern, costs):
    found = peel(pattern, *costs)
    assert reads_directly(pattern, found.columns, found.rows)
    cost = costs[0] * found.forward + costs[1] * found.reverse
    assert cost <= costs[0] * best_columns(pattern, orders=["natural", "largest first"]).count
    assert cost <= costs[1] * best_rows(pattern, orders=["natural", "largest first"]).count
    assert information_bound(pattern, *costs).value <= cost
    assert found.count == found.forward + found.reverse


@given(patterns(4, 4))
def test_no_plan_has_fewer_than_the_fewest(pattern):
    fewest = fewest_both(pattern)
    assert information_bound(pattern).value <= fewest
    assert fewest <= peel(pattern).count
    assert fewest <= bicolour(pattern).count


@pytest.mark.parametrize("order", ORDERS)
@given(patterns(), costs)
def test_star_bicolourings_are_read_directly(order, pattern, costs):
    found = bicolour(pattern, order, forward_cost=costs[0], reverse_cost=costs[1])
    assert reads_directly(pattern, found.columns, found.rows)
    assert found.forward == max(found.columns, default=-1) + 1
    assert found.reverse == max(found.rows, default=-1) + 1


@given(patterns())
def test_acyclic_bicolourings_are_solved_by_substitution(pattern):
    found = bicolour(pattern, substitution=True)
    plan = by_both(pattern, found.columns, found.rows)
    assert (plan.forward, plan.reverse) == (found.forward, found.reverse)


def test_costs_decide_between_the_sides():
    row = Pattern.full((2, 3))
    assert (peel(row).forward, peel(row).reverse) == (0, 2)
    dear = peel(row, reverse_cost=2.0)
    assert (dear.forward, dear.reverse) == (3, 0)


def test_names_say_what_was_peeled():
    assert peel(frame(10, 20, 2)).method == "2 rows peeled"
    assert peel(arrow(9).T.select(rows=np.arange(9) > 0)).method == "natural"
    tall = bordered(band(30, 1, 1), 1).select(columns=np.arange(30) > 0)
    assert peel(tall).method == "1 row peeled"
    assert peel(multiple_shooting(30, border=True)).method == "1 column peeled"


def test_peeling_takes_lattices_on_both_sides():
    n = 15
    i, j = np.divmod(np.arange(n * n), n)
    cross = Pattern.from_dense(abs(i[:, None] - i) + abs(j[:, None] - j) <= 1)
    dense_row = bordered(cross).select(columns=np.arange(n * n) > 0) | cross
    found = peel(dense_row, column_shapes=[(n, n)])
    assert (found.forward, found.reverse) == (5, 1)
    found = peel(dense_row.T, row_shapes=[(n, n)])
    assert (found.forward, found.reverse) == (1, 5)
    assert colour_columns(dense_row).count > n * n - n
