"""Duals and series whose operations are watched: which one makes a number nan or infinite."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from adkit.common.linearisation import is_active, push
from adkit.common.registry import Operation
from adkit.common.trapping import adopted, first_nonfinite, inside, met_by, visit
from adkit.forward.dual import Dual
from adkit.forward.series import Series


class WatchedDual(Dual):
    """A Dual that raises `NonFiniteError` where a tangent becomes nan or infinite."""

    __slots__ = ()

    def propagate(self, op: Operation, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """Apply an operation, and look at its tangent."""
        if op.verb == "composite":
            with inside(op.name):
                result = super().propagate(op, args, kwargs)
            return adopted(result, Dual, WatchedDual, self.level)
        result = adopted(super().propagate(op, args, kwargs), Dual, WatchedDual, self.level)
        for y in result if isinstance(result, (list, tuple)) else [result]:
            if isinstance(y, WatchedDual) and y.level is self.level:
                self._check(y, result, op, args, kwargs)
        return result

    def _check(
        self, y: Dual, result: Any, op: Operation, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> None:
        lead = np.ndim(y.tangent) - y.ndim
        found = first_nonfinite(y.tangent, lead)
        if found is None:
            return
        operands = [x.value if self._is_mine(x) else x for x in op.take(args)]
        i = self._culprit(result, lead, op, args, operands, kwargs)
        index = met_by(found.index, np.shape(operands[i])) if op.verb == "elementwise" else None
        raise visit(op, operands).error("tangent", found, i, index)

    def _culprit(
        self,
        result: Any,
        lead: int,
        op: Operation,
        args: tuple[Any, ...],
        operands: Sequence[Any],
        kwargs: dict[str, Any],
    ) -> int:
        """Return by which operand the tangent of a result is not finite."""
        mine = [i for i, x in enumerate(op.take(args)) if self._is_mine(x) and is_active(op, i)]
        if op.joint:
            return mine[0]
        ans = tuple(y.value for y in result) if isinstance(result, tuple) else result.value
        for i in mine:
            terms = [(i, op.take(args)[i].tangent)]
            if first_nonfinite(push(op, terms, ans, op.put(args, operands), kwargs), lead):
                return i
        return mine[0]

    def _is_mine(self, x: Any) -> bool:
        return isinstance(x, Dual) and x.level is self.level

    def snapshot(self, value: Any) -> Dual:
        """Return an ordinary watched Dual with this tangent and another value."""
        return WatchedDual(value, self.tangent, self.level)

    def constant_like(self, value: Any) -> Dual:
        """Return a value as a constant of this level."""
        constant: Dual = adopted(super().constant_like(value), Dual, WatchedDual, self.level)
        return constant


class WatchedSeries(Series):
    """A Series that raises `NonFiniteError` where a coefficient becomes nan or infinite."""

    __slots__ = ()

    def propagate(self, op: Operation, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """Apply an operation; those of a definition are part of it."""
        if op.verb != "composite":
            return super().propagate(op, args, kwargs)
        with inside(op.name):
            result = super().propagate(op, args, kwargs)
        return adopted(result, Series, WatchedSeries, self.level)

    def push(
        self,
        op: Operation,
        tangents: Sequence[tuple[int, Any]],
        ans: Any,
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
    ) -> Any:
        """Return the coefficients of a result, if they are finite."""
        pushed = super().push(op, tangents, ans, args, kwargs)
        found = first_nonfinite(pushed, 1)
        if found is None:
            return pushed
        culprit = tangents[0][0]
        for i, t in () if op.joint else tangents:
            if first_nonfinite(super().push(op, [(i, t)], ans, args, kwargs), 1):
                culprit = i
                break
        operands = op.take(args)
        by_element = op.verb == "elementwise"
        index = met_by(found.index, np.shape(operands[culprit])) if by_element else None
        raise visit(op, operands).error("coefficient", found, culprit, index)

    def snapshot(self, value: Any) -> Series:
        """Return an ordinary watched Series with these coefficients and another value."""
        return WatchedSeries(value, self.tangent, self.level)

    def constant_like(self, value: Any) -> Series:
        """Return a value as a constant of this level."""
        constant: Series = adopted(super().constant_like(value), Series, WatchedSeries, self.level)
        return constant
