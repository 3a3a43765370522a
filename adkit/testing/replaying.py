"""Seeing a failure again from a short text, without Hypothesis and without pickle."""

from __future__ import annotations

import base64
import io
import zlib
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from adkit.common.errors import ArgumentError
from adkit.common.targets import target
from adkit.testing.choices import Choices, decoded, encoded
from adkit.testing.reports import Report

__all__ = ["packed", "replay"]


def packed(
    f: Callable[..., Any],
    args: Sequence[Any],
    modes: Sequence[str],
    order: int,
    wrt: Any,
    directions: int,
    oracle: str,
    seed: int,
) -> str:
    """Return a check as text; empty if an argument is no number or array."""
    arrays: list[Any] = []
    for argument in args:
        if isinstance(argument, (bool, int, float)):
            arrays.append(argument)
        elif isinstance(argument, (np.ndarray, np.generic)) and argument.dtype.kind in "fciub":
            arrays.append(_text(argument))
        else:
            return ""
    module, name = getattr(f, "__module__", ""), getattr(f, "__qualname__", "")
    options = {"modes": list(modes), "order": order, "wrt": wrt, "oracle": oracle, "seed": seed}
    text = encoded(
        {"function": f"{module}:{name}", "args": arrays, "directions": directions, **options}
    )
    return text if len(text) <= 4000 else ""


def replay(text: str, f: Callable[..., Any] | None = None) -> Report:
    """Check again what a report was about, and return the new report.

    Parameters
    ----------
    text : str
        The text that a report shows after ``replay``.
    f : callable, optional
        The function, if it cannot be imported: one that was defined inside another.

    Returns
    -------
    Report
        What is found now; nothing is raised for a mismatch.

    Raises
    ------
    ArgumentError
        If the text is not one of a report, or the function cannot be imported.

    Examples
    --------
    >>> import numpy as np
    >>> from adkit import value
    >>> from adkit.testing import check_derivatives, replay
    >>> def area(r):
    ...     return np.pi * r * value(r)
    >>> found = check_derivatives(area, 2.0, raise_=False)
    >>> again = replay(found.replay, area)
    >>> again.verdict, again.findings == found.findings
    ('mismatch', True)
    """
    try:
        data = decoded(text)
    except (ValueError, zlib.error) as error:
        raise ArgumentError(
            "ADK725",
            "the text is not one that a report shows",
            instead="copy all that stands between the quotation marks",
        ) from error
    if "rule" in data:
        return _of_rule(data)
    from adkit.testing.checks import check_derivatives

    f = target(data["function"]) if f is None else f
    data.pop("function", None)
    args = [_array(x) if isinstance(x, dict) else x for x in data.pop("args")]
    wrt = data.pop("wrt")
    wrt = tuple(wrt) if isinstance(wrt, list) else wrt
    report: Report = check_derivatives(f, *args, wrt=wrt, raise_=False, **data)
    return report


def _of_rule(data: dict[str, Any]) -> Report:
    """Return what is found of one example of an operation."""
    from adkit.testing.rule_checks import examine_once

    return examine_once(data["rule"], data["law"], Choices(given=data["choices"]))


def _text(x: Any) -> dict[str, Any]:
    buffer = io.BytesIO()
    np.save(buffer, np.asarray(x), allow_pickle=False)
    data = base64.b85encode(buffer.getvalue()).decode()
    return {"npy": data, "scalar": isinstance(x, np.generic)}


def _array(data: dict[str, Any]) -> Any:
    x = np.load(io.BytesIO(base64.b85decode(data["npy"])), allow_pickle=False)
    return x[()] if data["scalar"] else x
