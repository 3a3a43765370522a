"""Structural zeros: lanes that a derivative does not pass, whatever its factors.

A lane that `where` or an index did not select has derivative zero, even where a
factor on the way is infinite or nan; in floating point ``0 * inf`` is nan. Sweeps
run plain arithmetic first. Only if the result is not finite do they run again
with `Structural` seeds, which carry a mask of the lanes that are alive. It is an
engine like the others: rules are linear in their tangent, and it follows them.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Any, ClassVar

import numpy as np

from adkit.common.finite import all_finite
from adkit.common.levels import Level
from adkit.common.linearisation import flow, rebuild
from adkit.common.operators import install_operators
from adkit.common.places import Place
from adkit.common.registry import Operation
from adkit.common.shapes import dtype_of
from adkit.common.storage import place_path
from adkit.common.tracer import Tracer, value_of
from adkit.common.views import link_results, may_be_view, parent_of


class Structural(Tracer):
    """A tangent or cotangent with the lanes in which it is not structurally zero."""

    __slots__ = ()

    calls: ClassVar[dict[Any, Callable[..., Any]]] = {}

    def __init__(self, value: Any, alive: Any, level: Level) -> None:
        self.alive = np.broadcast_to(alive, np.shape(value))  # everywhere, if True
        self.value = np.where(self.alive, value, np.zeros((), dtype_of(value)))
        self.level = level

    def __repr__(self) -> str:
        return f"Structural({self.value!r}, alive={self.alive!r})"

    # ------------------------------------------------------------ writes

    def snapshot(self, value: Any) -> Structural:
        """Return a value with this mask."""
        copy = Structural.__new__(Structural)
        copy.value, copy.alive, copy.level = value, self.alive, self.level
        return copy

    def own_derivative(self) -> None:
        """Give the mask memory of its own."""
        self.alive = np.array(self.alive, order="C")

    def take_derivative(self, other: Any) -> None:
        """Take over the mask of another value of this level, or of a constant."""
        mine = isinstance(other, Structural) and other.level is self.level
        self.alive = other.alive if mine else self.constant_like(other).alive

    def write_root(self, handle: Any, index: Any, part: Any) -> None:
        """Write the mask of a part where its value was written; plain numbers are alive."""
        alive = True if part is None else part.alive
        ndim = 0 if part is None else part.ndim
        Place(place_path(handle, index), self.value).put(self.alive, 0, alive, ndim)

    def constant_like(self, value: Any) -> Structural:
        """Return plain numbers as values of this level; zeros are dead."""
        constant = Structural(value, value_of(value) != 0, self.level)
        constant.own_derivative()
        return constant

    # ------------------------------------------------------------ operations

    @classmethod
    def specialise(cls, op: Operation) -> None:
        """Return no code: these sweeps are rare, and take the general road."""

    def propagate(self, op: Operation, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """Apply an operation whose highest operand is at this level."""
        if op.verb == "composite":
            assert op.body is not None
            return op.body(*args, **kwargs)
        operands = list(op.take(args))
        mine = [isinstance(x, Structural) and x.level is self.level for x in operands]
        values = [x.value if own else x for x, own in zip(operands, mine, strict=True)]
        masks = [x.alive if own else None for x, own in zip(operands, mine, strict=True)]
        if op.verb == "bilinear" and sum(mine) == 1:
            return self._bilinear(op, mine.index(True), values, args, kwargs)
        with quiet_products():
            ans = op.function(*op.put(args, values), **kwargs)
        if op.verb == "constant":
            return ans
        if isinstance(ans, tuple):
            return rebuild(ans, [Structural(y, True, self.level) for y in ans])
        alive = self._alive(op, values, masks, ans, args, kwargs)
        result = Structural(ans, alive, self.level)
        if may_be_view(ans):
            view = result.snapshot(ans)
            link_results(view, op, operands, args, kwargs)
            if parent_of(view) is not None:
                return view
        return result

    def _alive(
        self,
        op: Operation,
        values: list[Any],
        masks: list[Any],
        ans: Any,
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
    ) -> Any:
        """Return the lanes of a result into which a live lane flows."""
        if op.verb == "linear":
            weights = [
                _weights(value_of(x) != 0 if m is None else m, dtype_of(x))
                for x, m in zip(values, masks, strict=True)
            ]
            return op.function(*op.put(args, weights), **kwargs) != 0
        if op.verb != "elementwise":
            return True
        plain = tuple(value_of(x) for x in values)
        alive = np.zeros(np.shape(ans), bool)
        for i, mask in enumerate(masks):
            if mask is not None:
                with np.errstate(all="ignore"):
                    alive = alive | flow(op, i, mask, plain)
        return alive

    def _bilinear(
        self,
        op: Operation,
        i: int,
        values: list[Any],
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
    ) -> Any:
        """Multiply by a matrix whose infinite entries meet dead lanes only where they should."""
        alive = _weights(args[i].alive)
        other = values[1 - i]
        plain = np.asarray(value_of(other))

        def product(mine: Any, factor: Any) -> Any:
            pair = [mine, factor] if i == 0 else [factor, mine]
            return op.function(*op.put(args, pair), **kwargs)

        flows = product(alive, _weights(np.ones(plain.shape))) != 0
        infinite = ~np.isfinite(plain)
        if not infinite.any():
            return Structural(product(values[i], other), flows, self.level)
        clean = product(values[i], np.where(infinite, 0, other))
        meets = product(alive, infinite.astype(float)) != 0
        return Structural(np.where(meets, product(values[i], other), clean), flows, self.level)


def _weights(mask: Any, dtype: Any = np.float64) -> Any:
    """Return generic numbers on live lanes, so that no two dependencies cancel.

    They are positive, and so are both parts where complex ones are asked for.
    """
    mask = np.asarray(mask)
    weights = np.random.default_rng(0).uniform(1, 2, mask.shape) * mask
    return (weights * (1 + 1j) if np.dtype(dtype).kind == "c" else weights)[()]


def quiet_products() -> AbstractContextManager[Any]:
    """Silence the warning of ``0 * inf``, which a dead lane may give; errors stay errors."""
    warns = np.geterr()["invalid"] == "warn"
    return np.errstate(invalid="ignore") if warns else nullcontext()


def is_nonfinite(derivatives: list[Any]) -> bool:
    """Return whether a sweep has to run again with structural zeros.

    It has where numbers are not finite, and where they are traced by a level that
    itself runs again. Levels that trace them are told that a sweep ran inside them.
    """
    found = False
    for derivative in derivatives:
        x = derivative
        while isinstance(x, Tracer):
            x.level.nested = True
            tangent = getattr(x, "tangent", None)
            if x.level.structural or (tangent is not None and is_nonfinite([tangent])):
                found = True
            if getattr(x, "is_deferred", False):  # the sweep back over it looks at what that gives
                x = 0.0
                break
            x = x.value
        found = found or not all_finite(x)
    return found


def nothing_like(ct: Any) -> Any:
    """Return the zero that replaces a cotangent: a structural one if that has a mask."""
    return Structural(0.0, False, ct.level) if isinstance(ct, Structural) else 0.0


def without_masks(x: Any, level: Level) -> Any:
    """Return a derivative as plain numbers; dead lanes are zeros."""
    return x.value if isinstance(x, Structural) and x.level is level else x


install_operators(Structural)
