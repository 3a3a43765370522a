"""Shapes that a function gives to its numbers, such as the grid that a vector is cut into.

Colours of stencils follow from the indices of an element in its grid; the argument itself is
often a flat vector. An evaluation with arrays that note their shapes finds the grid. It also finds
how large the arrays are of which a sweep holds one for each direction.
"""

from __future__ import annotations

import contextlib
import math
import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np

from adkit.common.directions import chunk_size
from adkit.common.flat import FlatFunction
from adkit.common.sweeps import count_primal
from adkit.common.tracer import Tracer
from adkit.sparse.lattice import Shape

__all__ = ["seen_chunk_size", "shapes_seen"]

#: Different shapes of one size that are worth a search.
_MOST = 3

#: Up to this many directions a sweep carries without a look at what the function works on.
_UNSEEN = 64


class _Noting(np.ndarray[Any, Any]):
    """An array that notes its shape, and those of all arrays made from it."""

    shapes: dict[tuple[int, ...], None]

    def __array_finalize__(self, obj: Any) -> None:
        shapes = getattr(obj, "shapes", None)
        if shapes is not None:
            self.shapes = shapes
            shapes[self.shape] = None


def shapes_seen(flat: FlatFunction) -> tuple[tuple[Shape, ...], tuple[Shape, ...]]:
    """Return shapes of which the elements of all arguments, and of all results, are elements.

    Parameters
    ----------
    flat : FlatFunction
        It is evaluated once. If it does not take such arrays, only the shapes of its
        arguments are known.
    """
    results, shapes = _noted(flat)
    return _of_size(flat.leaves, shapes), _of_size(results, shapes)


def seen_chunk_size(chunk: Any, count: int, flat: FlatFunction) -> int:
    """Return how many of `count` directions a sweep carries whose arrays nothing has recorded.

    Where they are many, the function is evaluated once more, for the size of its largest array.

    Parameters
    ----------
    chunk : int or "auto"
    count : int
    flat : FlatFunction
        One that is swept forward.
    """
    largest = max([1, *(int(np.size(x)) for x in flat.leaves)])
    size = chunk_size(chunk, count, largest)
    if chunk != "auto" or size <= _UNSEEN:
        return size
    seen = max([largest, *(math.prod(shape) for shape in _noted(flat)[1])])
    return max(min(size, _UNSEEN // 4), chunk_size(chunk, count, seen))


def _noted(flat: FlatFunction) -> tuple[Sequence[Any], dict[tuple[int, ...], None]]:
    """Return the results of a function, and the shapes of all arrays that it made."""
    shapes: dict[tuple[int, ...], None] = {}
    results: Sequence[Any] = ()
    if not any(isinstance(x, Tracer) for x in flat.leaves):
        with contextlib.suppress(Exception), warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            results = flat([_noting(x, shapes) for x in flat.leaves])
        count_primal()
    return results, shapes


def _noting(x: Any, shapes: dict[tuple[int, ...], None]) -> Any:
    noting = np.array(x, copy=True).view(_Noting)
    noting.shapes = shapes
    return noting


def _of_size(arrays: Sequence[Any], shapes: dict[tuple[int, ...], None]) -> tuple[Shape, ...]:
    own = [np.shape(x) for x in arrays]
    if not own or not all(np.size(x) for x in arrays):
        return ()
    if len(own) > 1:
        return (tuple(own),)
    size = int(np.size(arrays[0]))
    grids = [shape for shape in shapes if len(shape) > 1 and np.prod(shape) == size]
    ordered = sorted(dict.fromkeys([own[0], *grids]), key=lambda shape: -len(shape))
    return tuple(shape for shape in ordered if shape)[:_MOST]
