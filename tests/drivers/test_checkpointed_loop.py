"""`checkpointed_loop`: derivatives of the plain loop, in counted runs and counted bytes."""

import tracemalloc
from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import adkit as ad
from adkit.common.errors import ArgumentError, InPlaceError, ReplayError
from adkit.drivers.binomial import fewest_runs

X = np.array([0.3, -0.2, 1.0])
V = np.array([1.0, 2.0, -1.0])
MODES = (ad.jacfwd, ad.jacrev)


def loop(step, state, steps, **options):
    for i in range(steps):
        state = step(state, i)
    return state


def mixed(run, steps=7, **options):
    """A state of traced and plain leaves; one becomes traced, one is captured as well."""

    def f(x):
        def step(state, i):
            h = np.tanh(0.9 * state["h"] * x + state["x"] * np.cos(i))
            return {"h": h, "n": state["n"] + 1, "s": state["s"] + h[0], "x": state["x"]}

        state = {"h": np.zeros(3), "n": 0, "s": 0.0, "x": x}
        state = run(step, state, steps, **options)
        assert state["n"] == steps
        return state["h"] * state["x"] + state["s"]

    return f


def resets(run, steps=6, **options):
    """A leaf that stops and starts to depend on the argument; shapes that grow."""

    def f(x):
        def step(state, i):
            h, rest = state
            h = np.ones(3) if i == 3 else np.sin(h * x)
            return h, np.concatenate([rest, h[:1]])

        h, rest = run(step, (x, x[:1]), steps, **options)
        return np.sum(h) + rest * rest

    return f


def swaps(run, steps=5, **options):
    """Results that are the leaves of the state in other places."""

    def f(x):
        a, b = run(lambda s, i: (s[1], s[0] * x), (x, x * x), steps, **options)
        return a - b

    return f


def loops_in_loops(run, steps=4, **options):
    def f(x):
        def outer(h, i):
            return run(lambda u, j: np.sin(u * x) + 0.1 * j, h, 3, **options)

        return run(outer, x, steps, **options)

    return f


def variables_move_on(run, **options):
    def f(x):
        scale = x
        h = run(lambda h, i: np.sin(h * scale), x, 4, **options)
        scale = scale * 2
        return run(lambda h, i: np.cos(h * scale), h, 3, **options)

    return f


def copies(run, steps=5, **options):
    """The cotangent of a state is a view of one that was written into."""

    def f(x):
        def step(h, i):
            y = np.zeros_like(h, shape=4)
            y[1:] = h
            y[0] = x[i % 3] ** 2
            return y[:3]

        return run(step, x, steps, **options) ** 2

    return f


def fills_buffers(run, steps=5, **options):
    """The scope has closed when a step runs again."""

    @ad.traced_buffers
    def f(x):
        def step(h, i):
            y = np.zeros(3)
            y[1:] = h[:-1] * x[1:]
            y[0] = h[2]
            return y

        return run(step, x, steps, **options)

    return f


def passes_buffers(run, steps=5, **options):
    """A buffer in the state, into which nothing traced is written before the third step."""

    @ad.traced_buffers
    def f(x):
        def step(state, i):
            y, z, h = state
            y = y.copy()
            y[i % 3] = h[0] if i > 1 else 2.0
            return y, z, np.tanh(h * x)

        y, z, h = run(step, (np.zeros(3), np.zeros(3), x), steps, **options)
        z[1:] = h[1:]
        return y + z

    return f


def writes_into_the_last_state(run, steps=5, **options):
    """An array that no step changes after the first, and a buffer that none changes."""

    @ad.traced_buffers
    def f(x):
        def step(state, i):
            y, z, h = state
            if i == 0:
                y, z = np.array([2.0, 3.0, 4.0]), np.full(3, 5.0)
            return y, z, np.tanh(h * x) * y * z

        y, z, h = run(step, (np.ones(3), np.ones(3), x), steps, **options)
        y[0] = 100.0
        z[1] = h[0]
        return y * z * h

    return f


PROGRAMS = [
    *(mixed, resets, swaps, loops_in_loops, variables_move_on, copies, fills_buffers),
    *(passes_buffers, writes_into_the_last_state),
]
OPTIONS = [{}, {"snapshots": 1}, {"snapshots": 3}, {"snapshots": 50}, {"byte_budget": 400}]


@pytest.mark.parametrize("options", OPTIONS, ids=str)
@pytest.mark.parametrize("program", PROGRAMS)
def test_first_derivatives_are_those_of_the_loop(program, options):
    f, g = program(loop), program(ad.checkpointed_loop, **options)
    np.testing.assert_array_equal(g(X), f(X))
    np.testing.assert_array_equal(ad.jvp(g, (X,), (V,))[1], ad.jvp(f, (X,), (V,))[1])
    y, pullback = ad.vjp(g, X)
    (expected,) = ad.vjp(f, X)[1](np.ones_like(y))
    for _ in range(2):
        np.testing.assert_allclose(pullback(np.ones_like(y))[0], expected, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("inner", MODES)
@pytest.mark.parametrize("outer", MODES)
@pytest.mark.parametrize("program", PROGRAMS)
def test_second_derivatives_are_those_of_the_loop(program, outer, inner):
    f, g = program(loop), program(ad.checkpointed_loop, snapshots=2)
    np.testing.assert_allclose(outer(inner(g))(X), outer(inner(f))(X), rtol=1e-10, atol=1e-12)


@given(st.integers(1, 24), st.integers(1, 6), st.sampled_from(PROGRAMS[:3]))
def test_any_number_of_steps_and_snapshots(steps, snapshots, program):
    f, g = program(loop, steps), program(ad.checkpointed_loop, steps, snapshots=snapshots)
    np.testing.assert_allclose(ad.jacrev(g)(X), ad.jacrev(f)(X), rtol=1e-11, atol=1e-13)


def test_nodes_made_by_hand_pass_through():
    expected = ad.jacrev(lambda x: mixed(loop)(x).sum())(X)
    node = ad.Node(X)
    y = mixed(ad.checkpointed_loop, snapshots=2)(node).sum()
    for count in (1, 2):
        y.backward()
        np.testing.assert_allclose(node.grad.data, count * expected, rtol=1e-12)


# ---------------------------------------------------------------- counts


def counted(calls):
    def f(x, steps, **options):
        def step(h, i):
            calls[i] += 1
            return np.sin(h + x)

        return np.sum(ad.checkpointed_loop(step, x, steps, **options))

    return f


@pytest.mark.parametrize("snapshots", [1, 2, 3, 5, 10])
@pytest.mark.parametrize("steps", [1, 2, 10, 56])
def test_runs_are_the_published_optimum(steps, snapshots):
    calls = Counter()
    with ad.count_sweeps() as ran:
        ad.grad(counted(calls))(X, steps, snapshots=snapshots)
    # each step once for the sweep, and the last one for its value
    runs = fewest_runs(steps, snapshots)
    assert sum(calls.values()) == runs + steps + 1
    assert ran.repeated == runs + 1
    assert ran.primal == runs + 2


def test_1001_steps_with_ten_snapshots():
    calls = Counter()
    with ad.count_sweeps() as ran:
        ad.grad(counted(calls))(X, 1001, snapshots=10)
    assert ran.repeated == 3641
    assert max(calls[i] for i in range(1000)) == 4 + 1


def test_by_default_a_step_runs_twice_and_once_for_the_sweep():
    calls = Counter()
    ad.grad(counted(calls))(X, 100)
    assert max(calls.values()) == 3


def test_a_pullback_that_is_called_again_runs_forward_again():
    with ad.count_sweeps() as ran:
        y, pullback = ad.vjp(lambda x: counted(Counter())(x, 20, snapshots=3), X)
        assert ran.repeated == 0
        pullback(y)
        first = ran.repeated
        pullback(y)
    assert first == fewest_runs(20, 3) + 1
    assert ran.repeated - first == fewest_runs(20, 3) + 20


def test_forward_mode_and_plain_values_run_every_step_once():
    calls = Counter()
    f = counted(calls)
    with ad.count_sweeps() as ran:
        ad.jvp(lambda x: f(x, 10, snapshots=2), (X,), (V,))
    f(X, 10, snapshots=2)
    assert ran.repeated == 0
    assert set(calls.values()) == {2}


def test_no_steps_give_the_first_state():
    state = {"x": X}
    assert ad.checkpointed_loop(lambda s, i: None, state, 0) is state


# ---------------------------------------------------------------- bytes


def peak(run):
    tracemalloc.start()
    try:
        run()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def recurrence(x, steps, **options):
    def step(h, i):
        return np.tanh(0.9 * h + x)

    if not options:
        return np.sum(loop(step, np.zeros_like(x), steps))
    return np.sum(ad.checkpointed_loop(step, np.zeros_like(x), steps, **options))


@pytest.mark.parametrize("snapshots", [2, 5, 20])
def test_the_peak_is_that_of_the_snapshots_and_one_step(snapshots):
    x = np.ones(20_000)
    found = peak(lambda: ad.grad(recurrence)(x, 100, snapshots=snapshots))
    assert snapshots * x.nbytes < found < (snapshots + 10) * x.nbytes


def test_the_budget_holds_for_the_states():
    x = np.ones(20_000)
    assert peak(lambda: ad.grad(recurrence)(x, 100)) > 100 * x.nbytes
    found = peak(lambda: ad.grad(recurrence)(x, 100, byte_budget=20 * x.nbytes))
    assert found < 28 * x.nbytes


def test_a_product_with_the_hessian_keeps_to_twice_the_budget():
    x = np.ones(20_000)

    def f(x):
        return recurrence(x, 100, byte_budget=20 * x.nbytes)

    assert peak(lambda: ad.hvp(f, (x,), (x,))) < 60 * x.nbytes


SECOND = {
    "forward over reverse": lambda f, x: ad.hvp(f, (x,), (x,))[0],
    "reverse over forward": lambda f, x: ad.grad(lambda y: ad.jvp(f, (y,), (x,))[1])(x),
    "reverse over reverse": lambda f, x: ad.grad(lambda y: np.vdot(ad.grad(f)(y), x))(x),
}


@pytest.mark.parametrize("product", SECOND.values(), ids=SECOND)
def test_products_with_the_hessian_take_a_fraction_of_the_plain_ones(product):
    def program(run, **options):
        def f(x):
            def step(h, i):
                for _ in range(10):
                    h = np.tanh(0.9 * h * x + x)
                return h

            return np.sum(run(step, np.zeros_like(x), 40, **options))

        return f

    x = np.linspace(-1.0, 1.0, 2_000)
    f, g = program(loop), program(ad.checkpointed_loop, snapshots=10)
    np.testing.assert_allclose(product(g, x), product(f, x), rtol=1e-10, atol=1e-13)
    assert peak(lambda: product(g, x)) < peak(lambda: product(f, x)) / 6


def test_a_pullback_says_what_it_keeps():
    x = np.ones(1000)
    y, pullback = ad.vjp(lambda x: recurrence(x, 100, snapshots=5), x)
    assert 6 * x.nbytes <= pullback.nbytes <= 8 * x.nbytes
    pullback(y)
    assert pullback.nbytes <= 3 * x.nbytes  # the states are computed again


def test_200_steps_on_100000_elements_take_50_megabytes():
    x = np.random.default_rng(0).standard_normal(100_000)
    assert peak(lambda: ad.value_and_grad(recurrence)(x, 200)) < 200e6
    assert peak(lambda: ad.value_and_grad(recurrence)(x, 200, byte_budget=40_000_000)) < 50e6


# ---------------------------------------------------------------- refusals


def test_a_step_that_writes_into_its_state_is_refused():
    def step(h, i):
        h[0] = 0.0
        return h

    with pytest.raises(InPlaceError, match="ADK305"):
        ad.grad(lambda x: np.sum(ad.checkpointed_loop(step, x, 3)))(X)


def test_a_step_that_returns_other_containers_is_refused():
    with pytest.raises(ArgumentError, match="the state after step 0"):
        ad.grad(lambda x: ad.checkpointed_loop(lambda s, i: (s, s), x, 3)[0].sum())(X)


def test_random_steps_are_refused():
    rng = np.random.default_rng(0)
    with pytest.raises(ReplayError, match="ADK613"):
        ad.grad(lambda x: np.sum(ad.checkpointed_loop(lambda h, i: h * rng.random(3), x, 4)))(X)


@pytest.mark.parametrize(
    "options",
    [
        {"steps": -1},
        {"steps": 2.0},
        {"steps": True},
        {"snapshots": 0},
        {"byte_budget": "1 MB"},
        {"snapshots": 2, "byte_budget": 1000},
        {"byte_budget": 30},
    ],
    ids=str,
)
def test_options_that_make_no_sense_are_refused(options):
    steps = options.pop("steps", 3)
    with pytest.raises(ArgumentError, match="ADK106"):
        ad.grad(lambda x: np.sum(ad.checkpointed_loop(lambda h, i: h * x, x, steps, **options)))(X)
