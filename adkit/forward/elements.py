"""Elements read and written one by one: the code that loops over arrays run.

It does what `adkit.common.dispatch` and `adkit.common.storage` do, with everything left
out that does not concern an element of a vector or a row of an array.
"""

from __future__ import annotations

from collections.abc import Callable
from threading import get_ident
from typing import Any

import numpy as np
from numpy import float64, ndarray

from adkit.common.dispatch import apply
from adkit.common.errors import leaked
from adkit.common.levels import is_traced
from adkit.common.ops.indexing import behind, gather, getitem, is_basic
from adkit.common.places import fits, whole_part
from adkit.common.registry import Operation
from adkit.common.storage import copied_by, ordinary, refresh, stored_type, write
from adkit.common.views import Step, attach_part, link

_FLOAT = np.dtype(float64)


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
                if type(x) is not ndarray:
                    return apply(op, (a, index), {})
                part = x[index]
                if type(part) is ndarray:
                    return row(a, part, index)
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
        if type(ans) is ndarray and (type(index) is int or is_basic(index)):
            attach_part(result, a, index)
        elif type(ans) is not float64 and ans.base is not None:
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
        if type(value) is dual and type(a) is stored and type(index) is int and a.parent is None:
            x, part, tangents, t = a.value, value.value, a.tangent, value.tangent
            level = a.level
            if (
                type(part) is float64
                and type(t) is float64
                and type(x) is ndarray
                and type(tangents) is ndarray
                and x.ndim == tangents.ndim == 1
                and x.dtype is _FLOAT
                and level is value.level
                and not level.ended
                and a.writer == get_ident()
            ):
                x[index] = part
                tangents[index] = t
                a.version += 1
                return
        write_part(a, index, value)

    def write_part(a: Any, index: Any, value: Any) -> None:
        level = value.level if type(value) is dual else None
        if level is None or type(a) is not stored or a.level is not level or level.ended:
            write(a, index, value)
            return
        root, place, part, t = a, index, value.value, value.tangent
        if a.parent is not None:  # the end of an augmented assignment
            root, place = whole_part(a) if index is Ellipsis else (None, None)
        if (
            root is None
            or type(root.value) is not ndarray
            or type(root.tangent) is not ndarray
            or (type(t) is not ndarray and type(t) is not float64)
            or root.writer != get_ident()
            or not fits(part, root.value, place)
        ):
            write(a, index, value)
            return
        x, tangents = root.value, root.tangent
        x[place] = part
        lead = tangents.ndim - x.ndim
        tangents[behind(place, lead) if lead else place] = t
        root.version += 1

    def add_in_place(a: Any, b: Any) -> Any:
        """Execute ``a += b`` without copies of the array and of its tangent."""
        root, place = (a, Ellipsis) if a.parent is None else whole_part(a)
        if type(b) is not dual or b.level is not a.level or b.level.ended or root is None:
            return general(a, b)
        x, t, y, s = root.value, root.tangent, b.value, b.tangent
        if (
            not (type(x) is type(t) is type(y) is type(s) is ndarray)
            or not (x.dtype is t.dtype is y.dtype is s.dtype)
            or y.shape != a.value.shape
            or s.ndim - y.ndim != t.ndim - x.ndim
            or root.writer != get_ident()
        ):
            return general(a, b)
        lead = t.ndim - x.ndim
        x[place] += y
        t[behind(place, lead) if lead else place] += s
        root.version += 1
        return a

    general = stored.__iadd__
    stored.__iadd__ = add_in_place
    return write_element
