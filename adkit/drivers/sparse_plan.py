"""What a plan of a sparse Jacobian or Hessian says."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from adkit.common.flat import Argnums
from adkit.drivers.candidates import Option
from adkit.drivers.jacobian import Jacobian
from adkit.drivers.plan import Candidate, Plan
from adkit.drivers.tables import aligned
from adkit.sparse.bounds import Bound

if TYPE_CHECKING:
    from adkit.drivers.compressed import State

__all__ = ["SparseCandidate", "SparsePlan", "directions_in_words"]


@dataclass(frozen=True)
class SparseCandidate(Candidate):
    """One way to get a sparse matrix of derivatives.

    Attributes
    ----------
    name : str
        What it is called in the table.
    tangents, cotangents : int
        Directions of each kind, without that of the guard.
    least : Bound or None
        What no way of its class undercuts; None where all entries are found as they come.
    later : bool
        Whether it is for results after the first, constant entries being known.
    note : str
    sweep : str
        "gathers" or "rows" if it takes no directions, but one sparse sweep.
    """

    name: str = ""
    tangents: int = 0
    cotangents: int = 0
    least: Bound | None = None
    later: bool = False
    note: str = ""
    sweep: str = ""
    option: Option | None = field(default=None, repr=False, compare=False)

    @property
    def optimal(self) -> bool:
        """Whether it is proved that no way of its class takes fewer directions."""
        return self.least is not None and self.directions <= self.least.value


@dataclass(frozen=True)
class SparsePlan(Plan):
    """How to get a sparse Jacobian or Hessian, at this point and at others.

    `mode`, `tangents`, `cotangents`, `forward`, `reverse`, `reason` and `candidates` are as in
    `Plan`; directions are those of a first result, without that of the guard, and sweeps
    carry it too.

    Attributes
    ----------
    bound : int
        No linear recovery from directions of both modes takes fewer.
    shape : (int, int)
    nnz, varying : int
        Entries, and those among them that may change.
    warm : (int, int) or None
        Tangents and cotangents of later results, if constant entries are kept; else None.
    guard : int
        Directions that check each result.
    certificate : str
        Why no fewer directions are possible, or how few may be.
    flip : str
        What would change the choice.
    fallbacks : tuple of str
        Operations whose results are taken to depend on more than they may.
    title : str
        The function, its size and that of the matrix.
    chosen : int
        Which of the candidates.

    Examples
    --------
    >>> import numpy as np
    >>> from adkit import plan
    >>> arrow = plan(
    ...     lambda x: np.append(x[1:] * x[0], np.sum(x**3)),
    ...     np.ones(100),
    ...     sparse=True,
    ...     measure=False,
    ... )
    >>> arrow.tangents, arrow.cotangents, arrow.bound, arrow.optimal
    (2, 1, 3, True)
    >>> arrow.jacobian(np.arange(100.0)).nnz
    298
    """

    shape: tuple[int, int] = (0, 0)
    nnz: int = 0
    varying: int = 0
    warm: tuple[int, int] | None = None
    guard: int = 1
    certificate: str = ""
    flip: str = ""
    fallbacks: tuple[str, ...] = ()
    title: str = ""
    chosen: int = 0
    transform: Jacobian | None = field(default=None, repr=False, compare=False)

    def jacobian(self, *args: Any, **kwargs: Any) -> Any:
        """Return the sparse matrix at another point, by this plan.

        Arguments of other shapes are planned for when they come.
        """
        assert self.transform is not None
        return self.transform(*args, **kwargs)

    hessian = jacobian

    @property
    def op(self) -> str:
        """What is planned: "jacobian" or "hessian"."""
        return "jacobian" if self.transform is None else self.transform.op

    def save(self, path: Any) -> None:
        """Write the plan to a file, without the function.

        Parameters
        ----------
        path : path or file
            A name that ends in ``.npz``.

        Examples
        --------
        >>> import io
        >>> import numpy as np
        >>> from adkit import SparsePlan, plan
        >>> made = plan(np.sin, np.ones(9), sparse=True, measure=False)
        >>> made.save(file := io.BytesIO())
        >>> _ = file.seek(0)
        >>> SparsePlan.load(file, np.sin).jacobian(np.zeros(9)).nnz
        9
        """
        from adkit.drivers.saved_plans import saved  # on use: it knows this module

        arrays: Any = saved(self, self._state())
        np.savez(path, **arrays)

    @classmethod
    def load(cls, path: Any, f: Callable[..., Any], argnums: Argnums = 0) -> SparsePlan:
        """Read a plan that `save` wrote.

        Parameters
        ----------
        path : path or file
        f : callable
            The function that it was made for; results are checked as always.
        argnums : int or tuple of int
            Which arguments are differentiated.

        Raises
        ------
        PatternError
            If the file holds no plan.
        """
        from adkit.drivers.hessian import Hessian
        from adkit.drivers.saved_plans import loaded, read

        op, fields, state = loaded(read(path))
        transform: Jacobian = (
            Hessian(f, argnums, False, "auto", sparse=True)
            if op == "hessian"
            else Jacobian(f, argnums, False, sparse=True)
        )
        assert transform._compressed is not None
        transform._compressed.prepared = state
        return cls(**fields, transform=transform)

    def _state(self) -> State:
        assert self.transform is not None
        engine = self.transform._compressed
        assert engine is not None
        return engine.prepared or next(iter(engine.states.values()))

    def spy(self, axes: Any = None) -> Any:
        """Plot the pattern in the colours of the directions; needs matplotlib.

        Parameters
        ----------
        axes : matplotlib.axes.Axes, optional
            By default those of a new figure.

        Returns
        -------
        matplotlib.axes.Axes
            Its ``figure.savefig(path)`` writes a file.
        """
        from adkit.drivers.plan_views import spy

        taken = directions_in_words(self.tangents, self.cotangents)
        return spy(self._state().option.compression, f"{self.nnz} nonzeros by {taken}", axes)

    def _repr_html_(self) -> str:
        from adkit.drivers.plan_views import html_table

        return html_table(self.title, self._rows(), self._notes())

    def __rich__(self) -> Any:
        from adkit.drivers.plan_views import rich_table

        return rich_table(self.title, self._rows(), self._notes(), self.chosen)

    def __str__(self) -> str:
        table = [f"  {line}" for line in aligned(self._rows())]
        return "\n".join([self.title, *table, *self._notes()])

    def _rows(self) -> list[tuple[str, ...]]:
        head = ("", "plan", "directions", "sweeps", "est. time", "memory", "note")
        return [head, *map(self._cells, self.candidates)]

    def _notes(self) -> list[str]:
        lines = [f"chosen (>): {self.reason}"]
        if self.warm is not None:
            kept = f"{self.nnz - self.varying} of {self.nnz} entries are constant"
            lines.append(f"later results (*): {directions_in_words(*self.warm)}; {kept}")
        check = "1 direction more, in the same sweeps"
        if not self.guard:
            check = "1 direction, where entries have come to other places"
        lines += [f"check of a result: {check}", f"proof: {self.certificate}"]
        lines.append(f"what would change the choice: {self.flip}")
        if self.fallbacks:
            lines.append(f"taken to depend on more than they may: {', '.join(self.fallbacks)}")
        return lines

    def _cells(self, c: Candidate) -> tuple[str, ...]:
        assert isinstance(c, SparseCandidate)
        mark = "*" if c.later else ">" if c is self.candidates[self.chosen] else ""
        time = "" if c.seconds is None else f"{c.seconds * 1e3:.3g} ms"
        memory = f"{c.bytes / 1e6:.3g} MB" if c.bytes else ""
        directions = (
            directions_in_words(c.tangents, c.cotangents) if c.least or c.directions else "-"
        )
        return mark, f"{c.mode}, {c.name}", directions, str(c.sweeps), time, memory, c.note


def directions_in_words(p: int, q: int) -> str:
    """Return numbers of tangents and cotangents as in tables."""
    parts = [f"{count} {word}" for count, word in ((p, "fwd"), (q, "rev")) if count]
    return " + ".join(parts) or "0"
