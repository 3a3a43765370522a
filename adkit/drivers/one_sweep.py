"""Sparse derivatives by one sweep without directions, which finds values and places together."""

from __future__ import annotations

from functools import partial

from adkit.common.flat import FlatFunction
from adkit.drivers.guard import deviating, probe
from adkit.drivers.products import along
from adkit.drivers.state import Evaluation
from adkit.pattern.gathered import Gathering
from adkit.pattern.layouts import Layouts
from adkit.pattern.replays import replayed_jacobian
from adkit.sparse.pattern import Pattern

__all__ = ["by_weights_of_gathers"]


def by_weights_of_gathers(
    op: str, given: Pattern | None, flat: FlatFunction, layouts: Layouts, *, with_values: bool
) -> tuple[bool, Evaluation | None]:
    """Return whether such a sweep is a way to a matrix, and its result.

    That is None if it is no way, and where entries are not finite: other ways tell which zeros
    met them.

    Parameters
    ----------
    op : str
        "jacobian" or "hessian".
    given : Pattern or None
        The pattern, if the user gave one.
    flat : FlatFunction
    layouts : Layouts
        What earlier sweeps found.
    with_values : bool
        Whether somebody wants the values of the function.
    """
    found = replayed_jacobian(flat, layouts, with_values=with_values)
    if found is None or not _is_right(op, given, flat, found):
        return False, None
    entries, pattern = found.entries, found.assembly.pattern
    if entries is None:
        return True, None
    if op == "hessian":
        entries = entries[found.assembly.lower]
    if given is not None:
        pattern, entries = given, found.assembly.spread(given, entries)
    return True, Evaluation(found.values, pattern, entries)


def _is_right(op: str, given: Pattern | None, flat: FlatFunction, found: Gathering) -> bool:
    """Return whether a sweep agrees with a direction, where its places or its program are new."""
    pattern, entries = found.assembly.pattern, found.entries
    if found.proof.is_checked or entries is None:
        return True
    if op == "hessian" and not pattern.is_symmetric:
        return False
    if given is not None and not given.contains(pattern):
        return False
    direction = probe(pattern.shape[1], 0)
    again = partial(along, flat, back=False)
    product = again(direction[None])[0]
    found.proof.is_checked = not len(deviating(pattern, entries, direction, product, again))
    right: bool = found.proof.is_checked
    return right
