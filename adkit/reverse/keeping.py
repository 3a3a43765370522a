"""Plain arrays that a tape saves: they keep the values that they had.

A program may reuse a work array, or move an index, after an operation has been recorded,
so the tape saves a copy. An array that is used again is compared with its copy first; as
long as it has not changed, one copy serves all uses. Arrays that nobody can write into
(``x.flags.writeable = False``) are saved themselves: worth it for a large data matrix,
whose copy costs about as much as a product with a vector.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from adkit.common.levels import is_traced
from adkit.common.registry import SEQUENCE, Operation
from adkit.common.shapes import unrepeated
from adkit.common.storage import private

if TYPE_CHECKING:
    from adkit.reverse.tape import Tape

#: Up to this many bytes a copy costs less than a comparison.
SMALL = 1024
_NUMBERS = "fciub"
_UNCHANGING = frozenset([int, float, complex, bool, str, slice, type(None), type(Ellipsis)])


def keep(x: Any, tape: Tape) -> Any:
    """Return an operand of a lower level, or a plain one, as a tape may save it."""
    if is_traced(x):
        return private(x)
    if type(x) is not np.ndarray or _is_fixed(x):
        return x
    if x.nbytes <= SMALL or tape.kept is None:
        return x.copy(order="K")
    found = tape.kept.get(id(x))
    if found is not None and _is_same(*found):
        return found[1]
    copy = _copied(x)
    tape.kept[id(x)] = (x, copy)  # holds x, so that the id stays its own
    return copy


def keep_static(argument: Any, tape: Tape) -> Any:
    """Return an argument that is no operand, such as an index, as a tape may save it."""
    kind = type(argument)
    if kind in _UNCHANGING:
        return argument
    if kind is np.ndarray:
        return keep(argument, tape)
    if kind is tuple or kind is list:
        return kind([keep_static(element, tape) for element in argument])
    return argument


def keep_arguments(
    op: Operation, own: Collection[int], args: tuple[Any, ...], kwargs: dict[str, Any], tape: Tape
) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """Return arguments of an operation as a tape may save them, all but its `own` operands."""
    operands = [x if i in own else keep(x, tape) for i, x in enumerate(op.take(args))]
    args = op.put(args, operands)
    if not isinstance(op.operands, slice):
        first = 1 if op.operands == SEQUENCE else op.operands
        args = (*args[:first], *[keep_static(a, tape) for a in args[first:]])
    return args, {name: keep_static(a, tape) for name, a in kwargs.items()}


def _is_fixed(x: Any) -> bool:
    """Return whether nobody can write into an array, nor into what it is a view of."""
    while type(x) is np.ndarray and not x.flags.writeable:
        if x.base is None:
            return True
        x = x.base
    return False


def _is_same(x: Any, copy: Any) -> bool:
    """Return whether an array has the bits of its copy, nan and signs of zeros included."""
    return type(copy.base) is bytearray and bool(copy.base == _memory(x))


def _memory(x: Any) -> Any:
    """Return the memory of an array of one piece, None of any other."""
    x = x.T if x.flags.f_contiguous else x
    return x.data.cast("B") if x.flags.c_contiguous and x.dtype.kind in _NUMBERS else None


def _copied(x: Any) -> Any:
    """Return a copy in the same memory order; axes along which `x` repeats are not spelled out.

    Its memory is a bytearray where it can be: two of these are compared faster than arrays.
    """
    if 0 in x.strides and x.size:
        return np.broadcast_to(unrepeated(x).copy(order="K"), x.shape)
    memory = _memory(x)
    if memory is None:
        return x.copy(order="K")
    order: Literal["C", "F"] = "F" if x.flags.f_contiguous else "C"
    return np.ndarray(x.shape, x.dtype, bytearray(memory), order=order)
