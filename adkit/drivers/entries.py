"""What transforms with `sparse=` and `mode="mixed"` return."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from adkit.common.directions import check_fits
from adkit.common.errors import AdkitError
from adkit.common.flat import FlatFunction
from adkit.common.shapes import dtype_of
from adkit.common.tracer import Tracer
from adkit.drivers.blocks import Blocks, finished_block
from adkit.drivers.compressed import Compressed, Evaluation
from adkit.drivers.matrices import sparse_matrix

__all__ = ["dense_blocks", "pays", "sparse_result"]


def pays(compressed: Compressed, primal: FlatFunction, flat: FlatFunction) -> bool:
    """Return whether a dense result is computed from half the directions, or fewer."""
    if any(isinstance(x, Tracer) or dtype_of(x).kind == "c" for x in flat.leaves):
        return False
    try:
        state = compressed.state(primal, flat)
    except AdkitError:
        return False  # if it is the function's fault, the dense way says so
    return 2 * state.option.directions <= min(state.pattern.shape)


def sparse_result(result: Evaluation) -> Any:
    """Return the sparse matrix of an evaluation."""
    return sparse_matrix(result.pattern, result.entries)


def dense_blocks(result: Evaluation, leaves: Sequence[Any]) -> Blocks:
    """Return the blocks of a dense Jacobian, by result and argument."""
    check_fits(*result.pattern.shape)
    whole = result.pattern.to_dense(result.entries)
    blocks: Blocks = []
    top = 0
    for y in result.values:
        rows = whole[top : top + int(np.size(y))]
        top += int(np.size(y))
        line, left = [], 0
        for x in leaves:
            part = rows[:, left : left + int(np.size(x))]
            left += int(np.size(x))
            line.append(finished_block(np.reshape(part, np.shape(y) + np.shape(x)), x, y))
        blocks.append(line)
    return blocks
