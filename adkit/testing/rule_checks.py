"""Checking the declared rule of an operation, on calls drawn from its domain."""

from __future__ import annotations

import inspect
import os
import warnings
import zlib
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from adkit.common.errors import AdkitError, ArgumentError
from adkit.common.inputs import name_of
from adkit.common.registry import Operation, find
from adkit.common.tracebacks import boundary
from adkit.testing import laws
from adkit.testing.causes import likely_cause
from adkit.testing.choices import Choices, encoded, smaller
from adkit.testing.diagnosis import witnesses_of
from adkit.testing.draws import Draw
from adkit.testing.judging import Broken, Law, Tally, Undecided, reference
from adkit.testing.options import check_count
from adkit.testing.reports import Finding, Report, deliver
from adkit.testing.sampling import Call, Sample, draw_call, operations, samples_of

__all__ = ["check_rule"]

#: float16 has too few digits to compare derivatives, but types and values are exact.
OF_FLOAT16 = (laws.values, laws.contract)
#: The oracle must judge at least this share of what it sees.
JUDGED = 0.5


@boundary
def check_rule(
    op: Any,
    *,
    only: Sequence[str] | None = None,
    examples: int = 100,
    seed: int | None = None,
    calls: Callable[[Draw], Any] | None = None,
    dtypes: str | None = None,
    raise_: bool = True,
) -> Report:
    """Check the rule of an operation against all laws, on random calls.

    Parameters
    ----------
    op : str, callable or Operation
        A function that has a rule, or its name as ``python -m adkit ops`` prints it.
    only : sequence of str, optional
        Names of laws; all by default.
    examples : int
        How many calls are drawn for the cheapest law; dearer ones get a share.
    seed : int, optional
        Of the calls; by default made of the operation's name, so that runs are alike.
    calls : callable, optional
        For a rule of your own that is not elementwise: takes a `Draw` and returns
        ``d.call(*args, **kwargs)``.
    dtypes : str
        Codes of the dtypes that such an operation takes, all real and complex by default.
    raise_ : bool
        Whether a mismatch is raised.

    Returns
    -------
    Report

    Raises
    ------
    DerivativeMismatch
        If a law does not hold; it carries the report, with the smallest call found.
    ArgumentError
        If the operation has no rule, or nobody said how it is called.

    Examples
    --------
    >>> import numpy as np
    >>> from adkit import rules
    >>> from adkit.testing import check_rule
    >>> @rules.elementary
    ... def cube(x):
    ...     return x * x * x
    >>> rules.elementwise(cube, lambda x: 3 * x * x)
    >>> check_rule(cube, examples=20).verdict
    'pass'
    """
    operation = operation_of(op)
    check_count("examples", examples)
    if calls is not None:
        sample = Sample(calls, dtypes or "fdgFDG")
    elif samples_of(operation):
        sample = None
    else:
        raise ArgumentError(
            "ADK721",
            f"nobody said how {operation.name} is called, so no example can be drawn",
            instead="pass calls=lambda d: d.call(d.array((3,))), a function of a Draw",
        )
    seed = zlib.crc32(operation.name.encode()) if seed is None else seed
    chosen = laws_of(operation, only)
    found = [_examine(operation, law, share, examples, seed, sample) for law, share in chosen]
    report = Report(operation.name, [finding for finding, _ in found], seed)
    failing = next((failure for _, failure in found if failure is not None), None)
    if failing is not None:
        law, made = failing
        _explain(report, operation, law, made, sample)
    return deliver(report, raises=raise_)


def operation_of(op: Any) -> Operation:
    """Return the operation that somebody means."""
    if isinstance(op, Operation):
        return op
    if isinstance(op, str):
        found = operations().get(op) or operations().get(f"numpy.{op}")
    else:
        found = find(op)
    if found is None:
        raise ArgumentError(
            "ADK722",
            f"{op if isinstance(op, str) else name_of(op)} has no derivative rule to check",
            instead="pass a function that python -m adkit ops lists, or declare a rule",
        )
    return found


def laws_of(operation: Operation, only: Sequence[str] | None) -> list[tuple[Law, float]]:
    """Return the laws that are checked of an operation, and their shares of the examples."""
    if operation.verb == "constant":
        every = laws.OF_CONSTANTS
    elif operation.symbol and operation.infix is None:
        every = laws.OF_OPERATORS
    else:
        every = laws.OF_OPERATIONS
    if only is None:
        return list(every.items())
    names = {law.__name__: law for law in every}
    unknown = [name for name in only if name not in names]
    if unknown:
        raise ArgumentError(
            "ADK106",
            f"only={unknown} names no law of {operation.name}",
            instead=f"choose of {', '.join(names)}",
        )
    return [(names[name], every[names[name]]) for name in only]


# ---------------------------------------------------------------- examples of one law


def _examine(
    operation: Operation, law: Law, share: float, examples: int, seed: int, sample: Sample | None
) -> tuple[Finding, tuple[Law, list[int]] | None]:
    """Return what is found of a law, and the smallest example that breaks it."""
    rng = np.random.default_rng([seed, zlib.crc32(law.__name__.encode())])
    tally, count = Tally(), max(3, round(share * examples))
    for k in range(count):
        choices = Choices(rng)
        message = trial(operation, law, choices, tally, sample)
        if message is not None:

            def fails(tried: Choices) -> bool:
                return trial(operation, law, tried, Tally(), sample) is not None

            made = smaller(choices.made, fails)
            message = trial(operation, law, Choices(given=made), Tally(), sample) or message
            finding = Finding(law.__name__, "mismatch", k + 1, tally.ulps, message)
            return finding, (law, made)
    if tally.arrays >= 20 and tally.judged < JUDGED * tally.seen:
        message = f"the oracle could judge {tally.judged} of {tally.seen} numbers only"
        return Finding(law.__name__, "inconclusive", count, tally.ulps, message), None
    return Finding(law.__name__, "pass", count, tally.ulps), None


def call_of(operation: Operation, law: Law, choices: Choices, sample: Sample | None) -> Call:
    """Return the call that choices make."""
    return draw_call(choices, operation, half=law in OF_FLOAT16, sample=sample)


def trial(
    operation: Operation, law: Law, choices: Choices, tally: Tally, sample: Sample | None
) -> str | None:
    """Return what a law says of the call that choices make, None if it holds."""
    call = call_of(operation, law, choices, sample)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", RuntimeWarning)  # NumPy gives none in the domain
            law(call, tally)
    except Broken as error:
        return str(error)
    except Undecided:
        return None
    except RuntimeWarning as warning:
        return None if _numpy_warns(call) else f"{type(warning).__name__}: {warning}"
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError, Warning) as error:
        return f"{type(error).__name__}: {error}"
    except AdkitError as error:
        return f"{type(error).__name__}: {error}"
    return None


def examine_once(name: str, law_name: str, choices: Choices) -> Report:
    """Return what is found of one example, that choices make, of an operation."""
    operation = operation_of(name)
    ((law, _),) = laws_of(operation, [law_name])
    tally = Tally()
    message = trial(operation, law, choices, tally, None)
    verdict = "pass" if message is None else "mismatch"
    report = Report(name, [Finding(law_name, verdict, 1, tally.ulps, message or "")])
    if message is not None:
        _explain(report, operation, law, choices.made, None)
    return report


def _numpy_warns(call: Call) -> bool:
    """Return whether the plain function warns: NumPy 2.0 does of sinc(0) in half precision."""
    with warnings.catch_warnings():
        warnings.simplefilter("error", RuntimeWarning)
        try:
            call.whole(*[reference(x) for x in call.primals])
        except RuntimeWarning:
            return True
    return False


def _explain(
    report: Report, operation: Operation, law: Law, made: list[int], sample: Sample | None
) -> None:
    """Complete a report: where the witnesses disagree, the likely cause, how to see it again."""
    call = call_of(operation, law, Choices(given=made), sample)
    report.inputs = repr(call)
    report.rule = place_of_rule(operation)
    if operation.verb != "constant":
        report.entry, matrices = witnesses_of(call)
        odd = report.entry.odd if report.entry else ""
        report.cause = likely_cause(odd, matrices, report.words())
    if sample is None:
        report.replay = encoded({"rule": operation.name, "law": law.__name__, "choices": made})


def place_of_rule(operation: Operation) -> str:
    """Return file and line of the rules of an operation."""
    rules = [operation.body, *_listed(operation.partials), *_listed(operation.pushes)]
    rules += _listed(operation.pulls)
    places = []
    for rule in rules:
        code = getattr(inspect.unwrap(rule), "__code__", None) if callable(rule) else None
        if code is not None and code.co_filename:
            places.append(f"{_short(code.co_filename)}:{code.co_firstlineno}")
    return ", ".join(dict.fromkeys(places))


def _listed(rules: Any) -> list[Any]:
    return list(rules) if isinstance(rules, (tuple, list)) else [rules]


def _short(path: str) -> str:
    relative = os.path.relpath(path)
    return path if relative.startswith("..") else relative
