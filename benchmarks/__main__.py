"""Entry point of ``python -m benchmarks``."""

import sys

from benchmarks.environment import pin_threads


def run():
    """Pin the threads of BLAS, then load NumPy and everything that needs it."""
    pin_threads()
    from benchmarks.cli import main

    return main()


if __name__ == "__main__":
    sys.exit(run())
