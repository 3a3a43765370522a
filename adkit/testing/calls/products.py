"""Products of vectors, matrices and stacks of them."""

from typing import Any

from adkit.testing.draws import Draw
from adkit.testing.sampling import sample

#: Of matmul: both ranks from 1, stacks that broadcast.
SHAPES = (
    ((3,), (3,)),
    ((2, 3), (3, 4)),
    ((3,), (3, 2)),
    ((2, 3), (3,)),
    ((4, 2, 3), (3, 2)),
    ((2, 3), (4, 3, 2)),
    ((4, 2, 3), (3,)),
    ((3,), (4, 3, 2)),
    ((4, 1, 2, 3), (5, 3, 2)),
    ((1, 2, 3), (2, 3, 1)),
    ((0, 3), (3, 2)),
    ((2, 0), (0, 3)),
    ((0, 2, 3), (3, 1)),
    ((1, 1), (1, 1)),
)


def _pair(d: Any, *shapes: Any) -> Any:
    return d.call(*[d.array(shape) for shape in d.choose(*shapes)])


sample("numpy.matmul", "numpy.linalg.matmul")(lambda d: _pair(d, *SHAPES))
sample("numpy.dot")(lambda d: _pair(d, *SHAPES[:4], ((2, 3), (4, 3, 2)), ((4, 2, 3), (3,))))
sample("numpy.dot")(lambda d: _pair(d, ((), (2, 3)), ((3,), ()), ((), ()), ((2, 1, 3), (4, 3, 2))))
sample("numpy.inner")(lambda d: _pair(d, ((3,), (3,)), ((2, 3), (4, 3)), ((2, 1, 3), (3,))))
sample("numpy.inner")(lambda d: _pair(d, ((), (2, 3)), ((), ()), ((2, 0), (3, 0))))
sample("numpy.vdot")(lambda d: _pair(d, ((3,), (3,)), ((2, 3), (3, 2)), ((), ()), ((0,), (0,))))
sample("numpy.outer")(lambda d: d.call(d.array(ndim=(0, 2)), d.array(ndim=(0, 2))))
sample("numpy.linalg.outer")(lambda d: d.call(d.array(ndim=1), d.array(ndim=1)))
sample("numpy.kron")(lambda d: d.call(d.array(shortest=1), d.array(ndim=(0, 2), shortest=1)))
sample("numpy.kron")(lambda d: d.call(d.array(ndim=(0, 2)), d.array(ndim=(0, 3))))
sample("numpy.vecdot", "numpy.linalg.vecdot")(
    lambda d: _pair(d, ((3,), (3,)), ((2, 3), (3,)), ((4, 1, 3), (2, 3)), ((2, 0), (0,)))
)
sample("numpy.vecdot", "numpy.linalg.vecdot")(
    lambda d: d.call(d.array((3, 2)), d.array((3, 2)), axis=d.choose(0, -2))
)
sample("numpy.matvec")(lambda d: _pair(d, ((2, 3), (3,)), ((4, 2, 3), (3,)), ((2, 3), (4, 3))))
sample("numpy.vecmat")(lambda d: _pair(d, ((3,), (3, 2)), ((4, 3), (3, 2)), ((3,), (4, 3, 2))))
sample("numpy.linalg.multi_dot")(
    lambda d: d.call([d.array((2, 3)), d.array((3, 1)), d.array((1, 4)), d.array((4, 2))])
)
sample("numpy.linalg.multi_dot")(
    lambda d: d.call([d.array((3,)), d.array((3, 2)), d.array(d.choose((2,), (2, 4)))])
)


@sample("numpy.tensordot", "numpy.linalg.tensordot")
def _(d: Draw) -> Any:
    count = d.integer(0, 2)
    if d.flag():
        shared = d.shape(count, count)
        x, y = d.array((*d.shape(0, 2), *shared)), d.array((*shared, *d.shape(0, 2)))
        return d.call(x, y, axes=count)
    x, y = d.array((2, 3, 4)), d.array((4, 2, 3))
    return d.call(
        x, y, axes=d.choose(([0], [1]), (1, -1), ((2, 0), (0, 1)), ([-1, 0, 1], [0, 1, 2]))
    )


@sample("numpy.cross")
def _(d: Draw) -> Any:
    if d.flag():
        return _pair(d, ((3,), (3,)), ((2, 3), (3,)), ((4, 1, 3), (2, 3)), ((0, 3), (3,)))
    x, y = d.array((3, 2)), d.array((2, 3))
    return d.call(x, y, axisa=0, axisb=-1, **d.some(axisc=[0, -1]))


sample("adkit.common.ops.products.cross_of_rows")(
    lambda d: _pair(d, ((3,), (3,)), ((2, 3), (3,)), ((4, 1, 3), (2, 3)), ((0, 3), (3,)))
)
sample("numpy.linalg.cross")(lambda d: _pair(d, ((3,), (3,)), ((2, 3), (3,)), ((4, 1, 3), (2, 3))))
sample("numpy.linalg.cross")(lambda d: d.call(d.array((3, 2)), d.array((3, 2)), axis=0))

EINSUMS = (
    ("ij,jk->ik", (2, 3), (3, 4)),
    ("ij,jk", (2, 3), (3, 4)),
    ("ij->ji", (2, 3)),
    ("ii->i", (3, 3)),
    ("ii", (3, 3)),
    ("iij->j", (2, 2, 3)),
    ("ij->", (2, 3)),
    ("i,i->", (3,), (3,)),
    ("i,j->ij", (2,), (3,)),
    ("...ij,...jk->...ik", (4, 2, 3), (3, 2)),
    ("i...->...", (2, 3)),
    ("ij,j,k->ik", (2, 3), (3,), (2,)),
    ("ij,ij->ij", (1, 3), (2, 3)),
    ("ij,ik,il->jkl", (2, 1), (2, 3), (2, 2)),
    ("ij,jk->ik", (2, 0), (0, 3)),
    (",i->i", (), (3,)),
    ("i,ij,j->", (2,), (2, 3), (3,)),
    ("ii,ij,jj->j", (2, 2), (2, 3), (3, 3)),
    ("...i,i...->...", (4, 3), (3, 4)),
    ("ij,kl->il", (2, 3), (2, 2)),
    ("iii->i", (2, 2, 2)),
    ("ijk,ik->j", (2, 0, 3), (2, 3)),
    ("ij,ijk->k", (1, 0), (1, 0, 3)),
    ("i,i->", (1,), (0,)),
)


@sample("numpy.einsum")
def _(d: Draw) -> Any:
    # NumPy's einsum of empty arrays writes out of bounds in dtypes other than these two
    usable = EINSUMS if d.dtype.char in "fd" else [e for e in EINSUMS if all(map(all, e[1:]))]
    subscripts, *shapes = d.choose(*usable)
    arrays = [d.array(shape) for shape in shapes]
    return d.call(subscripts, *arrays, **d.some(optimize=[True, "greedy", "optimal"]))


@sample("numpy.einsum")
def _(d: Draw) -> Any:
    x, y = d.array((2, 3)), d.array((3, 4))
    return d.call(x, [0, 1], y, [1, 2], *d.choose(([0, 2],), ([2, 0],), ()))


sample("numpy.einsum_path")(lambda d: d.call("ij,jk->ik", d.array((2, 3)), d.array((3, 4))))


@sample("numpy.convolve", "numpy.correlate")
def _(d: Draw) -> Any:
    x, y = d.array((d.integer(1, 5),)), d.array((d.integer(1, 5),))
    return d.call(x, y, **d.some(mode=["full", "same", "valid"]))


sample("numpy.convolve")(lambda d: d.call(d.array(()), d.array((3,)), "full"))
sample("adkit.common.ops.convolutions.sliding_products")(
    lambda d: d.call(
        d.array((d.integer(1, 4),)), d.array((d.integer(1, 4),)), d.choose("full", "same", "valid")
    )
)
