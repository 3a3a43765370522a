"""Results written where the caller says: ``out=`` of ufuncs, their methods, and functions."""

import numpy as np
import pytest

from tests.inplace.agreement import check_program

X = np.array([0.7, 1.9, 0.4, 1.3])
PROGRAMS = {}


def program(f):
    PROGRAMS[f.__name__] = f
    return f


@program
def sum_out(x):
    y = x * 1.0
    s = np.zeros((), like=x)
    np.sum(y, out=s)
    return s * x


@program
def sum_out_axis(x):
    y = x.reshape(2, 2) * 1.0
    s = np.zeros_like(x, shape=(2,))
    np.sum(y, axis=0, out=s)
    return s * x[:2]


@program
def sum_method(x):
    s = np.zeros_like(x, shape=(2,))
    r = x.reshape(2, 2).sum(axis=1, out=s)
    assert r is s
    return s * s


@program
def cumsum_out(x):
    y = x * 1.0
    np.cumsum(y, out=y)
    return y * x


@program
def cumprod_out(x):
    y = x * 1.0
    x.cumprod(out=y)
    return y * x


@program
def dot_out(x):
    a = x.reshape(2, 2)
    o = np.empty_like(a)
    np.dot(a, a, out=o)
    return o.ravel()


@program
def dot_method_out(x):
    a = x.reshape(2, 2)
    o = np.empty_like(a)
    a.dot(a, o)
    return o.ravel()


@program
def matmul_out(x):
    a = x.reshape(2, 2)
    o = np.empty_like(a)
    np.matmul(a, a, out=o)
    return o.ravel()


@program
def matmul_out_overlap(x):
    a = x.reshape(2, 2) * 1.0
    np.matmul(a, a, out=a)
    return a.ravel()


@program
def add_reduce_out(x):
    o = np.zeros_like(x, shape=(2,))
    np.add.reduce(x.reshape(2, 2), axis=0, out=o)
    return o * o


@program
def add_reduce_out_tuple(x):
    o = np.zeros_like(x, shape=(2,))
    np.add.reduce(x.reshape(2, 2), 0, None, o)
    return o * o


@program
def multiply_reduce_out(x):
    o = np.zeros_like(x, shape=())
    np.multiply.reduce(x, out=o)
    return o * x


@program
def add_accumulate_out(x):
    o = np.zeros_like(x)
    np.add.accumulate(x, out=o)
    return o * x


@program
def maximum_reduce_out(x):
    o = np.zeros_like(x, shape=())
    np.maximum.reduce(x, out=o)
    return o * x


@program
def mean_out(x):
    o = np.zeros_like(x, shape=())
    np.mean(x, out=o)
    return o * x


@program
def std_out(x):
    o = np.zeros_like(x, shape=())
    np.std(x, out=o)
    return o * x


@program
def var_method_out(x):
    o = np.zeros_like(x, shape=())
    x.var(out=o)
    return o * x


@program
def prod_out(x):
    o = np.zeros_like(x, shape=())
    x.prod(out=o)
    return o * x


@program
def max_out(x):
    o = np.zeros_like(x, shape=())
    x.max(out=o)
    return o * x


@program
def ptp_out(x):
    o = np.zeros_like(x, shape=())
    np.ptp(x, out=o)
    return o * x


@program
def trace_out(x):
    o = np.zeros_like(x, shape=())
    x.reshape(2, 2).trace(out=o)
    return o * x


@program
def take_out(x):
    o = np.zeros_like(x)
    x.take([0, 0, 1, 2], out=o)
    return o * x


@program
def choose_out(x):
    o = np.zeros_like(x)
    np.choose([0, 1, 0, 1], [x, x * x], out=o)
    return o * x


@program
def compress_out(x):
    o = np.zeros_like(x, shape=(2,))
    np.compress([True, False, True, False], x, out=o)
    return o * o


@program
def clip_out(x):
    y = x * 1.0
    np.clip(y, 0.5, 1.5, out=y)
    return y * x


@program
def clip_method_out(x):
    y = x * 1.0
    y.clip(0.5, 1.5, out=y)
    return y * x


@program
def round_out(x):
    y = x * 1.0
    np.round(y, 1, out=y)
    return y * x


@program
def einsum_out(x):
    y = np.zeros_like(x)
    np.einsum("i,i->i", x, x, out=y)
    return y * x


@program
def concatenate_out(x):
    y = np.zeros_like(x, shape=(8,))
    np.concatenate([x, x * x], out=y)
    return y * y


@program
def stack_out(x):
    y = np.zeros_like(x, shape=(2, 4))
    np.stack([x, x * x], out=y)
    return y[0] * y[1]


@program
def by_position(x):
    a = np.zeros_like(x)
    np.multiply(x, x, a)
    return a


@program
def in_a_tuple(x):
    a = np.zeros_like(x)
    np.multiply(x, x, out=(a,))
    return a


@program
def into_a_view(x):
    a = np.zeros_like(x, shape=(2, 4))
    np.multiply(x, x, out=a[1])
    return a.sum(0) * x


@program
def broadcast(x):
    a = np.zeros_like(x, shape=(2, 4))
    np.multiply(x, x, out=a)
    return a[0] + a[1]


@program
def with_dtype(x):
    a = np.zeros_like(x)
    np.multiply(x, x, out=a, dtype=float, casting="unsafe")
    return a


@program
def overlapping_shift(x):
    y = x * 1.0
    np.add(y[:-1], y[1:], out=y[1:])
    return y


@program
def overlapping_reverse(x):
    y = x * 1.0
    np.add(y, y[::-1], out=y)
    return y * x


@program
def where_true(x):
    y = x * 1.0
    np.exp(x, out=y, where=True)
    return y


@program
def where_broadcast(x):
    y = np.ones_like(x, shape=(2, 4))
    np.multiply(x, x, out=y, where=np.array([[True], [False]]))
    return y[0] * y[1]


@program
def where_of_two_operands(x):
    y = x * 2.0
    np.divide(1.0, x, out=y, where=x > 0.5)
    return y * x


@program
def logical_out(x):
    y = x * 1.0
    m = np.zeros(4, bool)
    np.greater(x, 1.0, out=m)
    y[m] = x[0]
    return y


@program
def isfinite_out(x):
    m = np.zeros(4, bool)
    np.isfinite(x, out=m)
    return x * m


@program
def sign_out(x):
    y = np.zeros_like(x)
    np.sign(x - 1, out=y)
    return y * x


@pytest.mark.parametrize("f", PROGRAMS.values(), ids=list(PROGRAMS))
def test_program(f):
    check_program(f, X)
