"""The laws of differentiation: what holds for every operation, wherever it is called.

Each law takes a `Call` and raises `Broken` where it does not hold. No tolerance is
absolute: all are rounding of the dtype at hand times the size of what was added up.
"""

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

import adkit as ad
from adkit.common.flat import FlatFunction
from adkit.forward import pushforward
from adkit.reverse.pullback import Recording
from tests.laws import oracle
from tests.laws.sampling import Call, flat

__all__ = [
    "Broken",
    "Tally",
    "adjoint",
    "contract",
    "directions",
    "gradient_numeric",
    "linear",
    "locally_constant",
    "nested_directions",
    "no_derivative",
    "numeric",
    "second_order",
    "values",
]


class Broken(AssertionError):
    """A law of differentiation does not hold."""


class Inexact(Broken):
    """Two numbers that should be equal differ by more than rounding should make them."""


def by_precision(law: Callable[[Call, "Tally"], None]) -> Callable[[Call, "Tally"], None]:
    """Return a law that takes a difference for rounding if it shrinks in a wider dtype.

    Derivatives may cancel, and then two ways to compute them differ in more than the last
    digits. A wrong rule is as wrong in every dtype.
    """

    @functools.wraps(law)
    def judge(call: Call, tally: Tally) -> None:
        try:
            law(call, tally)
        except Inexact:
            wider = call.widened()
            if wider is None:
                raise
            law(wider, tally)

    return judge


class Tally:
    """How many elements the oracle could judge, of all that it saw."""

    def __init__(self) -> None:
        self.seen = 0
        self.judged = 0

    def add(self, judged: Any) -> None:
        """Count the elements of a bool array."""
        self.seen += judged.size
        self.judged += int(np.count_nonzero(judged))

    def require(self, share: float) -> None:
        """Complain if too few elements could be judged for the test to mean anything."""
        if self.judged < share * self.seen:
            raise Broken(f"the oracle could judge {self.judged} of {self.seen} elements only")


# ---------------------------------------------------------------- values


def values(call: Call, tally: Tally) -> None:
    """Under a transform the values are plain NumPy's, bit for bit and of the same type."""
    plain = call.function(*[reference(x) for x in call.primals])
    tangents, cotangents = call.tangents(), call.cotangents(plain)
    forward, _ = ad.jvp(call.function, call.primals, tangents)
    reverse, pullback = ad.vjp(call.function, *call.primals)
    pullback(as_result(cotangents, plain))
    nested, _ = ad.vjp(lambda *x: ad.jvp(call.function, x, tangents)[0], *call.primals)
    for mode, found in (("forward", forward), ("reverse", reverse), ("nested", nested)):
        for y, expected in zip(flat(found), flat(plain), strict=True):
            if type(y) is not type(expected):
                raise Broken(f"{mode} mode returns {type(y)}, NumPy {type(expected)}")
            if not same_bits(y, expected):
                raise Broken(f"{mode} mode returns\n{y!r}\nNumPy\n{expected!r}")


def reference(x: Any) -> Any:
    """Return what plain NumPy is called with: a copy, of native byte order."""
    if isinstance(x, np.ndarray):
        return x.copy(order="K") if x.dtype.isnative else x.astype(x.dtype.newbyteorder("="))
    return np.float64(x) if type(x) is float else x


def same_bits(a: Any, b: Any) -> bool:
    """Return whether two arrays have the same dtype, shape and numbers, signs of zero too."""
    if a.dtype != b.dtype or a.shape != b.shape:
        return False
    a, b = np.asarray(a), np.asarray(b)
    if a.dtype.kind == "c":
        return same_bits(a.real, b.real) and same_bits(a.imag, b.imag)
    return np.array_equal(a, b, equal_nan=True) and np.array_equal(np.signbit(a), np.signbit(b))


# ---------------------------------------------------------------- shapes, dtypes, memory


def contract(call: Call, tally: Tally) -> None:
    """Derivatives have the type, shape and dtype of what they belong to, in memory of their own.

    What the caller passes is read only, and stays as it was; running twice gives the same bits.
    """
    primals = [locked(x) for x in call.primals]
    tangents = [locked(t) for t in call.tangents()]
    values, pushed = ad.jvp(call.function, primals, tangents)
    outputs, pullback = ad.vjp(call.function, *primals)
    cotangents = [locked(w) for w in call.cotangents(values)]
    ct = as_result(cotangents, values)
    pulled = pullback(ct)
    _belongs("a tangent", flat(pushed), flat(values))
    _belongs("a cotangent", pulled, [reference(x) for x in primals])
    derivatives = [*flat(values), *flat(pushed), *flat(outputs), *pulled]
    _own_memory(derivatives, [*primals, *tangents, *cotangents])
    again = [*flat(ad.jvp(call.function, primals, tangents)[1]), *pullback(ct)]
    for first, second in zip([*flat(pushed), *pulled], again, strict=True):
        if not same_bits(first, second):
            raise Broken(f"two runs differ:\n{first!r}\n{second!r}")
    _undisturbed(call, [*flat(pushed), *pulled], tangents, ct)


def _undisturbed(call: Call, derivatives: list[Any], tangents: Any, ct: Any) -> None:
    """Check that two calls in one program do not disturb each other, as writing rules would."""

    def twice(*x: Any) -> Any:
        first, second = flat(call.function(*x)), flat(call.function(*x))
        sums = tuple(a + b for a, b in zip(first, second, strict=True))
        return sums if isinstance(ct, tuple) else sums[0]

    pushed = flat(ad.jvp(twice, call.primals, tangents)[1])
    pulled = ad.vjp(twice, *call.primals)[1](ct)
    eps = epsilon(*call.primals, *derivatives)
    for once, both in zip(derivatives, [*pushed, *pulled], strict=True):
        size = np.max(np.abs(both), initial=0)
        if not np.all(np.abs(2 * once - both) <= 64 * eps * size):
            raise Broken(f"alone a call gives {once!r}, the sum of two calls {both!r}")


def locked(x: Any) -> Any:
    """Return an argument whose memory cannot be written, if it has any."""
    if isinstance(x, np.ndarray):
        x = x.view()
        x.flags.writeable = False
    return x


def _belongs(name: str, derivatives: Any, values: Any) -> None:
    for t, y in zip(derivatives, values, strict=True):
        found, expected = (type(t), t.dtype, t.shape), (type(y), y.dtype, y.shape)
        if found != expected:
            raise Broken(f"{name} is {found}, what it belongs to is {expected}")


def _own_memory(results: list[Any], given: list[Any]) -> None:
    arrays = [y for y in results if isinstance(y, np.ndarray)]
    others = [x for x in given if isinstance(x, np.ndarray)]
    for i, y in enumerate(arrays):
        if not y.flags.writeable:
            raise Broken(f"a result is read-only: {y!r}")
        if any(np.may_share_memory(y, x) for x in [*arrays[:i], *others]):
            raise Broken(f"a result shares its memory: {y!r}")


# ---------------------------------------------------------------- first order


def numeric(call: Call, tally: Tally) -> None:
    """A tangent is the derivative of the values, as found by differences of values alone."""
    tangents = call.tangents()
    values, pushed = ad.jvp(call.function, call.primals, tangents)
    estimates, analytic = differences(call, tangents)
    for y, t, estimate in zip(flat(values), flat(pushed), estimates, strict=True):
        _near_oracle(call, y, t, estimate, tally, exact=analytic)


def differences(call: Call, tangents: Any) -> tuple[list[oracle.Estimate], bool]:
    """Return derivatives of all results along a tangent, and whether by a complex step."""
    points, steps = call.widest(call.primals), call.widest(tangents)
    steps = [laid_like(t, x) for t, x in zip(steps, points, strict=True)]
    analytic = call.analytic and all(x.dtype.kind == "f" for x in points)

    def line(i: int) -> Callable[[Any], Any]:
        def result(h: Any) -> Any:
            at = [x + h * t for x, t in zip(points, steps, strict=True)]
            return flat(call.function(*at))[i]

        return result

    method = oracle.complex_step if analytic else oracle.ridders
    with np.errstate(all="ignore"):
        count = len(flat(call.function(*points)))
        return [method(line(i)) for i in range(count)], analytic


def laid_like(t: Any, x: Any) -> Any:
    """Return a tangent in the memory layout of its primal: some functions read that."""
    if not isinstance(x, np.ndarray):
        return t
    like = np.empty_like(x)
    like[...] = t
    return like


def _near_oracle(
    call: Call, y: Any, t: Any, estimate: oracle.Estimate, tally: Tally, *, exact: bool
) -> None:
    """Compare a tangent of `y` with the oracle's, where the oracle knows it well enough.

    A rule may be off by rounding of the result, which tells where the derivative is small:
    that of ``tanh`` far out.
    """
    scale = np.maximum(np.abs(estimate.value), 1e-3 * np.abs(np.asarray(y)))
    if not call.elementwise and scale.size:
        scale = np.maximum(scale, 0.05 * np.max(scale))
    eps = epsilon(*call.primals, y)
    relative = 512 * eps if exact else max(1e-8, 512 * eps)
    judged = estimate.error <= relative * scale
    tally.add(judged)
    reach = max((np.max(r, initial=1) for r in call.reach), default=1)
    rounding = 8 * eps * reach * np.abs(np.asarray(y)) + underflow(*call.primals, y)
    off = np.abs(t - estimate.value) > relative * scale + rounding + 10 * estimate.error
    if np.any(off & judged):
        raise Broken(f"pushed\n{t!r}\nthe oracle says\n{estimate.value!r}\n+- {estimate.error!r}")


def epsilon(*arrays: Any) -> float:
    """Return the rounding unit of the coarsest dtype."""
    return max(float(np.finfo(np.asarray(x).dtype).eps) for x in arrays)


def doubled(*arrays: Any) -> float:
    """Return the rounding unit of the coarsest dtype, at least that of float64."""
    return max(epsilon(*arrays), float(np.finfo(np.float64).eps))


def underflow(*arrays: Any) -> float:
    """Return how large a number is of which a factor may have been lost as too small."""
    kinds = [np.finfo(np.asarray(x).dtype) for x in arrays]
    return max(float(kind.tiny / kind.eps) for kind in kinds)


def adjoint(call: Call, tally: Tally) -> None:
    """Both modes are one linear map: Re sum(w * J v) == Re sum(J^T w * v)."""
    tangents = call.tangents()
    values, pushed = ad.jvp(call.function, call.primals, tangents)
    size = 2.0 ** call.rng.integers(-20, 20)
    cotangents = [w * w.dtype.type(size) for w in call.cotangents(values)]
    pulled = ad.vjp(call.function, *call.primals)[1](as_result(cotangents, values))
    eps = epsilon(*call.primals, *flat(values))
    left, right = pairing(cotangents, flat(pushed)), pairing(pulled, tangents)
    _same_number("sum(w * Jv)", left, "sum(J'w * v)", right, eps)


def pairing(a: Any, b: Any) -> tuple[Any, Any]:
    """Return Re sum(a * b) over all arrays, and the sum of the sizes of the terms."""
    total = size = np.longdouble(0)
    for x, y in zip(a, b, strict=True):
        if np.shape(x) != np.shape(y):
            raise Broken(f"a derivative has shape {np.shape(x)}, what it pairs with {np.shape(y)}")
        terms = np.asarray(x, wide(x)) * np.asarray(y, wide(y))
        total, size = total + np.sum(terms.real), size + np.sum(np.abs(terms))
    return total, size


def wide(x: Any) -> Any:
    """Return the longest dtype of the kind of an array."""
    return np.clongdouble if np.asarray(x).dtype.kind == "c" else np.longdouble


def _same_number(name: str, left: Any, other: str, right: Any, eps: float) -> None:
    (a, size), (b, also) = left, right
    if not abs(a - b) <= 64 * eps * (size + also):
        raise Inexact(f"{name} = {a!r}, {other} = {b!r}, of terms of size {size + also:.3g}")


@by_precision
def linear(call: Call, tally: Tally) -> None:
    """Both modes are linear in their seed, at any size; a zero seed gives exactly zero."""
    pairs = (call.tangents(), call.tangents())
    values, pullback = ad.vjp(call.function, *call.primals)

    def push(seeds: Any) -> Any:
        return flat(ad.jvp(call.function, call.primals, seeds)[1])

    def pull(seeds: Any) -> Any:
        return pullback(as_result(seeds, values))

    eps = epsilon(*call.primals, *flat(values))
    _linear("tangent", push, *pairs, eps)
    _linear("cotangent", pull, call.cotangents(values), call.cotangents(values), eps)


def _linear(name: str, apply: Callable[[Any], Any], u: Any, v: Any, eps: float) -> None:
    a, b = 2.0**7, -(2.0**-3)
    mixed = apply([x.dtype.type(a) * x + x.dtype.type(b) * y for x, y in zip(u, v, strict=True)])
    for whole, left, right in zip(mixed, apply(u), apply(v), strict=True):
        scale = np.abs(a * left) + np.abs(b * right)
        if scale.size and not np.all(
            np.abs(whole - (a * left + b * right)) <= 64 * eps * np.max(scale)
        ):
            raise Inexact(
                f"not linear in its {name}: {whole!r} is not {a} * {left!r} + {b} * {right!r}"
            )
    for zero in apply([np.zeros_like(x) for x in u]):
        if np.any(zero):
            raise Broken(f"a {name} of zero gives {zero!r}")


# ---------------------------------------------------------------- many directions


@by_precision
def directions(call: Call, tally: Tally) -> None:
    """Many directions in one sweep, on one leading axis or two, give what single sweeps give."""
    function = FlatFunction(call.function, call.primals)
    values = pushforward(function, function.leaves, call.tangents())[0]
    for mode in ("forward", "reverse"):
        sweep = _sweeper(mode, function, function.leaves)
        seeds = _seeds(mode, call, values, 2, 3)
        rows = [sweep([s[i] for s in seeds], 3) for i in range(2)]
        block = sweep(seeds, None)
        for i, j in np.ndindex(2, 3):
            alone = sweep([s[i, j] for s in seeds], None)
            _same_arrays(f"{mode} direction {j} of 3", [y[j] for y in rows[i]], alone, call)
            found = [y[i, j] if y.ndim > x.ndim else y for x, y in zip(alone, block, strict=True)]
            _same_arrays(f"{mode} direction {i}, {j} of 2 x 3", found, alone, call)


@by_precision
def nested_directions(call: Call, tally: Tally) -> None:
    """Directions at two levels at once give what nested single ones give, in all nestings.

    The outer derivative is one by the primals and by the seeds of the inner.
    """
    leaves = FlatFunction(call.function, call.primals).leaves
    function = FlatFunction(call.function, leaves)
    values = pushforward(function, leaves, call.tangents())[0]
    n = len(leaves)
    for inner in ("forward", "reverse"):

        def derivative(x: Any, count: int | None = None, inner: str = inner) -> Any:
            return _sweeper(inner, function, x[:n])(x[n:], count)

        seeds = _seeds(inner, call, values, 2)
        point = [*leaves, *seeds]
        for outer in ("forward", "reverse"):
            if outer == "forward":
                above = [*call.tangents(3), *_seeds(inner, call, values, 3, 2)]
            else:
                above = call.cotangents(tuple(derivative(point, 2)), 3)
            together = _sweeper(outer, lambda x: derivative(x, 2), point)(above, 3)
            for i in range(3):
                seed = [s[i] for s in above]
                alone = _one_by_one(outer, derivative, leaves, seeds, seed)
                found = [y[i] for y in together]
                _same_arrays(f"{outer} over {inner}, {i}", found, alone, call, values)


def _one_by_one(outer: str, derivative: Any, leaves: Any, seeds: Any, above: Any) -> list[Any]:
    """Return the outer derivative of two stacked inner ones, each taken alone."""
    n, parts = len(leaves), []
    for j in range(2):
        sweep = _sweeper(outer, derivative, [*leaves, *[s[j] for s in seeds]])
        if outer == "forward":
            parts.append(sweep([*above[:n], *[s[j] for s in above[n:]]], None))
        else:
            parts.append(sweep([s[j] for s in above], None))
    pairs = list(zip(*parts, strict=True))
    if outer == "forward":
        return [np.stack(pair) for pair in pairs]
    return [a + b for a, b in pairs[:n]] + [np.stack(pair) for pair in pairs[n:]]


def _seeds(mode: str, call: Call, values: Any, *lead: int) -> Any:
    return call.tangents(*lead) if mode == "forward" else call.cotangents(tuple(values), *lead)


def _sweeper(mode: str, function: Any, leaves: Any) -> Callable[[Any, int | None], Any]:
    """Return what pushes or pulls seeds, some directions at a time, at a point."""
    if mode == "reverse":
        return Recording(function, leaves).pull
    return lambda seeds, count: pushforward(function, leaves, seeds, count)[1]


def _same_arrays(
    name: str, found: Any, expected: Any, call: Call, values: Any = ()
) -> None:
    eps = doubled(*call.primals, *expected)
    size = max(np.max(np.abs(b), initial=0) for b in [*expected, *values])
    for a, b in zip(found, expected, strict=True):
        if a.shape != b.shape or a.dtype != b.dtype:
            raise Broken(f"{name} is {a.dtype}{a.shape}, not {b.dtype}{b.shape}")
        if not np.all(np.abs(a - b) <= 256 * eps * size):
            raise Inexact(f"{name} is\n{a!r}, alone it is\n{b!r}")


# ---------------------------------------------------------------- second order


@by_precision
def second_order(call: Call, tally: Tally) -> None:
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
        "forward over forward": _sum(
            pairing(w, ad.jvp(tangent, (*primals, *u), (*v, *du))[1]), with_dw
        ),
        "forward over reverse": _sum(
            pairing(u, ad.jvp(gradient, (*primals, *w), (*v, *dw))[1]), with_du
        ),
        "reverse over forward": _sum(
            pairing(ad.vjp(tangent, *primals, *u)[1](w), (*v, *du)), with_dw
        ),
        "reverse over reverse": _sum(
            pairing(ad.vjp(gradient, *primals, *w)[1](u), (*v, *dw)), with_du
        ),
    }
    swapped = _sum(size, pairing(w, ad.jvp(lambda *x: tangent(*x, *v), primals, u)[1]))
    straight = _sum(size, pairing(w, ad.jvp(lambda *x: tangent(*x, *u), primals, v)[1]))
    eps = 16 * doubled(*primals, *flat(values))
    names = list(totals)
    for name in names[1:]:
        _same_number(names[0], _sum(totals[names[0]], size), name, totals[name], eps)
    _same_number("f''(u, v)", straight, "f''(v, u)", swapped, eps)


def _sum(a: tuple[Any, Any], b: tuple[Any, Any]) -> tuple[Any, Any]:
    return a[0] + b[0], a[1] + b[1]


def gradient_numeric(call: Call, tally: Tally) -> None:
    """The derivative of the gradient is what differences of the gradient say."""
    v = call.tangents()
    values = call.function(*[reference(x) for x in call.primals])
    w = call.cotangents(values)

    def gradient(seeds: Any, *x: Any) -> Any:
        return ad.vjp(call.function, *x)[1](as_result(seeds, values))

    pushed = ad.jvp(lambda *x: gradient(w, *x), call.primals, v)[1]
    pulled = gradient(w, *call.primals)
    points, steps = call.widest(call.primals), call.widest(v)
    seeds = [x.astype(y.dtype) for x, y in zip(w, flat(call.function(*points)), strict=True)]
    for i, (g, t) in enumerate(zip(pulled, pushed, strict=True)):

        def line(h: float, i: int = i) -> Any:
            return gradient(seeds, *[x + h * s for x, s in zip(points, steps, strict=True)])[i]

        with np.errstate(all="ignore"):
            estimate = oracle.ridders(line)
        _near_oracle(call, g, t, estimate, tally, exact=False)


# ---------------------------------------------------------------- piecewise constant operations


def no_derivative(call: Call, tally: Tally) -> None:
    """A constant operation gives plain NumPy's result under a transform, without a derivative."""
    plain = call.whole(*[reference(x) for x in call.primals])
    seen = []

    def observed(*operands: Any) -> Any:
        seen.append(call.whole(*operands))
        return np.float64(0)

    ad.jvp(observed, call.primals, call.tangents())
    ad.vjp(observed, *call.primals)
    for found in seen:
        if type(found) is not type(plain) or not same_constant(found, plain):
            raise Broken(f"a transform gives {found!r}, NumPy {plain!r}")


def locally_constant(call: Call, tally: Tally) -> None:
    """A constant operation does not change where its arguments change a little."""
    primals = [reference(x) for x in call.primals]
    if call.elementwise:  # away from halves and integers, where such functions jump
        offset = call.rng.uniform(0.1, 0.4) * (1 + 1j)
        primals = [np.round(2 * x) / 2 + _of_kind(offset, x.dtype) for x in primals]
    moved = [x + x.dtype.type(2**-10) * t for x, t in zip(primals, call.tangents(), strict=True)]
    before, after = call.whole(*primals), call.whole(*moved)
    inexact = isinstance(before, (np.ndarray, np.generic)) and before.dtype.kind in "fc"
    if inexact and not np.array_equal(before, after):
        raise Broken(f"{before!r} becomes {after!r} where {primals} becomes {moved}")


def _of_kind(number: complex, dtype: Any) -> Any:
    return dtype.type(number if dtype.kind == "c" else number.real)


def same_constant(a: Any, b: Any) -> bool:
    """Return whether two results of any kind are equal."""
    if isinstance(a, (tuple, list)):
        return len(a) == len(b) and all(map(same_constant, a, b))
    if isinstance(a, (np.ndarray, np.generic)):
        return same_bits(a, b) if a.dtype.kind in "fc" else np.array_equal(a, b)
    return bool(a == b)


def as_result(leaves: Any, values: Any) -> Any:
    """Return leaves in the structure of the results of a call."""
    return tuple(leaves) if isinstance(values, tuple) else leaves[0]
