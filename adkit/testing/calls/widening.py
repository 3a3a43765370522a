"""The functions of `numpy.emath`."""

from typing import Any

import numpy as np

from adkit.testing.draws import Draw
from adkit.testing.sampling import sample

EMATH = "numpy.emath."


def _numbers(d: Draw) -> Any:
    """Return numbers of either sign, away from 0, 1 and -1."""
    x = d.array(low=0.2, high=0.8)
    sign = d.rng.choice([1, -1], x.shape) if d.flag() else 1
    return np.asarray(x * sign + d.integers(x.shape, 0, 2) * sign, d.dtype)[()]


sample(
    *(EMATH + name for name in ("sqrt", "log", "log2", "log10", "arccos", "arcsin", "arctanh")),
    reach=0.1,
)(lambda d: d.call(_numbers(d)))
sample(EMATH + "logn", dtypes="fdg", reach=0.1)(lambda d: d.call(d.array((), 2, 3), _numbers(d)))
sample(EMATH + "power", reach=0.1)(lambda d: d.call(_numbers(d), d.choose(2, 2.5, -1)))
