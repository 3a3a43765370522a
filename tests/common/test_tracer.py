"""A traced array has what the array that it stands for has."""

import numpy as np
import pytest

import adkit as ad
from adkit.common.tracer import value_of

X = np.arange(1.0, 7.0).reshape(2, 3)
Z = X + 1j * X[::-1]

ATTRIBUTES = ["shape", "ndim", "size", "dtype", "strides", "itemsize", "nbytes"]


@pytest.fixture(params=["Node", "Dual"])
def wrap(request):
    return ad.Node if request.param == "Node" else lambda x: ad.Dual(x, np.ones_like(x))


@pytest.mark.parametrize("x", [X, X.T, Z, X.astype(np.float32), np.float64(3.0), np.array(3.0)])
@pytest.mark.parametrize("name", ATTRIBUTES)
def test_attributes(wrap, x, name):
    assert getattr(wrap(x), name) == getattr(x.copy(order="K") if np.ndim(x) else x, name)


METHODS = {
    "T": lambda x: x.T,
    "mT": lambda x: x.mT,
    "real": lambda x: x.real,
    "imag": lambda x: x.imag,
    "conj": lambda x: x.conj(),
    "conjugate": lambda x: x.conjugate(),
    "copy": lambda x: x.copy(),
    "flatten": lambda x: x.flatten(),
    "flatten F": lambda x: x.flatten(order="F"),
    "ravel": lambda x: x.ravel(),
    "reshape": lambda x: x.reshape(3, 2),
    "reshape of a tuple": lambda x: x.reshape((3, -1)),
    "reshape F": lambda x: x.reshape(3, 2, order="F"),
    "transpose": lambda x: x.transpose(),
    "transpose of axes": lambda x: x.transpose(1, 0),
    "transpose of a tuple": lambda x: x.transpose((1, 0)),
    "swapaxes": lambda x: x.swapaxes(0, 1),
    "squeeze": lambda x: x[:1].squeeze(),
    "squeeze of an axis": lambda x: x[:1].squeeze(axis=0),
    "astype": lambda x: x.astype(np.complex64),
    "sum": lambda x: x.sum(),
    "sum of an axis": lambda x: x.sum(0),
    "sum keeping axes": lambda x: x.sum(axis=1, keepdims=True),
    "mean": lambda x: x.mean(axis=-1),
    "prod": lambda x: x.prod(axis=0),
    "cumsum": lambda x: x.cumsum(axis=1),
    "cumprod": lambda x: x.cumprod(),
    "var": lambda x: x.var(axis=0, ddof=1),
    "std": lambda x: x.std(),
    "trace": lambda x: x.trace(),
    "diagonal": lambda x: x.diagonal(offset=1),
    "dot": lambda x: x.dot(np.ones(3)),
    "take": lambda x: x.take([0, 5, 0]),
    "compress": lambda x: x.compress([True, False, True], axis=1),
    "repeat": lambda x: x.repeat(2, axis=0),
    "item": lambda x: x.item(4),
    "item of a tuple": lambda x: x.item(1, 2),
    "item of one": lambda x: x[:1, :1].item(),
    "len": lambda x: len(x) * x,
    "iter": lambda x: [row * 2 for row in x][1],
    "divmod": lambda x: divmod(x.real, 4.0)[1],
    "rdivmod": lambda x: divmod(7.0, x.real)[1],
    "matmul": lambda x: x @ x.T,
    "rmatmul": lambda x: np.ones((4, 2)) @ x,
    "round": lambda x: x.round(1) + x,
}
REAL_ONLY = {
    "max": lambda x: x.max(axis=0),
    "min": lambda x: x.min(),
    "clip": lambda x: x.clip(2.0, 4.0),
    "clip from below": lambda x: x.clip(2.0),
    "clip from above": lambda x: x.clip(max=4.0),
    "mod": lambda x: x % 4.0,
    "floordiv": lambda x: (x // 2.0) * x,
    "round()": lambda x: round(x.sum(), 1) * x,
    "absolute": lambda x: abs(x - 2.5),
}


@pytest.mark.parametrize("f", [*METHODS.values(), *REAL_ONLY.values()])
def test_methods_give_what_arrays_give(wrap, f):
    expected = f(X)
    found = value_of(f(wrap(X)))
    assert np.array_equal(found, expected)
    assert np.asarray(found).dtype == np.asarray(expected).dtype
    assert np.shape(found) == np.shape(expected)


@pytest.mark.parametrize("f", METHODS.values(), ids=list(METHODS))
def test_methods_of_complex_arrays(wrap, f):
    assert np.array_equal(value_of(f(wrap(Z))), f(Z))


PIECEWISE_CONSTANT = {
    "comparison": lambda x: x > 2.0,
    "comparison with an array": lambda x: x >= X - 1.0,
    "equality": lambda x: x == X,
    "argmax": lambda x: x.argmax(),
    "argmin": lambda x: x.argmin(axis=0),
    "argsort": lambda x: x.argsort(axis=1),
    "argpartition": lambda x: x.argpartition(1),
    "nonzero": lambda x: (x > 2).nonzero(),
    "any": lambda x: x.any(),
    "all": lambda x: x.all(axis=0),
    "searchsorted": lambda x: x[0].searchsorted(2.5),
    "astype int": lambda x: x.astype(int),
    "astype bool": lambda x: x.astype(bool),
    "np.sign": lambda x: np.sign(x),
    "np.isfinite": lambda x: np.isfinite(x),
    "np.shape": lambda x: np.shape(x),
    "np.result_type": lambda x: np.result_type(x, np.float32),
    "np.allclose": lambda x: np.allclose(x, X),
    "bool": lambda x: bool(x[0, 0]),
    "in": lambda x: (5.0 in x, 7.0 in x, x[0, 1] in x),
}


@pytest.mark.parametrize("f", PIECEWISE_CONSTANT.values(), ids=list(PIECEWISE_CONSTANT))
def test_piecewise_constant_results_are_plain(f):
    for transform in (ad.grad, ad.jacfwd):
        kept = []
        transform(lambda x, kept=kept: kept.append(f(x)) or x.sum())(X)
        (found,) = kept
        expected = f(X)
        if not isinstance(found, tuple):
            found, expected = (found,), (expected,)
        for a, b in zip(found, expected, strict=True):
            assert not hasattr(a, "level")
            assert np.array_equal(a, b)


def test_layouts_are_those_of_plain_numpy():
    def layouts(x):
        results = (x, x.T, x.copy(), x.copy("K"), np.copy(x), x * 2, x.T + 1, x.reshape(3, 2))
        return [y.strides for y in results]

    for x in (X, np.asfortranarray(X), X[:, ::-1]):
        found = []
        for transform in (ad.grad, ad.jacfwd):
            transform(lambda x, found=found: found.append(layouts(x)) or x.sum())(x)
        assert found == [layouts(x.copy(order="K"))] * 2


def test_operators_of_a_type_that_opts_out_of_ufuncs_are_its_own():
    class Doubling:
        __array_ufunc__ = None

        def __rmatmul__(self, x):
            return x * 2.0

        def __rmul__(self, x):
            return x * 3.0

    x = np.ones(2)
    for derivative in (ad.jacfwd, ad.jacrev):
        assert np.array_equal(derivative(lambda x: x @ Doubling())(x), 2 * np.eye(2))
        assert np.array_equal(derivative(lambda x: x * Doubling())(x), 3 * np.eye(2))
