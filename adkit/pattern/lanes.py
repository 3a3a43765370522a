"""Operations of which only the push is known: what their results may depend on.

Every result is taken to depend on every element of an operand, but for axes along which
the operation works slice by slice: on a slice of generic numbers it gives the slice of
the result. That is tried, since no declaration says it.
"""

from __future__ import annotations

import contextlib
import warnings
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from adkit.common.registry import Operation
from adkit.common.shapes import dtype_of, is_passive
from adkit.pattern.incidence import broadcast_index, call
from adkit.pattern.maps import Gather, Groups, Map
from adkit.pattern.probing import random
from adkit.pattern.rows import cells

Array = NDArray[Any]
Axes = dict[int, int]

_ALL = slice(None)


def dependence(
    op: Operation, i: int, ans: Any, args: tuple[Any, ...], kwargs: dict[str, Any], k: int | None
) -> tuple[Map, bool, bool]:
    """Return on which elements of operand `i` result `k` may depend.

    Returns
    -------
    map : Map
    is_elementwise : bool
        Whether it works element by element; otherwise the map is conservative.
    is_linear : bool
        Whether its derivative is the same at generic points.
    """
    x, y = op.take(args)[i], ans if k is None else ans[k]
    shape, result_shape = np.shape(x), np.shape(y)
    if isinstance(op.function, np.ufunc) and op.function.signature is None:
        return Gather(broadcast_index(shape, result_shape)), True, False
    along: Axes = {}
    is_linear = False
    for operands in _points(op.take(args)):
        at = op.put(args, operands)
        with tried():
            along = _shared_axes(op, i, at, kwargs, k)
            for change in (np.flip, np.negative):
                along = _confirmed(
                    along, op, i, op.put(args, _changed(operands, change)), kwargs, k
                )
            is_linear = _is_linear(op, i, at, kwargs, k)
            break
    elements = _numbers(shape, {a: shape[a] for a in along}, list(along))
    results = _numbers(
        result_shape, {b: result_shape[b] for b in along.values()}, [*along.values()]
    )
    count = cells(tuple(shape[a] for a in along))
    if count == cells(shape) and len(set(elements)) == count:
        order = np.argsort(elements)
        return Gather(order[results]), True, is_linear
    return Groups(elements, results, count), False, is_linear


def _changed(operands: Sequence[Any], change: Callable[[Any], Any]) -> list[Any]:
    return [change(x) if is_drawn(x) else x for x in operands]


def _confirmed(
    along: Axes, op: Operation, i: int, args: tuple[Any, ...], kwargs: dict[str, Any], k: int | None
) -> Axes:
    """Return the axes that are shared at another point too.

    In reverse order, and of opposite sign, numbers tell what compares its elements.
    """
    with tried():
        again = _shared_axes(op, i, args, kwargs, k)
        return {a: b for a, b in along.items() if again.get(a) == b}
    return along


@contextlib.contextmanager
def tried() -> Iterator[None]:
    """Go on where an operation refuses generic numbers: nothing is known then."""
    with warnings.catch_warnings(), contextlib.suppress(Exception):
        warnings.simplefilter("ignore")
        yield


def _numbers(shape: tuple[int, ...], lengths: dict[int, int], order: Sequence[int]) -> Array:
    """Return numbers of elements by their place along some axes, in a given order of these axes."""
    numbers = np.zeros(shape, np.intp)
    for a in order:
        steps = np.arange(lengths[a]).reshape([-1 if j == a else 1 for j in range(len(shape))])
        numbers = numbers * lengths[a] + steps
    return numbers.reshape(-1)


def _points(operands: Sequence[Any]) -> Iterator[list[Any]]:
    """Yield generic operands: any numbers, positive definite matrices, positive numbers."""
    numbers = [drawn(x, seed) for seed, x in enumerate(operands)]
    yield numbers
    yield [_definite(x) for x in numbers]
    yield [np.abs(x) if is_drawn(x) else x for x in numbers]


def drawn(x: Any, seed: int) -> Any:
    """Return generic numbers, of both signs, in the place of floats; of each shape others."""
    if not is_drawn(x):
        return x
    dtype = dtype_of(x)
    numbers = np.random.default_rng(seed).uniform(-1, 1, (2, *np.shape(x)))
    return (numbers[0] + 1j * numbers[1] if dtype.kind == "c" else numbers[0])[()]


def is_drawn(x: Any) -> bool:
    """Return whether an operand holds numbers that others can stand for."""
    return is_passive(x) and dtype_of(x).kind in "fc"


def _definite(x: Any) -> Any:
    shape = np.shape(x)
    if not is_drawn(x) or len(shape) < 2 or shape[-1] != shape[-2]:
        return x
    return x @ np.swapaxes(x, -1, -2).conj() + np.eye(shape[-1])


def _shared_axes(
    op: Operation, i: int, args: tuple[Any, ...], kwargs: dict[str, Any], k: int | None
) -> Axes:
    """Return axes of an operand along which an operation works slice by slice."""
    operands = list(op.take(args))

    def value(changed: list[Any]) -> Any:
        ans = op.function(*op.put(args, changed), **kwargs)
        return np.asarray(ans if k is None else ans[k])

    whole = value(operands)
    x = operands[i]
    along: Axes = {}
    for a, length in enumerate(np.shape(x)):
        if length < 2:
            continue
        others = [j for j, z in enumerate(operands) if np.ndim(z) > a and np.shape(z)[a] == length]
        for sliced in ([i], others):
            found = None
            with tried():
                found = _axis_of_slices(value, operands, sliced, a, length, whole)
            if found is not None and found not in along.values():
                along[a] = found
                break
    return along


def _axis_of_slices(
    value: Callable[[list[Any]], Any],
    operands: list[Any],
    sliced: Sequence[int],
    a: int,
    length: int,
    whole: Array,
) -> int | None:
    """Return along which axis slices of the operands give those of the result, if any."""
    axis = None
    for place in sorted({0, 1, length // 2, length - 1}):
        part = (_ALL,) * a + (slice(place, place + 1),)
        given = value([z[part] if j in sliced else z for j, z in enumerate(operands)])
        if given.ndim != whole.ndim:
            return None
        fits = [
            b
            for b in range(whole.ndim)
            if whole.shape[b] == length
            and given.shape == (*whole.shape[:b], 1, *whole.shape[b + 1 :])
            and np.allclose(given, whole[(_ALL,) * b + (slice(place, place + 1),)], rtol=1e-9)
        ]
        if len(fits) != 1 or axis not in (None, fits[0]):
            return None
        axis = fits[0]
    return axis


def _is_linear(
    op: Operation, i: int, args: tuple[Any, ...], kwargs: dict[str, Any], k: int | None
) -> bool:
    """Return whether the derivative with respect to an operand is the same at other points.

    Points of opposite sign tell apart what orders its elements.
    """
    operands = list(op.take(args))
    x = operands[i]
    t = random(np.size(x)).reshape(np.shape(x))
    pushed = []
    for other in (x, -x, x[::-1] * 0.7 if np.ndim(x) else x * 0.7):
        at = op.put(args, [other if j == i else z for j, z in enumerate(operands)])
        ans = op.function(*at, **kwargs)
        r = call(op.push_rule(i), t, ans, at, kwargs)
        pushed.append(np.asarray(r if k is None else r[k]))
    return all(np.allclose(r, pushed[0], rtol=1e-9, atol=0) for r in pushed[1:])
