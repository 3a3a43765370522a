"""Unit directions, in chunks, for leaves of several shapes."""

from __future__ import annotations

import math
import os
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from adkit.common.errors import ArgumentError, JacobianTooLargeError
from adkit.common.shapes import dtype_of

#: Elements that one sweep should carry: measured best for sizes 1e2 to 1e5.
_ELEMENTS = 2**18
_MOST = 512


def chunk_size(chunk: Any, count: int, size: int) -> int:
    """Return how many of `count` directions one sweep carries.

    Parameters
    ----------
    chunk : int or "auto"
    count : int
        Directions in all.
    size : int
        Elements of the largest array that carries them.

    Raises
    ------
    ArgumentError
        If `chunk` is neither "auto" nor a positive int.
    """
    if isinstance(chunk, str) and chunk == "auto":
        chunk = min(_MOST, max(_ELEMENTS // max(size, 1), 1 if size > 8 * _ELEMENTS else 16))
    elif not isinstance(chunk, (int, np.integer)) or isinstance(chunk, bool) or chunk < 1:
        raise ArgumentError(
            "ADK106",
            f'chunk must be a positive int or "auto", not {chunk!r}',
            instead='"auto" takes as many directions as are fast, in bounded memory',
        )
    return max(1, min(int(chunk), count))


def chunks(count: int, size: int, first: int = 0) -> Iterator[tuple[int, int]]:
    """Yield ranges of `size` that cover `count` directions, after one of `first`."""
    if first:
        yield 0, first
    for start in range(first, count, size):
        yield start, min(start + size, count)


def unit_directions(leaves: Sequence[Any], start: int, stop: int, unit: Any = 1) -> list[Any]:
    """Return unit directions `start` to `stop` of the space of all leaves.

    Returns
    -------
    list of arrays
        Per leaf of shape S one of shape ``(stop - start, *S)``.
    """
    seeds = []
    offset = 0
    for x in leaves:
        size = int(np.prod(np.shape(x)))
        block = np.zeros((stop - start, size), dtype_of(x))
        first, last = max(start, offset), min(stop, offset + size)
        if first < last:
            rows = np.arange(first - start, last - start)
            block[rows, np.arange(first - offset, last - offset)] = unit
        seeds.append(block.reshape(stop - start, *np.shape(x)))
        offset += size
    return seeds


def total_size(leaves: Sequence[Any]) -> int:
    """Return the number of elements of all leaves."""
    return sum(int(np.prod(np.shape(x))) for x in leaves)


def check_fits(rows: int, columns: int) -> None:
    """Refuse a dense Jacobian that the machine's memory cannot hold.

    Raises
    ------
    JacobianTooLargeError
        With its size and the alternatives.
    """
    if not fits(rows, columns):
        raise JacobianTooLargeError(
            "ADK701",
            f"a dense Jacobian of {rows} x {columns} takes {8 * rows * columns / 2**30:.1f} GiB, "
            f"this machine has {_memory() / 2**30:.1f}",
            instead="use jvp, vjp or hvp for products with it",
        )


def fits(rows: int, columns: int) -> bool:
    """Return whether the machine's memory can hold a dense matrix of floats."""
    needed = 8 * rows * columns
    return needed < 2**30 or needed <= _memory()


def _memory() -> float:
    """Return the bytes of memory of this machine, infinity where it does not say."""
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):
        return math.inf
