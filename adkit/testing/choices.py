"""Choices that an example is made of: drawn at random, recorded, made smaller, replayed."""

from __future__ import annotations

import base64
import json
import zlib
from collections.abc import Callable, Sequence
from typing import Any

__all__ = ["Choices", "decoded", "encoded", "smaller"]


class Choices:
    """Makes choices between two bounds, and remembers them.

    Parameters
    ----------
    rng : np.random.Generator, optional
        Where new choices come from; without it they are the lower bound.
    given : sequence of int
        Choices for the beginning, moved between the bounds where they must.
    """

    def __init__(self, rng: Any = None, given: Sequence[int] = ()) -> None:
        self._rng, self._given = rng, given
        self.made: list[int] = []

    def __call__(self, low: int, high: int) -> int:
        """Return an int between two bounds, both included."""
        k = len(self.made)
        if k < len(self._given):
            choice = min(max(self._given[k], low), high)
        else:
            choice = low if self._rng is None else int(self._rng.integers(low, high, endpoint=True))
        self.made.append(choice)
        return choice


def smaller(
    choices: Sequence[int], fails: Callable[[Choices], bool], budget: int = 300
) -> list[int]:
    """Return choices as small as possible, of which an example is made that still fails.

    Each choice is lowered, to zero or half way there, as long as that fails and the budget
    of tries lasts. (What Hypothesis does, in its simplest form.)
    """
    best = list(choices)
    progress = True
    while progress and budget > 0:
        progress = False
        for k in reversed(range(len(best))):
            if k >= len(best):
                continue
            for lower in dict.fromkeys((0, best[k] // 2, best[k] - (best[k] > 0) + (best[k] < 0))):
                if abs(lower) >= abs(best[k]) or budget <= 0:
                    break
                budget -= 1
                tried = Choices(given=[*best[:k], lower, *best[k + 1 :]])
                if fails(tried) and (len(tried.made), tried.made) < (len(best) + 1, best):
                    best, progress = tried.made, True
                    break
    return best


def encoded(data: dict[str, Any]) -> str:
    """Return numbers and strings as a short text."""
    return base64.urlsafe_b64encode(zlib.compress(json.dumps(data).encode(), 9)).decode()


def decoded(text: str) -> dict[str, Any]:
    """Return what a text of `encoded` holds."""
    data: dict[str, Any] = json.loads(zlib.decompress(base64.urlsafe_b64decode(text)))
    return data
