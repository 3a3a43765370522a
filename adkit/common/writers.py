"""NumPy's functions that write into an array, as assignments to a traced one.

Each has NumPy's signature and comes down to ``target[index] = value``, so values, views
and derivatives are those of `adkit.common.storage`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_index

from adkit.common.errors import InPlaceError
from adkit.common.levels import is_traced
from adkit.common.registry import qualified_name

__all__ = ["WRITERS", "at", "fill_out", "flat_index", "sort"]


def copyto(dst: Any, src: Any, casting: str = "same_kind", where: Any = True) -> None:
    """Execute ``np.copyto``."""
    _check(np.copyto, dst)
    if where is True:
        dst[...] = src
    else:
        mask = np.broadcast_to(where, dst.shape)
        dst[mask] = np.broadcast_to(src, dst.shape)[mask]


def put(a: Any, ind: Any, v: Any, mode: Any = "raise") -> None:
    """Execute ``np.put``: flat positions, values over and over."""
    _check(np.put, a)
    places = np.arange(a.size).take(np.ravel(ind), mode=mode)
    a[flat_index(places, a.shape)] = _cycled(v, np.arange(places.size))


def putmask(a: Any, mask: Any, values: Any) -> None:
    """Execute ``np.putmask``: values by position, over and over."""
    _check(np.putmask, a)
    places = np.flatnonzero(np.broadcast_to(mask, a.shape))
    a[flat_index(places, a.shape)] = _cycled(values, places)


def place(arr: Any, mask: Any, vals: Any) -> None:
    """Execute ``np.place``: values in turn, over and over."""
    _check(np.place, arr)
    places = np.flatnonzero(mask)
    arr[flat_index(places, arr.shape)] = _cycled(vals, np.arange(places.size))


def put_along_axis(arr: Any, indices: Any, values: Any, axis: int | None) -> None:
    """Execute ``np.put_along_axis``."""
    _check(np.put_along_axis, arr)
    if axis is None:
        arr[flat_index(np.arange(arr.size)[np.ravel(indices)], arr.shape)] = values
        return
    axis = normalize_axis_index(axis, arr.ndim)
    grid: list[Any] = list(np.indices(np.shape(indices), sparse=True))
    grid[axis] = indices
    arr[tuple(grid)] = values


def fill_diagonal(a: Any, val: Any, wrap: bool = False) -> None:
    """Execute ``np.fill_diagonal``."""
    _check(np.fill_diagonal, a)
    marked = np.zeros(a.shape, bool)
    np.fill_diagonal(marked, True, wrap)
    places = np.flatnonzero(marked)
    a[flat_index(places, a.shape)] = _cycled(val, np.arange(places.size))


def at(ufunc: Any, a: Any, indices: Any, *operand: Any) -> None:
    """Execute ``ufunc.at``: an element that is named twice is changed twice, in turn."""
    _check(ufunc, a)
    places = np.arange(a.size).reshape(a.shape)[indices]
    shape, places = np.shape(places), np.ravel(places)
    flat = [np.ravel(np.broadcast_to(b, shape)) for b in operand]
    order = np.argsort(places, kind="stable")
    ordered = places[order]
    first = np.searchsorted(ordered, ordered)
    turn = np.empty(places.size, int)
    turn[order] = np.arange(places.size) - first
    for k in range(turn.max(initial=-1) + 1):
        now = np.flatnonzero(turn == k)
        index = flat_index(places[now], a.shape)
        a[index] = ufunc(a[index], *[b[now] for b in flat])


def fill_out(ufunc: Any, inputs: tuple[Any, ...], out: Any, where: Any, rest: Any) -> Any:
    """Execute ``ufunc(*inputs, out=out, where=where)`` for a traced `out`, and return it."""
    if where is True:
        result = ufunc(*inputs, **rest)
    else:
        with np.errstate(all="ignore"):  # of lanes that NumPy would not compute
            result = ufunc(*inputs, **rest)
        result = np.where(where, result, out)
    if not np.can_cast(result.dtype, out.dtype, "same_kind"):
        np.positive(np.empty(0, result.dtype), out=np.empty(0, out.dtype))  # NumPy's error
    out[...] = result
    return out


def sort(a: Any, order: Any, axis: int) -> None:
    """Write the elements of an array back in another order along an axis."""
    a[...] = np.take_along_axis(a, order, axis)


class Flat:
    """``x.flat`` of a traced array."""

    __slots__ = ("_of",)

    def __init__(self, of: Any) -> None:
        self._of = of

    def __len__(self) -> int:
        return int(self._of.size)

    def __iter__(self) -> Iterator[Any]:
        return iter(np.ravel(self._of))

    def __getitem__(self, index: Any) -> Any:
        return np.copy(np.ravel(self._of)[index])

    def __setitem__(self, index: Any, value: Any) -> None:
        places = np.arange(self._of.size)[index]
        if np.ndim(places):
            flat: Any = np.ravel(value)
            value = flat[np.arange(places.size) % max(flat.size, 1)]
        self._of[flat_index(places, self._of.shape)] = value


def flat_index(places: Any, shape: tuple[int, ...]) -> Any:
    """Return the index of flat positions."""
    return np.unravel_index(places, shape) if shape else ...


def _cycled(values: Any, places: Any) -> Any:
    """Return values over and over, those that fall on `places`."""
    flat = np.ravel(values)
    return flat[places % max(flat.size, 1)]


def _check(function: Any, target: Any) -> None:
    if not is_traced(target):
        raise InPlaceError(
            "ADK301",
            f"{qualified_name(function)} was asked to write a traced value into a plain array",
            instead="make the array with np.zeros_like(x) or np.zeros(n, like=x), or decorate "
            "the function with adkit.traced_buffers",
        )


WRITERS: dict[Any, Callable[..., None]] = {
    np.copyto: copyto,
    np.put: put,
    np.putmask: putmask,
    np.place: place,
    np.put_along_axis: put_along_axis,
    np.fill_diagonal: fill_diagonal,
}
#: Functions that make an array in the likeness of another, or with ``like=``.
LIKENESSES: frozenset[Any] = frozenset(
    [np.zeros_like, np.ones_like, np.empty_like, np.zeros, np.ones, np.empty, np.eye, np.identity]
)
