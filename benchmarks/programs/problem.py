"""What a problem is: a program in plain NumPy, its data, and its derivative written by hand."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

Function = Callable[..., Any]

#: Takes a library in place of NumPy and returns the program written for it.
Text = Callable[[Any], Function]


class Figures(NamedTuple):
    """Ratios to the function: the one to reach, and what was known when it was set.

    ``hand`` and ``peer`` are the hand-written derivative and the best eager peer, as text;
    ``megabytes`` is the peak of memory to keep to.
    """

    limit: float | None
    hand: str = "-"
    peer: str = "-"
    megabytes: float | None = None


class Problem(NamedTuple):
    """A program to differentiate.

    Attributes
    ----------
    name, about : str
        The name is that on the command line.
    f : callable
        The program; the arguments numbered by `argnums` are differentiated.
    args : tuple
        Its arguments.
    hand : callable
        Takes the arguments; returns ``(value, derivative)``, the limit of eager NumPy.
    kind : str
        ``"gradient"``, ``"columns"`` (a Jacobian with few columns) or ``"hvp"``.
    argnums : int or tuple of int
        Which arguments.
    direction : array, optional
        Of a Hessian-vector product.
    plain : callable, optional
        Takes nothing; the evaluation that is the unit of all ratios, if not ``f(*args)``.
    figures : Figures, optional
        The ratio to reach.
    texts : mapping
        By name of a peer, its text of the program.
    """

    name: str
    about: str
    f: Function
    args: tuple[Any, ...]
    hand: Function
    kind: str = "gradient"
    argnums: int | tuple[int, ...] = 0
    direction: Any = None
    plain: Callable[[], Any] | None = None
    figures: Figures | None = None
    texts: Mapping[str, Text] = MappingProxyType({})

    def evaluate(self) -> Any:
        """Run the program without derivatives."""
        return self.plain() if self.plain is not None else self.f(*self.args)

    def by_hand(self) -> tuple[Any, Any]:
        """Return value and derivative from the hand-written code."""
        extra = () if self.direction is None else (self.direction,)
        return self.hand(*self.args, *extra)

    @property
    def positions(self) -> tuple[int, ...]:
        """Return the differentiated positions as a tuple."""
        return self.argnums if isinstance(self.argnums, tuple) else (self.argnums,)


def same_text(f: Function, *peers: str) -> dict[str, Text]:
    """Return the texts of peers that take the program as it is, with their ``np`` for NumPy."""

    def text(library: Any) -> Function:
        return getattr(under(sys.modules[f.__module__], library), f.__name__)

    return dict.fromkeys(peers, text)


def under(module: Any, library: Any) -> Any:
    """Return a copy of a module in which ``np`` is another library."""
    copy = importlib.util.module_from_spec(module.__spec__)
    module.__spec__.loader.exec_module(copy)
    copy.np = library
    return copy
