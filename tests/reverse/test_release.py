"""The last sweep over a tape empties it on the way; pullbacks and Nodes keep theirs."""

import tracemalloc

import numpy as np
import pytest

import adkit as ad
from adkit.reverse.footprint import largest_array
from adkit.reverse.pullback import Recording

LAYERS, SIZE = 40, 10_000
ARRAY = 8 * SIZE


def network(weights):
    h = np.ones(SIZE)
    for w in weights:
        h = np.tanh(h * w)
    return h.sum()


def weights():
    return [np.full(SIZE, 0.1 * k) for k in range(1, LAYERS + 1)]


def peak(run):
    tracemalloc.start()
    try:
        run()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_a_gradient_takes_the_place_of_the_tape():
    ws = weights()
    copies_and_tape = 2 * LAYERS * ARRAY
    assert peak(lambda: ad.grad(network)(ws)) < copies_and_tape + 8 * ARRAY
    assert peak(lambda: ad.value_and_grad(network)(ws)) < copies_and_tape + 8 * ARRAY


def test_a_pullback_keeps_the_tape_and_is_called_again():
    ws = weights()
    y, pullback = ad.vjp(network, ws)
    held = pullback.nbytes
    first, second = pullback(y), pullback(y)
    assert pullback.nbytes == held >= LAYERS * ARRAY
    for a, b in zip(first[0], second[0], strict=True):
        np.testing.assert_array_equal(a, b)


def test_backward_may_be_called_again():
    nodes = [ad.Node(w) for w in weights()[:3]]
    loss = network(nodes)
    loss.backward()
    once = nodes[0].grad.data.copy()
    loss.backward()
    np.testing.assert_array_equal(nodes[0].grad.data, 2 * once)


def test_only_the_last_chunk_of_a_jacobian_empties_the_tape():
    def f(x):
        return np.cumsum(np.sin(x))

    x = np.linspace(0.0, 1.0, 9)
    for chunk in (1, 4, 9):
        np.testing.assert_allclose(ad.jacrev(f, chunk=chunk)(x), np.tri(9) * np.cos(x), rtol=1e-14)
    z = x + 1j
    np.testing.assert_allclose(
        ad.jacrev(lambda z: np.cumsum(z * z).real, chunk=2)(z), np.tri(9) * 2 * z, rtol=1e-14
    )


def test_a_recording_that_was_emptied_holds_entries_only():
    recording = Recording(lambda leaves: [np.tanh(np.exp(leaves[0]))], [np.ones(1000)])
    assert recording.nbytes > 16_000
    recording.pull([np.ones(1000)], last=True)
    assert recording.nbytes < 1000


@pytest.mark.parametrize("transform", [ad.grad, ad.value_and_grad])
def test_what_is_not_finite_is_recorded_again(transform):
    def f(x):
        return np.sum(np.where(x > 0, np.sqrt(x), 0.0))

    with np.errstate(divide="ignore"), ad.count_sweeps() as ran:
        found = transform(f)(np.array([0.0, 4.0]))
    np.testing.assert_array_equal(found[-2:] if transform is ad.grad else found[1], [0.0, 0.25])
    assert (ran.primal, ran.reverse) == (2, 2)


def test_value_and_gradient_belong_to_one_evaluation():
    factors = iter([2.0, 3.0])

    def f(x):
        return np.sum(np.sqrt(x)) * next(factors)

    with np.errstate(divide="ignore"):
        value, gradient = ad.value_and_grad(f)(np.array([0.0, 4.0]))
    np.testing.assert_array_equal(gradient, [np.inf, value / 8])


# ---------------------------------------------------------------- chunks


def wide(x):
    """Few arguments and results, and a large array between."""
    return (np.sin(x[:, None] * np.linspace(0.0, 1.0, 50_000)) ** 2).sum(1)


def test_the_chunk_follows_the_largest_array_on_the_tape():
    x = np.linspace(1.0, 2.0, 40)
    recording = Recording(lambda leaves: [wide(leaves[0])], [x])
    assert largest_array(recording.tape.entries) == 40 * 50_000
    with ad.count_sweeps() as ran:
        ad.jacrev(wide)(x)
    assert (ran.cotangents, ran.reverse) == (40, 3)  # 16, 16 and 8
    assert {way.mode: way.sweeps for way in ad.plan(wide, x, measure=False).candidates} == {
        "forward": 3,
        "reverse": 3,
    }
    jacobian = ad.jacobian(wide)
    jacobian(x)  # chooses the mode, and keeps what it saw
    with ad.count_sweeps() as ran:
        jacobian(x)
    assert ran.forward + ran.reverse == 3
    with ad.count_sweeps() as ran:
        ad.jacrev(wide, chunk=40)(x)
    assert ran.reverse == 1
