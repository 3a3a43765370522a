"""Finding the operation where a derivative becomes nan or infinite.

Sweeps are not watched: only if a derivative is not finite, and somebody asked by
`adkit.trap_nonfinite`, it is computed again by an engine that is. That engine's class is
a subclass, so no specialised code takes its values, and every operation passes its
`propagate`. The search keeps track of structural zeros, so what was not selected stops
nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from adkit.common import scopes
from adkit.common.errors import NonFiniteError
from adkit.common.linearisation import rebuild
from adkit.common.registry import Operation
from adkit.common.tracebacks import user_line
from adkit.common.tracer import value_of

#: The definition or the pullback that operations are part of, and the line it belongs to.
_context: ContextVar[tuple[str, str]] = ContextVar("adkit_context", default=("", ""))


@contextmanager
def searching() -> Iterator[None]:
    """Search inside this block; NumPy has given its warnings already."""
    token = scopes.searching.set(True)
    try:
        with np.errstate(all="ignore"):
            yield
    finally:
        scopes.searching.reset(token)


@contextmanager
def inside(what: str, place: str = "") -> Iterator[None]:
    """Say what operations are part of: a definition, or the derivative of a user's line."""
    outer = _context.get()
    if what.startswith("adkit."):
        what = ""  # an operation of adkit's own, which nobody called by name
    token = _context.set((what, place) if place else (outer[0] or what, outer[1]))
    try:
        yield
    finally:
        _context.reset(token)


@dataclass(frozen=True)
class Found:
    """Where a derivative is not finite.

    Attributes
    ----------
    index : tuple of int
        Element of the value that the derivative belongs to.
    direction : tuple of int
        Which of the directions that the sweep carries.
    number : float
        nan or inf.
    """

    index: tuple[int, ...]
    direction: tuple[int, ...]
    number: Any


def first_nonfinite(derivative: Any, lead: int) -> Found | None:
    """Return where a derivative with `lead` axes of directions is not finite."""
    if isinstance(derivative, (list, tuple)):
        parts = (first_nonfinite(part, lead) for part in derivative if part is not None)
        return next((found for found in parts if found is not None), None)
    numbers = np.asarray(value_of(derivative))
    bad = ~np.isfinite(numbers)
    if not bad.any():
        return None
    index = tuple(int(i) for i in np.argwhere(bad)[0])
    return Found(index[lead:], index[:lead], numbers[index])


class Visit(NamedTuple):
    """An operation that a search passed.

    Attributes
    ----------
    operation : str
        Its name, and what it is part of.
    operands : list of arrays
        Its differentiable arguments.
    place : str
        The user's line.
    """

    operation: str
    operands: Sequence[Any]
    place: str

    def error(self, what: str, found: Found, argument: int, index: Any) -> NonFiniteError:
        """Return the error for a derivative that became nan or infinite here.

        Parameters
        ----------
        what : str
            "tangent" or "cotangent".
        found : Found
            The derivative.
        argument : int
            By which argument.
        index : tuple of int or None
            Element of the argument, if it is known.
        """
        if index is None:
            value = None
            where = f" at {list(found.index)} of its result" if found.index else ""
        else:
            value = np.asarray(value_of(self.operands[argument]))[index]
            where = (f" at {list(index)}" if index else "") + f", where that is {value}"
        error = NonFiniteError(
            "ADK521",
            f"the {what} of {self.operation} by argument {argument} becomes {found.number}{where}",
            instead="keep the argument away from there, or choose it by np.where before the "
            "operation: np.sqrt(np.where(x > 0, x, 1))",
            place=self.place,
        )
        error.operation, error.argument, error.place = self.operation, argument, self.place
        error.index, error.value = found.index if index is None else index, value
        return error


def visit(op: Operation, operands: Sequence[Any]) -> Visit:
    """Return the record of an operation that is being carried out."""
    what, place = _context.get()
    if op.name.startswith("adkit."):
        name = what or op.name.rpartition(".")[2].strip("_")
    else:
        name = f"{op.name} in {what}" if what else op.name
    return Visit(name, operands, place or user_line())


def met_by(index: tuple[int, ...], shape: tuple[int, ...]) -> tuple[int, ...]:
    """Return the element of an operand that broadcasting brings to an element of the result."""
    tail = index[len(index) - len(shape) :]
    return tuple(min(i, n - 1) for i, n in zip(tail, shape, strict=True))


def given(what: str) -> NonFiniteError:
    """Return the error for a derivative that was given by the caller."""
    return NonFiniteError(
        "ADK522",
        f"the {what} that was given is not finite",
        instead=f"give a finite {what}: derivatives are linear in it",
    )


def elsewhere(what: str) -> NonFiniteError:
    """Return the error for a derivative that no single operation makes nan or infinite."""
    return NonFiniteError(
        "ADK523",
        f"the {what} becomes nan or infinite, but of no operation when they run again",
        instead="does the function give another value each time it is called?",
    )


def adopted(result: Any, engine: type[Any], watched: type[Any], level: Any) -> Any:
    """Return a result of an engine as one of its watched subclass."""
    if isinstance(result, (list, tuple)):
        return rebuild(result, [adopted(y, engine, watched, level) for y in result])
    if type(result) is engine and result.level is level:
        result.__class__ = watched
    return result
