"""Sets of values."""

from typing import Any

import numpy as np

from adkit.testing.draws import Draw
from adkit.testing.sampling import sample

SORTED = np.lib.NumpyVersion(np.__version__) >= "2.3.0"


@sample("numpy.unique", dtypes="fdgFD")
def _(d: Draw) -> Any:
    x = d.distinct()
    wanted = d.some(return_index=[True], return_inverse=[True], return_counts=[True])
    options = d.some(sorted=[False]) if SORTED and d.dtype.kind == "f" else {}
    axis = d.axis(x) if x.ndim and x.size and d.flag() else None
    return d.call(x, **wanted, **options, **d.some(axis=[axis], equal_nan=[False]))


sample(
    *("numpy.unique_values", "numpy.unique_counts", "numpy.unique_inverse", "numpy.unique_all"),
    dtypes="fdg",
)(lambda d: d.call(d.distinct()))


def _two(d: Draw) -> Any:
    """Return two arrays that have no value in common, as they would not if one moved."""
    x = d.distinct((6,))
    place = d.integer(0, 6)
    return x[:place], d.laid(x[place:], keep=True)


sample("numpy.union1d", "numpy.isin", dtypes="fdg")(lambda d: d.call(*_two(d)))
sample("numpy.setdiff1d", "numpy.setxor1d", "numpy.intersect1d", dtypes="fdg")(
    lambda d: d.call(*_two(d), **d.some(assume_unique=[True]))
)
sample("numpy.intersect1d", dtypes="fdg")(lambda d: d.call(*_two(d), return_indices=True))
sample("adkit.common.ops.sets._places", dtypes="fdg")(
    lambda d: d.call(*_two(d), d.choose(np.union1d, np.setdiff1d), {})
)
sample("adkit.common.ops.sets._rows", dtypes="fd")(
    lambda d: d.call(d.distinct((3, 2)), d.choose(0, 1), True)
)


@sample("numpy.trim_zeros")
def _(d: Draw) -> Any:
    if np.lib.NumpyVersion(np.__version__) < "2.2.0":
        return d.call(d.array(ndim=1), **d.some(trim=["f", "B"]))
    x = d.array(ndim=(1, 3))
    return d.call(x, **d.some(trim=["f", "B"], axis=[d.axis(x)]))


sample("adkit.common.ops.sets._extent", dtypes="fd")(
    lambda d: d.call(d.array(ndim=(1, 2)), "fb", None)
)
