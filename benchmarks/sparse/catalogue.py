"""All problems by name, built when they are asked for."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from importlib import import_module

from benchmarks.sparse.problem import Problem

#: The modules that build problems, with the names of these.
ENTRIES: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("grids", ("stencil-1d", "stencil-2d", "stencil-3d", "box-3d", "bratu")),
    ("grids", ("brusselator-32", "brusselator-64", "brusselator-128")),
    ("lines", ("burgers", "lorenz96", "band-1e4", "band-1e5", "band-1e6")),
    ("borders", ("arrow", "arrow-band", "frame")),
    ("borders", ("shooting-100", "shooting-1000", "free-end-100", "free-end-1000")),
    ("networks", ("power",)),
    ("bundles", ("bundle-small", "bundle")),
    ("energies", ("arrow-hessian", "rosenbrock-hessian", "lattice-hessian")),
    ("coupled", ("soft-max", "layer-norm", "dense", "h-equation")),
)

#: Left out of a quick run.
LARGE = frozenset(
    {
        *("stencil-3d", "box-3d", "brusselator-64", "brusselator-128", "band-1e5", "band-1e6"),
        *("shooting-1000", "free-end-1000", "bundle", "power", "lattice-hessian"),
        *("arrow-band", "h-equation"),
    }
)


def builders() -> dict[str, Callable[[], Problem]]:
    """Return by name what builds a problem."""
    return {name: partial(_build, module, name) for module, names in ENTRIES for name in names}


def _build(module: str, name: str) -> Problem:
    problem: Problem = import_module(f"benchmarks.sparse.{module}").problem(name)
    return problem


def select(patterns: list[str], quick: bool) -> list[str]:
    """Return the names that are asked for: whole ones, or their first parts (``brusselator``).

    Raises
    ------
    ValueError
        If a pattern fits no name.
    """
    names = list(builders())
    if not patterns:
        return [name for name in names if not quick or name not in LARGE]
    for pattern in patterns:
        if not any(_fits(pattern, name) for name in names):
            raise ValueError(f"no problem is called {pattern!r}; there are {', '.join(names)}")
    return [name for name in names if any(_fits(pattern, name) for pattern in patterns)]


def _fits(pattern: str, name: str) -> bool:
    return name == pattern or name.startswith(pattern.rstrip("-") + "-")
