"""Where a write goes: the same place in an array, in its tangents and its cotangents.

A place is a path of steps from an array to a view of it, the last of them an index.
Steps that are plain slices are followed on tangents as they stand, behind the
directions; of any other path the positions in the flat array are taken, from the address
of the place where that tells them (`adkit.common.windows`), else by following the path on
numbers that lie in memory as the array does. A part of a complex array is that
part of its tangents; of a cotangent, which pairs as ``Re(sum(ct * t))``, it is the real
part, or the imaginary part with the other sign.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy import float64, ndarray
from numpy.lib.stride_tricks import sliding_window_view

from adkit.common.levels import is_traced
from adkit.common.ops.indexing import behind, getitem, is_adjacent, is_basic
from adkit.common.shapes import Like, align
from adkit.common.views import follow, numbered
from adkit.common.windows import Window, part_window

_PARTS = {np.real: "real", np.imag: "imag"}


class Place:
    """A place in an array.

    Parameters
    ----------
    path : sequence of Step
        From the array to the place.
    root : array or Like
        The array, of which shape, strides and dtype are read, and where its parts lie.

    Attributes
    ----------
    part : str
        ``"real"`` or ``"imag"`` of a part of a complex array, else ``""``.
    """

    __slots__ = ("_indices", "_positions", "_steps", "_window", "part", "root")

    def __init__(self, path: Sequence[Any], root: Any) -> None:
        self.root = Like(root)
        self.part = ""
        self._steps = []
        for step in path:
            if self.root.dtype.kind == "c" and step.function in _PARTS:
                self.part = _PARTS[step.function]
            elif step.function is not np.real:  # of a real array it is the array
                self._steps.append(step)
        self._positions: Any = None
        self._indices: list[Any] | None = None
        if all(step.function is getitem and is_basic(step.args[0]) for step in self._steps):
            self._indices = [step.args[0] for step in self._steps]
        self._window: Window | None = None
        if self._indices is None and len(self._steps) > 1 and is_basic(self._steps[-1].args[0]):
            x = root.value if is_traced(root) else root
            self._window = part_window(self._steps[:-1], self._steps[-1].args[0], x)

    def take(self, t: Any, lead: int) -> Any:
        """Return what stands at the place, behind `lead` axes of directions."""
        if self._indices is not None:
            t = self._part_of(t)
            for index in self._indices:
                t = t[behind(index, lead)]
            return t
        if self._is_index(lead):
            return self._part_of(t)[behind(self._steps[0].args[0], lead)]
        return self._flat(t, lead)[..., self.positions]

    def put(self, t: Any, lead: int, part: Any, part_ndim: int) -> None:
        """Write `part` to the place in `t`, which is C-contiguous; both have `lead` axes more."""
        if self._indices is None and not self._is_index(lead):
            flat = self._flat(t, lead)
            flat[..., self.positions] = fitted(part, lead, part_ndim, self.positions.ndim)
            return
        t = self._part_of(t)
        for step in self._steps[:-1]:
            t = t[behind(step.args[0], lead)]
        last = behind(self._steps[-1].args[0], lead)
        ndim = len(np.shape(t[last])) - lead if lead and np.ndim(part) else part_ndim
        t[last] = fitted(part, lead, part_ndim, ndim)

    def _is_index(self, lead: int) -> bool:
        """Return whether the place is one index, which directions may precede."""
        only = len(self._steps) == 1 and self._steps[0].function is getitem
        return only and (not lead or is_adjacent(self._steps[0].args[0]))

    def _part_of(self, t: Any) -> Any:
        if not self.part:
            return t
        return np.real(t) if self.part == "real" else np.imag(t)

    def _flat(self, t: Any, lead: int) -> Any:
        """Return a view of `t` in which the axes of the array are one."""
        return self._part_of(np.reshape(t, (*np.shape(t)[:lead], math.prod(self.root.shape))))

    @property
    def positions(self) -> Any:
        """Positions of the place in the flat array."""
        if self._positions is None and self._window is not None:
            self._positions = self._window.positions()
        elif self._positions is None:
            self._positions = np.array(follow(self._steps, numbered(self.root)))
        return self._positions

    def winners(self) -> Any:
        """Return which element of a written part each of its elements gave way to.

        None if each stayed. An index array may name an element twice; the last one
        written stays. Which that is NumPy decides, so it is asked.
        """
        overlap = any(step.function is sliding_window_view for step in self._steps)
        if self._indices is not None or (_names_once(self._steps[-1].args[0]) and not overlap):
            return None
        positions = self.positions
        numbers = np.arange(positions.size).reshape(positions.shape)
        last = numbered(self.root)
        target = follow(self._steps[:-1], last)
        target[self._steps[-1].args[0]] = numbers
        winners = last.reshape(-1)[positions]
        return None if (winners == numbers).all() else winners


def fits(part: Any, x: Any, index: Any) -> bool:
    """Return whether plain numbers have the dtype and the shape of ``x[index]``, a basic index."""
    kind = type(part)
    if (kind is not ndarray and kind is not float64) or part.dtype is not x.dtype:
        return False
    if type(index) is int:
        return bool(part.shape == x.shape[1:])
    return is_basic(index) and bool(part.shape == x[index].shape)


def whole_part(view: Any) -> tuple[Any, Any]:
    """Return root and index of which a view is the basic part, ``(None, None)`` if it is none."""
    root, step = view.parent, view.step
    if root.parent is None and step.function is getitem and is_basic(step.args[0]):
        return root, step.args[0]
    return None, None


def _names_once(index: Any) -> bool:
    """Return whether an index plainly names no element twice."""
    if is_basic(index):
        return True
    if type(index) is not np.ndarray:
        return False
    return index.dtype == bool or (
        index.ndim == 1 and index.size == np.unique(index).size and bool((index >= 0).all())
    )


def fitted(part: Any, lead: int, part_ndim: int, ndim: int) -> Any:
    """Give a part the rank of its place, so that directions stay in front."""
    if part_ndim > ndim:  # NumPy drops leading axes of length one
        shape = np.shape(part)
        return np.reshape(part, shape[:lead] + shape[lead + part_ndim - ndim :])
    return align(part, part_ndim, ndim)
