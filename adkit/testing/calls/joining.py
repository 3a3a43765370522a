"""Arrays joined into one, and one taken apart."""

from typing import Any

from adkit.testing.draws import Draw
from adkit.testing.sampling import sample


def _along(d: Any, shape: Any, axis: Any) -> Any:
    """Return one to three arrays that differ in length along an axis only."""
    arrays = []
    for _ in range(d.integer(1, 3)):
        lengths = list(shape)
        lengths[axis] = d.integer(0, 3)
        arrays.append(d.array(tuple(lengths)))
    return arrays


@sample("numpy.concatenate")
def _(d: Draw) -> Any:
    if d.integer(0, 3) == 3:
        return d.call([d.array() for _ in range(d.integer(1, 3))], axis=None)
    shape = d.shape(1)
    axis = d.integer(-len(shape), len(shape) - 1)
    parts = _along(d, shape, axis)
    return d.call(tuple(parts) if d.flag() else parts, axis)


@sample("numpy.stack")
def _(d: Draw) -> Any:
    shape = d.shape()
    arrays = [d.array(shape) for _ in range(d.integer(1, 3))]
    return d.call(arrays, **d.some(axis=[d.integer(-len(shape) - 1, len(shape))]))


sample("numpy.vstack", "numpy.dstack")(lambda d: d.call(_along(d, d.shape(3), 0)[:1] * 2))
sample("numpy.vstack")(lambda d: d.call(_along(d, d.shape(2), 0)))
sample("numpy.hstack")(lambda d: d.call(_along(d, d.shape(2), 1)))
sample("numpy.hstack", "numpy.vstack", "numpy.dstack", "numpy.column_stack")(
    lambda d: d.call([d.array((3,)), d.array((3,))])
)
sample("numpy.hstack", "numpy.vstack", "numpy.dstack")(lambda d: d.call([d.array(()), d.array(())]))
sample("numpy.column_stack")(lambda d: d.call([d.array((3,)), d.array((3, d.integer(0, 2)))]))


@sample("numpy.append")
def _(d: Draw) -> Any:
    if d.flag():
        return d.call(d.array(), d.array())
    shape = d.shape(1)
    parts = _along(d, shape, 0)
    return d.call(parts[0], parts[-1], axis=0)


@sample("numpy.array_split")
def _(d: Draw) -> Any:
    x = d.array(ndim=(1, 3))
    return d.call(x, d.choose(d.integer(1, 4), [1], [1, 3], [2, 1, -1]), **d.some(axis=[d.axis(x)]))


@sample("numpy.split")
def _(d: Draw) -> Any:
    axis = d.integer(0, 1)
    parts = d.choose(1, 2, 3)
    shape = (2 * parts, 3) if axis == 0 else (2, parts)
    return d.call(d.array(shape), d.choose(parts, [1, 2]), axis - d.choose(0, 2))


sample("numpy.vsplit")(lambda d: d.call(d.array((4, 3)), d.choose(2, [1], [3, 1])))
sample("numpy.hsplit")(lambda d: d.call(d.array(d.choose((4,), (2, 4))), d.choose(2, [1, 3])))
sample("numpy.dsplit")(lambda d: d.call(d.array((2, 3, 4)), d.choose(2, [1, 3])))
sample("numpy.unstack")(lambda d: d.call(x := d.array((2, 3, 1)), **d.some(axis=[d.axis(x)])))
