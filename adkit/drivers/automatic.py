"""Dense results through lifted arrays, where calls show that this takes less time.

Of a function like soft-max every result depends on every argument, but through few numbers:
the sparse matrix and the product of two narrow ones, added up, may be there sooner than all
directions. How much sooner depends on the function and on the size, so both ways are tried on
the first calls (`adkit.drivers.trials`).
"""

from __future__ import annotations

from collections.abc import Callable
from time import thread_time
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from adkit.common.containers import Structure, flatten
from adkit.common.directions import check_fits
from adkit.common.errors import AdkitError
from adkit.common.flat import FlatFunction
from adkit.common.inputs import owned
from adkit.drivers.blocks import Blocks
from adkit.drivers.entries import blocks_of
from adkit.drivers.keys import static_key
from adkit.drivers.lifted import Lifted
from adkit.drivers.lifted_hessian import LiftedHessian
from adkit.drivers.trials import Trial

__all__ = ["Automatic", "Through"]

Array = NDArray[Any]
#: A value, its derivative, and the function of leaves.
Evaluated = tuple[Any, Any, FlatFunction]

#: Rows and columns from which on it is worth to look for narrow arrays.
_WORTH = 64

_LIFTED = "lifted"


class Through(NamedTuple):
    """A value, the structure around it, and a dense Jacobian by blocks."""

    value: Any
    outputs: Structure
    blocks: Blocks


class Automatic:
    """Whether the dense results of a function are computed through lifted arrays.

    Parameters
    ----------
    lifted : Lifted or LiftedHessian
        What computes them so.
    """

    def __init__(self, lifted: Lifted | LiftedHessian) -> None:
        self.lifted = lifted
        self.trials: dict[Any, Trial | None] = {}

    def evaluate(
        self,
        primal: FlatFunction,
        flat: FlatFunction,
        size: int,
        dense: Callable[[], Evaluated],
        through: Callable[[Through], Evaluated],
    ) -> Evaluated:
        """Return what `dense` returns, or `through` of what comes through lifted arrays.

        Parameters
        ----------
        primal, flat : FlatFunction
            What the user gave, and that of which the Jacobian is computed.
        size : int
            Rows or columns of the Jacobian, whichever are fewer.
        dense, through : callable
        """
        key = static_key(primal)
        if key not in self.trials:
            worth = size >= _WORTH and self._is_narrow(primal, size)
            self.trials[key] = Trial(["", _LIFTED]) if worth else None
        trial = self.trials[key]
        if trial is None:
            return dense()
        way = trial.way() if trial.winner is None else trial.winner
        start = thread_time()
        if way == _LIFTED:
            try:
                result = through(self._lifted(flat))
            except AdkitError:  # if it is the function's fault, the dense way says so
                self.trials[key] = None
                return dense()
        else:
            result = dense()
        if trial.winner is None:
            trial.note(way, thread_time() - start)
            if trial.winner == "":
                self.trials[key] = None
        return result

    def _is_narrow(self, primal: FlatFunction, size: int) -> bool:
        """Return whether there are arrays to lift, of fewer numbers than half of the directions."""
        try:
            lifted = self.lifted.surveyed(primal)[1].lifted
        except AdkitError:
            return False
        return 0 < 2 * sum(int(np.size(c)) for c in lifted) < size

    def _lifted(self, flat: FlatFunction) -> Through:
        found = self.lifted.evaluate(flat)
        check_fits(*found.matrix.shape)
        if isinstance(self.lifted, LiftedHessian):
            outputs, values = flat.inputs, _parts(found.value, flat.leaves)
        else:
            values, outputs = flatten(found.value)
        blocks = blocks_of(found.matrix.toarray(), values, flat.leaves)
        return Through(outputs.unflatten([owned(y) for y in values]), outputs, blocks)


def _parts(vector: Array, leaves: list[Any]) -> list[Any]:
    """Return a vector in pieces of the shapes and dtypes of leaves."""
    ends = np.cumsum([int(np.size(x)) for x in leaves])
    pieces = np.split(vector, ends[:-1])
    return [
        np.reshape(piece, np.shape(x)).astype(np.result_type(x))[()]
        for piece, x in zip(pieces, leaves, strict=True)
    ]
