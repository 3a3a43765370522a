"""Running sums and products of the array API, and those that leave out nans."""

from typing import Any

import numpy as np

from adkit.testing.draws import Draw
from adkit.testing.sampling import sample


@sample("numpy.cumulative_sum", "numpy.cumulative_prod")
def _(d: Draw) -> Any:
    x = d.array(ndim=(1, 3))
    options = {"axis": d.axis(x)} if x.ndim > 1 else d.some(axis=[0, -1])
    return d.call(d.spoiled(x, 0) if d.flag() else x, **options, **d.some(include_initial=[True]))


@sample("numpy.nancumsum", "numpy.nancumprod")
def _(d: Draw) -> Any:
    x = d.spoiled(d.array(), d.choose(np.nan, 0))
    axis = d.axis(x) if x.ndim and d.flag() else None
    return d.call(x, axis)
