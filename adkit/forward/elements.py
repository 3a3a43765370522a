"""Elements read and written one by one: the code that loops over arrays run.

It does what `adkit.common.dispatch` and `adkit.common.storage` do, with everything left
out that does not concern an element of a vector or a row of an array.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy import float64, ndarray

from adkit.common.dispatch import apply
from adkit.common.errors import leaked
from adkit.common.levels import is_traced
from adkit.common.ops.indexing import behind, gather, getitem, is_basic
from adkit.common.registry import Operation
from adkit.common.storage import copied_by, ordinary, refresh, stored_type, write
from adkit.common.views import Step, attach_part, link


def reader(op: Operation, dual: type[Any]) -> Callable[..., Any]:
    """Return ``__getitem__`` for a type of Duals."""
    new: Any = dual.__new__
    stored = stored_type(dual)

    def read(a: Any, index: Any) -> Any:
        kind = type(a)
        if kind is not dual:
            if kind is not stored or (type(index) is not int and not is_basic(index)):
                return apply(op, (a, index), {})
            x = a.value
            if x.ndim != 1 or type(index) is not int:
                part = x[index]
                return row(a, part, index) if type(part) is ndarray else apply(op, (a, index), {})
            if a.parent is not None:
                refresh(a)
        level = a.level
        if level.ended:
            raise leaked()
        if type(index) is not int and is_traced(index):
            return apply(op, (a, index), {})
        x, t = a.value, a.tangent
        ans = x[index]
        lead = t.ndim - x.ndim
        if not lead:
            part = t[index]
        else:
            part = gather(t, index, lead)
            if kind is stored:
                part = np.copy(part)  # the tangent of a stored array is written into
        level.operations += 1
        result = new(dual)
        result.value = ans
        result.tangent = part
        result.level = level
        if type(ans) is not float64 and ans.base is not None:
            link(result, a, Step(getitem, (index,), {}))
        return result

    def row(a: Any, part: Any, index: Any) -> Any:
        """Return a part of a stored array: its derivative is taken when it is used."""
        view = new(stored)
        view.value = part
        view.level = a.level
        view.version = -1
        attach_part(view, a, index)
        return view

    def copied(a: Any) -> Any:
        """Return a stored array as a Dual, with copies of its value and its tangent."""
        x, parent = a.value, a.parent
        if type(x) is not ndarray:
            return ordinary(a)
        if parent is not None and (parent.parent is not None or a.version != parent.version):
            refresh(a)
        t = a.tangent
        if type(t) is not ndarray:
            return ordinary(a)
        result = new(dual)
        result.value = x.copy("K")
        result.tangent = t.copy()
        result.level = a.level
        return result

    copied_by(dual, copied)
    return read


def writer(dual: type[Any]) -> Callable[..., None]:
    """Return ``__setitem__`` for a type of Duals."""
    stored = stored_type(dual)

    def write_element(a: Any, index: Any, value: Any) -> None:
        if (
            type(value) is not dual
            or type(a) is not stored
            or a.level is not value.level
            or a.parent is not None
            or a.level.ended
        ):
            write(a, index, value)
            return
        x, part, tangents, t = a.value, value.value, a.tangent, value.tangent
        if (
            type(x) is not ndarray
            or type(tangents) is not ndarray
            or (type(t) is not float64 and type(t) is not ndarray)
            or (type(part) is not float64 and type(part) is not ndarray)
            or part.dtype is not x.dtype
            or not (
                part.shape == x.shape[1:]
                if type(index) is int
                else is_basic(index) and part.shape == x[index].shape
            )
        ):
            write(a, index, value)
            return
        x[index] = part
        lead = tangents.ndim - x.ndim
        tangents[behind(index, lead) if lead else index] = t
        a.version += 1

    return write_element
