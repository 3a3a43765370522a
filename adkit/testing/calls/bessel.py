"""The modified Bessel function I0."""

from typing import Any

from adkit.testing.draws import Draw
from adkit.testing.sampling import sample


@sample("numpy.i0", dtypes="fd", alone=True)
def _(d: Draw) -> Any:
    return d.call(d.array(low=-12.0, high=12.0))


@sample("adkit.common.ops.bessel._scaled", dtypes="fd", alone=True)
def _(d: Draw) -> Any:
    return d.call(d.array(low=-12.0, high=12.0), d.integer(0, 3))
