"""Arrays with all their Taylor coefficients: duals of higher order.

``Series`` stands for ``x + c_1 t + c_2 t**2 + ...`` up to an order. It is a `Dual`
whose tangent has the coefficients on its leading axis: what is linear treats them as so many
directions, and so do views and writes. What is not linear combines them
(`adkit.forward.recurrences`).
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any, ClassVar

import numpy as np

from adkit.common.errors import leaked
from adkit.common.levels import Level
from adkit.common.linearisation import push
from adkit.common.operators import install_operators
from adkit.common.ops.casting import cast
from adkit.common.ops.indexing import getitem
from adkit.common.registry import Operation
from adkit.common.scopes import is_searching, is_strict, is_trapping
from adkit.common.shapes import dtype_of, expand, zeros
from adkit.common.signatures import parameter_names
from adkit.common.storage import current
from adkit.common.structural import Structural, without_masks
from adkit.common.sweeps import count_forward, count_primal
from adkit.common.tracer import Tracer, value_of
from adkit.forward.coefficient_rules import is_affine
from adkit.forward.dual import Dual
from adkit.forward.pushforward import carefully
from adkit.forward.recurrences import coefficients
from adkit.forward.specialised import specialised


class SeriesLevel(Level):
    """A sweep of Taylor coefficients up to an order."""

    __slots__ = ("order",)

    def __init__(self, order: int, *, structural: bool) -> None:
        super().__init__(structural=structural)
        self.order = order


class Series(Dual):
    """A value with its Taylor coefficients.

    Attributes
    ----------
    value : array
        Coefficient 0.
    tangent : array
        Coefficients from the first on, along a leading axis; those behind its end are zero.
    """

    __slots__ = ()

    calls: ClassVar[dict[Any, Callable[..., Any]]] = {}
    level: SeriesLevel

    def __repr__(self) -> str:
        return f"Series({self.value!r}, {self.tangent!r})"

    def push(
        self,
        op: Operation,
        tangents: Sequence[tuple[int, Any]],
        ans: Any,
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
    ) -> Any:
        """Return the coefficients of the result of an operation."""
        if self.level.order == 1 or is_affine(op, [i for i, _ in tangents]):
            length = max(len(t) for _, t in tangents)
            return push(op, [(i, filled(t, length)) for i, t in tangents], ans, args, kwargs)
        stacks = [(i, without_masks(t, self.level)) for i, t in tangents]
        if op.series is not None:
            ((_, stack),) = stacks
            stack = filled(stack, self.level.order)
            found = cast(op.series(stack, *args, **kwargs), dtype_of(ans))
        else:
            found = coefficients(op, stacks, ans, args, kwargs, self.level.order)
        return self._masked(op, tangents, found, ans, args) if self.level.structural else found

    def _masked(
        self,
        op: Operation,
        tangents: Sequence[tuple[int, Any]],
        found: Any,
        ans: Any,
        args: tuple[Any, ...],
    ) -> Any:
        """Return coefficients with the lanes that depend on ``t``."""
        if isinstance(found, tuple):
            return tuple(Structural(c, True, self.level) for c in found)
        if op.verb != "elementwise":
            return Structural(found, True, self.level)
        alive = np.zeros(np.shape(ans), bool)
        for i, t in tangents:
            alive = alive | _reached(op, i, t.alive.any(0), np.shape(ans), args)
        return Structural(found, alive, self.level)

    @classmethod
    def specialise(cls, op: Operation) -> Callable[..., Any] | None:
        """Return code for operations of one operand that are linear; others combine."""
        is_linear = op.verb == "linear" and op.operands == 1
        return specialised(op, Series, _no_code) if is_linear or op.function is getitem else None

    # ------------------------------------------------------------ writes

    def snapshot(self, value: Any) -> Series:
        """Return an ordinary Series with these coefficients and another value."""
        return Series(value, self.tangent, self.level)

    def own_derivative(self) -> None:
        """Give the coefficients memory of their own, and all of them a place in it."""
        self.tangent = filled(self.tangent, self.level.order)
        super().own_derivative()

    def write_root(self, handle: Any, index: Any, part: Any) -> None:
        """Write the coefficients of a part where its value was written."""
        if part is not None:
            part = Series(part.value, filled(part.tangent, self.level.order), self.level)
        super().write_root(handle, index, part)

    def constant_like(self, value: Any) -> Series:
        """Return a value as a constant of this level: its coefficients are zero."""
        level = self.level
        zero = np.zeros((level.order, *np.shape(value)), dtype_of(value))
        return Series(value, Structural(zero, False, level) if level.structural else zero, level)


def push_series(
    f: Callable[[Sequence[Any]], list[Any]],
    leaves: Sequence[Any],
    directions: Sequence[Any],
    order: int,
) -> list[Any]:
    """Return the Taylor coefficients of a function of leaves along a line, in one sweep.

    If they are not finite, the sweep runs again, as one of tangents does.

    Parameters
    ----------
    f : callable
        A function of a list of leaves that returns one.
    leaves, directions : sequence of arrays
        The point, and where the line goes.
    order : int
        Number of the last coefficient.

    Returns
    -------
    list of arrays
        One per result, with coefficients 0 to `order` along a leading axis.
    """
    sweep = functools.partial(_sweep, f, leaves, directions, max(order, 1))
    values, stacks = carefully(sweep)
    if is_trapping():
        _search(sweep, directions, stacks)
    if is_strict():
        from adkit.common.strictness import check_finite

        check_finite(stacks, 1)
    return [
        np.concatenate([np.reshape(y, (1, *np.shape(y))), stack])[: order + 1]
        for y, stack in zip(values, stacks, strict=True)
    ]


def _search(sweep: Callable[..., Any], directions: Sequence[Any], stacks: Sequence[Any]) -> None:
    """Sweep again, and stop where a coefficient becomes nan or infinite."""
    from adkit.common.trapping import elsewhere, first_nonfinite, given, searching
    from adkit.forward.watched import WatchedSeries

    if not first_nonfinite(stacks, 1):
        return
    if first_nonfinite(directions, 0):
        raise given("direction")
    with searching():
        sweep(structural=True, engine=WatchedSeries)
    raise elsewhere("coefficient")


def _sweep(
    f: Callable[[Sequence[Any]], list[Any]],
    leaves: Sequence[Any],
    directions: Sequence[Any],
    order: int,
    *,
    structural: bool,
    engine: type[Series] = Series,
) -> tuple[list[Any], list[Any]]:
    level = SeriesLevel(order, structural=structural)
    stacks = [v[None] for v in directions]
    if structural:
        stacks = [Structural(stack, True, level) for stack in stacks]
    series = [engine(x, stack, level) for x, stack in zip(leaves, stacks, strict=True)]
    try:
        results = f(series)
    finally:
        level.ended = True
    level.check_process()
    if not is_searching():
        count_primal()
        count_forward(order, level.operations)
    pairs = [_split(y, level) for y in results]
    return [y for y, _ in pairs], [stack for _, stack in pairs]


def _split(y: Any, level: SeriesLevel) -> tuple[Any, Any]:
    """Return the value of a result and its higher coefficients."""
    y = current(y)
    lead = (level.order,)
    if isinstance(y, Series) and y.level is level:
        stack = filled(current(without_masks(y.tangent, level)), level.order)
        return current(y.value), expand(stack, lead + np.shape(y.value))
    if isinstance(y, Tracer) and y.level.ended:
        raise leaked()
    if dtype_of(y).kind not in "fc":
        y = np.asarray(y, np.float64)
    return y, zeros(lead + np.shape(y), dtype_of(y))


def _reached(
    op: Operation, i: int, alive: Any, shape: tuple[int, ...], args: tuple[Any, ...]
) -> Any:
    """Return into which lanes of a result live lanes of an operand flow.

    A factor stops nothing, whatever its value; a map of tangents may select.
    """
    rule = op.partials[i]
    if not (callable(rule) and "t" in parameter_names(rule)):
        return np.broadcast_to(alive, shape)
    plain = tuple(value_of(x) for x in args)
    with np.errstate(all="ignore"):
        return push(op, [(i, alive.astype(float))], np.full(shape, 0.5), plain, {}) != 0


def filled(stack: Any, length: int) -> Any:
    """Return coefficients with zeros at the end."""
    missing = length - len(stack)
    if missing <= 0:
        return stack
    return np.concatenate([stack, np.zeros((missing, *np.shape(stack)[1:]), dtype_of(stack))])


def _no_code(*args: Any) -> Any:
    raise AssertionError("an elementwise operation on series has no code of its own")


install_operators(Series)
