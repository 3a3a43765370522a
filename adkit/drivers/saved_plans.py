"""Plans in files: patterns, colours and the table, as arrays and text in one ``.npz``."""

from __future__ import annotations

import dataclasses
import json
from typing import Any
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from adkit.common.errors import PatternError
from adkit.drivers.candidates import Option
from adkit.drivers.compressed import State
from adkit.drivers.sparse_plan import SparseCandidate, SparsePlan
from adkit.sparse.bounds import Bound
from adkit.sparse.colouring import Colouring
from adkit.sparse.compression import Compression, Partition, by_both, by_symmetry
from adkit.sparse.damping import graded
from adkit.sparse.pattern import Pattern
from adkit.sparse.solves import by_small_solves

__all__ = ["loaded", "read", "saved"]

Arrays = dict[str, NDArray[Any]]

#: Of the format; files of other versions are refused.
_VERSION = 3


def saved(plan: SparsePlan, state: State) -> Arrays:
    """Return what a file holds of a plan."""
    arrays: Arrays = {
        "starts": state.pattern.starts,
        "columns": state.pattern.columns,
        "moving": state.pattern.found_in(state.nonlinear),
    }
    ways = {"cold": state.option, "warm": state.warm}
    names = {}
    for name, option in ways.items():
        if option is not None:
            names[name] = [option.mode, option.name]
            arrays |= {f"{name}_{key}": a for key, a in _way(option.compression).items()}
    told = {
        field.name: getattr(plan, field.name)
        for field in dataclasses.fields(plan)
        if field.name not in ("candidates", "transform")
    }
    told["candidates"] = [_told(c) for c in plan.candidates if isinstance(c, SparseCandidate)]
    text = {
        "version": _VERSION,
        "op": plan.op,
        "shapes": state.shapes,
        "sweep": state.sweep,
        "ways": names,
        "plan": told,
    }
    return arrays | {"adkit_plan": np.array(json.dumps(text))}


def read(path: Any) -> Arrays:
    """Return the arrays of a file, none if it holds no arrays by names."""
    if not hasattr(path, "read"):
        with open(path, "rb") as file:  # NumPy leaves a torn one open
            return read(file)
    try:
        with np.load(path, allow_pickle=False) as arrays:
            return dict(arrays)
    except (ValueError, EOFError, TypeError, BadZipFile):  # it takes other files for pickles
        return {}


def loaded(arrays: Arrays) -> tuple[str, dict[str, Any], State]:
    """Return what was planned, the fields of the plan, and what computes by it.

    Raises
    ------
    PatternError
        If these are not the arrays of a plan.
    """
    text = json.loads(str(arrays["adkit_plan"])) if "adkit_plan" in arrays else {}
    if text.get("version") != _VERSION:
        raise PatternError(
            "ADK711",
            "the file holds no plan, or one of another version",
            instead="plan.save(path) writes one",
        )
    fields = text["plan"]
    pattern = Pattern(tuple(fields["shape"]), arrays["starts"], arrays["columns"])
    nonlinear = pattern.keep(arrays["moving"])
    options = {
        name: Option(mode, label, _compression(arrays, name, where))
        for (name, (mode, label)), where in zip(
            text["ways"].items(), (pattern, nonlinear), strict=False
        )
    }
    shapes = tuple(tuple(_shape(one) for one in side) for side in text["shapes"])
    state = State(pattern, nonlinear, (shapes[0], shapes[1]), options["cold"], options.get("warm"))
    state.sweep = text["sweep"]
    fields["candidates"] = tuple(_candidate(c) for c in fields["candidates"])
    for name in ("shape", "warm", "fallbacks"):
        fields[name] = None if fields[name] is None else tuple(fields[name])
    return text["op"], fields, state


def _way(compression: Compression) -> Arrays:
    if isinstance(compression, Partition):
        symmetric = np.array(compression.symmetric)
        grades = np.array(compression.is_graded)
        rows, columns = compression.rows, compression.columns
        method = np.array(compression.method)
        told = {"rows": rows, "columns": columns, "symmetric": symmetric, "method": method}
        return told | {"graded": grades}
    mixed: Any = compression
    method = np.array(compression.method.removesuffix(", small solves"))
    return {"colours": mixed.colours, "turned": np.array(mixed.turned), "method": method}


def _compression(arrays: Any, name: str, pattern: Pattern) -> Compression:
    method = str(arrays[f"{name}_method"])
    if f"{name}_colours" not in arrays:
        columns = arrays[f"{name}_columns"]
        if arrays[f"{name}_symmetric"]:
            kind = Colouring.of("acyclic", columns, method)
            plan = by_symmetry(pattern, kind)
            return graded(plan) if arrays[f"{name}_graded"] else plan
        return by_both(pattern, columns, arrays[f"{name}_rows"], method)
    kind_of = "row" if arrays[f"{name}_turned"] else "column"
    solved = by_small_solves(pattern, Colouring.of(kind_of, arrays[f"{name}_colours"], method))
    assert solved is not None  # it was found by the same search
    return solved


def _told(candidate: SparseCandidate) -> dict[str, Any]:
    told = dataclasses.asdict(dataclasses.replace(candidate, option=None))
    del told["option"]
    return told


def _candidate(told: dict[str, Any]) -> SparseCandidate:
    least = told.pop("least")
    return SparseCandidate(**told, least=None if least is None else Bound(**least))


def _shape(one: list[Any]) -> Any:
    return tuple(_shape(size) if isinstance(size, list) else size for size in one)
