"""Laws of values, types and memory."""

import contextlib
from typing import Any

import numpy as np

import adkit as ad
from adkit.testing.draws import flat
from adkit.testing.judging import Broken, Tally, as_result, epsilon, reference, same_bits
from adkit.testing.sampling import Call
from adkit.testing.subjects import Subject

__all__ = ["contract", "locally_constant", "no_derivative", "values"]


def values(call: Subject, tally: Tally) -> None:
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


def contract(call: Subject, tally: Tally) -> None:
    """Find derivatives of the type, shape and dtype of what they belong to, in memory of their own.

    What the caller passes is read only, and stays as it was; running twice gives the same bits.
    """
    primals = [locked(x) for x in call.primals]
    tangents = [locked(t) for t in call.tangents()]
    before = [np.array(x) for x in [*primals, *tangents]]
    values, pushed = ad.jvp(call.function, primals, tangents)
    outputs, pullback = ad.vjp(call.function, *primals)
    cotangents = [locked(w) for w in call.cotangents(values)]
    given = [*primals, *tangents, *cotangents]
    before += [np.array(w) for w in cotangents]
    ct = as_result(cotangents, values)
    pulled = pullback(ct)
    _belongs("a tangent", flat(pushed), flat(values))
    _belongs("a cotangent", pulled, [reference(x) for x in primals])
    derivatives = [*flat(values), *flat(pushed), *flat(outputs), *pulled]
    _own_memory(derivatives, given)
    again = [*flat(ad.jvp(call.function, primals, tangents)[1]), *pullback(ct)]
    for first, second in zip([*flat(pushed), *pulled], again, strict=True):
        if not same_bits(first, second):
            raise Broken(f"two runs differ:\n{first!r}\n{second!r}")
    _undisturbed(call, [*flat(pushed), *pulled], tangents, ct)
    if not all(map(same_bits, map(np.asarray, given), before)):
        raise Broken("a derivative rule writes into an argument, a tangent or a cotangent")
    unfinished = call.unfinished()
    if unfinished is not None:
        _keeps_cotangents(unfinished)


def _keeps_cotangents(call: Subject) -> None:
    """Check that a rule leaves its own seeds alone, which what is made of results may hide."""
    values, pullback = ad.vjp(call.function, *call.primals)
    cotangents = [locked(w) for w in call.cotangents(values)]
    before = [np.array(w) for w in cotangents]
    with contextlib.suppress(ad.AdkitError):  # any cotangent will do, but not all have a result
        pullback(as_result(cotangents, values))
    if not all(map(same_bits, map(np.asarray, cotangents), before)):
        raise Broken("a derivative rule writes into a cotangent")


def _undisturbed(call: Subject, derivatives: list[Any], tangents: Any, ct: Any) -> None:
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


# ---------------------------------------------------------------- piecewise constant operations


def no_derivative(call: Call, tally: Tally) -> None:
    """Find plain NumPy's result under a transform, without a derivative."""
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
    """Find no change where arguments of a constant operation change a little."""
    primals = [reference(x) for x in call.primals]
    if (
        call.elementwise and not call.sample.alone
    ):  # away from halves and integers, where such functions jump
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
