"""Covariances and correlations."""

from typing import Any

import numpy as np

from adkit.testing.draws import Draw
from adkit.testing.sampling import sample


def _samples(d: Draw) -> Any:
    """Return two or three variables with six observations each, and whether rows are variables."""
    x = d.array((d.integer(2, 3), 6), keep=True)
    return (x, True) if d.flag() else (x.T, False)


def _weights(d: Draw) -> Any:
    return d.some(fweights=[d.integers((6,), 1, 3)], aweights=[d.rng.uniform(0.5, 1, 6)])


@sample("numpy.cov")
def _(d: Draw) -> Any:
    x, rowvar = _samples(d)
    y = d.choose(None, d.array(x.shape, keep=True), d.array((6,), keep=True))
    if not rowvar and y is not None and y.ndim == 1:
        y = None
    options = d.some(bias=[True], ddof=[0, 1, 2], dtype=[np.result_type(d.dtype, "d")])
    return d.call(x, y, rowvar, **options, **_weights(d))


sample("numpy.cov")(lambda d: d.call(d.array((5,), keep=True), **d.some(bias=[True])))
sample("numpy.cov")(lambda d: d.call(d.array((5,), keep=True), d.array((5,), keep=True)))


@sample("adkit.common.ops.covariances._cov")
def _(d: Draw) -> Any:
    x, rowvar = _samples(d)
    aweights = d.choose(None, d.rng.uniform(0.5, 1, 6))
    fweights = d.choose(None, d.integers((6,), 1, 3))
    return d.call(x, None, aweights, fweights, rowvar, d.flag(), d.choose(None, 0, 2), None)


@sample("numpy.corrcoef")
def _(d: Draw) -> Any:
    x, rowvar = _samples(d)
    return d.call(x, d.choose(None, d.array(x.shape, keep=True)), rowvar)
