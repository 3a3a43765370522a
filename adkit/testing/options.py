"""Options that several checks take."""

from __future__ import annotations

import numbers
from typing import Any

from adkit.common.errors import ArgumentError

__all__ = ["check_count"]


def check_count(name: str, count: Any) -> None:
    """Refuse a number of examples or directions that would check nothing.

    Raises
    ------
    ArgumentError
        If it is no positive int.
    """
    if isinstance(count, bool) or not isinstance(count, numbers.Integral) or count < 1:
        raise ArgumentError(
            "ADK106",
            f"{name} must be a positive int, not {count!r}",
            instead=f"leave it out for the default, or pass more, as in {name}=5",
        )
