"""Linear interpolation, and finite differences of samples."""

from typing import Any

import numpy as np

from adkit.testing.draws import Draw
from adkit.testing.sampling import sample


def _points(d: Draw) -> Any:
    """Return points in order, values there, and places away from the points."""
    xp = np.arange(d.choose(3, 1, 2)) + d.rng.uniform(0.2, 0.4)
    fp = d.array(xp.shape)
    x = d.integers(d.shape(0, 2), -1, 6) + d.rng.uniform(0.7, 0.9)
    return d.laid(np.asarray(x)), d.laid(xp, keep=True), fp


@sample("numpy.interp", dtypes="dD", reach=0.05)
def _(d: Draw) -> Any:
    x, xp, fp = _points(d)
    ends = d.numbers((2,))
    return d.call(x, xp, fp, **d.some(left=[ends[0]], right=[ends[1]], period=[5.5]))


@sample("adkit.common.ops.interpolation._interp", dtypes="dD", reach=0.05)
def _(d: Draw) -> Any:
    x, xp, fp = _points(d)
    ends = d.numbers((2,))
    return d.call(x, xp, fp, d.choose(ends[0], None), d.choose(ends[1], None), None)


@sample("numpy.gradient")
def _(d: Draw) -> Any:
    order = d.choose(1, 2)
    x = d.array(ndim=(1, 3), shortest=order + 1, keep=True)  # of equal ones all cancels
    axis = d.choose(None, d.axis(x), d.several_axes(x.ndim, 1 + d.integer(0, x.ndim - 1)))
    axes = range(x.ndim) if axis is None else np.ravel(axis)
    grids = [np.arange(x.shape[i]) + d.rng.uniform(0, 0.5, x.shape[i]) for i in axes]
    spacing = d.choose((), (0.5,), tuple(grids), (0.5,) * len(axes))
    return d.call(x, *spacing, axis=axis, edge_order=order)


@sample("adkit.common.ops.differences._change", "adkit.common.ops.differences._difference")
def _(d: Draw) -> Any:
    x = d.array(ndim=(1, 3), shortest=2)
    return d.call(x, d.axis(x) % x.ndim - x.ndim)


@sample("adkit.common.ops.differences._spread")
def _(d: Draw) -> Any:
    x = d.array(ndim=(1, 3))
    axis = d.axis(x) % x.ndim - x.ndim
    return d.call(x, axis, x.shape[axis] + 1 if x.shape[axis] else d.choose(0, 1))


@sample("numpy.ediff1d")
def _(d: Draw) -> Any:
    return d.call(d.array(), *d.choose((), (d.array(()),), (d.array((2,)), d.array((3,)))))
