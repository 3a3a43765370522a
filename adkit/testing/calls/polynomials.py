"""Polynomials by their coefficients."""

from typing import Any

import numpy as np

from adkit.testing.domains import LAPACK
from adkit.testing.draws import Draw
from adkit.testing.sampling import sample


def coefficients(d: Draw, shortest: int = 1) -> Any:
    """Return coefficients that are clear of zero."""
    x = d.numbers((d.choose(*(n for n in (3, 2, 1, 4, 5) if n >= shortest)),), 0.5, 2)
    return d.laid(x * d.dtype.type(d.choose(1, -1)), keep=True)


@sample("numpy.polyval")
def _(d: Draw) -> Any:
    return d.call(d.array((d.integer(1, 4),)), d.array())


sample("adkit.common.ops.polynomials._zero_times")(lambda d: d.call(d.array()))


@sample("numpy.vander")
def _(d: Draw) -> Any:
    return d.call(d.array(ndim=1), **d.some(N=[3, 1, 5, 0], increasing=True))


def _power_sums(roots: Any) -> Any:
    """Return what does not depend on the order of roots, and determines them."""
    return np.stack([np.sum(roots), np.sum(roots * roots), np.sum(roots * roots * roots)])


@sample("numpy.roots", dtypes="dD", after=_power_sums, reach=0.02)
def _(d: Draw) -> Any:
    """Draw polynomials of zeros that lie apart, perhaps one at 0."""
    count = d.choose(2, 1, 3)
    zeros = (np.arange(count) + d.rng.uniform(0.5, 0.9, count)) * d.rng.choice([1, -1])
    if d.dtype.kind == "c":
        zeros = zeros * np.exp(1j * d.rng.uniform(0, 3, count))
    p = np.atleast_1d(np.poly(zeros)) * d.rng.uniform(0.5, 2)
    p = np.concatenate([p, np.zeros(d.choose(0, 1))])
    return d.call(d.laid(np.asarray(p, d.dtype), keep=True))


sample("numpy.poly")(lambda d: d.call(d.array((d.choose(2, 1, 4),))))
sample("numpy.poly", dtypes=LAPACK)(lambda d: d.call(d.matrix(n := d.choose(2, 1, 3), n)))
sample("numpy.polyder")(lambda d: d.call(coefficients(d), **d.some(m=[1, 0, 2, 3])))


@sample("numpy.polyint")
def _(d: Draw) -> Any:
    m = d.integer(1, 2)
    return d.call(coefficients(d), m, d.choose(None, 2.0, [1.0, 3.0][:m]))


sample("numpy.polyadd", "numpy.polysub")(
    lambda d: d.call(d.array(ndim=(0, 1), shortest=1), d.array(ndim=(0, 1), shortest=1))
)


sample("numpy.polymul")(lambda d: d.call(coefficients(d), coefficients(d)))
# In single precision the length of a remainder depends on rounding.
sample("numpy.polydiv", dtypes="dgDG")(lambda d: d.call(coefficients(d), coefficients(d, 2)))


@sample("numpy.polyfit", dtypes=LAPACK)
def _(d: Draw) -> Any:
    count = d.integer(6, 8)
    x = np.linspace(-1, 1, count) + d.rng.uniform(-0.05, 0.05, count)
    if d.dtype.kind == "c":
        x = x + 1j * d.rng.uniform(-0.5, 0.5, count)
    y = d.array(d.choose((count,), (count, 2)), keep=True)
    extra = d.choose({}, {"cov": True}, {"cov": "unscaled"}, {"full": True})
    weights = {"w": d.rng.uniform(0.5, 2, count)} if d.flag() else {}
    return d.call(np.asarray(x, d.dtype), y, d.integer(0, 2), **extra, **weights)
