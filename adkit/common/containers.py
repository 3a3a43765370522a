"""Nested containers of arrays, as a flat list of leaves and the structure around them.

Tuples, lists, dicts, named tuples and dataclasses are containers, at any depth, and so is every
class given to `register_container`. ``None`` is an empty container. Anything else is a leaf.

- A dict keeps the order of its keys; `Structure.match` pairs two dicts by key.
- A subclass of a tuple, list or dict comes back as itself (OrderedDict, defaultdict).
- A dataclass comes back field by field: ``__init__`` and ``__post_init__`` do not run, since what
  they demand of a value need not hold for its derivative. A field with metadata ``static=True``
  belongs to the structure. A dataclass that speaks NumPy's protocols is an array, hence a leaf.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from functools import lru_cache
from typing import Any

from adkit.common.container_kinds import (
    LEAVES,
    container_of,
    find_container,
    register_container,
)
from adkit.common.errors import ArgumentError
from adkit.common.levels import is_traced

__all__ = ["Structure", "flatten", "map_leaves", "register_container"]


class Structure:
    """The containers of a tree without its leaves, as `flatten` returns it.

    Structures are equal where they came from the same containers with equal keys in the same
    order. They are hashable and picklable.

    Attributes
    ----------
    size : int
        The number of leaves.

    Examples
    --------
    >>> from adkit.common.containers import flatten
    >>> flatten({"w": (1.0, 2.0), "b": None})[1]
    Structure({'w': (*, *), 'b': None})
    """

    __slots__ = ("_data", "_kind", "_parts", "size")

    def __init__(
        self, kind: type | None, data: Hashable = None, parts: tuple[Structure, ...] = ()
    ) -> None:
        self._kind = kind  # None stands for a leaf
        self._data = data
        self._parts = parts
        self.size: int = sum([part.size for part in parts]) if kind else 1

    @property
    def is_leaf(self) -> bool:
        """Whether the tree is one leaf and no container."""
        return self._kind is None

    def unflatten(self, leaves: Iterable[Any]) -> Any:
        """Put leaves back into the containers.

        Parameters
        ----------
        leaves : iterable of length ``size``
            In the order of `flatten`.

        Returns
        -------
        tree
            New containers of the kinds that were flattened.

        Raises
        ------
        ArgumentError
            If there are not exactly ``size`` leaves.

        Examples
        --------
        >>> from adkit.common.containers import flatten
        >>> leaves, structure = flatten([1.0, {"a": 2.0}])
        >>> structure.unflatten(10 * leaf for leaf in leaves)
        [10.0, {'a': 20.0}]
        """
        supply = list(leaves)
        if len(supply) != self.size:
            raise ArgumentError(
                "ADK110",
                f"{self!r} takes {self.size} leaves, got {len(supply)}",
                instead="give one leaf for each *",
            )
        return self._build(iter(supply))

    def _build(self, supply: Iterator[Any]) -> Any:
        kind = self._kind
        if kind is None:
            return next(supply)
        children = [
            next(supply) if part._kind is None else part._build(supply) for part in self._parts
        ]
        if kind is tuple or kind is list:
            return kind(children)
        return container_of(kind).unflatten(kind, self._data, children)

    def match(self, tree: Any, name: str = "tree") -> list[Any]:
        """Return the leaves of another tree of this structure, dicts paired by key.

        Parameters
        ----------
        tree
            For example the tangents that go with the primals this structure came from.
        name : str
            What an error calls the tree.

        Returns
        -------
        list of length ``size``
            The leaves in the order of this structure.

        Raises
        ------
        ArgumentError
            If the tree has another structure; the message says where.

        Examples
        --------
        >>> from adkit.common.containers import flatten
        >>> structure = flatten({"a": 1.0, "b": 2.0})[1]
        >>> structure.match({"b": 20.0, "a": 10.0})
        [10.0, 20.0]
        """
        leaves, structure = flatten(tree)
        if structure != self:
            leaves.clear()
            self._collect(tree, name, leaves)
        return leaves

    def _collect(self, tree: Any, path: str, leaves: list[Any]) -> None:
        kind = type(tree)
        if self._kind is None and find_container(kind) is None:
            leaves.append(tree)
            return
        if kind is self._kind:
            container = container_of(kind)
            children, data = container.flatten(tree)
            found = dict(zip(container.labels(kind, data, len(children)), children, strict=True))
            same = data == self._data or container.children == "key"
            if same and found.keys() == set(self._labels):
                steps = zip(self._labels, self._entries, self._parts, strict=True)
                for label, entry, part in steps:
                    part._collect(found[label], path + entry, leaves)
                return
        got = flatten(tree)[1]
        raise ArgumentError(
            "ADK108",
            f"{path}: expected {self._excerpt}, got {got._excerpt}",
            instead="give it the lists, tuples and keys of what it belongs to",
        )

    def paths(self) -> list[str]:
        """Return the path of each leaf, as Python writes it after the name of the tree.

        Returns
        -------
        list of str, of length ``size``
            The path of a tree that is one leaf is empty.

        Examples
        --------
        >>> from adkit.common.containers import flatten
        >>> flatten({"name": [1.0, (2.0, 3.0)]})[1].paths()
        ["['name'][0]", "['name'][1][0]", "['name'][1][1]"]
        """
        if self._kind is None:
            return [""]
        pairs = zip(self._entries, self._parts, strict=True)
        return [entry + rest for entry, part in pairs for rest in part.paths()]

    @property
    def _labels(self) -> Sequence[Any]:
        container = container_of(self._kind)
        return container.labels(self._kind, self._data, len(self._parts))

    @property
    def _entries(self) -> list[str]:
        named = container_of(self._kind).children == "attribute"
        return [f".{label}" if named else f"[{label!r}]" for label in self._labels]

    def __eq__(self, other: object) -> bool:
        """Whether both came from the same containers, with equal keys in the same order."""
        if not isinstance(other, Structure):
            return NotImplemented
        return (self._kind, self._data, self._parts) == (other._kind, other._data, other._parts)

    def __hash__(self) -> int:
        """Agree with equality."""
        return hash((self._kind, self._data, self._parts))

    def __repr__(self) -> str:
        """Show the containers, with ``*`` for each leaf."""
        return f"Structure({self._sketch()})"

    def _sketch(self) -> str:
        kind = self._kind
        if kind is None or kind is type(None):
            return "*" if kind is None else "None"
        inner = [part._sketch() for part in self._parts]
        if kind is tuple and len(inner) == 1:
            return f"({inner[0]},)"
        container = container_of(kind)
        if container.children == "attribute":
            inner = [f"{label}={text}" for label, text in zip(self._labels, inner, strict=True)]
        elif container.children == "key":
            inner = [f"{label!r}: {text}" for label, text in zip(self._labels, inner, strict=True)]
        left, right = container.brackets
        body = f"{left}{', '.join(inner)}{right}"
        return body if kind in (tuple, list, dict) else f"{kind.__name__}({body})"

    @property
    def _excerpt(self) -> str:
        """The sketch, cut to what fits in the line of an error."""
        text = "a leaf" if self.is_leaf else self._sketch()
        return text if len(text) <= 60 else text[:57] + "..."


_LEAF = Structure(None)


def flatten(tree: Any) -> tuple[list[Any], Structure]:
    """Take a tree apart into its leaves and the structure around them.

    Parameters
    ----------
    tree
        A leaf, or containers of leaves, nested at will.

    Returns
    -------
    leaves : list
        From left to right, dicts in the order of their keys.
    structure : Structure
        ``structure.unflatten(leaves)`` rebuilds the tree.

    Examples
    --------
    >>> from adkit.common.containers import flatten
    >>> leaves, structure = flatten({"w": (1.0, 2.0), "b": 3.0})
    >>> leaves
    [1.0, 2.0, 3.0]
    >>> structure.paths()
    ["['w'][0]", "['w'][1]", "['b']"]
    """
    if type(tree) in LEAVES or is_traced(tree):  # the commonest is one array
        return [tree], _LEAF
    leaves: list[Any] = []
    return leaves, _gather(tree, leaves)


def _gather(tree: Any, leaves: list[Any]) -> Structure:
    kind = type(tree)
    if (kind is tuple or kind is list) and LEAVES.issuperset(map(type, tree)):
        leaves += tree
        return _row(kind is list, len(tree))
    container = None if kind in LEAVES else find_container(kind)
    if container is None:
        leaves.append(tree)
        return _LEAF
    children, data = container.flatten(tree)
    return Structure(kind, data, tuple([_gather(child, leaves) for child in children]))


@lru_cache(maxsize=128)
def _row(is_list: bool, size: int) -> Structure:
    """Return the structure of a list or tuple of leaves, the commonest container."""
    return Structure(list if is_list else tuple, None, (_LEAF,) * size)


def map_leaves(function: Callable[[Any], Any], tree: Any) -> Any:
    """Apply a function to each leaf, and keep the containers.

    Parameters
    ----------
    function : callable of one leaf
    tree
        A leaf, or containers of leaves, nested at will; it is not changed.

    Examples
    --------
    >>> from adkit.common.containers import map_leaves
    >>> map_leaves(lambda leaf: 2 * leaf, {"w": (1.0, 2.0), "b": None})
    {'w': (2.0, 4.0), 'b': None}
    """
    leaves, structure = flatten(tree)
    return structure.unflatten([function(leaf) for leaf in leaves])
