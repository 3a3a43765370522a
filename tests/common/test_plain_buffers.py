"""Buffers that no traced value was written into: they behave as plain arrays."""

import math
import pickle

import numpy as np
import pytest
import scipy.integrate
import scipy.linalg
import scipy.special

import adkit as ad
from adkit.common import errors
from adkit.common.buffers import Buffer

MODES = {"reverse": ad.grad, "forward": ad.jacfwd}
X = np.array([1.0, 2.0, 3.0])


@pytest.fixture(params=MODES)
def gradient(request):
    """Return a transform that gives a gradient, by one of the engines."""
    return MODES[request.param]


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
    assert "test_plain_buffers.py:" in str(caught.value)
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
