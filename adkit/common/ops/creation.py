"""Arrays made of traced values: ``np.array([t, u], like=t)`` and its kin.

NumPy asks the type of ``like=`` to make the array. These are calls of other
operations rather than operations themselves; what they make of plain numbers is a
buffer, into which traced values can be written (`adkit.common.buffers`).
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import as_strided

from adkit.common.ops.arrangement import holds_traced, joined
from adkit.common.registry import dispatches
from adkit.common.verbs import composite

__all__ = ["joined"]


def _array(
    object: Any,
    dtype: Any = None,
    *,
    copy: Any = True,
    order: Any = "K",
    ndmin: int = 0,
    **kwargs: Any,
) -> Any:
    made = joined(object)
    if dtype is not None:
        made = made.astype(dtype)
    if made.ndim < ndmin:
        made = np.reshape(made, (1,) * (ndmin - made.ndim) + made.shape)
    if (copy and made is object) or not _is_in_order(made, order):
        return np.copy(made, order=order or "K")
    return made


def _is_in_order(x: Any, order: Any) -> bool:
    """Return whether an array lies in memory as ``order=`` says."""
    if order not in ("C", "F"):
        return True
    flags = _prototype(x).flags
    return bool(flags.c_contiguous if order == "C" else flags.f_contiguous)


def _asarray(a: Any, dtype: Any = None, order: Any = None, **kwargs: Any) -> Any:
    return _array(a, dtype, copy=False, order=order)


def _contiguous(order: str) -> Callable[..., Any]:
    def make(a: Any, dtype: Any = None, **kwargs: Any) -> Any:
        return np.atleast_1d(_array(a, dtype, copy=False, order=order))

    return make


def _filled(fill_value: Any, shape: Any) -> Any:
    """Return a view of an array in another shape, as an assignment broadcasts it."""
    fill_value, ndim = joined(fill_value), np.size(shape)
    if fill_value.ndim > ndim:  # NumPy drops leading axes of length one
        fill_value = np.reshape(fill_value, fill_value.shape[fill_value.ndim - ndim :])
    return np.broadcast_to(fill_value, shape)


def _full(shape: Any, fill_value: Any, dtype: Any = None, order: str = "C", **kwargs: Any) -> Any:
    filled: Any = np.copy(_filled(fill_value, shape), order="F" if order == "F" else "C")
    return filled if dtype is None else filled.astype(dtype)


def _require(a: Any, dtype: Any = None, requirements: Any = None, **kwargs: Any) -> Any:
    wanted = {str(flag).upper() for flag in requirements or ()}
    order = "F" if wanted & {"F", "FORTRAN", "F_CONTIGUOUS"} else None
    if wanted & {"C", "CONTIGUOUS", "C_CONTIGUOUS"}:
        order = "C"
    return _array(a, dtype, copy=False, order=order)


def _fromiter(iter: Any, dtype: Any, count: int = -1, **kwargs: Any) -> Any:
    items = list(iter) if count < 0 else list(itertools.islice(iter, count))
    return joined(items).astype(dtype) if holds_traced(items) else np.fromiter(items, dtype, count)


def _plain(*functions: Callable[..., Any]) -> None:
    """Declare functions that make the same array of numbers whatever ``like=`` is."""
    for function in functions:
        composite(function, function, operands=0)


def _prototype(a: Any) -> Any:
    """Return a plain array of the shape, strides and dtype of another, without its numbers."""
    return as_strided(np.empty((), a.dtype), a.shape, a.strides) if dispatches(a) else a


def _in_likeness(*functions: Callable[..., Any]) -> None:
    """Declare functions that make an array of numbers in the likeness of another."""

    def declare(function: Callable[..., Any]) -> None:
        composite(
            function,
            lambda a, *args, **kwargs: function(_prototype(a), *args, **kwargs),
            operands=0,
        )

    for function in functions:
        declare(function)


def _full_like(a: Any, fill_value: Any, dtype: Any = None, *args: Any, **kwargs: Any) -> Any:
    made = np.empty_like(_prototype(a), dtype, *args, **kwargs)
    if not dispatches(fill_value):
        made[...] = fill_value
        return made
    axes = sorted(range(made.ndim), key=lambda axis: -abs(made.strides[axis]))
    filled = np.copy(np.transpose(_filled(fill_value, made.shape), axes), order="C")
    return np.transpose(filled.astype(made.dtype), np.argsort(axes))  # lies in memory as `a` does


composite(np.array, _array, operands=0)
for _function in (np.asarray, np.asanyarray):
    composite(_function, _asarray, operands=0)
composite(np.ascontiguousarray, _contiguous("C"), operands=0)
composite(np.asfortranarray, _contiguous("F"), operands=0)
if hasattr(np, "astype"):
    composite(
        np.astype,
        lambda x, dtype, /, *, copy=True, device=None: x.astype(dtype, copy=copy),
        exact=True,
    )
composite(np.full, _full, operands=0)
composite(np.full_like, _full_like, operands=0)
_in_likeness(np.zeros_like, np.ones_like, np.empty_like)
_plain(np.zeros, np.ones, np.empty, np.eye, np.identity, np.tri, np.arange)
_plain(np.fromfunction, np.frombuffer, np.fromstring, np.loadtxt, np.genfromtxt)
composite(np.require, _require, operands=0)
composite(np.fromiter, _fromiter, operands=0)
