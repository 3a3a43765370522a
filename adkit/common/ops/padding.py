"""Arrays with a border around them."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from adkit.common.errors import MissingRuleError
from adkit.common.ops.indexing import scatter
from adkit.common.shapes import dtype_of
from adkit.common.verbs import composite


def _median(x: Any, axis: int, keepdims: bool) -> Any:
    n = x.shape[axis]
    middle = np.take(np.argsort(x, axis), range((n - 1) // 2, n // 2 + 1), axis)
    return np.mean(np.take_along_axis(x, middle, axis), axis=axis, keepdims=keepdims)


#: Modes that copy elements of the array into the border.
_COPYING = ("edge", "reflect", "symmetric", "wrap")
#: Modes that fill the border with a statistic of the elements near it.
_STATISTICS: dict[str, Any] = {
    "maximum": np.max,
    "minimum": np.min,
    "mean": np.mean,
    "median": _median,
}


def _pad(array: Any, pad_width: Any, mode: Any = "constant", **kwargs: Any) -> Any:
    shape = array.shape
    if mode in ("constant", "empty"):
        return _zero_border(array, pad_width)
    if mode == "linear_ramp":
        ramps = np.pad(np.ones(shape, dtype_of(array)), pad_width, mode)
        return np.pad(array, pad_width, "edge") * ramps
    if mode in _STATISTICS:
        return _statistic_border(array, pad_width, mode, kwargs.get("stat_length"))
    if mode in _COPYING and kwargs.get("reflect_type", "even") == "even":
        places = np.arange(math.prod(shape)).reshape(shape)
        return np.ravel(array)[np.pad(places, pad_width, mode)]
    if mode in _COPYING:
        return _odd_border(array, pad_width, mode)
    raise MissingRuleError(
        "ADK403",
        f"numpy.pad with mode={'a function' if callable(mode) else repr(mode)} has no derivative "
        "rule",
        instead="fill the border with np.concatenate",
    )


def _zero_border(array: Any, pad_width: Any) -> Any:
    """Return the linear part of padding with constants."""
    widths = _pairs(pad_width, array.ndim)
    shape = tuple(b + n + a for (b, a), n in zip(widths, array.shape, strict=True))
    inside = tuple(slice(b, b + n) for (b, _), n in zip(widths, array.shape, strict=True))
    return scatter(array, inside, shape, 0)


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
    """Pad by reflection in a point: along each axis the matrix that pads the unit vectors."""
    for axis, widths in enumerate(_pairs(pad_width, array.ndim)):
        units = np.eye(array.shape[axis], dtype=dtype_of(array))
        matrix = np.pad(units, [widths, (0, 0)], mode, reflect_type="odd")
        array = np.moveaxis(np.tensordot(matrix, array, (1, axis)), 0, axis)
    return array


def _pairs(value: Any, ndim: int) -> list[tuple[Any, Any]]:
    """Return a width for the front and the back of each axis, as np.pad reads them."""
    widths: Any = value
    if isinstance(value, dict):
        either = {axis % ndim: width for axis, width in value.items()}
        widths = [np.broadcast_to(either.get(axis, 0), 2) for axis in range(ndim)]
    return [(front, back) for front, back in np.broadcast_to(widths, (ndim, 2)).tolist()]


composite(np.pad, _pad)
