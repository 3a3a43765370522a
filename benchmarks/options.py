"""What the command lines of all benchmarks share: options, choices, and how they end."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Collection
from typing import NoReturn, TypeVar

from benchmarks.peers.measures import Disagreement

T = TypeVar("T")

BAD_OPTION = 2
INTERRUPTED = 130


class OneLineParser(argparse.ArgumentParser):
    """Answers bad options with one line instead of the usage as well."""

    def error(self, message: str) -> NoReturn:
        """Print `message` and leave."""
        self.exit(BAD_OPTION, f"{self.prog}: {message} (see --help)\n")


def integer(text: str) -> int:
    """Return `text` as an integer."""
    try:
        return int(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not an integer") from None


def positive(text: str) -> int:
    """Return `text` as a positive integer."""
    if (number := integer(text)) < 1:
        raise argparse.ArgumentTypeError(f"{number} is not positive")
    return number


def natural(text: str) -> int:
    """Return `text` as an integer that is not negative."""
    if (number := integer(text)) < 0:
        raise argparse.ArgumentTypeError(f"{number} is negative")
    return number


def fitting(patterns: Collection[str], names: Collection[str], large: Collection[str]) -> list[str]:
    """Return the names that are asked for, whole ones or their first parts (``gmm-1k``).

    Parameters
    ----------
    patterns : collection of str
        If there are none, all names but the `large` ones.
    names : collection of str
        What there is.
    large : collection of str
        Names that are measured on demand only.

    Raises
    ------
    ValueError
        If a pattern fits no name.
    """
    if not patterns:
        return [name for name in names if name not in large]
    for pattern in patterns:
        if not any(_fits(pattern, name) for name in names):
            raise ValueError(f"nothing is called {pattern!r}; there are {', '.join(names)}")
    return [name for name in names if any(_fits(pattern, name) for pattern in patterns)]


def _fits(pattern: str, name: str) -> bool:
    return name == pattern or name.startswith(pattern.rstrip("-") + "-")


def measured(program: str, run: Callable[[], T]) -> T:
    """Return what `run` measures; interrupted, or where results differ, leave with a line."""
    try:
        return run()
    except Disagreement as error:
        sys.stderr.write(f"{program}: {error}\n")
        raise SystemExit(1) from None
    except KeyboardInterrupt:
        sys.stderr.write("\ninterrupted\n")
        raise SystemExit(INTERRUPTED) from None
