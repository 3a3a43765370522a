"""What the laws have in common: how numbers are compared, and what is said when they differ.

No tolerance is absolute: all are the rounding of the dtype at hand times the size of what was
added up.
"""

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

from adkit.testing import oracle
from adkit.testing.subjects import FunctionCall, Subject

__all__ = [
    "Broken",
    "Inexact",
    "Tally",
    "Undecided",
    "as_result",
    "by_precision",
    "doubled",
    "epsilon",
    "near_oracle",
    "pairing",
    "reference",
    "same_arrays",
    "same_bits",
    "same_number",
    "summed",
    "underflow",
]


class Broken(AssertionError):
    """A law of differentiation does not hold."""


class Inexact(Broken):
    """Two numbers that should be equal differ by more than rounding should make them.

    Attributes
    ----------
    difference : array
        How much.
    """

    def __init__(self, message: str, difference: Any) -> None:
        super().__init__(message)
        self.difference = difference


class Undecided(Exception):
    """A law cannot be judged at a point."""


class Tally:
    """What was seen: how many elements the oracle could judge, and the largest error.

    Attributes
    ----------
    ulps : float
        The largest error, in units of rounding of the size of what was compared.
    """

    def __init__(self) -> None:
        self.ulps = 0.0
        self.arrays = 0
        self.seen = 0
        self.judged = 0

    def add(self, judged: Any) -> None:
        """Count the elements of a bool array."""
        self.arrays += 1
        self.seen += judged.size
        self.judged += int(np.count_nonzero(judged))

    def note(self, ulps: Any) -> None:
        """Note errors, in units of rounding."""
        self.ulps = max(self.ulps, float(np.max(ulps, initial=0)))

    def require(self, share: float, arrays: int) -> None:
        """Complain if the oracle could judge too few elements, of enough arrays to tell."""
        if self.arrays >= arrays and self.judged < share * self.seen:
            raise Broken(f"the oracle could judge {self.judged} of {self.seen} elements only")


Law = Callable[[Any, Tally], None]


def by_precision(law: Law) -> Law:
    """Return a law that takes a difference for rounding if it shrinks in a wider dtype.

    Derivatives may cancel, and then two ways to compute them differ in more than the last
    digits. A wrong rule is as wrong in every dtype. Where a function takes no wider one, its
    point is moved by rounding: what rounding made is another number then.
    """

    @functools.wraps(law)
    def judge(call: Any, tally: Tally) -> None:
        try:
            law(call, tally)
        except Inexact as error:
            wider = call.widened()
            if wider is not None:
                try:
                    law(wider, tally)
                except Inexact:
                    raise error from None
            elif isinstance(call, FunctionCall) and _is_rounding(law, call, error):
                raise Undecided("rounding errors inside the function are as large") from None
            else:
                raise

    return judge


def _is_rounding(law: Law, call: FunctionCall, error: Inexact) -> bool:
    """Return whether a difference is another one where the point is moved by rounding."""
    for _ in range(2):
        try:
            law(call.nudged(), Tally())
        except Inexact as other:
            size = np.max(np.abs(error.difference))
            if np.max(np.abs(other.difference - error.difference)) > 0.1 * size:
                return True
        else:
            return True
    return False


# ---------------------------------------------------------------- what a call takes and gives


def reference(x: Any) -> Any:
    """Return what plain NumPy is called with: a copy, of native byte order."""
    if isinstance(x, np.ndarray):
        return x.copy(order="K") if x.dtype.isnative else x.astype(x.dtype.newbyteorder("="))
    return np.float64(x) if type(x) is float else x


def as_result(leaves: Any, values: Any) -> Any:
    """Return leaves in the structure of the results of a call."""
    return tuple(leaves) if isinstance(values, tuple) else leaves[0]


# ---------------------------------------------------------------- equal, exactly


def same_bits(a: Any, b: Any) -> bool:
    """Return whether two arrays have the same dtype, shape and numbers, signs of zero too."""
    if a.dtype != b.dtype or a.shape != b.shape:
        return False
    a, b = np.asarray(a), np.asarray(b)
    if a.dtype.kind == "c":
        return same_bits(a.real, b.real) and same_bits(a.imag, b.imag)
    if a.dtype.kind != "f":
        return np.array_equal(a, b)
    return np.array_equal(a, b, equal_nan=True) and np.array_equal(np.signbit(a), np.signbit(b))


# ---------------------------------------------------------------- equal, up to rounding


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


def summed(a: tuple[Any, Any], b: tuple[Any, Any]) -> tuple[Any, Any]:
    """Return the sum of two numbers that come with the size of their terms."""
    return a[0] + b[0], a[1] + b[1]


def same_number(name: str, left: Any, other: str, right: Any, eps: float, tiny: float = 0) -> float:
    """Compare two sums of products, given with the size of their terms.

    Numbers as small as `tiny` may be lost. Returns the error in units of rounding.
    """
    (a, size), (b, also) = left, right
    if not abs(a - b) <= 64 * eps * (size + also) + tiny:
        message = f"{name} = {a!r}, {other} = {b!r}, of terms of size {size + also:.3g}"
        raise Inexact(message, a - b)
    return float(abs(a - b) / (eps * (size + also) + tiny)) if a != b else 0.0


def same_arrays(name: str, found: Any, expected: Any, call: Subject, values: Any = ()) -> None:
    """Compare lists of arrays, by the size of the largest and of the values they belong to."""
    eps = doubled(*call.primals, *expected)
    size = max(np.max(np.abs(b), initial=0) for b in [*expected, *values])
    for a, b in zip(found, expected, strict=True):
        if a.shape != b.shape or a.dtype != b.dtype:
            raise Broken(f"{name} is {a.dtype}{a.shape}, not {b.dtype}{b.shape}")
        if not np.all(np.abs(a - b) <= 256 * eps * size):
            raise Inexact(f"{name} is\n{a!r}, alone it is\n{b!r}", a - b)


def near_oracle(
    call: Subject,
    y: Any,
    t: Any,
    estimate: oracle.Estimate,
    tally: Tally,
    *,
    exact: bool = False,
    moved: Any = 0,
) -> None:
    """Compare a tangent of `y` with the oracle's, where the oracle knows it well enough.

    A rule may be off by rounding of the result, which tells where the derivative is small
    (that of ``tanh`` far out), and by as much as rounding of the point has `moved` it.
    """
    scale = np.maximum(np.abs(estimate.value), 1e-3 * np.abs(np.asarray(y)))
    if not call.elementwise and scale.size:
        scale = np.maximum(scale, 0.05 * np.max(scale))
    judged = estimate.error <= 1e-8 * scale
    tally.add(judged)
    eps = epsilon(*call.primals, y, *call.passive())
    relative = 512 * eps if exact else max(1e-8, 512 * eps)
    relative = relative if call.rtol is None else call.rtol
    rounding = 8 * eps * _size(call, np.shape(y)) * np.abs(np.asarray(y)) + 10 * moved
    tolerance = relative * scale + rounding + underflow(*call.primals, y) + 10 * estimate.error
    off = np.abs(t - estimate.value)
    with np.errstate(invalid="ignore"):
        excess = np.maximum(off - 10 * estimate.error - rounding, 0)
        ulps = excess / np.maximum(eps * scale, underflow(*call.primals, y))
    tally.note(np.where(judged & np.isfinite(ulps), ulps, 0))
    if np.any(~(off <= tolerance) & judged):
        raise Broken(f"pushed\n{t!r}\nthe oracle says\n{estimate.value!r}\n+- {estimate.error!r}")


def _size(call: Subject, shape: tuple[int, ...]) -> Any:
    """Return the size of the tangents of a call, of each element if they broadcast to `shape`."""
    try:
        sizes: Any = [np.broadcast_to(r, shape) for r in call.reach]
        return functools.reduce(np.maximum, sizes, 1)
    except ValueError:
        return max(np.max(r, initial=1) for r in call.reach)
