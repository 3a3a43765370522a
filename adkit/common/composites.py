"""Operations that are defined by others: NumPy's own value, the derivative of the definition."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from adkit.common.levels import Level, is_traced
from adkit.common.linearisation import is_differentiable, rebuild
from adkit.common.ops.casting import cast
from adkit.common.registry import Operation
from adkit.common.scopes import check_path, is_strict
from adkit.common.shapes import dtype_of
from adkit.common.storage import apart
from adkit.common.views import is_same_window, link_results


def compose(
    op: Operation,
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
    level: Level,
    constant: Callable[[Any, Any], Any],
) -> Any:
    """Apply a composite operation whose highest operand is at a level.

    Parameters
    ----------
    op, args, kwargs
        The operation and its arguments.
    level : Level
        That of the engine.
    constant : callable
        What the engine makes, with that level, of a result without derivative.
    """
    assert op.body is not None
    operands = op.take(args)
    below = [x.value if is_traced(x) and x.level is level else x for x in operands]
    if op.exact:
        result = op.body(*args, **kwargs)
        ans = _value(result, level)
    else:
        ans = op.function(*op.put(args, below), **kwargs)
        result = op.body(*args, **kwargs)

    adopted = _adopt(op, ans, result, below, level, constant)
    if is_strict() and not is_traced(adopted):
        check_path(op, 0, adopted)
    link_results(adopted, op, operands, args, kwargs)
    return adopted


def _value(result: Any, level: Level) -> Any:
    """Return the value of a result, or of each of several."""
    if isinstance(result, (tuple, list)):
        return rebuild(result, [_value(y, level) for y in result])
    return result.value if is_traced(result) and result.level is level else result


def _adopt(
    op: Operation,
    ans: Any,
    result: Any,
    below: Sequence[Any],
    level: Level,
    constant: Callable[[Any, Any], Any],
) -> Any:
    """Return the derivative of `result` with the value `ans`."""
    if isinstance(ans, (tuple, list)):
        pairs = zip(ans, result, strict=True)
        return rebuild(ans, [_adopt(op, y, r, below, level, constant) for y, r in pairs])
    if not (is_traced(result) and result.level is level and is_differentiable(op, ans)):
        return constant(apart(ans, below), level)
    if is_same_window(ans, result.value):
        return result  # a view, or the operand itself
    return cast(result, dtype_of(ans)).snapshot(ans)
