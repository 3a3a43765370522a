"""check_derivatives: what passes, what is caught, and what is said of functions that are odd."""

import re
import warnings

import numpy as np
import pytest

import adkit as ad
from adkit.rules import elementary, elementwise, general
from adkit.testing import (
    DerivativeMismatch,
    Inconclusive,
    KinkSuspected,
    check_derivatives,
    check_gradient,
    check_rule,
    replay,
)

X = np.array([0.3, -0.7, 1.2])


def counted(f):
    """Return a function that counts its evaluations."""

    def count(*args):
        count.evaluations += 1
        return f(*args)

    count.evaluations = 0
    return count


def energy(x):
    return np.sum(np.tanh(x) * x)


def wrong_in_reverse(factor):
    """Return the exponential, whose pull is wrong by a factor."""
    f = elementary(lambda x: np.exp(x))
    general(f, lambda t, ans, x: t * ans, lambda ct, ans, x: factor * (ct * ans))
    return f


# ---------------------------------------------------------------- right functions


@pytest.mark.parametrize(
    ("f", "args"),
    [
        (energy, (X,)),
        (lambda x, y: np.outer(x, y) @ y, (X, X[:2])),
        (lambda p: {"a": p["w"] @ X, "b": p["b"]}, ({"w": np.ones((2, 3)), "b": 2.0},)),
        (lambda x: x[np.array([0, 0, 2])] ** 2, (X,)),
        (lambda z: z * np.conj(z) + np.exp(z), (X + 0.5j,)),
        (lambda x: np.linalg.solve(x @ x.T + np.eye(2), x), (np.array([[1.0, 2.0], [0.5, 3.0]]),)),
        (lambda x: np.sort(x)[::-1].cumsum(), (X,)),
        (lambda x: 3.0, (X,)),  # constant
        (np.sin, (np.zeros((0, 2)),)),
        (np.sin, (np.float32(0.5),)),
    ],
)
@pytest.mark.parametrize("order", [1, 2])
def test_a_right_function_passes(f, args, order):
    report = check_derivatives(f, *args, order=order)
    assert report.verdict == "pass", report
    assert report.worst_ulps < 64


@pytest.mark.parametrize("oracle", ["auto", "complex", "ridders"])
@pytest.mark.parametrize(
    "f", [energy, lambda x: np.abs(x).max(), lambda x: np.linalg.norm(np.outer(x, x) + np.eye(3))]
)
def test_a_check_needs_at_most_a_hundred_evaluations(f, oracle):
    f = counted(f)
    assert check_derivatives(f, X, oracle=oracle).verdict == "pass"
    assert f.evaluations <= 100


def test_a_million_inputs_are_checked_along_directions():
    f = counted(lambda x: np.sum(np.sin(x) * x))
    report = check_derivatives(f, np.linspace(-1, 1, 1_000_000))
    assert report.verdict == "pass"
    assert f.evaluations <= 100


def test_cancellation_inside_a_program_is_no_mismatch():
    n = 8
    hilbert = 1 / (np.arange(n)[:, None] + np.arange(n) + 1)  # condition 1e10
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", Inconclusive)
        report = check_derivatives(lambda x: np.linalg.inv(hilbert * x).sum(), 1.3)
    assert report.verdict in ("pass", "inconclusive")


# ---------------------------------------------------------------- wrong ones


def test_a_sign_is_caught_however_small_the_result():
    f = wrong_in_reverse(-1)
    with pytest.raises(DerivativeMismatch) as caught:
        check_derivatives(lambda x: 1e-12 * f(x), np.array([0.5]))
    report = caught.value.report
    assert report.cause == "a sign"
    assert report.entry.odd == "reverse"


def test_a_ninth_digit_is_caught():
    f = wrong_in_reverse(1 + 1e-9)
    report = check_derivatives(lambda x: np.sum(f(x)), X, raise_=False)
    assert report.verdict == "mismatch"
    assert {finding.law for finding in report.failed()} >= {"adjoint"}


def test_a_report_says_where_which_witness_why_and_how_to_see_it_again():
    f = wrong_in_reverse(3)

    def model(x, y):
        return np.stack([np.sum(x), f(y[1]) * x[0]])

    x, y = np.array([2.0, 5.0]), np.array([0.25, 0.5, 0.75])
    with pytest.raises(DerivativeMismatch) as caught:
        check_derivatives(model, x, y)
    text = str(caught.value)
    assert "argument 1 'y' [1] (value 0.5);  result [1]" in text
    assert re.search(r"reverse +9\.89232762\d*   <- the odd one out", text)
    assert re.search(r"forward +3\.29744254\d*", text)
    assert "likely cause: a factor: it is 3 times the true value, in some entries" in text
    assert re.search(r"rule: .*test_checks.py:\d+", text)
    assert len(text.splitlines()) < 25
    again = replay(re.search(r'replay\("(.+)"\)', text)[1], model)
    assert again.findings == caught.value.report.findings
    assert str(again) == text


def test_a_path_that_the_function_hides_is_shared_by_both_modes():
    report = check_derivatives(lambda x: x * ad.value(x), 3.0, raise_=False)
    assert report.entry.odd == "numeric"
    assert "adkit.value" in report.cause


def test_a_wrong_second_derivative_needs_order_two():
    f = elementary(lambda x: np.exp(x))
    elementwise(f, lambda ans: ad.value(ans))
    assert check_derivatives(f, X).verdict == "pass"
    report = check_derivatives(f, X, order=2, raise_=False)
    assert report.verdict == "mismatch"
    assert report.failed()[0].law == "gradient_numeric"


def test_one_mode_may_be_checked_alone():
    f = wrong_in_reverse(2)
    assert check_derivatives(f, X, modes=["forward"]).verdict == "pass"
    assert check_derivatives(f, X, modes=["reverse"], raise_=False).verdict == "mismatch"


# ---------------------------------------------------------------- kinks, and what cannot be told


@pytest.mark.parametrize(
    ("f", "x", "where"),
    [
        (np.abs, np.array([1.0, 0.0]), "[1]"),
        (lambda x: np.maximum(x, 2.0), np.array([2.0, 3.0, 1.0]), "[0]"),
        (lambda x: np.linalg.norm(x), np.zeros(2), "[0]"),
        (lambda x: np.sort(x)[0], np.array([1.0, 1.0]), "[0]"),
    ],
)
def test_a_kink_is_suspected_and_named(f, x, where):
    with pytest.warns(KinkSuspected, match=re.escape(where)):
        report = check_derivatives(f, x)
    assert report.verdict == "kink suspected"


def test_what_differences_cannot_tell_is_said_to_be_inconclusive():
    with pytest.warns(Inconclusive, match="too inaccurate"):
        report = check_derivatives(lambda x: np.sin(1e9 * x), 0.5, oracle="ridders")
    assert report.verdict == "inconclusive"


def test_mpmath_decides_where_it_can():
    report = check_derivatives(lambda x: np.sin(1e9 * x), 0.5, oracle="mpmath")
    assert report.verdict == "pass"


# ---------------------------------------------------------------- odd functions


@pytest.mark.parametrize("count", [0, -1, 2.0, True, None])
def test_a_check_of_nothing_is_refused(count):
    with pytest.raises(ad.AdkitError, match="directions must be a positive int"):
        check_derivatives(np.sin, X, directions=count)
    with pytest.raises(ad.AdkitError, match="directions must be a positive int"):
        check_gradient(np.sum, np.ones_like, X, directions=count)
    with pytest.raises(ad.AdkitError, match="examples must be a positive int"):
        check_rule("sin", examples=count)


def test_a_function_that_raises_must_raise_the_same_when_traced():
    def positive(x):
        if np.any(x < 0):
            raise ArithmeticError("negative")
        return np.sqrt(x)

    report = check_derivatives(positive, X)
    assert report.findings[0].law == "throws"
    assert "ArithmeticError('negative')" in str(report)

    def picky(x):
        if isinstance(x, np.ndarray):
            raise ArithmeticError("plain")
        return x

    report = check_derivatives(picky, X, raise_=False)
    assert report.verdict == "mismatch"
    assert "does not" in report.failed()[0].message


def test_a_function_that_raises_only_when_traced_is_caught():
    report = check_derivatives(lambda x: np.sum(x) * float(np.max(x)), X, raise_=False)
    assert report.verdict == "mismatch"
    assert "DetachError" in report.failed()[0].message


@pytest.mark.parametrize(
    ("f", "code"),
    [
        (lambda x: x * np.random.default_rng().normal(), "ADK723"),
        (lambda x: x.sort() or x, "ADK724"),
        (lambda x: None, "ADK131"),
        (lambda x: [x, "text"], "ADK132"),
        (lambda x: np.argsort(x), "ADK728"),
    ],
)
def test_functions_that_cannot_be_checked_are_refused(f, code):
    with pytest.raises(ad.AdkitError, match=code):
        check_derivatives(f, np.array([3.0, 1.0]))


def test_what_is_odd_about_results_is_noted():
    report = check_derivatives(lambda x: (x, np.argmax(x)), X)
    assert report.verdict == "pass"
    assert "int64 are constant" in str(report)
    assert "all derivatives are zero" in str(check_derivatives(lambda x: np.floor(x), X))
    assert "empty" in str(check_derivatives(np.sin, np.zeros(0)))


def test_long_doubles_are_compared_by_their_numbers():
    assert check_derivatives(np.sin, X.astype(np.longdouble)).verdict == "pass"


@pytest.mark.parametrize(
    "options", [{"modes": ["sideways"]}, {"modes": []}, {"order": 3}, {"oracle": "guess"}]
)
def test_options_are_checked(options):
    with pytest.raises(ad.AdkitError, match="ADK106"):
        check_derivatives(energy, X, **options)


def test_what_is_not_finite_is_compared_as_it_is():
    with (
        np.errstate(divide="ignore", invalid="ignore"),
        pytest.warns(Inconclusive, match="is -inf"),
    ):
        report = check_derivatives(np.log, np.array([0.0, np.nan]))
    assert report.verdict == "inconclusive"


def test_arguments_without_floats_are_passed_on():
    def power(x, n, names):
        return x**n if names == ("a",) else None

    assert check_derivatives(power, X, 3, ("a",)).verdict == "pass"


def test_reports_differ_in_seed_only():
    one, two = (check_derivatives(energy, X, seed=seed) for seed in (1, 2))
    assert one.verdict == two.verdict == "pass"
    assert one.findings != two.findings or one.seed != two.seed
    assert check_derivatives(energy, X, seed=1) == one
