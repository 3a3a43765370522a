"""Directions, bounds and proofs of a problem against its answer: exact, in both directions."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

import adkit
from benchmarks.sparse.problem import Answer, Directions, Problem


@dataclass
class Counts:
    """What a plan says and what then ran.

    Attributes
    ----------
    shape, nnz, varying
        The matrix, its entries, and those that may change.
    found : Answer
        The plan in the words of the answer.
    certificate, reason : str
        What is proved, and the reason of the choice.
    wrong : list of str
        Where that is not the answer, or not what ran.
    """

    shape: tuple[int, int]
    nnz: int
    varying: int
    found: Answer
    certificate: str
    reason: str
    wrong: list[str] = field(default_factory=list)

    def to_dict(self) -> dict[str, Any]:
        """Return plain data."""
        return {**asdict(self), "found": self.found._asdict()}


def counted(problem: Problem) -> Counts:
    """Plan by counts alone, run twice, and compare with the answer."""
    plan = adkit.plan(problem.f, problem.x, op=problem.op, sparse=True, measure=False)
    answer = problem.answer
    kept = next((c for c in plan.candidates if c.later), None)
    found = answer._replace(
        cold=(plan.tangents, plan.cotangents),
        later=plan.warm,
        bound=plan.bound,
        optimal=plan.optimal,
        later_optimal=kept is not None and kept.optimal,
    )
    counts = Counts(plan.shape, plan.nnz, plan.varying, found, plan.certificate, plan.reason)
    for name in ("cold", "later", "bound", "optimal", "later_optimal"):
        expected, own = getattr(answer, name), getattr(found, name)
        if expected != own:
            counts.wrong.append(f"{problem.name}: {name}: {own}, expected {expected}")
    counts.wrong += claims(problem, plan.reason)
    counts.wrong += ran(problem, plan)
    return counts


def claims(problem: Problem, reason: str) -> list[str]:
    """Return what is wrong about the structure that is claimed."""
    denied = "no structure was found" in reason
    if denied == problem.structured:
        return [f"{problem.name}: the plan says: {reason}"]
    return []


def ran(problem: Problem, plan: adkit.SparsePlan) -> list[str]:
    """Return where the directions of two results of a plan are not those of the answer."""
    answer, wrong = problem.answer, []
    for result, expected in (("first", answer.cold), ("second", answer.later or answer.cold)):
        with adkit.count_sweeps() as ledger:
            plan.jacobian(problem.x)
        # Products with a Hessian are tangents through one gradient: its cotangent counts once.
        inner = int(problem.op == "hessian")
        own = ledger.tangents, ledger.cotangents - inner
        if not _checked(own, expected, plan.guard):
            checked = f"{expected} and {plan.guard} to check"
            wrong.append(f"{problem.name}: the {result} result took {own}, expected {checked}")
    return wrong


def _checked(own: Directions, expected: Directions, guard: int) -> bool:
    """Return whether these are the directions, and those of the check in one of the modes."""
    p, q = expected
    return own in ((p + guard, q), (p, q + guard))
