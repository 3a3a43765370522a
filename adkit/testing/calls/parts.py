"""Parts of floating-point numbers, and their neighbours."""

from typing import Any

import numpy as np

from adkit.testing.draws import Draw
from adkit.testing.sampling import sample


def _between_integers(d: Draw, shape: Any) -> Any:
    return (d.integers(shape, -4, 5) + d.numbers(shape, 0.2, 0.8)).astype(d.dtype)


sample("numpy.modf", dtypes="fdg", alone=True, reach=0.02)(
    lambda d: d.call(d.laid(_between_integers(d, d.shape())))
)


@sample("numpy.divmod", dtypes="fdg", alone=True, reach=0.02)
def _(d: Draw) -> Any:
    """Draw quotients away from integers, where the result jumps."""
    shape = d.shape()
    y = d.numbers(shape, 0.5, 2) * d.dtype.type(d.choose(1, -1))
    return d.call(d.laid((_between_integers(d, shape) * y).astype(d.dtype), keep=True), y)


def _between_powers(d: Draw) -> Any:
    """Return numbers away from powers of two."""
    shape = d.shape()
    x = d.numbers(shape, 0.55, 0.95) * d.rng.choice([-1, 1], shape)
    return d.laid(np.ldexp(x, d.integers(shape, -6, 7)).astype(d.dtype))


sample(
    "numpy.frexp",
    "numpy.spacing",
    "adkit.common.ops.parts._exponent",
    dtypes="fdg",
    alone=True,
    reach=0.02,
)(lambda d: d.call(_between_powers(d)))


@sample("numpy.ldexp", dtypes="fdg", alone=True)
def _(d: Draw) -> Any:
    x = d.array()
    exponents = d.integers(d.partner(x.shape), -9, 10)
    return d.call(x, d.choose(np.asarray(exponents), 3, np.int64(-2)))


@sample("numpy.nextafter", dtypes="fdg", alone=True)
def _(d: Draw) -> Any:
    x = d.array(low=0.5)
    return d.call(x, d.choose(d.array(d.partner(x.shape), -2, -1), 0.0, 5.0))
