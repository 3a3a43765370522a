"""Buffers of `traced_buffers` among arguments and results of a function that is recorded whole.

What is kept of them are their numbers. Where the function takes them up they have to be buffers
again, so that copies of them can take traced values, and so has what it returned.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from adkit.common.buffers import Buffer, is_plain_inexact

Flags = tuple[bool, ...]


def which_are_buffers(leaves: Sequence[Any]) -> Flags:
    """Return which leaves are buffers; nothing if none is."""
    flags = tuple([type(x) is Buffer for x in leaves])
    return flags if True in flags else ()


class Passed:
    """Leaves in which numbers of buffers are buffers, not to be written into.

    Attributes
    ----------
    leaves : list
    """

    def __init__(self, leaves: Sequence[Any], flags: Flags) -> None:
        self.leaves = list(leaves)
        self._given: dict[int, Any] = {}
        for k, (x, is_buffer) in enumerate(zip(leaves, flags, strict=False)):
            if is_buffer and is_plain_inexact(x):
                view = x.view()
                view.flags.writeable = False
                self.leaves[k] = made = Buffer(view)
                self._given[id(made)] = x

    def back(self, results: Sequence[Any]) -> list[Any]:
        """Return results with the numbers that were given for buffers that are among them."""
        return [self._given.get(id(y), y) for y in results]


def as_buffers(results: Sequence[Any], flags: Flags) -> list[Any]:
    """Return results as what they were, of which the record kept the numbers."""
    if not flags:
        return list(results)
    return [
        Buffer(y) if was and is_plain_inexact(y) else y
        for y, was in zip(results, flags, strict=True)
    ]
