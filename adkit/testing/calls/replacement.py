"""Values replaced where they are nan or infinite, jump by whole periods, or are nearly real."""

from typing import Any

import numpy as np

from adkit.testing.draws import Draw
from adkit.testing.sampling import sample

sample("numpy.isposinf", "numpy.isneginf", dtypes="fdg")(
    lambda d: d.call(d.spoiled(d.array(), np.nan))
)


def _with_nan(d: Draw) -> Any:
    x = d.array()
    return x if d.dtype.kind == "c" else d.spoiled(x, np.nan)


@sample("numpy.nan_to_num")
def _(d: Draw) -> Any:
    x = _with_nan(d)
    return d.call(x, **d.some(nan=[1.5], posinf=[2.5], neginf=[3.5]))


@sample("adkit.common.ops.replacement._finite")
def _(d: Draw) -> Any:
    return d.call(_with_nan(d), *d.rng.uniform(1, 2, 3))


def _phases(d: Draw) -> Any:
    """Return phases whose steps are no half periods."""
    x = d.array(ndim=(1, 2), low=-0.2, high=0.2)
    return d.laid(x + d.dtype.type(3) * d.integers(x.shape, 0, 4).astype(d.dtype), keep=True)


@sample("numpy.unwrap", dtypes="fdg", reach=0.1)
def _(d: Draw) -> Any:
    x = _phases(d)
    return d.call(x, **d.some(period=[4.4], axis=[d.axis(x)]))


@sample("adkit.common.ops.replacement._unwrapped", dtypes="fdg", reach=0.01)
def _(d: Draw) -> Any:
    x = _phases(d)
    return d.call(x, d.dtype.type(4.4), None, d.axis(x))


@sample("adkit.common.ops.replacement._cycles", dtypes="fdg", reach=0.01)
def _(d: Draw) -> Any:
    x = _phases(d)
    return d.call(x, d.dtype.type(4.4), None, d.axis(x))


sample("numpy.real_if_close")(lambda d: d.call(d.array()))
