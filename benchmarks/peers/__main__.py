"""Entry point of ``python -m benchmarks.peers``."""

import sys

from benchmarks.environment import pin_threads


def main() -> int:
    """Pin the threads of BLAS, then load NumPy and everything that needs it."""
    pin_threads()
    from benchmarks.peers.cli import run

    return run(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
