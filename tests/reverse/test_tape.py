"""The tape: order, cotangents by serial, and the garbage collector left as it was."""

import gc
import threading

import numpy as np
import pytest

import adkit as ad
from adkit.common.errors import LeakedTraceError
from adkit.reverse.node import Node
from adkit.reverse.pullback import Recording, held_bytes
from adkit.reverse.tape import Cotangents, Tape, history, parents, quiet_collector, sweep


@pytest.fixture
def collector():
    """Yield, and leave the collector as it was found, whatever a test does to it."""
    threshold, enabled = gc.get_threshold(), gc.isenabled()
    yield
    gc.set_threshold(*threshold)
    (gc.enable if enabled else gc.disable)()


def test_entries_are_recorded_in_order_after_their_parents():
    tape = Tape()
    x, y = Node.leaf(np.float64(2.0), tape), Node.leaf(np.float64(3.0), tape)
    z = np.exp(x * y) + x
    serials = [entry[0] for entry in tape.entries]
    assert len(serials) == 3
    assert serials == sorted(serials)
    assert tape.entries[-1] is z.entry
    for entry in tape.entries:
        assert all(parent[0] < entry[0] for parent in parents(entry))


def test_history_lists_each_ancestor_once_in_descending_order():
    x = ad.Node(1.0)
    y = x * x
    z = y * y + x
    serials = [entry[0] for entry in history(z.entry)]
    assert serials == sorted(set(serials), reverse=True)
    assert {z.serial, y.serial, x.serial} <= set(serials)


def test_a_sweep_leaves_the_cotangents_of_leaves_alone():
    tape = Tape()
    x, y = Node.leaf(np.float64(2.0), tape), Node.leaf(np.float64(3.0), tape)
    z = x * y * x
    cotangents = Cotangents()
    cotangents[z.entry[0]] = np.float64(1.0)
    reached = sweep(reversed(tape.entries), cotangents)
    assert reached == {x.entry[0]: 12.0, y.entry[0]: 4.0}


def test_an_ended_tape_refuses_records():
    tape = Tape()
    x = Node.leaf(np.float64(2.0), tape)
    tape.end()
    for use in (lambda: x * x, lambda: np.exp(x), lambda: np.sum(x), lambda: x[...]):
        with pytest.raises(LeakedTraceError):
            use()
    assert tape.entries == []


def test_a_linear_operation_keeps_no_numbers():
    x = np.ones(10_000)
    kept = Recording(lambda leaves: [leaves[0].reshape(100, 100).T[0]], [x])
    assert kept.nbytes < 10_000


def test_bytes_count_each_saved_array_once():
    x = np.ones(10_000)
    once = Recording(lambda leaves: [np.exp(leaves[0])], [x]).nbytes
    twice = Recording(lambda leaves: [(y := np.exp(leaves[0])) * y], [x]).nbytes
    assert 80_000 <= once < 82_000
    assert once < twice < once + 2_000
    assert held_bytes([]) == 0


def test_scalar_operations_take_few_bytes():
    def f(leaves):
        y = leaves[0]
        for _ in range(1000):
            y = np.sin(y)
        return [y]

    assert Recording(f, [np.float64(0.5)]).nbytes <= 250 * 1000


# ---------------------------------------------------------------- the garbage collector


@pytest.mark.parametrize("threshold", [(700, 10, 10), (0, 10, 10), (1_000_000, 5, 5), (123, 4, 3)])
def test_the_threshold_is_restored(collector, threshold):
    gc.set_threshold(*threshold)
    inside = []

    def f(x):
        inside.append(gc.get_threshold()[0])
        return x * x

    ad.grad(ad.grad(f))(1.0)
    assert gc.get_threshold() == threshold
    assert all(t >= threshold[0] for t in inside)
    assert (inside[0] == 0) == (threshold[0] == 0)


def test_the_threshold_is_restored_after_an_error(collector):
    gc.set_threshold(321, 7, 7)

    def f(x):
        raise ZeroDivisionError

    for transform in (ad.grad(f), ad.jacrev(f), lambda x: ad.vjp(f, x), ad.hessian(f)):
        with pytest.raises(ZeroDivisionError):
            transform(1.0)
        assert gc.get_threshold() == (321, 7, 7)


@pytest.mark.parametrize("enabled", [True, False])
def test_the_collector_stays_on_or_off(collector, enabled):
    (gc.enable if enabled else gc.disable)()
    ad.grad(lambda x: x * x)(1.0)
    assert gc.isenabled() is enabled


def test_a_threshold_that_the_user_sets_meanwhile_stays(collector):
    gc.set_threshold(700, 10, 10)

    def f(x):
        gc.set_threshold(55, 5, 5)
        return x * x

    ad.grad(f)(1.0)
    assert gc.get_threshold() == (55, 5, 5)


def test_overlapping_threads_restore_the_threshold_once_the_last_has_ended(collector):
    gc.set_threshold(700, 10, 10)
    first_is_in, second_is_in, first_is_out = (threading.Event() for _ in range(3))
    seen = []

    def first():
        with quiet_collector:
            first_is_in.set()
            second_is_in.wait(10)
        seen.append(gc.get_threshold()[0])
        first_is_out.set()

    def second():
        first_is_in.wait(10)
        with quiet_collector:
            second_is_in.set()
            first_is_out.wait(10)
            seen.append(gc.get_threshold()[0])

    threads = [threading.Thread(target=work) for work in (first, second)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert seen[0] == seen[1] > 700
    assert gc.get_threshold() == (700, 10, 10)


def test_many_threads_restore_the_threshold(collector):
    gc.set_threshold(777, 10, 10)
    threads = [
        threading.Thread(target=lambda: [ad.grad(np.square)(1.0) for _ in range(50)])
        for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert gc.get_threshold() == (777, 10, 10)
