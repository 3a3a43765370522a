"""Nodes whose values are computed when they are asked for, which mostly nobody does.

A sweep back over the derivative of a function along a tangent, the product of its Hessian with
that, records the tangents. Most of their values serve no purpose: what is added up and multiplied
by constants to the derivative of the result along the tangent has partial derivatives that need
no values. Of ``sum(100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2)`` these are five of seven;
without them the product takes a fifth less time on 100,000 elements. So tangents enter such a
recording as `Deferred` Nodes. An operation on one records what an ordinary Node would, but for
values that its pull needs; whatever is not foreseen here takes the value, by which a Deferred
Node becomes an ordinary one.
"""

from __future__ import annotations

from collections.abc import Callable
from sys import getrefcount
from typing import Any, ClassVar

import numpy as np
from numpy import float64, ndarray

from adkit.common.dispatch import apply
from adkit.common.operators import install_operators, operate
from adkit.common.ops.indexing import getitem, is_basic
from adkit.common.registry import INFIX, Operation
from adkit.common.shapes import Like, Shape, from_end
from adkit.common.specialise import names_needed
from adkit.reverse.keeping import keep
from adkit.reverse.node import Node
from adkit.reverse.tape import Cotangents, Entry, Tape, accumulate, next_serial

#: So many operations are put off, each of the result of the one before.
_DEEPEST = 32


class Pending:
    """A value that is computed when it is asked for.

    Attributes
    ----------
    shape, strides, dtype
        Those of the value.
    depth : int
        How many operations are put off, at most, of which each needs the one before.
    """

    __slots__ = ("_function", "_operands", "_value", "depth", "dtype", "shape", "strides")

    def __init__(
        self, function: Callable[..., Any], operands: tuple[Any, ...], like: Any, shape: Shape
    ) -> None:
        self._function: Callable[..., Any] | None = function
        self._operands = operands
        self._value: Any = None
        self.dtype: np.dtype[Any] = like.dtype
        self.shape = shape
        self.strides: Shape = like.strides if shape else ()
        self.depth: int = 1
        for x in operands:
            if type(x) is Pending and x.depth >= self.depth:
                self.depth = x.depth + 1
        if self.depth > _DEEPEST:
            self.get()

    @classmethod
    def known(cls, value: Any) -> Pending:
        """Return a value that is known."""
        found = cls.__new__(cls)
        found._function, found._operands, found._value = None, (), value
        found.dtype, found.shape, found.strides = value.dtype, value.shape, value.strides
        found.depth = 0
        return found

    def get(self) -> Any:
        """Return the value."""
        function = self._function
        if function is not None:
            values, room = [], None
            for x in self._operands:
                if type(x) is Pending:
                    is_new = x.depth > 0 and getrefcount(x) <= _ALONE
                    x = x.get()
                    room = x if is_new and type(x) is ndarray else room
                values.append(x)
            if room is not None and function in _INTO:
                self._value = _INTO[function](*values, out=room)
            else:
                self._value = function(*values)
            self._function, self._operands, self.depth = None, (), 0
        return self._value


#: Functions whose results may go into an operand that was computed for them.
_INTO: dict[Any, Any] = {
    function: ufunc
    for symbol, ufunc in (("+", np.add), ("-", np.subtract), ("*", np.multiply))
    for function in (ufunc, INFIX[symbol])
}


def _count_alone() -> int:
    """Return the count of references that `Pending.get` sees of an operand it alone holds."""
    operands = (Pending.known(np.empty(1)),)
    for x in operands:
        return getrefcount(x)
    return 0


_ALONE = _count_alone()


class Deferred(Node):
    """A Node whose value is computed when it is asked for; then it is an ordinary one.

    Attributes
    ----------
    value : array
    alive : Pending
        The value to come.
    """

    __slots__ = ()

    calls: ClassVar[dict[Any, Callable[..., Any]]] = {}
    is_deferred: ClassVar[bool] = True

    alive: Pending

    @classmethod
    def of(cls, pending: Pending, entry: Entry | None, level: Tape) -> Deferred:
        """Return a Node for a value to come; without an entry it is a constant."""
        node = cls.__new__(cls)
        node.alive = pending
        node.entry = entry
        node.level = level
        return node

    @classmethod
    def constant(cls, value: Any, level: Tape) -> Any:
        """Return an array as a constant of a level, other values as they are."""
        if type(value) is not ndarray or value.dtype.char not in "fd":
            return value
        return cls.of(Pending.known(value), None, level)

    @property
    def value(self) -> Any:
        """The value, from now on."""
        value = self.alive.get()
        self.value = value
        return value

    @value.setter
    def value(self, value: Any) -> None:
        self.__class__ = Node  # type: ignore[assignment]
        self.value = value
        del self.alive

    @property
    def shape(self) -> Shape:
        """Lengths of the axes."""
        return self.alive.shape

    @shape.setter
    def shape(self, shape: Any) -> None:
        self.value = self.alive.get()  # an ordinary Node from here on
        self.shape = shape

    @property
    def ndim(self) -> int:
        """Number of axes."""
        return len(self.alive.shape)

    @property
    def size(self) -> int:
        """Number of elements."""
        return Like(self.alive).size

    @property
    def dtype(self) -> np.dtype[Any]:
        """Type of the elements."""
        return self.alive.dtype

    @property
    def strides(self) -> Shape:
        """Bytes to step along each axis."""
        return self.alive.strides

    @classmethod
    def specialise(cls, op: Operation) -> Callable[..., Any] | None:
        """Return code that puts an operation off."""
        if op.verb == "elementwise" and len(op.partials) <= 2 and None not in op.partials:
            return _elementwise(op)
        if op.function is getitem:
            return lambda a, index: _part(op, a, index)
        if op.function is np.sum:
            return lambda a, *args, **kwargs: _total(op, a, *args, **kwargs)
        return None


def _elementwise(op: Operation) -> Callable[..., Any] | None:
    """Return code that records what an ordinary Node would: its pulls are of that."""
    code = Node.specialise(op)
    assert code is not None
    pulls, function = code.__globals__, op.function
    if len(op.partials) == 1:
        only = pulls["pull"], names_needed(op, 0)
        if "ans" in only[1]:
            return None
        return lambda a: _put_off(function, only, a.level, a.alive, (a.entry,), a.alive)
    left = pulls["pull_left"], names_needed(op, 0)
    right = pulls["pull_right"], names_needed(op, 1)
    both = pulls["pull_both"], names_needed(op, 0, 1)

    def call(a: Any, b: Any) -> Any:
        known = a if type(a) is Deferred else b
        level, like = known.level, known.alive
        p, x = _operand(a, level)
        q, y = _operand(b, level)
        way = left if q is None else right if p is None else both
        if "ans" in way[1] or not (_fits(x, like) and _fits(y, like)):
            return operate(op, (a, b))
        return _put_off(function, way, level, like, (p, q), x, y)

    return call


def _put_off(
    function: Callable[..., Any],
    way: tuple[Callable[..., None], list[str]],
    level: Tape,
    like: Pending,
    parents: tuple[Entry | None, ...],
    *operands: Any,
) -> Any:
    """Record an operation by its pull and the names of what that needs; of constants, compute."""
    pull, needed = way
    entry = [next_serial(), None, pull, *[parent for parent in parents if parent is not None]]
    if len(entry) == _WITHOUT_PARENTS:
        value = function(*map(_known, operands))
        return Deferred.of(Pending.known(value), None, level)
    entry += [_known(operands[name == "y"]) for name in needed]
    level.append(entry)
    return Deferred.of(Pending(function, operands, like, like.shape), entry, level)


_WITHOUT_PARENTS = 3


def _operand(x: Any, level: Tape) -> tuple[Entry | None, Any]:
    """Return the entry and the value of an operand; None for a value that is not foreseen."""
    kind = type(x)
    if kind is Deferred:
        return (x.entry, x.alive) if x.level is level else (None, None)
    if kind is Node:
        mine = x.level is level and x.entry is not None and type(x.value) is ndarray
        return (x.entry, x.value) if mine else (None, None)
    return None, keep(x, level) if kind is ndarray else x


def _fits(x: Any, like: Pending) -> bool:
    """Return whether an operand neither broadcasts nor is cast."""
    kind = type(x)
    if kind is Pending or kind is ndarray:
        return x.shape == like.shape and x.dtype is like.dtype
    return kind is float or kind is int or (kind is float64 and x.dtype is like.dtype)


def _known(x: Any) -> Any:
    return x.get() if type(x) is Pending else x


def _part(op: Operation, a: Any, index: Any) -> Any:
    """Return a basic part of a constant; of others the value is taken."""
    if type(a) is Deferred and a.entry is None and is_basic(index):
        part = a.alive.get()[index]
        if type(part) is ndarray:
            return Deferred.of(Pending.known(part), None, a.level)
    return apply(op, (a, index), {})


def _total(op: Operation, a: Any, *args: Any, **kwargs: Any) -> Any:
    """Return the sum of all elements."""
    plain = not args and kwargs.keys() <= {"axis", "dtype", "keepdims"}
    if (
        type(a) is not Deferred
        or a.entry is None
        or not plain
        or kwargs.get("dtype") is not None
        or kwargs.get("keepdims", False) is not False
        or len(from_end(kwargs.get("axis"), a.ndim)) != a.ndim
    ):
        return apply(op, (a, *args), kwargs)
    entry = [next_serial(), None, _pull_total, a.entry, op, Like(a)]
    a.level.append(entry)
    return Deferred.of(Pending(np.sum, (a.alive,), a, ()), entry, a.level)


def _pull_total(ct: Any, entry: Entry, cotangents: Cotangents) -> None:
    """Pull the cotangent of a sum of all elements back."""
    _, _, _, parent, op, x = entry
    accumulate(cotangents, parent, op.pulls[0](ct, x))


install_operators(Deferred)
