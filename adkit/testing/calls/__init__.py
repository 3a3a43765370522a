"""Sample calls of operations whose arguments a domain does not describe, by family.

To add an operation, add a line to the file of its family: a function of a `Draw` that
returns a call. An operation may have several; each is drawn as often as the others.
"""

from importlib import import_module
from importlib.util import find_spec

from adkit.testing.calls import (
    application,
    arrangement,
    bessel,
    comparisons,
    covariances,
    creation,
    cumulative,
    diagonals,
    elementwise,
    fourier,
    histograms,
    indexing,
    interpolation,
    joining,
    linear_algebra,
    ordering,
    parts,
    polynomials,
    products,
    quantiles,
    queries,
    ranges,
    reductions,
    replacement,
    selection,
    series,
    sets,
    special,
    spectra,
    ufunc_methods,
    widening,
)
from adkit.testing.sampling import SAMPLES

__all__ = [
    "SAMPLES",
    "application",
    "arrangement",
    "bessel",
    "comparisons",
    "covariances",
    "creation",
    "cumulative",
    "diagonals",
    "elementwise",
    "fourier",
    "histograms",
    "indexing",
    "interpolation",
    "joining",
    "linear_algebra",
    "ordering",
    "parts",
    "polynomials",
    "products",
    "quantiles",
    "queries",
    "ranges",
    "reductions",
    "replacement",
    "selection",
    "series",
    "sets",
    "special",
    "spectra",
    "ufunc_methods",
    "widening",
]

if find_spec("scipy") is not None:
    for _name in ("scipy_linalg", "scipy_stats"):
        import_module(f"adkit.testing.calls.{_name}")
