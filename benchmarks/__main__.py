"""Entry point of ``python -m benchmarks``, and of ``python -m benchmarks inplace``."""

import sys

from benchmarks.environment import pin_threads


def run():
    """Pin the threads of BLAS, then load NumPy and everything that needs it."""
    pin_threads()
    if sys.argv[1:2] == ["inplace"]:
        from benchmarks import inplace

        return inplace.main(sys.argv[2:])
    from benchmarks.cli import main

    return main()


if __name__ == "__main__":
    sys.exit(run())
