"""Rows 43 to 65: the border with plain NumPy and Python."""

import math
import operator

import numpy as np
import pytest
import scipy.integrate
import scipy.linalg
import scipy.sparse
import scipy.special

import adkit as ad
from adkit.common import errors
from tests.fault_table.refusals import V, refused

X = 3.0


def test_row_043_numpy_functions(gradient):
    assert gradient(np.sin)(0.0) == 1.0


def test_row_044_asarray(gradient):
    refused(errors.DetachError, "ADK205", gradient(lambda x: np.asarray(x) * x), X)


def test_row_045_an_array_of_traced_values(gradient):
    refused(errors.DetachError, "ADK205", gradient(lambda x: np.array([x[0], x[1]]).sum()), V)


def test_row_046_arrays_made_of_traced_values(gradient):
    assert gradient(lambda x: np.stack([x[0], x[1]]).prod())(V).tolist() == [2.0, 1.0, 0.0]
    joined = gradient(lambda x: np.array([x[0], [x[1]][0]], like=x).prod())
    assert joined(V).tolist() == [2.0, 1.0, 0.0]


def test_row_047_float(gradient):
    refused(errors.DetachError, "ADK201", gradient(lambda x: float(x) * x), X)
    refused(errors.DetachError, "ADK202", gradient(lambda x: int(x) * x), X)
    refused(errors.DetachError, "ADK203", gradient(lambda x: abs(complex(x))), X)


def test_row_048_item(gradient):
    assert gradient(lambda x: x.item() * x)(X) == 6.0
    assert gradient(lambda x: x.item(1) * x[0])(V).tolist() == [2.0, 1.0, 0.0]


def test_row_049_the_math_module(gradient):
    error = refused(errors.DetachError, "ADK201", gradient(lambda x: math.sin(x) * x), X)
    assert "use numpy functions instead of math's" in str(error)


def test_row_050_fill_diagonal(gradient):
    refused(errors.DetachError, "ADK205", gradient(lambda x: np.fill_diagonal(np.eye(3), x)), V)

    def carried(x):
        a = np.zeros((3, 3), like=x)
        np.fill_diagonal(a, x)
        return (a @ a).sum()

    assert gradient(carried)(V).tolist() == [2.0, 4.0, 6.0]


def test_row_051_ufuncs_of_scipy(gradient):
    f = gradient(lambda x: scipy.special.zetac(x).sum())
    error = refused(errors.MissingRuleError, "ADK401", f, V)
    assert "zetac has no derivative rule" in str(error)
    assert isinstance(error, NotImplementedError)


def test_row_052_functions_of_scipy(gradient):
    f = gradient(lambda x: scipy.linalg.solve(np.eye(3), x).sum())
    refused(errors.DetachError, "ADK205", f, V)


def test_row_053_vectorize(gradient):
    f = gradient(lambda x: np.vectorize(lambda t: t * t)(x).sum())
    refused(errors.DetachError, "ADK205", f, V)


def test_row_054_a_branch_on_types():
    def scaled(x):
        if isinstance(x, np.ndarray):
            return 2.0 * x
        return 3.0 * x

    line = scaled.__code__.co_firstlineno + 1
    refused(errors.TraceMismatchError, "ADK531", lambda: ad.verify_trace(scaled, V), line=line)


def test_row_055_a_cast_to_integers(gradient):
    assert gradient(lambda x: x.astype(int) * x)(2.5) == 2.0


def test_row_056_an_index(gradient):
    refused(errors.DetachError, "ADK204", gradient(lambda x: [1.0, 2.0][x] * x), 1.0)
    refused(errors.DetachError, "ADK205", gradient(lambda x: V[x] * x), 1.0)


def test_row_057_formatting(gradient):
    said = []
    assert gradient(lambda x: said.append(f"{x:.3f} {x * 2:g}") or x * x)(X) == 6.0
    assert said == ["3.000 6"]


def test_row_058_a_key(gradient):
    refused(errors.DetachError, "ADK211", gradient(lambda x: {x: 1}), X)
    refused(errors.DetachError, "ADK211", gradient(lambda x: {x}), X)


def test_row_059_comparisons_and_membership(gradient):
    def f(x):
        assert not operator.eq(x, None)
        assert x in [1.0, 3.0]
        assert x not in [2.0]
        return x * x

    assert gradient(f)(X) == 6.0


def test_row_060_a_condition_of_an_array(gradient):
    with pytest.raises(ValueError, match="ambiguous"):
        gradient(lambda x: x.sum() if x > 2 else 0.0)(V)
    with pytest.raises(ValueError, match="ambiguous"):
        gradient(lambda x: x.sum() if x else 0.0)(V)
    assert gradient(lambda x: x.sum() if x[:1] else 0.0)(V).tolist() == [1.0] * 3


def test_row_061_a_condition_of_a_number(gradient):
    def f(x):
        return x * x if x > 0 else -x

    assert gradient(f)(3.0) == 6.0
    assert gradient(f)(-3.0) == -1.0


def test_row_062_sorted_in_place(gradient):
    def f(x):
        x.sort()
        return (x * np.arange(3.0)).sum()

    assert gradient(f)(np.array([3.0, 1.0, 2.0])).tolist() == [2.0, 0.0, 1.0]


def test_row_063_a_value_that_outlives_its_trace(gradient):
    kept = []
    gradient(lambda x: kept.append(x * x) or x)(X)
    refused(errors.LeakedTraceError, "ADK611", lambda: kept[0] * 2.0)
    refused(errors.LeakedTraceError, "ADK611", lambda: ad.grad(lambda x: x * kept[0])(1.0))


def test_row_064_an_array_on_the_left(gradient):
    a = np.array([10.0, 20.0, 30.0])
    for f in (lambda x: a * x, lambda x: np.float64(2.0) * x, lambda x: np.array(2.0) * x):
        assert gradient(lambda x, f=f: f(x).sum())(V).tolist() == f(np.ones(3)).tolist()
    assert gradient(lambda x: a @ x)(V).tolist() == a.tolist()


class Series:
    """A column of a table: computes by NumPy, with plain arrays only, as pandas does."""

    __array_priority__ = 1000

    def __init__(self, values):
        self.values = np.asarray(values)

    @property
    def dtype(self):
        return self.values.dtype

    def to_numpy(self):
        return self.values

    def __array__(self, dtype=None, copy=None):
        return np.asarray(self.values, dtype)

    def __array_ufunc__(self, ufunc, method, *inputs, **kwargs):
        plain = [x.values if isinstance(x, Series) else np.asarray(x) for x in inputs]
        return Series(getattr(ufunc, method)(*plain, **kwargs))

    def __mul__(self, other):
        return Series(self.values * np.asarray(other))

    __rmul__ = __mul__


class DataArray:
    """An array with names for its axes, which wraps what it is given, as xarray does."""

    __array_priority__ = 50

    def __init__(self, data):
        self.data = data

    def __array_ufunc__(self, ufunc, method, *inputs, **kwargs):
        inner = [x.data if isinstance(x, DataArray) else x for x in inputs]
        return DataArray(getattr(ufunc, method)(*inner, **kwargs))

    def __mul__(self, other):
        return DataArray(self.data * other)

    def __rmul__(self, other):
        return DataArray(other * self.data)

    def sum(self):
        return DataArray(self.data.sum())


A = np.array([10.0, 20.0, 30.0])


def test_row_065_pandas_refuses_with_a_remedy(gradient):
    column = Series(A)
    refused(errors.InputTypeError, "ADK123", lambda: gradient(np.sum)(column))
    for f in (
        lambda x: column * x,
        lambda x: x * column,
        lambda x: np.multiply(x, column),
        lambda x: np.multiply(column, x),
    ):
        error = refused(errors.DetachError, "ADK205", gradient(f), V)
        assert "s.to_numpy() of a pandas object" in str(error)
    assert gradient(lambda x: (column.to_numpy() * x).sum())(V).tolist() == A.tolist()
    assert gradient(lambda x: np.dot(column, x))(V).tolist() == A.tolist()
    assert gradient(lambda x: np.stack([x, column]).sum())(V).tolist() == [1.0] * 3
    assert gradient(lambda x: np.where(column, x, 0.0).sum())(V).tolist() == [1.0] * 3


def test_row_065_xarray_carries(gradient):
    named = DataArray(A)
    for f in (
        lambda x: (named * x).sum(),
        lambda x: (x * named).sum(),
        lambda x: np.multiply(x, named).sum(),
        lambda x: np.add(0.0, named * x).sum(),
    ):
        assert gradient(lambda x, f=f: f(x).data)(V).tolist() == A.tolist()
    sine = gradient(lambda x: np.sin(named * x).sum().data)
    assert sine(V) == pytest.approx(np.cos(A * V) * A)
