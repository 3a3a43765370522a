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
