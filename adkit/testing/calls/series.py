"""Series of polynomials of all families."""

from collections.abc import Callable
from typing import Any

import numpy as np

from adkit.testing.domains import LAPACK
from adkit.testing.draws import Draw
from adkit.testing.sampling import sample

PREFIXES = ("poly", "cheb", "leg", "herm", "herme", "lag")


def _families(name: str, **options: Any) -> Callable[[Any], Any]:
    """Declare calls of a function of all families."""
    names = [f"adkit.polynomial.{prefix}{name}" for prefix in PREFIXES]
    dispatch = hasattr(np.polynomial.polynomial.polyval2d, "_implementation")
    if dispatch and name in ("val2d", "grid2d"):
        names.append(f"numpy.polynomial.polynomial.poly{name}")
    return sample(*names, **options)


def _points(d: Draw, shape: Any = None) -> Any:
    return d.array(shape, -1, 1)


@_families("val")
def _(d: Draw) -> Any:
    x = _points(d)
    if d.flag():
        return d.call(x, d.array((d.integer(1, 4), *x.shape[-1:])), tensor=False)
    return d.call(x, d.array((d.integer(1, 4), *d.shape(0, 1))))


@_families("val2d")
def _(d: Draw) -> Any:
    x = _points(d)
    return d.call(x, _points(d, x.shape), d.array((d.integer(1, 3), 2)))


@_families("val3d")
def _(d: Draw) -> Any:
    x = _points(d, (2,))
    return d.call(x, _points(d, (2,)), _points(d, (2,)), d.array((d.integer(1, 3), 2, 1)))


_families("grid2d")(lambda d: d.call(_points(d, (2,)), _points(d, (3,)), d.array((3, 2))))
_families("grid3d")(
    lambda d: d.call(_points(d, (2,)), _points(d, (1,)), _points(d, (2,)), d.array((1, 2, 2)))
)
_families("vander")(lambda d: d.call(d.array(None, -1, 1, ndim=(1, 2)), d.integer(0, 4)))
_families("vander2d")(
    lambda d: d.call(
        x := d.array(None, -1, 1, shortest=1), _points(d, x.shape), [d.integer(0, 2), 1]
    )
)
_families("vander3d")(
    lambda d: d.call(_points(d, (2,)), _points(d, (2,)), _points(d, (2,)), [1, 0, 2])
)


@_families("der")
def _(d: Draw) -> Any:
    c = d.array(ndim=(1, 2), shortest=1)
    if d.flag():
        return d.call(c, d.integer(0, 2), d.array(()), **d.some(axis=d.axis(c)))
    return d.call(c, **d.some(m=[1, 0, 2], scl=2.0, axis=d.axis(c)))


@_families("int")
def _(d: Draw) -> Any:
    c = d.array(ndim=(1, 2), shortest=1)
    if d.flag():
        m = d.integer(0, 2)
        return d.call(c, m, d.array((m,)), d.array(()), d.array(()), **d.some(axis=d.axis(c)))
    return d.call(c, **d.some(m=[1, 2], k=[1.0], lbnd=0.5, scl=2.0, axis=d.axis(c)))


@_families("fit", dtypes=LAPACK)
def _(d: Draw) -> Any:
    count = d.integer(6, 8)
    x = np.linspace(-1, 1, count) + d.rng.uniform(-0.05, 0.05, count)
    y = d.array(d.choose((count,), (count, 2)), keep=True)
    degrees = d.choose(0, 1, 2, [0, 2], [1])
    return d.call(np.asarray(x, d.dtype), y, degrees, **d.some(w=d.rng.uniform(0.5, 2, count)))


def _power_sums(roots: Any) -> Any:
    return np.stack([np.sum(roots), np.sum(roots * roots)])


@_families("roots", dtypes="fd", after=_power_sums, reach=0.02)
def _(d: Draw) -> Any:
    """Draw series of at most three terms, of distinct real roots."""
    return d.call(d.choose(np.array([-0.3, 1.0, 1.0]), np.array([0.5, 1.0])).astype(d.dtype))
