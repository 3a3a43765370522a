"""Duals of sweeps of many directions that hold the live ones only (`adkit.forward.live`).

They come up where an operation makes a large array of a small one with dead directions, and take
the general road: what is saved is large beside it. Whoever asks one for its ``tangent``
gets that of all directions, so that views, writes and other engines need not know of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy import ndarray

from adkit.common.linearisation import push, rebuild
from adkit.common.ops.casting import cast
from adkit.common.registry import Operation
from adkit.common.shapes import dtype_of
from adkit.common.views import family
from adkit.forward.dual import Dual
from adkit.forward.live import Held, LiveLevel, held, joined, thinned, union_of
from adkit.forward.terms import sum_of_terms


class LiveDual(Dual):
    """A Dual that holds the tangents of live directions.

    Attributes
    ----------
    value : array
    entry : Held
        Its tangents, and in which directions.
    """

    __slots__ = ()

    level: LiveLevel
    entry: Held

    def __init__(self, value: Any, entry: Held, level: LiveLevel) -> None:
        self.value = value
        self.entry = entry
        self.level = level

    @property
    def tangent(self) -> Any:
        """The tangent, of all directions; one that is set makes this an ordinary Dual."""
        return self.entry.dense(self.level.directions)

    @tangent.setter
    def tangent(self, tangent: Any) -> None:
        self.__class__ = Dual  # type: ignore[assignment]
        self.tangent = tangent

    def carry(
        self,
        op: Operation,
        active: Sequence[tuple[int, Dual]],
        ans: Any,
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
    ) -> Any:
        """Return the result of an operation, with its tangent."""
        return carry_live(self.level, op, active, ans, args, kwargs)

    def snapshot(self, value: Any) -> LiveDual:
        """Return an ordinary Dual with this tangent and another value."""
        return LiveDual(value, self.entry, self.level)

    def own_derivative(self) -> None:
        """Become an ordinary Dual, whose tangent can be written into, with all views."""
        for handle in family(self):
            if type(handle) is LiveDual:
                handle.tangent = np.array(handle.tangent, order="C")


def carry_live(
    level: LiveLevel,
    op: Operation,
    active: Sequence[tuple[int, Dual]],
    ans: Any,
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
) -> Any:
    """Return the result of an operation with the tangents of live directions.

    Parameters
    ----------
    level : LiveLevel
    op : Operation
    active : sequence of (int, Dual)
        Index of an operand and this.
    ans, args, kwargs
        Result and arguments of the operation, one level down.
    """
    several = isinstance(ans, tuple)
    plain = type(ans) is ndarray or (several and all(type(y) is ndarray for y in ans))
    if not plain or any(type(x.tangent) is not ndarray for _, x in active if type(x) is Dual):
        dense = [(i, x.tangent) for i, x in active]
        return _packed(level, ans, None, push(op, dense, ans, args, kwargs))
    size = max(y.size for y in ans) if several else ans.size
    helds = [(i, x.entry if type(x) is LiveDual else held(x.tangent, size)) for i, x in active]
    if op.verb == "elementwise":
        total = sum_of_terms(op, helds, ans, args)
    elif len(helds) == 1 or op.joint or several:
        live = union_of([h.live for _, h in helds])
        t = push(op, [(i, h.among(live)) for i, h in helds], ans, args, kwargs)
        total = Held(live, t)
    else:
        parts = [Held(h.live, push(op, [(i, h.tangents)], ans, args, kwargs)) for i, h in helds]
        total = parts[0]
        for part in parts[1:]:
            total = joined(total, part, ans.shape)
    return _packed(level, ans, total.live, total.tangents)


def _packed(level: LiveLevel, ans: Any, live: Any, t: Any) -> Any:
    """Return a result with the tangents of some directions, None: of all."""
    if isinstance(ans, tuple):
        pairs = zip(ans, t, strict=True)
        return rebuild(ans, [_packed(level, y, live, s) for y, s in pairs])
    dtype = dtype_of(ans)
    if dtype.kind not in "fc":
        return ans
    t = cast(t, dtype)
    if live is None:
        return Dual(ans, t, level)
    entry = thinned(live, t)
    if not level.takes(ans) or entry.live == tuple(range(level.directions)):
        return Dual(ans, entry.dense(level.directions), level)
    return LiveDual(ans, entry, level)
