"""Dual numbers: a primal and its tangent, pushed along with the computation.

``Dual(x, v)`` stands for ``x + eps * v`` with ``eps**2 = 0``. A tangent may carry
many directions, on leading axes (Griewank and Walther 2008, chapter 3).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, ClassVar

import numpy as np

from adkit.common.composites import compose
from adkit.common.dispatch import PLAIN
from adkit.common.errors import SeedError, leaked
from adkit.common.inputs import differentiable
from adkit.common.levels import Level, LevelsByHand
from adkit.common.linearisation import is_active, is_differentiable, push, rebuild
from adkit.common.operators import install_operators
from adkit.common.ops.casting import cast
from adkit.common.ops.indexing import behind, getitem, is_basic
from adkit.common.places import Place, fitted
from adkit.common.registry import Operation
from adkit.common.scopes import check_path, is_strict
from adkit.common.shapes import dtype_of, expand, leading
from adkit.common.storage import apart, buffer, current, place_path
from adkit.common.structural import Structural
from adkit.common.tracer import Tracer
from adkit.common.views import link_results
from adkit.forward.elements import writer
from adkit.forward.live import LiveLevel
from adkit.forward.specialised import specialised


class Dual(Tracer):
    """A value with its tangent.

    Parameters
    ----------
    value : array or number
        The primal, of an inexact dtype (a Python int becomes a float).
    tangent : array or number
        Its tangent, of the same shape; further leading axes carry directions.

    Attributes
    ----------
    value, tangent
        As given; of a result, its primal and tangent.

    Raises
    ------
    SeedError
        If the shapes do not match.

    References
    ----------
    Griewank and Walther (2008), *Evaluating Derivatives*, section 3.1.

    Examples
    --------
    >>> import numpy as np
    >>> from adkit import Dual
    >>> y = np.sin(Dual(0.0, 1.0)) * 3
    >>> float(y.value), float(y.tangent)
    (0.0, 3.0)
    """

    __slots__ = ()

    calls: ClassVar[dict[Any, Callable[..., Any]]] = {}

    def __init__(self, value: Any, tangent: Any, level: Level | None = None) -> None:
        self.value = value
        self.tangent = tangent
        if level is None:
            self.value, self.tangent, level = _seeded_by_hand(value, tangent)
        self.level = level

    def __repr__(self) -> str:
        return f"Dual({self.value!r}, {self.tangent!r})"

    def propagate(self, op: Operation, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """Apply an operation whose highest operand is at this level."""
        level = self.level
        if level.ended:
            raise leaked()
        if op.verb == "composite":
            return compose(op, args, kwargs, level, lambda ans, level: ans)
        handles = op.take(args)
        operands = list(handles)
        active = []
        lost = None
        for i, x in enumerate(handles):
            if isinstance(x, Dual) and x.level is level:
                operands[i] = x.value
                if is_active(op, i):
                    active.append((i, x))
                else:
                    lost = i
        args = op.put(args, operands)
        ans = op.function(*args, **kwargs)
        if type(ans) is complex:  # Python's, of a complex on the left of a NumPy float
            ans = np.complex128(ans)
        if lost is not None and is_strict():
            check_path(op, lost, ans)
        if not active or not (isinstance(ans, tuple) or is_differentiable(op, ans)):
            return apart(ans, operands)
        level.operations += 1
        result = self.carry(op, active, ans, args, kwargs)
        if op.verb != "elementwise" and not op.joint:
            link_results(result, op, handles, args, kwargs)
        return result

    def carry(
        self,
        op: Operation,
        active: Sequence[tuple[int, Dual]],
        ans: Any,
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
    ) -> Any:
        """Return the result of an operation with its tangent, for those of some operands."""
        level = self.level
        if type(level) is LiveLevel and op.verb != "linear" and level.takes(ans):
            from adkit.forward.live_dual import carry_live  # on use: it makes Duals of its own

            return carry_live(level, op, active, ans, args, kwargs)
        tangents = [(i, x.tangent) for i, x in active]
        return self.pack(ans, self.push(op, tangents, ans, args, kwargs))

    def push(
        self,
        op: Operation,
        tangents: Sequence[tuple[int, Any]],
        ans: Any,
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
    ) -> Any:
        """Return the tangent of the result of an operation, for those of some operands."""
        return push(op, tangents, ans, args, kwargs)

    def pack(self, ans: Any, tangent: Any) -> Any:
        """Return a result and its tangent as a Dual of this level, or as a tuple of them."""
        if isinstance(ans, tuple):
            return rebuild(ans, [self.pack(y, t) for y, t in zip(ans, tangent, strict=True)])
        return type(self)(ans, tangent, self.level) if dtype_of(ans).kind in "fc" else ans

    def snapshot(self, value: Any) -> Dual:
        """Return an ordinary Dual with this tangent and another value."""
        return Dual(value, self.tangent, self.level)

    def own_derivative(self) -> None:
        """Give the tangent memory of its own."""
        t = self.tangent
        if isinstance(t, np.ndarray):
            self.tangent = np.array(t, order="C")
        elif isinstance(t, Tracer):
            self.tangent = np.copy(t, order="C")

    def take_derivative(self, other: Any) -> None:
        """Take over the tangent of another Dual of this level, or of a constant."""
        mine = isinstance(other, Dual) and other.level is self.level
        self.tangent = other.tangent if mine else self.constant_like(self.value).tangent

    def take_from(self, parent: Any) -> None:
        """Take the tangent of this view from that of its parent."""
        t = parent.tangent
        if self.step.function is not getitem or type(t) is not np.ndarray:
            super().take_from(parent)
            return
        lead = t.ndim - parent.value.ndim
        self.tangent = t[behind(self.step.args[0], lead)]

    def write_root(self, handle: Any, index: Any, part: Any) -> None:
        """Write the tangent of a part where its value was written."""
        if self.level.ended:
            raise leaked()
        mine = self.tangent
        t: Any = 0.0 if part is None else part.tangent
        if (
            handle is self
            and type(mine) is np.ndarray
            and mine.ndim == self.value.ndim
            and is_basic(index)
            and type(t) in PLAIN
        ):
            mine[index] = t if part is None or t.dtype is mine.dtype else cast(t, mine.dtype)
        else:
            self.tangent = self._written(handle, index, part)

    def _written(self, handle: Any, index: Any, part: Any) -> Any:
        """Return the tangent, in which that of a part was written to ``handle[index]``."""
        place = Place(place_path(handle, index), self.value)
        level, mine = self.level, self.tangent
        lead = mine.ndim - self.value.ndim
        if part is None:
            t: Any = Structural(0.0, False, level) if level.structural else 0.0
        else:
            t = cast(part.tangent, handle.dtype)
        if isinstance(t, Structural) and not isinstance(mine, Structural):
            mine = Structural(mine, True, level)
        elif not isinstance(mine, Tracer):
            mine = buffer(np.asarray(mine)) if isinstance(t, Tracer) else np.asarray(mine)
        winners = None if part is None else place.winners()
        if winners is None:
            place.put(mine, lead, t, 0 if part is None else part.ndim)
            return mine
        t = expand(fitted(t, lead, part.ndim, winners.ndim), winners.shape)
        flat = np.reshape(t, (*np.shape(t)[: np.ndim(t) - winners.ndim], winners.size))
        place.put(mine, lead, flat[..., winners], winners.ndim)
        return mine

    def constant_like(self, value: Any) -> Dual:
        """Return a value as a constant of this level: its tangent is zero."""
        lead = leading(self.tangent, self.ndim)
        t = np.zeros(lead + np.shape(value), dtype_of(value))
        tangent = Structural(t, False, self.level) if self.level.structural else t
        return Dual(value, tangent, self.level)

    @classmethod
    def specialise(cls, op: Operation) -> Callable[..., Any] | None:
        """Return code for the common calls of an operation."""
        return specialised(op, Dual, _general)


def _general(op: Operation, i: int, dual: Dual, ans: Any, args: tuple[Any, ...]) -> Any:
    """Push one operand of an elementwise operation whose value is known already."""
    if type(ans) is complex:  # Python's, of a complex on the left of a NumPy float
        ans = np.complex128(ans)
    if not is_differentiable(op, ans):
        return ans
    dual.level.operations += 1
    return dual.carry(op, [(i, dual)], ans, args, {})


def _seeded_by_hand(value: Any, tangent: Any) -> tuple[Any, Any, Level]:
    value = differentiable(value, "value")
    tangent = current(tangent)
    if not isinstance(tangent, Tracer):
        tangent = _plain_tangent(tangent, dtype_of(value))
    if np.shape(tangent)[np.ndim(tangent) - np.ndim(value) :] != np.shape(value):
        raise SeedError(
            "ADK142",
            f"the tangent has shape {np.shape(tangent)}, the value has {np.shape(value)}",
            instead="give a tangent of the value's shape; more leading axes are directions",
        )
    return value, tangent, _by_hand.above(value)


def _plain_tangent(tangent: Any, dtype: Any) -> Any:
    """Return a private copy of a tangent made by hand, of the dtype of its value."""
    given = np.asarray(tangent)
    if not np.can_cast(given.dtype, dtype, "same_kind"):
        raise SeedError(
            "ADK141",
            f"the tangent is of dtype {given.dtype}, the value is {dtype}",
            instead=f"give a tangent of dtype {dtype}",
        )
    return given.astype(dtype)[()]


_by_hand = LevelsByHand(Level)
install_operators(Dual)
Dual.__setitem__ = writer(Dual)  # type: ignore[method-assign]
