"""Sparse Jacobians and Hessians from few directions, guarded, at one point after another."""

from __future__ import annotations

import contextlib
import warnings
from functools import partial
from time import thread_time
from typing import Any

import numpy as np
from numpy.typing import NDArray

from adkit.common.directions import check_fits, total_size
from adkit.common.errors import JacobianTooLargeError
from adkit.common.flat import FlatFunction
from adkit.common.inputs import name_of
from adkit.common.shapes import dtype_of
from adkit.common.tracebacks import user_line
from adkit.drivers.candidates import (
    Option,
    Shapes,
    fewest,
    jacobian_options,
    one_sided,
    symmetric_options,
)
from adkit.drivers.frozen import Frozen, moving_pattern
from adkit.drivers.guard import PatternWarning, check_repeatable, deviating, probe
from adkit.drivers.keys import (
    check_plain,
    check_real,
    check_size,
    checked_interval,
    digest,
    static_key,
    without_aux,
)
from adkit.drivers.one_sweep import by_weights_of_gathers
from adkit.drivers.products import (
    ResultsChangedError,
    along,
    compressed_products,
    guards_in_reverse,
)
from adkit.drivers.shapes_seen import shapes_seen
from adkit.drivers.state import Evaluation, State
from adkit.drivers.trials import Trial
from adkit.pattern.drivers import (
    PatternResult,
    hessian_pattern,
    jacobian_pattern,
    sparse_jacobian,
)
from adkit.sparse.compression import Compression, Partition
from adkit.sparse.pattern import Pattern

__all__ = ["Compressed", "Evaluation", "State"]

Array = NDArray[Any]

#: Entries from which on it is worth to try which way is the fastest.
_WORTH = 2**10

#: Directions of one mode that may take less time than a few of both.
_FEW = 2**7


class Compressed:
    """How the sparse derivatives of a function are computed.

    Parameters
    ----------
    op : str
        "jacobian" or "hessian".
    mode : str
        "auto", "forward", "reverse" or "mixed".
    given : Pattern or None
        The pattern, if the user gave one.
    chunk : int or "auto"
        Directions per sweep.
    check_every : int
        Every which call is checked; the first one always is.
    holomorphic : bool
    local : bool
        Whether what is zero at a point is left out of the pattern.
    """

    def __init__(
        self,
        op: str,
        mode: str,
        given: Pattern | None,
        chunk: Any,
        check_every: int,
        *,
        holomorphic: bool = False,
        local: bool = False,
    ) -> None:
        self.op, self.mode, self.given, self.chunk = op, mode, given, chunk
        self.check_every, self.holomorphic = checked_interval(check_every), holomorphic
        self.local = local
        free = (mode == "auto" or op == "hessian") and not local
        self.measures = free and not holomorphic
        self.states: dict[Any, State] = {}
        self.prepared: State | None = None  # for the first arguments that fit it

    # ------------------------------------------------------------ planning

    def state(self, primal: FlatFunction, flat: FlatFunction) -> State:
        """Return what is known for these arguments, found now if they are the first ones.

        Parameters
        ----------
        primal : FlatFunction
            What the user gave.
        flat : FlatFunction
            That of which the Jacobian is computed: the same, or its gradient.
        """
        key = static_key(primal)
        if key not in self.states:
            made, size = self.prepared, total_size(primal.leaves)
            if made is not None and made.pattern.shape[1] == size:
                self.states[key], self.prepared = made, None
            else:
                made = self.states[key] = self.planned(primal, flat)
                if self.measures and made.pattern.nnz >= _WORTH:
                    made.trial = Trial(["", "gathers", *self.others(made)])
        return self.states[key]

    def others(self, state: State) -> list[str]:
        """Return ways beside the fewest directions and weights of gathers."""
        if self.op == "hessian":
            return ["pulled"]
        if state.option.mode == "mixed" and min(state.pattern.shape) <= _FEW:
            state.other = one_sided(state.pattern)
        rows = ["rows"] if self.given is None else []  # they are not those of the given pattern
        return rows if state.other is None else [*rows, "one side"]

    def planned(
        self, primal: FlatFunction, flat: FlatFunction, known: Pattern | None = None
    ) -> State:
        """Find the pattern and choose among the ways to compute it.

        Parameters
        ----------
        primal, flat : FlatFunction
        known : Pattern, optional
            Entries of other points, which are kept.
        """
        found = self.found(primal, flat)
        pattern, nonlinear = found.pattern, found.nonlinear
        if known is not None:
            pattern, nonlinear = pattern | known, nonlinear | (known - pattern)
        shapes = shapes_seen(primal)
        option = fewest(self.options(pattern, shapes, grades=self.grades(flat)))
        warm = self.warm_option(pattern, nonlinear, shapes)
        if warm is not None and warm.directions >= option.directions:
            warm = None
        return State(pattern, nonlinear, shapes, option, warm)

    def warm_option(
        self, pattern: Pattern, nonlinear: Pattern, shapes: tuple[Shapes, Shapes]
    ) -> Option | None:
        """Return how to compute what may change, None if that is all."""
        if nonlinear.nnz == pattern.nnz:
            return None
        return fewest(self.options(nonlinear, shapes))

    def found(self, primal: FlatFunction, flat: FlatFunction) -> PatternResult:
        """Return the pattern, and the entries that may change."""
        if self.given is not None:
            check_size(self.given, total_size(flat(flat.leaves)), total_size(flat.leaves))
            return PatternResult(self.given, self.given, (), (), 0)
        leaves = primal.leaves
        if not leaves:
            size = 0 if self.op == "hessian" else total_size(flat(leaves))
            nothing = Pattern.from_coordinates([], [], (size, 0))
            return PatternResult(nothing, nothing, (), (), 0)
        find = hessian_pattern if self.op == "hessian" else jacobian_pattern
        argnums = tuple(range(len(leaves)))
        return find(without_aux(primal), *leaves, argnums=argnums, local=self.local)

    def options(
        self,
        pattern: Pattern,
        shapes: tuple[Shapes, Shapes],
        *,
        every: bool = False,
        grades: bool = False,
    ) -> list[Option]:
        """Return the compressed ways to a matrix of this pattern."""
        if self.op == "hessian":
            return symmetric_options(pattern, shapes[0], every=every, grades=grades)
        return jacobian_options(pattern, shapes, self.mode, every=every)

    def grades(self, flat: FlatFunction) -> bool:
        """Return whether seeds may be graded: not of half precision, whose range is small."""
        wide = all(dtype_of(x).itemsize > 2 for x in flat.leaves)
        return wide and self.given is None and not self.local

    # ------------------------------------------------------------ computing

    def evaluate(
        self, primal: FlatFunction, flat: FlatFunction, *, with_values: bool = True
    ) -> Evaluation:
        """Return the values and the entries, checked, and right where the plan was wrong."""
        check_plain(flat, holomorphic=self.holomorphic)
        state = self.state(primal, flat)
        trial = state.trial
        way = state.sweep if trial is None else trial.way()
        state.pulled, state.one_sided = way == "pulled", way == "one side"
        start = 0.0 if trial is None else thread_time()  # waits say nothing about a way
        found = self._in_one_sweep(state, way, flat, with_values=with_values)
        if found is None:
            found = self._by_directions(primal, flat, state)
            way = "pulled" if state.pulled else "one side" if state.one_sided else ""
        if trial is not None:
            trial.note(way, thread_time() - start)
            if trial.winner is not None:
                state.sweep, state.trial = trial.winner, None
        return found

    def _in_one_sweep(
        self, state: State, way: str, flat: FlatFunction, *, with_values: bool
    ) -> Evaluation | None:
        """Return the result of a sparse sweep, None if that is no way to it here."""
        if way == "rows":
            with contextlib.suppress(JacobianTooLargeError):
                return by_rows_of_entries(flat)
            if state.trial is not None:
                state.trial.drop("rows")
        if way != "gathers":
            return None
        fits, found = by_weights_of_gathers(
            self.op, self.given, flat, state.layouts, with_values=with_values
        )
        if not fits:
            state.sweep = ""
        if state.trial is not None:  # rows are the same sweep, and take longer
            state.trial.drop("rows" if fits else "gathers")
        return found

    def _by_directions(self, primal: FlatFunction, flat: FlatFunction, state: State) -> Evaluation:
        """Return the result of compressed products, also of a function that was planned anew."""
        try:
            return self._checked(primal, flat, state)
        except ResultsChangedError:
            check_repeatable(flat)
            made = self.states[static_key(primal)] = self.planned(primal, flat)
            self._warn(flat, f"of {state.pattern.shape[0]} results", "the pattern was found again")
            return self._checked(primal, flat, made)

    def _checked(self, primal: FlatFunction, flat: FlatFunction, state: State) -> Evaluation:
        """Return the result of compressed products, checked."""
        turn, state.calls = state.calls, state.calls + 1
        checked = turn % self.check_every == 0
        owner = digest(primal)
        same, state.owner = state.owner == owner, owner
        known = None if state.one_sided else state.frozen
        if known is not None:
            result, bad = self._run(flat, state, known, turn, checked=checked or not same)
            if not len(bad):
                return result
            checked = True
        result, bad = self._run(flat, state, state.taken.compression, turn, checked=checked)
        if len(bad):
            result = self._corrected(primal, flat, bad, turn)
            state = self.states[static_key(primal)]
        elif known is not None:
            self._thaw(flat, state, known, result, warns=same)
        self._freeze(state, result)
        return result

    def _run(
        self,
        flat: FlatFunction,
        state: State,
        way: Compression | Frozen,
        turn: int,
        *,
        checked: bool,
    ) -> tuple[Evaluation, Array]:
        """Return the result of a plan, and the rows or columns in which it is wrong."""
        compression = way.compression if isinstance(way, Frozen) else way
        back = guards_in_reverse(compression)
        direction = probe(compression.pattern.shape[0 if back else 1], turn) if checked else None
        products = compressed_products(
            flat, compression, self.chunk, direction, pulled=state.pulled
        )
        check_real(flat, products.values, holomorphic=self.holomorphic)
        if not (is_direct(compression) or products.are_finite):
            # A nan would spread to other entries.
            return self._run(flat, state, self._direct(state), turn, checked=checked)
        with np.errstate(all="ignore"):
            if isinstance(way, Frozen):
                entries = way.recover(products)
            else:
                entries = way.recover(products.forward, products.reverse)
        result = Evaluation(products.values, way.pattern, entries)
        if direction is None or products.check is None:
            return result, np.zeros(0, dtype=np.intp)
        pattern, values = way.pattern, entries
        if back:
            pattern, values = pattern.T, values[pattern.transposed_order]
        again = partial(along, flat, back=back)
        chained = compression.levels > 1
        growth = compression.growth
        return result, deviating(
            pattern, values, direction, products.check, again, growth, chained=chained
        )

    def _direct(self, state: State) -> Compression:
        """Return a plan in which every entry is read off."""
        if state.direct is None:
            options = self.options(state.pattern, state.shapes)
            state.direct = fewest(o for o in options if is_direct(o.compression)).compression
        return state.direct

    def _corrected(
        self, primal: FlatFunction, flat: FlatFunction, bad: Array, turn: int
    ) -> Evaluation:
        """Return the right result after the guard found that the pattern is wrong."""
        key = static_key(primal)
        state = self.states[key]
        check_repeatable(flat)
        self.given = None
        self._warn(flat, _lines(state, bad), "the pattern was found again")
        state = self.states[key] = self.planned(primal, flat, state.pattern)
        result, bad = self._run(flat, state, state.option.compression, turn, checked=True)
        if len(bad):
            self._warn(flat, _lines(state, bad), "the pattern is taken to be dense")
            check_fits(*state.pattern.shape)
            full = Pattern.full(state.pattern.shape)
            option = fewest(self.options(full, ((), ())))
            state = self.states[key] = State(full, full, ((), ()), option, None)
            result, bad = self._run(flat, state, option.compression, turn, checked=True)
        return result

    def _warn(self, flat: FlatFunction, where: str, what: str) -> None:
        name = f"{name_of(flat.f)} ({user_line()})"
        warnings.warn(
            f"the sparse {self.op} of {name} was planned by a pattern or by constant entries "
            f"that do not hold at this point ({where}): {what}",
            PatternWarning,
            stacklevel=2,
        )

    def _thaw(
        self, flat: FlatFunction, state: State, known: Frozen, result: Evaluation, *, warns: bool
    ) -> None:
        """Take entries that were seen to change for ones that may change."""
        changed = known.changed(result.entries)
        if warns and changed.any():
            check_repeatable(flat)
            where = _places("rows", np.unique(state.pattern.rows[changed]))
            self._warn(flat, where, "constant entries have changed; computed again")
        state.nonlinear = state.nonlinear | state.pattern.keep(changed)
        warm = self.warm_option(state.pattern, state.nonlinear, state.shapes)
        cheaper = warm is not None and warm.directions < state.option.directions
        state.warm = warm if cheaper else None

    def _freeze(self, state: State, result: Evaluation) -> None:
        """Keep the constant entries, if that saves directions."""
        state.frozen = None
        if state.warm is None:
            return
        back = self.op == "hessian" or state.warm.compression.reverse > 0
        moving = moving_pattern(state.pattern, state.nonlinear, result.entries, columns=back)
        if moving is None:
            return
        same = moving == state.nonlinear
        way = state.warm if same else fewest(self.options(moving, state.shapes))
        turned = not back and way.compression.reverse > 0
        if way.directions < state.option.directions and not turned:
            state.frozen = Frozen(state.pattern, result.entries, way.compression)


def _lines(state: State, bad: Array) -> str:
    return _places("columns" if guards_in_reverse(state.taken.compression) else "rows", bad)


def _places(lines: str, bad: Array) -> str:
    return f"{lines} " + ", ".join(map(str, bad[:8].tolist())) + (", ..." if len(bad) > 8 else "")


def by_rows_of_entries(flat: FlatFunction) -> Evaluation:
    """Return values and Jacobian by a sweep that finds the pattern on its way."""
    leaves = flat.leaves
    found = sparse_jacobian(
        lambda *leaves: tuple(flat(leaves)), *leaves, argnums=tuple(range(len(leaves)))
    )
    return Evaluation(list(found.value), found.pattern, found.values)


def is_direct(compression: Compression) -> bool:
    """Return whether every entry is read off a product."""
    return isinstance(compression, Partition) and compression.levels == 1
