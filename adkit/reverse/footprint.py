"""How many directions one sweep of a recorded function carries, in bounded memory."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from adkit.common.directions import chunk_size
from adkit.common.shapes import Like
from adkit.reverse.pullback import Recording
from adkit.reverse.tape import Entry


def recorded_chunk_size(chunk: Any, count: int, arrays: Sequence[Any], recording: Recording) -> int:
    """Return how many of `count` directions one sweep carries.

    The largest array on the tape counts like those given: its directions are as large.
    """
    largest = max([1, *(int(np.size(x)) for x in arrays)])
    if count > 1 and chunk == "auto":
        largest = max(largest, largest_array(recording.tape.entries))
    return chunk_size(chunk, count, largest)


def largest_array(entries: Sequence[Entry]) -> int:
    """Return the elements of the largest array that entries saved, or saved the shape of."""
    largest = 1
    for entry in entries:
        for field in entry[3:]:
            if isinstance(field, (np.ndarray, Like)):
                largest = max(largest, field.size)
            elif type(field) is tuple:
                for part in field:
                    if isinstance(part, (np.ndarray, Like)):
                        largest = max(largest, part.size)
    return largest
