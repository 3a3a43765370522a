"""What recording an operation runs in the common cases: code made from its declaration.

An entry is ``[serial, grad, pull, parents..., saved...]``. Of an elementwise
operation only what its partials name is saved; of a linear one only shapes; of a
bilinear one the other operand. Whatever is not common, other levels, broadcasting,
changes of dtype, constants made by hand, takes the general road.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from numpy import ndarray

from adkit.common.dispatch import apply
from adkit.common.levels import is_traced
from adkit.common.linearisation import is_differentiable
from adkit.common.operators import operate
from adkit.common.ops.casting import cast
from adkit.common.ops.indexing import getitem
from adkit.common.registry import SEQUENCE, Operation
from adkit.common.reuse import added, negated, subtracted
from adkit.common.shapes import Like, unbroadcast
from adkit.common.signatures import parameter_names, takes_answer
from adkit.common.specialise import (
    define,
    form_of,
    joined_source,
    keeps_dtype,
    names_needed,
    namespace,
    power_source,
    scale_source,
    square_source,
    value_source,
)
from adkit.common.tracer import PLAIN
from adkit.common.views import Step, link
from adkit.reverse.elements import reader
from adkit.reverse.keeping import keep, keep_static
from adkit.reverse.sums import factor_first, note_sums, sum_first
from adkit.reverse.tape import Cotangents, Entry, Parents, accumulate, next_serial


def specialised(
    op: Operation, node: type[Any], record_one: Callable[..., Any]
) -> Callable[..., Any] | None:
    """Return code for the common calls of an operation, None if it has none."""
    if op.verb == "elementwise" and len(op.partials) <= 2 and None not in op.partials:
        return _elementwise(op, node, record_one)
    if op.function is getitem:
        return reader(op, node)
    if op.verb == "linear" and op.operands == 1:
        return _linear(op, node)
    if op.verb == "linear" and op.operands == SEQUENCE:
        return _joining(op, node)
    if op.verb == "bilinear":
        return _bilinear(op, node)
    return None


def _elementwise(
    op: Operation, node: type[Any], record_one: Callable[..., Any]
) -> Callable[..., Any]:
    arity = len(op.partials)
    saved = {
        key: "".join(f", {name}" for name in names_needed(op, *operands))
        for key, operands in {"x": [0], "y": [arity - 1], "xy": range(arity)}.items()
    }
    source = (_UNARY if arity == 1 else _BINARY).format(
        value=joined_source(op, *"xy") if arity == 2 else value_source(op, "x"),
        square=square_source(op),
        power=power_source(op),
        pull_x=_pull_source(op, 0, "p", last=True),
        pull_y=_pull_source(op, arity - 1, "q", last=True),
        pull_both=_both_source(op) if arity == 2 else "",
        wide_x=_pull_source(op, 0, "p", "x", last=True),
        wide_y=_pull_source(op, arity - 1, "q", "y", last=True),
        wide_both=_both_source(op, "x", "y") if arity == 2 else "",
        guard="" if keeps_dtype(op) else _OTHER_DTYPE,
        guard_both="" if keeps_dtype(op) else _OTHER_DTYPE_OF_BOTH,
        unless_float_a="type(a) is not float and " if keeps_dtype(op) else "",
        unless_float_b="type(b) is not float and " if keeps_dtype(op) else "",
        keep_y=_KEEP_Y if "y" in names_needed(op, 0) else "",
        keep_x=_KEEP_X if "x" in names_needed(op, arity - 1) else "",
        saved_x=saved["x"],
        saved_y=saved["y"],
        saved_xy=saved["xy"],
    )
    names = namespace(
        op,
        Node=node,
        PLAIN=PLAIN,
        new=node.__new__,
        next_serial=next_serial,
        operate=operate,
        record_one=record_one,
        keep=keep,
        added=added,
        negated=negated,
        subtracted=subtracted,
        unbroadcast=unbroadcast,
        together=op.pulls[0] if op.pulls else None,
        factor_first=factor_first,
    )
    call: Callable[..., Any] = define(f"reverse {op.name}", source, names)
    if arity == 2:
        note_sums(op, names)
    return call


def _pull_source(op: Operation, i: int, parent: str, wide: str = "", *, last: bool = False) -> str:
    """Return the lines that add to the cotangent of operand `i`; `wide` names one that broadcast.

    A product with a factor is a new array, so the sum may be written into it. The product itself
    may go into the cotangent of the result where this is the `last` use of that, and into an array
    that the entry saved where no other pull uses it.
    """
    sums = f"unbroadcast({{}}, shape_{wide}, ndim)" if wide else "{}"
    partial = op.partials[i]
    if callable(partial):
        saved = parameter_names(partial)[-1]
        spare = last or saved not in names_needed(op, *range(i + 1, len(op.partials)))
        term = sums.format(scale_source(op, i, "ct", f", cotangents, {last}, {spare}"))
        form = form_of(partial)
        fresh = "t" not in parameter_names(partial) or form is not None
        if wide and form in _OPERATIONS:
            return _FIRST.format(
                term=term, parent=parent, by=saved, wide=wide, operation=_OPERATIONS[form]
            ) + _ADD_INTO.format(term="t", parent=parent)
    elif partial == -1 and not wide:
        return _SUBTRACT.format(parent=parent, last=last)
    else:
        term = scale_source(op, i, sums.format("ct"))
        fresh = partial != 1
    return (_ADD_INTO if fresh else _ADD).format(term=term, parent=parent)


def _both_source(op: Operation, x: str = "", y: str = "") -> str:
    """Return the lines that add to the cotangents of both operands."""
    if not op.pulls:
        return _pull_source(op, 0, "p", x) + _pull_source(op, 1, "q", y, last=True)
    given = ["ct" if name == "t" else name for name in parameter_names(op.pulls[0])]
    lines = f"    first, second = together({', '.join(given)})\n"
    for term, parent, wide in (("first", "p", x), ("second", "q", y)):
        term = f"unbroadcast({term}, shape_{wide}, ndim)" if wide else term
        lines += _ADD.format(term=term, parent=parent)
    return lines


def _linear(op: Operation, node: type[Any]) -> Callable[..., Any]:
    function, transpose = op.function, op.pulls[0]
    with_answer = takes_answer(transpose)

    def call(a: Any, *args: Any, **kwargs: Any) -> Any:
        parent = a.entry if type(a) is node else None
        if parent is None or ((kwargs or args) and any(map(is_traced, (*args, *kwargs.values())))):
            return apply(op, (a, *args), kwargs)
        x = a.value
        ans = function(x, *args, **kwargs)
        if ans.dtype is not x.dtype and not is_differentiable(op, ans):
            return ans
        shape = Like(ans) if with_answer else None
        level = a.level
        if args:
            args = tuple([keep_static(argument, level) for argument in args])
        if kwargs:
            kwargs = {name: keep_static(value, level) for name, value in kwargs.items()}
        entry = [next_serial(), None, pull, parent, Like(x), shape, args, kwargs]
        level.append(entry)
        result = node.recorded(ans, entry, level)
        if ans is x or getattr(ans, "base", None) is not None:
            link(result, a, Step(function, args, kwargs))
        return result

    def pull(ct: Any, entry: Entry, cotangents: Cotangents) -> None:
        _, _, _, parent, x, shape, args, kwargs = entry
        if with_answer:
            ct = transpose(ct, shape, x, *args, **kwargs)
        else:
            ct = transpose(ct, x, *args, **kwargs)
        accumulate(cotangents, parent, ct if ct.dtype is x.dtype else cast(ct, x.dtype))

    return call


def _joining(op: Operation, node: type[Any]) -> Callable[..., Any]:
    """Return code for a linear function of a sequence of arrays."""
    function, transpose = op.function, op.pulls[0]

    def call(xs: Any, *args: Any, **kwargs: Any) -> Any:
        if type(xs) not in (list, tuple) or any(map(is_traced, (*args, *kwargs.values()))):
            return apply(op, (xs, *args), kwargs)
        level, values, parents = None, [], []
        for i, x in enumerate(xs):
            if type(x) is node and (level is None or level is x.level):
                level = x.level
                values.append(x.value)
                if x.entry is not None:
                    parents.append((i, x.entry))
            elif type(x) is ndarray:
                values.append(x)
            else:
                return apply(op, (xs, *args), kwargs)
        if level is None or not parents:
            return apply(op, (xs, *args), kwargs)
        ans = function(values, *args, **kwargs)
        if not is_differentiable(op, ans):
            return ans
        args = tuple([keep_static(argument, level) for argument in args])
        kwargs = {name: keep_static(value, level) for name, value in kwargs.items()}
        shapes = tuple(map(Like, values))
        entry = [next_serial(), None, pull, Parents(parents), shapes, args, kwargs]
        level.append(entry)
        return node.recorded(ans, entry, level)

    def pull(ct: Any, entry: Entry, cotangents: Cotangents) -> None:
        _, _, _, parents, shapes, args, kwargs = entry
        pulled = transpose(ct, shapes, *args, **kwargs)
        for i, parent in parents:
            accumulate(cotangents, parent, cast(pulled[i], shapes[i].dtype))

    return call


def _bilinear(op: Operation, node: type[Any]) -> Callable[..., Any]:
    function = op.function
    left, right = (sum_first(op, side, op.pulls[side]) for side in (0, 1))

    def call(*args: Any, **kwargs: Any) -> Any:
        if len(args) != 2 or kwargs:
            return apply(op, args, kwargs)
        a, b = args
        if type(a) is node:
            p = a.entry
            x = a.value
            level = a.level
            if type(b) is node:
                q = b.entry
                y = b.value
                if b.level is not level or p is None or q is None:
                    return operate(op, (a, b))
                ans = function(x, y)
                entry = [next_serial(), None, pull_both, p, q, x, y]
            elif type(b) in PLAIN and p is not None:
                ans = function(x, b)
                entry = [next_serial(), None, pull_left, p, Like(x), keep(b, level)]
            else:
                return operate(op, (a, b))
        elif type(a) in PLAIN and type(b) is node and b.entry is not None:
            level = b.level
            y = b.value
            ans = function(a, y)
            entry = [next_serial(), None, pull_right, b.entry, keep(a, level), Like(y)]
        else:
            return operate(op, (a, b))
        level.append(entry)
        return node.recorded(ans, entry, level)

    def pull_both(ct: Any, entry: Entry, cotangents: Cotangents) -> None:
        _, _, _, p, q, x, y = entry
        left(ct, p, x, y, cotangents)
        right(ct, q, x, y, cotangents)

    def pull_left(ct: Any, entry: Entry, cotangents: Cotangents) -> None:
        _, _, _, p, x, y = entry
        left(ct, p, x, y, cotangents)

    def pull_right(ct: Any, entry: Entry, cotangents: Cotangents) -> None:
        _, _, _, q, x, y = entry
        right(ct, q, x, y, cotangents)

    return call


_KEEP_Y = """            if type(y) is ndarray:
                y = keep(y, level)
"""

_KEEP_X = """        if type(x) is ndarray:
            x = keep(x, level)
"""

_OTHER_DTYPE = """
    if x.dtype is not ans.dtype:
        return record_one(op, 0, a, ans, (x,))"""

_OTHER_DTYPE_OF_BOTH = """
            if x.dtype is not ans.dtype:
                return operate(op, (a, b))"""

_ADD = """    t = {term}
    serial = {parent}[0]
    if serial in cotangents:
        t = added(cotangents[serial], t) if type(t) is ndarray else cotangents[serial] + t
    cotangents[serial] = t
"""

#: Where the other operand broadcasts, the cotangent may be summed before it is multiplied.
_FIRST = """    found = factor_first(ct, {by}, {parent}, shape_{wide}, cotangents, {operation})
    if found is None:
        t = {term}
    else:
        {parent}, t = found
"""

#: How a cotangent and the other operand are combined, by the form of the partial.
_OPERATIONS = {"scaled": "multiply", "divided": "true_divide"}

_SUBTRACT = """    serial = {parent}[0]
    if type(ct) is not ndarray:
        cotangents[serial] = cotangents[serial] - ct if serial in cotangents else -ct
    elif serial in cotangents:
        cotangents[serial] = subtracted(cotangents[serial], ct)
    else:
        cotangents[serial] = negated(ct, cotangents, {last})
"""

_ADD_INTO = """    t = {term}
    serial = {parent}[0]
    if serial in cotangents:
        c = cotangents[serial]
        if type(t) is type(c) is ndarray and t.shape == c.shape and t.base is None:
            t += c
        else:
            t = c + t
    cotangents[serial] = t
"""

_UNARY = """
def call(a):
    parent = a.entry if type(a) is Node else None
    if parent is None:
        return operate(op, (a,))
    x = a.value
    ans = {value}{guard}
    entry = [next_serial(), None, pull, parent{saved_x}]
    level = a.level
    level.append(entry)
    result = new(Node)
    result.value = ans
    result.entry = entry
    result.level = level
    return result


def pull(ct, entry, cotangents):
    _, _, _, p{saved_x} = entry
{pull_x}"""

_BINARY = """
def call(a, b):
    if type(a) is Node:
        level = a.level
        p = a.entry
        x = a.value
        if type(b) is Node:
            q = b.entry
            y = b.value
{square}            if b.level is not level or p is None or q is None or not (
                type(x) is type(y) is float64 or x.dtype is y.dtype
            ):
                return operate(op, (a, b))
            ans = {value}{guard_both}
            if type(ans) is float64 or x.shape == y.shape:
                entry = [next_serial(), None, pull_both, p, q{saved_xy}]
            else:
                entry = [
                    next_serial(), None, wide_both, p, q, x.shape, y.shape, ans.ndim{saved_xy}
                ]
        elif type(b) in PLAIN and p is not None:
            y = b
{power}            ans = {value}
            if {unless_float_b}not (type(x) is type(ans) is float64 or x.dtype is ans.dtype):
                return record_one(op, 0, a, ans, (x, y))
{keep_y}            if type(ans) is float64 or x.shape == ans.shape:
                entry = [next_serial(), None, pull_left, p{saved_x}]
            else:
                entry = [next_serial(), None, wide_left, p, x.shape, ans.ndim{saved_x}]
        else:
            return operate(op, (a, b))
    elif type(a) in PLAIN and type(b) is Node and b.entry is not None:
        level = b.level
        q = b.entry
        x = a
        y = b.value
        ans = {value}
        if {unless_float_a}not (
            type(y) is type(ans) is float64 or (type(ans) is not complex and y.dtype is ans.dtype)
        ):
            return record_one(op, 1, b, ans, (x, y))
{keep_x}        if type(ans) is float64 or y.shape == ans.shape:
            entry = [next_serial(), None, pull_right, q{saved_y}]
        else:
            entry = [next_serial(), None, wide_right, q, y.shape, ans.ndim{saved_y}]
    else:
        return operate(op, (a, b))
    level.append(entry)
    result = new(Node)
    result.value = ans
    result.entry = entry
    result.level = level
    return result


def pull_both(ct, entry, cotangents):
    _, _, _, p, q{saved_xy} = entry
{pull_both}

def pull_left(ct, entry, cotangents):
    _, _, _, p{saved_x} = entry
{pull_x}

def pull_right(ct, entry, cotangents):
    _, _, _, q{saved_y} = entry
{pull_y}

def wide_both(ct, entry, cotangents):
    _, _, _, p, q, shape_x, shape_y, ndim{saved_xy} = entry
{wide_both}

def wide_left(ct, entry, cotangents):
    _, _, _, p, shape_x, ndim{saved_x} = entry
{wide_x}

def wide_right(ct, entry, cotangents):
    _, _, _, q, shape_y, ndim{saved_y} = entry
{wide_y}"""
