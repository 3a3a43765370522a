"""Sums, means, products, extremes, variances and running sums."""

from typing import Any

import numpy as np

from adkit.testing.draws import Draw
from adkit.testing.sampling import sample


def _wider(d: Any) -> Any:
    """Return a dtype to compute in."""
    return d.choose(*"DG") if d.dtype.kind == "c" else d.choose(*"dg")


@sample("numpy.sum")
def _(d: Draw) -> Any:
    x = d.array()
    return d.call(
        x,
        **d.some(
            axis=[d.axes(x)],
            keepdims=[True, False],
            dtype=[_wider(d)],
            initial=[1.5],
            where=[d.rng.random(d.partner(x.shape)) < 0.6],
        ),
    )


@sample("numpy.prod")
def _(d: Draw) -> Any:
    x = d.array()
    x = d.spoiled(x, 0) if d.flag() else x
    options = d.some(dtype=[_wider(d)], initial=[1.5], where=[d.rng.random(x.shape) < 0.6])
    return d.call(x, **d.some(axis=[d.axes(x)], keepdims=[True, False]), **options)


@sample("numpy.mean")
def _(d: Draw) -> Any:
    x, axis = d.reducible()
    where = d.mask(x.shape, axis)
    return d.call(x, axis, **d.some(dtype=[_wider(d)], keepdims=[True], where=[where]))


@sample("numpy.max", "numpy.min", "numpy.amax", "numpy.amin", "numpy.ptp", dtypes="fdg")
def _(d: Draw) -> Any:
    x = d.distinct(shortest=1)
    return d.call(x, **d.some(axis=[d.axes(x)], keepdims=[True]))


@sample("numpy.max", "numpy.min", "numpy.amax", "numpy.amin", dtypes="fdg")
def _(d: Draw) -> Any:
    x = d.distinct()
    where = d.rng.random(x.shape) < 0.6
    return d.call(x, d.axes(x), initial=d.choose(-5.0, 0.04, 5.0), **d.some(where=[where]))


@sample("numpy.nanmax", "numpy.nanmin", dtypes="fdg")
def _(d: Draw) -> Any:
    x = d.distinct(shortest=1)
    axis = d.axes(x)
    mask = d.mask(x.shape, axis)
    options = d.some(keepdims=[True], where=[mask], initial=[-5.0, 0.04, 5.0])
    if "where" in options:
        options["initial"] = 0.04
    return d.call(d.spoiled(x, np.nan, axis), axis=axis, **options)


@sample("numpy.var", "numpy.std")
def _(d: Draw) -> Any:
    x, axis = d.reducible(2, keep=True, ndim=(1, 3))
    where = d.mask(x.shape, axis)
    spread = d.some(ddof=[1, 0.5]) or d.some(correction=[1])
    mean = np.mean(x, axis, keepdims=True)
    return d.call(x, axis, **spread, **d.some(keepdims=[True], where=[where], mean=[mean]))


sample("numpy.var", "numpy.std")(
    lambda d: d.call(d.array(ndim=(1, 2), shortest=2, keep=True), dtype=_wider(d))
)


@sample("numpy.average")
def _(d: Draw) -> Any:
    x = d.array(ndim=(1, 3), shortest=1)
    axis = d.axis(x)
    weights = d.rng.uniform(0.5, 1, d.choose(x.shape, (x.shape[axis],)))
    return d.call(x, axis, **d.some(weights=[weights], returned=[True], keepdims=[True]))


sample("numpy.average")(lambda d: d.call(d.array(shortest=1), **d.some(returned=[True])))


@sample("numpy.nansum", "numpy.nanprod")
def _(d: Draw) -> Any:
    x = d.spoiled(d.array(), np.nan)
    return d.call(x, **d.some(axis=[d.axes(x)], keepdims=[True], initial=[2.0]))


@sample("numpy.nanmean", "numpy.nanvar", "numpy.nanstd")
def _(d: Draw) -> Any:
    x, axis = d.reducible(2, keep=True, ndim=(1, 3))
    return d.call(d.spoiled(x, np.nan, axis), axis, **d.some(keepdims=[True]))


@sample("adkit.common.ops.recurrences._recurrence")
def _(d: Draw) -> Any:
    x = d.array(ndim=(1, 2))
    return d.call(x, d.array(x.shape))


sample(
    "adkit.common.ops.recurrences._others_of_any_size",
)(lambda d: d.call(d.array(ndim=(1, 3))))


@sample("numpy.cumsum", "numpy.cumprod")
def _(d: Draw) -> Any:
    x = d.array()
    x = d.spoiled(x, 0) if d.flag() else x
    axis = d.axis(x) if x.ndim and d.flag() else None
    return d.call(x, axis, **d.some(dtype=[_wider(d)]))


@sample("numpy.diff")
def _(d: Draw) -> Any:
    x = d.array(ndim=(1, 3), shortest=1)
    axis = d.axis(x)
    edge = d.choose(1.5, np.ones_like(np.take(x, [0], axis)))
    return d.call(x, d.choose(1, 2, 0), axis, **d.some(prepend=[edge], append=[edge]))


@sample("numpy.trapezoid")
def _(d: Draw) -> Any:
    y = d.array(ndim=(1, 3), shortest=1)
    axis = d.axis(y)
    x = d.choose(None, d.array((y.shape[axis],)), d.array(y.shape))
    return d.call(y, x, d.choose(1.0, 0.5), axis)


@sample("adkit.common.ops.accumulations._spaced")
def _(d: Draw) -> Any:
    y = d.array(ndim=(1, 3), shortest=2)
    return d.call(y, d.array(()), d.axis(y))


@sample("adkit.common.ops.casting._written_into", dtypes="fd")
def _(d: Draw) -> Any:
    x = d.array(ndim=(1, 2), shortest=2)
    return d.call(np.var, x, (0,), {}, x.shape[1:], _wider(d))
