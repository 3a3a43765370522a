"""Linear systems, determinants, factorisations and norms.

Matrices are well conditioned, eigenvalues and singular values distinct. Eigenvectors and
singular vectors are free up to a phase: what is compared does not depend on it.
"""

from typing import Any

import numpy as np

from adkit.testing.domains import LAPACK
from adkit.testing.draws import Draw
from adkit.testing.sampling import sample


@sample("numpy.linalg.solve", dtypes=LAPACK)
def _(d: Draw) -> Any:
    n = d.choose(2, 3, 1, 0)
    stack = d.stack()
    b = d.array(d.choose((n,), (n, 2), (*stack, n, 1)))
    return d.call(d.matrix(n, n, stack), b)


sample("numpy.linalg.inv", "numpy.linalg.slogdet", dtypes=LAPACK)(
    lambda d: d.call(d.matrix(n := d.choose(2, 3, 1), n, d.stack()))
)
sample("numpy.linalg.matrix_power", dtypes=LAPACK)(
    lambda d: d.call(d.matrix(n := d.choose(2, 3), n, d.stack()), d.integer(-2, 4))
)


@sample("numpy.linalg.det", "adkit.common.ops.linear_algebra.cofactors", dtypes=LAPACK)
def _(d: Draw) -> Any:
    """Draw regular matrices and matrices that lack one rank."""
    n = d.choose(2, 3, 1, 4)
    x = np.array(d.matrix(n, n, d.stack()))
    if d.flag():
        x[..., -1, :] = 2 * x[..., 0, :] if n > 1 else 0
    return d.call(d.laid(x, keep=True))


# ---------------------------------------------------------------- factorisations


@sample("numpy.linalg.cholesky", dtypes=LAPACK, hermitian=True)
def _(d: Draw) -> Any:
    x = d.positive_definite(d.choose(2, 3, 1), d.stack())
    return d.call(x, **d.some(upper=[True, False]))


@sample("numpy.linalg.qr", dtypes=LAPACK)
def _(d: Draw) -> Any:
    rows, columns = d.choose((2, 2), (3, 2), (2, 3), (1, 3), (3, 1))
    mode = d.choose("reduced", "r", "complete" if rows <= columns else "reduced")
    return d.call(d.matrix(rows, columns, d.stack()), **d.some(mode=[mode]))


sample("numpy.linalg.qr", dtypes=LAPACK, after=lambda result: result[1])(
    lambda d: d.call(d.matrix(3, d.choose(1, 2), d.stack()), "complete")
)
sample("adkit.common.ops.factorisations.orthonormalised", dtypes=LAPACK)(
    lambda d: d.call(d.matrix(d.choose(2, 3), d.choose(2, 3), d.stack()))
)

# Columns without derivative: nothing can be compared.
sample("adkit.common.ops.factorisations._added_columns", dtypes=LAPACK, after=np.zeros_like)(
    lambda d: d.call(d.matrix(3, 2, d.stack()), 1)
)

# ---------------------------------------------------------------- least squares


@sample("numpy.linalg.pinv", dtypes=LAPACK)
def _(d: Draw) -> Any:
    x = d.matrix(d.choose(2, 3, 1), d.choose(2, 3), d.stack())
    return d.call(x, **d.some(rcond=[1e-3, 1e-10]))


sample("numpy.linalg.pinv", dtypes=LAPACK, hermitian=True)(
    lambda d: d.call(d.positive_definite(d.choose(2, 3), d.stack()), hermitian=True)
)


@sample("numpy.linalg.lstsq", dtypes=LAPACK)
def _(d: Draw) -> Any:
    rows, columns = d.choose((3, 2), (2, 3), (2, 2), (4, 1))
    b = d.array(d.choose((rows,), (rows, 2)))
    return d.call(d.matrix(rows, columns), b, **d.some(rcond=[None, 1e-5]))


@sample("numpy.linalg.cond", dtypes=LAPACK)
def _(d: Draw) -> Any:
    x = d.matrix(n := d.choose(2, 3), n, d.choose((), (2,)))
    return d.call(x, **d.some(p=[None, 2, -2, "fro", "nuc", 1, -1, np.inf, -np.inf]))


sample("numpy.linalg.cond", dtypes=LAPACK)(lambda d: d.call(d.matrix(3, 2), d.choose(None, 2, -2)))
sample("adkit.common.ops.least_squares._is_singular", dtypes=LAPACK)(
    lambda d: d.call(d.matrix(n := d.choose(2, 3), n, d.stack()))
)
sample("numpy.linalg.matrix_rank", dtypes=LAPACK)(
    lambda d: d.call(d.matrix(d.choose(2, 3), 2, d.stack()), **d.some(tol=[1e-3]))
)
sample("adkit.common.ops.least_squares._is_full", dtypes=LAPACK)(
    lambda d: d.call(d.matrix(2, 3, stack := d.stack()), d.matrix(3, 2, stack))
)


@sample("numpy.linalg.tensorsolve", dtypes=LAPACK)
def _(d: Draw) -> Any:
    shape, kwargs = d.choose(((2, 3, 2, 3), {}), ((2, 3, 6), {}), ((3, 2, 2, 3), {"axes": (0, 2)}))
    a = np.array(d.matrix(6, 6)).reshape(shape)
    return d.call(d.laid(a, keep=True), d.array((2, 3)), **kwargs)


@sample("numpy.linalg.tensorinv", dtypes=LAPACK)
def _(d: Draw) -> Any:
    shape, kwargs = d.choose(((2, 3, 3, 2), {}), ((6, 2, 3), {"ind": 1}), ((3, 2, 6), {"ind": 2}))
    return d.call(d.laid(np.array(d.matrix(6, 6)).reshape(shape), keep=True), **kwargs)


sample("adkit.common.ops.linear_algebra._bordering", dtypes=LAPACK)(
    lambda d: d.call(d.matrix(2, 2, d.stack()))
)

# ---------------------------------------------------------------- norms


@sample("numpy.linalg.norm")
def _(d: Draw) -> Any:
    x = d.array(ndim=(1, 3), shortest=1, keep=True)
    if d.flag():
        return d.call(x, **d.some(keepdims=[True]))
    order = d.choose(None, 2, 1, 3, np.inf, -np.inf, 2.5, 4, 0, -1)
    return d.call(x, order, d.axis(x), **d.some(keepdims=[True]))


@sample("numpy.linalg.vector_norm")
def _(d: Draw) -> Any:
    x = d.array(shortest=1, keep=True)
    order = d.choose(2, 1, 3, np.inf, -np.inf, 2.5)
    return d.call(x, **d.some(axis=[d.axes(x)], ord=[order], keepdims=[True]))


@sample("numpy.linalg.norm", dtypes=LAPACK)
def _(d: Draw) -> Any:
    rows, columns = d.choose((2, 3), (3, 2), (2, 2))
    x = d.matrix(rows, columns, d.choose((), (2,)))
    order = d.choose("fro", "nuc", 2, -2, 1, -1, np.inf, -np.inf)
    return d.call(x, order, d.choose((-2, -1), (-1, -2)), **d.some(keepdims=[True]))


@sample("numpy.linalg.matrix_norm", dtypes=LAPACK)
def _(d: Draw) -> Any:
    rows, columns = d.choose((2, 3), (3, 2), (2, 2))
    x = d.matrix(rows, columns, d.stack())
    order = d.choose("fro", "nuc", 2, -2, 1, -1, np.inf, -np.inf)
    return d.call(x, **d.some(ord=[order], keepdims=[True]))


@sample("adkit.common.ops.norms._euclidean")
def _(d: Draw) -> Any:
    x = d.array(shortest=1)
    return d.call(x, d.choose((-1,), (-1, -2))[: x.ndim])


@sample("adkit.common.ops.norms._length")
def _(d: Draw) -> Any:
    x = d.array(ndim=(1, 3), shortest=1, keep=True)
    axes = d.choose((-1,), (-1, -2))[: x.ndim]
    keepdims = d.flag()
    return d.call(x, np.linalg.norm, axes, keepdims, {"axis": axes, "keepdims": keepdims})


@sample("adkit.common.ops.norms._norm_by_order")
def _(d: Draw) -> Any:
    x = d.array(ndim=(1, 2), shortest=1, keep=True)
    options = {"ord": d.choose(1, 3, np.inf, 2.5), "axis": (-1,), "keepdims": True}
    return d.call(x, np.linalg.norm, (-1,), True, options, True)
