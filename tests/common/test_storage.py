"""Writes into traced arrays: what NumPy computes for a program, and that program's derivative."""

import operator

import numpy as np
import pytest

import adkit as ad
from adkit.common.errors import DetachError, InPlaceError
from adkit.forward.dual import Dual
from adkit.reverse.node import Node

X = np.arange(1.0, 7.0).reshape(2, 3)


def derivatives(f, x):
    """Return the gradient of f in several ways."""
    return {
        "jacfwd": ad.jacfwd(f)(x),
        "chunks": ad.jacfwd(f, chunk=1)(x),
        "vjp": ad.vjp(f, x)[1](1.0)[0],
        "jvp": np.array([ad.jvp(f, (x,), (e.reshape(x.shape),))[1] for e in np.eye(x.size)]),
    }


def check(f, x):
    """Check value, derivatives and second derivatives of a program at a point."""
    before = x.copy()
    expected = f(x.copy())
    assert ad.jvp(f, (x,), (x,))[0] == expected
    assert ad.vjp(f, x)[0] == expected
    step = 1e-6 * np.eye(x.size).reshape(x.size, *x.shape)
    numerical = np.array([(f(np.asarray(x + h)) - f(np.asarray(x - h))) / 2e-6 for h in step])
    close = {"rtol": 1e-6, "atol": 1e-8 * np.abs(numerical).max()}
    gradient = ad.grad(f)(x)
    np.testing.assert_allclose(np.ravel(gradient), numerical, **close)
    close = {"rtol": 1e-11, "atol": 1e-13 * np.abs(numerical).max()}
    for way, found in derivatives(f, x).items():
        np.testing.assert_allclose(np.ravel(found), np.ravel(gradient), **close, err_msg=way)
    H = ad.hessian(f)(x)
    close = {"rtol": 1e-10, "atol": 1e-12 * np.abs(H).max()}
    for outer in (ad.jacfwd, ad.jacrev):
        for inner in (ad.jacfwd, ad.jacrev):
            np.testing.assert_allclose(outer(inner(f))(x), H, **close)
    assert np.array_equal(x, before)


# ---------------------------------------------------------------- indices and operators

INDICES = {
    "integer": 1,
    "negative": -1,
    "tuple": (1, 2),
    "slice": slice(0, 1),
    "reversed": slice(None, None, -1),
    "column": (slice(None), 1),
    "ellipsis": Ellipsis,
    "newaxis": (None, slice(None)),
    "array": np.array([1, 0]),
    "repeats": np.array([0, 1, 0]),
    "list": [1],
    "pair of arrays": (np.array([0, 1, 0]), np.array([2, 2, 2])),
    "mixed": (Ellipsis, np.array([0, 2, 2])),
    "mask": np.array([[True, False, True], [False, True, False]]),
    "row mask": np.array([False, True]),
    "nothing": slice(0, 0),
}


@pytest.mark.parametrize("index", INDICES.values(), ids=list(INDICES))
def test_assignment_of_traced_values(index):
    def f(x):
        y = np.sin(x)
        y[index] = (x * x)[index]
        return (y * x * y).sum()

    check(f, X)


@pytest.mark.parametrize("index", INDICES.values(), ids=list(INDICES))
def test_assignment_of_a_traced_scalar_is_broadcast(index):
    def f(x):
        y = np.sin(x)
        y[index] = x[0, 1] * x[1, 1]
        return (y * x * y).sum()

    check(f, X)


@pytest.mark.parametrize("index", INDICES.values(), ids=list(INDICES))
def test_assignment_of_constants(index):
    def f(x):
        y = np.sin(x)
        z = y * y
        y[index] = 5.0
        return (y * x).sum() + z.sum()

    check(f, X)


@pytest.mark.parametrize("index", INDICES.values(), ids=list(INDICES))
@pytest.mark.parametrize(
    "change", [operator.iadd, operator.isub, operator.imul, operator.itruediv, operator.ipow]
)
def test_augmented_operators_on_an_element(change, index):
    def f(x):
        y = np.exp(x / 6)
        y[index] = change(y[index], 2.0 + x[0, 0])
        return (y * x * y).sum()

    check(f, X)


@pytest.mark.parametrize(
    "change", [operator.iadd, operator.isub, operator.imul, operator.itruediv, operator.ipow]
)
def test_augmented_operators_on_an_array(change):
    def f(x):
        y = np.exp(x / 6)
        z = y
        z = change(z, x)
        return (y * z).sum()

    check(f, X)


def test_augmented_matmul():
    def f(x):
        y = np.sin(x)
        y @= np.array([[1.0, 2.0, 0.0], [0.0, 1.0, 3.0], [1.0, 0.0, 1.0]])
        return (y * x).sum()

    check(f, X)


def test_swaps_and_recurrences():
    def f(x):
        y = x.ravel() * 1.0
        y[0], y[-1] = y[-1], y[0]
        y[1:], y[:-1] = y[:-1] * 2, y[1:] * y[:-1]
        for i in range(1, 6):
            y[i] = y[i - 1] * y[i] / 4 + x[0, 1]
        return y.sum()

    check(f, X)


def test_what_was_recorded_before_a_write_keeps_the_old_values():
    def f(x):
        y = x * 2
        squares = y * y
        sines = np.sin(y)
        row = y[0]
        kept = row * row
        y[:] = x * x
        return (squares * sines).sum() + kept.sum() + (y * y).sum() + row.sum()

    check(f, X)


def test_writing_into_the_argument_changes_a_copy():
    def f(x):
        x[0] = x[1] * x[0]
        x *= x
        return x.sum()

    check(f, X)


def test_zero_dimensional_arrays():
    def f(x):
        y = x.reshape(())
        y[...] = y * y
        y += 5 * x[0]  # which y has changed
        return y * 3.0

    check(f, np.array([2.0]))

    def g(x):
        y = x.copy()
        y[()] = x * x
        y *= x
        return y * 1.0

    check(g, np.array(2.0))


def test_scalars_are_rebound():
    def f(x):
        s = x.sum()
        t = s
        s += 1.0
        w = x[0, 1]
        w *= 5.0
        return s * t + w * x[0, 1]

    check(f, X)


def test_a_scalar_cannot_be_written_into():
    with pytest.raises(TypeError):
        np.float64(1.0)[...] = 2.0
    for transform in (ad.grad, ad.derivative):
        with pytest.raises(InPlaceError, match="traced scalar") as caught:
            transform(lambda x: operator.setitem(x, ..., 2.0) or x)(1.0)
        assert "test_storage.py:" in str(caught.value)


# ---------------------------------------------------------------- views

VIEWS = {
    "row": lambda y: y[0],
    "slice": lambda y: y[:, ::-1],
    "newaxis": lambda y: y[None],
    "ellipsis": lambda y: y[...],
    "element of a list": lambda y: list(y)[1],
    "T": lambda y: y.T,
    "mT": lambda y: y.mT,
    "transpose": lambda y: np.transpose(y),
    "transpose by name": lambda y: np.transpose(a=y),
    "reshape": lambda y: y.reshape(3, 2),
    "swapaxes by name": lambda y: np.swapaxes(a=y, axis1=0, axis2=1),
    "ravel": lambda y: y.ravel(),
    "swapaxes": lambda y: y.swapaxes(0, 1),
    "moveaxis": lambda y: np.moveaxis(y, 0, 1),
    "rollaxis": lambda y: np.rollaxis(y, 1),
    "expand_dims": lambda y: np.expand_dims(y, 0),
    "squeeze": lambda y: np.squeeze(y[None]),
    "flip": lambda y: np.flip(y),
    "fliplr": lambda y: np.fliplr(y),
    "rot90": lambda y: np.rot90(y),
    "atleast_1d": lambda y: np.atleast_1d(y),
    "atleast_3d": lambda y: np.atleast_3d(y),
    "split": lambda y: np.split(y, 2)[0],
    "hsplit": lambda y: np.hsplit(y, 3)[1],
    "real": lambda y: y.real,
    "conj": lambda y: y.conj(),
    "astype without copy": lambda y: y.astype(float, copy=False),
    "view of a view": lambda y: y.T[1:][::-1].T[0].reshape(1, -1),
}
COPIES = {
    "copy": lambda y: y.copy(),
    "np.copy": lambda y: np.copy(y),
    "flatten": lambda y: y.flatten(),
    "astype": lambda y: y.astype(float),
    "positive": lambda y: +y,
    "index array": lambda y: y[[0]],
    "mask": lambda y: y[np.array([True, False])],
    "take": lambda y: np.take(y, [0], axis=0),
    "concatenate": lambda y: np.concatenate([y, y]),
    "stack": lambda y: np.stack([y])[0],
    "roll": lambda y: np.roll(y, 1),
    "ravel of a transpose": lambda y: y.T.ravel(),
    "np.conj": lambda y: np.conj(y),
    "clip": lambda y: np.clip(y, None, 100.0),
}


@pytest.fixture(params=["as used before", "first use"])
def first_use(request, monkeypatch):
    """Let a function be used for the first time in the process, or not."""
    if request.param == "first use":
        for engine in (Dual, Node):
            for function in list(engine.calls):
                monkeypatch.delitem(engine.calls, function)


@pytest.mark.parametrize("view", VIEWS.values(), ids=list(VIEWS))
def test_a_write_to_a_view_changes_the_array_and_the_other_way(first_use, view):
    def f(x):
        y = x * 1.5
        early = view(y)
        squares = early * early
        early *= 2.0 + x[0, 0]
        late = view(y)
        y[0, 0] = 7 * y[1, 1]
        late += x[1, 2]
        return (np.sin(y) * x).sum() + 3 * early.sum() + (late * late).sum() + squares.sum()

    assert np.shares_memory(view(X), X)
    check(f, X)


@pytest.mark.parametrize("copy", COPIES.values(), ids=list(COPIES))
def test_a_write_to_a_copy_leaves_the_array(first_use, copy):
    def f(x):
        y = x * 1.5
        z = copy(y)
        z *= x[0, 0]
        y[:] = y * y
        return (np.sin(y) * x).sum() + (z * z).sum()

    assert not np.shares_memory(copy(X), X)
    check(f, X)


def test_views_may_outlive_their_array():
    def f(x):
        v = (x * 2)[0][::-1]
        w = v[1:]
        w *= x[1, 0]
        return (v * v).sum()

    check(f, X)


def test_overlapping_views_read_before_they_are_written():
    def f(x):
        y = x.ravel() * 1.0
        y[1:] = y[:-1] * y[1:]
        y[:] = y[::-1] + x[0, 0]
        y[2:5] += y[0:3]
        return (y * y).sum()

    check(f, X)


def test_a_read_only_view_cannot_be_written_into():
    for view in (lambda x: np.broadcast_to(x, (2, 2, 3)), lambda x: x.diagonal()):
        with pytest.raises(ValueError, match="read-only"):
            view(X)[...] = 0.0
        for transform in (ad.grad, ad.jacfwd):
            with pytest.raises(ValueError, match="read-only"):
                transform(lambda x, view=view: operator.setitem(view(x), ..., 0.0) or x.sum())(X)


@pytest.mark.parametrize("part", [lambda z: z.real, lambda z: z.imag, np.real, np.imag])
def test_parts_of_complex_arrays_are_views(part):
    def f(x):
        z = x * (1.0 + 2.0j)
        p = part(z)
        z[0] = 3j * x[1]
        p[1] = p[0] * x[1]
        part(z[:, 1:])[...] *= 2.0
        part(z.T)[0] = x[0, 0]
        return (p * p).sum() + (np.abs(z) ** 2).sum()

    check(f, X)


def test_writes_of_an_inner_transform_stay_inside_it():
    def f(x):
        y = x * 1.0

        def inner(t):
            z = y * t
            z[0] = t * t * y[1]
            return z.sum()

        y[1] = y[0] * ad.grad(inner)(2.0)
        return (y * y).sum()

    check(f, X)


def test_values_of_an_inner_transform_are_written_into_an_outer_array():
    def f(x):
        y = x.ravel() * 1.0
        for i in range(3):
            y[i] = ad.derivative(lambda t, i=i: t * t * y[i + 1])(x[0, i])
        return (y * y).sum()

    check(f, X)


@pytest.mark.parametrize("outer", [ad.jacfwd, ad.jacrev])
@pytest.mark.parametrize("inner", [ad.jacfwd, ad.jacrev])
@pytest.mark.parametrize("x", [X[0], X.T], ids=["elements", "rows"])
def test_values_of_an_outer_transform_may_come_after_constants_of_it(outer, inner, x):
    def derivative(c):
        def f(y):
            u = np.zeros_like(y)
            u[0] = y[0]  # the memory of u holds plain numbers so far
            u[1] = y[1] * c[1]
            u[2] = u[1] + c[2]
            return u

        return inner(f)(x)

    expected = np.zeros((*x.shape, *x.shape, *x.shape))
    for j in np.ndindex(x.shape[1:]):
        expected[(1, *j, 1, *j, 1, *j)] = expected[(2, *j, 1, *j, 1, *j)] = 1.0
    np.testing.assert_array_equal(outer(derivative)(x), expected)


def test_a_plain_buffer_is_refused():
    def f(x):
        y = np.zeros_like(ad.value(x))
        y[0] = x[0]
        return y.sum()

    for transform in (ad.grad, ad.jacfwd):
        with pytest.raises(DetachError, match=r"test_storage\.py"):
            transform(f)(X)


def test_the_dtype_of_an_array_stays():
    def f(x):
        y = x.astype(np.float32)
        y[0] = np.ones(3) * x[1]
        y *= 2.0
        assert y.dtype == np.float32
        return y.sum()

    assert ad.grad(f)(X).tolist() == [[0.0] * 3, [4.0] * 3]
    assert ad.jacfwd(f)(X).tolist() == [[0.0] * 3, [4.0] * 3]
    with pytest.raises(TypeError, match="same_kind"):
        ad.grad(lambda x: operator.iadd(x, 1j).real.sum())(X)


def test_shapes_that_do_not_fit_are_numpys_error():
    for transform in (ad.grad, ad.jacfwd):
        with pytest.raises(ValueError, match="broadcast"):
            transform(lambda x: operator.setitem(x, 0, x) or x.sum())(X)
        with pytest.raises(IndexError):
            transform(lambda x: operator.setitem(x, 5, 1.0) or x.sum())(X)


def test_the_engines_by_hand():
    x = ad.Node(np.array([1.0, 2.0, 3.0]))
    y = x * x
    y[1] = 5 * x[0]
    y[2:] *= x[1]
    y.sum().backward()
    assert x.grad.data.tolist() == [7.0, 9.0, 12.0]
    d = ad.Dual(np.array([1.0, 2.0, 3.0]), np.array([1.0, 10.0, 100.0]))
    e = d * d
    e[1] = 5 * d[0]
    e[2:] *= d[1]
    assert e.value.tolist() == [1.0, 5.0, 18.0]
    assert e.tangent.tolist() == [2.0, 5.0, 1290.0]
