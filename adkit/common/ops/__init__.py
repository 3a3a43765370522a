"""The declarations: what the derivative of each operation is.

One file per family. A declaration knows NumPy, the verbs and the helpers for
shapes; it knows no engine, no level and no direction.
"""

from adkit.common.ops import (
    accumulations,
    arithmetic,
    arrangement,
    casting,
    choice,
    comparisons,
    complexes,
    creation,
    diagonals,
    einsum,
    factorisations,
    indexing,
    joining,
    linear_algebra,
    logarithms,
    norms,
    padding,
    products,
    queries,
    reductions,
    selection,
    statistics,
    trigonometry,
)

__all__ = [
    "accumulations",
    "arithmetic",
    "arrangement",
    "casting",
    "choice",
    "comparisons",
    "complexes",
    "creation",
    "diagonals",
    "einsum",
    "factorisations",
    "indexing",
    "joining",
    "linear_algebra",
    "logarithms",
    "norms",
    "padding",
    "products",
    "queries",
    "reductions",
    "selection",
    "statistics",
    "trigonometry",
]
