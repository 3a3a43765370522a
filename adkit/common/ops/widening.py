"""The functions of `numpy.emath`, which take real numbers outside of a domain as complex ones."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from adkit.common.ops.arrangement import as_arrays
from adkit.common.shapes import dtype_of
from adkit.common.verbs import composite

_JUMPS = "complex if an element is outside of the domain of the real function"


def _negative(x: Any) -> Any:
    return x < 0


def _beyond_one(x: Any) -> Any:
    return np.abs(x) > 1


def _widened(x: Any, outside: Callable[[Any], Any]) -> Any:
    """Return numbers as complex ones if they are real and some are outside of a domain."""
    (x,) = as_arrays(x)
    if np.isrealobj(x) and np.any(outside(x)):
        return x.astype(np.result_type(dtype_of(x), np.complex64))
    return x


def _of_one(name: str, outside: Callable[[Any], Any]) -> None:
    function: Any = getattr(np, name)
    composite(getattr(np.emath, name), lambda x: function(_widened(x, outside)), kinks=_JUMPS)


for _name in ("sqrt", "log", "log2", "log10"):
    _of_one(_name, _negative)
for _name in ("arccos", "arcsin", "arctanh"):
    _of_one(_name, _beyond_one)
composite(
    np.emath.logn,
    lambda n, x: np.log(_widened(x, _negative)) / np.log(_widened(n, _negative)),
    operands=2,
    kinks=_JUMPS,
)
composite(
    np.emath.power,
    lambda x, p: np.power(_widened(x, _negative), p),
    operands=2,
    kinks=_JUMPS,
)
