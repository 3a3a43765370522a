"""Likely causes: each planted mistake of a rule is named."""

import numpy as np
import pytest

from adkit.rules import bilinear, elementary, general, linear
from adkit.testing import Draw, check_rule

VECTOR = np.array([0.5, 0.25, 2.0])


def scaled(pull):
    """Return a function whose pull is given, and the calls that show it."""
    f = elementary(lambda x: x * VECTOR)
    linear(f, pull, lambda t, x: t * VECTOR)
    return f, lambda d: d.call(d.array((3,), keep=True)), "d"


def broadcasting_not_undone():
    f = elementary(lambda x, y: x * y)
    general(
        f,
        (lambda t, x, y: t * y, lambda t, x, y: t * x),
        (lambda ct, x, y: ct * y, lambda ct, x, y: ct * x),
    )
    return f, lambda d: d.call(d.array((2, 3)), d.array((3,))), "d"


def missing_transpose():
    f = elementary(lambda x, y: x @ y)
    bilinear(f, lambda ct, x, y: ct @ y, lambda ct, x, y: x @ ct)
    return f, lambda d: d.call(d.array((3, 3)), d.array((3, 3))), "d"


def repeated_index_written_once():
    f = elementary(lambda x: x[[0, 1, 1]])

    def transpose(ct, x):
        total = np.zeros(ct.shape[:-1] + x.shape, x.dtype)
        total[..., [0, 1, 1]] = ct
        return total

    linear(f, transpose, lambda t, x: t[..., [0, 1, 1]])
    return f, lambda d: d.call(d.array((4,), keep=True)), "d"


def conjugate_too_many():
    f = elementary(lambda x: 1j * x)
    linear(f, lambda ct, x: -1j * ct)
    return f, lambda d: d.call(d.array((2,))), "D"


CASES = {
    "sign": (scaled(lambda ct, x: -ct * VECTOR), "a sign"),
    "factor": (scaled(lambda ct, x: 2 * ct * VECTOR), "a factor: it is 2 times the true value"),
    "detached": (scaled(lambda ct, x: 0 * ct), "the derivative is lost"),
    "one lost": (scaled(lambda ct, x: ct * VECTOR * [1, 1, 0]), "a term is missing"),
    "digits": (scaled(lambda ct, x: ct * VECTOR * (1 + 1e-7 * VECTOR)), "few right digits"),
    "nan": (scaled(lambda ct, x: ct * VECTOR * np.nan), "nan or inf"),
    "clipped": (scaled(lambda ct, x: np.clip(ct * VECTOR, -1, 1)), "not linear"),
    "constant added": (scaled(lambda ct, x: ct * VECTOR + 1e-30), "does not depend on the seed"),
    "un-broadcast": (broadcasting_not_undone(), "un-broadcast"),
    "transpose": (missing_transpose(), "transpose"),
    "repeated index": (repeated_index_written_once(), "overwritten"),
}


@pytest.mark.parametrize("name", CASES)
def test_the_cause_is_named(name):
    (f, calls, dtypes), cause = CASES[name]
    report = check_rule(f, calls=calls, dtypes=dtypes, raise_=False)
    assert report.verdict == "mismatch"
    assert cause in report.cause, report
    assert "test_causes.py" in report.rule
    assert len(str(report).splitlines()) < 25


def test_a_draw_can_be_used_without_hypothesis():
    d = Draw(lambda low, high: high, "d")
    (x,), kwargs = d.call(d.array((2, 3)))
    assert x.shape == (2, 3)
    assert kwargs == {}
