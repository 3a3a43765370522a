"""Scopes: `with` blocks that change how derivatives are taken inside them.

A scope belongs to the thread or task that entered it: it lives in a `ContextVar`, and
no other thread sees it. Scopes nest, one object may be entered again, and leaving
closes a scope wherever that happens: a generator that was suspended inside a block
may be closed by another thread.
"""

from __future__ import annotations

from contextlib import ContextDecorator
from contextvars import ContextVar
from types import TracebackType
from typing import Any, ClassVar, Self

__all__ = ["Scope", "strict", "trap_nonfinite"]


class Block:
    """One entry into a scope.

    Attributes
    ----------
    scope : Scope
        What was entered.
    outer : Block or None
        The block around it, of the same kind.
    open : bool
        Whether it has not been left yet.
    """

    __slots__ = ("open", "outer", "scope")

    def __init__(self, scope: Scope, outer: Block | None) -> None:
        self.scope = scope
        self.outer = outer
        self.open = True


class Scope(ContextDecorator):
    """A kind of block; each subclass with a title has its own.

    Use it by ``with`` or as a decorator of a plain function.
    """

    _innermost: ClassVar[ContextVar[Block | None]]
    title: ClassVar[str] = "scope"

    def __init_subclass__(cls) -> None:
        if "title" in vars(cls):
            cls._innermost = ContextVar(f"adkit_{cls.title}", default=None)

    def __init__(self) -> None:
        self._blocks: list[Block] = []

    def __repr__(self) -> str:
        return f"<adkit.{self.title}, {'open' if self._blocks else 'closed'}>"

    @classmethod
    def current(cls) -> Block | None:
        """Return the innermost open block of this thread or task."""
        block = cls._innermost.get()
        while block is not None and not block.open:
            block = block.outer
        return block

    def opened(self) -> None:
        """Do what entering takes."""

    def closed(self) -> None:
        """Undo what `opened` did."""

    def __enter__(self) -> Self:
        self.opened()
        block = Block(self, self.current())
        self._blocks.append(block)
        self._innermost.set(block)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        block = self.current()
        while block is not None and (block.scope is not self or not block.open):
            block = block.outer
        if block is None:  # a generator is closed by somebody who did not start it
            block = self._blocks[-1]
        block.open = False
        self._blocks.remove(block)
        self._innermost.set(self.current())
        self.closed()


class Strict(Scope):
    """See `strict`."""

    title = "strict"


class Trap(Scope):
    """See `trap_nonfinite`."""

    title = "trap_nonfinite"


def strict() -> Strict:
    """Make the loss of a derivative an error, also where mathematics allows it.

    Inside the block, in this thread or task, an error is raised

    - for a result that depends on no differentiated argument, and for an argument on
      which no result depends;
    - where a traced value meets an operation that is piecewise constant throughout and
      returns floats, such as `numpy.floor` or `numpy.sign`; comparisons and searches,
      which return bools and integers, steer a program and are allowed;
    - for a derivative that is nan or infinite.

    Constants that are meant are written as such: ``np.floor(adkit.value(x))``.

    Returns
    -------
    context manager
        Also a decorator. Blocks may be nested.

    Raises
    ------
    StrictError
        By a transform inside the block.

    Examples
    --------
    >>> import numpy as np
    >>> from adkit import AdkitError, grad, strict
    >>> def lot_cost(x):
    ...     return 3.0 * np.ceil(x)
    >>> float(grad(lot_cost)(1.5))
    0.0
    >>> with strict():
    ...     try:
    ...         grad(lot_cost)(1.5)
    ...     except AdkitError as error:
    ...         print("the path is lost" in str(error))
    True
    """
    return Strict()


def trap_nonfinite() -> Trap:
    """Stop at the first operation whose tangent or cotangent becomes nan or infinite.

    Inside the block, in this thread or task, a transform whose derivative is not
    finite runs again and stops at the operation where that began. What a derivative
    does not depend on stops nothing: a nan in a branch that `numpy.where` did not
    choose reaches no result. As long as derivatives are finite, the block costs nothing.

    Returns
    -------
    context manager
        Also a decorator. Blocks may be nested.

    Raises
    ------
    NonFiniteError
        By a transform inside the block. It names the operation, which of its arguments
        and which element, the value there, and the line; they are its attributes, too.

    Examples
    --------
    >>> import numpy as np
    >>> from adkit import AdkitError, grad, trap_nonfinite
    >>> with trap_nonfinite(), np.errstate(divide="ignore"):
    ...     try:
    ...         grad(lambda x: np.sum(np.sqrt(x)))(np.array([1.0, 0.0]))
    ...     except AdkitError as error:
    ...         print(error.operation, error.argument, error.index, error.value)
    numpy.sqrt 0 (1,) 0.0
    """
    return Trap()


#: Whether a transform runs again to find where a derivative became nan or infinite.
searching: ContextVar[bool] = ContextVar("adkit_searching", default=False)


_strict = Strict._innermost  # read once for every transform and composite operation


def is_searching() -> bool:
    """Return whether a transform runs again to find where a derivative became nan or inf."""
    return searching.get()


def is_strict() -> bool:
    """Return whether this thread or task is inside `strict`."""
    return _strict.get() is not None and Strict.current() is not None


def is_trapping() -> bool:
    """Return whether this thread or task is inside `trap_nonfinite`."""
    return Trap.current() is not None


def check_path(op: Any, i: int, ans: Any) -> None:
    """Refuse, inside `strict`, an operation by which a derivative is lost throughout."""
    from adkit.common.strictness import check_path

    check_path(op, i, ans)
