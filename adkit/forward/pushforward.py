"""Pushing tangents through a function: one forward sweep, of one or many directions."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from adkit.common.errors import ArgumentError, leaked
from adkit.common.flat import FlatFunction, checked_function, matching_leaves
from adkit.common.inputs import finish_all, own_all, type_name
from adkit.common.levels import Level
from adkit.common.scopes import is_searching, is_strict, is_trapping
from adkit.common.shapes import dtype_of, expand, zeros
from adkit.common.storage import current
from adkit.common.structural import Structural, is_nonfinite, without_masks
from adkit.common.sweeps import count_forward, count_primal
from adkit.common.tracebacks import boundary
from adkit.common.tracer import Tracer
from adkit.forward.dual import Dual
from adkit.forward.live import level_for


def pushforward(
    f: Callable[[Sequence[Any]], list[Any]],
    leaves: Sequence[Any],
    tangents: Sequence[Any],
    directions: int | None = None,
) -> tuple[list[Any], list[Any]]:
    """Push tangents through a function of leaves, in one sweep.

    If the result is not finite, the sweep runs again with structural zeros; where that meets
    repeated eigenvalues, the derivative is a limit.

    Parameters
    ----------
    f : callable
        A function of a list of leaves that returns one.
    leaves : sequence of arrays
        The point.
    tangents : sequence of arrays
        One per leaf, with a leading axis where `directions` is given.
    directions : int, optional
        How many directions the sweep carries; where they are zero, nothing was
        seeded.

    Returns
    -------
    results : list of arrays
    tangents : list of arrays
        One per result, with the leading axis.
    """
    if is_searching():
        return _sweep(f, leaves, tangents, directions, structural=True)
    results, pushed = carefully(functools.partial(_sweep, f, leaves, tangents, directions))
    if is_trapping():
        _search(pushed, f, leaves, tangents, directions)
    if is_strict():
        from adkit.common.strictness import check_finite

        check_finite(pushed, 0 if directions is None else 1)
    return results, pushed


def carefully(sweep: Callable[..., tuple[list[Any], list[Any]]]) -> tuple[list[Any], list[Any]]:
    """Run a sweep, again with structural zeros if what it pushed is not finite.

    Parameters
    ----------
    sweep : callable
        ``sweep(structural=...)`` returns results and what was pushed to them.
    """
    results, pushed = sweep(structural=False)
    if is_nonfinite(pushed):
        from adkit.common.ops.separation import is_undefined, limit, noted  # rare

        with noted() as refusals:
            results, pushed = sweep(structural=True)
        if refusals and is_undefined(pushed):
            pushed = limit(lambda: sweep(structural=True)[1], pushed, refusals)
            results = sweep(structural=False)[0]
    return results, pushed


def _search(
    pushed: Sequence[Any],
    f: Callable[[Sequence[Any]], list[Any]],
    leaves: Sequence[Any],
    tangents: Sequence[Any],
    directions: int | None,
) -> None:
    """Push again, and stop where a tangent becomes nan or infinite."""
    from adkit.common.trapping import elsewhere, first_nonfinite, given, searching
    from adkit.forward.watched import WatchedDual

    if not first_nonfinite(list(pushed), 0):
        return
    if first_nonfinite(list(tangents), 0):
        raise given("tangent")
    with searching():
        _sweep(f, leaves, tangents, directions, structural=True, engine=WatchedDual)
    raise elsewhere("tangent")


def _sweep(
    f: Callable[[Sequence[Any]], list[Any]],
    leaves: Sequence[Any],
    tangents: Sequence[Any],
    directions: int | None,
    *,
    structural: bool,
    engine: type[Dual] = Dual,
) -> tuple[list[Any], list[Any]]:
    level = level_for(directions if engine is Dual else None, structural=structural)
    if structural:
        tangents = [Structural(t, directions is None or t != 0, level) for t in tangents]
    duals = [engine(x, t, level) for x, t in zip(leaves, tangents, strict=True)]
    try:
        results = f(duals)
    finally:
        level.ended = True
    level.check_process()
    if not is_searching():
        count_primal()
        count_forward(1 if directions is None else directions, level.operations)
    lead = () if directions is None else (directions,)
    pairs = [_split(y, level, lead) for y in results]
    return [current(y) for y, _ in pairs], [current(t) for _, t in pairs]


@boundary
def jvp(
    f: Callable[..., Any],
    primals: Sequence[Any],
    tangents: Sequence[Any],
    *,
    has_aux: bool = False,
) -> Any:
    """Push one tangent through `f`: the value and the Jacobian-vector product.

    Parameters
    ----------
    f : callable
        A function of plain NumPy.
    primals : tuple or list
        The positional arguments of `f`: arrays, numbers, or containers of them.
    tangents : tuple or list
        One per primal, of its structure, shapes and dtypes.
    has_aux : bool
        Whether `f` returns ``(result, aux)``.

    Returns
    -------
    out
        ``f(*primals)``.
    tangent_out
        The derivative of `f` in the direction of `tangents`, shaped like `out`.
    aux
        With `has_aux` only.

    Raises
    ------
    ArgumentError
        If primals and tangents are not tuples of one length.
    InputTypeError
        If a primal has no derivative.
    SeedError
        If a tangent differs from its primal in shape or dtype.

    References
    ----------
    Griewank and Walther (2008), *Evaluating Derivatives*, section 3.1.

    Examples
    --------
    >>> import numpy as np
    >>> from adkit import jvp
    >>> jvp(lambda x: x * x, (np.array([1.0, 2.0]),), (np.array([1.0, 10.0]),))
    (array([1., 4.]), array([ 2., 40.]))
    """
    checked_function(f, "jvp")
    check_tuples("jvp", primals, tangents)
    flat = FlatFunction(f, primals, has_aux=has_aux)
    seeds = matching_leaves(flat.inputs, tuple(tangents), flat.leaves, "the tangent")
    values, pushed = pushforward(flat, flat.leaves, seeds)
    flat.settle()
    tangent_out = flat.outputs.unflatten(finish_all(pushed, values))
    out = flat.outputs.unflatten(own_all(values))
    return (out, tangent_out, flat.aux) if has_aux else (out, tangent_out)


def check_tuples(transform: str, primals: Any, tangents: Any) -> None:
    """Refuse a point or a direction that is not a tuple of arguments."""
    for name, given in (("primals", primals), ("tangents", tangents)):
        if not isinstance(given, (tuple, list)):
            raise ArgumentError(
                "ADK107",
                f"{name} must be a tuple, one element per argument, not {type_name(given)}",
                instead=f"write {transform}(f, (x,), (v,))",
            )


def _split(y: Any, level: Level, lead: tuple[int, ...]) -> tuple[Any, Any]:
    """Return the value and the tangent of a result."""
    y = current(y)
    if isinstance(y, Dual) and y.level is level:
        tangent = current(without_masks(y.tangent, level))
        return y.value, expand(tangent, lead + np.shape(y.value))
    if isinstance(y, Tracer) and y.level.ended:
        raise leaked()
    dtype = dtype_of(y)
    return y, zeros(lead + np.shape(y), dtype if dtype.kind in "fc" else np.float64)
