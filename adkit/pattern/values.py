"""The sparse forward sweep: duals whose tangents are sparse rows of the Jacobian.

Values and places come in one pass (Coleman and Verma 1998 compare it with compressed
sweeps). Where a factor is zero the entry stays, as a zero, but for the matrices of
products and of operations of which only the push is known: they are those at this point.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from adkit.common.errors import JacobianTooLargeError
from adkit.pattern.incidence import (
    Parts,
    by_operand,
    elementwise_values,
    parts_at,
)
from adkit.pattern.rows import Rows
from adkit.pattern.traced import Call, SparseLevel, Term, Write


class ValueLevel(SparseLevel):
    """A sweep whose entries are rows with values."""

    __slots__ = ()

    def constant(self, size: int, dtype: Any) -> Rows:
        """Return the derivative of a constant."""
        return Rows.empty(size, self.width, dtype)

    def unit(self, size: int, first: int, dtype: Any) -> Rows:
        """Return the derivative of inputs, whose columns start at `first`."""
        return Rows.unit(size, self.width, first, dtype)

    def sum(self, terms: Sequence[Term], size: int, dtype: Any, call: Call | None = None) -> Rows:
        """Return the rows of a result."""
        total = Rows.empty(size, self.width, dtype)
        for term in terms:
            for part in term.parts:
                total = total.merge(part.map.of(_part(term.entry, part.of)))
        data = total.data
        assert data is not None
        if dtype.kind != "c" and data.dtype.kind == "c":
            data = data.real
        return total.with_data(data.astype(dtype, copy=False))

    def written(self, entry: Any, written: Any, write: Write, size: int, dtype: Any) -> Rows:
        """Return the rows of an array after a write into it."""
        if write.part:
            return self.sum(write.terms(entry, written, size), size, dtype)
        if written is None:
            rows = self.constant(len(write.positions), dtype)
        else:
            rows = written.take(write.numbers)
        replaced: Rows = entry.replaced(write.positions, rows)
        return replaced

    def terms(self, call: Call, k: int | None) -> list[Term]:
        """Return what result `k` of a call depends on."""
        op = call.op
        if op.verb == "elementwise":
            return [
                Term(call.entries[i], elementwise_values(op, i, call.ans, call.args))
                for i in call.active
            ]
        if op.verb == "linear" and op.joint:
            sizes = [int(np.size(x)) for x in call.values]
            split = by_operand(_found(self.linear_parts(call), call), sizes)
            return [Term(call.entries[i], split[i]) for i in call.active]
        if op.verb == "linear":
            return [Term(call.entries[0], _found(self.linear_parts(call), call))]
        return [Term(call.entries[i], self._at(call, i, k)) for i in call.active]

    def _at(self, call: Call, i: int, k: int | None) -> Parts:
        """Return the matrix of an operation here; that of a product once for equal factors."""

        def find() -> Parts:
            return _found(parts_at(call.op, i, call.ans, call.args, call.kwargs, k), call)

        others = [j for j in range(len(call.values)) if j != i]
        is_repeated = call.op.verb == "bilinear" and len(call.active) == 1
        return self.once(find, call, others, i) if is_repeated else find()


def _part(rows: Rows, of: str) -> Rows:
    """Return the real or the imaginary part of rows."""
    if not of or rows.data is None:
        return rows
    return rows.with_data(rows.data.real if of == "real" else rows.data.imag)


def _found(parts: Parts | None, call: Call) -> Parts:
    if parts is None:
        raise JacobianTooLargeError(
            "ADK701",
            f"the matrix of {call.op.name} is too large for a sparse forward sweep",
            instead="use jacobian(f), whose sweeps need no matrix of an operation",
        )
    return parts
