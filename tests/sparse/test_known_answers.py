"""Counts that theory knows, met exactly: neither more directions, nor fewer.

Numbers in names are those of a list of test problems: Curtis, Powell and Reid's bands,
the MINPACK-2 and Moré-Garbow-Hillstrom problems, stencils, arrows, frames and multiple
shooting, reduced to their patterns.
"""

import numpy as np
import pytest

from adkit.sparse import (
    Pattern,
    best_columns,
    best_rows,
    best_symmetric,
    bicolour,
    by_both,
    by_columns,
    by_rows,
    by_small_solves,
    by_symmetry,
    clique_bound,
    column_bound,
    counting_bound,
    information_bound,
    lattice_colouring,
    peel,
    row_bound,
    symmetric_bound,
)
from tests.sparse.patterns import (
    arrow,
    ball,
    band,
    blocks,
    bordered,
    box,
    brusselator,
    frame,
    multiple_shooting,
    random_pattern,
    stencil,
    whole_values,
)


def recovers(plan, symmetric=False):
    """Return whether whole numbers come back, exactly unless systems are solved."""
    values = whole_values(plan.pattern, symmetric=symmetric)
    found = plan.recover(*plan.compress(values))
    if "solves" in plan.method:
        return np.allclose(found, values, rtol=0, atol=1e-13 * plan.growth * values.max())
    return np.array_equal(found, values)


def steps(n, *distances):
    """Return a pattern with entries at some distances from the diagonal, periodic."""
    return stencil((n,), [(d,) for d in distances], periodic=True)


def separate(inner, count):
    """Return a pattern many times along the diagonal."""
    m, n = inner.shape
    k = np.arange(count)[:, None]
    rows, columns = (inner.rows + m * k).ravel(), (inner.columns + n * k).ravel()
    return Pattern.from_coordinates(rows, columns, (m * count, n * count))


def under(*parts):
    """Return patterns with the same columns, one under the other."""
    height = np.cumsum([0, *(part.shape[0] for part in parts)])
    rows = np.concatenate([part.rows + h for part, h in zip(parts, height[:-1], strict=True)])
    columns = np.concatenate([part.columns for part in parts])
    return Pattern.from_coordinates(rows, columns, (height[-1], parts[0].shape[1]))


ROSENBROCK = Pattern.from_dense([[1, 1], [1, 0]])
POWELL = Pattern.from_dense([[1, 1, 0, 0], [0, 0, 1, 1], [0, 1, 1, 0], [1, 0, 0, 1]])
ROBERTSON = Pattern.from_dense([[1, 1, 1], [1, 1, 1], [0, 1, 0]])

# ---------------------------------------------------------------- one side: columns, rows

ONE_SIDED = {
    "1 diagonal": (Pattern.identity(50), 1, 1),
    "3 Broyden tridiagonal": (band(60, 1, 1), 3, 3),
    "4 Broyden banded": (band(60, 5, 1), 7, 7),
    "7 Lorenz-96": (steps(40, -2, -1, 0, 1), 4, 4),
    "7 Lorenz-96, frozen: a clique of four": (steps(40, -2, -1, 1), 4, 4),
    "8 Kuramoto-Sivashinsky": (steps(60, -2, -1, 0, 1, 2), 5, 5),
    "8 Kuramoto-Sivashinsky, frozen": (steps(60, -1, 0, 1), 3, 3),
    "9 extended Rosenbrock": (separate(ROSENBROCK, 20), 2, 2),
    "10 extended Powell": (separate(POWELL, 20), 2, 2),
    "17 Robertson": (separate(ROBERTSON, 20), 3, 3),
    "19 upwind": (band(50, 1, 0), 2, 2),
    "20 convolution of width 9": (band(50, 4, 4), 9, 9),
    "21 cumsum": (Pattern.from_dense(np.tri(30)), 30, 30),
    "26 band (2, 3)": (band(50, 2, 3), 6, 6),
    "31 anti-diagonal": (Pattern.from_dense(np.eye(4)[::-1]), 1, 1),
    "32 cycle": (Pattern.from_dense([[1, 1, 0], [0, 1, 1], [1, 0, 1]]), 3, 3),
    "33 multiple shooting": (multiple_shooting(1000), 6, 5),
    "42 dense blocks of six": (separate(Pattern.full((6, 6)), 10), 6, 6),
    "47 a permutation": (
        Pattern.identity(30).submatrix(np.arange(30) * 7 % 30, np.arange(30)),
        1,
        1,
    ),
    "47 every second one": (
        Pattern.identity(30).submatrix(np.arange(0, 30, 2), np.arange(30)),
        1,
        1,
    ),
    "49 a product": (Pattern.full((1, 30)), 30, 1),
}


@pytest.mark.parametrize("name", ONE_SIDED)
def test_columns_and_rows(name):
    pattern, columns, rows = ONE_SIDED[name]
    assert best_columns(pattern).count == columns
    assert best_rows(pattern).count == rows
    assert recovers(by_columns(pattern, best_columns(pattern)))
    assert recovers(by_rows(pattern, best_rows(pattern)))


PROVED_BY_THE_LONGEST_ROW = [name for name in ONE_SIDED if name[:2] not in ("7 ", "32", "33")]


@pytest.mark.parametrize("name", PROVED_BY_THE_LONGEST_ROW)
def test_a_row_and_a_column_prove_it(name):
    pattern, columns, rows = ONE_SIDED[name]
    assert row_bound(pattern).value == columns
    assert column_bound(pattern).value == rows


@pytest.mark.parametrize("name", ["7 Lorenz-96, frozen: a clique of four", "32 cycle"])
def test_a_clique_proves_it(name):
    pattern, columns, _ = ONE_SIDED[name]
    assert clique_bound(pattern).value == columns == row_bound(pattern).value + 1


# ---------------------------------------------------------------- lattices on stencils

STENCILS = {
    "15 Bratu": (stencil((30, 31), ball(2)), (30, 31), 5),
    "22 periodic, 5 divides N": (stencil((20, 20), ball(2), True), (20, 20), 5),
    "23 star in 1 dimension": (stencil((40,), ball(1)), (40,), 3),
    "23 star in 3 dimensions": (stencil((17, 19, 23), ball(3)), (17, 19, 23), 7),
    "23 star in 4 dimensions": (stencil((7, 8, 9, 6), ball(4)), (7, 8, 9, 6), 9),
    "24 biharmonic": (stencil((37, 41), ball(2, 2)), (37, 41), 13),
    "25 box in 2 dimensions": (stencil((30, 30), box(2)), (30, 30), 9),
    "25 box in 3 dimensions": (stencil((12, 12, 12), box(3)), (12, 12, 12), 27),
    "25 box of radius 2": (stencil((20, 20), box(2, 2)), (20, 20), 25),
    "16 Brusselator 6": (brusselator(6), (2, 6, 6), 6),
    "16 Brusselator 12": (brusselator(12), (2, 12, 12), 6),
    "16 Brusselator 48": (brusselator(48), (2, 48, 48), 6),
}


@pytest.mark.parametrize("name", STENCILS)
def test_lattices_reach_the_longest_row(name):
    pattern, shape, expected = STENCILS[name]
    found = best_columns(pattern, [shape])
    assert found.count == expected == row_bound(pattern).value
    assert found.method.endswith(f"mod {expected}")
    assert best_rows(pattern, [shape]).count == expected
    assert recovers(by_columns(pattern, found))


@pytest.mark.parametrize("n", [32, 64, 128])
def test_16_the_brusselator_where_6_does_not_divide_it(n):
    pattern = brusselator(n)
    found = best_columns(pattern, [(2, n, n)])
    assert (found.count, found.method) == (8, "lattice (1, 2, 3) mod 8")
    # No groups of columns can do with six; general seeds can, and no linear recovery with five.
    assert counting_bound(pattern).value == 7
    plan = by_small_solves(pattern, found)
    assert (plan.forward, plan.reverse) == (6, 0)
    assert row_bound(pattern).value == 6
    assert recovers(plan)


@pytest.mark.parametrize(("n", "expected"), [(20, 5), (21, 7), (22, 11)])
def test_22_a_periodic_grid_needs_more_than_five_unless_five_divides_it(n, expected):
    pattern = stencil((n, n), ball(2), periodic=True)
    found = lattice_colouring(pattern, (n, n), most=20)
    assert found.count == expected
    assert counting_bound(pattern).value == (5 if n % 5 == 0 else 6)
    assert by_small_solves(pattern, best_columns(pattern, [(n, n)])) is None or expected > 5


def test_25_smallest_last_is_not_the_best_on_boxes():
    pattern = stencil((20, 20, 20), box(3))
    counts = {
        order: best_columns(pattern, (), [order], 0).count for order in ("natural", "smallest last")
    }
    assert counts == {"natural": 27, "smallest last": 36}


# ---------------------------------------------------------------- both sides

dense_row = frame(1, 50, 1)
BOTH = {
    "11 variably dimensioned": (under(Pattern.identity(50), dense_row, dense_row), 1, 2, 3),
    "12 penalty I": (under(Pattern.identity(50), dense_row), 1, 1, 2),
    "27 arrow": (arrow(1000), 2, 1, 3),
    "28 arrow and band": (bordered(band(2000, 2, 2)), 6, 1, 7),
    "29 arrow of border 2": (arrow(1000, 2), 3, 2, 5),
    "29 arrow of border 3": (arrow(1000, 3), 4, 3, 7),
    "30 frame 10 x 20": (frame(10, 20, 2), 2, 2, 4),
    "30 frame 100 x 200": (frame(100, 200, 4), 4, 4, 8),
    "49 a product": (Pattern.full((1, 30)), 0, 1, 1),
    "dense": (Pattern.full((30, 40)), 0, 30, 30),
}


@pytest.mark.parametrize("name", BOTH)
def test_peeling_is_proved_by_information(name):
    pattern, forward, reverse, bound = BOTH[name]
    found = peel(pattern)
    assert (found.forward, found.reverse) == (forward, reverse)
    assert information_bound(pattern).value == bound == forward + reverse
    assert recovers(by_both(pattern, found.columns, found.rows))
    turned = peel(pattern.T)
    assert turned.count == bound == information_bound(pattern.T).value


def test_34_multiple_shooting_with_a_dense_row_and_column():
    pattern = multiple_shooting(1000, border=True)
    assert pattern.shape == (4001, 6005)
    assert pattern.nnz == 30005
    assert row_bound(pattern).value == 6005
    assert column_bound(pattern).value == 4001
    found = peel(pattern)
    assert found.count == 7
    assert information_bound(pattern).value == 6
    assert recovers(by_both(pattern, found.columns, found.rows))


def test_30_orders_that_bicolouring_is_known_to_fail_with():
    # A hundred rows with four dense rows and columns: 101 in natural order, or 100 without
    # the colour that nothing is read from.
    found = bicolour(frame(100, 200, 4))
    assert found.count == 100
    assert peel(frame(100, 200, 4)).count == 8


def test_31_an_anti_diagonal_in_one_direction_of_either_kind():
    assert bicolour(Pattern.from_dense(np.eye(4)[::-1])).count == 1


# ---------------------------------------------------------------- symmetric

grid, cube = stencil((24, 24), ball(2)), stencil((11, 11, 11), ball(3))
nine, cells = stencil((24, 24), box(2)), stencil((9, 9, 9), box(3))
SYMMETRIC = {
    # pattern, shapes, direct, by substitution, bound
    "35 arrow": (arrow(1000), [], 2, 2, 2),
    "36 chained Rosenbrock": (band(200, 1, 1), [], 3, 2, 2),
    "37 diagonal": (Pattern.identity(50), [], 1, 1, 1),
    "38 pairs, and no diagonal": (steps(40, 20), [], 1, 1, 1),
    "26 band 5": (band(300, 5, 5), [], 11, 6, 6),
    "26 band 10": (band(300, 10, 10), [], 21, 11, 11),
    "arrow and tridiagonal": (bordered(band(500, 1, 1)), [], 4, 3, 3),
    "40 grid": (grid, [(24, 24)], 5, 3, 3),
    "41 nine points": (nine, [(24, 24)], 9, 5, 5),
    "41 cube": (cube, [(11, 11, 11)], 7, 4, 4),
    "42 dense blocks of six": (separate(Pattern.full((6, 6)), 10), [], 6, 6, 6),
    "dense": (Pattern.full((9, 9)), [], 9, 9, 9),
    "27 points": (cells, [(9, 9, 9)], 27, 14, 12),
}


@pytest.mark.parametrize("name", SYMMETRIC)
def test_symmetric_patterns(name):
    pattern, shapes, direct, substituted, bound = SYMMETRIC[name]
    assert symmetric_bound(pattern).value == bound
    read = best_symmetric(pattern, shapes)
    solved = best_symmetric(pattern, shapes, substitution=True)
    assert (read.count, solved.count) == (direct, substituted)
    assert by_symmetry(pattern, read).levels == 1
    for colouring in (read, solved):
        assert recovers(by_symmetry(pattern, colouring), symmetric=True)


@pytest.mark.parametrize(("a", "b"), [(12, 28), (28, 12), (20, 20)])
def test_39_a_bipartite_pattern_without_a_diagonal(a, b):
    matrix = np.zeros((a + b, a + b))
    matrix[:a, a:] = matrix[a:, :a] = 1
    pattern = Pattern.from_dense(matrix)
    found = best_symmetric(pattern)
    assert found.count == min(a, b)
    assert symmetric_bound(pattern).value >= a * b / (a + b)
    assert recovers(by_symmetry(pattern, found), symmetric=True)


# ---------------------------------------------------------------- no structure

NEGATIVE = {
    "46 dense": Pattern.full((40, 40)),
    "random": random_pattern(300, 300, 6, seed=4),
}


@pytest.mark.parametrize("name", NEGATIVE)
def test_no_structure_is_claimed(name):
    pattern = NEGATIVE[name]
    n = pattern.shape[1]
    columns = best_columns(pattern, [(n,), (n // 2, 2)])
    both = peel(pattern)
    assert "lattice" not in columns.method
    assert information_bound(pattern).value <= both.count <= columns.count
    if pattern.nnz == n * n:
        assert both.count == columns.count == information_bound(pattern).value == n


def test_blocks_are_where_they_should_be():
    assert brusselator(4).nnz == 12 * 16
    assert brusselator(5).is_symmetric
    two = blocks([[Pattern.identity(2), Pattern.full((2, 2))]])
    assert two.to_dense().astype(int).tolist() == [[1, 0, 1, 1], [0, 1, 1, 1]]
