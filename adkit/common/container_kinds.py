"""Which classes are containers: how each is taken apart and rebuilt, and its children's names."""

from __future__ import annotations

import dataclasses
import threading
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Sequence
from typing import Any, Literal, NamedTuple, TypeVar

import numpy as np

from adkit.common.errors import ArgumentError, RegistrationError
from adkit.common.tracebacks import boundary

T = TypeVar("T")


class Container(NamedTuple):
    """How one family of containers is taken apart and rebuilt, and what its children are called."""

    flatten: Callable[[Any], tuple[Any, Hashable]]  # obj -> (sized children, data)
    unflatten: Callable[[Any, Any, list[Any]], Any]  # kind, data, children -> obj
    labels: Callable[[Any, Any, int], Sequence[Any]] = lambda _kind, _data, size: range(size)
    children: Literal["item", "key", "attribute"] = "item"  # what the labels are
    brackets: tuple[str, str] = ("", "")


def _flatten_dict(tree: dict[Any, Any]) -> tuple[Any, Hashable]:
    factory = tree.default_factory if isinstance(tree, defaultdict) else None
    return tree.values(), (tuple(tree), factory)


def _build_dict(kind: Any, data: tuple[tuple[Any, ...], Any], children: list[Any]) -> Any:
    keys, factory = data
    pairs = zip(keys, children, strict=True)
    if kind is dict:
        return dict(pairs)
    tree = kind.__new__(kind)  # a subclass's __init__ may have any signature
    if factory is not None:
        tree.default_factory = factory
    tree.update(pairs)
    return tree


def _fields(kind: Any, *, static: bool = False) -> list[str]:
    fields = dataclasses.fields(kind)
    return [field.name for field in fields if field.metadata.get("static", False) == static]


def _flatten_dataclass(tree: Any) -> tuple[Any, Hashable]:
    static = tuple([getattr(tree, name) for name in _fields(tree, static=True)])
    return [getattr(tree, name) for name in _fields(tree)], static


def _build_dataclass(kind: type, data: tuple[Any, ...], children: list[Any]) -> Any:
    tree: Any = object.__new__(kind)
    names = _fields(kind) + _fields(kind, static=True)
    for name, value in zip(names, [*children, *data], strict=True):
        object.__setattr__(tree, name, value)  # a frozen dataclass refuses setattr
    return tree


_NONE = Container(lambda _: ((), None), lambda *_: None)
_TUPLE = Container(lambda tree: (tree, None), lambda kind, _, new: kind(new), brackets=("(", ")"))
_LIST = _TUPLE._replace(brackets=("[", "]"))
_DICT = Container(
    _flatten_dict,
    _build_dict,
    lambda _kind, data, _size: data[0],
    children="key",
    brackets=("{", "}"),
)
_NAMED_TUPLE = Container(
    lambda tree: (tree, None),
    lambda kind, _, children: kind._make(children),
    lambda kind, *_: kind._fields,
    children="attribute",
)
_DATACLASS = Container(
    _flatten_dataclass, _build_dataclass, lambda kind, *_: _fields(kind), children="attribute"
)

# Read without the lock: one look-up in a dict is atomic, and an entry never changes.
_containers: dict[type, Container] = {
    type(None): _NONE,
    tuple: _TUPLE,
    list: _LIST,
    dict: _DICT,
}
_registration = threading.Lock()
LEAVES = frozenset({np.ndarray, np.float64, np.float32, np.complex128, float, complex, int})


def find_container(kind: type) -> Container | None:
    """Return how instances of a class are taken apart, None where they are leaves."""
    container = _containers.get(kind)
    if container is not None or kind in LEAVES:
        return container
    if issubclass(kind, tuple):
        return _NAMED_TUPLE if hasattr(kind, "_fields") else _TUPLE
    if issubclass(kind, list):
        return _LIST
    if issubclass(kind, dict):
        return _DICT
    if hasattr(kind, "__dataclass_fields__") and not hasattr(kind, "__array_ufunc__"):
        return _DATACLASS
    return None


def container_of(kind: type | None) -> Container:
    """Return how instances of a class that is a container are taken apart."""
    container = find_container(kind) if kind else None
    if container is None:  # unpickled where nobody registered it
        name = getattr(kind, "__qualname__", kind)
        raise ArgumentError(
            "ADK112",
            f"{name} is not registered as a container in this process",
            instead="call adkit.register_container in the module that defines the class",
        )
    return container


@boundary
def register_container(
    cls: type[T],
    flatten: Callable[[T], tuple[Iterable[Any], Hashable]],
    unflatten: Callable[[Any, list[Any]], T],
) -> None:
    """Make the instances of a class containers, in every thread from now on.

    Parameters
    ----------
    cls : type
        The class itself; a subclass is registered on its own.
    flatten : callable
        ``flatten(obj)`` returns ``(children, aux)``. ``aux`` belongs to the structure: hashable,
        and compared by ``==``.
    unflatten : callable
        ``unflatten(aux, children)`` rebuilds the object from a list of children, which may be
        any values and so should not be checked.

    Raises
    ------
    ArgumentError
        If ``cls`` is not a class, or is one of arrays, numbers or strings.
    RegistrationError
        If ``cls`` is registered already.

    Examples
    --------
    >>> from adkit.common.containers import flatten, register_container
    >>> class Interval:
    ...     def __init__(self, low, high):
    ...         self.low, self.high = low, high
    >>> register_container(
    ...     Interval,
    ...     lambda interval: ((interval.low, interval.high), None),
    ...     lambda aux, children: Interval(*children),
    ... )
    >>> flatten(Interval(1.0, 2.0))
    ([1.0, 2.0], Structure(Interval(*, *)))
    """
    if not isinstance(cls, type):
        raise ArgumentError(
            "ADK111",
            f"register_container takes a class, got {cls!r}",
            instead="register the class of the object, type(x)",
        )
    if issubclass(cls, (np.ndarray, np.generic, float, complex, int, str)):
        raise ArgumentError(
            "ADK111",
            f"{cls.__name__} is an array, a number or a string: always a leaf",
            instead="register a class that holds such values, and is none",
        )

    def take_apart(obj: T) -> tuple[list[Any], Hashable]:
        children, aux = flatten(obj)
        return list(children), aux

    container = Container(take_apart, lambda _, aux, children: unflatten(aux, children))
    with _registration:
        if cls in _containers:
            raise RegistrationError(
                "ADK414",
                f"{cls.__name__} is a container already",
                instead="register a subclass, if it is to be taken apart in another way",
            )
        _containers[cls] = container
