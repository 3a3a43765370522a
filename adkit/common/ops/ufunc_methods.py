"""Methods of ufuncs: ``reduce``, ``accumulate`` and ``reduceat``, of every ufunc.

Each is defined by calls of the ufunc itself, so its derivative is that of the ufunc. Where
the order of the operands does not matter, which NumPy tells, they are combined in pairs,
pairs of pairs and so on; where it matters (``subtract``, ``power``), one after the other.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from typing import Any

import numpy as np

from adkit.common.ops.casting import cast
from adkit.common.ops.logarithms import POWERS, log_sum
from adkit.common.ops.reductions import kept_shape, reduced_axes
from adkit.common.registry import dispatches, elementary
from adkit.common.shapes import from_end
from adkit.common.verbs import composite, constant, linear

__all__ = ["accumulation", "reduction", "reduction_at", "running"]

State = tuple[Any, ...]
Combine = Callable[[State, State], State]


@functools.cache
def is_reorderable(ufunc: Any) -> bool:
    """Return whether the operands of a reduction may be combined in any order."""
    try:
        ufunc.reduce(np.ones((1, 1)), axis=(0, 1))
    except (TypeError, ValueError):
        return False
    return True


# ---------------------------------------------------------------- what is combined

# A state is a tuple of arrays with the elements along their last axis: the operands, and
# with ``where=`` which of them are present.


def _start(x: Any, present: Any) -> State:
    """Return the state of single elements; `present` is None if all are."""
    return (x,) if present is None else (np.where(present, x, 1), present)


def _combine_by(ufunc: Any, present: Any = None) -> Combine:
    """Return what combines the states of two neighbours."""
    if present is not None:
        return functools.partial(_where_present, ufunc)
    return lambda left, right: (ufunc(left[0], right[0]),)


def _where_present(ufunc: Any, left: State, right: State) -> State:
    (x, of_x), (y, of_y) = left, right
    both = ufunc(np.where(of_x & of_y, x, 1), np.where(of_x & of_y, y, 1))
    return np.where(of_x & of_y, both, np.where(of_y, y, x)), of_x | of_y


# ---------------------------------------------------------------- in which order


def _at(state: State, index: Any) -> State:
    """Return a part of the last axis."""
    return tuple(x[..., index] for x in state)


def _joined(*states: State) -> State:
    return tuple(np.concatenate(parts, axis=-1) for parts in zip(*states, strict=True))


def _length(state: State) -> int:
    length: int = state[0].shape[-1]
    return length


def folded(combine: Combine, state: State, pairwise: bool) -> State:
    """Return the combination of all elements."""
    if not pairwise:
        result = _at(state, slice(1))
        for k in range(1, _length(state)):
            result = combine(result, _at(state, slice(k, k + 1)))
        return _at(result, 0)
    while (length := _length(state)) > 1:
        even = length - length % 2
        pairs = combine(_at(state, slice(0, even, 2)), _at(state, slice(1, even, 2)))
        state = pairs if even == length else _joined(pairs, _at(state, slice(even, None)))
    return _at(state, 0)


def scanned(combine: Combine, state: State, pairwise: bool) -> State:
    """Return the combinations of the first element, the first two, and so on.

    Those that end at odd places are the combinations of pairs of neighbours; each of the
    others is one of these with an element more, so that all take twice as many
    calculations as the last alone.
    """
    length = _length(state)
    if length < 2:
        return state
    if not pairwise:
        results = [_at(state, slice(1))]
        for k in range(1, length):
            results.append(combine(results[-1], _at(state, slice(k, k + 1))))
        return _joined(*results)
    even = length - length % 2
    pairs = combine(_at(state, slice(0, even, 2)), _at(state, slice(1, even, 2)))
    odd = scanned(combine, pairs, pairwise)
    later = _at(state, slice(2, None, 2))
    others = _at(state, slice(1))
    if _length(later):
        others = _joined(others, combine(_at(odd, slice(_length(later))), later))
    woven = tuple(_woven(x[..., : even // 2], y) for x, y in zip(others, odd, strict=True))
    return woven if even == length else _joined(woven, _at(others, slice(-1, None)))


def _woven(x: Any, y: Any) -> Any:
    """Return the elements of two arrays in turn."""
    both = np.stack((x, y), axis=-1)
    return np.reshape(both, (*both.shape[:-2], 2 * both.shape[-2]))


def folded_segments(combine: Combine, state: State, lengths: Any, pairwise: bool) -> State:
    """Return the combinations of the elements of segments, one behind the other."""
    if lengths.size and (lengths == lengths[0]).all():
        blocks = (lengths.size, int(lengths[0]))
        return folded(combine, tuple(x.reshape((*x.shape[:-1], *blocks)) for x in state), pairwise)
    if not pairwise:
        starts = np.cumsum(lengths) - lengths
        result = _at(state, starts)
        for k in range(1, int(lengths.max(initial=1))):
            more = lengths > k
            longer = combine(_at(result, more), _at(state, starts[more] + k))
            result = _mixed(longer, _at(result, ~more), more)
        return result
    while (lengths > 1).any():
        starts = np.cumsum(lengths) - lengths
        place = np.arange(lengths.sum()) - np.repeat(starts, lengths)
        first = place % 2 == 0
        paired = first & (place + 1 < np.repeat(lengths, lengths))
        left = np.flatnonzero(paired)
        pairs = combine(_at(state, left), _at(state, left + 1))
        state = _mixed(pairs, _at(state, first & ~paired), paired[first])
        lengths = (lengths + 1) // 2
    return state


def _mixed(x: State, y: State, where: Any) -> State:
    """Return elements of `x` where a mask holds, those of `y` elsewhere, each in its order."""
    place = np.where(where, np.cumsum(where), where.sum() + np.cumsum(~where)) - 1
    return _at(_joined(x, y), place)


def running(ufunc: Any, x: Any, axis: Any) -> Any:
    """Return ``ufunc.accumulate`` along an axis, in calls of the ufunc."""
    x = np.moveaxis(x, axis, -1)
    (result, *_) = scanned(_combine_by(ufunc), (x,), is_reorderable(ufunc))
    return np.moveaxis(result, -1, axis)


# ---------------------------------------------------------------- extremes

# Elements that are equal share equally, so an extreme is the mean of those that attain it.

_EXTREMES = (np.maximum, np.minimum, np.fmax, np.fmin)


def _is_same(x: Any, best: Any) -> Any:
    return (x == best) | (np.isnan(x) & np.isnan(best))


def _attaining(ufunc: Any, x: Any, present: Any = None, lengths: Any = None) -> Any:
    """Return which elements along the last axis, or its segments, are the extreme one.

    Where some are absent the first is not.
    """
    if present is not None:
        x = np.where(present, x, x[..., :1])
    if lengths is None:
        best = ufunc.reduce(x, axis=-1, keepdims=True)
    else:
        best = ufunc.reduceat(x, np.cumsum(lengths) - lengths, axis=-1)
        best = np.repeat(best, lengths, axis=-1)
    found = _is_same(x, best)
    return found if present is None else found & present


def _beginning(ufunc: Any, x: Any) -> Any:
    """Return 2 where the extreme so far becomes another, 1 where it is attained again, else 0."""
    best = ufunc.accumulate(x, axis=-1)
    attained = _is_same(x, best).astype(int)
    attained[..., :1] = 2
    attained[..., 1:] += ~_is_same(best[..., :-1], best[..., 1:])
    return attained


attaining = elementary(_attaining)
beginning = elementary(_beginning)
constant(attaining, beginning, operands=slice(1, 2), kinks="jumps where elements are equal")


def _extreme(ufunc: Any, x: Any, present: Any) -> Any:
    """Return ``ufunc.reduce`` along the last axis."""
    chosen = attaining(ufunc, x, present)
    return np.sum(np.where(chosen, x, 0), axis=-1) / np.sum(chosen, axis=-1)


def _running_extreme(ufunc: Any, x: Any, axis: int) -> Any:
    x = np.moveaxis(x, axis, -1)
    attained = beginning(ufunc, x)
    if not (attained == 1).any():  # no ties: each result is one element
        order = np.where(attained == 2, np.arange(x.shape[-1]), 0)
        return np.moveaxis(
            np.take_along_axis(x, np.maximum.accumulate(order, axis=-1), axis=-1), -1, axis
        )
    state = attained == 2, np.where(attained > 0, x, 0), (attained > 0).astype(int)

    def combine(left: State, right: State) -> State:
        (begins, total, number), (anew, more, others) = left, right
        return begins | anew, np.where(anew, more, total + more), ~anew * number + others

    _, total, number = scanned(combine, state, pairwise=True)
    return np.moveaxis(total / number, -1, axis)


# ---------------------------------------------------------------- reduce


def _reduce(ufunc: Any, x: Any, *initial: Any, **options: Any) -> Any:
    """Return ``ufunc.reduce(x, ...)``; `initial` stands with the operands."""
    if initial:
        options["initial"] = initial[0]
    return ufunc.reduce(x, **options)


def _reduce_body(
    ufunc: Any,
    x: Any,
    *initial: Any,
    axis: Any = 0,
    dtype: Any = None,
    keepdims: bool = False,
    where: Any = True,
) -> Any:
    if dtype is not None:
        x = x.astype(dtype)
    axes = () if x.ndim == 0 else reduced_axes(x.ndim, axis)
    kept = tuple(i for i in range(-x.ndim, 0) if i not in axes)
    length = math.prod(x.shape[i] for i in axes)

    def lined_up(a: Any) -> Any:
        a = np.transpose(a, kept + axes)
        return np.reshape(a, (*a.shape[: len(kept)], length))

    present = None if where is True else lined_up(np.broadcast_to(where, x.shape))
    elements = lined_up(x)
    first = initial or _identity(ufunc, length)
    if first != (None,) and first:
        elements, present = _begun(elements, first[0], present)
    with np.errstate(over="ignore", invalid="ignore"):
        if ufunc in _EXTREMES:
            result = _extreme(ufunc, elements, present)
        elif ufunc in POWERS and length and present is None:
            result = log_sum(elements, ufunc, -1)
        else:
            state, combine = _start(elements, present), _combine_by(ufunc, present)
            (result, *_) = folded(combine, state, is_reorderable(ufunc))
    return np.reshape(result, kept_shape(x.shape, axes)) if keepdims else result


def _identity(ufunc: Any, length: int) -> tuple[Any, ...]:
    """Return what a reduction begins with, if that matters; minus infinity would take a share."""
    if ufunc.identity is None or (length and ufunc.identity == -np.inf):
        return ()
    return (ufunc.identity,)


def _begun(elements: Any, initial: Any, present: Any) -> tuple[Any, Any]:
    """Return elements and their mask with an initial one before them."""
    shape = (*elements.shape[:-1], 1)
    if not dispatches(initial):
        initial = np.asarray(initial, elements.dtype)
    begin = np.broadcast_to(cast(initial, elements.dtype), shape)
    if present is not None:
        present = np.concatenate((np.ones(shape, bool), present), axis=-1)
    return np.concatenate((begin, elements), axis=-1), present


_TIES = "of maximum, minimum, fmax and fmin elements that are equal share equally"

reduction = elementary(_reduce)
composite(reduction, _reduce_body, operands=slice(1, None), kinks=_TIES)

# ---------------------------------------------------------------- accumulate


def _accumulate(ufunc: Any, x: Any, **options: Any) -> Any:
    return ufunc.accumulate(x, **options)


def _accumulate_body(ufunc: Any, x: Any, axis: Any = 0, dtype: Any = None) -> Any:
    if dtype is not None:
        x = x.astype(dtype)
    axis = 0 if axis is None else axis  # of a vector
    if ufunc is np.add:
        return np.cumsum(x, axis=axis)
    with np.errstate(over="ignore", invalid="ignore"):
        return (_running_extreme if ufunc in _EXTREMES else running)(ufunc, x, axis)


accumulation = elementary(_accumulate)
composite(accumulation, _accumulate_body, operands=slice(1, 2), kinks=_TIES)

# ---------------------------------------------------------------- reduceat


def _reduceat(ufunc: Any, x: Any, indices: Any, **options: Any) -> Any:
    return ufunc.reduceat(x, indices, **options)


def _reduceat_body(ufunc: Any, x: Any, indices: Any, axis: Any = 0, dtype: Any = None) -> Any:
    if dtype is not None:
        x = x.astype(dtype)
    axis = 0 if axis is None else axis
    indices = np.asarray(indices, np.intp)
    if ufunc is np.add:
        return _segment_sums(x, indices, axis)
    places, lengths = _segments(indices, x.shape[axis])
    elements = np.moveaxis(x, axis, -1)[..., places]
    with np.errstate(over="ignore", invalid="ignore"):
        if ufunc in _EXTREMES:
            chosen, starts = attaining(ufunc, elements, None, lengths), np.cumsum(lengths) - lengths
            total = _segment_sums(np.where(chosen, elements, 0), starts, -1)
            result = total / np.add.reduceat(chosen, starts, axis=-1, dtype=int)
        else:
            combine = _combine_by(ufunc)
            (result,) = folded_segments(combine, (elements,), lengths, is_reorderable(ufunc))
        return np.moveaxis(result, -1, axis)


def _segments(indices: Any, length: int) -> tuple[Any, Any]:
    """Return the places of all segments, one behind the other, and their lengths.

    A segment ends where the next one begins, and has one element if that is not behind it.
    """
    ends = np.append(indices[1:], length)
    lengths = np.maximum(ends - indices, 1)
    starts = np.cumsum(lengths) - lengths
    return np.arange(lengths.sum()) + np.repeat(indices - starts, lengths), lengths


reduction_at = elementary(_reduceat)
composite(reduction_at, _reduceat_body, operands=slice(1, 2), kinks=_TIES)


def _sums(x: Any, indices: Any, axis: Any) -> Any:
    """Return ``np.add.reduceat(x, indices, axis)``."""
    return np.add.reduceat(x, indices, axis)


def _sums_push(t: Any, x: Any, indices: Any, axis: Any) -> Any:
    return _segment_sums(t, indices, from_end(axis, x.ndim))


def _sums_pull(ct: Any, x: Any, indices: Any, axis: Any) -> Any:
    axis = from_end(axis, x.ndim)
    places, lengths = _segments(indices, x.shape[axis])
    spread = np.repeat(np.moveaxis(ct, axis, -1), lengths, axis=-1)
    if places.size != x.shape[axis] or (places != np.arange(places.size)).any():
        order = np.argsort(places, kind="stable")  # segments that overlap, or leave elements out
        which, starts = np.unique(places[order], return_index=True)
        found = _segment_sums(spread[..., order], starts, -1)
        pad = np.zeros((*found.shape[:-1], 1), found.dtype)
        lookup = np.full(x.shape[axis], which.size)
        lookup[which] = np.arange(which.size)
        spread = np.concatenate((found, pad), axis=-1)[..., lookup]
    return np.moveaxis(spread, -1, axis)


_segment_sums = elementary(_sums)
linear(_segment_sums, _sums_pull, _sums_push)
