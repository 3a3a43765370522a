"""The witnesses of a subject: forward mode, reverse mode, and numbers that never met adkit."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

import adkit as ad
from adkit.testing.draws import flat
from adkit.testing.judging import as_result, reference
from adkit.testing.laws.first_order import differences
from adkit.testing.reports import Entry
from adkit.testing.subjects import Subject
from adkit.testing.witnesses import Witnesses

__all__ = ["witnesses_of"]


def witnesses_of(
    call: Subject, modes: tuple[str, ...] = ("forward", "reverse"), names: Any = None
) -> tuple[Entry | None, dict[str, Any] | None]:
    """Return where the witnesses disagree, and the Jacobian of each where it is small.

    None stands for what cannot be had: they agree, or one of them cannot be asked.
    """
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        try:
            return _disagreement(call, modes, names)
        except Exception:  # a rule that is wrong enough raises anything, as the law has reported
            return None, None


def _disagreement(
    call: Subject, modes: tuple[str, ...], names: Any
) -> tuple[Entry | None, dict[str, Any] | None]:
    primals = [reference(x) for x in call.primals]
    values = call.function(*primals)
    error = [0.0]

    def numeric(tangents: Any) -> Any:
        estimates, _, _ = differences(call, tangents)
        error[0] = max((float(np.max(e.error, initial=0)) for e in estimates), default=0.0)
        return [e.value for e in estimates]

    def forward(tangents: Any) -> Any:
        return flat(ad.jvp(call.function, call.primals, tuple(tangents))[1])

    def reverse(cotangents: Any) -> Any:
        return ad.vjp(call.function, *call.primals)[1](as_result(cotangents, values))

    pushes: dict[str, Callable[[Any], Any]] = {"forward": forward, "numeric": numeric}
    pulls: dict[str, Callable[[Any], Any]] = {"reverse": reverse}
    witnesses = Witnesses(
        primals,
        flat(values),
        {name: push for name, push in pushes.items() if name in (*modes, "numeric")},
        {name: pull for name, pull in pulls.items() if name in modes},
    )
    names = names or [f"argument {i}" for i in range(len(primals))]
    place = witnesses.locate(call.tangents(), call.cotangents(values))
    if place is None:
        return None, None
    entry = witnesses.entry(*place, names, 0.0)
    numeric(call.tangents())
    numbers = entry.witnesses
    bound = error[0]
    apart = np.max([abs(a - b) for a in numbers.values() for b in numbers.values()])
    if apart <= 1e3 * bound + 1e-12 * max(abs(a) for a in numbers.values()):
        return None, witnesses.matrices()  # not if a number is nan
    order: tuple[str, ...] = ("forward", "reverse", "numeric")
    ordered = {name: numbers[name] for name in order if name in numbers}
    return Entry(entry.argument, entry.result, entry.at, ordered, bound), witnesses.matrices()
