"""Functions of adkit.scipy.linalg and products and systems of sparse arrays."""

from typing import Any

import numpy as np

import adkit.scipy.linalg
from adkit.scipy.sparse import Pattern
from adkit.testing.domains import LAPACK
from adkit.testing.draws import Draw
from adkit.testing.sampling import sample

__all__: list[str] = []

ROOM = adkit.scipy.linalg.__name__

# ---------------------------------------------------------------- dense systems


def _right_hand_side(d: Draw, n: int) -> Any:
    return d.array(d.choose((n,), (n, 2)))


@sample(f"{ROOM}.solve", dtypes=LAPACK)
def _(d: Draw) -> Any:
    """Draw matrices that are positive definite, or have no structure."""
    n = d.choose(2, 3)
    kind = d.choose(None, "gen", "pos", "sym", "her", "lower triangular", "upper triangular")
    lower = d.flag()
    x = d.matrix(n, n) if kind in (None, "gen") else d.positive_definite(n)
    if kind in ("lower triangular", "upper triangular"):
        lower = False
    turned = d.flag() and d.dtype.kind == "f" and kind in (None, "gen", "pos")
    return d.call(x, _right_hand_side(d, n), lower, assume_a=kind, transposed=turned)


@sample(f"{ROOM}.solve_triangular", dtypes=LAPACK)
def _(d: Draw) -> Any:
    n = d.choose(2, 3, 1)
    options = d.some(trans=[0, 1, 2, "N", "T", "C"], lower=[True, False], unit_diagonal=True)
    return d.call(d.positive_definite(n), _right_hand_side(d, n), **options)


sample(f"{ROOM}._cholesky", dtypes=LAPACK, hermitian=True)(
    lambda d: d.call(d.positive_definite(d.choose(2, 3, 1)), d.flag(), True)
)
sample(f"{ROOM}._by_cholesky", dtypes=LAPACK)(
    lambda d: d.call(
        d.matrix(n := d.choose(2, 3), n) + 2 * np.eye(n, dtype=d.dtype),
        _right_hand_side(d, n),
        d.flag(),
        True,
    )
)


@sample(f"{ROOM}._lu", dtypes=LAPACK, reach=0.1)
def _(d: Draw) -> Any:
    """Draw matrices whose pivots are not in doubt."""
    n = d.choose(2, 3, 1)
    x = d.numbers((n, n), -1, 1) + 4 * np.eye(n, dtype=d.dtype)
    return d.call(d.laid(x[list(d.permutation(n))], keep=True), True)


@sample(f"{ROOM}._by_lu", dtypes=LAPACK)
def _(d: Draw) -> Any:
    n = d.choose(2, 3)
    lu = d.numbers((n, n), -1, 1) + 4 * np.eye(n, dtype=d.dtype)
    pivots = np.asarray([d.integer(i, n - 1) for i in range(n)], np.int32)
    return d.call(d.laid(lu, keep=True), _right_hand_side(d, n), pivots, d.choose(0, 1, 2), True)


# ---------------------------------------------------------------- matrices

sample(f"{ROOM}.expm", dtypes=LAPACK)(lambda d: d.call(d.matrix(n := d.choose(2, 3, 1), n)))
sample(f"{ROOM}.sqrtm", f"{ROOM}.logm", dtypes="dD", reach=0.2)(
    lambda d: d.call(d.positive_definite(d.choose(2, 3)))
)
sample(f"{ROOM}.block_diag")(
    lambda d: d.call(*(d.array(ndim=(0, 2), shortest=1) for _ in range(d.choose(2, 1, 3))))
)
sample(f"{ROOM}.toeplitz")(
    lambda d: d.call(
        d.array((d.choose(3, 2, 1),)), *([d.array((d.choose(3, 1, 4),))] if d.flag() else [])
    )
)

# ---------------------------------------------------------------- sparse arrays


def _pattern(d: Draw, rows: int, columns: int, *, diagonal: bool = False) -> Pattern:
    present = d.rng.random((rows, columns)) < 0.5
    if diagonal:
        present |= np.eye(rows, dtype=bool)
    kind = d.choose("csr", "csc", "coo")
    if kind == "coo":
        rows_of, columns_of = np.nonzero(present)
        return Pattern("coo", (rows_of, columns_of), (rows, columns))
    major = present if kind == "csr" else present.T
    ends = np.concatenate([[0], np.cumsum(major.sum(1))])
    return Pattern(kind, (np.nonzero(major)[1], ends), (rows, columns))


@sample("adkit.scipy.sparse._product")
def _(d: Draw) -> Any:
    pattern = _pattern(d, d.choose(2, 3), d.choose(3, 2))
    n = pattern.shape[1]
    data = d.array((len(pattern.places[0]),))
    return d.call(data, d.array(d.choose((n,), (n, 2))), pattern)


@sample("adkit.scipy.sparse._solution", dtypes=LAPACK)
def _(d: Draw) -> Any:
    """Draw systems whose diagonal is large."""
    n = d.choose(3, 2)
    pattern = _pattern(d, n, n, diagonal=True)
    rows, columns = pattern.places
    data = d.numbers(rows.shape, -0.5, 0.5) + 3 * (rows == columns).astype(d.dtype)
    b = d.array(d.choose((n,), (n, 2)))
    return d.call(d.laid(data, keep=True), b, pattern, None, True)
