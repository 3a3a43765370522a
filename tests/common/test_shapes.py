"""Helpers of rules: axes from the end, leading directions, broadcasting and its transpose."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import mutually_broadcastable_shapes

from adkit.common.directions import check_fits, chunk_size, chunks, total_size, unit_directions
from adkit.common.errors import ArgumentError, JacobianTooLargeError
from adkit.common.shapes import (
    Like,
    align,
    dtype_of,
    expand,
    from_end,
    is_passive,
    leading,
    total,
    unbroadcast,
    zeros,
)

shapes = mutually_broadcastable_shapes(num_shapes=2, max_dims=4, max_side=3)
leads = st.lists(st.integers(0, 3), max_size=2).map(tuple)


@given(shapes, leads)
def test_unbroadcast_is_the_transpose_of_broadcasting(drawn, lead):
    (shape, _), whole = drawn.input_shapes, drawn.result_shape
    rng = np.random.default_rng(0)
    t, ct = rng.normal(size=lead + shape), rng.normal(size=lead + whole)
    pushed = expand(align(t, len(shape), len(whole)), whole)
    pulled = unbroadcast(ct, shape, len(whole))
    assert pushed.shape == lead + whole
    assert pulled.shape == lead + shape
    for k in np.ndindex(lead):
        assert np.array_equal(pushed[k], np.broadcast_to(t[k], whole))
        np.testing.assert_allclose((pulled[k] * t[k]).sum(), (ct[k] * pushed[k]).sum(), atol=1e-12)


@pytest.mark.parametrize(
    ("shape", "axes"),
    [
        ((300, 200), (1,)),
        ((300, 1000), (1,)),
        ((50, 997), (1,)),
        ((40, 1024, 3), (1,)),
        ((5, 100, 100), (1, 2)),
        ((100_000,), (0,)),
        ((99_991,), (0,)),
        ((3, 50_000), (1,)),
    ],
)
@pytest.mark.parametrize("keepdims", [True, False])
def test_totals_are_sums_to_the_last_digits(shape, axes, keepdims):
    t = np.random.default_rng(0).standard_normal(shape)
    found = total(t, axes, keepdims=keepdims)
    exact = np.sum(t.astype(np.longdouble), axis=axes, keepdims=keepdims)
    size = np.sum(np.abs(t), axis=axes, keepdims=keepdims)
    assert found.shape == exact.shape
    assert np.all(np.abs(found - exact) <= 1e-14 * size)


@pytest.mark.parametrize(
    ("axis", "ndim", "expected"),
    [
        (0, 3, -3),
        (-1, 3, -1),
        ((0, 2), 3, (-3, -1)),
        (None, 2, (-2, -1)),
        (None, 0, ()),
        ((), 2, ()),
    ],
)
def test_axes_from_the_end(axis, ndim, expected):
    assert from_end(axis, ndim) == expected


@pytest.mark.parametrize("axis", [3, -4, (0, 3)])
def test_axes_out_of_bounds_are_numpys_error(axis):
    with pytest.raises(np.exceptions.AxisError):
        from_end(axis, 3)


def test_leading_axes():
    assert leading(np.ones((5, 2, 3)), 2) == (5,)
    assert leading(np.ones((2, 3)), 2) == ()
    assert leading(1.0, 0) == ()


def test_like_keeps_no_numbers():
    like = Like(np.ones((2, 3), np.float32))
    assert (like.shape, like.ndim, like.size, like.dtype) == ((2, 3), 2, 6, np.float32)
    assert repr(like) == "Like(shape=(2, 3), dtype=float32)"
    assert Like(2.0).shape == ()


def test_zeros_of_no_shape_are_a_scalar():
    assert type(zeros((), np.float32)) is np.float32
    assert zeros((2,), complex).tolist() == [0j, 0j]


def test_dtypes_and_passive_values():
    assert dtype_of(1.0) == np.float64
    assert dtype_of(1j) == np.complex128
    assert dtype_of(np.float32(1)) == np.float32
    assert all(map(is_passive, (1, 1.0, 1j, np.ones(2), np.float32(1))))
    assert not is_passive(object())


# ---------------------------------------------------------------- directions


@given(st.lists(st.sampled_from([(), (0,), (2,), (2, 3), (1, 1)]), max_size=4), st.integers(1, 9))
def test_unit_directions_make_the_identity_whatever_the_chunks(leaf_shapes, size):
    leaves = [np.ones(shape, np.float32) for shape in leaf_shapes]
    count = total_size(leaves)
    rows = []
    for start, stop in chunks(count, size):
        seeds = unit_directions(leaves, start, stop)
        assert [s.shape for s in seeds] == [(stop - start, *shape) for shape in leaf_shapes]
        assert all(s.dtype == np.float32 for s in seeds)
        rows.append(np.concatenate([s.reshape(stop - start, -1) for s in seeds], axis=1))
    whole = np.concatenate(rows) if rows else np.zeros((0, 0))
    assert np.array_equal(whole, np.eye(count))


@given(st.integers(0, 10_000), st.integers(0, 10**7))
def test_automatic_chunks_bound_the_memory(count, size):
    chunk = chunk_size("auto", count, size)
    assert 1 <= chunk <= max(1, min(count, 512))
    assert chunk * size <= 16 * 8 * 2**18 or chunk == 1


@pytest.mark.parametrize(("chunk", "count", "expected"), [(3, 7, 3), (10**15, 7, 7), (1, 0, 1)])
def test_chunks_of_the_user_are_clamped(chunk, count, expected):
    assert chunk_size(chunk, count, 1) == expected


@pytest.mark.parametrize("chunk", [0, -1, 1.5, "all", None, True, np.ones(2)])
def test_chunks_that_make_no_sense(chunk):
    with pytest.raises(ArgumentError, match="chunk must be a positive int"):
        chunk_size(chunk, 7, 1)


def test_a_matrix_that_cannot_fit():
    check_fits(1000, 1000)
    with pytest.raises(JacobianTooLargeError, match="10000000 x 10000000 takes"):
        check_fits(10**7, 10**7)
