"""Functions whose lifted arrays are further arguments and results, and what they lift.

A function is run with plain numbers first, to see what it lifts, and then differentiated as a
function of these arrays too.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from adkit.common.containers import flatten, map_leaves
from adkit.common.errors import OutputError, TraceMismatchError
from adkit.common.flat import FlatFunction, result_and_aux
from adkit.common.inputs import name_of
from adkit.common.lifting import Lifting, lifting, parted
from adkit.common.shapes import dtype_of
from adkit.common.sweeps import count_primal
from adkit.common.tracer import Tracer
from adkit.drivers.compressed import Compressed
from adkit.drivers.following import FollowingLevel, Seen
from adkit.drivers.keys import static_key

__all__ = ["Extended", "Lifts", "Survey"]

#: Numbers of the operations whose results are lifted; None: what the function marks.
Chosen = frozenset[int] | None


class Extended:
    """A function with its lifted arrays as first argument and as first result.

    Parameters
    ----------
    flat : FlatFunction
        The function.
    chosen : set of int or None
        Numbers of the operations whose results are lifted; None: what is marked.
    expands : bool
        As of `FollowingLevel`.
    """

    def __init__(
        self, flat: FlatFunction, chosen: frozenset[int] | None, *, expands: bool = False
    ) -> None:
        self.f, self.has_aux, self.argnums = flat.f, flat.has_aux, flat.argnums
        self.chosen, self.expands = chosen, expands
        self.__name__ = name_of(flat.f)

    def __call__(self, lifted: Sequence[Any], *args: Any, **kwargs: Any) -> Any:
        """Return what was lifted, and the result."""
        leaves = flatten([lifted, args, kwargs])[0]  # strict mode traces them one by one
        levels = [x.level.number for x in leaves if isinstance(x, Tracer)]
        run = Lifting(max(levels, default=-1), lifted)
        result, _ = self.run(run, args, kwargs)
        if len(run.found) != len(lifted):
            raise parted()
        found = tuple(run.found)
        if self.has_aux and isinstance(result, tuple) and len(result) == 2:
            return (found, result[0]), result[1]
        return result if self.has_aux or result is None else (found, result)

    def run(
        self, run: Lifting, args: Sequence[Any], kwargs: dict[str, Any], *, follows: bool = False
    ) -> tuple[Any, list[Seen]]:
        """Return what the function returns, and its operations if they were followed."""
        if not (self.chosen or follows):
            with lifting(run if self.chosen is None and run.others != () else None):
                return self.f(*args, **kwargs), []
        level = FollowingLevel(self.chosen or frozenset(), run, expands=self.expands)
        followed = [
            map_leaves(level.follow, a) if i in self.argnums else a for i, a in enumerate(args)
        ]
        try:
            with lifting(None):
                result = map_leaves(level.plain, self.f(*followed, **kwargs))
        finally:
            level.ended = True
        return result, level.seen

    def flat(self, flat: FlatFunction, lifted: Sequence[Any]) -> FlatFunction:
        """Return this as a function of the leaves of lifted arrays and arguments."""
        return FlatFunction(
            self,
            (tuple(lifted), *flat.args),
            (0, *(i + 1 for i in flat.argnums)),
            has_aux=flat.has_aux,
            kwargs=flat.kwargs,
        )

    def with_numbers(self, flat: FlatFunction, *, follows: bool = False) -> Survey:
        """Run the function with plain numbers, on copies, to see what is lifted."""
        run = Lifting(-1)
        probe = copy.copy(flat)
        probe.f = lambda *args, **kwargs: self.run(run, args, kwargs, follows=follows)
        result, seen = probe.call([_own(x) for x in flat.leaves])
        count_primal()
        result, aux = result_and_aux(result, self.__name__) if self.has_aux else (result, None)
        return Survey(run.found, seen, result, aux)


class Survey(NamedTuple):
    """What one run of a function lifted, which operations it had, and what it returned."""

    lifted: list[Any]
    seen: list[Seen]
    result: Any
    aux: Any

    def check(self, flat: FlatFunction, values: Sequence[Any]) -> None:
        """Refuse a traced run, of these lifted arrays and results, that differs from this one.

        Raises
        ------
        TraceMismatchError
        """
        if self.lifted and not _are_close([*self.lifted, *flatten(self.result)[0]], values):
            raise TraceMismatchError(
                "ADK533",
                f"{name_of(flat.f)} has other values where arrays are lifted",
                instead="lift a copy of what is written into later, lift(x.copy()); a function "
                "must repeat itself",
            )


def _own(x: Any) -> Any:
    return x.copy(order="K") if isinstance(x, np.ndarray) else x


def _are_close(expected: Sequence[Any], values: Sequence[Any]) -> bool:
    """Return whether numbers are the same, up to half of their digits."""
    if len(expected) != len(values):
        return False
    for x, y in zip(expected, values, strict=True):
        if np.array_equal(x, y):
            continue
        dtype = np.result_type(x, y)
        if np.shape(x) != np.shape(y) or dtype.kind not in "fc":
            return False
        size = float(np.max(np.abs(x), initial=0.0, where=np.isfinite(x)))
        digits = float(np.sqrt(np.finfo(dtype).eps))
        if not np.isclose(x, y, rtol=0.0, atol=digits * size, equal_nan=True).all():
            return False
    return True


class Lifts:
    """What is lifted of a function: chosen at first, and again where a branch lifts others.

    Parameters
    ----------
    engine : Compressed
        What computes sparse derivatives.

    Attributes
    ----------
    choices : dict
        By shapes and static arguments: the numbers of the operations whose results are
        lifted, None where the function marks what is.
    """

    expands = False

    def __init__(self, engine: Compressed) -> None:
        self.engine = engine
        self.choices: dict[Any, Chosen] = {}
        self._shapes: dict[Any, list[tuple[int, ...]]] = {}

    def chosen(self, flat: FlatFunction) -> Chosen:
        """Return what is lifted: what the function marks, else what saves directions."""
        raise NotImplementedError

    def surveyed(self, flat: FlatFunction) -> tuple[Extended, Survey]:
        """Return a function with what it lifts, and its run with plain numbers.

        Operations are known by their numbers. In another branch these are other ones, whose
        results may be large.

        Raises
        ------
        OutputError
            If it lifts complex numbers, and is not holomorphic.
        """
        key = static_key(flat)
        function, survey = self._run(key, flat)
        shapes = [np.shape(c) for c in survey.lifted]
        if function.chosen is not None and self._shapes.setdefault(key, shapes) != shapes:
            self.choices.pop(key, None)
            function, survey = self._run(key, flat)
            self._shapes[key] = [np.shape(c) for c in survey.lifted]
        if not self.engine.holomorphic and any(dtype_of(c).kind == "c" for c in survey.lifted):
            raise OutputError(
                "ADK136",
                f"{name_of(flat.f)} lifts complex numbers, and is not declared to be holomorphic",
                instead="lift real and imaginary parts, lift(z.real) + 1j * lift(z.imag)",
            )
        return function, survey

    def give_up(self, flat: FlatFunction) -> None:
        """Lift nothing for such arguments."""
        key = static_key(flat)
        self.choices[key], self._shapes[key] = frozenset(), []

    def _run(self, key: Any, flat: FlatFunction) -> tuple[Extended, Survey]:
        try:
            chosen = self.choices[key]
        except KeyError:
            chosen = self.choices[key] = self.chosen(flat)
        function = Extended(flat, chosen, expands=self.expands)
        if chosen == frozenset():
            return function, Survey([], [], None, None)
        return function, function.with_numbers(flat)
