"""Creation functions that give buffers, for use inside `adkit.traced_buffers`.

Each stand-in is NumPy's own function as long as no scope is open in this thread or
task. In a scope it returns a `Buffer` where NumPy returns a new array of floats or
complex numbers, and carries traced values in what it is given.
"""

from __future__ import annotations

import functools
import numbers
from collections.abc import Callable
from contextvars import ContextVar
from typing import Any

import numpy as np

from adkit.common.buffers import Buffer, carrier_among, compute, is_plain_inexact
from adkit.common.ops.casting import cast
from adkit.common.scopes import Scope
from adkit.common.tracer import Tracer, value_of

__all__ = ["STAND_INS", "BufferScope"]


class BufferScope(Scope):
    """The scope in which stand-ins give buffers."""

    title = "traced_buffers"


#: Whether a function is run with plain numbers, as if there were no scope.
plainly: ContextVar[bool] = ContextVar("adkit_plainly", default=False)


def makes_buffers() -> bool:
    """Return whether creation functions give buffers in this thread or task."""
    return BufferScope.current() is not None and not plainly.get()


Make = Callable[[Callable[..., Any], tuple[Any, ...], dict[str, Any]], Any]


def _stand_in(function: Callable[..., Any], make: Make) -> Callable[..., Any]:
    """Return a function that is `function` outside of a scope, and `make` of it inside."""

    @functools.wraps(function)
    def create(*args: Any, **kwargs: Any) -> Any:
        if not makes_buffers() or kwargs.get("like") is not None:
            return function(*args, **kwargs)
        return make(function, args, kwargs)

    return create


def _from_shape(function: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """Create an array whose arguments NumPy dispatches on."""
    result = function(*args, **kwargs)
    return Buffer(result) if is_plain_inexact(result) else result


def _from_data(function: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """Create an array of given data, unless NumPy returns what it was given."""
    carrier = carrier_among((*args, *kwargs.values()))
    if carrier is not None:
        return function(*args, **kwargs, like=carrier)
    data = args[0] if args else next(iter(kwargs.values()), None)
    new = isinstance(data, (list, tuple, numbers.Number, np.ndarray, np.generic, Tracer))
    if new or (function is np.array and kwargs.get("copy", True)):
        return compute(function, args, kwargs)
    return function(*args, **kwargs)  # perhaps in memory of the object that was given


def _copied(function: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    if carrier_among(args) is not None:
        return function(*args, **kwargs)
    return compute(function, args, kwargs)


_OPTIONS = ("a", "fill_value", "dtype", "order", "subok")


def _full_like(function: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    options = {**dict(zip(_OPTIONS, args, strict=False)), **kwargs}
    fill = options.get("fill_value")
    carrier = carrier_among((fill,))
    if carrier is None:
        return _from_shape(function, args, kwargs)
    like = function(**{**options, "a": value_of(options["a"]), "fill_value": 0})
    return np.full(like.shape, fill, like.dtype, like=carrier)


def _from_iterator(function: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    items = list(args[0])
    carrier = carrier_among(items)
    if carrier is None:
        return _from_shape(function, (items, *args[1:]), kwargs)
    dtype = args[1] if len(args) > 1 else kwargs["dtype"]
    return np.array(items, dtype, like=carrier)


class _Joiner:
    """`numpy.r_` or `numpy.c_`, which also join traced values."""

    def __init__(self, joiner: Any) -> None:
        self._joiner = joiner

    def __getattr__(self, name: str) -> Any:
        return getattr(self._joiner, name)

    def __len__(self) -> int:
        return 0

    def __getitem__(self, key: Any) -> Any:
        if not makes_buffers():
            return self._joiner[key]
        parts = key if type(key) is tuple else (key,)
        if carrier_among(parts) is None:
            return compute(self._joiner.__getitem__, (key,), {})
        return self._join(parts)

    def _join(self, parts: tuple[Any, ...]) -> Any:
        """Join traced parts: let NumPy arrange positions, and take the elements there."""
        plain = tuple(_plain_part(part) for part in parts)
        places: list[Any] = []
        elements: list[Any] = []
        start = 0
        for part, numbers_ in zip(parts, plain, strict=True):
            if isinstance(part, str):
                places.append(part)
                continue
            values = part if carrier_among((part,)) is not None else self._joiner[numbers_,]
            if type(values) in (list, tuple):
                values = np.array(values, like=carrier_among(values))
            size = int(np.size(values))
            places.append(np.arange(start, start + size).reshape(np.shape(values)))
            elements.append(np.reshape(values, size))
            start += size
        joined = np.concatenate(elements)[self._joiner[tuple(places)]]
        return cast(joined, self._joiner[plain].dtype)


def _plain_part(part: Any) -> Any:
    if type(part) in (list, tuple):
        return [_plain_part(element) for element in part]
    return value_of(part)


_SHAPES = (
    *("zeros", "ones", "empty", "eye", "identity", "tri"),
    *("zeros_like", "ones_like", "empty_like"),
    *("arange", "linspace", "logspace", "geomspace"),
)
_DATA = ("array", "asarray", "asanyarray", "ascontiguousarray", "asfortranarray", "full")
_MAKERS: dict[str, Make] = {
    **dict.fromkeys(_SHAPES, _from_shape),
    **dict.fromkeys(_DATA, _from_data),
    **dict.fromkeys(("copy", "diag", "diagflat"), _copied),
    "full_like": _full_like,
    "fromiter": _from_iterator,
}
#: Names in NumPy's namespace, and what stands in for them.
STAND_INS: dict[str, Any] = {
    **{name: _stand_in(getattr(np, name), make) for name, make in _MAKERS.items()},
    "r_": _Joiner(np.r_),
    "c_": _Joiner(np.c_),
}
