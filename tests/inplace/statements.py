"""Statements of random programs: each is drawn for the variables that a program has so far."""

import numpy as np
from hypothesis import strategies as st

__all__ = ["STATEMENTS"]

#: How far a comparison must be from a tie, so that a small step takes the same branch.
MARGIN = 1e-2


# ---------------------------------------------------------------- new variables


def _view(d):
    if (a := d.array()) is None:
        return None
    way = d.draw(
        st.sampled_from(
            [
                f"{a}[{d.index(a, basic=True)}]",
                f"{a}.T",
                f"{a}.reshape(-1)",
                f"{a}.ravel()",
                f"np.moveaxis({a}, 0, -1)",
                f"np.expand_dims({a}, 0)",
                f"np.squeeze({a})",
                f"np.flip({a})",
                f"np.split({a}, 2)[1]",
                f"np.atleast_2d({a})",
                f"{a}.swapaxes(0, -1)[1:]",
                f"{a}.reshape(2, -1)[1]",
                f"np.rot90({a})",
                f"{a}[...]",
                f"np.diagonal({a})",
                f"np.broadcast_to({a}, (2, *{a}.shape))",
                f"np.broadcast_arrays({d.variable()}, {a})[1]",
                f"np.lib.stride_tricks.sliding_window_view({a}, 2, axis=-1)",
                f"np.einsum('...ij->...ji', {a})",
                f"np.asfortranarray({a}, like={a})",
                f"{a}.astype({a}.dtype, order='C', copy=False)",
                f"np.meshgrid({a}[:1].ravel(), {a}.ravel(), sparse=True, copy=False)[1]",
                f"np.atleast_2d({a}[-1:], {a})[1]",
                f"{a}.reshape(-1, order='F')",
            ]
        )
    )
    return f"{d.new()} = {way}"


def _copy(d):
    if (a := d.array()) is None:
        return None
    way = d.draw(
        st.sampled_from(
            [
                f"{a}.copy()",
                f"{a}[{d.index(a)}]",
                f"np.concatenate([{a}, {a}])",
                f"{a}.flatten()",
                f"np.stack([{a}, {d.variable()}])",
                f"np.roll({a}, 1)",
                f"+{a}",
            ]
        )
    )
    return f"{d.new()} = {way}"


def _computed(d):
    a, b = d.variable(), d.operand()
    if not isinstance(d.values[a], np.ndarray):  # arrays made of plain scalars are plain
        return f"{d.new()} = {d.draw(st.sampled_from([f'np.sin({a})', f'{a} * {b}']))}"
    way = d.draw(
        st.sampled_from(
            [
                f"np.sin({a})",
                f"np.tanh({a} * {b})",
                f"{a} + {b}",
                f"{a} * {b}",
                f"{b} - 0.5 * {a}",
                f"np.exp(-{a} * {a})",
                f"{a} / (2.0 + np.square({a}))",
                f"np.where(np.arange(np.size({a})).reshape(np.shape({a})) % 2 == 0, {a}, {b})",
                f"{a}.sum()",
                f"np.mean({a}, axis=-1)",
                f"{a}.cumsum()",
                f"{a} @ {a}.T" if np.ndim(d.values[a]) == 2 else f"{a} * {a}",
            ]
        )
    )
    return f"{d.new()} = {way}"


def _buffer(d):
    if (a := d.array()) is None:
        return None
    way = d.draw(
        st.sampled_from(
            [
                f"np.zeros_like({a})",
                f"np.ones({np.size(d.values[a]) + 1}, {a}.dtype, like={a})",
                f"np.full_like({a}, 0.5)",
                f"np.zeros_like({a}) + 0.5",
                f"np.full_like({a}, {d.variable()})",
                f"np.full({np.shape(d.values[a])}, {d.variable()}, {a}.dtype, like={a})",
            ]
        )
    )
    return f"{d.new()} = {way}"


# ---------------------------------------------------------------- writes


def _assign(d):
    if (a := d.target()) is None:
        return None
    b = d.operand()
    value = d.draw(
        st.sampled_from([b, f"{b} * 0.5", f"[{d.number()}, {d.number()}]", f"{a}[::-1]"])
    )
    return f"{a}[{d.index(a)}] = {value}"


def _augment(d):
    if (a := d.target()) is None:
        return None
    operator = d.draw(st.sampled_from(["+=", "-=", "*=", "/="]))
    b = "2.0" if operator == "/=" else d.operand()
    target = d.draw(st.sampled_from([a, f"{a}[{d.index(a)}]", f"{a}.T[...]"]))
    return f"{target} {operator} {b}"


def _rebind(d):
    scalars = [n for n in d.names if not isinstance(d.values[n], np.ndarray)]
    if not scalars:
        return None
    return f"{d.draw(st.sampled_from(scalars))} += {d.operand()}"


def _swap(d):
    if (a := d.target()) is None:
        return None
    way = d.draw(
        st.sampled_from(
            [
                f"{a}[[0, 1]] = {a}[[1, 0]]",
                f"{a}[0], {a}[-1] = {a}[-1], {a}[0]",
                f"{a}[1:] = {a}[:-1]",
                f"{a}[:-1] *= {a}[1:]",
                f"{a}[:] = {a}[::-1]",
            ]
        )
    )
    return f"{way}"


def _written_by_function(d):
    if (a := d.target()) is None:
        return None
    b, n = d.variable(), max(np.size(d.values[a]), 1)
    picked = d.draw(st.lists(st.integers(0, n - 1), min_size=1, max_size=4))
    mask = f"(np.arange({a}.size).reshape({a}.shape) % 2 == 0)"
    return d.draw(
        st.sampled_from(
            [
                f"np.multiply({a}, {b}, out={a})",
                f"np.sin({b}, out={a}, where={mask})",
                f"np.copyto({a}, {b}, where={mask})",
                f"np.put({a}, {picked}, {b})",
                f"np.putmask({a}, {mask}, {b})",
                f"np.add.at({a}.reshape(-1), {picked}, {b})",
                f"np.multiply.at({a}.reshape(-1), {picked}, 0.5)",
                f"{a}.fill({b})",
                f"{a}.flat[1:] = {b}",
                f"{a}.flat[0] = 0.5 * {a}.flat[-1]",
            ]
        )
    )


def _written_by_method(d):
    if (a := d.target()) is None:
        return None
    b, shape = d.variable(), np.shape(d.values[a])
    last = shape[-1] if shape else 1
    where = d.draw(st.lists(st.integers(-last, last - 1), min_size=1, max_size=2)) if last else []
    total = f"{a}.reshape(-1)[:1].reshape(())"
    return d.draw(
        st.sampled_from(
            [
                f"np.put_along_axis({a}, np.full({(*shape[:-1], 1)}, {where[:1]}), {b}, axis=-1)",
                f"np.put_along_axis({a}, np.array({where}), {b}, axis=None)",
                f"np.place({a}, np.arange({a}.size).reshape({a}.shape) % 3 > 0, {b})",
                f"np.place({a}, np.ones({a}.shape, bool), [{b}.sum(), {d.number()}])",
                f"np.fill_diagonal({a}, {b})",
                f"np.fill_diagonal({a}.T, {b}, wrap=True)",
                f"np.sum({b}, out={total})",
                f"np.add.reduce({b}, axis=None, out={total})",
                f"np.cumsum({a}, axis=-1, out={a})",
                f"np.mean({a}, axis=0, out={a}[0])",
                f"np.add.accumulate({a}, out={a})",
                f"np.matmul({a}, {a}, out={a})",
                f"np.dot({a}, {b}, out={a})",
                f"np.add({a}[:-1], {a}[1:], out={a}[1:])",
                f"np.divide({b}, 2.0, {a})",
                f"np.take({a}.copy(), {where}, axis=-1, out={a}[..., : {len(where)}])",
                f"np.concatenate([{a}[1:], {a}[:1]], out={a})",
                f"{a}.flat = {b}",
                f"{a}.flat[{where}] = {b}",
                f"{a}.put({where}, {b})",
                f"np.subtract.at({a}, ({where},), {b})",
                f"np.add.at({a}, (..., {where}), {b})",
                f"np.add({a}, [{d.number()}, {d.number()}], out={a})",
            ]
        )
    )


def _is_spread(values):
    """Return whether numbers are so far apart that a small step keeps their order."""
    gaps = np.diff(np.sort(np.ravel(values)))
    return not np.any(gaps < MARGIN)


def _by_order(d):
    """Write what the order of the elements decides."""
    if (a := d.target()) is None or not _is_spread(d.values[a]):
        return None
    bound = float(d.number())
    if np.any(np.abs(d.values[a] - bound) < MARGIN):
        return None
    return d.draw(
        st.sampled_from(
            [
                f"{a}.sort()",
                f"{a}.sort(axis=0)",
                f"{a}[::-1].sort(axis=0)",
                f"{a}.partition(range({a}.shape[-1]))",  # of one, the others' order is open
                f"{a}[:1] = np.partition({a}, 0, axis=0)[:1]",
                f"{a}[:] = np.sort({a})[::-1]",
                f"np.put_along_axis({a}, np.argsort({a}), 0.5 * {a}, axis=-1)",
                f"{a}[{a} > {bound}] = {d.operand()}",
                f"{a}[{a} > {bound}] *= {d.operand()}",
                f"{a}[np.argmax({a}, axis=0)] = {d.operand()}",
                f"np.sin({a}, out={a}, where={a} < {bound})",
                f"np.place({a}, {a} > {bound}, {d.variable()})",
            ]
        )
    )


# ---------------------------------------------------------------- loops and branches


def _loop(d):
    if (a := d.target()) is None or not np.ndim(d.values[a]):
        return None
    n = len(d.values[a])
    step = d.draw(
        st.sampled_from(
            [
                f"{a}[i] = 0.5 * {a}[i - 1] * {a}[i] + {d.operand()}",
                f"{a}[i] += np.sin({a}[i - 1])",
                f"{a}[i:] *= {a}[i - 1]",
                f"{a}[i], {a}[i - 1] = {a}[i - 1], 0.5 * {a}[i]",
                f"{d.target()}[...] += 0.1 * {a}[i]",
            ]
        )
    )
    return [f"for i in range(1, {n}):", f"    {step}"]


def _branch(d):
    a = d.variable()
    if not np.size(d.values[a]):
        return None
    total, bound = float(np.sum(d.values[a])), float(d.number())
    if abs(total - bound) < MARGIN:
        return None
    statements = [d.draw(st.sampled_from([_assign, _augment, _swap]))(d) for _ in range(2)]
    if None in statements:
        return None
    return [
        f"if np.sum({a}) > {bound}:",
        f"    {statements[0]}",
        "else:",
        f"    {statements[1]}",
    ]


STATEMENTS = [
    *(_view, _view, _copy, _computed, _computed, _buffer),
    *(_assign, _assign, _augment, _augment, _rebind, _swap, _written_by_function),
    *(_written_by_method, _written_by_method, _by_order, _loop, _branch),
]
