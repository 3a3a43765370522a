"""From a NumPy call to the engine that carries it.

An operation belongs to the highest level among its traced operands. `apply`
finds that level; the engine strips it, computes the value by calling the
function again one level down, and carries the derivative.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from adkit.common.errors import DetachError, InputTypeError, LevelError, MissingRuleError
from adkit.common.levels import is_traced
from adkit.common.ops.arrangement import holds_traced, joined
from adkit.common.registry import SEQUENCE, Operation, find
from adkit.common.signatures import qualified_name
from adkit.common.storage import buffer, current, is_stored, read
from adkit.common.stored_operations import apply_stored
from adkit.common.views import step_of

if TYPE_CHECKING:
    from adkit.common.tracer import Tracer

#: Types of plain operands for which specialised code is right.
PLAIN = frozenset(
    [int, float, complex, np.ndarray, *(np.dtype(c).type for c in "?bhilqBHILQefdgFDG")]
)


def apply_function(function: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """Call a function on arguments of which some are traced."""
    op = find(function)
    if op is None:
        name = qualified_name(function)
        raise MissingRuleError(
            "ADK401",
            f"{name} has no derivative rule",
            instead=f"declare one: adkit.rules.composite({name}, ...) from known functions, or "
            f"adkit.rules.constant({name}) if its derivative is zero",
        )
    return apply(op, args, kwargs)


def apply(op: Operation, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """Apply an operation to arguments of which some are traced."""
    if kwargs:
        args, kwargs = op.bind(args, kwargs)
    if op.operands == 0 and op.body is not None:
        return _fresh(op.body(*args, **kwargs), args)
    operands = op.take(args)
    if (kwargs or len(args) > len(operands)) and (
        any(map(is_stored, args)) or any(map(is_stored, kwargs.values()))
    ):
        args, kwargs = _without_stored_options(operands, args, kwargs)
    if any(map(is_stored, operands)):
        if op.verb == "linear" and op.operands == 1:
            return read(operands[0], step_of(op, args, kwargs))
        return apply_stored(op, operands, args, kwargs)
    if any(type(x) in (list, tuple) for x in operands):
        of_arrays = op.joint or op.verb in ("elementwise", "bilinear")
        operands = [_listed(x, of_arrays) for x in operands]
        args = op.put(args, operands)
    if not all(map(_is_known, operands)):
        operands = [x if _is_known(x) else _as_array(op, x) for x in operands]
        args = op.put(args, operands)
    if op.operands == SEQUENCE and is_traced(args[0]):
        args = op.put(args, operands)  # the rows of an array
    elsewhere = _is_traced_elsewhere(operands, args, kwargs)
    if elsewhere and op.body is not None:
        return op.body(*args, **kwargs)
    top = highest(operands)
    if top is None or elsewhere:
        raise DetachError(
            "ADK208",
            f"{op.name} cannot carry a derivative through this argument",
            instead="pass adkit.value(x) if it is meant as a constant",
        )
    return top.propagate(op, args, kwargs)


def _listed(x: Any, of_arrays: bool) -> Any:
    """Return a list as an array, if it holds traced values or the operation is one of arrays."""
    if type(x) in (list, tuple) and (of_arrays or holds_traced(x)):
        return joined(x)
    return x


def _fresh(made: Any, args: Sequence[Any]) -> Any:
    """Return a new array of floats as a buffer, anything else as it is."""
    if (
        isinstance(made, np.ndarray)
        and made.dtype.kind in "fc"
        and made.flags.writeable
        and not any(isinstance(x, np.ndarray) and np.may_share_memory(made, x) for x in args)
    ):
        return buffer(made)
    return made


def _is_known(x: Any) -> bool:
    """Return whether `x` is an array of NumPy's or adkit's, or a number."""
    return type(x) is np.ndarray or isinstance(x, (np.generic, int, float, complex)) or is_traced(x)


def _as_array(op: Operation, x: Any) -> Any:
    """Return an array of another library, which holds plain numbers, as one of NumPy's."""
    if isinstance(x, (np.matrix, np.ma.MaskedArray, np.poly1d)):
        raise InputTypeError(
            "ADK122",
            f"{op.name} of a traced value and a {type(x).__name__}, which changes its meaning",
            instead="pass np.asarray(x) of a matrix, x.filled(...) of a masked array, x.coeffs of "
            "a poly1d",
        )
    return np.asarray(x) if hasattr(type(x), "__array__") else x


def _without_stored_options(
    operands: Sequence[Any], args: tuple[Any, ...], kwargs: dict[str, Any]
) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """Return arguments with copies of the stored arrays among those that are no operands."""
    kept = [x if any(x is y for y in operands) else current(x) for x in args]
    return tuple(kept), {name: current(x) for name, x in kwargs.items()}


def _is_traced_elsewhere(
    operands: Sequence[Any], args: tuple[Any, ...], kwargs: dict[str, Any]
) -> bool:
    """Return whether an argument besides the operands is traced: ``weights=``, ``min=``."""
    if any(map(is_traced, kwargs.values())):
        return True
    return any(is_traced(x) and not any(x is y for y in operands) for x in args)


def highest(values: Any) -> Tracer | None:
    """Return a traced value of the highest level, None if nothing is traced.

    Raises
    ------
    LevelError
        If two engines made by hand meet at one level.
    """
    top: Tracer | None = None
    for value in values:
        if is_traced(value) and (top is None or value.level.number > top.level.number):
            top = value
    if top is not None:
        for value in values:
            if (
                is_traced(value)
                and type(value) is not type(top)
                and value.level.number == top.level.number
            ):
                if isinstance(top, type(value)):
                    continue
                if isinstance(value, type(top)):  # the more special one knows of the other
                    top = value
                    continue
                raise LevelError(
                    "ADK601",
                    "a Dual and a Node made by hand meet in one operation",
                    instead="nest them: Node(Dual(x, v)) is forward over reverse",
                )
    return top
