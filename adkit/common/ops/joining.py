"""Arrays joined into one, and one taken apart."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from adkit.common.ops.arrangement import as_arrays, at_least
from adkit.common.registry import SEQUENCE
from adkit.common.shapes import Shape, from_end
from adkit.common.signatures import Rule
from adkit.common.verbs import composite, linear

_ALL = slice(None)
#: The shapes that arrays take before they are joined, and the axis, counted from the end.
Layout = tuple[Sequence[Shape], int]

# ---------------------------------------------------------------- joined along an axis


def _joins(
    function: Callable[..., Any], layout: Callable[..., Layout], push: Rule | None = None
) -> None:
    """Declare a function that joins arrays, by ``layout(shapes, *args, **kwargs)``."""

    def push_parts(ts: Any, xs: Any, *args: Any, **kwargs: Any) -> Any:
        shapes = [np.shape(x) for x in xs]
        parts, axis = layout(shapes, *args, **kwargs)
        shaped = [
            t if part == shape else t.reshape(t.shape[: t.ndim - len(shape)] + part)
            for t, shape, part in zip(ts, shapes, parts, strict=True)
        ]
        return np.concatenate(shaped, axis)

    def pull(ct: Any, xs: Any, *args: Any, **kwargs: Any) -> list[Any]:
        parts, axis = layout([x.shape for x in xs], *args, **kwargs)
        lead = ct.shape[: ct.ndim - len(parts[0])]
        behind = (_ALL,) * (-axis - 1)
        pulled, start = [], 0
        for x, part in zip(xs, parts, strict=True):
            stop = start + part[axis]
            piece = ct[(Ellipsis, slice(start, stop), *behind)]
            pulled.append(piece if part == x.shape else piece.reshape(lead + x.shape))
            start = stop
        return pulled

    linear(function, pull, push or push_parts, operands=SEQUENCE)


def _concatenate(shapes: Sequence[Shape], axis: Any = 0, *args: Any, **kwargs: Any) -> Layout:
    if axis is None:
        return [(math.prod(shape),) for shape in shapes], -1
    return shapes, from_end(axis, len(shapes[0]))


def _stack(shapes: Sequence[Shape], axis: int = 0, *args: Any, **kwargs: Any) -> Layout:
    ndim = len(shapes[0])
    axis = from_end(axis, ndim + 1)
    place = axis + ndim + 1
    return [(*shape[:place], 1, *shape[place:]) for shape in shapes], axis


def _push_stack(ts: Any, xs: Any, axis: int = 0, *args: Any, **kwargs: Any) -> Any:
    return np.stack(ts, from_end(axis, np.ndim(xs[0]) + 1))


def _vstack(shapes: Sequence[Shape], **kwargs: Any) -> Layout:
    parts = [at_least(2, shape) for shape in shapes]
    return parts, -len(parts[0])


def _hstack(shapes: Sequence[Shape], **kwargs: Any) -> Layout:
    parts = [at_least(1, shape) for shape in shapes]
    return parts, -max(1, len(parts[0]) - 1)


def _dstack(shapes: Sequence[Shape]) -> Layout:
    parts = [at_least(3, shape) for shape in shapes]
    return parts, 2 - len(parts[0])


def _column_stack(shapes: Sequence[Shape]) -> Layout:
    parts = [shape if len(shape) > 1 else (*at_least(1, shape), 1) for shape in shapes]
    return parts, 1 - len(parts[0])


_joins(np.concatenate, _concatenate)
_joins(np.stack, _stack, _push_stack)
_joins(np.vstack, _vstack)
_joins(np.hstack, _hstack)
_joins(np.dstack, _dstack)
_joins(np.column_stack, _column_stack)


def _append(arr: Any, values: Any, axis: Any = None) -> Any:
    return np.concatenate(as_arrays(arr, values), axis=axis)


def _block(arrays: Any) -> Any:
    depth, ndim = _depth_and_rank(arrays)

    def join(part: Any, axis: int) -> Any:
        if isinstance(part, list):
            return np.concatenate([join(inner, axis + 1) for inner in part], axis)
        return np.reshape(part, (1,) * (ndim - np.ndim(part)) + np.shape(part))

    return join(arrays, -depth) if depth else np.copy(arrays)


def _depth_and_rank(nested: Any) -> tuple[int, int]:
    """Return how deep lists are nested, and the number of axes of the array they make."""
    if not isinstance(nested, list):
        return 0, np.ndim(nested)
    depths, ranks = zip(*map(_depth_and_rank, nested), strict=True)
    if len(set(depths)) > 1:
        raise ValueError("List depths are mismatched")
    return 1 + depths[0], max(1 + depths[0], *ranks)


composite(np.append, _append, operands=2, exact=True)
composite(np.block, _block, operands=0)

# ---------------------------------------------------------------- taken apart


def _splits(function: Callable[..., Any], axis_of: Callable[[Any], int] | None = None) -> None:
    """Declare a function that returns consecutive parts along an axis.

    `axis_of` gives the axis where it is no argument of the function.
    """

    def body(ary: Any, indices_or_sections: Any, axis: int = 0) -> Any:
        axis = (axis if axis_of is None else axis_of(ary)) % ary.ndim
        n = ary.shape[axis]
        if np.ndim(indices_or_sections):
            ends = [0, *indices_or_sections, n]
        else:
            # The first parts are longer by one where the parts are unequal.
            length, longer = divmod(n, indices_or_sections)
            ends = [i * length + min(i, longer) for i in range(indices_or_sections + 1)]
        front = (_ALL,) * axis
        return [ary[(*front, slice(start, stop))] for start, stop in itertools.pairwise(ends)]

    composite(function, body)


_splits(np.split)
_splits(np.array_split)
_splits(np.vsplit, lambda ary: 0)
_splits(np.hsplit, lambda ary: 1 if ary.ndim > 1 else 0)
_splits(np.dsplit, lambda ary: 2)

if hasattr(np, "unstack"):
    composite(np.unstack, lambda x, axis=0: tuple(np.moveaxis(x, axis, 0)))
