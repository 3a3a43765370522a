"""From formulas to a program: a list of NumPy calls that fills the entries of a Jacobian."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from adkit.common.ops.indexing import getitem
from adkit.common.registry import SEQUENCE
from adkit.common.signatures import OPERAND_NAMES, parameter_names
from adkit.common.specialise import define, form_of
from adkit.pattern.incidence import factors
from adkit.pattern.layouts import Assembly
from adkit.pattern.placing import Place, places_of
from adkit.pattern.recorded import Recorded, RecordedLevel
from adkit.pattern.specialised import FLOAT
from adkit.pattern.steps import Derived
from adkit.pattern.weights import Affine, Formulas, Leaf, Plus, Taken, Times

__all__ = ["Filling", "compiled"]

Array = NDArray[Any]

#: Nodes beyond which a program takes longer to be made than it is worth.
_MOST_NODES = 2000


class Filling(NamedTuple):
    """What fills in the entries.

    Attributes
    ----------
    run : callable
        From the steps of a run of the function, and the results, to the entries; None if some
        are not finite.
    nbytes : int
        Of its indices and constants.
    """

    run: Callable[[Sequence[Any], Sequence[Any]], Array | None]
    nbytes: int


def compiled(
    formulas: Formulas, weights: Sequence[Any], assembly: Assembly, level: RecordedLevel
) -> Filling | None:
    """Return what fills in the entries of a Jacobian, None if there is too much to do.

    Parameters
    ----------
    formulas : Formulas
    weights : sequence of Weight, number or array
        Of each gather of the results; what is no `Weight` is the same at every point.
    assembly : Assembly
        Where they go.
    level : RecordedLevel
        The run from which the formulas are.
    """
    places = places_of(weights, assembly, formulas)
    if len(formulas.nodes) > _MOST_NODES or places is None:
        return None
    return _Writer(formulas, places.varying, level).filling(places.template, places.is_full)


class _Writer:
    """Writes the source of a program, and collects what its names stand for."""

    def __init__(self, formulas: Formulas, places: Sequence[Place], level: RecordedLevel) -> None:
        self.formulas, self.places, self.level = formulas, places, level
        self.lines: list[str] = []
        self.read: set[int] = set()  # steps whose values have names
        self.names: dict[str, Any] = {
            **{name: getattr(np, name) for name in ("add", "multiply", "subtract", "negative")},
            "all_finite": _all_finite,
            "concatenate": np.concatenate,
            "dot": np.dot,
            "empty": np.empty,
            "factor": _factor,
            "flat": _flat,
            "held": _held,
            "isfinite": math.isfinite,
            "operand": _operand,
            "quiet": np.errstate,
        }
        self.last: dict[int, int] = {}  # where a node is read last
        self.used = self._reached()

    def filling(self, template: Array, is_full: bool) -> Filling:
        """Return the program."""
        for node in self.used:
            self._compute(node)
        start = f"data = empty({len(template)})" if is_full else "data = template.copy()"
        self.names["template"] = template
        self.lines.append(start)
        for place in self.places:
            self._put(place)
        finite = [f"isfinite(dot(t{n}, t{n}))" for n in dict.fromkeys(p.node for p in self.places)]
        self.lines.append(f"if {' and '.join(finite) or 'True'} or all_finite(data):")
        self.lines.append("    return data")
        body = "".join(f"        {line}\n" for line in self.lines)
        source = f'\ndef call(steps, made):\n    with quiet(all="ignore"):\n{body}'
        nbytes = sum(x.nbytes for x in self.names.values() if isinstance(x, np.ndarray))
        return Filling(define("entries", source, self.names), nbytes)

    def _reached(self) -> list[int]:
        """Return the nodes that the entries are made of, operands first."""
        todo, found = [p.node for p in self.places], set()
        for node in todo:
            self.last[node] = len(self.formulas.nodes)
        while todo:
            node = todo.pop()
            if node in found:
                continue
            found.add(node)
            for operand in _operands(self.formulas.nodes[node]):
                self.last[operand] = max(self.last.get(operand, 0), node)
                todo.append(operand)
        return sorted(found)

    # ------------------------------------------------------------ nodes

    def _compute(self, node: int) -> None:
        made = self.formulas.nodes[node]
        if isinstance(made, Leaf):
            text = self._leaf(made)
        elif isinstance(made, Taken):
            text = self._taken(made.node, self.formulas.arrays[made.places])
        elif isinstance(made, Times):
            text = f"multiply(t{made.first}, t{made.second}{self._memory(node, made)})"
        elif isinstance(made, Plus):
            text = self._plus(made)
        else:
            text = self._affine(made.node, made.scale, made.offset)
        self.lines.append(f"t{node} = {text}")
        dead = [f"t{n}" for n in dict.fromkeys(_operands(made)) if self.last[n] == node]
        if dead:
            self.lines.append(f"del {', '.join(dead)}")

    def _leaf(self, leaf: Leaf) -> str:
        number, step = leaf.step, self.level.steps[leaf.step]
        if not leaf.is_partial:
            return f"operand(steps[{number}], {leaf.i})"
        if isinstance(step, Derived):
            return f"factor(steps[{number}], {leaf.i})"
        partial = step[0].partials[leaf.i]
        assert callable(partial)
        names = [name for name in parameter_names(partial) if name != "t"]
        shape = self.level.made[number].shape
        if len(names) == 1 and form_of(partial) == "scaled" and self._is_whole(number, names[0]):
            read = self._value(number, names[0])
            return read if len(shape) == 1 else f"{read}.reshape(-1)"
        read = ", ".join(self._value(number, name) for name in parameter_names(partial))
        return f"flat({self._name('partial', partial)}({read}), {shape})"

    def _is_whole(self, number: int, name: str) -> bool:
        """Return whether an operand or the result of a step has its shape, and is an array."""
        y = self.level.made[number]
        x = y if name == "ans" else self.level.steps[number][1][OPERAND_NAMES.index(name)]
        x = x.value if isinstance(x, Recorded) else x
        return type(x) is np.ndarray and x.dtype is FLOAT and x.shape == y.shape

    # ------------------------------------------------------------ values

    def _value(self, number: int, name: str) -> str:
        """Return what reads an operand or the result of a step."""
        if name == "t":
            return "1.0"
        if name != "ans":
            return self._operand(number, OPERAND_NAMES.index(name))
        self._result(number)
        return f"v{number}"

    def _operand(self, number: int, i: int) -> str:
        x = self.level.steps[number][1][i]
        if self._is_result(x):
            self._result(x.entry)
            return f"v{x.entry}"
        return f"steps[{number}][1][{i}]{'.value' if isinstance(x, Recorded) else ''}"

    def _is_result(self, x: Any) -> bool:
        """Return whether an operand is what a common operation has returned."""
        return isinstance(x, Recorded) and self.level.made[x.entry] is x

    def _result(self, number: int) -> None:
        """Compute the result of a common operation, and what it is made from, unless it is known.

        The function may have asked for it; who asks later finds it with the step.
        """
        todo = [number]
        while todo:
            number = todo[-1]
            operands = self.level.steps[number][1]
            made = [x.entry for x in operands if self._is_result(x)]
            waiting = [] if number in self.read else [n for n in made if n not in self.read]
            if waiting:
                todo += waiting
                continue
            todo.pop()
            if number not in self.read:
                self.read.add(number)
                self.lines += [
                    f"v{number} = held(made[{number}])",
                    f"if v{number} is None:",
                    f"    v{number} = made[{number}].tangent = {self._called(number)}",
                ]

    def _called(self, number: int) -> str:
        """Return the call that a step is; all of it but arrays was noted, and is the same."""
        op, operands, args, kwargs = self.level.steps[number]
        given = ", ".join(self._operand(number, i) for i in range(len(operands)))
        if op.function is getitem:
            return f"{given}[{self._name('part', args[1])}]"
        along = not kwargs and len(args) == 2 and type(args[1]) is int
        if op.function is np.roll and along and len(operands[0].shape) == 1:
            return _rolled(given, args[1], operands[0].shape[0])
        rest = args[1:] if op.operands == SEQUENCE else args[len(operands) :]
        text = f"[{given}]" if op.operands == SEQUENCE else given
        text += f", *{self._name('rest', rest)}" if rest else ""
        text += f", **{self._name('options', kwargs)}" if kwargs else ""
        return f"{self._name('function', op.function)}({text})"

    def _taken(self, node: int, index: Array) -> str:
        part = regular(index)
        return f"t{node}.take({self._name('index', index)})" if part is None else f"t{node}[{part}]"

    def _plus(self, made: Plus) -> str:
        first = self._affine(made.first, made.scale, 0.0)
        if made.other_scale == -1.0:
            return f"subtract({first}, t{made.second})"
        return f"add({first}, {self._affine(made.second, made.other_scale, 0.0)})"

    def _memory(self, node: int, made: Times) -> str:
        """Return where a product may go: an operand that was made here, and is not read again."""
        for n in made:
            owned = isinstance(self.formulas.nodes[n], (Times, Plus, Affine))
            if owned and self.last[n] == node:
                return f", t{n}"
        return ""

    # ------------------------------------------------------------ entries

    def _put(self, place: Place) -> None:
        node, scale, offset, index, where, adds = place
        source = f"t{node}"
        if index is not None:
            self.lines.append(f"w = {self._taken(node, index)}")
            source = "w"
        part = regular(where)
        if part is None or adds:
            target = f"data[{self._name('where', where) if part is None else part}]"
            value = self._scaled(source, scale, offset)
            if not (scale_is(scale, 1) or scale_is(scale, -1) or scale_is(offset, 0)):
                self.lines.append(f"w = {source} * {self._number(scale)}")
                value = f"add(w, {self._number(offset)}, w)"  # in the memory of the product
            self.lines.append(f"{target} {'+' if adds else ''}= {value}")
            return
        call = self._into(source, scale, offset)
        if call is None:
            self.lines.append(f"data[{part}] = {source}")
        else:
            self.lines += [f"v = data[{part}]", *call]

    def _into(self, source: str, scale: Any, offset: Any) -> list[str] | None:
        """Return the calls that compute ``scale * source + offset`` in `v`, None for a copy."""
        s, o = self._number(scale), self._number(offset)
        if scale_is(scale, 1):
            return None if scale_is(offset, 0) else [f"add({source}, {o}, v)"]
        if scale_is(scale, -1):
            negated = f"negative({source}, v)"
            return [negated if scale_is(offset, 0) else f"subtract({o}, {source}, v)"]
        calls = [f"multiply({source}, {s}, v)"]
        return calls if scale_is(offset, 0) else [*calls, f"add(v, {o}, v)"]

    def _scaled(self, source: str, scale: Any, offset: Any) -> str:
        s, o = self._number(scale), self._number(offset)
        if scale_is(scale, -1):
            return f"-{source}" if scale_is(offset, 0) else f"{o} - {source}"
        text = source if scale_is(scale, 1) else f"{source} * {s}"
        return text if scale_is(offset, 0) else f"{text} + {o}"

    def _affine(self, node: int, scale: Any, offset: Any) -> str:
        arrays = self.formulas.arrays
        scale, offset = (arrays[x] if isinstance(x, bytes) else x for x in (scale, offset))
        return self._scaled(f"t{node}", scale, offset)

    def _number(self, x: Any) -> str:
        return self._name("array", x) if isinstance(x, np.ndarray) else self._name("number", x)

    def _name(self, kind: str, x: Any) -> str:
        """Return a name for an object."""
        if isinstance(x, float) and math.isfinite(x):
            return f"({float(x)!r})"
        name = f"{kind}_{len(self.names)}"
        self.names[name] = x
        return name


def scale_is(x: Any, number: float) -> bool:
    """Return whether a scale or offset is this number."""
    return not isinstance(x, np.ndarray) and x == number


def regular(index: Array) -> str | None:
    """Return the slice that reads what an index does, None if there is none."""
    if not len(index) or index[0] < 0:
        return None
    start, step = int(index[0]), int(index[1] - index[0]) if len(index) > 1 else 1
    end = start + step * len(index)
    if not step or not np.array_equal(index, np.arange(start, end, step)):
        return None
    return f"{start}:{end if end >= 0 else ''}:{step}"


def _operands(made: Any) -> tuple[int, ...]:
    if isinstance(made, Leaf):
        return ()
    if isinstance(made, Times):
        return made
    return (made.first, made.second) if isinstance(made, Plus) else (made.node,)


# ---------------------------------------------------------------- what programs call


def _flat(p: Any, shape: tuple[int, ...]) -> Array:
    """Return a partial as a vector with an element for each of a result of this shape."""
    if type(p) is not np.ndarray or p.shape != shape:
        p = np.broadcast_to(p, shape)
    elements: Array = p.reshape(-1)
    return elements if elements.dtype is FLOAT else elements.astype(FLOAT)


def _factor(kept: Derived, i: int) -> Array:
    """Return the same of any call of an elementwise operation."""
    call, y, _ = kept
    return _flat(factors(call.op, i, y, call.args), (int(np.size(y)),))


def _operand(kept: Derived, i: int) -> Array:
    """Return the elements of an operand."""
    elements: Array = np.asarray(kept.call.values[i], dtype=FLOAT).reshape(-1)
    return elements


def _rolled(x: str, shift: int, size: int) -> str:
    """Return how a vector is rolled in a fraction of the time of `numpy.roll`."""
    first = size - shift % max(size, 1)
    return f"concatenate(({x}[{first}:], {x}[:{first}]))"


def _held(handle: Recorded) -> Any:
    """Return the value of a result, None if nobody has asked for it."""
    return getattr(handle, "tangent", None)


def _all_finite(data: Array) -> bool:
    return bool(np.isfinite(data).all())
