"""The programs that are differentiated: chains of elementwise operations.

Every chain is elementwise, so its Jacobian is diagonal and its derivatives can be written by
hand as a recurrence.  That recurrence is the reference for all tools.
"""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType
from typing import Any, NamedTuple

import numpy as np

SCALE = 0.9
SHIFT = 0.1
CYCLE = 4  # operations in one turn of either chain


class ByHand(NamedTuple):
    """Value and elementwise derivatives of a chain, from a hand-written recurrence."""

    value: np.ndarray
    first: np.ndarray
    second: np.ndarray


class Chain(NamedTuple):
    """A chain: ``build(library, length)`` gives the function, ``by_hand`` its derivatives.

    A chain takes ``sin`` and ``tanh`` from the library (such as ``numpy``), and nothing else.
    ``push(x0, tangent, length)`` and ``pull(x0, cotangent, length)`` are both modes written out
    in NumPy: what remains when a library costs nothing.
    """

    name: str
    build: Callable[[ModuleType, int], Callable[[Any], Any]]
    by_hand: Callable[[Any, int], ByHand]
    push: Callable[[Any, Any, int], tuple[Any, Any]]
    pull: Callable[[Any, Any, int], tuple[Any, Any]]


def turns(length: int) -> int:
    """Return how often a chain of ``length`` operations goes round its cycle of four."""
    if length < CYCLE or length % CYCLE:
        raise ValueError(f"a chain has a positive multiple of {CYCLE} operations, not {length}")
    return length // CYCLE


def mixed(library: ModuleType, length: int) -> Callable[[Any], Any]:
    """Return ``f`` with the operations ``x*c, sin, x+x0, tanh`` in turn."""
    sin, tanh, count = library.sin, library.tanh, turns(length)

    def f(x0: Any) -> Any:
        x = x0
        for _ in range(count):
            x = x * SCALE
            x = sin(x)
            x = x + x0
            x = tanh(x)
        return x

    return f


def operators(library: ModuleType, length: int) -> Callable[[Any], Any]:
    """Return ``f`` with the operations ``x*c, x+x0, x-c, x*x0`` in turn (no function calls)."""
    count = turns(length)

    def f(x0: Any) -> Any:
        x = x0
        for _ in range(count):
            x = x * SCALE
            x = x + x0
            x = x - SHIFT
            x = x * x0
        return x

    return f


def mixed_by_hand(x0: Any, length: int) -> ByHand:
    """Differentiate :func:`mixed` twice by hand."""
    x0 = np.asarray(x0, dtype=float)
    x, d, h = x0, np.ones_like(x0), np.zeros_like(x0)
    for _ in range(turns(length)):
        x, d, h = SCALE * x, SCALE * d, SCALE * h
        x, d, h = np.sin(x), np.cos(x) * d, np.cos(x) * h - np.sin(x) * d**2
        x, d = x + x0, d + 1.0
        x = np.tanh(x)
        slope = 1.0 - x**2
        d, h = slope * d, slope * h - 2.0 * x * slope * d**2
    return ByHand(x, d, h)


def operators_by_hand(x0: Any, length: int) -> ByHand:
    """Differentiate :func:`operators` twice by hand."""
    x0 = np.asarray(x0, dtype=float)
    x, d, h = x0, np.ones_like(x0), np.zeros_like(x0)
    for _ in range(turns(length)):
        x, d, h = SCALE * x + x0 - SHIFT, SCALE * d + 1.0, SCALE * h
        x, d, h = x * x0, d * x0 + x, h * x0 + 2.0 * d
    return ByHand(x, d, h)


def mixed_push(x0: Any, tangent: Any, length: int) -> tuple[Any, Any]:
    """Write out forward mode on :func:`mixed`."""
    x, t = x0, tangent
    for _ in range(turns(length)):
        x, t = x * SCALE, t * SCALE
        x, t = np.sin(x), t * np.cos(x)
        x, t = x + x0, t + tangent
        x = np.tanh(x)
        t = t * (1.0 - x * x)
    return x, t


def mixed_pull(x0: Any, cotangent: Any, length: int) -> tuple[Any, Any]:
    """Write out reverse mode on :func:`mixed`."""
    x, kept = x0, []
    for _ in range(turns(length)):
        angle = x * SCALE
        x = np.tanh(np.sin(angle) + x0)
        kept.append((angle, x))
    ct, shared = cotangent, 0.0
    for angle, ans in reversed(kept):
        ct = ct * (1.0 - ans * ans)
        shared = shared + ct
        ct = ct * np.cos(angle) * SCALE
    return x, ct + shared


def operators_push(x0: Any, tangent: Any, length: int) -> tuple[Any, Any]:
    """Write out forward mode on :func:`operators`."""
    x, t = x0, tangent
    for _ in range(turns(length)):
        x, t = x * SCALE + x0 - SHIFT, t * SCALE + tangent
        x, t = x * x0, t * x0 + x * tangent
    return x, t


def operators_pull(x0: Any, cotangent: Any, length: int) -> tuple[Any, Any]:
    """Write out reverse mode on :func:`operators`."""
    x, kept = x0, []
    for _ in range(turns(length)):
        factor = x * SCALE + x0 - SHIFT
        x = factor * x0
        kept.append(factor)
    ct, shared = cotangent, 0.0
    for factor in reversed(kept):
        shared = shared + ct * factor
        ct = ct * x0
        shared = shared + ct
        ct = ct * SCALE
    return x, ct + shared


MIXED = Chain("mixed", mixed, mixed_by_hand, mixed_push, mixed_pull)
OPERATORS = Chain("operators", operators, operators_by_hand, operators_push, operators_pull)


def point(size: int | None) -> Any:
    """Return where chains are differentiated: a Python float, or an array of ``size``."""
    return 0.7 if size is None else np.linspace(0.1, 0.9, size)


def seed(size: int | None) -> Any:
    """Return the tangent or cotangent: 1.0 for a float, else ``size`` different weights."""
    return 1.0 if size is None else np.linspace(1.0, 2.0, size)
