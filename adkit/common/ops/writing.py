"""What a ufunc writes: into the elements that ``where=`` selects, and by ``ufunc.at``."""

from __future__ import annotations

from typing import Any

import numpy as np

from adkit.common.ops.arrangement import as_arrays
from adkit.common.ops.indexing import scatter
from adkit.common.registry import elementary
from adkit.common.verbs import composite

__all__ = ["accumulated", "into_masked"]


# ---------------------------------------------------------------- where= of a ufunc


def _into_masked(ufunc: Any, where: Any, target: Any, *inputs: Any, **kwargs: Any) -> Any:
    """Return `target`, computed anew where `where` holds."""
    out = np.array(target)
    ufunc(*inputs, where=where, out=out, **kwargs)
    return out


def _masked_body(ufunc: Any, where: Any, target: Any, *inputs: Any, **kwargs: Any) -> Any:
    dtype, shape = kwargs.get("dtype"), target.shape
    where = np.broadcast_to(where, shape)
    picked = [x if np.ndim(x) == 0 else np.broadcast_to(x, shape)[where] for x in inputs]
    part = ufunc(*picked) if dtype is None else ufunc(*picked, dtype=dtype)
    part = np.broadcast_to(part, (int(where.sum()),)).astype(target.dtype)
    return np.where(where, scatter(part, where, shape, 0), target)


into_masked = elementary(_into_masked)
composite(into_masked, _masked_body, operands=slice(2, None))

# ---------------------------------------------------------------- ufunc.at


def _accumulated(ufunc: Any, part: Any, which: Any, *others: Any) -> Any:
    """Return what ``ufunc.at(part, which, *others)`` makes of a vector."""
    out = np.array(part)
    ufunc.at(out, which, *others)
    return out


def _accumulated_body(ufunc: Any, part: Any, which: Any, *others: Any) -> Any:
    if ufunc in (np.add, np.subtract):
        (b,) = as_arrays(*others)
        return ufunc(part, scatter(b.astype(part.dtype), which, part.shape, 0))
    for chosen in _rounds(which):
        at = which[chosen]
        stays = np.ones(part.shape, bool)
        stays[at] = False
        changed = ufunc(part[at], *[b[chosen] for b in others]).astype(part.dtype)
        part = np.where(stays, part, scatter(changed, at, part.shape, 0))
    return part


def _rounds(which: Any) -> list[Any]:
    """Return which entries come first for their place, which second, and so on."""
    order = np.argsort(which, kind="stable")
    ordered = which[order]
    starts = np.searchsorted(ordered, ordered)
    turn = np.empty(which.size, int)
    turn[order] = np.arange(which.size) - starts
    return [np.flatnonzero(turn == k) for k in range(int(turn.max(initial=-1)) + 1)]


accumulated = elementary(_accumulated)
composite(accumulated, _accumulated_body, operands=slice(1, None))
