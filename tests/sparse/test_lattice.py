"""Lattice colourings: valid, and with the smallest modulus that there is."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from adkit import AdkitError
from adkit.sparse import (
    Pattern,
    best_columns,
    colour_columns,
    is_acyclic,
    is_star,
    lattice,
    lattice_colouring,
    symmetric_lattice,
)
from adkit.sparse.colouring import conflicting_rows
from adkit.sparse.lattice import different
from tests.sparse.patterns import ball, box, brusselator, random_pattern, stencil


def smallest_modulus(pattern, shape, most):
    """Return the smallest modulus of a valid lattice, by looking at all."""
    places = np.indices(shape).reshape(len(shape), -1)
    used = pattern.column_counts > 0
    for k in range(max(1, pattern.row_counts.max()), most + 1):
        for multipliers in itertools.product(range(k), repeat=len(shape)):
            colours = np.where(used, np.array(multipliers) @ places % k, -1)
            if not conflicting_rows(pattern, colours).any():
                return k
    return None


offsets = st.lists(
    st.tuples(st.integers(-2, 2), st.integers(-2, 2)), min_size=1, max_size=5, unique=True
)


@given(st.integers(1, 6), st.integers(1, 6), offsets, st.booleans())
def test_the_smallest_modulus_is_found(height, width, steps, periodic):
    pattern = stencil((height, width), steps, periodic)
    if pattern.nnz == 0:
        return
    most = 2 * int(pattern.row_counts.max())
    found = lattice_colouring(pattern, (height, width))
    expected = smallest_modulus(pattern, (height, width), most)
    if expected is None:
        assert found is None
    else:
        assert found.method.endswith(f"mod {expected}")
        assert found.count <= expected
        assert not conflicting_rows(pattern, found.colours).any()
        assert (found.colours[pattern.columns] >= 0).all()


def test_a_conflict_outside_of_the_sample_is_found(monkeypatch):
    monkeypatch.setattr(lattice, "_SAMPLE", 1)
    monkeypatch.setattr(lattice, "_COUNTEREXAMPLES", 1)
    pattern = stencil((9, 9), ball(2))
    found = lattice_colouring(pattern, (9, 9))
    assert found.count == 5
    assert not conflicting_rows(pattern, found.colours).any()


@given(st.integers(2, 5), st.integers(2, 5), st.booleans(), st.booleans())
def test_symmetric_lattices_are_valid(height, width, periodic, substitution):
    pattern = stencil((height, width), ball(2), periodic)
    found = symmetric_lattice(pattern, (height, width), 12, substitution=substitution)
    if found is not None:
        valid = is_acyclic if substitution else is_star
        assert valid(pattern, found.colours)


def test_no_structure_is_claimed_where_there_is_none():
    pattern = random_pattern(200, 200, 5, seed=1)
    assert lattice_colouring(pattern, (200,), most=colour_columns(pattern).count) is None
    assert "lattice" not in best_columns(pattern, [(200,), (10, 20)]).method
    assert lattice_colouring(Pattern.full((400, 400)), (400,)) is None
    assert lattice_colouring(Pattern.from_coordinates([], [], (3, 4)), (4,)) is None


def test_too_many_differences_are_no_stencil(monkeypatch):
    monkeypatch.setattr(lattice, "_DIFFERENCES", 3)
    assert lattice_colouring(stencil((9, 9), box(2)), (9, 9)) is None


@pytest.mark.parametrize("n", [12, 32])
def test_two_arrays_one_after_the_other(n):
    pattern = brusselator(n)
    together, apart = (lattice_colouring(pattern, shape) for shape in ((2, n, n), ((n, n), (n, n))))
    assert apart.count == together.count
    assert not conflicting_rows(pattern, apart.colours).any()


@pytest.mark.parametrize("shape", [((0, 3), (4, 5)), ((4, 5), (0, 3))])
def test_an_array_without_elements_does_no_harm(shape):
    pattern = stencil((4, 5), ball(2))
    found = symmetric_lattice(pattern, shape, 8)
    assert found.count == symmetric_lattice(pattern, (4, 5), 8).count == 5
    assert lattice_colouring(pattern, shape).count == 5
    single = Pattern.identity(1)
    assert symmetric_lattice(single, (), 1).count == lattice_colouring(single, ()).count == 1


def test_arrays_of_different_shapes():
    # Velocities on the faces of cells, pressures in them: divergence and gradient.
    n = 9
    u, v, p = (np.arange(a * b).reshape(a, b) for a, b in ((n + 1, n), (n, n + 1), (n, n)))
    v, p = v + u.size, p + u.size + v.size
    cells = [u[:-1], u[1:], v[:, :-1], v[:, 1:]]
    faces = [[u[1:-1], p[:-1], p[1:]], [v[:, 1:-1], p[:, :-1], p[:, 1:]]]
    rows, columns = [], []
    height = 0
    for stencil_points in (cells, *faces):
        size = stencil_points[0].size
        rows.append(np.tile(np.arange(size) + height, len(stencil_points)))
        columns += [points.ravel() for points in stencil_points]
        height += size
    total = u.size + v.size + p.size
    pattern = Pattern.from_coordinates(
        np.concatenate(rows), np.concatenate(columns), (height, total)
    )
    shapes = (u.shape, v.shape, p.shape)
    found = lattice_colouring(pattern, shapes)
    assert found.count == pattern.row_counts.max() + 1 == 5
    assert not conflicting_rows(pattern, found.colours).any()
    assert best_columns(pattern, [shapes]).count <= 5


def test_dimensions_of_one_element_do_not_count():
    pattern = stencil((6, 1, 7), [(0, 0, 0), (0, 0, 1), (1, 0, 0)])
    assert lattice_colouring(pattern, (6, 1, 7)).method == "lattice (1, 2) mod 3"


@pytest.mark.parametrize("shape", [(), (1,), (1, 1), ((), ()), ((2,), ()), (3,), ((1,), (1, 2))])
def test_indices_of_small_arrays(shape):
    arrays = [one for one in shape if isinstance(one, tuple)] or [shape]
    size = sum(int(np.prod(one)) for one in arrays)
    indices = lattice.indices_of(shape, size)
    assert indices.shape[0] >= 1
    assert len(np.unique(indices, axis=1).T) == size


def test_a_shape_of_another_size_is_refused():
    with pytest.raises(AdkitError, match=r"\(3, 4\)"):
        lattice_colouring(Pattern.identity(11), (3, 4))
    with pytest.raises(AdkitError, match=r"\(3, 4\)"):
        symmetric_lattice(Pattern.identity(11), (3, 4), 3)


@given(st.lists(st.tuples(st.integers(-5, 5), st.integers(-9, 9)), min_size=1))
def test_different_vectors(vectors):
    found = different(np.array(vectors).T)
    assert sorted(map(tuple, found.tolist())) == sorted(set(vectors))
