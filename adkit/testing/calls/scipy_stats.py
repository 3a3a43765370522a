"""Functions of adkit.scipy.special, and distributions of adkit.scipy.stats."""

from typing import Any

import numpy as np

from adkit.scipy import special, stats
from adkit.testing.domains import REAL
from adkit.testing.draws import Draw
from adkit.testing.sampling import sample

__all__: list[str] = []

# ---------------------------------------------------------------- special functions


@sample(f"{special.__name__}.logsumexp")
def _(d: Draw) -> Any:
    x, axis = d.reducible(low=-1, high=1)
    axis = None if axis == () else axis
    if x.size == 0 and d.dtype.kind == "c":
        x = d.array((2,))  # SciPy warns of the sign of nothing
        axis = None
    more = d.some(b=d.array(d.partner(x.shape), 0.5, 2), keepdims=True)
    if d.dtype.kind == "f":
        more |= d.some(return_sign=True)
    return d.call(x, axis, **more)


@sample(f"{special.__name__}._weighted_values")
def _(d: Draw) -> Any:
    x = d.array((2, 3), low=-1, high=1)
    weights = d.choose(None, d.array(d.partner(x.shape), 0.5, 2))
    return d.call(x, weights, d.choose(0, -1, (0, 1), None), d.flag(), False)


@sample(f"{special.__name__}.softmax", f"{special.__name__}.log_softmax", dtypes=REAL)
def _(d: Draw) -> Any:
    x = d.array(ndim=(1, 3), shortest=2)
    return d.call(x, d.axes(x) or None)


sample(f"{special.__name__}.polygamma", dtypes="fd")(
    lambda d: d.call(d.choose(0, 1, 2, np.array([[1], [3]])), d.array((2, 2), 0.5, 4))
)
sample(f"{special.__name__}.multigammaln", dtypes="fd")(
    lambda d: d.call(d.array(low=3, high=6), d.integer(1, 3))
)

sample(*(f"{special.__name__}._spherical_{kind}n" for kind in "jyik"), dtypes="fdFD")(
    lambda d: d.call(d.choose(0, 1, 3, np.array([[2], [0]])), d.array((2, 2), 0.3, 6), d.flag())
)

# ---------------------------------------------------------------- distributions

#: Shapes that are drawn, and an interval of the variable that is clear of the mode.
DISTRIBUTIONS: dict[str, Any] = {
    "norm": ((), (-2, 2)),
    "t": ((3, 5), (-2, 2)),
    "gamma": ((2, 3), (0.2, 0.8)),
    "beta": ((2, 3), (0.82, 0.94)),
    "chi2": ((3, 5), (0.2, 0.8)),
    "expon": ((), (0.5, 3)),
}
METHODS = ("logpdf", "pdf", "cdf", "sf", "logcdf", "logsf", "ppf", "isf")


def _distribution(name: str, method: str) -> None:
    options, bounds = DISTRIBUTIONS[name]
    count = len(getattr(stats, name).shapes)

    def draw(d: Draw) -> Any:
        """Draw one operand: sums of terms that cancel would need more digits than doubles have."""
        low, high = (0.2, 0.8) if method in ("ppf", "isf") else bounds
        x = d.array(None, low, high)
        return d.call(x, *(d.choose(*options) for _ in range(count)), 0, d.choose(1, 2))

    sample(f"{stats.__name__}.{name}.{method}", dtypes="d")(draw)


for _name in DISTRIBUTIONS:
    for _method in METHODS:
        _distribution(_name, _method)
for _method in ("logpmf", "pmf", "cdf", "sf", "logcdf", "logsf"):
    sample(f"{stats.__name__}.poisson.{_method}", dtypes="d")(
        lambda d: d.call(d.integers(shape := d.shape(1, 2), 0, 6), d.array(shape, 0.5, 4), 0)
    )


@sample(f"{stats.__name__}._mvn_logpdf", dtypes="d", hermitian=True)
def _(d: Draw) -> Any:
    """Draw as many points as dimensions: tangents are symmetric."""
    n = d.choose(2, 3)
    return d.call(d.array((n, n)), d.choose(None, list(range(n))), d.positive_definite(n), False)
