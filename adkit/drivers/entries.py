"""What transforms with `sparse=` and `mode="mixed"` return."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from adkit.common.directions import check_fits
from adkit.common.errors import AdkitError
from adkit.common.flat import FlatFunction
from adkit.common.shapes import dtype_of
from adkit.common.tracer import Tracer
from adkit.drivers.blocks import Blocks, finished_block
from adkit.drivers.compressed import Compressed, Evaluation, State
from adkit.drivers.matrices import sparse_matrix

__all__ = ["blocks_of", "dense_blocks", "known", "pays", "sparse_result"]


def known(compressed: Compressed, primal: FlatFunction, flat: FlatFunction) -> State | None:
    """Return the plan of a sparse result, None where there can be none."""
    if any(isinstance(x, Tracer) or dtype_of(x).kind == "c" for x in flat.leaves):
        return None
    try:
        return compressed.state(primal, flat)
    except AdkitError:
        return None  # if it is the function's fault, the dense way says so


def pays(state: State) -> bool:
    """Return whether a dense result is computed from half the directions, or fewer."""
    return 2 * state.option.directions <= min(state.pattern.shape)


def sparse_result(result: Evaluation) -> Any:
    """Return the sparse matrix of an evaluation."""
    return sparse_matrix(result.pattern, result.entries)


def dense_blocks(result: Evaluation, leaves: Sequence[Any]) -> Blocks:
    """Return the blocks of a dense Jacobian, by result and argument."""
    check_fits(*result.pattern.shape)
    return blocks_of(result.pattern.to_dense(result.entries), result.values, leaves)


def blocks_of(whole: NDArray[Any], values: Sequence[Any], leaves: Sequence[Any]) -> Blocks:
    """Return the blocks of a matrix, by result and argument."""
    blocks: Blocks = []
    top = 0
    for y in values:
        rows = whole[top : top + int(np.size(y))]
        top += int(np.size(y))
        line, left = [], 0
        for x in leaves:
            part = rows[:, left : left + int(np.size(x))]
            left += int(np.size(x))
            line.append(finished_block(np.reshape(part, np.shape(y) + np.shape(x)), x, y))
        blocks.append(line)
    return blocks
