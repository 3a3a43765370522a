"""Chains of products of matrices, in the cheapest order."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np

from adkit.common.ops.arrangement import as_arrays
from adkit.common.registry import SEQUENCE
from adkit.common.shapes import Shape
from adkit.common.verbs import composite


def _multi_dot(arrays: Any) -> Any:
    arrays = list(as_arrays(*arrays))
    sizes = [1 if arrays[0].ndim == 1 else arrays[0].shape[0]]
    sizes += [x.shape[0] for x in arrays[1:]]
    sizes += [1 if arrays[-1].ndim == 1 else arrays[-1].shape[-1]]
    return _chain(arrays, tuple(sizes))


def _chain(arrays: list[Any], sizes: Shape) -> Any:
    """Multiply matrices in the cheapest order; factor i is ``sizes[i] x sizes[i+1]``."""
    if len(arrays) == 1:
        return arrays[0]
    k = _cheapest(sizes)[1]
    return _chain(arrays[:k], sizes[: k + 1]) @ _chain(arrays[k:], sizes[k:])


@functools.lru_cache(maxsize=4096)
def _cheapest(sizes: Shape) -> tuple[int, int]:
    """Return the cost of a chain of products and where to split it."""
    if len(sizes) == 2:
        return 0, 0
    return min(
        (
            _cheapest(sizes[: k + 1])[0]
            + _cheapest(sizes[k:])[0]
            + sizes[0] * sizes[k] * sizes[-1],
            k,
        )
        for k in range(1, len(sizes) - 1)
    )


composite(
    np.linalg.multi_dot,
    _multi_dot,
    operands=SEQUENCE,
    source="Cormen, Leiserson, Rivest and Stein, Introduction to Algorithms, section 15.2",
)
