"""Shapes that a function gives to its numbers, such as the grid that a vector is cut into.

Colours of stencils follow from the indices of an element in its grid; the argument itself is
often a flat vector. An evaluation with arrays that note their shapes finds the grid.
"""

from __future__ import annotations

import contextlib
import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np

from adkit.common.flat import FlatFunction
from adkit.common.sweeps import count_primal
from adkit.common.tracer import Tracer
from adkit.sparse.lattice import Shape

__all__ = ["shapes_seen"]

#: Different shapes of one size that are worth a search.
_MOST = 3


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
    leaves = flat.leaves
    shapes: dict[tuple[int, ...], None] = {}
    results: Sequence[Any] = ()
    if not any(isinstance(x, Tracer) for x in leaves):
        with contextlib.suppress(Exception), warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            results = flat([_noting(x, shapes) for x in leaves])
        count_primal()
    return _of_size(leaves, shapes), _of_size(results, shapes)


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
