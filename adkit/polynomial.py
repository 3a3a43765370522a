"""The functions of `numpy.polynomial`, of coefficients and points that may be traced.

NumPy's own turn their arguments into plain arrays. Here are, under the same names and with
the same arguments, for ``poly``, ``cheb``, ``leg``, ``herm``, ``herme`` and ``lag``:

===========================  =================================================
``...val``                   values of a series; ``val2d``, ``val3d``
``...grid2d``                values on a grid; ``grid3d``
``...vander``                values of the basis; ``vander2d``, ``vander3d``
``...der``, ``...int``       derivative and integral of a series
``...fit``                   the series of least squares
``...roots``                 its roots
===========================  =================================================

Examples
--------
>>> import adkit, numpy as np
>>> from adkit import polynomial
>>> adkit.grad(lambda c: polynomial.chebval(0.5, c))(np.ones(3))
array([ 1. ,  0.5, -0.5])
"""

from typing import Any

from adkit.common.ops.series import SERIES

__all__: list[str] = []


def __getattr__(name: str) -> Any:
    if name not in SERIES:
        raise AttributeError(f"module 'adkit.polynomial' has no attribute {name!r}")
    return SERIES[name]


def __dir__() -> list[str]:
    return sorted(SERIES)
