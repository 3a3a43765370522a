"""Programs of which a part is a checkpoint: each takes what to make of the part, `plain` or it."""

import functools
from dataclasses import dataclass

import numpy as np

import adkit as ad

X = np.array([0.7, 1.3, 0.9, 1.1])
V = np.array([1.0, -2.0, 0.5, 3.0])
HELD = {}


def plain(f):
    return f


@dataclass
class Layer:
    weights: object

    def apply(self, h):
        return np.tanh(h * self.weights)


def in_containers(c):
    def step(state, *, scale, name):
        first, second = state["pair"]
        return {name: first * scale, "rest": [None, np.outer(second, first)]}

    return lambda x: c(step)({"pair": (x, x**2)}, scale=x[0], name="a")["rest"][1]


def from_closures(c):
    return lambda x: sum(c(lambda k: np.sin(k * x))(float(k)) for k in range(3))


def from_an_instance(c):
    return lambda x: 2 * c(Layer(x).apply)(np.ones(4))


def from_a_partial(c):
    return lambda x: c(functools.partial(np.multiply, x))(x**2)


def from_elsewhere(c):
    def f(x):
        HELD["x"] = x
        return c(lambda h: np.cumsum(h * np.tanh(HELD["x"])))(x[::-1])

    return f


def from_an_inner_derivative(c):
    """What the function finds belongs to a level above that of its argument."""

    def f(x):
        def inner(y):
            HELD["y"] = y
            return np.sum(c(lambda h: np.tanh(h * HELD["y"]))(x))

        return ad.grad(inner)(2 * x)

    return f


def into_buffers(c):
    def products(h):
        y = np.zeros_like(h)
        for i in range(3):
            y[i] = h[i] * h[i + 1]
        y[1:] += y[:-1] * h[1:]
        return y

    return lambda x: c(products)(x)


def into_traced_buffers(c):
    @ad.traced_buffers
    def running(h):
        y = np.zeros(4)
        for i in range(3):
            y[i + 1] = y[i] + h[i] * h[i + 1]
        return y

    return lambda x: c(running)(x)


def given_a_buffer(c):
    """A copy of the buffer takes traced values, and so does the result, which has none yet."""

    @ad.traced_buffers
    def f(x):
        def part(y, h):
            filled = y.copy()
            filled[:2] = h[2:]
            return filled, y + 1, y

        filled, after, same = c(part)(np.zeros(4), x**2)
        after[1:] = filled[:3] * x[1:]
        same[0] = x[3]
        return after + same

    return f


def inside_traced_buffers(c):
    """The scope has closed when the function runs again; what it returns may be written into."""

    def products(h):
        y = np.zeros(4)
        y[1:] = h[1:] * h[:-1]
        return y, np.ones(4)

    @ad.traced_buffers
    def f(x):
        y, z = c(products)(x)
        z[1:] = x[:3]
        return y * z

    return f


def before_a_copy(c):
    """Its cotangent is a view of one that was written into."""

    def f(x):
        y = np.zeros_like(x)
        y[:] = c(np.sin)(x)
        y[0] = x[2]
        return y * y

    return f


def nested(c):
    def outer(h, x):
        return c(np.sin)(h * x) + c(lambda u: u * u * h)(x)

    return lambda x: x * c(outer)(x, x)


def around_derivatives(c):
    def f(x):
        inner = ad.grad(lambda u: np.sum(np.sin(u) * x))
        return c(lambda h: inner(h) * ad.jvp(np.cos, (h,), (h * x,))[1])(x)

    return f


def of_views(c):
    def f(x):
        y = x * 1.0
        z = c(lambda h: h[1:])(y)
        z[0] = 5 * x[0]
        return y * x

    return f


def of_the_argument(c):
    def f(x):
        y = x * 1.0
        z, _ = c(lambda h: (h, h.sum()))(y)
        z[0] = 5 * x[1]
        return y * x

    return f


def before_writes(c):
    def f(x):
        y, w = x * 1.0, np.ones(4)
        z = c(lambda h, w: h * w * x)(y, w)
        y[0] = 0.0
        w[:] = 7.0
        return z * y

    return f


def of_what_it_captured(c):
    def f(x):
        y = x * 1.0
        z = c(lambda h: (y, h * 2))(x)[0]
        z[0] = 5 * x[1]
        return y * x

    return f


def with_variables_that_move_on(c):
    def f(x):
        h = x
        power = 0

        def part(u):
            return np.sin(u * power) * h

        for _ in range(3):
            power += 1
            h = c(part)(x)
        return h

    return f


def from_attributes(c):
    class Decorated(Layer):
        apply = c(Layer.apply)

    return lambda x: Decorated(x).apply(np.ones(4))


def of_several_results(c):
    return lambda x: sum(c(np.modf)(x * x))


def of_eigenvalues(c):
    return lambda x: c(lambda h: np.linalg.eigh(np.outer(h, h) + np.diag(3 * h)))(x)[0]


def of_complex(c):
    return lambda x: np.real(c(lambda z: np.exp(1j * z) * z**2)(x + 0j))


PROGRAMS = [
    in_containers,
    *(from_closures, from_an_instance, from_a_partial, from_elsewhere),
    *(from_an_inner_derivative, into_buffers, into_traced_buffers),
    *(inside_traced_buffers, given_a_buffer, before_a_copy),
    *(nested, around_derivatives, of_views, of_the_argument, before_writes),
    *(of_what_it_captured, with_variables_that_move_on, from_attributes),
    *(of_several_results, of_eigenvalues, of_complex),
]
