"""A tape that remembers lines and operands: which operation makes a cotangent nan or infinite."""

from __future__ import annotations

from typing import Any

from adkit.common.registry import Operation
from adkit.common.tracebacks import user_line
from adkit.common.trapping import Visit, adopted, first_nonfinite, inside, visit
from adkit.reverse.node import Node
from adkit.reverse.tape import Cotangents, Entry, Tape, parents


class WatchedTape(Tape):
    """A tape with a record of every operation.

    Attributes
    ----------
    visits : dict
        Of each entry by its serial, the operation and the user's line.
    """

    __slots__ = ("visits",)

    def __init__(self, number: int | None = None, *, structural: bool = False) -> None:
        super().__init__(number, structural=structural)
        self.visits: dict[int, tuple[Visit, list[int]]] = {}
        self.append = self._note

    def _note(self, entry: Entry) -> None:
        self.entries.append(entry)
        self.visits[entry[0]] = Visit("an assignment", [], user_line()), []

    def sweep(self, cotangents: Cotangents, lead: int, *, stops: bool = False) -> Cotangents:
        """Pull cotangents back; with `stops`, raise where one becomes nan or infinite.

        Parameters
        ----------
        cotangents : dict
            Seeds by serial; consumed. What remains belongs to leaves.
        lead : int
            How many axes of directions they have.
        stops : bool
            Whether this tape is searched; otherwise one around it is.
        """
        for entry in reversed(self.entries):
            ct = cotangents.pop(entry[0], None)
            if ct is None:
                continue
            seen, serials = self.visits[entry[0]]
            with inside(f"the derivative of {seen.operation}", seen.place):
                entry[2](ct, entry, cotangents)
            for k, parent in enumerate(parents(entry) if stops else ()):
                pulled = cotangents.get(parent[0])
                found = None if pulled is None else first_nonfinite(pulled, lead)
                if found is not None:
                    i = serials[k] if k < len(serials) else 0
                    index = found.index if i < len(seen.operands) else None
                    raise seen.error("cotangent", found, i, index)
        return cotangents


class WatchedNode(Node):
    """A Node whose tape remembers its operands."""

    __slots__ = ()

    level: WatchedTape

    def propagate(self, op: Operation, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """Apply an operation, and remember its operands."""
        if op.verb == "composite":
            with inside(op.name):
                result = super().propagate(op, args, kwargs)
            return adopted(result, Node, WatchedNode, self.level)
        result = adopted(super().propagate(op, args, kwargs), Node, WatchedNode, self.level)
        for y in result if isinstance(result, (list, tuple)) else [result]:
            if isinstance(y, Node) and y.level is self.level and y.entry is not None:
                self._remember(y.entry if y is result else y.entry[3], op, args)
        return result

    def _remember(self, entry: Entry, op: Operation, args: tuple[Any, ...]) -> None:
        operands, numbers = [], []
        for i, x in enumerate(op.take(args)):
            mine = isinstance(x, Node) and x.level is self.level
            operands.append(x.value if mine else x)
            if mine and any(x.entry is parent for parent in parents(entry)):
                numbers.append(i)
        self.level.visits[entry[0]] = visit(op, operands), numbers

    def snapshot(self, value: Any) -> Node:
        """Return an ordinary watched Node with this entry and another value."""
        return WatchedNode.recorded(value, self.entry, self.level)

    def constant_like(self, value: Any) -> Node:
        """Return a value as a constant of this level."""
        return WatchedNode.recorded(value, None, self.level)
