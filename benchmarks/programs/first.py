"""From the start of a process to the end of the first gradient of a Gaussian mixture.

Every contestant gets processes of its own; what counts is their whole CPU time, imports included
and what a library compiles. Python's own bytecode is there already, as after an installation.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from typing import Any

from benchmarks import environment

NAME = "gmm-1k-d10-K25"
FUNCTION, HAND, ADKIT = "function", "hand", "adkit"
OWN = (FUNCTION, HAND, ADKIT)

#: Seconds that adkit may take more than the hand-written gradient.
ALLOWANCE = 0.10


def measure(peers: list[str], rounds: int) -> dict[str, list[float]]:
    """Return the seconds of fresh processes by contestant, from interleaved rounds."""
    taken: dict[str, list[float]] = {name: [] for name in (*OWN, *peers)}
    with tempfile.TemporaryDirectory() as folder:
        for counted in [False] + [True] * rounds:
            for name, seconds in taken.items():
                found = _in_child(name, folder)
                if counted:
                    seconds.append(found)
    return taken


def _in_child(name: str, folder: str) -> float:
    """Return the seconds of one process; a folder for bytecode, where none is written elsewhere.

    Peers are installed, and have theirs.
    """
    variables = {**os.environ, "PYTHONPATH": os.pathsep.join(p or os.curdir for p in sys.path)}
    if sys.dont_write_bytecode and name in OWN:
        variables |= {"PYTHONDONTWRITEBYTECODE": "", "PYTHONPYCACHEPREFIX": folder}
    child = subprocess.run(
        [sys.executable, "-m", "benchmarks.programs.first", name],
        env=variables,
        stdout=subprocess.PIPE,
        check=True,
    )
    return float(json.loads(child.stdout))


def run(name: str) -> Any:
    """Take the gradient once with the contestant of that name."""
    from benchmarks.programs import gmm

    problem = gmm.problem(NAME)
    if name == FUNCTION:
        return problem.evaluate()
    if name == HAND:
        return problem.by_hand()
    if name == ADKIT:
        import adkit

        return adkit.value_and_grad(problem.f, problem.argnums)(*problem.args)
    from benchmarks.programs.peers import PEERS

    (peer,) = (peer for peer in PEERS if peer.name == name)
    return peer().thunk(problem)()


if __name__ == "__main__":
    environment.pin_threads()
    run(sys.argv[1])
    json.dump(time.process_time(), sys.stdout)
