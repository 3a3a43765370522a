"""Windows: which elements of an array a view shows, read off its address and strides.

A loop that goes through a view of an array, its transpose say, reads and writes small parts
of that view. Where such a part lies is told by its memory at once; following the way to it on
numbers that stand for the elements would take as long as the array is large, at every step.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy import ndarray

from adkit.common.views import follow, shares


class Window(NamedTuple):
    """A part of an array in C order: where it starts and its strides, in elements."""

    start: int
    shape: tuple[int, ...]
    strides: tuple[int, ...]

    def positions(self) -> Any:
        """Return the positions of the part in the flat array."""
        positions = np.array(self.start)
        for length, stride in zip(self.shape, self.strides, strict=True):
            positions = positions[..., None] + stride * np.arange(length)
        return positions

    def shows_once(self) -> bool:
        """Return whether strides alone tell that no element is shown twice."""
        reach = 0
        for stride, length in sorted(zip(map(abs, self.strides), self.shape, strict=True)):
            if length > 1 and stride <= reach:
                return False
            reach += stride * (length - 1)
        return True


def window_of(view: Any, x: Any) -> Window | None:
    """Return which part of `x` a view shows, None if that cannot be told: `x` is not in C order."""
    if type(view) is not ndarray or type(x) is not ndarray or not view.size:
        return None
    if view.dtype is not x.dtype or not x.flags.c_contiguous or not shares(view, x):
        return None
    size = x.itemsize
    bytes_before = view.__array_interface__["data"][0] - x.__array_interface__["data"][0]
    return Window(bytes_before // size, view.shape, tuple(s // size for s in view.strides))


def part_window(path: Sequence[Any], index: Any, x: Any) -> Window | None:
    """Return which part of `x` a basic index shows of the view to which a path leads."""
    if type(x) is not ndarray:
        return None
    index = index if type(index) is tuple else (index,)
    if not any(part is Ellipsis for part in index):
        index = (*index, Ellipsis)  # an element is a view then too
    return window_of(follow(path, x)[index], x)
