"""Carlson's symmetric elliptic integrals.

Slopes of three of them are integrals of the same family. Those of the other two are
quotients of differences that vanish where arguments are equal; there Carlson's own
algorithm is differentiated, in which nothing cancels.

Formulas are those of the Digital Library of Mathematical Functions, sections 19.16 to 19.36,
and of B. C. Carlson (1995), "Numerical computation of real or complex elliptic integrals".
"""

from __future__ import annotations

from typing import Any

import numpy as np

from adkit.common.domains import POSITIVE
from adkit.common.errors import MissingRuleError
from adkit.common.ops.special.slopes import smooth
from adkit.common.optional import optional
from adkit.common.verbs import composite

sp = optional("scipy.special", "scipy")

# ---------------------------------------------------------------- slopes in the family


def _is_turned(y: Any) -> Any:
    """Return where elliprc is a principal value: left of 0 on the real line."""
    return False if np.iscomplexobj(y) else np.less(y, 0)


def _elliprc_by_x(x: Any, y: Any) -> Any:
    turned = _is_turned(y)
    plain = -sp.elliprd(np.where(turned, 1, y), np.where(turned, 1, y), x) / 6
    if not np.any(turned):
        return plain[()]
    u, v = np.where(turned, x - y, 1), np.where(turned, -y, 1)
    scale = np.sqrt(np.where(turned, x, 0) / u)
    change = (1 / np.sqrt(np.where(turned, x, 1) * u) - scale / u) / 2
    changed = change * sp.elliprc(u, v) - scale * sp.elliprd(v, v, u) / 6
    return np.where(turned, changed, plain)


def _elliprc_by_y(x: Any, y: Any) -> Any:
    turned = _is_turned(y)
    plain = -sp.elliprd(x, np.where(turned, 1, y), np.where(turned, 1, y)) / 3
    if not np.any(turned):
        return plain[()]
    u, v = np.where(turned, x - y, 1), np.where(turned, -y, 1)
    slopes = sp.elliprd(v, v, u) / 6 + sp.elliprd(u, v, v) / 3
    changed = np.sqrt(np.where(turned, x, 0) / u) * (sp.elliprc(u, v) / (2 * u) + slopes)
    return np.where(turned, changed, plain)


smooth(
    sp.elliprc,
    _elliprc_by_x,
    _elliprc_by_y,
    domain=(POSITIVE, POSITIVE),
    source="DLMF 19.16.6 and 19.18.1; 19.2.20 for a principal value",
)
smooth(
    sp.elliprf,
    lambda x, y, z: -sp.elliprd(y, z, x) / 6,
    lambda x, y, z: -sp.elliprd(x, z, y) / 6,
    lambda x, y, z: -sp.elliprd(x, y, z) / 6,
    domain=(POSITIVE, POSITIVE, POSITIVE),
    source="DLMF 19.18.1",
)


def _slope_of_elliprg(x: Any, y: Any, z: Any) -> Any:
    """Return the slope in `x`: a quarter of the integral of t / (t + x) in elliprf."""
    zero = np.equal(x, 0)
    less = np.where(zero, 0, x * sp.elliprd(y, z, np.where(zero, 1, x)))
    return (sp.elliprf(x, y, z) - less / 3) / 4


smooth(
    sp.elliprg,
    _slope_of_elliprg,
    lambda x, y, z: _slope_of_elliprg(y, x, z),
    lambda x, y, z: _slope_of_elliprg(z, x, y),
    domain=(POSITIVE, POSITIVE, POSITIVE),
    source="DLMF 19.23.7",
)

# ---------------------------------------------------------------- by duplication

#: The series of seven terms is right to its eighth power in what is left of the arguments.
_LEFT = 0.005
#: Each doubling halves the exponents of extreme arguments; then each is worth two bits.
_MOST = 40


def _is_close(mean: Any, start: Any, arguments: Any, scale: float) -> bool:
    """Return whether arguments are so near their mean that the series serves."""
    limits = _LEFT * np.abs(mean)
    return not any(np.any(scale * np.abs(start - x) > limits) for x in arguments)


def _series(e2: Any, e3: Any, e4: Any, e5: Any) -> Any:
    """Return DLMF 19.36.2."""
    first = 1 - 3 * e2 / 14 + e3 / 6 + 9 * e2 * e2 / 88 - 3 * e4 / 22 - 9 * e2 * e3 / 52
    second = 3 * e5 / 26 - e2**3 / 16 + 3 * e3 * e3 / 40 + 3 * e2 * e4 / 20
    return first + second + 45 * e2 * e2 * e3 / 272 - 9 * (e3 * e4 + e2 * e5) / 68


def _elliprd(x: Any, y: Any, z: Any) -> Any:
    start = mean = (x + y + 3 * z) / 5
    given = x, y, z
    total, scale = 0, 1.0
    for _ in range(_MOST):
        if _is_close(mean, start, given, scale):
            break
        a, b, c = np.sqrt(x), np.sqrt(y), np.sqrt(z)
        shift = a * b + a * c + b * c
        total = total + scale / (c * (z + shift))
        mean, x, y, z = ((u + shift) / 4 for u in (mean, x, y, z))
        scale /= 4
    p, q = (scale * (start - u) / mean for u in given[:2])
    r = -(p + q) / 3
    pq, square = p * q, r * r
    series = _series(
        pq - 6 * square, (3 * pq - 8 * square) * r, 3 * (pq - square) * square, pq * square * r
    )
    return scale * series / (mean * np.sqrt(mean)) + 3 * total


def _elliprj(x: Any, y: Any, z: Any, p: Any) -> Any:
    if not np.iscomplexobj(p) and np.any(np.less(p, 0)):
        raise MissingRuleError(
            "ADK403",
            "scipy.special.elliprj has no derivative rule for a principal value (negative p)",
            instead="write it by values of a positive one: DLMF 19.20.14",
        )
    start = mean = (x + y + z + 2 * p) / 5
    given = x, y, z, p
    product = (p - x) * (p - y) * (p - z)
    total, scale = 0, 1.0
    for _ in range(_MOST):
        if _is_close(mean, start, given, scale):
            break
        a, b, c, d = np.sqrt(x), np.sqrt(y), np.sqrt(z), np.sqrt(p)
        shift = a * b + a * c + b * c
        divisor = (d + a) * (d + b) * (d + c)
        rest = scale**3 * product / (divisor * divisor)
        total = total + scale / divisor * sp.elliprc(1.0, 1 + rest)
        mean, x, y, z, p = ((u + shift) / 4 for u in (mean, x, y, z, p))
        scale /= 4
    f, g, h = (scale * (start - u) / mean for u in given[:3])
    r = -(f + g + h) / 2
    all_three, cube = f * g * h, r**3
    e2 = f * g + f * h + g * h - 3 * r * r
    series = _series(
        e2,
        all_three + 2 * e2 * r + 4 * cube,
        (2 * all_three + e2 * r + 3 * cube) * r,
        all_three * r * r,
    )
    return scale * series / (mean * np.sqrt(mean)) + 6 * total


_ALGORITHM = "Carlson (1995), algorithms 3 and 4; DLMF 19.36.2"

composite(sp.elliprd, _elliprd, operands=3, domain=(POSITIVE,) * 3, source=_ALGORITHM)
composite(sp.elliprj, _elliprj, operands=4, domain=(POSITIVE,) * 4, source=_ALGORITHM)
