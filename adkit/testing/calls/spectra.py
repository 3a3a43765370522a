"""Eigenvalues, singular values and their vectors.

Values are distinct. Vectors are free up to a phase: what is compared does not depend on it.
"""

from typing import Any

import numpy as np

from adkit.testing.domains import LAPACK
from adkit.testing.draws import Draw
from adkit.testing.sampling import sample

_EIGEN = "adkit.common.ops.eigen"
_SINGULAR = "adkit.common.ops.singular"
_SPECTRA = "adkit.common.ops.spectra"

# ---------------------------------------------------------------- eigenvalues


def _projections(result: Any) -> Any:
    """Return eigenvalues, and eigenvectors as a sum of weighted projections."""
    values, vectors = result
    weights = np.arange(1, 1 + vectors.shape[-1])
    return values, (vectors * weights) @ np.conjugate(np.swapaxes(vectors, -1, -2))


@sample(
    "numpy.linalg.eigh",
    f"{_EIGEN}.hermitian_eigenvectors",
    dtypes=LAPACK,
    hermitian=True,
    after=_projections,
)
@sample(
    "numpy.linalg.eigvalsh",
    f"{_EIGEN}.hermitian_eigenvalues",
    dtypes=LAPACK,
    hermitian=True,
)
def _(d: Draw) -> Any:
    x = d.positive_definite(d.choose(2, 3, 1), d.stack())
    return d.call(x, **d.some(UPLO=["L", "U"]))


@sample(
    *("numpy.linalg.eig", f"{_EIGEN}.eigenvectors"), dtypes=LAPACK, after=_projections, reach=0.1
)
@sample("numpy.linalg.eigvals", f"{_EIGEN}.eigenvalues", dtypes=LAPACK, reach=0.1)
def _(d: Draw) -> Any:
    """Draw diagonalisable matrices; real ones may have a pair of complex eigenvalues."""
    n, stack = d.choose(2, 3, 1), d.stack()
    middle = np.zeros((*stack, n, n), d.dtype)
    middle[..., range(n), range(n)] = np.arange(1, n + 1) + d.numbers((*stack, n), -0.2, 0.2)
    if n > 1 and d.flag():
        middle[..., 0, 1], middle[..., 1, 0] = 2, -2
    basis = np.array(d.matrix(n, n, stack))
    return d.call(d.laid(basis @ middle @ np.linalg.inv(basis), keep=True))


sample(f"{_EIGEN}._is_basis", dtypes=LAPACK)(lambda d: d.call(d.matrix(2, 2, d.stack())))

# ---------------------------------------------------------------- singular values


def _factors(result: Any) -> Any:
    """Return singular values, and pairs of singular vectors as a sum of weighted products."""
    u, values, vh = result
    weights = np.arange(1, 1 + values.shape[-1])
    return values, (u * weights) @ vh


@sample("numpy.linalg.svd", f"{_SINGULAR}.singular_vectors", dtypes=LAPACK, after=_factors)
def _(d: Draw) -> Any:
    rows, columns = d.choose((2, 2), (3, 2), (2, 3), (3, 3), (1, 2))
    x = d.matrix(rows, columns, d.stack())
    return d.call(x, full_matrices=d.flag() if rows == columns else False)


@sample(
    "numpy.linalg.svd",
    f"{_SINGULAR}.singular_vectors",
    dtypes=LAPACK,
    after=_factors,
    hermitian=True,
)
@sample(f"{_SINGULAR}.singular_values", dtypes=LAPACK, hermitian=True)
def _(d: Draw) -> Any:
    return d.call(d.positive_definite(d.choose(2, 3)), hermitian=True)


sample("numpy.linalg.svd", dtypes=LAPACK)(
    lambda d: d.call(d.matrix(3, 2, d.stack()), compute_uv=False)
)
sample("numpy.linalg.svdvals", f"{_SINGULAR}.singular_values", dtypes=LAPACK)(
    lambda d: d.call(d.matrix(d.choose(2, 3), d.choose(2, 3), d.stack()))
)
sample(f"{_SINGULAR}._regular", dtypes="fd")(lambda d: d.call(d.array((3,), 0.5, 2.0)))
sample(f"{_SPECTRA}.repeated", f"{_SPECTRA}.vanishing", dtypes="fd")(
    lambda d: d.call(d.array(ndim=(1, 2), shortest=1))
)
