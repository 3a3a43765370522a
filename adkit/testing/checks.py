"""Checking the derivatives that adkit gives of a user's function, at a point."""

from __future__ import annotations

import copy
import warnings
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

import adkit as ad
from adkit.common.containers import map_leaves
from adkit.common.errors import AdkitError, ArgumentError
from adkit.common.flat import checked_function
from adkit.common.inputs import name_of
from adkit.common.tracebacks import boundary
from adkit.testing import laws
from adkit.testing.causes import likely_cause
from adkit.testing.diagnosis import witnesses_of
from adkit.testing.draws import flat
from adkit.testing.judging import Broken, Law, Tally, Undecided, same_bits
from adkit.testing.kinks import kink_of
from adkit.testing.options import check_count
from adkit.testing.replaying import packed
from adkit.testing.reports import Finding, Report, deliver
from adkit.testing.subjects import FunctionCall

__all__ = ["check_derivatives"]

MODES = ("forward", "reverse")


@boundary
def check_derivatives(
    f: Callable[..., Any],
    *args: Any,
    modes: Sequence[str] = MODES,
    order: int = 1,
    wrt: int | tuple[int, ...] | None = None,
    directions: int = 1,
    oracle: str = "auto",
    rtol: float | None = None,
    seed: int = 0,
    raise_: bool = True,
) -> Report:
    """Check the derivatives of a function at a point: both modes, numbers and algebra.

    Parameters
    ----------
    f : callable
        A function of plain NumPy.
    *args
        Its arguments: floats, arrays, containers of them, and what is not differentiated.
    modes : sequence of str
        ``"forward"``, ``"reverse"`` or both.
    order : int
        1 or 2: the highest order that is checked; 2 needs both modes.
    wrt : int or tuple of int, optional
        Which arguments are differentiated; by default all that consist of floats.
    directions : int
        Random directions of the numerical derivative. Each costs one evaluation of `f` where
        a complex step is possible, about 25 otherwise.
    oracle : str
        ``"complex"``, ``"ridders"``, ``"mpmath"``, or ``"auto"``: the best of the first two.
    rtol : float, optional
        Relative error allowed to a numerical derivative, by default that of the oracle.
    seed : int
        Of the random directions.
    raise_ : bool
        Whether a mismatch is raised.

    Returns
    -------
    Report
        Its `verdict` is ``"pass"``, ``"mismatch"``, ``"kink suspected"`` or
        ``"inconclusive"``; the last two are warned of as well.

    Raises
    ------
    DerivativeMismatch
        If a law does not hold, or `f` raises under tracing only.
    ArgumentError
        If `f` is not a function of floats that can be checked: it returns another value each
        time, or writes into its arguments.

    Examples
    --------
    >>> import numpy as np
    >>> from adkit.testing import check_derivatives
    >>> print(check_derivatives(lambda x, y: np.tanh(x) @ y, np.ones(3), np.ones(3)).verdict)
    pass
    """
    checked_function(f, "check_derivatives")
    _check_options(modes, order, oracle)
    check_count("directions", directions)
    wrt = _float_arguments(f, args) if wrt is None else wrt
    raised = _look_before(f, args)
    call = None if raised is not None else FunctionCall(f, args, wrt, seed, oracle, rtol)
    if call is None:
        assert raised is not None
        report = Report(name_of(f), _raises_alike(f, args, wrt, modes, raised), seed)
    else:
        notes = _notes_on_results(call)
        report = Report(call.name, [], seed, inputs=", ".join(map(repr, args)), notes=notes)
        failing = _run(call, modes, order, directions, report)
        if failing:
            report.entry, matrices = witnesses_of(call, tuple(modes), call.names())
            odd = report.entry.odd if report.entry else ""
            report.cause = likely_cause(odd, matrices, report.words())
            report.rule = _rule_at_fault(call)
            report.replay = packed(f, args, modes, order, wrt, directions, oracle, seed)
    return deliver(report, raises=raise_)


def _notes_on_results(call: FunctionCall) -> list[str]:
    """Return what is odd about the results of a function.

    Raises
    ------
    AdkitError
        If they have no derivative.
    """
    results = call.flat([*call.primals])
    discrete = {str(np.asarray(y).dtype) for y in results if np.asarray(y).dtype.kind not in "fc"}
    if results and len(discrete) > 0 and not flat(call.function(*call.primals)):
        raise ArgumentError(
            "ADK728",
            f"{call.name} returns {', '.join(sorted(discrete))} only, which has no derivative",
            instead="return floats; what is constant needs no check",
        )
    notes = [f"results of dtype {dtype} are constant" for dtype in sorted(discrete)]
    if not any(np.size(x) for x in call.primals):
        notes.append("the arguments are empty: there is nothing to differentiate")
    elif not any(np.any(t) for t in flat(_pushed(call))):
        notes.append("no result depends on an argument here: all derivatives are zero")
    return notes


def _pushed(call: FunctionCall) -> Any:
    """Return a tangent of the results; nothing where a law will say why there is none."""
    try:
        with np.errstate(all="ignore"):
            return ad.jvp(call.function, call.primals, call.tangents())[1]
    except Exception:
        return [np.ones(())]


def _check_options(modes: Sequence[str], order: int, oracle: str) -> None:
    for name, given, known in (
        ("modes", list(modes), MODES),
        ("order", [order], (1, 2)),
        ("oracle", [oracle], ("auto", "complex", "ridders", "mpmath")),
    ):
        if not given or not set(given) <= set(known):
            raise ArgumentError(
                "ADK106",
                f"check_derivatives does not take {name}={given}",
                instead=f"choose of {', '.join(map(repr, known))}",
            )


def _float_arguments(f: Callable[..., Any], args: Sequence[Any]) -> tuple[int, ...]:
    """Return which arguments consist of floats."""
    found = []
    for i, argument in enumerate(args):
        leaves: list[Any] = []
        map_leaves(leaves.append, argument)
        kinds = {np.asarray(x).dtype.kind for x in leaves}
        if leaves and kinds <= set("fc"):
            found.append(i)
    if not found:
        raise ArgumentError(
            "ADK113",
            f"no argument that {name_of(f)} was given consists of floats",
            instead="pass floats or arrays of floats",
        )
    return tuple(found)


# ---------------------------------------------------------------- before any derivative


def _look_before(f: Callable[..., Any], args: Sequence[Any]) -> Exception | None:
    """Run the plain function twice; return what it raises.

    Raises
    ------
    ArgumentError
        If two runs differ, or an argument does.
    """
    given = copy.deepcopy(list(args))
    try:
        first = f(*given)
        second = f(*copy.deepcopy(list(args)))
    except AdkitError:
        raise
    except Exception as error:
        return error
    if not _equal(first, second):
        raise ArgumentError(
            "ADK723",
            f"{name_of(f)} returns another value each time, so no law can be checked",
            instead="give it a random generator with a seed, made anew in each call",
        )
    if not _equal(given, list(args)):
        raise ArgumentError(
            "ADK724",
            f"{name_of(f)} writes into its arguments, so it is another function each time",
            instead="let it write into a copy: x = x.copy() in its first line",
        )
    return None


def _equal(a: Any, b: Any) -> bool:
    """Return whether two results are equal, numbers bit for bit."""
    xs: list[Any] = []
    ys: list[Any] = []
    map_leaves(xs.append, a)
    map_leaves(ys.append, b)
    return len(xs) == len(ys) and all(
        same_bits(np.asarray(x), np.asarray(y)) if np.asarray(x).dtype.kind in "fciub" else True
        for x, y in zip(xs, ys, strict=True)
    )


def _raises_alike(
    f: Callable[..., Any], args: Sequence[Any], wrt: Any, modes: Sequence[str], plain: Exception
) -> list[Finding]:
    """Return whether both modes raise what the plain function does."""
    expected = type(plain)
    for mode in modes:
        transform = ad.jacfwd if mode == "forward" else ad.jacrev
        try:
            transform(f, argnums=wrt)(*args)
        except expected:
            continue
        except Exception as error:
            message = f"plain NumPy raises {plain!r}, {mode} mode {error!r}"
        else:
            message = f"plain NumPy raises {plain!r}, {mode} mode does not"
        return [Finding("throws", "mismatch", message=message)]
    return [
        Finding("throws", "pass", message=f"plain NumPy and every mode alike raise {plain!r} here")
    ]


# ---------------------------------------------------------------- the laws


def _run(
    call: FunctionCall, modes: Sequence[str], order: int, directions: int, report: Report
) -> str:
    """Check all laws, add what is found to a report, and return the first failure's words."""
    failing = ""
    unbounded = _not_finite(call)
    if unbounded:
        report.findings = [_finding(call, laws.values, 1), unbounded]
        return "" if report.verdict != "mismatch" else report.findings[0].message
    for k in range(1, order + 1):
        alone = laws.OF_ONE_MODE[modes[0]] if k == 1 else ()
        for law in laws.OF_FUNCTIONS[k] if len(set(modes)) > 1 else alone:
            times = {laws.numeric: directions, laws.adjoint: max(3, directions)}.get(law, 1)
            finding = _finding(call, law, times)
            report.findings.append(finding)
            if finding.verdict == "mismatch" and not failing:
                failing = finding.message
    return failing


def _not_finite(call: FunctionCall) -> Finding | None:
    """Return what to say of a point where values or derivatives are not finite."""
    try:
        with np.errstate(all="ignore"):
            values, pushed = ad.jvp(call.function, call.primals, call.tangents())
    except Exception:  # a law will say it
        return None
    for what, arrays in (("result", flat(values)), ("derivative", flat(pushed))):
        for y in arrays:
            if not np.all(np.isfinite(y)):
                bad = np.asarray(y)[~np.isfinite(y)].flat[0]
                message = f"a {what} is {bad} at this point: no law of arithmetic can be checked"
                return Finding("finite", "inconclusive", message=message)
    return None


def _finding(call: FunctionCall, law: Law, times: int) -> Finding:
    """Return what is found of one law."""
    tally, name = Tally(), law.__name__
    try:
        with np.errstate(all="ignore"):  # what NumPy warns of is not finite, as is said elsewhere
            for _ in range(times):
                law(call, tally)
    except Undecided as error:
        return Finding(name, "inconclusive", times, tally.ulps, str(error))
    except Broken as error:
        kink = kink_of(call) if law in laws.NUMERICAL else ""
        verdict = "kink suspected" if kink else "mismatch"
        return Finding(name, verdict, times, tally.ulps, kink or str(error))
    except Exception as error:
        return Finding(name, "mismatch", times, tally.ulps, f"{type(error).__name__}: {error}")
    kink = kink_of(call) if law is laws.numeric else ""
    if kink:
        return Finding(name, "kink suspected", times, tally.ulps, kink)
    if tally.judged < tally.seen:
        message = (
            f"the numerical derivative of {tally.seen - tally.judged} of {tally.seen} numbers is "
            "too inaccurate to tell"
        )
        return Finding(name, "inconclusive", times, tally.ulps, message)
    return Finding(name, "pass", times, tally.ulps)


def _rule_at_fault(call: FunctionCall) -> str:
    """Return the rule of the first operation in the program that breaks a law by itself."""
    from adkit.testing.operations import culprit

    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        return culprit(call)
