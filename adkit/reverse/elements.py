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
from adkit.common.levels import is_traced
from adkit.common.ops.casting import cast
from adkit.common.ops.indexing import behind, getitem, is_basic, scatter
from adkit.common.registry import Operation
from adkit.common.storage import buffer, copied_by, ordinary, refresh, stored_type, write
from adkit.common.views import Step, attach_part, link
from adkit.reverse.keeping import keep_static
from adkit.reverse.tape import Cotangents, Entry, Tape, accumulate, next_serial
from adkit.reverse.writes import is_array, own, own_copy, pull_elements

_FLOAT = np.dtype(float64)

# ---------------------------------------------------------------- reading


def reader(op: Operation, node: type[Any]) -> Callable[..., Any]:
    """Return ``__getitem__`` for a type of Nodes.

    An entry says where, in an array of which shape and dtype, and the rank of the result.
    """
    new: Any = node.__new__
    stored = stored_type(node)

    def read(a: Any, index: Any) -> Any:
        kind = type(a)
        if kind is not node:
            if kind is not stored or (type(index) is not int and not is_basic(index)):
                return apply(op, (a, index), {})
            x = a.value
            if x.ndim != 1 or type(index) is not int:
                part = x[index]
                if type(part) is ndarray and type(a.level) is Tape:
                    return row(a, part, index)
                return apply(op, (a, index), {})
            if a.parent is not None:
                refresh(a)
        parent = a.entry
        if parent is None or (type(index) is not int and is_traced(index)):
            return apply(op, (a, index), {})
        x, level = a.value, a.level
        ans = x[index]
        if type(ans) is float64 and type(index) is int:
            entry = [next_serial(), None, pull_item, parent, index, x.shape]
            level.append(entry)
            result = new(node)
            result.value = ans
            result.entry = entry
            result.level = level
            return result
        if type(index) is int or is_basic(index):
            entry = [next_serial(), None, pull_read, parent, index, x.shape, x.dtype, ans.ndim]
        else:
            place = (keep_static(index, level),)
            entry = [next_serial(), None, pull_gather, parent, place, x.shape, x.dtype, ans.ndim]
        level.append(entry)
        result = new(node)
        result.value = ans
        result.entry = entry
        result.level = level
        if ans.base is not None:
            link(result, a, Step(getitem, (index,), {}))
        return result

    def row(a: Any, part: Any, index: Any) -> Any:
        """Return a part of a stored array: its derivative is taken when it is used."""
        view = new(stored)
        view.value = part
        view.level = a.level
        view.entry = None
        view.version = -1
        attach_part(view, a, index)
        return view

    def copied(a: Any) -> Any:
        """Return a stored array as a Node, with a copy of its values."""
        x, parent = a.value, a.parent
        if type(x) is not ndarray:
            return ordinary(a)
        if parent is not None and (parent.parent is not None or a.version != parent.version):
            refresh(a)
        result = new(node)
        result.value = x.copy("K")
        result.entry = a.entry
        result.level = a.level
        return result

    copied_by(node, copied)
    return read


def row_entry(parent: Any, view: Any) -> Entry:
    """Return the entry of a basic part of an array."""
    x, y = parent.value, view.value
    index = view.step.args[0]
    return [next_serial(), None, pull_read, parent.entry, index, x.shape, x.dtype, y.ndim]


def pull_item(ct: Any, entry: Entry, cotangents: Cotangents) -> None:
    """Add the cotangent of ``x[i]``, an element of a vector of floats, where it was read."""
    _, _, _, parent, index, _ = entry
    serial = parent[0]
    if serial in cotangents.owned and type(ct) is float64:
        total = cotangents[serial]
        if type(total) is ndarray:
            total[index] += ct
            return
    pull_read(ct, [*entry, _FLOAT, 0], cotangents)


def pull_read(ct: Any, entry: Entry, cotangents: Cotangents) -> None:
    """Add the cotangent of ``x[index]``, a basic index, where it was read."""
    _, _, _, parent, index, shape, dtype, ndim = entry
    serial = parent[0]
    owned = cotangents.owned
    lead = ct.ndim - ndim
    if lead:
        index = behind(index, lead)
    if ct.dtype is not dtype:
        ct = cast(ct, dtype)
    total = cotangents.get(serial)
    if total is None:
        total = np.zeros(ct.shape[:lead] + shape, dtype)
    elif type(total) is ndarray and type(ct) is ndarray and ndim and serial in owned:
        part = total[index]
        part += ct
        return
    elif not (serial in owned and is_array(total)):
        total = own_copy(total)
    if is_traced(ct) and not is_traced(total):
        total = buffer(total)
    total[index] += ct
    cotangents[serial] = total
    owned.add(serial)


def pull_gather(ct: Any, entry: Entry, cotangents: Cotangents) -> None:
    """Add the cotangent of ``x[index]``, any other index, where it was read."""
    _, _, _, parent, (index,), shape, dtype, ndim = entry
    ct = cast(ct, dtype)
    accumulate(cotangents, parent, scatter(ct, index, shape, ct.ndim - ndim))


# ---------------------------------------------------------------- writing


def writer(node: type[Any]) -> Callable[..., None]:
    """Return ``__setitem__`` for a type of Nodes."""
    stored = stored_type(node)

    def write_element(a: Any, index: Any, value: Any) -> None:
        level = value.level if type(value) is node else None
        if (
            level is None
            or type(a) is not stored
            or a.level is not level
            or type(level) is not Tape
            or a.parent is not None
        ):
            write(a, index, value)
            return
        x, part = a.value, value.value
        if type(x) is not ndarray:
            write(a, index, value)
            return
        if type(part) is float64 and type(index) is int and x.dtype is _FLOAT and x.ndim == 1:
            x[index] = part
            entry = [next_serial(), None, pull_float, a.entry, value.entry, index]
        elif (
            (type(part) is ndarray or type(part) is float64)
            and part.dtype is x.dtype
            and (
                part.shape == x.shape[1:]
                if type(index) is int
                else is_basic(index) and part.shape == x[index].shape
            )
        ):
            x[index] = part
            entry = [next_serial(), None, pull_elements, a.entry, value.entry, index, x.ndim]
        else:
            write(a, index, value)
            return
        level.append(entry)
        a.entry = entry
        a.version += 1

    return write_element


def pull_float(ct: Any, entry: Entry, cotangents: Cotangents) -> None:
    """Pull through the write of an element of a vector of floats."""
    serial, _, _, base, written, index = entry
    if base is None or written is None or type(ct) is not ndarray or ct.ndim != 1:
        pull_elements(ct, [*entry, 1], cotangents)
        return
    owned = cotangents.owned
    if serial not in owned:
        ct = ct.copy()
    part = ct[index]
    serial = written[0]
    cotangents[serial] = cotangents[serial] + part if serial in cotangents else part
    ct[index] = 0.0
    serial = base[0]
    if serial in cotangents:
        own(cotangents, base, ct)
    else:
        cotangents[serial] = ct
        owned.add(serial)
