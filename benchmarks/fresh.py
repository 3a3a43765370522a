"""The first call in a fresh process, measured apart from the warm ones."""

import json
import os
import pickle
import statistics
import subprocess
import sys

from benchmarks import environment
from benchmarks.record import PHASES

WARM_CALLS = 5


def first_calls(case):
    """Return what a fresh process needs for a Jacobian of `case`, by mode.

    Returns
    -------
    dict
        For each of `PHASES` the seconds of ``import_adkit`` (NumPy being loaded), of the
        ``first`` call and, as a median, of a ``warm`` one.
    """
    return {mode: _in_child(case, mode) for mode in PHASES}


def _in_child(case, mode):
    paths = os.pathsep.join(path or os.curdir for path in sys.path)
    child = subprocess.run(
        [sys.executable, "-m", "benchmarks.fresh"],
        input=pickle.dumps((mode, case.x0, case.f)),
        env={**os.environ, "PYTHONPATH": paths},
        stdout=subprocess.PIPE,
        check=True,
    )
    return json.loads(child.stdout)


def measure(mode, x0, f):
    """Return the seconds of importing adkit, of a first Jacobian and of a warm one."""
    now = environment.clock()
    start = now()
    import adkit

    imported = now()
    jacobian = adkit.jacobian(f, mode=mode)
    jacobian(x0)
    first = now()
    warm = []
    for _ in range(WARM_CALLS):
        begin = now()
        jacobian(x0)
        warm.append(now() - begin)
    return {
        "import_adkit": imported - start,
        "first": first - imported,
        "warm": statistics.median(warm),
    }


if __name__ == "__main__":
    environment.pin_threads()
    # Unpickling loads NumPy and the case, before the clock starts.
    json.dump(measure(*pickle.load(sys.stdin.buffer)), sys.stdout)
