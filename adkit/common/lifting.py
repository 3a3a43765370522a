"""Marked arrays inside a function: what is computed through them has few directions.

A derivative that goes through a few numbers is a product of two narrow matrices, however
dense it is. Where somebody asks for that, a marked array becomes both a further result and a
further argument of the function; elsewhere a mark does nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import numpy as np

from adkit.common.containers import map_leaves
from adkit.common.errors import TraceMismatchError
from adkit.common.shapes import dtype_of
from adkit.common.storage import private
from adkit.common.tracer import Tracer

__all__ = ["Lifting", "lift", "lifting"]


class Lifting:
    """What was lifted in one run of a function.

    Parameters
    ----------
    level : int
        Arrays of higher levels belong to a derivative inside the function: they are left.
    others : sequence of arrays, optional
        What takes the places of lifted arrays, in their order; by default themselves.

    Attributes
    ----------
    found : list of arrays
    """

    def __init__(self, level: int, others: Sequence[Any] | None = None) -> None:
        self.level, self.others = level, others
        self.found: list[Any] = []

    def replaced(self, x: Any) -> Any:
        """Note an array, and return what takes its place."""
        if isinstance(x, Tracer) and x.level.number > self.level:
            return x
        number = len(self.found)
        self.found.append(private(x))
        if self.others is None:
            return x
        if number >= len(self.others) or np.shape(self.others[number]) != np.shape(x):
            raise parted()
        return self.others[number]


_open: ContextVar[Lifting | None] = ContextVar("adkit_lifting", default=None)


@contextmanager
def lifting(run: Lifting | None) -> Iterator[None]:
    """Let marks inside the block belong to a run, or to none."""
    token = _open.set(run)
    try:
        yield
    finally:
        _open.reset(token)


def parted() -> TraceMismatchError:
    """Return the error of a function that lifts other arrays when it is traced."""
    return TraceMismatchError(
        "ADK533",
        "a function lifts other arrays when it is traced than with plain numbers",
        instead="lift the same arrays in each run, whatever the types of the numbers are",
    )


def lift(x: Any) -> Any:
    """Return `x`, marked as narrow: few numbers through which much is computed.

    A mean, a norm or a product with a few rows makes everything depend on everything, but
    through few numbers. ``jacobian(f, sparse="lifted")``, and `hessian` likewise, keep what
    goes through marked arrays apart: as a product of two narrow matrices, beside a matrix
    that is sparse. Everywhere else a mark does nothing.

    Parameters
    ----------
    x : array, number or container
        Traced or not.

    Returns
    -------
    array, number or container
        The same values.

    References
    ----------
    Coleman and Verma (1996), "Structure and efficient Jacobian calculation"; Albersmeyer and
    Diehl (2010), "The lifted Newton method and its application in optimization".

    Examples
    --------
    >>> import numpy as np
    >>> from adkit import jacobian, lift
    >>> J = jacobian(lambda x: x**2 - lift(np.mean(x)), sparse="lifted")(np.ones(1000))
    >>> J
    SparsePlusLowRank(1000 x 1000, 1000 nonzeros, rank 1)
    """
    run = _open.get()
    if run is None:
        return x
    return map_leaves(lambda leaf: run.replaced(leaf) if _is_lifted(leaf) else leaf, x)


def _is_lifted(x: Any) -> bool:
    if isinstance(x, (Tracer, np.ndarray, np.generic)):
        return dtype_of(x).kind in "fc"
    return isinstance(x, (float, complex))
