"""Hessians through lifted arrays: sparse plus a product of two narrow matrices.

Let y be the result of f(x, c) and c = c(x, c) its lifted arrays, with the multipliers
l = dy/dc, all ways to the result taken. With V = dc/dx, and the derivatives of the function
L(x, c) = f(x, c) + l . c(x, c), in which l is constant,

    d2y/dx2 = L_xx + L_xc V + V^T L_cx + V^T L_cc V

(the Hessian of the reduced problem; Nocedal and Wright 2006, section 15.3). L has a sparse
Hessian where that of the function is dense because of c.
"""

from __future__ import annotations

import copy
import itertools
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from adkit.common.directions import total_size
from adkit.common.flat import FlatFunction
from adkit.common.inputs import name_of, scalar_result
from adkit.common.shapes import dtype_of
from adkit.drivers.candidates import fewest, symmetric_options
from adkit.drivers.compressed import Evaluation
from adkit.drivers.extended import Extended, Lifts
from adkit.drivers.gradient import Gradient
from adkit.drivers.keys import check_plain, check_real, without_aux
from adkit.drivers.lifted import LiftedEvaluation
from adkit.drivers.low_rank import SparsePlusLowRank
from adkit.drivers.narrow import candidates
from adkit.drivers.products import pull_seeds
from adkit.pattern.drivers import hessian_pattern, jacobian_pattern
from adkit.reverse.pullback import Recording
from adkit.sparse.pattern import Pattern

__all__ = ["LiftedHessian"]

Array = NDArray[Any]


class LiftedHessian(Lifts):
    """How the Hessian of a function is computed through its lifted arrays."""

    expands = True

    def evaluate(self, flat: FlatFunction) -> LiftedEvaluation:
        """Return the gradient, as a vector, and the Hessian; `flat` is the gradient's."""
        assert isinstance(flat.f, Gradient)
        primal = copy.copy(flat)
        primal.f = flat.f.f
        check_plain(primal, holomorphic=False)
        function, survey = self.surveyed(primal)
        lifted = survey.lifted
        # A definition may divide by zero where its operation does not.
        with np.errstate(all="ignore" if lifted else None):
            first = _first_order(primal, function, lifted, self.engine.chunk)
            survey.check(primal, first.values)
            found = self._second_order(primal, function, lifted, first.multipliers)
        if lifted and not (first.is_finite and np.isfinite(found.entries).all()):
            # Products of factors would spread what is not finite.
            function = Extended(primal, frozenset())
            first = _first_order(primal, function, [], self.engine.chunk)
            found = self._second_order(primal, function, [], first.multipliers)
        if flat.has_aux:
            run = survey if lifted else Extended(primal, frozenset()).with_numbers(primal)
            flat.aux = run.aux
        return LiftedEvaluation(first.gradient, _reduced(found, first.tangents))

    def _second_order(
        self, primal: FlatFunction, function: Extended, lifted: Sequence[Any], multipliers: Array
    ) -> Evaluation:
        """Return the Hessian of L by all lifted arrays and all arguments."""
        whole = _lagrangian(primal, function, lifted, multipliers)
        gradient = Gradient(whole.f, whole.argnums, False)
        by = FlatFunction(gradient, whole.args, whole.argnums, kwargs=whole.kwargs)
        if lifted:
            self.engine.state(whole, by).warm = None  # multipliers change: little is constant
        return self.engine.evaluate(whole, by)

    def chosen(self, primal: FlatFunction) -> frozenset[int] | None:
        """Return what is lifted: what the function marks, else what saves directions."""
        if Extended(primal, None).with_numbers(primal).lifted:
            return None
        n = total_size(primal.leaves)
        function = Extended(primal, frozenset(), expands=True)
        seen = function.with_numbers(primal, follows=True).seen
        found = candidates(seen, n, n)
        if not found:
            return frozenset()
        numbers = frozenset(one.number for one in found)
        for chosen in (_reaching, _worth_lifting):
            if not numbers:
                break
            function = Extended(primal, numbers, expands=True)
            kept = chosen(primal, function, function.with_numbers(primal).lifted)
            numbers = frozenset(itertools.compress(sorted(numbers), kept))
        return numbers


class _FirstOrder(NamedTuple):
    """Values; first derivatives of the result, of lifted arrays, and by lifted arrays."""

    values: Sequence[Any]
    gradient: Array
    tangents: Array
    multipliers: Array

    @property
    def is_finite(self) -> bool:
        return bool(np.isfinite(self.tangents).all() and np.isfinite(self.multipliers).all())


class _Lagrangian:
    """The result of a function, and its lifted arrays with constant multipliers."""

    def __init__(self, function: Extended) -> None:
        self.function = function
        self.__name__ = function.__name__

    def __call__(
        self, lifted: Sequence[Any], multipliers: Sequence[Any], *args: Any, **kwargs: Any
    ) -> Any:
        """Return one number."""
        found = self.function(lifted, *args, **kwargs)
        (arrays, result) = found[0] if self.function.has_aux else found
        total = scalar_result(result, self.__name__)
        for array, multiplier in zip(arrays, multipliers, strict=True):
            total = total + np.sum(array * multiplier)
        return total


def _lagrangian(
    primal: FlatFunction, function: Extended, lifted: Sequence[Any], multipliers: Array
) -> FlatFunction:
    parts = tuple(
        np.reshape(part, np.shape(c)).astype(dtype_of(c))
        for c, part in zip(lifted, _parts(multipliers, lifted), strict=True)
    )
    return FlatFunction(
        _Lagrangian(function),
        (tuple(lifted), parts, *primal.args),
        (0, *(i + 2 for i in primal.argnums)),
        kwargs=primal.kwargs,
    )


def _first_order(
    primal: FlatFunction, function: Extended, lifted: Sequence[Any], chunk: Any
) -> _FirstOrder:
    """Return first derivatives, by one sweep of a cotangent for each lifted number and one."""
    whole = function.flat(primal, lifted)
    recording = Recording(whole, whole.leaves)
    name = name_of(primal.f)
    scalar_result(whole.outputs.unflatten(recording.results)[1], name)
    check_real(primal, recording.results, holomorphic=False)
    k = sum(int(np.size(c)) for c in lifted)
    rows = pull_seeds(recording, lambda first, last: np.eye(k + 1)[first:last], k + 1, chunk)
    inner, tangents, by_lifted = rows[:k, :k], rows[:k, k:].copy(), rows[k, :k].copy()
    for i, j in zip(*np.nonzero(inner), strict=True):  # lifted arrays depend on earlier ones
        tangents[i] += inner[i, j] * tangents[j]
    for i in range(k - 1, -1, -1):
        by_lifted[:i] += by_lifted[i] * inner[i, :i]
    gradient = rows[k, k:] + rows[k, :k] @ tangents
    return _FirstOrder(recording.results, gradient, tangents, by_lifted)


def _reduced(found: Evaluation, tangents: Array) -> SparsePlusLowRank:
    """Return the Hessian by the arguments alone."""
    pattern, entries = found.pattern, found.entries
    k, size = len(tangents), pattern.shape[0]
    rows, columns = pattern.rows, pattern.columns
    own = (rows >= k) & (columns >= k)
    mixed, inner = (rows >= k) & (columns < k), (rows < k) & (columns < k)
    across, square = np.zeros((size - k, k), entries.dtype), np.zeros((k, k), entries.dtype)
    across[rows[mixed] - k, columns[mixed]] = entries[mixed]
    square[rows[inner], columns[inner]] = entries[inner]
    through = np.ascontiguousarray(tangents.T)
    left, right = through, through @ square
    if mixed.any():
        left, right = np.hstack((across, through)), np.hstack((through, across + right))
    sparse = pattern.submatrix(*2 * (np.arange(k, size),))
    return SparsePlusLowRank(sparse, entries[own], left, right)


def _reaching(primal: FlatFunction, function: Extended, lifted: Sequence[Any]) -> list[bool]:
    """Return for each of the lifted arrays whether the result depends on it."""
    pattern = _pattern(jacobian_pattern, function.flat(primal, lifted))
    dense = pattern.to_dense()[:, : pattern.shape[0] - 1]
    reached = dense[-1]
    for i in range(len(reached) - 1, -1, -1):
        if reached[i]:
            reached |= dense[i]
    return [bool(np.any(part)) for part in _parts(reached, lifted)]


def _parts(numbers: Array, lifted: Sequence[Any]) -> list[Array]:
    """Return the part of each lifted array among numbers of all their elements."""
    ends = np.cumsum([0, *(np.size(c) for c in lifted)])
    return [numbers[first:last] for first, last in itertools.pairwise(ends)]


def _worth_lifting(primal: FlatFunction, function: Extended, lifted: Sequence[Any]) -> list[bool]:
    """Return for each of the lifted arrays whether it saves directions.

    Without an array of which L is no linear function, the Hessian has a dense block: of all that
    the array depends on by all that another one depends on, or by what multiplies it. That
    takes as many directions as the block has rows or columns, whichever are fewer.
    """
    k = sum(int(np.size(c)) for c in lifted)
    pattern = _pattern(hessian_pattern, _lagrangian(primal, function, lifted, np.ones(k)))
    reach = _pattern(jacobian_pattern, function.flat(primal, lifted)).row_counts[:k]
    rows, columns = pattern.rows, pattern.columns
    reach = np.concatenate((reach, np.ones(pattern.shape[0] - k, reach.dtype)))
    bent = (rows < k) & (columns < k)
    fills = np.zeros(k, reach.dtype)
    np.maximum.at(fills, rows[bent], np.minimum(reach[rows[bent]], reach[columns[bent]]))
    across = np.bincount(rows[(rows < k) & (columns >= k)], minlength=k)
    fills = np.maximum(fills, np.minimum(reach[:k], across))
    few = fewest(symmetric_options(pattern)).directions
    return [bool(np.any(part > few)) for part in _parts(fills, lifted)]


def _pattern(find: Any, flat: FlatFunction) -> Pattern:
    argnums = tuple(range(len(flat.leaves)))
    found: Pattern = find(without_aux(flat), *flat.leaves, argnums=argnums).pattern
    return found
