"""Functions that NumPy applies to parts of an array."""

from typing import Any

import numpy as np

from adkit.testing.draws import Draw
from adkit.testing.sampling import sample


@sample("numpy.piecewise")
def _(d: Draw) -> Any:
    x = d.array()
    first, second = d.mask(x.shape, share=0.4), d.mask(x.shape, share=0.4)
    functions = [np.sin, lambda v: v * v, *d.choose((), (np.exp,))]
    return d.call(x, [first, second], functions)


@sample("numpy.apply_along_axis")
def _(d: Draw) -> Any:
    x = d.array(ndim=(1, 3), shortest=1)
    function = d.choose(np.sum, np.cumsum, np.diagflat)
    return d.call(function, d.axis(x), x)


@sample("numpy.apply_over_axes")
def _(d: Draw) -> Any:
    x = d.array(ndim=(1, 3))
    return d.call(d.choose(np.sum, np.cumsum), x, d.choose(d.axis(x), list(range(x.ndim))))
