"""What a check found, in words that a person can act on."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, ClassVar

import numpy as np

__all__ = ["DerivativeMismatch", "Finding", "Inconclusive", "KinkSuspected", "Report", "listeners"]

#: From the worst to the best.
VERDICTS = ("mismatch", "kink suspected", "inconclusive", "pass")
#: Called with each report; the pytest plugin collects them here.
listeners: list[Callable[[Report], None]] = []


class DerivativeMismatch(AssertionError):
    """A derivative is wrong.

    Attributes
    ----------
    report : Report

    Examples
    --------
    >>> from adkit.testing import DerivativeMismatch, check_gradient
    >>> try:
    ...     check_gradient(lambda x: x @ x, lambda x: x, [1.0, 2.0])
    ... except DerivativeMismatch as error:
    ...     print(error.report.cause)
    a factor: it is 0.5 times the true value
    """

    codes: ClassVar[dict[str, str]] = {}  # an error of adkit's own: its frames are left out

    def __init__(self, report: Report) -> None:
        super().__init__(f"{report}")
        self.report = report


class KinkSuspected(UserWarning):
    """The function seems to have no derivative at the point: slopes to both sides differ."""


class Inconclusive(UserWarning):
    """A law could not be judged: numerical derivatives are not accurate enough there."""


@dataclass(frozen=True)
class Finding:
    """What was found of one law.

    Attributes
    ----------
    law : str
    verdict : str
        ``"pass"``, ``"mismatch"``, ``"kink suspected"`` or ``"inconclusive"``.
    examples : int
        How often it was tried.
    ulps : float
        The largest error, in units of rounding of the size of what was compared.
    message : str
        What does not hold, or why nothing can be said.
    """

    law: str
    verdict: str
    examples: int = 1
    ulps: float = 0.0
    message: str = ""


@dataclass(frozen=True)
class Entry:
    """An entry of a Jacobian, as each witness gives it.

    Attributes
    ----------
    argument, result : str
        Which argument and result, and which element of them.
    at : str
        The element of the argument.
    witnesses : dict
        The entry by the name of the witness.
    bound : float
        How far the numerical one may be from the truth.
    """

    argument: str
    result: str
    at: str
    witnesses: dict[str, Any]
    bound: float = 0.0

    @property
    def odd(self) -> str:
        """The witness that all others contradict; empty if they do not agree."""
        names = list(self.witnesses)
        if len(names) < 3:
            return ""
        gaps = {
            name: min(self._gap(name, other) for other in names if other != name) for name in names
        }
        worst = max(names, key=gaps.__getitem__)
        rest = [gap for name, gap in gaps.items() if name != worst]
        return worst if max(rest) < gaps[worst] / 4 else ""

    def _gap(self, a: str, b: str) -> float:
        x, y = self.witnesses[a], self.witnesses[b]
        gap = float(abs(x - y))
        return np.inf if np.isnan(gap) else gap

    def lines(self) -> list[str]:
        """Return the entry as text."""
        width = max(map(len, self.witnesses))
        lines = [f"  {self.argument}{self.at};  {self.result}"]
        for name, number in self.witnesses.items():
            note = f"   (error below {self.bound:.1e})" if name == "numeric" else ""
            note = "   <- the odd one out" if name == self.odd else note
            lines.append(f"    {name.ljust(width)}  {number:< .12g}{note}")
        return lines


@dataclass
class Report:
    """What a check found.

    Attributes
    ----------
    name : str
        The operation or function.
    findings : list of Finding
        One per law.
    seed : int
        Of the random directions and examples.
    inputs : str
        The arguments of the example that failed, or of the only one.
    entry : Entry or None
        Where witnesses disagree.
    cause : str
        What is the likely cause.
    rule : str
        File and line of the rule.
    replay : str
        What `adkit.testing.replay` takes.

    Examples
    --------
    >>> import numpy as np
    >>> from adkit.testing import check_derivatives
    >>> report = check_derivatives(lambda x: np.sum(np.sin(x)), np.array([1.0, 2.0]))
    >>> report.verdict
    'pass'
    """

    name: str
    findings: list[Finding]
    seed: int = 0
    inputs: str = ""
    entry: Entry | None = None
    cause: str = ""
    rule: str = ""
    replay: str = ""
    notes: list[str] = field(default_factory=list)

    @property
    def verdict(self) -> str:
        """The worst verdict of all laws."""
        verdicts = {finding.verdict for finding in self.findings}
        return next((verdict for verdict in VERDICTS if verdict in verdicts), "pass")

    @property
    def examples(self) -> int:
        """How many examples were tried, of the law that was tried most."""
        return max((finding.examples for finding in self.findings), default=0)

    @property
    def worst_ulps(self) -> float:
        """The largest error of all laws, in units of rounding."""
        return max((finding.ulps for finding in self.findings), default=0.0)

    def failed(self) -> list[Finding]:
        """Return the findings that are no pass, the worst first."""
        found = [finding for finding in self.findings if finding.verdict != "pass"]
        return sorted(found, key=lambda finding: VERDICTS.index(finding.verdict))

    def words(self) -> str:
        """Return what tells most about the cause: what is not linear, or else the first failure."""
        failed = self.failed()
        first = failed[0].message if failed else ""
        linear = (f.message for f in failed if f.message.startswith("not linear"))
        return next((message for message in linear if "nan" not in message), first)

    def to_json(self) -> dict[str, Any]:
        """Return the report as numbers, strings, lists and dicts."""
        data = asdict(self)
        if self.entry is not None:
            data["entry"]["witnesses"] = {k: str(v) for k, v in self.entry.witnesses.items()}
        return {**data, "verdict": self.verdict, "examples": self.examples, "ulps": self.worst_ulps}

    def __str__(self) -> str:
        failed = self.failed()
        if not failed:
            count = len(self.findings)
            laws = f"{count} laws hold" if count != 1 else "1 law holds"
            head = f"{self.name}: {laws}, worst error {self.worst_ulps:.2g} ulp"
            told = [finding.message for finding in self.findings if finding.message]
            return "\n".join([head, *(f"  {note}" for note in [*told, *self.notes])])
        first = failed[0]
        lines = [f"{self.name}: {first.verdict}, by the law {first.law!r}"]
        lines += self.entry.lines() if self.entry else []
        if not (self.entry and "\n" in first.message):  # whole arrays, which the entry is of
            lines += _shortened(first.message, 11)
        also = ", ".join(finding.law for finding in failed[1:])
        lines += [f"  also: {also}"] if also else []
        lines += [f"  likely cause: {self.cause}"] if self.cause else []
        lines += [f"  rule: {self.rule}"] if self.rule else []
        lines += _shortened(self.inputs and f"inputs: {self.inputs}", 4)
        lines += [f"  {note}" for note in self.notes]
        lines += [f"  seed {self.seed}"] if not self.replay else []
        lines += [f'  replay: adkit.testing.replay("{self.replay}")'] if self.replay else []
        return "\n".join(lines)


def deliver(report: Report, *, raises: bool) -> Report:
    """Hand over a report: to listeners, as an exception or warnings, and as a result."""
    for listener in listeners:
        listener(report)
    if report.verdict == "mismatch" and raises:
        raise DerivativeMismatch(report)
    if report.verdict == "mismatch":
        return report
    kinds = {"kink suspected": KinkSuspected, "inconclusive": Inconclusive}
    for finding in report.failed():
        if finding.verdict in kinds:
            what = f"{report.name}, {finding.law}: {finding.message}"
            warnings.warn(what, kinds[finding.verdict], stacklevel=4)
    return report


def _shortened(text: str, count: int) -> Sequence[str]:
    """Return the first lines of a text, none of them longer than a screen."""
    lines = [f"  {line}" for line in text.splitlines()]
    if len(lines) > count:
        lines = [*lines[: count - 1], "  ..."]
    return [line if len(line) <= 110 else f"{line[:106]} ..." for line in lines]
