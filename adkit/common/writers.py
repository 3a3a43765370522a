"""NumPy's functions that write into an array, as assignments to a traced one.

Each has NumPy's signature and comes down to ``target[index] = value``, so values, views
and derivatives are those of `adkit.common.storage`.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_index

from adkit.common.errors import InPlaceError
from adkit.common.levels import is_traced
from adkit.common.signatures import qualified_name
from adkit.common.storage import overlapping
from adkit.common.views import follow, numbered, path_of, root_of

__all__ = ["WRITERS", "Flat", "at"]


def copyto(dst: Any, src: Any, casting: str = "same_kind", where: Any = True) -> None:
    """Execute ``np.copyto``."""
    _check(np.copyto, dst)
    if not isinstance(src, (int, float, complex, list, tuple)):
        _check_cast(np.copyto, src, dst, casting)
    if where is True:
        dst[...] = src
    else:
        mask = np.broadcast_to(where, dst.shape)
        extra = np.ndim(src) - dst.ndim
        if extra > 0:  # NumPy drops leading axes of length one
            src = np.reshape(src, np.shape(src)[extra:])
        dst[mask] = np.broadcast_to(src, dst.shape)[mask]


def put(a: Any, ind: Any, v: Any, mode: Any = "raise") -> None:
    """Execute ``np.put``: flat positions, values over and over."""
    _check(np.put, a)
    flat = np.ravel(ind)
    if type(ind) is not np.ndarray and not flat.size:
        flat = flat.astype(np.intp)  # an empty list, which NumPy takes for one of no indices
    places = np.arange(a.size).take(flat, mode=mode)
    _write_cycled(a, places, _fitting(a, v), np.arange(places.size))


def putmask(a: Any, mask: Any, values: Any) -> None:
    """Execute ``np.putmask``: values by position, over and over."""
    _check(np.putmask, a)
    places = np.flatnonzero(np.broadcast_to(mask, a.shape))
    _write_cycled(a, places, _fitting(a, values), places)


def place(arr: Any, mask: Any, vals: Any) -> None:
    """Execute ``np.place``: values in turn, over and over."""
    _check(np.place, arr)
    vals = _fitting(arr, vals)
    after = overlapping(arr, vals, lambda x, y: np.place(x, mask, y))
    if after is not None:
        arr[...] = after
        return
    if np.size(mask) != arr.size:
        raise ValueError("place: mask and data must be the same size")  # as NumPy says
    places = np.flatnonzero(mask)
    if places.size and not np.size(vals):
        raise ValueError("Cannot insert from an empty array!")  # as NumPy says
    _write_cycled(arr, places, vals, np.arange(places.size))


def put_along_axis(arr: Any, indices: Any, values: Any, axis: int | None) -> None:
    """Execute ``np.put_along_axis``."""
    _check(np.put_along_axis, arr)
    if axis is None:
        _put_along_flat(arr, indices, values)
        return
    axis = normalize_axis_index(axis, arr.ndim)
    grid: list[Any] = list(np.indices(np.shape(indices), sparse=True))
    grid[axis] = indices
    arr[tuple(grid)] = values


def _put_along_flat(arr: Any, indices: Any, values: Any) -> None:
    """Write along the flat array, as this NumPy does: its versions differ, so it is asked."""

    def write(x: Any, y: Any) -> None:
        np.put_along_axis(x, indices, y, None)

    after = overlapping(arr, values, write)
    if after is not None:
        arr[...] = after
        return
    values, root = _joined(values), root_of(arr)
    numbers = follow(path_of(arr), numbered(root))
    write(numbers, root.size + np.arange(values.size).reshape(values.shape))
    source = np.ravel(numbers) - root.size
    changed = np.flatnonzero(source >= 0)
    _write_flat(arr, changed, np.ravel(values)[source[changed]])


def fill_diagonal(a: Any, val: Any, wrap: bool = False) -> None:
    """Execute ``np.fill_diagonal``."""
    _check(np.fill_diagonal, a)
    after = overlapping(a, val, lambda x, y: np.fill_diagonal(x, y, wrap))
    if after is not None:
        a[...] = after
        return
    marked = np.zeros(a.shape, bool)
    np.fill_diagonal(marked, True, wrap)
    places = np.flatnonzero(marked)
    _write_cycled(a, places, val, np.arange(places.size))


def at(ufunc: Any, a: Any, indices: Any, *operand: Any) -> None:
    """Execute ``ufunc.at``: an element that is named twice is changed twice, in turn."""
    from adkit.common.ops.writing import accumulated  # rare

    _check(ufunc, a)
    places = np.arange(a.size).reshape(a.shape)[indices]
    others = [np.ravel(np.broadcast_to(b, np.shape(places))) for b in operand]
    changed, which = np.unique(places, return_inverse=True)
    part = _read_flat(a, changed)
    _write_flat(a, changed, accumulated(ufunc, part, np.ravel(which), *others))


class Flat:
    """``x.flat`` of a traced array."""

    __slots__ = ("_of", "_place")

    def __init__(self, of: Any) -> None:
        self._of = of
        self._place = 0

    def __len__(self) -> int:
        return int(self._of.size)

    def __iter__(self) -> Flat:
        return self

    def __next__(self) -> Any:
        if self._place >= self._of.size:
            raise StopIteration
        self._place += 1
        return self[self._place - 1]

    def __getitem__(self, index: Any) -> Any:
        return _read_flat(self._of, np.arange(self._of.size)[index])

    def __setitem__(self, index: Any, value: Any) -> None:
        after = overlapping(self._of, value, lambda x, y: operator.setitem(x.flat, index, y))
        if after is not None:
            self._of[...] = after
            return
        places = np.arange(self._of.size)[index]
        if np.ndim(places):
            _write_cycled(self._of, places, value, np.arange(places.size))
        else:
            _write_flat(self._of, places, value)

    def assign(self, value: Any) -> None:
        """Execute ``x.flat = value``."""
        after = overlapping(self._of, value, lambda x, y: setattr(x, "flat", y))
        if after is None:
            self[:] = value
        else:
            self._of[...] = after

    @property
    def base(self) -> Any:
        """The array."""
        return self._of

    @property
    def index(self) -> int:
        """The place of the next element."""
        return self._place

    @property
    def coords(self) -> tuple[int, ...]:
        """The index of the next element in the array."""
        return tuple(map(int, np.unravel_index(self._place, self._of.shape)))

    def copy(self) -> Any:
        """Return the elements as a vector."""
        return self._of.flatten()


def _read_flat(a: Any, places: Any) -> Any:
    """Return the elements at flat positions."""
    a = a if a.ndim else a.reshape(1)
    return a[np.unravel_index(places, a.shape)]


def _write_flat(a: Any, places: Any, values: Any) -> None:
    """Write values to flat positions."""
    a = a if a.ndim else a.reshape(1)
    a[np.unravel_index(places, a.shape)] = values


def _write_cycled(a: Any, places: Any, values: Any, turns: Any) -> None:
    """Write values over and over to flat positions, of each the one whose turn it is."""
    flat = np.ravel(_joined(values))
    if flat.size:  # NumPy writes nothing if there is nothing
        _write_flat(a, places, flat[turns % flat.size])


def _joined(values: Any) -> Any:
    """Return lists, in which traced values may stand, as an array."""
    from adkit.common.ops.creation import joined  # rare

    return joined(values)


def _fitting(target: Any, values: Any) -> Any:
    """Return what is written as an array; a complex number does not go into a real array."""
    if isinstance(values, (complex, np.complexfloating)) and target.dtype.kind != "c":
        raise TypeError("float() argument must be a string or a real number, not 'complex'")
    return _joined(values)


def _check_cast(function: Any, source: Any, target: Any, casting: Any) -> None:
    dtype = np.asarray(source).dtype if not hasattr(source, "dtype") else source.dtype
    if not np.can_cast(dtype, target.dtype, casting):
        raise TypeError(
            f"Cannot cast array data from {dtype!r} to {target.dtype!r} according to "
            f"the rule {casting!r}"
        )


def _check(function: Any, target: Any) -> None:
    if not is_traced(target):
        raise InPlaceError(
            "ADK301",
            f"{qualified_name(function)} was asked to write a traced value into a plain array",
            instead="make the array with np.zeros_like(x) or np.zeros(n, like=x), or decorate "
            "the function with adkit.traced_buffers",
        )


def _on_memory(function: Any) -> Callable[..., Any]:
    """Return a question about the memory of arrays."""

    def ask(a: Any, b: Any, *args: Any, **kwargs: Any) -> Any:
        return function(_memory(a), _memory(b), *args, **kwargs)

    return ask


def _memory(x: Any) -> Any:
    while is_traced(x):
        x = x.value
    return x


#: What is done to memory, or asked about it, instead of computing with numbers.
WRITERS: dict[Any, Callable[..., Any]] = {
    np.shares_memory: _on_memory(np.shares_memory),
    np.may_share_memory: _on_memory(np.may_share_memory),
    np.copyto: copyto,
    np.put: put,
    np.putmask: putmask,
    np.place: place,
    np.put_along_axis: put_along_axis,
    np.fill_diagonal: fill_diagonal,
}
