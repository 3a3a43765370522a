"""Operators of stored arrays: those of their engine, on copies of what is read.

`adkit.common.storage` says why copies. A ufunc on copies returns a new array, never a
view of an operand, so nothing else has to be looked at; whatever is no plain call of an
operator or of a ufunc takes the road through `adkit.common.dispatch`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from adkit.common.operators import BINARY, UNARY

Copy = Callable[[Any], Any]


def operators_on_copies(engine: type[Any], current: Copy) -> dict[str, Any]:
    """Return the methods in which the stored arrays of an engine differ from its others.

    Parameters
    ----------
    engine : type
        Its operators may be specialised later: they are looked up when they are used.
    current : callable
        Returns a stored array as an ordinary one, anything else as it is.
    """
    methods: dict[str, Any] = {"__array_ufunc__": _ufunc(engine, current)}
    for name in UNARY:
        methods[f"__{name}__"] = _unary(engine, f"__{name}__", current)
    for name in BINARY:
        for method in (f"__{name}__", f"__r{name}__"):
            methods[method] = _binary(engine, method, current)
    return methods


def _ufunc(engine: type[Any], current: Copy) -> Callable[..., Any]:
    find_code = engine.calls.get

    def __array_ufunc__(self: Any, ufunc: Any, method: str, *inputs: Any, **kwargs: Any) -> Any:
        call = find_code(ufunc)
        if call is None or kwargs or method != "__call__":
            return engine.__array_ufunc__(self, ufunc, method, *inputs, **kwargs)
        return call(*map(current, inputs))

    return __array_ufunc__


def _unary(engine: type[Any], name: str, current: Copy) -> Callable[[Any], Any]:
    return lambda self: getattr(engine, name)(current(self))


def _binary(engine: type[Any], name: str, current: Copy) -> Callable[[Any, Any], Any]:
    return lambda self, other: getattr(engine, name)(current(self), current(other))
