"""What a user does with a Node made by hand: its data, its gradient, the sweep back from it."""

from __future__ import annotations

from typing import Any

import numpy as np

from adkit.common.border import refuse_memory
from adkit.common.errors import LevelError, NonScalarOutputError
from adkit.common.inputs import differentiable, seed
from adkit.common.storage import is_stored, private
from adkit.common.structural import Structural, is_nonfinite, without_masks
from adkit.common.sweeps import count_reverse
from adkit.common.tracebacks import boundary
from adkit.common.tracer import Tracer
from adkit.common.views import parent_of
from adkit.reverse.tape import Cotangents, Entry, Tape, TapeByHand, history
from adkit.reverse.tape import parents as parents_of
from adkit.reverse.writes import SUPERSEDED


class ByHand(Tracer):
    """The part of `adkit.Node` that serves computations outside of a transform."""

    __slots__ = ()

    level: Tape
    entry: Entry | None

    @property
    def data(self) -> Any:
        """The value; that of a Node without parents may be changed, or replaced by its like."""
        if type(self.level) is not TapeByHand:
            refuse_memory("data")
        value = self.value
        if not isinstance(value, np.ndarray):
            return private(value)
        if self.parents or is_stored(self):
            value = value.view()
            value.flags.writeable = False
        else:
            value = self.value = value.copy(order="K")  # what was recorded keeps the old one
        return value

    @data.setter
    def data(self, data: Any) -> None:
        if type(self.level) is not TapeByHand or self.parents:
            raise LevelError(
                "ADK602",
                "the data of a computed value cannot be replaced",
                instead="replace the data of the Nodes that it was computed from",
            )
        self.value = seed(differentiable(data, "data"), self.value, "data")

    @property
    def requires_grad(self) -> bool:
        """Whether `backward` reaches this Node."""
        return self.entry is not None

    @property
    def serial(self) -> int | None:
        """Number in the order of recording, None of a constant."""
        return None if self.entry is None else self.entry[0]

    @property
    def parents(self) -> tuple[int, ...]:
        """Serials of what it was computed from."""
        return () if self.entry is None else tuple(p[0] for p in parents_of(self.entry))

    @property
    def grad(self) -> Any:
        """Accumulated gradient, as a Node that does not require gradients; None before `backward`.

        That of a view is the part of the gradient of its array.
        """
        parent = parent_of(self)
        whole = None if parent is None else parent.grad
        if whole is not None:
            return self.constant_like(self.step.of(whole.value))
        if self.entry is None or self.entry[1] is None:
            return None
        return self.constant_like(self.entry[1])

    def zero_grad(self) -> None:
        """Forget the accumulated gradient."""
        if self.entry is not None:
            self.entry[1] = None

    @boundary
    def backward(self, gradient: Any = None) -> None:
        """Sweep back from this Node, adding to the `grad` of all that it depends on.

        Parameters
        ----------
        gradient : array or Node, optional
            The cotangent of this Node, of its shape and dtype; 1 for a scalar.

        Raises
        ------
        NonScalarOutputError
            If `gradient` is absent and this is not a scalar.
        SeedError
            If `gradient` does not match.
        LevelError
            If the Node is a constant, or belongs to a transform.
        """
        if self.entry is None:
            raise LevelError(
                "ADK603",
                "backward() of a Node that depends on nothing that requires a gradient",
                instead="make the inputs with Node(data, requires_grad=True)",
            )
        if type(self.level) is not TapeByHand:
            raise LevelError(
                "ADK604",
                "backward() of a value inside a transform",
                instead="grad, vjp and jacobian return derivatives themselves",
            )
        if gradient is None:
            if np.shape(self.value) != ():
                raise NonScalarOutputError(
                    "ADK138",
                    f"backward() without a gradient needs a scalar, this Node has shape "
                    f"{self.shape}",
                    instead="call y.sum().backward(), or y.backward(gradient)",
                )
            ct: Any = self.dtype.type(1)
        else:
            given = gradient.value if isinstance(gradient, ByHand) else gradient
            ct = seed(
                np.asarray(given) if isinstance(given, list) else given, self.value, "gradient"
            )
        entries = history(self.entry)
        reached = _all_cotangents(entries, self.entry, ct)
        count_reverse(1)
        if is_nonfinite(list(reached.values())):
            masked = _all_cotangents(entries, self.entry, Structural(ct, True, self.level))
            for serial, c in masked.items():
                reached[serial] = without_masks(c, self.level)
            count_reverse(1)
        for entry in entries:
            if entry[0] in reached:
                ct = reached[entry[0]]
                entry[1] = ct if entry[1] is None else entry[1] + ct


def _all_cotangents(entries: list[Entry], root: Entry, ct: Any) -> Cotangents:
    """Sweep, keeping the cotangents of intermediate values too."""
    reached = Cotangents()
    waiting = Cotangents()
    waiting[root[0]] = ct
    for entry in entries:
        serial = entry[0]
        if serial in waiting:
            ct = waiting.pop(serial)
            if type(ct) is not list and entry[1] is not SUPERSEDED:
                reached[serial] = private(ct)
            entry[2](ct, entry, waiting)
    return reached
