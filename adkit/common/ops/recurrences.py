"""Products, and linear recurrences, which the derivatives of running products obey.

Of the running product ``y[k] = x[k] y[k-1]`` the tangent obeys
``t_y[k] = x[k] t_y[k-1] + y[k-1] t[k]``, and the cotangent the same backwards: right at
zeros, with nothing divided.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from adkit.common.registry import dispatches, elementary
from adkit.common.verbs import composite

__all__ = ["others", "pull_running", "push_running", "recurrence"]


def _recurrence(a: Any, b: Any) -> Any:
    """Return `y` along the last axis, ``y[k] = a[k] y[k-1] + b[k]``, ``y[0] = b[0]``.

    `b` may have more leading axes than `a`. Pairs of neighbours make a recurrence of half the
    length; where it overflows and this one might not, elements follow one another.
    """
    with np.errstate(over="ignore", invalid="ignore", under="ignore"):
        y = _halved(a, b)
    if np.isfinite(y).all() or not (np.isfinite(a).all() and np.isfinite(b).all()):
        return y
    return _one_by_one(a, b)


def _halved(a: Any, b: Any) -> Any:
    length = b.shape[-1]
    if length < 2:
        return b
    even = length - length % 2
    left, right = a[..., 0:even:2], a[..., 1:even:2]
    odd = _halved(left * right, right * b[..., 0:even:2] + b[..., 1:even:2])
    y = np.empty(b.shape, np.result_type(a, b))
    y[..., :1] = b[..., :1]
    y[..., 1::2] = odd
    later = b[..., 2::2]
    y[..., 2::2] = a[..., 2::2] * odd[..., : later.shape[-1]] + later
    return y


def _one_by_one(a: Any, b: Any) -> Any:
    y = np.array(b)
    for k in range(1, b.shape[-1]):
        y[..., k] += a[..., k] * y[..., k - 1]
    return y


def _definition(a: Any, b: Any) -> Any:
    """Do what `_halved` does, without writes."""
    length = b.shape[-1]
    if length < 2:
        return b
    even = length - length % 2
    left, right = a[..., 0:even:2], a[..., 1:even:2]
    odd = recurrence(left * right, right * b[..., 0:even:2] + b[..., 1:even:2])
    later = b[..., 2::2]
    later = a[..., 2::2] * odd[..., : later.shape[-1]] + later
    first = np.concatenate((b[..., :1], later), axis=-1)
    woven = np.stack((first[..., : even // 2], odd), axis=-1)
    woven = np.reshape(woven, (*b.shape[:-1], even))
    return woven if even == length else np.concatenate((woven, first[..., -1:]), axis=-1)


def _before(y: Any) -> Any:
    """Return the product before each element."""
    return np.concatenate((np.ones_like(y[..., :1]), y[..., :-1]), axis=-1)


def push_running(t: Any, y: Any, x: Any) -> Any:
    """Push a tangent through running products `y` of `x` along the last axis."""
    return recurrence(x, t * _before(y))


def pull_running(ct: Any, y: Any, x: Any) -> Any:
    """Pull a cotangent back through running products `y` of `x` along the last axis."""
    after = np.concatenate((x[..., :1], x[..., :0:-1]), axis=-1)
    return recurrence(after, ct[..., ::-1])[..., ::-1] * _before(y)


# ---------------------------------------------------------------- whole products


def _others(x: Any) -> Any:
    """Return, for each element along the last axis, the product of the others.

    Pairs are multiplied until one product is left, the way back multiplies by the partners.
    """
    length = x.shape[-1]
    if length < 2:
        return np.ones_like(x)
    half = length // 2
    left, right, rest = x[..., :half], x[..., half : 2 * half], x[..., 2 * half :]
    pairs = left * right
    rest_of = others if dispatches(x) else _others
    above = rest_of(np.concatenate((pairs, rest), axis=-1) if length % 2 else pairs)
    outside = above[..., :half]
    parts = (outside * right, outside * left, above[..., half:])
    return np.concatenate(parts, axis=-1)


def _others_of_any_size(x: Any) -> Any:
    """Return products of the others that do not overflow or vanish on the way."""
    with np.errstate(over="ignore", invalid="ignore", under="ignore"):
        y = _others(x)
    finite = np.isfinite(y).all()
    if x.dtype.kind == "c" or (finite and (y.all() or not x.all())):
        return y
    if finite and _vanishes(x):
        return y
    with np.errstate(invalid="ignore"):
        return np.ldexp(*_scaled_others(*np.frexp(x)))


def _vanishes(x: Any) -> bool:
    """Return whether products of others, none of them 0, are all too small to be a number."""
    limits = np.finfo(x.dtype)
    logarithms = np.log2(np.abs(x))
    largest = np.sum(logarithms, axis=-1) - np.min(logarithms, axis=-1, initial=0)
    return bool(np.all(largest < limits.minexp - limits.nmant - 2))


def _scaled_others(x: Any, power: Any) -> tuple[Any, Any]:
    """Do what `_others` does to ``x * 2**power``, with the powers of two apart."""
    length = x.shape[-1]
    if length < 2:
        return np.ones_like(x), np.zeros_like(power)
    half = length // 2
    parts = np.split(x, (half, 2 * half), axis=-1)
    powers = np.split(power, (half, 2 * half), axis=-1)
    pairs, more = np.frexp(parts[0] * parts[1])
    pairs = np.concatenate((pairs, parts[2]), axis=-1)
    above, scale = _scaled_others(
        pairs, np.concatenate((powers[0] + powers[1] + more, powers[2]), axis=-1)
    )
    outside, its_power = above[..., :half], scale[..., :half]
    found = (outside * parts[1], outside * parts[0], above[..., half:])
    its_powers = (its_power + powers[1], its_power + powers[0], scale[..., half:])
    result, more = np.frexp(np.concatenate(found, axis=-1))
    return result, np.concatenate(its_powers, axis=-1) + more


recurrence = elementary(_recurrence)
others = elementary(_others_of_any_size)
composite(others, _others)
composite(recurrence, _definition, operands=2)
