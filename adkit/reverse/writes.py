"""Writes on the tape: what was overwritten gets no cotangent, what was written gets it.

An entry of a write is a version of an array. Its cotangent passes to the version
before, without what was overwritten, and the part at that place to what was written.
The sweep owns the cotangents that it makes here, so it writes into them: a step of a
loop over the rows of an array costs a row, not the array. Cotangents that are traced,
at higher order, are arrays that can be written into too.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from adkit.common.levels import is_traced
from adkit.common.ops.casting import cast
from adkit.common.ops.indexing import behind, getitem, is_basic
from adkit.common.places import Place
from adkit.common.shapes import Like, unbroadcast
from adkit.common.storage import buffer, place_path
from adkit.common.structural import nothing_like
from adkit.common.views import Step
from adkit.reverse.keeping import keep_static
from adkit.reverse.tape import Cotangents, Entry, accumulate, next_serial

#: Stands for the gradient of a version that no array shows any more.
SUPERSEDED = object()


def is_version(entry: Entry) -> bool:
    """Return whether an entry is that of a write to an array of a Node made by hand."""
    return entry[2] in (pull_elements, pull_place)


def write_entry(
    base: Entry | None, written: Entry | None, root: Any, handle: Any, index: Any, part: Any
) -> Entry:
    """Return the entry of ``handle[index] = part``.

    Parameters
    ----------
    base, written : entry or None
        Of the version before the write and of what was written; None of constants.
    root, handle, index
        The array that is written into, the view of it that was used, and where.
    part : Node or None
        What was written, if that is traced.
    """
    if handle is root and is_basic(index) and (written is None or _fits(part, root, index)):
        return [next_serial(), None, pull_elements, base, written, index, root.value.ndim]
    if not is_basic(index):
        index = keep_static(index, root.level)
    place = Place(place_path(handle, index), root)
    like = stays = None
    if written is not None:
        like, winners = Like(part.value), place.winners()
        if winners is not None:
            stays = winners == np.arange(winners.size).reshape(winners.shape)
    return [next_serial(), None, pull_place, base, written, place, like, stays]


def _fits(part: Any, root: Any, index: Any) -> bool:
    """Return whether a part has the dtype and the shape of the place that it is written to."""
    value, array = part.value, root.value
    if value.dtype is not array.dtype:
        return False
    shape = array.shape[1:] if type(index) is int else array[index].shape
    return bool(value.shape == shape)


def pull_elements(ct: Any, entry: Entry, cotangents: Cotangents) -> None:
    """Pull through a write of a part that fits its place, a basic index of the array."""
    serial, _, _, base, written, index, ndim = entry
    lead = ct.ndim - ndim
    if type(ct) is not np.ndarray:
        place = Place([Step(getitem, (index,), {})], ct)
        _pull(ct, lead, entry, place, None, None, cotangents)
        return
    if lead:
        index = behind(index, lead)
    if base is None:
        part = ct[index] if written is not None else None
    else:
        if serial not in cotangents.owned:
            ct = np.array(ct, order="C")
        part = _moved(ct, index)
        own(cotangents, base, ct)
    if written is not None:
        serial = written[0]
        cotangents[serial] = cotangents[serial] + part if serial in cotangents else part


def _moved(ct: Any, index: Any) -> Any:
    """Return a copy of what stands at a basic index, and leave zeros there."""
    part = ct[index]
    if type(part) is not np.ndarray:
        ct[index] = 0
        return part
    copy = part.copy()
    part.fill(0)
    return copy


def pull_place(ct: Any, entry: Entry, cotangents: Cotangents) -> None:
    """Pull through a write to any place."""
    _, _, _, _, _, place, like, stays = entry
    _pull(ct, ct.ndim - place.root.ndim, entry, place, like, stays, cotangents)


def _pull(
    ct: Any,
    lead: int,
    entry: Entry,
    place: Place,
    like: Like | None,
    stays: Any,
    cotangents: Cotangents,
) -> None:
    serial, _, _, base, written = entry[:5]
    if base is not None and not (serial in cotangents.owned and is_array(ct)):
        ct = own_copy(ct)
    if written is not None:
        part = place.take(ct, lead)
        if place.part == "imag":
            part = -part
        if base is not None:
            part = np.copy(part)
        rank = part.ndim - lead
        if stays is not None:
            part = np.where(stays, part, 0)
        if like is not None:
            part = cast(_fitted(part, like, lead, rank), like.dtype)
        accumulate(cotangents, written, part)
    if base is not None:
        place.put(ct, lead, nothing_like(ct), 0)
        own(cotangents, base, ct)


def is_array(ct: Any) -> bool:
    """Return whether a cotangent is an array, not the scalar that a sum of two was."""
    while is_traced(ct):
        ct = ct.value
    return isinstance(ct, np.ndarray)


def own_copy(ct: Any) -> Any:
    """Return a C-contiguous copy that can be written into."""
    return np.copy(ct, order="C") if is_traced(ct) else np.array(ct, order="C")


def _fitted(part: Any, like: Like, lead: int, rank: int) -> Any:
    """Sum a cotangent of the place to the shape of what was written there."""
    if like.ndim > rank:  # NumPy dropped leading axes of length one
        return np.reshape(
            unbroadcast(part, like.shape[like.ndim - rank :], rank),
            np.shape(part)[:lead] + like.shape,
        )
    return unbroadcast(part, like.shape, rank)


def own(cotangents: Cotangents, parent: Entry, ct: Any) -> None:
    """Add a cotangent that nobody else holds."""
    serial = parent[0]
    if serial in cotangents:
        present = cotangents[serial]
        if is_traced(present) and not is_traced(ct):
            ct = buffer(np.asarray(ct))
        ct += present
    cotangents[serial] = ct
    cotangents.owned.add(serial)
