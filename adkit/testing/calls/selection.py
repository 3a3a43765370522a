"""Elements picked, repeated or left out."""

import math
from typing import Any

import numpy as np

from adkit.testing.draws import Draw
from adkit.testing.sampling import sample


@sample("numpy.take")
def _(d: Draw) -> Any:
    x = d.array(ndim=(1, 3), shortest=1)
    axis = d.choose(None, d.axis(x))
    n = x.size if axis is None else x.shape[axis]
    mode = d.choose("raise", "wrap", "clip")
    low, high = (-n, n) if mode == "raise" else (-2 * n, 2 * n)
    indices = d.integers(d.shape(0, 2), low, high)
    return d.call(
        x, d.choose(indices, indices.tolist()), axis, **d.some(mode=[mode]) or {"mode": mode}
    )


@sample("numpy.take_along_axis")
def _(d: Draw) -> Any:
    x = d.array(ndim=(1, 3), shortest=1)
    axis = d.axis(x)
    shape = list(x.shape)
    shape[axis] = d.choose(x.shape[axis], 0, 1, 2, 3)
    return d.call(x, d.integers(tuple(shape), 0, x.shape[axis]), axis)


@sample("numpy.compress")
def _(d: Draw) -> Any:
    x = d.array(ndim=(1, 3))
    axis = d.choose(None, d.axis(x))
    return d.call(d.mask((x.size if axis is None else x.shape[axis],)), x, axis)


sample("numpy.extract")(lambda d: d.call(d.mask((2, 3)), d.array((2, 3))))


@sample("numpy.repeat")
def _(d: Draw) -> Any:
    x = d.array(ndim=(0, 3))
    axis = d.axis(x) if x.ndim and d.flag() else None
    n = x.size if axis is None else x.shape[axis]
    return d.call(x, d.choose(d.integer(0, 3), d.integers((n,), 0, 3)), axis)


sample("numpy.tile")(lambda d: d.call(d.array(), d.choose(2, (2,), (2, 1), (1, 2, 3), (0, 2), ())))
sample("numpy.delete")(lambda d: d.call(d.array((4, 3)), d.choose(1, [0, -1], slice(1)), axis=0))
sample("numpy.delete")(lambda d: d.call(d.array(ndim=(1, 2), shortest=3), d.choose(0, [1, 2])))
sample("numpy.insert")(lambda d: d.call(d.array((4,)), d.choose(1, [0, 3]), d.array(())))
sample("numpy.insert")(lambda d: d.call(d.array((3, 2)), d.choose(1, -1), d.array((2,)), axis=0))
sample("numpy.insert")(lambda d: d.call(d.array((3, 2)), [0, 2], d.array((3, 2)), axis=1))
sample("numpy.meshgrid")(
    lambda d: d.call(
        *[d.array(ndim=1) for _ in range(d.integer(1, 3))],
        **d.some(indexing=["ij", "xy"], sparse=[True, False]),
    )
)


@sample("numpy.resize")
def _(d: Draw) -> Any:
    x = d.array()
    shape = d.shape()
    return d.call(x, shape if x.size or not math.prod(shape) else (0,))


@sample("numpy.lib.stride_tricks.sliding_window_view")
def _(d: Draw) -> Any:
    x = d.array((4, 3))
    return d.call(x, d.choose((2, 2), (4, 1), (1, 3)))


sample("numpy.lib.stride_tricks.sliding_window_view")(
    lambda d: d.call(d.array((4, 3)), d.choose(2, 3), axis=d.choose(1, -1))
)


@sample("numpy.pad")
def _(d: Draw) -> Any:
    x = d.array(ndim=(1, 2), shortest=2)
    width = d.choose(1, (1, 2), ((0, 1),) * x.ndim)
    mode = d.choose("constant", "edge", "reflect", "symmetric", "wrap", "linear_ramp", "mean")
    extra = {}
    if mode in ("reflect", "symmetric"):
        extra = d.some(reflect_type=["even", "odd"])
    if mode == "constant":
        extra = d.some(constant_values=[3, (1, 2)])
    if mode == "mean":
        extra = d.some(stat_length=[1, 2])
    if mode == "linear_ramp":
        extra = d.some(end_values=[1.5])
    return d.call(x, width, mode, **extra)


sample("numpy.pad", dtypes="fdg")(
    lambda d: d.call(d.distinct((3, 4)), 1, d.choose("maximum", "minimum", "median"))
)
sample("adkit.common.ops.padding._pad")(
    lambda d: d.call(d.array((3, 4)), (2, 1), d.choose("linear_ramp", "wrap", "mean"), {})
)
if np.lib.NumpyVersion(np.__version__) >= "2.4.0":  # older ones take no dict
    sample("numpy.pad")(lambda d: d.call(d.array((2, 3)), {d.choose(0, -1): d.choose(1, (1, 2))}))
