"""Views: which traced arrays lie in the memory of which, as NumPy's arrays do.

A view knows its parent and how it was made from it, a function and its arguments, so
that it can be made again: in memory that the parent got later, in the flat positions
of an array, in a tangent. A parent knows its views weakly.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple
from weakref import ref

import numpy as np

from adkit.common.levels import is_traced
from adkit.common.ops.indexing import getitem
from adkit.common.registry import Operation

#: Makes a Step without the checks of its arguments, which take as long as all the rest.
new_step: Any = tuple.__new__
_NO_OPTIONS: dict[str, Any] = {}


class Step(NamedTuple):
    """How a view was made from its parent: ``function(parent, *args, **kwargs)``."""

    function: Callable[..., Any]
    args: tuple[Any, ...]
    kwargs: dict[str, Any]

    def of(self, x: Any) -> Any:
        """Return the view of another array."""
        return self.function(x, *self.args, **self.kwargs)


def step_of(
    op: Operation, args: tuple[Any, ...], kwargs: dict[str, Any], i: int = 0, k: int | None = None
) -> Step:
    """Return how result `k` (None: the only one) of an operation is made from operand `i`."""
    operands = op.take(args)
    if k is None and len(operands) == 1 and operands[0] is args[0]:
        return Step(op.function, args[1:], kwargs)

    plain = [plain_of(x) for x in operands]
    bare = op.put(args, plain)  # a tape that held traced values would hold itself

    def again(x: Any) -> Any:
        mine = [x if j == i else y for j, y in enumerate(plain)]
        result = op.function(*op.put(bare, mine), **kwargs)
        return result if k is None else result[k]

    return Step(again, (), {})


def fixed(argument: Any) -> Any:
    """Return an argument that nobody changes: shapes and axes may be given as lists."""
    kind = type(argument)
    if kind is tuple or kind is list:
        return tuple(map(fixed, argument)) if argument else ()
    if kind is dict:
        return {name: fixed(value) for name, value in argument.items()} if argument else argument
    return argument


def plain_of(x: Any) -> Any:
    """Return the numbers of an operand: of those that were not viewed the shape matters."""
    while is_traced(x):
        x = x.value
    return x


# ---------------------------------------------------------------- whose memory


def shares(view: Any, x: Any) -> bool:
    """Return whether `view` lies in the memory of `x`, from which it was computed."""
    if isinstance(view, np.ndarray):
        base = view.base
        while base is not None and not isinstance(base, np.ndarray):
            base = getattr(base, "base", None)  # as_strided puts a stand-in between
        return view is x or (
            base is not None and isinstance(x, np.ndarray) and (base is x or base is x.base)
        )
    if not is_traced(view):
        return False
    while view is not x:
        view = parent_of(view)
        if view is None:
            return False
    return True


def is_same_window(y: Any, z: Any) -> bool:
    """Return whether two results are the same elements of the same memory."""
    while is_traced(y) and is_traced(z):
        y, z = y.value, z.value
    if y is z:
        return isinstance(y, np.ndarray)
    return (
        isinstance(y, np.ndarray)
        and isinstance(z, np.ndarray)
        and y.base is not None
        and y.__array_interface__ == z.__array_interface__
    )


# ---------------------------------------------------------------- the tree of views


def link(view: Any, parent: Any, step: Step) -> None:
    """Note that a result is a view of an operand, if NumPy made one."""
    if shares(view.value, parent.value):
        attach(view, parent, step)


def attach(view: Any, parent: Any, step: Step) -> None:
    """Note that a traced array is a view of another."""
    view.parent = parent
    if step.function is not getitem:
        step = Step(step.function, fixed(step.args), fixed(step.kwargs))
    view.step = step
    note(view, parent)


def attach_part(view: Any, parent: Any, index: Any) -> None:
    """Note that a traced array is a part of another, at a basic index."""
    view.parent = parent
    view.step = new_step(Step, (getitem, (index,), _NO_OPTIONS))
    note(view, parent)


def note(view: Any, parent: Any) -> None:
    """Let an array know a view of it, weakly."""
    try:
        views = parent.views
    except AttributeError:
        views = parent.views = Views()
    if len(views) >= views.limit:
        views.forget_dead()
    views.append(ref(view))


class Views(list[ref[Any]]):
    """References to views. The dead are forgotten whenever the list has doubled."""

    __slots__ = ("limit",)

    def __init__(self) -> None:
        super().__init__()
        self.limit = 16

    def forget_dead(self) -> None:
        """Drop references to views that no longer exist."""
        self[:] = [view for view in self if view() is not None]
        self.limit = max(16, 2 * len(self))


def parent_of(handle: Any) -> Any:
    """Return the array that this one is a view of, None if it is no view."""
    return getattr(handle, "parent", None)


def root_of(handle: Any) -> Any:
    """Return the array that a view is a view of, in the end."""
    while (parent := parent_of(handle)) is not None:
        handle = parent
    return handle


def path_of(handle: Any) -> list[Step]:
    """Return the steps that lead from the root to a view."""
    steps: list[Step] = []
    while (parent := parent_of(handle)) is not None:
        steps.append(handle.step)
        handle = parent
    return steps[::-1]


def family(root: Any) -> list[Any]:
    """Return an array and all its live views, parents before children."""
    found = [root]
    for handle in found:
        found += [view for see in getattr(handle, "views", ()) if (view := see()) is not None]
    return found


def numbered(root: Any) -> Any:
    """Return the flat positions of an array, as integers that lie in memory as it does."""
    order = sorted(range(root.ndim), key=lambda axis: -abs(root.strides[axis]))
    empty = np.empty([root.shape[axis] for axis in order], np.intp)
    numbers = empty.transpose(np.argsort(order)) if order else empty
    numbers[...] = np.arange(numbers.size).reshape(numbers.shape)
    return numbers


def follow(path: Sequence[Step], x: Any) -> Any:
    """Return the view of an array to which a path leads."""
    for step in path:
        x = step.of(x)
    return x


def link_results(
    result: Any,
    op: Operation,
    operands: Sequence[Any],
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
) -> None:
    """Note which results of an operation are views of its traced operands."""
    several = isinstance(result, (list, tuple))
    for k, y in enumerate(result if several else (result,)):
        if not is_traced(y) or parent_of(y) is not None or not may_be_view(y.value):
            continue
        sharing = [
            i
            for i, x in enumerate(operands)
            if is_traced(x) and x.level is y.level and shares(y.value, x.value)
        ]
        for i in sharing:
            if y is operands[i]:
                break
            step = step_of(op, args, kwargs, i, k if several else None)
            if len(sharing) == 1 or is_made_from(operands[i], step):
                attach(y, operands[i], step)
                break


def is_made_from(x: Any, step: Step) -> bool:
    """Return whether a step makes a view of this operand, not of another in its memory."""
    copy = numbered(x)
    made = step.of(copy)
    return isinstance(made, np.ndarray) and np.may_share_memory(made, copy)


def may_be_view(ans: Any) -> bool:
    """Return whether a value may lie in memory of another."""
    return getattr(ans, "base", None) is not None or isinstance(ans, np.ndarray)
