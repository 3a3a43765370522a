"""Plans of Jacobians through lifted arrays, and whether lifting takes less time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from adkit.common.errors import ArgumentError
from adkit.common.flat import FlatFunction
from adkit.common.inputs import name_of
from adkit.drivers.compressed import Compressed, State
from adkit.drivers.jacobian import Jacobian
from adkit.drivers.keys import static_key
from adkit.drivers.lifted import Lifted
from adkit.drivers.plan import Candidate, best_time
from adkit.drivers.sparse_plan import SparseCandidate, SparsePlan, directions_in_words

__all__ = ["LiftedPlan", "lifted_plan"]

#: Entries beyond which a dense Jacobian is not computed to know its time.
_LARGE = 2**22


@dataclass(frozen=True)
class LiftedPlan(SparsePlan):
    """How to get a Jacobian through lifted arrays.

    Directions, entries, bounds and proofs are those of the extended Jacobian, in which lifted
    arrays are further arguments and results; `shape` is that of the Jacobian itself.

    Attributes
    ----------
    rank : int
        Elements of all lifted arrays.
    """

    rank: int = 0

    def save(self, path: Any) -> None:
        """Refuse: what is lifted belongs to the function."""
        raise ArgumentError(
            "ADK106",
            "a plan of a lifted Jacobian cannot be saved without its function",
            instead="pickle it, with the function",
        )

    def _state(self) -> State:
        return next(iter(_engine(self).states.values()))


def _engine(made: SparsePlan) -> Compressed:
    assert made.transform is not None
    assert made.transform._lifted is not None
    return made.transform._lifted.engine


def lifted_plan(
    transform: Jacobian,
    args: tuple[Any, ...],
    planned: Callable[[Compressed, FlatFunction], SparsePlan],
    *,
    measure: bool,
) -> LiftedPlan:
    """Return the plan of `plan(f, *args, sparse="lifted")`.

    What the function marks is lifted. Results of operations that are lifted to save
    directions are given up if that takes more time than a dense Jacobian would.

    Parameters
    ----------
    transform : Jacobian
    args : tuple
        The point.
    planned : callable
        Returns the plan of a sparse Jacobian.
    measure : bool
        Whether times count; if not, directions do.
    """
    lifted, flat = transform._lifted, transform.flatten(args, {})
    assert isinstance(lifted, Lifted)
    whole, survey = lifted.extended(flat)
    arrays = survey.lifted
    made = _told(planned(lifted.engine, whole), flat, arrays)
    if not (arrays and measure) or lifted.choices[static_key(flat)] is None:
        return made
    lifted.evaluate(flat)  # constant entries are known from now on
    seconds = _time(lambda: lifted.evaluate(flat))
    dense = _dense_seconds(transform, args, made)
    times = f"{seconds * 1e3:.3g} ms against {dense * 1e3:.3g} ms for a dense Jacobian"
    if seconds < dense:
        return replace(made, reason=f"{made.reason}; in all {times}")
    return _given_up(lifted, flat, planned, times)


def _dense_seconds(transform: Jacobian, args: tuple[Any, ...], made: LiftedPlan) -> float:
    """Return the time that a dense Jacobian takes; an estimate, if it is large."""
    if made.shape[0] * made.shape[1] > _LARGE:
        times = (c.seconds for c in made.candidates if _is_dense(c) and c.seconds is not None)
        return min(times)
    dense = Jacobian(transform.f, transform.argnums, False, chunk=transform.chunk)
    dense(*args)  # the mode is known from now on
    return _time(lambda: dense(*args))


def _time(run: Callable[[], Any]) -> float:
    def once(_: int) -> None:
        run()

    return best_time(once, 1)


def _given_up(
    lifted: Lifted,
    flat: FlatFunction,
    planned: Callable[[Compressed, FlatFunction], SparsePlan],
    times: str,
) -> LiftedPlan:
    lifted.give_up(flat)
    lifted.engine.states.clear()
    whole, _ = lifted.extended(flat)
    plain = _told(planned(lifted.engine, whole), flat, [])
    return replace(plain, reason=f"{plain.reason}; lifted it would take {times}")


def _is_dense(c: Candidate) -> bool:
    return isinstance(c, SparseCandidate) and c.name == "dense"


def _told(made: SparsePlan, flat: FlatFunction, arrays: list[Any]) -> LiftedPlan:
    """Return a plan of an extended Jacobian as one of the Jacobian."""
    k = sum(int(np.size(c)) for c in arrays)
    m, n = made.shape[0] - k, made.shape[1] - k
    fields = {**vars(made), "shape": (m, n), "rank": k}
    if k:
        pattern = next(iter(_engine(made).states.values())).pattern
        nnz = int(np.count_nonzero((pattern.rows >= k) & (pattern.columns >= k)))
        chosen = made.candidates[made.chosen]
        assert isinstance(chosen, SparseCandidate)
        taken = directions_in_words(made.tangents, made.cotangents)
        fields["title"] = (
            f"{name_of(flat.f)}: R^{n} -> R^{m}, operations: {made.operations}; J: {nnz} "
            f"nonzeros and rank {k}; extended: {made.nnz} nonzeros"
        )
        fields["reason"] = f"lifted, {chosen.name}: {taken}, instead of {min(m, n)} directions"
        fields["certificate"] = f"extended, {made.certificate}"
        fields["candidates"] = tuple(_not_lifted(c, k) for c in made.candidates)
    return LiftedPlan(**fields)


def _not_lifted(c: Candidate, k: int) -> Candidate:
    """Return a dense candidate with the directions that it takes without lifted arrays."""
    if not isinstance(c, SparseCandidate) or not _is_dense(c):
        return c
    p, q = max(c.tangents - k, 0), max(c.cotangents - k, 0)
    return replace(c, tangents=p, cotangents=q, directions=p + q, note="nothing lifted")
