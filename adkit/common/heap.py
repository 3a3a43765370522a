"""Keeping the memory of temporaries: how the C library's allocator is told, once, at import.

Until a program frees a large block, glibc maps every array above 128 KiB afresh and gives
it back at once, or trims the heap behind it; each time the kernel clears its pages. Sweeps
make many temporaries of one size, and spend most of their time there: a gradient on
100,000 elements took up to eight times longer. glibc raises its thresholds by itself when
it sees a large block freed (``mallopt(3)``, *dynamic mmap threshold*), so one is. That keeps
64 MiB; a tape of a dozen arrays of 8 MB holds more, which every gradient would have cleared
anew, so the limit is raised further.

Measured on 100,000 elements, microseconds of CPU time, value and gradient (before, after):
multiply 2093, 233; add 1513, 171; sort 3965, 2088; value and tangent of exp2 829, 181. The
second step: the gradient of a program on 1,000,000 elements that keeps 14 arrays, milliseconds,
62 and 49.
It concerns the whole process, and is not undone: up to 256 MiB that were freed stay with it.
Who sets ``MALLOC_TRIM_THRESHOLD_`` for a process decides instead.
"""

from __future__ import annotations

import contextlib
import os

import numpy as np

__all__ = ["widen"]

#: The largest block that glibc learns from, a little less than 32 MiB.
LARGE = 32 * 2**20 - 64 * 1024
#: Freed memory at the end of the heap that stays with the process.
KEPT = 256 * 2**20
_TRIM_THRESHOLD = -1  # M_TRIM_THRESHOLD of malloc.h


def widen() -> None:
    """Let the allocator keep freed memory; no page of the block is touched."""
    np.empty(LARGE, np.uint8)
    if "MALLOC_TRIM_THRESHOLD_" not in os.environ:
        with contextlib.suppress(ImportError, OSError, TypeError, AttributeError):
            import ctypes  # NumPy has imported it, where there is one

            ctypes.CDLL(None).mallopt(_TRIM_THRESHOLD, KEPT)  # glibc alone has it
