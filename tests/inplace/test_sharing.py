"""What shares memory with what: after a write, all that NumPy makes a view shows it."""

import numpy as np
import pytest

import adkit as ad
from tests.inplace.agreement import check_program

X = np.array([[0.7, 1.9], [0.4, 1.3]])
windows = np.lib.stride_tricks.sliding_window_view

VIEWS = {
    "windows": lambda y: windows(y, 2, axis=0),
    "windows along two axes": lambda y: windows(y, (2, 2)),
    "windows that may be written": lambda y: windows(y.reshape(-1), 2, writeable=True),
    "windows of a view": lambda y: windows(y[:, ::-1].T, 2, axis=1)[1:],
    "diagonal": lambda y: np.diagonal(y),
    "diag": lambda y: np.diag(y),
    "broadcast_to": lambda y: np.broadcast_to(y, (2, 2, 2)),
    "broadcast_arrays": lambda y: np.broadcast_arrays(y[0], y[1])[1],
    "broadcast_arrays of one array": lambda y: np.broadcast_arrays(y, y)[1],
    "meshgrid": lambda y: np.meshgrid(y[0], y[1], sparse=True, copy=False)[1],
    "atleast_2d of several": lambda y: np.atleast_2d(y[0], y[1])[1],
    "split of a view": lambda y: np.split(y.T[1], 2)[1],
    "einsum": lambda y: np.einsum("ij->ji", y),
    "diagonal by einsum": lambda y: np.einsum("ii->i", y),
    "asarray": lambda y: np.asarray(y, like=y),
    "asarray of a transpose": lambda y: np.asarray(y.T, order="F", like=y),
    "ascontiguousarray": lambda y: np.ascontiguousarray(y, like=y),
    "asfortranarray of a transpose": lambda y: np.asfortranarray(y.T, like=y),
    "array without copy": lambda y: np.array(y, copy=None, like=y),
    "astype": lambda y: y.astype(float, copy=False),
    "astype of a transpose": lambda y: y.T.astype(float, order="F", copy=False),
    "reshape in Fortran's order": lambda y: y.T.reshape(-1, order="F"),
    "ravel in its own order": lambda y: y.T.ravel(order="K"),
    "real": lambda y: y.real,
    "matrix_power": lambda y: np.linalg.matrix_power(y, 1),
    "no difference": lambda y: np.diff(y, n=0),
}
COPIES = {
    "asfortranarray": lambda y: np.asfortranarray(y, like=y),
    "asarray in another order": lambda y: np.asarray(y, order="F", like=y),
    "ascontiguousarray of a transpose": lambda y: np.ascontiguousarray(y.T, like=y),
    "array": lambda y: np.array(y, like=y),
    "astype": lambda y: y.astype(float),
    "astype in another order": lambda y: y.astype(float, order="F", copy=False),
    "dense meshgrid": lambda y: np.meshgrid(y[0], y[1])[1],
    "reshape in Fortran's order": lambda y: y.reshape(-1, order="F"),
    "tile": lambda y: np.tile(y, 1),
    "resize": lambda y: np.resize(y, (2, 2)),
    "pad": lambda y: np.pad(y, 0),
    "roll": lambda y: np.roll(y, 0),
    "clip": lambda y: y.clip(None, 9.0),
    "sum of no axis": lambda y: np.sum(y, axis=()),
    "block": lambda y: np.block([y]),
    "delete": lambda y: np.delete(y, [], 0),
    "compress": lambda y: y.compress([True, True], axis=0),
}


@pytest.mark.parametrize("make", [*VIEWS.values(), *COPIES.values()], ids=[*VIEWS, *COPIES])
def test_the_array_is_written(make):
    shares = np.shares_memory(make(X), X)
    assert shares == (make in VIEWS.values())

    def f(x):
        y = x * 1.0
        v = make(y)
        squares = v * v
        y[...] = x * x
        y[0, 1] += x[0, 0]
        w = make(y)
        y[1] = y[0]
        return np.concatenate([part.ravel() for part in (v, squares, y, w)])

    check_program(f, X)


@pytest.mark.parametrize("make", [*VIEWS.values(), *COPIES.values()], ids=[*VIEWS, *COPIES])
def test_the_result_is_written(make):
    if not make(X).flags.writeable:
        check_read_only(make)
        return

    def f(x):
        y = x * 1.0
        v = make(y)
        v[...] = v * 3.0
        v[0] = x[0, 0] * x[1, 1]
        v += np.arange(v.size).reshape(v.shape) * x[0, 1]
        return np.concatenate([v.ravel(), y.ravel()])

    check_program(f, X)


def check_read_only(make):
    """Check that what NumPy makes read-only is so, and its derivative that of the array."""

    def f(x):
        y = x * 1.0
        with pytest.raises(ValueError, match="read-only"):
            make(y)[...] = x[0, 0]
        return y

    check_program(f, X)


def test_what_is_made_in_the_likeness_of_an_array_lies_in_memory_as_it_does():
    def f(x):
        y = np.full_like(x.T, x[0, 0])
        flat = y.reshape(-1, order="F")
        flat[1] = x[1, 1]
        z = np.full((2, 2), x[:, 0], order="F", like=x)
        z.ravel(order="F")[2] = x[0, 1] ** 2
        return y * z

    check_program(f, X)


def test_leading_axes_of_length_one_are_dropped():
    def f(x):
        y = np.full_like(x, x[None, None])
        z = np.full((), x[:1, :1], like=x)
        y[1] = x[None, 0] * z
        return y

    check_program(f, X)


@pytest.mark.parametrize("transform", ["forward", "reverse"])
def test_a_buffer_among_written_arrays_is_still_viewed(transform):
    def program(x):
        buffer = np.zeros_like(x)
        x[[0, 1]] = x[[1, 0]]
        view = np.broadcast_arrays(x, buffer)[1]
        buffer[0] = 0.5 * x[0]
        return view

    x = np.array([[1.0, 2.0], [3.0, 4.0]])
    expected = program(x.copy())
    if transform == "forward":
        values, pushed = ad.jvp(program, (x,), (np.ones_like(x),))
        assert pushed.tolist() == [[0.5, 0.5], [0.0, 0.0]]
    else:
        values, pullback = ad.vjp(program, x)
        assert pullback(np.ones_like(x))[0].tolist() == [[0.0, 0.0], [0.5, 0.5]]
    assert np.array_equal(values, expected)
