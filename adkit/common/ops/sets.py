"""Sets of values: each keeps the derivative of the first element that has it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from adkit.common.ops.arrangement import as_arrays
from adkit.common.ops.ordering import sorted_order
from adkit.common.registry import elementary
from adkit.common.shapes import from_end
from adkit.common.verbs import composite, constant

_KINKS = "of elements that are equal the first one; jumps where elements become equal"


#: What returns the values of one array in ascending order.
_ASCENDING = (np.unique, np.unique_counts, np.unique_inverse, np.unique_all)


def _places(first: Any, second: Any, function: Callable[..., Any], options: dict[str, Any]) -> Any:
    """Return where the values of a set stand in its arguments, one behind the other."""
    given = (first,) if second is None else (first, second)
    source = np.concatenate([np.ravel(part) for part in given])
    order = sorted_order(source, 0)
    ordered = source.take(order)
    changes = ordered[1:] != ordered[:-1]
    distinct = order if np.all(changes) else order[np.append(True, changes)]
    without_nan = np.array_equal(ordered[-1:], ordered[-1:])  # it would be the last
    if function in _ASCENDING and options.get("sorted", True) and without_nan:
        return distinct
    result = function(*given, **options)
    values = result[0] if isinstance(result, tuple) else result
    if np.array_equal(source.take(distinct), values):
        return distinct
    rank = sorted_order(values, 0)
    places = np.empty(values.shape, np.intp)
    wanted = values[rank]
    # a value that is there several times, as nan may be, stands for one element each time
    repeated = np.arange(values.size) - np.searchsorted(wanted, wanted)
    places[rank] = order[np.searchsorted(ordered, wanted) + repeated]
    return places


places = elementary(_places)
constant(places, operands=2, kinks=_KINKS)
constant(np.isin, operands=2, kinks="jumps where the operands are equal; 0 there")


def _rows(x: Any, axis: int, equal_nan: bool) -> Any:
    """Return which parts of an array along an axis are the first of their kind."""
    return np.unique(x, return_index=True, axis=axis, equal_nan=equal_nan)[1]


rows = elementary(_rows)
constant(rows, kinks=_KINKS)


def _unique(
    ar: Any,
    return_index: bool = False,
    return_inverse: bool = False,
    return_counts: bool = False,
    axis: Any = None,
    *,
    equal_nan: bool = True,
    **options: Any,
) -> Any:
    if axis is None or ar.ndim == 1:
        found = places(ar, None, np.unique, {"equal_nan": equal_nan, **options})
        values = np.ravel(ar)[found]
    else:
        values = np.take(ar, rows(ar, axis, equal_nan), from_end(axis, ar.ndim))
    others = return_index + return_inverse + return_counts
    return (values, *[0] * others) if others else values


def _set_of_one(function: Callable[..., Any], results: int) -> None:
    """Declare a function that returns the values of an array, and perhaps where they are."""

    def body(x: Any) -> Any:
        values = np.ravel(x)[places(x, None, function, {})]
        return values if results == 1 else (values, *[0] * (results - 1))

    composite(function, body, kinks=_KINKS)


def _set_of_two(function: Callable[..., Any]) -> None:
    """Declare a function that returns values of two arrays."""

    def body(ar1: Any, ar2: Any, *args: Any, return_indices: bool = False, **options: Any) -> Any:
        ar1, ar2 = as_arrays(ar1, ar2)
        if args:  # assume_unique, return_indices
            options["assume_unique"] = args[0]
            return_indices = return_indices or any(args[1:])
        found = places(ar1, ar2, function, options)
        values = np.concatenate((np.ravel(ar1), np.ravel(ar2)))[found]
        return (values, 0, 0) if return_indices else values

    composite(function, body, operands=2, kinks=_KINKS)


composite(np.unique, _unique, kinks=_KINKS)
_set_of_one(np.unique_values, 1)
_set_of_one(np.unique_counts, 2)
_set_of_one(np.unique_inverse, 2)
_set_of_one(np.unique_all, 4)
for _function in (np.union1d, np.intersect1d, np.setdiff1d, np.setxor1d):
    _set_of_two(_function)

# ---------------------------------------------------------------- zeros at the ends


def _extent(x: Any, trim: str, axis: Any) -> Any:
    """Return first and last index, along each axis, of what is left without zeros at the ends."""
    whole = np.array([(0, n) for n in x.shape])
    axes = range(x.ndim) if axis is None else [i + x.ndim for i in np.ravel(from_end(axis, x.ndim))]
    present = np.argwhere(x)
    for i in axes:
        if not present.size:
            whole[i] = 0
            continue
        if "f" in trim.lower():
            whole[i, 0] = present[:, i].min()
        if "b" in trim.lower():
            whole[i, 1] = present[:, i].max() + 1
    return whole


extent = elementary(_extent)
constant(extent, kinks="jumps where an element is 0; 0 there")


def _trim_zeros(filt: Any, trim: str = "fb", axis: Any = None) -> Any:
    return filt[tuple(slice(*ends) for ends in extent(filt, trim, axis).tolist())]


composite(np.trim_zeros, _trim_zeros, kinks="jumps where an element at an end is 0")
