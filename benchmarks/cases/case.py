"""What a benchmark case is."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np


class MissingDataError(Exception):
    """A case needs a data set whose package is not installed."""


@dataclass(frozen=True)
class Case:
    """A function R^n -> R^m in plain NumPy, and a point at which to differentiate it.

    Attributes
    ----------
    name : str
        How the command line and the tables call it.
    f : callable
        Takes one array of shape (n,); picklable, so that a fresh process can run it.
    x0 : numpy.ndarray
        The point.
    m : int
        Number of outputs.
    description, source : str
        One line each: what the function is, and where its data come from.
    """

    name: str
    f: Callable[[np.ndarray], np.ndarray]
    x0: np.ndarray
    m: int
    description: str
    source: str

    @property
    def n(self) -> int:
        """Number of inputs."""
        return self.x0.size
