"""Scopes: they belong to a thread or task, nest, and are left in any event."""

import asyncio
import threading

import pytest

import adkit as ad
from adkit.common.scopes import is_strict, is_trapping

SCOPES = {"strict": (ad.strict, is_strict), "trap_nonfinite": (ad.trap_nonfinite, is_trapping)}


@pytest.fixture(params=SCOPES)
def scope(request):
    """Return a kind of scope, and what says whether one is open."""
    return SCOPES[request.param]


def test_scopes_nest_and_are_left_in_any_event(scope):
    enter, is_open = scope
    one = enter()
    assert not is_open()
    with one:
        with one, enter():
            assert is_open()
        assert is_open()
        with pytest.raises(KeyError), enter():
            raise KeyError
        assert is_open()
    assert not is_open()
    assert repr(one).endswith("closed>")


def test_a_scope_decorates_a_function(scope):
    enter, is_open = scope

    @enter()
    def inside(depth):
        return is_open() and (depth == 0 or inside(depth - 1))

    assert inside(2)
    assert not is_open()


def test_a_scope_covers_its_own_thread(scope):
    enter, is_open = scope
    seen = []
    with enter():
        thread = threading.Thread(target=lambda: seen.append(is_open()))
        thread.start()
        thread.join()
    assert seen == [False]


def test_a_scope_covers_its_own_task(scope):
    enter, is_open = scope
    seen = []

    async def inside(started, looked):
        with enter():
            started.set()
            await looked.wait()
            seen.append(is_open())

    async def outside(started, looked):
        await started.wait()
        seen.append(is_open())
        looked.set()

    async def both():
        started, looked = asyncio.Event(), asyncio.Event()
        await asyncio.gather(inside(started, looked), outside(started, looked))

    asyncio.run(both())
    assert seen == [False, True]


def test_a_scope_shared_by_threads(scope):
    enter, is_open = scope
    shared = enter()
    barrier = threading.Barrier(2)
    seen = []

    def work(first):
        with shared:
            barrier.wait(10)
            if first:
                barrier.wait(10)
        if not first:
            seen.append(is_open())
            barrier.wait(10)
        else:
            seen.append(is_open())

    threads = [threading.Thread(target=work, args=(first,)) for first in (True, False)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert seen == [False, False]


def test_a_suspended_generator_is_closed_elsewhere(scope):
    enter, is_open = scope

    def suspended():
        with enter():
            yield

    generator = suspended()
    next(generator)
    assert is_open()
    thread = threading.Thread(target=generator.close)
    thread.start()
    thread.join()
    assert not is_open()
    first, second = suspended(), suspended()
    next(first)
    next(second)
    first.close()
    assert is_open()
    second.close()
    assert not is_open()
