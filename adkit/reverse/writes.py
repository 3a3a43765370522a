"""Writes on the tape: what was overwritten gets no cotangent, what was written gets it.

The sweep owns the cotangents that it made here, so it writes into them: a step of a
loop over the rows of an array costs a row, not the array.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from adkit.common.ops.casting import cast
from adkit.common.ops.indexing import behind, is_basic, scatter
from adkit.common.places import Place
from adkit.common.shapes import Like, unbroadcast
from adkit.reverse.tape import Cotangents, Entry, accumulate, next_serial


def write_entry(base: Entry | None, part: Any, path: Sequence[Any], shape: Any) -> Entry | None:
    """Return the entry of a write into an array, None if nothing traced is left in it.

    Parameters
    ----------
    base : entry or None
        Version before the write.
    part : Node or None
        What was written, None of a constant.
    path, shape
        Where, in an array of that shape.
    """
    written = None if part is None else part.entry
    if base is None and written is None:
        return None
    place = Place(path, shape)
    like = None if written is None else Like(part.value)
    stays = None if written is None else place.winners()
    return [next_serial(), None, _pull_write, base, written, place, like, stays]


def _pull_write(ct: Any, entry: Entry, cotangents: Cotangents) -> None:
    _, _, _, base, written, place, like, stays = entry
    lead = np.ndim(ct) - len(place.shape)
    if written is not None:
        part = place.take(ct, lead)
        rank = np.ndim(part) - lead
        if stays is not None:
            part = np.where(stays, part, 0)
        elif base is not None and isinstance(part, np.ndarray):
            part = part.copy()
        part = _fitted(part, like, lead, rank)
        accumulate(cotangents, written, cast(part, like.dtype))
    if base is None:
        return
    if type(ct) is not np.ndarray:
        accumulate(cotangents, base, np.where(place.outside(), ct, 0))
        return
    rest = ct if entry[0] in cotangents.owned else np.array(ct, order="C")
    place.put(rest, lead, 0, 0)
    own(cotangents, base, rest)


def _fitted(part: Any, like: Like, lead: int, rank: int) -> Any:
    """Sum a cotangent of the place to the shape of what was written there."""
    if like.ndim > rank:  # NumPy dropped leading axes of length one
        return np.reshape(
            unbroadcast(part, like.shape[like.ndim - rank :], rank),
            np.shape(part)[:lead] + like.shape,
        )
    return unbroadcast(part, like.shape, rank)


def pull_read(ct: Any, entry: Entry, cotangents: Cotangents) -> None:
    """Add the cotangent of ``x[index]`` where it was read."""
    _, _, _, parent, x, ans, args, _ = entry
    index = args[0]
    lead = ct.ndim - ans.ndim
    serial = parent[0]
    ct = cast(ct, x.dtype)
    if not is_basic(index) or not isinstance(ct, (np.ndarray, np.generic)):
        accumulate(cotangents, parent, scatter(ct, index, x.shape, lead))
        return
    total = cotangents.get(serial)
    if total is None:
        total = np.zeros(ct.shape[:lead] + x.shape, x.dtype)
    elif type(total) is not np.ndarray:
        accumulate(cotangents, parent, scatter(ct, index, x.shape, lead))
        return
    elif serial not in cotangents.owned:
        total = np.array(total, order="C")
    total[behind(index, lead)] += ct
    cotangents[serial] = total
    cotangents.owned.add(serial)


def own(cotangents: Cotangents, parent: Entry, ct: Any) -> None:
    """Add a cotangent that nobody else holds."""
    serial = parent[0]
    if serial in cotangents:
        present = cotangents[serial]
        if type(present) is not np.ndarray:
            cotangents[serial] = present + ct
            return
        ct += present
    cotangents[serial] = ct
    cotangents.owned.add(serial)
