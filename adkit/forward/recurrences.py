"""Taylor coefficients of one operation, from its declaration, by recurrence.

With ``u(t) = u_0 + u_1 t + u_2 t**2 + ...`` and the coefficients of ``y = f(u)`` asked
for, the declaration of ``f`` says what to do:

- it is linear in what depends on ``t``: each coefficient is mapped;
- it is a product or a quotient: coefficients are convolved;
- else it has a derivative, ``y' = push(u'; u, y)``, and ``k y_k`` is the coefficient of
  ``t**(k-1)`` on the right.

The right side is the declared rule, run on series instead of arrays. It may read ``y``, of
which only coefficients below ``y_k`` are needed then. Equal calls on equal series are one
series, so that ``sin`` and ``cos`` are computed from each other. Coefficients are computed
when they are asked for (`adkit.forward.coefficient_rules`); each costs k products, order k
therefore k**2.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, ClassVar

import numpy as np

from adkit.common.composites import compose
from adkit.common.dispatch import PLAIN, apply
from adkit.common.levels import Level, is_traced
from adkit.common.linearisation import is_active, is_differentiable, push, rebuild
from adkit.common.operators import install_operators, operate
from adkit.common.ops.casting import cast
from adkit.common.registry import Operation
from adkit.common.shapes import dtype_of, is_passive, zeros
from adkit.common.tracer import Tracer, value_of
from adkit.forward.coefficient_rules import Call, is_affine, rule_of


def coefficients(
    op: Operation,
    stacks: Sequence[tuple[int, Any]],
    ans: Any,
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
    order: int,
) -> Any:
    """Return the higher Taylor coefficients of the result of an operation.

    Parameters
    ----------
    op : Operation
    stacks : sequence of (int, array)
        Index of an operand and its coefficients from the first on, along a leading axis;
        those behind its end are zero.
    ans, args, kwargs
        Result and arguments of the operation at ``t = 0``.
    order : int
        How many to return at most.

    Returns
    -------
    array or tuple of arrays
        Those of the result, or of each result, along a leading axis.
    """
    level = Calls()
    try:
        found = _series(op, stacks, ans, args, kwargs, level)
        if isinstance(found, tuple):
            return tuple(_stacked(y, order) for y in found)
        return _stacked(found, order)
    finally:
        level.forget()


def _series(
    op: Operation,
    stacks: Sequence[tuple[int, Any]],
    ans: Any,
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
    level: Calls,
) -> Any:
    """Return the results of an operation as series."""
    operands = list(op.take(args))
    known: dict[tuple[int, int], Recurrence] = {}
    for i, stack in stacks:
        same = (id(operands[i]), id(stack))
        if same not in known:
            known[same] = _given(operands[i], stack, level)
        operands[i] = known[same]
    traced = op.put(args, operands)
    results = _results(Call(op, [i for i, _ in stacks], ans, traced, args, kwargs, level))
    level.results[level.key_of(op, traced, kwargs)] = (results, traced, kwargs)
    return results


class Coefficients:
    """Those of a series that are known, the rule for the next one, and their dtype."""

    __slots__ = ("dtype", "known", "rule")

    def __init__(self, value: Any, rule: Callable[[int], Any]) -> None:
        self.known = [value]
        self.rule = rule
        self.dtype = dtype_of(value)


class Recurrence(Tracer):
    """An array with Taylor coefficients, which are computed when they are asked for."""

    __slots__ = ()

    calls: ClassVar[dict[Any, Callable[..., Any]]] = {}
    level: Calls
    entry: Coefficients

    def __init__(self, value: Any, rule: Callable[[int], Any], level: Calls) -> None:
        self.value = value
        self.entry = Coefficients(value, rule)
        self.level = level
        level.met.append(self)

    def __repr__(self) -> str:
        return f"Recurrence({self.value!r})"

    def at(self, k: int) -> Any:
        """Return coefficient k, None if it is zero."""
        entry = self.entry
        known: list[Any] = entry.known
        while len(known) <= k:
            c = entry.rule(len(known))
            known.append(None if c is None else cast(c, entry.dtype))
        return known[k]

    def snapshot(self, value: Any) -> Recurrence:
        """Return another value with these higher coefficients."""
        return Recurrence(value, self.at, self.level)

    @classmethod
    def specialise(cls, op: Operation) -> Callable[..., Any] | None:
        """Return a short way to what rules do most."""
        if op.verb == "constant" and op.operands == 1:
            return _of_value(op)
        return _short_way(op) if op.verb == "elementwise" else None

    def propagate(self, op: Operation, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """Apply an operation of a rule."""
        level = self.level
        if op.verb == "composite":
            return compose(op, args, kwargs, level, lambda ans, level: ans)
        key = level.key_of(op, args, kwargs)
        if key in level.results:
            return level.results[key][0]
        operands = list(op.take(args))
        active = []
        for i, x in enumerate(operands):
            if _is_mine(x, level):
                operands[i] = x.value
                if is_active(op, i):
                    active.append(i)
        bare = op.put(args, operands)
        ans = op.function(*bare, **kwargs)
        if type(ans) is complex:  # Python's, of a complex on the left of a NumPy float
            ans = np.complex128(ans)
        if not active or not (isinstance(ans, tuple) or is_differentiable(op, ans)):
            return ans
        same = _unchanged(op, active, ans, bare)
        if same is not None:
            results = op.take(args)[same]
        else:
            results = _results(Call(op, active, ans, args, bare, kwargs, level))
            if op.symbol == "neg":
                opposite = (results,)
                level.results[level.key_of(op, opposite, kwargs)] = (*args, opposite, kwargs)
        level.results[key] = (results, args, kwargs)
        return results


def _unchanged(op: Operation, active: list[int], ans: Any, args: tuple[Any, ...]) -> int | None:
    """Return which operand a result is, if it is one: ``x / 1``, a choice of all elements.

    Rules choose by region and scale, and those that they call again, at every order. The
    series that does not change then is not computed again, nor what was made of it.
    """
    if op.verb != "elementwise":
        return None
    varied = [i for i, x in enumerate(args) if i in active or not is_passive(x)]
    if not is_affine(op, varied):
        return None
    for i in active:
        x = args[i]
        alike = np.shape(x) == np.shape(ans) and dtype_of(x) == dtype_of(ans)
        equal = alike and np.array_equal(value_of(x), value_of(ans))
        if equal and all(_has_slope(op, j, j == i, ans, args) for j in varied):
            return i
    return None


def _has_slope(op: Operation, i: int, slope: bool, ans: Any, args: tuple[Any, ...]) -> bool:
    """Return whether an operation maps a tangent of an operand to itself, or to zero."""
    dtype = dtype_of(ans)
    t = np.full(np.shape(args[i]), 1 + 2j if dtype.kind == "c" else 1, dtype)  # not its conjugate
    return bool(np.all(push(op, [(i, t)], value_of(ans), args, {}) == t * slope))


def _of_value(op: Operation) -> Callable[..., Any]:
    """Return code for what asks a series for its shape, or whether it is finite."""

    def call(x: Any, *args: Any, **kwargs: Any) -> Any:
        if type(x) is not Recurrence or any(map(is_traced, (*args, *kwargs.values()))):
            return apply(op, (x, *args), kwargs)
        return op.function(x.value, *args, **kwargs)

    return call


def _short_way(op: Operation) -> Callable[..., Any]:
    """Return code for series among plain operands."""

    def call(*args: Any) -> Any:
        series = None
        for x in args:
            if type(x) is Recurrence:
                series = x
            elif type(x) not in PLAIN:
                return operate(op, args)
        return operate(op, args) if series is None else series.propagate(op, args, {})

    return call


class Calls(Level):
    """What was met while the coefficients of one operation were found.

    Attributes
    ----------
    results : dict
        The results of calls by their keys, with the arguments: those are known by their
        identity, so they are held.
    met : list of Recurrence
        All series.
    """

    __slots__ = ("_contents", "_derivatives", "met", "results")

    def __init__(self) -> None:
        super().__init__()
        self.results: dict[Any, Any] = {}
        self.met: list[Recurrence] = []
        self._derivatives: dict[int, Any] = {}
        self._contents: dict[int, Any] = {}

    def key_of(self, op: Operation, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """Return what is equal of calls that have equal results."""
        key = (op.function, *(id(x) if type(x) is Recurrence else self._key(x) for x in args))
        return (key, self._key(kwargs)) if kwargs else key

    def _key(self, x: Any) -> Any:
        """Return what is equal of equal arguments; traced arrays are the same ones."""
        kind = type(x)
        if kind is np.ndarray and x.dtype.kind in "biufc":
            return self._contents_of(x)
        if kind is tuple or kind is list:
            return (kind, *map(self._key, x))
        if kind is dict:
            return (kind, *((name, self._key(option)) for name, option in x.items()))
        if kind in _NAMED or isinstance(x, np.generic):
            return (kind, repr(x))  # which tells -0.0 from 0.0
        return id(x)

    def _contents_of(self, x: Any) -> Any:
        """Return what is equal of equal arrays: rules make masks and orders anew."""
        if id(x) not in self._contents:
            self._contents[id(x)] = (x.shape, x.dtype.char, x.tobytes()), x
        return self._contents[id(x)][0]

    def coefficient(self, x: Any, k: int) -> Any:
        """Return coefficient k of a series or a constant, None if it is zero."""
        if isinstance(x, Recurrence) and x.level is self:
            return x.at(k)
        return x if k == 0 else None

    def forget(self) -> None:
        """Take series apart, which are defined by each other: their memory is freed at once."""
        for x in self.met:
            del x.entry
        self.met.clear()
        self.results.clear()
        self._derivatives.clear()
        self._contents.clear()

    def derivative(self, u: Recurrence) -> Recurrence:
        """Return the derivative of a series by ``t``."""
        if id(u) not in self._derivatives:

            def coefficient(k: int) -> Any:
                c = u.at(k + 1)
                return c if c is None or k == 0 else c * (k + 1)

            self._derivatives[id(u)] = _started(coefficient, u.value, self), u
        found: Recurrence = self._derivatives[id(u)][0]
        return found


def _results(call: Call) -> Any:
    """Return the results of a call as series, those of integers as they are."""
    results: list[Any] = []
    if not isinstance(call.ans, tuple):
        only = rule_of(call, lambda: results[0])
        results.append(Recurrence(call.ans, lambda k: only(k)[0], call.level))
        return results[0]
    rule = rule_of(call, lambda: rebuild(call.ans, results))
    found: dict[int, Sequence[Any]] = {}

    def coefficient(r: int, k: int) -> Any:
        if k not in found:
            found[k] = rule(k)
        return found[k][r]

    for r, y in enumerate(call.ans):
        differentiable = dtype_of(y).kind in "fc"
        results.append(Recurrence(y, partial(coefficient, r), call.level) if differentiable else y)
    return rebuild(call.ans, results)


# ---------------------------------------------------------------- series


def _given(value: Any, stack: Any, level: Calls) -> Recurrence:
    """Return a series whose coefficients are known."""
    known = list(stack) if is_passive(stack) else [stack[k] for k in range(len(stack))]
    series = Recurrence(value, lambda k: None, level)
    series.entry.known += known
    return series


def _started(rule: Callable[[int], Any], like: Any, level: Calls) -> Recurrence:
    """Return a series by a rule for all its coefficients, the first included."""
    first = rule(0)
    if first is None:
        first = zeros(np.shape(like), dtype_of(like))
    return Recurrence(first, rule, level)


def _stacked(y: Any, order: int) -> Any:
    """Return coefficients from the first on, without the zeros at the end."""
    if not isinstance(y, Recurrence):
        return y
    for k in range(1, order + 1):
        y.at(k)
    found = y.entry.known[1 : order + 1]
    while len(found) > 1 and found[-1] is None:
        found.pop()
    if any(c is None for c in found):
        nothing = zeros(np.shape(y), y.dtype)
        found = [nothing if c is None else c for c in found]
    if all(isinstance(c, np.generic) for c in found):
        return np.array(found, y.dtype)
    return np.stack(found)


def _is_mine(x: Any, level: Calls) -> bool:
    return isinstance(x, Recurrence) and x.level is level


_NAMED = frozenset((int, float, complex, bool, str, slice, type(None), type(Ellipsis)))
install_operators(Recurrence)
