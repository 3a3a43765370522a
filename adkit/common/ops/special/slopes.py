"""Functions of scipy.special by their slopes, computed in double precision.

SciPy computes values of single precision in double precision, and so are slopes here: where
they are differences of values, single precision would leave them few digits.
"""

from __future__ import annotations

import functools
import inspect
import math
from typing import Any

import numpy as np

from adkit.common.domains import ANYWHERE, Domain
from adkit.common.finite import all_finite
from adkit.common.ops.casting import cast
from adkit.common.shapes import align, dtype_of, expand, is_nothing, unbroadcast
from adkit.common.signatures import OPERAND_NAMES, Partial, Rule, parameter_names
from adkit.common.verbs import elementwise, general

__all__ = ["by_slope", "smooth", "with_limits"]

_DOUBLE: dict[Any, Any] = {np.dtype("f"): np.dtype("d"), np.dtype("F"): np.dtype("D")}


def _doubled(operands: Any) -> list[Any]:
    """Return operands with those of single precision in double precision."""
    return [cast(x, _DOUBLE.get(dtype_of(x), dtype_of(x))) for x in operands]


def _is_single(operands: Any) -> bool:
    """Return whether an operand is of single precision."""
    return any(dtype_of(x) in _DOUBLE for x in operands)


def _gives_single(operands: Any) -> bool:
    """Return whether a result is of single precision."""
    weak = (int, float, complex)
    return np.result_type(*[x if type(x) in weak else dtype_of(x) for x in operands]) in _DOUBLE


# ---------------------------------------------------------------- limits


class _AtEnds:
    """A slope with known limits in its last operand, where its formula is 0/0 or the like."""

    def __init__(self, slope: Rule, ends: dict[float, Any]) -> None:
        self.slope, self.ends = slope, ends
        self.far = all(map(math.isinf, ends))  # one look at the numbers tells that none is there
        self.__signature__ = inspect.signature(slope)

    def __call__(self, *values: Any) -> Any:
        *others, x = values
        if self.far and type(x) is np.ndarray and all_finite(x):
            return self.slope(*values)
        for end, limit in self.ends.items():
            there = np.equal(x, end)
            if np.any(there):
                found = self(*others, np.where(there, 0.5, x))
                reached = np.where(there, x, end)
                return np.where(there, limit(reached) if callable(limit) else limit, found)
        return self.slope(*values)


def with_limits(slope: Rule, ends: dict[float, Any]) -> Rule:
    """Return a slope with limits at some numbers: numbers, or functions that tend to the same.

    Examples
    --------
    >>> slope = with_limits(lambda x: x / x**2, {np.inf: 0})
    >>> slope(np.array([np.inf, 2.0]))
    array([0. , 0.5])
    """
    return _AtEnds(slope, ends)


# ---------------------------------------------------------------- elementwise


class _InDouble:
    """A partial of an elementwise operation that is computed in double precision."""

    def __init__(self, function: Any, partial: Rule) -> None:
        self.function, self.partial = function, partial
        self.wanted = parameter_names(partial)
        self.names = OPERAND_NAMES[: function.nin] + ("ans",) * ("ans" in self.wanted)
        self.__signature__ = inspect.Signature(
            [inspect.Parameter(n, inspect.Parameter.POSITIONAL_ONLY) for n in self.names]
        )
        functools.update_wrapper(self, partial, updated=())

    def __call__(self, *values: Any) -> Any:
        operands, ans = list(values[: self.function.nin]), values[-1]
        single = _gives_single(operands)
        if _is_single(operands):
            operands = _doubled(operands)
            ans = self.function(*operands) if "ans" in self.wanted else None
        known = {**dict(zip(OPERAND_NAMES, operands, strict=False)), "ans": ans}
        slope = self.partial(*[known[name] for name in self.wanted])
        if not single:
            return slope
        return cast(slope, np.dtype("F" if dtype_of(slope).kind == "c" else "f"))


def smooth(function: Any, *partials: Partial, **options: Any) -> None:
    """Declare a ufunc by its partial derivatives, as `adkit.common.verbs.elementwise` does.

    Examples
    --------
    >>> import adkit, numpy as np
    >>> half = np.frompyfunc(lambda x: x / 2, 1, 1)
    >>> smooth(half, lambda x: 0.5)
    """
    wrapped = [_InDouble(function, p) if callable(p) else p for p in partials]
    elementwise(function, *wrapped, **options)


# ---------------------------------------------------------------- in one operand


def by_slope(
    function: Any,
    slope: Rule,
    *,
    operand: int = -1,
    domain: Domain = ANYWHERE,
    kinks: str = "",
    source: str = "",
) -> None:
    """Declare a ufunc of one result or several by its slope in one operand.

    The others are parameters. What has no derivative rule in an order, a degree or a shape
    is refused where that is traced, and costs nothing where it is a number.

    Parameters
    ----------
    function : ufunc
    slope : callable
        ``slope([ans,] *operands)``: the slope, or a tuple of one per result.
    operand : int
        Which operand may be traced, the last by default.
    domain, kinks, source
        See `adkit.common.verbs.elementwise`.

    Examples
    --------
    >>> import adkit, numpy as np
    >>> scaled = np.frompyfunc(lambda n, x: n * x, 2, 1)
    >>> by_slope(scaled, lambda n, x: n)
    """
    i = operand if operand >= 0 else operand % function.nin
    with_answer = parameter_names(slope)[:1] == ("ans",)

    def slopes(ans: Any, operands: Any) -> Any:
        if _is_single(operands):
            operands = _doubled(operands)
            ans = function(*operands) if with_answer else None
        return slope(ans, *operands) if with_answer else slope(*operands)

    def push(t: Any, ans: Any, *operands: Any) -> Any:
        first = ans[0] if isinstance(ans, tuple) else ans
        aligned = align(t, np.ndim(operands[i]), np.ndim(first))
        found = slopes(ans, operands)
        if isinstance(found, tuple):
            return tuple(expand(aligned * s, np.shape(first)) for s in found)
        return expand(aligned * found, np.shape(first))

    def pull(ct: Any, ans: Any, *operands: Any) -> Any:
        first = ans[0] if isinstance(ans, tuple) else ans
        found = slopes(ans, operands)
        if isinstance(found, tuple):
            parts = [c * s for c, s in zip(ct, found, strict=True) if not is_nothing(c)]
            total = sum(parts[1:], parts[0]) if parts else ct[0] * 0
        else:
            total = ct * found
        return unbroadcast(total, np.shape(operands[i]), np.ndim(first))

    general(
        function,
        push=(push,),
        pull=(pull,),
        operands=slice(i, i + 1),
        domain=domain,
        kinks=kinks,
        source=source,
    )
