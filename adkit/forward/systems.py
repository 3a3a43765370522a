"""Operations that solve a linear system, recognised by what their rules read.

Let ``y = f(a, b)`` be declared by the rules ``f(a, t)`` for `b` and ``f(a, K(t, y))`` for `a`,
where K is linear in both and reads neither `a` nor `b`; of ``solve(a, b)``, K is
``-(t @ y)``. Then ``y' = f(a, b' + K(a', y))``, so that ``f(a, .)`` inverts a matrix H with
``H' = -K(a', .)``, and ``H y = b``. Coefficient k of `y` is then

    f(a_0, b_k + K(a_1, y_(k-1)) + ... + K(a_k, y_0)),

whatever sign and shape the rules give a solution, and needs the operation at ``a_0`` alone.
The rule as it stands would ask for solutions of other systems, and these for others, of which
there are twice as many with each order.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, ClassVar

import numpy as np

from adkit.common.levels import Level, is_traced
from adkit.common.linearisation import is_active, push
from adkit.common.operators import COMPARISONS, install_operators
from adkit.common.registry import Operation
from adkit.common.shapes import dtype_of
from adkit.common.tracer import Tracer

#: What may be asked of an operand that is not read.
_QUERIES = (np.shape, np.ndim, np.size)


def recognised(
    op: Operation, ans: Any, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> System | None:
    """Return the system that an operation solves at a point, None if its rules say no such thing.

    Parameters
    ----------
    op : Operation
    ans, args, kwargs
        Its result and arguments, at ``t = 0``.
    """
    operands = op.take(args)
    count = len(operands)
    if op.verb != "general" or op.joint or isinstance(ans, tuple) or count < 2:
        return None
    if not all(is_active(op, i) and _is_array(x) for i, x in enumerate(operands)):
        return None
    for right in reversed(range(count)):
        system = System(op, ans, args, kwargs, right)
        try:
            with np.errstate(all="ignore"):
                if all(map(system.is_solved_by, range(count))):
                    return system
        except _ReadsMore:
            pass
    return None


def _is_array(x: Any) -> bool:
    return isinstance(x, (np.ndarray, np.generic)) or is_traced(x)


class System:
    """An operation that solves a linear system, at a point.

    Attributes
    ----------
    right : int
        Which operand is the right-hand side.
    """

    def __init__(
        self, op: Operation, ans: Any, args: tuple[Any, ...], kwargs: dict[str, Any], right: int
    ) -> None:
        self.op, self.ans, self.args, self.kwargs = op, ans, args, kwargs
        self.right = right
        self._solutions: dict[int, Any] = {}

    def _at(self, level: _Point) -> tuple[Any, ...]:
        """Return the arguments, with operands that refuse to be read."""
        held = [_Held(x, None, level) for x in self.op.take(self.args)]
        return self.op.put(self.args, held)

    def is_solved_by(self, i: int) -> bool:
        """Return whether the rule of an operand is of the form above: it solves, and no more.

        Raises
        ------
        _ReadsMore
            If it reads an operand, or is not linear.
        """
        level = _Point(self, _TANGENT if i == self.right else _TANGENT | _RESULT)
        t = _Held(self.op.take(self.args)[i], _TANGENT, level)
        ans = _Held(self.ans, _RESULT, level)
        found = push(self.op, [(i, t)], ans, self._at(level), self.kwargs)
        self._solutions[i] = np.shape(level.solution), dtype_of(level.solution)
        once = level.solved == 1 and isinstance(found, _Held)
        return once and found.names == _SOLUTION

    def push_all(self, i: int, pairs: Sequence[tuple[Any, Any]]) -> Any:
        """Return the sum of what the rule of an operand makes of tangents and results.

        The system is solved once, for the sum of the right-hand sides.
        """
        level = _Point(self, None)
        level.solution = np.zeros(*self._solutions[i])
        args = self._at(level)
        for number, (t, ans) in enumerate(pairs, 1):
            level.last = number == len(pairs)
            found = push(self.op, [(i, t)], ans, args, self.kwargs)
        return found


class _ReadsMore(Exception):
    """A rule reads more than it does of a linear system."""


_TANGENT = frozenset(["t"])
_RESULT = frozenset(["ans"])
_SOLUTION = frozenset(["solution"])


class _Point(Level):
    """The place of a system where a rule runs.

    Attributes
    ----------
    solved : int
        How often the rule called the operation.
    last : bool
        Whether the system is solved now, for all right-hand sides so far.
    names : frozenset of str or None
        In what the right-hand side has to be linear; None where the rule is known to be right.
    solution : array
        That of the last call; what stands for it until then.
    """

    __slots__ = ("last", "names", "solution", "solved", "system", "total")

    def __init__(self, system: System, names: frozenset[str] | None) -> None:
        super().__init__()
        self.system = system
        self.names = names
        self.solved = 0
        self.last = True
        self.total: Any = None
        self.solution: Any = None

    def solve(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """Call the operation in its own rule: with the same arguments but one."""
        op, system = self.system.op, self.system
        right = system.right
        if self._changed(args, kwargs) != right:
            raise _ReadsMore
        self.solved += 1
        side = op.take(args)[right]
        if self.names is not None:
            if not isinstance(side, _Held) or side.names != self.names:
                raise _ReadsMore
            side = side.value
        self.total = side if self.total is None else self.total + side
        if not self.last:
            return self.solution
        operands = list(op.take(system.args))
        operands[right] = self.total
        self.solution = op.function(*op.put(system.args, operands), **kwargs)
        return self.solution if self.names is None else _Held(self.solution, _SOLUTION, self)

    def _changed(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> int:
        """Return which operand is not that of the system.

        Raises
        ------
        _ReadsMore
            If others are not, or options differ.
        """
        system = self.system
        given, mine = system.op.take(args), system.op.take(system.args)
        rest = [*args[len(given) :], *kwargs.items()]
        known = [*system.args[len(mine) :], *system.kwargs.items()]
        changed = [i for i, x in enumerate(given) if not _is_operand(x, mine[i])]
        if len(changed) != 1 or len(rest) != len(known) or not all(map(_is_same, rest, known)):
            raise _ReadsMore
        return changed[0]


def _is_same(x: Any, y: Any) -> bool:
    """Return whether two options, or pairs of name and option, are the same objects."""
    if type(x) is tuple is type(y) and len(x) == len(y):
        return all(map(_is_same, x, y))
    return x is y


def _is_operand(x: Any, operand: Any) -> bool:
    return isinstance(x, _Held) and x.names is None and x.value is operand


class _Held(Tracer):
    """What a rule is given: an operand, which refuses to be read, or a part of the result.

    Attributes
    ----------
    names : frozenset of str or None
        In which of ``t``, ``ans`` and the solution this is linear; None of an operand.
    """

    __slots__ = ("names",)

    calls: ClassVar[dict[Any, Callable[..., Any]]] = {}
    level: _Point

    def __init__(self, value: Any, names: frozenset[str] | None, level: _Point) -> None:
        self.value = value
        self.names = names
        self.level = level

    def __repr__(self) -> str:
        return f"_Held({self.value!r}, {self.names})"

    @classmethod
    def specialise(cls, op: Operation) -> Callable[..., Any] | None:
        """Return no code: rules run once or twice."""
        return None

    def propagate(self, op: Operation, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """Apply an operation of a rule, if it keeps what is linear linear."""
        if op.function is self.level.system.op.function:
            return self.level.solve(args, kwargs)
        operands = list(op.take(args))
        held = [(i, x) for i, x in enumerate(operands) if isinstance(x, _Held)]
        for i, x in held:
            operands[i] = x.value
        if op.function in _QUERIES:
            return op.function(*op.put(args, operands), **kwargs)
        names = _linear_in(op, [i for i, _ in held], [x.names for _, x in held], len(operands))
        return _Held(op.function(*op.put(args, operands), **kwargs), names, self.level)


def _linear_in(
    op: Operation, places: list[int], names: list[frozenset[str] | None], count: int
) -> frozenset[str]:
    """Return in what a result is linear, of operands that are linear in some things.

    Raises
    ------
    _ReadsMore
        If it is linear in nothing.
    """
    known = [n for n in names if n is not None]
    if len(known) < len(names) or not known:
        raise _ReadsMore
    if len(known) == 1:
        scales = op.symbol == "*" or (op.symbol == "/" and places == [0])
        if op.verb in ("linear", "bilinear") or op.symbol in ("neg", "pos") or scales:
            return known[0]
    elif op.verb == "bilinear" or op.symbol == "*":
        if not known[0] & known[1]:
            return known[0] | known[1]
    elif len(known) == count and op.symbol in ("+", "-") and len(set(known)) == 1:
        return known[0]
    raise _ReadsMore


def _unread(name: str) -> Callable[[Any, Any], Any]:
    def compare(self: Any, other: Any) -> Any:
        raise _ReadsMore

    compare.__name__ = name
    return compare


install_operators(_Held)
for _name in COMPARISONS:
    setattr(_Held, f"__{_name}__", _unread(_name))
