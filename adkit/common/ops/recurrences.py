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

#: Products of so few others are exact to more digits than a quotient, and as soon computed.
_SHORT = 32


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
    """Return products of the others that do not overflow or vanish on the way.

    Of many numbers they are quotients of the product of all, where that is exact to rounding.
    """
    try:
        with np.errstate(over="raise", under="raise", invalid="raise"):
            if x.shape[-1] > _SHORT and x.dtype.kind == "f":
                whole = _whole(x)
                if np.all(np.abs(whole) > 0):
                    return whole / x
            return _others(x)
    except FloatingPointError:
        with np.errstate(over="ignore", under="ignore", invalid="ignore"):
            return _scaled_others(x) if x.dtype.kind == "f" else _others(x)


def _folded(ufunc: Any, x: Any, group: int = 64) -> Any:
    """Reduce groups of numbers along the last axis to one each; what is left over stays."""
    length = x.shape[-1]
    group = min(length, group)
    size = length // group
    groups = np.reshape(x[..., : group * size], (*x.shape[:-1], group, size))
    reduced = ufunc.reduce(groups, axis=-2, dtype=x.dtype)
    return np.concatenate((reduced, x[..., group * size :]), axis=-1)


def _whole(x: Any) -> Any:
    """Return the product along the last axis, which stays."""
    while x.shape[-1] > 1:
        x = _folded(np.multiply, x)
    return x


def _scaled_others(x: Any) -> Any:
    """Do what `_others` does, with the powers of two of finite numbers apart."""
    whole, power = parts, powers = np.frexp(x)
    group = min(64, -np.finfo(x.dtype).minexp // 2)  # a product of so many parts is no less
    while whole.shape[-1] > 1:
        whole, more = np.frexp(_folded(np.multiply, whole, group))
        power = _folded(np.add, power, group) + more.astype(np.int64)
    if not np.isfinite(whole).all():
        return _others(x)
    if whole.all():
        power = np.clip(power, -(2**30), 2**30).astype(powers.dtype)  # products are 0 or infinite
        return np.ldexp(whole / parts, power - powers)
    zero = x == 0
    number = np.count_nonzero(zero, axis=-1, keepdims=True)
    products = _scaled_others(np.where(zero, 1, x))
    return np.where((number == 0) | (zero & (number == 1)), products, 0)


recurrence = elementary(_recurrence)
others = elementary(_others_of_any_size)
composite(others, _others)
composite(recurrence, _definition, operands=2)
