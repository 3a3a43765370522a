"""check_gradient: gradients from elsewhere, right and wrong."""

import numpy as np
import pytest
import scipy.optimize
from sklearn._loss.loss import HalfBinomialLoss
from sklearn.linear_model._linear_loss import LinearModelLoss

import adkit as ad
from adkit.testing import DerivativeMismatch, Inconclusive, KinkSuspected, check_gradient

X = np.array([1.3, 0.7, 0.8, 1.9, 1.2])


def quadratic(x, y):
    return np.sum(x**2) + x[0] * np.sum(y)


def its_gradient(x, y):
    return 2 * x + np.sum(y) * (np.arange(x.size) == 0), np.full(y.shape, x[0])


def test_a_right_gradient_of_scipy_passes():
    report = check_gradient(scipy.optimize.rosen, scipy.optimize.rosen_der, X)
    assert report.verdict == "pass"


def test_a_gradient_of_several_arguments_passes():
    assert check_gradient(quadratic, its_gradient, X, np.ones((2, 2))).verdict == "pass"


def test_a_gradient_of_scikit_learn_passes():
    model = LinearModelLoss(base_loss=HalfBinomialLoss(), fit_intercept=True)
    rng = np.random.default_rng(0)
    A, b = rng.normal(size=(20, 3)), rng.integers(0, 2, 20).astype(float)

    def value(w):
        return model.loss(w, A, b, l2_reg_strength=0.1)

    def gradient(w):
        return model.gradient(w, A, b, l2_reg_strength=0.1)

    assert check_gradient(value, gradient, rng.normal(size=4)).verdict == "pass"


@pytest.mark.parametrize(
    ("spoil", "cause"),
    [
        (lambda g: -g, "a sign"),
        (lambda g: g / g.size, "a factor: it is 0.2 times the true value"),
        (lambda g: g * (np.arange(g.size) != 3), "a term is missing"),
        (lambda g: g.astype(np.float32) * (1 + 1e-4), "few right digits"),
        (lambda g: g[:1], "shape or dtype"),
        (lambda g: g.astype(int), "shape or dtype"),
    ],
)
def test_a_wrong_gradient_is_named(spoil, cause):
    with pytest.raises(DerivativeMismatch) as caught:
        check_gradient(scipy.optimize.rosen, lambda x: spoil(scipy.optimize.rosen_der(x)), X)
    assert cause in caught.value.report.cause
    assert len(str(caught.value).splitlines()) < 25


def test_adkit_is_a_witness_where_it_can_be():
    report = check_gradient(
        quadratic, lambda x, y: (2 * x, its_gradient(x, y)[1]), X, np.ones(3), raise_=False
    )
    assert report.entry.argument == "argument 0 'x'"
    assert report.entry.at.startswith(" [0]")
    assert report.entry.odd == "given"
    assert set(report.entry.witnesses) == {"given", "adkit", "numeric"}


def test_a_function_that_adkit_cannot_trace_is_judged_by_differences():
    report = check_gradient(
        lambda x: float(np.asarray(x) @ x), lambda x: 3 * np.asarray(x), X, raise_=False
    )
    assert report.verdict == "mismatch"
    assert "differences judge alone" in report.notes[0]


def test_a_gradient_that_changes_is_a_mismatch():
    rng = np.random.default_rng(0)
    report = check_gradient(np.sum, lambda x: rng.normal(size=x.shape), X, raise_=False)
    assert "two runs differ" in report.failed()[0].message


def test_steps_that_tell_nothing_are_inconclusive():
    with pytest.warns(Inconclusive):
        report = check_gradient(lambda x: np.sum(np.sin(1e9 * x)), np.cos, X)
    assert report.verdict == "inconclusive"


def test_single_precision_is_judged_by_its_own_rounding():
    x = X.astype(np.float32)
    assert check_gradient(lambda x: np.sum(x * x), lambda x: 2 * x, x).verdict == "pass"


def test_a_function_of_several_results_is_refused():
    with pytest.raises(ad.AdkitError, match="ADK726"):
        check_gradient(np.sin, np.cos, X)


def test_a_gradient_that_is_none_is_named():
    report = check_gradient(np.sum, lambda x: None, X, raise_=False)
    assert "no array of floats" in report.failed()[0].message


def test_a_function_with_another_value_each_time_is_refused():
    rng = np.random.default_rng(0)
    with pytest.raises(ad.AdkitError, match="ADK723"):
        check_gradient(lambda x: np.sum(x) * rng.random(), np.ones_like, X)


@pytest.mark.parametrize("slope", [np.sign, lambda x: np.where(x < 0, -1.0, 1.0)])
def test_a_kink_is_suspected_whatever_the_gradient_says(slope):
    with pytest.warns(KinkSuspected, match=r"'x' \[1\]"):
        report = check_gradient(lambda x: np.abs(x).sum(), slope, np.array([2.0, 0.0]))
    assert report.verdict == "kink suspected"


@pytest.mark.parametrize(
    ("f", "gradient", "what"),
    [
        (lambda x: np.sum(x) + np.inf, np.ones_like, "a result is inf"),
        (lambda x: np.sum(np.sqrt(x - x[0])), lambda x: np.full_like(x, np.inf), "a gradient"),
    ],
)
def test_what_is_not_finite_is_inconclusive(f, gradient, what):
    with pytest.warns(Inconclusive, match=what):
        assert check_gradient(f, gradient, np.array([1.0, 2.0])).verdict == "inconclusive"


def test_numbers_beside_the_point_may_be_anything():
    # differences step beyond 0, where the logarithm is nan and warns
    check_gradient(lambda x: np.sum(np.log(x)), lambda x: 1 / x, np.array([1e-3, 1.0]))
