"""Where a write goes: the same place in an array, in its tangents and its cotangents.

A place is a path of steps from an array to a view of it, the last of them an index.
Steps that are plain slices are followed on tangents as they stand, behind the
directions; of any other path the positions in the flat array are taken, by following
it on ``arange``.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from adkit.common.ops.indexing import behind, getitem, is_basic
from adkit.common.shapes import Shape, align


class Place:
    """A place in an array of a given shape.

    Parameters
    ----------
    path : sequence of Step
        From the array to the place.
    shape : tuple of int
        Shape of the array.
    """

    __slots__ = ("_indices", "_positions", "path", "shape")

    def __init__(self, path: Sequence[Any], shape: Shape) -> None:
        self.path = path
        self.shape = shape
        self._positions: Any = None
        self._indices: list[Any] | None = None
        if all(step.function is getitem and is_basic(step.args[0]) for step in path):
            self._indices = [step.args[0] for step in path]

    def take(self, t: Any, lead: int) -> Any:
        """Return what stands at the place, behind `lead` axes of directions."""
        if self._indices is not None:
            for index in self._indices:
                t = t[behind(index, lead)]
            return t
        flat = np.reshape(t, (*np.shape(t)[:lead], math.prod(self.shape)))
        return flat[..., self.positions]

    def put(self, t: Any, lead: int, part: Any, part_ndim: int) -> None:
        """Write `part` to the place in `t`, which is C-contiguous; both have `lead` axes more."""
        if not isinstance(t, np.ndarray):  # parts of a traced constant are plain: one write
            index = behind(np.unravel_index(self.positions, self.shape) if self.shape else (), lead)
            t[index] = _fitted(part, lead, part_ndim, self.positions.ndim)
            return
        if self._indices is not None:
            for index in self._indices[:-1]:
                t = t[behind(index, lead)]
            last = behind(self._indices[-1], lead)
            ndim = len(np.shape(t[last])) - lead if np.ndim(part) else 0
            t[last] = _fitted(part, lead, part_ndim, ndim)
            return
        flat = np.reshape(t, (*np.shape(t)[:lead], math.prod(self.shape)))
        flat[..., self.positions] = _fitted(part, lead, part_ndim, self.positions.ndim)

    @property
    def positions(self) -> Any:
        """Positions of the place in the flat array."""
        if self._positions is None:
            found = np.arange(math.prod(self.shape)).reshape(self.shape)
            for step in self.path:
                found = step.of(found)
            self._positions = np.asarray(found)
        return self._positions

    def outside(self) -> Any:
        """Return a mask of the array: False at the place."""
        mask = np.ones(self.shape, bool)
        self.put(mask, 0, False, 0)
        return mask

    def winners(self) -> Any:
        """Return which elements of a written part stay, None if all do.

        An index array may name an element twice; the last one written stays.
        """
        index = self.path[-1].args[0]
        if is_basic(index) or (isinstance(index, np.ndarray) and index.dtype == bool):
            return None
        positions = self.positions
        numbers = np.arange(positions.size).reshape(positions.shape)
        last = np.empty(math.prod(self.shape), int)
        last[positions] = numbers
        stays = last[positions] == numbers
        return None if stays.all() else stays


def _fitted(part: Any, lead: int, part_ndim: int, ndim: int) -> Any:
    """Give a part the rank of its place, so that directions stay in front."""
    if part_ndim > ndim:  # NumPy drops leading axes of length one
        shape = np.shape(part)
        return np.reshape(part, shape[:lead] + shape[lead + part_ndim - ndim :])
    return align(part, part_ndim, ndim)
