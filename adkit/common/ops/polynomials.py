"""Polynomials by their coefficients, highest power first: values, roots, sums, products, fits."""

from __future__ import annotations

from typing import Any

import numpy as np

from adkit.common.ops.arrangement import as_arrays
from adkit.common.registry import dispatches, elementary
from adkit.common.verbs import composite, constant, general

# ---------------------------------------------------------------- values and powers


def _polyval(p: Any, x: Any) -> Any:
    """Evaluate by Horner's scheme, as NumPy does: with the same bits."""
    p, x = as_arrays(p, x)
    coefficients = list(p)
    if not coefficients:
        return np.zeros(x.shape, x.dtype)
    y = zero_times(x) + coefficients[0]
    for coefficient in coefficients[1:]:
        y = y * x + coefficient
    return y


def _zero_times(x: Any) -> Any:
    """Return zeros, nan where `x` is not finite: the product that Horner's scheme begins with."""
    return np.zeros_like(x) * x


def _vander_slope(ans: Any, increasing: bool) -> Any:
    """Return the derivatives of powers: ``k x**(k - 1)`` from the power before."""
    powers = ans if increasing else ans[..., ::-1]
    factors = np.arange(1, ans.shape[-1], dtype=np.finfo(ans.dtype).dtype)
    slopes = np.concatenate((powers[..., :1] * 0, factors * powers[..., :-1]), axis=-1)
    return slopes if increasing else slopes[..., ::-1]


def _vander_push(t: Any, ans: Any, x: Any, N: int | None = None, increasing: bool = False) -> Any:
    return t[..., None] * _vander_slope(ans, increasing)


def _vander_pull(ct: Any, ans: Any, x: Any, N: int | None = None, increasing: bool = False) -> Any:
    return np.sum(ct * _vander_slope(ans, increasing), axis=-1)


zero_times = elementary(_zero_times)
constant(zero_times, kinks="nan where the operand is not finite")
composite(np.polyval, _polyval, operands=2, exact=True)
general(np.vander, push=_vander_push, pull=_vander_pull)

# ---------------------------------------------------------------- roots


def _slopes(roots: Any, p: Any) -> Any:
    return np.polyval(np.polyder(p), roots)


def _roots_push(t: Any, ans: Any, p: Any) -> Any:
    return -(t @ np.vander(ans, p.size).T) / _slopes(ans, p)


def _roots_pull(ct: Any, ans: Any, p: Any) -> Any:
    return -(ct / _slopes(ans, p)) @ np.vander(ans, p.size)


general(
    np.roots,
    push=_roots_push,
    pull=_roots_pull,
    kinks="at a repeated root the slope is 0 and the derivative infinite, with NumPy's warning",
    source="the implicit function theorem",
)


def _poly(seq_of_zeros: Any) -> Any:
    """Multiply factors ``x - zero``; of a matrix those of its characteristic polynomial."""
    if np.ndim(seq_of_zeros) == 2:
        return _characteristic(seq_of_zeros)
    zeros = np.atleast_1d(seq_of_zeros)
    product = np.ones(1, zeros.dtype)
    for zero in zeros:
        product = np.append(product, 0) - np.append(0, product * zero)
    return product


def _characteristic(a: Any) -> Any:
    """Return the coefficients of ``det(x - a)`` by products and traces."""
    size = a.shape[-1]
    identity = np.eye(size, dtype=a.dtype)
    power, coefficients = identity, [np.ones((), a.dtype)]
    for k in range(1, size + 1):
        product = a @ power
        coefficients.append(-np.sum(product * identity) / k)
        power = product + coefficients[-1] * identity
    return np.stack(coefficients)


composite(
    np.poly,
    _poly,
    kinks="complex zeros in conjugate pairs give real coefficients, and real derivatives",
    source="of matrices: Faddeev and LeVerrier's recursion",
)

# ---------------------------------------------------------------- derivatives and integrals


def _polyder(p: Any, m: int = 1) -> Any:
    for _ in range(m):
        p = p[:-1] * np.arange(p.shape[0] - 1, 0, -1)
    return p


def _polyint(p: Any, m: int = 1, k: Any = None) -> Any:
    constants = np.atleast_1d(*as_arrays(0.0 if k is None else k))
    for i in range(m):
        constant = constants[0 if constants.shape[0] == 1 else i]
        p = np.append(p / np.arange(p.shape[0], 0, -1), constant)
    return p


composite(np.polyder, _polyder)
composite(np.polyint, _polyint, exact=True)

# ---------------------------------------------------------------- arithmetic


def _aligned(*polynomials: Any) -> list[Any]:
    """Return coefficients with as many zeros in front as make them equally many."""
    arrays = [p if p.ndim else np.reshape(p, 1) for p in as_arrays(*polynomials)]
    count = max(p.shape[0] for p in arrays)
    return [
        np.concatenate([np.zeros(count - p.shape[0], p.dtype), p]) if p.shape[0] < count else p
        for p in arrays
    ]


def _polyadd(a1: Any, a2: Any) -> Any:
    a1, a2 = _aligned(a1, a2)
    return a1 + a2


def _polysub(a1: Any, a2: Any) -> Any:
    a1, a2 = _aligned(a1, a2)
    return a1 - a2


def _trimmed(p: Any) -> Any:
    """Return coefficients without zeros in front, at least one."""
    p = np.atleast_1d(p)
    present = np.flatnonzero(p)
    return p[present[0] if present.size else -1 :]


def _polymul(a1: Any, a2: Any) -> Any:
    return np.convolve(_trimmed(a1), _trimmed(a2))


def _polydiv(u: Any, v: Any) -> Any:
    """Divide with remainder; how many leading zeros that loses is read off its values."""
    v = np.atleast_1d(v) + 0.0
    rest = np.atleast_1d(u) + 0.0 * v[0]
    quotient = []
    for k in range(rest.shape[0] - v.shape[0] + 1):
        end = k + v.shape[0]
        quotient.append(1.0 / v[0] * rest[k])  # in the order of NumPy's, for its rounding
        changed = rest[k:end] - quotient[k] * v
        rest = np.concatenate([rest[:k], changed, rest[end:]])
    first = 0
    while first < rest.shape[0] - 1 and np.allclose(rest[first], 0, rtol=1e-14):
        first += 1
    return (np.stack(quotient) if quotient else 0.0 * rest[:1]), rest[first:]


composite(np.polyadd, _polyadd, operands=2, exact=True)
composite(np.polysub, _polysub, operands=2, exact=True)
composite(np.polymul, _polymul, operands=2)
composite(np.polydiv, _polydiv, operands=2)

# ---------------------------------------------------------------- fits


def _polyfit(
    x: Any,
    y: Any,
    deg: int,
    rcond: float | None = None,
    full: bool = False,
    w: Any = None,
    cov: bool | str = False,
) -> Any:
    x, y = as_arrays(x, y)
    x, y = x + 0.0, y + 0.0
    rows, right = np.vander(x, int(deg) + 1), y
    if w is not None:
        weights = (w if dispatches(w) else np.asarray(w)) + 0.0
        rows = rows * weights[:, None]
        right = right * (weights[:, None] if y.ndim == 2 else weights)
    scale = np.sqrt(np.sum(rows * rows, axis=0))
    rows = rows / scale
    rcond = x.shape[0] * np.finfo(x.dtype).eps if rcond is None else rcond
    solution, residuals, rank, values = np.linalg.lstsq(rows, right, rcond)
    fit = np.transpose(np.transpose(solution) / scale)
    if full:
        return fit, residuals, rank, values, rcond
    if not cov:
        return fit
    covariance = np.linalg.inv(np.dot(rows.T, rows)) / np.outer(scale, scale)
    if cov != "unscaled":
        factor = residuals / (x.shape[0] - int(deg) - 1)
        covariance = (covariance[:, :, None] if y.ndim == 2 else covariance) * factor
    elif y.ndim == 2:
        covariance = covariance[:, :, None]
    return fit, covariance


composite(np.polyfit, _polyfit, operands=2)
