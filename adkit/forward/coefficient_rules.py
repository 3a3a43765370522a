"""How coefficient k of an operation follows from lower ones: read off its declaration.

=============  ========================================================================
the operation  coefficient k of its result ``y``
=============  ========================================================================
is linear      that of its operand, mapped
is a product   the sum of products of coefficients j and k - j
is a quotient  ``x_k`` less the products of ``y_j`` with divisor ``k - j``, divided
has a series   that of the declared one
is a system    the solution for such a right-hand side (`adkit.forward.systems`)
has a rule     coefficient k - 1 of ``push(u'; u, y)``, divided by k
=============  ========================================================================

With the declared rules of elementary functions these are the classical recurrences: Griewank
and Walther (2008), *Evaluating Derivatives*, tables 13.1 and 13.2.
"""

from __future__ import annotations

import copy
import functools
import math
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from adkit.common.linearisation import push
from adkit.common.registry import Operation
from adkit.common.shapes import dtype_of, zeros
from adkit.common.signatures import OPERAND_NAMES, Partial, parameter_names
from adkit.common.tracer import value_of
from adkit.forward.systems import System, recognised

if TYPE_CHECKING:
    from adkit.forward.recurrences import Calls, Recurrence

#: Coefficient k of all results of a call, None where it is zero.
Rule = Callable[[int], Sequence[Any]]


class Call(NamedTuple):
    """A call of which some operands are series.

    Attributes
    ----------
    active : list of int
        Which operands.
    args, bare
        The arguments with series, and with their values.
    """

    op: Operation
    active: list[int]
    ans: Any
    args: tuple[Any, ...]
    bare: tuple[Any, ...]
    kwargs: dict[str, Any]
    level: Calls

    def series(self, i: int) -> Recurrence:
        """Return an active operand."""
        x: Recurrence = self.op.take(self.args)[i]
        return x


def rule_of(call: Call, results: Callable[[], Any]) -> Rule:
    """Return how coefficients of a call are computed; `results` are needed from the first on."""
    op, active = call.op, call.active
    if is_affine(op, active):
        return _mapped(call)
    if op.verb == "bilinear" or op.symbol == "*":
        return _convolved(call)
    if op.symbol == "/":
        return _divided(call, results)
    if op.series is not None:
        return _declared(call, op.series)
    system = recognised(op, call.ans, call.bare, call.kwargs)
    return _integrated(call, results) if system is None else _solved(call, system, results)


def is_affine(op: Operation, active: Sequence[int]) -> bool:
    """Return whether an operation is linear, up to a constant, in some of its operands."""
    if op.verb == "elementwise":
        return _reads_none(op.partials, tuple(active))
    return op.verb == "linear" or (op.verb == "bilinear" and len(active) == 1)


@functools.lru_cache(1024)
def _reads_none(partials: tuple[Partial, ...], active: tuple[int, ...]) -> bool:
    """Return whether the partials by some operands read none of these, nor the result."""
    held = {"t", *(name for i, name in enumerate(OPERAND_NAMES) if i not in active)}
    rules = [partials[i] for i in active]
    return all(not callable(rule) or held.issuperset(parameter_names(rule)) for rule in rules)


# ---------------------------------------------------------------- rules


def _mapped(call: Call) -> Rule:
    """Map a coefficient as a tangent."""

    def rule(k: int) -> Sequence[Any]:
        terms = [(i, c) for i in call.active if (c := call.series(i).at(k)) is not None]
        if not terms:
            return (None,) * _count(call.ans)
        pushed = push(call.op, terms, call.ans, call.bare, call.kwargs)
        return pushed if isinstance(call.ans, tuple) else (pushed,)

    return rule


def _convolved(call: Call) -> Rule:
    """Add the products of coefficients whose numbers add up to k."""
    left, right = call.series(0), call.series(1)
    product = call.op.function
    if call.kwargs or call.bare[2:]:
        product = functools.partial(_with_options, product, call.bare[2:], call.kwargs)

    def rule(k: int) -> Sequence[Any]:
        return (_sum(product(x, y) for x, y in _pairs(left, right, 0, k)),)

    return rule


def _divided(call: Call, results: Callable[[], Any]) -> Rule:
    """Subtract from the dividend what the divisor makes of lower coefficients, and divide."""
    operands = call.op.take(call.args)
    dividend = operands[0] if 0 in call.active else None
    divisor = operands[1]

    def rule(k: int) -> Sequence[Any]:
        rest = None if dividend is None else dividend.at(k)
        known = _sum(x * y for x, y in _pairs(divisor, results(), 1, k))
        if known is not None:
            rest = -known if rest is None else rest - known
        return (None if rest is None else rest / divisor.value,)

    return rule


def _declared(call: Call, series: Callable[..., Any]) -> Rule:
    """Map the coefficients up to one by the declared rule, and take the last."""

    def rule(k: int) -> Sequence[Any]:
        x = call.bare[0]
        terms = [call.series(0).at(j) for j in range(1, k + 1)]
        known = [zeros(np.shape(x), dtype_of(x)) if c is None else c for c in terms]
        return (series(np.stack(known), *call.bare, **call.kwargs)[-1],)

    return rule


def _solved(call: Call, system: System, results: Callable[[], Any]) -> Rule:
    """Add to the right-hand side what the operator makes of lower coefficients, and solve."""

    def rule(k: int) -> Sequence[Any]:
        terms = []
        for i in call.active:
            operand = call.series(i)
            if i != system.right:
                pairs = _pairs(operand, results(), 1, k)
            else:
                pairs = [] if (c := operand.at(k)) is None else [(c, call.ans)]
            if pairs:
                terms.append(system.push_all(i, pairs))
        return (_sum(terms),)

    return rule


def _integrated(call: Call, results: Callable[[], Any]) -> Rule:
    """Integrate the derivative, which the declared rule gives as a series."""
    slopes: list[Any] = []
    first = _mapped(call)

    def rule(k: int) -> Sequence[Any]:
        if not slopes:
            op = _by_quotient(call) if _is_power(call.op) else call.op
            tangents = [(i, call.level.derivative(call.series(i))) for i in call.active]
            pushed = push(op, tangents, results(), call.args, call.kwargs)
            slopes.extend(pushed if isinstance(call.ans, tuple) else (pushed,))
        found = [call.level.coefficient(slope, k - 1) for slope in slopes]
        if k == 1:  # as a tangent is pushed: at kinks rules have conventions for numbers
            return found if all(map(_is_finite, found)) else first(1)
        return [None if c is None else c / k for c in found]

    return rule


def _is_finite(c: Any) -> bool:
    if isinstance(c, float):
        return math.isfinite(c)
    return c is None or bool(np.isfinite(value_of(c)).all())


#: Up to this integer exponent the declared partials x**(p-1), x**(p-2), ... are few.
_FEW = 3


def _is_power(op: Operation) -> bool:
    return op.symbol == "**" or op.function is np.float_power


def _by_quotient(call: Call) -> Operation:
    """Return a power with the partial ``y * ans / x``, where that is as good as its own.

    That it declares, ``y * x**(y-1)``, is another power at each order.
    """
    op = call.op
    x, y = (value_of(operand) for operand in op.take(call.bare))
    if 1 not in call.active and np.ndim(y) == 0 and y in range(_FEW + 1):
        return op
    size = np.abs(value_of(call.ans))
    limits = np.finfo(size.dtype)
    safe = (x != 0) & np.isfinite(x) & np.isfinite(size) & (size > limits.tiny / limits.eps)
    if not np.all(safe):
        return op
    other = copy.copy(op)
    other.partials = (_power_by_quotient, op.partials[1])
    return other


def _power_by_quotient(x: Any, y: Any, ans: Any) -> Any:
    return y * ans / x


# ---------------------------------------------------------------- sums


def _pairs(left: Recurrence, right: Recurrence, first: int, k: int) -> list[tuple[Any, Any]]:
    """Return coefficients whose numbers add up to k, of the left from a first on."""
    left.at(k)
    right.at(k - first)
    xs, ys = left.entry.known[first : k + 1], right.entry.known[k - first :: -1]
    return [(x, y) for x, y in zip(xs, ys, strict=True) if x is not None and y is not None]


def _with_options(
    product: Callable[..., Any], rest: tuple[Any, ...], kwargs: dict[str, Any], x: Any, y: Any
) -> Any:
    return product(x, y, *rest, **kwargs)


def _sum(terms: Iterable[Any]) -> Any:
    """Return a sum of new arrays, None of no terms."""
    total: Any = None
    for term in terms:
        if total is None:
            total = term
        elif type(total) is type(term) is np.ndarray and total.dtype == term.dtype:
            total += term
        else:
            total = total + term
    return total


def _count(ans: Any) -> int:
    return len(ans) if isinstance(ans, tuple) else 1
