"""`traced_buffers`: code that fills ``np.zeros(n)`` is differentiated unchanged."""

import importlib
import sys

import numpy
import numpy as np
import pytest
from numpy import empty as reserve
from numpy import zeros

import adkit as ad

MODES = {"reverse": ad.grad, "forward": ad.jacfwd}
X = np.array([1.0, 2.0, 3.0])


@pytest.fixture(params=MODES)
def gradient(request):
    """Return a transform that gives a gradient, by one of the engines."""
    return MODES[request.param]


def squares(x):
    """Fill a buffer; imported by name, so not reached as ``np.zeros``."""
    z = zeros(x.shape)
    for i in range(len(x)):
        z[i] = x[i] * x[i]
    return z


FUNCTIONS = {
    "zeros": lambda x: _filled(np.zeros(3), x),
    "ones": lambda x: _filled(np.ones((3,)), x),
    "empty": lambda x: _filled(np.empty(3), x),
    "full": lambda x: _filled(np.full(3, 7.0), x),
    "zeros_like": lambda x: _filled(np.zeros_like(X), x),
    "ones_like": lambda x: _filled(np.ones_like([1.0, 2.0, 3.0]), x),
    "empty_like": lambda x: _filled(np.empty_like(X), x),
    "full_like": lambda x: _filled(np.full_like(X, 2.0), x),
    "eye": lambda x: _filled(np.eye(3)[1], x),
    "identity": lambda x: _filled(np.identity(3)[:, 2], x),
    "tri": lambda x: _filled(np.tri(3)[2], x),
    "diag": lambda x: _filled(np.diag(X)[0], x),
    "arange": lambda x: _filled(np.arange(3.0), x),
    "linspace": lambda x: _filled(np.linspace(0, 1, 3), x),
    "logspace": lambda x: _filled(np.logspace(0, 1, 3), x),
    "geomspace": lambda x: _filled(np.geomspace(1, 2, 3), x),
    "array": lambda x: _filled(np.array([0.0, 0.0, 0.0]), x),
    "asarray": lambda x: _filled(np.asarray([0.0, 0.0, 0.0]), x),
    "copy": lambda x: _filled(np.copy(X), x),
    "fromiter": lambda x: _filled(np.fromiter(range(3), float), x),
    "r_": lambda x: _filled(np.r_[0.0, 1.0:3.0], x),
    "c_": lambda x: _filled(np.c_[[0.0, 1.0, 2.0]][:, 0], x),
    "imported by name": lambda x: _filled(reserve(3), x),
    "a copy of a global": lambda x: _filled(np.array(X), x),
    "computed from a buffer": lambda x: _filled(2 * np.ones(3) + 1, x),
    "a buffer's copy": lambda x: _filled(np.zeros(3).copy(), x),
    "reshaped": lambda x: _filled(np.zeros((1, 3)).reshape(3), x),
    "stacked": lambda x: _filled(np.concatenate([np.zeros(1), np.ones(2)]), x),
}


def _filled(z, x):
    z[0] = x[0] * x[1]
    z[1:] = x[1:] ** 2
    return np.sum(z * z[0])


@pytest.mark.parametrize("f", FUNCTIONS.values(), ids=list(FUNCTIONS))
def test_a_new_array_of_floats_can_be_filled(gradient, f):
    def reference(x):
        z = np.stack([x[0] * x[1], x[1] ** 2, x[2] ** 2])
        return np.sum(z * z[0])

    traced = ad.traced_buffers(f)
    assert traced(X) == reference(X)
    assert np.array_equal(gradient(traced)(X), gradient(reference)(X))


CARRIED = {
    "array": (lambda x: np.array([x[0], 2.0, x[1]]), lambda x: np.stack([x[0], 2.0, x[1]])),
    "nested lists": (
        lambda x: np.array([[x[0], 2.0], [3.0, x[1]]]),
        lambda x: np.stack([x[0], 2.0, 3.0, x[1]]).reshape(2, 2),
    ),
    "array of one": (np.array, lambda x: x * 1.0),
    "array with dtype": (lambda x: np.array([x[0], 1], float), lambda x: np.stack([x[0], 1.0])),
    "asarray": (np.asarray, lambda x: x * 1.0),
    "asarray with dtype": (lambda x: np.asarray(x, dtype=float), lambda x: x * 1.0),
    "ascontiguousarray": (lambda x: np.ascontiguousarray([x[0], x[2]]), lambda x: x[::2] * 1.0),
    "full": (lambda x: np.full((2, 2), x[1]), lambda x: x[1] * np.ones((2, 2))),
    "full_like": (lambda x: np.full_like(X, x[1]), lambda x: x[1] * np.ones(3)),
    "fromiter": (lambda x: np.fromiter((2 * t for t in x), float), lambda x: 2 * x),
    "r_": (
        lambda x: np.r_[x[0], 1:3, x, 0.5],
        lambda x: np.concatenate([x[:1], np.array([1.0, 2.0]), x, np.array([0.5])]),
    ),
    "r_ of a list": (lambda x: np.r_[[x[0], 4.0], X], lambda x: np.append(x[:1], [4.0, *X])),
    "r_ with a directive": (
        lambda x: np.r_["0,2", x, X],
        lambda x: np.stack([x, X]),
    ),
    "c_": (lambda x: np.c_[x, X, 2 * x], lambda x: np.stack([x, X, 2 * x], axis=1)),
    "array of a buffer's element": (
        lambda x: np.array([squares(x)[1], x[0]]),
        lambda x: np.stack([x[1] * x[1], x[0]]),
    ),
}


@pytest.mark.parametrize(("f", "reference"), CARRIED.values(), ids=list(CARRIED))
def test_traced_values_are_carried(gradient, f, reference):
    weights = np.arange(1.0, 20.0)

    def weighed(function):
        def g(x):
            y = function(x).ravel()
            return np.sum(np.sin(y) * weights[: y.size])

        return g

    traced = ad.traced_buffers(weighed(f))
    assert traced(X) == weighed(reference)(X)
    assert np.allclose(gradient(traced)(X), gradient(weighed(reference))(X), rtol=1e-15, atol=0)
    value = ad.vjp(traced, X)[0]
    assert value == weighed(reference)(X)


def test_helpers_and_names_imported_from_numpy(gradient):
    traced = ad.traced_buffers(lambda x: np.sum(squares(x) * X))
    assert np.array_equal(gradient(traced)(X), 2 * X * X)


def test_names_of_an_enclosing_function(gradient):
    from numpy import ones as unit

    def helper():
        return unit(2)

    @ad.traced_buffers
    def f(x):
        z = helper()
        z[0] = x[0] ** 2
        w = unit(1)
        w[0] = z[0] * x[1]
        return w[0] + z[1]

    assert np.array_equal(gradient(f)(X), [4.0, 1.0, 0.0])
    with ad.traced_buffers():
        assert np.array_equal(gradient(f)(X), [4.0, 1.0, 0.0])
    assert unit is numpy.ones


def test_names_imported_inside_the_function(gradient):
    @ad.traced_buffers
    def f(x):
        import numpy as other
        from numpy import ones as unit

        z, w = unit(2), other.zeros(2)
        z[0], w[1] = x[0] ** 2, x[1] ** 2
        return z.sum() + w.sum() + x[2]

    assert np.array_equal(gradient(f)(X), [2.0, 4.0, 1.0])


def test_a_module_that_is_imported_inside(gradient, tmp_path, monkeypatch):
    source = "import numpy as np\nfrom numpy import zeros\nmade = np.zeros\n"
    source += "def fill(x):\n    z, w = zeros(2), np.empty(1)\n"
    source += "    z[0] = x[0] ** 2\n    w[0] = z[0]\n    return w[0] * x[1]\n"
    (tmp_path / "filling_helper.py").write_text(source)
    monkeypatch.syspath_prepend(tmp_path)
    importlib.invalidate_caches()

    @ad.traced_buffers
    def f(x):
        import filling_helper

        return filling_helper.fill(x)

    try:
        assert np.array_equal(gradient(f)(X), [4.0, 1.0, 0.0])
        module = sys.modules["filling_helper"]
        assert module.np is numpy
        assert module.zeros is module.made is numpy.zeros
        assert np.array_equal(gradient(f)(X), [4.0, 1.0, 0.0])
        assert module.np is numpy
    finally:
        sys.modules.pop("filling_helper", None)


@pytest.mark.parametrize("outer", MODES)
@pytest.mark.parametrize("inner", MODES)
def test_nested(outer, inner):
    @ad.traced_buffers
    def f(x):
        z = np.zeros(4)
        view = z[1:]
        z[0] = x[0]
        for i in range(3):
            view[i] = z[i] * x[i] + z[i] ** 2
        return np.sum(z * z)

    def reference(x):
        z = [x[0]]
        for i in range(3):
            z.append(z[i] * x[i] + z[i] ** 2)
        return sum(t * t for t in z)

    def twice(g):
        return MODES[outer](lambda x: np.sum(np.sin(MODES[inner](g)(x) / 100)))(X)

    assert np.allclose(twice(f), twice(reference), rtol=1e-13, atol=0)
    assert np.allclose(ad.hessian(f)(X), ad.hessian(reference)(X), rtol=1e-13, atol=0)


def test_an_inner_derivative_is_written_into_an_outer_buffer(gradient):
    @ad.traced_buffers
    def f(x):
        z = np.zeros(3)
        for i in range(3):
            z[i] = ad.grad(lambda t: t**3)(x[i])
        return z.sum()

    assert np.allclose(gradient(f)(X), 6 * X)


def test_complex_buffers(gradient):
    @ad.traced_buffers
    def f(x):
        z = np.zeros(2, complex)
        z[0] = x[0] + 1j * x[1]
        z[1] = z[0] ** 2
        return np.abs(z[1]) ** 2

    assert np.allclose(gradient(f)(X), [4 * 5.0 * 1.0, 4 * 5.0 * 2.0, 0.0])


def test_float32_buffers_keep_their_dtype(gradient):
    @ad.traced_buffers
    def f(x):
        z = np.zeros(3, np.float32)
        z[:] = x
        assert z.dtype == np.float32
        return np.sum(z * z)

    x = X.astype(np.float32)
    assert gradient(f)(x).dtype == np.float32
    assert np.array_equal(gradient(f)(x), 2 * x)


def test_views_made_before_and_after_the_first_traced_write(gradient):
    @ad.traced_buffers
    def f(x):
        a = np.zeros((2, 3))
        row, column, turned = a[0], a[:, 1], a.T
        parts = np.split(a, 2)
        row[1] = 5.0
        column[1] = x[0] ** 2  # lifts all of them
        turned[2, 0] = x[1] * 3
        later = a[1, 1:]
        later *= x[2]
        return np.sum(a * np.arange(6.0).reshape(2, 3)) + row[2] * parts[1][0, 1]

    def reference(x):
        lower = x[0] ** 2 * x[2]
        return 1 * 5.0 + 2 * (3 * x[1]) + 4 * lower + 3 * x[1] * lower

    assert f(X) == reference(X)
    assert np.allclose(gradient(f)(X), gradient(reference)(X))


def test_a_constant_changed_after_its_use_leaves_what_was_recorded(gradient):
    @ad.traced_buffers
    def f(x):
        c = np.ones(3)
        y = x * c
        c *= 5
        return np.sum(y * x + c)

    assert np.array_equal(gradient(f)(X), 2 * X)


def test_augmented_assignment_of_a_traced_value(gradient):
    @ad.traced_buffers
    def f(x):
        total = np.zeros(3)
        other = total
        for _ in range(2):
            total += x * x
        return np.sum(other)

    assert np.array_equal(gradient(f)(X), 4 * X)


def test_a_list_of_traced_values_is_written(gradient):
    @ad.traced_buffers
    def f(x):
        z = np.zeros(4)
        z[1:3] = [x[0], 2 * x[1]]
        return np.sum(z * z)

    assert np.array_equal(gradient(f)(X), [2.0, 16.0, 0.0])


WRITES = {
    "out": lambda x, z: np.exp(x, out=z),
    "out and where": lambda x, z: np.sqrt(x, out=z, where=X > 1),
    "matmul": lambda x, z: np.matmul(np.tri(3), x, out=z),
    "copyto": lambda x, z: np.copyto(z, x * x),
    "put": lambda x, z: np.put(z, [0, 2], x[1:]),
    "putmask": lambda x, z: np.putmask(z, X > 1, x),
    "place": lambda x, z: np.place(z, X > 1, x * x),
    "put_along_axis": lambda x, z: np.put_along_axis(z, np.array([2, 0]), x[:2], 0),
    "fill_diagonal": lambda x, z: np.fill_diagonal(z.reshape(3, 1), x[1]),
    "at": lambda x, z: np.add.at(z, [0, 0, 1], x * x),
    "fill": lambda x, z: z.fill(x[0] * x[1]),
    "flat": lambda x, z: z.flat.__setitem__(1, x[0]),
    "sort": lambda x, z: (z.__setitem__(0, x[2]), z.sort()),
    "swap": lambda x, z: (z.__setitem__(0, x[1]), z.__setitem__([0, 1], z[[1, 0]])),
    "a transpose": lambda x, z: z.reshape(3, 1).T.__setitem__(Ellipsis, x),
}


@pytest.mark.parametrize("write", WRITES.values(), ids=list(WRITES))
def test_other_writes(gradient, write):
    weights = np.array([1.0, 3.0, 7.0])

    def f(x):
        z = np.ones(3)
        write(x, z)
        return np.sum(z * z * weights)

    steps = 1e-6 * np.eye(3)
    numeric = [(f(X + step) - f(X - step)) / 2e-6 for step in steps]
    traced = ad.traced_buffers(f)
    assert traced(X) == f(X)
    assert np.allclose(gradient(traced)(X), numeric, rtol=1e-6)


def test_values_are_those_of_plain_numpy_for_random_programs():
    for seed in range(150):
        f = _program(seed)
        plain = f(X / 3)
        traced = ad.traced_buffers(f)
        tangent = np.array([1.0, -2.0, 0.5])
        assert traced(X / 3) == plain
        value, pushed = ad.jvp(traced, (X / 3,), (tangent,))
        recorded, pullback = ad.vjp(traced, X / 3)
        assert value == recorded == plain
        assert np.isclose(pushed, pullback(np.float64(1))[0] @ tangent, rtol=1e-10, atol=1e-12)


def _program(seed):
    """Return a function that makes, views and fills arrays at random."""

    def f(x):
        random = np.random.default_rng(seed)
        arrays = [x, x * 1.5]
        for _ in range(random.integers(6, 22)):
            a, b = (arrays[random.integers(len(arrays))] for _ in range(2))
            match random.integers(12):
                case 0:
                    arrays.append(np.zeros(random.integers(1, 4, size=2)))
                case 1:
                    arrays.append(np.linspace(0.0, 1.0, random.integers(1, 5)))
                case 2:
                    arrays.append(np.array([np.sum(a) / a.size, 1.0, np.sum(np.cos(b))]))
                case 3:
                    arrays.append(a[1:] if a.shape[0] > 1 else a)
                case 4:
                    arrays.append(a.T)
                case 5:
                    arrays.append(a.reshape(-1)[::-1])
                case 6:
                    arrays.append(np.sin(a) + 0.1 * np.sum(b))
                case 7 | 8:
                    a[random.integers(a.shape[0])] = np.sum(np.sin(b))
                case 9:
                    a[...] = np.mean(b)
                case 10:
                    a *= b if a.shape == b.shape else 0.5
                case 11:
                    if a.shape == b.shape:
                        a[0] = b[-1]
        return sum(np.sum(np.sin(a)) * (i + 1) for i, a in enumerate(arrays))

    return f
