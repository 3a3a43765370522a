"""What is known about the sparse derivatives of a function, and what an evaluation returns."""

from __future__ import annotations

from typing import Any, NamedTuple

from numpy.typing import NDArray

from adkit.drivers.candidates import Option, Shapes
from adkit.drivers.frozen import Frozen
from adkit.drivers.trials import Trial
from adkit.pattern.layouts import Layouts
from adkit.sparse.compression import Compression
from adkit.sparse.pattern import Pattern

__all__ = ["Evaluation", "State"]

Array = NDArray[Any]


class Evaluation(NamedTuple):
    """The values of a function, none if nobody wants them, and its sparse Jacobian."""

    values: list[Any]
    pattern: Pattern
    entries: Array


class State:
    """What is known about a function for arguments of the same shapes.

    Attributes
    ----------
    pattern, nonlinear : Pattern
        All entries, and those that may change.
    shapes : tuple
        Of arrays whose elements the columns and the rows are.
    option : Option
        How all entries are computed.
    warm : Option or None
        How those that may change are computed, if that takes fewer directions.
    frozen : Frozen or None
        The others, as soon as they are known.
    owner : bytes
        Digest of the other arguments of the last evaluation.
    direct : Compression or None
        A way without solves and substitution, once one was needed.
    calls : int
        Evaluations so far.
    sweep : str
        "rows" or "gathers" if one sparse sweep takes less time than all that; "pulled" if
        products with a symmetric matrix are taken in reverse; "one side" if `other` is
        faster; else "".
    other : Option or None
        Directions of one mode, which may take less time than fewer of both.
    pulled, one_sided : bool
        Whether products are taken in reverse now, or by `other`.
    layouts : Layouts
        What sweeps of gathers have found.
    trial : Trial or None
        Which way is the fastest, while that is open.
    """

    def __init__(
        self,
        pattern: Pattern,
        nonlinear: Pattern,
        shapes: tuple[Shapes, Shapes],
        option: Option,
        warm: Option | None,
    ) -> None:
        self.pattern, self.nonlinear, self.shapes = pattern, nonlinear, shapes
        self.option, self.warm = option, warm
        self.frozen: Frozen | None = None
        self.owner = b""
        self.direct: Compression | None = None
        self.calls = 0
        self.sweep = ""
        self.other: Option | None = None
        self.pulled = self.one_sided = False
        self.layouts = Layouts()
        self.trial: Trial | None = None

    @property
    def taken(self) -> Option:
        """How all entries are computed now."""
        return self.other if self.one_sided and self.other is not None else self.option
