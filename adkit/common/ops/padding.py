"""Arrays with a border around them."""

from __future__ import annotations

from typing import Any

import numpy as np

from adkit.common.ops.arrangement import is_fortran, joined
from adkit.common.ops.indexing import scatter
from adkit.common.registry import dispatches, elementary
from adkit.common.shapes import dtype_of
from adkit.common.verbs import composite


def _median(x: Any, axis: int, keepdims: bool) -> Any:
    n = x.shape[axis]
    middle = np.take(np.argsort(x, axis), range((n - 1) // 2, n // 2 + 1), axis)
    return np.mean(np.take_along_axis(x, middle, axis), axis=axis, keepdims=keepdims)


#: Modes that fill the border with a statistic of the elements near it.
_STATISTICS: dict[str, Any] = {
    "maximum": np.max,
    "minimum": np.min,
    "mean": np.mean,
    "median": _median,
}


def _pad(array: Any, pad_width: Any, mode: Any, options: dict[str, Any]) -> Any:
    return np.pad(array, pad_width, mode, **options)


def _definition(array: Any, pad_width: Any, mode: Any, options: dict[str, Any]) -> Any:
    if mode in ("constant", "empty"):
        return _zero_border(array, pad_width)
    if mode == "linear_ramp":
        return _ramp_border(array, pad_width, options.get("end_values", 0))
    if mode in _STATISTICS:
        return _statistic_border(array, pad_width, mode, options.get("stat_length"))
    if options.get("reflect_type", "even") == "odd":
        return _odd_border(array, pad_width, mode)
    places = np.arange(array.size).reshape(array.shape)
    return np.ravel(array)[np.pad(places, pad_width, mode)]


def _zero_border(array: Any, pad_width: Any) -> Any:
    """Return the linear part of padding with constants."""
    widths = _pairs(pad_width, array.ndim)
    shape = tuple(b + n + a for (b, a), n in zip(widths, array.shape, strict=True))
    inside = tuple(slice(b, b + n) for (b, _), n in zip(widths, array.shape, strict=True))
    return scatter(array, inside, shape, 0)


def _constant_border(array: Any, pad_width: Any, values: Any) -> Any:
    """Pad with traced numbers; in a corner stands that of the last axis."""
    padded = _zero_border(array, pad_width)
    ends = _ends(values, array)
    for axis, (before, _) in enumerate(_pairs(pad_width, array.ndim)):
        place = np.arange(padded.shape[axis]).reshape((-1,) + (1,) * (array.ndim - 1 - axis))
        padded = np.where(place < before, ends[axis][0], padded)
        padded = np.where(place >= before + array.shape[axis], ends[axis][1], padded)
    return padded


def _ramp_border(array: Any, pad_width: Any, values: Any) -> Any:
    """Pad with straight lines from the elements at the ends to the given numbers."""
    ends = _ends(values, array)
    for axis, (before, after) in enumerate(_pairs(pad_width, array.ndim)):
        if not (before or after):
            continue
        inner = np.moveaxis(array, axis, 0)
        head = np.linspace(ends[axis][0], inner[0], before, endpoint=False)
        tail = np.linspace(ends[axis][1], inner[-1], after, endpoint=False)
        array = np.moveaxis(np.concatenate((head, inner, tail[::-1])), 0, axis)
    return array


def _ends(values: Any, array: Any) -> Any:
    """Return a number for the front and the back of each axis, of the dtype of the array."""
    return np.broadcast_to(joined(values), (array.ndim, 2)).astype(dtype_of(array))


def _statistic_border(array: Any, pad_width: Any, mode: str, stat_length: Any) -> Any:
    lengths = _pairs(stat_length, array.ndim)
    for axis, ((b, a), (first, last)) in enumerate(
        zip(_pairs(pad_width, array.ndim), lengths, strict=True)
    ):
        front, n = (slice(None),) * axis, array.shape[axis]
        head = array[(*front, slice(first))]
        tail = array[(*front, slice(None if last is None else max(0, n - last), None))]
        parts = [array]
        if b:
            parts.insert(0, _filled(head, mode, axis, b))
        if a:
            parts.append(_filled(tail, mode, axis, a))
        array = np.concatenate(parts, axis=axis)
    return array


def _filled(part: Any, mode: str, axis: int, width: int) -> Any:
    """Return a border of some width, filled with a statistic along `axis`."""
    statistic = _STATISTICS[mode](part, axis=axis, keepdims=True)
    shape = statistic.shape
    return np.broadcast_to(statistic, (*shape[:axis], width, *shape[axis + 1 :]))


def _odd_border(array: Any, pad_width: Any, mode: Any) -> Any:
    """Pad by reflection in a point.

    Along each axis an element of the border is a whole multiple of the first element, one
    of the last, and plus or minus an element between. NumPy tells, asked to pad the numbers
    of the places.
    """
    for axis, widths in enumerate(_pairs(pad_width, array.ndim)):
        n = array.shape[axis]
        probes = np.stack([np.arange(n) == 0, np.arange(n) == n - 1, np.arange(n)]).astype(float)
        probes[2, -1] = 0
        if n == 1:
            probes[1:] = 0
        padding = [(0, 0), widths]
        firsts, lasts, between = np.pad(probes, padding, mode, reflect_type="odd")
        rows = np.moveaxis(array, axis, 0)
        tail = (-1,) + (1,) * (array.ndim - 1)
        parts = []
        for part in (slice(widths[0]), slice(widths[0] + n, None)):
            signs = np.sign(between[part]).reshape(tail)
            places = np.abs(between[part]).astype(np.intp)
            first, last = firsts[part].reshape(tail), lasts[part].reshape(tail)
            parts.append(
                np.where(signs == 0, 0, rows[places]) * signs
                + np.where(first == 0, 0, rows[:1]) * first
                + np.where(last == 0, 0, rows[-1:]) * last
            )
        array = np.moveaxis(np.concatenate((parts[0], rows, parts[1])), 0, axis)
    return array


def _pairs(value: Any, ndim: int) -> list[tuple[Any, Any]]:
    """Return a width for the front and the back of each axis, as np.pad reads them."""
    if type(value) is int:
        return [(value, value)] * ndim
    widths: Any = value
    if isinstance(value, dict):
        either = {axis % ndim: width for axis, width in value.items()}
        widths = [np.broadcast_to(either.get(axis, 0), 2) for axis in range(ndim)]
    return [(front, back) for front, back in np.broadcast_to(widths, (ndim, 2)).tolist()]


def _fill(function: Any, array: Any, pad_width: Any, options: dict[str, Any]) -> Any:
    """Pad by a function that writes the border into the vectors along each axis."""
    padded = _in_order_of(array, _zero_border(array, pad_width))
    widths = _pairs(pad_width, array.ndim)
    for axis in range(array.ndim):
        vectors = np.moveaxis(padded, axis, -1)
        for place in np.ndindex(vectors.shape[:-1]):
            function(vectors[place], widths[axis], axis, options)
    return padded


def _is_filled_by_zeros(array: Any, pad_width: Any) -> bool:
    """Return whether `_zero_border` gives the bits of NumPy's, in the same order in memory."""
    if type(pad_width) is int:
        lengths = pad_width >= 0
    else:
        widths = np.asarray(pad_width)
        lengths = widths.dtype.kind in "iu" and bool(np.all(widths >= 0))
    if not lengths or not dispatches(array) or not array.ndim:
        return False
    return array.ndim == 1 or not is_fortran(array)


def _in_order_of(array: Any, padded: Any) -> Any:
    """Return a copy of a padded array in the order in memory that NumPy gives it."""
    return np.copy(padded, order="F" if is_fortran(array) else "C")


padded = elementary(_pad)
composite(padded, _definition)


def _numpy_pad(array: Any, pad_width: Any, mode: Any = "constant", **options: Any) -> Any:
    if callable(mode):
        return _fill(mode, array, pad_width, options)
    if mode == "constant" and not options and _is_filled_by_zeros(array, pad_width):
        return _zero_border(array, pad_width)
    if mode == "constant" and dispatches(ends := joined(options.get("constant_values", 0))):
        return _in_order_of(array, _constant_border(array, pad_width, ends))
    if mode == "linear_ramp" and dispatches(ends := joined(options.get("end_values", 0))):
        return _in_order_of(array, _ramp_border(array, pad_width, ends))
    return padded(array, pad_width, mode, options)


composite(np.pad, _numpy_pad, operands=0)
