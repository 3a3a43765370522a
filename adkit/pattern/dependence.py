"""The pattern engine: on which inputs each element depends, and on which non-linearly.

No numbers are needed but those that decide the way of the program. Let row r of a result
be the sum of rows k of its operands times factors; then it depends on every input on
which a row k depends. The entry of an input is constant if the factor is and the entry
of row k is (Xu and Coleman 2013 compute the constant part once).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from adkit.common.shapes import is_passive
from adkit.pattern.incidence import (
    Part,
    Parts,
    broadcast_index,
    by_operand,
    elementwise_places,
    generic,
    named_operands,
    parts_at,
)
from adkit.pattern.lanes import dependence
from adkit.pattern.maps import Gather, Groups, Lanes, Map
from adkit.pattern.meetings import meeting_kind
from adkit.pattern.rows import Rows, cells
from adkit.pattern.traced import Call, SparseLevel, Term, Write

Array = NDArray[Any]


class Dependence(NamedTuple):
    """On which inputs the elements of an array depend.

    Attributes
    ----------
    every, varying : Rows
        All of them, and those whose derivatives are not constant.
    number : int
        That of the array in the record of the sweep.
    """

    every: Rows
    varying: Rows
    number: int = -1


class PatternLevel(SparseLevel):
    """A sweep that finds patterns.

    Parameters
    ----------
    width : int
    local : bool
        Whether factors that are zero at this point stop a dependence.
    """

    __slots__ = ("local", "record")

    def __init__(self, width: int, *, local: bool = False) -> None:
        super().__init__(width)
        self.local = local
        self.record: Any = None

    def constant(self, size: int, dtype: Any) -> Dependence:
        """Return the derivative of a constant."""
        nothing = Rows.empty(size, self.width)
        return Dependence(nothing, nothing)

    def unit(self, size: int, first: int, dtype: Any) -> Dependence:
        """Return the derivative of inputs, whose columns start at `first`."""
        return Dependence(Rows.unit(size, self.width, first), Rows.empty(size, self.width))

    def sum(
        self, terms: Sequence[Term], size: int, dtype: Any, call: Call | None = None
    ) -> Dependence:
        """Return on what the elements of a result depend."""
        nothing = Rows.empty(size, self.width)
        every = varying = nothing
        for term in terms:
            mine, bent = term.entry.every, term.entry.varying
            through = _through(term.parts, mine, nothing)
            if bent is mine:
                still = through
            else:
                still = _through(term.parts, bent, nothing)
                if term.varying is term.parts:
                    still = through
                elif term.varying:
                    still = still.merge(_through(term.varying, mine, nothing))
            every, varying = _pair(every, varying, through, still)
        number = -1 if self.record is None else self.record.add(terms, size, call)
        return Dependence(every, varying, number)

    def written(self, entry: Any, written: Any, write: Write, size: int, dtype: Any) -> Dependence:
        """Return the rows of an array after a write into it."""
        if write.part:
            return self.sum(write.terms(entry, written, size), size, dtype)
        if written is None:
            every = varying = Rows.empty(len(write.positions), self.width)
        else:
            every, varying = (rows.take(write.numbers) for rows in written[:2])
        number = -1
        if self.record is not None:
            number = self.record.add(write.terms(entry, written, size), size, None)
        return Dependence(
            entry.every.replaced(write.positions, every),
            entry.varying.replaced(write.positions, varying),
            number,
        )

    def terms(self, call: Call, k: int | None) -> list[Term]:
        """Return what result `k` of a call depends on."""
        verb = call.op.verb
        if verb == "elementwise":
            return [self._elementwise(call, i) for i in call.active]
        if verb == "linear":
            return self._linear(call)
        if verb == "bilinear":
            return [self._bilinear(call, i) for i in call.active]
        return [self._general(call, i, k) for i in call.active]

    def _elementwise(self, call: Call, i: int) -> Term:
        mapped = elementwise_places(call.op, i, call.ans, call.args, local=self.local)
        parts: Parts = (Part(mapped),)
        shape = np.shape(call.ans)
        bends = np.zeros(cells(shape), np.bool_)
        for j in named_operands(call.op, i):
            if call.entries[j] is not None:
                filled = call.entries[j].every.filled()
                if np.shape(call.values[j]) != shape:
                    filled = filled[broadcast_index(np.shape(call.values[j]), shape)]
                bends |= filled
        entry = call.entries[i]
        if not bends.any():
            return Term(entry, parts)
        if bends.all():
            return Term(entry, parts, parts)
        index = broadcast_index(np.shape(call.values[i]), shape)
        if isinstance(mapped, Gather):
            index = mapped.index
        return Term(entry, parts, (Part(Gather(np.where(bends, index, -1))),))

    def _linear(self, call: Call) -> list[Term]:
        found = self._or_dense(self.linear_parts(call), call)
        if not call.op.joint:
            return [Term(call.entries[0], found)]
        split = by_operand(found, [int(np.size(x)) for x in call.values])
        return [Term(call.entries[i], split[i]) for i in call.active]

    def _bilinear(self, call: Call, i: int) -> Term:
        other = call.values[1 - i]
        marked = np.asarray(other != 0).reshape(-1) if is_passive(other) else np.ones(1, np.bool_)
        marked = np.broadcast_to(marked, np.size(other))
        entry = call.entries[1 - i]
        if entry is None:
            return Term(call.entries[i], self._product(call, i, marked))
        moves = entry.every.filled()
        if self.local:
            moves = moves & marked
        present = moves | marked
        parts = self._product(call, i, present)
        if moves.all() or (moves == present).all():
            return Term(call.entries[i], parts, parts)
        return Term(call.entries[i], parts, self._product(call, i, moves))

    def _product(self, call: Call, i: int, marked: Array) -> Parts:
        """Return how a product depends on operand `i` where the other is not zero."""
        operands = list(call.values)
        operands[1 - i] = generic(operands[1 - i], marked, 3)
        args = call.op.put(call.args, operands)
        asked = call._replace(values=operands)
        parts = self.once(
            lambda: parts_at(call.op, i, call.ans, args, call.kwargs), asked, (1 - i,), i
        )
        return self._or_dense(parts, call, i)

    def _general(self, call: Call, i: int, k: int | None) -> Term:
        op, entry = call.op, call.entries[i]
        if op.joint or self.local:
            parts = None if op.joint else parts_at(op, i, call.ans, call.args, call.kwargs, k)
            found = self._or_dense(parts, call, i)
            return Term(entry, found, found)
        mapped, is_elementwise, is_linear = self.once(
            lambda: dependence(op, i, call.ans, call.args, call.kwargs, k), call, (), (i, k)
        )
        if not is_elementwise:
            self.fallbacks[op.name] = None
        found = (Part(mapped),)
        if len(call.active) > 1:
            return Term(entry, found, found)
        if is_linear:
            return Term(entry, found)
        meeting = ""
        if self.record is not None and isinstance(mapped, Groups):
            asked = (i, k, "meeting")
            meeting = self.once(
                lambda: meeting_kind(op, i, call.args, call.kwargs, k), call, (), asked
            )
        return Term(entry, found, found, meeting)

    def _or_dense(self, parts: Parts | None, call: Call, i: int | None = None) -> Parts:
        """Return maps, those that join everything where none were found."""
        if parts is not None:
            return parts
        size = sum(int(np.size(x)) for j, x in enumerate(call.values) if i in (None, j))
        self.fallbacks[call.op.name] = None
        results = np.zeros(np.size(call.ans), np.intp)
        return (Part(Groups(np.zeros(size, np.intp), results, 1)),)


def _through(parts: Parts, rows: Rows, nothing: Rows) -> Rows:
    """Return the rows of the results of maps, all together."""
    if not len(rows.columns):
        return nothing
    total = parts[0].map.of(rows)
    for part in parts[1:]:
        if not _is_same(part.map, parts[0].map):
            total = total.merge(part.map.of(rows))
    return total


def _is_same(first: Map, second: Map) -> bool:
    if isinstance(first, Gather) and isinstance(second, Gather):
        return np.array_equal(first.index, second.index)
    return isinstance(first, Lanes) and isinstance(second, Lanes)


def _pair(every: Rows, varying: Rows, more: Rows, bent: Rows) -> tuple[Rows, Rows]:
    """Merge both rows, once if they are the same."""
    if varying is every and bent is more:
        union = every.merge(more)
        return union, union
    return every.merge(more), varying.merge(bent)
