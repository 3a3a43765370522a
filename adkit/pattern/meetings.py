"""Which elements meet in the second derivative of an operation of which only the push is known.

Of most, all elements that a result depends on meet each other. Two kinds have fewer pairs: what
is linear piece by piece, as the largest element, has none, and what is linear in each element,
as a product of all, joins no element with itself. That is tried at generic points, since no
declaration says it: whether a tangent is pushed alike from points nearby.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from adkit.common.registry import Operation
from adkit.pattern.incidence import call
from adkit.pattern.lanes import drawn, tried
from adkit.pattern.maps import Groups, Matrix
from adkit.pattern.probing import random
from adkit.pattern.rows import cells
from adkit.sparse.segments import ranges, starts_of

__all__ = ["ALL", "NONE", "OTHERS", "meeting_kind", "others_of"]

Array = NDArray[Any]

#: Which elements of a group meet: all, all but each with itself, none.
ALL, OTHERS, NONE = "all", "others", "none"

#: Relative distance of points nearby, and up to which difference tangents are the same.
_NEAR = 2.0**-24
_SAME = 2.0**-38


def meeting_kind(
    op: Operation, i: int, args: tuple[Any, ...], kwargs: dict[str, Any], k: int | None
) -> str:
    """Return which elements of operand `i` meet in the second derivative of result `k`."""
    kinds = {NONE, OTHERS}
    for operands in _points(op.take(args), i):
        found: set[str] = set()
        with tried():
            found = _kinds(op, i, op.put(args, operands), kwargs, k)
        kinds &= found
        if not kinds:
            return ALL
    return NONE if NONE in kinds else OTHERS


def others_of(groups: Groups, live: Array) -> tuple[Array, Matrix]:
    """Return the elements that reach some of the results, and of each the others of its group.

    Parameters
    ----------
    groups : Groups
    live : array of bool
        The results.
    """
    reaching = np.zeros(groups.count, np.bool_)
    reaching[groups.results[live]] = True
    elements = np.flatnonzero(reaching[groups.elements])
    order = np.argsort(groups.elements[elements], kind="stable")
    elements = elements[order]
    sizes = np.bincount(groups.elements[elements], minlength=groups.count)
    firsts, each = starts_of(sizes)[:-1], sizes[groups.elements[elements]]
    places = ranges(firsts[groups.elements[elements]], each)
    own = np.repeat(np.arange(len(elements)), each)
    return elements, Matrix(starts_of(each - 1), elements[places[places != own]])


def _points(operands: Sequence[Any], i: int) -> Iterator[list[Any]]:
    """Yield generic operands, of which no two elements of the one in question are close.

    Their sizes are near 1, so that products of many are ordinary numbers.
    """
    shape = np.shape(operands[i])
    count = cells(shape)
    rng = np.random.default_rng(count)
    sizes = 2.0 ** (0.8 * (rng.permutation(count) + 0.5) / max(count, 1) - 0.4)
    mixed = rng.choice([-1.0, 1.0], count)
    others = [drawn(x, seed) for seed, x in enumerate(operands)]
    for signs in (mixed, -mixed, np.ones(count), -np.ones(count)):
        yield [*others[:i], (signs * sizes).reshape(shape)[()], *others[i + 1 :]]


def _kinds(
    op: Operation, i: int, args: tuple[Any, ...], kwargs: dict[str, Any], k: int | None
) -> set[str]:
    """Return which of the two kinds an operation may be, by one point."""
    x = np.asarray(op.take(args)[i])
    flat = x.reshape(-1)

    def pushed(t: Array, other: Array) -> Array:
        operands = list(op.take(args))
        operands[i] = other.reshape(x.shape)[()]
        at = op.put(args, operands)
        ans = op.function(*at, **kwargs)
        r = call(op.push_rule(i), t.reshape(x.shape), ans, at, kwargs)
        return np.asarray(r if k is None else r[k])

    t = random(x.size, 7)
    size = float(np.max(np.abs(pushed(t, flat)), initial=0.0))
    if not 0 < size < np.inf:
        return set()

    def same(t: Array, other: Array) -> bool:
        return bool(np.all(np.abs(pushed(t, other) - pushed(t, flat)) <= _SAME * size))

    kinds = set()
    if same(t, flat * (1 + _NEAR * random(x.size, 8))):
        kinds.add(NONE)
    units = [np.arange(x.size) == place for place in {0, x.size // 3, x.size // 2, x.size - 1}]
    # The derivative by an element does not depend on that element.
    if all(same(unit * 1.0, flat * (1 + unit / 4)) for unit in units):
        kinds.add(OTHERS)
    return kinds
