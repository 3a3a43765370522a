"""Which elements of an array a view shows, from its address and its strides."""

import numpy as np
import pytest
from numpy.lib.stride_tricks import sliding_window_view

import adkit as ad
from adkit.common.windows import part_window, window_of

X = np.arange(24.0).reshape(2, 3, 4)
VIEWS = {
    "all": lambda x: x,
    "row": lambda x: x[1],
    "element": lambda x: x[1, 2, ...][3, ...],
    "reversed": lambda x: x[:, ::-1, ::-2],
    "transposed": lambda x: x.T[1:, 0],
    "swapped": lambda x: x.swapaxes(0, 2)[::2],
    "flat": lambda x: x.reshape(-1)[5:20:3],
    "columns": lambda x: x.reshape(6, 4).T[1:3],
    "new axis": lambda x: x[:, None, 1],
    "diagonal": lambda x: np.diagonal(x, 0, 1, 2),
    "windows": lambda x: sliding_window_view(x, 2, 2, writeable=True),
    "repeated": lambda x: np.broadcast_to(x[0], (5, 3, 4)),
}


@pytest.mark.parametrize("view", VIEWS.values(), ids=VIEWS)
def test_positions_are_those_of_the_elements(view):
    window = window_of(view(X), X)
    np.testing.assert_array_equal(window.positions(), view(X))
    positions = window.positions()
    assert window.shows_once() == (np.unique(positions).size == positions.size)


def test_what_cannot_be_told():
    fortran = np.asfortranarray(X)
    assert window_of(fortran[0], fortran) is None
    assert window_of(X[:0], X) is None
    assert window_of(X.copy(), X) is None
    assert window_of(X.view(np.int64), X) is None
    z = X + 1j
    assert window_of(z.imag, z) is None
    assert part_window([], 0, 3.0) is None


@pytest.mark.parametrize("index", [1, (1, 2), (1, 2, 3), (Ellipsis, 0), None, slice(1, None)])
def test_parts_at_a_basic_index(index):
    np.testing.assert_array_equal(part_window([], index, X).positions(), X[index])


def transposed(x):
    u = x * 1.0
    v = u.T
    for i in range(1, 4):
        v[i] = v[i - 1] * v[i] + v[i, ::-1]
        v[0, 1] += v[i, 0] * u[0, 1]
    return u.reshape(-1)[::3].sum() + np.sum(v * v)


def folded(x):
    u = x * 1.0
    v = u.reshape(2, 2, 3)
    for i in range(2):
        v[:, i, 0] = v[i, :, 2] * v[:, i, 1]
        v[i].T[1] *= v[i].T[0] + u[0, i]
    return np.sum(u * u * u)


@pytest.mark.parametrize("program", [transposed, folded])
def test_loops_through_views_in_all_nestings(program):
    x = np.random.default_rng(0).uniform(0.5, 1.5, (3, 4))
    step = 1e-6 * np.eye(12).reshape(12, 3, 4)
    numerical = np.array([(program(x + h) - program(x - h)) / 2e-6 for h in step])
    gradient = ad.grad(program)(x)
    np.testing.assert_allclose(gradient.ravel(), numerical, rtol=1e-6)
    np.testing.assert_allclose(ad.jacfwd(program)(x), gradient, rtol=1e-12)
    H = ad.hessian(program)(x)
    scale = np.abs(H).max()
    for outer in (ad.jacfwd, ad.jacrev):
        for inner in (ad.jacfwd, ad.jacrev):
            np.testing.assert_allclose(outer(inner(program))(x), H, rtol=1e-10, atol=1e-12 * scale)
