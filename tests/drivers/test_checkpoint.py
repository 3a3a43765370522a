"""`checkpoint`: the derivatives of the function, from less memory and counted evaluations."""

import functools
import gc
import pickle
import tracemalloc

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import adkit as ad
from tests.drivers.checkpointed import PROGRAMS, V, X, from_attributes, nested, plain

MODES = (ad.jacfwd, ad.jacrev)


@pytest.mark.parametrize("program", PROGRAMS)
def test_values_and_first_derivatives_are_those_of_the_function(program):
    f, g = program(plain), program(ad.checkpoint)
    np.testing.assert_array_equal(g(X), f(X))
    np.testing.assert_array_equal(ad.jacfwd(g)(X), ad.jacfwd(f)(X))
    np.testing.assert_allclose(ad.jacrev(g)(X), ad.jacrev(f)(X), rtol=1e-10, atol=1e-14)


@pytest.mark.parametrize("inner", MODES)
@pytest.mark.parametrize("outer", MODES)
@pytest.mark.parametrize("program", PROGRAMS)
def test_second_derivatives_are_those_of_the_function(program, outer, inner):
    expected = outer(inner(program(plain)))(X)
    found = outer(inner(program(ad.checkpoint)))(X)
    np.testing.assert_allclose(found, expected, rtol=1e-7, atol=1e-12)


@pytest.mark.parametrize("program", PROGRAMS)
def test_nodes_made_by_hand_sweep_back_again_and_again(program):
    expected = V @ np.reshape(ad.jacrev(program(plain))(X), (-1, 4))[:4]
    node = ad.Node(X)
    y = np.reshape(program(ad.checkpoint)(node), -1)[:4]
    for count in (1, 2):
        (y * V).sum().backward()
        np.testing.assert_allclose(node.grad.data, count * expected, rtol=1e-9, atol=1e-13)


def test_third_derivatives_in_reverse_mode():
    def third(f):
        for _ in range(2):
            f = ad.grad(lambda x, f=f: np.sum(f(x) * x))
        return ad.jacrev(f)(X)

    np.testing.assert_allclose(third(nested(ad.checkpoint)), third(nested(plain)), rtol=1e-9)


@pytest.mark.parametrize("dtype", [np.float32, np.longdouble, np.complex64])
@pytest.mark.parametrize("shape", [(), (1,), (0,), (2, 3)])
def test_dtypes_and_shapes_are_kept(dtype, shape):
    x = np.full(shape, 0.5, dtype)
    y, pullback = ad.vjp(ad.checkpoint(lambda h: np.tanh(h * h)), x)
    (ct,) = pullback(np.ones_like(y))
    assert (np.shape(ct), ct.dtype) == (shape, x.dtype)
    np.testing.assert_array_equal(ct, ad.vjp(lambda h: np.tanh(h * h), x)[1](np.ones_like(y))[0])


def test_what_where_does_not_choose_reaches_nothing():
    def f(h):
        return np.where(h > 1.0, np.sqrt(np.maximum(h - 1.0, 0.0)), h)

    x = np.array([0.3, 2.0])
    with np.errstate(divide="ignore", invalid="ignore"):
        J = ad.jacrev(ad.checkpoint(f))(x)
    np.testing.assert_array_equal(J, np.diag([1.0, 0.5]))


# ---------------------------------------------------------------- counts and memory


def chain(c, length):
    """A program of equal parts, of ten operations each."""

    def part(h, x):
        for _ in range(10):
            h = np.tanh(0.9 * h + x)
        return h

    def f(x):
        h = np.zeros_like(x)
        for _ in range(length):
            h = c(part)(h, x)
        return h.sum()

    return f


def test_every_part_is_evaluated_once_more():
    with ad.count_sweeps() as ran:
        ad.grad(chain(ad.checkpoint, 7))(X)
    assert (ran.primal, ran.repeated, ran.reverse) == (8, 7, 1)


def test_all_directions_of_a_sweep_share_the_evaluation():
    with ad.count_sweeps() as ran:
        ad.jacrev(ad.checkpoint(lambda x: np.outer(x, x)))(X)
    assert (ran.repeated, ran.reverse, ran.cotangents) == (1, 1, 16)


def test_forward_mode_and_plain_values_evaluate_once():
    calls = []

    def f(x):
        calls.append(x)
        return np.sin(x)

    with ad.count_sweeps() as ran:
        ad.jvp(ad.checkpoint(f), (X,), (V,))
    assert (ran.primal, ran.repeated, len(calls)) == (1, 0, 1)
    np.testing.assert_array_equal(ad.checkpoint(f)(X), np.sin(X))
    assert len(calls) == 2


def test_a_part_that_the_result_does_not_use_is_not_evaluated_again():
    with ad.count_sweeps() as ran:
        ad.grad(lambda x: (0 * ad.value(ad.checkpoint(np.sin)(x)) + x).sum())(X)
    assert ran.repeated == 0


def test_a_pullback_says_how_many_bytes_it_holds():
    x = np.ones(10_000)
    held = {c: ad.vjp(chain(c, 5), x)[1].nbytes for c in (plain, ad.checkpoint)}
    assert 50 * x.nbytes <= held[plain] <= 52 * x.nbytes
    assert 4 * x.nbytes <= held[ad.checkpoint] <= 8 * x.nbytes


def peak(run):
    tracemalloc.start()
    try:
        run()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_the_peak_is_that_of_one_part_and_of_the_arguments():
    x = np.ones(10_000)
    assert peak(lambda: ad.grad(chain(plain, 20))(x)) > 200 * x.nbytes
    assert peak(lambda: ad.grad(chain(ad.checkpoint, 20))(x)) < 50 * x.nbytes


def test_the_sweep_of_a_product_with_the_hessian_is_as_small():
    x = np.ones(10_000)
    assert peak(lambda: ad.hvp(chain(plain, 20), (x,), (x,))) > 400 * x.nbytes
    assert peak(lambda: ad.hvp(chain(ad.checkpoint, 20), (x,), (x,))) < 120 * x.nbytes


def test_reverse_over_reverse_does_not_keep_the_operations_of_the_inner_sweep():
    x = np.ones(10_000)
    held = {}
    for c in (plain, ad.checkpoint):
        _, pullback = ad.vjp(lambda x, c=c: ad.grad(chain(c, 20))(x), x)
        held[c] = pullback.nbytes
    assert held[ad.checkpoint] < held[plain] / 5


# ---------------------------------------------------------------- programs drawn at random

OPERATIONS = {
    "sin": lambda h, x: np.sin(h),
    "product": lambda h, x: h * x,
    "sum": lambda h, x: h + 0.5 * x,
    "roll": lambda h, x: np.roll(h, 1) * 0.7,
    "mean": lambda h, x: h - h.mean(),
    "write": lambda h, x: put(h.copy(), x),
}


def put(h, x):
    h[1:3] = h[1:3] * x[:2]
    return h


@given(
    parts=st.lists(
        st.lists(st.sampled_from(sorted(OPERATIONS)), min_size=1, max_size=4),
        min_size=1,
        max_size=4,
    ),
    captured=st.booleans(),
    order=st.sampled_from([(outer, inner) for outer in MODES for inner in MODES]),
)
def test_random_programs_have_the_derivatives_of_their_parts(parts, captured, order):
    def program(c):
        def f(x):
            def run(names, h, x):
                for name in names:
                    h = OPERATIONS[name](h, x)
                return h

            h = x
            for names in parts:
                part = functools.partial(run, names)
                h = c(lambda h, part=part: part(h, x))(h) if captured else c(part)(h, x)
            return h

        return f

    f, g = program(plain), program(ad.checkpoint)
    outer, inner = order
    np.testing.assert_allclose(ad.jacrev(g)(X), ad.jacrev(f)(X), rtol=1e-10, atol=1e-13)
    np.testing.assert_allclose(outer(inner(g))(X), outer(inner(f))(X), rtol=1e-9, atol=1e-12)


# ---------------------------------------------------------------- as a function


def test_variables_of_the_function_around_are_changed_once():
    def f(x):
        count = 0

        def part(h):
            nonlocal count
            count += 1
            return h * count

        y = sum(ad.checkpoint(part)(x) for _ in range(3))
        assert count == 3
        return y.sum()

    np.testing.assert_array_equal(ad.grad(f)(X), np.full(4, 6.0))


def test_memory_is_free_without_the_garbage_collector():
    def f(x):
        h = x
        part = ad.checkpoint(lambda u: np.sin(u * x) * h)
        for _ in range(3):
            h = part(h)
        h = ad.checkpointed_loop(lambda s, i: np.cos(s * x) + 0 * h, h, 3)
        return h.sum()

    x = np.ones(10_000)
    ad.grad(f)(x)  # which makes code of its own for what f does
    gc.collect()
    gc.disable()
    tracemalloc.start()
    try:
        ad.grad(f)(x)
        assert tracemalloc.get_traced_memory()[0] < x.nbytes
    finally:
        tracemalloc.stop()
        gc.enable()


def test_attributes_of_arguments_save_memory_too():
    _, pullback = ad.vjp(from_attributes(ad.checkpoint), X)
    with ad.count_sweeps() as ran:
        pullback(np.ones(4))
    assert ran.repeated == 1


def test_it_looks_like_the_function_and_can_be_pickled():
    wrapped = ad.checkpoint(put)
    assert wrapped.__name__ == "put"
    assert repr(wrapped) == "<checkpoint of put>"
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(ad.checkpoint(np.sin)))(X), np.sin(X))


def test_it_decorates_methods():
    class Model:
        @ad.checkpoint
        def energy(self, x):
            return np.sum(x**3)

    np.testing.assert_allclose(ad.grad(Model().energy)(X), 3 * X**2)
    assert Model.energy.__name__ == "energy"


def test_it_is_linearised_transposed_and_made_sparse():
    f = ad.checkpoint(lambda x: x[1:] * x[:-1])
    _, push = ad.linearize(f, X)
    for _ in range(2):
        np.testing.assert_allclose(push(V), ad.jvp(f, (X,), (V,))[1])
    assert ad.jacobian(f, sparse=True)(X).nnz == 6
    transposed = ad.linear_transpose(ad.checkpoint(np.cumsum), np.zeros(3))
    np.testing.assert_array_equal(transposed(np.array([1.0, 0.0, 2.0]))[0], [3.0, 2.0, 2.0])


def test_rows_read_before_inside_and_after_a_checkpoint():
    def program(m, wrap):
        before = m[0].sum()
        inside = wrap(lambda: np.sin(m[0]).sum() * m[1, 0])()
        return inside * before + (m[0] * 3).sum() + m[0][1] * m[1][0]

    m = np.array([[0.3, 0.5], [0.7, 1.1]])
    for derivative in (ad.grad, ad.hessian):
        expected = derivative(lambda m: program(m, lambda f: f))(m)
        np.testing.assert_allclose(derivative(lambda m: program(m, ad.checkpoint))(m), expected)
