"""Fingerprints of numbers: whether a function that ran again gave what it gave before.

A few numbers stand for many, so that no copy has to be kept. They are compared to half of the
digits: how a library splits a sum among threads may change the last ones.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from adkit.common.levels import is_traced

#: Columns that an array is folded to; prime, so that few patterns fit it.
_WIDTH = 1021
_WEIGHTS = np.random.default_rng(0).uniform(1.0, 2.0, _WIDTH)


class Fingerprint(NamedTuple):
    """What is remembered of an array: a weighted sum of its numbers, and their norm."""

    shape: tuple[int, ...]
    dtype: Any
    total: float
    norm: float

    def agrees(self, other: Fingerprint) -> bool:
        """Return whether two arrays are the same, as far as can be told."""
        if self.shape != other.shape or self.dtype != other.dtype:
            return False
        if not (np.isfinite(self.total) and np.isfinite(other.total)):
            return bool(np.isfinite(self.total) == np.isfinite(other.total))
        tolerance = np.sqrt(np.finfo(self.dtype).eps) * max(self.norm, other.norm)
        return bool(abs(self.total - other.total) <= 10 * tolerance)


def fingerprints(values: Sequence[Any]) -> list[Fingerprint | None]:
    """Return the fingerprints of arrays of floats or complex numbers, None for anything else."""
    return [_fingerprint(y) for y in values]


def agree(before: Sequence[Fingerprint | None], after: Sequence[Fingerprint | None]) -> bool:
    """Return whether all results are what they were, as far as can be told."""
    return all(
        (x is None) == (y is None) and (x is None or y is None or x.agrees(y))
        for x, y in zip(before, after, strict=True)
    )


def _fingerprint(y: Any) -> Fingerprint | None:
    while is_traced(y):
        y = y.value
    if not isinstance(y, (np.ndarray, np.generic, float)):
        return None
    y = np.asarray(y)
    if y.dtype.kind not in "fc":
        return None
    with np.errstate(all="ignore"):
        total, norm = _sums(y)
    return Fingerprint(y.shape, y.dtype, total, norm)


def _sums(y: Any) -> tuple[float, float]:
    flat = y.ravel(order="K")
    if y.dtype.kind == "c":
        flat = flat.view(flat.real.dtype)
    whole = flat.size - flat.size % _WIDTH
    columns = np.add.reduce(flat[:whole].reshape(-1, _WIDTH), axis=0)
    rest = flat[whole:]
    total = columns @ _WEIGHTS + rest @ _WEIGHTS[: rest.size]
    return float(total), float(np.sqrt(np.vdot(flat, flat)))
