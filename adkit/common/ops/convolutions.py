"""Convolution and correlation of vectors."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from adkit.common.registry import elementary
from adkit.common.shapes import leading
from adkit.common.verbs import bilinear, composite


@elementary
def sliding_products(a: Any, v: Any, mode: Any) -> Any:
    """Return the sums ``a[n + k] * v[n]`` for all shifts `k` that a mode takes.

    `numpy.correlate` of the conjugate of `v`.

    Parameters
    ----------
    a, v : arrays of one axis
    mode : str
        "full", "same" or "valid".

    Returns
    -------
    array of one axis

    Examples
    --------
    >>> import numpy as np
    >>> sliding_products(np.arange(4.0), np.array([1.0, 2.0]), "valid")
    array([2., 5., 8.])
    """
    return np.correlate(a, np.conjugate(v) if v.dtype.kind == "c" else v, mode)


def _all_shifts(ct: Any, a: Any, v: Any, mode: Any) -> Any:
    """Return a cotangent of all shifts: zero for those that `mode` leaves out."""
    longer, shorter = max(a.size, v.size), min(a.size, v.size)
    kind = str(mode)[:1].lower()
    if kind in "f2":
        return ct
    if kind in "v0":
        before = after = shorter - 1
    else:
        before = (shorter - 1) // 2 if a.size >= v.size else shorter // 2
        after = a.size + v.size - 1 - longer - before
    return np.pad(ct, [(0, 0)] * (np.ndim(ct) - 1) + [(before, after)])


def _each(f: Callable[[Any], Any], ct: Any, size: int) -> Any:
    """Apply a function of vectors, with results of a size, to each direction of a cotangent."""
    lead = leading(ct, 1)
    if not lead:
        return f(ct)
    if 0 in lead:
        return np.zeros((*lead, size), ct.dtype)
    flat = np.reshape(ct, (math.prod(lead), ct.shape[-1]))
    return np.reshape(np.stack([f(row) for row in flat]), (*lead, size))


def _left(ct: Any, a: Any, v: Any, mode: Any) -> Any:
    shifts = _all_shifts(ct, a, v, mode)
    backwards = v[::-1]
    return _each(lambda row: sliding_products(row, backwards, "valid"), shifts, a.size)


def _right(ct: Any, a: Any, v: Any, mode: Any) -> Any:
    shifts = _all_shifts(ct, a, v, mode)
    return _each(lambda row: sliding_products(row, a, "valid"), shifts, v.size)[..., ::-1]


bilinear(sliding_products, _left, _right)


def _convolve(a: Any, v: Any, mode: Any = "full") -> Any:
    a, v = np.atleast_1d(a), np.atleast_1d(v)
    if v.size > a.size:
        a, v = v, a
    return sliding_products(a, v[::-1], mode)


def _correlate(a: Any, v: Any, mode: Any = "valid") -> Any:
    return sliding_products(a, np.conjugate(v), mode)


composite(np.convolve, _convolve, operands=0)
composite(np.correlate, _correlate, operands=0)
