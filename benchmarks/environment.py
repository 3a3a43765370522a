"""The surroundings of a measurement: threads, clock, versions.

This module imports no NumPy at its top, so that threads can be pinned before NumPy is loaded.
"""

import os
import platform
import sys
import time
from importlib import metadata

#: Read by OpenBLAS, MKL, Accelerate and OpenMP when they are loaded, and never again.
THREAD_VARIABLES = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
)

PACKAGES = ("numpy", "scipy", "scikit-learn", "matplotlib", "rich")


def pin_threads():
    """Ask for one BLAS thread, unless the user has asked for another number."""
    for variable in THREAD_VARIABLES:
        os.environ.setdefault(variable, "1")


def threads():
    """Return the number of BLAS threads that was asked for, or None if nobody asked."""
    values = [os.environ[variable] for variable in THREAD_VARIABLES if variable in os.environ]
    numbers = [int(value) for value in values if value.isdigit()]
    return max(numbers) if len(numbers) == len(THREAD_VARIABLES) else None


def clock_name():
    """Return the name of the function of `time` that measures.

    With one thread it is CPU time, which other programs on the machine do not disturb.  CPU time
    adds threads up, so with several the clock on the wall tells more, as it does on systems that
    count CPU time in ticks.
    """
    fine = time.get_clock_info("process_time").resolution <= 1e-5
    return "process_time" if threads() == 1 and fine else "perf_counter"


def clock():
    """Return the function that measures."""
    return getattr(time, clock_name())


def describe():
    """Return versions, threads and clock as plain data."""
    import adkit

    versions = {"adkit": adkit.__version__}
    for package in PACKAGES:
        try:
            versions[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            versions[package] = None
    return {
        "python": platform.python_version(),
        "implementation": sys.implementation.name,
        "system": platform.system(),
        "processor": platform.machine(),
        "cores": os.cpu_count(),
        "blas_threads": threads(),
        "clock": clock_name(),
        "versions": versions,
    }
