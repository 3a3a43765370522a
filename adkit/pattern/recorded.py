"""An engine without derivatives: it notes what a function does to its arguments, step by step.

What one run has shown is compared with what another one shows. If both are equal, both runs took
the same operations of the same operands, indices and numbers, whatever lies in closures, globals
or files: so all that was found out about the steps of the first one holds for the second. Only
the numbers in the arrays may differ that an array is multiplied with, or chosen from; those are
noted by shape.

As long as a run does what an earlier one did, shapes are known, and no value is computed before
somebody asks for it: a comparison, an operation that is not followed, or a partial derivative.
"""

from __future__ import annotations

import contextlib
import warnings
from collections.abc import Callable, Sequence
from typing import Any, ClassVar

import numpy as np

from adkit.common.errors import leaked
from adkit.common.operators import install_operators
from adkit.common.registry import SEQUENCE, Operation
from adkit.common.shapes import dtype_of
from adkit.common.storage import current
from adkit.common.views import shares
from adkit.pattern.recorded_calls import exact, shaped, specialised
from adkit.pattern.specialised import FLOAT
from adkit.pattern.steps import Constant, Derived, Input, Same, Written, copied, told
from adkit.pattern.traced import Call, SparseLevel, SparseTraced, Write

__all__ = ["Recorded", "RecordedLevel", "Run", "defined"]


class Run:
    """What a run of a function has shown.

    Attributes
    ----------
    seen : list
        What each step is; operands are the numbers of their steps.
    forms : list
        Shapes and strides of the results of the common operations.
    links : frozenset of int
        Steps whose results are views of their operands.
    quiet : bool
        Whether the function has set how floating-point errors are treated.
    """

    def __init__(self, level: RecordedLevel) -> None:
        self.seen = [*level.seen, None]  # which is no step
        self.forms = [None if y is None else (y.value.shape, y.value.strides) for y in level.made]
        self.links, self.quiet = frozenset(level.linked), level.quiet

    def starts(self, seen: Sequence[Any]) -> bool:
        """Return whether the first steps were these."""
        return self.seen[: len(seen)] == seen


class _Never:
    """What a run is expected to do of which nothing is known: a step that is none."""

    def __getitem__(self, number: int) -> None:
        return None


NEVER = _Never()

#: How floating-point errors may be treated that a function may notice.
_RAISING = frozenset(("raise", "call", "print", "log"))


class RecordedLevel(SparseLevel):
    """One run of a function whose steps are noted.

    Attributes
    ----------
    seen : list
        What each step is.
    steps : list
        For each step, what its value and its derivative are made from: of the common operations
        a tuple ``(op, operands, args, kwargs)``, of others one of the tuples above.
    made : list
        The results of the common operations.
    runs : sequence of Run
        What earlier runs have shown.
    expected
        The steps of the one that this one has done the same as so far.
    forms, links
        What is known of them.
    linked : set of int
        Steps whose results are views of their operands.
    waits : bool
        Whether values may be computed later: not if a floating-point error may raise an
        exception, or a warning may be turned into one, inside the function.
    quiet : bool
        Whether the function has set how floating-point errors are treated.
    """

    __slots__ = (
        "_errors",
        "_filters",
        "expected",
        "forms",
        "linked",
        "links",
        "made",
        "quiet",
        "runs",
        "seen",
        "steps",
        "waits",
    )

    def __init__(
        self, width: int, runs: Sequence[Run] = (), known: dict[Any, Any] | None = None
    ) -> None:
        super().__init__(width)
        if known is not None:
            self.known = known
        self.seen: list[Any] = []
        self.steps: list[Any] = []
        self.made: list[Any] = []
        self.runs = runs
        self.expected: Any = NEVER
        self.forms: list[Any] = []
        self.links: frozenset[int] = frozenset()
        self.linked: set[int] = set()
        self._errors, self._filters = np.geterr(), warnings.filters
        self.waits, self.quiet = _RAISING.isdisjoint(self._errors.values()), False
        if runs and self.waits:
            self._expect(runs[0])

    def _expect(self, run: Run) -> None:
        self.expected, self.forms, self.links = run.seen, run.forms, run.links
        self.quiet = self.quiet or run.quiet

    def note(self, key: Any, step: Any, made: Any = None) -> int:
        """Note a step, and return its number."""
        number = len(self.seen)
        as_expected = self.expected[number] == key
        self.seen.append(key)
        self.steps.append(step)
        self.made.append(made)
        errors = np.geterr()
        if errors != self._errors or warnings.filters is not self._filters:
            self.quiet = True
            caught = warnings.filters is self._filters and _RAISING.isdisjoint(errors.values())
            self.waits = self.waits and caught
        if not as_expected and self.expected is not NEVER:
            self.expected = NEVER
            for run in self.runs:
                if run.starts(self.seen):
                    self._expect(run)
                    break
        return number

    def is_linear(self, op: Operation, x: Any, args: Any, kwargs: Any, options: Any) -> bool:
        """Return whether an operation that is defined by others is linear whatever its values."""
        key = ("linear", op, shaped(x), options)
        if key not in self.known:
            inner, result = defined(op, x, args, kwargs)
            ans = op.function(x, *args, **kwargs)
            own = isinstance(ans, np.ndarray) and dtype_of(ans) is FLOAT and not shares(ans, x)
            linear = not inner.branches and all(map(_is_linear, inner.steps))
            self.known[key] = own and linear and result is not None
            inner.end()
        found: bool = self.known[key]
        return found

    def operands(self, number: int) -> list[int]:
        """Return the steps of the operands of a common operation."""
        return [x.entry for x in self.steps[number][1] if isinstance(x, Recorded)]

    def end(self) -> None:
        """Let go of all values; a result that nobody has asked for has none afterwards."""
        self.expected = NEVER
        self.steps.clear()
        self.made.clear()

    def freeze(self, handle: Recorded) -> None:
        """Let steps so far keep the value of an array that is about to get another one."""
        twin = Recorded.__new__(Recorded)
        twin.entry, twin.level = handle.entry, self
        if hasattr(handle, "tangent"):
            twin.tangent = handle.tangent
        for number, step in enumerate(self.steps):
            if type(step) is tuple and any(x is handle for x in step[1]):
                operands = [twin if x is handle else x for x in step[1]]
                self.steps[number] = (step[0], operands, *step[2:])
            if self.made[number] is handle:
                self.made[number] = twin

    def constant(self, size: int, dtype: Any) -> int:
        """Note a constant."""
        return self.note(("constant", size), Constant(size))

    def leaf(self, x: Any, first: int) -> int:
        """Note an argument, whose columns start at `first`."""
        step = Input(int(np.size(x)), first, dtype_of(x))
        return self.note(("input", shaped(x), first), step)

    def derivative(self, call: Call, y: Any, k: int | None) -> int:
        """Note result `k` of any operation."""
        op, pairs = call.op, zip(call.values, call.entries, strict=True)
        values = [copied(x) if entry is None else x for x, entry in pairs]
        rest = copied(op.put(call.args, [None] * len(values)))
        kept = call._replace(values=values, args=op.put(rest, values), kwargs=copied(call.kwargs))
        return self.note(told(call, k), Derived(kept, y, k))

    def written(self, entry: Any, written: Any, write: Write, size: int, dtype: Any) -> int:
        """Note a write into an array."""
        key = (
            *("write", entry, written, write.part, size, dtype),
            *(None if a is None else exact(a) for a in (write.positions, write.numbers)),
        )
        return self.note(key, Written(entry, written, write, size, dtype))


def defined(op: Operation, x: Any, args: Any, kwargs: Any) -> tuple[RecordedLevel, int | None]:
    """Return the steps of the definition of an operation, and which of them is the result."""
    level = RecordedLevel(int(np.size(x)))
    assert op.body is not None
    y = current(op.body(Recorded(x, level.leaf(x, 0), level), *args, **kwargs))
    return level, y.entry if isinstance(y, Recorded) and y.level is level else None


def _is_linear(step: Any) -> bool:
    if isinstance(step, (Input, Constant, Same)):
        return True
    if isinstance(step, Written):
        return False
    op = step.call.op if isinstance(step, Derived) else step[0]
    if op.verb == "elementwise":
        return not any(map(callable, op.partials))
    linear: bool = op.verb == "linear"
    return linear


class Recorded(SparseTraced):
    """A value, and of which step it is the result: its entry.

    The value stands in the place of a tangent, as soon as it is computed.
    """

    __slots__ = ()

    calls: ClassVar[dict[Any, Callable[..., Any]]] = {}
    level: Any

    @classmethod
    def specialise(cls, op: Operation) -> Callable[..., Any] | None:
        """Return code for the common calls of an operation, None if it has none."""
        return specialised(op, Recorded)  # not that of stored arrays

    @property
    def value(self) -> Any:
        """The value, computed now if it has not been."""
        try:
            return self.tangent
        except AttributeError:
            return _computed(self)

    @value.setter
    def value(self, x: Any) -> None:
        if hasattr(self, "entry"):
            self.level.freeze(self)
        self.tangent = x

    @property
    def shape(self) -> tuple[int, ...]:
        """Lengths of the axes."""
        try:
            found = self.tangent.shape
        except AttributeError:
            found = self.level.forms[self.entry][0]
        shape: tuple[int, ...] = found
        return shape

    @shape.setter
    def shape(self, shape: Any) -> None:
        SparseTraced.shape.fset(self, shape)  # type: ignore[attr-defined]

    @property
    def ndim(self) -> int:
        """Number of axes."""
        return len(self.shape)

    @property
    def size(self) -> int:
        """Number of elements."""
        return int(np.prod(self.shape))

    @property
    def strides(self) -> tuple[int, ...]:
        """Bytes to step along each axis."""
        try:
            found = self.tangent.strides
        except AttributeError:
            found = self.level.forms[self.entry][1]
        strides: tuple[int, ...] = found
        return strides

    @property
    def dtype(self) -> np.dtype[Any]:
        """Type of the elements."""
        dtype: np.dtype[Any] = getattr(self, "tangent", FLOAT_ARRAY).dtype
        return dtype

    def compute(self) -> None:
        """Compute the value, if it has not been."""
        if not hasattr(self, "tangent"):
            _computed(self)

    def forget(self) -> None:
        """Let go of a value that can be computed again."""
        if hasattr(self, "tangent"):
            del self.tangent

    def snapshot(self, value: Any) -> Recorded:
        """Return an ordinary array with this derivative and another value."""
        entry = self.level.note(("same", self.entry), Same(self.entry))
        return Recorded(value, entry, self.level)

    def _packed(self, y: Any, call: Call, k: int | None) -> Any:
        if dtype_of(y).kind not in "fc":
            return y
        return Recorded(y, self.level.derivative(call, y, k), self.level)


FLOAT_ARRAY = np.zeros(0, FLOAT)


def _computed(handle: Recorded) -> Any:
    """Compute a value, and those before it that it is made from."""
    level = handle.level
    steps = level.steps
    if level.expected is NEVER and not steps:
        raise leaked()
    with np.errstate(all="ignore") if level.quiet else contextlib.nullcontext():
        todo = [handle]
        while todo:
            op, operands, args, kwargs = steps[todo[-1].entry]
            values, waiting = [], []
            for x in operands:
                if not isinstance(x, Recorded):
                    values.append(x)
                elif hasattr(x, "tangent"):
                    values.append(x.tangent)
                else:
                    waiting.append(x)
            if waiting:
                todo += waiting
            elif op.operands == SEQUENCE:
                todo.pop().tangent = op.function(*op.put(args, values), **kwargs)
            else:
                todo.pop().tangent = op.function(*values, *args[len(values) :], **kwargs)
    return handle.tangent


RecordedLevel.traced = Recorded
install_operators(Recorded)
