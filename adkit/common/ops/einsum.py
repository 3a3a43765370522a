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
from typing import Any

import numpy as np

from adkit.common.shapes import Shape, dtype_of, expand, leading
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


def _read(args: Sequence[Any]) -> tuple[list[str], str, list[Any]]:
    """Return the labels of the operands and of the result, and the operands."""
    if isinstance(args[0], str):
        subscripts, operands = args[0], args[1:]
    else:
        operands = args[0 : len(args) - 1 : 2]
        subscripts = ",".join(map(_spelled, args[1::2]))
        if len(args) % 2:
            subscripts += "->" + _spelled(args[-1])
    arrays = [x if hasattr(x, "ndim") else np.asarray(x) for x in operands]
    inputs, output = _explicit(subscripts, tuple(x.ndim for x in arrays))
    return list(inputs), output, arrays


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


def _summed(inputs: list[str], output: str, operands: list[Any]) -> Any:
    """Evaluate a sum, by pairs of operands if it has many terms."""
    sizes: dict[str, int] = {}
    lead: Shape = ()
    for labels, x in zip(inputs, operands, strict=True):
        own = labels.replace(".", "")
        lead = np.shape(x)[: np.ndim(x) - len(own)] or lead
        _broadcast(sizes, own, np.shape(x)[np.ndim(x) - len(own) :])
    if 0 in sizes.values():  # NumPy's einsum may write outside of arrays without elements
        shape = lead + tuple(sizes[label] for label in output.replace(".", ""))
        return np.zeros(shape, np.result_type(*map(dtype_of, operands)))
    return np.einsum(
        f"{','.join(inputs)}->{output}",
        *operands,
        optimize=len(operands) > 1 and math.prod(sizes.values()) > _LARGE,
    )


@functools.cache
def _push(i: int) -> Rule:
    """Return the rule that sums with a tangent in the place of argument `i`."""

    def push(t: Any, *args: Any, **kwargs: Any) -> Any:
        inputs, output, operands = _read(args)
        k = _number(i, args)
        if np.ndim(t) > operands[k].ndim:
            inputs[k] = "..." + inputs[k]
            output = "..." + output
        operands[k] = t
        return _summed(inputs, output, operands)

    return push


@functools.cache
def _pull(i: int) -> Rule:
    """Return the rule that sums a cotangent with the operands other than argument `i`."""

    def pull(ct: Any, *args: Any, **kwargs: Any) -> Any:
        inputs, output, operands = _read(args)
        k = _number(i, args)
        labels, shape = inputs.pop(k), operands.pop(k).shape
        lead = leading(ct, len(output))
        dots = "..." if lead else ""
        known = set(output).union(*inputs)
        sizes = dict(zip(output, np.shape(ct)[len(lead) :], strict=True))
        for others, x in zip(inputs, operands, strict=True):
            _broadcast(sizes, others, x.shape)
        distinct = dict(zip(labels, shape, strict=True))
        # An axis of length 1 that was broadcast is summed over; one that only this
        # operand has is summed over in the result, so its cotangent is repeated.
        kept = [a for a, n in distinct.items() if a in known and not (n == 1 and sizes[a] != 1)]
        r = _summed([dots + output, *inputs], dots + "".join(kept), [ct, *operands])
        present = iter(np.shape(r)[len(lead) :])
        r = np.reshape(r, lead + tuple(next(present) if a in kept else 1 for a in distinct))
        r = expand(r, tuple(distinct.values()))
        return r if len(distinct) == len(labels) else _on_diagonal(r, labels, shape)

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
