"""What a step of a run is, beside the common calls of operations, and what is noted of it."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from adkit.pattern.recorded_calls import Inexact, exact, shaped
from adkit.pattern.traced import Call, Write

__all__ = ["Constant", "Derived", "Input", "Same", "Written", "copied", "told"]


class Input(NamedTuple):
    """A step that is an argument: so many elements, the first of which is the first column."""

    size: int
    first: int
    dtype: Any


class Constant(NamedTuple):
    """A step that depends on nothing."""

    size: int


class Same(NamedTuple):
    """A step that has the derivative of another one, and a value of its own."""

    entry: int


class Derived(NamedTuple):
    """A step that is result `k` of an operation, with the steps of its operands as entries."""

    call: Call
    y: Any
    k: int | None


class Written(NamedTuple):
    """A step that is an array after a write into it."""

    entry: int
    written: int | None
    write: Write
    size: int
    dtype: Any


def told(call: Call, k: int | None) -> Any:
    """Return all that the matrix of an operation depends on, but for the values of factors."""
    op = call.op
    operands: list[Any] = []
    try:
        for x, entry in zip(call.values, call.entries, strict=True):
            if entry is not None:
                operands.append(entry)
            elif isinstance(x, np.ndarray) and op.verb != "bilinear":
                operands.append(shaped(x))
            else:
                operands.append((exact(x),))
        rest = op.put(call.args, [None] * len(operands))
        return (op, *operands, (k, exact(rest), exact(call.kwargs)))
    except Inexact:  # then nobody knows what such an operation does
        return (op, "inexact")


def copied(x: Any) -> Any:
    """Return arguments that nobody writes into."""
    kind = type(x)
    if kind is tuple or kind is list:
        return kind(map(copied, x))
    if kind is dict:
        return {name: copied(value) for name, value in x.items()}
    return x.copy() if isinstance(x, np.ndarray) else x
