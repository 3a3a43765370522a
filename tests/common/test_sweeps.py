"""`count_sweeps`: exact, nestable, and deaf to other threads and tasks."""

import asyncio
import contextvars
import threading

import numpy as np
import pytest

import adkit as ad
from adkit.common.sweeps import Ledger, counting


def f(x):
    return (np.sin(x) * x).sum()


def counts(ran):
    return (ran.primal, ran.forward, ran.tangents, ran.reverse, ran.cotangents)


@pytest.mark.parametrize(
    ("run", "expected"),
    [
        (lambda x: f(x), (0, 0, 0, 0, 0)),
        (lambda x: ad.jvp(f, (x,), (x,)), (1, 1, 1, 0, 0)),
        (lambda x: ad.vjp(f, x), (1, 0, 0, 0, 0)),
        (lambda x: ad.vjp(f, x)[1](1.0), (1, 0, 0, 1, 1)),
        (lambda x: ad.grad(f)(x), (1, 0, 0, 1, 1)),
        (lambda x: ad.value_and_grad(f)(x), (1, 0, 0, 1, 1)),
        (lambda x: ad.derivative(np.sin)(2.0), (1, 1, 1, 0, 0)),
        (lambda x: ad.jacfwd(np.sin)(x), (1, 1, 4, 0, 0)),
        (lambda x: ad.jacfwd(np.sin, chunk=3)(x), (2, 2, 4, 0, 0)),
        (lambda x: ad.jacrev(np.sin)(x), (1, 0, 0, 1, 4)),
        (lambda x: ad.jacrev(np.sin, chunk=3)(x), (1, 0, 0, 2, 4)),
        (lambda x: ad.jacobian(f)(np.ones(100)), (1, 0, 0, 1, 1)),
        # each evaluation of the gradient is one of f, and one of the gradient
        (lambda x: ad.hvp(f, (x,), (x,)), (2, 1, 1, 1, 1)),
        (lambda x: ad.hessian(f)(x), (2, 1, 4, 1, 1)),
        (lambda x: ad.hessian(f, chunk=2)(x), (4, 2, 4, 2, 2)),
        (lambda x: ad.hessian_diag(f)(x), (2, 1, 4, 1, 1)),
        # the pushforward is what transposing one pullback gives
        (lambda x: ad.linearize(f, x), (1, 0, 0, 1, 1)),
        (lambda x: ad.linearize(f, x)[1](x), (1, 1, 1, 1, 1)),
        (lambda x: ad.linear_transpose(np.sum, x)(1.0), (1, 0, 0, 1, 1)),
        (lambda x: ad.grad(lambda y: (ad.grad(f)(y) ** 2).sum())(x), (2, 0, 0, 2, 2)),
        (lambda x: ad.jacrev(ad.jacfwd(np.sin))(x), (2, 1, 4, 1, 16)),
    ],
)
def test_counts(run, expected):
    x = np.arange(4.0)
    with ad.count_sweeps() as ran:
        run(x)
    assert counts(ran) == expected
    assert ran.directions == ran.tangents + ran.cotangents


def test_a_backward_pass_by_hand_is_a_reverse_sweep():
    with ad.count_sweeps() as ran:
        x = ad.Node(3.0)
        y = x * x
        y.backward()
        y.backward()
    assert (ran.reverse, ran.cotangents) == (2, 2)


def test_a_sweep_that_runs_again_for_structural_zeros_counts_twice():
    def f(x):
        return np.where(x > 0, np.sqrt(x), 0.0).sum()

    x = np.array([0.0, 1.0])
    with np.errstate(all="ignore"), ad.count_sweeps() as ran:
        y, pullback = ad.vjp(f, x)
        pullback(y)
    assert counts(ran) == (1, 0, 0, 2, 2)
    with np.errstate(all="ignore"), ad.count_sweeps() as ran:
        ad.grad(f)(x)
    assert counts(ran) == (2, 0, 0, 2, 2)  # the first sweep emptied the tape


@pytest.mark.parametrize("transform", [ad.grad, ad.derivative, ad.jacfwd, ad.jacrev])
@pytest.mark.parametrize("length", [0, 1, 7, 100])
def test_operations_are_counted_exactly(transform, length):
    def chain(x):
        for _ in range(length):
            x = np.sin(x)
        return x

    with ad.count_sweeps() as ran:
        transform(chain)(1.0)
    assert ran.operations == length


def test_operations_of_every_kind_count_once():
    def program(x):
        y = np.sin(x) + x  # 2
        y = 2.0 * y - np.float64(1.0)  # 2
        z = np.concatenate([y, y[::-1]])  # 2
        return (z.reshape(2, -1) @ y).sum() / 3.0  # 4

    x = np.ones(4)
    for transform in (ad.jacfwd, ad.jacrev):
        with ad.count_sweeps() as ran:
            transform(program)(x)
        assert ran.operations == 10


def test_bytes_are_those_of_tapes():
    with ad.count_sweeps() as forward:
        ad.jacfwd(f)(np.ones(1000))
    with ad.count_sweeps() as reverse:
        ad.jacrev(f)(np.ones(1000))
    assert forward.bytes == 0
    assert 2 * 8000 <= reverse.bytes < 4 * 8000


def test_blocks_are_nested():
    x = np.arange(3.0)
    with ad.count_sweeps() as outer:
        ad.grad(f)(x)
        with ad.count_sweeps() as inner:
            ad.jacfwd(np.sin)(x)
        ad.grad(f)(x)
    assert counts(inner) == (1, 1, 3, 0, 0)
    assert counts(outer) == (3, 1, 3, 2, 2)


def test_a_block_inside_a_differentiated_function():
    seen = []

    def g(x):
        with ad.count_sweeps() as ran:
            y = ad.grad(f)(x)
        seen.append(counts(ran))
        return y.sum()

    with ad.count_sweeps() as outer:
        ad.grad(g)(np.ones(2))
    assert seen == [(1, 0, 0, 1, 1)]
    assert counts(outer) == (2, 0, 0, 2, 2)


def test_counts_may_be_read_inside_the_block_and_after_it():
    with ad.count_sweeps() as ran:
        assert ran == Ledger()
        ad.grad(f)(np.ones(2))
        assert ran.reverse == 1
    ad.grad(f)(np.ones(2))
    assert ran.reverse == 1


def test_an_exception_inside_the_block_closes_it():
    def fails():
        with ad.count_sweeps() as ran:
            ledgers.append(ran)
            ad.grad(f)(np.ones(2))
            raise ZeroDivisionError

    ledgers = []
    with pytest.raises(ZeroDivisionError):
        fails()
    (ran,) = ledgers
    assert ran.reverse == 1
    assert not counting()
    ad.grad(f)(np.ones(2))
    assert ran.reverse == 1


def test_a_sweep_that_fails_is_not_counted():
    def fails(x):
        raise ZeroDivisionError

    with ad.count_sweeps() as ran:
        for transform in (ad.grad, ad.jacfwd, ad.jacrev):
            with pytest.raises(ZeroDivisionError):
                transform(fails)(np.ones(2))
    assert counts(ran) == (0, 0, 0, 0, 0)


def test_nobody_counts_outside_a_block():
    assert not counting()
    with ad.count_sweeps():
        assert counting()
    assert not counting()


def test_threads_count_their_own():
    ledgers = {}
    gate = threading.Barrier(4)

    def work(k):
        with ad.count_sweeps() as ran:
            gate.wait()
            for _ in range(k):
                ad.grad(f)(np.ones(3))
            gate.wait()
        ledgers[k] = ran

    threads = [threading.Thread(target=work, args=(k,)) for k in (1, 2, 3)]
    for thread in threads:
        thread.start()
    with ad.count_sweeps() as mine:
        gate.wait()
        ad.jacfwd(np.sin)(np.ones(3))
        gate.wait()
    for thread in threads:
        thread.join()
    assert {k: counts(ran) for k, ran in ledgers.items()} == {k: (k, 0, 0, k, k) for k in (1, 2, 3)}
    assert counts(mine) == (1, 1, 3, 0, 0)


def test_tasks_count_their_own():
    async def work(k):
        with ad.count_sweeps() as ran:
            for _ in range(k):
                ad.grad(f)(np.ones(3))
                await asyncio.sleep(0)
        return ran.reverse

    async def main():
        return await asyncio.gather(*[work(k) for k in (1, 2, 3)])

    assert asyncio.run(main()) == [1, 2, 3]


def test_a_thread_that_runs_in_the_context_counts_along():
    with ad.count_sweeps() as ran:
        context = contextvars.copy_context()
        thread = threading.Thread(target=lambda: context.run(ad.grad(f), np.ones(3)))
        thread.start()
        thread.join()
    assert ran.reverse == 1


def test_a_ledger_prints_what_ran():
    with ad.count_sweeps() as ran:
        ad.jacfwd(np.sin)(np.ones(3))
        ad.grad(np.sum)(np.ones(3))
    assert str(ran) == (
        f"primal 2, forward 1 (3 tangents), reverse 1 (1 cotangents), 2 operations, "
        f"{ran.bytes} bytes"
    )
