"""Writes into traced arrays, with NumPy's own semantics of views.

A traced array is a *handle*. As long as nobody writes, that is all there is to it.
At its first write an array becomes *stored*: it gets memory of its own, so that what
was recorded before keeps the old values, and every live view of it is taken anew from
that memory (`adkit.common.views`). From then on

- values live in real memory: a write through any view is NumPy's own write, and all
  other views see it;
- the derivative lives in the *root*, the array that is no view. A write moves the root
  to its next version (`Tracer.write_root`); a view whose version is behind takes its
  derivative from the root again when it is read (`refresh`);
- an operation on a stored array gets a copy of what it reads (`current`), so what it
  saves stays as it was. Reading a row of a large array copies the row.

So a step of a loop over parts of an array costs those parts, however large the array is, in the
sweep back as well: the sweep owns the cotangent of a written array and works in its memory. On
rows of 100 elements a step that writes takes 1.2 to 1.4 times what its reads and arithmetic take
(``python -m benchmarks inplace``, whose module holds the figures).

A value of a higher level than the array makes the array one of that level (`_lift`).
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from threading import RLock, get_ident
from typing import Any

import numpy as np
from numpy import ndarray
from numpy.lib.array_utils import byte_bounds

from adkit.common.errors import InPlaceError, written_by_two_threads
from adkit.common.levels import is_traced
from adkit.common.ops.indexing import getitem, is_basic
from adkit.common.views import (
    Step,
    Views,
    attach,
    family,
    follow,
    numbered,
    parent_of,
    path_of,
    root_of,
    shares,
)

#: Held while an array gets memory of its own.
_storing = RLock()
_stored_types: dict[type[Any], type[Any]] = {}
#: How arrays of a type are copied for an operation; those of other types are not stored.
_copiers: dict[type[Any], Callable[[Any], Any]] = {}


def is_stored(x: Any) -> bool:
    """Return whether `x` is a traced array that has been written into, or a view of one."""
    return type(x) in _copiers


def stored_type(engine: type[Any]) -> type[Any]:
    """Return the type of stored arrays of an engine."""
    kind = _stored_types.get(engine)
    if kind is None:
        from adkit.common.copying import operators_on_copies  # operators need this module

        methods = operators_on_copies(engine, current)
        kind = type(f"Stored{engine.__name__}", (engine,), {"__slots__": (), **methods})
        _stored_types[engine] = kind
        _copiers[kind] = ordinary
    return kind


def always_stored(engine: type[Any]) -> None:
    """Say that all arrays of an engine are stored from the beginning."""
    _stored_types[engine] = engine
    _copiers[engine] = ordinary


def copied_by(engine: type[Any], copier: Callable[[Any], Any]) -> None:
    """Give an engine code of its own that does what `ordinary` does."""
    _copiers[stored_type(engine)] = copier


# ---------------------------------------------------------------- reading


def current(x: Any) -> Any:
    """Return a stored array as an ordinary traced one, with a copy of its values."""
    copier = _copiers.get(type(x))
    return x if copier is None else copier(x)


def ordinary(handle: Any) -> Any:
    """Copy a stored array."""
    refresh(handle)
    copy = handle.snapshot(private(handle.value))
    if is_traced(copy):
        copy.own_derivative()
    return copy


def private(x: Any) -> Any:
    """Return a value that no later write to `x` reaches; a traced one shares its memory."""
    if isinstance(x, np.ndarray):
        return x.copy(order="K")
    if not is_traced(x):
        return x
    return current(x) if type(x) in _copiers else x.snapshot(x.value)


def apart(ans: Any, operands: Sequence[Any]) -> Any:
    """Return a result without derivative so that a write to it reaches no operand."""
    return private(ans) if any(shares(ans, x) for x in operands) else ans


def read(handle: Any, step: Step) -> Any:
    """Apply a linear operation to a stored array; a view of it stays a view."""
    refresh(handle)
    plain = handle.snapshot(handle.value)
    taken = step.of(plain)
    if taken is plain:
        return handle
    mine = is_traced(taken) and taken.level is handle.level
    value = taken.value if mine else taken
    if shares(value, handle.value):
        return view_of(handle, step, value, taken)
    if mine:
        taken.own_derivative()
    return taken


def view_of(handle: Any, step: Step, value: Any, taken: Any) -> Any:
    """Return a view of a stored array that has the derivative of `taken`."""
    view = handle.__class__.__new__(handle.__class__)
    view.value = value
    view.level = handle.level
    view.take_derivative(taken)
    attach(view, handle, step)
    view.version = root_of(handle).version
    return view


def refresh(view: Any) -> None:
    """Take the derivative of a view from its root, if that has been written since."""
    parent = parent_of(view)
    if parent is None:
        return
    if parent_of(parent) is None:
        if view.version != parent.version:
            view.take_from(parent)
            view.version = parent.version
        return
    version = root_of(parent).version
    behind = []
    while (parent := parent_of(view)) is not None and view.version != version:
        behind.append(view)
        view = parent
    for view in reversed(behind):
        view.take_from(view.parent)
        view.version = version


# ---------------------------------------------------------------- writing


def write(handle: Any, index: Any, value: Any) -> None:
    """Execute ``handle[index] = value``: NumPy's write, and the derivative of it."""
    traced = is_traced(value)
    if traced:
        if parent_of(value) is handle and _is_same_place(value.step, index):
            return  # the end of handle[index] += v: the view was written already
        if type(index) is ndarray and index.dtype == bool:
            after = overlapping(handle, value, lambda x, y: operator.setitem(x, index, y))
            value = value if after is None else after[index]
        value = current(value)
        traced = is_traced(value)
    elif type(value) in (list, tuple):
        value = _joined(value)
        traced = is_traced(value)
    if type(handle) not in _copiers:
        with _storing:  # two threads may write first at the same time
            if type(handle) not in _copiers:
                _store(root_of(handle))
    root = root_of(handle)
    if root.writer != get_ident():
        level = value.level if traced and value.level.number > root.level.number else root.level
        level.shared = True  # what a thread raises may reach nobody
        raise written_by_two_threads()
    if not traced:
        handle.value[index] = value
        root.write_root(handle, index, None)
        root.version += 1
        return
    if value.level.number > root.level.number:
        _lift(root, value)
    mine = value.level is root.level
    part = value.value if mine else value
    if is_traced(part) and isinstance(root.value, np.ndarray):
        _raise_memory(root)
    handle.value[index] = part
    root.write_root(handle, index, value if mine else None)
    root.version += 1


def overlapping(handle: Any, value: Any, assign: Callable[[Any, Any], Any]) -> Any:
    """Return what `handle` holds after ``assign(handle, value)``, if both share memory.

    NumPy mostly looks whether source and target overlap, and takes a copy; but masks,
    ``x.flat`` and ``np.place`` read elements that they have just written. So the
    assignment is tried on numbers that say where an element comes from.
    """
    if not is_traced(value) or root_of(value) is not root_of(handle):
        return None
    root = root_of(handle)
    numbers = numbered(root)
    target = follow(path_of(handle), numbers)
    assign(target, follow(path_of(value), numbers))
    return np.ravel(current(root))[target]


def _joined(values: Any) -> Any:
    from adkit.common.ops.creation import joined  # rare

    return joined(values)


def _is_same_place(step: Step, index: Any) -> bool:
    """Return whether a view is what an index reads."""
    return step.function is getitem and is_basic(index) and step.args[0] == index


def _store(root: Any) -> None:
    """Give an array and its views memory of their own, at the first write."""
    value = root.value
    if isinstance(value, np.ndarray):
        if not value.flags.writeable:
            raise ValueError("assignment destination is read-only")  # as NumPy says
        root.value = _same_layout(value)
    elif is_traced(value):
        root.value = private(value)
    else:
        raise InPlaceError(
            "ADK302",
            "a traced scalar cannot be written into",
            instead="NumPy's scalars cannot either: make an array with x.reshape(1)",
        )
    root.own_derivative()
    root.parent = None
    root.writer = get_ident()
    for handle in family(root):
        handle.__class__ = stored_type(type(handle))
        handle.version = 0
        if handle is not root:
            handle.value = handle.step.of(handle.parent.value)


def _same_layout(x: Any) -> Any:
    """Return a copy of an array with its strides, so that views of it stay views."""
    copy = x.copy(order="K")
    if copy.strides == x.strides:
        return copy
    low, high = byte_bounds(x)
    memory = np.empty(high - low, np.uint8)
    start = x.__array_interface__["data"][0] - low
    copy = np.ndarray(x.shape, x.dtype, memory, start, x.strides)
    copy[...] = x
    return copy


def reshape_in_place(handle: Any, shape: Any) -> None:
    """Execute ``handle.shape = shape``: the array becomes a view of what it was."""
    before = handle.__class__.__new__(handle.__class__)
    for name in (
        "value",
        "level",
        "parent",
        "step",
        "version",
        "writer",
        "entry",
        "tangent",
        "alive",
    ):
        if hasattr(handle, name):
            setattr(before, name, getattr(handle, name))
    after: Any = np.reshape(before, shape)
    if not shares(after.value, before.value):
        raise AttributeError("Incompatible shape for in-place modification")  # as NumPy says
    for ref in getattr(handle, "views", ()):
        if (view := ref()) is not None:
            attach(view, before, view.step)
    handle.views = Views()
    handle.value = after.value
    handle.take_derivative(after)
    attach(handle, before, after.step)
    if type(handle) in _copiers:
        handle.version = root_of(before).version


def _lift(root: Any, value: Any) -> None:
    """Make an array, constant so far at the level of `value`, an array of that level."""
    root.before_lift()
    members = family(root)
    below = root.value if is_ground(root) else _twin(root)
    root.entry = root.tangent = None
    constant = value.constant_like(below)
    for handle in members:
        handle.__class__ = stored_type(type(constant))
        handle.level = value.level
        handle.version = -1
    root.value = below
    root.parent = None
    root.version = 0
    root.take_derivative(constant)
    _take_views_again(members)


def buffer(array: Any) -> Any:
    """Return a buffer of the memory of a plain array."""
    from adkit.common.buffers import Buffer  # buffers are written by this module

    return Buffer(array)


def is_ground(root: Any) -> bool:
    """Return whether an array carries no derivative yet: a buffer."""
    number: int = root.level.number
    return number == 0


def _twin(root: Any) -> Any:
    """Return another handle of the same memory and derivative, without views."""
    twin = root.__class__.__new__(root.__class__)
    twin.value = root.value
    twin.level = root.level
    twin.take_derivative(root)
    twin.parent = None
    twin.version = 0
    twin.writer = root.writer
    return twin


def _raise_memory(root: Any) -> None:
    """Make the memory of an array one that takes traced values of lower levels."""
    root.value = buffer(root.value)
    _take_views_again(family(root))


def _take_views_again(members: Sequence[Any]) -> None:
    for handle in members[1:]:
        handle.value = handle.step.of(handle.parent.value)


def place_path(handle: Any, index: Any) -> list[Step]:
    """Return the steps from the root of a view to ``handle[index]``."""
    return [*path_of(handle), Step(getitem, (index,), {})]
