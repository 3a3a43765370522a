"""Which of many directions are live: a tangent is zero in the others, and need not be held.

Of the 15 directions of bundle adjustment (camera, point, weight) no value depends on all before
the end, of the 26 of a hand's pose no bone does. `adkit.forward.live_dual` holds the tangents of
live directions alone, one after the other on the leading axis; their numbers, in that order,
stand beside them. A block Jacobian of bundle adjustment takes 5.6 to 6.2 times its function
where it took 16.5 to 20.7 (this and the products of `adkit.forward.terms`).

Which ones are dead is seen from the numbers of a small tangent, where a large one is made of it.
Whether they are zero by structure or by value makes no difference, as long as one direction is
held: a factor that makes a product with 0 nan makes that with any number nan or infinite, in the
same elements, and then the sweep runs again with structural zeros and all directions
(`adkit.forward.pushforward.carefully`).
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy import ndarray

from adkit.common.levels import Level
from adkit.common.shapes import Shape

Live = tuple[int, ...]

#: With fewer directions there is little to save, with more the bookkeeping is long.
_FEWEST, _MOST = 3, 512
#: Elements of all tangents of a value from which on the bookkeeping costs less than it saves.
_LARGE = 2**16
#: A tangent tells its live directions if it is that much smaller than what is made of it.
_SMALLER = 4


class LiveLevel(Level):
    """A sweep of many directions, of which values hold the live ones.

    Attributes
    ----------
    directions : int
        How many.
    """

    __slots__ = ("directions",)

    def __init__(self, directions: int) -> None:
        super().__init__()
        self.directions = directions

    def takes(self, ans: Any) -> bool:
        """Return whether a value is so large that dead directions are worth a look."""
        return type(ans) is ndarray and ans.size * self.directions >= _LARGE


def level_for(directions: int | None, *, structural: bool) -> Level:
    """Return the level of a forward sweep."""
    if structural or directions is None or not _FEWEST <= directions <= _MOST:
        return Level(structural=structural)
    return LiveLevel(directions)


class Held(NamedTuple):
    """The tangents of live directions, on the leading axis.

    Attributes
    ----------
    live : tuple of int
        The numbers of these directions.
    tangents : array
    """

    live: Live
    tangents: Any

    def dense(self, directions: int) -> Any:
        """Return the tangents of all directions."""
        t = self.tangents
        if self.live == _all(directions):
            return t
        whole = np.zeros((directions, *t.shape[1:]), t.dtype)
        whole[_positions(self.live)] = t
        return whole

    def among(self, live: Live) -> Any:
        """Return the tangents of more live directions, in their order."""
        if live == self.live:
            return self.tangents
        t = self.tangents
        more = np.zeros((len(live), *t.shape[1:]), t.dtype)
        more[_positions(tuple(map(live.index, self.live)))] = t
        return more


def held(t: Any, size: int) -> Held:
    """Return a tangent of all directions, without dead ones if `size` elements are made of it."""
    count = len(t)
    small = core(t)
    if small.size * _SMALLER > size * count:
        return Held(_all(count), t)
    found = tuple(np.flatnonzero(small.reshape(count, -1).any(axis=1)).tolist())
    if len(found) == count:
        return Held(_all(count), t)
    live = found or (0,)  # one at least meets infinite factors
    return Held(live, t[_positions(live)])


def thinned(live: Live, t: Any) -> Held:
    """Return held tangents without dead directions, if they repeat few numbers."""
    small = core(t)
    if small is t or small.size * _SMALLER > t.size:
        return Held(live, t)
    kept = np.flatnonzero(small.reshape(len(live), -1).any(axis=1)).tolist() or [0]
    if len(kept) == len(live):
        return Held(live, t)
    few = small[_positions(tuple(kept))]
    return Held(tuple(live[k] for k in kept), np.broadcast_to(few, (len(kept), *t.shape[1:])))


def core(t: Any) -> Any:
    """Return an array without its repetitions: an axis along which it repeats has length 1."""
    if 0 not in t.strides or not t.size:
        return t
    return t[tuple(slice(None) if step else slice(1) for step in t.strides)]


class Union(NamedTuple):
    """How the live directions of two tangents go together.

    Attributes
    ----------
    live : tuple of int
        Those of the first, then the new ones of the second.
    shared : slice or list
        Where the ones of both lie, in the first.
    common, new : slice or list
        Where they lie in the second, and where its new ones do.
    """

    live: Live
    shared: Any
    common: Any
    new: Any


@functools.lru_cache(1024)
def union(first: Live, second: Live) -> Union:
    """Return how the live directions of two tangents go together."""
    place = {number: k for k, number in enumerate(first)}
    common = [k for k, number in enumerate(second) if number in place]
    new = [k for k, number in enumerate(second) if number not in place]
    return Union(
        first + tuple(second[k] for k in new),
        _positions(tuple(place[second[k]] for k in common)),
        _positions(tuple(common)),
        _positions(tuple(new)),
    )


def union_of(lives: Sequence[Live]) -> Live:
    """Return the live directions of several tangents."""
    return functools.reduce(lambda first, second: union(first, second).live, lives)


def joined(first: Held, second: Held, shape: Shape) -> Held:
    """Return the sum of two tangents of a value of some shape."""
    whole = union(first.live, second.live)
    count = len(first.live)
    total = np.empty((len(whole.live), *shape), np.result_type(first.tangents, second.tangents))
    total[:count] = first.tangents
    total[count:] = second.tangents[whole.new]
    if whole.common:
        total[whole.shared] += second.tangents[whole.common]
    return Held(whole.live, total)


@functools.lru_cache(256)
def _all(count: int) -> Live:
    return tuple(range(count))


def _positions(places: Live) -> Any:
    """Return places as a slice if they follow each other, as a list otherwise."""
    if places and places == tuple(range(places[0], places[0] + len(places))):
        return slice(places[0], places[0] + len(places))
    return list(places)
