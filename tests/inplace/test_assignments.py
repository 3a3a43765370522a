"""Assignments of every kind: indices, augmented operators, swaps, views, scalars."""

import numpy as np
import pytest

import adkit as ad
from tests.inplace.agreement import check_program

X = np.array([0.7, 1.9, 0.4, 1.3])
PROGRAMS = {}


def program(f):
    PROGRAMS[f.__name__] = f
    return f


@program
def add_reduce_where(x):
    return np.add.reduce(x, where=x > 1.0) * x


@program
def add_reduce_initial(x):
    return np.add.reduce(x, initial=3.0, keepdims=True) * x


@program
def swapped_elements(x):
    y = x * 1.0
    y[0], y[1] = y[1], y[0]
    return y * x


@program
def swapped_rows(x):
    y = x.reshape(2, 2) * 1.0
    y[[0, 1]] = y[[1, 0]]
    return (y * x.reshape(2, 2)).ravel()


@program
def rows_swapped_as_views(x):
    y = x.reshape(2, 2) * 1.0
    y[0], y[1] = y[1], y[0]
    return (y * x.reshape(2, 2)).ravel()


@program
def rows_swapped_by_a_copy(x):
    y = x.reshape(2, 2) * 1.0
    t = y[0].copy()
    y[0] = y[1]
    y[1] = t
    return (y * x.reshape(2, 2)).ravel()


@program
def swapped_slices(x):
    y = x * 1.0
    y[:2], y[2:] = y[2:], y[:2]
    return y * x


@program
def a_scalar_is_no_view(x):
    y = x * 1.0
    s = y.sum()
    z = s
    s += 1
    w = y[1]
    w += 5
    return y * z + s * w


@program
def a_largest_element_is_no_view(x):
    y = x * 1.0
    s = y.max()
    z = s
    s *= 3
    t = np.dot(y, y)
    u = t
    t -= 1
    return y * z + s + t * u


@program
def an_item_is_no_view(x):
    y = x * 1.0
    w = y.item(2)
    v = w
    w *= 3
    return y * v * w


@program
def an_array_without_axes_is_a_view(x):
    y = x * 1.0
    v = y[1, ...]
    v *= 3
    return y * v


@program
def a_sum_that_keeps_its_axes(x):
    y = x.sum(keepdims=True)
    z = y
    y += 1
    return z * x


@program
def transpose(x):
    y = x.reshape(2, 2) * 1.0
    y.T[0] = x[:2] ** 2
    y.T[...] *= x[2]
    return y.ravel()


@program
def imatmul(x):
    y = x.reshape(2, 2) * 1.0
    y @= np.array([[1.0, 2], [3, 4]])
    return y.ravel()


@program
def imatmul_of_itself(x):
    y = x.reshape(2, 2) * 1.0
    z = y
    y @= x.reshape(2, 2)
    return (y * z).ravel()


@program
def ifloordiv(x):
    y = x * 1.0
    y //= 0.3
    return y * x


@program
def imod(x):
    y = x * 1.0
    y %= 0.3
    return y * x


@program
def augmented_elements(x):
    y = x * 1.0
    y[1:] %= 0.3
    y[0] //= 0.2
    y[2] **= 2
    return y * x


@program
def ipow_traced(x):
    y = x * 1.0
    y **= x
    return y


@program
def iadd_list(x):
    y = x * 1.0
    y += [1.0, 2.0, 3.0, 4.0]
    return y * x


@program
def iadd_list_of_traced_values(x):
    y = x * 1.0
    y += [x[0], 2.0, x[1], 4.0]
    return y * x


@program
def list_of_traced_values(x):
    y = x * 1.0
    y[1:3] = [x[0], x[1] * 2]
    return y * x


@program
def nested_list(x):
    y = x.reshape(2, 2) * 1.0
    y[:] = [[x[0], 1.0], [2.0, x[1]]]
    return y.ravel()


@program
def tuple_of_traced_values(x):
    y = x * 1.0
    y[:2] = x[0], x[1] ** 2
    return y


@program
def mask(x):
    y = x * 1.0
    y[y > 1] = 0.5
    return y * x


@program
def mask_of_itself(x):
    y = x * 1.0
    y[y > 1] = y[y > 1] ** 2
    return y * x


@program
def augmented_mask(x):
    y = x * 1.0
    y[y > 1] *= x[0]
    return y * x


@program
def open_mesh(x):
    y = x.reshape(2, 2) * 1.0
    y[np.ix_([0, 1], [1])] = x[:2].reshape(2, 1) ** 2
    return y.ravel()


@program
def positions_of_where(x):
    y = x * 1.0
    y[np.where(y > 1)] = x[0] * x[1]
    return y


@program
def index_array_with_repeats(x):
    y = x * 1.0
    y[[0, 0, 1]] += x[1:]
    y[[2, 2]] = x[:2]
    return y


@program
def numpy_integer(x):
    y = x * 1.0
    y[np.int64(2)] = x[0]
    y[np.array(1)] = x[3]
    return y


@program
def true_and_false(x):
    y = x * 1.0
    y[True] = x * x
    y[False] = 7.0
    return y


@program
def new_axis(x):
    y = x * 1.0
    y[None] = x * x
    y[None, 1:] *= 2
    return y


@program
def diagonal_by_index(x):
    y = x.reshape(2, 2) * 1.0
    i = np.arange(2)
    y[i, i] = x[:2] * x[2:]
    return y.ravel()


@program
def diagonal_by_einsum(x):
    y = x.reshape(2, 2) * 1.0
    np.einsum("ii->i", y)[...] = x[:2] ** 2
    return y.ravel()


@program
def broadcast_view(x):
    y = x * 1.0
    b = np.broadcast_to(y, (2, 4))
    y[0] = x[1] ** 2
    return b.sum(0) * x


@program
def diagonal_is_read(x):
    y = x.reshape(2, 2) * 1.0
    d = np.diagonal(y)
    y[0, 0] = x[1] ** 2
    return d * x[:2]


@program
def shape_attribute(x):
    y = x * 1.0
    z = y
    y.shape = (2, 2)
    y[0] = x[:2] ** 2
    return z.ravel()


@program
def squeeze_view(x):
    y = x.reshape(1, 4) * 1.0
    v = y.squeeze()
    v[0] = x[1] ** 2
    return y[0]


@program
def array_split_view(x):
    y = x * 1.0
    a, b = np.array_split(y, 2)
    a *= x[3]
    b[0] = a[0]
    return y


@program
def unstack_view(x):
    y = x.reshape(2, 2) * 1.0
    a, b = y
    a *= x[3]
    b[0] = a[0]
    return y.ravel()


@program
def atleast_2d(x):
    y = x * 1.0
    a = np.atleast_2d(y)
    a[0, 1] = x[0] ** 3
    return y


@program
def parts_of_complex_numbers(x):
    z = x * (1 + 2j)
    z.real[0] = x[1]
    z.imag *= 2
    return z.real * z.imag


@program
def real_and_imag_attributes(x):
    z = x * (1 + 2j)
    z.real = x**2
    z.imag[1:] = 3.0
    z.imag = x * z.imag
    return z.real * z.imag


@program
def elimination_step(x):
    A = np.zeros_like(x, shape=(2, 2))
    A[...] = x.reshape(2, 2) + 3 * np.eye(2)
    A[1, 0] /= A[0, 0]
    A[1, 1:] -= A[1, 0] * A[0, 1:]
    return A.ravel()


@program
def in_a_dict(x):
    d = {"a": x * 1.0}
    d["a"][0] += x[1]
    d["a"] += 1
    return d["a"]


@pytest.mark.parametrize("f", PROGRAMS.values(), ids=list(PROGRAMS))
def test_program(f):
    check_program(f, X)


def test_elements_named_twice_by_a_part_with_more_axes():
    """NumPy drops the axis of length one, and the last of two equal indices wins."""

    def f(x):
        x[[0, 0]] = np.expand_dims(x * x, 0)
        return x

    x = np.array([3.0, 5.0])
    by_hand = np.array([[0.0, 10.0], [0.0, 1.0]])  # x[0] becomes 25
    assert np.array_equal(ad.jacfwd(f)(x), by_hand)
    assert np.array_equal(ad.jacrev(f)(x), by_hand)
    along = [[25.0, 5.0], [10.0, 1.0], [1.0, 0.0]]  # (5 + t)^2 and 5 + t
    assert np.array_equal(ad.taylor(f, x, np.ones(2), 2), along)
