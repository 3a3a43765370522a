"""Results that are written where the caller says: ``out=``, ``where=``, ``ufunc.at``.

A traced result goes into traced arrays and buffers only. Into a plain array it cannot
go, unless nobody else holds that array, as in ``np.sqrt(x, where=m, out=np.zeros(3))``.
"""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable
from types import FrameType
from typing import Any

import numpy as np

from adkit.common.errors import InPlaceError
from adkit.common.levels import is_traced
from adkit.common.ops.casting import written_into
from adkit.common.shapes import dtype_of
from adkit.common.signatures import positional_parameters, qualified_name
from adkit.common.storage import buffer, current
from adkit.common.ufuncs import call_where, given_mask, outer_operands, plain, with_types
from adkit.common.views import root_of

#: What helps where a traced value meets a plain array.
REMEDY = (
    "make the array with np.zeros_like(x) or np.zeros(n, like=x), or decorate the function with "
    "adkit.traced_buffers"
)


def call_ufunc(ufunc: Any, method: str, inputs: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """Call a ufunc, or its method, that was given ``out=``."""
    targets = kwargs.pop("out")
    where = given_mask(kwargs)
    holders = [sys.getrefcount(targets[i]) for i in range(len(targets))]
    free = [_is_unheld(x, n) for x, n in zip(targets, holders, strict=True)]
    casting = kwargs.get("casting", "same_kind")
    if method == "outer":
        method, inputs = "__call__", outer_operands(*inputs)
    if where is not True and method == "__call__":
        types = {name: kwargs[name] for name in ("dtype", "signature", "casting") if name in kwargs}
        inputs = with_types(ufunc, inputs, **types) if types else inputs
        results = call_where(ufunc, where, inputs, targets, casting)
        result = results if ufunc.nout > 1 else results[0]
    else:
        if where is not True:
            kwargs["where"] = where
        if method != "__call__" and kwargs.get("dtype") is None:
            kwargs.update(_wider(inputs[0], targets[0]))
        result = getattr(ufunc, method)(*inputs, **kwargs)
    results = result if isinstance(result, tuple) else (result,)
    written = [
        y if x is None else _written(ufunc, x, y, casting, mine)
        for x, y, mine in zip(targets, results, free, strict=True)
    ]
    return tuple(written) if isinstance(result, tuple) else written[0]


def call_function(function: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """Call a function that was given an array for its result, by name or by position."""
    if kwargs.get("out") is not None:
        target = kwargs["out"]
        kwargs = {name: x for name, x in kwargs.items() if name != "out"}
    else:
        place = _place_of_out(function)
        assert place is not None
        target = args[place]
        behind = zip(positional_parameters(function)[place + 1 :], args[place + 1 :], strict=False)
        args, kwargs = args[:place], {**dict(behind), **kwargs}
    if function in _WIDENED and kwargs.get("dtype") is None:
        args, kwargs = _widened(function, target, args, kwargs)
    if _calculates_in(function, args[0] if args else kwargs.get("a"), target):
        a = args[0] if args else kwargs.pop("a")
        result = written_into(function, a, args[1:], kwargs, target.shape, target.dtype)
    elif function is np.clip and "where" in kwargs:
        mask = plain(kwargs.pop("where"))
        result = np.where(mask, function(*args, **kwargs), target)
    else:
        result = function(*args, **kwargs)
    if np.shape(result) != target.shape:
        raise ValueError(
            f"output array has shape {target.shape}, the result has {np.shape(result)}"
        )
    stepwise = _STEPWISE.get(function)
    if stepwise is not None and _overlaps(target, args):
        stepwise(target, *args, **kwargs)
        return target
    return _written(function, target, result, "same_kind", False)


def _wider(x: Any, target: Any) -> dict[str, Any]:
    """Return the option dtype: reductions calculate in that of ``out=``, where it is wider."""
    narrow, wide = dtype_of(x), getattr(target, "dtype", None)
    if wide is None or wide.kind not in "fc" or wide == narrow or not np.can_cast(narrow, wide):
        return {}
    return {"dtype": wide}


def _calculates_in(function: Any, a: Any, target: Any) -> bool:
    """Return whether a function calculates, partly or all of it, in the dtype of ``out=``."""
    if function in _WIDER:
        return bool(_wider(a, target))
    if getattr(function, "__module__", "") != "numpy.fft" or target.dtype.kind not in "fc":
        return False
    return bool(np.finfo(target.dtype).bits > np.finfo(dtype_of(a)).bits)


def _widened(
    function: Any, target: Any, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """Return arguments of a reduction with the dtype in which NumPy calculates."""
    if function is np.einsum:
        return args, kwargs | _wider(next(x for x in args if is_traced(x)), target)
    place = positional_parameters(function).index("dtype")
    if len(args) > place and args[place] is not None:
        return args, kwargs
    args = args[:place] if len(args) == place + 1 else args
    return args, kwargs | _wider(args[0] if args else kwargs["a"], target)


def _overlaps(target: Any, values: Any) -> bool:
    """Return whether a traced target lies in the memory of one of the values."""
    if isinstance(values, (list, tuple)):
        return any(_overlaps(target, x) for x in values)
    return is_traced(target) and is_traced(values) and root_of(target) is root_of(values)


def _concatenate_into(target: Any, arrays: Any, axis: int | None = 0, **kwargs: Any) -> None:
    """Write part after part, as NumPy does: the next one is read when the last is written."""
    start = 0
    for x in arrays:
        part = np.ravel(x) if axis is None else x
        along = 0 if axis is None else axis % part.ndim
        stop = start + part.shape[along]
        target[(slice(None),) * along + (slice(start, stop),)] = part
        start = stop


def _stack_into(target: Any, arrays: Any, axis: int = 0, **kwargs: Any) -> None:
    for i, x in enumerate(arrays):
        target[(slice(None),) * (axis % target.ndim) + (i,)] = x


def _ptp_into(target: Any, a: Any, axis: Any = None, **kwargs: Any) -> None:
    """Write the largest elements, and then subtract what are the smallest ones now."""
    target[...] = np.max(a, axis, **kwargs)
    target -= np.min(a, axis, **kwargs)


#: Functions whose sums and products are of the dtype of ``out=``.
_WIDENED = frozenset(
    [
        *(np.sum, np.prod, np.mean, np.cumsum, np.cumprod, np.trace),
        *(np.nansum, np.nanprod, np.nanmean, np.nancumsum, np.nancumprod, np.einsum),
    ]
)

#: Functions that calculate partly in the dtype of ``out=``.
_WIDER = frozenset(
    [
        *(np.var, np.std, np.ptp, np.median, np.quantile, np.percentile),
        *(np.nanvar, np.nanstd, np.nanmedian, np.nanquantile, np.nanpercentile),
    ]
)

#: Functions that read operands again after part of ``out=`` is written; others read before.
_STEPWISE: dict[Any, Callable[..., None]] = {
    np.concatenate: _concatenate_into,
    np.stack: _stack_into,
    np.ptp: _ptp_into,
}


def _written(function: Any, target: Any, result: Any, casting: Any, mine: bool) -> Any:
    """Write a result into an array, and return that."""
    result = current(result)
    if not is_traced(target) and is_traced(result):
        if not mine:
            raise InPlaceError(
                "ADK301",
                f"{qualified_name(function)} was asked to write a traced value into a plain "
                "array, by out= or +=",
                instead=f"use the value that it returns, as in z = z + x; or {REMEDY}",
            )
        target = buffer(target)
    if not np.can_cast(result.dtype, target.dtype, casting):
        raise TypeError(
            f"Cannot cast {qualified_name(function)} output from {result.dtype!r} to "
            f"{target.dtype!r} with casting rule {casting!r}"
        )
    target[...] = result
    return target


def writes_out(function: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> bool:
    """Return whether a function was given an array for its result, by name or by position."""
    if kwargs.get("out") is not None:
        return True
    place = _place_of_out(function)
    return place is not None and len(args) > place and args[place] is not None


@functools.cache
def _place_of_out(function: Any) -> int | None:
    """Return the position of the parameter ``out``, None if it has no position."""
    names = positional_parameters(function)
    return names.index("out") if "out" in names else None


# ---------------------------------------------------------------- arrays that nobody holds


class _Probe:
    """Stands where a traced value stands, and counts who holds the array of ``out=``."""

    holders = 0

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **kwargs: Any) -> None:
        self.holders = sys.getrefcount(kwargs["out"][0])


@functools.cache
def _holders_of_unheld() -> int:
    """Return the reference count of an array that only ``out=`` holds."""
    probe: Any = _Probe()
    np.negative(probe, out=np.empty(1))
    holders: int = probe.holders
    return holders


def _is_unheld(x: Any, holders: int) -> bool:
    """Return whether nobody else can see an array, so that a traced one may take its place."""
    return (
        type(x) is np.ndarray
        and x.base is None
        and x.dtype.kind in "fc"
        and holders <= _holders_of_unheld()
        and not _is_local(x)
    )


def _is_local(x: Any) -> bool:
    """Return whether a variable of the caller is `x`: Python 3.14 calls without counting it."""
    if sys.version_info < (3, 14):
        return False
    frame: FrameType | None = sys._getframe(1)
    while frame is not None and frame.f_globals.get("__name__", "").startswith("adkit."):
        frame = frame.f_back
    return frame is not None and any(value is x for value in frame.f_locals.values())
