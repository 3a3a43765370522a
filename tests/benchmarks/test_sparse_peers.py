"""Other libraries of ``python -m benchmarks sparse``: who is left out, what their arrays do."""

from types import SimpleNamespace

import numpy as np
import pytest

from benchmarks.sparse import casadi_arrays, peers
from tests.benchmarks.sparse_problems import SMALL, made


@pytest.fixture(params=SMALL)
def small(request):
    """Every kind of problem, with few unknowns."""
    return made(request.param)


def test_libraries_are_left_out_when_alone_or_absent(monkeypatch):
    assert peers.installed(True) == ([], {})
    monkeypatch.setattr(peers.importlib.util, "find_spec", lambda name: None)
    there, skipped = peers.installed(False)
    assert there == []
    assert set(skipped) == {"asdex", "asdex, given", "CasADi", "SciPy differences"}
    assert all("pip install 'adkit-autodiff[bench-peers]'" in why for why in skipped.values())


def test_the_text_for_another_library_has_the_same_data():
    class Other:
        @staticmethod
        def pad(x, width):
            return np.pad(x, width)

        def __getattr__(self, name):
            return getattr(np, name)

    for name in ("stencil-2d", "power", "bundle-small", "dense"):
        own = made(name)
        np.testing.assert_array_equal(own.text(Other())(own.x), own.f(own.x))


@pytest.fixture
def columns(monkeypatch):
    """Let arrays of expressions be columns of numbers."""

    def column(*parts):
        return np.concatenate([np.atleast_1d(np.asarray(x, dtype=float)) for x in parts])

    library = SimpleNamespace(
        vertcat=column,
        DM=lambda x: np.asarray(x, dtype=float),
        reshape=lambda x, m, n: np.reshape(x, (m, n), order="F"),
        sum1=lambda x: np.atleast_1d(np.sum(x)),
        sum2=lambda x: np.sum(x, axis=1),
        mtimes=np.matmul,
        **{name: getattr(np, name) for name in ("exp", "sin", "cos", "sqrt", "tanh", "log")},
    )
    monkeypatch.setattr(casadi_arrays, "casadi", lambda: library)


def test_arrays_of_expressions_give_the_values_of_numpy(small, columns):
    x = casadi_arrays.Symbols(small.x, small.x.shape)
    found = small.text(casadi_arrays.Namespace())(x)
    expected = small.f(small.x)
    assert found.shape == np.shape(expected)
    np.testing.assert_allclose(found.column, np.ravel(expected), rtol=1e-13, atol=1e-13)


def test_operations_of_arrays_of_expressions(columns):
    numbers = np.arange(1.0, 7.0).reshape(2, 3)
    x, row = casadi_arrays.Symbols(numbers.ravel(), (2, 3)), np.array([1.0, 2.0, 4.0])
    pairs = [
        (-x, -numbers),
        (x - row, numbers - row),
        (1 - x, 1 - numbers),
        (2 / x, 2 / numbers),
        (x / x.T.T, np.ones((2, 3))),
        (x**2, numbers**2),
        (x.sum(0), numbers.sum(0)),
        (x.sum(1, keepdims=True), numbers.sum(1, keepdims=True)),
        (x - x[:1], numbers - numbers[:1]),
        (x.sum() * x, numbers.sum() * numbers),
        (casadi_arrays.Namespace().mean(x), numbers.mean()),
        (casadi_arrays.Namespace().pad(x, 1), np.pad(numbers, 1)),
        (casadi_arrays.Namespace().cross(x, 2 * x - 1), np.cross(numbers, 2 * numbers - 1)),
    ]
    for found, expected in pairs:
        assert found.shape == np.shape(expected)
        np.testing.assert_allclose(found.column, np.ravel(expected))
