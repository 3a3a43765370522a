"""Rounding, searching and counting: no derivative."""

from typing import Any

import numpy as np

from adkit.testing.sampling import sample


def _between_halves(d: Any, shape: Any) -> Any:
    """Return numbers away from where rounding jumps."""
    return (d.integers(shape, -6, 7) / 2 + d.rng.uniform(0.1, 0.4, shape)).astype(d.dtype)


sample("numpy.fix", dtypes="fdg")(lambda d: d.call(d.laid(_between_halves(d, d.shape()))))
sample("numpy.round", "numpy.around", dtypes="fdg")(
    lambda d: d.call(d.laid(_between_halves(d, d.shape())), **d.some(decimals=[0]))
)
sample("numpy.round", "numpy.around", dtypes="fdg")(
    lambda d: d.call(d.laid(_between_halves(d, d.shape()) * 100), -2)
)
sample("numpy.any", "numpy.all", "numpy.count_nonzero")(
    lambda d: d.call(x := d.array(), **d.some(axis=[d.axes(x)], keepdims=[True]))
)
sample("numpy.nonzero", "numpy.argwhere")(lambda d: d.call(d.array(ndim=(1, 3))))
sample("numpy.flatnonzero")(lambda d: d.call(d.array()))
sample("numpy.argmax", "numpy.argmin", "numpy.nanargmax", "numpy.nanargmin", dtypes="fdg")(
    lambda d: d.call(x := d.distinct(ndim=(1, 3), shortest=1), **d.some(axis=[d.axis(x)]))
)
sample("numpy.argsort", dtypes="fdg")(
    lambda d: d.call(x := d.distinct(ndim=(1, 3)), **d.some(axis=[d.axis(x)], kind=["stable"]))
)
sample("numpy.searchsorted", dtypes="fdg")(
    lambda d: d.call(np.sort(d.distinct((4,))), d.array((3,)), **d.some(side=["right"]))
)
sample("numpy.digitize", dtypes="fd")(lambda d: d.call(d.array((3,)), np.sort(d.distinct((4,)))))
