"""Elements read and written one by one: the code that loops over arrays run.

It does what `adkit.common.dispatch` and `adkit.common.storage` do, with everything left
out that does not concern an element of a vector or a row of an array.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from threading import get_ident
from typing import Any

import numpy as np
from numpy import float64, ndarray

from adkit.common.dispatch import apply
from adkit.common.levels import is_traced
from adkit.common.ops.casting import cast
from adkit.common.ops.indexing import add_at, behind, getitem, is_basic, scatter
from adkit.common.places import fits, whole_part
from adkit.common.registry import Operation
from adkit.common.storage import buffer, copied_by, ordinary, refresh, stored_type, write
from adkit.common.views import Step, attach_part, link, root_of
from adkit.common.windows import window_of
from adkit.reverse.keeping import keep_static
from adkit.reverse.tape import Cotangents, Entry, Tape, accumulate, next_serial
from adkit.reverse.writes import is_array, own, own_copy, pull_elements

_FLOAT = np.dtype(float64)
#: Of longer vectors, elements are mostly read once.
_FEW = 64
#: Of more elements, those that are written anyway are not set to zero before.
_MANY = 2048

# ---------------------------------------------------------------- reading


def reader(op: Operation, node: type[Any]) -> Callable[..., Any]:
    """Return ``__getitem__`` for a type of Nodes.

    An entry says where, in an array of which shape and dtype, and the rank of the result.
    A row that is read again, as the weights of a layer in every step of a loop, is the Node
    that was made before, as long as nobody writes into the array.
    """
    new: Any = node.__new__
    stored = stored_type(node)

    def read(a: Any, index: Any) -> Any:
        kind = type(a)
        if kind is node:
            parts = a.level.parts
            if parts and type(index) is int:
                part = parts.get((id(a), index))
                if part is not None and (type(part.value) is float64 or part.parent is a):
                    return part  # else its shape was changed in place
        else:
            if kind is not stored or (type(index) is not int and not is_basic(index)):
                return apply(op, (a, index), {})
            x = a.value
            if x.ndim != 1 or type(index) is not int:
                if type(x) is not ndarray or type(a.level) is not Tape:
                    return apply(op, (a, index), {})
                part = x[index]
                if type(part) is ndarray:
                    return row(a, part, index)
            if a.parent is not None:
                refresh(a)
        parent = a.entry
        if parent is None or (type(index) is not int and is_traced(index)):
            return apply(op, (a, index), {})
        x, level = a.value, a.level
        ans = x[index]
        if type(ans) is float64 and type(index) is int:
            entry = [next_serial(), None, pull_item, parent, index, x.size]
            level.append(entry)
            result = new(node)
            result.value = ans
            result.entry = entry
            result.level = level
            parts = level.parts
            if kind is node and x.size <= _FEW and parts is not None:
                parts[id(a)] = a  # so that its id stays its own
                parts[id(a), index] = result
            return result
        result = new(node)
        result.value = ans
        result.level = level
        if type(index) is int or is_basic(index):
            entry = [next_serial(), None, pull_read, parent, index, x.shape, x.dtype, ans.ndim]
            if type(ans) is ndarray:
                attach_part(result, a, index)
                parts = level.parts
                if kind is node and type(index) is int and parts is not None:
                    parts[id(a), index] = result
            elif ans.base is not None:
                link(result, a, Step(getitem, (index,), {}))
        else:
            place = (keep_static(index, level),)
            entry = [next_serial(), None, pull_gather, parent, place, x.shape, x.dtype, ans.ndim]
            if ans.base is not None:
                link(result, a, Step(getitem, (index,), {}))
        level.append(entry)
        result.entry = entry
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
            root = parent if parent.parent is None else root_of(parent)
            if a.version != root.version:
                entry = part_entry(root, parent, a)
                if entry is None:
                    refresh(a)
                else:
                    a.level.append(entry)
                    a.entry = entry
                    a.version = root.version
        result = new(node)
        result.value = x.copy("K")
        result.entry = a.entry
        result.level = a.level
        return result

    copied_by(node, copied)
    return read


def part_entry(root: Any, parent: Any, view: Any) -> Entry | None:
    """Return the entry of a view of a stored array that reads the array itself."""
    if root.entry is None:
        return None
    if parent is root and view.step.function is getitem:
        return row_entry(root, view)
    window = window_of(view.value, root.value)
    if window is None or 2 * view.value.size > root.value.size or not window.shows_once():
        return None
    x = root.value
    return [
        *(next_serial(), None, pull_window, root.entry),
        *(window.positions(), x.shape, x.dtype, view.value.ndim),
    ]


def row_entry(parent: Any, view: Any) -> Entry:
    """Return the entry of a basic part of an array."""
    x, y = parent.value, view.value
    index = view.step.args[0]
    return [next_serial(), None, pull_read, parent.entry, index, x.shape, x.dtype, y.ndim]


def pull_item(ct: Any, entry: Entry, cotangents: Cotangents) -> None:
    """Add the cotangent of ``x[i]``, an element of a vector of floats, where it was read."""
    _, _, _, parent, index, size = entry
    serial = parent[0]
    if serial in cotangents.owned and type(ct) is float64:
        total = cotangents[serial]
        if type(total) is ndarray:
            total[index] += ct
            return
    pull_read(ct, [*entry[:5], (size,), _FLOAT, 0], cotangents)


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
    if type(total) is ndarray and type(ct) is ndarray and ndim and serial in owned:
        part = total[index]
        part += ct
        return
    if total is None and type(index) is slice and type(ct) is ndarray and ct.size > _MANY:
        cotangents[serial] = _surrounded(ct, index, shape)
        owned.add(serial)
        return
    first = total is None
    total = own_total(ct, cotangents, parent, shape, lead)
    if first:
        total[index] = ct
    else:
        total[index] += ct


def _surrounded(ct: Any, index: slice, shape: tuple[int, ...]) -> Any:
    """Return an array that is `ct` in a slice of its first axis, and zero elsewhere."""
    start, stop, step = index.indices(shape[0])
    if step != 1:
        total = np.zeros(shape, ct.dtype)
        total[index] = ct
        return total
    total = np.empty(shape, ct.dtype)
    total[:start] = 0
    total[start:stop] = ct
    total[stop:] = 0
    return total


def pull_window(ct: Any, entry: Entry, cotangents: Cotangents) -> None:
    """Add the cotangent of elements of an array, each read once, at their flat positions."""
    _, _, _, parent, positions, shape, dtype, ndim = entry
    lead = ct.ndim - ndim
    ct = cast(ct, dtype)
    total = own_total(ct, cotangents, parent, shape, lead)
    flat = np.reshape(total, (*ct.shape[:lead], math.prod(shape)))
    flat[..., positions] += ct


def own_total(
    ct: Any, cotangents: Cotangents, parent: Entry, shape: tuple[int, ...], lead: int
) -> Any:
    """Return the cotangent of a parent so far, C-contiguous, for `ct` to be added to a part."""
    serial = parent[0]
    total = cotangents.get(serial)
    if total is None:
        total = np.zeros(ct.shape[:lead] + shape, ct.dtype)
    elif (
        serial not in cotangents.owned
        or not is_array(total)
        or (type(total) is ndarray and not total.flags.c_contiguous)
    ):
        total = own_copy(total)
    if is_traced(ct) and not is_traced(total):
        total = buffer(total)
    cotangents[serial] = total
    cotangents.owned.add(serial)
    return total


def pull_gather(ct: Any, entry: Entry, cotangents: Cotangents) -> None:
    """Add the cotangent of ``x[index]``, any other index, where it was read."""
    _, _, _, parent, (index,), shape, dtype, ndim = entry
    ct = cast(ct, dtype)
    if type(ct) is ndarray and ct.ndim == ndim:
        total = own_total(ct, cotangents, parent, shape, 0)
        if type(total) is ndarray:
            add_at(total, index, ct)
            return
    accumulate(cotangents, parent, scatter(ct, index, shape, ct.ndim - ndim))


# ---------------------------------------------------------------- writing


def writer(node: type[Any]) -> Callable[..., None]:
    """Return ``__setitem__`` for a type of Nodes."""
    stored = stored_type(node)

    def write_element(a: Any, index: Any, value: Any) -> None:
        if type(value) is node and type(a) is stored and type(index) is int:
            x, part, level = a.value, value.value, a.level
            if (
                type(part) is float64
                and type(x) is ndarray
                and x.ndim == 1
                and x.dtype is _FLOAT
                and level is value.level
                and type(level) is Tape
                and a.parent is None
                and a.writer == get_ident()
            ):
                x[index] = part
                entry = [next_serial(), None, pull_float, a.entry, value.entry, index]
                level.append(entry)
                a.entry = entry
                a.version += 1
                return
        write_part(a, index, value)

    def write_part(a: Any, index: Any, value: Any) -> None:
        level = value.level if type(value) is node else None
        if level is None or type(a) is not stored or a.level is not level:
            write(a, index, value)
            return
        root, place = a, index
        if a.parent is not None:  # the end of an augmented assignment
            root, place = whole_part(a) if index is Ellipsis else (None, None)
        if root is None or type(root.value) is not ndarray or type(level) is not Tape:
            write(a, index, value)
            return
        x = root.value
        if root.writer != get_ident() or not fits(value.value, x, place):
            write(a, index, value)
            return
        x[place] = value.value
        written = value.entry
        entry = [next_serial(), None, pull_elements, root.entry, written, place, x.ndim]
        level.append(entry)
        root.entry = entry
        root.version += 1

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
