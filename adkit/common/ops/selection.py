"""Elements picked, repeated or left out."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from adkit.common.ops.arrangement import as_arrays
from adkit.common.ops.indexing import scatter
from adkit.common.shapes import Shape, align, from_end, leading
from adkit.common.verbs import composite, linear

# ---------------------------------------------------------------- along an axis


def _along(x: Any, axis: Any) -> tuple[Shape, int]:
    """Return the shape of `x` and an axis from the end; without an axis `x` is raveled."""
    return ((x.size,), -1) if axis is None else (x.shape, from_end(axis, x.ndim))


def _picked(function: Callable[..., Any], places: Callable[..., Any]) -> None:
    """Declare a function that picks elements along an axis, by the places that it picks.

    ``function(x, how, axis, **options)`` picks ``places(n, how, **options)`` of `n`.
    """

    def push(t: Any, x: Any, how: Any, axis: Any = None, *args: Any, **options: Any) -> Any:
        shape, axis = _along(x, axis)
        return function(t.reshape(leading(t, x.ndim) + shape), how, axis, *args, **options)

    def pull(
        ct: Any, ans: Any, x: Any, how: Any, axis: Any = None, *args: Any, **options: Any
    ) -> Any:
        shape, axis = _along(x, axis)
        front = (slice(None),) * (len(shape) + axis)
        index = (*front, places(shape[axis], how, *args, **options))
        lead = leading(ct, ans.ndim)
        return scatter(ct, index, shape, len(lead)).reshape(lead + x.shape)

    linear(function, pull, push)


def _taken(n: int, indices: Any, out: Any = None, mode: str = "raise") -> Any:
    indices = np.asarray(indices, np.intp)[()]
    if mode == "wrap":
        return indices % n
    return np.clip(indices, 0, n - 1) if mode == "clip" else indices


_picked(np.take, _taken)
_picked(np.repeat, lambda n, repeats: np.repeat(np.arange(n), repeats))


def _take_along_axis(arr: Any, indices: Any, axis: Any = -1) -> Any:
    if axis is None:
        return np.ravel(arr)[indices]
    grid: list[Any] = list(np.ogrid[tuple(slice(n) for n in arr.shape)])
    grid[axis] = indices
    return arr[tuple(grid)]


def _compress(condition: Any, a: Any, axis: Any = None, out: Any = None) -> Any:
    return np.take(a, np.flatnonzero(condition), axis)


composite(np.take_along_axis, _take_along_axis)
composite(np.compress, _compress, operands=slice(1, 2))
composite(np.extract, lambda condition, arr: _compress(condition, arr), operands=slice(1, 2))

# ---------------------------------------------------------------- whole arrays repeated


def _repetitions(x: Any, reps: Any) -> tuple[Shape, Shape]:
    """Return the shape of `x` and the argument of np.tile, with the rank of the result."""
    reps = tuple(reps) if np.ndim(reps) else (reps,)
    ndim = max(x.ndim, len(reps))
    return (1,) * (ndim - x.ndim) + x.shape, (1,) * (ndim - len(reps)) + reps


def _tile_push(t: Any, x: Any, reps: Any) -> Any:
    shape, reps = _repetitions(x, reps)
    lead = t.ndim - x.ndim
    return np.tile(align(t, x.ndim, len(shape)), (1,) * lead + reps)


def _tile_pull(ct: Any, x: Any, reps: Any) -> Any:
    shape, reps = _repetitions(x, reps)
    lead = leading(ct, len(shape))
    pairs = tuple(n for pair in zip(reps, shape, strict=True) for n in pair)
    copies = tuple(range(-len(pairs), 0, 2))
    return np.sum(ct.reshape(lead + pairs), axis=copies).reshape(lead + x.shape)


linear(np.tile, _tile_pull, _tile_push)

# ---------------------------------------------------------------- copies of elements


def _positions(shape: Shape) -> Any:
    """Return the position of each element of an array in its raveled copy."""
    return np.arange(math.prod(shape)).reshape(shape)


def _copies(function: Callable[..., Any]) -> None:
    """Declare a function that only copies elements, by what it does to their positions."""

    def body(x: Any, *args: Any, **kwargs: Any) -> Any:
        return np.ravel(x)[function(_positions(x.shape), *args, **kwargs)]

    composite(function, body)


def _delete(arr: Any, obj: Any, axis: Any = None) -> Any:
    arr, axis = (np.ravel(arr), 0) if axis is None else (arr, from_end(axis, arr.ndim) + arr.ndim)
    kept = np.zeros(arr.shape[axis], bool)
    kept[np.delete(np.arange(arr.shape[axis]), obj)] = True
    return arr[(*(slice(None),) * axis, kept)]


composite(np.delete, _delete)
_copies(np.lib.stride_tricks.sliding_window_view)


def _resize(a: Any, new_shape: Any) -> Any:
    if a.size == 0:
        return np.zeros(new_shape, a.dtype)
    flat, size = np.ravel(a), math.prod(np.atleast_1d(new_shape).tolist())
    repeated = flat if size <= a.size else np.tile(flat, -(-size // a.size))
    return np.reshape(repeated[:size], new_shape)


def _insert(arr: Any, obj: Any, values: Any, axis: Any = None) -> Any:
    arr, values = as_arrays(arr, values)
    obj = obj if isinstance(obj, slice) else np.asarray(obj)
    source = np.concatenate((np.ravel(arr), np.ravel(values).astype(arr.dtype)))
    places = np.insert(_positions(arr.shape), obj, arr.size + _positions(values.shape), axis)
    return source[places]


def _meshgrid(*xi: Any, copy: bool = True, sparse: bool = False, indexing: Any = "xy") -> Any:
    vectors = [np.ravel(x) for x in as_arrays(*xi)]
    axes = list(range(len(vectors)))
    if indexing == "xy" and len(axes) > 1:
        axes[:2] = 1, 0
    grids = [
        np.reshape(x, (1,) * axis + (x.size,) + (1,) * (len(axes) - 1 - axis))
        for x, axis in zip(vectors, axes, strict=True)
    ]
    if sparse:
        return grids
    shape = np.broadcast_shapes(*[grid.shape for grid in grids])
    return [np.copy(np.broadcast_to(grid, shape)) for grid in grids]


composite(np.resize, _resize)
composite(np.insert, _insert, operands=slice(0, 3))
composite(np.meshgrid, _meshgrid, operands=slice(None))
