"""Strategies for Hypothesis."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from adkit.common.registry import Operation
from adkit.testing.sampling import Call, draw_call


@st.composite
def calls(draw: Any, operation: Operation, *, half: bool = False) -> Call:
    """Draw calls of an operation."""
    return draw_call(lambda low, high: draw(st.integers(low, high)), operation, half=half)
