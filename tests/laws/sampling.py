"""Sample calls of an operation: of elementwise ones from their declared domain, of others
from `tests.laws.calls`.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from hypothesis import strategies as st

from adkit.common.domains import ANYWHERE, Domain
from adkit.common.registry import Operation, catalogue
from tests.laws.draws import Draw, hermitian

__all__ = ["LAPACK", "SAMPLES", "Call", "calls_of", "is_elementwise", "operations", "sample"]

REAL = "fdg"
INEXACT = "fdgFDG"
LAPACK = "fdFD"


@dataclass(frozen=True)
class Sample:
    """How to draw calls of an operation."""

    draw: Callable[[Draw], Any]
    dtypes: str = INEXACT
    alone: bool = False
    after: Callable[[Any], Any] | None = None
    hermitian: bool = False


#: Sample calls by the name of the operation, as ``python -m adkit ops`` prints it.
SAMPLES: dict[str, list[Sample]] = {}


def sample(*names: str, **options: Any) -> Callable[[Any], Any]:
    """Say how calls of operations are drawn: a decorator of a function of a `Draw`.

    Parameters
    ----------
    *names : str
        Names of operations.
    dtypes : str
        Codes of the dtypes that the operation takes, all real and complex by default.
    alone : bool
        Whether an elementwise operation is not drawn from its domain too.
    after : callable
        What is made of a result before derivatives are compared, where the result itself is
        not a smooth function: a gauge-invariant function of eigenvectors.
    hermitian : bool
        Whether operands, and so tangents, are Hermitian matrices.
    """

    def register(draw: Callable[[Draw], Any]) -> Callable[[Draw], Any]:
        for name in names:
            SAMPLES.setdefault(name, []).append(Sample(draw, **options))
        return draw

    return register


@dataclass
class Call:
    """One call of an operation, and which operands are differentiated.

    Attributes
    ----------
    operation : Operation
    args, kwargs
        Its arguments.
    active : tuple of int
        Operands that are differentiated.
    reach : tuple of arrays
        Per active operand the size of tangents: a step of one tangent stays in the domain.
    seed : int
        Of the generator of tangents and cotangents.
    sample : Sample
    """

    operation: Operation
    args: tuple[Any, ...]
    kwargs: dict[str, Any]
    active: tuple[int, ...]
    reach: tuple[Any, ...]
    seed: int
    sample: Sample
    rng: np.random.Generator = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self.rng = np.random.default_rng(self.seed)

    def __repr__(self) -> str:
        arguments = [repr(a) for a in self.args]
        arguments += [f"{name}={value!r}" for name, value in self.kwargs.items()]
        call = f"{self.operation.name}({', '.join(arguments)})"
        return f"{call} in operands {self.active}, seed={self.seed}"

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        """Print the call as code, where Hypothesis would list fields."""
        printer.text(repr(self))

    @property
    def primals(self) -> tuple[Any, ...]:
        """The active operands."""
        operands = operands_of(self.operation, self.args, self.kwargs)
        return tuple(operands[i] for i in self.active)

    @property
    def elementwise(self) -> bool:
        return is_elementwise(self.operation)

    @property
    def analytic(self) -> bool:
        """Whether a complex step is a step of the same function."""
        domain = self.operation.domain
        domains = domain if isinstance(domain, tuple) else (domain,)
        return (
            self.operation.verb == "elementwise"
            and self.sample.dtypes == INEXACT
            and all(d.holomorphic for d in domains)
        )

    def function(self, *operands: Any) -> Any:
        """Return the results of inexact dtype as an array, or a tuple of them."""
        leaves = [y for y in flat(self.whole(*operands)) if np.dtype(y.dtype).kind in "fc"]
        return leaves[0] if len(leaves) == 1 else tuple(leaves)

    def whole(self, *operands: Any) -> Any:
        """Call the operation with other active operands."""
        everything = operands_of(self.operation, self.args, self.kwargs)
        for i, x in zip(self.active, operands, strict=True):
            everything[i] = x
        args, kwargs = with_operands(self.operation, self.args, self.kwargs, everything)
        if "like" in kwargs and operands:
            like = operands[0]
            kwargs["like"] = np.empty(0) if isinstance(like, np.generic) else like
        result = self.operation.function(*args, **kwargs)
        return result if self.sample.after is None else self.sample.after(result)

    # ------------------------------------------------------------ other dtypes

    def widest(self, arrays: Any) -> list[Any]:
        """Return arrays in the widest dtype that the operation takes: the same numbers."""
        real = np.longdouble if "g" in self.sample.dtypes else np.float64
        wide = {"f": real, "c": np.result_type(real, np.complex64)}
        return [np.asarray(x).astype(wide[np.asarray(x).dtype.kind])[()] for x in arrays]

    def widened(self) -> "Call | None":
        """Return this call in the widest dtype, None if it is that already."""
        operands = operands_of(self.operation, self.args, self.kwargs)
        wide = self.widest(self.primals)
        if all(x.dtype == np.asarray(y).dtype for x, y in zip(wide, self.primals, strict=True)):
            return None
        for i, x in zip(self.active, wide, strict=True):
            operands[i] = x
        args, kwargs = with_operands(self.operation, self.args, self.kwargs, operands)
        return replace(self, args=args, kwargs=kwargs)

    # ------------------------------------------------------------ seeds

    def tangents(self, *lead: int) -> tuple[Any, ...]:
        """Return a tangent per active operand, perhaps for several directions."""
        return tuple(
            self._like(x, lead, size) for x, size in zip(self.primals, self.reach, strict=True)
        )

    def cotangents(self, results: Any, *lead: int) -> tuple[Any, ...]:
        """Return a cotangent per result, perhaps for several directions."""
        return tuple(self._like(y, lead, 1, cotangent=True) for y in flat(results))

    def _like(self, x: Any, lead: tuple[int, ...], size: Any, cotangent: bool = False) -> Any:
        x = np.asarray(x)
        t = self._signed(lead + x.shape)
        if x.dtype.kind == "c":
            t = t + 1j * self._signed(lead + x.shape)
        t = (t * size).astype(x.dtype.newbyteorder("="))
        return hermitian(t) if self.sample.hermitian and not cotangent else t[()]

    def _signed(self, shape: tuple[int, ...]) -> Any:
        return self.rng.uniform(0.25, 1, shape) * self.rng.choice([-1.0, 1.0], shape)


def flat(results: Any) -> list[Any]:
    """Return the arrays of a result in a list."""
    if isinstance(results, (tuple, list)):
        return [y for part in results for y in flat(part)]
    return [results]


def operands_of(operation: Operation, args: Any, kwargs: Any) -> list[Any]:
    """Return the operands of a call.

    An operation of no fixed operands takes them from inside nested lists; if there is none,
    ``like=`` is one.
    """
    if operation.operands != 0:
        return list(operation.take(args))
    operands = flat(args)
    return operands if any(map(is_active, operands)) else [*operands, kwargs["like"]]


def with_operands(operation: Operation, args: Any, kwargs: Any, operands: Any) -> Any:
    """Return arguments with other operands in their places."""
    if operation.operands != 0:
        return operation.put(args, operands), kwargs
    rest = iter(operands)
    args = tuple(_refilled(part, rest) for part in args)
    like = next(rest, None)
    return args, kwargs if like is None else {**kwargs, "like": like}


def _refilled(part: Any, rest: Any) -> Any:
    if isinstance(part, (tuple, list)):
        return type(part)(_refilled(inner, rest) for inner in part)
    return next(rest)


# ---------------------------------------------------------------- the catalogue


def operations() -> dict[str, Operation]:
    """Return the declared operations by name, those of Python's operators too."""
    found = {}
    for operation in catalogue():
        found[operation.name] = operation
        if operation.infix is not None:
            found[f"operator {operation.symbol}"] = operation.infix
    return found


def is_elementwise(operation: Operation) -> bool:
    """Return whether calls need nothing but a domain."""
    function = operation.function
    return operation.verb == "elementwise" or (
        isinstance(function, np.ufunc) and function.signature is None
    )


def samples_of(operation: Operation) -> list[Sample]:
    """Return how to draw calls of an operation; an empty list if nobody said."""
    found = SAMPLES.get(operation.name, [])
    if not is_elementwise(operation) or any(s.alone for s in found):
        return found
    from_domain = Sample(lambda d: elementwise_call(d, operation), elementwise_dtypes(operation))
    return [from_domain, *found]


@st.composite
def calls_of(draw: Any, operation: Operation) -> Call:
    """Draw calls of an operation."""
    samples = samples_of(operation)
    chosen = samples[draw(st.integers(0, len(samples) - 1))]
    d = Draw(draw, draw(st.sampled_from(chosen.dtypes)))
    args, kwargs = operation.bind(*chosen.draw(d))
    operands = operands_of(operation, args, kwargs)
    candidates = [i for i, x in enumerate(operands) if is_active(x)]
    alone = d.integer(-2, len(candidates) - 1)
    active = tuple(candidates) if alone < 0 or not candidates else (candidates[alone],)
    call = Call(operation, args, kwargs, active, (), d.integer(0, 2**16), chosen)
    return _varied(call, d)


def is_active(x: Any) -> bool:
    """Return whether an argument can be differentiated."""
    return isinstance(x, (float, complex)) or (
        isinstance(x, (np.ndarray, np.generic)) and x.dtype.kind in "fc"
    )


def _varied(call: Call, d: Draw) -> Call:
    """Vary what does not change the values: byte order, and Python numbers for scalars."""
    operands = operands_of(call.operation, call.args, call.kwargs)
    domains = call.operation.domain
    reach = []
    for i, x in enumerate(operands):
        if i in call.active:
            domain = domains[i] if isinstance(domains, tuple) else domains
            reach.append(reach_of(x, domain if call.elementwise else ANYWHERE))
            if isinstance(x, np.ndarray) and d.integer(0, 9) == 9:
                operands[i] = x.astype(x.dtype.newbyteorder("S"))
        elif call.elementwise and np.ndim(x) == 0 and hasattr(x, "item") and d.flag():
            operands[i] = x.item()
    args, kwargs = with_operands(call.operation, call.args, call.kwargs, operands)
    return replace(call, args=args, kwargs=kwargs, reach=tuple(reach))


# ---------------------------------------------------------------- elementwise operations


def elementwise_dtypes(operation: Operation) -> str:
    """Return codes of the dtypes that an elementwise operation takes."""
    domain = operation.domain
    domains = domain if isinstance(domain, tuple) else (domain,)
    return INEXACT if all(d.holomorphic for d in domains) and _takes_complex(operation) else REAL


def _takes_complex(operation: Operation) -> bool:
    function = getattr(np, operation.name.removeprefix("numpy."), operation.function)
    if not isinstance(function, np.ufunc):
        return True
    wanted = [np.dtype("D")] * function.nin + [None] * function.nout
    try:
        function.resolve_dtypes(tuple(wanted))
    except TypeError:
        return False
    return True


def elementwise_call(d: Draw, operation: Operation) -> Any:
    """Draw operands of shapes that broadcast, from the domain of an operation."""
    domain = operation.domain
    count = operation.operands
    domains = domain if isinstance(domain, tuple) else (domain,) * count
    shape = d.shape()
    shapes = [shape if i == 0 else d.partner(shape) for i in range(count)]
    if count > 1 and d.flag():
        shapes.reverse()
    dtypes = [d.dtype] * count
    if count > 1 and d.integer(0, 3) == 3:
        dtypes[d.integer(0, count - 1)] = np.dtype(d.choose(*"fd"))
    wide = d.integer(0, 3) == 3
    seed = d.integer(0, 2**16)
    layouts = [d.choose(False, True) for _ in range(count)]
    for spread in (wide, False):
        rng = np.random.default_rng(seed)
        arrays = [
            numbers_in(rng, s, t, r, wide=spread)
            for s, t, r in zip(shapes, dtypes, domains, strict=True)
        ]
        if not spread or _is_moderate(operation, arrays):
            break
    return d.call(
        *[d.laid(x) if vary or x.ndim == 0 else x for x, vary in zip(arrays, layouts, strict=True)]
    )


def numbers_in(
    rng: np.random.Generator, shape: tuple[int, ...], dtype: Any, domain: Domain, *, wide: bool
) -> Any:
    """Return numbers from a domain, clear of its ends and kinks.

    Sizes are spread evenly over the decades; some numbers are 0, 1 or -1. Complex numbers
    lie near the interval.
    """
    dtype = np.dtype(dtype)
    exponents = rng.uniform(-2, 0.8, shape)
    if wide:
        small, large = rng.uniform(-6, -2, shape), rng.uniform(0.8, 2, shape)
        exponents = np.where(rng.random(shape) < 0.5, small, large)
    x = 10**exponents
    if np.isfinite(domain.low) and np.isfinite(domain.high):
        depth = rng.uniform(0.01, 0.99, shape)
        x = domain.low + (domain.high - domain.low) * depth
    elif np.isfinite(domain.low):
        x = domain.low + x
    elif np.isfinite(domain.high):
        x = domain.high - x
    else:
        x = np.where(rng.random(shape) < 0.5, x, -x)
        special = rng.choice([0.0, 1.0, -1.0], shape)
        x = np.where(rng.random(shape) < 0.1, special, x)
    for kink in domain.kinks:
        margin = 0.02 * max(1, abs(kink)) if not wide or kink else 1e-6
        x = np.where(np.abs(x - kink) < margin, kink + np.where(x < kink, -1, 1) * margin, x)
    x = np.asarray(x, dtype if dtype.kind == "f" else np.longdouble)
    if dtype.kind == "c":
        x = x + 0.2j * rng.uniform(-1, 1, shape) * reach_of(x, domain)
    return np.asarray(x, dtype)


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
    inexact = [y for y in results if y.dtype.kind in "fc"]
    limit = 1e12 if any(np.finfo(x.dtype).maxexp < 1000 for x in [*arrays, *inexact]) else 1e100
    return all(np.all(np.abs(y) < limit) for y in inexact)
