"""All problems by name, built when they are asked for."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import NamedTuple

from benchmarks.programs.problem import Problem


class Entry(NamedTuple):
    """A module that builds problems, and the names of those."""

    module: str
    names: tuple[str, ...]


ENTRIES = (
    Entry("gmm", ("gmm-1k-d10-K25", "gmm-1k-d64-K25", "gmm-10k-d10-K25")),
    Entry("lstm", ("lstm-l2-c1024", "lstm-l4-c1024")),
    Entry("hands", ("hand-simple-c100", "hand-simple-c1600")),
    Entry("hands", ("hand-complicated-c100", "hand-complicated-c1600")),
    Entry("bundle", ("ba1", "ba2", "ba3")),
    Entry("rosenbrock", ("rosenbrock-10", "rosenbrock-1000", "rosenbrock-100000")),
    Entry("rosenbrock", ("rosenbrock-hvp-10", "rosenbrock-hvp-1000", "rosenbrock-hvp-100000")),
    Entry("perceptron", ("mlp-large", "mlp-small")),
    Entry("elementwise", ("logsumexp", "black-scholes", "mix")),
    Entry("scalars", ("lorenz", "kepler")),
    Entry("recurrence", ("recurrence", "recurrence-checkpointed")),
    Entry("kalman", ("kalman",)),
    Entry("gaussian_process", ("gaussian-process",)),
)

#: Left out of a quick run: their data, or what peers make of them, take their time.
LARGE = frozenset(
    {
        *("gmm-1k-d64-K25", "gmm-10k-d10-K25", "lstm-l4-c1024", "ba2", "ba3", "mix"),
        *("black-scholes", "recurrence", "recurrence-checkpointed"),
        *("hand-simple-c1600", "hand-complicated-c1600"),
    }
)


def builders() -> dict[str, Callable[[Path | None, bool], Problem]]:
    """Return by name what builds a problem, from the folder of the suite's data or None.

    The second argument says whether shorter loops will do.
    """
    return {name: partial(_build, entry.module, name) for entry in ENTRIES for name in entry.names}


def _build(module: str, name: str, data: Path | None, quick: bool) -> Problem:
    return import_module(f"benchmarks.programs.{module}").problem(name, data, quick)
