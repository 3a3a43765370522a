"""Laws of random programs that write into arrays: values, derivatives, aliasing, memory."""

import gc

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

import adkit as ad
from adkit.testing.programs import programs

STEP = 1e-30


def on_plain_arrays(program, x):
    """Return what NumPy computes, on a copy of the argument in its own memory order."""
    return program(np.copy(x, order="K"))


def moved(x, by):
    """Return ``x + by`` in the memory order of `x`, on which it depends what is a view."""
    result = np.empty_like(x, dtype=np.result_type(x, by))
    result[...] = x + by
    return result


def by_complex_step(program, x, v):
    """Return the derivative along `v`, exact up to rounding (Squire and Trapp 1998)."""
    return [np.imag(y) / STEP for y in program(moved(x, STEP * 1j * v))]


def seeds(arrays, seed):
    """Return a random array of each shape and dtype."""
    rng = np.random.default_rng(seed)
    return [np.asarray(rng.normal(size=np.shape(y)), np.asarray(y).dtype)[()] for y in arrays]


def magnitude(arrays):
    return max((float(np.max(np.abs(y))) for y in arrays if np.size(y)), default=0.0)


def close(found, expected, scale, tolerance):
    for y, z in zip(found, expected, strict=True):
        np.testing.assert_allclose(y, z, rtol=tolerance, atol=tolerance * max(scale, 1e-3))


@given(programs(copies=False), st.integers(0, 2**16))
def test_values_and_first_derivatives(program, seed):
    x = program.point
    before = x.copy(order="K")
    expected = on_plain_arrays(program, x)
    (v,) = seeds([x], seed)
    pushed_values, pushed = ad.jvp(program, (x,), (v,))
    values, pullback = ad.vjp(program, x)
    for found in (pushed_values, values):
        for y, z in zip(found, expected, strict=True):
            assert np.shape(y) == np.shape(z)
            assert type(y) is type(z)
            assert y.dtype == z.dtype
            assert np.array_equal(y, z)  # bit for bit: nothing is nan or a negative zero
    oracle = by_complex_step(program, x, v)
    scale = magnitude(oracle)
    close(pushed, oracle, scale, 1e-10)
    cts = tuple(seeds(expected, seed + 1))
    (pulled,) = pullback(cts)
    pairing = sum(np.vdot(c, t) for c, t in zip(cts, pushed, strict=True))
    terms = sum(np.abs(c * t).sum() for c, t in zip(cts, pushed, strict=True))
    assert abs(np.vdot(pulled, v) - pairing) <= 1e-10 * (
        terms + np.abs(np.asarray(pulled) * v).sum() + 1e-3
    )
    (again,) = pullback(cts)
    assert np.array_equal(again, pulled)
    assert np.array_equal(x, before)
    returned = [y for y in (*values, *pushed, pulled, again) if isinstance(y, np.ndarray)]
    for k, y in enumerate(returned):
        assert not any(np.shares_memory(y, z) for z in [x, *returned[:k]])


@given(programs(copies=False, dtype=np.float32), st.integers(0, 2**16))
def test_single_precision_stays(program, seed):
    x = program.point
    expected = on_plain_arrays(program, x)
    (v,) = seeds([x], seed)
    values, pushed = ad.jvp(program, (x,), (v,))
    _, pullback = ad.vjp(program, x)
    for y, t, z in zip(values, pushed, expected, strict=True):
        assert y.dtype == t.dtype == np.float32
        assert np.array_equal(y, z)
    (pulled,) = pullback(tuple(seeds(expected, seed + 1)))
    assert pulled.dtype == np.float32


@given(programs(copies=False, longest=8))
def test_many_directions_at_once_are_each_alone(program):
    x = program.point
    directions = np.eye(x.size).reshape(x.size, *x.shape)
    alone = [ad.jvp(program, (x,), (v,))[1] for v in directions]
    columns = [np.stack(parts, axis=-1) for parts in zip(*alone, strict=True)]
    for way in (ad.jacfwd, ad.jacrev):
        for J, column in zip(way(program)(x), columns, strict=True):
            np.testing.assert_allclose(
                np.reshape(J, column.shape), column, rtol=1e-10, atol=1e-10 * magnitude(columns)
            )


@given(programs(copies=False, longest=7), st.integers(0, 2**16))
def test_second_derivatives_agree_in_all_nestings(program, seed):
    x = program.point
    weights = seeds(on_plain_arrays(program, x), seed)

    def loss(x):
        return sum((w * np.sin(y)).sum() for w, y in zip(weights, program(x), strict=True))

    found = {
        f"{outer.__name__} {inner.__name__}": outer(inner(loss))(x)
        for outer in (ad.jacfwd, ad.jacrev)
        for inner in (ad.jacfwd, ad.jacrev)
    }
    H = found["jacfwd jacfwd"]
    tolerance = {"rtol": 1e-9, "atol": 1e-9 * max(magnitude([H]), 1e-3)}
    for name, other in found.items():
        np.testing.assert_allclose(other, H, **tolerance, err_msg=name)
    (v,) = seeds([x], seed + 1)
    step = 1e-5
    ahead, behind = (ad.grad(loss)(moved(x, s * v)) for s in (step, -step))
    numerical = (ahead - behind) / (2 * step)
    product = np.tensordot(H, v, x.ndim)
    np.testing.assert_allclose(
        product, numerical, rtol=1e-4, atol=1e-5 * max(magnitude([H]), magnitude([product]), 1)
    )


@given(programs(copies=False), st.integers(0, 2**16))
def test_nothing_is_left_for_the_garbage_collector(program, seed):
    x = program.point
    (v,) = seeds([x], seed)

    def run():
        ad.jvp(program, (x,), (v,))
        y, pullback = ad.vjp(program, x)
        pullback(tuple(seeds(y, seed)))

    run()
    gc.collect()
    gc.disable()
    try:
        run()
        assert gc.collect() == 0
    finally:
        gc.enable()
