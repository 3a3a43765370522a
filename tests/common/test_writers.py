"""Functions that write into traced arrays: NumPy's values, and the derivative of them.

Gradients are of the sum of squares, so that every element counts; in both modes.
"""

import numpy as np
import pytest

import adkit as ad
from adkit.common.errors import InPlaceError

X = np.array([1.0, 2.0, 3.0, 4.0])
PROGRAMS = {}


def program(f):
    PROGRAMS[f.__name__] = f
    return f


@program
def out(x):
    y = x * 1.0
    returned = np.multiply(x, x[::-1], out=y)
    assert returned is y
    return y


@program
def out_where(x):
    y = x * 1.0
    np.exp(x, where=x > 2.5, out=y)
    return y


@program
def out_of_nobody(x):
    return np.sqrt(x, where=x > 2.5, out=np.zeros(4))


@program
def copyto(x):
    y = x * 3.0
    np.copyto(y, x[::-1])
    np.copyto(y, x * x, where=x > 3.5)
    return y


@program
def put(x):
    y = x.reshape(2, 2) * 2.0
    np.put(y, [3, 0, 3], x[:2] * 5.0)
    y.put([1], x[3])
    return y


@program
def putmask(x):
    y = x * 2.0
    np.putmask(y, x > 1.5, x[:3] * 7.0)
    return y


@program
def place(x):
    y = x * 2.0
    np.place(y, x > 1.5, x[:2] * 7.0)
    return y


@program
def put_along_axis(x):
    y = x.reshape(2, 2) * 2.0
    np.put_along_axis(y, np.array([[1], [0]]), x[2:].reshape(2, 1) * 3.0, axis=1)
    np.put_along_axis(y, np.array([2]), x[0], axis=None)
    return y


@program
def fill_diagonal(x):
    y = np.outer(x, x)
    np.fill_diagonal(y, x[:3])
    tall = np.outer(np.arange(7.0), x[:2])
    np.fill_diagonal(tall, x[1], wrap=True)
    return np.concatenate([y.ravel(), tall.ravel()])


@program
def add_at(x):
    y = x * 1.0
    np.add.at(y, [0, 0, 3], x[:3])
    np.multiply.at(y, [1, 1], x[2])
    np.negative.at(y, [2])
    np.subtract.at(y, slice(0, 2), x[0])
    return y


@program
def fill(x):
    y = x * 1.0
    y.fill(x[2])
    y[0] = x[3]
    return y


@program
def sort(x):
    y = np.stack([x * (3.3 - x), -x])
    y.sort()
    y.sort(axis=0)
    return y * np.arange(1.0, 5.0)


@program
def partition(x):
    y = x * (3.3 - x)
    y.partition(2)
    return y[:2].sum() * y[2]


@program
def flat(x):
    y = x.reshape(2, 2).T * 1.0
    y.flat[1] = x[3] * x[0]
    y.flat[2:] = x[:1]
    return np.stack([*y.flat]) * y.flat[1]


@program
def likenesses(x):
    y, z, w = np.zeros_like(x), np.empty(4, like=x), np.ones_like(x, shape=(2,))
    y[1:] = x[:-1]
    z[:] = x * x
    w[0] = x[0] * x[1]
    return y.sum() * z.sum() * w.sum()


@pytest.mark.parametrize("f", PROGRAMS.values(), ids=list(PROGRAMS))
def test_values_and_derivatives(f):
    def plain(x):
        return f(x.copy())

    value, pullback = ad.vjp(f, X)
    assert np.array_equal(value, plain(X))
    assert np.array_equal(ad.jvp(f, (X,), (np.ones(4),))[0], plain(X))
    step = 1e-6
    columns = [(plain(X + step * e) - plain(X - step * e)) / (2 * step) for e in np.eye(4)]
    expected = np.stack(columns, axis=-1)
    assert ad.jacfwd(f)(X) == pytest.approx(expected, rel=1e-7, abs=1e-7)
    assert np.allclose(ad.jacrev(f)(X), ad.jacfwd(f)(X), rtol=1e-14, atol=1e-13)
    assert pullback(np.ones(np.shape(value)))[0] == pytest.approx(
        expected.reshape(-1, 4).sum(0), rel=1e-7, abs=1e-7
    )


@pytest.mark.parametrize("f", PROGRAMS.values(), ids=list(PROGRAMS))
def test_second_derivatives_agree_in_all_nestings(f):
    def loss(x):
        return (f(x) ** 2).sum()

    hessian = ad.jacfwd(ad.jacrev(loss))(X)
    assert np.allclose(hessian, hessian.T, rtol=1e-12, atol=1e-10)
    for outer in (ad.jacfwd, ad.jacrev):
        for inner in (ad.jacfwd, ad.jacrev):
            assert np.allclose(outer(inner(loss))(X), hessian, rtol=1e-12, atol=1e-10)


def test_a_buffer_that_nothing_traced_was_written_into_is_constant():
    def f(x):
        buffer = np.zeros_like(x)
        buffer[:] = 2.0
        return (x * buffer).sum()

    assert ad.grad(f)(X).tolist() == [2.0] * 4
    assert ad.jacfwd(f)(X).tolist() == [2.0] * 4


def test_likenesses_of_whole_numbers_are_plain():
    def f(x):
        index = np.zeros_like(x, dtype=int)
        index[:] = 1
        return x[index].sum()

    assert ad.grad(f)(X).tolist() == [0.0, 4.0, 0.0, 0.0]


@pytest.mark.parametrize(
    "write",
    [
        lambda z, x: np.copyto(z, x),
        lambda z, x: np.put(z, [0], x[0]),
        lambda z, x: np.putmask(z, z == 0, x),
        lambda z, x: np.add.at(z, [0], x[0]),
        lambda z, x: np.add(x, 1.0, out=z),
        lambda z, x: z.__iadd__(x),
    ],
)
def test_a_traced_value_is_not_written_into_a_plain_array(write):
    def f(x):
        z = np.zeros(4)
        write(z, x)
        return z.sum()

    for transform in (ad.grad, ad.jacfwd):
        with pytest.raises(InPlaceError, match=r"test_writers\.py:"):
            transform(f)(X)
