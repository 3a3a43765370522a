"""Random programs that write into arrays and views: NumPy's values, and derivatives that agree."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

import adkit as ad


def drawn_index(rng, shape):
    """Return an index of an array, of any kind."""
    n = shape[0]
    start = int(rng.integers(n))
    choices = [
        int(rng.integers(-n, n)),
        slice(start, int(rng.integers(start, n + 1))),
        slice(None, None, -1),
        slice(0, n, 2),
        Ellipsis,
        rng.integers(0, n, size=rng.integers(1, 5)),
        rng.random(shape) > 0.5,
    ]
    if len(shape) > 1:
        choices.append((slice(None), int(rng.integers(shape[1]))))
    return choices[rng.integers(len(choices))]


def view(pool, a, b, index, c):
    pool.append(a[index])


def transposed(pool, a, b, index, c):
    pool.append(a.T if a.ndim > 1 else a[::-1])


def raveled(pool, a, b, index, c):
    pool.append(a.reshape(-1))


def computed(pool, a, b, index, c):
    pool.append(np.sin(a) * c + a)


def assign_constant(pool, a, b, index, c):
    a[index] = c


def assign(pool, a, b, index, c):
    # NumPy reads what it has just written where a mask meets an overlapping view
    a[index] = b + 0.0 if isinstance(index, np.ndarray) and index.dtype == bool else b


def add_to_part(pool, a, b, index, c):
    a[index] += b


def scale_part(pool, a, b, index, c):
    a[index] *= c


def scale_all(pool, a, b, index, c):
    a *= b


def reverse_part(pool, a, b, index, c):
    a[index] = a[index][::-1] if np.ndim(a[index]) else a[index] * c


STEPS = [
    view,
    transposed,
    raveled,
    computed,
    assign_constant,
    assign,
    add_to_part,
    scale_part,
    scale_all,
    reverse_part,
]


def drawn_program(rng, x):
    """Return a list of steps that NumPy accepts."""
    pool, program = [x.copy()], []
    for _ in range(rng.integers(3, 14)):
        i, j = (int(k) for k in rng.integers(len(pool), size=2))
        if np.ndim(pool[i]) == 0 or pool[i].shape[0] == 0:
            continue
        index = drawn_index(rng, pool[i].shape)
        step = (STEPS[rng.integers(len(STEPS))], i, j, index, float(rng.normal()))
        try:
            step[0](pool, pool[i], pool[j], *step[3:])
        except (TypeError, ValueError, IndexError):
            break
        program.append(step)
    return program


@given(st.integers(0, 2**32))
def test_random_programs(seed):
    rng = np.random.default_rng(seed)
    shape = [(3,), (4,), (2, 3), (3, 2), (1,), (2, 2, 2)][rng.integers(6)]
    x, v = rng.uniform(0.2, 1.2, shape), rng.normal(size=shape)
    program = drawn_program(rng, x)

    def f(x):
        pool = [x]
        for step, i, j, *rest in program:
            step(pool, pool[i], pool[j], *rest)
        return sum((np.sin(y) * (k + 1.0)).sum() for k, y in enumerate(pool))

    value, pushed = ad.jvp(f, (x,), (v,))
    gradient = ad.grad(f)(x)
    assert value == ad.vjp(f, x)[0] == f(x.copy())
    complex_step = f(x + 1e-30j * v).imag / 1e-30
    scale = 1e-11 * (1 + np.abs(gradient).sum())
    np.testing.assert_allclose(pushed, complex_step, rtol=1e-10, atol=scale)
    np.testing.assert_allclose((gradient * v).sum(), complex_step, rtol=1e-10, atol=scale)
    np.testing.assert_allclose(ad.jacfwd(f)(x), gradient, rtol=1e-10, atol=scale)
    (product,) = ad.hvp(f, (x,), (v,))
    scale = 1e-11 * (1 + np.abs(product).sum())
    by_reverse_over_reverse = ad.grad(lambda x: (ad.grad(f)(x) * v).sum())(x)
    by_reverse_over_forward = ad.grad(lambda x: ad.jvp(f, (x,), (v,))[1])(x)
    np.testing.assert_allclose(by_reverse_over_reverse, product, rtol=1e-9, atol=scale)
    np.testing.assert_allclose(by_reverse_over_forward, product, rtol=1e-9, atol=scale)
