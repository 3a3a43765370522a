"""Elementwise functions that their domain does not describe alone."""

from typing import Any

import numpy as np

from adkit.testing.draws import Draw
from adkit.testing.sampling import sample

sample("numpy.absolute", "numpy.sign", "numpy.angle", "numpy.conjugate", dtypes="FDG")(
    lambda d: d.call(d.array(low=0.5) * d.dtype.type(d.choose(1, -1, 1j)))
)
sample("numpy.real", "numpy.imag")(lambda d: d.call(d.array()))
sample("numpy.angle", dtypes="fdgFDG")(lambda d: d.call(d.array(low=0.5), deg=d.flag()))


@sample("numpy.remainder", "numpy.fmod", "numpy.floor_divide", dtypes="fdg", alone=True, reach=0.02)
def _(d: Draw) -> Any:
    """Draw quotients away from integers, where these jump."""
    shape = d.shape()
    y = d.numbers(shape, 0.5, 2) * d.dtype.type(d.choose(1, -1))
    quotient = d.integers(shape, -4, 5) + d.numbers(shape, 0.2, 0.8)
    return d.call(d.laid((quotient * y).astype(d.dtype), keep=True), d.laid(y, keep=True))


@sample("numpy.where", alone=True)
def _(d: Draw) -> Any:
    shape = d.shape()
    condition = d.laid(d.rng.random(d.partner(shape)) < 0.6)
    return d.call(condition, d.array(shape), d.choose(d.array(d.partner(shape)), 0.5, 2))


@sample("adkit.common.ops.masking._kept")
def _(d: Draw) -> Any:
    shape = d.shape()
    return d.call(d.array(d.partner(shape)), d.laid(d.rng.random(d.partner(shape)) < 0.6))


@sample("numpy.clip", dtypes="fdg")
def _(d: Draw) -> Any:
    x = d.array()
    low, high = d.array(d.partner(x.shape), -1, -0.5), d.array(d.partner(x.shape), 0.5, 1)
    return d.call(x, d.choose(low, None, -0.5), d.choose(high, 0.5))


@sample("adkit.common.ops.choice._limited", dtypes="fdg")
def _(d: Draw) -> Any:
    x = d.array()
    low = d.array(d.partner(x.shape), -1, -0.5)
    return d.call(x, *d.choose((low, 0.5), (low, None), (None, 0.5)))


@sample("numpy.select")
def _(d: Draw) -> Any:
    shape = d.shape()
    conditions = [d.rng.random(shape) < 0.4 for _ in range(2)]
    return d.call(conditions, [d.array(shape), d.array(shape)], d.choose(0, 2))


@sample("numpy.choose")
def _(d: Draw) -> Any:
    shape = d.shape()
    choices = [d.array(shape), d.array(()), d.array(shape)]
    mode = d.choose("raise", "wrap", "clip")
    picked = d.integers(shape, 0, 3) if mode == "raise" else d.integers(shape, -3, 6)
    return d.call(np.asarray(picked), choices, mode=mode)


@sample("numpy.heaviside", dtypes="fdg")
def _(d: Draw) -> Any:
    """Draw whole numbers, which are not differentiated: at 0 the second operand is the value."""
    shape = d.shape()
    return d.call(d.integers(shape, -1, 2), d.array(d.partner(shape)))
