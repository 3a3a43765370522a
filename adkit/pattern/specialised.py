"""What sweeps of gathers run in the common cases: code made from the declaration.

Operations whose matrix is known from an earlier call, and elementwise ones of operands of
one shape; other calls take the general road.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from adkit.common.dispatch import PLAIN, apply
from adkit.common.errors import leaked
from adkit.common.operators import operate
from adkit.common.ops.indexing import getitem
from adkit.common.registry import SEQUENCE, Operation
from adkit.common.signatures import parameter_names
from adkit.common.specialise import (
    binary_head,
    define,
    keeps_dtype,
    namespace,
    square_source,
    value_source,
)
from adkit.common.tracer import value_of
from adkit.common.views import Step as ViewStep
from adkit.common.views import attach_part, link
from adkit.pattern.layouts import scaled
from adkit.pattern.traced import key_of

__all__ = ["FLOAT", "is_plain", "options_of", "specialised", "strides_of"]

FLOAT = np.dtype(np.float64)
_ENDS = (int, type(None))


def specialised(op: Operation, gathered: type[Any]) -> Callable[..., Any] | None:
    """Return code for the common calls of an operation, None if it has none."""
    if op.verb == "elementwise" and len(op.partials) <= 2 and None not in op.partials:
        return _elementwise(op, gathered)
    if op.function is getitem:
        return _parts(op, gathered)
    if op.verb == "linear" and op.operands == 1 and not op.joint:
        return _linear(op, gathered)
    if op.verb == "linear" and op.operands == SEQUENCE and op.joint:
        return _joint(op, gathered)
    return None


def _elementwise(op: Operation, gathered: type[Any]) -> Callable[..., Any]:
    arity = len(op.partials)
    source = (_UNARY if arity == 1 else _BINARY).format(
        head=binary_head(op),
        value=value_source(op, *"xy"[:arity]),
        of_x=_scaled(op, 0, "a"),
        of_y=_scaled(op, arity - 1, "b"),
        of_traced_x=_scaled(op, 0, "a", kept=True),
        of_traced_y=_scaled(op, arity - 1, "b", kept=True),
        checked="True" if keeps_dtype(op) else "ans.dtype is FLOAT",
        square=square_source(op),
    )
    names = namespace(
        op,
        Gathered=gathered,
        PLAIN=PLAIN,
        FLOAT=FLOAT,
        new=gathered.__new__,
        operate=operate,
        leaked=leaked,
        scaled=scaled,
    )
    return define(f"gathered {op.name}", source, names)  # type: ignore[no-any-return]


def _scaled(op: Operation, i: int, name: str, *, kept: bool = False) -> str:
    """Return the expression of the derivative of an operand times a partial."""
    partial, factor = op.partials[i], f"partial{i}"
    if not callable(partial):
        return f"{name}.entry" if partial == 1 else f"scaled({name}.entry, {factor}, ans)"
    names = ("1.0" if name == "t" else name for name in parameter_names(partial))
    factor += f"({', '.join(names)})"
    return f"scaled({name}.entry, {factor}, ans{', kept=True' if kept else ''})"


def _linear(op: Operation, gathered: type[Any]) -> Callable[..., Any]:
    function = op.function

    def call(a: Any, *args: Any, **kwargs: Any) -> Any:
        if type(a) is not gathered or a.level.ended:
            return apply(op, (a, *args), kwargs)
        options = args
        if kwargs or not all([type(x) is int for x in args]):
            options = options_of(op, (a, *args), kwargs, 1)
        if options is None:
            return apply(op, (a, *args), kwargs)
        x, level = a.value, a.level
        key = (function, ((np.shape(x), strides_of(x)),), options)
        steps = level.layouts.steps.get(key)
        if steps is None:
            return apply(op, (a, *args), kwargs)
        ans = function(x, *args, **kwargs)
        level.operations += 1
        result = gathered(ans, level.layouts.apply(steps[0], a.entry), level)
        if ans is x or getattr(ans, "base", None) is not None:
            link(result, a, ViewStep(function, args, kwargs))
        return result

    return call


def _parts(op: Operation, gathered: type[Any]) -> Callable[..., Any]:
    general = _linear(op, gathered)

    def call(a: Any, index: Any) -> Any:
        plain = type(index) is int or is_plain(index)
        if type(a) is not gathered or a.level.ended or not plain:
            return general(a, index)
        x, level = a.value, a.level
        key = (getitem, x.shape, x.strides, index if type(index) is int else repr(index))
        steps = level.layouts.steps.get(key)
        if steps is None:
            result = general(a, index)
            level.layouts.steps[key] = level.steps(op, (x,), value_of(result), (x, index), {})
            return result
        ans = x[index]
        level.operations += 1
        result = gathered(ans, level.layouts.apply(steps[0], a.entry), level)
        if type(ans) is np.ndarray:
            attach_part(result, a, index)
        return result

    return call


def _joint(op: Operation, gathered: type[Any]) -> Callable[..., Any]:
    function = op.function

    def call(arrays: Any, *args: Any, **kwargs: Any) -> Any:
        first = _first_of(arrays, gathered)
        named = args, tuple(kwargs.items())
        if first is None or not (is_plain(args) and all(map(is_plain, kwargs.values()))):
            return apply(op, (arrays, *args), kwargs)
        level = first.level
        values = [x.value if type(x) is gathered else x for x in arrays]
        key = (function, tuple([(x.shape, x.strides) for x in values]), repr(named))
        known = level.layouts.steps
        steps = known.get(key)
        if steps is None:
            result = apply(op, (arrays, *args), kwargs)
            if type(result) is gathered:
                given, options = op.bind((values, *args), kwargs)
                known[key] = level.steps(op, values, result.value, given, options)
            return result
        ans = function(values, *args, **kwargs)
        if ans.dtype is not FLOAT:
            return apply(op, (arrays, *args), kwargs)
        layouts, entry = level.layouts, None
        for step, x in zip(steps, arrays, strict=True):
            if type(x) is gathered:
                term = layouts.apply(step, x.entry)
                entry = term if entry is None else layouts.add(entry, term)
        level.operations += 1
        return gathered(ans, entry, level)

    return call


def _first_of(arrays: Any, gathered: type[Any]) -> Any:
    """Return the first traced one of arrays of one level; None if there are others."""
    if type(arrays) is not list and type(arrays) is not tuple:
        return None
    first = None
    for x in arrays:
        if type(x) is gathered:
            if first is None:
                first = x
            if x.level is not first.level or x.level.ended or type(x.value) is not np.ndarray:
                return None
        elif type(x) is not np.ndarray:
            return None
    return first


def options_of(op: Operation, args: Any, kwargs: Any, operands: int) -> Any:
    """Return what stands for the arguments that are no operands, None if nothing does."""
    if not kwargs and operands == 1 and op.operands == 1:
        rest = args[1:]
        if all(type(x) is int for x in rest):
            return rest
        if all(map(is_plain, rest)):
            return repr(rest)
    return key_of((op.put(args, [None] * operands), kwargs))


def is_plain(x: Any) -> bool:
    """Return whether the text of an index or of a number tells all about it."""
    kind = type(x)
    if kind is int:
        return True
    if kind is slice:
        return type(x.start) in _ENDS and type(x.stop) in _ENDS and type(x.step) in _ENDS
    if kind is not tuple:
        return False
    plain = True
    for y in x:  # in half the time of `all`
        if type(y) is not int and not is_plain(y):
            plain = False
            break
    return plain


def strides_of(x: Any) -> Any:
    """Return how an array lies in memory."""
    return getattr(x, "strides", ())


_UNARY = """
def call(a):
    if type(a) is not Gathered:
        return operate(op, (a,))
    level = a.level
    if level.ended:
        raise leaked()
    x = a.value
    ans = {value}
    if not ({checked}):
        return operate(op, (a,))
    level.operations += 1
    result = new(Gathered)
    result.value = ans
    result.entry = {of_traced_x}
    result.level = level
    return result
"""

_BINARY = """
{head}
    if type(a) is Gathered:
        level = a.level
        x = a.value
        if level.ended:
            raise leaked()
        if type(b) is Gathered:
            y = b.value
{square}            if b.level is not level or x.shape != y.shape:
                return operate(op, (a, b))
            ans = {value}
            if not ({checked}):
                return operate(op, (a, b))
            entry = level.layouts.add({of_traced_x}, {of_traced_y})
        elif type(b) in PLAIN:
            y = b
            ans = {value}
            if type(ans) is complex or x.shape != ans.shape or ans.dtype is not FLOAT:
                return operate(op, (a, b))
            entry = {of_x}
        else:
            return operate(op, (a, b))
    elif type(a) in PLAIN and type(b) is Gathered and not b.level.ended:
        level = b.level
        x = a
        y = b.value
        ans = {value}
        if type(ans) is complex or y.shape != ans.shape or ans.dtype is not FLOAT:
            return operate(op, (a, b))
        entry = {of_y}
    else:
        return operate(op, (a, b))
    level.operations += 1
    result = new(Gathered)
    result.value = ans
    result.entry = entry
    result.level = level
    return result
"""
