"""Sorted arrays, and what a ufunc writes."""

from typing import Any

import numpy as np

from adkit.testing.draws import Draw
from adkit.testing.sampling import sample


def _distinct(x: Any) -> Any:
    """Return an array without equal elements."""
    return x + (3 * np.random.default_rng(x.size).permutation(x.size).reshape(x.shape)).astype(
        x.dtype
    )


@sample("numpy.sort")
def _(d: Draw) -> Any:
    x = _distinct(d.array(ndim=(1, 2)))
    return d.call(x, **d.some(axis=[None, d.axis(x)], kind=["quicksort", "stable"]))


@sample("numpy.sort_complex")
def _(d: Draw) -> Any:
    return d.call(_distinct(d.array(ndim=(1, 2))))


@sample("numpy.lexsort", dtypes="fdg")
def _(d: Draw) -> Any:
    x = d.distinct((3, 4))
    return d.call(tuple(x) if d.flag() else x, **d.some(axis=[0 if d.flag() else -1]))


@sample("numpy.partition", "numpy.argpartition")
def _(d: Draw) -> Any:
    # of two elements: in longer arrays NumPy's order depends on the dtype
    x = _distinct(d.array((d.integer(0, 3), 2)))
    return d.call(x, d.integer(-2, 1), d.choose(-1, 1))


@sample("adkit.common.ops.ordering._rearranged", "adkit.common.ops.ordering._put_back")
def _(d: Draw) -> Any:
    x = d.array(ndim=(1, 3))
    axis = d.axis(x) % x.ndim - x.ndim
    return d.call(x, np.argsort(d.rng.random(x.shape), axis), axis)


sample("adkit.common.ops.ordering._has_ties", "adkit.common.ops.ordering._sorted_order")(
    lambda d: d.call(x := d.array(ndim=(1, 3)), d.axis(x))
)


@sample("adkit.common.ops.ordering._sorted")
def _(d: Draw) -> Any:
    x = _distinct(d.array(ndim=(1, 3)))
    axis = d.axis(x) % x.ndim - x.ndim
    return d.call(x, np.argsort(x, axis, kind="stable"), axis, "stable", None)


sample("adkit.common.ops.ordering._partition_order")(
    lambda d: d.call(x := d.array(ndim=(1, 3), shortest=1), 0, d.axis(x), "introselect")
)


@sample("adkit.common.ops.writing._into_masked")
def _(d: Draw) -> Any:
    target = d.array()
    mask = d.mask(d.partner(target.shape))
    ufunc = d.choose(np.multiply, np.sin)
    operands = [d.array(d.partner(target.shape)) for _ in range(ufunc.nin)]
    return d.call(ufunc, mask, target, *operands)


@sample("adkit.common.ops.writing._accumulated")
def _(d: Draw) -> Any:
    x = d.array(ndim=1, shortest=1)
    ufunc = d.choose(np.add, np.subtract, np.multiply, np.negative)
    count = d.integer(0, 4)
    operands = [d.array((count,)) for _ in range(ufunc.nin - 1)]
    return d.call(ufunc, x, d.integers((count,), 0, x.size), *operands)
