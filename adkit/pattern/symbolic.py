"""A sweep of sums of gathers over steps that were noted, with formulas in place of numbers."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from adkit.common.signatures import OPERAND_NAMES, parameter_names
from adkit.pattern.gathered import GatheredLevel
from adkit.pattern.incidence import factors
from adkit.pattern.layouts import NOWHERE, UNFIT, Entry, Layouts
from adkit.pattern.recorded import Recorded, RecordedLevel, defined
from adkit.pattern.recorded_calls import Shaped
from adkit.pattern.specialised import FLOAT
from adkit.pattern.steps import Constant, Derived, Input, Same, Written
from adkit.pattern.traced import Call
from adkit.pattern.weights import Formulas

__all__ = ["SymbolicLevel", "derived"]

Array = NDArray[Any]


class SymbolicLevel(GatheredLevel):
    """A sweep whose weights are formulas, numbers where they are the same at every point.

    Parameters
    ----------
    width : int
    layouts : Layouts
    root : Entry, optional
        The derivative of the argument, if that is not the identity.

    Attributes
    ----------
    formulas : Formulas
    entries : list
        The derivative of each step so far.
    """

    __slots__ = ("_first", "_root", "_twins", "entries", "formulas")

    def __init__(self, width: int, layouts: Layouts, root: Entry | None = None) -> None:
        super().__init__(width, layouts)
        self._root = root
        self.formulas = Formulas()
        self.entries: list[Entry] = []
        self._first: list[int] = []  # of each step: the first one of the same values
        self._twins: dict[Any, int] = {}

    def follow(self, run: RecordedLevel, number: int) -> None:
        """Find the derivative of the next step of a run."""
        self._first.append(self._first_like(run.seen[number]))
        self.entries.append(self._entry(run, number))

    def _first_like(self, key: Any) -> int:
        """Return the first step that has the same values as this one."""
        here, (op, *told) = len(self._first), key
        if type(op) is str or any(isinstance(x, Shaped) for x in told):
            return here
        told = [("step", self._first[x]) if type(x) is int else x for x in told]
        try:
            return self._twins.setdefault((op, *told), here)
        except TypeError:  # slices have no hash in Python 3.11
            return self._twins.setdefault((op, repr(told)), here)

    def _entry(self, run: RecordedLevel, number: int) -> Entry:
        step = run.steps[number]
        if isinstance(step, Constant):
            return self.constant(step.size, FLOAT)
        if isinstance(step, Input):
            return self.unit(*step) if self._root is None else self._root
        if isinstance(step, Same):
            return self.entries[step.entry]
        if isinstance(step, Written):
            entry, written, *rest = step
            source = None if written is None else self.entries[written]
            return self.written(self.entries[entry], source, *rest)
        call, y, k = derived(run, number)
        if call.op.verb == "general":
            return UNFIT
        entries = [None if entry is None else self.entries[entry] for entry in call.entries]
        call = call._replace(entries=entries)
        return self._composed(call) if call.op.verb == "composite" else self.derivative(call, y, k)

    def _composed(self, call: Call) -> Entry:
        """Return the derivative of an operation with a linear definition."""
        inner, result = defined(call.op, call.values[0], call.args[1:], call.kwargs)
        sweep = SymbolicLevel(self.width, self.layouts, call.entries[0])
        for number in range(len(inner.seen)):
            sweep.follow(inner, number)
        inner.end()
        assert result is not None  # else it is not noted as one step
        return sweep.entries[result]

    def factor(self, call: Call, y: Any, i: int) -> Any:
        """Return by what an elementwise operation multiplies the tangent of an operand."""
        partial = call.op.partials[i]
        if not callable(partial):
            return float(partial or 0.0)
        names, numbers = parameter_names(partial), _numbers(call)
        if numbers.keys() >= set(names):
            return float(partial(*[numbers[name] for name in names]))
        if factors(call.op, i, y, call.args).dtype.kind == "c":
            return None
        return self.formulas.leaf(self._first[-1], i, is_partial=True)

    def other(self, call: Call, y: Any, i: int, index: Array, signs: Array) -> Any:
        """Return elements of operand `i` of a product, with signs."""
        leaf = self.formulas.leaf(self._first[-1], i, is_partial=False).take(index)
        return leaf if (signs == 1).all() else leaf * signs

    def scaled(self, entry: Entry, factor: Any, y: Any) -> Entry:
        """Return a derivative whose rows are multiplied by factors."""
        layout, weights = entry
        if layout is NOWHERE or factor is None:
            return UNFIT
        if type(factor) is float:
            return layout, [w * factor for w in weights]
        rows = [places.rows for places in layout.places]
        own = [factor if r is None else factor.take(r) for r in rows]
        return layout, [w * x for w, x in zip(weights, own, strict=True)]


def derived(run: RecordedLevel, number: int) -> Derived:
    """Return in one form what a step is that is the result of an operation."""
    step = run.steps[number]
    if isinstance(step, Derived):
        return step
    op, operands, args, kwargs = step
    entries = [x.entry if isinstance(x, Recorded) else None for x in operands]
    values = [x.value if isinstance(x, Recorded) else x for x in operands]
    y = run.made[number].value
    return Derived(Call(op, values, entries, y, op.put(args, values), kwargs), y, None)


def _numbers(call: Call) -> dict[str, Any]:
    """Return the operands that are numbers, which runs have noted exactly, and a tangent of 1."""
    told = zip(OPERAND_NAMES, call.values, call.entries, strict=False)
    found = {n: x for n, x, entry in told if entry is None and not isinstance(x, np.ndarray)}
    return found | {"t": 1.0}
