"""What pushing a tangent runs in the common cases: code made from the declaration.

Where shapes and dtypes agree nothing has to be broadcast or cast. Other calls take
the general road.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from adkit.common.dispatch import PLAIN, apply
from adkit.common.errors import leaked
from adkit.common.levels import is_traced
from adkit.common.linearisation import is_differentiable
from adkit.common.operators import direct, operate
from adkit.common.ops.casting import cast
from adkit.common.ops.indexing import getitem
from adkit.common.registry import SEQUENCE, Operation
from adkit.common.shapes import dtype_of, leading, zeros
from adkit.common.signatures import parameter_names, takes_answer
from adkit.common.specialise import (
    binary_head,
    define,
    keeps_dtype,
    namespace,
    power_source,
    scale_source,
    square_source,
    value_source,
)
from adkit.common.views import Step, link
from adkit.forward.elements import reader
from adkit.forward.live import LiveLevel


def specialised(
    op: Operation, dual: type[Any], general: Callable[..., Any]
) -> Callable[..., Any] | None:
    """Return code for the common calls of an operation, None if it has none."""
    if op.verb == "elementwise" and len(op.partials) <= 2 and None not in op.partials:
        return _elementwise(op, dual, general)
    if op.function is getitem:
        return reader(op, dual)
    if op.verb == "linear" and op.operands == 1:
        return _linear(op, dual)
    if op.verb == "linear" and op.operands == SEQUENCE:
        return _joining(op, dual)
    if op.verb == "bilinear":
        return _bilinear(op, dual)
    return direct(op, dual)


def _elementwise(op: Operation, dual: type[Any], general: Callable[..., Any]) -> Callable[..., Any]:
    arity = len(op.partials)
    source = (_UNARY if arity == 1 else _BINARY).format(
        head=binary_head(op),
        value=value_source(op, *"xy"[:arity]),
        square=square_source(op),
        power=power_source(op),
        push_x=scale_source(op, 0, "a.tangent"),
        push_y=scale_source(op, arity - 1, "b.tangent"),
        push_both=_sum_source(op) if arity == 2 else "",
        guard="" if keeps_dtype(op) else _OTHER_DTYPE,
        guard_both="" if keeps_dtype(op) else _OTHER_DTYPE_OF_BOTH,
        unless_float_a="type(a) is not float and " if keeps_dtype(op) else "",
        unless_float_b="type(b) is not float and " if keeps_dtype(op) else "",
    )
    names = namespace(
        op,
        Dual=dual,
        PLAIN=PLAIN,
        new=dual.__new__,
        operate=operate,
        general=general,
        leaked=leaked,
    )
    return define(f"forward {op.name}", source, names)  # type: ignore[no-any-return]


def _sum_source(op: Operation) -> str:
    """Return the lines that push both operands; a product is new, so a sum goes into it."""
    terms = {"x": scale_source(op, 0, "a.tangent"), "y": scale_source(op, 1, "b.tangent")}
    partial = op.partials[0]
    fresh = "t" not in parameter_names(partial) if callable(partial) else partial not in (1, -1)
    if not fresh and op.partials[1] == -1:
        return _DIFFERENCE.format(x=terms["x"])
    return (_SUM_INTO if fresh else _SUM).format(**terms)


def _linear(op: Operation, dual: type[Any]) -> Callable[..., Any]:
    function, push = op.function, op.pushes[0]
    with_answer = takes_answer(push)

    def call(a: Any, *args: Any, **kwargs: Any) -> Any:
        if (
            type(a) is not dual
            or a.level.ended
            or ((kwargs or args) and any(map(is_traced, (*args, *kwargs.values()))))
        ):
            return apply(op, (a, *args), kwargs)
        x, level = a.value, a.level
        ans = function(x, *args, **kwargs)
        if ans.dtype is not x.dtype and not is_differentiable(op, ans):
            return ans
        if with_answer:
            t = push(a.tangent, ans, x, *args, **kwargs)
        else:
            t = push(a.tangent, x, *args, **kwargs)
        level.operations += 1
        result = dual(ans, t if t.dtype is ans.dtype else cast(t, ans.dtype), level)
        if ans is x or getattr(ans, "base", None) is not None:
            link(result, a, Step(function, args, kwargs))
        return result

    return call


def _joining(op: Operation, dual: type[Any]) -> Callable[..., Any]:
    function, push = op.function, op.pushes[0]

    def call(arrays: Any, *args: Any, **kwargs: Any) -> Any:
        level, values, tangents, constant = None, [], [], []
        for x in arrays if type(arrays) in (list, tuple) else ():
            if type(x) is dual and type(x.value) in PLAIN and (level is None or x.level is level):
                mine, level = x, x.level
                values.append(x.value)
                tangents.append(x.tangent)
            elif type(x) in PLAIN:
                constant.append(len(values))
                values.append(x)
                tangents.append(x)
            else:
                return apply(op, (arrays, *args), kwargs)
        if level is None or level.ended or any(map(is_traced, (*args, *kwargs.values()))):
            return apply(op, (arrays, *args), kwargs)
        ans = function(values, *args, **kwargs)
        if type(ans) is not np.ndarray or ans.dtype.kind not in "fc":
            return apply(op, (arrays, *args), kwargs)
        lead = leading(mine.tangent, mine.value.ndim)
        for k in constant:
            tangents[k] = zeros(lead + np.shape(values[k]), dtype_of(values[k]))
        level.operations += 1
        return dual(ans, cast(push(tangents, values, *args, **kwargs), ans.dtype), level)

    return call


def _bilinear(op: Operation, dual: type[Any]) -> Callable[..., Any]:
    function = op.function
    left, right = op.pushes

    def call(*args: Any, **kwargs: Any) -> Any:
        if len(args) != 2 or kwargs:
            return apply(op, args, kwargs)
        a, b = args
        if type(a) is dual and not a.level.ended:
            x, level = a.value, a.level
            if type(b) is dual and b.level is level:
                y = b.value
                ans = function(x, y)
                if type(level) is LiveLevel and level.takes(ans):
                    return carry(((0, a), (1, b)), ans, x, y)
                t = left(a.tangent, x, y) + right(b.tangent, x, y)
            elif type(b) in PLAIN:
                ans = function(x, b)
                if type(level) is LiveLevel and level.takes(ans):
                    return carry(((0, a),), ans, x, b)
                t = left(a.tangent, x, b)
            else:
                return operate(op, (a, b))
        elif type(a) in PLAIN and type(b) is dual and not b.level.ended:
            y, level = b.value, b.level
            ans = function(a, y)
            if type(level) is LiveLevel and level.takes(ans):
                return carry(((1, b),), ans, a, y)
            t = right(b.tangent, a, y)
        else:
            return operate(op, (a, b))
        level.operations += 1
        return dual(ans, cast(t, ans.dtype), level)

    def carry(active: Sequence[tuple[int, Any]], ans: Any, x: Any, y: Any) -> Any:
        dual = active[0][1]
        dual.level.operations += 1
        return dual.carry(op, active, ans, (x, y), {})

    return call


_OTHER_DTYPE = """
    if x.dtype is not ans.dtype:
        return general(op, 0, a, ans, (x,))"""

_OTHER_DTYPE_OF_BOTH = """
            if x.dtype is not ans.dtype:
                return operate(op, (a, b))"""

_DIFFERENCE = """            tangent = {x} - b.tangent
"""

_SUM = """            tangent = {x} + {y}
"""

_SUM_INTO = """            tangent = {x}
            t = {y}
            if type(tangent) is type(t) is ndarray and tangent.shape == t.shape:
                tangent += t
            else:
                tangent = tangent + t
"""

_UNARY = """
def call(a):
    if type(a) is not Dual:
        return operate(op, (a,))
    level = a.level
    if level.ended:
        raise leaked()
    x = a.value
    ans = {value}{guard}
    level.operations += 1
    result = new(Dual)
    result.value = ans
    result.tangent = {push_x}
    result.level = level
    return result
"""

_BINARY = """
{head}
    if type(a) is Dual:
        level = a.level
        x = a.value
        if type(b) is Dual:
            y = b.value
{square}            if b.level is not level or level.ended or not (
                type(x) is type(y) is float64 or (x.shape == y.shape and x.dtype is y.dtype)
            ):
                return operate(op, (a, b))
            ans = {value}{guard_both}
{push_both}        elif type(b) in PLAIN and not level.ended:
            y = b
{power}            ans = {value}
            if {unless_float_b}not (
                type(x) is type(ans) is float64
                or (x.shape == ans.shape and x.dtype is ans.dtype)
            ):
                return general(op, 0, a, ans, (x, y))
            tangent = {push_x}
        else:
            return operate(op, (a, b))
    elif type(a) in PLAIN and type(b) is Dual and not b.level.ended:
        level = b.level
        x = a
        y = b.value
        ans = {value}
        if {unless_float_a}not (
            type(y) is type(ans) is float64
            or (type(ans) is not complex and y.shape == ans.shape and y.dtype is ans.dtype)
        ):
            return general(op, 1, b, ans, (x, y))
        tangent = {push_y}
    else:
        return operate(op, (a, b))
    level.operations += 1
    result = new(Dual)
    result.value = ans
    result.tangent = tangent
    result.level = level
    return result
"""
