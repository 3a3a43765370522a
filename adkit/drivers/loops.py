"""Loops whose states are checkpointed: binomially, under a number of snapshots or of bytes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np

from adkit.common.containers import Structure, flatten
from adkit.common.errors import ArgumentError
from adkit.common.flat import checked_function
from adkit.common.levels import Level
from adkit.common.storage import current
from adkit.common.sweeps import count_repeated
from adkit.common.tracebacks import boundary
from adkit.drivers.binomial import Kept, first_snapshots, repetitions, reverse
from adkit.drivers.enclosed import enclosed, frozen
from adkit.drivers.passed_buffers import Flags, Passed, as_buffers, which_are_buffers
from adkit.drivers.replay import Parts, Replay, is_inexact, is_passing, nbytes, run
from adkit.forward.dual import Dual
from adkit.reverse.replays import Values, evaluate, not_repeatable, pull_again
from adkit.reverse.tape import Cotangents, Entry, Tape, accumulate

#: Takes the number of a step and the leaves of a state; returns those of the next one.
Step = Callable[[int, list[Any]], list[Any]]


class LoopReplay(Replay):
    """A loop at a level: its states are kept in part, and come again from those."""

    f: Loop

    def __init__(self, f: Loop, leaves: Sequence[Any], level: Tape) -> None:
        super().__init__(f, leaves, level)
        self.snapshots = 1
        self.kept: list[Kept[list[Any]]] = []
        self._first = _FirstRun(len(leaves))

    @property
    def evaluation(self) -> Loop:
        """The loop over values one level down."""
        return Loop(self.value, self.f.steps, self.f.snapshots, self.f.byte_budget)

    def value(self, i: int, state: list[Any]) -> list[Any]:
        """Return the state after a step, one level down."""
        if self.found is not None:
            count_repeated()
            return self._evaluate(i, state).results
        loop, first = self.f, self._first
        if i in first.keeping:
            first.kept.snapshots.append((i, state))
        first.kept.last = state
        found = self._evaluate(i, state)
        self.active = [a or b for a, b in zip(self.active, found.active, strict=True)]
        first.same = [None if k is None else first.same[k] for k in found.same]
        first.captured |= {entry[0]: entry for entry in found.captured}
        first.aliases = found.aliases
        if i == 0:
            self.snapshots = loop.room(max(nbytes(state), nbytes(found.results)))
            first.keeping = first_snapshots(loop.steps, self.snapshots)
        if i == loop.steps - 1:
            captured = list(first.captured.values())
            self.found = Values([], found.active, first.same, captured, first.aliases)
            self.kept = [] if any(map(is_passing, state)) else [first.kept]
            del self._first
        return found.results

    def pull_back(
        self, values: list[Any], seeds: list[Any], cotangents: Cotangents
    ) -> Sequence[Any]:
        """Return one cotangent per leaf of the first state."""
        assert self.found is not None
        captured, cts = self.found.captured, seeds
        try:
            kept = self.kept.pop()
        except IndexError:  # of a sweep before
            kept = Kept()
            kept.snapshots.append((0, values))

        def advance(i: int, state: list[Any]) -> list[Any]:
            return run(partial(self.value, i), state)

        def turn(i: int, state: list[Any]) -> None:
            nonlocal cts
            pulled = run(partial(self._turned, i), [*state, *cts])
            cts = [current(ct) for ct in pulled[: len(state)]]
            for entry, ct in zip(captured, pulled[len(state) :], strict=True):
                if ct is not None:
                    accumulate(cotangents, entry, ct)

        reverse(self.f.steps, self.snapshots, kept, advance, turn)
        return cts

    def _turned(self, i: int, leaves: list[Any]) -> list[Any]:
        """Record a step, and return cotangents of the state before it and of captured values."""
        assert self.found is not None
        count_repeated()
        half = len(leaves) // 2
        state, cts = leaves[:half], leaves[half:]
        cotangents = Cotangents()
        step, active = partial(self.f.step, i), _carrying(state, self.active)
        results, pulled = pull_again(step, state, active, self.level, cts, cotangents)
        if i == self.f.steps - 1:
            self.check(results)
        captured = [cotangents.pop(entry[0], None) for entry in self.found.captured]
        if cotangents:
            raise not_repeatable()
        return pulled + captured

    def held(self) -> list[Any]:
        """Return the states that are kept."""
        states = [state for kept in self.kept for _, state in kept.snapshots]
        states += [kept.last for kept in self.kept if kept.last is not None]
        return [x for state in states for x in state]

    def _evaluate(self, i: int, state: list[Any]) -> Values:
        active = _carrying(state, self.active)
        return evaluate(partial(self.f.step, i), state, active, self.level)


class _FirstRun:
    """What the first run through a loop finds out.

    Attributes
    ----------
    kept : Kept
    keeping : list of int
        Before which steps the state is kept.
    same : list of int or None
        Which leaf of the first state a leaf of the present one is.
    captured : dict
        The entries of values that the steps use besides, by serial.
    aliases : bool
        Whether the present state has a captured value in it.
    """

    def __init__(self, size: int) -> None:
        self.kept: Kept[list[Any]] = Kept()
        self.keeping = [0]
        self.same: list[int | None] = list(range(size))
        self.captured: dict[int, Entry] = {}
        self.aliases = False


class Loop:
    """A loop as a function of the leaves of its state."""

    replay = LoopReplay

    def __init__(
        self, step: Step, steps: int, snapshots: int | None, byte_budget: int | None
    ) -> None:
        self.step = step
        self.steps = steps
        self.snapshots = snapshots
        self.byte_budget = byte_budget

    def __call__(self, leaves: list[Any]) -> list[Any]:
        """Return the leaves of the last state."""
        for i in range(self.steps):
            leaves = self.step(i, leaves)
        return leaves

    def by_parts(self, kind: type[Dual], level: Level) -> Loop:
        """Return the loop over values and tangents at a level of forward mode."""

        def step(i: int, parts: list[Any]) -> list[Any]:
            return Parts(partial(self.step, i), kind, level)(parts)

        return Loop(step, self.steps, self.snapshots, self.byte_budget)

    def room(self, size: int) -> int:
        """Return for how many states of `size` bytes there is room, besides the present one."""
        if self.byte_budget is not None:
            count = self.byte_budget // max(size, 1) - 1
            if count < 1:
                raise ArgumentError(
                    "ADK106",
                    f"byte_budget={self.byte_budget} has no room for two states of {size} bytes",
                    instead="one is kept and one is computed: allow twice their bytes or more",
                )
        elif self.snapshots is not None:
            count = self.snapshots
        else:
            count = next(s for s in range(1, self.steps + 1) if repetitions(self.steps, s) <= 2)
        return min(count, self.steps)


class FlatStep:
    """A step of containers as one of leaves.

    When it runs again, it finds the variables around it as they were before the loop.

    Attributes
    ----------
    buffers : dict
        Which leaves of the state before a step are buffers, where any is.
    """

    def __init__(self, f: Callable[..., Any], structure: Structure, steps: int) -> None:
        self.f = f
        self.again = frozen(f)
        self.structure = structure
        self.ahead = steps
        self.buffers: dict[int, Flags] = {}

    def __call__(self, i: int, leaves: list[Any]) -> list[Any]:
        """Return the leaves of the next state."""
        f = self.f
        self.ahead -= 1
        if not self.ahead:
            self.f = self.again  # the variables of `f` may come to hold the result, in a cycle
        passed = Passed(leaves, self.buffers.get(i, ()))
        state = f(self.structure.unflatten(passed.leaves), i)
        results = self.structure.match(state, f"the state after step {i}")
        self.note(i + 1, results)
        return passed.back(results)

    def note(self, i: int, leaves: Sequence[Any]) -> None:
        """Note which leaves of the state before a step are buffers."""
        flags = which_are_buffers(leaves)
        if flags:
            self.buffers[i] = flags


def _carrying(state: Sequence[Any], active: Sequence[bool]) -> list[bool]:
    """Return which leaves of a state carry a derivative: not the ints that a loop starts with."""
    return [on and is_inexact(x) for x, on in zip(state, active, strict=True)]


@boundary
def checkpointed_loop(
    step: Callable[[Any, int], Any],
    state: Any,
    steps: int,
    *,
    snapshots: int | None = None,
    byte_budget: int | None = None,
) -> Any:
    """Run a loop of which reverse mode keeps a few states, and computes the others again.

    The sweep back visits the steps from the last to the first. Each is recorded alone, from
    the state before it, which comes from the nearest one kept; which ones are kept is chosen so
    that the fewest steps run again. With s snapshots, ``binomial(s + r, s)`` steps can be
    swept with r runs of each step and the one that is recorded: 1,001 steps with 10 snapshots
    and 4 runs.

    Parameters
    ----------
    step : callable
        ``step(state, i)`` returns the state after step i, in the same containers. Traced values
        that it finds elsewhere are differentiated too.
    state
        The first state: containers of arrays, numbers and anything else.
    steps : int
        How many steps.
    snapshots : int, optional
        How many states are kept at a time, the first one included; the present one comes on
        top. By default as few as two runs of each step allow, about ``sqrt(2 * steps)``.
    byte_budget : int, optional
        Instead of `snapshots`: how many bytes these states may take, the present one included.
        What the record of one step takes comes on top.

    Returns
    -------
    state
        The last one.

    Raises
    ------
    ArgumentError
        If an option is no positive int, both are given, two states exceed the budget, or a step
        returns other containers.
    InPlaceError
        If a step writes into its state.
    ReplayError
        By the sweep, if a step gives something else when it runs again.

    Notes
    -----
    In forward mode, and without derivatives, this is a plain loop. Second derivatives are bounded
    in memory in the same way, reverse over reverse except for a few states per step. Variables
    around `step` are those before the loop when it runs again. The ledger of `count_sweeps`
    counts runs of steps beyond the first as ``repeated``: for l steps ``r * l - binomial(s + r,
    s + 1) + 1``, where r is the smallest number that suffices.

    References
    ----------
    Griewank and Walther (2000), "Algorithm 799: Revolve", ACM Transactions on Mathematical
    Software 26(1), 19-45.

    Examples
    --------
    >>> import numpy as np
    >>> from adkit import checkpointed_loop, count_sweeps, grad
    >>> def last(x):
    ...     def step(h, i):
    ...         return np.tanh(0.9 * h + x)
    ...
    ...     return checkpointed_loop(step, np.zeros_like(x), 1001, snapshots=10).sum()
    >>> with count_sweeps() as ran:
    ...     gradient = grad(last)(np.ones(2))
    >>> gradient.round(6), ran.repeated  # 4 * 1001 - 364 + 1
    (array([0.101378, 0.101378]), 3641)
    """
    checked_function(step, "checkpointed_loop")
    for name, option, least in (
        ("steps", steps, 0),
        ("snapshots", snapshots, 1),
        ("byte_budget", byte_budget, 1),
    ):
        if option is not None or name == "steps":
            _check_count(name, option, least)
    if snapshots is not None and byte_budget is not None:
        raise ArgumentError(
            "ADK106",
            "both snapshots and byte_budget are given",
            instead="give one of them; the other follows from the size of the state",
        )
    if steps == 0:
        return state
    leaves, structure = flatten(state)
    flat = FlatStep(step, structure, int(steps))
    flat.note(0, leaves)
    loop = Loop(flat, flat.ahead, snapshots, byte_budget)
    results = run(loop, leaves, enclosed(step), views=True)
    return structure.unflatten(as_buffers(results, flat.buffers.get(loop.steps, ())))


def _check_count(name: str, option: Any, least: int) -> None:
    """Refuse an option that is no int, or too small."""
    if isinstance(option, bool) or not isinstance(option, (int, np.integer)) or option < least:
        raise ArgumentError(
            "ADK106",
            f"{name} must be an int, {least} or more, not {option!r}",
            instead="an int such as 10",
        )
