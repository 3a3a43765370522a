"""Matrices of linear maps, found by applying them."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adkit.pattern.maps import Gather, Groups, Matrix
from adkit.pattern.probing import Action, find
from adkit.pattern.rows import Rows

EPS = float(np.finfo(float).eps)


def action(matrix, *, with_transpose=True, shape=None, result_shape=None):
    m, n = matrix.shape
    return Action(
        lambda v: v @ matrix.T,
        (lambda v: v @ matrix) if with_transpose else None,
        shape or (n,),
        result_shape or (m,),
        EPS,
    )


def dense(found, n):
    """Return the matrix that a map is."""
    rows = found.of(Rows.unit(n, n, 0, float))
    return rows.pattern().to_dense(rows.data)


@st.composite
def matrices(draw):
    m, n = draw(st.integers(0, 40)), draw(st.integers(0, 40))
    rng = np.random.default_rng(draw(st.integers(0, 2**16)))
    density = draw(st.sampled_from([0.02, 0.1, 0.5, 1.0]))
    values = draw(st.sampled_from([[1.0], [1.0, -1.0], [0.3, -2.0, 1e-4, 1e4]]))
    return rng.choice(values, (m, n)) * (rng.random((m, n)) < density)


@given(matrices(), st.booleans())
@settings(deadline=None)
def test_any_matrix_is_found(matrix, with_transpose):
    found = find(action(matrix, with_transpose=with_transpose))
    np.testing.assert_allclose(dense(found, matrix.shape[1]), matrix, rtol=1e-11, atol=0)


@pytest.mark.parametrize(
    ("matrix", "kind"),
    [
        (np.eye(50)[::-1], Gather),
        (np.eye(50)[[3, 3, 7]] * 2, Gather),
        (np.ones((1, 50)), Matrix),
        (np.kron(np.eye(5), np.ones((1, 10))) / 10, Matrix),
        (np.eye(50) - np.eye(50, k=1), Matrix),
        (np.tri(50), Matrix),
    ],
)
def test_what_is_found(matrix, kind):
    found = find(action(matrix))
    assert isinstance(found, kind)
    np.testing.assert_allclose(dense(found, matrix.shape[1]), matrix, rtol=1e-14)


def test_a_long_difference_takes_few_directions():
    directions = []

    def apply(v):
        directions.append(len(v))
        return v[:, 1:] - v[:, :-1]

    n = 10**5
    found = find(Action(apply, None, (n,), (n - 1,), EPS))
    np.testing.assert_array_equal(found.columns[:4], [0, 1, 1, 2])
    np.testing.assert_array_equal(found.weights[:4], [-1, 1, -1, 1])
    assert sum(directions) < 20


def test_axes_that_are_worked_along_share_directions():
    directions = []

    def apply(v):
        directions.append(len(v))
        return np.cumsum(v.reshape(-1, 200, 3, 50), axis=2).reshape(len(v), -1)

    shape = (200, 3, 50)
    found = find(Action(apply, None, shape, shape, EPS))
    assert sum(directions) < 20
    block = np.kron(np.tri(3), np.eye(50))
    n = 200 * 150
    last = found.of(Rows.unit(n, n, 0, float)).take(np.arange(n - 150, n))
    np.testing.assert_array_equal(last.pattern().to_dense(last.data)[:, -150:], block)
    assert len(found.columns) == 200 * 50 * 6


def test_what_takes_too_long_is_not_found():
    n = 2 * 10**4

    def apply(v):
        return np.cumsum(v, axis=1)

    assert find(Action(apply, None, (n,), (n,), EPS)) is None


@pytest.mark.parametrize(
    "found",
    [
        Gather(np.array([2, -1, 0, 2])),
        Matrix(np.array([0, 2, 2, 3, 4]), np.array([0, 1, 2, 3])),
        Groups(np.array([0, 1, 0, 1]), np.array([1, 1, 0, 0]), 2),
    ],
)
def test_going_back_is_the_transpose(found):
    matrix = found.of(Rows.unit(4, 4, 0)).pattern().to_dense()
    for k in range(4):
        marked = np.arange(4) == k
        np.testing.assert_array_equal(found.back(marked, 4), matrix[k])
    part = found.restricted(1, 2).of(Rows.unit(2, 2, 0)).pattern().to_dense()
    np.testing.assert_array_equal(part, matrix[:, 1:3])
