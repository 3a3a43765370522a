"""Laws of first derivatives."""

from collections.abc import Callable
from typing import Any

import numpy as np

import adkit as ad
from adkit.common.flat import FlatFunction
from adkit.forward import pushforward
from adkit.testing import oracle
from adkit.testing.draws import flat
from adkit.testing.judging import (
    Broken,
    Inexact,
    Tally,
    Undecided,
    as_result,
    by_precision,
    doubled,
    epsilon,
    near_oracle,
    pairing,
    same_arrays,
    same_number,
    summed,
    underflow,
)
from adkit.testing.subjects import Subject
from adkit.testing.sweeps import seeds_of, sweeper

__all__ = [
    "adjoint",
    "chain",
    "differences",
    "directions",
    "linear",
    "numeric",
    "pulled_numeric",
    "steppable",
]


def numeric(call: Subject, tally: Tally) -> None:
    """Find a tangent to be the derivative of the values, that differences of values alone give."""
    tangents = steppable(call, call.tangents())
    values, pushed = ad.jvp(call.function, call.primals, tangents)
    estimates, moved, exact = differences(call, tangents)
    for y, t, estimate, m in zip(flat(values), flat(pushed), estimates, moved, strict=True):
        near_oracle(call, y, t, estimate, tally, exact=exact, moved=m)


@by_precision
def pulled_numeric(call: Subject, tally: Tally) -> None:
    """Find a cotangent to pair with a tangent as differences of values say: reverse mode alone."""
    tangents = steppable(call, call.tangents())
    values, pullback = ad.vjp(call.function, *call.primals)
    cotangents = call.cotangents(values)
    pulled = pullback(as_result(cotangents, values))
    estimates, _, exact = differences(call, tangents)
    found = pairing(pulled, tangents)
    told = pairing(cotangents, [e.value for e in estimates])
    bound = pairing([np.abs(w) for w in cotangents], [e.error for e in estimates])[0]
    scale = found[1] + told[1] + pairing(cotangents, flat(values))[1]
    tally.add(np.array([bound <= 1e-6 * scale]))
    eps = epsilon(*call.primals, *flat(values))
    relative = call.rtol or (512 * eps if exact else max(1e-8, 512 * eps))
    off = abs(found[0] - told[0])
    if bound <= 1e-6 * scale and not off <= relative * scale + 10 * bound:
        raise Inexact(f"pulled, it is {found[0]!r}, by differences {told[0]!r}", off)


def steppable(call: Subject, tangents: Any) -> tuple[Any, ...]:
    """Return tangents near given ones, whose smallest step moves a point without rounding.

    Beside an end of the domain the step may be no longer than some units of the point.
    """
    found = []
    for t, x in zip(tangents, call.primals, strict=True):
        moved = ((np.asarray(x) + oracle.SMALLEST * t) - x) / oracle.SMALLEST
        near = np.abs(moved - t) <= 0.5 * np.abs(t)
        found.append(np.where(near, moved, t).astype(t.dtype)[()])
    return tuple(found)


def differences(call: Subject, tangents: Any) -> tuple[list[oracle.Estimate], list[Any], bool]:
    """Return derivatives of all results along a tangent, and whether by a complex step.

    Of elementwise operations also how far the derivative moves if its point is rounded, which
    is much for ``sin(pi * x)`` at a large `x`.
    """
    call = call.precise()
    points, steps = call.widest(call.primals), call.widest(tangents)
    if call.oracle == "mpmath":
        return _by_mpmath(call, points, steps)
    steps = [laid_like(t, x) for t, x in zip(steps, points, strict=True)]
    results = flat(call.function(*points))
    analytic = call.analytic and all(x.dtype.kind == "f" for x in [*points, *results])
    pairs = list(zip(points, steps, strict=True))

    def estimate(i: int, nudge: float = 0) -> oracle.Estimate:
        def line(h: Any) -> Any:
            return flat(call.function(*[x + x * nudge + h * t for x, t in pairs]))[i]

        if not analytic:
            return oracle.ridders(line)
        relative: Any = [np.abs(t) / np.where(x == 0, np.inf, np.abs(x)) for x, t in pairs]
        relative = (
            sum(relative) if call.elementwise else max(np.max(r, initial=0) for r in relative)
        )
        return oracle.complex_step(line, relative)

    with np.errstate(all="ignore"):
        estimates = [estimate(i) for i in range(len(results))]
        moved = [0] * len(results)
        if call.elementwise:
            nearby = [estimate(i, epsilon(*call.primals)) for i in range(len(results))]
            moved = [np.abs(e.value - n.value) for e, n in zip(estimates, nearby, strict=True)]
    return estimates, moved, analytic


def _by_mpmath(call: Any, points: Any, steps: Any) -> tuple[list[oracle.Estimate], list[Any], bool]:
    """Return derivatives in sixty digits."""
    from adkit.testing.arbitrary import central_difference

    estimates = central_difference(lambda x: flat(call.flat.call(x)), points, steps)
    if estimates is None:
        raise Undecided("the function needs more than arithmetic: mpmath cannot run it")
    return estimates, [0] * len(estimates), False


def laid_like(t: Any, x: Any) -> Any:
    """Return a tangent in the memory layout of its primal: some functions read that."""
    if not isinstance(x, np.ndarray):
        return t
    like = np.empty_like(x)
    like[...] = t
    return like


@by_precision
def adjoint(call: Subject, tally: Tally) -> None:
    """Both modes are one linear map: Re sum(w * J v) == Re sum(J^T w * v)."""
    tangents = call.tangents()
    values, pushed = ad.jvp(call.function, call.primals, tangents)
    size = 2.0 ** call.rng.integers(-20, 20)
    cotangents = [w * w.dtype.type(size) for w in call.cotangents(values)]
    pulled = ad.vjp(call.function, *call.primals)[1](as_result(cotangents, values))
    arrays = [*call.primals, *flat(values)]
    left, right = pairing(cotangents, flat(pushed)), pairing(pulled, tangents)
    if not call.elementwise:  # where terms cancel inside, rounding is that of the values
        left = summed(left, (0, pairing(cotangents, flat(values))[1]))
    tiny = 2**20 * underflow(*arrays)
    ulps = same_number("sum(w * Jv)", left, "sum(J'w * v)", right, epsilon(*arrays), tiny)
    tally.note(ulps)


@by_precision
def linear(call: Subject, tally: Tally) -> None:
    """Both modes are linear in their seed, at any size; a zero seed gives exactly zero."""
    pairs = (call.tangents(), call.tangents())
    values, pullback = ad.vjp(call.function, *call.primals)

    def push(seeds: Any) -> Any:
        return flat(ad.jvp(call.function, call.primals, seeds)[1])

    def pull(seeds: Any) -> Any:
        return pullback(as_result(seeds, values))

    rounding = 64 * doubled(*call.primals, *flat(values))
    _linear("tangent", push, *pairs, rounding, flat(values))
    pairs = call.cotangents(values), call.cotangents(values)
    _linear("cotangent", pull, *pairs, rounding, flat(values))


def _linear(
    name: str, apply: Callable[[Any], Any], u: Any, v: Any, rounding: float, values: Any
) -> None:
    a, b = 2.0**7, -(2.0**-3)
    mixed = apply([x.dtype.type(a) * x + x.dtype.type(b) * y for x, y in zip(u, v, strict=True)])
    floor = max((np.max(np.abs(y), initial=0) for y in values), default=0)
    for whole, left, right in zip(mixed, apply(u), apply(v), strict=True):
        size = np.max(np.abs(a * left) + np.abs(b * right), initial=floor)
        if not np.all(np.abs(whole - (a * left + b * right)) <= rounding * size):
            raise Inexact(
                f"not linear in its {name}: {whole!r} is not {a} * {left!r} + {b} * {right!r}",
                whole - (a * left + b * right),
            )
    for zero in apply([np.zeros_like(x) for x in u]):
        if np.any(zero):
            raise Broken(f"a {name} of zero gives {zero!r}")


@by_precision
def directions(call: Subject, tally: Tally) -> None:
    """Many directions in one sweep, on one leading axis or two, give what single sweeps give."""
    function = FlatFunction(call.function, call.primals)
    values = pushforward(function, function.leaves, call.tangents())[0]
    for mode in ("forward", "reverse"):
        sweep = sweeper(mode, function, function.leaves)
        seeds = seeds_of(mode, call, values, 2, 3)
        rows = [sweep([s[i] for s in seeds], 3) for i in range(2)]
        block = sweep(seeds, None)
        for i, j in np.ndindex(2, 3):
            alone = sweep([s[i, j] for s in seeds], None)
            same_arrays(f"{mode} direction {j} of 3", [y[j] for y in rows[i]], alone, call)
            found = [y[i, j] if y.ndim > x.ndim else y for x, y in zip(alone, block, strict=True)]
            same_arrays(f"{mode} direction {i}, {j} of 2 x 3", found, alone, call)


@by_precision
def chain(call: Subject, tally: Tally) -> None:
    """Composed with functions before and after it, the derivatives multiply, in both modes."""
    primals, tangents = call.primals, call.tangents()
    values, pushed = ad.jvp(call.function, primals, tangents)
    cotangents = call.cotangents(values)
    pulled = ad.vjp(call.function, *primals)[1](as_result(cotangents, values))

    def before(*z: Any) -> Any:  # at zero it is the point, and its derivative 3
        return call.function(*[x + 3 * np.sinh(y) for x, y in zip(primals, z, strict=True)])

    def after(*x: Any) -> Any:
        sines = tuple(np.sin(y) for y in flat(call.function(*x)))
        return sines if isinstance(values, tuple) else sines[0]

    zero = [-np.zeros_like(x)[()] for x in primals]  # -0.0 + -0.0 stays -0.0
    ys = flat(values)
    found = flat(ad.jvp(before, zero, tangents)[1])
    same_arrays("the tangent after 3 * sinh(z)", found, [3 * t for t in flat(pushed)], call, ys)
    found = flat(ad.vjp(before, *zero)[1](as_result(cotangents, values)))
    same_arrays("the cotangent of 3 * sinh(z)", found, [3 * g for g in pulled], call, ys)
    slopes = [np.cos(y) for y in ys]
    found = flat(ad.jvp(after, primals, tangents)[1])
    expected = [c * t for c, t in zip(slopes, flat(pushed), strict=True)]
    same_arrays("the tangent of the sine", found, expected, call, flat(pushed))
    outer = [w / np.where(c == 0, 1, c) for w, c in zip(cotangents, slopes, strict=True)]
    found = flat(ad.vjp(after, *primals)[1](as_result(outer, values)))
    same_arrays("the cotangent through the sine", found, pulled, call, flat(pulled))
