"""Planning sparse Jacobians and Hessians: every way, what it takes, the choice and its proof."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from adkit.common.directions import chunk_size, fits
from adkit.common.errors import ArgumentError, JacobianTooLargeError
from adkit.common.flat import Argnums, FlatFunction
from adkit.common.inputs import name_of
from adkit.common.shapes import dtype_of
from adkit.drivers.candidates import Option, fewest
from adkit.drivers.compressed import Compressed, State, by_rows_of_entries
from adkit.drivers.costs import Costs, best_time, recovery_seconds
from adkit.drivers.hessian import Hessian
from adkit.drivers.jacobian import Jacobian
from adkit.drivers.keys import check_plain, checked_pattern, static_key
from adkit.drivers.lifted_plan import lifted_plan
from adkit.drivers.plan import FORWARD_BOUND, REVERSE_BOUND
from adkit.drivers.shapes_seen import shapes_seen
from adkit.drivers.sparse_plan import SparseCandidate, SparsePlan, directions_in_words
from adkit.drivers.transform import Transform
from adkit.pattern.layouts import Layouts
from adkit.pattern.replays import replayed_jacobian
from adkit.sparse.bounds import Bound, information_bound, symmetric_bound
from adkit.sparse.compression import Compression
from adkit.timing import TIE

__all__ = ["sparse_plan"]

#: Estimates within this factor are settled by whole calls.
_CLOSE = 4.0

#: So are those of two modes within this one.
_RIVAL = 1.5


def sparse_plan(
    f: Callable[..., Any],
    args: tuple[Any, ...],
    *,
    op: str,
    argnums: Argnums,
    chunk: Any,
    sparse: Any,
    measure: bool,
) -> SparsePlan:
    """Return the plan of `plan(f, *args, sparse=True)`."""
    if op not in ("jacobian", "hessian"):
        raise ArgumentError(
            "ADK106",
            f'op must be "jacobian" or "hessian", not {op!r}',
            instead="for other derivatives there is no choice to make",
        )
    if isinstance(sparse, str) and sparse == "lifted":
        if op == "hessian":
            raise ArgumentError(
                "ADK106",
                "there are no plans of Hessians through lifted arrays",
                instead='hessian(f, sparse="lifted") computes them',
            )
        lifted = Jacobian(f, argnums, False, chunk=chunk, sparse=sparse)

        def planned(engine: Compressed, flat: FlatFunction) -> SparsePlan:
            return _Planner(lifted, engine, flat, flat, chunk, measure=measure).plan()

        return lifted_plan(lifted, args, planned, measure=measure)
    given = sparse
    if not (isinstance(sparse, str) and sparse == "local"):
        given = True if sparse is False or isinstance(sparse, str) else sparse
        checked_pattern(given)
    transform: Jacobian = (
        Hessian(f, argnums, False, chunk, sparse=given)
        if op == "hessian"
        else Jacobian(f, argnums, False, chunk=chunk, sparse=given)
    )
    engine = transform._compressed
    assert engine is not None
    primal, flat = Transform.flatten(transform, args, {}), transform.flatten(args, {})
    check_plain(flat, holomorphic=False)
    return _Planner(transform, engine, primal, flat, chunk, measure=measure).plan()


class _Planner:
    """What is looked at while one plan is made."""

    def __init__(
        self,
        transform: Jacobian,
        engine: Compressed,
        primal: FlatFunction,
        flat: FlatFunction,
        chunk: Any,
        *,
        measure: bool,
    ) -> None:
        self.transform, self.engine, self.primal, self.flat = transform, engine, primal, flat
        self.found = engine.found(primal, flat)
        self.shapes = shapes_seen(primal)
        self.chunk = chunk
        self.symmetric = engine.op == "hessian"
        self.costs = Costs(flat, chunk) if measure and self.found.pattern.nnz else None

    def plan(self) -> SparsePlan:
        """Compare the ways, choose, and prepare the evaluation at other points."""
        found, engine, pattern = self.found, self.engine, self.found.pattern
        grades = engine.grades(self.flat)
        options = engine.options(pattern, self.shapes, every=True, grades=grades)
        warm = engine.warm_option(pattern, found.nonlinear, self.shapes)
        if warm is not None and warm.directions >= fewest(options).directions:
            warm = None
        compared = [self._candidate(option, option.name) for option in options if option.accurate]
        if self.symmetric and engine.measures:
            compared += [self._pulled(c) for c in compared]
        state = State(pattern, found.nonlinear, self.shapes, fewest(options), None)
        engine.measures, measures = False, engine.measures
        engine.states[static_key(self.primal)] = state
        compared, chosen = self._compared(state, compared)
        kept = None if warm is None else self._kept(warm, chosen)
        if kept is not None and _seconds(kept) > _seconds(chosen):
            kept = warm = None
        state.option, state.warm, later = chosen.option or state.option, warm, kept
        swept = list(self._one_sweep(state.layouts, measures=measures))
        if swept and self.costs is not None:
            fastest, best = min(swept, key=_seconds), kept or chosen
            fastest, best = self._called(state, fastest, best)
            swept = [fastest if c.sweep == fastest.sweep else c for c in swept]
            if kept is not None:
                kept = later = best
            else:
                compared = [best if c is chosen else c for c in compared]
                chosen = best
            if _seconds(fastest) < _seconds(best):
                chosen, later = fastest, None
        state.sweep = chosen.sweep
        if kept is not None and later is None:
            kept = replace(kept, later=False)
        listed = [*self._dense(), *compared, kept, *swept]
        return self._told(chosen, later, [c for c in listed if c is not None])

    # ------------------------------------------------------------ the ways

    def _dense(self) -> Iterator[SparseCandidate]:
        m, n = self.found.pattern.shape
        yield self._counted("forward", "dense", n, 0)
        if not self.symmetric:
            yield self._counted("reverse", "dense", 0, m)

    def _candidate(self, option: Option, name: str, note: str = "") -> SparseCandidate:
        compression = option.compression
        least = option.bound
        bound = "" if least is None else f"at least {least.value:g}"
        if least is not None and option.directions <= least.value:
            bound = f"optimal: {least.certificate}" if least.value else ""
        return self._counted(
            option.mode,
            name,
            compression.forward,
            compression.reverse,
            note=note or bound,
            option=option,
        )

    def _pulled(self, pushed: SparseCandidate) -> SparseCandidate:
        """Return the candidate whose products are taken in reverse through the gradient."""
        option = pushed.option
        assert option is not None
        turned = self._counted("reverse", pushed.name, 0, pushed.tangents, option=option)
        return replace(turned, note=pushed.note, sweep="pulled")

    def _kept(self, warm: Option, chosen: SparseCandidate) -> SparseCandidate:
        first = directions_in_words(chosen.tangents, chosen.cotangents)
        note = f"first result: {first}"
        moving = self.found.nonlinear
        least = symmetric_bound(moving) if self.symmetric else information_bound(moving)
        if warm.directions <= least.value:
            note = f"optimal for what moves; {note}"
        bounded = replace(warm, bound=least)
        return replace(self._candidate(bounded, f"constants kept, {warm.name}", note), later=True)

    def _compared(
        self, state: State, compared: list[SparseCandidate]
    ) -> tuple[list[SparseCandidate], SparseCandidate]:
        """Return the ways by directions, and the best; if another mode is close, after calls."""
        held = [c for c in compared if fits(c.directions + 1, sum(self.found.pattern.shape))]
        chosen = _best(held or compared)
        rival = min((c for c in held if c.mode != chosen.mode), key=_seconds, default=None)
        if self.costs is None or rival is None or _seconds(rival) > _RIVAL * _seconds(chosen):
            return compared, chosen
        timed = dict(zip((chosen, rival), self._called(state, chosen, rival), strict=True))
        return [timed.get(c, c) for c in compared], _best([*timed.values()])

    def _called(
        self, state: State, first: SparseCandidate, second: SparseCandidate
    ) -> tuple[SparseCandidate, SparseCandidate]:
        """Return two candidates with the times of whole calls, where their estimates are close."""
        low, high = sorted((_seconds(first), _seconds(second)))
        if high > _CLOSE * low:
            return first, second
        engine, timed = self.engine, []
        for c in (first, second):
            state.sweep = c.sweep
            if c.option is not None and not c.later:
                state.option = c.option

            def run() -> None:
                engine.evaluate(self.primal, self.flat)

            run()  # it keeps the constants
            timed.append(replace(c, seconds=self._timed(run)))
        return timed[0], timed[1]

    def _one_sweep(self, layouts: Layouts, *, measures: bool) -> Iterator[SparseCandidate]:
        """Yield the sweeps that find values and places together, as far as they are ways."""
        held = 3 * 16 * self.found.pattern.nnz  # places and values, of a few arrays at a time
        plain = SparseCandidate("forward", 0, 1, 0.0, None, held, note="finds the pattern")
        given = self.engine.given
        fits = measures and self.found.pattern.nnz > 0
        found = replayed_jacobian(self.flat, layouts) if fits else None
        if found is not None and (given is None or given.contains(found.assembly.pattern)):
            seconds = self._timed(lambda: replayed_jacobian(self.flat, layouts))
            yield replace(plain, name="weights of gathers", sweep="gathers", seconds=seconds)
        if not self.symmetric and given is None:
            with contextlib.suppress(JacobianTooLargeError):
                seconds = self._timed(lambda: by_rows_of_entries(self.flat))
                yield replace(plain, name="rows of entries", sweep="rows", seconds=seconds)

    def _timed(self, run: Callable[[], Any]) -> float | None:
        return None if self.costs is None else best_time(lambda _: run(), 1)

    def _counted(
        self,
        mode: str,
        name: str,
        p: int,
        q: int,
        *,
        note: str = "",
        option: Option | None = None,
    ) -> SparseCandidate:
        compression = None if option is None else option.compression
        check = 0 if compression is None else 1
        back = check and mode == "reverse"
        tangents, cotangents = p + (check and not back), q + bool(back)
        sweeps = self._sweeps(tangents, cotangents)
        cost = sum(
            line[0] * passes + line[1] * directions
            for line, passes, directions in zip(
                (FORWARD_BOUND, REVERSE_BOUND), sweeps, (tangents, cotangents), strict=True
            )
        )
        return SparseCandidate(
            mode,
            p + q,
            sum(sweeps),
            cost,
            self._seconds(tangents, cotangents, sweeps, compression),
            self._bytes(tangents, cotangents),
            name=name,
            tangents=p,
            cotangents=q,
            least=None if option is None else option.bound,
            note=note,
            option=option,
        )

    def _sweeps(self, tangents: int, cotangents: int) -> tuple[int, int]:
        m = self.found.pattern.shape[0]
        sizes = [int(np.size(x)) for x in self.flat.leaves]
        there = chunk_size(self.chunk, tangents, max([1, *sizes]))
        back = chunk_size(self.chunk, cotangents, max([1, m, *sizes]))
        return -(-tangents // there), -(-cotangents // back)

    def _seconds(
        self, p: int, q: int, sweeps: tuple[int, int], compression: Compression | None
    ) -> float | None:
        if self.costs is None:
            return None
        recovery = 0.0 if compression is None else recovery_seconds(compression)
        return self.costs.seconds(p, q, sweeps) + recovery

    def _bytes(self, p: int, q: int) -> int:
        """Return the memory of the seeds and of their products."""
        m, n = self.found.pattern.shape
        item = max([dtype_of(x).itemsize for x in self.flat.leaves], default=8)
        return (p + q) * (m + n) * item

    # ------------------------------------------------------------ the choice

    def _told(
        self,
        chosen: SparseCandidate,
        kept: SparseCandidate | None,
        listed: list[SparseCandidate],
    ) -> SparsePlan:
        pattern, found = self.found.pattern, self.found
        least = symmetric_bound(pattern) if self.symmetric else information_bound(pattern)
        sweeps = self._sweeps_of(chosen)
        return SparsePlan(
            mode=chosen.mode,
            tangents=chosen.tangents,
            cotangents=chosen.cotangents,
            forward=sweeps[0],
            reverse=sweeps[1],
            bound=int(np.ceil(least.value)),
            reason=f"{chosen.name}: {_why(chosen, listed)}",
            candidates=tuple(listed),
            operations=found.operations,
            shape=pattern.shape,
            nnz=pattern.nnz,
            varying=found.nonlinear.nnz,
            warm=None if kept is None else (kept.tangents, kept.cotangents),
            guard=int(chosen.option is not None),
            certificate=_certificate(chosen, least),
            flip=_flip(chosen, listed),
            fallbacks=found.fallbacks,
            title=self._title(),
            chosen=[c is chosen for c in listed].index(True),
            transform=self.transform,
        )

    def _sweeps_of(self, chosen: SparseCandidate) -> tuple[int, int]:
        if chosen.option is None:
            return 1, 0
        back = chosen.mode == "reverse"
        return self._sweeps(chosen.tangents + (not back), chosen.cotangents + back)

    def _title(self) -> str:
        m, n = self.found.pattern.shape
        nnz, varying = self.found.pattern.nnz, self.found.nonlinear.nnz
        letter = "H" if self.symmetric else "J"
        where = f"R^{n} -> R" if self.symmetric else f"R^{n} -> R^{m}"
        return (
            f"{name_of(self.primal.f)}: {where}, operations: {self.found.operations}; "
            f"{letter}: {nnz} nonzeros, {nnz - varying} of them constant"
        )


def _seconds(c: SparseCandidate) -> float:
    return c.seconds or 0.0


def _best(compared: list[SparseCandidate]) -> SparseCandidate:
    """Return the fastest, or, where times tie or nobody measured, the first by counts."""

    def rank(c: SparseCandidate) -> tuple[int, bool, bool, bool]:
        return (*(c.option.rank if c.option else (0, False, False)), bool(c.sweep))

    times = [c.seconds for c in compared if c.seconds is not None]
    if times:
        compared = [c for c in compared if (c.seconds or 0.0) <= TIE * min(times)]
    return min(compared, key=rank)


def _why(chosen: SparseCandidate, listed: list[SparseCandidate]) -> str:
    fastest = "" if chosen.seconds is None else f", {chosen.seconds * 1e3:.3g} ms"
    if chosen.option is None:
        return f"one sweep that finds the pattern{fastest}, less than all others take"
    dense = min((c.directions for c in listed if c.name == "dense"), default=0)
    taken = directions_in_words(chosen.tangents, chosen.cotangents)
    if chosen.directions >= dense:
        if all(c.directions >= dense for c in listed if c.option is not None and not c.later):
            return f"{taken}{fastest}; no structure was found, dense is as good"
        return f"{taken}{fastest}; fewer directions would take longer"
    return f"{taken}{fastest}, instead of {dense} directions"


def _certificate(chosen: SparseCandidate, least: Bound) -> str:
    if chosen.option is None:
        return "no directions are taken"
    if chosen.directions <= least.value:
        exact = chosen.least if chosen.least and chosen.least.value == least.value else least
        return f"optimal, {exact}" if least.value else "there is nothing to compute"
    if chosen.optimal:
        return f"optimal of its class, {chosen.least}; of all, {least}"
    return f"{chosen.directions} directions; {least}"


def _flip(chosen: SparseCandidate, listed: list[SparseCandidate]) -> str:
    """Return what would have to change for the next best way to be chosen."""
    others = [c for c in listed if c.option is not None and c.mode != chosen.mode and not c.later]
    if not others or (chosen.option is not None and not chosen.directions):
        return "no other mode was worth comparing"
    if chosen.seconds is not None:
        second = min(others, key=_seconds)
        factor = _seconds(second) / max(chosen.seconds, 1e-12)
        if factor <= TIE:
            return f"noise: {second.mode} mode ({second.name}) takes as long"
        return f"{second.mode} mode ({second.name}), if it were {factor:.2g} times as fast"
    second = min(others, key=lambda c: c.directions)
    factor = chosen.directions / max(second.directions, 1)
    return (
        f"{second.mode} mode ({second.name}) takes {second.directions} directions: it would be "
        f"chosen if each cost less than {factor:.2g} of one of these"
    )
