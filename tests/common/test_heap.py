"""Temporaries above 128 KiB are not mapped anew each time: counted in page faults, not in time."""

import subprocess
import sys

LOOP = """
import resource
import numpy as np
{first}
def work():
    for _ in range(50):
        arrays = [np.ones(100_000) for _ in range(4)]
work()
before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
work()
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""


def faults(first):
    """Return the page faults of 50 rounds of four arrays of 800 kB, about 200 pages each."""
    program = LOOP.format(first=first)
    ran = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    return int(ran.stdout)


def test_freed_memory_is_kept():
    assert faults("import adkit") < 0.1 * 50 * 4 * 195


HELD = """
import resource
import numpy as np
{first}
def work():
    return [np.ones(1_000_000) for _ in range(20)]
work()
before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
for _ in range(5):
    work()
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""


def test_so_is_that_of_a_tape_of_many_arrays():
    program = HELD.format(first="import adkit")
    ran = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert int(ran.stdout) < 0.1 * 5 * 20 * 1953  # pages of 160 MB
