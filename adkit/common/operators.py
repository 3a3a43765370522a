"""Python's operators and the methods of arrays, given to the traced types.

Arithmetic operators are specialised per engine on their first use; comparisons
give plain bools; methods call the NumPy function of their name.
"""

from __future__ import annotations

import operator
import sys
from collections.abc import Callable
from typing import Any

import numpy as np

from adkit.common.dispatch import PLAIN, apply
from adkit.common.levels import is_traced
from adkit.common.ops.indexing import getitem
from adkit.common.registry import SEQUENCE, Operation, find
from adkit.common.remedies import refuse_series
from adkit.common.tracer import Tracer, is_foreign, value_of

BINARY = {
    "add": np.add,
    "sub": np.subtract,
    "mul": np.multiply,
    "truediv": np.true_divide,
    "floordiv": np.floor_divide,
    "mod": np.remainder,
    "pow": np.power,
    "matmul": np.matmul,
}
UNARY = {"neg": np.negative, "pos": np.positive, "abs": np.absolute}
IN_PLACE = {
    "iadd": operator.add,
    "isub": operator.sub,
    "imul": operator.mul,
    "itruediv": operator.truediv,
    "ifloordiv": operator.floordiv,
    "imod": operator.mod,
    "ipow": operator.pow,
    "imatmul": operator.matmul,
}
COMPARISONS = ("lt", "le", "gt", "ge", "eq", "ne")
METHODS = (
    "all any argmax argmin argpartition argsort choose cumprod cumsum diagonal dot max mean min "
    "nonzero prod ravel repeat round searchsorted squeeze std sum swapaxes take trace var"
)


def install_operators(engine: type[Tracer]) -> None:
    """Give an engine Python's arithmetic operators, indexing, and the short way for ufuncs."""
    engine.__array_ufunc__ = _short_way(engine)  # type: ignore[method-assign]
    read = find(getitem)
    call = engine.specialise(read) if read is not None else None
    if call is not None:
        engine.__getitem__ = engine.calls[getitem] = call  # type: ignore[method-assign]
    for name, ufunc in {**BINARY, **UNARY}.items():
        _install(engine, name, ufunc, reflected=name in BINARY)


def _short_way(engine: type[Tracer]) -> Callable[..., Any]:
    """Return ``__array_ufunc__`` for an engine: straight to its specialised code."""
    find_code = engine.calls.get
    general = engine.__array_ufunc__
    multiply, add, array = np.multiply, np.add, np.ndarray

    def __array_ufunc__(
        self: Any, ufunc: Any, method: str, x: Any, *others: Any, **kwargs: Any
    ) -> Any:
        call = find_code(ufunc)
        if call is not None and not others and not kwargs and method == "__call__":
            return call(x)
        if (ufunc is multiply or ufunc is add) and type(x) is array:
            refuse_series(sys._getframe(1))
        if call is None or kwargs or method != "__call__":
            return general(self, ufunc, method, x, *others, **kwargs)
        return call(x, *others)

    return __array_ufunc__


def _install(engine: type[Tracer], name: str, ufunc: np.ufunc, *, reflected: bool) -> None:
    """Set stand-ins that make the specialised operator when it is first used."""

    def specialise() -> None:
        declared = find(ufunc)
        assert declared is not None
        op = declared.infix or declared
        call = engine.specialise(op) or (lambda *args: operate(op, args))
        setattr(engine, f"__{name}__", call)
        if reflected:
            setattr(engine, f"__r{name}__", getattr(call, "reflected", None) or _swapped(call))

    def first_use(self: Any, *other: Any) -> Any:
        specialise()
        return getattr(engine, f"__{name}__")(self, *other)

    def first_reflected_use(self: Any, other: Any) -> Any:
        specialise()
        return getattr(engine, f"__r{name}__")(self, other)

    setattr(engine, f"__{name}__", first_use)
    if reflected:
        setattr(engine, f"__r{name}__", first_reflected_use)


def _swapped(call: Callable[..., Any]) -> Callable[[Any, Any], Any]:
    return lambda self, other: call(other, self)


def operate(op: Operation, args: tuple[Any, ...]) -> Any:
    """Apply an operation, unless another library's type wants to carry it."""
    if any(is_foreign(value) for value in args):
        return NotImplemented
    return apply(op, args, {})


def direct(op: Operation, engine: type[Tracer]) -> Callable[..., Any]:
    """Return what applies an operation to arrays of one level of an engine and plain ones.

    Other calls take the general road. What is specialised for an operation is faster still.
    """
    spoken_by_others = isinstance(op.function, np.ufunc) or op.symbol

    def elsewise(args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        return operate(op, args) if spoken_by_others and not kwargs else apply(op, args, kwargs)

    if op.operands in (0, SEQUENCE):
        return lambda *args, **kwargs: elsewise(args, kwargs)
    whole = slice(0, op.operands) if isinstance(op.operands, int) else op.operands
    first, after, named = whole.start or 0, whole.stop, isinstance(op.operands, int)

    def call(*args: Any, **kwargs: Any) -> Any:
        top = None
        for x in args[whole]:
            kind = type(x)
            if kind is engine:
                if top is None:
                    top = x
                elif x.level is not top.level:
                    return elsewise(args, kwargs)
            elif kind not in PLAIN and kind is not str:  # the labels of einsum
                return elsewise(args, kwargs)
        if (
            top is None
            or (first and any(map(is_traced, args[:first])))
            or (after and any(map(is_traced, args[after:])))
            or (kwargs and ((named and len(args) < after) or any(map(is_traced, kwargs.values()))))
        ):
            return elsewise(args, kwargs)
        return top.propagate(op, args, kwargs)

    return call


def _comparison(compare: Callable[[Any, Any], Any]) -> Callable[[Tracer, Any], Any]:
    return lambda self, other: compare(value_of(self), value_of(other))


def _in_place(function: Callable[[Any, Any], Any], name: str) -> Callable[[Tracer, Any], Any]:
    def change(self: Tracer, other: Any) -> Any:
        if not isinstance(value_of(self), np.ndarray):
            return NotImplemented  # scalars are rebound, as NumPy's are
        result = function(self, other)
        if not np.can_cast(result.dtype, self.dtype, "same_kind"):
            getattr(np.empty(0, self.dtype), name)(np.empty(0, result.dtype))  # NumPy's error
        self[...] = result
        return self

    return change


def _method(function: Callable[..., Any]) -> Callable[..., Any]:
    def method(self: Tracer, *args: Any, **kwargs: Any) -> Any:
        return function(self, *args, **kwargs)

    method.__name__ = function.__name__
    method.__doc__ = f"Return ``np.{function.__name__}`` of this array."
    return method


for _name in COMPARISONS:
    setattr(Tracer, f"__{_name}__", _comparison(getattr(operator, _name)))
for _name, _function in IN_PLACE.items():
    setattr(Tracer, f"__{_name}__", _in_place(_function, f"__{_name}__"))
for _name in METHODS.split():
    setattr(Tracer, _name, _method(getattr(np, _name)))
