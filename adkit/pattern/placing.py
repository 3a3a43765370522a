"""Where weights go among the entries: which are constant, and which are put there together."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from adkit.pattern.layouts import Assembly
from adkit.pattern.weights import Formulas, Taken, Weight

__all__ = ["Place", "Places", "places_of"]

Array = NDArray[Any]


class Place(NamedTuple):
    """Entries that are ``scale * node[chosen] + offset``, or to which that is added.

    Attributes
    ----------
    node : int
    scale, offset : float or array
    chosen : array of int or None
        None of all elements.
    where : array of int
        Which entries.
    adds : bool
        Whether they are sums of several.
    """

    node: int
    scale: Any
    offset: Any
    chosen: Array | None
    where: Array
    adds: bool


class Places(NamedTuple):
    """The entries that never change, with zeros for the others, and what makes those.

    `is_full` says that the others are all, and none is a sum.
    """

    template: Array
    varying: list[Place]
    is_full: bool


def places_of(weights: Sequence[Any], assembly: Assembly, formulas: Formulas) -> Places | None:
    """Return what makes the entries of weights, None if constant ones are not finite."""
    template = np.zeros(assembly.pattern.nnz)
    terms = np.zeros(assembly.pattern.nnz, np.intp)
    varying = []
    for where, w in zip(assembly.where, weights, strict=True):
        terms[where] += 1
        if isinstance(w, Weight):
            varying.append((where, w))
        else:
            template[where] += w
    if not np.isfinite(template).all():
        return None
    found = [_place(where, w, terms, formulas) for where, w in varying]
    if not all(np.isfinite(p.scale).all() and np.isfinite(p.offset).all() for p in found):
        return None
    found = _merged(found)
    alone = sum(len(p.where) for p in found if not p.adds)
    return Places(template, found, alone == len(template))


def _place(where: Array, w: Weight, terms: Array, formulas: Formulas) -> Place:
    made, adds = formulas.nodes[w.node], bool((terms[where] > 1).any())
    if isinstance(made, Taken):
        return Place(made.node, w.scale, w.offset, formulas.arrays[made.places], where, adds)
    return Place(w.node, w.scale, w.offset, None, where, adds)


def _merged(places: Sequence[Place]) -> list[Place]:
    """Return places with those put together that select from one node, with equal numbers."""
    groups: dict[Any, list[Place]] = {}
    for k, place in enumerate(places):
        numbers = not any(isinstance(x, np.ndarray) for x in (place.scale, place.offset))
        alike = numbers and place.chosen is not None and not place.adds
        groups.setdefault((place.node, place.scale, place.offset) if alike else k, []).append(place)
    return [_together(group) for group in groups.values()]


def _together(group: Sequence[Place]) -> Place:
    if len(group) == 1:
        return group[0]
    where = np.concatenate([place.where for place in group])
    index = np.concatenate([place.chosen for place in group if place.chosen is not None])
    order = np.argsort(where, kind="stable")
    return group[0]._replace(chosen=index[order], where=where[order])
