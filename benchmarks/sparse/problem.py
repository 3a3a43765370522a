"""What a problem is: a function of one vector, what is known of its matrix, and that by hand."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, NamedTuple

import numpy as np

from benchmarks.programs.problem import under

Function = Callable[..., Any]

#: Takes a library in place of NumPy and returns the function written for it.
Text = Callable[[Any], Function]

#: Numbers of tangents and of cotangents.
Directions = tuple[int, int]


class Answer(NamedTuple):
    """How many directions a matrix takes, apart from the one that checks it.

    Attributes
    ----------
    cold : (int, int)
        Tangents and cotangents for all entries.
    later : (int, int) or None
        For those that change, if the others are kept; None where that saves nothing.
    bound : int
        What no linear recovery from directions of both modes undercuts, as far as adkit proves.
    optimal, later_optimal : bool
        Whether it is proved that no fewer are possible: for all, and for those that change.
    known : int
        The fewest for all entries in the literature, or by theory.
    source : str
        Where that number is from.
    better : str
        Why the count is not the known one, if it differs.
    """

    cold: Directions
    later: Directions | None
    bound: int
    optimal: bool
    known: int
    source: str
    later_optimal: bool = False
    better: str = ""


class Problem(NamedTuple):
    """A function whose sparse derivatives are wanted.

    Attributes
    ----------
    name, about : str
        The name is that on the command line.
    text : callable
        Takes a library in place of NumPy, and returns the function of one vector.
    x : array
        Where.
    answer : Answer
    hand : callable, optional
        Returns the function from a point to the sparse matrix, written by hand, with all that
        does not depend on the point prepared.
    op : str
        "jacobian" or "hessian".
    structured : bool
        Whether the matrix has a structure; if not, none may be claimed.
    without : tuple of str
        Peers that are left out: they would take minutes, or all memory.
    """

    name: str
    about: str
    text: Text
    x: np.ndarray
    answer: Answer
    hand: Callable[[], Function] | None = None
    op: str = "jacobian"
    structured: bool = True
    without: tuple[str, ...] = ()

    @property
    def f(self) -> Function:
        """The function in NumPy."""
        return self.text(np)


def text_of(f: Function, **data: Any) -> Text:
    """Return the texts of a function that names NumPy's functions only, with its data."""

    def text(library: Any) -> Function:
        own = f
        if library is not np:
            own = getattr(under(sys.modules[f.__module__], library), f.__name__)
        return partial(own, **data) if data else own

    return text


def point(size: int, seed: int = 0) -> np.ndarray:
    """Return a point without special values."""
    return np.random.default_rng(seed).uniform(1.0, 2.0, size)


class ByHand:
    """Fills a sparse matrix whose places are known, block by block of entries.

    Parameters
    ----------
    shape : (int, int)
    places : sequence of (rows, columns)
        Of each block of entries; no place comes twice.
    constants : mapping of int to number or array
        The blocks that never change.
    """

    def __init__(
        self,
        shape: tuple[int, int],
        places: Sequence[tuple[Any, Any]],
        constants: dict[int, Any] | None = None,
    ) -> None:
        pairs = [np.broadcast_arrays(*pair) for pair in places]
        rows = np.concatenate([np.ravel(r) for r, _ in pairs])
        columns = np.concatenate([np.ravel(c) for _, c in pairs])
        order = np.lexsort((columns, rows))
        self.shape = shape
        self.columns = columns[order].astype(np.int32)
        counts = np.bincount(rows, minlength=shape[0])
        self.ends = np.concatenate(([0], np.cumsum(counts))).astype(np.int32)
        place = np.empty(len(order), dtype=np.intp)
        place[order] = np.arange(len(order))
        self.places = np.split(place, np.cumsum([r.size for r, _ in pairs])[:-1])
        self.start = np.zeros(len(order))
        for block, value in (constants or {}).items():
            self.start[self.places[block]] = np.ravel(value)

    def filled(self, changing: dict[int, Any]) -> Any:
        """Return the matrix with these blocks."""
        from scipy.sparse import csr_array

        data = self.start.copy()
        for block, value in changing.items():
            data[self.places[block]] = value.ravel()
        return csr_array((data, self.columns, self.ends), shape=self.shape)
