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


def _into_masked(ufunc: Any, where: Any, *arrays: Any, casting: Any = "same_kind") -> Any:
    """Return one target for each result of a ufunc, computed anew where `where` holds.

    `arrays` are the targets and then the operands.
    """
    out = tuple(np.array(target) for target in arrays[: ufunc.nout])
    ufunc(*arrays[ufunc.nout :], where=where, out=out, casting=casting)
    return out if ufunc.nout > 1 else out[0]


def _masked_body(ufunc: Any, where: Any, *arrays: Any, casting: Any = "same_kind") -> Any:
    targets, inputs = arrays[: ufunc.nout], arrays[ufunc.nout :]
    shape = targets[0].shape
    where = np.broadcast_to(where, shape)
    picked = [x if np.ndim(x) == 0 else np.broadcast_to(x, shape)[where] for x in inputs]
    parts = ufunc(*picked)
    results = tuple(
        _masked_result(part, where, target)
        for part, target in zip(parts if ufunc.nout > 1 else (parts,), targets, strict=True)
    )
    return results if ufunc.nout > 1 else results[0]


def _masked_result(part: Any, where: Any, target: Any) -> Any:
    if target.dtype.kind not in "fc":
        return target  # carries no derivative
    part = np.broadcast_to(part, (int(where.sum()),)).astype(target.dtype)
    return np.where(where, scatter(part, where, target.shape, 0), target)


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
