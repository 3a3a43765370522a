"""Comparisons, logic, rounding and searching: piecewise constant, so without derivative."""

from __future__ import annotations

import numpy as np

from adkit.common.domains import Domain
from adkit.common.verbs import constant, elementwise

_NONZERO_REAL = Domain(kinks=(0.0,), holomorphic=False)

# ---------------------------------------------------------------- of each element

_JUMPS = "jumps where the operands are equal; 0 there"
constant(np.less, np.less_equal, np.greater, np.greater_equal, kinks=_JUMPS)
constant(np.equal, np.not_equal, kinks=_JUMPS)
constant(np.logical_and, np.logical_or, np.logical_xor, np.logical_not, kinks="jumps at 0; 0 there")

constant(np.floor, np.ceil, np.trunc, np.fix, kinks="jumps at integers; 0 there")
constant(np.rint, np.round, np.around, kinks="jumps half way between results; 0 there")

elementwise(
    np.heaviside,
    None,
    lambda t, x: np.where(x == 0, t, 0),
    domain=(_NONZERO_REAL, Domain(holomorphic=False)),
    kinks="jumps at 0 in its first operand; 0 there",
)
elementwise(
    np.copysign,
    lambda x, y: np.sign(x) * np.copysign(1, y),
    None,
    domain=_NONZERO_REAL,
    kinks="0 where the first operand is 0, as of abs; jumps at 0 in the second; 0 there",
)

# ---------------------------------------------------------------- of whole arrays

constant(np.any, np.all, np.count_nonzero, np.nonzero, np.flatnonzero, np.argwhere)
constant(np.argmax, np.argmin, np.argsort, kinks="jumps where elements are equal; 0 there")
constant(np.nanargmax, np.nanargmin, kinks="jumps where elements are equal; 0 there")
constant(np.searchsorted, np.digitize, operands=2, kinks=_JUMPS)
