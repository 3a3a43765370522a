"""Checking a gradient that somebody wrote by hand, or that another tool computed."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

import adkit as ad
from adkit.common.errors import ArgumentError
from adkit.common.flat import argument_name, checked_function
from adkit.common.inputs import name_of
from adkit.common.tracebacks import boundary
from adkit.testing import oracle
from adkit.testing.causes import likely_cause
from adkit.testing.kinks import kink_of
from adkit.testing.options import check_count
from adkit.testing.reports import Finding, Report, deliver
from adkit.testing.subjects import FunctionCall
from adkit.testing.witnesses import Witnesses

__all__ = ["check_gradient"]


@boundary
def check_gradient(
    f: Callable[..., Any],
    gradient: Callable[..., Any],
    *x: Any,
    directions: int = 3,
    rtol: float = 1e-6,
    seed: int = 0,
    raise_: bool = True,
) -> Report:
    """Check a gradient that somebody wrote by hand, or that another tool computed.

    Parameters
    ----------
    f : callable
        Takes arrays of floats and returns one number. It need not be a function that adkit can
        differentiate: those of SciPy, scikit-learn, torch or JAX will do.
    gradient : callable
        Takes the same and returns the gradient: an array, for several arguments a tuple.
    *x : arrays
        The point.
    directions : int
        Random directions in which the gradient is compared; about 25 evaluations of `f` each.
    rtol : float
        Relative error allowed, beside that of the numerical derivative.
    seed : int
        Of the directions.
    raise_ : bool
        Whether a mismatch is raised.

    Returns
    -------
    Report
        With a witness ``adkit`` where adkit can differentiate `f`. Its `verdict` is ``"pass"``,
        ``"mismatch"``, ``"kink suspected"`` or ``"inconclusive"``; the last two are warned of
        as well.

    Raises
    ------
    DerivativeMismatch
        If the gradient is wrong, of another shape, or changes between calls.
    ArgumentError
        If `f` does not return one number, or another one each time.

    Examples
    --------
    >>> import numpy as np
    >>> from adkit.testing import check_gradient
    >>> def energy(x):
    ...     return 0.5 * np.sum(x**2)
    >>> check_gradient(energy, lambda x: x, np.array([1.0, 2.0])).verdict
    'pass'
    """
    checked_function(f, "check_gradient")
    checked_function(gradient, "check_gradient")
    check_count("directions", directions)
    points = [np.array(p, dtype=_float_of(p)) for p in x]
    value = _value(f, points)
    report = Report(f"the gradient of {name_of(f)}", [], seed, ", ".join(map(repr, points)))
    rng = np.random.default_rng(seed)
    given, message = _given(gradient, points)
    if message:
        report.findings.append(Finding("contract", "mismatch", message=message))
        report.cause = likely_cause("", None, message)
        return deliver(report, raises=raise_)
    report.findings.append(Finding("contract", "pass"))
    tangents: list[Any] = []
    finding = _not_finite(value, given)
    if finding is None:
        with np.errstate(all="ignore"):  # what is not finite beside the point is not at it
            finding, tangents = _compared(f, points, given, value, rng, directions, rtol)
            finding = _at_kink(f, points, seed) or finding
    report.findings.append(finding)
    if finding.verdict == "mismatch":
        _explain(report, f, points, given, tangents)
    return deliver(report, raises=raise_)


def _float_of(p: Any) -> Any:
    dtype = np.asarray(p).dtype
    return dtype if dtype.kind == "f" else np.float64


def _value(f: Callable[..., Any], points: Sequence[Any]) -> Any:
    value = np.asarray(f(*[p.copy() for p in points]))
    if value.size != 1 or value.dtype.kind != "f":
        raise ArgumentError(
            "ADK726",
            f"{name_of(f)} returns {value.dtype} of shape {value.shape}, not one float",
            instead="check_gradient needs a function with one real result; sum it, or use "
            "check_derivatives",
        )
    again = np.asarray(f(*[p.copy() for p in points]))
    if not np.array_equal(value, again, equal_nan=True):
        raise ArgumentError(
            "ADK723",
            f"{name_of(f)} returns another value each time, so no law can be checked",
            instead="give it a random generator with a seed, made anew in each call",
        )
    return value.reshape(())


def _not_finite(value: Any, given: Sequence[Any]) -> Finding | None:
    """Return what to say of a point where the value is not finite, or its gradient."""
    for what, arrays in (("result", [value]), ("gradient", given)):
        for y in arrays:
            if not np.all(np.isfinite(y)):
                bad = np.asarray(y)[~np.isfinite(y)].flat[0]
                message = f"a {what} is {bad} at this point: no differences can be compared"
                return Finding("finite", "inconclusive", message=message)
    return None


def _at_kink(f: Callable[..., Any], points: Sequence[Any], seed: int) -> Finding | None:
    """Return what to say of a point where slopes to both sides differ."""

    @functools.wraps(f, updated=())
    def value(*x: Any) -> Any:
        moved = [np.asarray(y, p.dtype).reshape(p.shape) for y, p in zip(x, points, strict=True)]
        return np.asarray(f(*moved)).reshape(())

    call = FunctionCall(value, points, tuple(range(len(points))), seed, "ridders")
    kink = kink_of(call)
    return Finding("numeric", "kink suspected", message=kink) if kink else None


def _given(gradient: Callable[..., Any], points: Sequence[Any]) -> tuple[list[Any], str]:
    """Return the gradient that is to be checked, and what is wrong with its form."""
    results = [gradient(*[p.copy() for p in points]) for _ in range(2)]
    first, second = (_listed(result, len(points)) for result in results)
    if len(first) != len(points):
        return [], f"the gradient has {len(first)} parts, the function {len(points)} arguments"
    for g, again, p in zip(first, second, points, strict=True):
        if g.dtype.kind not in "fiu":
            return [], f"the gradient is no array of floats: {g!r}"
        if g.shape != p.shape:
            return [], f"a cotangent is of shape {g.shape}, what it belongs to of {p.shape}"
        if g.dtype.kind != "f":
            return [], f"a cotangent is of dtype {g.dtype}, what it belongs to of {p.dtype}"
        if not np.array_equal(g, again, equal_nan=True):
            return [], f"two runs differ: {g!r} and {again!r}"
    return first, ""


def _listed(result: Any, count: int) -> list[Any]:
    parts = result if isinstance(result, (tuple, list)) and count > 1 else [result]
    return [np.asarray(part) for part in parts]


def _compared(
    f: Callable[..., Any],
    points: Sequence[Any],
    given: Sequence[Any],
    value: Any,
    rng: np.random.Generator,
    directions: int,
    rtol: float,
) -> tuple[Finding, list[Any]]:
    """Compare the gradient with differences in random directions; return the one that fails."""
    inaccurate, ulps = 0, 0.0
    for _ in range(directions):
        tangents = [rng.choice([-1.0, 1.0], p.shape) * _reach(p, rng) for p in points]
        estimate = _slope(f, points, tangents)
        terms = [np.abs(g * t).sum() for g, t in zip(given, tangents, strict=True)]
        found = sum(float((g * t).sum()) for g, t in zip(given, tangents, strict=True))
        scale = max(abs(float(estimate.value)), 1e-3 * abs(float(value)))
        off = abs(found - float(estimate.value))
        error = float(estimate.error)
        eps = float(np.finfo(value.dtype).eps)
        if not error <= max(rtol, 2 * eps**0.5) * scale:
            inaccurate += 1
            continue
        tolerance = max(rtol, 512 * eps) * scale + 10 * error + 64 * eps * float(sum(terms))
        if not off <= tolerance:
            told = float(estimate.value)
            message = f"along a direction it gives {found:.10g}, differences {told:.10g}"
            return Finding("numeric", "mismatch", directions, ulps, message), tangents
        ulps = max(ulps, max(off - error, 0.0) / (eps * max(scale, 1e-300)))
    if inaccurate:
        message = f"differences are too inaccurate in {inaccurate} of {directions} directions"
        return Finding("numeric", "inconclusive", directions, ulps, message), []
    return Finding("numeric", "pass", directions, ulps), []


def _reach(p: Any, rng: np.random.Generator) -> Any:
    size = np.where(p == 0, 1, np.abs(p))
    return size * rng.uniform(0.25, 1, p.shape)


def _slope(f: Callable[..., Any], points: Sequence[Any], tangents: Sequence[Any]) -> Any:
    def line(h: float) -> Any:
        moved = [(p + h * t).astype(p.dtype) for p, t in zip(points, tangents, strict=True)]
        return np.asarray(f(*moved)).reshape(())

    return oracle.ridders(line)


def _explain(
    report: Report, f: Callable[..., Any], points: Sequence[Any], given: Any, tangents: Any
) -> None:
    """Add where the witnesses disagree, and the likely cause."""
    pulls: dict[str, Callable[[Any], Any]] = {"given": lambda w: [w[0] * g for g in given]}
    try:
        exact = ad.grad(f, argnums=tuple(range(len(points))))(*points)
        pulls["adkit"] = lambda w: [w[0] * g for g in exact]
    except Exception:  # not a function of plain NumPy
        report.notes.append("adkit cannot differentiate this function: differences judge alone")
    bound = [0.0]

    def numeric(v: Any) -> Any:
        estimate = _slope(f, points, v)
        bound[0] = float(estimate.error)
        return [estimate.value]

    witnesses = Witnesses(points, [np.float64(0)], {"numeric": numeric}, pulls)
    place = witnesses.locate(tangents, [np.float64(1)])
    if place is None:
        return
    names = [argument_name(f, i) for i in range(len(points))]
    entry = witnesses.entry(*place, names, 0.0)
    ordered = {name: entry.witnesses[name] for name in (*pulls, "numeric")}
    report.entry = type(entry)(entry.argument, entry.result, entry.at, ordered, bound[0])
    report.cause = likely_cause("given", witnesses.matrices(), "")
