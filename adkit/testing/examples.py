"""One call of an operation: small for a look, or large for a measurement."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from adkit.testing.choices import Choices
from adkit.testing.draws import Draw
from adkit.testing.rule_checks import operation_of
from adkit.testing.sampling import Call, draw_call, samples_of

__all__ = ["example_call"]

#: How often a call is drawn until one has real double operands and an inexact result.
TRIES = 40


class LargeDraw(Draw):
    """Draws shapes of a wanted number of elements; plain memory layouts."""

    size = 100_000

    def shape(self, low: Any = 0, high: Any = 3, shortest: Any = 0) -> Any:
        """Return a shape of one axis, or of as many as must be, with `size` elements."""
        axes = min(max(low, 1), max(high, 0))
        side = round(self.size ** (1 / axes)) if axes else 1
        return (side,) * axes

    def partner(self, shape: Any) -> Any:
        """Return the same shape."""
        return shape

    def laid(self, x: Any, *, keep: bool = False) -> Any:
        """Return the array as it is."""
        return x


def example_call(op: Any, *, size: int | None = None, seed: int = 0) -> Call | None:
    """Return a call of an operation with real operands, None if none of double precision is drawn.

    Parameters
    ----------
    op : str, callable or Operation
    size : int, optional
        The number of elements of arrays whose shape is free; small by default.
    seed : int
        Of the numbers.

    Returns
    -------
    Call
        With ``function`` and ``primals``: a function of the operands, and the operands.

    Examples
    --------
    >>> from adkit.testing import example_call
    >>> call = example_call("numpy.sin", size=1000)
    >>> [x.shape for x in call.primals]
    [(1000,)]
    """
    operation = operation_of(op)
    rng = np.random.default_rng(seed)
    kind = Draw if size is None else type("SizedDraw", (LargeDraw,), {"size": size})
    takers = [s for s in samples_of(operation) if "d" in s.dtypes]
    for sample in (replace(s, dtypes="d") for s in takers):
        for _ in range(TRIES):
            choices = Choices(rng if size is None else _Calm(rng))
            call = draw_call(choices, operation, sample=sample, draw=kind)
            if _is_double(call):
                return call
    return None


class _Calm:
    """A generator whose choices are mostly the first: usual options, no special layouts."""

    def __init__(self, rng: np.random.Generator) -> None:
        self._rng = rng

    def integers(self, low: int, high: int, **options: Any) -> int:
        """Return a small choice, sometimes any."""
        drawn = int(self._rng.integers(low, high, **options))
        return drawn if high - low > 100 or self._rng.random() < 0.1 else low


def _is_double(call: Call) -> bool:
    if not call.primals or any(np.asarray(x).dtype != np.float64 for x in call.primals):
        return False
    results = call.function(*call.primals)
    results = results if isinstance(results, tuple) else (results,)
    return bool(results) and all(np.asarray(y).dtype.kind in "fc" for y in results)
