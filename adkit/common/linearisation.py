"""An operation at a point as a linear map, read off its declaration.

`push` and `pull` are what every engine does in the general case; the engines
specialise code from the same declarations for the common ones
(`adkit.common.specialise`).
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np

from adkit.common.errors import DetachError
from adkit.common.ops.casting import cast
from adkit.common.registry import Operation
from adkit.common.shapes import Like, align, dtype_of, expand, leading, shape_of, unbroadcast, zeros
from adkit.common.signatures import OPERAND_NAMES, Rule, parameter_names, takes_answer


@lru_cache(maxsize=4096)
def is_active(op: Operation, i: int) -> bool:
    """Return whether the result depends on operand `i` in a differentiable way."""
    if op.verb == "elementwise":
        return op.partials[i] is not None
    if op.verb in ("constant", "composite"):
        return op.verb == "composite"
    return op.joint or op.push_rule(i) is not None


def is_differentiable(op: Operation, ans: Any) -> bool:
    """Return whether a result can carry a derivative: integers and bools are constant.

    Raises
    ------
    DetachError
        If its derivative would be lost: objects, times and the like.
    """
    kind = dtype_of(ans).kind
    if kind not in "fciub":
        raise DetachError(
            "ADK209",
            f"{op.name} gives dtype {dtype_of(ans)} here, its derivative would be lost",
            instead="convert the other operands to floats",
        )
    return kind in "fc"


def push(
    op: Operation,
    tangents: Sequence[tuple[int, Any]],
    ans: Any,
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
) -> Any:
    """Push the tangents of some operands through an operation.

    Parameters
    ----------
    op : Operation
    tangents : sequence of (int, array)
        Index of an operand and its tangent, with directions leading.
    ans : array or tuple of arrays
        Result of the operation.
    args, kwargs
        Arguments of the operation, one level down.

    Returns
    -------
    array or tuple of arrays
        The tangent of `ans`, of its dtype.
    """
    if op.joint:
        operands = op.take(args)
        lead = next(leading(t, np.ndim(operands[i])) for i, t in tangents)
        filled = [zeros(lead + np.shape(x), dtype_of(x)) for x in operands]
        for i, t in tangents:
            filled[i] = t
        return _settle(_call(*_seen(op.pushes[0]), filled, ans, args, kwargs), ans)
    total = None
    for i, t in tangents:
        if op.verb == "elementwise":
            shape = shape_of(ans)
            t = align(t, len(shape_of(args[i])), len(shape))
            term = expand(_scale(op, i, t, ans, args), shape)
        else:
            term = _call(*_pushing(op, i), t, ans, args, kwargs)
        total = term if total is None else _plus(total, term)
    if op.after is not None:
        total = _call(*_seen(op.after[0]), total, ans, args, kwargs)
    return _settle(total, ans)


def pull(
    op: Operation,
    wanted: Sequence[int],
    ct: Any,
    ans: Any,
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
) -> list[Any]:
    """Pull a cotangent of the result back to the wanted operands.

    The rule must exist: where it is derived by transposing ``push``, the reverse
    engine does that.
    """
    operands = op.take(args)
    if op.joint:
        pulled = _call(*_seen(op.pulls[0]), ct, ans, args, kwargs)
        return [cast(pulled[i], dtype_of(operands[i])) for i in wanted]
    if op.after is not None:
        ct = _call(*_seen(op.after[1]), ct, ans, args, kwargs)
    together = op.verb == "elementwise" and op.pulls and len(wanted) == len(op.partials)
    terms = _by_name(op.pulls[0], ct, ans, args) if together else ()
    cotangents = []
    for i in wanted:
        x = operands[i]
        if op.verb == "elementwise":
            term = terms[i] if together else _scale(op, i, ct, ans, args)
            term = unbroadcast(term, np.shape(x), np.ndim(ans))
        else:
            term = _call(*_pulling(op, i), ct, ans, args, kwargs)
        cotangents.append(cast(term, dtype_of(x)))
    return cotangents


@lru_cache(maxsize=4096)
def needed(op: Operation, wanted: tuple[int, ...]) -> tuple[frozenset[int] | None, bool]:
    """Return which operands the pull rules read (None: all), and whether they read the result.

    Of a linear operation they read shapes only.
    """
    if op.verb == "linear":
        return frozenset(), False
    if op.verb == "bilinear":
        return frozenset(1 - i for i in wanted), False
    if op.verb == "elementwise":
        names: set[str] = set()
        for i in wanted:
            partial = op.partials[i]
            if callable(partial):
                names.update(parameter_names(partial))
        return frozenset(map(OPERAND_NAMES.index, names & {*OPERAND_NAMES})), "ans" in names
    rules = [op.pull_rule(i) or op.push_rule(i) for i in wanted]
    return None, any(takes_answer(rule) for rule in rules)


def forget(op: Operation, keep: frozenset[int] | None, args: tuple[Any, ...]) -> tuple[Any, ...]:
    """Replace operands that no pull rule reads, all but those to `keep`, by shape and dtype."""
    if keep is None:
        return args
    return op.put(args, [x if i in keep else Like(x) for i, x in enumerate(op.take(args))])


def flow(op: Operation, i: int, mask: Any, args: tuple[Any, ...]) -> Any:
    """Return the lanes into which live lanes of operand `i` of an elementwise operation flow.

    A factor stops nothing, whatever its value; nor does a divisor, though it be infinite.
    A map of tangents may select.
    """
    partial = op.partials[i]
    if callable(partial) and "t" in parameter_names(partial):
        args = tuple(np.where(np.isfinite(x), x, 1) for x in args)
        return mask & (_scale(op, i, mask.astype(float), None, args) != 0)
    return mask


def _scale(op: Operation, i: int, t: Any, ans: Any, args: tuple[Any, ...]) -> Any:
    """Multiply a tangent or cotangent by a partial of an elementwise operation."""
    partial = op.partials[i]
    if not callable(partial):
        return t if partial == 1 else -t if partial == -1 else t * partial
    factor = _by_name(partial, t, ans, args)
    return factor if "t" in parameter_names(partial) else t * factor


def _by_name(rule: Any, t: Any, ans: Any, args: tuple[Any, ...]) -> Any:
    """Call a rule of an elementwise operation with what its parameters name."""
    values = {"t": t, "ans": ans, **dict(zip(OPERAND_NAMES, args, strict=False))}
    return rule(*[values[name] for name in parameter_names(rule)])


@lru_cache(maxsize=4096)
def _pushing(op: Operation, i: int) -> tuple[Rule, bool]:
    """Return the rule that pushes a tangent of operand `i`, and whether it takes the result."""
    return _seen(op.push_rule(i) if op.after is None else op.pushes[i])


@lru_cache(maxsize=4096)
def _pulling(op: Operation, i: int) -> tuple[Rule, bool]:
    """Return the rule that pulls a cotangent to operand `i`, and whether it takes the result."""
    rule = op.pull_rule(i) if op.after is None else op.pulls[i]
    assert rule is not None, op
    return _seen(rule)


def _seen(rule: Rule) -> tuple[Rule, bool]:
    return rule, takes_answer(rule)


def _call(
    rule: Rule,
    with_answer: bool,
    t: Any,
    ans: Any,
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
) -> Any:
    return rule(t, ans, *args, **kwargs) if with_answer else rule(t, *args, **kwargs)


def _plus(a: Any, b: Any) -> Any:
    if isinstance(a, tuple):
        return tuple(x + y for x, y in zip(a, b, strict=True))
    return a + b


def _settle(t: Any, ans: Any) -> Any:
    """Give a tangent the dtype of its primal."""
    if isinstance(ans, tuple):
        return tuple(_settle(u, y) for u, y in zip(t, ans, strict=True))
    return cast(t, dtype_of(ans))


def rebuild(like: Any, elements: Sequence[Any]) -> Any:
    """Return elements in a list, tuple or named tuple of the type of `like`."""
    if isinstance(like, list):
        return list(elements)
    return type(like)(*elements) if hasattr(like, "_fields") else tuple(elements)
