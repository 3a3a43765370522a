"""Weights as formulas: what is multiplied, added and selected, before any number is known.

A `Weight` is ``scale * node + offset``. Scales and offsets are known when a formula is made, so
numbers that follow each other in a function come together; equal nodes are one.
"""

from __future__ import annotations

from hashlib import blake2b
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

__all__ = ["Affine", "Formulas", "Leaf", "Plus", "Taken", "Times", "Weight"]

Array = NDArray[Any]

#: Scales that may come after a product instead of before: neither under- nor overflow is near.
_TAME = 1e8


class Leaf(NamedTuple):
    """What is read off a step of a function: partial `i` of it, or else operand `i` itself."""

    step: int
    i: int
    is_partial: bool


class Taken(NamedTuple):
    """Elements of a node; `places` is the name of an array."""

    node: int
    places: bytes


class Times(NamedTuple):
    """The product of two nodes."""

    first: int
    second: int


class Plus(NamedTuple):
    """The sum of two scaled nodes; scales are numbers or names of arrays."""

    first: int
    scale: Any
    second: int
    other_scale: Any


class Affine(NamedTuple):
    """A scaled node and an offset; both are numbers or names of arrays."""

    node: int
    scale: Any
    offset: Any


class Formulas:
    """All nodes of the derivatives of a function.

    Attributes
    ----------
    nodes : list
        Operands come before what is made of them.
    arrays : dict
        Indices, scales and offsets, by their digests.
    """

    def __init__(self) -> None:
        self.nodes: list[Any] = []
        self.arrays: dict[bytes, Array] = {}
        self._numbers: dict[Any, int] = {}

    def node(self, made: Any) -> int:
        """Return the number of a node."""
        number = self._numbers.setdefault((type(made), made), len(self.nodes))
        if number == len(self.nodes):
            self.nodes.append(made)
        return number

    def name(self, x: Any) -> Any:
        """Return a number as it is, and the name of an array."""
        if not isinstance(x, np.ndarray):
            return float(x)
        x = np.ascontiguousarray(x)
        digest = blake2b(x.dtype.str.encode() + x.tobytes(), digest_size=16).digest()
        self.arrays.setdefault(digest, x)
        return digest

    def leaf(self, step: int, i: int, *, is_partial: bool) -> Weight:
        """Return what is read off a step."""
        return Weight(self, self.node(Leaf(step, i, is_partial)), 1.0, 0.0)


class Weight:
    """A vector by its formula: ``scale * node + offset``."""

    __slots__ = ("formulas", "node", "offset", "scale")

    #: Arrays leave operations with weights to these.
    __array_ufunc__ = None

    def __init__(self, formulas: Formulas, node: int, scale: Any, offset: Any) -> None:
        self.formulas, self.node, self.scale, self.offset = formulas, node, scale, offset

    def take(self, index: Array) -> Weight:
        """Return some of the elements."""
        of, node = self.formulas, self.node
        scale, offset = (x[index] if _is_array(x) else x for x in (self.scale, self.offset))
        made = of.nodes[node]
        if isinstance(made, Taken):
            node, index = made.node, of.arrays[made.places][index]
        return Weight(of, of.node(Taken(node, of.name(index))), scale, offset)

    def __mul__(self, other: Any) -> Weight:
        if isinstance(other, Weight):
            first, second = self._factor(), other._factor()
            node = self.formulas.node(Times(first.node, second.node))
            return Weight(self.formulas, node, first.scale * second.scale, 0.0)
        if np.ndim(other) == 0 and other == 1:
            return self
        own = self if _is_tame(self.scale) and _is_tame(other) else self._settled()
        return Weight(self.formulas, own.node, own.scale * other, own.offset * other)

    __rmul__ = __mul__

    def __add__(self, other: Any) -> Weight:
        of = self.formulas
        if not isinstance(other, Weight):
            return Weight(of, self.node, self.scale, self.offset + other)
        offset = self.offset + other.offset
        if self.node == other.node:
            return Weight(of, self.node, self.scale + other.scale, offset)
        scales = of.name(self.scale), of.name(other.scale)
        node = of.node(Plus(self.node, scales[0], other.node, scales[1]))
        return Weight(of, node, 1.0, offset)

    __radd__ = __add__

    def _factor(self) -> Weight:
        """Return the same without offset, and with a scale that may wait."""
        plain = not _is_array(self.offset) and self.offset == 0
        return self if plain and _is_tame(self.scale) else self._settled()

    def _settled(self) -> Weight:
        """Return the same as a node."""
        of = self.formulas
        made = Affine(self.node, of.name(self.scale), of.name(self.offset))
        if made[1:] == (1.0, 0.0):
            return self
        return Weight(of, of.node(made), 1.0, 0.0)


def _is_array(x: Any) -> bool:
    return isinstance(x, np.ndarray)


def _is_tame(scale: Any) -> bool:
    """Return whether all numbers are zero or of moderate size."""
    sizes = np.abs(scale)
    return bool(np.all((sizes == 0) | ((sizes <= _TAME) & (sizes >= 1 / _TAME))))
