"""Sample calls of operations whose arguments a domain does not describe, by family.

To add an operation, add a line to the file of its family: a function of a `Draw` that
returns a call. An operation may have several; each is drawn as often as the others.
"""

from adkit.testing.calls import (
    arrangement,
    comparisons,
    creation,
    diagonals,
    elementwise,
    fourier,
    indexing,
    joining,
    linear_algebra,
    ordering,
    polynomials,
    products,
    queries,
    reductions,
    selection,
    ufunc_methods,
)
from adkit.testing.sampling import SAMPLES

__all__ = [
    "SAMPLES",
    "arrangement",
    "comparisons",
    "creation",
    "diagonals",
    "elementwise",
    "fourier",
    "indexing",
    "joining",
    "linear_algebra",
    "ordering",
    "polynomials",
    "products",
    "queries",
    "reductions",
    "selection",
    "ufunc_methods",
]
