"""Where an operation is defined and differentiable, as data that a reader can use.

A domain is NumPy's own domain minus the listed kinks: tests draw from it,
``python -m adkit ops`` prints it.
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["ANYWHERE", "Domain", "interval"]


@dataclass(frozen=True)
class Domain:
    """An open interval of the reals, without the kinks inside it.

    Attributes
    ----------
    low, high : float
        Ends of the interval.
    kinks : tuple of float
        Points inside the interval where there is no derivative.
    holomorphic : bool
        Whether complex operands are taken, near the interval.
    """

    low: float = float("-inf")
    high: float = float("inf")
    kinks: tuple[float, ...] = ()
    holomorphic: bool = True

    def __str__(self) -> str:
        text = f"({self.low:g}, {self.high:g})"
        return text + "".join(f" without {k:g}" for k in self.kinks)


def interval(
    low: float, high: float, *, kinks: tuple[float, ...] = (), holomorphic: bool = True
) -> Domain:
    """Return the domain of an operation that is smooth between `low` and `high`."""
    return Domain(low, high, kinks, holomorphic)


ANYWHERE = Domain()
POSITIVE = Domain(low=0.0)
NONZERO = Domain(kinks=(0.0,))
REAL = Domain(holomorphic=False)
