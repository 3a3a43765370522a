"""Bilinear operations that treat each slice along an axis alone, so that sums pass through them.

Each row of ``x @ y`` is made of the same row of `x`. So the cotangent of `x`, where only its sum
over rows is wanted, is the product of `y` with the sum of the cotangent's rows.
"""

from __future__ import annotations

from typing import Any

__all__ = ["axes_of", "slicewise"]

_axes: dict[Any, tuple[int, int]] = {}


def slicewise(function: Any, left: int, right: int) -> None:
    """Say that a declared function treats slices of its operands alone.

    Parameters
    ----------
    function : callable
        A bilinear one.
    left, right : int
        The axis of each operand, counted from the end, along which it does, where the result has
        as many axes as the operand; the axis of the result is the same.
    """
    _axes[function] = left, right


def axes_of(function: Any) -> tuple[int, int] | None:
    """Return the axes that were declared, None if there are none."""
    return _axes.get(function)
