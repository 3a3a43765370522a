"""Patterns: every operation beside the same one on dense matrices of bools."""

import pickle

import numpy as np
import pytest
import scipy.sparse
from hypothesis import given
from hypothesis import strategies as st

from adkit import AdkitError
from adkit.sparse import Pattern
from adkit.sparse.segments import blocks, components, sorted_pairs
from tests.sparse.patterns import matrices, patterns, symmetric_patterns


@given(matrices(), st.randoms(use_true_random=False))
def test_coordinates_may_repeat_and_lie_in_any_order(matrix, random):
    places = [tuple(place) for place in np.argwhere(matrix)] * 2
    random.shuffle(places)
    rows, columns = [i for i, _ in places], [j for _, j in places]
    pattern = Pattern.from_coordinates(rows, columns, matrix.shape)
    assert pattern == Pattern.from_dense(matrix)
    np.testing.assert_array_equal(pattern.to_dense(), matrix)
    np.testing.assert_array_equal(
        np.argwhere(matrix), np.transpose([pattern.rows, pattern.columns])
    )


@given(patterns())
def test_rows_columns_and_counts(pattern):
    matrix = pattern.to_dense()
    assert pattern.nnz == matrix.sum()
    np.testing.assert_array_equal(pattern.row_counts, matrix.sum(axis=1))
    np.testing.assert_array_equal(pattern.column_counts, matrix.sum(axis=0))
    for i in range(matrix.shape[0]):
        np.testing.assert_array_equal(pattern.row(i), np.flatnonzero(matrix[i]))
    for j in range(matrix.shape[1]):
        np.testing.assert_array_equal(pattern.column(j), np.flatnonzero(matrix[:, j]))


@given(patterns())
def test_the_transpose(pattern):
    np.testing.assert_array_equal(pattern.T.to_dense(), pattern.to_dense().T)
    assert pattern == pattern.T.T
    values = np.arange(pattern.nnz) + 1.0
    turned = pattern.T.to_dense(values[pattern.transposed_order])
    np.testing.assert_array_equal(turned, pattern.to_dense(values).T)
    back = values[pattern.transposed_order][pattern.T.transposed_order]
    np.testing.assert_array_equal(back, values)


@given(st.data(), matrices())
def test_two_of_one_shape(data, matrix):
    other = data.draw(st.permutations(matrix.ravel().tolist()))
    other = np.array(other, dtype=bool).reshape(matrix.shape)
    one, two = Pattern.from_dense(matrix), Pattern.from_dense(other)
    np.testing.assert_array_equal((one | two).to_dense(), matrix | other)
    np.testing.assert_array_equal((one - two).to_dense(), matrix & ~other)
    np.testing.assert_array_equal(one.found_in(two), other[one.rows, one.columns])
    assert one.contains(two) == bool(np.all(matrix | ~other))
    assert (one == two) == np.array_equal(matrix, other)
    assert (one | two).contains(one)


@given(st.data(), patterns())
def test_products(data, one):
    two = data.draw(patterns(6, 6).filter(lambda p: p.shape[0] == one.shape[1]), label="two")
    dense = one.to_dense().astype(int) @ two.to_dense().astype(int) > 0
    np.testing.assert_array_equal((one @ two).to_dense(), dense)


def test_products_in_several_blocks(monkeypatch):
    rng = np.random.default_rng(0)
    one, two = (rng.random((40, 40)) < 0.2 for _ in range(2))
    monkeypatch.setattr("adkit.sparse.pattern.blocks", lambda weights: blocks(weights, 50))
    product = Pattern.from_dense(one) @ Pattern.from_dense(two)
    np.testing.assert_array_equal(product.to_dense(), one.astype(int) @ two.astype(int) > 0)


@given(st.data(), patterns())
def test_parts(data, pattern):
    m, n = pattern.shape
    matrix = pattern.to_dense()
    rows = np.array(data.draw(st.lists(st.booleans(), min_size=m, max_size=m)), dtype=bool)
    columns = np.array(data.draw(st.lists(st.booleans(), min_size=n, max_size=n)), dtype=bool)
    part = pattern.select(rows, columns).to_dense()
    np.testing.assert_array_equal(part, matrix & rows[:, None] & columns)
    i, j = (np.array(data.draw(st.permutations(range(k)))[: k // 2], dtype=int) for k in (m, n))
    np.testing.assert_array_equal(pattern.submatrix(i, j).to_dense(), matrix[np.ix_(i, j)])
    both = pattern.augmented().to_dense()
    zero = [np.zeros((k, k), dtype=bool) for k in (n, m)]
    np.testing.assert_array_equal(both, np.block([[zero[0], matrix.T], [matrix, zero[1]]]))


@given(patterns())
def test_a_pattern_can_be_pickled_and_is_a_key(pattern):
    copy = pickle.loads(pickle.dumps(pattern))
    assert copy == pattern
    assert {pattern: 1}[copy] == 1
    assert pattern != pattern.shape


@given(patterns())
def test_compressed_rows_make_the_same_pattern(pattern):
    assert Pattern(pattern.shape, pattern.starts, pattern.columns) == pattern


@given(symmetric_patterns())
def test_symmetry(pattern):
    assert pattern.is_symmetric
    assert not Pattern.full((2, 3)).is_symmetric
    assert not Pattern.from_dense([[0, 1], [0, 0]]).is_symmetric


def test_a_pattern_is_immutable():
    pattern = Pattern.identity(3)
    with pytest.raises(AttributeError, match="immutable"):
        pattern.shape = (3, 4)
    for array in (pattern.columns, pattern.starts, pattern.rows, pattern.T.columns):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 1


def test_arrays_that_were_given_stay_the_callers():
    starts, columns = np.array([0, 1, 2]), np.array([0, 1])
    pattern = Pattern((2, 2), starts, columns)
    columns[0] = 1
    assert pattern == Pattern.identity(2)


def test_ready_made_ones():
    np.testing.assert_array_equal(Pattern.full((2, 3)).to_dense(), np.ones((2, 3)))
    np.testing.assert_array_equal(Pattern.identity(3).to_dense(), np.eye(3))
    assert Pattern.full((0, 3)).nnz == Pattern.identity(0).nnz == 0


def test_nan_is_not_zero():
    assert Pattern.from_dense([[np.nan, 0.0]]).nnz == 1


def test_scipy_and_back():
    stored = scipy.sparse.csr_array(([1.0, 0.0], ([0, 1], [2, 0])), shape=(2, 3))
    pattern = Pattern.from_scipy(stored)
    assert pattern.nnz == 2  # the stored zero belongs to it
    np.testing.assert_array_equal(pattern.to_scipy([5.0, 6.0]).toarray(), [[0, 0, 5], [6, 0, 0]])
    assert pattern.to_scipy().dtype == bool


@pytest.mark.parametrize("starts", [[0, 1], [0, 2, 1], [1, 1, 2], [0, 1, 3]])
def test_what_are_no_compressed_rows(starts):
    with pytest.raises(AdkitError, match="ADK711"):
        Pattern((2, 2), starts, [0, 1])


@pytest.mark.parametrize("columns", [[1, 0], [0, 0], [0, 2], [-1, 0]])
def test_columns_that_do_not_rise(columns):
    with pytest.raises(AdkitError, match="ADK711"):
        Pattern((1, 2), [0, 2], columns)


@pytest.mark.parametrize("bad", [[0.0], [[0]], [True], ["a"]])
def test_what_are_no_indices(bad):
    with pytest.raises(AdkitError, match="vector of ints"):
        Pattern.from_coordinates(bad, [0], (1, 1))


@pytest.mark.parametrize("shape", [(2,), (2, -1), (2.0, 2), 3, None])
def test_what_is_no_shape(shape):
    with pytest.raises(AdkitError, match="no shape"):
        Pattern.from_coordinates([], [], shape)


# ---------------------------------------------------------------- helpers


def test_pairs_of_very_large_shapes():
    rows, columns = np.array([5, 0, 5, 5]), np.array([2**40, 7, 3, 2**40])
    for shape in ((6, 2**41), (2**31, 2**41)):
        first, second = sorted_pairs(rows, columns, shape)
        assert first.tolist() == [0, 5, 5]
        assert second.tolist() == [7, 3, 2**40]


@given(st.lists(st.integers(0, 9)), st.integers(1, 12))
def test_blocks_cover_a_list(weights, most):
    cuts = blocks(np.array(weights, dtype=int), most)
    assert [i for low, high in cuts for i in range(low, high)] == list(range(len(weights)))
    assert all(sum(weights[low:high]) <= most or high == low + 1 for low, high in cuts)


@given(st.integers(1, 8), st.lists(st.tuples(st.integers(0, 7), st.integers(0, 7))))
def test_components(count, edges):
    edges = [(a % count, b % count) for a, b in edges]
    left, right = (np.array([e[k] for e in edges], dtype=int) for k in (0, 1))
    reach = np.eye(count, dtype=int)
    reach[left, right] = reach[right, left] = 1
    reach = np.linalg.matrix_power(reach, count) > 0
    np.testing.assert_array_equal(components(count, left, right), reach.argmax(axis=1))


def test_arrays_of_scipy_share_nothing_that_may_be_written_into():
    pattern = Pattern.from_dense([[1, 1], [0, 1]])
    for dtype in (bool, np.float32, np.dtype(">f8"), complex, np.longdouble):
        values = np.array([2, 0, 3]).astype(dtype)
        made = [pattern.to_scipy(values) for _ in range(3)]
        made[0].eliminate_zeros()
        made[1].indices[:] = 1
        fresh = scipy.sparse.csr_array((values, [0, 1, 1], [0, 2, 3]), shape=(2, 2))
        assert made[2].has_canonical_format
        assert (made[2].dtype, made[2].shape) == (fresh.dtype, fresh.shape)
        np.testing.assert_array_equal(made[2].toarray(), fresh.toarray())
    assert pattern.to_scipy(np.ones(3)).nnz == 3
