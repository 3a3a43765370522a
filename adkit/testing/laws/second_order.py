"""Laws of second derivatives."""

from typing import Any

import numpy as np

import adkit as ad
from adkit.common.flat import FlatFunction
from adkit.forward import pushforward
from adkit.testing import oracle
from adkit.testing.draws import flat
from adkit.testing.judging import (
    Tally,
    as_result,
    by_precision,
    doubled,
    epsilon,
    near_oracle,
    pairing,
    reference,
    same_arrays,
    same_number,
    summed,
)
from adkit.testing.laws.first_order import steppable
from adkit.testing.subjects import Subject
from adkit.testing.sweeps import seeds_of, sweeper

__all__ = ["gradient_numeric", "nested_directions", "second_order"]


@by_precision
def second_order(call: Subject, tally: Tally) -> None:
    """All four nestings agree, in the primals and in the seeds of the inner derivative.

    With tangents u, v and a cotangent w, all of them varied too, each nesting gives
    ``w f''(u, v) + w f'(du) + dw f'(u)``.
    """
    primals, n = call.primals, len(call.primals)
    u, v, du = call.tangents(), call.tangents(), call.tangents()
    values, first = ad.jvp(call.function, primals, u)
    w, dw = call.cotangents(values), call.cotangents(values)
    pulled = ad.vjp(call.function, *primals)[1](as_result(w, values))

    def tangent(*xu: Any) -> Any:
        return tuple(flat(ad.jvp(call.function, xu[:n], xu[n:])[1]))

    def gradient(*xw: Any) -> Any:
        return ad.vjp(call.function, *xw[:n])[1](as_result(xw[n:], values))

    with_du, with_dw = pairing(pulled, du), pairing(dw, flat(first))
    size = (0, with_du[1] + with_dw[1] + pairing(w, flat(values))[1])
    totals = {
        "forward over forward": summed(
            pairing(w, ad.jvp(tangent, (*primals, *u), (*v, *du))[1]), with_dw
        ),
        "forward over reverse": summed(
            pairing(u, ad.jvp(gradient, (*primals, *w), (*v, *dw))[1]), with_du
        ),
        "reverse over forward": summed(
            pairing(ad.vjp(tangent, *primals, *u)[1](w), (*v, *du)), with_dw
        ),
        "reverse over reverse": summed(
            pairing(ad.vjp(gradient, *primals, *w)[1](u), (*v, *dw)), with_du
        ),
    }
    swapped = summed(size, pairing(w, ad.jvp(lambda *x: tangent(*x, *v), primals, u)[1]))
    straight = summed(size, pairing(w, ad.jvp(lambda *x: tangent(*x, *u), primals, v)[1]))
    eps = 16 * doubled(*primals, *flat(values))
    names = list(totals)
    for name in names[1:]:
        same_number(names[0], summed(totals[names[0]], size), name, totals[name], eps)
    same_number("f''(u, v)", straight, "f''(v, u)", swapped, eps)


def gradient_numeric(call: Subject, tally: Tally) -> None:
    """Find the derivative of the gradient to be what differences of the gradient say."""
    v, precise = steppable(call, call.tangents()), call.precise()
    values = call.function(*[reference(x) for x in call.primals])
    w = call.cotangents(values)

    def gradient(seeds: Any, *x: Any, subject: Subject = call) -> Any:
        return ad.vjp(subject.function, *x)[1](as_result(seeds, values))

    pushed = ad.jvp(lambda *x: gradient(w, *x), call.primals, v)[1]
    pulled = gradient(w, *call.primals)
    points, steps = call.widest(call.primals), call.widest(v)
    seeds = [x.astype(y.dtype) for x, y in zip(w, flat(precise.function(*points)), strict=True)]
    # where terms cancel inside, a gradient of nothing is as large as their rounding
    size = 0.0 if call.elementwise else float(pairing(w, flat(values))[1])
    for i, (g, t) in enumerate(zip(pulled, pushed, strict=True)):

        def line(h: float, i: int = i) -> Any:
            moved = [x + h * s for x, s in zip(points, steps, strict=True)]
            return gradient(seeds, *moved, subject=precise)[i]

        nothing = np.abs(g) <= 16 * epsilon(g) * size
        with np.errstate(all="ignore"):
            estimate = oracle.ridders(line, np.where(nothing, epsilon(*points) * size, 0))
        near_oracle(call, g, t, estimate, tally, moved=doubled(*points) * size)


@by_precision
def nested_directions(call: Subject, tally: Tally) -> None:
    """Directions at two levels at once give what nested single ones give, in all nestings.

    The outer derivative is one by the primals and by the seeds of the inner.
    """
    leaves = FlatFunction(call.function, call.primals).leaves
    function = FlatFunction(call.function, leaves)
    values = pushforward(function, leaves, call.tangents())[0]
    n = len(leaves)
    for inner in ("forward", "reverse"):

        def derivative(x: Any, count: int | None = None, inner: str = inner) -> Any:
            return sweeper(inner, function, x[:n])(x[n:], count)

        seeds = seeds_of(inner, call, values, 2)
        point = [*leaves, *seeds]
        above: Any
        for outer in ("forward", "reverse"):
            if outer == "forward":
                above = [*call.tangents(3), *seeds_of(inner, call, values, 3, 2)]
            else:
                above = call.cotangents(tuple(derivative(point, 2)), 3)
            together = sweeper(outer, lambda x: derivative(x, 2), point)(above, 3)
            for i in range(3):
                seed = [s[i] for s in above]
                alone = _one_by_one(outer, derivative, leaves, seeds, seed)
                found = [y[i] for y in together]
                same_arrays(f"{outer} over {inner}, {i}", found, alone, call, values)


def _one_by_one(outer: str, derivative: Any, leaves: Any, seeds: Any, above: Any) -> list[Any]:
    """Return the outer derivative of two stacked inner ones, each taken alone."""
    n, parts = len(leaves), []
    for j in range(2):
        sweep = sweeper(outer, derivative, [*leaves, *[s[j] for s in seeds]])
        if outer == "forward":
            parts.append(sweep([*above[:n], *[s[j] for s in above[n:]]], None))
        else:
            parts.append(sweep([s[j] for s in above], None))
    pairs = list(zip(*parts, strict=True))
    if outer == "forward":
        return [np.stack(pair) for pair in pairs]
    return [a + b for a, b in pairs[:n]] + [np.stack(pair) for pair in pairs[n:]]
