"""Sums of gathers: derivatives of which each row holds a few inputs, at places that recur.

Most arrays of a stencil are sums of weighted gathers of the inputs: element i depends on
the inputs ``index[i]`` of a few arrays of indices. These are the same at every point, and
so is what an operation does to them; found once, they leave only the weights to be
computed. A weight is a number, where it is that of every element, or a vector.

What is no such sum has the layout `NOWHERE`, as has all that is computed from it.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Sequence
from hashlib import blake2b
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from adkit.pattern.incidence import Part
from adkit.pattern.maps import Gather, Lanes, Map, Matrix
from adkit.sparse import Pattern

__all__ = ["NOWHERE", "UNFIT", "Assembly", "Entry", "Layout", "Layouts", "Step", "scaled"]

Array = NDArray[Any]

#: Gathers of one array, and elements of one row of a linear map, beyond which rows are better.
_MOST = 64
_LONGEST = 16

_FLOAT = np.dtype(float)

#: Bytes of indices that are kept; if a function shows more, they are found anew.
_MOST_BYTES = 2**28


class Places:
    """Which input each element of an array depends on; compared by identity.

    Attributes
    ----------
    index : array of int
        One for each element, -1 for none.
    rows : array of int or None
        Elements that depend on one, None if all do: weights are theirs.
    """

    __slots__ = ("index", "rows")

    def __init__(self, index: Array) -> None:
        self.index = index
        there = index >= 0
        self.rows: Array | None = None if there.all() else np.flatnonzero(there)


class Layout:
    """The places of all gathers of an array; compared by identity.

    Attributes
    ----------
    size : int
        Number of elements.
    places : tuple of Places
    moved, joined : dict
        What steps, and sums with other arrays, made of it before.
    """

    __slots__ = ("joined", "moved", "places", "size")

    def __init__(self, size: int, places: tuple[Places, ...]) -> None:
        self.size, self.places = size, places
        self.moved: dict[Step, tuple[Layout, list[Any]]] = {}
        self.joined: dict[Layout, tuple[Layout, list[tuple[int, int]]]] = {}

    def __repr__(self) -> str:
        return f"Layout({self.size} elements, {len(self.places)} gathers)"


#: The derivative of an array: where its entries are, and a weight for each gather.
Entry: TypeAlias = tuple[Layout, list[Any]]

#: Of arrays that are no sums of few gathers.
NOWHERE = Layout(-1, ())

UNFIT: Entry = (NOWHERE, [])


class Step:
    """A linear map that is a sum of few weighted selections; compared by identity."""

    __slots__ = ("selections", "size")

    def __init__(self, size: int, selections: Sequence[tuple[Array, Array | None]]) -> None:
        self.size, self.selections = size, selections


class Layouts:
    """All places, layouts and steps that a function has shown so far.

    Attributes
    ----------
    known : dict
        Of levels: matrices of operations.
    steps : dict
        Of levels: the steps of operations.
    held : int
        Bytes of all indices.
    programs : list
        What runs of the function without derivatives were compiled to, the last one first.
    recordings : int
        How many there have been.
    """

    def __init__(self) -> None:
        self.recordings = 0
        self.forget()

    def forget(self) -> None:
        """Begin anew."""
        self.held = 0
        self.programs: list[Any] = []
        self.known: dict[Any, Any] = {}
        self.steps: dict[Any, tuple[Step | None, ...]] = {}
        self._places: dict[bytes, Places] = {}
        self._layouts: dict[tuple[int, tuple[Places, ...]], Layout] = {}
        self._gathers: dict[bytes, Step] = {}
        self._assemblies: dict[Any, Assembly] = {}

    def __reduce__(self) -> Any:
        return Layouts, ()  # it is found again

    def trim(self) -> None:
        """Forget what was found if it is too much, as where indices depend on values."""
        if self.held > _MOST_BYTES:
            self.forget()

    def layout(self, size: int, places: Sequence[Places]) -> Layout:
        """Return the one layout of these places."""
        if len(places) > _MOST:
            return NOWHERE
        key = (size, tuple(places))
        found = self._layouts.get(key)
        if found is None:
            found = self._layouts[key] = Layout(*key)
        return found

    def places(self, index: Array) -> Places:
        """Return the one `Places` of this index."""
        index = np.ascontiguousarray(index, dtype=np.intp)
        key = _digest(index)
        if key not in self._places:
            self._places[key] = Places(index)
            self.held += index.nbytes
        return self._places[key]

    def gather(self, index: Array) -> Step:
        """Return the one step that selects these elements."""
        key = _digest(np.ascontiguousarray(index, dtype=np.intp))
        if key not in self._gathers:
            self._gathers[key] = Step(len(index), [(np.array(index, dtype=np.intp), None)])
            self.held += 8 * len(index)
        return self._gathers[key]

    def step(self, parts: Sequence[Part] | None, size: int) -> Step | None:
        """Return the matrix of an operation of `size` results as a step, None if it is none."""
        if parts is None or len(parts) != 1 or parts[0].of:
            return None
        return self._of_map(parts[0].map, size)

    def _of_map(self, mapped: Map, size: int) -> Step | None:
        if isinstance(mapped, Gather) and mapped.weights is None:
            return self.gather(mapped.index)
        if isinstance(mapped, Gather):
            return Step(size, [(mapped.index, mapped.weights)])
        if isinstance(mapped, Lanes):
            return Step(size, [(np.arange(size), mapped.weights)])
        return _of_rows(mapped, size) if isinstance(mapped, Matrix) else None

    # ------------------------------------------------------------ derivatives

    def apply(self, step: Step | None, entry: Entry) -> Entry:
        """Return the derivative of the result of a step."""
        layout, weights = entry
        if step is None or layout is NOWHERE:
            return UNFIT
        found = layout.moved.get(step)
        if found is None:
            found = layout.moved[step] = self._moves(step, layout)
        after, moves = found
        if after is NOWHERE:
            return UNFIT
        made: list[Any] = [None] * len(after.places)
        for source, taken, factors, slot in moves:
            w = weights[source]
            if taken is not None and type(w) is not float:
                w = w.take(taken)
            if factors is not None:
                w = w * factors
            made[slot] = w if made[slot] is None else made[slot] + w
        return after, made

    def _moves(self, step: Step, layout: Layout) -> tuple[Layout, list[Any]]:
        """Return the layout after a step, and for each gather what is taken and where it goes."""
        slots: dict[Places, int] = {}
        moves = []
        for selected, factors in step.selections:
            for source, places in enumerate(layout.places):
                if not len(places.index):
                    continue
                index = np.where(selected >= 0, places.index[selected], -1)
                after = self.places(index)
                if after.rows is not None and not len(after.rows):
                    continue
                kept = selected if after.rows is None else selected[after.rows]
                where = kept
                if places.rows is not None:
                    where = np.searchsorted(places.rows, kept)
                held = len(places.index if places.rows is None else places.rows)
                taken = None if np.array_equal(where, np.arange(held)) else where
                own = factors
                if factors is not None and after.rows is not None:
                    own = factors[after.rows]
                self.held += 8 * len(kept)
                moves.append((source, taken, own, slots.setdefault(after, len(slots))))
        return self.layout(step.size, list(slots)), moves

    def add(self, first: Entry, second: Entry) -> Entry:
        """Return the derivative of a sum of two arrays of one shape."""
        layout, mine = first
        other, yours = second
        if layout is other:
            return layout, [a + b for a, b in zip(mine, yours, strict=True)]
        after, pairs = layout.joined.get(other) or self._join(layout, other)
        return after, [
            mine[i] if j < 0 else yours[j] if i < 0 else mine[i] + yours[j] for i, j in pairs
        ]

    def _join(self, first: Layout, second: Layout) -> tuple[Layout, list[tuple[int, int]]]:
        """Return the layout of a sum, and which weights of both make each of its own."""
        if NOWHERE in (first, second):
            return NOWHERE, []
        mine = {places: k for k, places in enumerate(first.places)}
        yours = {places: k for k, places in enumerate(second.places)}
        union = list(mine | yours)
        pairs = [(mine.get(places, -1), yours.get(places, -1)) for places in union]
        after = self.layout(first.size, union)
        made = first.joined[second] = (after, [] if after is NOWHERE else pairs)
        return made

    # ------------------------------------------------------------ results

    def assembly(self, layouts: tuple[Layout, ...], width: int) -> Assembly:
        """Return what puts together the Jacobian of results of these layouts."""
        key = (width, *layouts)
        found = self._assemblies.get(key)
        if found is None:
            found = self._assemblies[key] = Assembly(layouts, width)
        return found


def scaled(entry: Entry, factor: Any, ans: Any, *, kept: bool = False) -> Entry:
    """Return a derivative whose rows are multiplied by factors, as the elements of a result.

    `kept` says that nobody will write into the factors: then they may become weights as they are.
    """
    layout, weights = entry
    if type(factor) is int or type(factor) is float:
        return entry if factor == 1 else (layout, [w * factor for w in weights])
    if type(factor) is not np.ndarray or not factor.ndim:
        if np.iscomplexobj(factor):
            return UNFIT
        number = float(factor)
        return entry if number == 1 else (layout, [w * number for w in weights])
    if factor.dtype.kind == "c":
        return UNFIT
    if factor.shape != ans.shape:
        factor = np.broadcast_to(factor, ans.shape)
    flat = factor.reshape(-1)
    kept = kept and flat.dtype == _FLOAT
    made = []
    for w, places in zip(weights, layout.places, strict=True):
        own = flat if places.rows is None else flat[places.rows]
        made.append(own if kept and type(w) is float and w == 1.0 else w * own)
    return layout, made


class Assembly:
    """How the weights of results become the entries of a Jacobian.

    Attributes
    ----------
    pattern : Pattern
    where : list of arrays
        The places of the weights of each gather among the entries.
    is_checked : bool
        For whoever compares the first result with one of another sweep.
    """

    def __init__(self, layouts: Sequence[Layout], width: int) -> None:
        self.is_checked = False
        rows, columns, lengths = [], [], []
        first = 0
        for layout in layouts:
            for places in layout.places:
                own = np.arange(layout.size) if places.rows is None else places.rows
                rows.append(own + first)
                columns.append(places.index[own])
                lengths.append(len(own))
            first += layout.size
        nothing = np.zeros(0, np.intp)
        outer, inner = (np.concatenate([nothing, *parts]) for parts in (rows, columns))
        self.pattern = Pattern.from_coordinates(outer, inner, (first, width))
        keys = self.pattern.rows * width + self.pattern.columns
        found = np.searchsorted(keys, outer * width + inner)
        self.where = np.split(found, np.cumsum(lengths)[:-1]) if lengths else []
        self._is_sum = len(found) > self.pattern.nnz
        self._constant: tuple[list[Any], Array] = [], np.zeros(self.pattern.nnz)
        self._wide: tuple[Pattern | None, Array | None] = None, None

    @functools.cached_property
    def lower(self) -> Array:
        """Of a symmetric matrix: for each entry that one of both which stands below."""
        pattern = self.pattern
        below = pattern.rows >= pattern.columns
        return np.where(below, np.arange(pattern.nnz), pattern.transposed_order)

    def spread(self, wide: Pattern, entries: Array) -> Array:
        """Return entries as those of a pattern that has these and may have others."""
        known, places = self._wide
        if known is not wide:
            same = wide == self.pattern
            places = None if same else np.flatnonzero(wide.found_in(self.pattern))
            self._wide = wide, places
        if places is None:
            return entries
        made = np.zeros(wide.nnz, entries.dtype)
        made[places] = entries
        return made

    def entries(self, weights: Sequence[Any]) -> Array | None:
        """Return the entries, in the order of the pattern; None if they are not finite."""
        arrays = [w for w in weights if type(w) is np.ndarray]
        numbers = [w for w in weights if type(w) is not np.ndarray]
        with np.errstate(over="ignore", invalid="ignore"):
            finite = all(map(math.isfinite, numbers)) and all(map(_is_finite, arrays))
        if not finite:
            return None
        if self._is_sum:  # two gathers meet in an entry
            total = np.zeros(self.pattern.nnz)
            for where, w in zip(self.where, weights, strict=True):
                total[where] += w
            return total
        known, constant = self._constant
        if numbers != known:
            constant = np.zeros(self.pattern.nnz)
            for where, w in zip(self.where, weights, strict=True):
                if type(w) is not np.ndarray:
                    constant[where] = w
            self._constant = numbers, constant
        made = constant.copy()
        for where, w in zip(self.where, weights, strict=True):
            if type(w) is np.ndarray:
                made[where] = w
        return made


def _of_rows(mapped: Matrix, size: int) -> Step | None:
    """Return a matrix of short rows as a sum of selections."""
    counts = np.diff(mapped.starts)
    if int(counts.max(initial=0)) > _LONGEST:
        return None
    selections = []
    for k in range(int(counts.max(initial=0))):
        there = counts > k
        places = np.where(there, mapped.starts[:-1] + k, 0)
        index = np.where(there, mapped.columns[places], -1).astype(np.intp)
        weights = None if mapped.weights is None else mapped.weights[places]
        selections.append((index, weights))
    return Step(size, selections)


def _is_finite(w: Array) -> bool:
    """Return whether all elements are finite, by the sum of their squares if that tells."""
    return math.isfinite(np.dot(w, w)) or bool(np.isfinite(w).all())


def _digest(index: Array) -> bytes:
    return blake2b(index.tobytes()).digest()
