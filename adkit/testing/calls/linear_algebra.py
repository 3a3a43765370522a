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


def _projections(result: Any) -> Any:
    """Return eigenvalues, and eigenvectors as a sum of weighted projections."""
    values, vectors = result
    weights = np.arange(1, 1 + vectors.shape[-1])
    return values, (vectors * weights) @ np.conjugate(np.swapaxes(vectors, -1, -2))


@sample("numpy.linalg.eigh", dtypes=LAPACK, hermitian=True, after=_projections)
@sample("numpy.linalg.eigvalsh", dtypes=LAPACK, hermitian=True)
def _(d: Draw) -> Any:
    x = d.positive_definite(d.choose(2, 3, 1), d.stack())
    return d.call(x, **d.some(UPLO=["L", "U"]))


def _factors(result: Any) -> Any:
    """Return singular values, and pairs of singular vectors as a sum of weighted products."""
    u, values, vh = result
    weights = np.arange(1, 1 + values.shape[-1])
    return values, (u * weights) @ vh


@sample("numpy.linalg.svd", dtypes=LAPACK, after=_factors)
def _(d: Draw) -> Any:
    rows, columns = d.choose((2, 2), (3, 2), (2, 3), (3, 3), (1, 2))
    x = d.matrix(rows, columns, d.stack())
    return d.call(x, full_matrices=d.flag() if rows == columns else False)


sample("numpy.linalg.svd", dtypes=LAPACK, after=_factors, hermitian=True)(
    lambda d: d.call(d.positive_definite(d.choose(2, 3)), hermitian=True)
)
sample("numpy.linalg.svd", dtypes=LAPACK)(
    lambda d: d.call(d.matrix(3, 2, d.stack()), compute_uv=False)
)
sample("numpy.linalg.svdvals", dtypes=LAPACK)(
    lambda d: d.call(d.matrix(d.choose(2, 3), d.choose(2, 3), d.stack()))
)
sample("adkit.common.ops.factorisations._repeated", dtypes="fd")(
    lambda d: d.call(d.array(ndim=(1, 2), shortest=1))
)
sample("adkit.common.ops.factorisations._vanishing", dtypes="fd")(
    lambda d: d.call(d.array(ndim=(1, 2), shortest=1))
)
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


@sample("adkit.common.ops.norms.euclidean")
def _(d: Draw) -> Any:
    x = d.array(shortest=1)
    return d.call(x, d.choose((-1,), (-1, -2))[: x.ndim])
