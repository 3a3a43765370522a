"""Operations on traced arrays that have been written into (`adkit.common.storage`).

They compute with copies, so that what they save stays as it was; but what NumPy makes a view of
an operand is a view of the array itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from adkit.common.levels import is_traced
from adkit.common.linearisation import rebuild
from adkit.common.registry import Operation
from adkit.common.storage import current, is_ground, is_stored, view_of
from adkit.common.views import is_made_from, parent_of, plain_of, shares, step_of


def apply_stored(
    op: Operation, operands: Sequence[Any], args: tuple[Any, ...], kwargs: dict[str, Any]
) -> Any:
    """Call an operation on copies of stored arrays; what NumPy makes a view of one is that."""
    copies = [current(x) for x in operands]
    result = op.function(*op.put(args, copies), **kwargs)
    if op.verb in ("elementwise", "bilinear"):
        return result
    if not isinstance(result, (list, tuple)):
        return _of_array(result, op, operands, copies, args, kwargs, None)
    views = [_of_array(y, op, operands, copies, args, kwargs, k) for k, y in enumerate(result)]
    if any(is_stored(x) and is_ground(x) for x in operands):
        views = _of_memory(op, operands, views, result, args, kwargs)
    return rebuild(result, views)


def _is_apart(y: Any) -> bool:
    """Return whether a result is no view so far."""
    return not is_stored(y) and (not is_traced(y) or parent_of(y) is None)


def _of_memory(
    op: Operation,
    operands: Sequence[Any],
    views: list[Any],
    results: Sequence[Any],
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
) -> list[Any]:
    """Return results that are not views yet, as views where NumPy's are on the memory itself.

    A result without derivative was set apart from the buffer that it is a view of.
    """
    memory = [plain_of(x) for x in operands]
    on_memory = op.function(*op.put(args, memory), **kwargs)
    found = list(views)
    for k, (y, raw) in enumerate(zip(results, on_memory, strict=True)):
        if views[k] is not y or not _is_apart(y):
            continue
        sharing = [i for i, z in enumerate(memory) if shares(raw, z)]
        for i in sharing:
            x, step = operands[i], step_of(op, args, kwargs, i, k)
            if is_stored(x) and is_ground(x) and (len(sharing) == 1 or is_made_from(x, step)):
                found[k] = x if raw is memory[i] else view_of(x, step, step.of(x.value), y)
                break
    return found


def _of_array(
    y: Any,
    op: Operation,
    operands: Sequence[Any],
    copies: Sequence[Any],
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
    k: int | None,
) -> Any:
    """Return a result on copies as a view of the array whose copy it is a view of."""
    for i, (x, copy) in enumerate(zip(operands, copies, strict=True)):
        if copy is x:
            continue
        if y is copy:
            return x
        if shares(y, copy):
            step = step_of(op, args, kwargs, i, k)
            return view_of(x, step, step.of(x.value), y)
    return y
