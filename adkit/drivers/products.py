"""Products of a Jacobian with the seeds of a compression, in counted sweeps."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from adkit.common.directions import chunk_size, chunks, total_size
from adkit.common.flat import FlatFunction
from adkit.common.shapes import dtype_of
from adkit.common.sweeps import count_reverse
from adkit.forward.pushforward import pushforward
from adkit.reverse.pullback import Recording
from adkit.sparse.compression import Compression

Array = NDArray[Any]
Block = Callable[[int, int], Array]

#: Elements of seeds that are kept for the next point.
_KEPT = 2**22


class ResultsChangedError(Exception):
    """A function returned another number of results than those that a compression is for."""


class Products(NamedTuple):
    """What the sweeps of a compression gave.

    Attributes
    ----------
    values : list of arrays
        The results of the function.
    forward, reverse : array
        The products with the seeds, one in each row.
    check : array or None
        The product with the direction of the guard.
    """

    values: list[Any]
    forward: Array
    reverse: Array
    check: Array | None

    @property
    def are_finite(self) -> bool:
        """Whether all of them are, but that of the guard."""
        return bool(np.isfinite(self.forward).all() and np.isfinite(self.reverse).all())


def compressed_products(
    flat: FlatFunction,
    compression: Compression,
    chunk: Any,
    probe: Array | None,
    *,
    pulled: bool = False,
) -> Products:
    """Run the sweeps of a compression; the guard's direction rides along.

    Parameters
    ----------
    flat : FlatFunction
    compression : Compression
    chunk : int or "auto"
        Directions per sweep.
    probe : array or None
        The direction of the guard: a tangent, or a cotangent if all directions are reverse.
    pulled : bool
        Of a symmetric matrix: whether to take forward directions as cotangents, whose
        products are the same.

    Raises
    ------
    ResultsChangedError
        If the function returns more or fewer results than the compression is for.
    """
    p, q = compression.forward, compression.reverse
    m, n = compression.pattern.shape
    back = guards_in_reverse(compression)
    tangent, cotangent = (None, probe) if back else (probe, None)
    there, reverse = np.zeros((p, m)), np.zeros((q, n))
    values: list[Any] = []
    check = None
    if p or tangent is not None:
        seeds = _joined(compression, "forward", tangent)
        count = p + (tangent is not None)
        if pulled:
            recording = Recording(flat, flat.leaves)
            values, there = recording.results, pull_seeds(recording, seeds, count, chunk)
        else:
            values, there = push_seeds(flat, seeds, count, chunk)
            _check_size(values, m)
    if q:
        recording = Recording(flat, flat.leaves)
        values = recording.results
        _check_size(values, m)
        seeds = _joined(compression, "reverse", cotangent)
        reverse = pull_seeds(recording, seeds, q + (cotangent is not None), chunk)
    if tangent is not None:
        there, check = there[:p], there[p]
    elif cotangent is not None:
        reverse, check = reverse[:q], reverse[q]
    if not (p or q or probe is not None):
        values = flat(flat.leaves)
        _check_size(values, m)
    return Products(values, there, reverse, check)


def _check_size(results: Sequence[Any], rows: int) -> None:
    if total_size(results) != rows:
        raise ResultsChangedError


def guards_in_reverse(compression: Compression) -> bool:
    """Return whether the direction of the guard is a cotangent."""
    return compression.reverse > 0 and compression.forward == 0


def push_seeds(flat: FlatFunction, seeds: Block, count: int, chunk: Any) -> tuple[list[Any], Array]:
    """Return the values, and the products with `count` tangents, one in each row."""
    leaves = flat.leaves
    size = chunk_size(chunk, count, _largest(leaves))
    values: list[Any] = []
    parts = []
    for start, stop in chunks(count, size):
        tangents = _split(seeds(start, stop), leaves)
        values, pushed = pushforward(flat, leaves, tangents, stop - start)
        parts.append(_wide(pushed, stop - start))
    return values, parts[0] if len(parts) == 1 else np.concatenate(parts)


def pull_seeds(
    recording: Recording,
    seeds: Block,
    count: int,
    chunk: Any,
    counted: Callable[[int], None] = count_reverse,
) -> Array:
    """Return the products with `count` cotangents, one in each row; `counted` counts a sweep."""
    leaves, results = recording.leaves, recording.results
    size = chunk_size(chunk, count, _largest([*leaves, *results]))
    parts = []
    for start, stop in chunks(count, size):
        cotangents = _split(seeds(start, stop), results)
        pulled = recording.pull(cotangents, stop - start, counted)
        parts.append(_wide(pulled, stop - start))
    return parts[0] if len(parts) == 1 else np.concatenate(parts)


def along(flat: FlatFunction, seeds: Array, *, back: bool) -> Array:
    """Return the products with some directions, one in each row, by one sweep."""

    def block(start: int, stop: int) -> Array:
        return seeds[start:stop].copy()

    count = len(seeds)
    if back:
        return pull_seeds(Recording(flat, flat.leaves), block, count, count)
    return push_seeds(flat, block, count, count)[1]


def _joined(compression: Compression, side: str, extra: Array | None) -> Block:
    """Return what makes a range of the seeds of one side, of which the extra one is the last."""
    forward = side == "forward"
    count = compression.forward if forward else compression.reverse
    made = compression.forward_seeds if forward else compression.reverse_seeds
    size = compression.pattern.shape[1 if forward else 0]
    kept = compression.kept_seeds(forward=forward) if count * size <= _KEPT else None

    def block(start: int, stop: int) -> Array:
        inner = min(stop, count)
        if kept is None and inner == stop:
            return made(start, stop)
        joined = np.empty((stop - start, size))
        joined[: inner - start] = made(start, inner) if kept is None else kept[start:inner]
        if inner < stop:
            joined[-1] = extra
        return joined

    return block


def _split(block: Array, leaves: Sequence[Any]) -> list[Array]:
    """Cut directions, which nobody else holds, into those of each leaf."""
    parts = []
    first = 0
    for x in leaves:
        size, dtype = int(np.prod(np.shape(x))), dtype_of(x)
        part = block[:, first : first + size].reshape(len(block), *np.shape(x))
        part = part if dtype.kind == "c" else part.real
        parts.append(part.astype(dtype if dtype.kind in "fc" else float, copy=len(leaves) > 1))
        first += size
    return parts


def _wide(pushed: Sequence[Any], count: int) -> Array:
    flat = [np.reshape(np.asarray(t), (count, -1)) if np.size(t) else None for t in pushed]
    found = [t for t in flat if t is not None]
    if not found:
        return np.zeros((count, 0))
    return found[0] if len(found) == 1 else np.concatenate(found, axis=1)


def _largest(arrays: Sequence[Any]) -> int:
    return max([1, *(int(np.size(x)) for x in arrays)])
