"""Calls of elementwise operations, drawn from their declared domains."""

import warnings
from typing import Any

import numpy as np

from adkit.common.domains import Domain
from adkit.common.registry import Operation
from adkit.testing.draws import Draw, flat

__all__ = [
    "INEXACT",
    "LAPACK",
    "REAL",
    "beside",
    "dtypes_of",
    "from_domain",
    "numbers_in",
    "pushed_off",
    "reach_of",
]

REAL = "fdg"
INEXACT = "fdgFDG"
LAPACK = "fdFD"
#: Decades of numbers: one range, or a lower and an upper one.
SIZES = {
    "near 1": [(-0.3, 0.2)],
    "usual": [(-2, 0.8)],
    "wide": [(-6, -2), (0.8, 2)],
}


def dtypes_of(operation: Operation) -> str:
    """Return codes of the dtypes that an elementwise operation takes."""
    domain = operation.domain
    domains = domain if isinstance(domain, tuple) else (domain,)
    codes = INEXACT if all(d.holomorphic for d in domains) else REAL
    return "".join(code for code in codes if _takes(operation, code))


def _takes(operation: Operation, code: str) -> bool:
    """Return whether an operation takes operands of a dtype: ufuncs tell, others are tried."""
    function = getattr(np, operation.name.removeprefix("numpy."), operation.function)
    try:
        if isinstance(function, np.ufunc):
            wanted = [np.dtype(code)] * function.nin + [None] * function.nout
            function.resolve_dtypes(tuple(wanted))
        else:
            with warnings.catch_warnings(), np.errstate(all="ignore"):  # 0.5 may be outside
                warnings.simplefilter("error", np.exceptions.ComplexWarning)
                function(*[np.dtype(code).type(0.5)] * len(operation.partials))
    except (TypeError, np.exceptions.ComplexWarning):
        return False
    return True


def from_domain(d: Draw, operation: Operation) -> Any:
    """Draw operands of shapes that broadcast, from the domain of an operation."""
    domain = operation.domain
    count: Any = operation.operands
    domains = domain if isinstance(domain, tuple) else (domain,) * count
    shape = d.shape()
    shapes = [shape if i == 0 else d.partner(shape) for i in range(count)]
    if count > 1 and d.flag():
        shapes.reverse()
    dtypes = [d.dtype] * count
    if count > 1 and d.integer(0, 3) == 3:
        dtypes[d.integer(0, count - 1)] = np.dtype(d.choose(*"fd"))
    spread = "usual" if d.dtype == np.float16 else d.choose("usual", "usual", "usual", "wide")
    seed = d.integer(0, 2**16)
    varied = [d.flag() for _ in range(count)]
    for sizes in (SIZES[spread], SIZES["usual"], SIZES["near 1"]):
        rng = np.random.default_rng(seed)
        arrays = [
            numbers_in(rng, *what, sizes) for what in zip(shapes, dtypes, domains, strict=True)
        ]
        if _is_moderate(operation, arrays):
            break
    return d.call(
        *[
            d.laid(x, keep=count > 1) if vary or x.ndim == 0 else x
            for x, vary in zip(arrays, varied, strict=True)
        ]
    )


def numbers_in(
    rng: np.random.Generator, shape: tuple[int, ...], dtype: Any, domain: Domain, sizes: Any
) -> Any:
    """Return numbers from a domain, clear of its ends and kinks.

    Sizes are spread evenly over the decades; some numbers are 0, 1 or -1. Complex numbers
    lie near the interval.
    """
    dtype = np.dtype(dtype)
    parts = [rng.uniform(decades[0], decades[1], shape) for decades in sizes]
    x = 10 ** np.where(rng.random(shape) < 0.5, parts[0], parts[-1])
    if np.isfinite(domain.low) and np.isfinite(domain.high):
        depth = rng.uniform(0.01, 0.99, shape)
        x = domain.low + (domain.high - domain.low) * depth
    elif np.isfinite(domain.low):
        x = domain.low + np.maximum(x, 64 * np.finfo(dtype).eps * abs(domain.low))
    elif np.isfinite(domain.high):
        x = domain.high - np.maximum(x, 64 * np.finfo(dtype).eps * abs(domain.high))
    else:
        x = np.where(rng.random(shape) < 0.5, x, -x)
        special = rng.choice([0.0, 1.0, -1.0], shape)
        x = np.where(rng.random(shape) < 0.2, special, x)
    for kink in domain.kinks:
        margin = 0.02 * max(1, abs(kink)) if kink or len(sizes) == 1 else 1e-6
        x = pushed_off(x, kink, margin)
    x = np.asarray(x, dtype if dtype.kind == "f" else np.longdouble)
    if dtype.kind == "c":
        x = beside(x, rng.uniform(-1, 1, shape), domain)
    return np.asarray(x, dtype)


def pushed_off(x: Any, kink: float, margin: float) -> Any:
    """Return numbers that are no closer to a kink than a margin, each on its own side."""
    return np.where(np.abs(x - kink) < margin, kink + np.where(x < kink, -1, 1) * margin, x)


def beside(x: Any, height: Any, domain: Domain) -> Any:
    """Return complex numbers near real ones of a domain, for heights between -1 and 1."""
    return x + 0.2j * height * reach_of(x, domain)


def reach_of(x: Any, domain: Domain) -> Any:
    """Return how far a number may move and stay in a domain, at most its own size or 1."""
    real = np.asarray(np.real(x), np.longdouble)
    reach = np.fmax(1, np.abs(real))
    for border in (domain.low, domain.high, *domain.kinks):
        if np.isfinite(border):
            reach = np.minimum(reach, np.abs(real - border))
    return reach


def _is_moderate(operation: Operation, arrays: list[Any]) -> bool:
    """Return whether a value is far from overflow, so that its derivatives are."""
    with np.errstate(all="ignore"):
        results = flat(operation.function(*arrays))
        inexact = [y.astype(complex) for y in results if y.dtype.kind in "fc"]
    limit = min(float(np.finfo(x.dtype).max) ** 0.3 for x in [*arrays, *inexact])
    return all(np.all(np.abs(y) < limit) for y in inexact)
