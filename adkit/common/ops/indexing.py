"""Reading elements, and its transpose: adding them where they were read.

Indices of every kind: integers, slices, ellipsis, newaxis, integer arrays,
boolean masks and their mixtures.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from adkit.common.registry import elementary, linear
from adkit.common.shapes import Shape, dtype_of

__all__ = ["getitem", "scatter"]


def _getitem(x: Any, index: Any) -> Any:
    """Return ``x[index]``."""
    return x[index]


def _scatter(ct: Any, index: Any, shape: Shape, lead: int) -> Any:
    """Add `ct` into zeros of `shape` at `index`, behind `lead` axes of directions."""
    directions = np.shape(ct)[:lead]
    total = np.zeros(directions + shape, dtype_of(ct))
    place, first = _behind(index, lead)
    if first:
        ct = np.moveaxis(ct, range(lead), range(first, first + lead))
    if _reads_once(index):
        total[place] = ct
    else:
        np.add.at(total, place, ct)
    return total


getitem = elementary(_getitem)
scatter = elementary(_scatter)


def _gather(t: Any, index: Any, lead: int) -> Any:
    """Return ``t[index]`` behind `lead` axes of directions."""
    if not lead:
        return t[index]
    place, first = _behind(index, lead)
    picked = t[place]
    return np.moveaxis(picked, range(first, first + lead), range(lead)) if first else picked


linear(
    getitem,
    lambda ct, ans, x, index: scatter(ct, index, x.shape, np.ndim(ct) - ans.ndim),
    lambda t, x, index: _gather(t, index, np.ndim(t) - np.ndim(x)),
)
linear(
    scatter,
    lambda ct, x, index, shape, lead: _gather(ct, index, np.ndim(ct) - len(shape)),
    lambda t, x, index, shape, lead: scatter(t, index, shape, lead + np.ndim(t) - np.ndim(x)),
)


def _behind(index: Any, lead: int) -> tuple[tuple[Any, ...], int]:
    """Return an index that leaves `lead` axes of directions alone.

    Where integer arrays are separated by slices NumPy puts their axes first, in
    front of the directions; the second result is then their number, else 0.
    """
    parts = index if isinstance(index, tuple) else (index,)
    place = (slice(None),) * lead + parts
    advanced = [i for i, part in enumerate(parts) if _is_array(part)]
    if not advanced or not lead:
        return place, 0
    also = [i for i, part in enumerate(parts) if _is_array(part) or _is_integer(part)]
    if also[-1] - also[0] + 1 == len(also):
        return place, 0
    shapes = [
        (1,) if np.asarray(parts[i]).dtype == bool else np.shape(parts[i]) for i in advanced
    ]
    return place, len(np.broadcast_shapes(*shapes))


def _is_array(part: Any) -> bool:
    return isinstance(part, (list, bool, np.bool_)) or (
        isinstance(part, np.ndarray) and (part.ndim > 0 or part.dtype == bool)
    )


def _is_integer(part: Any) -> bool:
    return not isinstance(part, slice) and part is not None and part is not Ellipsis


def _reads_once(index: Any) -> bool:
    """Return whether no element can be read twice: slices, integers and one mask."""
    parts = index if isinstance(index, tuple) else (index,)
    arrays = [np.asarray(part) for part in parts if _is_array(part)]
    return not arrays or (len(arrays) == 1 and arrays[0].dtype == bool)
