"""Elementwise functions that their domain does not describe alone."""

from tests.laws.sampling import sample


@sample("numpy.remainder", "numpy.fmod", "numpy.floor_divide", dtypes="fdg")
def _(d):
    """Draw quotients away from integers, where these jump."""
    shape = d.shape()
    y = d.numbers(shape, 0.5, 2) * d.dtype.type(d.choose(1, -1))
    quotient = d.integers(shape, -4, 5) + d.numbers(shape, 0.2, 0.8)
    return d.call(d.laid((quotient * y).astype(d.dtype), keep=True), d.laid(y, keep=True))
