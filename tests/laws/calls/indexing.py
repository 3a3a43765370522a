"""Reading elements and writing them into zeros; casts."""

import numpy as np

from tests.laws.sampling import sample


@sample("adkit.common.ops.indexing._getitem")
def _(d):
    x = d.array()
    return d.call(x, d.index(x.shape))


@sample("adkit.common.ops.indexing._scatter")
def _(d):
    shape = d.shape()
    index = d.index(shape)
    lead = d.shape(0, 2, shortest=1)
    return d.call(d.array((*lead, *np.empty(shape)[index].shape)), index, shape, len(lead))


@sample("adkit.common.ops.casting._kept")
def _(d):
    return d.call(d.array(), np.dtype(d.choose(*"dDgGf")))
