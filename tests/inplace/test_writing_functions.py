"""Functions and methods that write into traced arrays, and what makes arrays to write into."""

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
def full_like(x):
    y = np.full_like(x, x[0])
    y[1] = x[1] * 2
    return y * y


@program
def full_like_of_an_array(x):
    y = np.full_like(x, x * x)
    y[1] += x[1] * 2
    return y * y


@program
def full_like_shape(x):
    y = np.full_like(x, x[1], shape=(2,))
    y[1] += x[1] * 2
    return y * y


@program
def full_like_of_a_plain_array(x):
    y = np.full_like(np.zeros(3), 1.0)
    return x * y[0]


@program
def full_in_a_likeness(x):
    return np.full((2,), x[2], like=x) * x[:2]


@program
def put_along_axis_keepdims(x):
    y = x.reshape(2, 2) * 2
    np.put_along_axis(y, np.argmax(y, axis=1, keepdims=True), x[:1].reshape(1, 1) * 5, axis=1)
    return y.ravel()


@program
def put_along_axis_rows(x):
    y = x.reshape(2, 2) * 2
    np.put_along_axis(y, np.argsort(y, axis=0), x.reshape(2, 2) ** 2, axis=0)
    return y.ravel()


@program
def put_along_axis_scalar(x):
    y = x.reshape(2, 2) * 2
    np.put_along_axis(y, np.array([[0], [1]]), x[3], 1)
    return y.ravel()


@program
def put_along_axis_flat(x):
    y = x.reshape(2, 2) * 2
    np.put_along_axis(y, np.array([0, 3]), x[:2] ** 2, None)
    return y.ravel()


@program
def put_along_axis_of_a_view(x):
    y = x.reshape(2, 2) * 2
    np.put_along_axis(y.T, np.array([[0], [1]]), x[:2].reshape(2, 1) ** 2, 1)
    return y.ravel()


@program
def place_a_list(x):
    y = x * 2
    np.place(y, y > 2, [x[0], 3.0])
    return y


@program
def place_view(x):
    y = x.reshape(2, 2) * 2
    np.place(y.T, np.array([[True, False], [True, True]]), x[:2] * x[1])
    return y.ravel()


@program
def flat_set(x):
    y = x.reshape(2, 2).T * 1.0
    y.flat[0] = x[3] * 2
    y.flat[[1, 2]] = x[:2] * x[2]
    y.flat[::2] *= 2
    return y.ravel()


@program
def flat_mask(x):
    y = x.reshape(2, 2) * 1.0
    y.flat[np.array([True, False, True, False])] = x[1] * x[0]
    return y.ravel()


@program
def flat_augmented(x):
    y = x.reshape(2, 2) * 1.0
    y.flat[2] *= x[1]
    y.flat[3] += y.flat[0]
    return y.ravel()


@program
def flat_iterated(x):
    y = x.reshape(2, 2).T * 1.0
    return sum(v * (i + 1) for i, v in enumerate(y.flat)) * x


@program
def flat_attribute(x):
    y = x.reshape(2, 2) * 1.0
    y.flat = x[:2] * x[2]
    return y.ravel()


@program
def add_at(x):
    y = x * 1.0
    np.add.at(y, [0, 0, 1], x[1:] ** 2)
    return y


@program
def subtract_at(x):
    y = x * 1.0
    np.subtract.at(y, 1, x[2])
    return y


@program
def maximum_at(x):
    y = x * 1.0
    np.maximum.at(y, [0, 2, 2], x[1:] * 1.5)
    return y


@program
def minimum_at(x):
    y = x * 1.0
    np.minimum.at(y, [0, 2, 2], x[1:] * 0.5)
    return y


@program
def divide_at_and_power_at(x):
    y = x * 1.0
    np.divide.at(y, [0, 0], x[:2])
    np.power.at(y, [1, 1], 2.0)
    return y


@program
def add_at_mask(x):
    y = x * 1.0
    np.add.at(y, np.array([True, False, True, False]), x[1])
    return y


@program
def add_at_pairs(x):
    y = x.reshape(2, 2) * 1.0
    np.add.at(y, ([0, 0, 1], [1, 1, 0]), x[:3] * x[3])
    np.add.at(y, (slice(None), 0), x[:2])
    return y.ravel()


@program
def add_at_rows(x):
    y = x.reshape(2, 2) * 1.0
    np.add.at(y, [0, 0], x[:2])
    return y.ravel()


@program
def add_at_of_a_view(x):
    y = x.reshape(2, 2) * 1.0
    np.add.at(y.T, [0, 0], x[:2])
    return y.ravel()


@program
def sin_at(x):
    y = x * 1.0
    np.sin.at(y, [0, 0])
    return y


@program
def fill(x):
    y = x * 1.0
    y.fill(x[1] * 2)
    y[1:].fill(x[0])
    return y


@program
def sort_axis0(x):
    y = x.reshape(2, 2) * 1.0
    y.sort(axis=0)
    return y.ravel() * x


@program
def sort_view(x):
    y = x * 1.0
    y[1:].sort()
    return y * x


@program
def sort_reversed(x):
    y = x * 1.0
    y[::-1].sort()
    return y * x


@program
def partition(x):
    y = x * 1.0
    y.partition(2)
    return y[2:3] * x


@program
def sorted_backwards(x):
    y = x * 1.0
    y[:] = np.sort(y)[::-1]
    return y * x


@program
def positions_of_nonzero(x):
    y = x * 1.0
    y[np.flatnonzero(y > 1)] += x[0] * x[1]
    return y


@program
def copyto_where_scalar(x):
    y = x * 1.0
    np.copyto(y, 3.0, where=y > 1)
    np.copyto(y, x[0], where=[True, False, False, False])
    return y * x


@program
def copyto_int(x):
    y = x * 1.0
    np.copyto(y, [1, 2, 3, 4])
    y[0] = x[0]
    return y * x


@program
def put_mode(x):
    y = x * 1.0
    np.put(y, [-1, 5], x[:2] * 2, mode="wrap")
    np.put(y, [-1, 9], [x[2]], mode="clip")
    return y


@program
def putmask_cycle(x):
    y = x * 1.0
    np.putmask(y, [True, True, False, True], x[:2] * 3)
    return y


@program
def fill_diagonal(x):
    y = x.reshape(2, 2) * 1.0
    np.fill_diagonal(y, x[:2] ** 2)
    return y.ravel()


@program
def fill_diagonal_of_a_view(x):
    y = x.reshape(2, 2) * 1.0
    np.fill_diagonal(y.T, x[1] ** 2)
    return y.ravel()


@program
def resize(x):
    y = np.resize(x, (6,)) * 1.0
    y[0] = x[1]
    return y


@program
def asarray_view(x):
    y = x * 1.0
    v = np.asarray(y, like=y)
    v[0] = x[1] ** 2
    return y


@program
def delete_append(x):
    y = np.append(x, x[0])
    y[0] = x[3]
    z = np.delete(y, 1)
    z[0] *= 2
    return np.insert(z, 1, x[2])


@program
def zeros_in_a_likeness(x):
    y = np.zeros(4, like=x)
    y += x
    y *= y
    return y


@program
def arange_in_a_likeness(x):
    y = np.arange(4.0, like=x)
    y[0] = x[0]
    return y * x


@program
def eye_in_a_likeness(x):
    y = np.eye(2, like=x)
    y[0] = x[:2]
    return y.ravel()


@pytest.mark.parametrize("f", PROGRAMS.values(), ids=list(PROGRAMS))
def test_program(f):
    check_program(f, X)


def test_an_empty_list_of_places_writes_nothing():
    def program(x):
        x.put([], x)
        np.put(x, (), 3.0)
        return x * 2.0

    x = np.array([1.0, 2.0])
    values, pullback = ad.vjp(program, x)
    assert values.tolist() == program(x.copy()).tolist() == [2.0, 4.0]
    assert pullback(np.ones(2))[0].tolist() == [2.0, 2.0]
    with pytest.raises(TypeError, match="Cannot cast"):  # as NumPy says of an empty array of floats
        ad.grad(lambda x: x.put(np.array([]), x) or x.sum())(x)


def test_a_traced_filling_lies_in_memory_as_the_likeness_does():
    strides = []

    def program(x):
        y = np.full_like(x, x.copy())
        strides.append(y.strides)
        return y.sum()

    x = np.asfortranarray(np.arange(6.0).reshape(2, 3))
    program(x.copy(order="K"))
    ad.vjp(program, x)
    ad.jvp(program, (x,), (x,))
    assert strides == [(8, 16)] * 3


def test_a_grid_of_two_views_of_one_buffer_follows_the_view_it_was_made_of():
    def f(x):
        buffer = np.zeros_like(x)
        grids = np.meshgrid(buffer[:1].ravel(), buffer.ravel(), sparse=True, copy=False)
        buffer += x
        return grids[0], grids[1]

    x = np.array([1.0, 2.0, 3.0])
    for derivative in (ad.jacfwd, ad.jacrev):
        first, second = derivative(f)(x)
        assert np.array_equal(first.reshape(1, 3), np.eye(3)[:1])
        assert np.array_equal(second.reshape(3, 3), np.eye(3))
