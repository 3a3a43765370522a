"""Dense derivatives, against which patterns and sparse values are compared."""

import numpy as np

import adkit as ad
from adkit.common.directions import total_size, unit_directions
from adkit.common.flat import FlatFunction
from adkit.forward.pushforward import pushforward

DOUBLE = float(np.finfo(float).eps)


def dense_jacobian(f, args, argnums=0):
    """Return the derivatives of all elements of results in real unit directions."""
    flat = FlatFunction(f, args, argnums)
    n = total_size(flat.leaves)
    values, pushed = pushforward(flat, flat.leaves, unit_directions(flat.leaves, 0, n), n)
    if not n or not values:
        return np.zeros((sum(map(np.size, values)), n))
    return np.concatenate([np.asarray(t).reshape(n, -1).T for t in pushed])


def dense_hessian(f, x):
    return ad.hessian(f)(x).reshape(x.size, x.size)


def at_random_points(derivative, n, count=4):
    """Return dense matrices at points, as one array."""
    points = [np.random.default_rng(k).uniform(0.5, 1.5, n) for k in range(count)]
    return np.stack([derivative(x) for x in points])


def union(matrices):
    """Return where one of several matrices is not zero."""
    return (matrices != 0).any(axis=0)


def varying(matrices):
    """Return where several matrices differ by more than rounding."""
    spread = np.ptp(matrices, axis=0)
    return spread > 1e-9 * np.abs(matrices).max(axis=0) + 1e-12 * np.abs(matrices).max()


def assert_same_places(pattern, places):
    np.testing.assert_array_equal(pattern.to_dense(), places)


def assert_close(found, expected, eps=DOUBLE):
    """Compare normwise, with room for sums in another order."""
    scale = np.abs(expected).max(initial=0)
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e4 * eps * scale)
