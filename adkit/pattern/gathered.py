"""A sparse forward sweep of sums of gathers, for functions that move elements about alike.

It computes what `adkit.pattern.values` does, exactly and at any point, but only the
weights: where they belong is looked up in what earlier sweeps of the function found.
It has no result for functions whose results are no such sums.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, ClassVar, NamedTuple

import numpy as np

from adkit.common.errors import leaked
from adkit.common.flat import FlatFunction
from adkit.common.operators import install_operators
from adkit.common.registry import Operation
from adkit.common.shapes import dtype_of
from adkit.common.storage import current
from adkit.common.sweeps import count_forward, count_primal
from adkit.common.tracer import Tracer
from adkit.pattern.incidence import broadcast_index, factors, linear_parts, parts_at
from adkit.pattern.layouts import NOWHERE, UNFIT, Assembly, Entry, Layouts, Step, scaled
from adkit.pattern.specialised import FLOAT, options_of, specialised, strides_of
from adkit.pattern.traced import Call, SparseLevel, SparseTraced, Write

__all__ = ["GatheredLevel", "Gathering", "gathered_jacobian", "swept"]


#: Elements of a factor of a product of which it is tried where each one stands.
_MOST_FACTORS = 2**20


class GatheredLevel(SparseLevel):
    """A sweep whose derivatives are sums of gathers of the inputs."""

    __slots__ = ("layouts",)

    def __init__(self, width: int, layouts: Layouts) -> None:
        super().__init__(width)
        self.layouts, self.known = layouts, layouts.known

    def constant(self, size: int, dtype: Any) -> Entry:
        """Return the derivative of a constant."""
        return self.layouts.layout(size, ()), []

    def unit(self, size: int, first: int, dtype: Any) -> Entry:
        """Return the derivative of inputs, whose columns start at `first`."""
        if dtype != FLOAT:
            return UNFIT
        places = self.layouts.known.get((size, first))
        if places is None:
            places = self.layouts.places(np.arange(first, first + size))
            self.layouts.known[size, first] = places
        return self.layouts.layout(size, (places,)), [1.0]

    def derivative(self, call: Call, y: Any, k: int | None) -> Entry:
        """Return the derivative of a result of any operation."""
        if dtype_of(y) != FLOAT or k is not None:
            return UNFIT
        total = self.constant(int(np.size(y)), FLOAT)
        for i in call.active:
            total = self.layouts.add(total, self._term(call, y, i))
        return total

    def _term(self, call: Call, y: Any, i: int) -> Entry:
        op, entry = call.op, call.entries[i]
        if op.verb == "elementwise":
            if np.shape(call.values[i]) != np.shape(y):
                entry = self.layouts.apply(self._spread(np.shape(call.values[i]), y), entry)
            return self.scaled(entry, self.factor(call, y, i), y)
        if op.verb == "linear":
            steps = self.steps(op, call.values, call.ans, call.args, call.kwargs)
            return self.layouts.apply(steps[i if op.joint else 0], entry)
        if op.verb == "bilinear" and call.active:
            return self._product(call, y, i)
        return UNFIT

    def factor(self, call: Call, y: Any, i: int) -> Any:
        """Return by what an elementwise operation multiplies the tangent of an operand."""
        partial = call.op.partials[i]
        if not callable(partial):
            return partial
        return factors(call.op, i, y, call.args).reshape(np.shape(y))

    def other(self, call: Call, y: Any, i: int, index: Any, signs: Any) -> Any:
        """Return elements of operand `i` of a product, with signs."""
        return (np.asarray(call.values[i]).reshape(-1)[index] * signs).reshape(y.shape)

    def scaled(self, entry: Entry, factor: Any, y: Any) -> Entry:
        """Return a derivative whose rows are multiplied by factors."""
        return scaled(entry, factor, y)

    def _product(self, call: Call, y: Any, i: int) -> Entry:
        """Return what operand `i` of a product adds to the derivative."""
        op, layouts, size = call.op, self.layouts, int(np.size(y))
        kinds = tuple((np.shape(x), strides_of(x)) for x in call.values)
        options = options_of(op, call.args, call.kwargs, 2)
        key = ("product", op.function, i, kinds, options)
        pairs = layouts.known.get(key) if options is not None else None
        if pairs is None:
            pairs = layouts.known[key] = _pairs(call, i, layouts, size)
        if pairs:
            total = self.constant(size, FLOAT)
            for step, index, signs in pairs:
                term = layouts.apply(step, call.entries[i])
                factor = self.other(call, y, 1 - i, index, signs)
                total = layouts.add(total, self.scaled(term, factor, y))
            return total
        if len(call.active) > 1:
            return UNFIT

        def find() -> Step | None:
            return layouts.step(parts_at(op, i, call.ans, call.args, call.kwargs), size)

        return layouts.apply(self.once(find, call, (1 - i,), ("step", i)), call.entries[i])

    def _spread(self, shape: tuple[int, ...], y: Any) -> Step | None:
        key = ("spread", shape, np.shape(y))
        if key not in self.layouts.steps:
            index = broadcast_index(shape, np.shape(y))
            self.layouts.steps[key] = (self.layouts.gather(index),)
        return self.layouts.steps[key][0]

    def steps(
        self, op: Operation, operands: Sequence[Any], ans: Any, args: Any, kwargs: Any
    ) -> tuple[Step | None, ...]:
        """Return the steps of a linear operation, one for each operand; found once."""
        options = options_of(op, args, kwargs, len(operands))
        key = None
        if options is not None:
            key = (op.function, tuple((np.shape(x), strides_of(x)) for x in operands), options)
        found = self.layouts.steps.get(key)
        if found is None:
            found = self._found(op, operands, ans, args, kwargs)
            if key is not None:
                self.layouts.steps[key] = found
        return found

    def _found(
        self, op: Operation, operands: Sequence[Any], ans: Any, args: Any, kwargs: Any
    ) -> tuple[Step | None, ...]:
        size = int(np.size(ans))
        whole = self.layouts.step(linear_parts(op, ans, args, kwargs), size)
        if not op.joint:
            return (whole,)
        ends = np.cumsum([int(np.size(x)) for x in operands])
        return tuple(
            _restricted(whole, int(end) - int(np.size(x)), int(end))
            for x, end in zip(operands, ends, strict=True)
        )

    def written(self, entry: Any, written: Any, write: Write, size: int, dtype: Any) -> Entry:
        """Return the derivative of an array after a write into it."""
        if write.part or dtype != FLOAT:
            return UNFIT
        total = self.constant(size, FLOAT)
        for term in write.terms(entry, written, size):
            step = self.layouts.step(term.parts, size)
            total = self.layouts.add(total, self.layouts.apply(step, term.entry))
        return total


class Gathered(SparseTraced):
    """A value whose derivative is a sum of gathers of the inputs."""

    __slots__ = ()

    calls: ClassVar[dict[Any, Callable[..., Any]]] = {}
    level: Any

    @classmethod
    def specialise(cls, op: Operation) -> Callable[..., Any] | None:
        """Return code for the common calls of an operation, None if it has none."""
        return specialised(op, Gathered)  # not that of stored arrays

    def _packed(self, y: Any, call: Call, k: int | None) -> Any:
        if dtype_of(y).kind not in "fc":
            return y
        return Gathered(y, self.level.derivative(call, y, k), self.level)


GatheredLevel.traced = Gathered


class Gathering(NamedTuple):
    """What a sweep found.

    Attributes
    ----------
    values : list of arrays
        The results of the function; none if nobody wants them.
    entries : array or None
        Of the Jacobian; None if some are not finite: other sweeps tell which zeros meet them.
    assembly : Assembly
        With the pattern; the same as long as places are the same.
    proof : Assembly or Program
        What computed the entries; its `is_checked` is for whoever compares the first ones with
        those of another sweep.
    """

    values: list[Any]
    entries: Any
    assembly: Assembly
    proof: Any


def gathered_jacobian(flat: FlatFunction, layouts: Layouts) -> Gathering | None:
    """Return values and entries of a Jacobian; None if it has no such form.

    Parameters
    ----------
    flat : FlatFunction
    layouts : Layouts
        What earlier sweeps found; this one adds to it.
    """
    layouts.trim()
    level = GatheredLevel(sum(int(np.size(x)) for x in flat.leaves), layouts)
    results = swept(flat, level, lambda x, first: level.unit(int(np.size(x)), first, dtype_of(x)))
    found = [
        y.entry if isinstance(y, Gathered) else level.constant(int(np.size(y)), FLOAT)
        for y in results
    ]
    if not flat.leaves or any(layout is NOWHERE for layout, _ in found):
        return None
    assembly = layouts.assembly(tuple(layout for layout, _ in found), level.width)
    entries = assembly.entries([w for _, weights in found for w in weights])
    values = [y.value if isinstance(y, Gathered) else y for y in results]
    return Gathering(values, entries, assembly, assembly)


def swept(flat: FlatFunction, level: Any, entry: Callable[[Any, int], Any]) -> list[Any]:
    """Run a function on traced leaves, count the sweep, and return the results.

    Parameters
    ----------
    flat : FlatFunction
    level : SparseLevel
    entry : callable
        Returns the entry of a leaf whose columns start at a number.
    """
    traced, first = [], 0
    try:
        for x in flat.leaves:
            traced.append(level.traced(x, entry(x, first), level))
            first += int(np.size(x))
        results = [current(y) for y in flat(traced)]
    finally:
        level.ended = True
    level.check_process()
    count_primal()
    count_forward(1, level.operations)
    if any(isinstance(y, Tracer) and not isinstance(y, level.traced) for y in results):
        raise leaked()
    return results


def _restricted(step: Step | None, first: int, end: int) -> Step | None:
    """Return a step of arrays that are numbered through as that of one of them."""
    if step is None:
        return None
    selections = [
        (np.where((index >= first) & (index < end), index - first, -1), weights)
        for index, weights in step.selections
    ]
    return Step(step.size, selections)


def _pairs(call: Call, i: int, layouts: Layouts, size: int) -> list[tuple[Step, Any, Any]]:
    """Return which elements of both operands meet in each result; nothing if that fails.

    Each factor is an integer of its own, so that the entries of the matrix of operand `i`
    tell which one they are; other integers confirm it.
    """
    op, operands = call.op, list(call.values)
    other = operands[1 - i]
    if dtype_of(other) != FLOAT or np.size(other) > _MOST_FACTORS:
        return []
    numbers = 1.0 + np.arange(np.size(other))
    turned = numbers[::-1] + np.size(other)
    found = []
    for values in (numbers, turned):
        operands[1 - i] = values.reshape(np.shape(other))
        args = op.put(call.args, operands)
        step = layouts.step(parts_at(op, i, call.ans, args, call.kwargs), size)
        if step is None:
            return []
        found.append(step.selections)
    if len(found[0]) != len(found[1]):
        return []
    pairs = []
    for (index, weights), (again, confirmed) in zip(*found, strict=True):
        if weights is None or confirmed is None or not np.array_equal(index, again):
            return []
        there = index >= 0
        signs = np.where(there, np.sign(weights), 0.0)
        which = np.where(there, np.abs(weights) - 1, 0).astype(np.intp)
        if which.max(initial=0) >= len(numbers):
            return []
        if not np.array_equal((turned[which] * signs)[there], confirmed[there]):
            return []
        pairs.append((layouts.gather(index), which, signs))
    return pairs


install_operators(Gathered)
