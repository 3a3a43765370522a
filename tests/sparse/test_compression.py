"""Compression and recovery: what comes back is what went in."""

import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from adkit import AdkitError
from adkit.sparse import (
    Colouring,
    Pattern,
    acyclic_colouring,
    best_columns,
    best_rows,
    bicolour,
    by_both,
    by_columns,
    by_rows,
    by_small_solves,
    by_symmetry,
    chebyshev_vectors,
    elimination,
    harmonic_vectors,
    lattice_colouring,
    peel,
    solves,
    star_colouring,
)
from adkit.sparse.definitions import determines
from tests.sparse.patterns import (
    arrow,
    ball,
    band,
    brusselator,
    frame,
    mirrored_values,
    patterns,
    random_pattern,
    stencil,
    symmetric_patterns,
    whole_values,
)

EPS = np.finfo(float).eps


def plans(pattern):
    """Return compressions of all kinds that any pattern has."""
    both = [peel(pattern), bicolour(pattern), bicolour(pattern, substitution=True)]
    return [
        by_columns(pattern, best_columns(pattern)),
        by_rows(pattern, best_rows(pattern)),
        *(by_both(pattern, found.columns, found.rows, found.method) for found in both),
    ]


def symmetric_plans(pattern):
    colourings = [star_colouring(pattern), acyclic_colouring(pattern), best_columns(pattern)]
    return [by_symmetry(pattern, colouring) for colouring in colourings]


def check_recovery(plan, values):
    """Check a plan by dense products, by its own, and by the definition of uniqueness."""
    matrix = plan.pattern.to_dense(values)
    forward, reverse = plan.forward_seeds(), plan.reverse_seeds()
    assert forward.shape == (plan.forward, matrix.shape[1])
    assert reverse.shape == (plan.reverse, matrix.shape[0])
    there, back = plan.compress(values)
    np.testing.assert_array_equal(there, forward @ matrix.T)
    np.testing.assert_array_equal(back, reverse @ matrix)
    np.testing.assert_array_equal(plan.recover(there, back), values)


@given(patterns())
def test_entries_come_back_exactly(pattern):
    for plan in plans(pattern):
        check_recovery(plan, whole_values(pattern))
        assert determines(pattern, plan.forward_seeds(), plan.reverse_seeds())


@given(symmetric_patterns())
def test_symmetric_entries_come_back_exactly(pattern):
    for plan in symmetric_plans(pattern):
        check_recovery(plan, whole_values(pattern, symmetric=True))
        assert determines(pattern, plan.forward_seeds(), symmetric=True)


@given(patterns(), st.integers(0, 99))
def test_direct_recovery_is_the_same_bit_for_bit(pattern, seed):
    values = np.random.default_rng(seed).standard_normal(pattern.nnz)
    for plan in plans(pattern):
        if plan.levels <= 1:
            np.testing.assert_array_equal(plan.recover(*plan.compress(values)), values)


LARGE = {
    "band": band(400, 2, 2),
    "arrow": arrow(300),
    "grid": stencil((20, 20), ball(2)),
    "ring": stencil((50,), ball(1), periodic=True),
    "path": band(3000, 1, 1),
}


@pytest.mark.parametrize("name", LARGE)
def test_substitution_has_the_errors_that_it_says(name):
    pattern = LARGE[name]
    values = np.random.default_rng(0).standard_normal(pattern.nnz)
    values = mirrored_values(pattern, values)
    for plan in symmetric_plans(pattern):
        products = plan.compress(values)
        error = np.abs(plan.recover(*products) - values).max()
        largest = np.abs(products[0]).max()
        assert error <= plan.growth * EPS * largest
        assert (error == 0) == (plan.levels == 1)
        check_recovery(plan, whole_values(pattern, symmetric=True))


def test_levels_of_a_path_are_counted_from_both_ends():
    plan = by_symmetry(band(101, 1, 1), acyclic_colouring(band(101, 1, 1)))
    assert plan.directions == 2
    assert plan.levels == 50
    assert plan.growth == 50
    assert repr(plan) == "Compression(2 forward, 0 reverse, natural, 50 levels)"


@given(symmetric_patterns(8))
def test_one_by_one_or_by_levels_is_the_same(pattern):
    values = whole_values(pattern, symmetric=True)
    colouring = acyclic_colouring(pattern)
    found = []
    for few in (1, 1000):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(elimination, "_FEW", few)
            plan = by_symmetry(pattern, colouring)
            found.append((plan.levels, plan.growth, plan.recover(*plan.compress(values)).tolist()))
    assert found[0] == found[1]
    assert found[0][2] == values.tolist()


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.complex64, np.complex128])
def test_types_are_kept(dtype):
    pattern = frame(5, 6, 1)
    for plan in [*plans(pattern), *symmetric_plans(arrow(5)), small_solves(dtype)]:
        values = whole_values(plan.pattern, symmetric=plan.pattern.is_symmetric).astype(dtype)
        assert plan.forward_seeds(dtype=dtype).dtype == dtype
        there, back = plan.compress(values)
        assert (there.dtype, back.dtype) == (dtype, dtype)
        found = plan.recover(there, back)
        assert found.dtype == dtype
        np.testing.assert_allclose(found, values, rtol=1e3 * np.finfo(dtype).eps)


def small_solves(dtype):
    ring = stencil((10,), ball(1), periodic=True)
    return by_small_solves(ring, best_columns(ring))


def test_seeds_come_in_chunks():
    for plan in [*plans(frame(5, 6, 1)), small_solves(float)]:
        for count, seeds in (
            (plan.forward, plan.forward_seeds),
            (plan.reverse, plan.reverse_seeds),
        ):
            chunks = [seeds(k, min(k + 2, count)) for k in range(0, count, 2)]
            np.testing.assert_array_equal(np.concatenate([seeds(0, 0), *chunks]), seeds())


def test_known_entries_outside_of_the_pattern_can_be_compressed_too():
    whole = band(6, 1, 1)
    varying = band(6, 0, 1)
    constant = whole - varying
    values = whole_values(whole)
    varies = whole.found_in(varying)
    plan = by_columns(varying, best_columns(varying))
    there, _ = plan.compress(values, whole)
    known, _ = plan.compress(values[~varies], constant)
    np.testing.assert_array_equal(plan.recover(there - known), values[varies])


def test_plans_can_be_pickled():
    for plan in [*plans(frame(4, 5, 1)), *symmetric_plans(arrow(5)), small_solves(float)]:
        values = whole_values(plan.pattern, symmetric=plan.pattern.is_symmetric)
        again = pickle.loads(pickle.dumps(plan))
        products = plan.compress(values)
        np.testing.assert_array_equal(again.recover(*products), plan.recover(*products))


def test_nothing_to_recover():
    for shape in ((0, 3), (3, 0), (0, 0), (2, 2)):
        empty = Pattern.from_coordinates([], [], shape)
        for plan in plans(empty):
            assert plan.directions == 0
            assert plan.recover(*plan.compress([])).shape == (0,)


# ---------------------------------------------------------------- refusals


def test_colours_that_do_not_determine_the_entries_are_refused():
    full = Pattern.full((3, 3))
    for refused in (
        lambda: by_columns(full, [0, 1, 1]),
        lambda: by_columns(full, [0, 1, -1]),
        lambda: by_rows(full, [0, 0, 0]),
        lambda: by_both(full, [0, 0, 0], [0, 0, 0]),
        lambda: by_symmetry(full, [0, 0, 1]),
        lambda: by_small_solves(band(4, 1, 1), Colouring.of("column", np.array([0, 1, 2, 1]), "")),
    ):
        with pytest.raises(AdkitError, match="ADK714"):
            refused()


@given(patterns(4, 4), st.data())
def test_what_is_refused_is_not_determined_directly(pattern, data):
    m, n = pattern.shape
    columns, rows = (
        np.array(data.draw(st.lists(st.integers(-1, 2), min_size=k, max_size=k)), dtype=int)
        for k in (n, m)
    )
    try:
        plan = by_both(pattern, columns, rows)
    except AdkitError:
        forward = [columns == c for c in range(max(columns, default=-1) + 1)]
        reverse = [rows == c for c in range(max(rows, default=-1) + 1)]
        # Every sum of a bipartite graph with a cycle depends on the others.
        assert not determines(
            pattern, np.reshape(forward, (len(forward), n)), np.reshape(reverse, (len(reverse), m))
        )
    else:
        check_recovery(plan, whole_values(pattern))


def test_products_of_another_shape_are_refused():
    plan = by_both(arrow(4), [0, 1, 1, 1], [0, -1, -1, -1])
    there, back = plan.compress(whole_values(arrow(4)))
    for products in ((there,), (None, back), (there.T, back), (there[:1], back)):
        with pytest.raises(AdkitError, match="ADK713"):
            plan.recover(*products)


# ---------------------------------------------------------------- small solves


@pytest.mark.parametrize("n", [32, 64, 128])
def test_the_brusselator_in_six_directions(n):
    pattern = brusselator(n)
    lattice = lattice_colouring(pattern, (2, n, n))
    assert lattice.method == "lattice (1, 2, 3) mod 8"
    plan = by_small_solves(pattern, lattice)
    assert (plan.forward, plan.reverse) == (6, 0)
    assert plan.growth < 2.6
    values = np.random.default_rng(n).standard_normal(pattern.nnz)
    found = plan.recover(*plan.compress(values))
    error = np.zeros(pattern.shape[0])
    scale = np.zeros(pattern.shape[0])
    np.maximum.at(error, pattern.rows, np.abs(found - values))
    np.maximum.at(scale, pattern.rows, np.abs(values))
    assert np.all(error <= 8 * EPS * scale)


@given(st.integers(4, 12), st.integers(1, 3), st.booleans())
def test_small_solves_give_dense_products_back(size, reach, turned):
    ring = stencil((size,), [(d,) for d in range(reach + 1)], periodic=True)
    colouring = (best_rows if turned else best_columns)(ring)
    plan = by_small_solves(ring, colouring, limit=1e3)
    if colouring.count == ring.row_counts.max():
        assert plan is None
        return
    if plan is None:
        return
    count = plan.reverse if turned else plan.forward
    assert count == plan.directions == ring.row_counts.max() < colouring.count
    assert determines(ring, plan.forward_seeds(), plan.reverse_seeds())
    values = np.random.default_rng(size).standard_normal(ring.nnz)
    matrix = ring.to_dense(values)
    there, back = plan.compress(values)
    tolerance = 100 * EPS * plan.growth * np.abs(values).max()
    np.testing.assert_allclose(there, plan.forward_seeds() @ matrix.T, rtol=0, atol=tolerance)
    np.testing.assert_allclose(back, plan.reverse_seeds() @ matrix, rtol=0, atol=tolerance)
    np.testing.assert_allclose(plan.recover(there, back), values, rtol=0, atol=tolerance)


def test_rows_of_different_lengths_are_solved_too():
    pattern = random_pattern(60, 40, 3, seed=3)
    colouring = best_columns(pattern)
    plan = by_small_solves(pattern, colouring, limit=1e4)
    assert plan.forward == pattern.row_counts.max() < colouring.count
    values = np.random.default_rng(0).standard_normal(pattern.nnz)
    found = plan.recover(*plan.compress(values))
    assert np.abs(found - values).max() <= 100 * EPS * plan.growth * np.abs(values).max()


def test_small_solves_in_more_directions_are_better_conditioned():
    pattern = brusselator(8)
    colouring = best_columns(pattern, [(2, 8, 8)])
    fewest, more = (by_small_solves(pattern, colouring, directions) for directions in (None, 7))
    assert (fewest.forward, more.forward) == (6, 7)
    assert more.growth < fewest.growth
    assert by_small_solves(pattern, colouring, 8) is None
    assert by_small_solves(pattern, colouring, 5) is None
    assert by_small_solves(pattern, colouring, limit=1.5) is None


def test_too_many_sets_of_colours_are_left_alone(monkeypatch):
    pattern = random_pattern(60, 40, 3, seed=3)
    colouring = best_columns(pattern)
    assert by_small_solves(pattern, colouring, limit=1e4) is not None
    monkeypatch.setattr(solves, "_MOST_SETS", 3)
    assert by_small_solves(pattern, colouring, limit=1e4) is None


@pytest.mark.parametrize(("colours", "directions"), [(5, 5), (8, 6), (7, 4), (9, 9)])
def test_vectors_are_orthogonal_frames(colours, directions):
    for vectors in (
        harmonic_vectors(colours, directions),
        chebyshev_vectors(colours, directions),
    ):
        assert vectors.shape == (colours, directions)
        gram = vectors.T @ vectors
        np.testing.assert_allclose(gram, gram[0, 0] * np.eye(directions), atol=50 * EPS)
