"""Dual numbers: a primal and its tangent, pushed along with the computation.

``Dual(x, v)`` stands for ``x + eps * v`` with ``eps**2 = 0``. A tangent may carry
many directions, on leading axes (Griewank and Walther 2008, chapter 3).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

import numpy as np

from adkit.common.errors import SeedError, leaked
from adkit.common.inputs import differentiable
from adkit.common.levels import Level, LevelsByHand
from adkit.common.linearisation import is_active, is_differentiable, push, rebuild
from adkit.common.operators import install_operators
from adkit.common.ops.casting import cast
from adkit.common.places import Place
from adkit.common.registry import Operation
from adkit.common.scopes import check_path, is_strict
from adkit.common.shapes import dtype_of, leading
from adkit.common.storage import current, is_same_memory
from adkit.common.structural import Structural
from adkit.common.tracer import Tracer
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
            return self._compose(op, args, kwargs)
        operands = list(op.take(args))
        tangents = []
        lost = None
        for i, x in enumerate(operands):
            if isinstance(x, Dual) and x.level is level:
                operands[i] = x.value
                if is_active(op, i):
                    tangents.append((i, x.tangent))
                else:
                    lost = i
        args = op.put(args, operands)
        ans = op.function(*args, **kwargs)
        if type(ans) is complex:  # Python's, of a complex on the left of a NumPy float
            ans = np.complex128(ans)
        if lost is not None and is_strict():
            check_path(op, lost, ans)
        if not tangents or not (isinstance(ans, tuple) or is_differentiable(op, ans)):
            return ans
        level.operations += 1
        return _pack(ans, push(op, tangents, ans, args, kwargs), level)

    def _compose(self, op: Operation, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """Run the definition for the tangent, and NumPy's function for the value."""
        level = self.level
        assert op.body is not None
        operands = op.take(args)
        below = [x.value if isinstance(x, Dual) and x.level is level else x for x in operands]
        ans = op.function(*op.put(args, below), **kwargs)
        result = _adopt(op, ans, op.body(*args, **kwargs), level)
        if is_strict() and not isinstance(result, Dual):
            check_path(op, 0, result)
        return result

    def snapshot(self, value: Any) -> Dual:
        """Return an ordinary Dual with this tangent and another value."""
        return Dual(value, self.tangent, self.level)

    def own_derivative(self) -> None:
        """Give the tangent memory of its own."""
        t = self.tangent
        self.tangent = np.array(t, order="C") if isinstance(t, np.ndarray) else np.copy(t)

    def take_derivative(self, other: Any) -> None:
        """Take over the tangent of another Dual of this level, or of a constant."""
        mine = isinstance(other, Dual) and other.level is self.level
        self.tangent = other.tangent if mine else self.constant_like(self.value).tangent

    def write_root(self, path: Any, part: Any) -> None:
        """Write the tangent of a part where its value was written."""
        place = Place(path, self.shape)
        lead = np.ndim(self.tangent) - self.ndim
        t, ndim = (0.0, 0) if part is None else (part.tangent, part.ndim)
        if isinstance(t, Tracer) and isinstance(self.tangent, np.ndarray):
            self.tangent = t.constant_like(self.tangent)
        if isinstance(self.tangent, Structural):
            self.tangent.put_at(place, lead, t, ndim)
        else:
            place.put(self.tangent, lead, t, ndim)

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
    return _pack(ans, push(op, [(i, dual.tangent)], ans, args, {}), dual.level)


def _pack(ans: Any, tangent: Any, level: Level) -> Any:
    """Return a result and its tangent as a Dual, or as a tuple of them."""
    if isinstance(ans, tuple):
        pairs = [_pack(y, t, level) for y, t in zip(ans, tangent, strict=True)]
        return rebuild(ans, pairs)
    return Dual(ans, tangent, level) if dtype_of(ans).kind in "fc" else ans


def _adopt(op: Operation, ans: Any, result: Any, level: Level) -> Any:
    """Return the tangents of `result` beside the values of `ans`."""
    if isinstance(ans, (tuple, list)):
        return rebuild(ans, [_adopt(op, y, r, level) for y, r in zip(ans, result, strict=True)])
    if isinstance(result, Dual) and result.level is level and is_differentiable(op, ans):
        if is_same_memory(ans, result.value):
            return result  # a view, or the operand itself
        result = cast(result, dtype_of(ans))
        return Dual(ans, cast(result.tangent, dtype_of(ans)), level)
    return ans


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
