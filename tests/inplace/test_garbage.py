"""Programs that write leave nothing behind: no cycles, no tape, whatever ends them."""

import gc

import numpy as np
import pytest

import adkit as ad

V = np.array([1.0, 2.0, 3.0])
#: What belongs to a running transform.
LIVING = {"Tape", "Node", "StoredNode", "Dual", "StoredDual", "Buffer"}


def writes(x):
    y = x * 2.0
    v = y[:2]
    v *= x[0]
    y[1:] = y[:-1]
    y.sort()
    np.add.at(y, [0, 0], x[1])
    y.flat = v.sum()
    y.shape = (3, 1)
    np.sin(y, out=y)
    windows = np.lib.stride_tricks.sliding_window_view(y, 2, axis=0)
    y[0] = windows.sum()
    return (y * y).sum()


def raises(x):
    y = x * 2.0
    v = y[:2]
    v *= x[0]
    y[1] = y[0]
    raise KeyError(y.shape)


def raises_nested(x):
    return ad.grad(lambda y: ad.grad(raises)(y).sum())(x)


def is_refused(x):
    y = x * 2.0
    y[:1] *= 2.0
    z = np.zeros(3)
    z[0] = y[0]
    return z.sum()


def is_refused_by_flat(x):
    np.zeros(3).flat[0] = x[0]
    return x.sum()


def accumulates(x):
    z = np.zeros(3)
    z += x
    return z.sum()


@ad.traced_buffers
def fills(x):
    z = np.zeros(3)
    for i in range(3):
        z[i] = x[i] ** 2
    return z.sum()


@ad.traced_buffers
def fills_and_raises(x):
    z = np.zeros(3)
    z[0] = x[0]
    w = z[1:]
    w[0] = x[1]
    raise KeyError(w.shape)


@ad.rules.elementary
def interrupted(x):
    return x * 1.0


def interrupt(*args):
    raise KeyboardInterrupt


ad.rules.general(
    interrupted, push=lambda t, ans, x: interrupt(), pull=lambda ct, ans, x: interrupt()
)


def is_interrupted(x):
    y = x * 2.0
    y[0] = x[1]
    v = y[1:]
    v += 1.0
    return interrupted(y).sum()


def pulls_back_twice(x):
    _, pullback = ad.vjp(writes, x)
    pullback(1.0)
    pullback(1.0)


def pulls_back_a_wrong_shape(x):
    _, pullback = ad.vjp(writes, x)
    pullback(np.ones(4))


def is_strict(x):
    with ad.strict():
        ad.grad(lambda x: np.floor(x).sum())(x)


def is_trapped(x):
    with ad.trap_nonfinite():
        ad.grad(lambda x: np.sqrt(writes(x) * 0.0))(x)


FUNCTIONS = [
    *(writes, raises, raises_nested, is_refused, is_refused_by_flat, accumulates),
    *(fills, fills_and_raises, is_interrupted),
]
TRANSFORMS = [ad.grad, ad.jacfwd, ad.hessian]
RUNS = {
    **{f"{t.__name__} of {f.__name__}": t(f) for t in TRANSFORMS for f in FUNCTIONS},
    **{f.__name__: f for f in (pulls_back_twice, pulls_back_a_wrong_shape, is_strict, is_trapped)},
    "linearize": lambda x: ad.linearize(writes, x)[1](x),
    "hvp": lambda x: ad.hvp(writes, (x,), (x,)),
    "nested jvp": lambda x: ad.jvp(lambda y: ad.jvp(writes, (y,), (y,))[1], (x,), (x,)),
    "verify_trace": lambda x: ad.verify_trace(writes, x),
}


def count_living():
    return sum(type(x).__name__ in LIVING for x in gc.get_objects())


@pytest.mark.parametrize("run", RUNS.values(), ids=list(RUNS))
@np.errstate(all="ignore")
def test_nothing_is_left(run):
    def attempt():
        try:
            run(V)
        except (Exception, KeyboardInterrupt):
            return

    attempt()
    gc.collect()
    before = count_living()
    gc.disable()
    try:
        for _ in range(3):
            attempt()
        assert gc.collect() == 0
    finally:
        gc.enable()
    assert count_living() == before
