"""Entry point of ``python -m benchmarks``, and of its parts: ``python -m benchmarks inplace``."""

import importlib
import sys

from benchmarks import PARTS
from benchmarks.environment import pin_threads


def run():
    """Pin the threads of BLAS, then load NumPy and everything that needs it."""
    pin_threads()
    if sys.argv[1:2] and sys.argv[1] in PARTS:
        part = importlib.import_module(f"benchmarks.{sys.argv[1]}")
        return part.main(sys.argv[2:])
    from benchmarks.cli import main

    return main()


if __name__ == "__main__":
    sys.exit(run())
