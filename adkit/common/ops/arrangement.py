"""The same elements in another shape or order of axes.

All linear; directions lead, so a shape is completed by ``leading(t, ndim)`` and
axes are counted from the end.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_tuple
from numpy.lib.stride_tricks import as_strided

from adkit.common.registry import dispatches
from adkit.common.shapes import Shape, align, expand, from_end, leading, unbroadcast
from adkit.common.verbs import composite, linear

# ---------------------------------------------------------------- another shape


def _reshaped(t: Any, ndim: int, shape: Shape) -> Any:
    """Return `t` with its last `ndim` axes, those of its value, in another shape."""
    return t.reshape(leading(t, ndim) + shape)


def _permuted(t: Any, axes: Shape) -> Any:
    """Return `t` with its last axes permuted."""
    lead = np.ndim(t) - len(axes)
    return t.transpose((*range(lead), *[lead + axis for axis in axes]) if lead else axes)


def _inverse(axes: Shape) -> Shape:
    """Return the permutation that undoes another."""
    return tuple(sorted(range(len(axes)), key=axes.__getitem__))


def _reading_order(x: Any, order: str) -> Shape:
    """Return the axes of `x` as ``order=`` reads them, slowest first."""
    axes = tuple(range(x.ndim))
    order = order.upper()
    if order == "K":
        return memory_order(x)
    if order == "A":
        order = "F" if is_fortran(x) else "C"
    return axes[::-1] if order == "F" else axes


def is_fortran(x: Any) -> bool:
    """Return whether an array lies in memory in Fortran's order, and not in C's."""
    layout = as_strided(np.empty((), x.dtype), x.shape, x.strides)
    return bool(layout.flags.fnc)


def memory_order(x: Any) -> Shape:
    """Return the axes of `x` from the longest step in memory to the shortest.

    As NumPy's iterators sort them: an axis without a step stays where C's order
    has it.
    """
    steps = [abs(step) if n > 1 else 0 for step, n in zip(x.strides, x.shape, strict=True)]
    fastest_first: list[int] = []
    for axis in reversed(range(x.ndim)):
        place = len(fastest_first)
        for i, other in reversed(list(enumerate(fastest_first))):
            if steps[axis] and steps[other]:
                if steps[other] <= steps[axis]:
                    break
                place = i
        fastest_first.insert(place, axis)
    return tuple(fastest_first[::-1])


def _is_reversed(x: Any, order: str) -> bool:
    """Return whether ``order=`` reads the first axis of `x` fastest."""
    return order != "C" and x.ndim > 1 and _reading_order(x, order)[0] > 0


def _reversed(t: Any, ndim: int) -> Any:
    """Return `t` with its last `ndim` axes in reverse order."""
    return _permuted(t, tuple(range(ndim))[::-1])


def _reshape_push(
    t: Any, ans: Any, x: Any, shape: Any = None, order: str = "C", **kwargs: Any
) -> Any:
    if not _is_reversed(x, order):
        return _reshaped(t, x.ndim, ans.shape)
    return _reversed(_reshaped(_reversed(t, x.ndim), x.ndim, ans.shape[::-1]), ans.ndim)


def _reshape_pull(
    ct: Any, ans: Any, x: Any, shape: Any = None, order: str = "C", **kwargs: Any
) -> Any:
    if not _is_reversed(x, order):
        return _reshaped(ct, ans.ndim, x.shape)
    return _reversed(_reshaped(_reversed(ct, ans.ndim), ans.ndim, x.shape[::-1]), x.ndim)


def _ravel_push(t: Any, x: Any, order: str = "C") -> Any:
    if order != "C":
        t = _permuted(t, _reading_order(x, order))
    return _reshaped(t, x.ndim, (x.size,))


def _ravel_pull(ct: Any, x: Any, order: str = "C") -> Any:
    if order == "C":
        return _reshaped(ct, 1, x.shape)
    axes = _reading_order(x, order)
    return _permuted(_reshaped(ct, 1, tuple(x.shape[axis] for axis in axes)), _inverse(axes))


def _shape_push(t: Any, ans: Any, x: Any, *args: Any, **kwargs: Any) -> Any:
    return _reshaped(t, x.ndim, ans.shape)


def _shape_pull(ct: Any, ans: Any, x: Any, *args: Any, **kwargs: Any) -> Any:
    return _reshaped(ct, ans.ndim, x.shape)


def _same(t: Any, x: Any, *args: Any, **kwargs: Any) -> Any:
    return t


linear(np.reshape, _reshape_pull, _reshape_push)
linear(np.ravel, _ravel_pull, _ravel_push)
linear(np.expand_dims, _shape_pull, _shape_push)
linear(np.squeeze, _shape_pull, _shape_push)
linear(np.copy, _same, _same)


def _broadcast_push(t: Any, ans: Any, x: Any, *args: Any, **kwargs: Any) -> Any:
    return expand(align(t, x.ndim, ans.ndim), ans.shape)


linear(
    np.broadcast_to,
    lambda ct, ans, x, *args, **kwargs: unbroadcast(ct, x.shape, ans.ndim),
    _broadcast_push,
)


def joined(parts: Any) -> Any:
    """Return nested lists of numbers, of which some may be traced, as an array."""
    if holds_traced(parts):
        return np.stack([joined(part) for part in parts])
    return parts if dispatches(parts) else np.asarray(parts)


def holds_traced(parts: Any) -> bool:
    """Return whether nested lists hold a traced value."""
    return isinstance(parts, (list, tuple)) and any(
        dispatches(part) or holds_traced(part) for part in parts
    )


def as_arrays(*values: Any) -> tuple[Any, ...]:
    """Return values that are arrays or traced; lists and numbers become arrays."""
    return tuple(joined(x) for x in values)


def _broadcast_arrays(*arrays: Any, subok: bool = False) -> Any:
    arrays = as_arrays(*arrays)
    shape = np.broadcast_shapes(*[x.shape for x in arrays])
    return tuple(np.broadcast_to(x, shape) for x in arrays)


def at_least(ndim: int, shape: Shape) -> Shape:
    """Return the shape that np.atleast_1d and its kin give an array."""
    shape = (1,) * (min(ndim, 2) - len(shape)) + shape
    return shape + (1,) * (ndim - len(shape))


def _raises_rank(function: Callable[..., Any], ndim: int) -> None:
    """Declare np.atleast_1d or its kin, of one array or several."""

    def body(*arrays: Any) -> Any:
        shaped = [
            x if x.ndim >= ndim else x.reshape(at_least(ndim, x.shape)) for x in as_arrays(*arrays)
        ]
        return shaped[0] if len(shaped) == 1 else tuple(shaped)

    composite(function, body, operands=slice(None))


composite(np.broadcast_arrays, _broadcast_arrays, operands=slice(None))
composite(
    np.ix_,
    lambda *args: tuple(
        x.reshape((1,) * i + x.shape + (1,) * (len(args) - i - 1))
        for i, x in enumerate(as_arrays(*args))
    ),
    operands=slice(None),
)
_raises_rank(np.atleast_1d, 1)
_raises_rank(np.atleast_2d, 2)
_raises_rank(np.atleast_3d, 3)

# ---------------------------------------------------------------- another order of axes


def _permutation(axes: Any, ndim: int) -> Shape:
    """Return the argument of np.transpose in full."""
    return tuple(range(ndim))[::-1] if axes is None else normalize_axis_tuple(axes, ndim)


def _axes(axis: Any, ndim: int) -> Any:
    """Return one axis or several as a tuple, counted from the end."""
    return tuple(a - ndim for a in normalize_axis_tuple(axis, ndim, allow_duplicate=True))


def _swapaxes(t: Any, x: Any, axis1: int, axis2: int) -> Any:
    return t.swapaxes(from_end(axis1, x.ndim), from_end(axis2, x.ndim))


def _matrix_transpose(t: Any, x: Any) -> Any:
    return t.swapaxes(-1, -2)


def _rollaxis(a: Any, axis: int, start: int = 0) -> Any:
    axis, start = axis % a.ndim, start + a.ndim if start < 0 else start
    return np.moveaxis(a, axis, start - 1 if axis < start else start)


linear(
    np.transpose,
    lambda ct, x, axes=None: _permuted(ct, _inverse(_permutation(axes, x.ndim))),
    lambda t, x, axes=None: _permuted(t, _permutation(axes, x.ndim)),
)
linear(np.swapaxes, _swapaxes, _swapaxes)
linear(
    np.moveaxis,
    lambda ct, x, source, destination: np.moveaxis(
        ct, _axes(destination, x.ndim), _axes(source, x.ndim)
    ),
    lambda t, x, source, destination: np.moveaxis(
        t, _axes(source, x.ndim), _axes(destination, x.ndim)
    ),
)
linear(np.matrix_transpose, _matrix_transpose, _matrix_transpose)
linear(np.linalg.matrix_transpose, _matrix_transpose, _matrix_transpose)
composite(np.rollaxis, _rollaxis)

# ---------------------------------------------------------------- another order of elements


def _flip(t: Any, x: Any, axis: Any = None) -> Any:
    return np.flip(t, from_end(axis, x.ndim))


def _fliplr(t: Any, x: Any) -> Any:
    return np.flip(t, 1 - x.ndim)


def _flipud(t: Any, x: Any) -> Any:
    return np.flip(t, -x.ndim)


def _roll(t: Any, x: Any, shift: Any, axis: Any = None) -> Any:
    if axis is None and x.ndim != 1:
        flat = _reshaped(t, x.ndim, (x.size,))
        return np.roll(flat, shift, -1).reshape(t.shape)
    return np.roll(t, shift, -1 if axis is None else _axes(axis, x.ndim))


linear(np.flip, _flip, _flip)
linear(np.fliplr, _fliplr, _fliplr)
linear(np.flipud, _flipud, _flipud)
linear(np.roll, lambda ct, x, shift, axis=None: _roll(ct, x, np.negative(shift), axis), _roll)
linear(
    np.rot90,
    lambda ct, x, k=1, axes=(0, 1): np.rot90(ct, -k, _axes(axes, x.ndim)),
    lambda t, x, k=1, axes=(0, 1): np.rot90(t, k, _axes(axes, x.ndim)),
)
