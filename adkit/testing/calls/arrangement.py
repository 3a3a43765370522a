"""The same elements in another shape or order of axes."""

from typing import Any

from adkit.testing.draws import Draw
from adkit.testing.sampling import sample


@sample("numpy.reshape")
def _(d: Draw) -> Any:
    x = d.array()
    return d.call(x, d.reshaping(x.size), **d.some(order=[*"CFA"]))


sample("numpy.ravel")(lambda d: d.call(d.array(), **d.some(order=[*"CFAK"])))
sample("numpy.copy", "numpy.matrix_transpose", "numpy.linalg.matrix_transpose", "numpy.fliplr")(
    lambda d: d.call(d.array(ndim=(2, 3)))
)
sample("numpy.copy", "numpy.transpose")(lambda d: d.call(d.array()))
sample("numpy.ix_")(lambda d: d.call(*[d.array(ndim=1) for _ in range(d.integer(1, 3))]))
sample("numpy.flipud")(lambda d: d.call(d.array(ndim=(1, 3))))
sample("numpy.atleast_1d", "numpy.atleast_2d", "numpy.atleast_3d")(
    lambda d: d.call(*[d.array() for _ in range(d.integer(1, 2))])
)


@sample("numpy.expand_dims")
def _(d: Draw) -> Any:
    x = d.array(ndim=(0, 2))
    axis = d.integer(-x.ndim - 1, x.ndim)
    return d.call(x, axis if d.flag() else (0, x.ndim + 1))


@sample("numpy.squeeze")
def _(d: Draw) -> Any:
    x = d.array(tuple(d.choose(1, 3, 1) for _ in range(d.integer(0, 3))))
    single = tuple(i for i, n in enumerate(x.shape) if n == 1)
    return d.call(x, **d.some(axis=[single, *single, *[i - x.ndim for i in single]]))


@sample("numpy.broadcast_to")
def _(d: Draw) -> Any:
    shape = d.shape()
    return d.call(d.array(d.partner(shape)), shape)


@sample("numpy.broadcast_arrays")
def _(d: Draw) -> Any:
    shape = d.shape()
    return d.call(d.array(d.partner(shape)), d.array(shape), d.array(d.partner(shape)))


@sample("numpy.transpose")
def _(d: Draw) -> Any:
    x = d.array()
    return d.call(x, d.several_axes(x.ndim, x.ndim))


@sample("numpy.swapaxes")
def _(d: Draw) -> Any:
    x = d.array(ndim=(1, 3))
    return d.call(x, d.axis(x), d.axis(x))


@sample("numpy.moveaxis")
def _(d: Draw) -> Any:
    x = d.array(ndim=(1, 3))
    if d.flag():
        return d.call(x, d.axis(x), d.axis(x))
    source = d.several_axes(x.ndim)
    return d.call(x, source, d.several_axes(x.ndim, len(source)))


@sample("numpy.rollaxis")
def _(d: Draw) -> Any:
    x = d.array(ndim=(1, 3))
    return d.call(x, d.axis(x), **d.some(start=[d.integer(-x.ndim, x.ndim)]))


@sample("numpy.flip")
def _(d: Draw) -> Any:
    x = d.array()
    return d.call(x, **d.some(axis=[d.axes(x)]))


@sample("numpy.roll")
def _(d: Draw) -> Any:
    x = d.array()
    axis = d.axes(x)
    several = isinstance(axis, tuple) and d.flag()
    shift = tuple(d.integer(-4, 4) for _ in axis) if several else d.integer(-4, 4)
    return d.call(x, shift, axis)


@sample("numpy.rot90")
def _(d: Draw) -> Any:
    x = d.array(ndim=(2, 3))
    return d.call(x, **d.some(k=[d.integer(-2, 5)], axes=[d.several_axes(x.ndim, 2)]))
