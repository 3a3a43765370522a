"""What every program that writes into arrays must satisfy: NumPy's values, its own derivative."""

import numpy as np

import adkit as ad

STEP = 1e-6


def on_plain_arrays(f, x):
    """Return what NumPy computes, on a copy of the argument in its own memory order."""
    return f(x.copy(order="K"))


def numerical_jacobian(f, x):
    """Return the Jacobian by central differences, as a matrix."""
    columns = []
    for e in np.eye(x.size).reshape(x.size, *x.shape):
        ahead, behind = (np.ravel(on_plain_arrays(f, x + s * e)) for s in (STEP, -STEP))
        columns.append((ahead - behind) / (2 * STEP))
    return np.stack(columns, axis=-1)


def loss_of(f):
    """Return a scalar function in which every element of a result counts, also twice."""

    def loss(x):
        y = f(x)
        return (np.sin(y) * y).sum()

    return loss


def check_program(f, x):
    """Check values, first derivatives in four ways and second ones in four nestings."""
    before = x.copy()
    expected = on_plain_arrays(f, x)
    for value in (ad.jvp(f, (x,), (np.ones_like(x),))[0], ad.vjp(f, x)[0]):
        assert type(value) is type(expected)
        assert np.asarray(value).dtype == np.asarray(expected).dtype
        assert np.array_equal(value, expected)
    numerical = numerical_jacobian(f, x)
    scale = np.abs(numerical).max(initial=1e-3)
    first = ad.jacfwd(f)(x).reshape(numerical.shape)
    np.testing.assert_allclose(first, numerical, rtol=1e-6, atol=1e-7 * scale)
    for way in (ad.jacrev(f), ad.jacfwd(f, chunk=1), ad.jacrev(f, chunk=1)):
        found = way(x).reshape(first.shape)
        np.testing.assert_allclose(found, first, rtol=1e-12, atol=1e-13 * scale)
    loss = loss_of(f)
    numerical = numerical_jacobian(ad.grad(loss), x)
    scale = np.abs(numerical).max(initial=1e-3)
    for outer in (ad.jacfwd, ad.jacrev):
        for inner in (ad.jacfwd, ad.jacrev):
            found = outer(inner(loss))(x).reshape(numerical.shape)
            np.testing.assert_allclose(found, numerical, rtol=1e-5, atol=1e-6 * scale)
    assert np.array_equal(x, before)
