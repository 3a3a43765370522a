"""Absolute value, sign, and the parts of complex numbers.

A cotangent pairs with a tangent as ``Re(sum(ct * t))``, and the engines take the real
part of what belongs to a real number. So ``conj(z) / abs(z)`` both pushes and pulls
through ``abs``, and ``-1j`` pulls through ``imag``.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from adkit.common.domains import REAL, Domain
from adkit.common.shapes import zeros
from adkit.common.verbs import composite, elementwise, linear

_NONZERO_REAL = Domain(kinks=(0.0,), holomorphic=False)


def _conjugate_sign(x: Any) -> Any:
    """Return conj(x) / abs(x), 0 where x is 0."""
    return np.conjugate(np.sign(x)) if np.iscomplexobj(x) else np.sign(x)


elementwise(np.absolute, _conjugate_sign, symbol="abs", domain=_NONZERO_REAL, kinks="abs'(0) = 0")
elementwise(np.fabs, np.sign, domain=_NONZERO_REAL, kinks="fabs'(0) = 0")


def _sign(x: Any) -> Any:
    if not np.iscomplexobj(x):
        return zeros(x.shape, x.dtype)
    zero = x == 0
    return np.where(zero, 0, x / np.abs(np.where(zero, 1, x)))


composite(
    np.sign,
    _sign,
    domain=_NONZERO_REAL,
    kinks="of real numbers 0 everywhere, of complex ones x / abs(x) with derivative 0 at 0",
)

elementwise(np.conjugate, lambda t: np.conjugate(t) if np.iscomplexobj(t) else t, domain=REAL)
linear(np.real, lambda ct, x: ct)
linear(np.imag, lambda ct, x: ct * -1j if x.dtype.kind == "c" else zeros(ct.shape, x.dtype))


def _angle(z: Any, deg: bool = False) -> Any:
    if not np.iscomplexobj(z):
        return zeros(z.shape, z.dtype)
    radians = np.arctan2(np.imag(z), np.real(z))
    return radians * (180 / np.pi) if deg else radians


composite(
    np.angle,
    _angle,
    domain=_NONZERO_REAL,
    kinks="of real numbers 0 everywhere; of complex ones as arctan2: nan at 0",
)
