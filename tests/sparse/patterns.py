"""Patterns with known answers, and strategies for random ones."""

import itertools

import numpy as np
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from adkit.sparse import Pattern


def stencil(shape, offsets, periodic=False):
    """Return the pattern of a stencil on a grid, elements in C order."""
    shape = np.array(shape)[:, None]
    places = np.indices(shape[:, 0]).reshape(len(shape), -1)
    rows, columns = [], []
    for offset in offsets:
        there = places + np.array(offset)[:, None]
        if periodic:
            there %= shape
        inside = ((there >= 0) & (there < shape)).all(axis=0)
        rows.append(np.flatnonzero(inside))
        columns.append(np.ravel_multi_index(tuple(there[:, inside]), shape[:, 0]))
    size = int(np.prod(shape))
    return Pattern.from_coordinates(np.concatenate(rows), np.concatenate(columns), (size, size))


def ball(dimensions, radius=1):
    """Return the offsets of at most so many steps along the axes: 2 d + 1 for one step."""
    return [offset for offset in box(dimensions, radius) if sum(map(abs, offset)) <= radius]


def box(dimensions, radius=1):
    return list(itertools.product(range(-radius, radius + 1), repeat=dimensions))


def brusselator(n):
    """Return two periodic five-point stencils, coupled point by point: 12 n^2 nonzeros."""
    cross = stencil((n, n), ball(2), periodic=True)
    point = Pattern.identity(n * n)
    return blocks([[cross, point], [point, cross]])


def blocks(grid):
    """Return a pattern made of equally large blocks."""
    m, n = grid[0][0].shape
    rows = [block.rows + m * i for i, line in enumerate(grid) for block in line]
    columns = [block.columns + n * j for line in grid for j, block in enumerate(line)]
    shape = (m * len(grid), n * len(grid[0]))
    return Pattern.from_coordinates(np.concatenate(rows), np.concatenate(columns), shape)


def band(n, lower, upper):
    return stencil((n,), [(d,) for d in range(-lower, upper + 1)])


def bordered(inner, width=1):
    """Return a pattern whose first rows and columns are full: an arrow, if it is a diagonal."""
    m, n = inner.shape
    full, edge = Pattern.full((width, n)), Pattern.full((m, width))
    rows = np.concatenate((full.rows, edge.rows))
    columns = np.concatenate((full.columns, edge.columns))
    return inner | Pattern.from_coordinates(rows, columns, (m, n))


def arrow(n, width=1):
    return bordered(Pattern.identity(n), width)


def frame(m, n, width):
    """Return full rows and columns, and nothing else."""
    return bordered(Pattern.from_coordinates([], [], (m, n)), width)


def multiple_shooting(intervals, states=4, controls=2, border=False):
    """Return the defects x[k + 1] - step(x[k], u[k]): rows of five, columns of six at most.

    With a border, a free final time is the last unknown and an integral the last row.
    """
    k = np.arange(intervals)
    x = np.arange(states * (intervals + 1)).reshape(-1, states)
    u = x.size + np.arange(controls * intervals).reshape(-1, controls)
    rows, columns = [], []
    for s in range(states):
        # Each state depends on itself, the next one and the controls.
        for column in (x[k + 1, s], x[k, s], x[k, (s + 1) % states], u[k, 0], u[k, 1]):
            rows.append(states * k + s)
            columns.append(column)
    m, n = states * intervals, x.size + u.size
    if border:
        rows += [np.arange(m), np.full(n + 1, m)]
        columns += [np.full(m, n), np.arange(n + 1)]
        m, n = m + 1, n + 1
    return Pattern.from_coordinates(np.concatenate(rows), np.concatenate(columns), (m, n))


# ---------------------------------------------------------------- random ones


def matrices(most_rows=6, most_columns=6):
    """Return small matrices of bools, some without rows or columns, some with full ones."""
    shapes = st.tuples(st.integers(0, most_rows), st.integers(0, most_columns))
    fills = st.sampled_from([st.booleans(), st.integers(0, 4).map(lambda k: k == 0)])
    sparse = st.tuples(shapes, fills).flatmap(
        lambda pair: hnp.arrays(bool, pair[0], elements=pair[1])
    )
    return st.tuples(sparse, st.booleans(), st.booleans()).map(_with_border)


def _with_border(drawn):
    matrix, row, column = drawn
    matrix = matrix.copy()
    matrix[:1] |= row
    matrix[:, :1] |= column
    return matrix


def patterns(most_rows=6, most_columns=6):
    return matrices(most_rows, most_columns).map(Pattern.from_dense)


def symmetric_patterns(most=6):
    """Return patterns of graphs, with some of the diagonal."""

    def mirrored(matrix):
        size = min(matrix.shape)
        lower = np.tril(matrix[:size, :size])
        return Pattern.from_dense(lower | lower.T)

    return matrices(most, most).map(mirrored)


def random_pattern(rows, columns, per_row, seed):
    """Return a pattern of rows that have about so many entries."""
    rng = np.random.default_rng(seed)
    places = rng.integers(0, columns, (rows, per_row))
    return Pattern.from_coordinates(
        np.repeat(np.arange(rows), per_row), places.ravel(), (rows, columns)
    )


def whole_values(pattern, seed=0, symmetric=False):
    """Return entries that are small whole numbers, so that sums of them are exact."""
    values = np.random.default_rng(seed).integers(1, 1000, pattern.nnz).astype(float)
    return mirrored_values(pattern, values) if symmetric else values


def mirrored_values(pattern, values):
    """Return the entries of the lower triangle, and the same above it."""
    return np.where(pattern.rows >= pattern.columns, values, values[pattern.transposed_order])
