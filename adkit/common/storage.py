"""Writes into traced arrays, with NumPy's own semantics of views.

A traced array is a *handle*. As long as nobody writes, that is all there is to it.
At its first write an array becomes *stored*: it gets memory of its own, so that what
was recorded before keeps the old values, and every live view of it is taken anew from
that memory. From then on

- values live in real memory: a write through any view is NumPy's own write, and all
  other views see it;
- the derivative lives in the *root*, the array that is no view. A write moves the root
  to its next version (`Tracer.write_root`); a view whose version is behind takes its
  derivative from the root again when it is read (`refresh`);
- an operation on a stored array gets a copy of what it reads (`current`), so what it
  saves stays as it was. Reading a row of a large array copies the row.

A view knows its parent and how it was made from it: a function and its arguments.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from adkit.common.errors import InPlaceError
from adkit.common.levels import is_traced
from adkit.common.ops.indexing import getitem

_stored_types: dict[type[Any], type[Any]] = {}
_plain_types: dict[type[Any], type[Any]] = {}


class Step(NamedTuple):
    """How a view was made from its parent: ``function(parent, *args, **kwargs)``."""

    function: Callable[..., Any]
    args: tuple[Any, ...]
    kwargs: dict[str, Any]

    def of(self, x: Any) -> Any:
        """Return the view of another array."""
        return self.function(x, *self.args, **self.kwargs)


def is_stored(x: Any) -> bool:
    """Return whether `x` is a traced array that has been written into, or a view of one."""
    return type(x) in _plain_types


def stored_type(engine: type[Any]) -> type[Any]:
    """Return the type of stored arrays of an engine."""
    kind = _stored_types.get(engine)
    if kind is None:
        kind = type(f"Stored{engine.__name__}", (engine,), {"__slots__": ()})
        _stored_types[engine] = kind
        _plain_types[kind] = engine
    return kind


def always_stored(kind: type[Any]) -> None:
    """Declare that arrays of a type are stored from the start."""
    _stored_types[kind] = _plain_types[kind] = kind


# ---------------------------------------------------------------- views


def link(view: Any, parent: Any, step: Step) -> None:
    """Note that a result is a view of an operand, if NumPy made one."""
    if _shares(view.value, parent.value):
        attach(view, parent, step)


def attach(view: Any, parent: Any, step: Step) -> None:
    """Note that an array is a view of another."""
    view.parent = parent
    view.step = step
    try:
        views = parent.views
    except AttributeError:
        views = parent.views = []
    if len(views) >= 16 and len(views) & (len(views) - 1) == 0:
        views[:] = [ref for ref in views if ref() is not None]
    views.append(weakref.ref(view))


def _shares(view: Any, x: Any) -> bool:
    """Return whether `view` was made as a view of `x`."""
    if isinstance(view, np.ndarray):
        return view.base is not None and (view.base is x or view.base is getattr(x, "base", None))
    return is_traced(view) and parent_of(view) is x


def is_same_memory(ans: Any, x: Any) -> bool:
    """Return whether two results for the same operands lie in the same memory."""
    if isinstance(ans, np.ndarray) and isinstance(x, np.ndarray):
        return np.may_share_memory(ans, x)
    if not (is_traced(ans) and is_traced(x)):
        return False
    return ans is x or (parent_of(ans) is not None and parent_of(ans) is parent_of(x))


def parent_of(handle: Any) -> Any:
    """Return the handle that this one is a view of, None if it is no view."""
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
        found += [view for ref in getattr(handle, "views", ()) if (view := ref()) is not None]
    return found


# ---------------------------------------------------------------- reading


def current(handle: Any) -> Any:
    """Return a stored array as an ordinary traced one, with a copy of its values."""
    if type(handle) not in _plain_types:
        return handle
    refresh(handle)
    copy = handle.snapshot(_copied(handle.value))
    if is_traced(copy):
        copy.own_derivative()
    return copy


def _copied(value: Any) -> Any:
    if isinstance(value, np.ndarray):
        return value.copy(order="K")
    return current(value)


def read(handle: Any, step: Step) -> Any:
    """Apply a linear operation to a stored array; a view of it stays a view."""
    refresh(handle)
    plain = handle.snapshot(handle.value)
    result = step.of(plain)
    if result is plain:
        return handle
    if getattr(result, "level", None) is not handle.level and _shares(result, handle.value):
        result = handle.constant_like(result)  # of a constant
        attach(result, plain, step)
    if parent_of(result) is plain:
        result.parent = handle
        handle.views = [*getattr(handle, "views", ()), weakref.ref(result)]
        result.version = root_of(handle).version
        result.__class__ = stored_type(type(result))
    elif is_traced(result):
        result.own_derivative()
    return result


def refresh(view: Any) -> None:
    """Take the derivative of a view from its root, if that has been written since."""
    root = root_of(view)
    if view is root or view.version == root.version:
        return
    parent = view.parent
    refresh(parent)
    taken = view.step.of(parent.snapshot(parent.value))
    view.take_derivative(taken)
    view.version = root.version


# ---------------------------------------------------------------- writing


def write(handle: Any, index: Any, value: Any) -> None:
    """Execute ``handle[index] = value``: NumPy's write, and the derivative of it."""
    value = current(value)
    root = root_of(handle)
    if handle.dtype != root.dtype:
        raise InPlaceError(
            "ADK304",
            "a part of a traced complex array cannot be written into",
            instead="write z = re + 1j * im for an array with other parts",
        )
    if not is_stored(root):
        _store(root)
    if is_traced(value) and value.level.number > root.level.number:
        _lift(root, value)
    mine = is_traced(value) and value.level is root.level
    part = value.value if mine else value
    if is_traced(part) and isinstance(root.value, np.ndarray):
        root.value = part.constant_like(root.value)
        _store(root.value)
        _take_views_again(root)
    handle.value[index] = part
    path = [*path_of(handle), Step(getitem, (index,), {})]
    root.write_root(path, value if mine else None)
    root.version += 1


def _store(root: Any) -> None:
    """Give an array and its views memory of their own, at the first write."""
    if isinstance(root.value, np.ndarray) and not root.value.flags.writeable:
        raise ValueError("assignment destination is read-only")  # as NumPy says
    if not isinstance(_numbers(root), np.ndarray):
        raise InPlaceError(
            "ADK302",
            "a traced scalar cannot be written into",
            instead="NumPy's scalars cannot either: make an array with x.reshape(1)",
        )
    root.value = _copied(root.value) if isinstance(root.value, np.ndarray) else np.copy(root.value)
    root.own_derivative()
    root.version = 0
    for handle in family(root):
        handle.__class__ = stored_type(type(handle))
        if handle is not root:
            handle.value = handle.step.of(handle.parent.value)
            handle.version = 0


def _numbers(handle: Any) -> Any:
    while is_traced(handle):
        handle = handle.value
    return handle


def _lift(root: Any, value: Any) -> None:
    """Make an array, constant so far, an array of a higher level."""
    root.before_lift()
    members = family(root)
    below = root.snapshot(root.value)
    lifted = value.constant_like(below)
    for handle in members:
        handle.__class__ = stored_type(type(value))
        handle.level = value.level
    root.value = lifted.value
    root.take_derivative(lifted)
    _take_views_again(root)
    for handle in members[1:]:
        handle.version = -1


def _take_views_again(root: Any) -> None:
    for handle in family(root)[1:]:
        handle.value = handle.step.of(handle.parent.value)
