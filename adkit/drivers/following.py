"""An engine without derivatives: it follows a function's operations, and may lift results.

Its arrays lie above those of the engine that differentiates, and hand every operation on to
it; so operations are numbered alike whichever engine that is, or with plain numbers.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar, NamedTuple

import numpy as np

from adkit.common.errors import leaked
from adkit.common.levels import Level
from adkit.common.lifting import Lifting
from adkit.common.linearisation import is_active, rebuild
from adkit.common.operators import install_operators
from adkit.common.ops.indexing import getitem
from adkit.common.ops.norms import length
from adkit.common.registry import Operation
from adkit.common.shapes import dtype_of
from adkit.common.storage import apart, current
from adkit.common.tracer import Tracer
from adkit.common.views import link_results, shares

__all__ = ["Followed", "FollowingLevel"]


class Seen(NamedTuple):
    """An operation that was followed.

    Attributes
    ----------
    number : int
        Which one of the function.
    size : int
        Elements of its result.
    read : int
        Elements that it reads of its largest operand that depends on the argument.
    is_complex : bool
        Whether its result is.
    """

    number: int
    size: int
    read: int
    is_complex: bool = False


class FollowingLevel(Level):
    """One run of a function that is followed.

    Parameters
    ----------
    chosen : set of int
        Numbers of the operations whose results are lifted.
    run : Lifting
        What was lifted, and what takes its place.
    expands : bool
        Whether operations that are defined by others, variances and norms among them, are
        followed into their definitions, whose values may differ from theirs in the last bits.

    Attributes
    ----------
    seen : list of Seen
    """

    __slots__ = ("chosen", "expands", "run", "seen")

    def __init__(self, chosen: frozenset[int], run: Lifting, *, expands: bool = False) -> None:
        super().__init__()
        self.chosen, self.run, self.expands = chosen, run, expands
        self.seen: list[Seen] = []

    def follow(self, x: Any) -> Any:
        """Return an argument as one that is followed."""
        if isinstance(x, (Tracer, np.ndarray, np.generic)) and dtype_of(x).kind in "fc":
            return Followed(x, self)
        return x

    def plain(self, x: Any) -> Any:
        """Return a result as it is one level down."""
        x = current(x)
        return current(x.value) if isinstance(x, Followed) and x.level is self else x

    def result(self, y: Any, read: int) -> Any:
        """Return what takes the place of the result of the next operation."""
        number = len(self.seen)
        self.seen.append(Seen(number, int(np.size(y)), read, dtype_of(y).kind == "c"))
        return self.run.replaced(y) if number in self.chosen else y


def _definition(op: Operation) -> Callable[..., Any] | None:
    """Return what an operation is in terms of others, None if that would show nothing."""
    if op.verb == "composite" or op.function in (length, np.std, np.var):
        return op.body  # the second derivatives of these three are dense
    return None


class Followed(Tracer):
    """A value whose operations are followed."""

    __slots__ = ()

    calls: ClassVar[dict[Any, Callable[..., Any]]] = {}
    level: FollowingLevel

    def __init__(self, value: Any, level: FollowingLevel) -> None:
        self.value = value
        self.level = level

    def __repr__(self) -> str:
        return f"Followed({self.value!r})"

    @classmethod
    def specialise(cls, op: Operation) -> None:
        """Return no code: nothing is computed here."""

    def propagate(self, op: Operation, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """Hand an operation on, and follow its result."""
        level = self.level
        if level.ended:
            raise leaked()
        body = _definition(op) if level.expands else None
        if body is not None:
            return body(*args, **kwargs)
        handles = op.take(args)
        values = list(handles)
        read = -1
        for i, x in enumerate(handles):
            if isinstance(x, Followed) and x.level is level:
                values[i] = x.value
                if is_active(op, i):
                    read = max(read, int(np.size(x.value)))
        args = op.put(args, values)
        ans = op.function(*args, **kwargs)
        if read < 0:
            return apart(ans, values)
        if isinstance(ans, (list, tuple)):
            result = rebuild(ans, [level.follow(y) for y in ans])
        else:
            result = level.follow(ans)
            if isinstance(result, Followed):
                selects = op.function is getitem or any(shares(ans, x) for x in values)
                result.value = level.result(ans, int(np.size(ans)) if selects else read)
        if op.verb != "elementwise" and not op.joint:
            link_results(result, op, handles, args, kwargs)
        return result

    # ------------------------------------------------------------ writes

    def snapshot(self, value: Any) -> Followed:
        """Return another value that is followed."""
        return Followed(value, self.level)

    def take_derivative(self, other: Any) -> None:
        """Do nothing: there is none."""

    def write_root(self, handle: Any, index: Any, part: Any) -> None:
        """Do nothing: what was written is in the value."""
        if self.level.ended:
            raise leaked()

    def constant_like(self, value: Any) -> Followed:
        """Return a value that can be written into."""
        return Followed(value, self.level)


install_operators(Followed)
