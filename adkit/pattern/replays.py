"""Jacobians of sums of gathers by a program that an earlier run of the function was compiled to.

The function itself runs at every point, on arrays that carry no derivative and only note what is
done to them. If that is what was done in a run before, the entries are filled in by the program
which that run was compiled to: it computes the partial derivatives that vary, and puts each
where it belongs; all that is linear was composed when the program was made. If anything else was
done, be it that a branch, an index, a closure or a global is another one, nothing of the program
is used, and a sweep with derivatives gives the result.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from adkit.common.flat import FlatFunction
from adkit.common.scopes import is_strict
from adkit.common.shapes import dtype_of
from adkit.pattern.gathered import Gathering, gathered_jacobian, swept
from adkit.pattern.layouts import NOWHERE, Assembly, Layouts
from adkit.pattern.program import Filling, compiled
from adkit.pattern.recorded import Recorded, RecordedLevel, Run
from adkit.pattern.specialised import FLOAT
from adkit.pattern.symbolic import SymbolicLevel

__all__ = ["Program", "replayed_jacobian"]

#: Programs that are kept for a function, as where branches alternate.
_MOST_PROGRAMS = 4

#: Runs that are compiled; a function that never does the same twice is no longer recorded.
_MOST_RECORDINGS = 8

#: Steps of a function beyond which noting them saves nothing.
_MOST_STEPS = 2000


class Program(Run):
    """What one run of a function was compiled to.

    Attributes
    ----------
    results : list
        The step, or else the size, of each result.
    assembly : Assembly
        Where entries are.
    filling : Filling
        What computes them.
    order : list
        Steps on which the results depend, each with those that nobody reads after it.
    is_checked : bool
        For whoever compares the first entries with those of another sweep.
    """

    def __init__(
        self, level: RecordedLevel, results: list[Any], assembly: Assembly, filling: Filling
    ) -> None:
        super().__init__(level)
        self.results, self.assembly, self.filling = results, assembly, filling
        self.order = _order(level, [y for y in results if type(y) is int])
        self.is_checked = False

    def fits(self, level: RecordedLevel, results: list[Any]) -> bool:
        """Return whether a run did the same, each of whose steps was compared."""
        same = level.expected is self.seen and len(level.seen) + 1 == len(self.seen)
        return same and self.results == results

    def values(self, level: RecordedLevel, results: list[Any]) -> list[Any]:
        """Return the values of the results of a run, holding no others than must be."""
        made = level.made
        later = {number for number, _ in self.order if not hasattr(made[number], "tangent")}
        for number, read in self.order:
            made[number].compute()
            for operand in later.intersection(read):
                made[operand].forget()
        return [y.value if isinstance(y, Recorded) else y for y in results]


def replayed_jacobian(
    flat: FlatFunction, layouts: Layouts, *, with_values: bool = True
) -> Gathering | None:
    """Return values and entries of a Jacobian; None if it is no sum of few gathers.

    Parameters
    ----------
    flat : FlatFunction
    layouts : Layouts
        What earlier sweeps found, programs among them.
    with_values : bool
        Whether somebody wants the values; if not, a program need not compute them.
    """
    layouts.trim()
    closed = layouts.recordings >= _MOST_RECORDINGS and not layouts.programs
    doubles = all(dtype_of(x) is FLOAT for x in flat.leaves)
    if closed or is_strict() or not (flat.leaves and doubles):
        return gathered_jacobian(flat, layouts)
    width = sum(int(np.size(x)) for x in flat.leaves)
    level = RecordedLevel(width, layouts.programs, layouts.known)
    try:
        results = swept(flat, level, level.leaf)
        told = [y.entry if isinstance(y, Recorded) else (int(np.size(y)),) for y in results]
        program = next((p for p in layouts.programs if p.fits(level, told)), None)
        if program is None:
            program = _recorded(level, told, layouts)
        if program is None:
            return gathered_jacobian(flat, layouts)
        entries = program.filling.run(level.steps, level.made)
        flat.settle()  # auxiliary data may want values too
        values = program.values(level, results) if with_values else []
        return Gathering(values, entries, program.assembly, program)
    finally:
        level.end()


def _recorded(level: RecordedLevel, results: list[Any], layouts: Layouts) -> Program | None:
    """Compile a run to a program, and keep that; return None if it is no sum of gathers."""
    layouts.recordings += 1
    program = None
    if level.waits and layouts.recordings <= _MOST_RECORDINGS and len(level.seen) <= _MOST_STEPS:
        program = _compiled(level, results, layouts)
    if program is None:  # then programs do not pay
        layouts.recordings, layouts.programs = _MOST_RECORDINGS, []
    else:
        layouts.held += program.filling.nbytes
        layouts.programs = [program, *layouts.programs[: _MOST_PROGRAMS - 1]]
    return program


def _compiled(level: RecordedLevel, results: list[Any], layouts: Layouts) -> Program | None:
    sweep = SymbolicLevel(level.width, layouts)
    with np.errstate(all="ignore"):
        for number in range(len(level.seen)):
            sweep.follow(level, number)
    found = [sweep.constant(y[0], FLOAT) if type(y) is tuple else sweep.entries[y] for y in results]
    if any(layout is NOWHERE for layout, _ in found):
        return None
    assembly = layouts.assembly(tuple(layout for layout, _ in found), level.width)
    weights = [w for _, own in found for w in own]
    filling = compiled(sweep.formulas, weights, assembly, level)
    return None if filling is None else Program(level, results, assembly, filling)


def _order(level: RecordedLevel, results: list[int]) -> list[tuple[int, list[int]]]:
    """Return the common operations that results depend on, and after which one others end."""
    todo, found = list(results), set()
    while todo:
        number = todo.pop()
        if number not in found and level.made[number] is not None:
            found.add(number)
            todo += level.operands(number)
    last: dict[int, int] = {}
    for number in sorted(found):
        last |= dict.fromkeys(level.operands(number), number)
    ends: dict[int, list[int]] = {number: [] for number in sorted(found)}
    for operand, number in last.items():
        if operand in found and operand not in results:
            ends[number].append(operand)
    return list(ends.items())
