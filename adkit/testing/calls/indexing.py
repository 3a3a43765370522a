"""Reading elements and writing them into zeros; casts."""

from typing import Any

import numpy as np

from adkit.testing.draws import Draw
from adkit.testing.sampling import sample


@sample("adkit.common.ops.indexing._getitem")
def _(d: Draw) -> Any:
    x = d.array()
    return d.call(x, d.index(x.shape))


@sample("adkit.common.ops.indexing._scatter")
def _(d: Draw) -> Any:
    shape = d.shape()
    index = d.index(shape)
    lead = d.shape(0, 2, shortest=1)
    return d.call(d.array((*lead, *np.empty(shape)[index].shape)), index, shape, len(lead))


@sample("adkit.common.ops.casting._kept")
def _(d: Draw) -> Any:
    return d.call(d.array(), np.dtype(d.choose(*"dDgGf")))
