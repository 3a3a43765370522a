"""Second derivatives: which pairs of inputs meet in a non-linear operation.

A sweep of patterns keeps a record; going through it backwards tells which elements reach
the result. Each operation of these adds the pairs of inputs of the operands that its
second derivatives join (Walther 2008 propagates such pairs forward).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from adkit.pattern.dependence import Dependence
from adkit.pattern.incidence import generic, has_constant_second, named_operands, second_map
from adkit.pattern.maps import Gather, Groups
from adkit.pattern.meetings import NONE, OTHERS, others_of
from adkit.pattern.rows import Rows, transposed_product
from adkit.pattern.traced import Call, Term

Array = NDArray[Any]


@dataclass
class Entry:
    """An array of the sweep: what it was made of, and by which call."""

    terms: Sequence[Term]
    size: int
    call: Call | None


class Record:
    """What a sweep of patterns did."""

    def __init__(self, width: int) -> None:
        self.width = width
        self.entries: list[Entry] = []

    def add(self, terms: Sequence[Term], size: int, call: Call | None) -> int:
        """Note an array, and return its number."""
        self.entries.append(Entry(terms, size, call))
        return len(self.entries) - 1

    def pairs(self, result: Any) -> tuple[Rows, Rows]:
        """Return the pairs of inputs of a result, and those whose entries are not constant."""
        every = varying = Rows.empty(self.width, self.width)
        reached = {result.number: np.ones(self.entries[result.number].size, np.bool_)}
        moved = {result.number: np.zeros(self.entries[result.number].size, np.bool_)}
        for number in range(result.number, -1, -1):
            if number not in reached:
                continue
            entry = self.entries[number]
            live, moving = reached.pop(number), moved.pop(number)
            self.entries[number] = Entry((), entry.size, None)
            for meeting in _meetings(entry, live, moving):
                found = _symmetric(meeting.left.every, meeting.right.every)
                every = every.merge(found)
                varying = varying.merge(found if meeting.moved is None else meeting.varying())
            self._pass_on(entry, live, moving, reached, moved)
        return every, varying

    def _pass_on(
        self,
        entry: Entry,
        live: Array,
        moving: Array,
        reached: dict[int, Array],
        moved: dict[int, Array],
    ) -> None:
        """Mark the elements that reach the result, and whose weight in it is not constant."""
        for term in entry.terms:
            number = term.entry.number
            if number < 0:
                continue
            size = self.entries[number].size
            nothing = np.zeros(size, np.bool_)
            hit, bent = reached.get(number, nothing), moved.get(number, nothing)
            for part in term.parts:
                hit = hit | part.map.back(live, size)
                bent = bent | part.map.back(moving, size)
            for part in term.varying:
                bent = bent | part.map.back(live, size)
            reached[number], moved[number] = hit, bent


@dataclass
class Meeting:
    """Rows of which each pair of columns meets, row by row.

    Attributes
    ----------
    left, right : Dependence
    moved : (Rows, Rows) or None
        The same rows where the second derivative is not constant; None: everywhere.
    """

    left: Dependence
    right: Dependence
    moved: tuple[Rows, Rows] | None

    def varying(self) -> Rows:
        """Return the pairs whose entries are not constant, if not all are."""
        assert self.moved is not None
        left, right = self.left, self.right
        found = _symmetric(*self.moved)
        found = found.merge(_symmetric(left.varying, right.every))
        return found.merge(_symmetric(left.every, right.varying))


def _meetings(entry: Entry, live: Array, moving: Array) -> Iterator[Meeting]:
    """Return what meets in the operation that made an array."""
    call = entry.call
    if call is None or not live.any():
        return
    if call.op.verb == "elementwise":
        yield from _elementwise(entry, call, live, moving)
    elif call.op.verb == "bilinear":
        if len(entry.terms) == 2:
            yield _bilinear(entry, call, live, moving)
    elif call.op.verb == "general" and any(term.varying for term in entry.terms):
        yield from _general(entry, live)


def _general(entry: Entry, live: Array) -> Iterator[Meeting]:
    """Return what meets in an operation of which only the push is known."""
    term = entry.terms[0]
    if term.meeting == NONE:
        return
    mapped = term.parts[0].map
    if term.meeting == OTHERS and isinstance(mapped, Groups):
        elements, others = others_of(mapped, live)
        own, met = term.entry.every.take(elements), others.of(term.entry.every)
        yield Meeting(Dependence(own, own), Dependence(met, met), None)
        return
    rows = Rows.empty(entry.size, entry.terms[0].entry.every.width)
    for term in entry.terms:
        for part in term.parts:
            rows = rows.merge(part.map.of(term.entry.every))
    rows = rows.take(np.flatnonzero(live))
    yield Meeting(Dependence(rows, rows), Dependence(rows, rows), None)


def _elementwise(entry: Entry, call: Call, live: Array, moving: Array) -> Iterator[Meeting]:
    terms = dict(zip(call.active, entry.terms, strict=True))
    seen = set()
    for i in call.active:
        for j in named_operands(call.op, i).intersection(call.active):
            if frozenset((i, j)) in seen:
                continue
            seen.add(frozenset((i, j)))
            left, right = (_lanes(terms[k], np.flatnonzero(live)) for k in (i, j))
            moved = None
            if has_constant_second(call.op, i, j, call.args, call.active):
                places = np.flatnonzero(moving)
                moved = _lanes(terms[i], places).every, _lanes(terms[j], places).every
            yield Meeting(left, right, moved)


def _lanes(term: Term, places: Array) -> Dependence:
    """Return the rows of an operand at some elements of the result."""
    (part,) = term.parts
    index = part.map.index[places] if isinstance(part.map, Gather) else places
    return Dependence(term.entry.every.take(index), term.entry.varying.take(index))


def _bilinear(entry: Entry, call: Call, live: Array, moving: Array) -> Meeting:
    """Return what meets in a product: the cotangent of the left operand is linear in the right."""
    left, right = (term.entry for term in entry.terms)

    def through(marked: Array, rows: Rows) -> Rows:
        ct = generic(call.ans, marked, 6)
        return second_map(call.op, ct, call.args, call.kwargs).of(rows)

    met = Dependence(through(live, right.every), through(live, right.varying))
    return Meeting(left, met, (left.every, through(moving, right.every)))


def _symmetric(left: Rows, right: Rows) -> Rows:
    """Return the pairs of columns of two rows, in both orders."""
    if left is right:
        return transposed_product(left, right)
    return transposed_product(left, right).merge(transposed_product(right, left))
