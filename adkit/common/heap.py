"""Keeping the memory of temporaries: how the C library's allocator is told, once, at import.

Until a program frees a large block, glibc maps every array above 128 KiB afresh and gives
it back at once, or trims the heap behind it; each time the kernel clears its pages. Sweeps
make many temporaries of one size, and spend most of their time there: a gradient on
100,000 elements took up to eight times longer. glibc raises its thresholds by itself when
it sees a large block freed (``mallopt(3)``, *dynamic mmap threshold*), so one is.

Measured on 100,000 elements, microseconds of CPU time, value and gradient (before, after):
multiply 2093, 233; add 1513, 171; sort 3965, 2088; value and tangent of exp2 829, 181.
It concerns the whole process, and is not undone: up to 64 MiB that were freed stay with it.
"""

from __future__ import annotations

import numpy as np

__all__ = ["widen"]

#: The largest block that glibc learns from, a little less than 32 MiB.
LARGE = 32 * 2**20 - 64 * 1024


def widen() -> None:
    """Let the allocator keep freed memory up to 64 MiB; no page of the block is touched."""
    np.empty(LARGE, np.uint8)
