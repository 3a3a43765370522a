"""A function of nested containers as a function of a flat list of arrays."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from types import BuiltinFunctionType, FunctionType
from typing import Any

import numpy as np

from adkit.common.containers import Structure, flatten, map_leaves
from adkit.common.errors import ArgumentError, OutputError
from adkit.common.inputs import differentiable, name_of, result_leaf, seed, type_name
from adkit.common.levels import is_traced
from adkit.common.scopes import is_strict
from adkit.common.storage import current, private
from adkit.common.tracer import Tracer

Argnums = int | tuple[int, ...]
_RETURNING_LATER = (
    inspect.iscoroutinefunction,
    inspect.isgeneratorfunction,
    inspect.isasyncgenfunction,
)
_AT_ONCE = (BuiltinFunctionType, np.ufunc, type(np.sum))
_LATER = inspect.CO_GENERATOR | inspect.CO_COROUTINE | inspect.CO_ASYNC_GENERATOR


class FlatFunction:
    """``f(*args)`` seen from the arguments that are differentiated.

    Calling it with new leaves returns the leaves of what `f` returned.

    Attributes
    ----------
    leaves : list of arrays
        Private copies of the leaves of the differentiated arguments.
    inputs : Structure
        Their structure: of one argument if `argnums` is an int, else of a tuple.
    outputs : Structure
        Structure of the last result.
    aux
        Auxiliary data of the last result, with `has_aux`.
    """

    def __init__(
        self,
        f: Callable[..., Any],
        args: Sequence[Any],
        argnums: Argnums | None = None,
        *,
        has_aux: bool = False,
        kwargs: dict[str, Any] | None = None,
    ) -> None:
        self.f = f
        self.args = list(args)
        self.kwargs = kwargs or {}
        self.has_aux = has_aux
        self.aux: Any = None
        self.argnums = tuple(range(len(args))) if argnums is None else positions(f, argnums, args)
        self.single = isinstance(argnums, int)
        chosen = [self.args[i] for i in self.argnums]
        leaves, self.inputs = flatten(chosen[0] if self.single else tuple(chosen))
        self.leaves = [differentiable(x, self.leaf_name, k) for k, x in enumerate(leaves)]

    def __call__(self, leaves: Sequence[Any]) -> list[Any]:
        """Return the leaves of the result for new leaves of the arguments."""
        results = self._evaluate(leaves)
        if is_strict() and leaves:
            self._check_paths(leaves, results)
        return results

    def call(self, leaves: Sequence[Any]) -> Any:
        """Return what `f` returns for new leaves of the arguments."""
        chosen = self.inputs.unflatten(leaves)
        args = self.args.copy()
        if self.single:
            args[self.argnums[0]] = chosen
        else:
            for i, argument in zip(self.argnums, chosen, strict=True):
                args[i] = argument
        return self.f(*args, **self.kwargs)

    def _evaluate(self, leaves: Sequence[Any]) -> list[Any]:
        result = self.call(leaves)
        if self.has_aux:
            result, self.aux = result_and_aux(result, name_of(self.f))
        if result is None:
            raise OutputError(
                "ADK131",
                f"{name_of(self.f)} returned None",
                instead="is a return statement missing?",
            )
        results, self.outputs = flatten(result)
        return [current(result_leaf(y, name_of(self.f))) for y in results]

    def _check_paths(self, leaves: Sequence[Any], results: Sequence[Any]) -> None:
        """Refuse results that depend on no leaf, and leaves on which no result depends."""
        from adkit.common.strictness import check_arguments, check_results

        rows = type(leaves[0]).dependencies(results, leaves)
        if rows is None:
            level = leaves[0].level
            operations = level.operations
            columns = []
            for leaf in leaves:
                alone = [x if x is leaf else x.value for x in leaves]
                ys = results if len(leaves) == 1 else self._evaluate(alone)
                columns.append([is_traced(y) and y.level is level for y in ys])
            level.operations = operations
            rows = [list(row) for row in zip(*columns, strict=True)]
        name = name_of(self.f)
        check_results(self.outputs.paths(), [any(row) for row in rows], name)
        names = [self.leaf_name(k) for k in range(len(leaves))]
        check_arguments(names, [any(column) for column in zip(*rows, strict=True)], name)

    def settle(self) -> None:
        """Strip levels that have ended from the auxiliary data."""
        if self.has_aux:
            self.aux = map_leaves(_settled, self.aux)

    def leaf_name(self, k: int) -> str:
        """Return how a leaf is called in messages."""
        path = self.inputs.paths()[k]
        if self.single:
            return argument_name(self.f, self.argnums[0]) + path
        head, _, tail = path[1:].partition("]")
        return argument_name(self.f, self.argnums[int(head)]) + tail


def _settled(a: Any) -> Any:
    numbers = current(a)
    while isinstance(numbers, Tracer) and numbers.level.ended:
        numbers = numbers.value
    return numbers if numbers is a else private(numbers)


def positions(f: Callable[..., Any], argnums: Argnums, args: Sequence[Any]) -> tuple[int, ...]:
    """Return the non-negative positions of the differentiated arguments.

    Raises
    ------
    ArgumentError
        If there is no such argument, or it is named twice.
    """
    numbers = (argnums,) if isinstance(argnums, int) else tuple(argnums)
    count = len(args)
    found = tuple([number % count for number in numbers if -count <= number < count])
    if len(found) < len(numbers):
        missing = next(number for number in numbers if not -count <= number < count)
        raise ArgumentError(
            "ADK104",
            f"argnums={missing}, but {name_of(f)} was called with {count} positional "
            f"argument{'s' if count != 1 else ''}",
            instead="pass what is differentiated by position, and name it in argnums",
        )
    if len(set(found)) < len(found):
        raise ArgumentError(
            "ADK105",
            f"argnums={argnums} names an argument twice",
            instead="name each argument once; -1 is the last one",
        )
    return found


def checked_argnums(argnums: Any) -> Argnums:
    """Return `argnums` if it is an int or a tuple of ints.

    Raises
    ------
    ArgumentError
        If it is anything else: most likely a point, as in ``grad(f, x0)``.
    """
    if isinstance(argnums, int) and not isinstance(argnums, bool):
        return argnums
    if isinstance(argnums, (tuple, list)) and argnums and all(type(i) is int for i in argnums):
        return tuple(argnums)
    raise ArgumentError(
        "ADK103",
        f"argnums must be an int or a tuple of ints, not {type_name(argnums)}",
        instead="a transform returns a function: write grad(f)(x0), not grad(f, x0)",
    )


def checked_function(f: Any, transform: str) -> Callable[..., Any]:
    """Return `f` if it is a function that can be differentiated.

    Raises
    ------
    ArgumentError
        If it is not callable, or a generator or coroutine function.
    """
    if not callable(f):
        raise ArgumentError(
            "ADK101",
            f"{transform} needs a function, not {type_name(f)}",
            instead="pass the function itself, as in grad(f)(x), and not f(x)",
        )
    if _returns_later(f):
        raise ArgumentError(
            "ADK102",
            f"{name_of(f)} is a coroutine or generator function, which returns no value",
            instead="pass a plain function that returns numbers or arrays",
        )
    return f  # type: ignore[no-any-return]


def _returns_later(f: Any) -> bool:
    """Return whether a call of `f` gives a coroutine or a generator."""
    kind = type(f)
    if kind in _AT_ONCE:
        return False
    body = f if kind is FunctionType else kind.__call__
    if type(body) is FunctionType:  # what `inspect` finds at the end of a long way
        return bool(body.__code__.co_flags & _LATER)
    bodies = (f, type(f).__call__)  # also of an object with a method __call__
    return any(returns_later(body) for body in bodies for returns_later in _RETURNING_LATER)


def argument_name(f: Callable[..., Any], i: int) -> str:
    """Return how an argument is called in messages: ``argument 0 'x'``."""
    try:
        names = list(inspect.signature(f).parameters)
    except (TypeError, ValueError):
        names = []
    return f"argument {i}" + (f" '{names[i]}'" if i < len(names) else "")


def matching_leaves(structure: Structure, tree: Any, points: Sequence[Any], name: str) -> list[Any]:
    """Return the leaves of seeds that match points in structure, shape and dtype."""
    leaves = structure.match(tree, name)
    if len(leaves) == 1:
        return [seed(leaves[0], points[0], name)]
    return [
        seed(t, x, f"{name} {path}")
        for t, x, path in zip(leaves, points, structure.paths(), strict=True)
    ]


def result_and_aux(returned: Any, name: str) -> tuple[Any, Any]:
    """Return the result and the auxiliary data of a function that returns both.

    Raises
    ------
    OutputError
        If it does not.
    """
    if isinstance(returned, tuple) and len(returned) == 2:
        return returned
    raise OutputError(
        "ADK133",
        f"{name} must return (result, aux) with has_aux=True, and returned {type_name(returned)}",
        instead="write return result, aux",
    )
