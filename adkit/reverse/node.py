"""Nodes: values whose operations are recorded, for the sweep back.

(Griewank and Walther 2008, chapters 3 and 4.)
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import Any, ClassVar

import numpy as np

from adkit.common.composites import compose
from adkit.common.inputs import differentiable
from adkit.common.levels import LevelsByHand
from adkit.common.linearisation import (
    forget,
    is_active,
    is_differentiable,
    needed,
    pull,
    rebuild,
)
from adkit.common.operators import install_operators
from adkit.common.ops.indexing import getitem
from adkit.common.registry import Operation
from adkit.common.reuse import has_room
from adkit.common.scopes import check_path, is_strict
from adkit.common.shapes import Like, dtype_of, is_passive, leading, nothing, zeros
from adkit.common.signatures import takes_answer
from adkit.common.storage import apart
from adkit.common.views import link_results
from adkit.reverse.by_hand import ByHand
from adkit.reverse.elements import row_entry, writer
from adkit.reverse.keeping import keep_arguments
from adkit.reverse.specialised import specialised
from adkit.reverse.tape import (
    Cotangents,
    Entry,
    Parents,
    Tape,
    TapeByHand,
    accumulate,
    history,
    next_serial,
    sweep,
)
from adkit.reverse.writes import SUPERSEDED, is_version, write_entry


class Node(ByHand):
    """A value that remembers what it was computed from.

    Parameters
    ----------
    data : array, number or list of numbers
        The value, of an inexact dtype (Python's ints become floats).
    requires_grad : bool
        Whether a gradient is wanted; what is computed from constants alone is
        a constant.

    Attributes
    ----------
    data : array
        The value.
    grad : Node or None
        Sum of the gradients of all `backward` calls since `zero_grad`; a Node
        that does not require gradients itself.
    requires_grad : bool
    serial : int or None
        Number in the order of recording; None of a constant.
    parents : tuple of int
        Serials of what it was computed from.

    Raises
    ------
    InputTypeError
        If `data` has no derivative: integers, bools, strings, objects.

    Examples
    --------
    >>> import numpy as np
    >>> from adkit import Node
    >>> x = Node(np.array([1.0, 2.0, 3.0]))
    >>> y = (x * x).sum()
    >>> y.backward()
    >>> x.grad.data
    array([2., 4., 6.])
    """

    __slots__ = ()

    calls: ClassVar[dict[Any, Callable[..., Any]]] = {}

    level: Tape
    entry: Entry | None

    def __init__(self, data: Any, requires_grad: bool = True) -> None:
        if isinstance(data, (list, tuple)):
            data = np.asarray(data)
            data = data.astype(float) if data.dtype.kind in "iu" else data
        self.level = _by_hand.above(data)
        self.value = differentiable(data, "data")
        self.entry = [next_serial(), None, _no_parents, Like(self.value)] if requires_grad else None

    @classmethod
    def recorded(cls, value: Any, entry: Entry | None, level: Tape) -> Node:
        """Return a Node for a value whose entry is made already."""
        node = cls.__new__(cls)
        node.value = value
        node.entry = entry
        node.level = level
        return node

    @classmethod
    def leaf(cls, value: Any, level: Tape) -> Node:
        """Return a Node without parents: an argument of a transform."""
        node = cls.__new__(cls)
        node.value = value
        node.entry = [next_serial(), None, _no_parents]
        node.level = level
        return node

    def __repr__(self) -> str:
        constant = "" if self.entry is not None else ", requires_grad=False"
        return f"Node({self.value!r}{constant})"

    # ------------------------------------------------------------ recording

    def propagate(self, op: Operation, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """Apply an operation whose highest operand is at this level."""
        level = self.level
        if op.verb == "composite":
            return compose(op, args, kwargs, level, _constant)
        handles = op.take(args)
        operands = list(handles)
        parents, own = [], set()
        lost = None
        for i, x in enumerate(handles):
            if isinstance(x, Node) and x.level is level:
                operands[i] = x.value
                own.add(i)
                if x.entry is not None:
                    if is_active(op, i):
                        parents.append((i, x.entry))
                    else:
                        lost = i
        args = op.put(args, operands)
        ans = op.function(*args, **kwargs)
        if lost is not None and is_strict():
            check_path(op, lost, ans)
        if op.verb == "constant":
            return apart(ans, operands)
        result = record(op, Parents(parents), own, ans, args, kwargs, level)
        if op.verb != "elementwise" and not op.joint:
            link_results(result, op, handles, args, kwargs)
        return result

    @classmethod
    def dependencies(cls, results: Sequence[Any], leaves: Sequence[Any]) -> list[list[bool]]:
        """Return of each result on which leaves it depends."""
        rows = []
        for y in results:
            mine = isinstance(y, Node) and y.level is leaves[0].level and y.entry is not None
            serials = {entry[0] for entry in history(y.entry)} if mine else set()
            rows.append([leaf.entry[0] in serials for leaf in leaves])
        return rows

    @classmethod
    def specialise(cls, op: Operation) -> Callable[..., Any] | None:
        """Return code for the common calls of an operation."""
        return specialised(op, Node, _record_one)

    # ------------------------------------------------------------ writes

    def snapshot(self, value: Any) -> Node:
        """Return an ordinary Node with this entry and another value."""
        return Node.recorded(value, self.entry, self.level)

    def take_derivative(self, other: Any) -> None:
        """Take over the entry of another Node of this level, or of a constant."""
        mine = isinstance(other, Node) and other.level is self.level
        self.entry = other.entry if mine else None

    def take_from(self, parent: Any) -> None:
        """Take the entry of this view from its parent: record that it was read."""
        if self.step.function is not getitem or parent.entry is None:
            super().take_from(parent)
            return
        self.entry = row_entry(parent, self)
        self.level.append(self.entry)

    def write_root(self, handle: Any, index: Any, part: Any) -> None:
        """Record a write, and move to the version after it."""
        base = self.entry
        written = None if part is None else part.entry
        if base is None and written is None:
            return
        level = self.level
        entry = write_entry(base, written, self, handle, index, part)
        level.append(entry)
        self.entry = entry
        if base is not None and type(level) is TapeByHand and is_version(base):
            base[1] = SUPERSEDED

    def constant_like(self, value: Any) -> Node:
        """Return a value as a constant of this level."""
        return Node.recorded(value, None, self.level)


# ---------------------------------------------------------------- recording


def record(
    op: Operation,
    parents: Parents,
    own: Collection[int],
    ans: Any,
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
    level: Tape,
) -> Any:
    """Record an operation whose value is known, and return it as a Node.

    Operands that are not the level's `own` may change before the sweep; what is saved
    of them is kept (see `adkit.reverse.keeping`).
    """
    if type(ans) is complex:  # Python's, of a complex on the left of a NumPy float
        ans = np.complex128(ans)
    results = isinstance(ans, tuple)
    if not parents or not (results or is_differentiable(op, ans)):
        return _constant(apart(ans, op.take(args)), level)
    operands, answer = needed(op, tuple([i for i, _ in parents]))
    kept = ans if answer else None
    args, kwargs = keep_arguments(op, own, forget(op, operands, args), kwargs, level)
    shapes = tuple(map(Like, ans)) if results else Like(ans)
    entry = [next_serial(), None, _pull_entry, parents, op, kept, args, kwargs, shapes]
    level.append(entry)
    if not results:
        return Node.recorded(ans, entry, level)
    return rebuild(ans, [_one_result(y, i, entry, level) for i, y in enumerate(ans)])


def _record_one(op: Operation, i: int, node: Node, ans: Any, args: tuple[Any, ...]) -> Any:
    """Record an elementwise operation on one Node whose value is known already."""
    assert node.entry is not None
    return record(op, Parents([(i, node.entry)]), [i], ans, args, {}, node.level)


def _constant(ans: Any, level: Tape) -> Any:
    """Return a result that depends on nothing: by hand it stays a Node."""
    if type(level) is TapeByHand and not isinstance(ans, tuple) and dtype_of(ans).kind in "fc":
        return Node.recorded(ans, None, level)
    return ans


def _one_result(y: Any, i: int, entry: Entry, level: Tape) -> Any:
    """Return one of several results as a Node with an entry of its own."""
    if dtype_of(y).kind not in "fc":
        return y
    own: Entry = [next_serial(), None, _pull_result, entry, i]
    level.append(own)
    return Node.recorded(y, own, level)


# ---------------------------------------------------------------- pulling


def _no_parents(ct: Any, entry: Entry, cotangents: Cotangents) -> None:
    """Keep the cotangent of a leaf: the sweep returns it."""
    cotangents[entry[0]] = ct


def _pull_result(ct: Any, entry: Entry, cotangents: Cotangents) -> None:
    """Collect the cotangent of one of several results."""
    _, _, _, whole, i = entry
    cotangents.setdefault(whole[0], [None] * len(whole[-1]))[i] = ct


def _pull_entry(ct: Any, entry: Entry, cotangents: Cotangents) -> None:
    """Pull the cotangent of any operation back to its parents."""
    _, _, _, parents, op, ans, args, kwargs, shapes = entry
    if type(ct) is list:
        ct = _filled(ct, shapes)
    wanted = [i for i, _ in parents]
    if op.selects is not None and type(args[0]) is np.ndarray and is_passive(ct):
        serial = parents[0][1][0]
        if serial in cotangents and has_room(cotangents[serial], args[0]):
            found = op.selects(ct, ans, *args, **kwargs)
            if found is not None:
                values, places = found
                cotangents[serial].reshape(-1)[places] += values
                return
    if op.verb != "elementwise" and any(op.pull_rule(0 if op.joint else i) is None for i in wanted):
        pulled = [transposed_push(op, i, ct, ans, args, kwargs) for i in wanted]
    else:
        pulled = pull(op, wanted, ct, shapes if ans is None else ans, args, kwargs)
    for (_, parent), c in zip(parents, pulled, strict=True):
        accumulate(cotangents, parent, c)


def _filled(cts: list[Any], shapes: tuple[Like, ...]) -> tuple[Any, ...]:
    """Put zeros for results that nothing depends on."""
    lead = next(leading(ct, y.ndim) for ct, y in zip(cts, shapes, strict=True) if ct is not None)
    return tuple(
        nothing(lead + y.shape, y.dtype) if ct is None else ct
        for ct, y in zip(cts, shapes, strict=True)
    )


def transposed_push(
    op: Operation, i: int, ct: Any, ans: Any, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> Any:
    """Pull through an operation that declares only how it pushes.

    The push is linear in its tangent, so recording it once, at zero, and sweeping
    back gives its transpose.
    """
    x = op.take(args)[i]
    rule = op.push_rule(i)
    tape = Tape()
    t = Node.leaf(zeros(np.shape(x), dtype_of(x)), tape)
    assert t.entry is not None
    result = rule(t, ans, *args, **kwargs) if takes_answer(rule) else rule(t, *args, **kwargs)
    tape.end()
    pairs = zip(result, ct, strict=True) if isinstance(result, tuple) else [(result, ct)]
    cotangents = Cotangents()
    for y, c in pairs:
        if type(y) is Node and y.level is tape and y.entry is not None:
            accumulate(cotangents, y.entry, c)
    sweep(reversed(tape.entries), cotangents)
    return cotangents.get(t.entry[0], zeros(np.shape(x), dtype_of(x)))


_by_hand = LevelsByHand(TapeByHand)
install_operators(Node)
Node.__setitem__ = writer(Node)  # type: ignore[method-assign]
