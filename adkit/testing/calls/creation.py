"""Arrays made of others: nested lists, blocks, and ``like=``."""

from typing import Any

import numpy as np

from adkit.testing.draws import Draw
from adkit.testing.sampling import sample


@sample("numpy.array", "numpy.asarray", "numpy.asanyarray")
def _(d: Draw) -> Any:
    shape = d.shape(0, 2)
    return d.call([d.array(shape), d.array(shape)], like=d.array(ndim=(1, 2)))


@sample("numpy.array", "numpy.asarray", "numpy.ascontiguousarray", "numpy.asfortranarray")
def _(d: Draw) -> Any:
    x, wider = d.array(ndim=(1, 2)), d.choose("D") if d.dtype.kind == "c" else "d"
    return d.call(x, **d.some(dtype=[wider]), like=x)


sample("numpy.array")(lambda d: d.call(d.array(), ndmin=2, like=d.array(ndim=(1, 2))))
sample("numpy.full")(
    lambda d: d.call((2, 3), d.array(d.choose((), (3,))), like=d.array(ndim=(1, 2)))
)
sample("numpy.zeros", "numpy.ones")(lambda d: d.call((2, 3), like=d.array(ndim=(1, 2))))
sample("numpy.empty")(lambda d: d.call((0, 3), like=d.array(ndim=(1, 2))))
sample("numpy.eye", "numpy.identity")(lambda d: d.call(d.integer(0, 3), like=d.array(ndim=(1, 2))))
sample("numpy.zeros_like", "numpy.ones_like")(
    lambda d: d.call(d.array(), **d.some(dtype="f", shape=(2,)))
)
sample("numpy.empty_like")(lambda d: d.call(d.array((0, 3))))
sample("numpy.full_like")(lambda d: d.call(d.array((2, 3)), 2))
sample("numpy.tri")(lambda d: d.call(d.integer(0, 3), like=d.array(ndim=(1, 2))))
sample("numpy.block")(
    lambda d: d.call([[d.array((2, 2)), d.array((2, 1))], [d.array((1, 2)), d.array((1, 1))]])
)
sample("numpy.block")(lambda d: d.call(d.choose([d.array((2,)), d.array(())], d.array())))
sample("numpy.arange")(lambda d: d.call(d.integer(0, 3), dtype=d.dtype, like=d.array((1,))))
sample("numpy.astype")(lambda d: d.call(d.array(ndim=(1, 3)), d.choose("D", "G", d.dtype)))
sample("numpy.require")(
    lambda d: d.call(
        [d.array((2,)), d.array((2,))], **d.some(requirements=["F", ["C", "W"]]), like=d.array()
    )
)
sample("numpy.fromiter")(
    lambda d: d.call([d.array(()), d.array(())], d.dtype, d.choose(-1, 1), like=d.array((1,)))
)
sample("numpy.fromfunction")(
    lambda d: d.call(np.add, (d.integer(0, 3), 2), dtype=d.dtype, like=d.array((1,)))
)
sample("numpy.frombuffer")(lambda d: d.call(b"some numbers", "f", like=d.array((1,))))
sample("numpy.fromstring")(lambda d: d.call("1 2", sep=" ", like=d.array((1,))))
sample("numpy.loadtxt", "numpy.genfromtxt")(lambda d: d.call(["1 2", "3 4"], like=d.array((1,))))
