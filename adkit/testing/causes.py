"""What is likely wrong with a rule, read off the Jacobian that it gives and the true one."""

from __future__ import annotations

from typing import Any

import numpy as np

__all__ = ["likely_cause"]


def likely_cause(odd: str, matrices: dict[str, Any] | None, message: str) -> str:
    """Return the likely cause of a mismatch, nothing if none stands out.

    Parameters
    ----------
    odd : str
        The witness that is wrong; empty if that is not clear.
    matrices : dict of arrays or None
        The Jacobian of each witness, where it is small.
    message : str
        What the law says.
    """
    several = len({np.shape(J) for J in matrices.values()}) if matrices else 0
    if several != 1 or not matrices or message.startswith("not linear"):
        return _of_message(message)
    shared = odd not in matrices or odd == "numeric"  # adkit's own witnesses agree
    true = "numeric" if "numeric" in matrices else next(n for n in matrices if n != odd)
    others = [name for name in matrices if name != true]
    gaps = {name: np.max(np.abs(matrices[name] - matrices[true])) for name in others}
    wrong = max(others, key=lambda name: np.nan_to_num(gaps[name], nan=np.inf)) if shared else odd
    cause = _of_matrices(matrices[wrong], matrices[true]) or _of_message(message)
    both = cause and odd == "numeric"
    return f"{cause}, in what both modes share or hidden by adkit.value" if both else cause


def _of_matrices(wrong: Any, true: Any) -> str:
    """Return what makes one matrix of the other."""
    with np.errstate(all="ignore"):
        if not np.all(np.isfinite(wrong)):
            return "the rule gives nan or inf here: an overflow, or a division by zero"
        relative = np.max(np.abs(wrong - true)) / np.max(np.abs(true))
        if relative < 1e-3:
            return _few_digits(relative)
        if not np.any(wrong):
            return "the derivative is lost: a constant, adkit.value or a cast in the rule"
        if _close(wrong, np.conj(true)):
            return "a conjugate too many or too few"
        apart = np.abs(wrong - true) > 1e-6 * np.max(np.abs(true))
        square = wrong.shape[0] == wrong.shape[1]
        if square and _close(wrong, true.T) and not _close(wrong, -true):
            return "a missing transpose"
        if np.all(wrong[apart] == 0):
            return _missing(true, apart)
        some = "" if np.all(apart | (true == 0)) else ", in some entries"
        factor = np.vdot(true[apart], wrong[apart]) / np.vdot(true[apart], true[apart])
        if _close(wrong[apart], factor * true[apart]) and abs(factor - 1) > 1e-3:
            if abs(factor + 1) < 1e-6:
                return f"a sign{some}"
            return f"a factor: it is {np.real_if_close(factor):.6g} times the true value{some}"
        if np.count_nonzero(apart) < np.count_nonzero(true):
            return "wrong at some values only: a special value, a clipped range or an overflow"
    return ""


def _few_digits(relative: float) -> str:
    """Return what is said of a small relative error; nothing of rounding."""
    if relative < 1e-11:
        return ""
    return (
        f"few right digits (relative error {relative:.1e}): single precision, a rounded "
        "constant, or cancellation"
    )


def _missing(true: Any, apart: Any) -> str:
    """Return why entries are zero that should not be."""
    if np.any(np.count_nonzero(true, axis=0)[np.any(apart, axis=0)] > 1):
        return (
            "contributions to a number that is used more than once are overwritten, not "
            "accumulated, or a term is missing"
        )
    return "a term is missing: some entries are zero that are not"


def _close(a: Any, b: Any) -> bool:
    return bool(np.all(np.abs(a - b) <= 1e-6 * np.max(np.abs(b), initial=0)))


def _of_message(message: str) -> str:
    """Return what a law's own words point at."""
    for words, cause in (
        (
            "not linear",
            "the rule is not linear in its seed: clipping, a branch, a stale buffer",
        ),
        ("of zero gives", "the rule adds something that does not depend on the seed"),
        ("two runs differ", "the rule keeps something between calls, or draws random numbers"),
        ("the sum of two calls", "the rule writes into an array that it does not own"),
        ("read-only", "the rule writes into an array that it was given, or returns a view"),
        ("shares its memory", "the rule returns an array that it was given"),
        ("what it pairs with", "a missing un-broadcast: sum over the axes that were broadcast"),
        ("what it belongs to", "the rule changes shape or dtype: an un-broadcast or a cast"),
        ("direction", "the rule counts axes from the front; directions lead, count from the end"),
    ):
        if words in message:
            return cause
    return ""
