"""Functions of the user's that NumPy applies to parts of an array.

They may use other traced values, so they are called in the place of the function.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_index

from adkit.common.ops.arrangement import as_arrays
from adkit.common.ops.creation import joined
from adkit.common.verbs import composite


def _piecewise(x: Any, condlist: Any, funclist: Any, *args: Any, **kw: Any) -> Any:
    (x,) = as_arrays(x)
    if np.isscalar(condlist) or (not isinstance(condlist[0], (list, np.ndarray)) and x.ndim != 0):
        condlist = [condlist]
    conditions = np.asarray(condlist, bool)
    if len(conditions) == len(funclist) - 1:
        otherwise = ~np.any(conditions, axis=0, keepdims=True)
        conditions = np.concatenate([conditions, otherwise], axis=0)
    elif len(conditions) != len(funclist):
        count = len(conditions)
        raise ValueError(
            f"with {count} condition(s), either {count} or {count + 1} functions are expected"
        )
    y = np.zeros_like(x)
    for condition, function in zip(conditions, funclist, strict=True):
        if not callable(function):
            y[condition] = function
        elif (part := x[condition]).size:
            y[condition] = function(part, *args, **kw)
    return y


def _apply_along_axis(
    func1d: Callable[..., Any], axis: int, arr: Any, *args: Any, **kwargs: Any
) -> Any:
    (arr,) = as_arrays(arr)
    axis = normalize_axis_index(axis, arr.ndim)
    last = axis == arr.ndim - 1
    rows = arr if last else np.moveaxis(arr, axis, -1)
    outer = rows.shape[:-1]
    if 0 in outer:
        raise ValueError("Cannot apply_along_axis when any iteration dimensions are 0")
    results = [
        joined(func1d(rows[index] if index else rows, *args, **kwargs))
        for index in np.ndindex(outer)
    ]
    inner, dtype = results[0].shape, results[0].dtype
    stacked = np.reshape(np.stack(results), outer + inner)
    stacked = stacked if stacked.dtype == dtype else stacked.astype(dtype)
    if last:
        return stacked
    behind = tuple(range(len(outer), len(outer) + len(inner)))
    return np.transpose(stacked, (*range(axis), *behind, *range(axis, len(outer))))


def _apply_over_axes(func: Callable[..., Any], a: Any, axes: Any) -> Any:
    (a,) = as_arrays(a)
    value = a
    for axis in np.ravel(axes).tolist():
        axis = axis + a.ndim if axis < 0 else axis
        result = func(value, axis)
        if np.ndim(result) != value.ndim:
            result = np.expand_dims(result, axis)
            if result.ndim != value.ndim:
                raise ValueError("function is not returning an array of the correct shape")
        value = result
    return value


composite(np.piecewise, _piecewise, operands=0, kinks="jumps where a condition changes")
composite(np.apply_along_axis, _apply_along_axis, operands=0)
composite(np.apply_over_axes, _apply_over_axes, operands=0)
