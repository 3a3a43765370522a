"""What recording an elementwise operation runs in the common cases: code from its partials.

Only what the partials name is saved. Numbers have code of their own (see `adkit.reverse.numbers`).
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from textwrap import indent
from typing import Any

from numpy import negative

from adkit.common.dispatch import PLAIN
from adkit.common.operators import operate
from adkit.common.registry import Operation
from adkit.common.reuse import added, negated, subtracted
from adkit.common.shapes import unbroadcast
from adkit.common.signatures import parameter_names
from adkit.common.specialise import (
    binary_head,
    define,
    form_of,
    is_operator,
    joined_source,
    keeps_dtype,
    names_needed,
    namespace,
    power_source,
    scale_source,
    square_source,
    value_source,
)
from adkit.reverse.keeping import keep
from adkit.reverse.numbers import number_entry, terms_source
from adkit.reverse.sums import factor_first, note_sums
from adkit.reverse.tape import MINUS, PLUS, pull_one, pull_term, pull_terms, pull_two, serials


def elementwise(
    op: Operation, node: type[Any], record_one: Callable[..., Any]
) -> Callable[..., Any]:
    """Return code for an operation of one or two operands."""
    names = namespace(
        op,
        Node=node,
        PLAIN=PLAIN,
        new=functools.partial(object.__new__, node),
        serials=serials,
        operate=operate,
        record_one=record_one,
        PLUS=PLUS,
        MINUS=MINUS,
        pull_one=pull_one,
        pull_two=pull_two,
        pull_term=pull_term,
        pull_terms=pull_terms,
        keep=keep,
        added=added,
        negated=negated,
        subtracted=subtracted,
        negative=negative,
        unbroadcast=unbroadcast,
        together=op.pulls[0] if op.pulls else None,
        factor_first=factor_first,
    )
    arity = len(op.partials)
    source = _unary_source(op) if arity == 1 else _binary_source(op)
    call: Callable[..., Any] = define(f"reverse {op.name}", source, names)
    if arity == 2:
        note_sums(op, names)
    return call


def _unary_source(op: Operation) -> str:
    return _UNARY.format(
        value=value_source(op, "x"),
        pull=_pull_source(op, 0, "p", last=True),
        guard="" if keeps_dtype(op) else _OTHER_DTYPE,
        saved=_saved(op, 0),
        number_x=number_entry(op, 0),
        terms=terms_source(op, 0),
        result=_RESULT,
    )


def _binary_source(op: Operation) -> str:
    uniform = keeps_dtype(op)
    return _BINARY.format(
        head=binary_head(op),
        value=joined_source(op, *"xy"),
        number=value_source(op, *"xy"),
        square=indent(square_source(op), "    "),
        power=power_source(op),
        guard="" if uniform else _OTHER_DTYPE_OF_BOTH,
        deep_guard="" if uniform else indent(_OTHER_DTYPE_OF_BOTH, "    "),
        unless_float_a="type(a) is not float and " if uniform else "",
        unless_float_b="type(b) is not float and " if uniform else "",
        keep_x=_KEEP_X if "x" in names_needed(op, 1) else "",
        keep_y=_KEEP_Y if "y" in names_needed(op, 0) else "",
        saved_x=_saved(op, 0),
        saved_y=_saved(op, 1),
        saved_xy=_saved(op, 0, 1),
        reflected=_reflected_source(op),
        result=_RESULT,
        number_x=number_entry(op, 0),
        number_y=number_entry(op, 1),
        number_xy=number_entry(op, 0, 1),
        terms=terms_source(op, 0) + terms_source(op, 1) + terms_source(op, 0, 1),
        pull_x=_pull_source(op, 0, "p", last=True),
        pull_y=_pull_source(op, 1, "q", last=True),
        pull_both=_both_source(op),
        wide_x=_pull_source(op, 0, "p", "x", last=True),
        wide_y=_pull_source(op, 1, "q", "y", last=True),
        wide_both=_both_source(op, "x", "y"),
    )


def _saved(op: Operation, *operands: int) -> str:
    """Return the end of an entry: what the partials of some operands read."""
    return "".join(f", {name}" for name in names_needed(op, *operands))


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
        options = f", cotangents, {last}, {spare}"
        form = form_of(partial)
        if form == "quotient":
            _, divisor, ans = parameter_names(partial)
            term = sums.format(_RATIO.format(x=divisor, ans=ans, options=options))
            return _SUBTRACT_INTO.format(term=term, parent=parent)
        term = sums.format(scale_source(op, i, "ct", options))
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
    if list(map(form_of, op.partials)) == ["divided", "quotient"]:  # which alone needs the result
        return _pull_source(op, 1, "q", y) + _pull_source(op, 0, "p", x, last=True)
    if not op.pulls:
        return _pull_source(op, 0, "p", x) + _pull_source(op, 1, "q", y, last=True)
    given = ["ct" if name == "t" else name for name in parameter_names(op.pulls[0])]
    lines = f"    first, second = together({', '.join(given)})\n"
    for term, parent, wide in (("first", "p", x), ("second", "q", y)):
        term = f"unbroadcast({term}, shape_{wide}, ndim)" if wide else term
        lines += _ADD.format(term=term, parent=parent)
    return lines


def _reflected_source(op: Operation) -> str:
    """Return the code of an operator with a Python float on its left."""
    if not is_operator(op):
        return ""
    number = value_source(op, *"xy")
    return _REFLECTED.format(number=number, number_y=number_entry(op, 1), result=_RESULT)


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

#: Minus the cotangent of a divisor.
_RATIO = "(times_ratio(ct, {x}, {ans}{options}) if type(ct) is ndarray else ct * ({ans} / {x}))"

_SUBTRACT_INTO = """    t = {term}
    serial = {parent}[0]
    own = type(t) is ndarray and t.base is None
    if serial in cotangents:
        c = cotangents[serial]
        if own and type(c) is ndarray and t.shape == c.shape and t.dtype is c.dtype:
            subtract(c, t, t)
        else:
            t = c - t
    elif own:
        negative(t, t)
    else:
        t = -t
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

_RESULT = """    append = level.append
    append(entry)
    result = new()
    result.value = ans
    result.entry = entry
    result.level = level
    return result
"""

_UNARY = """
def call(a):
    p = a.entry if type(a) is Node else None
    if p is None:
        return operate(op, (a,))
    x = a.value
    ans = {value}
    if type(x) is type(ans) is float64:
        entry = [next(serials), {number_x}]
    else:{guard}
        entry = [next(serials), None, pull, p{saved}]
    level = a.level
{result}

{terms}def pull(ct, entry, cotangents):
    _, _, _, p{saved} = entry
{pull}"""

_BINARY = """
{head}
    if type(a) is Node:
        level = a.level
        p = a.entry
        x = a.value
        if type(b) is Node:
            q = b.entry
            y = b.value
            if b.level is not level or p is None or q is None:
                return operate(op, (a, b))
            if type(x) is type(y) is float64:
                ans = {number}{guard}
                entry = [next(serials), {number_xy}]
            else:
{square}                if x.dtype is not y.dtype:
                    return operate(op, (a, b))
                shapes = x.shape, y.shape
                if shapes[0] == shapes[1]:
                    ans = {number}{deep_guard}
                    entry = [next(serials), None, pull_both, p, q{saved_xy}]
                else:
                    ans = {value}{deep_guard}
                    entry = [next(serials), None, wide_both, p, q, *shapes, ans.ndim{saved_xy}]
        elif (type(b) is float or type(b) in PLAIN) and p is not None:
            y = b
{power}            ans = {value}
            if {unless_float_b}not (type(x) is type(ans) is float64 or x.dtype is ans.dtype):
                return record_one(op, 0, a, ans, (x, y))
{keep_y}            if type(ans) is float64:
                entry = [next(serials), {number_x}]
            elif type(b) is float or x.shape == ans.shape:
                entry = [next(serials), None, pull_left, p{saved_x}]
            else:
                entry = [next(serials), None, wide_left, p, x.shape, ans.ndim{saved_x}]
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
{keep_x}        if type(ans) is float64:
            entry = [next(serials), {number_y}]
        elif type(a) is float or y.shape == ans.shape:
            entry = [next(serials), None, pull_right, q{saved_y}]
        else:
            entry = [next(serials), None, wide_right, q, y.shape, ans.ndim{saved_y}]
    else:
        return operate(op, (a, b))
{result}

{reflected}{terms}def pull_both(ct, entry, cotangents):
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

#: What an operator does with a Python float on its left.
_REFLECTED = """def reflected(b, a):
    y = b.value
    if type(a) is not float or type(y) is not float64 or type(b) is not Node or b.entry is None:
        return call(a, b)
    x = a
    ans = {number}
    q = b.entry
    entry = [next(serials), {number_y}]
    level = b.level
{result}

"""
