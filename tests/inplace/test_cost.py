"""A step of a loop over parts of an array takes memory for those parts, not for the array.

No time is measured here (`python -m benchmarks inplace` does that): what is counted are the bytes
that a step of the recording, or a pull of the sweep back, allocates at a time. A step that copied
the array, or built one of its size, would be seen whatever it does with it afterwards.
"""

import tracemalloc

import numpy as np
import pytest

import adkit as ad

WIDTH = 500
ROW = 8 * WIDTH
#: A step may allocate this much: operands, partials and results of a few operations on rows.
STEP = 16 * ROW
#: Rows of a short loop; two such arrays would be far above the limit of a step.
SHORT = 60


def plain(steps):
    """Return the steps as they are."""
    return steps


def rows(steps=plain):
    def f(x):
        u = np.zeros_like(x)
        u[0] = x[0]
        for i in steps(range(1, len(u))):
            u[i] = np.sin(u[i - 1]) * 0.9
        return u.sum()

    return f


def saved_rows(steps=plain):
    def f(x):
        u = np.zeros_like(x)
        u[:2] = x[:2]
        for i in steps(range(2, len(u))):
            u[i] = 0.4 * u[i - 1] * u[i - 2] + 0.3
        return u.sum()

    return f


def kept_views(steps=plain):
    def f(x):
        u = np.zeros_like(x)
        u[0] = x[0]
        views = []
        for i in steps(range(1, len(u))):
            views.append(u[i - 1])
            u[i] = views[i - 1] * views[i // 2] * 0.5
        return u.sum()

    return f


def augmented(steps=plain):
    def f(x):
        u = x * 1.0
        for i in steps(range(1, len(u))):
            u[i] += u[i - 1] * 0.5
            u[i] *= x[i]
        return u.sum()

    return f


def slices(steps=plain):
    def f(x):
        u = x * 1.0
        for i in steps(range(1, len(u))):
            u[i, 1:-1] = u[i - 1, 2:] - u[i - 1, :-2]
        return u.sum()

    return f


def columns(steps=plain):
    def f(x):
        u = np.zeros_like(x).T
        u[:, 0] = x[0]
        for i in steps(range(1, len(x))):
            u[:, i] = np.cos(u[:, i - 1])
        return u.sum()

    return f


def elements(steps=plain):
    def f(x):
        u = x * 1.0
        for i in steps(range(1, len(u))):
            u[i, 0] = u[i - 1, 0] * u[i, 1]
            u[i, 1] = u[i, 0] + u[i - 1, 2]
        return u.sum()

    return f


def in_the_argument(steps=plain):
    def f(x):
        for i in steps(range(1, len(x))):
            x[i] = x[i - 1] * x[i]
        return x.sum()

    return f


PROGRAMS = [
    rows,
    saved_rows,
    kept_views,
    augmented,
    slices,
    columns,
    elements,
    in_the_argument,
]


class Meter:
    """Notes how many bytes steps allocate at a time."""

    def __init__(self):
        self.taken = []

    def call(self, function, *args):
        """Call a function, and note its peak."""
        before = tracemalloc.get_traced_memory()[0]
        tracemalloc.reset_peak()
        result = function(*args)
        self.taken.append(tracemalloc.get_traced_memory()[1] - before)
        return result

    def steps(self, steps):
        """Note the peak of each turn of a loop."""
        for i in steps:
            before = tracemalloc.get_traced_memory()[0]
            tracemalloc.reset_peak()
            yield i
            self.taken.append(tracemalloc.get_traced_memory()[1] - before)

    def above(self, limit):
        """Return how many peaks were higher."""
        return sum(taken > limit for taken in self.taken)


@pytest.fixture(autouse=True)
def traced_memory():
    tracemalloc.start()
    yield
    tracemalloc.stop()


def point(count):
    return np.random.default_rng(0).uniform(0.5, 0.9, (count, WIDTH))


def metered(pull, meter):
    """Return a pull whose peak is noted."""
    return lambda ct, entry, cotangents: meter.call(pull, ct, entry, cotangents)


def sweep_peaks(program, count, directions):
    """Return what the pulls of one sweep allocate."""
    meter = Meter()
    _, pullback = ad.vjp(program(), point(count))
    recording = pullback._recording
    for entry in recording.tape.entries:
        entry[2] = metered(entry[2], meter)
    recording.pull([np.ones(directions or ())], directions)
    assert len(meter.taken) >= count
    return meter


def loop_peaks(program, count, run):
    """Return what the turns of the loop allocate."""
    meter = Meter()
    run(program(meter.steps), point(count))
    assert len(meter.taken) >= count - 2
    return meter


@pytest.mark.parametrize("directions", [None, 3])
@pytest.mark.parametrize("program", PROGRAMS)
def test_a_pull_of_the_sweep_back_allocates_rows(program, directions):
    limit = STEP * (directions or 1)
    for count in (SHORT, 4 * SHORT):
        assert count * ROW > 3 * STEP
        # the sum at the end, and the arrays that the sweep owns from the first writes on
        assert sweep_peaks(program, count, directions).above(limit) <= 4


def vjp(f, x):
    return ad.vjp(f, x)


def jvp(f, x):
    return ad.jvp(f, (x,), (x,))


def jvp_of_three(f, x):
    return ad.jacfwd(lambda scales: f(np.sum(scales) * x))(np.full(3, 1 / 3))


@pytest.mark.parametrize("run", [vjp, jvp, jvp_of_three])
@pytest.mark.parametrize("program", PROGRAMS)
def test_a_turn_of_the_loop_allocates_rows(program, run):
    limit = STEP * (3 if run is jvp_of_three else 1)
    for count in (SHORT, 4 * SHORT):
        assert loop_peaks(program, count, run).above(limit) <= 1  # the first write


def test_a_copy_of_the_array_in_every_turn_would_be_seen():
    def program(steps):
        def f(x):
            u = x * 1.0
            for i in steps(range(1, len(u))):
                u[i] = u.copy()[i - 1]
            return u.sum()

        return f

    assert loop_peaks(program, 4 * SHORT, vjp).above(STEP) == 4 * SHORT - 1
    assert sweep_peaks(lambda: program(plain), 4 * SHORT, None).above(STEP) >= 4 * SHORT - 1


def test_many_live_views_are_not_looked_at_for_each_new_one():
    shrunk = []

    def f(x):
        u = x * 1.0
        u[0] = x[1]
        held = [u[i] for i in range(200)]
        before = len(u.views)
        for _ in range(10_000):
            assert u[1].shape == (WIDTH,)
            shrunk.append(len(u.views) < before)
            before = len(u.views)
        return u.sum() + held[0].sum()

    ad.grad(f)(point(200))
    assert 10 < sum(shrunk) <= 10_000 // 200
