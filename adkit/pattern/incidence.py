"""The matrix of an operation at a point, read off its declaration.

What the places of nonzeros are does not depend on numbers: an operand of a product is
replaced by generic ones. What an elementwise operation multiplies by is a partial; its
parameters say on which operands that depends, so where the derivative varies.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from adkit.common.levels import Level
from adkit.common.linearisation import push
from adkit.common.ops.indexing import getitem
from adkit.common.registry import Operation
from adkit.common.shapes import dtype_of
from adkit.common.signatures import OPERAND_NAMES, parameter_names, takes_answer
from adkit.common.structural import Structural, without_masks
from adkit.pattern.maps import Gather, Groups, Lanes, Map, Matrix
from adkit.pattern.probing import Action, find, from_entries, random, selection
from adkit.pattern.rows import cells

Array = NDArray[Any]


#: Factors of a product of which it is tried whether each stands at one place.
_LARGEST_GUESS = 2**23


@dataclass(frozen=True)
class Part:
    """A map of the real or the imaginary parts of an operand, or of the operand itself."""

    map: Map
    of: str = ""


Parts = tuple[Part, ...]


def by_operand(parts: Parts, sizes: Sequence[int]) -> list[Parts]:
    """Return maps of arrays that are numbered through as maps of each."""
    firsts = [0, *np.cumsum(sizes)]
    return [
        tuple(Part(_restricted(part.map, int(first), size), part.of) for part in parts)
        for first, size in zip(firsts, sizes, strict=False)
    ]


def _restricted(mapped: Map, first: int, size: int) -> Map:
    assert not isinstance(mapped, Lanes)  # it numbers the elements of one array
    return mapped.restricted(first, size)


def broadcast_index(shape: tuple[int, ...], result_shape: tuple[int, ...]) -> Array:
    """Return which element of an operand each element of an elementwise result reads."""
    index = np.arange(cells(shape)).reshape(shape)
    return np.broadcast_to(index, result_shape).reshape(-1)


def factors(op: Operation, i: int, ans: Any, args: tuple[Any, ...], unit: complex = 1) -> Array:
    """Return by what an elementwise operation multiplies the tangent of an operand."""
    x = args[i]
    dtype = np.result_type(dtype_of(x), np.complex64) if unit != 1 else dtype_of(x)
    with np.errstate(all="ignore"):
        t = push(op, [(i, np.full(np.shape(x), unit, dtype))], ans, args, {})
    return np.broadcast_to(t, np.shape(ans)).reshape(-1)


def elementwise_values(op: Operation, i: int, ans: Any, args: tuple[Any, ...]) -> Parts:
    """Return the diagonal of an elementwise operation."""
    partial = op.partials[i]
    if not callable(partial):
        weights = None if partial == 1 else np.full(np.size(ans), partial)
        return (Part(_spread(args[i], ans, weights)),)
    found = Part(_spread(args[i], ans, factors(op, i, ans, args)))
    if dtype_of(args[i]).kind == "c" and (
        dtype_of(ans).kind != "c" or "t" in parameter_names(partial)
    ):
        imaginary = _spread(args[i], ans, factors(op, i, ans, args, 1j))
        return Part(found.map, "real"), Part(imaginary, "imag")
    return (found,)


def _spread(x: Any, ans: Any, weights: Array | None) -> Map:
    if np.shape(x) == np.shape(ans):
        return Lanes(weights)
    return Gather(broadcast_index(np.shape(x), np.shape(ans)), weights)


def elementwise_places(
    op: Operation, i: int, ans: Any, args: tuple[Any, ...], *, local: bool
) -> Map:
    """Return which element each result depends on; none where a factor is zero, if `local`."""
    if not local:
        return _spread(args[i], ans, None)
    zero = factors(op, i, ans, args) == 0
    if dtype_of(args[i]).kind == "c":
        zero &= factors(op, i, ans, args, 1j) == 0
    index = broadcast_index(np.shape(args[i]), np.shape(ans))
    return Gather(np.where(zero, -1, index)) if zero.any() else _spread(args[i], ans, None)


def named_operands(op: Operation, i: int) -> set[int]:
    """Return on which operands partial `i` of an elementwise operation depends."""
    partial = op.partials[i]
    if not callable(partial):
        return set()
    names = parameter_names(partial)
    if "ans" in names:
        return set(range(len(op.partials)))
    return {k for k, name in enumerate(OPERAND_NAMES) if name in names}


def has_constant_second(
    op: Operation, i: int, j: int, args: tuple[Any, ...], active: Sequence[int]
) -> bool:
    """Return whether partial `i` is linear in operand `j`, the only traced one that it reads."""
    partial = op.partials[i]
    if not callable(partial) or not {"t", "ans"}.isdisjoint(parameter_names(partial)):
        return False
    if named_operands(op, i).intersection(active) != {j}:
        return False

    def at(x: Any) -> Any:
        values = dict(
            zip(OPERAND_NAMES, op.put(args, [*args[:j], x, *args[j + 1 :]]), strict=False)
        )
        return np.asarray(partial(*[values[name] for name in parameter_names(partial)]))

    shape = np.shape(args[j])
    a, b = (random(cells(shape), seed).reshape(shape)[()] for seed in (4, 5))
    with np.errstate(all="ignore"):
        return bool(np.allclose(at(a + b), at(a) + at(b), rtol=1e-12, atol=0))


# ---------------------------------------------------------------- operations on arrays


def linear_parts(
    op: Operation, ans: Any, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> Parts | None:
    """Return the matrix of a linear operation, None if it is too large to be found."""
    operands = op.take(args)
    if op.joint:
        return _parts(_joint_action(op, operands, ans, args, kwargs), operands)
    x = operands[0]
    index = _selected(op, x, args, kwargs)
    if index is not None:
        return (Part(Gather(index)),)
    stand_in = laid_out(x, _precise(dtype_of(x)))
    action = action_of(op, 0, ans, op.put(args, [stand_in]), kwargs)
    return _parts(action, operands)


def _selected(op: Operation, x: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Array | None:
    """Return which elements are read by an index, or by what makes a view; else None."""
    if not isinstance(x, np.ndarray) and op.function is not getitem:
        return None
    numbers = numbered(np.shape(x), is_complex=dtype_of(x).kind == "c")
    if isinstance(x, np.ndarray) and not x.flags.c_contiguous:
        numbers = laid_out(x, numbers.dtype)
        numbers[...] = np.arange(x.size).reshape(x.shape)
    with np.errstate(all="ignore"):
        y = op.function(*op.put(args, [numbers]), **kwargs)
    is_view = isinstance(y, np.ndarray) and np.may_share_memory(y, numbers)
    if op.function is not getitem and not (is_view and y.dtype == numbers.dtype):
        return None
    index: Array = np.asarray(y).real.astype(np.intp).reshape(-1)
    return index


@functools.lru_cache(maxsize=8)
def numbered(shape: tuple[int, ...], *, is_complex: bool = False) -> Array:
    """Return the numbers of the elements of an array, real or complex as they are."""
    numbers: Array = np.arange(cells(shape), dtype=np.complex128 if is_complex else np.intp)
    numbers.setflags(write=False)
    return numbers.reshape(shape)


def laid_out(x: Any, dtype: Any) -> Array:
    """Return zeros that lie in memory as an array does, since some operations go by that.

    The axes follow each other as there, forward or backward, with a gap if there is one.
    """
    if not isinstance(x, np.ndarray) or x.flags.c_contiguous:
        return np.zeros(np.shape(x), dtype)
    order = sorted(range(x.ndim), key=lambda a: -abs(x.strides[a]))
    gap = int(not x.flags.f_contiguous)
    lengths = [x.shape[a] for a in order]
    memory = np.zeros([*lengths[:-1], lengths[-1] + gap], dtype)
    backward = tuple(slice(None, None, -1 if x.strides[a] < 0 else 1) for a in order)
    result: Array = memory[..., : lengths[-1]][backward].transpose(np.argsort(order))
    return result


def parts_at(
    op: Operation,
    i: int,
    ans: Any,
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
    k: int | None = None,
) -> Parts | None:
    """Return the matrix of the derivative of result `k` of an operation at a point."""
    operands = op.take(args)
    guess = None
    if op.verb == "bilinear" and all(dtype_of(x).kind == "f" for x in (ans, *operands)):
        guess = functools.partial(_by_factors, op, i, ans, args, kwargs)
    return _parts(action_of(op, i, ans, args, kwargs, k), [operands[i]], guess)


def _by_factors(
    op: Operation, i: int, ans: Any, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> Matrix | None:
    """Return the matrix of a product each of whose factors stands at one place, as in ``A @ x``.

    The cotangent of the factors tells which result each one is for, and which element it
    multiplies.
    """
    operands = list(op.take(args))
    pull, shape, other = op.pull_rule(1 - i), np.shape(operands[i]), np.asarray(operands[1 - i])
    if pull is None or not 0 < other.size <= _LARGEST_GUESS:
        return None

    def pulled(ct: Array, x: Array) -> Array:
        operands[i] = x.reshape(shape)
        return _flat(call(pull, ct, ans, op.put(args, operands), kwargs), len(ct))

    def of_results(v: Array) -> Array:
        return pulled(v.reshape(len(v), *np.shape(ans)), np.ones(shape))

    def of_elements(v: Array) -> Array:
        return np.concatenate([pulled(np.ones((1, *np.shape(ans))), x) for x in v])

    eps = float(np.finfo(dtype_of(ans)).eps)
    result = selection(of_results, int(np.size(ans)), eps)
    element = selection(of_elements, int(np.size(operands[i])), eps)
    if result is None or element is None:
        return None
    used = np.flatnonzero((result[0] >= 0) & (element[0] >= 0) & (other.reshape(-1) != 0))
    weights = other.reshape(-1)[used]
    if result[1] is not None:
        weights = weights * result[1][used]
    return from_entries(result[0][used], element[0][used], weights, int(np.size(ans)))


def action_of(
    op: Operation,
    i: int,
    ans: Any,
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
    k: int | None = None,
) -> Callable[[complex], Action]:
    """Return the derivative with respect to operand `i`, applied to multiples of a unit."""
    shape = np.shape(op.take(args)[i])
    y = ans if k is None else ans[k]
    pull = op.pull_rule(i) if k is None and op.verb in ("linear", "bilinear") else None

    def of(unit: complex) -> Action:
        def apply(v: Array) -> Array:
            t = (unit * v).reshape(len(v), *shape)
            r = call(op.push_rule(i), t, ans, args, kwargs)
            r = r if k is None else r[k]
            if not np.isfinite(r).all():  # zeros met what is not finite
                level = Level(structural=True)
                r = call(op.push_rule(i), Structural(t, t != 0, level), ans, args, kwargs)
                r = without_masks(r if k is None else r[k], level)
            return _flat(r, len(v))

        def transpose(v: Array) -> Array:
            assert pull is not None
            ct = v.reshape(len(v), *np.shape(y))
            return _flat(call(pull, ct, ans, args, kwargs), len(v))

        eps = float(np.finfo(dtype_of(y)).eps)
        plain = transpose if pull is not None and unit == 1 else None
        return Action(apply, plain, shape, np.shape(y), eps)

    return of


def _joint_action(
    op: Operation,
    operands: Sequence[Any],
    ans: Any,
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
) -> Callable[[complex], Action]:
    shapes = [np.shape(x) for x in operands]
    ends = np.cumsum([cells(shape) for shape in shapes])
    precise = [laid_out(x, _precise(dtype_of(x))) for x in operands]
    stand_ins = op.put(args, precise)

    def of(unit: complex) -> Action:
        def apply(v: Array) -> Array:
            pieces = np.split(unit * v, ends[:-1], axis=1)
            t = [p.reshape(len(v), *s) for p, s in zip(pieces, shapes, strict=True)]
            return _flat(call(op.push_rule(0), t, ans, stand_ins, kwargs), len(v))

        eps = float(np.finfo(dtype_of(ans)).eps)
        return Action(apply, None, (int(ends[-1]),), np.shape(ans), eps)

    return of


def _parts(
    action: Callable[[complex], Action],
    operands: Sequence[Any],
    guess: Callable[[], Matrix | None] | None = None,
) -> Parts | None:
    real = action(1)
    found = find(real, guess)
    if found is None:
        return None
    if not any(dtype_of(x).kind == "c" for x in operands):
        return (Part(found),)
    v = random(real.size)[None]
    imaginary = action(1j)
    if np.array_equal(imaginary.apply(v), 1j * real.apply(v)):
        return (Part(found),)
    other = find(imaginary)
    return None if other is None else (Part(found, "real"), Part(other, "imag"))


def second_map(op: Operation, ct: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Map:
    """Return which elements of the operands of a product meet: of the right for each left one."""
    x, y = op.take(args)

    def apply(v: Array) -> Array:
        rule = op.pull_rule(0)
        pulled = [call(rule, ct, ct, op.put(args, [x, s.reshape(np.shape(y))]), kwargs) for s in v]
        return np.stack(pulled).reshape(len(v), -1)

    eps = float(np.finfo(np.result_type(dtype_of(ct), dtype_of(x), dtype_of(y))).eps)
    found = find(Action(apply, None, np.shape(y), np.shape(x), eps))
    if found is not None:
        return found
    everything = np.zeros(np.size(y), np.intp)
    return Groups(everything, np.zeros(np.size(x), np.intp), 1)


def call(rule: Any, t: Any, ans: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """Call a rule of an operation on arrays."""
    with np.errstate(all="ignore"):
        if takes_answer(rule):
            return rule(t, ans, *args, **kwargs)
        return rule(t, *args, **kwargs)


def _flat(r: Any, directions: int) -> Array:
    return np.asarray(r).reshape(directions, -1)


def _precise(dtype: Any) -> Any:
    return np.complex128 if dtype.kind == "c" else np.float64


def generic(x: Any, marked: Array, seed: int) -> Array:
    """Return generic numbers in place of the marked elements of an operand, zeros elsewhere."""
    return (random(marked.size, seed) * marked.reshape(-1)).reshape(np.shape(x))
