"""Pulling cotangents back through a function: one recording, any number of sweeps."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from time import perf_counter
from typing import Any

import numpy as np

from adkit.common.errors import leaked
from adkit.common.flat import FlatFunction, checked_function, matching_leaves
from adkit.common.inputs import finish_all, name_of, own_all
from adkit.common.scopes import is_searching, is_strict, is_trapping
from adkit.common.shapes import Like, expand, zeros
from adkit.common.storage import current
from adkit.common.structural import Structural, is_nonfinite, quiet_products, without_masks
from adkit.common.sweeps import count_primal, count_recording, count_reverse, counting
from adkit.common.tracebacks import boundary
from adkit.common.tracer import Tracer
from adkit.reverse.deferred import Deferred
from adkit.reverse.node import Node
from adkit.reverse.tape import (
    Cotangents,
    Entry,
    Tape,
    accumulate,
    quiet_collector,
)


class Recording:
    """A function of leaves, recorded at a point.

    Parameters
    ----------
    f : callable
        A function of a list of leaves that returns one.
    leaves : sequence of arrays
        The point.
    primal : bool
        Whether this counts as an evaluation of a differentiated function.
    structural : bool
        Keep track of structural zeros in nested sweeps.

    Attributes
    ----------
    results : list of arrays
        The values.
    tape : Tape
        What was recorded.
    seconds : float
        How long that took.
    """

    def __init__(
        self,
        f: Callable[..., Any],
        leaves: Sequence[Any],
        *,
        primal: bool = True,
        structural: bool = False,
    ) -> None:
        start = perf_counter()
        watched = is_searching()
        tape, node = _watched_types() if watched else (Tape, Node)
        self.tape = tape(structural=structural)
        self.leaves = leaves
        self._f = f
        self._primal = primal
        self._emptied = False
        nodes = [node.leaf(x, self.tape) for x in leaves]
        self._inputs: list[Entry] = [node.entry for node in nodes if node.entry is not None]
        try:
            with quiet_collector:
                results = f(nodes)
        finally:
            self.tape.end()
        self.tape.check_process()
        self.results: list[Any] = []
        self._outputs: list[Entry | None] = []
        for y in map(current, results):
            mine = isinstance(y, Node) and y.level is self.tape
            if not mine and isinstance(y, Tracer) and y.level.ended:
                raise leaked()
            if mine and type(y) is Deferred:
                self.results.append(Like(y))
            else:
                self.results.append(current(y.value) if mine else y)
            self._outputs.append(y.entry if mine else None)
        self.seconds = perf_counter() - start
        if primal and not watched:
            count_primal()
        if counting() and not watched:
            count_recording(len(self.tape.entries), self.nbytes)

    @property
    def nbytes(self) -> int:
        """Bytes that the tape holds: entries and the distinct arrays that they saved."""
        return held_bytes(self.tape.entries)

    def pull(
        self,
        cotangents: Sequence[Any],
        directions: int | None = None,
        count: Callable[[int], None] = count_reverse,
        *,
        last: bool = False,
    ) -> list[Any]:
        """Sweep cotangents back, one per result, and return one per leaf.

        If the result is not finite, the sweep runs again with structural zeros.

        Parameters
        ----------
        cotangents : sequence of arrays
            With a leading axis where `directions` is given.
        directions : int, optional
            How many directions the sweep carries; where they are zero, nothing was
            seeded.
        count : callable
            What counts the sweep.
        last : bool
            Whether the tape is not used afterwards, and is emptied while the sweep passes. If
            it has to run again, `f` is evaluated again, and `results` are those of then.
        """
        if is_searching():
            return self._masked_sweep(cotangents, directions)
        self._emptied = last and not (is_trapping() or _is_structural(self.leaves))
        with quiet_products():
            pulled = self._sweep(cotangents, directions)
        count(1 if directions is None else directions)
        if is_nonfinite(pulled):
            pulled = self._structural_sweep(cotangents, directions)
            count(1 if directions is None else directions)
            if is_trapping():
                self._search(pulled, cotangents, directions)
        if is_strict():
            from adkit.common.strictness import check_finite

            check_finite(pulled, 0 if directions is None else 1)
        return pulled

    def _search(
        self, pulled: Sequence[Any], cotangents: Sequence[Any], directions: int | None
    ) -> None:
        """Record and sweep again, and stop where a cotangent becomes nan or infinite."""
        from adkit.common.trapping import elsewhere, first_nonfinite, given, searching

        if not first_nonfinite(list(pulled), 0):
            return
        if first_nonfinite(list(cotangents), 0):
            raise given("cotangent")
        with searching():
            again = Recording(self._f, self.leaves, primal=False, structural=True)
            again._masked_sweep(cotangents, directions, stops=True)
        raise elsewhere("cotangent")

    def _for_structure(self) -> Recording:
        """Return a recording in which nested sweeps keep track of structural zeros."""
        if self._emptied:
            with np.errstate(all="ignore"):  # it has warned before
                again = self._again()
            self.results = again.results
            return again
        if self.tape.structural or not self.tape.nested:
            return self
        return self._again()

    def _structural_sweep(self, cotangents: Sequence[Any], directions: int | None) -> list[Any]:
        """Sweep with structural zeros; the derivative at repeated eigenvalues is a limit."""
        from adkit.common.ops.separation import is_undefined, limit, noted  # rare

        with noted() as refusals:
            pulled = self._for_structure()._masked_sweep(cotangents, directions)
        if refusals and is_undefined(pulled):
            pulled = limit(
                lambda: self._again()._masked_sweep(cotangents, directions), pulled, refusals
            )
            self._again()  # so that what the function leaves behind belongs to the point itself
        return pulled

    def _again(self) -> Recording:
        """Return another recording of the function at this point."""
        return Recording(self._f, self.leaves, primal=self._primal, structural=True)

    def _masked_sweep(
        self, cotangents: Sequence[Any], directions: int | None, *, stops: bool = False
    ) -> list[Any]:
        level = self.tape
        masked = [
            Structural(ct, True if directions is None else ct != 0, level) for ct in cotangents
        ]
        pulled = self._sweep(masked, directions, stops=stops)
        return [without_masks(ct, level) for ct in pulled]

    def _sweep(
        self, cotangents: Sequence[Any], directions: int | None, *, stops: bool = False
    ) -> list[Any]:
        seeds = Cotangents()
        for entry, ct in zip(self._outputs, cotangents, strict=True):
            if entry is not None:
                accumulate(seeds, entry, ct)
        lead = () if directions is None else (directions,)
        if self._emptied:
            reached = self.tape.last_sweep(seeds, self._inputs)
        else:
            reached = self.tape.sweep(seeds, len(lead), stops=stops)
        if len(reached) > len(self._inputs):
            raise leaked()  # of a checkpointed function: what it records is not on the tape
        pulled = []
        for entry, x in zip(self._inputs, self.leaves, strict=True):
            shape = lead + x.shape
            ct = reached.get(entry[0])
            if ct is None:
                ct = zeros(shape, x.dtype)
            elif type(ct) is not np.ndarray or ct.shape != shape:
                ct = current(expand(ct, shape))
            pulled.append(ct)
        return pulled


def _is_structural(leaves: Sequence[Any]) -> bool:
    """Return whether a level around keeps track of structural zeros: sweeps run twice there."""
    for leaf in leaves:
        x = leaf
        while type(x) is not np.ndarray and isinstance(x, Tracer):
            if x.level.structural:
                return True
            x = x.value
    return False


def _watched_types() -> tuple[type[Tape], type[Node]]:
    """Return the engine that searches for derivatives that are not finite."""
    from adkit.reverse.watched import WatchedNode, WatchedTape

    return WatchedTape, WatchedNode


class Pullback:
    """The pullback of a function at a point: cotangents in, cotangents out.

    It may be called again; every call is one reverse sweep.

    Attributes
    ----------
    nbytes : int
        Bytes that it holds: those of the tape, and of the copies of the arguments.
    """

    def __init__(self, flat: FlatFunction, recording: Recording) -> None:
        self._flat = flat
        self._recording = recording
        self._outputs = flat.outputs

    def __repr__(self) -> str:
        return f"<pullback of {name_of(self._flat.f)}, {self.nbytes} bytes>"

    @property
    def nbytes(self) -> int:
        """Bytes that it holds as long as it lives."""
        return held_bytes(self._recording.tape.entries, self._recording.leaves)

    @boundary
    def __call__(self, ct: Any) -> tuple[Any, ...]:
        """Pull a cotangent shaped like the result; one is returned per primal."""
        recording = self._recording
        seeds = matching_leaves(self._outputs, ct, recording.results, "the cotangent")
        pulled = recording.pull(seeds)
        leaves = finish_all(pulled, self._flat.leaves)
        result: tuple[Any, ...] = self._flat.inputs.unflatten(leaves)
        return result


@boundary
def vjp(f: Callable[..., Any], *primals: Any, has_aux: bool = False) -> Any:
    """Record `f` once: the value, and the function that pulls cotangents back.

    Parameters
    ----------
    f : callable
        A function of plain NumPy.
    *primals
        The positional arguments of `f`: arrays, numbers, or containers of them.
    has_aux : bool
        Whether `f` returns ``(result, aux)``.

    Returns
    -------
    out
        ``f(*primals)``.
    pullback : callable
        ``pullback(ct)`` takes a cotangent shaped like `out` and returns a tuple,
        one cotangent per primal; the vector-Jacobian product.
    aux
        With `has_aux` only.

    Raises
    ------
    InputTypeError
        If a primal has no derivative.
    SeedError
        By the pullback, if the cotangent differs from `out` in shape or dtype.

    References
    ----------
    Griewank and Walther (2008), *Evaluating Derivatives*, section 3.2.

    Examples
    --------
    >>> import numpy as np
    >>> from adkit import vjp
    >>> y, pullback = vjp(lambda x, a: a * x, np.array([1.0, 2.0]), 3.0)
    >>> pullback(np.array([1.0, 1.0]))
    (array([3., 3.]), np.float64(3.0))
    """
    checked_function(f, "vjp")
    flat = FlatFunction(f, primals, has_aux=has_aux)
    recording = Recording(flat, flat.leaves)
    flat.settle()
    out = flat.outputs.unflatten(own_all(recording.results))
    pullback = Pullback(flat, recording)
    return (out, pullback, flat.aux) if has_aux else (out, pullback)


def held_bytes(entries: Sequence[Entry], others: Sequence[Any] = ()) -> int:
    """Return the bytes of entries, of what they saved, and of others; an array counts once."""
    seen: set[int] = set()
    total = sum(map(sys.getsizeof, entries))
    waiting = list(others)
    for entry in entries:
        waiting += [field for field in entry[3:] if type(field) is not list]
    while waiting:
        field = waiting.pop()
        if isinstance(field, np.ndarray):
            owner = field if field.base is None else field.base
            if id(owner) not in seen:
                seen.add(id(owner))
                total += getattr(owner, "nbytes", field.nbytes)
        elif type(field) is tuple:
            waiting += field
        elif type(field) is dict:
            waiting += field.values()
        elif hasattr(field, "held"):
            waiting += field.held()
        elif isinstance(field, np.generic):
            total += sys.getsizeof(field)
    return total
