"""Histograms: counts are piecewise constant, sums of weights and edges of bins are not."""

from __future__ import annotations

from typing import Any

import numpy as np

from adkit.common.ops.arrangement import as_arrays
from adkit.common.ops.indexing import scatter
from adkit.common.registry import dispatches, elementary
from adkit.common.verbs import composite, constant, linear

_KINKS = "jumps where an element crosses the edge of a bin; 0 there"

# ---------------------------------------------------------------- sums by index


def _bincount(weights: Any, x: Any, minlength: int) -> Any:
    return np.bincount(x, weights, minlength)


def _bincount_push(t: Any, ans: Any, weights: Any, x: Any, minlength: int) -> Any:
    return scatter(t, np.asarray(x), ans.shape, t.ndim - 1)


bincount = elementary(_bincount)
linear(bincount, lambda ct, weights, x, minlength: ct[..., np.asarray(x)], _bincount_push)
composite(
    np.bincount,
    lambda x, /, weights=None, minlength=0: bincount(weights, x, minlength),
    operands=0,
)

# ---------------------------------------------------------------- bins


def _bins(x: Any, edges: Any) -> Any:
    """Return the bin of each element; a number that no bin has outside of all."""
    bins = np.searchsorted(edges, x, side="right") - 1
    return np.where(x == edges[-1], len(edges) - 2, bins)


def _number_of_bins(a: Any, low: Any, high: Any, estimator: Any) -> int:
    limits = None if low is None else (low, high)
    return len(np.histogram_bin_edges(a, estimator, limits)) - 1


bins_of = elementary(_bins)
number_of_bins = elementary(_number_of_bins)
constant(bins_of, operands=2, kinks=_KINKS)
constant(number_of_bins, operands=3)


def _edges(a: Any, low: Any, high: Any, bins: Any) -> Any:
    return np.histogram_bin_edges(a, bins, None if low is None else (low, high))


def _edges_definition(a: Any, low: Any, high: Any, bins: Any) -> Any:
    if not isinstance(bins, str) and np.ndim(bins):
        return bins if dispatches(bins) else np.asarray(bins)
    (a,) = as_arrays(a)
    count = number_of_bins(a, low, high, bins) if isinstance(bins, str) else int(bins)
    if low is None:
        low, high = (np.min(a), np.max(a)) if a.size else (0.0, 1.0)
    if low == high:
        low, high = low - 0.5, high + 0.5
    return np.linspace(low, high, count + 1)


edges_of = elementary(_edges)
composite(edges_of, _edges_definition, operands=4)


def _ends(limits: Any) -> tuple[Any, Any]:
    return (None, None) if limits is None else tuple(limits)


def _bin_edges(a: Any, bins: Any = 10, range: Any = None, weights: Any = None) -> Any:
    return edges_of(a, *_ends(range), bins)


composite(np.histogram_bin_edges, _bin_edges, operands=0)

# ---------------------------------------------------------------- one variable


def _histogram(a: Any, weights: Any, low: Any, high: Any, bins: Any, density: Any) -> Any:
    limits = None if low is None else (low, high)
    return np.histogram(a, bins, limits, density, weights)


def _definition(a: Any, weights: Any, low: Any, high: Any, bins: Any, density: Any) -> Any:
    edges = _edges_definition(a, low, high, bins)
    (a,) = as_arrays(a)
    return _totals(np.reshape(a, (-1, 1)), weights, [edges], density), edges


def _totals(sample: Any, weights: Any, edges: Any, density: Any) -> Any:
    """Return the sums of the weights in each box, over their volume and the total if wanted."""
    shape = tuple(len(edge) - 1 for edge in edges)
    places = [bins_of(sample[:, i], edge) for i, edge in enumerate(edges)]
    inside = np.all([(k >= 0) & (k < n) for k, n in zip(places, shape, strict=True)], axis=0)
    index = tuple(k[inside] for k in places)
    (weights,) = (np.ones(len(sample)),) if weights is None else as_arrays(weights)
    added = np.ravel(weights)[inside]
    added = added.astype(np.result_type(added.dtype, np.float64))  # as NumPy adds them up
    totals = scatter(added, index, shape, 0)
    if density:
        totals = totals / _volume(edges) / np.sum(totals)
    return totals


def _volume(edges: Any) -> Any:
    """Return the volume of each box."""
    volume: Any = 1.0
    for edge in edges:
        volume = np.expand_dims(volume, -1) * np.diff(edge)
    return volume


histogram = elementary(_histogram)
composite(histogram, _definition, operands=5, kinks=_KINKS)
composite(
    np.histogram,
    lambda a, bins=10, range=None, density=None, weights=None: histogram(
        a, weights, *_ends(range), bins, density
    ),
    operands=0,
    kinks=_KINKS,
)

# ---------------------------------------------------------------- several variables


def _histogramdd(density: Any, sample: Any, weights: Any, *axes: Any) -> Any:
    """Return np.histogramdd; `axes` has three arguments for each variable: low, high, bins."""
    ends = zip(axes[::3], axes[1::3], strict=True)
    limits: Any = [None if low is None else (low, high) for low, high in ends]
    return np.histogramdd(sample, axes[2::3], limits, density, weights)


def _definition_dd(density: Any, sample: Any, weights: Any, *axes: Any) -> Any:
    edges = [_edges_definition(sample[:, i // 3], *axes[i : i + 3]) for i in range(0, len(axes), 3)]
    return _totals(sample, weights, edges, density), edges


def _is_series(bins: Any) -> bool:
    return isinstance(bins, (list, tuple)) or np.ndim(bins) > 0


histogramdd = elementary(_histogramdd)
composite(histogramdd, _definition_dd, operands=slice(1, None), kinks=_KINKS)


def _numpy_histogramdd(
    sample: Any, bins: Any = 10, range: Any = None, density: Any = None, weights: Any = None
) -> Any:
    if isinstance(sample, (list, tuple)) or np.ndim(sample) != 2:
        sample = np.stack([np.ravel(x) for x in sample], axis=-1)
    count = sample.shape[1]
    if not _is_series(bins):
        bins = (bins,) * count
    if len(bins) != count:
        raise ValueError("The dimension of bins must be equal to the dimension of the sample x.")
    limits = (None,) * count if range is None else range
    axes = [part for ends, n in zip(limits, bins, strict=True) for part in (*_ends(ends), n)]
    return histogramdd(density, sample, weights, *axes)


def _histogram2d(
    x: Any,
    y: Any,
    bins: Any = 10,
    range: Any = None,
    density: Any = None,
    weights: Any = None,
) -> Any:
    if _is_series(bins) and len(bins) > 2:
        bins = [bins, bins]
    totals, edges = _numpy_histogramdd([x, y], bins, range, density, weights)
    return totals, edges[0], edges[1]


composite(np.histogramdd, _numpy_histogramdd, operands=0, kinks=_KINKS)
composite(np.histogram2d, _histogram2d, operands=0, kinks=_KINKS)
