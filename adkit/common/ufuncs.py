"""How a ufunc is called on traced arrays: its methods, and the options of a call.

Types are resolved by NumPy itself (``ufunc.resolve_dtypes``), then operands are cast, so
that what is left is a plain call. (For ``out=`` see `adkit.common.outputs`.)
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from adkit.common.dispatch import apply_function
from adkit.common.errors import DetachError, MissingRuleError
from adkit.common.levels import is_traced
from adkit.common.ops.casting import cast
from adkit.common.registry import dispatches, find
from adkit.common.shapes import dtype_of
from adkit.common.signatures import qualified_name

#: Methods for which there is a faster function; it reduces over all axes where they take one.
FUNCTIONS: dict[tuple[Any, str], Callable[..., Any]] = {
    (np.add, "reduce"): np.sum,
    (np.multiply, "reduce"): np.prod,
    (np.maximum, "reduce"): np.max,
    (np.minimum, "reduce"): np.min,
}


def call_method(ufunc: Any, method: str, inputs: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """Call a method of a ufunc, which is not ``at`` and was not given ``out=``."""
    if method == "outer":
        return ufunc(*outer_operands(*inputs), **kwargs)
    for name in [name for name, value in kwargs.items() if value is np._NoValue]:
        del kwargs[name]
    if "where" in kwargs:
        kwargs["where"] = plain(kwargs["where"])
    function = FUNCTIONS.get((ufunc, method))
    if function is not None and not _is_general(function, kwargs):
        kwargs.setdefault("axis", 0)
        if is_traced(inputs[0]):
            return function(*inputs, **kwargs)
        return apply_function(function, inputs, kwargs)  # refuses a mask that is traced

    from adkit.common.ops import logarithms, ufunc_methods  # rare

    refuse_unknown(ufunc, (*inputs[:1],) * ufunc.nin, method)
    if method == "reduce":
        if ufunc in logarithms.POWERS and kwargs.keys() <= {"axis", "keepdims"}:
            return logarithms.log_sum(*inputs, ufunc, **kwargs)
        initial = (kwargs.pop("initial"),) if "initial" in kwargs else ()
        return ufunc_methods.reduction(ufunc, *inputs, *initial, **kwargs)
    if method == "accumulate":
        return ufunc_methods.accumulation(ufunc, *inputs, **kwargs)
    x, indices = inputs
    return ufunc_methods.reduction_at(ufunc, x, indices, **kwargs)


def outer_operands(first: Any, second: Any) -> tuple[Any, Any]:
    """Return operands of which a plain call of a ufunc combines all pairs."""
    first, second = (x if dispatches(x) else np.asarray(x) for x in (first, second))
    if second.ndim:
        first = first[(..., *(None,) * second.ndim)]
    return first, second


def _is_general(function: Callable[..., Any], options: dict[str, Any]) -> bool:
    """Return whether a reduction has options that its function does not take, or hold constant."""
    has_dtype = function in (np.max, np.min) and "dtype" in options
    return has_dtype or is_traced(options.get("initial"))


def given_mask(options: dict[str, Any]) -> Any:
    """Take the mask out of options; NumPy's own functions pass on that they were given none."""
    where = options.pop("where", True)
    return True if where is np._NoValue else where


def call_with_options(ufunc: Any, inputs: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """Call a ufunc that was given options besides ``out=``."""
    order, where = kwargs.pop("order", "K"), given_mask(kwargs)
    kwargs.pop("subok", None)
    types = {name: kwargs.pop(name) for name in ("dtype", "signature", "casting") if name in kwargs}
    if types:
        inputs = with_types(ufunc, inputs, **types)
    if kwargs:
        ufunc(*[np.zeros((1,) * np.ndim(x)) for x in inputs], **kwargs)  # NumPy checks options
        return _along_axes(ufunc, inputs, **kwargs)
    if where is True:
        result = ufunc(*inputs)
    else:
        results = tuple(y[()] for y in call_where(ufunc, where, inputs))
        result = results if ufunc.nout > 1 else results[0]
    if order in ("K", "A"):
        return result
    if isinstance(result, tuple):
        return tuple(_in_order(part, order) for part in result)
    return _in_order(result, order)


def _in_order(x: Any, order: Any) -> Any:
    """Return an array that lies in memory as ``order=`` says; a number as it is."""
    return np.copy(x, order=order) if is_traced(x) or isinstance(x, np.ndarray) else x


def with_types(
    ufunc: Any,
    inputs: tuple[Any, ...],
    dtype: Any = None,
    signature: Any = None,
    casting: Any = "same_kind",
) -> tuple[Any, ...]:
    """Return operands of the types in which NumPy would calculate.

    Raises
    ------
    DetachError
        If the result, or a traced operand, would be of a type without derivative.
    """
    op = find(ufunc)
    is_constant = op is not None and op.verb == "constant"
    if dtype is not None:
        _check_inexact(ufunc, np.dtype(dtype), is_constant)
        signature = (None,) * ufunc.nin + (np.dtype(dtype),) * ufunc.nout
    options = {} if signature is None else {"signature": signature}
    given = (*map(_kind, inputs), *[None] * ufunc.nout)
    resolved = ufunc.resolve_dtypes(given, casting=casting, **options)
    for x, resolved_dtype in zip(inputs, resolved, strict=False):
        if is_traced(x):
            _check_inexact(ufunc, resolved_dtype, is_constant)
    return tuple(_cast(x, dtype, is_constant) for x, dtype in zip(inputs, resolved, strict=False))


def _check_inexact(ufunc: Any, dtype: Any, is_constant: bool) -> None:
    if not is_constant and dtype.kind not in "fc":
        raise DetachError(
            "ADK207",
            f"{qualified_name(ufunc)} with dtype={dtype} would lose the derivative",
            instead="write adkit.value(x) for a constant",
        )


def _cast(x: Any, dtype: Any, is_constant: bool) -> Any:
    if not is_traced(x):
        return np.asarray(x).astype(dtype, copy=False)[()]
    return x.astype(dtype, copy=False) if is_constant else cast(x, dtype)


def call_where(
    ufunc: Any,
    where: Any,
    inputs: tuple[Any, ...],
    targets: tuple[Any, ...] = (),
    casting: Any = "same_kind",
) -> tuple[Any, ...]:
    """Return targets, computed anew where a mask holds.

    Where a target is absent, the other elements are of any value, as NumPy leaves them.
    """
    from adkit.common.ops.writing import into_masked  # rare

    where = plain(where)
    dtypes = ufunc.resolve_dtypes((*map(_kind, inputs), *[None] * ufunc.nout))[ufunc.nin :]
    shape = np.broadcast_shapes(np.shape(where), *map(np.shape, inputs))
    given = targets or (None,) * ufunc.nout
    filled = [np.empty(shape, t) if x is None else x for x, t in zip(given, dtypes, strict=True)]
    results = into_masked(ufunc, where, *filled, *inputs, casting=casting)
    return results if ufunc.nout > 1 else (results,)


def plain(x: Any) -> Any:
    """Return a mask without its derivative."""
    while is_traced(x):
        x = x.value
    return x


# ---------------------------------------------------------------- ufuncs of vectors and matrices


def _along_axes(
    ufunc: Any, inputs: tuple[Any, ...], axes: Any = None, axis: Any = None, keepdims: bool = False
) -> Any:
    """Call a ufunc of vectors or matrices that do not lie along the last axes."""
    if axis is not None:
        axes = [axis] * ufunc.nin
    if axes is None:
        axes = [-1] * ufunc.nin
    axes = [(part,) if isinstance(part, int) else tuple(part) for part in axes]
    moved = [
        np.moveaxis(x, part, range(-len(part), 0))
        for x, part in zip(inputs, axes[: ufunc.nin], strict=True)
    ]
    result = ufunc(*moved)
    if keepdims:
        return np.expand_dims(result, axes[-1])
    (out,) = axes[ufunc.nin :] or [()]
    return np.moveaxis(result, range(-len(out), 0), out)


# ---------------------------------------------------------------- ufuncs without a rule


def refuse_unknown(ufunc: Any, inputs: tuple[Any, ...], method: str = "__call__") -> None:
    """Refuse a ufunc without a rule; with NumPy's own error where it takes no such operands.

    Raises
    ------
    MissingRuleError
        If it is a ufunc of a Python function, or somebody's.
    TypeError
        If it takes integers only.
    """
    if find(ufunc) is not None:
        return
    name = qualified_name(ufunc)
    of_python = "O" in ufunc.types[0]
    if not of_python:
        ufunc.resolve_dtypes((*map(_kind, inputs), *[None] * ufunc.nout))
    if method != "__call__":
        raise MissingRuleError(
            "ADK402",
            f"{name}.{method} has no derivative rule",
            instead="write it with functions that have one: python -m adkit ops lists them",
        )
    if of_python:
        raise MissingRuleError(
            "ADK401",
            f"{name} calls a Python function for each element, it has no derivative rule",
            instead="write the function for whole arrays, or call it for each element: "
            "np.stack([f(element) for element in x])",
        )
    raise MissingRuleError(
        "ADK401",
        f"{name} has no derivative rule{_reason(name)}",
        instead=f"declare one: adkit.rules.elementwise({name}, ...) by its partial derivatives, "
        f"or adkit.rules.constant({name}) if its derivative is zero",
    )


def _reason(name: str) -> str:
    """Return why a ufunc of SciPy has none."""
    from adkit.common.refused import REFUSED_SPECIAL  # rare

    module, _, short = name.rpartition(".")
    reasons = [f": {r}" for r, names in REFUSED_SPECIAL.items() if short in names]
    return reasons[0] if reasons and module == "scipy.special" else ""


def _kind(x: Any) -> Any:
    """Return what NumPy resolves types by: the dtype, the class of a Python number."""
    return type(x) if type(x) in (int, float, complex) else dtype_of(x)
