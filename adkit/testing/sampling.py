"""Sample calls of operations.

Those of elementwise ones come from their declared domain, others from `adkit.testing.calls`.
"""

import importlib
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from adkit.common.domains import ANYWHERE, REAL, Domain
from adkit.common.registry import Operation, catalogue
from adkit.testing.domains import INEXACT, dtypes_of, from_domain, reach_of
from adkit.testing.draws import Draw, flat
from adkit.testing.subjects import Subject

__all__ = ["SAMPLES", "Call", "draw_call", "is_elementwise", "operations", "sample"]


@dataclass(frozen=True)
class Sample:
    """How to draw calls of an operation."""

    draw: Callable[[Draw], Any]
    dtypes: str = INEXACT
    alone: bool = False
    after: Callable[[Any], Any] | None = None
    hermitian: bool = False
    reach: float = 1


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
    reach : float
        Size of tangents, smaller where a jump is near.
    """

    def register(draw: Callable[[Draw], Any]) -> Callable[[Draw], Any]:
        for name in names:
            SAMPLES.setdefault(name, []).append(Sample(draw, **options))
        return draw

    return register


@dataclass(repr=False)
class Call(Subject):
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
        self.name = self.operation.name
        self.rng = np.random.default_rng(self.seed)
        self.elementwise = is_elementwise(self.operation)
        self.symmetric = self.sample.hermitian
        self.analytic = self._is_analytic()

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

    def passive(self) -> list[Any]:
        """Return the floats that are not differentiated: `numpy.histogram` adds them up."""
        return [] if self.elementwise else list(self._others().values())

    def _others(self) -> dict[int, Any]:
        """Return the operands of floats that are not differentiated, by position."""
        operands = operands_of(self.operation, self.args, self.kwargs)
        return {
            i: x
            for i, x in enumerate(operands)
            if i not in self.active
            and isinstance(x, (np.ndarray, np.generic))
            and x.dtype.kind in "fc"
        }

    def unfinished(self) -> "Call | None":
        """Return this call before anything is made of its results, None if nothing is."""
        if self.sample.after is None:
            return None
        return replace(self, sample=replace(self.sample, after=None))

    def _is_analytic(self) -> bool:
        domain = self.operation.domain
        domains = domain if isinstance(domain, tuple) else (domain,)
        return (
            self.operation.verb == "elementwise"
            and self.sample.dtypes == INEXACT
            and all(d.holomorphic for d in domains)
        )

    def function(self, *operands: Any) -> Any:
        """Return the results of inexact dtype as an array, or a tuple of them."""
        results = [
            y if hasattr(y, "dtype") else np.asarray(y)[()] for y in flat(self.whole(*operands))
        ]
        leaves = [y for y in results if y.dtype.kind in "fc"]
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
        real = np.longdouble if "g" in self.sample.dtypes.lower() else np.float64
        wide = {"f": real, "c": np.result_type(real, np.complex64)}
        return [np.asarray(x).astype(wide[np.asarray(x).dtype.kind])[()] for x in arrays]

    def widened(self) -> "Call | None":
        """Return this call in the widest dtype, None if it is that already."""
        wide = self.widest(self.primals)
        if all(x.dtype == np.asarray(y).dtype for x, y in zip(wide, self.primals, strict=True)):
            return None
        return self._with(dict(zip(self.active, wide, strict=True))).precise()

    def precise(self) -> "Call":
        """Return this call with what is not differentiated in the widest dtype."""
        others = self._others()
        wide = self.widest(list(others.values()))
        return self._with(dict(zip(others, wide, strict=True))) if others else self

    def _with(self, changed: dict[int, Any]) -> "Call":
        """Return this call with other operands in some places."""
        operands = operands_of(self.operation, self.args, self.kwargs)
        operands = [changed.get(i, x) for i, x in enumerate(operands)]
        args, kwargs = with_operands(self.operation, self.args, self.kwargs, operands)
        return replace(self, args=args, kwargs=kwargs)


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
    """Return adkit's own operations by name, those of Python's operators too."""
    found = {}
    for operation in catalogue():
        if not operation.name.startswith(("numpy.", "scipy.", "adkit.")):
            continue  # other tests declare rules of their own
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
    importlib.import_module("adkit.testing.calls")  # they fill the table
    found = SAMPLES.get(operation.name, [])
    if not is_elementwise(operation) or any(s.alone for s in found):
        return found
    return [Sample(lambda d: from_domain(d, operation), dtypes_of(operation)), *found]


def draw_call(
    choose: Callable[[int, int], int],
    operation: Operation,
    *,
    half: bool = False,
    sample: Sample | None = None,
    draw: type[Draw] = Draw,
) -> Call:
    """Draw a call of an operation, of float16 too if `half` is set and longdouble is taken."""
    samples = [sample] if sample else samples_of(operation)
    chosen = samples[choose(0, len(samples) - 1)]
    codes = chosen.dtypes + ("e" if half and "g" in chosen.dtypes else "")
    d = draw(choose, codes[choose(0, len(codes) - 1)])
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


#: Domains that hold every whole number.
WHOLE = (ANYWHERE, REAL)


def domain_of(operation: Operation, i: int) -> Domain:
    """Return the domain of an operand."""
    domain = operation.domain
    return domain[i] if isinstance(domain, tuple) else domain


def _varied(call: Call, d: Draw) -> Call:
    """Vary what does not change the values: byte order, and Python numbers for scalars."""
    operands = operands_of(call.operation, call.args, call.kwargs)
    reach = []
    for i, x in enumerate(operands):
        if i in call.active:
            free = reach_of(x, domain_of(call.operation, i) if call.elementwise else ANYWHERE)
            reach.append(call.sample.reach * free)
            if isinstance(x, np.ndarray) and d.integer(0, 9) == 9:
                operands[i] = x.astype(x.dtype.newbyteorder("S"))
        elif call.elementwise and np.ndim(x) == 0 and hasattr(x, "item") and d.flag():
            operands[i] = x.item()
            if domain_of(call.operation, i) in WHOLE and type(operands[i]) is float and d.flag():
                operands[i] = round(operands[i])
    args, kwargs = with_operands(call.operation, call.args, call.kwargs, operands)
    return replace(call, args=args, kwargs=kwargs, reach=tuple(reach))
