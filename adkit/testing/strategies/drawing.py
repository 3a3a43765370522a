"""Hypothesis' draws as the choices that `adkit.testing.draws` makes calls of, and refusals."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
from hypothesis import strategies as st

from adkit.common.errors import ArgumentError
from adkit.testing.draws import Draw

__all__ = ["as_strategy", "chooser", "drawing", "of_kind", "refused"]


def chooser(draw: st.DrawFn) -> Any:
    """Return a function of two bounds that lets Hypothesis choose a whole number."""
    return lambda low, high: draw(st.integers(low, high))


def drawing(draw: st.DrawFn, dtype: Any = np.float64) -> Draw:
    """Return a `Draw` whose choices Hypothesis makes, and shrinks."""
    return Draw(chooser(draw), dtype)


def as_strategy(value: Any) -> st.SearchStrategy[Any]:
    """Return a strategy as it is, and a strategy that gives nothing but anything else."""
    return value if isinstance(value, st.SearchStrategy) else st.just(value)


def of_kind(option: str, value: Any, kinds: Iterable[str]) -> None:
    """Refuse an option that is none of some names."""
    names = [*kinds]
    if value not in names:
        raise refused(f"{option} must be one of {', '.join(names)}, not {value!r}")


def refused(what: str, instead: str = "see its docstring for an example") -> ArgumentError:
    """Return the error for an option that makes no sense."""
    return ArgumentError("ADK106", what, instead=instead)
