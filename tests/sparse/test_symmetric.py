"""Star and acyclic colourings of symmetric patterns, against the definitions."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from adkit import AdkitError
from adkit.sparse import (
    ORDERS,
    Colouring,
    Pattern,
    acyclic_colouring,
    best_symmetric,
    by_symmetry,
    is_acyclic,
    is_direct,
    is_star,
    neutral,
    star_colouring,
    symmetric_bound,
    without_neutral,
)
from adkit.sparse.definitions import (
    fewest_symmetric,
    is_acyclic_colouring,
    is_star_colouring,
    reads_directly,
)
from tests.sparse.patterns import ball, stencil, symmetric_patterns

SQUARE_ONLY = [star_colouring, acyclic_colouring, best_symmetric, symmetric_bound]


def coloured_and_single(pattern, colours):
    """Return the colours with new ones for vertices without entries, which have none."""
    alone = np.flatnonzero(colours < 0)
    assert not pattern.row_counts[alone].any()
    filled = colours.copy()
    filled[alone] = colours.max(initial=-1) + 1 + np.arange(len(alone))
    return filled


@pytest.mark.parametrize("order", ORDERS)
@given(symmetric_patterns())
def test_greedy_colourings_are_valid(order, pattern):
    star = star_colouring(pattern, order)
    acyclic = acyclic_colouring(pattern, order)
    assert is_star_colouring(pattern, coloured_and_single(pattern, star.colours))
    assert is_acyclic_colouring(pattern, coloured_and_single(pattern, acyclic.colours))
    assert (star.kind, acyclic.kind) == ("star", "acyclic")
    for found, colour in ((star, star_colouring), (acyclic, acyclic_colouring)):
        assert colour(pattern, order, found.count).count == found.count
        if found.count:
            assert colour(pattern, order, found.count - 1) is None


@given(symmetric_patterns(), st.data())
def test_fast_checks_agree_with_the_definitions(pattern, data):
    n = pattern.shape[0]
    colours = np.array(data.draw(st.lists(st.integers(0, 4), min_size=n, max_size=n)), dtype=int)
    assert is_star(pattern, colours) == is_star_colouring(pattern, colours)
    assert is_acyclic(pattern, colours) == is_acyclic_colouring(pattern, colours)
    some = np.where(data.draw(st.lists(st.booleans(), min_size=n, max_size=n)), colours, -1)
    nothing = [-1] * n
    assert is_direct(pattern, some) == reads_directly(pattern, some, nothing, symmetric=True)


@given(symmetric_patterns())
def test_without_neutral_colours_all_can_still_be_read(pattern):
    found = without_neutral(pattern, star_colouring(pattern))
    nothing = [-1] * pattern.shape[0]
    assert reads_directly(pattern, found.colours, nothing, symmetric=True)
    assert found.count <= star_colouring(pattern).count


@given(symmetric_patterns())
def test_greedily_chosen_directions_read_everything_as_well(pattern):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(neutral, "_EXACT", 0)
        found = without_neutral(pattern, star_colouring(pattern))
    nothing = [-1] * pattern.shape[0]
    assert reads_directly(pattern, found.colours, nothing, symmetric=True)


@given(symmetric_patterns(5))
def test_the_best_lies_between_the_bound_and_the_fewest_of_one_kind(pattern):
    with_diagonal = pattern | Pattern.identity(pattern.shape[0])
    direct = best_symmetric(with_diagonal)
    some = best_symmetric(with_diagonal, substitution=True)
    bound = symmetric_bound(with_diagonal).value
    assert bound <= fewest_symmetric(with_diagonal, substitution=True)
    assert bound <= some.count <= direct.count <= star_colouring(with_diagonal).count
    assert by_symmetry(with_diagonal, direct).levels <= 1
    assert by_symmetry(with_diagonal, some).directions == some.count


@given(symmetric_patterns())
def test_the_best_of_any_pattern_determines_it(pattern):
    for substitution in (False, True):
        found = best_symmetric(pattern, [pattern.shape[:1]], substitution=substitution)
        assert by_symmetry(pattern, found).directions == found.count


def test_a_periodic_grid_has_long_cycles():
    # In two colours, a ring of even length is one cycle through the whole grid.
    ring = stencil((8,), ball(1), periodic=True)
    colours = np.arange(8) % 2
    assert not is_acyclic(ring, colours)
    colours[0] = 2
    assert is_acyclic(ring, colours)


@pytest.mark.parametrize("colour", SQUARE_ONLY)
@pytest.mark.parametrize("matrix", [[[1, 1], [0, 1]], [[1, 1, 1]]])
def test_a_pattern_that_is_not_symmetric_is_refused(colour, matrix):
    with pytest.raises(AdkitError, match="not symmetric"):
        colour(Pattern.from_dense(matrix))


def test_colours_from_which_nothing_can_be_read_are_refused():
    ring = stencil((4,), ball(1), periodic=True)
    wrong = Colouring.of("star", np.array([0, 1, 0, 1]), "by hand")
    with pytest.raises(AdkitError, match="ADK714"):
        without_neutral(ring, wrong)


@pytest.mark.parametrize("hubs", [2, 3, 7])
def test_hubs_that_share_their_neighbours_take_one_colour_each(hubs):
    n = 60
    matrix = np.eye(n, dtype=bool)
    matrix[:hubs, hubs:] = matrix[hubs:, :hubs] = True
    pattern = Pattern.from_dense(matrix)
    found = best_symmetric(pattern)
    assert is_star_colouring(pattern, found.colours)
    assert found.count == hubs + 1
    assert found.method == "smallest first"
