"""Medians, quantiles and percentiles."""

from typing import Any

import numpy as np

from adkit.testing.draws import Draw
from adkit.testing.sampling import sample

METHODS = (
    "linear",
    "inverted_cdf",
    "averaged_inverted_cdf",
    "closest_observation",
    "interpolated_inverted_cdf",
    "hazen",
    "weibull",
    "median_unbiased",
    "normal_unbiased",
    "lower",
    "higher",
    "midpoint",
    "nearest",
)
#: NumPy's functions, what q is a fraction of, and whether nans are left out.
FUNCTIONS = {
    "numpy.quantile": (np.quantile, 1, False),
    "numpy.percentile": (np.percentile, 100, False),
    "numpy.nanquantile": (np.nanquantile, 1, True),
    "numpy.nanpercentile": (np.nanpercentile, 100, True),
}


def _fractions(d: Draw, unit: int, nan: bool) -> Any:
    """Return fractions away from those at which the quantile is an element.

    With a matrix of them NumPy 2.4 puts axes in the wrong order where nans are left out.
    """
    shape = d.choose((), (2,), (2,) if nan else (1, 2))
    q = unit * np.asarray(0.0237 + 0.0891 * d.integers(shape, 1, 10), d.dtype)
    return q[()]


def _elements(d: Draw, nan: bool) -> Any:
    """Return an array of different elements and axes to reduce, with some nan if wanted."""
    x = d.distinct(shortest=1)
    axis = d.axes(x)
    return (d.spoiled(x, np.nan, axis) if nan else x), axis


def _median(d: Draw, nan: bool) -> Any:
    x, axis = _elements(d, nan)
    return d.call(x, axis=axis, **d.some(keepdims=[True]))


sample("numpy.median", dtypes="fdgFDG", reach=0.005)(lambda d: _median(d, False))
sample("numpy.nanmedian", dtypes="fdg", reach=0.005)(lambda d: _median(d, True))


def _quantile(name: str) -> None:
    function, unit, nan = FUNCTIONS[name]

    @sample(name, dtypes="fd", reach=1e-4)
    def _(d: Draw) -> Any:
        x, axis = _elements(d, nan)
        options = d.some(keepdims=[True], method=[*METHODS])
        return d.call(x, _fractions(d, unit, nan), axis=axis, **options)

    @sample(name, dtypes="fd", reach=1e-4)
    def _(d: Draw) -> Any:
        x = d.distinct((4, 3))
        axis = d.choose(0, -1)
        # NumPy 2.4 fails where nans are left out and weights have fewer axes
        shape = x.shape if nan else d.choose(x.shape, (x.shape[axis],))
        weights = d.rng.uniform(0.5, 1, shape)
        return d.call(x, 0.37 * unit, axis=axis, method="inverted_cdf", weights=weights)

    @sample("adkit.common.ops.quantiles._quantile", dtypes="fd", reach=1e-4)
    def _(d: Draw) -> Any:
        x, axis = _elements(d, nan)
        q = _fractions(d, unit, nan)
        return d.call(function, x, q, axis, d.flag(), d.choose(*METHODS), None)

    @sample("adkit.common.ops.quantiles._rank", dtypes="fd", reach=1e-4)
    def _(d: Draw) -> Any:
        q = _fractions(d, unit, nan)
        return d.call(q, function, d.integer(1, 5), d.choose(*METHODS), np.dtype(float))


for _name in FUNCTIONS:
    _quantile(_name)


@sample("adkit.common.ops.quantiles._weighted_rank", dtypes="d", reach=1e-4)
def _(d: Draw) -> Any:
    weights = d.rng.uniform(0.5, 1, 4)
    return d.call(0.37, weights, np.quantile, np.arange(4.0), "inverted_cdf")
