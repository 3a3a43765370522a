"""Elements picked, repeated or left out."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_index
from numpy.lib.stride_tricks import sliding_window_view

from adkit.common.ops.arrangement import as_arrays
from adkit.common.ops.indexing import scatter
from adkit.common.registry import dispatches
from adkit.common.shapes import Shape, align, from_end, leading, total
from adkit.common.signatures import Rule
from adkit.common.verbs import composite, linear

# ---------------------------------------------------------------- along an axis


def _along(x: Any, axis: Any) -> tuple[Shape, int]:
    """Return the shape of `x` and an axis from the end; without axes `x` is raveled."""
    return ((x.size,), -1) if axis is None or not x.ndim else (x.shape, from_end(axis, x.ndim))


def _picked(function: Callable[..., Any], places: Callable[..., Any]) -> tuple[Rule, Rule]:
    """Return transpose and push of picking elements along an axis, by the places that it picks.

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

    return pull, push


def _taken(n: int, indices: Any, out: Any = None, mode: str = "raise") -> Any:
    indices = np.asarray(indices, np.intp)[()]
    if mode == "wrap":
        return indices % n
    return np.clip(indices, 0, n - 1) if mode == "clip" else indices


_pull_runs, _repeat_push = _picked(np.repeat, lambda n, repeats: np.repeat(np.arange(n), repeats))


def _repeat_pull(ct: Any, ans: Any, x: Any, repeats: Any, axis: Any = None) -> Any:
    if np.size(repeats) != 1:
        return _pull_runs(ct, ans, x, repeats, axis)
    shape, axis = _along(x, axis)
    lead = leading(ct, ans.ndim)
    place = len(lead) + len(shape) + axis
    run = (shape[axis], int(np.ravel(repeats)[0]))
    runs = ct.reshape(ct.shape[:place] + run + ct.shape[place + 1 :])
    return total(runs, (place + 1,)).reshape(lead + x.shape)


linear(np.take, *_picked(np.take, _taken))
linear(np.repeat, _repeat_pull, _repeat_push)


def _take_along_axis(arr: Any, indices: Any, axis: Any = -1) -> Any:
    arr, axis = (np.ravel(arr), 0) if axis is None else (arr, normalize_axis_index(axis, arr.ndim))
    if indices.dtype.kind not in "iu":
        raise IndexError(f"indices are integers, not {indices.dtype}")
    if indices.ndim != arr.ndim:
        raise ValueError(f"indices have {indices.ndim} axes, and what they take of has {arr.ndim}")
    if arr.ndim == 1:
        return np.take(arr, indices)
    grid: list[Any] = list(np.ogrid[tuple(slice(n) for n in arr.shape)])
    grid[axis] = indices
    return arr[tuple(grid)]


def _compress(condition: Any, a: Any, axis: Any = None, out: Any = None) -> Any:
    return np.take(a, np.flatnonzero(condition), axis)


composite(np.take_along_axis, _take_along_axis, exact=True)
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
    pairs = tuple(n for pair in zip(reps, shape, strict=True) for n in pair if n != 1)
    ct = ct.reshape(lead + pairs)
    axis = len(lead)
    for count, n in zip(reps, shape, strict=True):
        if count != 1:
            ct = total(ct, (axis,))
        axis += n != 1
    return ct.reshape(lead + x.shape)


linear(np.tile, _tile_pull, _tile_push)

# ---------------------------------------------------------------- copies of elements


def _positions(shape: Shape) -> Any:
    """Return the position of each element of an array in its raveled copy."""
    return np.arange(math.prod(shape)).reshape(shape)


def _windows_push(t: Any, x: Any, window_shape: Any, axis: Any = None, **options: Any) -> Any:
    axes = range(x.ndim) if axis is None else np.ravel(axis)
    return sliding_window_view(t, window_shape, tuple(int(a) % x.ndim - x.ndim for a in axes))


def _windows_pull(ct: Any, ans: Any, x: Any, *args: Any, **options: Any) -> Any:
    lead = leading(ct, ans.ndim)
    places = sliding_window_view(_positions(x.shape), *args, **options)
    return scatter(ct, places, (x.size,), len(lead)).reshape(lead + x.shape)


linear(sliding_window_view, _windows_pull, _windows_push)


def _delete(arr: Any, obj: Any, axis: Any = None) -> Any:
    arr, axis = (np.ravel(arr), 0) if axis is None else (arr, from_end(axis, arr.ndim) + arr.ndim)
    kept = np.zeros(arr.shape[axis], bool)
    kept[np.delete(np.arange(arr.shape[axis]), obj)] = True
    return arr[(*(slice(None),) * axis, kept)]


composite(np.delete, _delete)


def _resize(a: Any, new_shape: Any) -> Any:
    shape = tuple(np.atleast_1d(new_shape).tolist())
    size = math.prod(shape)
    if any(n < 0 for n in shape):
        raise ValueError(f"no axis of an array has a length below 0: {shape}")
    if a.size == 0 or size == 0:
        return np.zeros(shape, a.dtype)
    times = -(-size // a.size)
    flat = np.ravel(a)
    flat = np.tile(flat, times) if times > 1 else np.copy(flat)
    return np.reshape(flat if size == flat.size else flat[:size], shape)


def _insert(arr: Any, obj: Any, values: Any, axis: Any = None) -> Any:
    arr, values = as_arrays(arr, values)
    obj = np.asarray(obj) if dispatches(obj) else obj  # of a list without elements NumPy knows
    source = np.concatenate((np.ravel(arr), np.ravel(values).astype(arr.dtype)))
    places = np.insert(_positions(arr.shape), obj, arr.size + _positions(values.shape), axis)
    return source[places]


def _meshgrid(*xi: Any, copy: bool = True, sparse: bool = False, indexing: Any = "xy") -> Any:
    if indexing not in ("xy", "ij"):
        raise ValueError(f"indexing is 'xy' or 'ij', not {indexing!r}")
    axes = list(range(len(xi)))
    if indexing == "xy" and len(axes) > 1:
        axes[:2] = 1, 0
    grids = [
        np.reshape(x, (1,) * axis + (x.size,) + (1,) * (len(axes) - 1 - axis))
        for x, axis in zip(as_arrays(*xi), axes, strict=True)
    ]
    if not sparse and len(grids) > 1:
        shape = np.broadcast_shapes(*[grid.shape for grid in grids])
        grids = [np.broadcast_to(grid, shape) for grid in grids]
    if copy:
        grids = [np.copy(grid, order="C") for grid in grids]
    return tuple(grids) if copy or not sparse else grids


composite(np.resize, _resize, exact=True)
composite(np.insert, _insert, operands=slice(0, 3))
composite(np.meshgrid, _meshgrid, operands=slice(None), exact=True)
