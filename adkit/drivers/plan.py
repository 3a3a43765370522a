"""Which mode is cheaper for a function at a point, and why.

Theory bounds a sweep of p tangents by ``1 + 1.5 p`` and one of q cotangents by
``1.5 + 2.5 q`` evaluations of the function (Griewank and Walther 2008,
chapter 4). What a direction costs in NumPy depends on the function: where
arrays are small, many directions cost little more than one. So the choice weighs
what was counted, directions and operations, with the measured cost of a sweep.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from time import perf_counter
from typing import TYPE_CHECKING, Any, Literal, overload

import numpy as np

from adkit.common.containers import flatten
from adkit.common.directions import total_size, unit_directions
from adkit.common.flat import Argnums, FlatFunction, checked_argnums, checked_function
from adkit.common.shapes import dtype_of
from adkit.common.tracebacks import boundary
from adkit.common.tracer import Tracer
from adkit.forward.pushforward import pushforward
from adkit.reverse.footprint import recorded_chunk_size
from adkit.reverse.pullback import Recording

if TYPE_CHECKING:
    from adkit.drivers.sparse_plan import SparsePlan

FORWARD_BOUND = (1.0, 1.5)
REVERSE_BOUND = (1.5, 2.5)
#: Beyond this ratio of the bounds, counts decide and nothing is measured.
CLEAR = 8.0


@dataclass(frozen=True)
class Candidate:
    """One way to get the Jacobian.

    Attributes
    ----------
    mode : str
        "forward" or "reverse".
    directions : int
        Tangents, or cotangents.
    sweeps : int
        Passes that carry them.
    bound : float
        Upper bound of theory on the cost, in evaluations of the function.
    seconds : float or None
        Estimated from measured sweeps; None where counts decided.
    bytes : int
        What is held at a time: the tape, and the directions of one sweep.
    """

    mode: str
    directions: int
    sweeps: int
    bound: float
    seconds: float | None
    bytes: int


@dataclass(frozen=True)
class Plan:
    """How to get the Jacobian of a function at a point.

    Attributes
    ----------
    mode : str
        "forward" or "reverse".
    tangents, cotangents : int
        Directions of each kind that the chosen way takes.
    forward, reverse : int
        Sweeps of each mode, after chunking.
    bound : int
        No dense Jacobian is recovered from fewer directions of one mode.
    optimal : bool
        Whether the plan attains that bound.
    reason : str
        Why this mode, in words.
    candidates : tuple of Candidate
        Both ways.
    operations : int
        Elementary operations of one evaluation.

    Examples
    --------
    >>> import numpy as np
    >>> from adkit import plan
    >>> print(plan(lambda x: x[:1] * np.arange(50.0), np.ones(1)).reason)
    1 tangent instead of 50 cotangents
    """

    mode: str
    tangents: int
    cotangents: int
    forward: int
    reverse: int
    bound: int
    reason: str
    candidates: tuple[Candidate, ...]
    operations: int = field(default=0)

    @property
    def directions(self) -> int:
        """Tangents and cotangents together."""
        return self.tangents + self.cotangents

    @property
    def optimal(self) -> bool:
        """Whether no plan of one mode takes fewer directions."""
        return self.directions == self.bound

    def __str__(self) -> str:
        lines = [f"{self.mode}: {self.reason}"]
        for c in self.candidates:
            time = "not measured" if c.seconds is None else f"{c.seconds * 1e3:.3g} ms"
            chosen = "*" if c.mode == self.mode else " "
            lines.append(
                f"  {chosen} {c.mode:8} {c.directions:6} directions in {c.sweeps:4} "
                f"sweeps, at most {c.bound:.4g} evaluations, {time}, "
                f"{c.bytes / 1e6:.3g} MB"
            )
        return "\n".join(lines)


@overload
def plan(
    f: Callable[..., Any],
    *args: Any,
    op: Literal["jacobian"] = ...,
    argnums: Argnums = ...,
    chunk: Any = ...,
    sparse: Literal[False] = ...,
    measure: bool = ...,
) -> Plan: ...
@overload
def plan(
    f: Callable[..., Any],
    *args: Any,
    op: str,
    argnums: Argnums = ...,
    chunk: Any = ...,
    sparse: Any = ...,
    measure: bool = ...,
) -> SparsePlan: ...
@overload
def plan(
    f: Callable[..., Any],
    *args: Any,
    argnums: Argnums = ...,
    chunk: Any = ...,
    sparse: Any,
    measure: bool = ...,
) -> SparsePlan: ...
@boundary
def plan(
    f: Callable[..., Any],
    *args: Any,
    op: str = "jacobian",
    argnums: Argnums = 0,
    chunk: Any = "auto",
    sparse: Any = False,
    measure: bool = True,
) -> Plan:
    """Weigh the ways to the Jacobian or the sparse Hessian of `f` at a point.

    Parameters
    ----------
    f : callable
        A function of plain NumPy.
    *args
        Its arguments.
    argnums : int or tuple of int
        Which arguments are differentiated.
    op : "jacobian" or "hessian"
        Hessians are planned as sparse ones.
    chunk : int or "auto"
        Directions per sweep.
    sparse : bool, "local", "lifted" or pattern
        Whether to plan a sparse result, as `jacobian` returns with the same option.
    measure : bool
        Whether sweeps may be timed. If not, counts alone decide, and the plan is the
        same each time.

    Returns
    -------
    Plan
        Print it to read it. A `SparsePlan` also computes, by ``plan.jacobian(x)``.

    Notes
    -----
    For a dense result `f` is evaluated once. If the numbers of directions leave the choice
    open, a few sweeps are timed, for which `f` runs up to five times more.

    Examples
    --------
    >>> import numpy as np
    >>> from adkit import plan
    >>> p = plan(lambda x: np.sum(x * x), np.ones(1000))
    >>> p.mode, p.cotangents, p.bound, p.optimal
    ('reverse', 1, 1, True)
    """
    checked_function(f, "plan")
    argnums = checked_argnums(argnums)
    if sparse is not False or op != "jacobian":
        from adkit.drivers.planner import sparse_plan  # on use, for a quick ``import adkit``

        return sparse_plan(
            f, args, op=op, argnums=argnums, chunk=chunk, sparse=sparse, measure=measure
        )
    flat = FlatFunction(f, args, argnums)
    return make_plan(flat, Recording(flat, flat.leaves), chunk, measure=measure)


def make_plan(
    flat: FlatFunction, recording: Recording, chunk: Any, *, measure: bool = True
) -> Plan:
    """Return the plan for a function that has been recorded."""
    leaves, values = flat.leaves, recording.results
    n, m = total_size(leaves), total_size(values)
    operations = len(recording.tape.entries)
    forward_chunk = recorded_chunk_size(chunk, n, leaves, recording)
    reverse_chunk = recorded_chunk_size(chunk, m, [*leaves, *values], recording)
    bounds = (_bound(FORWARD_BOUND, n, forward_chunk), _bound(REVERSE_BOUND, m, reverse_chunk))
    seconds: tuple[float | None, float | None] = (None, None)
    if measure and n and m and 1 / CLEAR <= bounds[0] / bounds[1] <= CLEAR:
        seconds = (
            _forward_seconds(flat, n, forward_chunk),
            _reverse_seconds(flat, recording, m, reverse_chunk),
        )
    candidates = (
        Candidate(
            "forward",
            n,
            _sweeps(n, forward_chunk),
            bounds[0],
            seconds[0],
            _bytes(forward_chunk, leaves),
        ),
        Candidate(
            "reverse",
            m,
            _sweeps(m, reverse_chunk),
            bounds[1],
            seconds[1],
            _bytes(reverse_chunk, values) + recording.nbytes,
        ),
    )
    mode, reason = _choose(n, m, *candidates)
    chosen = candidates[mode == "reverse"]
    forward = mode == "forward"
    return Plan(
        mode=mode,
        tangents=n if forward else 0,
        cotangents=0 if forward else m,
        forward=chosen.sweeps if forward else 0,
        reverse=0 if forward else chosen.sweeps,
        bound=min(n, m),
        reason=reason,
        candidates=candidates,
        operations=operations,
    )


def _choose(n: int, m: int, forward: Candidate, reverse: Candidate) -> tuple[str, str]:
    """Return the cheaper mode and the reason in words."""
    if n == 0 or m == 0:
        return "reverse" if n else "forward", "nothing to compute"
    words = {"forward": _count(n, "tangent"), "reverse": _count(m, "cotangent")}
    if forward.seconds is None or reverse.seconds is None:
        first, second = sorted((forward, reverse), key=lambda c: c.bound)
        return first.mode, f"{words[first.mode]} instead of {words[second.mode]}"
    from adkit.timing import TIE  # imported on use, for a quick ``import adkit``

    less, more = sorted((forward.seconds, reverse.seconds))
    mode = "forward" if forward.seconds == less else "reverse"
    measured = f"{less * 1e3:.3g} ms against {more * 1e3:.3g} ms by measured sweeps"
    if more < TIE * less:
        return "forward", f"{measured}, a tie, and forward holds no tape"
    return mode, f"{words[mode]}: {measured}"


def _count(number: int, word: str) -> str:
    return f"{number} {word}{'' if number == 1 else 's'}"


def _bound(cost: tuple[float, float], directions: int, chunk: int) -> float:
    """Return theory's bound in evaluations; every sweep pays the constant again."""
    return cost[0] * _sweeps(directions, chunk) + cost[1] * directions


def _sweeps(directions: int, chunk: int) -> int:
    return -(-directions // chunk)


def _bytes(chunk: int, arrays: Sequence[Any]) -> int:
    return chunk * sum(int(np.prod(np.shape(x))) * dtype_of(x).itemsize for x in arrays)


def _forward_seconds(flat: FlatFunction, n: int, chunk: int) -> float:
    """Return the estimated time of all forward sweeps."""

    def run(k: int) -> None:
        pushforward(flat, flat.leaves, unit_directions(flat.leaves, 0, k), k)

    return _extrapolate(run, n, chunk)


def _reverse_seconds(flat: FlatFunction, recording: Recording, m: int, chunk: int) -> float:
    """Return the estimated time of an evaluation and all reverse sweeps over its tape."""

    def run(k: int) -> None:
        recording.pull(unit_directions(recording.results, 0, k), k)

    sweeps = _extrapolate(run, m, chunk)
    again = Recording(flat, flat.leaves)  # the first evaluation may have imported and compiled
    return min(recording.seconds, again.seconds) + sweeps


def _extrapolate(run: Callable[[int], None], count: int, chunk: int) -> float:
    """Time sweeps of one direction and of a few, and return the time of all."""
    few = min(chunk, 16)
    one = best_time(run, 1)
    if few == 1:
        return one * count
    slope = max(0.0, (best_time(run, few) - one) / (few - 1))
    return _sweeps(count, chunk) * (one - slope) + count * slope


def best_time(run: Callable[[int], None], k: int) -> float:
    """Return the shorter time of two runs with k directions."""
    times = []
    for _ in range(2):
        start = perf_counter()
        run(k)
        times.append(perf_counter() - start)
    return min(times)


class PlanCache:
    """The modes chosen for arguments of shapes seen before, with tangents per sweep."""

    def __init__(self) -> None:
        self._modes: dict[Any, tuple[str, int]] = {}

    def known(self, flat: FlatFunction) -> tuple[str | None, int]:
        """Return mode and tangents per sweep for such arguments, None and 1 if not chosen yet."""
        return self._modes.get(_key(flat), (None, 1))

    def choose(self, flat: FlatFunction, recording: Recording, chunk: Any) -> tuple[str, int]:
        """Return mode and tangents per sweep of a function; traced points are not timed."""
        n = total_size(flat.leaves)
        size = recorded_chunk_size(chunk, n, flat.leaves, recording)
        if any(isinstance(x, Tracer) for x in flat.leaves):
            return ("forward" if n <= total_size(recording.results) else "reverse"), size
        mode = make_plan(flat, recording, chunk).mode
        self._modes[_key(flat)] = mode, size
        return mode, size


def _key(flat: FlatFunction) -> Any:
    """Return structure, shapes and dtypes of the arguments, differentiated and not."""
    others = [type(a) if np.ndim(a) == 0 else np.shape(a) for a in _passive_leaves(flat)]
    return (
        flat.inputs,
        tuple((np.shape(x), dtype_of(x)) for x in flat.leaves),
        tuple(others),
    )


def _passive_leaves(flat: FlatFunction) -> list[Any]:
    passive = [a for i, a in enumerate(flat.args) if i not in flat.argnums]
    leaves = flatten([passive, flat.kwargs])[0]
    return [a for a in leaves if isinstance(a, (np.ndarray, int, float, complex, Tracer))]
