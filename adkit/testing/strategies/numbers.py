"""Real numbers on a domain."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from hypothesis import strategies as st

from adkit.common.domains import Domain
from adkit.testing.domains import pushed_off
from adkit.testing.rule_checks import operation_of
from adkit.testing.strategies.drawing import of_kind, refused

__all__ = ["KINKS", "as_domain", "floats", "floats_on"]

KINKS = ("avoid", "hit")


def floats(
    domain: Any = None,
    *,
    low: float = -math.inf,
    high: float = math.inf,
    kinks_at: Sequence[float] = (),
    kinks: str = "avoid",
    margin: float = 1e-3,
    largest: float = 1e3,
    smallest: float = 1e-6,
    dtype: Any = float,
    nonfinite: bool = False,
    subnormals: bool = False,
) -> st.SearchStrategy[Any]:
    """Draw real numbers of a domain, clear of its kinks or exactly on them.

    Parameters
    ----------
    domain : adkit.rules.Domain, str, callable or Operation, optional
        Where the numbers lie: a domain, or an operation of one operand that has one.
    low, high : float
        Ends of the domain, if it is not given as one. No number is an end.
    kinks_at : sequence of float
        Where there is no derivative, besides the kinks of the domain.
    kinks : {"avoid", "hit"}
        Whether numbers keep a margin from the kinks, or are often exactly on one (at 0, of
        either sign).
    margin : float
        How far from kinks and ends numbers are, relative to those beyond 1. Less, where
        there is not so much room.
    largest : float
        How large numbers are where the domain has no end.
    smallest : float
        Smaller numbers become 0, where that is in the domain and no kink.
    dtype : dtype or float
        Numbers are scalars of that dtype; Python's floats by default.
    nonfinite : bool
        Whether nan and infinities are drawn too.
    subnormals : bool
        Whether the smallest numbers are kept, subnormal ones too.

    Returns
    -------
    strategy
        Shrinks to small whole numbers.

    Raises
    ------
    ArgumentError
        If there is no number to draw, or no kink to hit.

    Examples
    --------
    >>> import adkit, numpy as np
    >>> from hypothesis import given
    >>> from adkit.testing import strategies as ast
    >>> @given(ast.floats(kinks_at=[0.0]))
    ... def test_slope(x):
    ...     assert adkit.derivative(np.abs)(x) == np.sign(x)
    >>> test_slope()
    """
    dtype = None if dtype is float else np.dtype(dtype)
    domain = as_domain(domain, low, high, kinks_at)
    found = floats_on(
        domain,
        np.dtype(dtype or float),
        kinks=kinks,
        margin=margin,
        largest=largest,
        smallest=0.0 if subnormals else smallest,
        nonfinite=nonfinite,
        subnormals=subnormals,
    )
    return found if dtype is None else found.map(dtype.type)


def as_domain(domain: Any, low: float, high: float, kinks_at: Sequence[float] = ()) -> Domain:
    """Return a domain, or that of an operation, with other ends and more kinks."""
    if domain is not None and not isinstance(domain, Domain):
        operation = operation_of(domain)
        domain = operation.domain
        if isinstance(domain, tuple):
            raise refused(
                f"each operand of {operation.name} has a domain of its own",
                f"take one: domain={domain[0]!r}",
            )
    domain = domain or Domain()
    low, high = max(low, domain.low), min(high, domain.high)
    kinks = sorted({*domain.kinks, *map(float, kinks_at)})
    inside = tuple(kink for kink in kinks if low < kink < high)
    return Domain(float(low), float(high), inside, domain.holomorphic)


def floats_on(
    domain: Domain,
    dtype: np.dtype[Any],
    *,
    kinks: str = "avoid",
    margin: float = 1e-3,
    largest: float = 1e3,
    smallest: float = 1e-6,
    nonfinite: bool = False,
    subnormals: bool = False,
) -> st.SearchStrategy[float]:
    """Draw Python's floats that a dtype holds exactly; see `floats`."""
    of_kind("kinks", kinks, KINKS)
    if kinks == "hit" and not domain.kinks:
        raise refused(f"no kink inside {domain} can be hit", "say where kinks are: kinks_at=[0.0]")
    dtype = np.dtype(f"f{min(dtype.itemsize, 8)}") if dtype.kind == "f" else np.dtype(float)
    low, high = _bounds(domain, dtype, margin, largest)
    room = _room(domain, margin)

    def clear(x: float) -> float:
        if abs(x) < smallest and domain.low < 0 < domain.high:
            x = math.copysign(0.0, x)
        for kink, free in room.items() if kinks == "avoid" else ():
            x = float(pushed_off(np.float64(x), kink, free))
        return float(dtype.type(x))

    usual = st.floats(
        low, high, width=_WIDTHS[dtype.itemsize], allow_nan=False, allow_subnormal=subnormals
    ).map(clear)
    if kinks == "hit":
        exact = [float(dtype.type(kink)) for kink in domain.kinks]
        exact += [-0.0] if 0.0 in exact else []
        usual = st.one_of(st.sampled_from(exact), usual)
    return (
        st.one_of(usual, st.sampled_from([math.inf, -math.inf, math.nan])) if nonfinite else usual
    )


_NONFINITE = st.sampled_from([math.inf, -math.inf, math.nan])
_WIDTHS: Any = {2: 16, 4: 32, 8: 64}


def _bounds(
    domain: Domain, dtype: np.dtype[Any], margin: float, largest: float
) -> tuple[float, float]:
    """Return the smallest and the largest number to draw, which the dtype holds."""
    low, high = domain.low, domain.high
    free = 0.01 * (high - low)
    least = low + min(margin * max(1, abs(low)), free) if math.isfinite(low) else -largest
    most = high - min(margin * max(1, abs(high)), free) if math.isfinite(high) else largest
    if not math.isfinite(low) and least >= most:
        least = most - largest * max(1.0, abs(most))
    if not math.isfinite(high) and least >= most:
        most = least + largest * max(1.0, abs(least))
    greatest = float(np.finfo(dtype).max)
    lower, upper = dtype.type(max(least, -greatest)), dtype.type(min(most, greatest))
    lower = lower if float(lower) >= least else np.nextafter(lower, dtype.type(np.inf))
    upper = upper if float(upper) <= most else np.nextafter(upper, dtype.type(-np.inf))
    if not low < high or not lower <= upper:
        raise refused(f"no number of {dtype} lies clear inside {domain}", "take low below high")
    return float(lower), float(upper)


def _room(domain: Domain, margin: float) -> dict[float, float]:
    """Return how far from each kink numbers are to be."""
    room = {kink: margin * max(1.0, abs(kink)) for kink in domain.kinks}
    for a, b in itertools.pairwise([domain.low, *domain.kinks, domain.high]):
        for kink in {a, b} & room.keys():
            room[kink] = min(room[kink], (b - a) / 4)
    return room
