"""Elements kept where a mask is true, zeros elsewhere, without a branch for each element.

`numpy.where` branches, and a mask whose next element cannot be guessed costs it the time of
some twenty elements that can: 350 microseconds for 100,000 of them, against 40 here.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from adkit.common.ops.indexing import scatter
from adkit.common.registry import elementary
from adkit.common.shapes import align, dtype_of, leading, unbroadcast
from adkit.common.verbs import linear

__all__ = ["decided", "kept", "placed", "portion"]

_WHOLE: dict[np.dtype[Any], Any] = {
    np.dtype(np.float64): np.int64,
    np.dtype(np.float32): np.int32,
}
#: Below, the views take as long as the branches.
_MANY = 500
#: Of so many, to find the places takes longer than to go through all;
_FEW = 2000
#: so it does where more than one of these is taken.
_SELDOM = 16


def _kept(x: Any, mask: Any) -> Any:
    """Return ``np.where(mask, x, 0)``; bits are masked, so that nothing infinite or nan stays."""
    if (
        type(x) is np.ndarray
        and x.size >= _MANY
        and (whole := _WHOLE.get(x.dtype)) is not None
        and mask.dtype == bool
    ):
        bits = np.negative(mask.view(np.int8)).astype(whole)  # -1 has all bits set
        room = bits if bits.shape == x.shape else None
        return np.bitwise_and(x.view(whole), bits, out=room).view(x.dtype)
    return np.where(mask, x, 0)


def _push(t: Any, x: Any, mask: Any) -> Any:
    return kept(align(t, x.ndim, max(x.ndim, np.ndim(mask))), mask)


kept = elementary(_kept)
linear(kept, lambda ct, ans, x, mask: unbroadcast(kept(ct, mask), x.shape, ans.ndim), _push)


def decided(one: Any, other: Any) -> bool:
    """Return whether of two masks that exclude each other one is true everywhere."""
    return bool(np.count_nonzero(one) + np.count_nonzero(other) == np.size(one))


def portion(t: Any, parts: Any, whole: int = 1) -> Any:
    """Return a tangent times small integers over `whole`; zeros where they are 0.

    The product may be ``inf * 0``: sweeps whose result is not finite run again with
    tangents that are no plain arrays.
    """
    if type(t) is np.ndarray and t.size >= _MANY and t.dtype.kind == "f":
        factor = parts.view(np.int8).astype(t.dtype)
        if whole != 1:
            factor *= factor.dtype.type(1 / whole)
        with np.errstate(invalid="ignore"):
            return np.multiply(t, factor, out=factor if factor.shape == t.shape else None)
    if whole == 1:
        return kept(t, parts)
    return kept(t, parts != 0) * (parts * dtype_of(t).type(1 / whole))


def placed(value: Any, mask: Any) -> Any:
    """Return a value, broadcast, where a mask is true, as it seldom is, and zeros elsewhere."""
    size = np.size(mask)
    if size <= _FEW or _SELDOM * np.count_nonzero(mask) > size:
        return kept(value, mask)
    lead = leading(value, mask.ndim) if np.ndim(value) else ()
    places = np.unravel_index(np.flatnonzero(mask), mask.shape)  # faster than of many axes
    taken = np.broadcast_to(value, lead + mask.shape)[(slice(None),) * len(lead) + places]
    return scatter(taken, places, mask.shape, len(lead))
