"""Einstein summation, with repeated, missing and broadcast indices.

`einsum` is linear in each operand, and its derivatives are such sums again:
a tangent takes its operand's place; a cotangent is summed with the other
operands over the indices that its operand has not.
"""

from __future__ import annotations

import functools
import math
import string
from collections import Counter
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from adkit.common.shapes import Shape, dtype_of, leading
from adkit.common.signatures import Rule
from adkit.common.verbs import constant, general

_LETTERS = string.ascii_uppercase + string.ascii_lowercase  # sorted, as integer labels are
#: Terms from which a contraction by pairs, with matrix products, pays for its planning.
_LARGE = 2**16

Labels = tuple[tuple[str, ...], str]


@functools.lru_cache(maxsize=1024)
def _explicit(subscripts: str, ranks: Shape) -> Labels:
    """Return the labels of each operand and of the result, one letter per axis.

    Ellipses are replaced by letters that are not in use, and an implicit result
    is spelled out.
    """
    subscripts = subscripts.replace(" ", "")
    left, arrow, output = subscripts.partition("->")
    inputs = left.replace("...", ".").split(",")
    hidden = [
        rank - len(labels) + 1 if "." in labels else 0
        for labels, rank in zip(inputs, ranks, strict=True)
    ]
    unused = [letter for letter in _LETTERS if letter not in subscripts]
    broadcast = "".join(unused[: max(hidden, default=0)])
    if not arrow:
        counts = Counter(left.replace(",", "").replace(".", ""))
        output = broadcast + "".join(sorted(label for label, n in counts.items() if n == 1))
    filled = [
        labels.replace(".", broadcast[len(broadcast) - count :])
        for labels, count in zip(inputs, hidden, strict=True)
    ]
    return tuple(filled), output.replace("...", broadcast)


def _read(args: Sequence[Any]) -> tuple[Labels, list[Any]]:
    """Return the labels of the operands and of the result, and the operands."""
    if isinstance(args[0], str):
        subscripts, operands = args[0], args[1:]
    else:
        operands = args[0 : len(args) - 1 : 2]
        subscripts = ",".join(map(_spelled, args[1::2]))
        if len(args) % 2:
            subscripts += "->" + _spelled(args[-1])
    arrays = [x if hasattr(x, "ndim") else np.asarray(x) for x in operands]
    return _explicit(subscripts, tuple([x.ndim for x in arrays])), arrays


def _spelled(labels: Any) -> str:
    """Return a list of integer labels as letters."""
    return "".join("..." if label is Ellipsis else _LETTERS[label] for label in labels)


def _number(i: int, args: Sequence[Any]) -> int:
    """Return which operand argument `i` is: they alternate with labels, or follow a string."""
    return i - 1 if isinstance(args[0], str) else i // 2


def _broadcast(sizes: dict[str, int], labels: str, shape: Shape) -> None:
    """Note the lengths that labels have in another operand; those of 1 give way."""
    for label, size in zip(labels, shape, strict=True):
        sizes[label] = size if sizes.get(label, 1) == 1 else sizes[label]


class _Sum(NamedTuple):
    """A sum over operands of known shapes.

    Attributes
    ----------
    subscripts : str
    by_pairs : bool
        Whether it has so many terms that operands are summed by pairs.
    empty : tuple of int or None
        The shape of the result where a label has length 0: NumPy's einsum may then write outside
        of arrays.
    """

    subscripts: str
    by_pairs: bool
    empty: Shape | None

    def of(self, operands: Sequence[Any]) -> Any:
        """Evaluate the sum."""
        if self.empty is not None:
            return np.zeros(self.empty, np.result_type(*map(dtype_of, operands)))
        return np.einsum(self.subscripts, *operands, optimize=self.by_pairs)


def _planned(inputs: Sequence[str], output: str, shapes: Sequence[Shape]) -> _Sum:
    """Return a sum of operands of these shapes; dots stand for leading directions."""
    sizes: dict[str, int] = {}
    lead: Shape = ()
    for labels, shape in zip(inputs, shapes, strict=True):
        own = labels.replace(".", "")
        lead = shape[: len(shape) - len(own)] or lead
        _broadcast(sizes, own, shape[len(shape) - len(own) :])
    empty = 0 in sizes.values()
    return _Sum(
        f"{','.join(inputs)}->{output}",
        len(inputs) > 1 and math.prod(sizes.values()) > _LARGE,
        lead + tuple(sizes[label] for label in output.replace(".", "")) if empty else None,
    )


@functools.lru_cache(maxsize=1024)
def _pushing(labels: Labels, k: int, t: Shape, shapes: tuple[Shape, ...]) -> _Sum:
    """Return the sum with a tangent of shape `t` in the place of operand `k`."""
    inputs, output = list(labels[0]), labels[1]
    if len(t) > len(inputs[k]):
        inputs[k] = "..." + inputs[k]
        output = "..." + output
    return _planned(inputs, output, (*shapes[:k], t, *shapes[k + 1 :]))


@functools.cache
def _push(i: int) -> Rule:
    """Return the rule that sums with a tangent in the place of argument `i`."""

    def push(t: Any, *args: Any, **kwargs: Any) -> Any:
        labels, operands = _read(args)
        k = _number(i, args)
        plan = _pushing(labels, k, np.shape(t), tuple([x.shape for x in operands]))
        operands[k] = t
        return plan.of(operands)

    return push


class _Pull(NamedTuple):
    """How a cotangent is summed with the other operands.

    Attributes
    ----------
    sum : _Sum
        What remains of the operand: an axis for each label that is known besides it.
    aligned, expanded : tuple of int
        The shape with an axis for each distinct label, of length 1 where the operand alone has
        the label, and that with its length.
    diagonal : bool
        Whether a label stands twice in the operand.
    """

    sum: _Sum
    aligned: Shape
    expanded: Shape
    diagonal: bool


@functools.lru_cache(maxsize=1024)
def _pulling(labels: Labels, k: int, ct: Shape, shapes: tuple[Shape, ...]) -> _Pull:
    """Return how a cotangent of shape `ct` reaches operand `k`."""
    inputs, output = list(labels[0]), labels[1]
    own, shape = inputs.pop(k), shapes[k]
    others = (*shapes[:k], *shapes[k + 1 :])
    lead = ct[: len(ct) - len(output)]
    dots = "..." if lead else ""
    known = set(output).union(*inputs)
    sizes = dict(zip(output, ct[len(lead) :], strict=True))
    for other, x in zip(inputs, others, strict=True):
        _broadcast(sizes, other, x)
    distinct = dict(zip(own, shape, strict=True))
    # An axis of length 1 that was broadcast is summed over; one that only this
    # operand has is summed over in the result, so its cotangent is repeated.
    kept = [a for a, n in distinct.items() if a in known and not (n == 1 and sizes[a] != 1)]
    return _Pull(
        _planned([dots + output, *inputs], dots + "".join(kept), (ct, *others)),
        lead + tuple(sizes[a] if a in kept else 1 for a in distinct),
        lead + tuple(distinct.values()),
        len(distinct) < len(own),
    )


@functools.cache
def _pull(i: int) -> Rule:
    """Return the rule that sums a cotangent with the operands other than argument `i`."""

    def pull(ct: Any, *args: Any, **kwargs: Any) -> Any:
        labels, operands = _read(args)
        k = _number(i, args)
        plan = _pulling(labels, k, np.shape(ct), tuple([x.shape for x in operands]))
        shape = operands.pop(k).shape
        r = plan.sum.of([ct, *operands])
        if r.shape != plan.aligned:
            r = np.reshape(r, plan.aligned)
        if plan.aligned != plan.expanded:
            r = np.broadcast_to(r, plan.expanded)
        return _on_diagonal(r, labels[0][k], shape) if plan.diagonal else r

    return pull


def _on_diagonal(r: Any, labels: str, shape: Shape) -> Any:
    """Return `r` on the diagonal of its repeated labels, and zeros elsewhere."""
    index = np.ogrid[tuple(slice(n) for n in shape)]
    first = [labels.index(label) for label in labels]
    diagonal = functools.reduce(
        np.logical_and, (index[i] == index[j] for i, j in enumerate(first) if i != j)
    )
    aligned = tuple(n if first[i] == i else 1 for i, n in enumerate(shape))
    return np.where(diagonal, np.reshape(r, leading(r, len(set(labels))) + aligned), 0)


# Every argument may be an operand: operands are NumPy's to tell from labels.
general(np.einsum, _push, _pull, operands=slice(None))
constant(np.einsum_path, operands=slice(None))
