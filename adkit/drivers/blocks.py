"""The blocks of dense Jacobians, by unit directions of either mode."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from adkit.common.directions import (
    check_fits,
    chunks,
    fits,
    total_size,
    unit_directions,
)
from adkit.common.errors import OutputError
from adkit.common.flat import FlatFunction
from adkit.common.inputs import name_of
from adkit.common.ops.casting import cast
from adkit.common.shapes import dtype_of
from adkit.drivers.gradient import Gradient
from adkit.drivers.shapes_seen import seen_chunk_size
from adkit.forward.pushforward import pushforward
from adkit.reverse.footprint import recorded_chunk_size
from adkit.reverse.pullback import Recording

__all__ = ["Blocks", "Evaluated", "finished_block", "forward_blocks", "reverse_blocks"]

Blocks = list[list[Any]]  # by output leaf and input leaf


class Evaluated(NamedTuple):
    """Values of the results and the blocks of the Jacobian."""

    values: list[Any]
    blocks: Blocks


def forward_blocks(flat: FlatFunction, chunk: Any, holomorphic: bool) -> Evaluated:
    """Return the Jacobian by columns: unit tangents pushed through, in chunks."""
    leaves = flat.leaves
    columns = total_size(leaves)
    values, whole = _columns(flat, columns, chunk, 1)
    if any(dtype_of(x).kind == "c" for x in leaves) and not holomorphic:
        _check_not_holomorphic(flat, values)
        # g with Re(g * dz) = du: du/dx from tangents 1, -du/dy from tangents 1j
        _, across = _columns(flat, columns, chunk, 1j)
        whole = [t - 1j * u for t, u in zip(whole, across, strict=True)]
    blocks = [
        [_columns_last(part, x, y) for part, x in zip(_split(t, leaves), leaves, strict=True)]
        for t, y in zip(whole, values, strict=True)
    ]
    return Evaluated(values, blocks)


def _columns(flat: FlatFunction, columns: int, chunk: Any, unit: Any) -> tuple[list[Any], Any]:
    """Return the values, and per result the tangents for all unit directions, leading."""
    leaves = flat.leaves
    size = seen_chunk_size(chunk, columns, program_of(flat))
    parts: list[list[Any]] = []
    values: list[Any] = []
    first = 0 if fits(columns, columns) else 1  # one direction, to know the size of the result
    for start, stop in chunks(columns, size, first) if columns else [(0, 0)]:
        seeds = unit_directions(leaves, start, stop, unit)
        values, tangents = pushforward(flat, leaves, seeds, stop - start)
        if not parts:
            check_fits(total_size(values), columns)
        parts.append(tangents)
    return values, [_join(list(part)) for part in zip(*parts, strict=True)]


def program_of(flat: FlatFunction) -> FlatFunction:
    """Return the program whose gradient a function is, else the function: it has its arrays."""
    if not isinstance(flat.f, Gradient):
        return flat
    program = copy.copy(flat)
    program.f = flat.f.f
    return program


def reverse_blocks(
    flat: FlatFunction, recording: Recording, chunk: Any, holomorphic: bool
) -> Evaluated:
    """Return the Jacobian by rows: unit cotangents pulled back, in chunks."""
    leaves, values = flat.leaves, recording.results
    rows = total_size(values)
    check_fits(rows, total_size(leaves))
    complex_out = any(dtype_of(y).kind == "c" for y in values)
    if complex_out and not holomorphic:
        _check_not_holomorphic(flat, values)
    twice = complex_out and not holomorphic
    whole = _rows(recording, values, rows, chunk, 1, last=not twice)
    if twice:
        # cotangent 1 picks the real part of a result, -1j the imaginary one
        across = _rows(recording, values, rows, chunk, -1j, last=True)
        whole = [ct + 1j * cu for ct, cu in zip(whole, across, strict=True)]
    by_leaf = [_split(ct, values) for ct in whole]
    blocks = [
        [
            finished_block(np.reshape(part[i], np.shape(y) + np.shape(x)), x, y)
            for part, x in zip(by_leaf, leaves, strict=True)
        ]
        for i, y in enumerate(values)
    ]
    return Evaluated(recording.results, blocks)


def _rows(
    recording: Recording,
    values: Sequence[Any],
    rows: int,
    chunk: Any,
    unit: Any,
    *,
    last: bool,
) -> list[Any]:
    """Return per leaf the cotangents for all unit directions, leading."""
    arrays = [*recording.leaves, *values]
    size = recorded_chunk_size(chunk, rows, arrays, recording)
    parts = []
    for start, stop in chunks(rows, size) if rows else [(0, 0)]:
        seeds = unit_directions(values, start, stop, unit)
        parts.append(recording.pull(seeds, stop - start, last=last and stop == rows))
    return [_join(list(part)) for part in zip(*parts, strict=True)]


def _check_not_holomorphic(flat: FlatFunction, values: Sequence[Any]) -> None:
    complex_in = any(dtype_of(x).kind == "c" for x in flat.leaves)
    complex_out = any(dtype_of(y).kind == "c" for y in values)
    if complex_in and complex_out:
        raise OutputError(
            "ADK136",
            f"{name_of(flat.f)} is complex in and out, and is not declared to be holomorphic",
            instead="pass holomorphic=True if it is, else differentiate real and imaginary parts",
        )


def _join(parts: list[Any]) -> Any:
    return parts[0] if len(parts) == 1 else np.concatenate(parts)


def _split(whole: Any, leaves: Sequence[Any]) -> list[Any]:
    """Cut leading directions into those of each leaf."""
    if len(leaves) == 1:
        return [whole]
    parts = []
    offset = 0
    for x in leaves:
        size = int(np.prod(np.shape(x)))
        parts.append(whole[offset : offset + size])
        offset += size
    return parts


def _columns_last(tangents: Any, x: Any, y: Any) -> Any:
    """Turn leading directions of input leaf `x` into trailing axes of its shape."""
    moved = np.moveaxis(tangents, 0, -1)
    return finished_block(np.reshape(moved, np.shape(y) + np.shape(x)), x, y)


def finished_block(block: Any, x: Any, y: Any) -> Any:
    """Return a block in its own memory, of the dtype that both modes give."""
    kind = dtype_of(y).kind
    block = cast(block, np.result_type(dtype_of(x), dtype_of(y)) if kind in "fc" else dtype_of(x))
    return np.array(block, order="C")[()] if isinstance(block, np.ndarray) else block
