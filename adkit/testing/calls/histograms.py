"""Histograms and sums by index."""

from typing import Any

import numpy as np

from adkit.testing.draws import Draw
from adkit.testing.sampling import sample


def _indices(d: Draw) -> Any:
    return d.integers((d.integer(1, 6),), 0, 4)  # of none NumPy returns ints


@sample("numpy.bincount", dtypes="fd")
def _(d: Draw) -> Any:
    x = _indices(d)
    return d.call(x, d.array(x.shape), **d.some(minlength=[6]))


@sample("adkit.common.ops.histograms._bincount", dtypes="fd")
def _(d: Draw) -> Any:
    x = _indices(d)
    return d.call(d.array(x.shape), x, d.choose(0, 6))


def _edges(d: Draw) -> Any:
    """Return edges of bins that leave out some elements, away from them all."""
    return np.array([-1.51, -0.76, 0.012, 1.013][: d.integer(2, 4)])


def _sample(d: Draw, *columns: int) -> Any:
    """Return elements away from those edges, from each other, and from edges of equal bins."""
    grid = np.array([-1.9, -1.3, -0.6, 0.3, 0.55, 1.6])
    x = np.stack([d.rng.permutation(grid) for _ in range(*columns or (1,))], axis=-1)
    return d.laid(np.asarray(x if columns else x[:, 0], d.dtype), keep=True)


@sample("numpy.histogram", dtypes="fd", reach=0.02)
def _(d: Draw) -> Any:
    bins = d.choose(2, 3, _edges(d))
    options = {} if np.ndim(bins) else d.some(range=[(-1.03, 1.02)])
    return d.call(_sample(d), bins, **options, **d.some(density=[True], weights=[d.array((6,), 1)]))


@sample("numpy.histogram", "numpy.histogram_bin_edges", dtypes="d", reach=0.02)
def _(d: Draw) -> Any:
    return d.call(_sample(d), d.choose("sturges", "sqrt"))


@sample("numpy.histogram_bin_edges", dtypes="fd", reach=0.02)
def _(d: Draw) -> Any:
    return d.call(_sample(d), d.choose(1, 4), **d.some(range=[(-1.0, 1.5)]))


@sample("adkit.common.ops.histograms._histogram", dtypes="fdD", reach=0.02)
def _(d: Draw) -> Any:
    low, high = d.choose((None, None), (-1.03, 1.02))
    x = _sample(d).real
    return d.call(x, d.array((6,), 1), low, high, d.choose(3, _edges(d)), d.flag())


@sample("adkit.common.ops.histograms._edges", dtypes="fd", reach=0.02)
def _(d: Draw) -> Any:
    return d.call(
        _sample(d), *d.choose((None, None), (-1.03, 1.02)), d.choose(3, "sqrt", _edges(d))
    )


sample("adkit.common.ops.histograms._bins", dtypes="fd", reach=0.02)(
    lambda d: d.call(_sample(d), _edges(d))
)
sample("adkit.common.ops.histograms._number_of_bins", dtypes="fd", reach=0.02)(
    lambda d: d.call(_sample(d), None, None, "sqrt")
)


@sample("numpy.histogramdd", dtypes="fd", reach=0.02)
def _(d: Draw) -> Any:
    x = _sample(d, 2)
    bins = d.choose(3, [3, _edges(d)], [2, 3])
    options = d.some(density=[True], weights=[d.array((6,), 1)], range=[[None, (-2.1, 1.7)]])
    return d.call(d.choose(x, [x[:, 0], x[:, 1]]), bins, **options)


@sample("numpy.histogram2d", dtypes="fd", reach=0.02)
def _(d: Draw) -> Any:
    bins = d.choose(3, [3, _edges(d)], [_edges(d), 2])
    return d.call(
        _sample(d), _sample(d), bins, **d.some(density=[True], weights=[d.array((6,), 1)])
    )


@sample("adkit.common.ops.histograms._histogramdd", dtypes="fd", reach=0.02)
def _(d: Draw) -> Any:
    ends = d.choose((None, None), (-2.1, 1.7))
    density = d.flag()
    return d.call(density, _sample(d, 2), d.array((6,), 1), *ends, 3, None, None, _edges(d))
