"""Rows 66 to 76: special values."""

import numpy as np
import pytest

import adkit as ad
from adkit.common import errors
from tests.fault_table.refusals import refused


def test_row_066_abs_at_zero(gradient):
    assert gradient(np.abs)(0.0) == 0.0


def test_row_067_ties_share(gradient):
    assert gradient(lambda x: np.maximum(x, 0.0))(0.0) == 0.5
    assert gradient(np.max)(np.array([2.0, 1.0, 2.0])).tolist() == [0.5, 0.0, 0.5]
    assert gradient(np.min)(np.zeros(4)).tolist() == [0.25] * 4


def test_row_068_sqrt_at_zero(gradient):
    for f in (np.sqrt, lambda x: x**0.5):
        for x in (0.0, np.array(0.0)):
            with pytest.warns(RuntimeWarning, match="divide by zero"):
                assert gradient(f)(x) == np.inf
    with np.errstate(all="ignore"):
        assert gradient(lambda x: np.sqrt(x).sum())(np.array([0.0, 4.0])).tolist() == [np.inf, 0.25]


def test_row_069_norm_at_zero(gradient):
    assert gradient(np.linalg.norm)(np.zeros(3)).tolist() == [0.0] * 3


def test_row_070_what_where_does_not_select(gradient):
    x = np.array([0.0, 4.0])
    with np.errstate(all="ignore"):
        found = gradient(lambda x: np.where(x > 0, np.sqrt(x), 0.0).sum())(x)
    assert found.tolist() == [0.0, 0.25]


def softplus(x):
    return np.log(np.exp(x) + 1.0)


def test_row_071_an_overflow_on_the_way(gradient):
    with np.errstate(all="ignore"):
        assert np.isnan(gradient(softplus)(1000.0))
        with ad.trap_nonfinite():
            line = softplus.__code__.co_firstlineno + 1
            error = refused(errors.NonFiniteError, "ADK521", gradient(softplus), 1000.0, line=line)
    assert error.operation == "numpy.exp"
    assert gradient(lambda x: np.logaddexp(0.0, x))(1000.0) == 1.0


def test_row_072_powers(gradient):
    with np.errstate(invalid="ignore"):
        assert np.isnan(gradient(lambda p: np.float64(-2.0) ** p)(2.0))
    assert gradient(lambda x: x**0)(0.0) == 0.0
    assert gradient(lambda x: x**0.0)(0.0) == 0.0
    assert gradient(lambda x: x**2.0)(-2.0) == -4.0  # log(-2) would warn


def test_row_073_steps(gradient):
    assert gradient(np.sign)(1.5) == 0.0
    for f in (np.floor, np.round, np.ceil, np.trunc, np.rint):
        assert gradient(f)(1.5) == 0.0
        with ad.strict():
            refused(errors.StrictError, "ADK513", lambda f=f: gradient(lambda x: f(x))(1.5))


def test_row_074_nan_and_inf_go_where_numpy_brings_them(gradient):
    x = np.array([np.nan, np.inf, 1.0])
    with np.errstate(invalid="ignore"):
        found = gradient(lambda x: (x * x).sum())(x)
    assert np.array_equal(found, [np.nan, np.inf, 2.0], equal_nan=True)


def test_row_075_who_made_the_nan(gradient):
    def f(x):
        return np.sqrt(x).sum()

    line = f.__code__.co_firstlineno + 1
    with ad.trap_nonfinite(), np.errstate(all="ignore"):
        x = np.array([1.0, 0.0])
        error = refused(errors.NonFiniteError, "ADK521", gradient(f), x, line=line)
    assert (error.operation, error.argument) == ("numpy.sqrt", 0)
    assert (error.index, error.value) == ((1,), 0.0)


def test_row_076_errstate_is_honoured_in_rules(gradient):
    with np.errstate(all="raise"), pytest.raises(FloatingPointError, match="divide"):
        gradient(np.sqrt)(0.0)
