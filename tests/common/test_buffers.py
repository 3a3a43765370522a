"""`traced_buffers`: code that fills ``np.zeros(n)`` is differentiated unchanged."""

import asyncio
import builtins
import functools
import gc
import importlib
import math
import pickle
import sys
import threading
import weakref

import numpy
import numpy as np
import pytest
import scipy.integrate
import scipy.linalg
import scipy.special
from numpy import empty as reserve
from numpy import zeros

import adkit as ad
from adkit.common import errors
from adkit.common.buffers import Buffer

MODES = {"reverse": ad.grad, "forward": ad.jacfwd}
X = np.array([1.0, 2.0, 3.0])


@pytest.fixture(params=MODES)
def gradient(request):
    """Return a transform that gives a gradient, by one of the engines."""
    return MODES[request.param]


@pytest.fixture(autouse=True)
def nothing_is_left_behind():
    """Check after each test that names mean what they meant before it."""
    before = {name: getattr(numpy, name) for name in ("zeros", "array", "r_", "linspace")}
    yield
    assert np is numpy
    assert sys.modules["numpy"] is numpy
    assert zeros is numpy.zeros
    assert reserve is numpy.empty
    assert {name: getattr(numpy, name) for name in before} == before
    assert type(builtins.__import__) is type(len)
    assert type(np.zeros(1)) is np.ndarray


def squares(x):
    """Fill a buffer; imported by name, so not reached as ``np.zeros``."""
    z = zeros(x.shape)
    for i in range(len(x)):
        z[i] = x[i] * x[i]
    return z


# ---------------------------------------------------------------- what works

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


# ---------------------------------------------------------------- plain buffers


def test_results_are_plain_arrays():
    @ad.traced_buffers
    def f(x):
        z = np.zeros(3)
        z[:] = x
        return {"all": z, "some": (z[1:], z[0], 1.0)}

    plain = f(X)
    assert type(plain["all"]) is np.ndarray
    assert type(plain["some"][0]) is np.ndarray
    assert type(plain["some"][1]) is np.float64
    value, _ = ad.vjp(lambda x: f(x)["all"] * 0 + np.ones(3), X)
    assert type(value) is np.ndarray
    with ad.traced_buffers():
        made = np.zeros(3)
        assert type(ad.vjp(lambda x: made, X)[0]) is np.ndarray
        assert type(ad.vjp(lambda x: (x, made), X)[0][1]) is np.ndarray
        assert type(ad.grad(lambda x: np.sum(x * x))(made)) is np.ndarray
        assert type(ad.value(made)) is np.ndarray
        _, pushed = ad.jvp(np.square, (X,), (np.ones(3),))
        assert type(pushed) is np.ndarray


def test_a_container_without_buffers_is_returned_as_it_is():
    kept = {"a": X}
    assert ad.traced_buffers(lambda: kept)() is kept


def plain_buffer():
    with ad.traced_buffers():
        return np.array([1.0, 4.0, 9.0])


AS_ARRAYS = {
    "arithmetic": lambda z: 2 * z + z / 3 - 1 - z**2 // 4 % 3,
    "reflected": lambda z: X * z + X @ z,
    "unary": lambda z: -(+abs(z)),
    "comparison": lambda z: (z > 2) & (z == z),
    "sum": lambda z: z.sum(),
    "mean of a view": lambda z: z[1:].mean(),
    "fancy": lambda z: z[[2, 0]],
    "mask": lambda z: z[z > 2],
    "matmul": lambda z: z @ z,
    "outer": lambda z: np.outer(z, z),
    "solve": lambda z: np.linalg.solve(np.diag(z) + 1, z),
    "eigh": lambda z: np.linalg.eigh(np.diag(z)).eigenvalues,
    "stack": lambda z: np.stack([z, X, 2 * z]),
    "block": lambda z: np.block([[z, z], [X, z]]),
    "where": lambda z: np.where(z > 2, z, X),
    "sort": lambda z: np.sort(z)[::-1],
    "argsort": lambda z: np.argsort(-z),
    "einsum": lambda z: np.einsum("i,j->ij", z, X),
    "reduce": lambda z: np.multiply.reduce(z),
    "accumulate": lambda z: np.add.accumulate(z),
    "outer ufunc": lambda z: np.add.outer(z, X),
    "out": lambda z: np.sqrt(z, out=z),
    "where and out": lambda z: np.sqrt(z, out=z, where=z > 2),
    "into a plain array": lambda z: np.add(z, 1.0, out=np.empty_like(X)),
    "at": lambda z: (np.add.at(z, [0, 0], 1.0), z)[1],
    "copyto": lambda z: (np.copyto(z, X), z)[1],
    "fill_diagonal": lambda z: (np.fill_diagonal(a := np.outer(z, z), 0.0), a)[1],
    "in place": lambda z: z.__iadd__(1.0),
    "fill": lambda z: (z.fill(2.0), z)[1],
    "astype": lambda z: z.astype(int),
    "complex": lambda z: (z + 1j).imag,
    "float": lambda z: float(z[1]) + math.sqrt(z[2]),
    "item": lambda z: z.item(1),
    "tolist": lambda z: z.tolist(),
    "int": lambda z: int(z[1]) + round(z[2]),
    "bytes": lambda z: z.tobytes(),
    "view": lambda z: z.view(np.int64),
    "iteration": lambda z: [t * 2 for t in z],
    "unpacking": lambda z: max(*z),
    "len": lambda z: (len(z), z.shape, z.ndim, z.size, z.dtype, z.nbytes, z.itemsize),
    "text": lambda z: f"{z} {z[0]:.2f}",
    "special": lambda z: scipy.special.erf(z),
    "a function in C": lambda z: scipy.linalg.solve(np.diag(z), z),
    "an integrator": lambda z: scipy.integrate.solve_ivp(lambda t, y: -z * y, (0, 1), z).y[:, -1],
    "random": lambda z: np.random.default_rng(0).normal(z),
    "interp": lambda z: np.interp(2.0, X, z),
    "unique": lambda z: np.unique(z, return_counts=True),
    "broadcast": lambda z: np.broadcast_arrays(z, np.zeros((2, 1))),
    "nditer": lambda z: [float(t) for t in np.nditer(z)],
}


@pytest.mark.parametrize("f", AS_ARRAYS.values(), ids=list(AS_ARRAYS))
def test_a_buffer_behaves_as_a_plain_array(f):
    expected = f(np.array([1.0, 4.0, 9.0]))
    found = f(plain_buffer())
    several = isinstance(expected, (tuple, list))
    for x, y in zip(expected, found, strict=True) if several else [(expected, found)]:
        assert np.array_equal(np.asarray(x), np.asarray(y))
        assert type(y) in (type(x), Buffer)


def test_scalars_of_a_buffer_are_plain():
    z = plain_buffer()
    assert type(z[0]) is type(z.sum()) is type(z @ z) is np.float64


def test_a_buffer_is_pickled_and_copied_as_an_array():
    z = plain_buffer()
    again = pickle.loads(pickle.dumps(z))
    assert type(again) is np.ndarray
    assert np.array_equal(again, z)
    with pytest.raises(TypeError, match="unhashable"):
        hash(z)
    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        getattr(z, "non" + "sense")
    assert repr(z) == "Buffer(array([1., 4., 9.]))"


def test_plain_code_writes_into_the_memory_of_a_buffer():
    z = plain_buffer()
    plain = np.asarray(z)
    assert type(plain) is np.ndarray
    plain[0] = 7.0
    assert z[0] == 7.0
    assert not np.shares_memory(np.array(z), plain)
    assert np.asarray(z, np.float32).dtype == np.float32


def test_a_traced_write_is_refused_while_plain_code_holds_the_memory(gradient):
    held = []

    @ad.traced_buffers
    def f(x, hold):
        z = np.zeros(3)
        passed = z.view()[1:].T  # views of views count
        assert passed.shape == (2,)
        if hold:
            held.append(passed)
        del passed
        z[0] = x[0]
        return np.sum(z)

    assert np.array_equal(gradient(f)(X, False), [1.0, 0.0, 0.0])
    with pytest.raises(errors.InPlaceError, match="plain code holds a view") as caught:
        gradient(f)(X, True)
    assert "test_buffers.py:" in str(caught.value)
    assert np.array_equal(held[0], [0.0, 0.0])


def test_a_users_array_stays_its_own():
    mine = np.zeros(3)

    @ad.traced_buffers
    def f(x):
        for same in (np.asarray(mine), np.ascontiguousarray(mine), np.array(mine, copy=False)):
            assert same is mine
        assert np.atleast_2d(mine, np.zeros(2))[0].base is mine
        aliased = np.asarray(memoryview(mine))
        assert type(aliased) is np.ndarray
        np.asarray(mine)[0] = x[0]

    with pytest.raises((errors.DetachError, ValueError)):
        ad.grad(f)(X)
    assert not mine.any()


def test_integers_bools_and_objects_stay_plain():
    with ad.traced_buffers():
        assert type(np.zeros(3, int)) is np.ndarray
        assert type(np.arange(3)) is np.ndarray
        assert type(np.array([True])) is np.ndarray
        assert type(np.array(["a"])) is np.ndarray
        assert type(np.array([None])) is np.ndarray
        assert type(np.r_[1:3]) is np.ndarray


# ---------------------------------------------------------------- the scope


def test_outside_of_a_scope_a_traced_write_is_refused(gradient):
    with pytest.raises((TypeError, ValueError)) as caught:
        gradient(lambda x: np.sum(squares(x)))(X)
    error = caught.value
    assert isinstance(error.__cause__ or error, errors.DetachError)


def test_the_context_covers_what_is_called_inside(gradient):
    with ad.traced_buffers():
        assert np.array_equal(gradient(lambda x: np.sum(squares(x)))(X), 2 * X)


def test_scopes_nest():
    scope = ad.traced_buffers()
    with scope:
        with scope, ad.traced_buffers():
            assert type(np.zeros(1)) is Buffer
        assert type(np.zeros(1)) is Buffer
    assert type(np.zeros(1)) is np.ndarray
    assert repr(scope) == "<adkit.traced_buffers, closed>"


def test_the_scope_object_is_a_decorator_too(gradient):
    f = ad.traced_buffers()(lambda x: np.sum(squares(x)))
    assert np.array_equal(gradient(f)(X), 2 * X)


def test_a_decorated_function_keeps_its_name_and_docstring():
    traced = ad.traced_buffers(squares)
    assert traced.__name__ == "squares"
    assert traced.__doc__ == squares.__doc__
    assert traced.__wrapped__ is squares


def test_methods_and_partials_are_decorated(gradient):
    class Model:
        @ad.traced_buffers
        def energy(self, x):
            z = np.zeros(3)
            z[:] = x * x
            return np.sum(z)

    assert np.array_equal(gradient(Model().energy)(X), 2 * X)
    weighed = ad.traced_buffers(functools.partial(lambda w, x: np.sum(w * squares(x)), 3.0))
    assert np.array_equal(gradient(weighed)(X), 6 * X)


def test_names_are_restored_after_an_exception(gradient):
    @ad.traced_buffers
    def f(x):
        z = np.zeros(3)
        z[0] = x[0]
        raise KeyError("inside")

    with pytest.raises(KeyError, match="inside"):
        gradient(f)(X)
    with pytest.raises(KeyError), ad.traced_buffers():
        raise KeyError


def test_a_decorated_generator_leaves_its_consumer_alone():
    @ad.traced_buffers
    def rows(n):
        z = np.zeros(n)
        try:
            while True:
                sent = yield z
                z[:] = 0.0 if sent is None else sent
        except ValueError:
            yield type(np.zeros(1))
        finally:
            rows.closed = type(np.zeros(1))
        return z

    generator = rows(2)
    assert type(next(generator)) is np.ndarray
    assert type(np.zeros(1)) is np.ndarray
    assert np.array_equal(generator.send(3.0), [3.0, 3.0])
    assert generator.throw(ValueError) is Buffer
    with pytest.raises(StopIteration) as caught:
        next(generator)
    assert type(caught.value.value) is np.ndarray
    again = rows(1)
    next(again)
    again.close()
    assert rows.closed is Buffer


def test_a_decorated_generator_yields_traced_values(gradient):
    @ad.traced_buffers
    def powers(x, n):
        z = np.zeros(n)
        z[0] = x
        yield z[0]
        for i in range(1, n):
            z[i] = z[i - 1] * x
            yield z[i]

    assert np.allclose(gradient(lambda x: sum(powers(x[1], 4)))(X), [0.0, 1 + 4 + 12 + 32, 0.0])


def test_a_generator_that_is_closed_by_another_thread():
    def suspended():
        with ad.traced_buffers():
            yield type(np.zeros(1))

    generator = suspended()
    found = []
    assert next(generator) is Buffer
    thread = threading.Thread(target=lambda: (generator.close(), found.append(np.zeros(1))))
    thread.start()
    thread.join()
    assert type(found[0]) is np.ndarray
    assert type(np.zeros(1)) is np.ndarray
    with ad.traced_buffers():
        assert type(np.zeros(1)) is Buffer


def test_scopes_that_overlap_in_generators_close_in_any_order():
    def suspended():
        with ad.traced_buffers():
            yield

    first, second = suspended(), suspended()
    next(first)
    next(second)
    first.close()
    assert type(np.zeros(1)) is Buffer
    second.close()
    assert type(np.zeros(1)) is np.ndarray


def test_threads_overlap():
    barrier = threading.Barrier(3)
    found = {}

    @ad.traced_buffers
    def inside(x):
        barrier.wait(10)
        z = np.zeros(3)
        barrier.wait(10)
        z[:] = x * x
        barrier.wait(10)
        return np.sum(z)

    def outside():
        barrier.wait(10)
        found["type"] = type(np.zeros(3))
        barrier.wait(10)
        with pytest.raises((TypeError, ValueError)):
            ad.grad(lambda x: np.sum(squares(x)))(X)
        barrier.wait(10)

    def differentiate(name, transform):
        found[name] = transform(inside)(X)

    threads = [
        threading.Thread(target=differentiate, args=("reverse", ad.grad)),
        threading.Thread(target=differentiate, args=("forward", ad.jacfwd)),
        threading.Thread(target=outside),
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found["type"] is np.ndarray
    assert np.array_equal(found["reverse"], 2 * X)
    assert np.array_equal(found["forward"], 2 * X)


def test_many_threads_come_and_go():
    interval = sys.getswitchinterval()
    results = []

    def work(transform):
        f = ad.traced_buffers(lambda x: np.sum(squares(x)))
        for _ in range(20):
            results.append(np.array_equal(transform(f)(X), 2 * X))
            results.append(type(np.zeros(1)) is np.ndarray)

    threads = [threading.Thread(target=work, args=(MODES[m],)) for m in MODES for _ in range(3)]
    sys.setswitchinterval(1e-5)
    try:
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        sys.setswitchinterval(interval)
    assert len(results) == 240
    assert all(results)


def test_tasks_do_not_see_each_others_scopes(gradient):
    seen = []

    @ad.traced_buffers
    async def inside(started, looked):
        z = np.zeros(3)
        started.set()
        await looked.wait()
        return z + np.zeros(3)

    async def outside(started, looked):
        await started.wait()
        seen.append(type(np.zeros(1)))
        looked.set()

    async def both():
        started, looked = asyncio.Event(), asyncio.Event()
        return await asyncio.gather(inside(started, looked), outside(started, looked))

    result, _ = asyncio.run(both())
    assert type(result) is np.ndarray
    assert seen == [np.ndarray]


def test_other_functions_are_refused():
    async def generate():
        yield 1

    with pytest.raises(errors.ArgumentError, match="asynchronous generator"):
        ad.traced_buffers(generate)
    with pytest.raises(errors.ArgumentError, match="not int"):
        ad.traced_buffers(3)


def test_numpy_itself_is_untouched_inside():
    with ad.traced_buffers():
        assert numpy.zeros is np.zeros
        assert sys.modules["numpy"].zeros is not np.zeros
        assert type(sys.modules["numpy"].zeros(1)) is np.ndarray
        assert type(np.random.default_rng(0).normal(size=3)) is np.ndarray
        assert type(scipy.linalg.hilbert(2)) is np.ndarray
        assert np.float64 is type(np.zeros(1)[0])
        assert set(dir(np)) == set(dir(sys.modules["numpy"]))
        assert "like" in np.zeros.__doc__


def test_like_is_numpys_own():
    with ad.traced_buffers():
        assert type(np.zeros(2, like=X)) is np.ndarray


def test_a_users_rule_may_make_arrays():
    @ad.rules.elementary
    def doubled(x):
        z = np.zeros(x.shape)
        z[...] = 2 * x
        return z

    ad.rules.linear(doubled, lambda ct, x: np.full(ct.shape, 2.0) * ct)
    for transform in (ad.grad, ad.jacfwd):
        with ad.traced_buffers():
            found = transform(lambda x: np.sum(doubled(x) * x))(X)
        assert type(found) is np.ndarray
        assert np.array_equal(found, 4 * X)


def test_what_is_set_in_numpy_is_set_in_numpy(monkeypatch):
    with ad.traced_buffers():
        monkeypatch.setattr(np, "nonsense", 3, raising=False)
        assert np.nonsense == 3
    assert numpy.nonsense == 3
    monkeypatch.undo()
    with ad.traced_buffers():
        pass
    with ad.traced_buffers(), pytest.raises(AttributeError):
        getattr(np, "non" + "sense")


def test_nothing_is_left_for_the_garbage_collector(gradient):
    def f(x):
        z = np.zeros((2, 3))
        rows = np.split(z, 2)
        rows[0][:] = x * x
        return np.sum(z * np.broadcast_arrays(z, z)[1])

    traced = ad.traced_buffers(f)
    gradient(traced)(X)
    gc.collect()
    gc.disable()
    try:
        gradient(traced)(X)
        with ad.traced_buffers():
            gradient(f)(X)
        assert gc.collect() == 0
    finally:
        gc.enable()


def test_the_scope_keeps_no_variable_of_its_caller_alive():
    class Big:
        def __call__(self):
            """Be a candidate for a helper."""

    def caller():
        big = Big()
        alive = weakref.ref(big)
        with ad.traced_buffers():
            del big
            return alive()

    assert caller() is None


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
