"""The declarations: what the derivative of each operation is.

One file per family. A declaration knows NumPy, the verbs and the helpers for
shapes; it knows no engine, no level and no direction.

Families that most programs need are declared at once; the others one after the other, when
a function is looked up that nobody has declared yet, so that ``import adkit`` is quick.
"""

from adkit.common.ops import (
    arithmetic,
    arrangement,
    casting,
    choice,
    comparisons,
    complexes,
    indexing,
    queries,
    reductions,
    trigonometry,
    writing,
)
from adkit.common.registry import declare_later, declare_with

__all__ = [
    "arithmetic",
    "arrangement",
    "casting",
    "choice",
    "comparisons",
    "complexes",
    "indexing",
    "queries",
    "reductions",
    "trigonometry",
    "writing",
]

declare_later(
    # what programs ask for most comes first
    "adkit.common.ops.products",
    "adkit.common.ops.joining",
    "adkit.common.ops.selection",
    "adkit.common.ops.linear_algebra",
    "adkit.common.ops.accumulations",
    "adkit.common.ops.statistics",
    "adkit.common.ops.norms",
    "adkit.common.ops.application",
    "adkit.common.ops.bessel",
    "adkit.common.ops.chains",
    "adkit.common.ops.convolutions",
    "adkit.common.ops.covariances",
    "adkit.common.ops.creation",
    "adkit.common.ops.cumulative",
    "adkit.common.ops.diagonals",
    "adkit.common.ops.eigen",
    "adkit.common.ops.einsum",
    "adkit.common.ops.factorisations",
    "adkit.common.ops.fourier",
    "adkit.common.ops.histograms",
    "adkit.common.ops.interpolation",
    "adkit.common.ops.least_squares",
    "adkit.common.ops.logarithms",
    "adkit.common.ops.ordering",
    "adkit.common.ops.padding",
    "adkit.common.ops.parts",
    "adkit.common.ops.polynomials",
    "adkit.common.ops.quantiles",
    "adkit.common.ops.ranges",
    "adkit.common.ops.replacement",
    "adkit.common.ops.series",
    "adkit.common.ops.sets",
    "adkit.common.ops.singular",
    "adkit.common.ops.ufunc_methods",
    "adkit.common.ops.widening",
    "adkit.common.ops.writing",
)
declare_with("scipy.special", "adkit.common.ops.special")
