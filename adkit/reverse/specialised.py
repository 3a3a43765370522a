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

from adkit.common.dispatch import PLAIN, apply
from adkit.common.levels import is_traced
from adkit.common.linearisation import is_differentiable
from adkit.common.operators import direct, operate
from adkit.common.ops.casting import cast
from adkit.common.ops.indexing import getitem
from adkit.common.registry import SEQUENCE, Operation
from adkit.common.shapes import Like
from adkit.common.signatures import takes_answer
from adkit.common.views import Step, link
from adkit.reverse.elements import reader
from adkit.reverse.elementwise import elementwise
from adkit.reverse.keeping import keep, keep_static
from adkit.reverse.repeated_products import shared_entry
from adkit.reverse.sums import sum_first
from adkit.reverse.tape import Cotangents, Entry, Parents, accumulate, next_serial


def specialised(
    op: Operation, node: type[Any], record_one: Callable[..., Any]
) -> Callable[..., Any] | None:
    """Return code for the common calls of an operation, None if it has none."""
    if op.verb == "elementwise" and len(op.partials) <= 2 and None not in op.partials:
        return elementwise(op, node, record_one)
    if op.function is getitem:
        return reader(op, node)
    if op.verb == "linear" and op.operands == 1:
        return _linear(op, node)
    if op.verb == "linear" and op.operands == SEQUENCE:
        return _joining(op, node)
    if op.verb == "bilinear":
        return _bilinear(op, node)
    return direct(op, node)


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
    repeats = op.slicewise is not None
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
                if repeats:
                    p, q = shared_entry(p, x, y, 1, level), shared_entry(q, y, x, 0, level)
                entry = [next_serial(), None, pull_both, p, q, x, y]
            elif type(b) in PLAIN and p is not None:
                ans = function(x, b)
                if repeats:
                    p = shared_entry(p, x, b, 1, level)
                entry = [next_serial(), None, pull_left, p, Like(x), keep(b, level)]
            else:
                return operate(op, (a, b))
        elif type(a) in PLAIN and type(b) is node and b.entry is not None:
            level = b.level
            y = b.value
            q = b.entry
            ans = function(a, y)
            if repeats:
                q = shared_entry(q, y, a, 0, level)
            entry = [next_serial(), None, pull_right, q, keep(a, level), Like(y)]
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
