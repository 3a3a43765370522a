"""An engine whose derivatives are sparse rows: what patterns and sparse sweeps share."""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from hashlib import blake2b
from typing import Any, ClassVar, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from adkit.common.composites import compose
from adkit.common.errors import leaked
from adkit.common.levels import Level
from adkit.common.linearisation import is_active, is_differentiable, rebuild
from adkit.common.operators import install_operators
from adkit.common.places import Place
from adkit.common.registry import Operation
from adkit.common.shapes import dtype_of
from adkit.common.storage import apart, place_path
from adkit.common.tracer import Tracer, value_of
from adkit.common.views import link_results
from adkit.pattern.incidence import Part, Parts, linear_parts, numbered
from adkit.pattern.maps import Gather, Lanes
from adkit.pattern.rows import cells

Array = NDArray[Any]


T = TypeVar("T")

_NAMED = frozenset((int, float, complex, bool, str, slice, type(None), type(Ellipsis)))


class Term(NamedTuple):
    """What a result gets from one array.

    Attributes
    ----------
    entry
        The derivative of that array, as the engine keeps it.
    parts : tuple of Part
        How the result depends on its elements.
    varying : tuple of Part
        Where this factor of the derivative depends on the inputs itself.
    meeting : str
        Of a general operation: which elements meet in second derivatives, a kind of
        `adkit.pattern.meetings`.
    """

    entry: Any
    parts: Parts
    varying: Parts = ()
    meeting: str = ""


class Call(NamedTuple):
    """One call of an operation, its operands one level down."""

    op: Operation
    values: list[Any]
    entries: list[Any]  # None of an operand that is not traced, or passes no derivative
    ans: Any
    args: tuple[Any, ...]
    kwargs: dict[str, Any]

    @property
    def active(self) -> list[int]:
        """Which operands are traced."""
        return [i for i, entry in enumerate(self.entries) if entry is not None]


class SparseLevel(Level):
    """A sweep of sparse rows, and how its derivatives are computed.

    Attributes
    ----------
    width : int
        Number of inputs.
    fallbacks : dict
        Names of operations whose results are taken to depend on more than they may.
    branches : dict
        Names of operations whose plain results the computation went on with.
    """

    __slots__ = ("branches", "fallbacks", "known", "width")

    #: What values of the level are.
    traced: ClassVar[type[SparseTraced]]

    def __init__(self, width: int) -> None:
        super().__init__()
        self.width = width
        self.fallbacks: dict[str, None] = {}
        self.branches: dict[str, None] = {}
        self.known: dict[Any, Any] = {}

    def linear_parts(self, call: Call) -> Parts | None:
        """Return the matrix of a linear operation; found once for equal arguments."""
        op = call.op

        def found() -> Parts | None:
            return linear_parts(op, call.ans, call.args, call.kwargs)

        return found() if op.joint else self.once(found, call)

    def once(
        self, find: Callable[[], T], call: Call, numbers: Sequence[int] = (), which: Any = None
    ) -> T:
        """Return what `find` returns, called once for equal arguments.

        Parameters
        ----------
        find : callable
        call : Call
        numbers : sequence of int
            Operands whose numbers matter; of the others shapes and dtypes do.
        which
            What is asked about the call.
        """
        options = key_of((call.op.put(call.args, [None] * len(call.values)), call.kwargs))
        kinds = [_kind(x, exact=j in numbers) for j, x in enumerate(call.values)]
        if options is None or None in kinds:
            return find()
        key = (call.op.function, which, *kinds, options)
        if key not in self.known:
            self.known[key] = find()
        found: T = self.known[key]
        return found

    def constant(self, size: int, dtype: Any) -> Any:
        """Return the derivative of a constant."""
        raise NotImplementedError

    def unit(self, size: int, first: int, dtype: Any) -> Any:
        """Return the derivative of inputs, whose columns start at `first`."""
        raise NotImplementedError

    def terms(self, call: Call, k: int | None) -> list[Term]:
        """Return what result `k` of a call depends on."""
        raise NotImplementedError

    def written(self, entry: Any, written: Any, write: Write, size: int, dtype: Any) -> Any:
        """Return the derivative of an array after a write into it."""
        return self.sum(write.terms(entry, written, size), size, dtype)

    def sum(self, terms: Sequence[Term], size: int, dtype: Any, call: Call | None = None) -> Any:
        """Return the derivative of a result."""
        raise NotImplementedError


class SparseTraced(Tracer):
    """A value, and for each element a sparse row."""

    __slots__ = ()

    calls: ClassVar[dict[Any, Callable[..., Any]]] = {}
    level: SparseLevel

    def __init__(self, value: Any, entry: Any, level: SparseLevel) -> None:
        self.value = value
        self.entry = entry
        self.level = level

    def __repr__(self) -> str:
        return f"SparseTraced({self.value!r})"

    @classmethod
    def specialise(cls, op: Operation) -> Callable[..., Any] | None:
        """Return no code: an operation on rows takes longer than finding it."""
        return None

    def propagate(self, op: Operation, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """Apply an operation whose highest operand is at this level."""
        level = self.level
        if level.ended:
            raise leaked()
        if op.verb == "composite":
            return compose(op, args, kwargs, level, lambda ans, level: ans)
        handles = op.take(args)
        values = list(handles)
        entries: list[Any] = [None] * len(values)
        for i, x in enumerate(handles):
            if isinstance(x, SparseTraced) and x.level is level:
                values[i] = x.value
                if is_active(op, i):
                    entries[i] = x.entry
        args = op.put(args, values)
        ans = op.function(*args, **kwargs)
        if type(ans) is complex:  # Python's, of a complex on the left of a NumPy float
            ans = np.complex128(ans)
        call = Call(op, values, entries, ans, args, kwargs)
        if not call.active or not (isinstance(ans, tuple) or is_differentiable(op, ans)):
            level.branches[op.name] = None
            return apart(ans, values)
        level.operations += 1
        result = self._result(call)
        if op.verb != "elementwise" and not op.joint:
            link_results(result, op, handles, args, kwargs)
        return result

    def _result(self, call: Call) -> Any:
        if isinstance(call.ans, tuple):
            parts = [self._packed(y, call, k) for k, y in enumerate(call.ans)]
            return rebuild(call.ans, parts)
        return self._packed(call.ans, call, None)

    def _packed(self, y: Any, call: Call, k: int | None) -> Any:
        if dtype_of(y).kind not in "fc":
            return y
        terms = self.level.terms(call, k)
        entry = self.level.sum(terms, int(np.size(y)), dtype_of(y), call)
        return self.level.traced(y, entry, self.level)

    # ------------------------------------------------------------ writes

    def snapshot(self, value: Any) -> SparseTraced:
        """Return an ordinary traced array with these rows and another value."""
        return self.level.traced(value, self.entry, self.level)

    def own_derivative(self) -> None:
        """Do nothing: rows are never changed."""

    def take_derivative(self, other: Any) -> None:
        """Take over the rows of another array of this level, or of a constant."""
        mine = isinstance(other, SparseTraced) and other.level is self.level
        self.entry = other.entry if mine else self.constant_like(self.value).entry

    def constant_like(self, value: Any) -> SparseTraced:
        """Return a value as a constant of this level."""
        entry = self.level.constant(int(np.size(value)), dtype_of(value))
        return self.level.traced(value, entry, self.level)

    def write_root(self, handle: Any, index: Any, part: Any) -> None:
        """Replace the rows of a place by those of what was written there."""
        if self.level.ended:
            raise leaked()
        entry = None if part is None else part.entry
        shape, part_of = self.value.shape, ""
        if handle is self:
            positions = numbered(shape)[index]
        else:
            place = Place(place_path(handle, index), self.value)
            positions, part_of = place.positions, place.part
        numbers = None if part is None else _fitted(part.shape, np.shape(positions))
        write = Write(np.reshape(positions, -1), numbers, part_of)
        self.entry = self.level.written(self.entry, entry, write, cells(shape), self.dtype)


class Write(NamedTuple):
    """Where something was written: positions in an array, and which elements came there.

    Attributes
    ----------
    positions : array of int
    numbers : array of int or None
        Of the elements of what was written; None of a constant.
    part : str
        ``"real"`` or ``"imag"`` if only that part was written, else ``""``.
    """

    positions: Array
    numbers: Array | None
    part: str

    def terms(self, entry: Any, written: Any, size: int) -> list[Term]:
        """Return what the array consists of afterwards."""
        kept = np.arange(size)
        kept[self.positions] = -1
        if not self.part:
            terms = [Term(entry, (Part(Gather(kept)),))]
        else:
            own, other = (1, 1j) if self.part == "real" else (1j, 1)
            rest = "imag" if self.part == "real" else "real"
            same = Part(Gather(kept, np.full(size, own)), self.part)
            terms = [Term(entry, (Part(Lanes(np.full(size, other)), rest), same))]
        if written is not None:
            source = np.full(size, -1)
            source[self.positions] = self.numbers
            unit = np.full(size, 1j) if self.part == "imag" else None
            terms.append(Term(written, (Part(Gather(source, unit)),)))
        return terms


def _fitted(shape: tuple[int, ...], place: tuple[int, ...]) -> Array:
    """Return which element of a part is written to each position of a place."""
    numbers = np.arange(cells(shape)).reshape(shape[max(0, len(shape) - len(place)) :])
    return np.broadcast_to(numbers, place).reshape(-1)


def _kind(x: Any, *, exact: bool) -> Any:
    """Return what is the same of operands that are alike, None if there is nothing such."""
    if not isinstance(x, (float, complex, np.ndarray, np.inexact)):
        return key_of(x)
    kind = (np.shape(x), getattr(x, "strides", ()), dtype_of(x))
    if exact or dtype_of(x).kind not in "fc":
        return (*kind, blake2b(np.asarray(x).tobytes()).digest())
    return kind


def key_of(options: Any) -> str | None:
    """Return a name for options that are the same whenever it is, None if there is none."""
    kind = type(options)
    if kind in _NAMED:
        return repr(options)
    if kind is np.ndarray and options.dtype.kind in "biu":
        told = options.shape, options.strides, options.dtype.str
        return f"{told} {blake2b(options.tobytes()).hexdigest()}"
    if kind is dict:
        options, kind = tuple(options.items()), tuple
    if kind is not tuple and kind is not list:
        return None
    names = [key_of(option) for option in options]
    return None if None in names else f"{kind.__name__}({names})"


def _comparison(compare: Callable[[Any, Any], Any], name: str) -> Callable[[Any, Any], Any]:
    """Return an operator that gives plain bools, and notes that it was asked."""

    def compared(self: SparseTraced, other: Any) -> Any:
        self.level.branches[f"numpy.{name}"] = None
        return compare(value_of(self), value_of(other))

    return compared


SparseLevel.traced = SparseTraced
install_operators(SparseTraced)
for _compare, _name in {
    operator.lt: "less",
    operator.le: "less_equal",
    operator.gt: "greater",
    operator.ge: "greater_equal",
    operator.eq: "equal",
    operator.ne: "not_equal",
}.items():
    setattr(SparseTraced, f"__{_compare.__name__}__", _comparison(_compare, _name))
