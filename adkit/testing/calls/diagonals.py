"""Diagonals and triangles of matrices."""

from typing import Any

from adkit.testing.draws import Draw
from adkit.testing.sampling import sample

sample("numpy.linalg.diagonal", "numpy.linalg.trace")(
    lambda d: d.call(d.array(ndim=(2, 3)), **d.some(offset=[d.integer(-3, 3)]))
)
sample("numpy.diag")(lambda d: d.call(d.array(ndim=(1, 2)), **d.some(k=[d.integer(-3, 3)])))
sample("numpy.diagflat")(lambda d: d.call(d.array(ndim=(0, 2)), **d.some(k=[d.integer(-3, 3)])))
sample("numpy.tril", "numpy.triu")(
    lambda d: d.call(d.array(ndim=(1, 3)), **d.some(k=[d.integer(-3, 3)]))
)


@sample("numpy.diagonal", "numpy.trace")
def _(d: Draw) -> Any:
    x = d.array(ndim=(2, 3))
    if d.flag():
        return d.call(x, **d.some(offset=[d.integer(-3, 3)]))
    return d.call(x, d.integer(-3, 3), *d.several_axes(x.ndim, 2))
