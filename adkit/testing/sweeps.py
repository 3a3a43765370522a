"""Sweeps of either mode, of one direction or several."""

from collections.abc import Callable
from typing import Any

from adkit.forward import pushforward
from adkit.reverse.pullback import Recording
from adkit.testing.subjects import Subject

__all__ = ["seeds_of", "sweeper"]


def seeds_of(mode: str, call: Subject, values: Any, *lead: int) -> Any:
    """Return seeds for a mode, of many directions where `lead` says so."""
    return call.tangents(*lead) if mode == "forward" else call.cotangents(tuple(values), *lead)


def sweeper(mode: str, function: Any, leaves: Any) -> Callable[[Any, int | None], Any]:
    """Return what pushes or pulls seeds, some directions at a time, at a point."""
    if mode == "reverse":
        return Recording(function, leaves).pull
    return lambda seeds, count: pushforward(function, leaves, seeds, count)[1]
