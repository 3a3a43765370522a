"""The mutation gate: rules are made wrong on purpose, and the checks must notice.

A mutant is a declaration with one rule changed (`adkit.testing.mutations`). It takes the
place of the right one in the registry while it is examined, so both engines and every
composite see it.
"""

from __future__ import annotations

import copy
import inspect
import warnings
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from adkit.common import registry
from adkit.common.registry import Operation
from adkit.common.shapes import leading
from adkit.common.signatures import parameter_names
from adkit.common.tracer import Tracer
from adkit.common.values import value
from adkit.forward.dual import Dual
from adkit.reverse.node import Node
from adkit.testing.choices import Choices
from adkit.testing.draws import flat
from adkit.testing.judging import Tally
from adkit.testing.mutations import BODY, MUTATIONS, PARTIAL, PULL, PUSH, Mutation
from adkit.testing.peers import Checker, accepts, double_calls
from adkit.testing.rule_checks import laws_of, trial
from adkit.testing.sampling import samples_of

__all__ = ["Mutant", "Outcome", "examine", "mutants_of", "planted"]

SEED_NAMES = ("t", "ct")


@dataclass
class Outcome:
    """What became of mutants.

    Attributes
    ----------
    killed : Counter
        Of each mutation, how many mutants a law noticed.
    survived : list of Mutant
        Those that no law noticed, also where an example never ran the rule.
    equivalent : list of Mutant
        Those that were made and changed no number in any example: the rule stays right.
    absent : list of Mutant
        No mutants: the mistake could be made in no example, such as a transpose of a vector.
    peers : dict of Counter
        What checkers of other libraries noticed, by the library.
    """

    killed: Counter[str] = field(default_factory=Counter)
    survived: list[Mutant] = field(default_factory=list)
    equivalent: list[Mutant] = field(default_factory=list)
    absent: list[Mutant] = field(default_factory=list)
    peers: dict[str, Counter[str]] = field(default_factory=dict)

    @property
    def total(self) -> int:
        """How many mutants there were."""
        return sum(self.killed.values()) + len(self.survived) + len(self.equivalent)

    @property
    def share(self) -> float:
        """The share of the mutants that change a number which were noticed."""
        total = self.total - len(self.equivalent)
        return sum(self.killed.values()) / total if total else 1.0

    def add(self, mutant: Mutant, noticed: bool) -> None:
        """Count a mutant that was tried."""
        if noticed:
            self.killed[mutant.mutation.name] += 1
        elif mutant.changed or not mutant.ran:
            self.survived.append(mutant)
        else:
            (self.equivalent if mutant.made else self.absent).append(mutant)


class _Rule:
    """A rule whose result is changed."""

    def __init__(self, rule: Any, mutation: Mutation, kind: str, operand: int, mutant: Mutant):
        self.rule, self.mutation, self.kind, self.operand = rule, mutation, kind, operand
        self.mutant = mutant
        self.names = parameter_names(rule) if kind != BODY else ()
        self.memory: dict[str, Any] = {}
        kinds = inspect.Parameter.POSITIONAL_OR_KEYWORD
        self.__signature__ = inspect.Signature(
            [inspect.Parameter(name, kinds) for name in self.names] if kind != BODY else []
        )

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        right = self.rule(*args, **kwargs)
        return self._changed(right, args, kwargs)

    def _changed(self, right: Any, args: Any, kwargs: Any) -> Any:
        if isinstance(right, (tuple, list)):
            parts: list[Any] = [y if y is None else self._changed(y, args, kwargs) for y in right]
            return type(right)(*parts) if hasattr(right, "_fields") else type(right)(parts)
        if not hasattr(right, "dtype") or right.dtype.kind not in "fc":
            return right
        mutant, given = self.mutant, self._given(args, kwargs)
        mutant.ran = True
        mutant.nonzero = mutant.nonzero or bool(np.any(value(right)))
        seeds = [s for s in flat(given.get("seed")) if type(s) is np.ndarray]
        before = [s.copy() for s in seeds]
        wrong = self.mutation.change(right, given)
        if wrong is NotImplemented:
            return right
        mutant.made = True
        if not mutant.changed:
            spoiled = any(map(_differs, before, seeds))
            mutant.changed = spoiled or _differs(right, wrong)
        return wrong

    def _given(self, args: Any, kwargs: Any) -> dict[str, Any]:
        given = dict(zip(self.names, args, strict=False)) if self.kind == PARTIAL else {}
        if self.kind in (PUSH, PULL):
            seed = args[0]
            given = {"seed": seed, "memory": self.memory, "lead": self._lead(seed, args)}
            given["rule"] = lambda part: self.rule(part, *args[1:], **kwargs)
        elif {"x", "y"} <= set(self.names):
            swapped = {"x": given["y"], "y": given["x"]}
            given["swapped"] = lambda: self.rule(*[{**given, **swapped}[n] for n in self.names])
        return given

    def _lead(self, seed: Any, args: Any) -> tuple[int, ...]:
        start = 2 if self.names[1:2] == ("ans",) else 1
        k = start + self.operand
        return leading(seed, np.ndim(args[k])) if self.kind == PUSH and k < len(args) else ()


def _differs(right: Any, wrong: Any) -> bool:
    """Return whether a change changed anything that a derivative depends on."""
    if isinstance(right, Tracer) and not isinstance(wrong, Tracer):
        # a tangent of zero is no loss; that of a Node comes later, and Duals meet each rule too
        return isinstance(right, Dual) and bool(np.any(value(right.tangent)))
    if wrong is right:
        return False
    a, b = np.asarray(value(right)), np.asarray(value(wrong))
    return a.shape != b.shape or not np.array_equal(a, b, equal_nan=True)


@dataclass
class Mutant:
    """A declaration with one rule changed."""

    operation: Operation
    mutation: Mutation
    kind: str
    operand: int
    #: Whether an example ran the rule, gave a number but 0, made the mistake, changed a number.
    ran: bool = False
    nonzero: bool = False
    made: bool = False
    changed: bool = False

    def __str__(self) -> str:
        return f"{self.operation.name}: {self.mutation.name} in {self.kind} {self.operand}"

    @property
    def harmless(self) -> str:
        """Why a mutant that changes no number does not."""
        return self.mutation.harmless if self.nonzero else "its results are zero"

    def declaration(self) -> Operation:
        """Return the wrong declaration."""
        wrong = copy.copy(self.operation)
        if self.kind == PARTIAL:
            wrong.partials = self._replaced(self.operation.partials)
        elif self.kind == PUSH:
            wrong.pushes = self._replaced(self.operation.pushes)
        elif self.kind == PULL:
            wrong.pulls = self._replaced(self.operation.pulls)
        else:
            wrong.body = self._wrong(self.operation.body)
        return wrong

    def _replaced(self, rules: Any) -> Any:
        if callable(rules):
            return lambda i: self._wrong(rules(i))
        return tuple(self._wrong(r) if i == self.operand else r for i, r in enumerate(rules))

    def _wrong(self, rule: Any) -> Any:
        if rule is None:
            return None
        if not callable(rule):
            number = rule
            if self.mutation.name in ("sign", "factor two", "missing term"):
                self.ran = self.made = self.changed = True
                return self.mutation.change(number, {})

            def rule(ans: Any) -> Any:
                return number * np.ones_like(ans)

        return _Rule(rule, self.mutation, self.kind, self.operand, self)


def mutants_of(operation: Operation) -> list[Mutant]:
    """Return all mutants of an operation: of each rule the mistakes that fit it."""
    slots = _slots(operation)
    return [
        Mutant(operation, mutation, kind, operand)
        for mutation in MUTATIONS
        for kind, operand in slots
        if kind in mutation.kinds and _fits(mutation, operation, kind, operand)
    ]


def _fits(mutation: Mutation, operation: Operation, kind: str, operand: int) -> bool:
    """Return whether a mistake can be made in a rule, by what the rule is and takes."""
    if not mutation.of_reals and not any(
        s.dtypes != s.dtypes.lower() for s in samples_of(operation)
    ):
        return False
    if kind != PARTIAL:
        return True
    rule = operation.partials[operand]
    if not callable(rule):
        return mutation.of_numbers and not mutation.needs
    return set(mutation.needs) <= set(parameter_names(rule))


def _slots(operation: Operation) -> list[tuple[str, int]]:
    """Return the kinds and places of the rules of an operation."""
    if operation.verb == "constant":
        return []
    if operation.verb == "composite":
        return [(BODY, 0)]
    found = [(PARTIAL, i) for i, p in enumerate(operation.partials) if p is not None]
    for kind, rules in ((PUSH, operation.pushes), (PULL, operation.pulls)):
        if callable(rules):
            found.append((kind, 0))
        else:
            found += [(kind, i) for i, rule in enumerate(rules or ()) if rule is not None]
    return found


@contextmanager
def planted(mutant: Mutant) -> Iterator[Operation]:
    """Put a mutant in the place of the right declaration, in this block."""
    function = mutant.operation.function
    wrong = mutant.declaration()
    codes = [(engine.calls, engine.calls.pop(function, None)) for engine in (Dual, Node)]
    registry._catalogue[function] = wrong
    try:
        yield wrong
    finally:
        registry._catalogue[function] = mutant.operation
        for calls, code in codes:
            calls.pop(function, None)
            if code is not None:
                calls[function] = code


def is_noticed(mutant: Mutant, examples: int, seed: int) -> bool:
    """Return whether a law notices a mutant, in so many examples of each.

    The laws take turns, since most mutants break one in its first example.
    """
    with planted(mutant) as wrong, warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        turns = [
            (law, max(3, round(share * examples)), np.random.default_rng(seed))
            for law, share in laws_of(wrong, None)
        ]
        for k in range(max(count for _, count, _ in turns)):
            for law, count, rng in turns:
                if k < count and trial(wrong, law, Choices(rng), Tally(), None) is not None:
                    return True
    return False


def examine(
    operations: Sequence[Operation],
    *,
    examples: int = 100,
    seed: int = 0,
    sample: int | None = None,
    only: Sequence[str] | None = None,
    peers: dict[str, Checker] | None = None,
    progress: Callable[[Mutant], None] = lambda mutant: None,
) -> Outcome:
    """Return what becomes of the mutants of some operations.

    Parameters
    ----------
    operations : sequence of Operation
    examples : int
        Calls of the cheapest law; dearer ones get a share.
    seed : int
        Of the calls, and of the sample.
    sample : int, optional
        How many mutants are tried, chosen at random; all by default.
    only : sequence of str, optional
        Names of mutations; all by default.
    peers : dict of callables, optional
        Checkers of other libraries, see `adkit.testing.peers`.
    progress : callable
        Called with each mutant before it is tried.
    """
    mutants = [mutant for operation in operations for mutant in mutants_of(operation)]
    mutants = [m for m in mutants if only is None or m.mutation.name in only]
    if sample is not None and sample < len(mutants):
        chosen = np.random.default_rng(seed).choice(len(mutants), sample, replace=False)
        mutants = [mutants[i] for i in sorted(chosen)]
    outcome = Outcome(peers={name: Counter() for name in peers or {}})
    for mutant in mutants:
        progress(mutant)
        outcome.add(mutant, is_noticed(mutant, examples, seed))
        if mutant.changed:
            calls = double_calls(mutant.operation, seed) if peers else []
            for name, checker in (peers or {}).items():
                with planted(mutant):
                    outcome.peers[name][mutant.mutation.name] += not accepts(checker, calls)
    return outcome
